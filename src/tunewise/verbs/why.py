"""why a technique fits, or why not"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ..errors import InputError
from ._shared import exit_of, ready, tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = ready(advisor, options, said, raw, 1)
    if not situation and options.verb == "why":
        answer = advisor.ask("about", situation, technique=technique)
        tell("general", answer, options)
        return 0
    if technique in advisor.index["names"].get("Family", {}):
        raise InputError(f"'{technique}' is a heading over several techniques: ask about one of them (tunewise show {technique}), or let tunewise advise choose.")
    answer = advisor.ask("why", situation, technique=technique, ways=2, far=not options.quiet, who=not options.quiet, rivals=not options.quiet,
                         **({} if options.json or options.all else {"proof": "brief"}))
    tell(options.verb, answer, options)
    return 1 if answer["advised_against"] and answer["verdict"] != "no" else exit_of(answer["verdict"])

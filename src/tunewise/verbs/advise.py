"""what to do: first, main, with, later, and why"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ._shared import exit_of, ready, tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    _, situation = ready(advisor, options, said, raw, 0)
    answer = advisor.ask("advise", situation, assumptions=True)
    tell("advise", answer, options)
    return exit_of(answer["verdict"])

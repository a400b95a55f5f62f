"""the verdict under each source's own figures"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ._shared import exit_of, ready, tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = ready(advisor, options, said, raw, 1)
    answer = advisor.ask("who_says", situation, technique=technique)
    tell("who-says", answer, options)
    return exit_of(answer["verdict"])

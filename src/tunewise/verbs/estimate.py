"""memory, time and cost of training with a technique"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ..cli import exit_of
from ._shared import ready, tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = ready(advisor, options, said, raw, 1)
    answer = advisor.ask("estimate", situation, technique=technique)
    tell("estimate", answer, options)
    return exit_of(answer["fits"])

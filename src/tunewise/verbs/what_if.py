"""the smallest changes that would make a technique viable"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ._shared import ready, tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = ready(advisor, options, said, raw, 1)
    answer = advisor.ask("what_if", situation, technique=technique, aim="recommended" if options.recommended else "viable", max=3)
    tell("what-if", answer, options)
    return 0 if answer["holds"] or answer["plans"] else 1

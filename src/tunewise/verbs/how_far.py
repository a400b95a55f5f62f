"""the ranges over which the verdict on a technique holds"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ._shared import ready, tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = ready(advisor, options, said, raw, 1)
    tell("how-far", advisor.ask("how_far", situation, technique=technique), options)
    return 0

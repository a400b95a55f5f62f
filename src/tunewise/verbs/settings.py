"""hyperparameters of a technique, each with its source"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ._shared import ready, tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = ready(advisor, options, said, raw, 1)
    tell("settings", advisor.ask("settings", {**situation, "method": technique}, technique=technique), options)
    return 0

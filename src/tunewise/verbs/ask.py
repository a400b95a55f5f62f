"""which input to say next"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ._shared import ready, tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    _, situation = ready(advisor, options, said, raw, 0)
    tell("ask", advisor.ask("ask", situation), options)
    return 0

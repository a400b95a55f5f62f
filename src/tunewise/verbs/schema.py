"""the JSON Schema of answers"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ._shared import show_json


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from ..schema import answer_schema

    show_json(answer_schema())
    return 0

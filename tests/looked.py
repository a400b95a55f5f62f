"""What the guarantees look at: names of the graph, situations as text, ends of ranges."""
from __future__ import annotations

import json
import re
from typing import Any

from tunewise import Advisor

TW = "https://w3id.org/tunewise/ns#"
Case = dict[str, Any]
NUMERAL = re.compile(r"(?<![\w.,/-])\d[\d,]*(?:\.\d+)?(?![\w/]|[.,]\d|-\w)")


def local(term: Any) -> str:
    return str(term.value).rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def said(case: Case) -> str:
    return json.dumps(case, sort_keys=True)


def ends(value: Any) -> tuple[float, float]:
    return (value[0], value[1]) if isinstance(value, list) else (value, value)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) or isinstance(value, list) and len(value) == 2 and all(isinstance(v, (int, float)) for v in value)


def verdict(advisor: Advisor, case: Case, technique: str) -> str:
    return str(advisor.ask("who_says", case, technique=technique)["verdict"])

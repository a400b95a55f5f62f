"""what differs between two techniques"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ..errors import InputError
from ._shared import ready, tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    said = [w for w in said if w.lower() not in ("and", "or", "vs", "with", "to")]
    (one, other), situation = ready(advisor, options, said, raw, 2)
    if one == other:
        raise InputError(f"compare wants two different techniques, and both are {one}.")
    for thing in (one, other):
        if thing in advisor.index["names"].get("Family", {}):
            raise InputError(f"'{thing}' is a heading over several techniques: compare one of them (tunewise show {thing}).")
    tell("compare", advisor.ask("compare", situation, technique=one, other=other), options)
    return 0

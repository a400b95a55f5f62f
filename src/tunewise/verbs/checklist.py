"""the sources' checklists against your situation"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ._shared import ready, tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    phase = [w for w in said if w in ("before", "planning", "evaluation", "after")]
    _, situation = ready(advisor, options, [w for w in said if w not in phase], raw, 0)
    answer = advisor.ask("checklist", situation)
    if phase:
        answer["items"] = [i for i in answer["items"] if i["phase"] in phase]
    tell("checklist", answer, options)
    states = {i["state"] for i in answer["items"]}
    return 1 if "missing" in states else 3 if "open" in states else 0

"""what is wrong, from symptoms or a folder with trainer_state.json"""
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..advisor import Advisor
from ..errors import InputError
from ._shared import tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    faults: list[str] = []
    for word in said:
        if "/" in word and not Path(word).exists():
            raise InputError(f"No folder or file {word}.")
        if Path(word).is_dir() or word.endswith(".json"):
            from .. import runs

            raw = {**runs.symptoms(Path(word)), **raw}
        else:
            raw["symptom"] = f"{raw['symptom']},{word}" if raw.get("symptom") else word
    if faults:
        raise InputError(*faults)
    if not raw:
        raise InputError("diagnose wants what is seen: tunewise diagnose 'off-tone answers', or --train-loss low --val-loss rising, or a folder with trainer_state.json (tunewise ls symptoms).")
    answer = advisor.ask("diagnose", advisor.situation(raw))
    tell("diagnose", answer, options)
    return 0 if answer["failures"] else 1

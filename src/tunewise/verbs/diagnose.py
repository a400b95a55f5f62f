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
        if "/" in word and not _exists(word):
            raise InputError(f"No folder or file {word[:80]}.")
        if _exists(word) and Path(word).is_dir() or word.endswith(".json"):
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


def _exists(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):  # too long for a path, or no path at all
        return False

"""is the knowledge sound; of a file or folder: is it, and what would it change"""
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..advisor import Advisor
from ..errors import InputError, KnowledgeError
from ._shared import show_json


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from .. import check, check_text

    strict = raw.pop("strict", None)
    if strict not in (None, "yes"):
        said = [*said, str(strict)]
    if raw:
        raise InputError(f"check wants files or folders, not {', '.join(raw)}: tunewise check my.ttl; --strict makes warnings count as faults.")
    knowledge, focus = check.with_files(advisor.knowledge, [Path(name) for name in said])
    findings = judged(knowledge, focus, options) if focus else check.findings(knowledge) if not said else []
    mine = [f for f in knowledge.situations() if not said or any(f.is_relative_to(Path(name).absolute()) for name in said)]
    if mine:
        findings = check.in_order([*findings, *check.situations(mine, advisor.index)])
    if options.json:
        show_json(findings)
    else:
        print(check_text.text(findings, all_=options.all))
    counts = {"error"} | ({"warning"} if strict else set())
    return 1 if any(f["severity"] in counts for f in findings) else 0


def judged(knowledge: Any, focus: list[Path], options: argparse.Namespace) -> list[dict[str, Any]]:
    """What is found in files, and what they would change; the rules answer while the shapes are held against them."""
    from concurrent.futures import ThreadPoolExecutor

    from .. import check, check_effects

    try:
        reading = check.read(knowledge)
    except KnowledgeError:
        return check.findings(knowledge, focus)
    with ThreadPoolExecutor(1) as beside:
        changes = beside.submit(check_effects.of, knowledge, focus, options.timeout / 3, options.as_of, reading.store, reading.added)
        return check.in_order([*check.findings(knowledge, focus, reading), *([] if reading.clashing else changes.result())])

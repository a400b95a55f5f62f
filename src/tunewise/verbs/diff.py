"""what changed between two knowledge bases: diff OLD NEW, statements, then verdicts"""
from __future__ import annotations

import argparse
import sys
from typing import Any

from .. import diff
from ..advisor import Advisor
from ..errors import InputError
from ._shared import show_json

_FEW = 12  # rows of a kind that text shows unless it shows all
_SECONDS = 120.0
_SIGN = {"new": "+", "gone": "-", "changed": "~"}


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    if not 1 <= len(said) <= 2 or raw:
        raise InputError("diff wants two knowledge bases: tunewise diff OLD NEW. Each is a folder that adds to the package (tunewise.d), a whole ontology, or 'package'; diff NEW compares with the package.")
    old, new = (diff.named(word) for word in ([diff.PACKAGE, *said] if len(said) == 1 else said))
    seconds = _SECONDS if options.timeout == 30.0 else options.timeout
    answer = diff.compared(old, new, seconds=seconds, as_of=options.as_of, trust=options.trust, progress=_progress)
    if options.json:
        show_json(answer)
    else:
        print("\n".join(_text(answer, options.all, options.quiet)))
    return 0


def _text(answer: dict[str, Any], all_: bool, quiet: bool) -> list[str]:
    verdicts = answer["verdicts"]
    counts = [f"{n} {kind} {change}" for kind, row in answer["counts"].items() for change, n in row.items() if n]
    turned = sum(n for row in verdicts["techniques"] for turn, n in row["turns"].items() if "->" in turn)
    head = "Nothing changed." if not counts else f"{', '.join(counts)}; the recommendation changes in {len(verdicts['recommended'])} of {verdicts['asked']} reference situations, {turned} verdict{'s turn' if turned != 1 else ' turns'}."
    if quiet or not counts:
        return [head]
    lines = [head, ""]
    kinds = sorted({c["kind"] for c in answer["statements"]})
    for kind in kinds:
        rows = [c for c in answer["statements"] if c["kind"] == kind]
        for c in rows if all_ else rows[:_FEW]:
            lines.append(f"  {_SIGN[c['change']]} {kind:<10} {c['id']}: {c['text']}")
            lines += [f"      was: {c['was']}"] if c["was"] else []
        lines += [f"    ... {len(rows) - _FEW} more with --all"] if len(rows) > _FEW and not all_ else []
    lines += ["", f"Over {verdicts['asked']} of {verdicts['of']} reference situations" + (f" ({verdicts['left_out']} were left out for want of time: --timeout 600)" if verdicts["left_out"] else "") + ":"]
    if not verdicts["recommended"] and not verdicts["techniques"]:
        lines.append("  no verdict and no recommendation changes")
    for row in verdicts["recommended"] if all_ else verdicts["recommended"][:_FEW]:
        case = ", ".join(f"{k} {v}" for k, v in row["situation"].items())
        lines.append(f"  recommended {row['was_label']} -> {row['is_label']}: {case[:100]}   [{row['case']}]")
    lines += [f"    ... {len(verdicts['recommended']) - _FEW} more with --all"] if len(verdicts["recommended"]) > _FEW and not all_ else []
    for row in verdicts["techniques"] if all_ else verdicts["techniques"][:_FEW]:
        lines.append(f"  {row['label']}: " + ", ".join(f"{turn} in {n}" for turn, n in sorted(row["turns"].items())) + (f"   [{', '.join(row['cases'])}]" if all_ else ""))
    lines += [f"    ... {len(verdicts['techniques']) - _FEW} techniques more with --all"] if len(verdicts["techniques"]) > _FEW and not all_ else []
    return lines


def _progress(step: str) -> None:
    """What is being done, on one line of a terminal and nowhere else."""
    if sys.stderr.isatty():
        print(f"\r\033[K{step and f'tunewise: {step} ...'}", end="", file=sys.stderr, flush=True)

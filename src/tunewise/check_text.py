"""Findings of check: how one is made, and all of them as text."""
from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from typing import Any

from . import graph

ROWS = 5  # findings of one check that text shows unless it shows all
ORDER = {"error": 0, "warning": 1, "info": 2}


def finding(severity: str, check: str, problem: str, solution: str = "", file: str | Path | None = None, line: int | None = None,
            subject: str = "", property_: str = "", value: str = "", why: str = "") -> dict[str, Any]:
    """One finding; IRIs are shortened as people write them. Severity is error, warning or info."""
    return {"severity": severity, "check": check, "subject": graph.short(subject), "property": graph.short(property_), "value": graph.short(value),
            "file": str(file) if file else None, "line": line, "problem": problem, "why": why, "solution": solution}


def text(findings: list[dict[str, Any]], all_: bool = False) -> str:
    """Findings as text, grouped by check; the last line counts them."""
    lines: list[str] = []
    for (severity, check, problem, why, solution), group in groupby(findings, key=lambda f: (f["severity"], f["check"], f["problem"], f.get("why", ""), f["solution"])):
        rows = list(group)
        lines.append(f"{_word(severity)}: {problem}   [{check}]")
        lines += [f"  {line}" for line in (why, solution) if line]
        shown = [(_place(f), _what(f)) for f in rows[: len(rows) if all_ else ROWS]]
        wide = max(len(place) for place, _ in shown)
        lines += [f"    {place:<{wide}}  {what}".rstrip() if place else f"    {what}" for place, what in shown if place or what]
        lines += [f"    ... {len(rows) - ROWS} more with --all"] if len(shown) < len(rows) else []
        lines.append("")
    counts = {s: sum(1 for f in findings if f["severity"] == s) for s in ORDER}
    return "\n".join([*lines, ", ".join(f"{n} {_word(s)}{'' if n == 1 else 's'}" for s, n in counts.items())])


def _word(severity: str) -> str:
    return "note" if severity == "info" else severity


def _place(finding: dict[str, Any]) -> str:
    if not finding["file"]:
        return ""
    file = os.path.relpath(finding["file"])
    return f"{finding['file'] if file.startswith('..') else file}:{finding['line'] or '?'}"


def _what(finding: dict[str, Any]) -> str:
    """Subject, property and value; a property that the lines above name already is left out."""
    value = finding["value"] if len(finding["value"]) <= 60 else finding["value"][:57] + "..."
    told = not value and finding["property"] in f"{finding['problem']} {finding['solution']}"
    return " ".join(part for part in (finding["subject"], "" if told else finding["property"], value) if part)

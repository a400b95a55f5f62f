"""Is the knowledge sound: what its checks, its shapes and its syntax say, each with file, line and a way to mend it.

A check is a SPARQL query in ontology/checks/ whose head says Problem, Solution and Severity; a shape stands
in ontology/shapes.ttl. Orders and words what they find; knows neither RDF nor what a check looks for.
"""
from __future__ import annotations

import difflib
import os
import re
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from . import graph
from .errors import KnowledgeError
from .knowledge import Knowledge

ROWS = 5  # findings of one check that text shows unless it shows all
_ORDER = {"error": 0, "warning": 1, "info": 2}
_SHACL = {"Violation": "error", "Warning": "warning", "Info": "info"}
_HEAD = re.compile(r"^#\s*(Problem|Solution|Severity):\s*(.+?)\s*$", re.MULTILINE)
_PREFIX = re.compile(r"^\s*@?prefix\s+([\w-]*):\s*<([^>]*)>", re.IGNORECASE)
_SUBJECT = re.compile(r"([\w-]*):([\w.-]*[\w-])|<([^>\s]+)>")
_FAULT = re.compile(r"(?P<file>.+?):(?P<line>\d+|\?): (?P<problem>.+)", re.DOTALL)

Places = dict[str, list[tuple[Path, int, list[str]]]]


def findings(knowledge: Knowledge) -> list[dict[str, Any]]:
    """All findings, errors first: {severity, check, subject, property, value, file, line, problem, solution}.

    Severity is error, warning or info; file and line are None where a finding has no place. Files that are
    no Turtle are told alone: without them nothing else can be judged.
    """
    try:
        _progress("reading the knowledge")
        store = graph.load(knowledge.turtle())
        places = _places(knowledge.turtle())
        found = [*_checked(knowledge, store, places), *_shaped(knowledge, store, places)]
    except KnowledgeError as fault:
        found = [_syntax(message) for message in fault.messages]
    finally:
        _progress("")
    return sorted(found, key=lambda f: (_ORDER[f["severity"]], f["check"], f["problem"], f["solution"], f["file"] or "", f["line"] or 0, f["subject"], f["value"]))


def text(findings: list[dict[str, Any]], all_: bool = False) -> str:
    """Findings as text, grouped by check; the last line counts them."""
    lines: list[str] = []
    for (severity, check, problem, solution), group in groupby(findings, key=lambda f: (f["severity"], f["check"], f["problem"], f["solution"])):
        rows = list(group)
        lines.append(f"{_word(severity)}: {problem}   [{check}]")
        lines += [f"  {solution}"] if solution else []
        shown = [(_place(f), _what(f)) for f in rows[: len(rows) if all_ else ROWS]]
        wide = max(len(place) for place, _ in shown)
        lines += [f"    {place:<{wide}}  {what}".rstrip() if place else f"    {what}" for place, what in shown if place or what]
        lines += [f"    ... {len(rows) - ROWS} more with --all"] if len(shown) < len(rows) else []
        lines.append("")
    counts = {s: sum(1 for f in findings if f["severity"] == s) for s in _ORDER}
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


def _finding(severity: str, check: str, problem: str, solution: str = "", file: str | Path | None = None, line: int | None = None,
             subject: str = "", property_: str = "", value: str = "") -> dict[str, Any]:
    return {"severity": severity, "check": check, "subject": graph.short(subject), "property": graph.short(property_), "value": graph.short(value),
            "file": str(file) if file else None, "line": line, "problem": problem, "solution": solution}


# ---- the three judges ------------------------------------------------------------------------------------


def _checked(knowledge: Knowledge, store: Any, places: Places) -> list[dict[str, Any]]:
    """What the queries find; one that cannot be run is a finding itself."""
    found = []
    for file in sorted(f for folder in knowledge.ontology for f in (folder / "checks").glob("*.rq")):
        _progress(f"check {file.stem}")
        query = file.read_text(encoding="utf8")
        head = dict(_HEAD.findall(query))
        severity = head.get("Severity", "error")
        if severity not in _ORDER or "Problem" not in head:
            found.append(_finding("error", file.stem, "The head of a check says '# Problem: ...' and '# Severity: error', warning or info.", "Complete the head of the query.", file, 1))
            continue
        try:
            rows = graph.run_check(store, query)
        except KnowledgeError as fault:
            found.append(_finding("error", file.stem, str(fault), "Mend the query.", file, 1))
            continue
        for row in rows:
            subject, property_ = row.get("subject", ""), row.get("property", "")
            where, line = _where(places, subject, property_)
            solution = _nearest(places, row.get("value") or property_) + head.get("Solution", "")
            found.append(_finding(severity, file.stem, head["Problem"], solution, where, line, subject, property_, row.get("value", "")))
    return found


def _shaped(knowledge: Knowledge, store: Any, places: Places) -> list[dict[str, Any]]:
    """What the shapes find; without pyshacl, a note how to get it."""
    shapes = [f for folder in knowledge.ontology if (f := folder / "shapes.ttl").exists()]
    _progress("shapes (a few seconds)")
    try:
        rows = graph.validate(store, shapes) if shapes else []
    except ImportError:
        return [_finding("info", "shapes", "The shapes were not checked: pyshacl is not installed.", "pip install tunewise[check]")]
    except KnowledgeError as fault:
        return [_finding("error", "shapes", str(fault), "Mend the shapes.", shapes[0])]
    found = []
    for row in rows:
        subject, property_ = row.get("subject", ""), row.get("property", "")
        where, line = _where(places, subject, property_)
        found.append(_finding(_SHACL[row["severity"]], graph.local_name(row["shape"]), row.get("message", ""), "", where, line, subject, property_, row.get("value", "")))
    return found


def _syntax(message: str) -> dict[str, Any]:
    """A syntax error as graph.load tells it: file:line: problem."""
    match = _FAULT.fullmatch(message)
    if not match:
        return _finding("error", "syntax", message)
    line = int(match["line"]) if match["line"] != "?" else None
    return _finding("error", "syntax", match["problem"], "Mend the line first: nothing else was checked.", match["file"], line)


# ---- where things stand ------------------------------------------------------------------------------------


def _places(files: list[Path]) -> Places:
    """For every IRI its paragraphs: file, first line and lines of each that begins with it."""
    places: Places = {}
    for file in files:
        prefixes: dict[str, str] = {}
        paragraph: list[str] = []
        for number, line in enumerate(file.read_text(encoding="utf8").splitlines(), 1):
            if prefix := _PREFIX.match(line):
                prefixes[prefix[1]] = prefix[2]
            elif subject := _SUBJECT.match(line):
                paragraph = [line]
                places.setdefault(subject[3] or prefixes.get(subject[1], "") + subject[2], []).append((file, number, paragraph))
            else:
                paragraph.append(line)
    return places


def _where(places: Places, subject: str, property_: str = "") -> tuple[Path | None, int | None]:
    """Where the subject says the property, else where it is defined, else where it is first a subject."""
    paragraphs = places.get(subject, [])
    name = graph.short(property_)
    if name:
        for file, first, lines in paragraphs:
            for offset, line in enumerate(lines):
                if re.search(rf"(?<![\w:-]){re.escape(name)}(?![\w-])", line.split(" #")[0]):
                    return file, first + offset
    for file, first, lines in paragraphs:
        if re.match(r"\S+\s+a\s", lines[0]):
            return file, first
    return paragraphs[0][:2] if paragraphs else (None, None)


def _nearest(places: Places, iri: str) -> str:
    """'Did you mean ...? ' for a name of ours that nothing defines."""
    ours = [base for base in (graph.PREFIXES["tw"], graph.PREFIXES[""]) if iri.startswith(base)]
    if not ours or iri in places:
        return ""
    near = difflib.get_close_matches(iri, [known for known in places if known.startswith(ours[0])], n=1, cutoff=0.9)
    return f"Did you mean {graph.short(near[0])}? " if near else ""


def _progress(step: str) -> None:
    """What is being done, on one line of a terminal and nowhere else."""
    if sys.stderr.isatty():
        print(f"\r\033[K{step and f'tunewise: {step} ...'}", end="", file=sys.stderr, flush=True)

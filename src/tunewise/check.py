"""Is the knowledge sound: what its syntax, its words, its shapes and its checks say, each with file, line and a way to mend it.

A check is a SPARQL query whose head says Problem, Solution and Severity, and "Scope: all" where it must see the
whole graph; a shape stands in shapes.ttl. Of one file only that is judged which the file touches. Orders what
is found; what a check looks for stands in the check.
"""
from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import check_file, graph, graph_near, graph_own, graph_read, graph_shapes, places, situation
from .check_text import ORDER, finding
from .errors import InputError, KnowledgeError
from .folders import Knowledge

_SHACL = {"Violation": "error", "Warning": "warning", "Info": "info"}
_HEAD = re.compile(r"^#\s*(Problem|Why|Solution|Severity|Scope):\s*(.+?)\s*$", re.MULTILINE)
_FAULT = re.compile(r"(?P<file>.+?):(?P<line>\d+|\?): (?P<problem>.+)", re.DOTALL)


def with_files(knowledge: Knowledge, named: Sequence[Path]) -> tuple[Knowledge, list[Path]]:
    """The knowledge with the named files and folders added, and the Turtle files among them. InputError tells what is not there."""
    faults = [f"{name}: there is no such file or folder." for name in named if not name.exists()]
    faults += [f"{name}: check reads Turtle (.ttl), checks (.rq), situations (.yaml) and rules (.pl), or a folder of them." for name in named
               if name.is_file() and name.suffix not in (".ttl", ".rq", ".yaml", ".yml", ".pl")]
    if knowledge.endpoint:
        faults.append("check reads files: leave --endpoint away.")
    if faults:
        raise InputError(*faults)
    known = knowledge.ontology
    added = [name.absolute() for name in named if not any(name.resolve().is_relative_to(folder.resolve()) for folder in known)]
    rules = (*knowledge.rules, *added) if any(folder in knowledge.rules[1:] for folder in knowledge.own) else knowledge.rules
    grown = Knowledge((*known, *added), rules)
    focus = [f for f in grown.turtle() if any(f.resolve().is_relative_to(name.resolve()) for name in named)]
    return grown, focus


@dataclass
class Reading:
    """The knowledge as it was read once: its store, what a person's files change, what they add, and clashing names."""

    store: Any
    changes: list[graph_own.Change]
    added: list[Any]
    clashing: list[str]


def read(knowledge: Knowledge) -> Reading:
    """Reads all files; KnowledgeError tells what cannot be read."""
    changes: list[graph_own.Change] = []
    added: list[Any] = []
    clashing: list[str] = []
    return Reading(graph_own.store(knowledge, changes, added, clashing), changes, added, clashing)


def findings(knowledge: Knowledge, focus: Sequence[Path] = (), reading: Reading | None = None) -> list[dict[str, Any]]:
    """All findings, errors first: {severity, check, subject, property, value, file, line, problem, why, solution}.

    ``focus``: files of the knowledge that alone are judged; ``reading``: what read() gave, where it was read already. Severity is error, warning or info; file and line
    are None where a finding has no place. Files that are no Turtle are told alone: without them nothing else
    can be judged.
    """
    try:
        _progress("reading the knowledge")
        reading = reading or read(knowledge)
        store, changes, clashing = reading.store, reading.changes, reading.clashing
        judge = _Judge(knowledge, store, list(focus))
        with ThreadPoolExecutor(1) as beside:  # Oxigraph answers without Python's lock
            checked = beside.submit(judge.checked)
            found = [*judge.shaped(), *checked.result()]
        found += [*(_changed(change) for change in changes if not focus or change.file in judge.focus)]
        found += [_fault(message) for message in clashing]
        found += [finding("info", "rules-not-loaded", "This rule file is not loaded, since rules are code.", "Load it with --trust-rules if you trust who wrote it.", file, 1) for file in knowledge.untrusted()]
        found += check_file.findings(knowledge, store, judge.focus or knowledge.of_person())
    except KnowledgeError as fault:
        found = [_fault(message) for message in fault.messages]
    finally:
        _progress("")
    return in_order(found)


def situations(files: Sequence[Path], index: dict[str, Any]) -> list[dict[str, Any]]:
    """Faults of situation files, each input told apart; ``index`` is the compiled knowledge's."""
    found = []
    for file in files:
        try:
            situation.check(situation.read_yaml(file), index)
        except InputError as fault:
            for message in fault.messages:
                place = _FAULT.fullmatch(message)
                if place and place["line"] != "?":
                    found.append(finding("error", "situation", place["problem"], "", file, int(place["line"])))
                else:
                    lines = file.read_text(encoding="utf8", errors="replace").splitlines() if file.stat().st_size < situation.MAX_BYTES else []
                    line = next((n for n, text in enumerate(lines, 1) if (key := text.split(":")[0].strip()) and re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", message)), 1)
                    found.append(finding("error", "situation", message, "", file, line))
    return found


def in_order(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Errors first, then by check; what two judges say of one line in the same words is said once."""
    unique = {(f["check"], f["problem"], f["subject"], f["property"], f["value"], f["file"], f["line"]): f for f in found}
    return sorted(unique.values(), key=lambda f: (ORDER[f["severity"]], f["check"], f["problem"], f["solution"], f["file"] or "", f["line"] or 0, f["subject"], f["value"]))


class _Judge:
    """The graph, as much of it as is judged, and where its statements stand."""

    def __init__(self, knowledge: Knowledge, store: Any, focus: list[Path]) -> None:
        self.knowledge, self.store, self.focus = knowledge, store, focus
        self.names: set[str] | None = None
        if focus:
            self.names = {s.subject for file in focus for s in places.of_file(file) if not s.subject.startswith("_:")} - {""}
            quads = graph_near.said_of(store, self.names) + graph_own.claimed(store)
            self.small = graph_near.near(store, quads, [f for f in knowledge.of_package() if f.parent.name == "constraints" or f.name == "vocabulary.ttl"])
            self.quads = graph_near.for_shapes(store, quads)
            self.places = places.Places(focus)
        else:
            self.small, self.quads = store, store
            self.places = places.Places(knowledge.turtle())

    def ours(self, *names: str) -> bool:
        """Whether a finding concerns what is judged."""
        return (self.names is None and not names[0].startswith(graph_own.FILES)) or bool(self.names and self.names.intersection(names))

    def checked(self) -> list[dict[str, Any]]:
        """What the queries find; one that cannot be run is a finding itself."""
        found = []
        mine = {f for f in self.knowledge.checks() if f.parent != self.knowledge.ontology[0] / "checks"}
        for file in self.knowledge.checks():
            _progress(f"check {file.stem}")
            try:
                query = graph_read.contents(file).decode("utf8")
            except (KnowledgeError, UnicodeDecodeError) as fault:
                found.append(finding("error", file.stem, str(fault), "Mend the file.", file, 1))
                continue
            head = dict(_HEAD.findall(query))
            severity = head.get("Severity", "error")
            if severity not in ORDER or "Problem" not in head:
                found.append(finding("error", file.stem, "The head of a check says '# Problem: ...' and '# Severity: error', warning or info.", "Complete the head of the query.", file, 1))
                continue
            if self.focus and file.stem in ("undeclared-property", "undeclared-class"):
                continue  # told by check_file, with the nearest name
            try:
                rows = graph.run_check(self.store if file in mine or head.get("Scope") == "all" else self.small, query)
            except KnowledgeError as fault:
                found.append(finding("error", file.stem, str(fault), "Mend the query.", file, 1))
                continue
            for row in rows:
                subject, property_, value = row.get("subject", ""), row.get("property", ""), row.get("value", "")
                if self.ours(subject, value) or file in mine:
                    found.append(self.placed(severity, file.stem, head["Problem"], head.get("Solution", ""), subject, property_, value, why=head.get("Why", "")))
        return found

    def shaped(self) -> list[dict[str, Any]]:
        """What the shapes find; without pyshacl, a note how to get it."""
        shapes = self.knowledge.shapes()
        _progress("shapes" if self.focus else "shapes (a few seconds)")
        try:
            rows = graph_shapes.validate(self.quads, shapes) if shapes else []
        except ImportError:
            return [finding("info", "shapes", "The shapes were not checked: pyshacl is not installed.", "pip install tunewise[check]")]
        except KnowledgeError as fault:
            return [finding("error", "shapes", str(fault), "Mend the shapes.", shapes[0])]
        found = []
        for row in rows:
            subject = row.get("subject", "")
            if self.ours(subject):
                shape = graph.local_name(row["shape"])
                problem = row.get("message", "")
                told = self.placed(_SHACL[row["severity"]], shape, problem, "", subject, row.get("property", ""), row.get("value", ""))
                if row["within"] and told["file"]:
                    told["line"] = places.inside(places.of_file(Path(told["file"])), subject, row["within"]) or told["line"]
                found.append(told)
        return found

    def placed(self, severity: str, check: str, problem: str, solution: str, subject: str, property_: str, value: str, why: str = "") -> dict[str, Any]:
        """A finding with its place and, for a name that nothing defines, the nearest one."""
        file, line = self.places.where(subject, property_, value)
        if file is None and value and self.names and value in self.names:
            file, line = self.places.where(value, property_, subject)
        if not self.focus or check == "dangling-reference":
            solution = check_file.nearest(self.store, value or property_, property_ if value else "", file) + solution
        return finding(severity, check, problem, solution, file, line, subject, property_, value, why)


def _changed(change: graph_own.Change) -> dict[str, Any]:
    """What a person's file says of a thing of the package."""
    what = {graph_own.LEFT: "This would change what the package says, and is left out.", graph_own.CLAIMED: "This figure is taken as a claim of your file, beside those of the package's sources.",
            graph_own.TAKEN: "This adds to what the package says of its own thing, and may change answers."}[change.effect]
    return finding("warning" if change.effect != graph_own.TAKEN else "info", "says-of-the-package", what, change.remedy(), change.file, change.line, change.subject, change.property, change.value)


def _fault(message: str) -> dict[str, Any]:
    """A fault of reading as graph_read and graph_own tell it: file:line: problem."""
    match = _FAULT.fullmatch(message)
    if not match:
        file, colon, problem = message.partition(": ")
        return finding("error", "reading", problem, "Nothing else was checked.", file) if colon and file.endswith(".ttl") else finding("error", "reading", message)
    line = int(match["line"]) if match["line"] != "?" else None
    check = "syntax" if match["problem"].startswith("syntax error") else "short-name" if "short name" in match["problem"] else "reading"
    return finding("error", check, match["problem"], "" if check == "short-name" else "Mend the line first: nothing else was checked.", match["file"], line)


def _progress(step: str) -> None:
    """What is being done, on one line of a terminal and nowhere else."""
    if sys.stderr.isatty():
        print(f"\r\033[K{step and f'tunewise: {step} ...'}", end="", file=sys.stderr, flush=True)

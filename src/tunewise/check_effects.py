"""What a file would change: the reference situations asked with it and without it, in one process.

The file's facts are the difference of what the views give near it; the rules are asked both ways in a snapshot.
What everything reads (a quantity, a default, a rule) is not asked here: comparing whole knowledge bases is diff's.
"""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import graph, graph_near, graph_own, places, reference
from .advisor import Advisor
from .check_text import finding
from .errors import InputError, KnowledgeError
from .folders import Knowledge

_STRIDE = 7
_SINGLE = {"isa", "label", "alias", "definition", "fact", "setting", "rehearsal", "optimizer_keyword", "advice", "statement", "alongside"}  # views whose first column is the thing
_ABOUT = {"claim_row", "assertion"}  # whose second is
_OF_ASSERTION = {"condition", "text"}  # whose first is an assertion
_PASSED = {"source", "saying", "item", "class_of_quantity", "tree_place", "tree_figure"}
_HARMLESS = {"Source", "Gpu", "Model", "Platform", "Tool", "Dataset", "Metric", "Thing", "Benchmark"}  # a new one changes nothing that names another


def of(knowledge: Knowledge, focus: Sequence[Path], seconds: float, as_of: str | None = None, store: Any = None, added: list[Any] | None = None) -> list[dict[str, Any]]:
    """effects() of files that can be read; nothing of those that cannot, since check tells why."""
    if store is None or added is None:
        added = []
        try:
            store = graph_own.store(knowledge, [], added)
        except KnowledgeError:
            return []
    names = {s.subject for file in focus for s in places.of_file(file)} | {f"{graph_own.FILES}your-{graph_own.stem(file)}" for file in focus}
    mine = set(graph_near.said_of(store, names) + [q for q in graph_own.claimed(store) if any(q.subject.value.endswith(f"-in-{graph_own.stem(file)}") for file in focus)])
    return effects(knowledge, store, [quad for quad in added if quad in mine], focus, seconds, as_of)


def effects(knowledge: Knowledge, store: Any, added: list[Any], focus: Sequence[Path], seconds: float, as_of: str | None = None) -> list[dict[str, Any]]:
    """Findings of severity info: what becomes of the approaches that the files speak of, in the reference situations.

    ``store`` holds the knowledge, ``added`` what the files brought to it. ``seconds`` bounds the asking; situations there was no time for are counted, not guessed.
    """
    rest = Knowledge((knowledge.ontology[0], *(f for f in knowledge.of_person() if f not in focus)), knowledge.rules)
    add, remove, things, unread = _difference(knowledge, store, added)
    if unread:
        return [finding("info", "effects", f"The addition changes {unread}: answers about any technique may read it.", "What it does to them is told by: tunewise diff package FILE", focus[0] if focus else None, 1)]
    if not things:
        return [finding("info", "effects", "No technique is touched, so no verdict of the reference situations changes.", "", focus[0] if len(focus) == 1 else None, 1 if len(focus) == 1 else None)] if add else []
    advisor = Advisor(rest, as_of=as_of, timeout=max(seconds, 1))
    cases = []
    for name, said in reference.situations(knowledge):
        try:
            cases.append({"name": name, "situation": {**advisor.situation(said), "as_of": advisor._day()}})
        except InputError:
            continue
    cases = [case for start in range(_STRIDE) for case in cases[start::_STRIDE]]  # where time ends, those asked are of all kinds
    answer = advisor.ask("addition", {}, cases=cases, add=add, remove=remove, things=sorted(things), until=seconds)
    labels = {row[0]: row[1]["s"] for row in add.get("label", [])}
    return _told(answer, len(cases), lambda t: labels.get(t) or advisor.index["labels"].get(t, t), focus)


def _difference(knowledge: Knowledge, store: Any, added: list[Any]) -> tuple[dict[str, list[Any]], dict[str, list[Any]], set[str], str]:
    """Rows that come, rows that go, the things they speak of, and what else they change that all answers read."""
    words = [f for f in knowledge.of_package() if f.parent.name == "constraints" or f.name == "vocabulary.ttl"]
    with_, without = graph_near.with_and_without(store, added, words)
    after, before = (graph.facts(side, knowledge.views(), graph_own.names(knowledge, store)) for side in (with_, without))
    add, remove = ({view: [row for row in these[view] if row not in those[view]] for view in these} for these, those in ((after, before), (before, after)))
    about = {row[0]: row[1] for row in [*after["assertion"], *before["assertion"]]}
    kinds: dict[str, set[str]] = {}
    for thing, kind in [*after["isa"], *before["isa"]]:
        kinds.setdefault(thing, set()).add(kind)
    old = {row[0] for row in before["isa"]}
    things: set[str] = set()
    for view in after:
        rows = add[view] + remove[view]
        if view in _SINGLE:
            things |= {about.get(row[0], row[0]) for row in rows}
        elif view in _ABOUT:
            things |= {row[1] for row in rows}
        elif view in _OF_ASSERTION:
            things |= {about[row[0]] for row in rows if row[0] in about}
        elif view not in _PASSED and rows:
            return {}, {}, set(), f"what a quantity or a word means ({view} of {rows[0][0]})"
    for thing in sorted(things):
        kind = kinds.get(thing, set())
        if "Technique" not in kind and (thing in old or not kind & _HARMLESS) and not kind & {"Source", "Claim", "Advice", "Statement"}:
            return {}, {}, set(), f"what is known of {thing}"
    return {v: r for v, r in add.items() if r}, {v: r for v, r in remove.items() if r}, {t for t in things if "Technique" in kinds.get(t, set())}, ""


def _told(answer: dict[str, Any], of: int, label: Any, focus: Sequence[Path]) -> list[dict[str, Any]]:
    rows = answer["rows"]
    if not rows:
        return [finding("info", "effects", f"{len(answer['techniques'])} techniques are touched, and there was no time to ask what becomes of them in the reference situations.", "Give more with --timeout.", focus[0] if focus else None, 1)]
    asked = f"{len(rows)} reference situations" if len(rows) == of else f"the {len(rows)} of {of} reference situations there was time for (more with --timeout)"
    file = focus[0] if len(focus) == 1 else None
    out = []

    def tell(technique: str, text: str, cases: list[str]) -> None:
        out.append(finding("info", "effects", f"{label(technique)} {text} in {len(cases)} of {asked}.", _some(cases), file, 1 if file else None, technique))

    for technique in answer["techniques"]:
        turns: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            turns.setdefault((row["was"].get(technique, "new"), row["is"].get(technique, "gone")), []).append(row["name"])
        for (was, now), cases in sorted(turns.items()):
            if was == "new" and now != "no":
                tell(technique, {"yes": "is viable", "depends": "is viable, depending on what was not said,"}[now], cases)
            elif was not in (now, "new"):
                tell(technique, f"turns from {_WORDS[was]} to {_WORDS[now]}", cases)
        if rows and all(technique not in row["was"] and row["is"].get(technique) == "no" for row in rows):
            out.append(finding("info", "effects", f"{label(technique)} is viable in none of {asked}.", "Does it say tw:serves, and can its requirements be met?", file, 1 if file else None, technique))
    mains: dict[str, tuple[list[str], list[str]]] = {}
    for row in rows:
        if row["main_was"] != row["main_is"]:
            mains.setdefault(row["main_was"] or "none", ([], []))[0].append(row["name"])
            mains.setdefault(row["main_is"] or "none", ([], []))[1].append(row["name"])
    for technique, (lost, won) in sorted(mains.items()):
        if technique not in ("none", "other"):
            for text, cases in (("is no longer recommended", lost), ("becomes what is recommended", won)):
                if cases:
                    tell(technique, text, cases)
    if rows and not mains:
        out.append(finding("info", "effects", f"What is recommended stays the same in {asked}.", "", file, 1 if file else None))
    return out


_WORDS = {"yes": "viable", "no": "not viable", "depends": "depending", "gone": "gone"}


def _some(cases: list[str]) -> str:
    return ", ".join(cases[:6]) + (f" and {len(cases) - 6} more" if len(cases) > 6 else "")

"""What changed between two knowledge bases: statements in words, then verdicts over the reference situations.

Things are compared as the rules read them, a person's folders joined to the package's. Knows no technique.
"""
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import graph, reference
from .errors import InputError
from .folders import Knowledge, home

PACKAGE = "package"
_ASSERTIONS = ("Claim", "Advice", "Statement")
_SIGNS = {"value": "is", "atLeast": "at least", "atMost": "at most", "oneOf": "one of", "low": "from", "high": "to", "above": "above", "below": "below"}
# Changes of these leave the verdicts of every technique but their own (and those that build on it) as they were; a new source or card does too.
_LOCAL = {"Approach", "Practice", *_ASSERTIONS, "Contradiction", "Tree", "Question", "Answer", "Listing", "Scenario", "ChecklistItem", "FailureMode", "Remedy"}

Facts = dict[str, dict[str, set[str]]]


def named(word: str) -> Knowledge:
    """'package'; a whole ontology (a folder with vocabulary.ttl); or a folder or file that adds to the package."""
    if word == PACKAGE:
        return Knowledge()
    path = Path(word)
    if not path.exists():
        raise InputError(f"{word}: there is no such folder or file. Say 'package' for what came with the program, a folder that adds to it (tunewise.d), or a whole ontology.")
    path = Path(os.path.abspath(path))
    inner = path / "ontology" if (path / "ontology" / "vocabulary.ttl").is_file() else path
    if (inner / "vocabulary.ttl").is_file():
        if not (inner / "views").is_dir():
            raise InputError(f"{word}: an ontology without views/, so no rule can read it. Name a folder that holds vocabulary.ttl and views/.")
        rules = inner.parent / "rules"
        return Knowledge((inner,), (rules,) if (rules / "engine").is_dir() else None)
    if path.is_file() and path.suffix != ".ttl":
        raise InputError(f"{word}: not a Turtle file. Name a .ttl file or a folder.")
    return Knowledge((home("ontology"), path))


def compared(old: Knowledge, new: Knowledge, *, cases: list[tuple[str, dict[str, Any]]] | None = None, seconds: float = 120.0, as_of: str | None = None,
             trust: list[str] | None = None, progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """{statements: [{change, kind, id, text, was}], counts, verdicts: {asked, of, recommended, techniques}}, plain and in a stable order.

    ``cases``: situations by name, the reference situations where not said. ``seconds`` bounds them; what there
    was no time for is counted, not guessed.
    """
    from . import graph_own

    progress("reading both")
    sides = [_facts(graph_own.store(k)) for k in (old, new)]
    before, after = sides
    changes = [c for thing in sorted(set(before) | set(after)) if not thing.startswith("_:") and (c := _change(thing, before, after))]
    rules = _rules(old, new)
    cases = reference.situations(new) if cases is None else cases
    techniques: list[str] | str = "all" if rules else _touched(changes, before, after)
    rows: list[dict[str, Any]] = []
    if (changes or rules) and cases:
        rows = reference.compared(old, new, cases, techniques, seconds=seconds, as_of=as_of, trust=trust, progress=lambda n, of: progress(f"situation {n} of {of}"))
    progress("")
    label = {graph.local_name(t): next(iter(f.get("label", {t}))) for side in sides for t, f in side.items() if "label" in f}
    return {"statements": [{k: v for k, v in c.items() if k != "iri"} for c in changes] + rules, "counts": _counts(changes + rules),
            "verdicts": {"asked": len(rows) if changes or rules else len(cases), "of": len(cases), "left_out": len(cases) - len(rows) if changes or rules else 0, **_verdicts(rows, label)}}


def _facts(store: Any) -> Facts:
    """By thing: property (local name) to values, blank nodes spelled out."""
    inner: dict[Any, list[Any]] = {}
    for q in store:
        if type(q.subject).__name__ == "BlankNode":
            inner.setdefault(q.subject, []).append(q)

    def spelled(term: Any, depth: int = 0) -> str:
        kind = type(term).__name__
        if kind == "BlankNode":
            return "[" + " ; ".join(sorted(f"{graph.local_name(q.predicate.value)} {spelled(q.object, depth + 1)}" for q in inner.get(term, []))) + "]" if depth < 9 else "[...]"
        return str(term.value)

    out: Facts = {}
    for q in store:
        if type(q.subject).__name__ != "BlankNode":
            out.setdefault(q.subject.value, {}).setdefault(graph.local_name(q.predicate.value), set()).add(spelled(q.object))
    return out


def _kind(facts: dict[str, set[str]]) -> str:
    kinds = sorted(graph.local_name(c) for c in facts.get("type", ()))
    return kinds[0] if kinds else "Thing"


def _change(thing: str, before: Facts, after: Facts) -> dict[str, Any] | None:
    """One row for a thing that is new, gone or says something else."""
    was, now = before.get(thing), after.get(thing)
    if was == now:
        return None
    facts = now or was or {}
    side = after if now else before
    row = {"iri": thing, "id": graph.local_name(thing), "kind": _kind(facts), "change": "new" if was is None else "gone" if now is None else "changed", "text": _text(thing, side), "was": ""}
    if was is not None and now is not None:
        row["was"] = _text(thing, before)
        if row["was"] == row["text"]:
            parts = [f"{_spaced(p)}: {', '.join(sorted(map(graph.short, was.get(p, set()) - now.get(p, set())))) or 'nothing'} -> {', '.join(sorted(map(graph.short, now.get(p, set()) - was.get(p, set())))) or 'nothing'}"
                     for p in sorted(set(was) | set(now)) if was.get(p) != now.get(p)]
            row["text"], row["was"] = f"{row['text']}: {'; '.join(parts)}", ""
    return row


def _text(thing: str, side: Facts) -> str:
    """What a thing or an assertion says, as a person reads it."""
    facts = side[thing]
    label = lambda iri: next(iter(sorted(side.get(iri, {}).get("label", {graph.short(iri)}))))  # noqa: E731
    if "about" not in facts:
        definition = next(iter(sorted(facts.get("definition", ()))), "")
        return label(thing) + (f": {definition}" if definition else "")
    one = lambda p: next(iter(sorted(facts.get(p, {""}))))  # noqa: E731
    about, who = label(one("about")), label(one("source"))
    if "quantity" in facts:
        unit = _one(side.get(one("quantity"), {}), "unit")
        said = f"{label(one('quantity'))} " + " ".join(f"{sign} {', '.join(sorted(label(v) for v in facts[p]))}" for p, sign in _SIGNS.items() if p in facts).removeprefix("is ") + (f" {unit}" if unit not in ("", "1") else "")
    else:
        said = ((_spaced(graph.local_name(one("stance"))) + ": ") if "stance" in facts else "") + one("text")
    case = " and ".join(sorted(_case(c, side) for c in facts.get("when", ())))
    refuted = "; refuted" if "refutedBy" in facts else ""
    return f"{about}: {said}{f' (when {case})' if case else ''}   {who}, \"{one('locator')}\"{refuted}"


def _one(facts: dict[str, set[str]], property_: str) -> str:
    return next(iter(sorted(facts.get(property_, {""}))))


def _case(spelled: str, side: Facts) -> str:
    """A condition as _facts spelled it, in words."""
    parts = dict(part.split(" ", 1) for part in spelled.strip("[]").split(" ; ") if " " in part)
    label = lambda v: next(iter(sorted(side.get(v, {}).get("label", {graph.short(v)}))))  # noqa: E731
    return f"{label(parts.get('quantity', ''))} " + " ".join(f"{sign} {label(parts[p])}" for p, sign in _SIGNS.items() if p in parts)


def _spaced(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name)


def _rules(old: Knowledge, new: Knowledge) -> list[dict[str, Any]]:
    """Rule files, views and engine files that differ, as rows of kind Rules."""
    content = [{f.name: f.read_bytes() for f in (*k.rule_files(), *k.engine_files(), *k.views())} for k in (old, new)]
    return [{"id": name, "kind": "Rules", "change": "new" if name not in content[0] else "gone" if name not in content[1] else "changed", "text": name, "was": ""}
            for name in sorted(set(content[0]) | set(content[1])) if content[0].get(name) != content[1].get(name)]


def _touched(changes: list[dict[str, Any]], before: Facts, after: Facts) -> list[str] | str:
    """Techniques whose verdict can have changed; 'all' where what changed is read by all."""
    seeds: set[str] = set()
    for c in changes:
        harmless = c["kind"] in ("Source", "Gpu", "Platform") and c["change"] == "new"
        if c["kind"] not in _LOCAL and not harmless:
            return "all"
        for side in (before, after):
            seeds |= {c["iri"]} | side.get(c["iri"], {}).get("about", set())
    kinds = {t: _kind(f) for side in (before, after) for t, f in side.items()}
    if any(kinds.get(t, "Thing") in ("Quantity", "Input", "Setting", "Model", "Gpu", "BaseWeights", "Parametrisation", "MemoryProfile", "Thing") for t in seeds if t.startswith("http")):
        return "all"
    while True:
        more = {t for side in (before, after) for t, f in side.items() if t not in seeds and seeds & (f.get("variantOf", set()) | f.get("consistsOf", set()))}
        if not more:
            return sorted(graph.local_name(t) for t in seeds if kinds.get(t) == "Approach")
        seeds |= more


def _counts(changes: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    out: dict[str, dict[str, int]] = {}
    for c in changes:
        row = out.setdefault(c["kind"], {"new": 0, "gone": 0, "changed": 0})
        row[c["change"]] += 1
    return dict(sorted(out.items()))


def _verdicts(rows: list[dict[str, Any]], label: dict[str, str]) -> dict[str, Any]:
    """Where another approach is recommended, and by technique how its verdict turned."""
    recommended = [{"case": r["name"], "situation": r["situation"], "was": r["old"].get("main"), "is": r["new"].get("main"), "was_label": label.get(r["old"].get("main", ""), r["old"].get("main")),
                    "is_label": label.get(r["new"].get("main", ""), r["new"].get("main"))} for r in rows if r["old"].get("main") != r["new"].get("main")]
    turned: dict[str, dict[str, Any]] = {}
    for r in rows:
        was, now = r["old"].get("verdicts", {}), r["new"].get("verdicts", {})
        for technique in sorted(set(was) | set(now)):
            if was.get(technique) != now.get(technique):
                row = turned.setdefault(technique, {"technique": technique, "label": label.get(technique, technique), "turns": {}, "cases": []})
                turn = f"new, {now[technique]}" if technique not in was else f"gone, was {was[technique]}" if technique not in now else f"{was[technique]} -> {now[technique]}"
                row["turns"][turn] = row["turns"].get(turn, 0) + 1
                row["cases"].append(r["name"])
    refused = [{"case": r["name"], "text": (r["old"].get("refused") or r["new"].get("refused") or [""])[0]} for r in rows if "refused" in r["old"] or "refused" in r["new"]]
    return {"recommended": recommended, "techniques": [turned[t] for t in sorted(turned)], "refused": refused}

"""Why and why not, as lines: the verdict, what decided it, what it was weighed against, how far it holds."""
from __future__ import annotations

from typing import Any
from collections.abc import Iterable

from .words_lines import LABEL, against_model, assumed, cite, figures, listed, number, plain, proof, row, span, way


def why(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """The verdict, what decided it, who stands before or behind it, the way out; at most nine lines a blocker."""
    label, misses = a["label"], a["misses"]
    if a["verdict"] == "no":
        yield f"{label} is not viable: {'one thing is' if misses == 1 else f'{misses} things are'} missing."
    elif a.get("advised_against"):
        other = f" Instead: {listed(a['advised_against']['instead'])}." if a["advised_against"]["instead"] else ""
        yield f"{label} is advised against: {plain(a['advised_against']['text'])}.{other}"
    elif a["main"] == a["technique"]:
        yield f"{label} is recommended{_proviso(a)}."
    elif a["verdict"] == "yes" and a.get("kind") != "approach":
        yield f"{label} can be added here."
    elif a["verdict"] == "depends":
        yield f"Whether {label} is viable depends on {listed(a['depends_on'][:4])}."
    else:
        over = a["reason"] or {}
        yield f"{label} is viable, but {over.get('better_label') or 'another'} is preferred." if not over else f"{label} is viable, but {_step_label(a, over['better'])} is preferred."
    missed = [n for n in a["numbers"] if n["verdict"] == "no"]
    show = a["numbers"] if all_ or a["verdict"] != "no" else missed
    yield from figures(show, all_)
    if a["verdict"] == "no":
        yield from _blockers(a, {n["rule"] for n in missed})
    if a["verdict"] == "no" and a.get("advised_against"):
        other = f"; instead {listed(a['advised_against']['instead'])}" if a["advised_against"]["instead"] else ""
        yield from row("against", plain(a["advised_against"]["text"]) + other, cite(a["advised_against"]))
    yield from against_model(a)
    if a["verdict"] != "no" and not a.get("advised_against"):
        yield from _because(a)
    if a["verdict"] != "no" and a.get("reason") and a["reason"]["better"] != a["technique"]:
        for cost in a.get("costs", []):
            yield from row("cost", plain(cost["text"]), cite(cost))
    for rival in a.get("not_instead", []):
        number_ = next((n for n in rival["numbers"] if n["verdict"] == "no"), None)
        short = f": short by {number(number_['gap'])}" if number_ and isinstance(number_.get("gap"), (int, float)) else ""
        yield from row("not", f"{rival['label']}: {number_['text'] if number_ else rival['text']}{short}")
    if a["verdict"] == "no" and a.get("kind") == "approach" and a["main"] not in ("", "none", a["technique"]):
        main = next((s for s in a["plan"] if s["step"] == "main"), None)
        if main and main["text"]:
            yield from row("instead", main["label"] + (f": {plain(main['text'])}" if main["text"] else ""), cite(main))
    ranges = [span(r) for r in a.get("ranges", [])]
    ranges = [r for r in ranges if r]
    if ranges and a["verdict"] == "yes":
        yield from row("holds for", "; ".join(ranges))
    if a.get("who_says"):
        yield from _who_rows(a["who_says"], a["verdict"])
    ways = a.get("ways_out", [])
    if ways and not a.get("advised_against"):
        yield from row("way out", "; or ".join(way(w) for w in ways[: 6 if all_ else 2]))
    first = next((s for s in a["plan"] if s["step"] == "first"), None)
    if first and a["verdict"] != "no":
        yield from row("first", f"{first['label']}: {plain(first['text'])}", cite(first))
    read = {r["field"] for r in a["proof"] if r.get("kind") == "input"}
    yield from assumed(a, None if all_ else read)
    if all_:
        yield from proof(a["proof"])


def _because(a: dict[str, Any]) -> Iterable[str]:
    """Why it stands first: the comparison it won, else the advice that chose it."""
    main = next((s for s in a["plan"] if s["step"] == "main"), None)
    if a.get("added") and a.get("kind") != "approach":
        yield from row("because", plain(a["added"]["text"]), cite(a["added"]))
    elif a.get("reason"):
        yield from row("because", plain(a["reason"]["text"]), cite(a["reason"]))
    elif main and main["technique"] == a["technique"] and main["text"]:
        yield from row("because", plain(main["text"]), cite(main))


def _step_label(a: dict[str, Any], technique: str) -> str:
    return next((s["label"] for s in a["plan"] if s["technique"] == technique), technique)


def _proviso(a: dict[str, Any]) -> str:
    return f", if {listed(a['depends_on'][:3])} allow{'s' if len(a['depends_on'][:3]) == 1 else ''} it" if a["verdict"] == "depends" else ""


def _blockers(a: dict[str, Any], told: set[str]) -> Iterable[str]:
    """Sentences of failed rules that are no comparison: the deepest rule on each failing path."""
    rows = {r["id"]: r for r in a["proof"]}
    parents = {r["parent"] for r in a["proof"] if r["verdict"] == "no" and r["kind"] == "rule"}
    below_absence = set()
    for r in a["proof"]:
        if r["kind"] == "absence" and r["verdict"] != "no" or r["parent"] in below_absence:
            below_absence.add(r["id"])
    said: set[str] = set()
    for r in a["proof"]:
        if r["kind"] != "rule" or r["verdict"] != "no" or r["rule"] in told or r["id"] in parents or r["parent"] in below_absence or r["id"] in below_absence:
            continue
        parent = rows.get(r["parent"], {})
        if any(k["parent"] == r["id"] and (k["kind"] in ("comparison", "requirement") or k["kind"] == "absence" and k["verdict"] == "no") for k in a["proof"]) or parent.get("kind") == "absence" and parent["verdict"] != "no":
            continue
        if r["text"] not in said:
            said.add(r["text"])
            yield from row(r["rule"].split("/")[0][:LABEL - 1], r["text"])
    for r in a["proof"]:  # what stands where it should be absent
        if r["kind"] == "absence" and r["verdict"] == "no":
            child = next((k for k in a["proof"] if k["parent"] == r["id"]), None)
            owner = rows.get(r["parent"], {})
            if child and child["text"] not in said:
                said.add(child["text"])
                yield from row(owner.get("rule", "").split("/")[0][:LABEL - 1], child["text"])


def _who_rows(who: list[dict[str, Any]], verdict: str) -> Iterable[str]:
    against = [w for w in who if w["verdict"] != verdict]
    if against:
        yield from row("contested", "otherwise by the figures of " + listed([w["label"] for w in against]))
    elif who:
        yield from row("contested", f"no: the verdict stands under the figures of each of {len(who)} sources")


why_not = why  # one question, two names

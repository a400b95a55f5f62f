"""Rules and the quantities they read and conclude: the decision requirements, whole and one concern at a time."""
from __future__ import annotations

from typing import Any

from .diagram_style import Box, picture, wrapped
from .errors import InputError


def requirements(answer: dict[str, Any]) -> Any:
    """Every concern: what it reads of the person, what it reads of the sources, which concerns it asks."""
    rules, quantities = answer["rules"], {q["field"]: q for q in answer["quantities"]}
    home: dict[str, set[str]] = {}
    for r in rules:
        home.setdefault(r["head"], set()).add(r["file"])
    files = sorted({r["file"] for r in rules})
    asks = {f: sorted({h for r in rules if r["file"] == f for c in r["calls"] for h in home.get(c, ()) if h != f}) for f in files}
    graph = picture("Rules: what each concern asks, and what it reads", "", subtitle=f"{len(rules)} rules in {len(files)} concerns; arrows run from what is asked to what follows", direction="LR",
                    legend=("yes:a concern: its rules conclude", "assumed:drawn elsewhere"), tree=True)
    for f in sorted(files, key=lambda f: (sum(1 for o in files if f in asks[o]), -len(asks[f]), f)):  # what nobody asks comes first
        mine = [r for r in rules if r["file"] == f]
        heads = sorted({r["head"] for r in mine if f in home[r["head"]]})
        outer = [h for h in heads if any(h in r["calls"] for r in rules if r["file"] != f)] or heads[:3]
        read = sorted({q for r in mine for q in r["reads"] if q in quantities})
        said, figures = ([quantities[q]["label"] for q in read if quantities[q]["input"] is kind] for kind in (True, False))
        lines = [f.replace("_", " "), *wrapped("concludes " + ", ".join(h.replace("_", " ") for h in outer[:6]) + (f" and {len(outer) - 6} more" if len(outer) > 6 else ""), 40)]
        foot = [x for word, some in (("inputs: ", said), ("figures: ", figures)) if some for x in wrapped(word + _some(some), 50)]
        graph.add_node(f, box=Box(tuple(lines), foot="\n".join([_rules(len(mine)), *foot]), tone="yes", named=1, tip="; ".join(heads)))
    for f in list(graph):
        for other in sorted(asks[f], key=lambda o: (-len(asks[o]), o)):
            graph.add_edge(f, other, head="none", tail="normal")
    graph.graph["alt"] = "; ".join(f"{f} asks {', '.join(asks[f]) or 'nobody'}" for f in files) + "."
    graph.graph["notes"] = ("One concern rule by rule: tunewise diagram rules CONCERN.",)
    return graph


def _some(things: list[str], most: int = 8) -> str:
    return ", ".join(things) if len(things) <= most else f"{', '.join(things[: most - 1])} and {len(things) - most + 1} more"


def concern(answer: dict[str, Any], name: str) -> Any:
    """One concern, head by head: which conclusion asks which, and what each reads."""
    rules = [r for r in answer["rules"] if r["file"] == name]
    if not rules:
        raise InputError(f"No concern '{name}'. Concerns: {', '.join(sorted({r['file'] for r in answer['rules']}))}")
    quantities = {q["field"]: q for q in answer["quantities"]}
    graph = picture(f"Rules: {name.replace('_', ' ')}", "", subtitle=f"{len(rules)} rules; arrows run from what is asked to what follows", direction="LR", legend=("yes:a conclusion, with what its rules read", "assumed:drawn elsewhere"), tree=True)
    heads = list(dict.fromkeys(r["head"] for r in rules))
    asks = {h: list(dict.fromkeys(c for r in rules if r["head"] == h for c in r["calls"] if c != h)) for h in heads}
    for h in sorted(heads, key=lambda h: any(h in asks[o] for o in heads)):  # what nothing else asks comes first
        mine = [r for r in rules if r["head"] == h]
        read = sorted({q for r in mine for q in r["reads"] if q in quantities})
        said, figures = ([quantities[q]["label"] for q in read if quantities[q]["input"] is kind] for kind in (True, False))
        away = [c.replace("_", " ") for c in asks[h] if c not in heads]
        foot = [x for word, some in (("inputs: ", said), ("figures: ", figures), ("elsewhere: ", away)) if some for x in wrapped(word + _some(some), 34)]
        graph.add_node(h, box=Box(wrapped(h.replace("_", " "), 30), head=_rules(len(mine)) if len(mine) > 1 else "", foot="\n".join(foot), named=9, tone="yes", tip=" / ".join(r["says"] for r in mine)))
    for h in list(graph):
        for c in asks[h]:
            if c in graph:
                graph.add_edge(h, c, head="none", tail="normal")
    graph.graph["alt"] = "; ".join(f"{r['id']}: {r['says']}" for r in rules)
    graph.graph["notes"] = ("Elsewhere: what rules of other concerns conclude.",)
    return graph


def _rules(n: int) -> str:
    return f"{n} rule{'s' if n != 1 else ''}"

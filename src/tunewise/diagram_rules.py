"""Rules and the quantities they read and conclude: the decision requirements, whole and one concern at a time."""
from __future__ import annotations

from typing import Any

from .diagram_style import Box, picture, spread, wrapped
from .errors import InputError


def requirements(answer: dict[str, Any]) -> Any:
    """Every concern: what it reads of the person, what it reads of the sources, which concerns it asks."""
    rules, quantities = answer["rules"], {q["field"]: q for q in answer["quantities"]}
    home: dict[str, set[str]] = {}
    for r in rules:
        home.setdefault(r["head"], set()).add(r["file"])
    files = sorted({r["file"] for r in rules})
    asks = {f: sorted({h for r in rules if r["file"] == f for c in r["calls"] for h in home.get(c, ()) if h != f}) for f in files}
    graph = picture("Rules: what each concern asks, and what it reads", "", subtitle=f"{len(rules)} rules in {len(files)} concerns; arrows run from what is read to what follows", direction="LR",
                    legend=("said:inputs of the person", "plain:figures of sources", "yes:concern: its rules conclude"), nodesep=0.16, ranksep=0.7)
    lead = next((f for f in files if len(asks[f]) == max(len(a) for a in asks.values())), files[0])
    for f in files:
        heads = sorted({r["head"] for r in rules if r["file"] == f and f in home[r["head"]]})
        outer = [h for h in heads if any(h in r["calls"] for r in rules if r["file"] != f)] or heads[:3]
        graph.add_node(f, box=Box((f.replace("_", " "), *spread(" \N{MIDDLE DOT} ".join(h.replace("_", " ") for h in outer[:8]), 36)), foot=_rules(sum(1 for r in rules if r["file"] == f)), tone="yes", named=1, tip="; ".join(heads)))
    for f in files:
        read = sorted({q for r in rules if r["file"] == f for q in r["reads"] if q in quantities})
        for kind, tone, shape, word in ((True, "said", "pill", "inputs"), (False, "plain", "note", "figures")):
            some = [quantities[q]["label"] for q in read if quantities[q]["input"] is kind]
            if some:
                shown = some if len(some) <= 18 else [*some[:17], f"and {len(some) - 17} more"]
                graph.add_node(f"{f} {word}", box=Box(tuple(spread(" \N{MIDDLE DOT} ".join(shown), 42)), head=f"{len(some)} {word}" if len(some) > 1 else word[:-1], tone=tone, shape=shape, tip=", ".join(some)))
                graph.add_edge(f"{f} {word}", f)
    for f in files:
        for other in asks[f]:
            if not (graph.has_edge(f, other)):
                graph.add_edge(other, f, tone="yes" if f == lead else None)
    graph.graph["alt"] = "; ".join(f"{f} asks {', '.join(asks[f]) or 'nobody'}" for f in files) + "."
    graph.graph["notes"] = ("One concern rule by rule: tunewise diagram rules CONCERN.",)
    return graph


def concern(answer: dict[str, Any], name: str) -> Any:
    """One concern, head by head: which conclusion asks which, and what each reads."""
    rules = [r for r in answer["rules"] if r["file"] == name]
    if not rules:
        raise InputError(f"No concern '{name}'. Concerns: {', '.join(sorted({r['file'] for r in answer['rules']}))}")
    quantities = {q["field"]: q for q in answer["quantities"]}
    graph = picture(f"Rules: {name.replace('_', ' ')}", "", subtitle=f"{len(rules)} rules; arrows run from what is read to what follows", direction="LR", legend=("said:inputs of the person", "plain:figures of sources", "yes:conclusion", "assumed:concluded elsewhere"), nodesep=0.1, ranksep=0.5)
    heads = list(dict.fromkeys(r["head"] for r in rules))
    for h in heads:
        mine = [r for r in rules if r["head"] == h]
        texts = [r["says"] for r in mine]
        graph.add_node(h, box=Box(wrapped(h.replace("_", " "), 30), head=_rules(len(mine)) if len(mine) > 1 else "", tone="yes", tip=" / ".join(texts)))
    for h in heads:
        mine = [r for r in rules if r["head"] == h]
        for c in sorted({c for r in mine for c in r["calls"] if c != h}):
            if c not in graph:
                graph.add_node(c, box=Box(wrapped(c.replace("_", " "), 30), tone="assumed"))
            if not graph.has_edge(h, c):
                graph.add_edge(c, h)
        read = sorted({q for r in mine for q in r["reads"] if q in quantities})
        for kind, tone, shape, word in ((True, "said", "pill", "inputs"), (False, "plain", "note", "figures")):
            some = [quantities[q]["label"] for q in read if quantities[q]["input"] is kind]
            if some:
                key = f"{word}|" + "|".join(some)
                if key not in graph:
                    graph.add_node(key, box=Box(tuple(spread(" \N{MIDDLE DOT} ".join(some), 40)), tone=tone, shape=shape))
                graph.add_edge(key, h)
    graph.graph["alt"] = "; ".join(f"{r['id']}: {r['says']}" for r in rules)
    return graph


def _rules(n: int) -> str:
    return f"{n} rule{'s' if n != 1 else ''}"

"""One family of techniques as a tree: variants, parts and what comes next, and all the rest of it in one box."""
from __future__ import annotations

from typing import Any

from .diagram_map import LEGEND, RELATIONS, Rows, box_of, listed, relations, techniques_of
from .diagram_style import Box, picture
from .errors import InputError


def family(rows: Rows, name: str) -> Any:
    """One family: variants beneath what they vary; parts and what comes next on lines that say so; the unrelated in one box."""
    techniques = techniques_of(rows)
    if techniques.get(name, {}).get("kind") != "family":
        raise InputError(f"'{name}' is no family. List them: tunewise ls families")
    members = [t for t, d in techniques.items() if d["family"] == name]
    graph = picture(f"Family: {techniques[name]['label']}", "", subtitle=techniques[name]["text"], direction="LR", legend=LEGEND, nodesep=0.1, ranksep=0.45, tree=True)
    inside = set(members)
    links = [(a, p, b) for a, p, b in relations(rows) if a in inside and b in inside and a != b and p != "combinesWith"]
    above, words = _hung(links)
    linked = {x for kid, (parent, _) in above.items() for x in (kid, parent)} | set(words)
    beneath: dict[str, list[str]] = {}
    for kid in sorted(above, key=lambda k: (above[k][1] != "", k)):
        beneath.setdefault(above[kid][0], []).append(kid)

    def hang(parent: str, kid: str, word: str = "") -> None:
        graph.add_node(kid, box=box_of(techniques[kid], more=tuple(f"{w} {', '.join(techniques[t]['label'] for t in ts)}" for w, ts in words.get(kid, {}).items())))
        if word:
            graph.add_node(f"{kid} {word}", box=Box((word,), shape="bare"))
            graph.add_edge(parent, f"{kid} {word}", head="none")
            graph.add_edge(f"{kid} {word}", kid, head="none" if word != "precedes" else "normal")
        else:
            graph.add_edge(parent, kid, head="none", tail="empty" if parent != name else None)
        plain = [k for k in beneath.get(kid, []) if not above[k][1] and k not in beneath and k not in words]
        for k in beneath.get(kid, []):
            if len(plain) <= 3 or k not in plain:
                hang(kid, k, above[k][1])
        if len(plain) > 3:
            graph.add_node(f"variants of {kid}", box=listed([techniques[k] for k in plain], f"{len(plain)} variants"))
            graph.add_edge(kid, f"variants of {kid}", head="none", tail="empty")

    graph.add_node(name, box=box_of(techniques[name]))
    for t in sorted((t for t in members if t in linked and t not in above), key=lambda t: (-len(beneath.get(t, [])), t)):
        hang(name, t)
    single = [techniques[t] for t in members if t not in linked]
    for kind, word in (("approach", "approach"), ("practice", "practice"), ("family", "family")):
        some = [d for d in single if d["kind"] == kind]
        if some:
            key = f"other {kind}"
            noun = {"approach": "approaches", "practice": "practices", "family": "families"}[kind] if len(some) > 1 else word
            graph.add_node(key, box=listed(some, f"{len(some)} {'more ' if linked else ''}{noun}"))
            graph.add_edge(name, key, head="none")
    graph.graph["notes"] = ("Hollow arrowhead: a variant of what it points at. A word on a line, or small beneath a name, says what else binds two.",) if linked else ()
    graph.graph["alt"] = f"{techniques[name]['label']}: {techniques[name]['text']} Members: " + ", ".join(techniques[t]["label"] for t in members) + "."
    used = {graph.nodes[n]["box"].tone for n in graph if n != name and graph.nodes[n]["box"].shape != "bare"}
    graph.graph["legend"] = tuple(entry for entry in graph.graph["legend"] if entry.partition(":")[0] in used)
    return graph


HANGS = {"variantOf": (1, ""), "consistsOf": (0, "consists of"), "partOf": (1, "has part"), "precedes": (0, "precedes")}  # which end is the parent, and the word on the line


def _hung(links: list[tuple[str, str, str]]) -> tuple[dict[str, tuple[str, str]], dict[str, dict[str, list[str]]]]:
    """(parent and word of each thing that hangs beneath another; what else is said of each, by word): relations as a forest and a remainder."""
    above: dict[str, tuple[str, str]] = {}
    words: dict[str, dict[str, list[str]]] = {}

    def over(thing: str) -> list[str]:
        return [thing, *over(above[thing][0])] if thing in above else [thing]

    once = [x for x in links if x[1] != "excludes" or x[0] < x[2] or (x[2], x[1], x[0]) not in links]
    for a, p, b in sorted(once, key=lambda x: [*HANGS, "excludes"].index(x[1])):
        end, word = HANGS.get(p, (0, ""))
        parent, kid = (b, a) if end else (a, b)
        if p in HANGS and kid not in above and kid not in over(parent):
            above[kid] = (parent, word)
        elif kid not in above or above[kid][0] != parent or p == "excludes":
            words.setdefault(a, {}).setdefault(RELATIONS[p][0], []).append(b)
    return above, words

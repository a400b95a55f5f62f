"""The map of techniques: the ladder of families, one technique's neighbourhood, the classes.

Reads the graph by SPARQL only (``rows`` is a function from a query to rows of plain values).
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .diagram_style import Box, picture, spread, wrapped
from .errors import InputError

NAMED = 80  # names in one box
Rows = Callable[[str], list[list[Any]]]
RELATIONS = {  # property: (word on the edge, style, head)
    "variantOf": ("variant of", "solid", "empty"), "partOf": ("part of", "solid", "ediamond"), "consistsOf": ("consists of", "solid", "ediamond"),
    "precedes": ("precedes", "bold", "normal"), "excludes": ("excludes", "dotted", "none"), "combinesWith": ("combines with", "dashed", "none"),
}


def techniques_of(rows: Rows) -> dict[str, dict[str, str]]:
    """Every technique by its prefixed name: label, kind (approach, practice, family), text, family, the day it ended."""
    found = rows("""SELECT ?t ?label ?kind ?definition ?family ?ended WHERE {
      VALUES (?c ?kind) { (tw:Approach "approach") (tw:Practice "practice") (tw:Family "family") } ?t a ?c ; rdfs:label ?label .
      OPTIONAL { ?t skos:definition ?definition } OPTIONAL { ?t tw:family ?family } OPTIONAL { ?t tw:validUntil ?ended } } ORDER BY ?t ?kind ?family ?label ?definition ?ended""")
    return {str(r[0]): {"label": str(r[1]), "kind": str(r[2]), "text": str(r[3] or ""), "family": str(r[4] or ""), "ended": str(r[5] or "")} for r in found}


def relations(rows: Rows) -> list[tuple[str, str, str]]:
    """(thing, property, thing) for every property of RELATIONS."""
    values = " ".join(f"tw:{p}" for p in RELATIONS)
    return [(str(a), str(p).split(":")[1], str(b)) for a, p, b in rows(f"SELECT ?a ?p ?b WHERE {{ VALUES ?p {{ {values} }} ?a ?p ?b . FILTER(isIRI(?b)) }} ORDER BY ?a ?p ?b")]


def box_of(t: dict[str, str], more: tuple[str, ...] = ()) -> Box:
    """A technique as a box; ``more`` stands small beneath its name."""
    tone = {"approach": "yes", "practice": "plain", "family": "said"}[t["kind"]]
    foot = "\n".join(x for m in (*([f"ended {t['ended']}"] if t["ended"] else []), *more) for x in wrapped(m, 34))
    if t["ended"]:
        return Box(wrapped(t["label"], 26), tone="assumed", foot=foot, tip=t["text"])
    return Box(wrapped(t["label"], 26), tone=tone, foot=foot, shape={"approach": "box", "practice": "note", "family": "folder"}[t["kind"]], tip=t["text"])


LEGEND = ("yes:approach: competes to be the main step", "plain:practice: stands beside it", "said:family: a heading")


def overview(rows: Rows) -> Any:
    """Every family on its rung of the ladder, cheapest to the left, with how many it holds."""
    techniques = techniques_of(rows)
    rungs = rows("SELECT ?r ?label ?order WHERE { ?r a tw:Rung ; rdfs:label ?label ; tw:order ?order } ORDER BY ?order ?r")
    rung_of = {str(f): str(r) for f, r in rows("SELECT ?f ?r WHERE { ?f a tw:Family ; tw:rung ?r }")}
    degree = {str(t): int(n) for t, n in rows("SELECT ?t (COUNT(?a) AS ?n) WHERE { ?a tw:about ?t . ?t tw:family ?f } GROUP BY ?t")}
    families = {t: d for t, d in techniques.items() if d["kind"] == "family"}

    def rung(f: str) -> str:
        return rung_of.get(f) or (rung(families[f]["family"]) if families.get(f, {}).get("family") in families else "")

    def top(f: str) -> str:
        parent = families[f]["family"]
        return top(parent) if parent in families else rung(f) or "beside"

    graph = picture("The map: families of techniques on the ladder", "", direction="LR", legend=("yes:holds approaches", "plain:holds practices only", "said:rung of the ladder, cheapest first"), nodesep=0.1, ranksep=0.45, tree=True)
    members = {f: [t for t, d in techniques.items() if d["family"] == f and d["kind"] != "family"] for f in families}
    used = [r for r in rungs if any(rung(f) == r[0] and families[f]["family"] not in families for f in families)]
    if any(top(f) == "beside" for f in families):
        used.append(["beside", "beside the ladder", ""])
    for r, label, order in used:
        graph.add_node(r, box=Box(wrapped(str(label), 18), head=f"rung {order}" if order != "" else "", tone="said", shape="pill", strong=False))
    words = []
    for r, label, _ in used:
        for f in sorted((f for f in families if top(f) == r), key=lambda f: (families[f]["family"] in families, -len(members[f]), f)):
            approaches = [t for t in members[f] if techniques[t]["kind"] == "approach"]
            practices = len(members[f]) - len(approaches)
            known = sorted(members[f], key=lambda t: (techniques[t]["kind"] != "approach", -degree.get(t, 0), t))
            named = ", ".join(techniques[t]["label"] for t in known[:4]) + (f" and {len(known) - 4} more" if len(known) > 4 else "")
            count = ", ".join(x for x in (_count(len(approaches), "approach"), _count(practices, "practice")) if x) or "heading of other families"
            graph.add_node(f, box=Box((families[f]["label"], *wrapped(named, 60)) if named else (families[f]["label"],), foot=count, named=1, tone="yes" if approaches or not members[f] else "plain", tip=families[f]["text"]))
            parent = families[f]["family"]
            graph.add_edge(parent if parent in families else r, f, head="none")
            words.append(f"{families[f]['label']} ({label}): {count}")
    graph.graph["alt"] = "Families by rung of the ladder. " + "; ".join(words) + "."
    graph.graph["notes"] = ("One picture a family: tunewise diagram map FAMILY. One technique's neighbours: tunewise diagram map TECHNIQUE.",)
    return graph


def _count(n: int, word: str) -> str:
    return "" if not n else f"{n:,} {word}" + ("es" if n > 1 and word.endswith("ch") else "s" if n > 1 else "")


def listed(some: list[dict[str, str]], head: str) -> Box:
    """Many small things in one box, in lines of several; of very many the first, and how many more."""
    shown = some if len(some) <= NAMED else some[:NAMED - 10]
    names = [d["label"] for d in shown] + ([f"and {len(some) - len(shown):,} more"] if len(shown) < len(some) else [])
    text = " \N{MIDDLE DOT} ".join(name.replace(" ", "\N{NO-BREAK SPACE}") for name in names)
    return Box(tuple(line.replace("\N{NO-BREAK SPACE}", " ") for line in spread(text)), head=head, tone={"approach": "yes", "family": "said"}.get(some[0]["kind"], "plain"),
               shape={"practice": "note", "family": "folder"}.get(some[0]["kind"], "box"), tip="; ".join(f"{d['label']}: {d['text']}" for d in shown)[:900])


def neighbourhood(rows: Rows, name: str) -> Any:
    """One technique: what it stands under to the left, what stands under it and beside it to the right."""
    techniques = techniques_of(rows)
    if name not in techniques:
        raise InputError(f"'{name}' is no technique. List them: tunewise ls techniques")
    me = techniques[name]
    graph = picture(f"{me['label']} and its neighbours", "", subtitle=me["text"], direction="LR", legend=LEGEND, nodesep=0.12, ranksep=0.75)
    graph.add_node(name, box=Box(wrapped(me["label"], 24), head=me["kind"], tone=box_of(me).tone, strong=True, tip=me["text"]))
    said: list[str] = []
    local = name.split(":")[-1]
    made = rows(f"""SELECT ?p ?o ?label WHERE {{ VALUES ?p {{ tw:objective tw:parametrisation tw:baseWeights tw:trainsOn tw:dataFormat }} :{local} ?p ?o . OPTIONAL {{ ?o rdfs:label ?label }} }} ORDER BY ?p ?o""")
    words = {"objective": "objective", "parametrisation": "what is trained", "baseWeights": "base weights", "trainsOn": "trains on", "dataFormat": "data format"}
    grouped: dict[str, list[str]] = {}
    for p, o, label in made:
        grouped.setdefault(words[str(p).split(":")[1]], []).append(str(label or o))
    if grouped:
        lines = tuple(x for k, v in grouped.items() for x in wrapped(f"{k}: {', '.join(v)}", 40))
        graph.add_node("made", box=Box(lines, head="made of", tone="plain", shape="note"))
        graph.add_edge("made", name, head="none")
    if me["family"] in techniques:
        graph.add_node(me["family"], box=box_of(techniques[me["family"]]))
        graph.add_edge(me["family"], name, head="none", label="family of")
        said.append(f"in the family {techniques[me['family']]['label']}")
    near: dict[tuple[str, str], list[str]] = {}
    for a, p, b in relations(rows):
        if name in (a, b) and a != b and (a if b == name else b) in techniques:
            near.setdefault((p, "out" if a == name else "in"), []).append(b if a == name else a)
    both = sorted(set(near.get(("excludes", "out"), [])) | set(near.get(("excludes", "in"), [])))
    together = sorted(set(near.get(("combinesWith", "out"), [])) | set(near.get(("combinesWith", "in"), [])))
    for (p, way), others in {**{k: v for k, v in near.items() if k[0] not in ("excludes", "combinesWith")}, **({("excludes", "out"): both} if both else {}), **({("combinesWith", "out"): together} if together else {})}.items():
        word, style, head = RELATIONS[p]
        others = sorted(set(others))
        left = (p, way) in {("variantOf", "out"), ("partOf", "out"), ("consistsOf", "in"), ("precedes", "in")}
        text = {("variantOf", "in"): "has variant", ("partOf", "in"): "has part", ("consistsOf", "in"): "part of", ("precedes", "in"): "comes after"}.get((p, way), word)
        said.append(f"{text} " + ", ".join(techniques[o]["label"] for o in others))
        keys = others if len(others) <= 4 else [f"{p} {way}"]
        for key in keys:
            if key not in graph:
                graph.add_node(key, box=box_of(techniques[key]) if key in techniques else listed([techniques[o] for o in others], f"{len(others)} of them"))
            tone = "no" if p == "excludes" else None
            edge = (key, name) if left else (name, key)
            if not graph.has_edge(*edge):
                graph.add_edge(*edge, head="none", line=style if style != "bold" else None, label=text if not left else text, tone=tone)
    goals = [str(r[0]) for r in rows(f"SELECT ?label WHERE {{ :{local} tw:serves ?g . ?g rdfs:label ?label }} ORDER BY ?label")]
    if goals:
        graph.add_node("goals", box=Box(tuple(spread(" \N{MIDDLE DOT} ".join(goals), 44)), head="serves the goals", tone="said", shape="pill"))
        graph.add_edge(name, "goals")
    tools = [str(r[0]) for r in rows(f"SELECT ?label WHERE {{ :{local} tw:usesTool ?g . ?g rdfs:label ?label }} ORDER BY ?label")]
    if tools:
        graph.add_node("tools", box=Box(tuple(spread(" \N{MIDDLE DOT} ".join(tools), 44)), head="carried out with", tone="plain", shape="note"))
        graph.add_edge(name, "tools")
    graph.graph["alt"] = f"{me['label']}: {me['text']} It stands " + "; ".join(said) + "."
    return graph


def classes(rows: Rows) -> Any:
    """The ontology's classes, each beneath the one it refines, with how many things it holds."""
    found = rows("SELECT ?c ?label ?up ?text (COUNT(?x) AS ?n) WHERE { ?c a owl:Class ; rdfs:label ?label . OPTIONAL { ?c rdfs:subClassOf ?up } OPTIONAL { ?c skos:definition ?text } OPTIONAL { ?x a ?c } } GROUP BY ?c ?label ?up ?text ORDER BY ?c ?up ?label ?text")
    held = {str(r[0]): r for r in found}
    up = {c: str(r[2]) if r[2] and str(r[2]) in held else "" for c, r in held.items()}
    leaves = {c for c in held if c not in up.values()}
    graph = picture("The classes of the ontology", "", direction="LR", legend=("yes:class with its own things", "plain:class that only groups others"), nodesep=0.1, ranksep=0.5, tree=True)

    def box(c: str) -> Box:
        n = int(held[c][4])
        return Box((str(held[c][1]),), foot=_count(n, "thing"), tone="yes" if n else "plain", tip=str(held[c][3] or ""))

    alone = [c for c in held if c in leaves and not up[c]]
    for c in [c for c in held if c not in leaves]:
        graph.add_node(c, box=box(c))
    if alone:
        graph.add_node("alone", box=Box(tuple(f"{held[c][1]} ({int(held[c][4]):,})" for c in alone), head="beside them (things)", tone="yes"))
    for c in [c for c in graph if c in held]:
        if up[c]:
            graph.add_edge(up[c], c, head="none", tail="empty")
    for c in [c for c in graph if c in held]:
        kids = sorted(k for k in leaves if up[k] == c)
        if len(kids) > 3 and up.get(c) or len(kids) > 6:
            lines = tuple(f"{held[k][1]} ({int(held[k][4]):,})" for k in sorted(kids, key=lambda k: (-int(held[k][4]), k)))
            half = (len(lines) + 1) // 2 if len(lines) > 8 else len(lines)
            for i, part in enumerate(p for p in (lines[:half], lines[half:]) if p):
                graph.add_node(f"{c} {i}", box=Box(part, head=f"{len(part)} classes (things)", tone="yes"))
                graph.add_edge(c, f"{c} {i}", head="none", tail="empty")
        else:
            for k in sorted(kids):
                graph.add_node(k, box=box(k))
                graph.add_edge(c, k, head="none", tail="empty")
    graph.graph["alt"] = "Classes: " + "; ".join(f"{r[1]} ({int(r[4])})" for r in held.values()) + "."
    return graph

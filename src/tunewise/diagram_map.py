"""The map of techniques: the ladder of families, one family, one technique's neighbourhood, the classes.

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


def _techniques(rows: Rows) -> dict[str, dict[str, str]]:
    found = rows("""SELECT ?t ?label ?kind ?definition ?family ?ended WHERE {
      VALUES (?c ?kind) { (tw:Approach "approach") (tw:Practice "practice") (tw:Family "family") } ?t a ?c ; rdfs:label ?label .
      OPTIONAL { ?t skos:definition ?definition } OPTIONAL { ?t tw:family ?family } OPTIONAL { ?t tw:validUntil ?ended } } ORDER BY ?t ?kind ?family ?label ?definition ?ended""")
    return {str(r[0]): {"label": str(r[1]), "kind": str(r[2]), "text": str(r[3] or ""), "family": str(r[4] or ""), "ended": str(r[5] or "")} for r in found}


def _relations(rows: Rows) -> list[tuple[str, str, str]]:
    values = " ".join(f"tw:{p}" for p in RELATIONS)
    return [(str(a), str(p).split(":")[1], str(b)) for a, p, b in rows(f"SELECT ?a ?p ?b WHERE {{ VALUES ?p {{ {values} }} ?a ?p ?b . FILTER(isIRI(?b)) }} ORDER BY ?a ?p ?b")]


def _box(t: dict[str, str], more: tuple[str, ...] = ()) -> Box:
    tone = {"approach": "yes", "practice": "plain", "family": "said"}[t["kind"]]
    foot = "\n".join(x for m in (*([f"ended {t['ended']}"] if t["ended"] else []), *more) for x in wrapped(m, 34))
    if t["ended"]:
        return Box(wrapped(t["label"], 26), tone="assumed", foot=foot, tip=t["text"])
    return Box(wrapped(t["label"], 26), tone=tone, foot=foot, shape={"approach": "box", "practice": "note", "family": "folder"}[t["kind"]], tip=t["text"])


LEGEND = ("yes:approach: competes to be the main step", "plain:practice: stands beside it", "said:family: a heading")


def overview(rows: Rows) -> Any:
    """Every family on its rung of the ladder, cheapest to the left, with how many it holds."""
    techniques = _techniques(rows)
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


def family(rows: Rows, name: str) -> Any:
    """One family: variants beneath what they vary; parts and what comes next on lines that say so; the unrelated in one box."""
    techniques = _techniques(rows)
    if techniques.get(name, {}).get("kind") != "family":
        raise InputError(f"'{name}' is no family. List them: tunewise ls families")
    members = [t for t, d in techniques.items() if d["family"] == name]
    graph = picture(f"Family: {techniques[name]['label']}", "", subtitle=techniques[name]["text"], direction="LR", legend=LEGEND[:2], nodesep=0.1, ranksep=0.45, tree=True)
    inside = set(members)
    links = [(a, p, b) for a, p, b in _relations(rows) if a in inside and b in inside and a != b and p != "combinesWith"]
    above, words = _hung(links)
    linked = {x for kid, (parent, _) in above.items() for x in (kid, parent)} | set(words)
    beneath: dict[str, list[str]] = {}
    for kid in sorted(above, key=lambda k: (above[k][1] != "", k)):
        beneath.setdefault(above[kid][0], []).append(kid)

    def hang(parent: str, kid: str, word: str = "") -> None:
        graph.add_node(kid, box=_box(techniques[kid], more=tuple(f"{w} {', '.join(techniques[t]['label'] for t in ts)}" for w, ts in words.get(kid, {}).items())))
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
            graph.add_node(f"variants of {kid}", box=_listed([techniques[k] for k in plain], f"{len(plain)} variants"))
            graph.add_edge(kid, f"variants of {kid}", head="none", tail="empty")

    graph.add_node(name, box=_box(techniques[name]))
    for t in sorted((t for t in members if t in linked and t not in above), key=lambda t: (-len(beneath.get(t, [])), t)):
        hang(name, t)
    single = [techniques[t] for t in members if t not in linked]
    for kind, word in (("approach", "approach"), ("practice", "practice"), ("family", "family")):
        some = [d for d in single if d["kind"] == kind]
        if some:
            key = f"other {kind}"
            noun = {"approach": "approaches", "practice": "practices", "family": "families"}[kind] if len(some) > 1 else word
            graph.add_node(key, box=_listed(some, f"{len(some)} {'more ' if linked else ''}{noun}"))
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


def _listed(some: list[dict[str, str]], head: str) -> Box:
    """Many small things in one box, in lines of several; of very many the first, and how many more."""
    shown = some if len(some) <= NAMED else some[:NAMED - 10]
    names = [d["label"] for d in shown] + ([f"and {len(some) - len(shown):,} more"] if len(shown) < len(some) else [])
    text = " \N{MIDDLE DOT} ".join(name.replace(" ", "\N{NO-BREAK SPACE}") for name in names)
    return Box(tuple(line.replace("\N{NO-BREAK SPACE}", " ") for line in spread(text)), head=head, tone="plain" if some[0]["kind"] != "approach" else "yes",
               shape={"practice": "note", "family": "folder"}.get(some[0]["kind"], "box"), tip="; ".join(f"{d['label']}: {d['text']}" for d in shown)[:900])


def neighbourhood(rows: Rows, name: str) -> Any:
    """One technique: what it stands under to the left, what stands under it and beside it to the right."""
    techniques = _techniques(rows)
    if name not in techniques:
        raise InputError(f"'{name}' is no technique. List them: tunewise ls techniques")
    me = techniques[name]
    graph = picture(f"{me['label']} and its neighbours", "", subtitle=me["text"], direction="LR", legend=LEGEND, nodesep=0.12, ranksep=0.75)
    graph.add_node(name, box=Box(wrapped(me["label"], 24), head=me["kind"], tone=_box(me).tone, strong=True, tip=me["text"]))
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
        graph.add_node(me["family"], box=_box(techniques[me["family"]]))
        graph.add_edge(me["family"], name, head="none", label="family of")
        said.append(f"in the family {techniques[me['family']]['label']}")
    near: dict[tuple[str, str], list[str]] = {}
    for a, p, b in _relations(rows):
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
                graph.add_node(key, box=_box(techniques[key]) if key in techniques else _listed([techniques[o] for o in others], f"{len(others)} of them"))
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

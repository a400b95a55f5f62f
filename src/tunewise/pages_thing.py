"""The page of one technique, model, GPU or source: what it is, what is claimed of it and by whom, where sources disagree, what points at it."""
from __future__ import annotations

from typing import Any

from . import graph
from .pages_read import Known, Node, mark, md, table

_WORDS = {"label", "altLabel", "definition", "type", "^source", "^date", "title", "identifier", "settings", "comment"}
_ASPECTS = ("how", "use", "benefit", "cost", "note")
_STANCES = ("startWith", "choose", "add", "escalate", "avoid")


def thing(known: Known, iri: str, here: str) -> list[str]:
    """Markdown lines of the page of a technique, model or GPU."""
    node = known.things[iri]
    out = head(known, iri, node)
    out += table(["", ""], [[known.link(graph.TW + name, here), ", ".join(sorted(known.value(v, here) for v in values))] for name, values in _facts(known, node)])
    settings = sorted(f"`{known.text(s, 'key')} = {_plain(s)}`" for s in node.get("settings", []) if isinstance(s, dict))
    out += [f"Set: {', '.join(settings)}", ""] if settings else []
    if "^source" in node:
        out += [f"Described by {', '.join(known.value(v, here) for v in node['^source'])}.", ""]
    if "Approach" in known.classes(iri):
        name = graph.local_name(iri)
        out += [f"Ask: `tunewise why {name} --gpu t4 --params-b 7 --examples 5000`, `tunewise what-if {name} ...`, `tunewise compare {name} OTHER ...`", ""]
    out += claims(known, iri, here)
    out += _advice(known, iri, here)
    out += _statements(known, iri, here)
    out += _contradictions(known, iri, here)
    out += _pointing(known, iri, here)
    return out


def head(known: Known, iri: str, node: Node) -> list[str]:
    """Title, id, other names, definition and validity."""
    classes = ", ".join(sorted(known.label(v.value) for v in node.get("type", [])))
    also = [md(v.value) for v in node.get("altLabel", [])] + [f"`{v.value}`" for v in node.get("hubId", [])]
    out = [f"# {md(known.label(iri))}", "", f"{md(classes)} `{graph.local_name(iri)}`" + (f" · also {', '.join(also)}" if also else ""), ""]
    if definition := known.text(node, "definition"):
        out += [md(definition), ""]
    if until := known.text(node, "validUntil"):
        instead = ", ".join(md(known.label(v.value)) for v in node.get("instead", []))
        out += ["!!! warning \"It ends\"", "", f"    It can be used until {md(until)}." + (f" Instead: {instead}." if instead else ""), ""]
    return out


def _facts(known: Known, node: Node) -> list[tuple[str, list[Any]]]:
    return [(name, values) for name, values in sorted(node.items()) if name not in _WORDS and f"{graph.TW}{name}" in known.things]


def _plain(setting: Node) -> str:
    return str(next((v.value for v in setting.get("value", [])), "?"))


def claims(known: Known, iri: str, here: str) -> list[str]:
    """Requirements, then figures; claims on one quantity stand together, and where they differ that is said."""
    rows: dict[str, list[tuple[str, Node]]] = {}
    for a in sorted(known.about.get(iri, [])):
        node = known.things[a]
        if "quantity" in node and "Claim" in known.classes(a):
            rows.setdefault(known.iri(node, "quantity"), []).append((a, node))
    out: list[str] = []
    for title, wanted in (("What it needs", True), ("What is claimed of it", False)):
        lines = []
        for quantity in sorted(rows, key=lambda q: known.label(q).casefold()):
            group = [(a, n) for a, n in rows[quantity] if bool({"atLeast", "atMost", "oneOf"} & set(n)) == wanted]
            said = {known.amount(n, here) for _, n in group if "refutedBy" not in n and "when" not in n}
            for i, (a, n) in enumerate(group):
                dissent = " **sources disagree**" if i == 0 and len(said) > 1 else ""
                lines.append([f"{mark(a)}{known.link(quantity, here)}{dissent}", known.amount(n, here), known.conditions(n, here), _cited(known, a, n, here)])
        if lines:
            out += [f"## {title}", "", *table(["quantity", "", "when", "who says so"], lines)]
    return out


def _cited(known: Known, iri: str, node: Node, here: str) -> str:
    flags = known.flags(iri, node, here)
    return known.who(node, here) + (f"<br>{flags}" if flags else "")


def _advice(known: Known, iri: str, here: str) -> list[str]:
    lines = []
    for stance in _STANCES:
        for a in sorted(known.about.get(iri, [])):
            node = known.things[a]
            if "Advice" in known.classes(a) and graph.local_name(known.iri(node, "stance")) == stance:
                instead = f" Instead: {', '.join(known.value(v, here) for v in node['instead'])}." if "instead" in node else ""
                lines.append([f"{mark(a)}{md(known.label(graph.TW + stance))}", md(known.text(node, "text")) + instead, known.conditions(node, here) or "always", _cited(known, a, node, here)])
    return ["## When to choose it", "", *table(["", "reason", "when", "who says so"], lines)] if lines else []


def _statements(known: Known, iri: str, here: str) -> list[str]:
    out = []
    for aspect in _ASPECTS:
        for a in sorted(known.about.get(iri, [])):
            node = known.things[a]
            if "Statement" in known.classes(a) and graph.local_name(known.iri(node, "aspect")) == aspect:
                flags = known.flags(a, node, here)
                out.append(f"- {mark(a)}*{aspect}*: {md(known.text(node, 'text'))} {known.who(node, here)}" + (f"; {flags}" if flags else ""))
    return ["## In words", "", *out, ""] if out else []


def _contradictions(known: Known, iri: str, here: str) -> list[str]:
    mine = set(known.about.get(iri, []))
    out = []
    for c in known.of("Contradiction"):
        node = known.things[c]
        between = [v.value for v in node.get("between", [])]
        if known.iri(node, "subject") == iri or mine & set(between):
            out += [f"- {md(known.label(c))}: {md(known.text(node, 'judgement'))}"]
            out += [f"    - {known.link(a, here, assertion(known, a))} {known.who(known.things[a], here)}" + (" (**it holds**)" if a in [v.value for v in node.get("holdsFor", [])] else "") for a in between if a in known.things]
    return ["## Where sources contradict each other", "", *out, ""] if out else []


def assertion(known: Known, iri: str) -> str:
    """An assertion in a few plain words."""
    node = known.things[iri]
    if "quantity" in node:
        parts = [f"{name} {', '.join(str(getattr(v, 'value', '')).rsplit('/', 1)[-1] for v in node[key])}" for key, name in (("value", ""), ("atLeast", "at least"), ("atMost", "at most"), ("low", "from"), ("high", "to"), ("oneOf", "one of")) if key in node]
        return f"{known.label(known.iri(node, 'quantity'))} {' '.join(parts)}".replace("  ", " ")
    return known.text(node, "text") or graph.local_name(iri)


def _pointing(known: Known, iri: str, here: str) -> list[str]:
    """What points at a thing, by property."""
    rows: dict[str, list[str]] = {}
    for name, other in known.points.get(iri, []):
        if known.page(other) and not set(known.classes(other)) & {"Answer", "Question", "Contradiction", "Step"} and name not in ("refutedBy", "readFrom"):
            owner = known.iri(known.things[other], "about") or other
            rows.setdefault(name, []).append(known.link(owner, here))
    lines = [[known.link(graph.TW + name, here), ", ".join(sorted(set(links)))] for name, links in sorted(rows.items()) if f"{graph.TW}{name}" in known.things]
    return ["## What points here", "", *table(["as", ""], lines)] if lines else []


def source(known: Known, iri: str, here: str) -> list[str]:
    """Markdown lines of a source's page: what it is, and all it says, by thing."""
    node = known.things[iri]
    title, date, identifier = known.text(node, "title"), known.text(node, "^date"), known.text(node, "identifier")
    out = [f"# {md(known.label(iri))}", "", f"source `{graph.local_name(iri)}`", ""]
    out += [f"*{md(title)}*" + (f", {md(date)}" if date else ", undated") + (f", {md(identifier)}" if identifier else ""), ""]
    level = known.iri(node, "evidence")
    out += [f"Evidence: **{md(known.label(level))}**, {md(known.text(known.things.get(level, {}), 'definition'))}", ""] if level else []
    said: dict[str, list[str]] = {}
    for a in known.cited.get(iri, []):
        about = known.iri(known.things[a], "about")
        if about:
            said.setdefault(about, []).append(a)
    if said:
        out += [f"## What it says ({sum(map(len, said.values()))})", ""]
    for about in sorted(said, key=lambda t: known.label(t).casefold()):
        out += [f"### {known.link(about, here)}", ""]
        for a in sorted(said[about]):
            n = known.things[a]
            words = f"{known.link(known.iri(n, 'quantity'), here)} {known.amount(n, here)}" if "quantity" in n else (f"*{md(known.label(known.iri(n, 'stance')))}*: " if "stance" in n else "") + md(known.text(n, "text"))
            when, flags = known.conditions(n, here), known.flags(a, n, here)
            out.append(f"- {words}" + (f", when {when}" if when else "") + f" “{md(known.text(n, 'locator'))}”" + (f"; {flags}" if flags else ""))
        out.append("")
    trees = [known.link(t, here) for t in known.of("Tree", "Sequence", "Gate") if known.iri(known.things[t], "source") == iri]
    return out + ([f"Its decision trees: {', '.join(trees)}", ""] if trees else [])

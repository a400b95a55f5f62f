"""Pages that are not of one thing with claims: the vocabulary, quantities, all other words, decision trees, rules and checks."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from . import graph
from .pages_read import KINDS, Known, anchor, mark, md, table

_HEAD = re.compile(r"^#\s*(Problem|Solution|Severity):\s*(.+?)\s*$", re.MULTILINE)
_OUTCOMES = {"recommends": "use", "considers": "think of", "discourages": "not", "alternative": "or", "budgetPick": "on a budget", "advancedPick": "for advanced users", "specialPick": "made for it", "fits": "fits:", "fitsTightly": "fits tightly:", "doesNotFit": "does not fit:"}


def vocabulary(known: Known, here: str) -> list[str]:
    """Header, classes and properties with definitions, and what other vocabularies call them."""
    ontology = known.things.get(graph.TW.rstrip("#"), {})
    out = ["# Vocabulary", "", md(known.text(ontology, "description")), ""]
    rows = [("version", known.text(ontology, "versionInfo")), ("version IRI", known.iri(ontology, "versionIRI")), ("namespace", graph.TW), ("preferred prefix", known.text(ontology, "preferredNamespacePrefix")),
            ("creators", known.text(ontology, "creator")), ("issued", known.text(ontology, "issued")), ("licence", known.iri(ontology, "license"))]
    out += table(["", ""], [[name, f"`{said}`" if said.startswith("http") else md(said)] for name, said in rows if said])
    for title, classes in (("Classes", {"Class"}), ("Properties", {"ObjectProperty", "DatatypeProperty", "Property"}), ("Words", {"Concept"})):
        lines = []
        for iri in known.of(*classes):
            node = known.things[iri]
            if "field" in node:
                continue
            above = [known.value(v, here) if v.value.startswith(graph.TW) else f"`{graph.short(v.value)}`" for name in ("subClassOf", "subPropertyOf") for v in node.get(name, []) if hasattr(v, "value")]
            match = [f"`{v.value}`" for name in ("exactMatch", "closeMatch", "relatedMatch", "broadMatch") for v in node.get(name, []) if hasattr(v, "value")]
            lines.append([f"{mark(iri)}`{graph.short(iri)}`", md(known.label(iri)), md(known.text(node, "definition")), ", ".join(above), "<br>".join(match)])
        out += [f"## {title}", "", *table(["IRI", "label", "definition", "under", "elsewhere"], lines)]
    return out


def quantities(known: Known, here: str) -> list[str]:
    """Everything a situation, a claim or a rule may speak of."""
    out = ["# Quantities", "", "What a situation can say (inputs), what sources claim (measures) and what a recipe sets (settings). "
           "A claim with *at least*, *at most* or *one of* on a quantity is a requirement: the rules hold it against what the situation says.", ""]
    for title, cls in (("Inputs", "Input"), ("Measures", "Quantity"), ("Settings", "Setting")):
        lines = []
        for iri in known.of(cls):
            node = known.things[iri]
            domain = " to ".join(md(known.text(node, n)) for n in ("minimum", "maximum") if n in node)
            said = "".join(f"<br>{mark(a)}*{md(known.text(known.things[a], 'text'))}* {known.who(known.things[a], here)}" for a in sorted(known.about.get(iri, [])))
            default = ", ".join(known.value(v, here) for v in node.get("default", []))
            lines.append([f"{mark(iri)}`{graph.short(iri)}`", f"`{known.text(node, 'field')}`", md(known.label(iri)) + ". " + md(known.text(node, "definition")) + said,
                          md(known.text(node, "valueType") or "number"), md(known.text(node, "unit")), domain, default, ", ".join(f"`{v.value}`" for v in node.get("altLabel", []))])
        out += [f"## {title}", "", *table(["IRI", "field", "meaning", "type", "unit", "domain", "default", "also"], lines)]
    return out


def words(known: Known, here: str) -> list[str]:
    """All things without a page of their own, by class: goals, tasks, tools, formats, failure modes ..."""
    groups: dict[str, list[str]] = {}
    for iri, node in known.things.items():
        kinds = sorted(known.classes(iri))
        if kinds and "label" in node and known.page(iri) == f"words.md#{anchor(iri)}":
            groups.setdefault(kinds[0], []).append(iri)
    out = ["# Other words", "", "Goals, tasks, symptoms, tools, formats and all else that has a name but no page of its own. Each link leads back here.", ""]
    for cls in sorted(groups, key=lambda c: known.label(graph.TW + c).casefold()):
        lines = []
        for iri in sorted(groups[cls], key=lambda i: known.label(i).casefold()):
            node = known.things[iri]
            served = [known.link(t, here) for name, t in known.points.get(iri, []) if name == "serves"]
            told = [f"{mark(a)}{md(known.text(known.things[a], 'text'))} {known.who(known.things[a], here)}" for a in sorted(known.about.get(iri, [])) if "text" in known.things[a]]
            told += [f"{mark(a)}{known.link(known.iri(known.things[a], 'quantity'), here)} {known.amount(known.things[a], here)} {known.who(known.things[a], here)}" for a in sorted(known.about.get(iri, [])) if "quantity" in known.things[a]]
            lines.append([f"{mark(iri)}{md(known.label(iri))} `{graph.local_name(iri)}`", md(known.text(node, "definition") or known.text(node, "judgement")),
                          "<br>".join([*told, *([f"served by {', '.join(served)}"] if served else [])])])
        out += [f"## {md(known.label(graph.TW + cls).capitalize())}", "", *table(["", "", ""], lines)]
    return out


def tree(known: Known, iri: str, here: str, picture: str = "") -> list[str]:
    """A source's decision tree: its questions from the root, each answer with its case and what it leads to."""
    node = known.things[iri]
    out = [f"# {md(known.label(iri))}", "", f"decision tree `{graph.local_name(iri)}` · {known.who(node, here)}", ""]
    if definition := known.text(node, "definition"):
        out += [md(definition), ""]
    out += [f"`tunewise tree {graph.local_name(iri).removeprefix('tree-')}` walks it for a case. It says what its source would answer; what the rules say is another question.", ""]
    if picture:
        out += [f"![{md(known.label(iri))}]({picture})", ""]
    done: set[str] = set()
    for begin in ("root", "besides", "step"):
        for v in sorted(node.get(begin, []), key=lambda v: _order(known, v.value)):
            out += _question(known, v.value, here, done)
    if "opens" in node:
        out += [f"It opens {', '.join(known.value(v, here) for v in node['opens'])}.", ""]
    return out


def _order(known: Known, iri: str) -> tuple[float, str]:
    said = known.text(known.things.get(iri, {}), "order")
    return (float(said) if said else 0.0, iri)


def _question(known: Known, iri: str, here: str, done: set[str]) -> list[str]:
    if iri in done or iri not in known.things:
        return []
    done.add(iri)
    node = known.things[iri]
    out = [f"## {mark(iri)}{md(known.label(iri))}", ""]
    after: list[str] = []
    answers = sorted((v.value for v in node.get("answer", [])), key=lambda a: _order(known, a)) or [iri]
    for a in answers:
        n = known.things.get(a, {})
        what = [f"{word} {', '.join(known.value(v, here) for v in n[name])}" for name, word in _OUTCOMES.items() if name in n]
        what += sorted(f"{known.link(known.iri(f, 'quantity'), here)} {known.amount(f, here)}" for f in n.get("figure", []) if isinstance(f, dict))
        what += [md(known.text(n, name)) for name in ("text", "mark") if name in n]
        leads = [v.value for v in n.get("leadsTo", [])]
        what += [f"then [{md(known.label(q))}](#{anchor(q)})" for q in leads]
        case = known.conditions(n, here)
        said = [md(known.label(a))] if a != iri else []
        out.append("- " + " · ".join([*said, *([f"when {case}"] if case else []), *what]))
        after += leads
    out.append("")
    for q in after:
        out += _question(known, q, here, done)
    return out


def rule(known: Known, row: dict[str, Any], text: str, here: str) -> list[str]:
    """A rule: what it says, what it reads, and its text."""
    fields = {known.text(n, "field"): i for i, n in known.things.items() if "field" in n}
    reads = [known.link(fields[q], here) if q in fields else f"`{md(q)}`" for q in sorted(set(row["reads"])) if q != "_"]
    out = [f"# {row['id']}", "", f"rule · concludes `{row['head']}`", "", f"It holds: *{md(row['says'])}*", "", f"It does not: *{md(row['otherwise'])}*", ""]
    out += [f"Reads {', '.join(reads)}.", ""] if reads else []
    return out + (["```prolog", text, "```", ""] if text else [])


def rule_text(files: list[Path]) -> dict[str, str]:
    """Text of every rule by file/name, with the comments above it."""
    out = {}
    for file in files:
        for block in re.split(r"\n\s*\n", file.read_text(encoding="utf8")):
            if name := re.search(r"^(\w+) ::", block, re.MULTILINE):
                out[f"{file.stem}/{name[1]}"] = block.strip()
    return out


def check(file: Path) -> list[str]:
    """A check: problem, solution, severity and its query."""
    query = file.read_text(encoding="utf8")
    head = dict(_HEAD.findall(query))
    return [f"# {file.stem}", "", f"check · {head.get('Severity', 'error')}", "", f"**Problem.** {md(head.get('Problem', ''))}", "", f"**Solution.** {md(head.get('Solution', ''))}", "", "```sparql", _HEAD.sub("", query).strip(), "```", ""]


def kind_of(known: Known, iri: str) -> str:
    return next((KINDS[c] for c in known.classes(iri) if c in KINDS), "")

"""Reference pages of all that is known, as Markdown: every technique, model, GPU, source, tree, rule and check on a page of its own.

Made from the graph and the rules alone, so they are never behind; links between pages are relative. The same
knowledge gives the same pages.
"""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from . import graph, pages_rest, pages_thing
from .folders import Knowledge
from .pages_read import KINDS, NAMES, Known, md, table


def made(knowledge: Knowledge, rules: list[dict[str, Any]], pictures: dict[str, str] | None = None) -> dict[str, str]:
    """Markdown by path.

    ``rules``: rows {id, head, says, otherwise, reads}. ``pictures``: for a tree's id, a picture's path from the pages.
    """
    from . import graph_own

    known = Known(graph_own.store(knowledge))
    out: dict[str, list[str]] = {}
    for iri in known.of(*KINDS):
        kind = pages_rest.kind_of(known, iri)
        here = f"{kind}/{graph.local_name(iri)}.md"
        if kind == "sources":
            out[here] = pages_thing.source(known, iri, here)
        elif kind == "trees":
            picture = (pictures or {}).get(graph.local_name(iri), "")
            out[here] = pages_rest.tree(known, iri, here, os.path.relpath(picture, kind) if picture else "")
        else:
            out[here] = pages_thing.thing(known, iri, here)
    texts = pages_rest.rule_text(knowledge.rule_files())
    for row in rules:
        here = f"rules/{row['id'].replace('/', '-')}.md"
        out[here] = pages_rest.rule(known, row, texts.get(row["id"], ""), here)
    for file in knowledge.checks():
        out[f"checks/{file.stem}.md"] = pages_rest.check(file)
    for name, lines in (("vocabulary.md", pages_rest.vocabulary(known, "vocabulary.md")), ("quantities.md", pages_rest.quantities(known, "quantities.md")), ("words.md", pages_rest.words(known, "words.md"))):
        out[name] = lines
    for kind in NAMES:  # a list of everything would be the first answer to every search
        out[f"{kind}/index.md"] = ["---", "search:", "  exclude: true", "---", "", *_index(known, kind, rules, knowledge)]
    out["index.md"] = _front(known, out)
    return {path: "\n".join(lines).rstrip() + "\n" for path, lines in sorted(out.items())}


def _index(known: Known, kind: str, rules: list[dict[str, Any]], knowledge: Knowledge) -> list[str]:
    """The page that lists all of one kind."""
    here = f"{kind}/index.md"
    if kind == "rules":
        rows = [[f"[{r['id']}]({r['id'].replace('/', '-')}.md)", f"`{r['head']}`", md(r["says"])] for r in sorted(rules, key=lambda r: r["id"])]
        return ["# Rules", "", *table(["rule", "concludes", "says"], rows)]
    if kind == "checks":
        rows = [[f"[{f.stem}]({f.stem}.md)", md(dict(pages_rest._HEAD.findall(f.read_text(encoding="utf8"))).get("Problem", ""))] for f in knowledge.checks()]
        return ["# Checks", "", "`tunewise check` runs them; each is a query that must return nothing.", "", *table(["check", "problem"], rows)]
    rows = []
    for iri in known.of(*(c for c, k in KINDS.items() if k == kind)):
        node = known.things[iri]
        second = ", ".join(known.link(v.value, here) for v in node.get("family", [])) or md(", ".join(known.classes(iri))) if kind == "techniques" else \
            md(known.label(known.iri(node, "evidence"))) if kind == "sources" else ", ".join(md(v.value) for v in node.get("architecture", [])) if kind in ("models", "gpus") else known.link(known.iri(node, "source"), here)
        said = len(known.cited.get(iri, [])) if kind == "sources" else len(known.about.get(iri, []))
        rows.append([known.link(iri, here), second, md(known.text(node, "definition") or known.text(node, "title")), str(said) if kind != "trees" else ""])
    return [f"# {NAMES[kind]}", "", *table(["", {"techniques": "family", "sources": "evidence", "trees": "source"}.get(kind, "architecture"), "", "said" if kind != "trees" else ""], rows)]


def _front(known: Known, out: dict[str, list[str]]) -> list[str]:
    rows = [[f"[{title}]({kind}/index.md)", str(sum(1 for p in out if p.startswith(f"{kind}/")) - 1)] for kind, title in NAMES.items()]
    rows += [["[Vocabulary](vocabulary.md)", "classes and properties"], ["[Quantities](quantities.md)", "inputs, measures, settings"], ["[Other words](words.md)", "goals, tasks, symptoms, tools, formats ..."]]
    assertions = len([1 for i in known.things if "about" in known.things[i]])
    return ["# Reference", "", f"Made from the knowledge itself: {assertions:,} claims, pieces of advice and statements, each with its source. `tunewise docs --out DIR` makes these pages again, with what is in your own folders.", "",
            *table(["", ""], rows)]


def write(pages: dict[str, str], out: Path) -> None:
    """Writes all pages below a folder; OSError where it cannot be written."""
    for path, text in pages.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf8")

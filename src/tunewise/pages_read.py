"""The graph as pages read it: things by IRI, what is said about each, and how a value, a condition or a claim reads in Markdown."""
from __future__ import annotations

import os
import re
from typing import Any

from . import graph

KINDS = {"Approach": "techniques", "Practice": "techniques", "Family": "techniques", "Model": "models", "Gpu": "gpus", "Source": "sources", "Tree": "trees", "Sequence": "trees", "Gate": "trees"}
NAMES = {"techniques": "Techniques", "models": "Models", "gpus": "GPUs", "sources": "Sources", "trees": "Decision trees", "rules": "Rules", "checks": "Checks"}
ASSERTIONS = ("Claim", "Advice", "Statement")
_SIGNS = {"value": "", "atLeast": "at least ", "atMost": "at most ", "above": "above ", "below": "below ", "low": "from ", "high": "to "}
Node = dict[str, list[Any]]


class Known:
    """All things of a graph, with labels, links and what is said of each."""

    def __init__(self, store: Any) -> None:
        blank: dict[Any, Node] = {}
        self.things: dict[str, Node] = {}
        for q in sorted(store, key=lambda q: (str(q.subject), str(q.predicate), str(q.object))):
            node = blank.setdefault(q.subject, {}) if type(q.subject).__name__ == "BlankNode" else self.things.setdefault(q.subject.value, {})
            name = graph.local_name(q.predicate.value)
            key = f"^{name}" if not q.predicate.value.startswith(graph.TW) and name in ("source", "date") else name  # dcterms:source is not tw:source
            node.setdefault(key, []).append(blank.setdefault(q.object, {}) if type(q.object).__name__ == "BlankNode" else q.object)
        self.members: dict[str, list[str]] = {}
        for iri in self.things:
            for cls in self.classes(iri):
                self.members.setdefault(cls, []).append(iri)
        self.about: dict[str, list[str]] = {}
        self.cited: dict[str, list[str]] = {}
        self.points: dict[str, list[tuple[str, str]]] = {}
        for iri, node in self.things.items():
            if "about" in node:
                self.about.setdefault(self.iri(node, "about"), []).append(iri)
            if "source" in node:
                self.cited.setdefault(self.iri(node, "source"), []).append(iri)
            for name, values in node.items():
                for v in values:
                    if type(v).__name__ == "NamedNode" and name not in ("type", "about", "source", "quantity"):
                        self.points.setdefault(v.value, []).append((name, iri))

    # ---- reading a node ---------------------------------------------------------------------------

    def iri(self, node: Node, name: str) -> str:
        return next((v.value for v in node.get(name, []) if hasattr(v, "value")), "")

    def text(self, node: Node, name: str) -> str:
        return next((v.value for v in node.get(name, []) if type(v).__name__ == "Literal"), "")

    def classes(self, iri: str) -> list[str]:
        return [graph.local_name(v.value) for v in self.things.get(iri, {}).get("type", [])]

    def of(self, *classes: str) -> list[str]:
        """IRIs of all things of these classes, by label."""
        found = {iri for cls in classes for iri in self.members.get(cls, [])}
        return sorted(found, key=lambda iri: (self.label(iri).casefold(), iri))

    def label(self, iri: str) -> str:
        return self.text(self.things.get(iri, {}), "label") or graph.short(iri)

    # ---- where things stand -----------------------------------------------------------------------

    def page(self, iri: str) -> str | None:
        """Path of a thing's page, with an anchor where it shares one; None where it has none."""
        ident = graph.local_name(iri)
        node = self.things.get(iri)
        if node is None:
            return None
        for cls in self.classes(iri):
            if cls in KINDS:
                return f"{KINDS[cls]}/{ident}.md"
        if "about" in node:
            home = self.page(self.iri(node, "about"))
            return f"{home.split('#')[0]}#{anchor(iri)}" if home else None
        if "field" in node:
            return f"quantities.md#{anchor(iri)}"
        if set(self.classes(iri)) & {"Class", "ObjectProperty", "DatatypeProperty", "Property", "Concept"}:
            return f"vocabulary.md#{anchor(iri)}"
        return f"words.md#{anchor(iri)}" if iri.startswith("http") and "label" in node else None

    def link(self, iri: str, here: str, text: str = "") -> str:
        """A link from the page ``here`` to a thing; its label alone where it has no page."""
        there = self.page(iri)
        said = md(text or self.label(iri))
        if not there:
            return f"<{iri}>" if iri.startswith("http") and not text and iri not in self.things else said
        path, _, part = there.partition("#")
        way = os.path.relpath(path, os.path.dirname(here) or ".") if path != here else ""
        return f"[{said}]({way}{'#' + part if part else ''})" if way or part else said

    # ---- words ----------------------------------------------------------------------------------------

    def value(self, v: Any, here: str) -> str:
        if isinstance(v, dict):
            return self.condition(v, here)
        if type(v).__name__ == "NamedNode":
            return self.link(v.value, here)
        return md(figure(v))

    def amount(self, node: Node, here: str) -> str:
        """'at least 500 examples', '0.1 to 1 %', 'NF4': the bounds or values of a claim or condition, with the quantity's unit."""
        quantity = self.things.get(self.iri(node, "quantity"), {})
        unit = self.text(quantity, "unit")
        said = [sign + " or ".join(self.value(v, here) for v in node[name]) for name, sign in _SIGNS.items() if name in node]
        if "oneOf" in node:
            said.append(" or ".join(self.value(v, here) for v in node["oneOf"]))
        return " ".join(said) + (f" {md(unit)}" if unit not in ("", "1") and said else "")

    def condition(self, node: Node, here: str) -> str:
        return f"{self.link(self.iri(node, 'quantity'), here)} {self.amount(node, here)}".strip()

    def conditions(self, node: Node, here: str) -> str:
        return " and ".join(sorted(self.condition(c, here) for c in node.get("when", []) if isinstance(c, dict)))

    def who(self, node: Node, here: str) -> str:
        """Source and place of an assertion, with its evidence."""
        source = self.iri(node, "source")
        level = self.iri(node, "evidence") or self.iri(self.things.get(source, {}), "evidence")
        place = self.text(node, "locator")
        return self.link(source, here) + (f", “{md(place)}”" if place else "") + (f" ({md(self.label(level))})" if level else "")

    def flags(self, iri: str, node: Node, here: str) -> str:
        """What became of an assertion: refuted by whom, read from what, valid until when."""
        out = [f"**refuted** by {self.link(v.value, here, graph.local_name(v.value))}" for v in node.get("refutedBy", [])]
        out += [f"read from {self.link(v.value, here, graph.local_name(v.value))}" for v in node.get("readFrom", [])]
        out += [f"{word} {md(self.text(node, name))}" for name, word in (("validFrom", "valid from"), ("validUntil", "valid until")) if name in node]
        return "; ".join(out)


def anchor(iri: str) -> str:
    return re.sub(r"[^\w.-]", "-", ("tw-" if iri.startswith(graph.TW) else "") + graph.local_name(iri))


def mark(iri: str) -> str:
    return f'<a id="{anchor(iri)}"></a>'


def figure(v: Any) -> str:
    """A literal as people read it: 5,000, yes, 0.5."""
    said = str(v.value)
    kind = graph.local_name(v.datatype.value)
    if kind == "boolean":
        return "yes" if said in ("true", "1") else "no"
    if kind in ("integer", "decimal", "double"):
        whole, dot, part = said.partition(".")
        return f"{int(whole):,}" + (f".{part}" if part.strip("0") else "") if whole.lstrip("-").isdigit() else said
    return said


def md(text: str) -> str:
    """Plain text in Markdown: nothing in it is markup."""
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#])", r"\\\1", text)


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table; nothing where there are no rows."""
    return ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *("| " + " | ".join(row) + " |" for row in rows), ""] if rows else []

"""The graph in the forms other tools read: Turtle, JSON-LD, N-Triples, and with named graphs N-Quads and TriG.

In a named graph stands what one source says: the assertions that cite it, with their conditions. What we say
of things ourselves stands in a graph for the file that says so. The same knowledge gives the same bytes:
blank nodes are named after the thing they belong to, and lines are sorted.
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import InputError
from .graph import PREFIXES, TW

FILES = "https://w3id.org/tunewise/file/"
# Word: the parser's name of the form, what a file of it is called, whether it has named graphs.
FORMS = {"turtle": ("TURTLE", ".ttl", False), "json-ld": ("JSON_LD", ".jsonld", False), "n-triples": ("N_TRIPLES", ".nt", False),
         "n-quads": ("N_QUADS", ".nq", True), "trig": ("TRIG", ".trig", True)}
ALSO = {"ttl": "turtle", "jsonld": "json-ld", "nt": "n-triples", "ntriples": "n-triples", "nq": "n-quads", "nquads": "n-quads"}
KNOWN = {**{("kb" if p == "" else p): iri for p, iri in PREFIXES.items()}, "schema": "https://schema.org/", "aio": "https://w3id.org/aio/", "fair4ml": "https://w3id.org/fair4ml#",
         "mls": "http://www.w3.org/ns/mls#", "qudt": "http://qudt.org/schema/qudt/", "unit": "http://qudt.org/vocab/unit/", "vann": "http://purl.org/vocab/vann/"}


def form_of(word: str) -> str:
    """The form that a word or the ending of a file names; InputError with the forms there are."""
    name = ALSO.get(word.lower().lstrip("."), word.lower())
    if name not in FORMS:
        raise InputError(f"No form '{word[:40]}'. Forms: {', '.join(FORMS)}. Example: tunewise export n-quads --out knowledge.nq")
    return name


def text(folders: tuple[Path, ...], files: list[Path], form: str) -> str:
    """The knowledge of all files in one form of FORMS; KnowledgeError where a file is no Turtle."""
    import pyoxigraph as ox

    name, _, graphs = FORMS[form]
    rows = sorted(quads(folders, files), key=lambda q: (str(q.graph_name) if graphs else "", str(q.subject), str(q.predicate), str(q.object)))
    kept = rows if graphs else list(dict.fromkeys(q.triple for q in rows))
    prefixes = {} if form in ("n-triples", "n-quads") else KNOWN
    out = ox.serialize(kept, format=getattr(ox.RdfFormat, name), prefixes=prefixes or None)
    assert out is not None
    said = out.decode("utf8")
    return _compact(said) if form == "json-ld" else said


def quads(folders: tuple[Path, ...], files: list[Path]) -> Iterator[Any]:
    """Every statement of the files, in the graph of its source or its file."""
    import pyoxigraph as ox

    from .graph import load

    load(files)  # tells every fault of every file at once
    about = ox.NamedNode(TW + "about")
    cites = ox.NamedNode(TW + "source")
    for file in files:
        triples = [q.triple for q in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)]
        owner = {t.object: t.subject for t in triples if isinstance(t.object, ox.BlankNode)}
        names: dict[Any, Any] = {}
        count: dict[str, int] = {}

        def top(node: Any, owner: dict[Any, Any] = owner) -> Any:
            for _ in range(100):
                if not isinstance(node, ox.BlankNode) or node not in owner:
                    break
                node = owner[node]
            return node

        def named(node: Any, names: dict[Any, Any] = names, count: dict[str, int] = count, file: Path = file) -> Any:
            if not isinstance(node, ox.BlankNode):
                return node
            if node not in names:
                whose = str(top(node)) if not isinstance(top(node), ox.BlankNode) else ""
                count[whose] = count.get(whose, 0) + 1
                names[node] = ox.BlankNode("b" + hashlib.sha256(f"{_place(folders, file)}\0{whose}\0{count[whose]}".encode()).hexdigest()[:20])
            return names[node]

        assertions = {t.subject for t in triples if t.predicate == about}
        source = {t.subject: t.object for t in triples if t.predicate == cites and t.subject in assertions and isinstance(t.object, ox.NamedNode)}
        here = ox.NamedNode(FILES + _place(folders, file))
        for t in triples:
            yield ox.Quad(named(t.subject), t.predicate, named(t.object), source.get(top(t.subject), here))


def _place(folders: tuple[Path, ...], file: Path) -> str:
    """Where a file lies in its folder of knowledge, as the end of an IRI."""
    from urllib.parse import quote

    for folder in folders:
        if file.is_relative_to(folder):
            return quote(file.relative_to(folder).as_posix())
    return quote(file.name)


def _compact(expanded: str) -> str:
    """JSON-LD with a context: IRIs by prefix, plain texts as texts, one value without a list."""

    def short(iri: str) -> str:
        for prefix, base in KNOWN.items():
            if iri.startswith(base) and iri != base and not iri[len(base):].startswith("//"):
                return f"{prefix}:{iri[len(base):]}"
        return iri

    def value(term: Any) -> Any:
        if isinstance(term, dict):
            if "@value" in term and len(term) == 1:
                return term["@value"]
            return {k if k.startswith("@") else short(k): short(v) if k in ("@id", "@type") and isinstance(v, str) else value(v) for k, v in term.items()}
        return term

    nodes = []
    for node in json.loads(expanded):
        row: dict[str, Any] = {"@id": short(node["@id"])}
        for key in sorted(k for k in node if k != "@id"):
            if key in ("@type", PREFIXES["rdf"] + "type"):
                row["@type"] = sorted(short(v["@id"] if isinstance(v, dict) else v) for v in node[key])
            else:
                values = [value(v) for v in node[key]]
                row[short(key)] = values[0] if len(values) == 1 else values
        nodes.append(row)
    return json.dumps({"@context": KNOWN, "@graph": nodes}, ensure_ascii=False, indent=1) + "\n"

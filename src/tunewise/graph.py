"""The RDF graph: Turtle files into an Oxigraph store, views out of it. The only module that knows RDF.

A view is a SPARQL query in ontology/views/; its columns become the arguments of a fact. IRIs become
their local names; quantities are named by their ``tw:field``. Strings become names too, except in the
columns called text, label, unit and locator, which people read.
"""
from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from collections.abc import Iterable, Iterator

from .errors import InputError, KnowledgeError, MachineError

TW = "https://w3id.org/tunewise/ns#"
PREFIXES = {
    "tw": TW, "": "https://w3id.org/tunewise/kb/", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#", "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/", "prov": "http://www.w3.org/ns/prov#", "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_READ = {"text", "label", "unit", "locator"}
_NUMERIC = {"integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger", "positiveInteger"}


def load(files: list[Path]) -> Any:
    """A store with all files; every syntax error is told, with file and line, and what is too large is refused."""
    from .graph_read import load as read

    return read(files)


def facts(store: Any, views: list[Path], names: dict[str, str] | None = None) -> dict[str, list[list[Any]]]:
    """Rows of every view, by its file name; texts come as {"s": text}, names as strings, numbers as numbers.

    ``names``: what things are called whose local name is taken.
    """
    import pyoxigraph

    fields = {str(s.subject.value): str(s.object.value) for s in store.quads_for_pattern(None, pyoxigraph.NamedNode(TW + "field"), None)}
    fields |= names or {}
    out: dict[str, list[list[Any]]] = {}
    for view in views:
        solutions = store.query(view.read_text(encoding="utf8"))
        columns = [v.value for v in solutions.variables]
        out[view.stem] = rows_of(columns, ([row[n] for n in columns] for row in solutions), fields)
    return out


def rows_of(names: list[str], rows: Iterable[list[Any]], fields: dict[str, str]) -> list[list[Any]]:
    """Rows of a view as facts, in an order of their own: a store's order says nothing, and no answer may turn on it.

    Blank nodes are named by what is said of them, so that the same knowledge gives the same rows.
    """
    out = [[_term(row[i], fields, n in _READ) for i, n in enumerate(names)] for row in rows]
    nodes = [i for i, n in enumerate(names) if n == "node"]
    out.sort(key=lambda row: [_sortable(v) for i, v in enumerate(row) if i not in nodes])
    if nodes:
        (at,) = nodes
        said: dict[str, list[Any]] = {}
        for row in out:
            said.setdefault(row[at], []).append([v for i, v in enumerate(row) if i != at])
        name: dict[str, str] = {}
        alike: dict[str, int] = {}
        for node, rows_said in said.items():
            digest = hashlib.sha256(repr(rows_said).encode()).hexdigest()[:12]
            alike[digest] = alike.get(digest, 0) + 1
            name[node] = f"_{digest}-{alike[digest]}"
        for row in out:
            row[at] = name[row[at]]
        out.sort(key=lambda row: [_sortable(v) for v in row])
    return out


def _sortable(value: Any) -> tuple[str, str]:
    return (type(value).__name__, value["s"] if isinstance(value, dict) else str(value))


def _term(term: Any, fields: dict[str, str], read: bool) -> Any:
    kind = type(term).__name__
    if term is None:
        return None
    if kind == "NamedNode":
        return fields.get(term.value) or local_name(term.value)
    if kind == "BlankNode":
        return "_" + term.value
    value = _literal(term)
    return value["s"] if isinstance(value, dict) and not read else value


def _literal(term: Any) -> Any:
    datatype = local_name(term.datatype.value)
    if datatype in _NUMERIC:
        try:
            number = float(term.value)
        except ValueError:
            raise KnowledgeError(f'"{term.value[:40]}" is declared a number ({datatype}), and is none.') from None
        if abs(number) == float("inf") or number != number:
            raise KnowledgeError(f"{term.value[:40]} cannot be reckoned with: write a number below 1e300.")
        return int(number) if number.is_integer() and datatype != "decimal" else (int(number) if number.is_integer() and abs(number) < 1e15 else number)
    if datatype == "boolean":
        return term.value in ("true", "1")
    if datatype in ("date", "gYear", "gYearMonth"):
        return term.value
    return {"s": term.value}


def local_name(iri: str) -> str:
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def plain(term: Any) -> Any:
    """A SPARQL result term as a number, a boolean or text."""
    if term is None:
        return None
    if type(term).__name__ == "Literal":
        value = _literal(term)
        return value["s"] if isinstance(value, dict) else value
    if type(term).__name__ == "NamedNode":
        for prefix, base in PREFIXES.items():
            if term.value.startswith(base):
                return f"{prefix}:{term.value[len(base):]}"
    return str(getattr(term, "value", term))


def readable(query: str) -> str:
    """The query with our prefixes where it has none; InputError when it would change something or ask elsewhere."""
    import re

    bare = re.sub(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|<[^<>\s]*>|#[^\n]*|[?$]\w+', " ", query)
    word = re.search(r"\b(service|insert|delete|load|clear|drop|create|copy|move|add)\b(?!\s*:)", bare, re.IGNORECASE)
    if word:
        raise InputError(f"'{word.group(0)}' is not allowed: query only reads the graph (SELECT, ASK, CONSTRUCT, DESCRIBE).")
    if not re.search(r"\bprefix\b", bare, re.IGNORECASE):
        query = "".join(f"PREFIX {p}: <{iri}>\n" for p, iri in PREFIXES.items()) + query
    return query


def select(store: Any, query: str, max_rows: int = 10_000, timeout: float = 20.0) -> tuple[list[str], Iterator[list[Any]]]:
    """Runs a read-only SPARQL 1.1 query with our prefixes; no update, no SERVICE, bounded in rows.

    ASK gives one row; CONSTRUCT and DESCRIBE give subject, predicate, object.
    """
    import threading

    query = readable(query)
    answer: dict[str, Any] = {}

    def work() -> None:
        try:
            result = store.query(query, use_default_graph_as_union=False)
            if hasattr(result, "variables"):
                answer["names"] = [v.value for v in result.variables]
                answer["rows"] = [[row[i] for i in range(len(answer["names"]))] for row, _ in zip(result, range(max_rows))]
            elif type(result).__name__ == "QueryBoolean" or isinstance(result, bool):
                answer["names"], answer["rows"] = ["answer"], [[bool(result)]]
            else:
                answer["names"] = ["subject", "predicate", "object"]
                answer["rows"] = [[t.subject, t.predicate, t.object] for t, _ in zip(result, range(max_rows))]
        except Exception as fault:  # handed to the caller's thread
            answer["fault"] = fault

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(timeout)
    if thread.is_alive():
        raise MachineError(f"The query took longer than {timeout:g} seconds. Narrow it, or give more time with --timeout.")
    if "fault" in answer:
        if isinstance(answer["fault"], (SyntaxError, ValueError)):
            raise InputError(f"The query is no SPARQL 1.1: {answer['fault']}")
        raise MachineError(f"The query failed: {answer['fault']}")
    return answer["names"], iter(answer["rows"])


# ---- is it sound: rows of a check, results of the shapes ---------------------------------------------------

def run_check(store: Any, query: str) -> list[dict[str, str]]:
    """Rows of a check query by column: IRIs in full, literals as they are read; what is unbound is left out.

    A query that is no SPARQL raises KnowledgeError.
    """
    try:
        solutions = store.query(query)
    except (SyntaxError, ValueError) as fault:
        raise KnowledgeError(f"The check is no SPARQL 1.1: {fault}") from None
    names = [v.value for v in solutions.variables]
    return [{n: row[n].value for n in names if row[n] is not None and type(row[n]).__name__ != "BlankNode"} for row in solutions]


def short(iri: str) -> str:
    """An IRI as people write it: kb/qlora -> qlora, ns#family -> tw:family; a text stays as it is."""
    for prefix, base in PREFIXES.items():
        if iri.startswith(base) and iri != base:
            return f"{prefix}:{iri[len(base):]}" if prefix else iri[len(base):]
    return iri

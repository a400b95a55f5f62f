"""read-only SPARQL over the graph"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ..advisor import Advisor
from ..errors import InputError
from ._shared import show_json, table


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from .. import graph

    query = " ".join(said) if said else sys.stdin.read()
    if query.endswith(".rq") and Path(query).is_file():
        query = Path(query).read_text(encoding="utf8")
    if not query.strip():
        raise InputError("query wants SPARQL: tunewise query 'SELECT ?t WHERE { ?t a tw:Approach } LIMIT 5'")
    names, found = rows_of(advisor, query, options.timeout)
    asked = len(found) == 1 and len(found[0]) == 1 and isinstance(found[0][0], bool)  # an ASK has one answer
    if options.json or options.format == "json":
        show_json({"head": {}, "boolean": found[0][0]} if asked else {"head": {"vars": names}, "results": {"bindings": [{n: _binding(t) for n, t in zip(names, row) if t is not None} for row in found]}})
        return 0
    if asked and options.format == "table":
        print("yes" if found[0][0] else "no")
        return 0
    return table(names, [[graph.plain(t) for t in row] for row in found], options)


def rows_of(advisor: Advisor, query: str, timeout: float) -> tuple[list[str], list[list[Any]]]:
    """Variables and rows: of the endpoint where one was named, else of the files as answers read them."""
    from .. import graph, graph_own

    if advisor.knowledge.endpoint:
        from ..graph_endpoint import select

        return select(advisor.knowledge.endpoint, query, timeout=timeout)
    names, rows = graph.select(graph_own.store(advisor.knowledge), query, timeout=timeout)
    return names, list(rows)


def _binding(term: Any) -> dict[str, str]:
    kind = type(term).__name__
    if kind == "NamedNode":
        return {"type": "uri", "value": term.value}
    if kind == "Literal":
        out = {"type": "literal", "value": term.value}
        if term.language:
            out["xml:lang"] = term.language
        elif term.datatype.value != "http://www.w3.org/2001/XMLSchema#string":
            out["datatype"] = term.datatype.value
        return out
    return {"type": "bnode" if kind == "BlankNode" else "literal", "value": str(getattr(term, "value", term))}

"""What SHACL finds: the shapes of ontology/ (and of a person's folders) held against a store, by pyshacl.

Only pyshacl judges; what is ours is to hand it what it needs and no more, and to say whose a blank node is.
"""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .errors import KnowledgeError
from .graph import PREFIXES, local_name

_SH = "http://www.w3.org/ns/shacl#"
_REPORTED = {"severity": "resultSeverity", "shape": "sourceShape", "subject": "focusNode", "property": "resultPath", "value": "value", "message": "resultMessage"}


def validate(quads: Iterable[Any], shapes: list[Path]) -> list[dict[str, Any]]:
    """What SHACL finds in statements: {severity, shape, subject, property, value, message, within}, IRIs in full.

    The subject is the nearest thing with a name; ``within`` says what a blank node it was found at holds, as
    (property, value). Without pyshacl it raises ImportError; faulty shapes raise KnowledgeError.
    """
    import logging

    import pyshacl
    import rdflib

    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)  # an impossible date is a finding, not a traceback
    rules = rdflib.Graph()
    for file in shapes:
        try:
            rules.parse(file, format="turtle")
        except Exception as fault:  # rdflib's parsers have no common error
            raise KnowledgeError(f"{file}: {str(fault).strip().splitlines()[0]}") from None
    data = _as_rdflib(quads)
    owners = _spread_targets(rules)
    try:
        _, report, _ = pyshacl.validate(data, shacl_graph=rules, inplace=True, inference="none")
    except pyshacl.errors.ShapeLoadError as fault:
        raise KnowledgeError(f"The shapes are faulty: {fault}") from None
    if not isinstance(report, rdflib.Graph):
        raise KnowledgeError(f"The shapes could not be used: {report}")
    sh = rdflib.Namespace(_SH)
    out: list[dict[str, Any]] = []
    for result in report.objects(None, sh.result):
        row = {name: report.value(result, sh[key]) for name, key in _REPORTED.items()}
        node = row["subject"]
        row["subject"] = _named_owner(data, node)
        row["shape"] = owners.get(row["shape"], row["shape"])
        found: dict[str, Any] = {name: str(term) for name, term in row.items() if term is not None and not isinstance(term, rdflib.BNode)}
        within = [(str(p), str(o)) for p, o in data.predicate_objects(node) if not isinstance(o, rdflib.BNode)] if isinstance(node, rdflib.BNode) else []
        out.append({**found, "severity": local_name(found["severity"]), "within": sorted(within)})
    return out


def _as_rdflib(quads: Iterable[Any]) -> Any:
    """Statements as an rdflib graph, term by term: quicker than to parse the files again."""
    import rdflib

    made: dict[Any, Any] = {}

    def term(t: Any) -> Any:
        kind = type(t).__name__
        if kind == "NamedNode":
            return rdflib.URIRef(t.value)
        if kind == "BlankNode":
            return rdflib.BNode(t.value)
        if t.language or t.datatype.value == PREFIXES["xsd"] + "string":  # rdflib holds "x" and "x"^^xsd:string apart
            return rdflib.Literal(t.value, lang=t.language)
        return rdflib.Literal(t.value, datatype=rdflib.URIRef(t.datatype.value))

    def known(t: Any) -> Any:
        if (found := made.get(t)) is None:
            found = made[t] = term(t)
        return found

    graph = rdflib.Graph()
    add, context = graph.store.add, graph
    for quad in quads:
        add((known(quad.subject), known(quad.predicate), known(quad.object)), context)
    return graph


def _spread_targets(rules: Any) -> dict[Any, Any]:
    """Gives property shapes the targets of their node shape; returns whose they were.

    pyshacl then checks a property on all nodes in one go instead of one node at a time: the same results
    in a third of the time.
    """
    import rdflib

    sh = rdflib.Namespace(_SH)
    kinds = (sh.targetClass, sh.targetSubjectsOf, sh.targetObjectsOf, sh.targetNode)
    owners: dict[Any, Any] = {}
    for shape in {s for kind in kinds for s in rules.subjects(kind, None)}:
        for part in list(rules.objects(shape, sh.property)):
            owners[part] = shape
            rules.remove((shape, sh.property, part))
            for kind in kinds:
                for target in list(rules.objects(shape, kind)):
                    rules.add((part, kind, target))
    return owners


def _named_owner(data: Any, node: Any) -> Any:
    """Whose condition or setting a blank node is."""
    import rdflib

    for _ in range(20):
        if not isinstance(node, rdflib.BNode):
            return node
        node = next(data.subjects(None, node), None)
    return None

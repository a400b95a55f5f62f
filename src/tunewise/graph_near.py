"""What stands near a file: as much of the graph as a check of that file can read, and no more.

A check of the whole reads sixty thousand statements; one new file touches a few hundred of them. Near are the
file's own statements, all words of the vocabulary, and what is said of everything the file points at, onward
along the few properties by which things inherit or weigh.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any

from .graph import PREFIXES, TW

DEPTH = 2  # how far is followed along any property
_ONWARD = {TW + name for name in ("variantOf", "family", "source", "evidence", "quantity", "refutedBy", "readFrom")} | {
    PREFIXES["rdfs"] + "subClassOf", PREFIXES["rdf"] + "type", PREFIXES["dcterms"] + "source"}
_TYPE = PREFIXES["rdf"] + "type"


def said_of(store: Any, names: set[str]) -> list[Any]:
    """What a store says of things, with what stands in their brackets."""
    import pyoxigraph as ox

    found: dict[Any, None] = {}
    todo: list[Any] = [ox.NamedNode(name) for name in sorted(names) if ":" in name]
    while todo:
        for quad in store.quads_for_pattern(todo.pop(), None, None):
            if quad not in found and isinstance(quad.object, ox.BlankNode):
                todo.append(quad.object)
            found[quad] = None
    return list(found)


def near(store: Any, quads: list[Any], words: list[Path]) -> Any:
    """A store of what stands near ``quads``, which ``store`` holds too; ``words`` are files taken whole."""
    import pyoxigraph as ox

    out = ox.Store()
    for file in words:
        out.load(path=str(file), format=ox.RdfFormat.TURTLE)
    out.extend(_around(store, quads))
    return out


def with_and_without(store: Any, added: list[Any], words: list[Path]) -> tuple[Any, Any]:
    """What stands near the things that some statements are about, with these statements and without."""
    import pyoxigraph as ox

    whole = near(store, said_of(store, {quad.subject.value for quad in added if isinstance(quad.subject, ox.NamedNode)}), words)
    rest, new = ox.Store(), set(added)
    rest.bulk_extend(quad for quad in whole if quad not in new)
    return whole, rest


def _around(store: Any, quads: list[Any]) -> list[Any]:
    import pyoxigraph as ox

    subjects = {q.subject for q in quads if isinstance(q.subject, ox.NamedNode)}
    found: dict[Any, None] = dict.fromkeys(quads)
    depth: dict[Any, int] = {}
    todo: list[tuple[Any, int]] = [(s, 0) for s in subjects]
    todo += [(term, 1) for q in quads for term in (q.predicate, q.object) if isinstance(term, ox.NamedNode) and term not in subjects]
    todo += [(q.subject, 1) for q in _alike(store, quads)] + [(q.subject, 0) for s in subjects for q in store.quads_for_pattern(None, ox.NamedNode(TW + "about"), s)]
    while todo:
        node, far = todo.pop()
        if depth.get(node, 99) <= far:
            continue
        depth[node] = far
        for quad in store.quads_for_pattern(node, None, None):
            if far > DEPTH and quad.predicate.value not in _ONWARD and not isinstance(node, ox.BlankNode):
                continue
            found[quad] = None
            if isinstance(quad.object, ox.NamedNode):
                todo.append((quad.object, far if quad.predicate.value in _ONWARD else far + 1))
            elif isinstance(quad.object, ox.BlankNode):
                todo.append((quad.object, far))
    return list(found)


def _alike(store: Any, quads: list[Any]) -> list[Any]:
    """Claims on the same thing and quantity as a claim of the file."""
    import pyoxigraph as ox

    about, quantity = ox.NamedNode(TW + "about"), ox.NamedNode(TW + "quantity")
    of = {q.subject: q.object for q in quads if q.predicate == quantity}
    said = {(q.object, of[q.subject]) for q in quads if q.predicate == about and q.subject in of}
    return [q for thing, measure in said for q in store.quads_for_pattern(None, about, thing) if ox.Quad(q.subject, quantity, measure) in store]


def for_shapes(store: Any, quads: list[Any]) -> list[Any]:
    """Statements that shapes need to judge ``quads``: these, who speaks about their subjects, and the kinds of all things in them."""
    import pyoxigraph as ox

    kind, about = ox.NamedNode(_TYPE), ox.NamedNode(TW + "about")
    found: dict[Any, None] = dict.fromkeys(quads)
    for subject in {q.subject for q in quads if isinstance(q.subject, ox.NamedNode)}:
        found.update(dict.fromkeys(store.quads_for_pattern(None, about, subject)))
    for thing in {q.object for q in found if isinstance(q.object, ox.NamedNode)}:
        found.update(dict.fromkeys(store.quads_for_pattern(thing, kind, None)))
    found.update(dict.fromkeys(store.quads_for_pattern(None, ox.NamedNode(PREFIXES["rdfs"] + "subClassOf"), None)))
    return list(found)

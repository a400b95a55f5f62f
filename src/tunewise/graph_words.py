"""Which words a graph knows: what is declared, what is written by others, what stands in the same place."""
from __future__ import annotations

import re
from typing import Any

from .graph import PREFIXES, TW, local_name

_TYPE = PREFIXES["rdf"] + "type"
_STANDARD = tuple(PREFIXES[p] for p in ("rdf", "rdfs", "owl", "skos", "dcterms", "prov"))


def declared(store: Any, iri: str) -> bool:
    """Whether something says what kind of thing an IRI is."""
    import pyoxigraph as ox

    return bool(re.match(r"[A-Za-z][\w+.-]*:", iri)) and next(iter(store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(_TYPE), None)), None) is not None


def kinds(store: Any, iri: str) -> set[str]:
    """The classes an IRI is said to be of, in full."""
    import pyoxigraph as ox

    return {q.object.value for q in store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(_TYPE), None)}


def used_elsewhere(store: Any, iri: str, own: set[str]) -> bool:
    """Whether things other than ``own`` have a property of one of the vocabularies that the package builds on."""
    import pyoxigraph as ox

    if iri.startswith(TW) or not iri.startswith(_STANDARD):
        return False
    return any(isinstance(q.subject, ox.NamedNode) and q.subject.value not in own for q in store.quads_for_pattern(None, ox.NamedNode(iri), None))


def standard(iri: str) -> bool:
    """Whether an IRI is a word of ours or of a vocabulary that the package builds on."""
    return iri.startswith((TW, *_STANDARD))


def values(store: Any, property_: str) -> set[str]:
    """What things of a known kind a property points at."""
    import pyoxigraph as ox

    found = {q.object.value for q in store.quads_for_pattern(None, ox.NamedNode(property_), None) if isinstance(q.object, ox.NamedNode)} if property_ else set()
    return {iri for iri in found if declared(store, iri)}


def of_length(store: Any, length: int, within: int = 2) -> set[str]:
    """Things whose short name is about so long."""
    import pyoxigraph as ox

    return {q.subject.value for q in store.quads_for_pattern(None, ox.NamedNode(_TYPE), None)
            if isinstance(q.subject, ox.NamedNode) and abs(len(local_name(q.subject.value)) - length) <= within}

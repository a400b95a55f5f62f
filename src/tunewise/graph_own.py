"""What a person's own files say beside the package's: joined in one store, and nothing of ours changed in silence.

A file of one's own adds. Where it speaks of a thing that the package defines, each such statement is a Change,
and is told: a figure becomes a claim of that file, which stands beside the package's with its source in every
proof; a name, a definition, what a source says or what a word means stays the package's; anything else is
taken in. Two things of one short name would be one thing to the rules, so that is a fault.
"""
from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import graph, graph_read, places
from .errors import KnowledgeError

if TYPE_CHECKING:
    from .folders import Knowledge

FILES = "https://w3id.org/tunewise/file/"
_RDF, _RDFS, _SKOS = graph.PREFIXES["rdf"], graph.PREFIXES["rdfs"], graph.PREFIXES["skos"]
_TEXTS = {_RDFS + "label", _SKOS + "definition"}
_ALWAYS = {_SKOS + "altLabel", _SKOS + "note", _RDFS + "comment", _RDFS + "seeAlso", graph.TW + "refutedBy"}
TAKEN, CLAIMED, LEFT = "taken", "claimed", "left out"


@dataclass(frozen=True, slots=True)
class Change:
    """One statement of a person's file about a thing of the package. IRIs in full; ``effect`` is taken, claimed or left out."""

    file: Path
    line: int | None
    subject: str
    property: str
    value: str
    effect: str

    def text(self) -> str:
        """The change in a sentence, with its place."""
        what = f"{shown(self.file)}:{self.line or '?'}: {graph.short(self.property)} of {graph.short(self.subject)}, which the package defines,"
        if self.effect == CLAIMED:
            return f"{what} is taken as a claim of your file, beside what the package's sources say. Write it as a tw:Claim with a tw:source to give it weight."
        if self.effect == LEFT:
            return f"{what} is left out: the package's stands. Say it of a thing of your own{_INSTEAD.get(self.property, '')}."
        return f"{what} is taken in, beside what the package says: it may change answers."


    def remedy(self) -> str:
        """What to write instead."""
        if self.effect == CLAIMED:
            return "Write it as a tw:Claim (tw:about, tw:quantity, tw:value, tw:source, tw:locator): then it has your source and its weight."
        if self.property == graph.TW + "evidence":
            return "How much a source of ours weighs is not yours to say; --trust SOURCE lets one stand above all others."
        if self.effect == LEFT:
            return f"Say it of a thing of your own{_INSTEAD.get(self.property, '')}; what a source of ours says is refuted by a claim of yours (tw:refutedBy), not rewritten."
        return "Is it meant? Then nothing is to be done: every answer names it where it counts."


def claimed(store: Any) -> list[Any]:
    """Claims that were made of a person's figures."""
    import pyoxigraph as ox

    made = [q.subject for q in store.quads_for_pattern(None, ox.NamedNode(graph.TW + "source"), None) if q.subject.value.startswith(FILES)]
    return [q for subject in made for q in store.quads_for_pattern(subject, None, None)]


_INSTEAD = {_RDFS + "label": ", or add a skos:altLabel"}


def shown(file: Path) -> str:
    """A path as a person would write it from here."""
    near = os.path.relpath(file)
    return str(file) if near.startswith("..") else near


def store(knowledge: Knowledge, changes: list[Change] | None = None, added: list[Any] | None = None, clashing: list[str] | None = None) -> Any:
    """The package's statements and the person's in one store; changes are appended to ``changes``, what came to the package's to ``added``.

    KnowledgeError tells every fault of every file; clashing short names too, unless ``clashing`` takes them.
    """
    joined = graph.load(knowledge.of_package())
    own = knowledge.of_person()
    if not own:
        return joined
    faults: list[str] = []
    read: list[tuple[Path, list[Any]]] = []
    for file in own:
        try:
            read.append((file, graph_read.quads(file)))
        except KnowledgeError as fault:
            faults += fault.messages
    if sum(len(rows) for _, rows in read) > graph_read.MAX_STATEMENTS:
        faults.append(f"More than {graph_read.MAX_STATEMENTS:,} statements are too many for files. Serve them from a SPARQL endpoint: --endpoint URL")
    (faults if clashing is None else clashing).extend(clashes(joined, read))
    for file, rows in read:
        faults += _unreadable(file, rows)
    if faults:
        raise KnowledgeError(*faults)
    about = _Package(joined)
    kept = [(file, list(_kept(about, file, rows, changes if changes is not None else []))) for file, rows in read]
    new = [quad for _, rows in kept for quad in rows if quad not in joined]
    joined.bulk_extend(new)
    if added is not None:
        added += new
    return joined


class _Package:
    """What the package says of a thing, asked once a thing."""

    def __init__(self, store: Any) -> None:
        import pyoxigraph as ox

        self.store = store
        self.fields = {q.subject.value: q.object.value for q in store.quads_for_pattern(None, ox.NamedNode(graph.TW + "field"), None)}
        levels = [(float(q.object.value), q.subject) for q in store.quads_for_pattern(None, ox.NamedNode(graph.TW + "order"), None)
                  if (q.subject, _type(), ox.NamedNode(graph.TW + "EvidenceLevel")) in _Triples(store)]
        self.least = min(levels, key=lambda level: (level[0], level[1].value))[1] if levels else None
        self._fixed: dict[Any, bool | None] = {}

    def fixed(self, thing: Any) -> bool | None:
        """None where the package does not define the thing; whether it is a word, a source or an assertion."""
        if thing not in self._fixed:
            kinds = {q.object.value for q in self.store.quads_for_pattern(thing, _type(), None)} if type(thing).__name__ == "NamedNode" else set()
            sealed = {graph.TW + name for name in ("Source", "Claim", "Advice", "Statement", "Contradiction", "EvidenceLevel")}
            self._fixed[thing] = (thing.value.startswith(graph.TW) or bool(kinds & sealed)) if kinds else None
        return self._fixed[thing]


class _Triples:
    def __init__(self, store: Any) -> None:
        self.store = store

    def __contains__(self, triple: tuple[Any, Any, Any]) -> bool:
        return next(iter(self.store.quads_for_pattern(*triple)), None) is not None


def _type() -> Any:
    import pyoxigraph as ox

    return ox.NamedNode(_RDF + "type")


def _kept(package: _Package, file: Path, rows: list[Any], changes: list[Change]) -> Iterable[Any]:
    """The statements that are loaded of one file; those about things of the package are told."""
    known = _Triples(package.store)
    told: list[tuple[Any, str]] = []
    out: list[Any] = []
    for quad in rows:
        fixed = package.fixed(quad.subject)
        if fixed is None or (quad.subject, quad.predicate, quad.object) in known:
            out.append(quad)
        elif quad.predicate.value in package.fields and not fixed:
            told.append((quad, CLAIMED))
        elif quad.predicate.value in _TEXTS or (fixed and quad.predicate.value not in _ALWAYS):
            told.append((quad, LEFT))
        else:
            told.append((quad, TAKEN))
            out.append(quad)
    if told:
        lines = places.of_file(file)
        for quad, effect in told:
            value = quad.object.value if type(quad.object).__name__ != "BlankNode" else ""
            line = places.line(lines, quad.subject.value, quad.predicate.value, value)
            changes.append(Change(file, line, quad.subject.value, quad.predicate.value, value, effect))
            if effect == CLAIMED:
                out += _claim(package, file, line, quad)
    return out


def stem(file: Path) -> str:
    """A file's name as part of an id."""
    return "".join(c if c.isalnum() else "-" for c in file.stem)


def _claim(package: _Package, file: Path, line: int | None, quad: Any) -> list[Any]:
    """A figure that a file states of a thing of the package, as a claim whose source is the file."""
    import pyoxigraph as ox

    tw = lambda name: ox.NamedNode(graph.TW + name)  # noqa: E731
    source = ox.NamedNode(f"{FILES}your-{stem(file)}")
    claim = ox.NamedNode(f"{FILES}{graph.local_name(quad.subject.value)}-{package.fields[quad.predicate.value]}-{line or 0}-in-{stem(file)}")
    rows = [(source, _type(), tw("Source")), (source, ox.NamedNode(_RDFS + "label"), ox.Literal(f"your file {file.parent.name}/{file.name}")),
            (claim, _type(), tw("Claim")), (claim, tw("about"), quad.subject), (claim, tw("quantity"), quad.predicate), (claim, tw("value"), quad.object),
            (claim, tw("source"), source), (claim, tw("locator"), ox.Literal(f"line {line or '?'}"))]
    rows += [(source, tw("evidence"), package.least)] if package.least else []
    return [ox.Quad(*row) for row in rows]


def _unreadable(file: Path, rows: list[Any]) -> list[str]:
    """Numbers that are none, or none that can be reckoned with."""
    faults = []
    for quad in rows:
        if type(quad.object).__name__ == "Literal":
            try:
                graph.plain(quad.object)
            except KnowledgeError as fault:
                subject = quad.subject.value if type(quad.subject).__name__ == "NamedNode" else ""
                line = places.line(places.of_file(file), subject, quad.predicate.value, quad.object.value) if subject else None
                line = line or next((s.value_line for s in places.of_file(file) if s.value == quad.object.value), None)
                faults.append(f"{file}:{line or '?'}: {fault}")
    return faults


def names(knowledge: Knowledge, store: Any) -> dict[str, str]:
    """Short names of things of one's own that are called as a word of the vocabulary is: my:paper is not tw:paper."""
    import pyoxigraph as ox

    out = {}
    for iri in {s.subject for file in knowledge.of_person() for s in places.of_file(file)}:
        name = graph.local_name(iri)
        if iri.startswith("http") and not iri.startswith(graph.TW) and name and (ox.NamedNode(graph.TW + name), _type(), None) in _Triples(store):
            out[iri] = f"{name}-own"
    return out


def clashes(package: Any, read: list[tuple[Path, list[Any]]]) -> list[str]:
    """Things of one's own whose short name is that of another thing, or is empty."""
    theirs = {quad.subject.value: (file, rows) for file, rows in read for quad in rows if type(quad.subject).__name__ == "NamedNode"}
    import pyoxigraph as ox

    names: dict[str, str] = {}
    for quad in package.quads_for_pattern(None, _type(), None):
        if isinstance(quad.subject, ox.NamedNode):
            names.setdefault(graph.local_name(quad.subject.value), quad.subject.value)
    faults = []
    for iri, (file, _) in theirs.items():
        name = graph.local_name(iri)
        other = names.setdefault(name, iri)
        if name and (other == iri or other.startswith(graph.TW)):
            continue
        line = places.line(places.of_file(file), iri)
        if not name:
            faults.append(f"{file}:{line or '?'}: <{iri}> ends with / or #, so it has no short name. Let a name follow.")
        else:
            whose = f"tunewise's own {graph.short(other)}" if other.startswith(graph.PREFIXES[""]) else f"<{other}>"
            faults.append(f"{file}:{line or '?'}: <{iri}> has the same short name as {whose}, and rules know things by it. Call yours otherwise; to speak of {whose}, write its own IRI.")
    return faults

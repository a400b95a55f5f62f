"""What is looked at line by line in a person's own files: words that nobody declares, settings that no class takes.

Names that nothing knows are told with the nearest one that something does, as the file itself would write it.
"""
from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import graph, graph_words, places, recipe_bind
from .check_text import finding
from .folders import Knowledge

_TYPE = graph.PREFIXES["rdf"] + "type"
_SETTINGS = {graph.TW + name for name in ("settings", "smokeSettings")}


def findings(knowledge: Knowledge, store: Any, files: Sequence[Path]) -> list[dict[str, Any]]:
    """What is found in each of the files, one after the other."""
    found = []
    for file in files:
        statements = places.of_file(file)
        found += [*_words(knowledge, store, file, statements), *_commas(file, statements), *_namespace(knowledge, store, file, statements)]
        found += _settings(knowledge, store, file, statements)
    return found


def _words(knowledge: Knowledge, store: Any, file: Path, statements: tuple[places.Said, ...]) -> list[dict[str, Any]]:
    """Properties and classes that nobody declares."""
    found = []
    judged: dict[str, bool] = {}
    own = {s.subject for s in statements}
    for s in statements:
        if s.property not in judged:
            judged[s.property] = graph_words.declared(store, s.property) or graph_words.used_elsewhere(store, s.property, own)
        if not judged[s.property]:
            foreign = not graph_words.standard(s.property)
            near = "" if foreign else _near_property(store, s.property, file)
            why = "Nothing reads a property of another vocabulary." if foreign else "No rule, view or check reads it, so what it says is lost."
            found.append(finding("info" if foreign else "error", "undeclared-property", f"{places.written(file, s.property)} is a property that nobody declares.", f"{near}Properties stand in {_vocabulary(knowledge)}"
                                 if not foreign else "Nothing is to be done, if it is meant for other readers.", file, s.line, s.subject, s.property, why=why))
        if s.property == _TYPE and s.value not in judged:
            judged[s.value] = graph_words.declared(store, s.value)
            if not judged[s.value] and s.value.startswith((graph.TW, graph.PREFIXES[""])):
                near = nearest(store, s.value, _TYPE, file)
                found.append(finding("error", "undeclared-class", f"{places.written(file, s.value)} is a class that nobody declares.", f"{near}Classes stand in {_vocabulary(knowledge)}",
                                     file, s.value_line, s.subject, "", s.value, why="What is of no known class is nothing that can be asked about."))
    return found


def _vocabulary(knowledge: Knowledge) -> str:
    return f"{knowledge.ontology[0] / 'vocabulary.ttl'} and constraints/ beside it"


def _near_property(store: Any, iri: str, file: Path) -> str:
    rows = graph.run_check(store, "SELECT DISTINCT ?p WHERE { ?s ?p ?o }")
    _, declared = graph.select(store, "SELECT DISTINCT ?p WHERE { ?p a/rdfs:subClassOf* ?kind . FILTER(?kind IN (rdf:Property, owl:ObjectProperty, owl:DatatypeProperty, tw:Quantity)) }")
    known = {row["p"] for row in rows if graph_words.declared(store, row["p"]) or not row["p"].startswith(graph.TW)} | {row[0].value for row in declared}
    return _meant(iri, known - {iri}, file, 0.6)


def nearest(store: Any, iri: str, property_: str = "", file: Path | None = None) -> str:
    """'Did you mean ...? ' for a name that nothing defines: one that stands where it stands, else any."""
    if graph_words.declared(store, iri) or not re.match(r"https?:", iri):
        return ""
    name = graph.local_name(iri)
    elsewhere = [base + name for base in (graph.PREFIXES[""], graph.TW) if graph_words.declared(store, base + name)]
    if elsewhere:
        return f"Did you mean {_as_written(file, elsewhere[0])}? "
    return _meant(iri, graph_words.values(store, property_), file, 0.72) or _meant(iri, graph_words.of_length(store, len(name)), file, 0.84)


def _meant(iri: str, known: set[str], file: Path | None, cutoff: float) -> str:
    names: dict[str, str] = {}
    for other in sorted(known, key=lambda o: not o.startswith(iri[: len(iri) - len(graph.local_name(iri))])):
        names.setdefault(graph.local_name(other).lower(), other)
    near = difflib.get_close_matches(graph.local_name(iri).lower(), list(names), n=1, cutoff=cutoff)
    return f"Did you mean {_as_written(file, names[near[0]])}? " if near else ""


def _as_written(file: Path | None, iri: str) -> str:
    written = places.written(file, iri) if file else iri
    return graph.short(iri) if written == iri else written


def _commas(file: Path, statements: tuple[places.Said, ...]) -> list[dict[str, Any]]:
    """0,5 is two numbers."""
    lines = file.read_bytes().decode("utf8", "replace").split("\n")
    found = []
    for one, two in zip(statements, statements[1:]):
        if (one.subject, one.property, one.value_line) == (two.subject, two.property, two.value_line) and one.value.isdigit() and two.value.isdigit() \
                and re.search(rf"\b{one.value},{two.value}\b", lines[one.value_line - 1]):
            found.append(finding("error", "decimal-comma", f"{one.value},{two.value} is two numbers, {one.value} and {two.value}.", f"Write {one.value}.{two.value}, or {one.value}{two.value} for thousands.",
                                 file, one.value_line, one.subject, one.property, why="In Turtle a comma parts values."))
    return found


def _namespace(knowledge: Knowledge, store: Any, file: Path, statements: tuple[places.Said, ...]) -> list[dict[str, Any]]:
    """Things of one's own under names of ours."""
    if file not in knowledge.of_person():
        return []
    found: dict[str, dict[str, Any]] = {}
    for s in statements:
        mine = s.property == _TYPE and not s.outer and s.subject.startswith((graph.TW, graph.PREFIXES[""])) and s.subject not in found
        if mine and s.value in graph_words.kinds(store, s.subject) and not _of_package(knowledge, s.subject):
            found[s.subject] = finding("warning", "name-of-ours", "A thing of your own has a name in tunewise's namespace.", "Declare a prefix of your own, @prefix my: <https://example.org/my#> . and name it by that.",
                                       file, s.subject_line, s.subject, why="A later version of tunewise may use the same name for something else.")
    return list(found.values())


def _of_package(knowledge: Knowledge, iri: str) -> bool:
    name = graph.local_name(iri).encode()
    return any(name in (text := f.read_bytes()) and re.search(rb"^[\w-]*:" + re.escape(name) + rb"\s+a\s", text, re.MULTILINE) for f in knowledge.of_package())


def _settings(knowledge: Knowledge, store: Any, file: Path, statements: tuple[places.Said, ...]) -> list[dict[str, Any]]:
    """Keywords that neither the class a technique is built with nor its trainer's arguments take."""
    told = {s.subject: s for s in statements if s.property == graph.TW + "builtWith"}
    keys = [s for s in statements if s.outer in _SETTINGS and s.property == graph.TW + "key"]
    if not told and not keys:
        return []
    _, rows = graph.select(store, "SELECT ?file WHERE { ?profile tw:signatureFile ?file }")
    tables = [knowledge.ontology[0] / "profiles" / row[0].value for row in rows]
    if not tables or not tables[0].exists():
        return []
    signatures = recipe_bind.Signatures(tables[0])
    found = []
    for subject, s in told.items():
        if not signatures.knows(s.value):
            meant = signatures.near(s.value)
            found.append(finding("warning", "unknown-class", f"There is no class {s.value} in the libraries that recipes are written for.", (f"Did you mean {meant}? " if meant else "") + "Known versions: "
                                 + ", ".join(f"{k} {v}" for k, v in signatures.versions.items()), file, s.value_line, subject, s.property, s.value, why="It can be argued, and no recipe can be written for it."))
    for s in keys:
        classes = _classes(store, s.subject)
        known = [c for c in classes if signatures.knows(c)]
        if known and not any(s.value in signatures.takes(c) for c in known):
            taken = [key for c in known for key in signatures.takes(c)]
            own = signatures.own(known[0])
            near = [k for k in own if s.value.startswith(k)] or difflib.get_close_matches(s.value, own, n=1, cutoff=0.5) or difflib.get_close_matches(s.value, taken, n=1, cutoff=0.7)
            found.append(finding("error", "setting-not-taken", f"{known[0]} takes no '{s.value}'.", (f"Did you mean {near[0]}? " if near else "") + f"It takes {', '.join(own[:8])} ...", file, s.value_line, s.subject, s.property, s.value,
                                 why="A recipe with it would stop at its first line."))
    return found


def _classes(store: Any, technique: str) -> list[str]:
    """The class a technique is built with, its own or inherited, and the arguments of its trainer."""
    built = graph.run_check(store, f"PREFIX tw: <{graph.TW}> SELECT ?class WHERE {{ <{technique}> tw:variantOf*/tw:builtWith ?class }}")
    arguments = graph.run_check(store, f"PREFIX tw: <{graph.TW}> SELECT DISTINCT ?class WHERE {{ ?c a tw:TrainerClass ; tw:argumentsClass ?class }}")
    return [*[row["class"] for row in built[:1]], *[row["class"] for row in arguments]]



"""A person's own knowledge, begun for them: what can be named, how it is written as Turtle, and a file that is never overwritten.

Reads names, kinds and units from the graph; knows no technique, model or GPU. What is not said yet is written
as a comment that says what to fill in, so the file is Turtle from the first moment.
"""
from __future__ import annotations

import difflib
import json
import os
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from . import graph
from .errors import InputError, MachineError
from .situation import squash

TODO = "TO FILL IN"
MINE = "https://example.org/my#"
HEAD = """@prefix tw:      <https://w3id.org/tunewise/ns#> .
@prefix kb:      <https://w3id.org/tunewise/kb/> .
@prefix my:      <https://example.org/my#> .         # yours: put an address here that you own
@prefix rdfs:    <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos:    <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd:     <http://www.w3.org/2001/XMLSchema#> .
"""
_PREFIXES = {"tw": graph.TW, "kb": graph.PREFIXES[""], "my": MINE}
_THINGS = """PREFIX tw: <https://w3id.org/tunewise/ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?thing ?class ?name ?label WHERE { ?thing a ?class ; rdfs:label|skos:altLabel ?name . OPTIONAL { ?thing rdfs:label ?label } FILTER(STRSTARTS(STR(?class), STR(tw:))) }"""
_CLASSES = "SELECT ?class ?above WHERE { ?class <http://www.w3.org/2000/01/rdf-schema#subClassOf>+ ?above }"
_QUANTITIES = "PREFIX tw: <https://w3id.org/tunewise/ns#> SELECT ?thing ?field ?type ?unit WHERE { ?thing tw:field ?field OPTIONAL { ?thing tw:valueType ?type } OPTIONAL { ?thing tw:unit ?unit } }"
_ASSERTIONS = "PREFIX tw: <https://w3id.org/tunewise/ns#> SELECT ?thing WHERE { ?thing tw:about ?any }"
_CONDITION = re.compile(r"\s*(\w[\w -]*?)\s*(>=|<=|=|>|<)\s*(.+?)\s*")
_BOUND = {">=": "atLeast", "<=": "atMost", ">": "above", "<": "below"}


class Catalogue:
    """What a new file can point at: things by class and name, quantities by field."""

    def __init__(self, store: Any) -> None:
        self.store = store
        above: dict[str, set[str]] = {}
        for row in graph.run_check(store, _CLASSES):
            above.setdefault(row["class"], set()).add(row["above"])
        self.labels: dict[str, str] = {}
        self.names: dict[str, dict[str, str]] = {}
        for row in graph.run_check(store, _THINGS):
            thing = row["thing"]
            self.labels[thing] = row.get("label", thing)
            for cls in {row["class"], *above.get(row["class"], set())}:
                table = self.names.setdefault(graph.local_name(cls), {})
                for name in (row["name"], graph.local_name(thing)):
                    table.setdefault(squash(name), thing)
        self.quantities = {row["field"]: row for row in graph.run_check(store, _QUANTITIES)}
        for row in list(self.quantities.values()):
            self.quantities.setdefault(squash(row["field"]), row)
            self.quantities.setdefault(squash(self.labels.get(row["thing"], row["field"])), row)
        self.assertions = {graph.local_name(row["thing"]): row["thing"] for row in graph.run_check(store, _ASSERTIONS)}

    def find(self, cls: str, name: str) -> str | None:
        return self.names.get(cls, {}).get(squash(name))

    def resolve(self, cls: str, name: str) -> str:
        """The thing's IRI, by id, label or alias; InputError with the nearest names."""
        found = self.find(cls, name)
        if found:
            return found
        table = self.names.get(cls, {})
        near = list(dict.fromkeys(graph.local_name(table[k]) for k in difflib.get_close_matches(squash(name), table, n=3, cutoff=0.6)))
        some = near or sorted({graph.local_name(t) for t in table.values()})[:12]
        raise InputError(f"No {_spaced(cls)} '{name[:60]}'.{' Did you mean' if near else ' There are'} {', '.join(some)}{'?' if near else ' ...'}")

    def options(self, cls: str) -> str:
        """Ids of all members of a class, for a comment."""
        return ", ".join(sorted({graph.local_name(t) for t in self.names.get(cls, {}).values()}))

    def quantity(self, name: str) -> dict[str, str]:
        """Row of a quantity (thing, field, type, unit) by field or label; InputError with the nearest."""
        found = self.quantities.get(name) or self.quantities.get(squash(name))
        if found:
            return found
        near = list(dict.fromkeys(self.quantities[k]["field"] for k in difflib.get_close_matches(squash(name), self.quantities, n=3, cutoff=0.6)))
        raise InputError(f"No quantity '{name[:60]}'.{' Did you mean ' + ', '.join(near) + '?' if near else ''} Quantities: the vocabulary page, or tunewise ls inputs")

    def facts(self, thing: str) -> dict[str, list[str]]:
        """What the graph says of a thing outside claims, by property: curies, numbers and literals as they are written."""
        rows = graph.run_check(self.store, f"SELECT ?p ?o (isIRI(?o) AS ?iri) WHERE {{ <{thing}> ?p ?o . FILTER(!isBlank(?o)) }}")
        out: dict[str, list[str]] = {}
        for row in rows:
            out.setdefault(row["p"], []).append(curie(row["o"]) if row["iri"] == "true" else row["o"])
        return {p: sorted(values) for p, values in out.items()}

    def of_class(self, name: str) -> list[str]:
        """IRIs of the techniques that a class builds."""
        return [row["t"] for row in graph.run_check(self.store, f"PREFIX tw: <{graph.TW}> SELECT ?t WHERE {{ ?t tw:builtWith {literal(name)} }} ORDER BY ?t")]


def _spaced(cls: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls).lower()


# ---- Turtle ---------------------------------------------------------------------------------------------------


def literal(text: str) -> str:
    """A text as a Turtle literal on one line; InputError for what no file can hold."""
    try:
        text.encode("utf8")
    except UnicodeEncodeError:
        raise InputError(f"'{text.encode('utf8', 'replace').decode()[:40]}' holds bytes that are no UTF-8.") from None
    return json.dumps("".join(c for c in text if c >= " " or c in "\t\n\r"), ensure_ascii=False)


def comment(text: str) -> str:
    """A text that can stand in a comment: on one line."""
    return " ".join(text.split())


def curie(iri: str) -> str:
    """An IRI by its prefix, as the head of the file declares it; others in full."""
    for prefix, base in _PREFIXES.items():
        local = iri[len(base):]
        if iri.startswith(base) and re.fullmatch(r"[A-Za-z0-9_]([\w.-]*[\w-])?", local, re.ASCII):
            return f"{prefix}:{local}"
    if re.search(r'[\x00-\x20<>"{}|^`\\]', iri):
        raise InputError(f"'{iri[:60]}' is no IRI.")
    return f"<{iri}>"


def number(text: str) -> str:
    """A number as Turtle writes it: an integer or a decimal, never an exponent."""
    try:
        value = Decimal(text.replace(",", "").replace("_", "").strip())
    except InvalidOperation:
        raise InputError(f"'{text[:40]}' is no number.") from None
    if not value.is_finite() or abs(value.adjusted()) > 30:
        raise InputError(f"'{text[:40]}' is no number that can be claimed.")
    said = format(value, "f")
    return said.rstrip("0").rstrip(".") if "." in said else said


def date(text: str) -> str:
    """A day, month or year as a typed literal."""
    for pattern, kind in ((r"\d{4}-\d\d-\d\d", "date"), (r"\d{4}-\d\d", "gYearMonth"), (r"\d{4}", "gYear")):
        if re.fullmatch(pattern, text):
            import datetime

            try:
                datetime.date.fromisoformat((text + "-01-01")[:10])
            except ValueError:
                break
            return f'"{text}"^^xsd:{kind}'
    raise InputError(f"'{text[:40]}' is no date. Write it as YYYY-MM-DD, YYYY-MM or YYYY.")


def value(catalogue: Catalogue, row: dict[str, str], text: str) -> str:
    """A value of a quantity, by its declared type."""
    kind = row.get("type", "number")
    if kind in ("integer", "number"):
        return number(text)
    if kind == "boolean":
        word = text.strip().lower()
        if word not in ("true", "false", "yes", "no"):
            raise InputError(f"{row['field']} is yes or no, not '{text[:40]}'.")
        return "true" if word in ("true", "yes") else "false"
    if kind == "date":
        return date(text)
    if kind == "text":
        return literal(text)
    return curie(catalogue.resolve(kind, text))


def statement(catalogue: Catalogue, text: str, requirement: bool = True) -> tuple[str, str]:
    """(quantity's field, Turtle) of 'examples>=500', 'goal=learn-a-task|be-safer', 'trainable_share=0.1..1'.

    As a claim (``requirement``) >= and <= are requirements, a range is low and high, and there is no above or below.
    """
    match = _CONDITION.fullmatch(text)
    if not match:
        raise InputError(f"'{text[:60]}' says nothing. Write examples>=500, quality_vs_full=99.5, trainable_share=0.1..1 or goal=learn-a-task")
    name, sign, said = match.groups()
    row = catalogue.quantity(name)
    head = f"tw:quantity {curie(row['thing'])} ; "
    if sign != "=":
        if row.get("type", "number") not in ("integer", "number"):
            raise InputError(f"{row['field']} is not a number: it can only be = something.")
        if requirement and sign in (">", "<"):
            raise InputError(f"'{text[:60]}': a requirement includes its bound. Write {name}{sign}={said}")
        return row["field"], f"{head}tw:{_BOUND[sign]} {number(said)}"
    if ".." in said and row.get("type", "number") in ("integer", "number"):
        low, high = (number(part) for part in said.split("..", 1))
        return row["field"], head + (f"tw:low {low} ; tw:high {high}" if requirement else f"tw:atLeast {low} ; tw:atMost {high}")
    values = [value(catalogue, row, part) for part in said.split("|")]
    return row["field"], head + (f"tw:value {values[0]}" if len(values) == 1 else " ; ".join(f"tw:oneOf {v}" for v in values))


# ---- names and files --------------------------------------------------------------------------------------------


def slug(name: str) -> str:
    """An id for a name: kebab-case, in ASCII."""
    if re.search(r"(^|[/\\\\])\.{1,2}([/\\\\]|$)|^[/\\\\]", name):
        raise InputError(f"'{comment(name)[:60]}' is a path. Say a name, and the folder with --out DIR.")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9.]+", "-", plain).strip("-.")
    if not found or len(found) > 80 or ".." in found:
        raise InputError(f"'{comment(name)[:60]}' makes no id. Use letters, digits and hyphens, at most 80.")
    return found


@dataclass
class File:
    """Lines of a new file, and what was supposed on the way."""

    title: str
    lines: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def text(self) -> str:
        return f"# {comment(self.title)}\n{HEAD}\n" + "\n".join(self.lines).rstrip() + "\n"

    def open(self) -> list[tuple[int, str]]:
        """(line, what) of everything that is still to be filled in."""
        out = []
        for n, line in enumerate(self.text().splitlines(), 1):
            if n > 1 and TODO in line:  # the first line explains the words
                what = line.split(TODO, 1)[1].lstrip(": ").rstrip()
                name = re.match(r"\s*#\s*((?:tw|skos):\w+)", line)
                out.append((n, ": ".join(filter(None, (name[1] if name else "", what)))))
        return out


def write(folder: Path, name: str, text: str) -> Path:
    """Writes folder/name whole or not at all; a file that is there stays as it is (InputError)."""
    target = folder / name
    if target.exists() or target.is_symlink():
        raise InputError(f"{target} exists; nothing was written. Take another name, another folder (--out DIR), or edit it.")
    partial = folder / f".{name}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf8")
        try:
            os.link(partial, target)  # unlike a rename, it fails where somebody was faster
        except FileExistsError:
            raise InputError(f"{target} exists; nothing was written.") from None
        except OSError:  # a file system without links
            with target.open("x", encoding="utf8") as out:
                out.write(text)
    except OSError as fault:
        raise MachineError(f"{target}: cannot be written: {fault.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)
    return target

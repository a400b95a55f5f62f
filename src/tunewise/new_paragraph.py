"""The lines of a new file: what was said as Turtle, what was not said as a comment to fill in, faults kept to be told together."""
from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from . import graph
from .errors import InputError
from .new import TODO, Catalogue, File, comment, curie, date, literal, slug, statement

Said = dict[str, str]


class Writer:
    """Lines of one file; what cannot be understood is kept as a fault, so that all are told."""

    def __init__(self, ident: str, said: Said, catalogue: Catalogue, today: datetime.date) -> None:
        self.ident, self.said, self.catalogue, self.today = ident, {k: v for k, v in said.items() if v.strip()}, catalogue, today
        self.file, self.who, self.cites = File(""), "", ""
        self.faults: list[str] = []

    def line(self, text: str) -> None:
        self.file.lines.append(text)

    def attempt(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """What work gives, or None and a fault to be told."""
        try:
            return work(*arguments)
        except InputError as fault:
            self.faults += fault.messages
            return None

    def many(self, flag: str) -> list[str]:
        return [part.strip() for part in self.said.get(flag, "").split(",") if part.strip()]

    def begin(self, cls: str, label: str) -> None:
        """First line of the main paragraph, and the source of the file before it."""
        also = "".join(f" ; skos:altLabel {', '.join(literal(a) for a in self.many('also'))}" for _ in range(1) if self.many("also"))
        self.line(f"my:{self.ident} a tw:{cls} ; rdfs:label {literal(comment(label))}{also} ;")

    def definition(self, example: str) -> None:
        said = self.said.get("definition")
        self.line(f"    skos:definition {literal(comment(said))} ;" if said else f"    # skos:definition {literal(example)} ;   # {TODO}: one sentence")
        self.line(f"    dcterms:source {self.cites} ;")

    def point(self, flag: str, property_: str, cls: str, default: list[str], needed: str = "") -> None:
        """A property whose value is of a class, said or copied; else a comment with what there is."""
        found = [curie(t) for name in self.many(flag) if (t := self.attempt(self.catalogue.resolve, cls, name))] or default
        if found:
            self.line(f"    tw:{property_} {', '.join(found)} ;")
        elif needed and flag not in self.said:
            self.line(f"    # tw:{property_} kb:... ;   # {needed}: one of {self.catalogue.options(cls)}")

    def source(self, default: str, evidence: str) -> None:
        """The source this file cites: a known one, or a paragraph for a new one."""
        name = self.said.get("source", "")
        arxiv = self.said.get("arxiv", "").removeprefix("arXiv:")
        if arxiv and not re.fullmatch(r"\d{4}\.\d{4,5}", arxiv):
            self.faults.append(f"'{arxiv[:30]}' is no arXiv number. Write it as 2305.14314")
            arxiv = ""
        known = (self.catalogue.find("Source", f"arxiv-{arxiv.replace('.', '-')}") if arxiv else None) or (self.catalogue.find("Source", name) if name else None)
        self.who = graph.local_name(known) if known else f"arxiv-{arxiv.replace('.', '-')}" if arxiv else slug(name) if name else "notes"
        ident = self.who if known or arxiv or name else f"{self.ident}-notes"
        self.cites = curie(known) if known else f"my:{ident}"
        if not known:
            self.line(source_line(self, ident, name or default, name or default[:1].upper() + default[1:], self.said.get("evidence") or ("paper" if arxiv else evidence), arxiv))
            self.line("")

    def locator(self) -> str:
        said = self.said.get("locator")
        return f"tw:source {self.cites} ; tw:locator {literal(comment(said) if said else 'where it stands')} ." + ("" if said else f"   # {TODO}: section, table, page or run")

    def conditions(self) -> str:
        found = [self.attempt(statement, self.catalogue, part, False) for part in self.many("when")]
        return "".join(f" ;\n    tw:when [ {row[1]} ]" for row in found if row)

    def end(self, *hints: str) -> None:
        for hint in hints:
            self.line(f"    # {hint}")
        self.line("    .")


def source_line(write: Writer, ident: str, label: str, title: str, evidence: str, arxiv: str) -> str:
    levels = write.catalogue.names.get("EvidenceLevel", {})
    level = levels.get(re.sub(r"[^a-z]", "", evidence.lower()))
    if level is None:
        write.faults.append(f"No evidence level '{evidence[:30]}'. Levels: {', '.join(sorted({graph.local_name(t) for t in levels.values()}))}")
    when = write.attempt(date, write.said["date"]) if "date" in write.said else f'"{write.today.isoformat()}"^^xsd:date' if not arxiv else None
    return (f"my:{ident} a tw:Source ; rdfs:label {literal(comment(label))} ; dcterms:title {literal(comment(title))} ; " + (f'dcterms:identifier "arXiv:{arxiv}" ; ' if arxiv else "")
            + (f"dcterms:date {when} ; " if when else "") + f"tw:evidence {curie(level or graph.TW + 'guide')} .")

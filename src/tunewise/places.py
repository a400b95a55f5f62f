"""Where a Turtle file says what: the line of every subject, property and value.

The parsers that judge a file drop its lines once it is sound; this reads them again, for messages alone. It
takes files that are Turtle already, and never refuses one: where it loses the thread, it says less.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_TOKEN = re.compile(r'''
  (?P<skip>[ \t\r\n]+|\#[^\r\n]*)
| (?P<text>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^'\\]|\\.|'(?!''))*\'\'\'|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
| (?P<iri><[^<>"{}|^`\s]*>)
| (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^)
| (?P<mark>[][(){};,])
| (?P<dot>\.(?![0-9]))
| (?P<word>(?:\\.|[^]\s<>"'(){};,\#^@[\\])+?(?=\.*(?:[]\s<>"'(){};,\#^@[]|\Z)))
''', re.VERBOSE | re.DOTALL)
_BEGIN = re.compile(rb"^[ \t]*([^\s#<>\"'@\[\]();,]*:[^\s<>\"'\[\]();,]*|<[^<>\s]*>)\s+(\S+)", re.MULTILINE)
_A = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@dataclass(frozen=True, slots=True)
class Said:
    """One statement: its subject (for one in brackets: whose brackets), property, value, and the lines of the three.

    ``outer`` is the property whose brackets the statement stands in, "" outside of brackets, and ``block`` tells
    the brackets apart. IRIs in full,
    texts as they are, numbers as written.
    """

    subject: str
    property: str
    value: str
    subject_line: int
    line: int
    value_line: int
    outer: str = ""
    block: int = 0


def said(text: str) -> list[Said]:
    """Every statement of a Turtle text, in its order."""
    return _Reader(text).statements()


@lru_cache(maxsize=1024)
def _of_file(file: Path, size: int, changed: int) -> tuple[Said, ...]:
    return tuple(said(file.read_bytes().decode("utf8", "replace").removeprefix("\ufeff")))


def of_file(file: Path) -> tuple[Said, ...]:
    """Every statement of a Turtle file; read once, until it changes."""
    stat = file.stat()
    return _of_file(file, stat.st_size, stat.st_mtime_ns)


def written(file: Path, iri: str) -> str:
    """An IRI as the file would write it, by a prefix that it declares; else in our own manner."""
    for prefix, base in sorted(_Reader(file.read_bytes().decode("utf8", "replace")).declared().items(), key=lambda p: -len(p[1])):
        if base and iri.startswith(base):
            return f"{prefix}:{iri[len(base):]}"
    return iri


def line(statements: tuple[Said, ...], subject: str, property_: str = "", value: str = "") -> int | None:
    """Where the subject says this of this property; else where it says the property; else where it begins."""
    mine = [s for s in statements if s.subject == subject]
    if property_:
        found = [s for s in mine if s.property == property_] or [s for s in mine if s.outer == property_]
        exact = [s for s in found if value and s.value == value] or [s for s in mine if value and s.outer == property_ and s.value == value]
        if exact:
            return exact[0].value_line
        if found:
            return found[0].line
    if value and (exact := [s for s in mine if s.value == value]):
        return exact[0].value_line
    typed = [s for s in mine if s.property == _A and not s.outer]
    return (typed or mine)[0].subject_line if mine else None


def inside(statements: tuple[Said, ...], subject: str, held: list[tuple[str, str]]) -> int | None:
    """Line of the brackets of a subject that hold these statements."""
    best: tuple[int, int | None] = (0, None)
    blocks: dict[tuple[str, int], list[Said]] = {}
    for s in statements:
        if s.subject == subject and s.outer:
            blocks.setdefault((s.outer, s.block), []).append(s)
    for block in blocks.values():
        met = sum((s.property, s.value) in held for s in block) - sum((s.property, s.value) not in held for s in block)
        if met > best[0]:
            best = (met, block[0].line)
    return best[1]


class Places:
    """Lines in many files, of which only those are read that can hold what is looked for."""

    def __init__(self, files: list[Path]) -> None:
        self._files = files
        self._begun: dict[str, dict[Path, bool]] = {}
        for file in files:
            for name, word in _BEGIN.findall(file.read_bytes()):
                begun = self._begun.setdefault(re.split(r"[#/:]", name.decode("utf8", "replace").rstrip(">"))[-1], {})
                begun[file] = begun.get(file, False) or word == b"a"

    def where(self, subject: str, property_: str = "", value: str = "") -> tuple[Path | None, int | None]:
        """File and line of a statement, else of where its subject is defined, else of where it is first a subject."""
        name = re.split(r"[#/]", subject)[-1]
        if not name:
            return None, None
        begun = self._begun.get(name, {})
        holding = sorted(begun, key=lambda f: not begun[f]) or ([f for f in self._files if name.encode() in f.read_bytes()] if len(self._files) < 50 else [])
        best: tuple[Path | None, int | None] = (None, None)
        for file in holding:
            statements = of_file(file)
            mine = [s for s in statements if s.subject == subject]
            if not mine:
                continue
            if property_ and any(property_ in (s.property, s.outer) and (not value or s.value == value) for s in mine):
                return file, line(statements, subject, property_, value)
            if best[0] is None or (property_ and any(property_ in (s.property, s.outer) for s in mine) and not self._says(best[0], subject, property_)):
                best = (file, line(statements, subject, property_, value))
            if not property_:
                break
        return best

    @staticmethod
    def _says(file: Path, subject: str, property_: str) -> bool:
        return any(s.subject == subject and property_ in (s.property, s.outer) for s in of_file(file))


class _Reader:
    """Walks the tokens once; keeps what subject and property it stands in."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.prefixes: dict[str, str] = {}
        self.base = ""
        self.out: list[Said] = []
        self.block = 0
        self.owners: dict[str, tuple[str, int, str]] = {}  # of blank nodes with a label: whose they are

    def statements(self) -> list[Said]:
        tokens = self._tokens()
        frame: list[tuple[str, int, str, int, str]] = []  # what stands around the brackets: subject, its line, property, its line, outer
        closers: list[str] = []
        subject, subject_line, property_, line, outer = "", 0, "", 0, ""
        awaiting = "subject"
        i = 0
        while i < len(tokens):
            kind, word, at = tokens[i]
            i += 1
            if kind == "word" and word.lower() in ("prefix", "base") and awaiting == "subject" and not closers:
                i = self._directive(tokens, i, word.lower())
            elif kind == "tag" and word in ("@prefix", "@base"):
                i = self._directive(tokens, i, word[1:])
            elif kind == "dot" and not closers:
                subject, property_, outer, awaiting = "", "", "", "subject"
            elif word == ";" and kind == "mark":
                awaiting = "property"
            elif word == "," and kind == "mark":
                awaiting = "value"
            elif word in ("[", "(") and kind == "mark":
                if word == "[" and awaiting == "subject":
                    subject, subject_line = "", at
                elif awaiting == "value" and property_ and word == "[":
                    self._add(subject, property_, "[]", subject_line, line, at, outer)
                frame.append((subject, subject_line, property_, line, outer))
                self.block += not outer
                closers.append("]" if word == "[" else ")")
                if word == "[":
                    outer, property_, awaiting = outer or property_, "", "property"
            elif word in ("]", ")") and kind == "mark" and closers:
                closers.pop()
                subject, subject_line, property_, line, outer = frame.pop()
                awaiting = "property" if not property_ else "value"
            elif kind == "tag":
                i += word == "^^"
            elif awaiting == "subject":
                subject, subject_line, awaiting = self._name(kind, word), at, "property"
            elif awaiting == "property":
                property_, line, awaiting = (_A if word == "a" and kind == "word" else self._name(kind, word)), at, "value"
            else:
                self._add(subject, property_, self._name(kind, word), subject_line, line, at, outer)
        return [self._owned(s) for s in self.out]

    def declared(self) -> dict[str, str]:
        """The prefixes of the text."""
        self.statements()
        return self.prefixes

    def _tokens(self) -> list[tuple[str, str, int]]:
        tokens = []
        at, end, line = 0, len(self.text), 1
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None:
                at += 1
                continue
            kind, word = match.lastgroup or "", match.group()
            if kind != "skip":
                tokens.append((kind, word, line))
            line += word.count("\n")
            at = match.end()
        return tokens

    def _directive(self, tokens: list[tuple[str, str, int]], i: int, kind: str) -> int:
        if kind == "prefix" and i + 1 < len(tokens):
            self.prefixes[tokens[i][1].rstrip(":")] = self._name("iri", tokens[i + 1][1])
            return i + 2
        if i < len(tokens):
            self.base = self._name("iri", tokens[i][1])
        return i + 1

    def _name(self, kind: str, word: str) -> str:
        if kind == "iri":
            iri = re.sub(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})", lambda m: chr(int(m[1] or m[2], 16)), word[1:-1])
            if self.base and not re.match(r"[A-Za-z][\w+.-]*:", iri):
                from urllib.parse import urljoin

                return urljoin(self.base, iri)
            return iri
        if kind == "text":
            return _plain(word)
        prefix, colon, local = word.partition(":")
        if colon and prefix != "_" and prefix in self.prefixes:
            return self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)
        return word

    def _add(self, subject: str, property_: str, value: str, subject_line: int, line: int, at: int, outer: str) -> None:
        if value.startswith("_:"):
            self.owners.setdefault(value, (subject, subject_line, outer or property_))
        self.out.append(Said(subject, property_, value, subject_line, line, at, outer, self.block if outer else 0))

    def _owned(self, statement: Said) -> Said:
        """What a labelled blank node says is said by the thing that points at it."""
        subject, first, outer = statement.subject, statement.subject_line, statement.outer
        for _ in range(20):
            if not subject.startswith("_:") or subject not in self.owners:
                break
            subject, first, outer = self.owners[subject]
        if subject == statement.subject:
            return statement
        return Said(subject, statement.property, statement.value, first, statement.line, statement.value_line, outer, statement.block)


def _plain(word: str) -> str:
    body = word[3:-3] if word[:3] in ('"""', "'''") and len(word) >= 6 else word[1:-1]
    if "\\" not in body:
        return body
    named = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}
    return re.sub(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else named.get(m[3], m[3]), body, flags=re.DOTALL)

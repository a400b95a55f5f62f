"""Turtle files read with care: strictly, within bounds of size and depth, every fault with file and line.

A file that a person drops into a folder may be anything: not UTF-8, 200 MB, a million brackets deep. Whatever
it is, memory stays bounded and the fault says where it is and what to do.
"""
from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import KnowledgeError

MAX_BYTES = 16_000_000  # of one file
MAX_STATEMENTS = 400_000  # of all files of one reading
MAX_DEPTH = 100  # brackets in brackets
MAX_TEXT = 100_000  # characters of one text or IRI
_SMALL = 200_000  # bytes below which no bound but that of depth can be reached
_SKIPPED = re.compile(rb'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\'|"(?:[^"\\\r\n]|\\.)*"|\'(?:[^\'\\\r\n]|\\.)*\'|<[^<>\s]*>|#[^\r\n]*|[][()]', re.DOTALL)
_WHERE = re.compile(r"^Parser error (?:at|between) line (\d+) (?:between columns? (\d+) and \d+|columns? (\d+))(?: and line \d+ column \d+)?: ", re.IGNORECASE)


def load(files: list[Path]) -> Any:
    """A store with the statements of all files; KnowledgeError tells every fault of all of them as file:line: fault."""
    import pyoxigraph

    store = pyoxigraph.Store()
    faults: list[str] = []
    room = MAX_STATEMENTS
    for file in files:
        try:
            data = contents(file)
            if len(data) < _SMALL and b"<<" not in data:
                store.load(data, format=pyoxigraph.RdfFormat.TURTLE)
            else:
                rows = list(_bounded(file, data, room))
                room -= len(rows)
                store.bulk_extend(rows)
        except KnowledgeError as fault:
            faults += fault.messages
        except (SyntaxError, ValueError, MemoryError) as fault:
            faults.append(syntax(file, fault))
    if faults:
        raise KnowledgeError(*faults)
    return store


def quads(file: Path) -> list[Any]:
    """The statements of one file, in its order; KnowledgeError with file and line where it has a fault."""
    try:
        return list(_bounded(file, contents(file), MAX_STATEMENTS))
    except (SyntaxError, ValueError, MemoryError) as fault:
        raise KnowledgeError(syntax(file, fault)) from None


def contents(file: Path) -> bytes:
    """The bytes of a file that is small and flat enough to be parsed; a byte order mark is dropped."""
    try:
        found = os.stat(file)
        if not stat.S_ISREG(found.st_mode):
            raise KnowledgeError(f"{file}: is no file, but a folder or a device. Name a Turtle file (.ttl).")
        if found.st_size > MAX_BYTES:
            raise KnowledgeError(f"{file}: {found.st_size / 1e6:,.0f} MB is too large for a file of knowledge; at most {MAX_BYTES // 10**6} MB. Split it, or serve it from a SPARQL endpoint: --endpoint URL")
        data = file.read_bytes()
    except OSError as fault:
        raise KnowledgeError(f"{file}: cannot be read: {fault.strerror}.") from None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise KnowledgeError(f"{file}:1: the file is UTF-16; Turtle is UTF-8. Save it as UTF-8.")
    if data.count(b"[") + data.count(b"(") > MAX_DEPTH:
        _flat(file, data)
    return data.removeprefix(b"\xef\xbb\xbf")


def _flat(file: Path, data: bytes) -> None:
    depth = 0
    for match in _SKIPPED.finditer(data):
        if (mark := match.group()) in (b"[", b"("):
            depth += 1
            if depth > MAX_DEPTH:
                raise KnowledgeError(f"{file}:{data.count(bytes([10]), 0, match.start()) + 1}: brackets stand more than {MAX_DEPTH} deep. Give the inner things names of their own.")
        elif mark in (b"]", b")"):
            depth = max(0, depth - 1)


def _bounded(file: Path, data: bytes, room: int) -> Iterator[Any]:
    """Statements as they are parsed, until one of the bounds is reached."""
    import pyoxigraph

    for count, quad in enumerate(pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.TURTLE)):
        if count >= room:
            raise KnowledgeError(f"{file}: more than {MAX_STATEMENTS:,} statements are too many for files. Serve them from a SPARQL endpoint: --endpoint URL")
        thing = quad.object
        if type(thing).__name__ == "Triple":
            raise KnowledgeError(f"{file}:{_line(data, b'<<')}: a statement about a statement (<< >>, RDF 1.2) is not read. Write a tw:Claim with a tw:source.")
        if len(thing.value) > MAX_TEXT:
            start = thing.value[:40]
            raise KnowledgeError(f"{file}:{_line(data, start.encode())}: a text of {len(thing.value):,} characters ('{start}...') is too long; at most {MAX_TEXT:,}. Say it in a sentence, and where the rest stands.")
        yield quad


def _line(data: bytes, what: bytes) -> int | str:
    at = data.find(what)
    return data.count(b"\n", 0, at) + 1 if at >= 0 else "?"


def syntax(file: Path, fault: BaseException) -> str:
    """What a parser says, as file:line: syntax error, with the column and, for slips often made, the way to mend them."""
    if isinstance(fault, MemoryError):
        return f"{file}:?: syntax error: a word or text of more than 16 million characters; a quotation mark or > may be missing"
    text = str(getattr(fault, "msg", None) or fault)
    line = getattr(fault, "lineno", None)
    where = _WHERE.match(text)
    if where:
        text = f"column {where[2] or where[3]}: {text[where.end():]}" if where[2] or where[3] else text[where.end():]
    text = re.sub(r" \(line \d+\)$", "", text)
    hint = next((f" {say}" for sign, say in _HINTS if sign in text), "")
    return f"{file}:{line or '?'}: syntax error: {text.rstrip('.')}.{hint}"


_HINTS = (
    ("A dot is expected at the end of statements", "A statement ends with ' .', and its parts are parted by ' ;' (a further property) or ' ,' (a further value): one of them is missing before this place."),
    ("is not a valid predicate", "A property is written prefix:name (tw:serves), or a."),
    ("The prefix", "Declare it at the top: @prefix NAME: <https://...> ."),
    ("Unexpected end", "The last statement is not ended: a ' .', a quotation mark or a bracket is missing from here on."),
    ("Invalid UTF-8", "Save the file as UTF-8."),
    ("No scheme found", "Write IRIs in full, with https://, or use a declared prefix."),
    ("is not a valid RDF object", 'A value is a "text", a number (0.5), true, false or prefix:name; or the statement before it lacks its end: a bracket ] or a dot.'),
    ("at the beginning of a prefix name", 'A value is a "text", a number without its unit (0.5), true, false or prefix:name.'),
    ("Unexpected character", "A number is written 1000 or 0.5, a name prefix:name."),
    ("Invalid IRI code point", "Is this Turtle? An IRI is written <https://...> without spaces."),
    ("is not a valid subject", "A statement begins with the name of a thing, prefix:name; a text or a date stands in quotation marks."),
)

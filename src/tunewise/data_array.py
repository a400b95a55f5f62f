"""Rows out of one JSON array of any size, in bounded memory.

A block is cut where one record ends and the next begins, and parsed at once: it parses exactly when the
cut lay between two records. Where a block does not parse, its records are taken one by one, so that a
broken record is named and the next ones are still read.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from .data_chunk import CHUNK, LONGEST, Chunk, Fault, doubled, fault_of, loader, suspect

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\],]', re.DOTALL)
_SEAM = re.compile(rb'[}\]]\s*,\s*[{\[]\s*(?:"[^"\\]{0,80}")?')
_BLANK = b" \t\r\n"


def array(stream: BinaryIO, exact: bool = False) -> Iterator[Chunk]:
    """Chunks of the records of an array; ``stream`` stands before its opening bracket."""
    load = loader(exact)
    start = stream.tell()
    pending = stream.read(CHUNK).lstrip(_BLANK)[1:]
    number, seam, place = 0, b"", start
    end = False
    while not end:
        data = stream.read(CHUNK)
        end = not data
        pending += data
        place = stream.tell() if stream.seekable() else place + len(data)
        if not seam:
            seam = _first_seam(pending)
        rows, rest = _fast(pending, seam, load, end)
        if rows is not None:
            yield Chunk(rows, range(number + 1, number + len(rows) + 1), [], place)
            number += len(rows)
            pending = rest
            continue
        chunk, pending, number, closed = _slow(pending, seam, number, end)
        chunk.done = place
        yield chunk
        if closed:
            return


def _first_seam(pending: bytes) -> bytes:
    """The bytes between the first record and the second, with the second's first key."""
    for first, last, _, _ in _records(pending):
        found = _SEAM.match(pending, last - 1)
        return found[0] if found and first < last else b""
    return b""


def _fast(pending: bytes, seam: bytes, load: Callable[[bytes], Any], end: bool) -> tuple[list[Any] | None, bytes]:
    if end:
        try:
            rows = load(b"[" + pending)
            return (None, pending) if suspect(pending, rows) and doubled(b"[" + pending) else (rows, b"")
        except (ValueError, RecursionError):
            return None, pending
    cut = pending.rfind(seam) if seam else -1
    if cut < 0:
        return None, pending
    try:
        block = b"[" + pending[:cut + 1] + b"]"
        rows = load(block)
        if suspect(block, rows) and doubled(block):
            return None, pending
    except (ValueError, RecursionError):
        return None, pending
    return rows, pending[cut + 1:].lstrip(_BLANK)[1:]


def _records(pending: bytes) -> Iterator[tuple[int, int, int, bool]]:
    """Start and end of every whole value at the top, where its sign (comma or closing bracket) ends, and whether that closed the array."""
    depth, first = 0, 0
    for token in _TOKEN.finditer(pending):
        sign = token[0][:1]
        if sign == b'"':
            if len(token[0]) == 1:
                return
        elif sign in b"{[":
            depth += 1
        elif sign == b",":
            if depth == 0:
                yield first, _trim(pending, token.start()), token.end(), False
                first = token.end()
        else:
            if depth == 0:
                yield first, _trim(pending, token.start()), token.end(), True
                return
            depth -= 1


def _trim(pending: bytes, end: int) -> int:
    while end > 0 and pending[end - 1] in _BLANK:
        end -= 1
    return end


def _slow(pending: bytes, seam: bytes, number: int, end: bool) -> tuple[Chunk, bytes, int, bool]:
    """Record by record. Returns what was read, what is left, the last number, and whether the array was closed."""
    rows: list[Any] = []
    numbers: list[int] = []
    faults: list[Fault] = []
    end_of_last, closed = 0, False

    def take(raw: bytes) -> None:
        nonlocal number
        if not raw.strip():
            return
        number += 1
        row, fault = fault_of(raw, number, "record")
        if fault is None:
            rows.append(row)
            numbers.append(number)
            return
        inside = raw.find(seam) if seam else -1
        if inside < 0:
            faults.append(fault)
            return
        head, tail = raw[:inside + 1], raw[inside + 1:].lstrip(_BLANK)[1:]  # several records: the first of them never closed
        row, fault = fault_of(head, number, "record")
        if fault is None:
            rows.append(row)
            numbers.append(number)
        else:
            faults.append(fault)
        take(tail)

    for first, last, after, closed in _records(pending):
        end_of_last = after
        if closed and number and not pending[first:last].strip():
            faults.append(Fault(number, "not JSON", "a comma stands before the closing bracket", "Delete the comma after the last record: strict readers refuse it.", unit="record"))
        take(pending[first:last])
    rest = pending[end_of_last:]
    if closed:
        if rest.strip():
            faults.append(Fault(number, "not JSON", "more text follows after the array's end", "One file is one array: join the arrays, or write one object a line (JSONL).", unit="record"))
        return Chunk(rows, numbers, faults), b"", number, True
    if end or len(rest) > LONGEST:
        _rest(rest, seam, take, faults, lambda: number)
        rest = b""
    return Chunk(rows, numbers, faults), rest, number, end


def _rest(rest: bytes, seam: bytes, take: Callable[[bytes], None], faults: list[Fault], count: Callable[[], int]) -> None:
    """What stands after the last whole record of an array that was never closed, or of a record that never ends."""
    while seam and (cut := rest.find(seam)) >= 0:
        take(rest[:cut + 1])
        rest = rest[cut + 1:].lstrip(_BLANK)[1:]
    if rest.strip():
        row, fault = fault_of(rest.rstrip(_BLANK).removesuffix(b"]"), count() + 1, "record")
        if fault is None:
            take(rest)
            _rest(b"", seam, take, faults, count)
            return
        faults.append(Fault(count() + 1, "cut off", "the array is not closed: the file ends in the middle of a record", "The file was cut off while it was written or copied: fetch it again.", unit="record"))
    else:
        faults.append(Fault(count(), "cut off", "the array is not closed: its last bracket is missing", "Add ] at the end, if nothing else is missing.", unit="record"))

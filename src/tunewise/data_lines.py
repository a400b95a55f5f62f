"""Rows out of text: one JSON value a line, one object with its rows inside, or paragraphs; in blocks, whatever the size."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from .data_chunk import CHUNK, LONGEST, Chunk, Fault, fault_of, loader, suspect
from .errors import InputError


def lines(stream: BinaryIO, exact: bool = False) -> Iterator[Chunk]:
    """One JSON value a line. Whole blocks are parsed at once; a block that fails is read line by line."""
    load = loader(exact)
    number, place = 0, 0
    batch: list[bytes] = []
    size = 0
    while True:
        line = stream.readline(LONGEST)
        endless = len(line) >= LONGEST and not line.endswith(b"\n")
        if line and not endless:
            batch.append(line)
            size += len(line)
        if batch and (not line or endless or size >= CHUNK):
            place += size
            yield _block(batch, number + 1, place, load, final=not line)
            number += len(batch)
            batch, size = [], 0
        if not line:
            return
        if endless:
            place += len(line)
            while line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST)
                place += len(line)
            number += 1
            yield Chunk(faults=[Fault(number, "too long", f"the line is longer than {LONGEST >> 20} MB", "No model reads a row of this length: split it, or leave it out.")], done=place)


def _block(batch: list[bytes], first: int, place: int, load: Callable[[bytes], Any], final: bool) -> Chunk:
    try:
        raw = b",".join(batch)
        rows = load(b"[" + raw + b"]")
        if len(rows) == len(batch) and not suspect(raw, rows):
            return Chunk(rows, range(first, first + len(batch)), [], place)
    except (ValueError, RecursionError):
        pass
    rows, numbers, faults = [], [], []
    for number, raw in enumerate(batch, first):
        if not raw.strip():
            continue
        try:
            row = load(raw)
        except (ValueError, RecursionError):
            row, fault = fault_of(raw, number, last=final and number == first + len(batch) - 1)
            if fault:
                faults.append(fault)
                continue
        if suspect(raw, [row]) and (fault := fault_of(raw, number)[1]):
            faults.append(fault)
            continue
        rows.append(row)
        numbers.append(number)
    return Chunk(rows, numbers, faults, place)


def one_or_lines(stream: BinaryIO, exact: bool, fields: frozenset[str]) -> Iterator[Chunk]:
    """A .json file that does not begin with an array: one object (perhaps around an array of rows), or one object a line."""
    start = stream.tell()
    first = stream.readline(LONGEST)
    try:
        loader(exact)(first)
        whole = not stream.read(4096).strip()
    except (ValueError, RecursionError):
        whole = True
    stream.seek(start)
    if not whole:
        yield from lines(stream, exact)
        return
    raw = stream.read(LONGEST + 1)
    if len(raw) > LONGEST:
        raise InputError(f"One JSON object of more than {LONGEST >> 20} MB cannot be streamed. Write its rows as JSONL: jq -c '.data[]' FILE > NEW.jsonl")
    if not raw.strip():
        return
    row, fault = fault_of(raw, 1, "record")
    if fault:
        yield Chunk(faults=[fault], done=len(raw))
        return
    inner = [v for k, v in row.items() if k not in fields and isinstance(v, list) and v and isinstance(v[0], dict)] if isinstance(row, dict) else []
    if len(inner) == 1 and not fields & set(row):
        yield Chunk(inner[0], range(1, len(inner[0]) + 1), [], len(raw))
        return
    yield Chunk([row], [1], [], len(raw))


def paragraphs(stream: BinaryIO) -> Iterator[Chunk]:
    """Plain text: a row is a paragraph, which an empty line ends; each row is {"text": ...}."""
    rows: list[Any] = []
    faults: list[Fault] = []
    numbers: list[int] = []
    part: list[bytes] = []
    size = number = place = 0

    def close() -> None:
        nonlocal number, part
        if part:
            number += 1
            raw = b"".join(part).rstrip(b"\r\n")
            part = []
            try:
                rows.append({"text": raw.decode()})
                numbers.append(number)
            except UnicodeDecodeError as fault:
                faults.append(Fault(number, "encoding", f"not UTF-8: byte 0x{raw[fault.start]:02x}", "Write the file as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW.", unit="paragraph"))

    for line in iter(lambda: stream.readline(CHUNK), b""):
        place += len(line)
        size += len(line)
        if line.strip():
            part.append(line)
        else:
            close()
        if size >= CHUNK:
            if sum(map(len, part)) >= CHUNK:
                close()
            yield Chunk(rows, numbers, faults, place)
            rows, numbers, faults, size = [], [], [], 0
    close()
    yield Chunk(rows, numbers, faults, place)

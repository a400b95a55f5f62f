"""Rows out of files, in bounded memory: JSONL, JSON, CSV, Parquet, plain text, compressed or not, or a folder of them.

A reader yields chunks: rows that could be read, the number of each, and what is wrong with the others.
Nothing is held longer than a chunk; a broken row never ends the reading. Knows no format of records.
"""
from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from .data_chunk import CHUNK, LONGEST, Chunk, Fault, fault_of, loader
from .errors import InputError

_PACKED = (".gz", ".bz2", ".xz")
KINDS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".txt": "text", ".md": "text", ".text": "text"}
_MARKS = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))


def files_of(path: Path) -> list[Path]:
    """The data files that a path stands for: itself, or those of a folder, sorted, without hidden ones."""
    if not path.exists():
        near = sorted(p.name for p in path.parent.iterdir() if kind_of(p)) if path.parent.is_dir() else []
        import difflib

        close = difflib.get_close_matches(path.name, near, n=1)
        raise InputError(f"{path}: there is no such file.{f' Did you mean {path.parent / close[0]}?' if close else ''}")
    if path.is_file():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.is_file() and kind_of(p) and not any(part.startswith(".") for part in p.relative_to(path).parts))
    if any(kind_of(p) != "text" for p in found):
        found = [p for p in found if kind_of(p) != "text"]
    if not found:
        raise InputError(f"{path}: no data files in this folder. Those that are read end in {', '.join(KINDS)}, and in {', '.join(_PACKED)} after that.")
    return found


def kind_of(path: Path) -> str | None:
    """How a file is to be read, by its name; None for names that say nothing."""
    suffix = path.suffix.lower()
    if suffix in _PACKED:
        suffix = Path(path.stem).suffix.lower()
    return KINDS.get(suffix)


def unit_of(kind: str) -> str:
    return {"jsonl": "line", "csv": "line", "json": "record", "parquet": "row", "text": "paragraph"}[kind]


def open_plain(path: Path) -> BinaryIO:
    """The file's bytes, unpacked."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".gz":
            import gzip

            return gzip.open(path, "rb")  # type: ignore[return-value]
        if suffix == ".bz2":
            import bz2

            return bz2.open(path, "rb")  # type: ignore[return-value]
        if suffix == ".xz":
            import lzma

            return lzma.open(path, "rb")  # type: ignore[return-value]
        return path.open("rb", buffering=CHUNK)
    except OSError as fault:
        raise InputError(f"{path}: cannot be read: {fault.strerror}.") from None


def read(path: Path, exact: bool = False, fields: frozenset[str] = frozenset()) -> Iterator[Chunk]:
    """Chunks of one file. ``exact`` keeps every number as it was written (slower), for converting; ``fields`` are names that records may have."""
    kind = kind_of(path) or guess(path)
    if kind == "parquet":
        from .data_tables import parquet

        yield from parquet(path)
        return
    with open_plain(path) as stream:
        head = skip_mark(stream, path)
        try:
            if kind == "csv":
                from .data_tables import table

                yield from table(stream, path)
            elif kind == "text":
                yield from paragraphs(stream)
            elif kind == "json" and head.lstrip()[:1] == b"[":
                from .data_array import array

                yield from array(stream, exact)
            elif kind == "json":
                yield from one_or_lines(stream, exact, fields)
            else:
                yield from lines(stream, exact)
        except (EOFError, OSError) as fault:
            if path.suffix.lower() not in _PACKED:
                raise InputError(f"{path}: reading stopped: {fault}.") from None
            yield Chunk(faults=[Fault(0, "packed", f"the compressed file is cut off or broken ({fault})", "Make the file again; what is above was read.")])
        except Exception as fault:
            if type(fault).__name__ not in ("LZMAError", "error"):
                raise
            yield Chunk(faults=[Fault(0, "packed", f"the compressed file is broken ({fault})", "Make the file again.")])


def skip_mark(stream: BinaryIO, path: Path) -> bytes:
    """Steps over a byte order mark; returns the first bytes. Text in other encodings is refused."""
    try:
        head = stream.read(4096)
    except (EOFError, OSError) as fault:
        raise InputError(f"{path}: cannot be read: {fault}.") from None
    for mark, name in _MARKS:
        if head.startswith(mark):
            raise InputError(f"{path}: this is {name} text. Make it UTF-8: iconv -f {name} -t UTF-8 {path.name} > new-{path.name}")
    skip = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    stream.seek(skip)
    return head[skip:]


def guess(path: Path) -> str:
    """How to read a file whose name says nothing, by its first bytes."""
    with open_plain(path) as stream:
        head = stream.read(4096)
    if head.startswith(b"PAR1"):
        return "parquet"
    first = head.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if first == b"[":
        return "json"
    if first == b"{":
        return "jsonl"
    if b"\0" in head:
        raise InputError(f"{path}: this is no data file that can be read. Those are: {', '.join(KINDS)}.")
    return "text"


def lines(stream: BinaryIO, exact: bool = False) -> Iterator[Chunk]:
    """One JSON value a line. Whole blocks are parsed at once; a block that fails is read line by line."""
    load = loader(exact)
    number, place = 0, 0
    batch: list[bytes] = []
    size = 0
    while True:
        line = stream.readline(LONGEST)
        if line:
            batch.append(line)
            size += len(line)
        if batch and (not line or size >= CHUNK):
            place += size
            yield _block(batch, number + 1, place, load, final=not line)
            number += len(batch)
            batch, size = [], 0
        if not line:
            return
        if len(line) >= LONGEST and not line.endswith(b"\n"):
            batch.pop()
            size -= len(line)
            if batch:
                yield _block(batch, number + 1, place + size, load, final=False)
                number += len(batch)
            place += size + len(line)
            while line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST)
                place += len(line)
            number += 1
            yield Chunk(faults=[Fault(number, "too long", f"the line is longer than {LONGEST >> 20} MB", "No model reads a row of this length: split it, or leave it out.")], done=place)
            batch, size = [], 0


def _block(batch: list[bytes], first: int, place: int, load: Callable[[bytes], Any], final: bool) -> Chunk:
    try:
        rows = load(b"[" + b",".join(batch) + b"]")
        if len(rows) == len(batch):
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


def standard_input() -> bytes:
    """What was piped in, at most 64 MB."""
    raw = sys.stdin.buffer.read(LONGEST + 1)
    if len(raw) > LONGEST:
        raise InputError(f"Standard input is for small samples, at most {LONGEST >> 20} MB. Give the file's name instead.")
    return raw

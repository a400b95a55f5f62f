"""Rows out of files, in bounded memory: JSONL, JSON, CSV, Parquet, plain text, compressed or not, or a folder of them.

A reader yields chunks: rows that could be read, the number of each, and what is wrong with the others.
Nothing is held longer than a chunk; a broken row never ends the reading. Knows no format of records.
"""
from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .data_chunk import CHUNK, LONGEST, Chunk, Fault
from .data_lines import lines, one_or_lines, paragraphs
from .errors import InputError

_PACKED = (".gz", ".bz2", ".xz")
KINDS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".txt": "text", ".md": "text", ".text": "text"}
_PACKS = ((b"\x1f\x8b", ".gz"), (b"BZh91AY&SY", ".bz2"), (b"\xfd7zXZ", ".xz"), (b"\x28\xb5\x2f\xfd", ".zst"), (b"PK\3\4", ".zip"), (b"PAR1", ".parquet"))
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
                if head.lstrip()[:1] == b"[":
                    _no_array(stream, path)
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
    for sign, end in _PACKS:
        if head.startswith(sign):
            raise InputError(f"{path}: this is a {end.removeprefix('.')} file, whatever its name says. {f'Name it {path.name}{end}' if end in _PACKED else 'Unpack it' if end != '.parquet' else f'Name it {path.stem}{end}'}.")
    name = next((name for mark, name in _MARKS if head.startswith(mark)), _unmarked(head[:32]))
    if name:
        raise InputError(f"{path}: this is {name} text. Make it UTF-8: iconv -f {name} -t UTF-8 {path.name} > new-{path.name}")
    skip = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    stream.seek(skip)
    return head[skip:]


def _unmarked(head: bytes) -> str:
    """UTF-16 without its mark: every second byte is nought."""
    first, second = any(head[::2]), any(head[1::2])
    return "" if len(head) < 4 or first == second else "UTF-16LE" if first else "UTF-16BE"


def _no_array(stream: BinaryIO, path: Path) -> None:
    """Refuses a file of lines that is one array, over one line or many."""
    start = stream.tell()
    first = stream.readline(LONGEST).strip()
    rest = stream.read(4096).strip()
    stream.seek(start)
    if first[1:].lstrip()[:1] in (b"{", b"") and (first.endswith((b",", b"[", b"{")) or (not rest and first != b"[]")):
        name = path.name.replace(".ndjson", ".jsonl")
        raise InputError(f"{path}: this is one JSON array, and not one object a line. Rename it to {name.replace('.jsonl', '.json')}, or write a row a line: jq -c '.[]' {path.name} > new-{path.name}")


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
        raise InputError(f"{path}: this is no data file that can be read. Those are: {', '.join(KINDS)}. Save a spreadsheet as CSV, unpack an archive.")
    return "text"


def standard_input() -> bytes:
    """What was piped in, at most 64 MB."""
    raw = sys.stdin.buffer.read(LONGEST + 1)
    if len(raw) > LONGEST:
        raise InputError(f"Standard input is for small samples, at most {LONGEST >> 20} MB. Give the file's name instead.")
    return raw

"""Rows out of tables: CSV in its dialects, and Parquet (with the optional pyarrow)."""
from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from . import data_columns
from .data_chunk import LONGEST, Chunk, Fault
from .errors import InputError

_AT_ONCE = 1000
_SIGNS = ",;\t|"
NEEDS = "Parquet needs pyarrow: pip install 'tunewise[data]'"


def table(stream: BinaryIO, path: Path) -> Iterator[Chunk]:
    """Rows of a CSV file, by the names in its first line; the sign between cells is found from it."""
    csv.field_size_limit(LONGEST)
    text = io.TextIOWrapper(stream, encoding="utf8", errors="surrogateescape", newline="")
    start = text.tell()
    head = text.readline(1 << 20)
    text.seek(start)
    sign = "\t" if ".tsv" in path.name.lower() else max(_SIGNS, key=lambda s: (head.count(s), s == ","))
    reader = csv.reader(text, delimiter=sign, strict=True)
    names = _names(reader, path)
    ended = False
    while not ended:
        block: list[list[str]] = []
        numbers: list[int] = []  # of the line each row begins in
        faults: list[Fault] = []
        number = reader.line_num + 1
        try:
            for cells in reader:
                block.append(cells)
                numbers.append(number)
                number = reader.line_num + 1
                if len(block) >= _AT_ONCE:
                    break
            else:
                ended = True
        except csv.Error as fault:
            faults.append(Fault(number, "not CSV", f"no CSV: {fault}", "Put cells that hold quotes, commas or line ends in quotes, and double the quotes inside (csv.writer does)."))
        yield _block(block, names, numbers, faults, stream.tell())


def _block(block: list[list[str]], names: list[str], numbers: list[int], faults: list[Fault], done: int) -> Chunk:
    """Rows of a block; looked at one by one only where something in it is wrong."""
    width = len(names)
    if all(len(cells) == width for cells in block) and _reads(map("".join, block)):
        return Chunk([dict(zip(names, cells)) for cells in block], numbers, faults, done)
    rows: list[Any] = []
    kept: list[int] = []
    wrong: list[Fault] = []
    for cells, number in zip(block, numbers):
        if len(cells) == width and _reads(cells):
            rows.append(dict(zip(names, cells)))
            kept.append(number)
        elif cells and len(cells) != width:
            wrong.append(Fault(number, "cells", f"{len(cells)} cells, but the first line names {width} columns", "Quote cells that hold the sign between cells, or complete the row."))
        elif cells:
            wrong.append(Fault(number, "encoding", "not UTF-8", "Write the file as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW."))
    return Chunk(rows, kept, wrong + faults, done)


def _reads(cells: Iterable[str]) -> bool:
    """Whether the texts are whole: bytes that were no UTF-8 have been read as halves of characters."""
    joined = "".join(cells)
    if not joined.isascii():
        try:
            joined.encode()
        except UnicodeEncodeError:
            return False
    return True


def _names(reader: Any, path: Path) -> list[str]:
    try:
        names: list[str] = next(reader, [])
    except csv.Error as fault:
        raise InputError(f"{path}: the first line is no CSV: {fault}. It gives the names of the columns.") from None
    doubled = sorted({n for n in names if names.count(n) > 1})
    if doubled:
        raise InputError(f"{path}: two columns are called {', '.join(repr(d) for d in doubled)}. Rename one in the first line.")
    return [n.strip() for n in names]


def parquet(path: Path) -> Iterator[Chunk]:
    """Rows of a Parquet file, a thousand at a time."""
    try:
        import pyarrow.parquet as pq
    except ImportError:
        raise InputError(f"{path}: {NEEDS}") from None
    try:
        file = pq.ParquetFile(path)
    except Exception as fault:
        raise InputError(f"{path}: this is no whole Parquet file: {str(fault).splitlines()[0]}. Fetch it again.") from None
    texts, spare = data_columns.places(file.schema_arrow.metadata)
    size, total, number = path.stat().st_size, file.metadata.num_rows, 0
    with file:
        for batch in file.iter_batches(batch_size=_AT_ONCE, use_threads=False):  # more threads take more of a core, and give no more rows
            rows = batch.to_pylist()
            if texts or spare:
                rows = [data_columns.restored(r, texts, spare) for r in rows]
            yield Chunk(rows, range(number + 1, number + len(rows) + 1), [], size * (number + len(rows)) // max(total, 1))
            number += len(rows)


def columns(path: Path) -> Any:
    """The columns of a Parquet file with their types and metadata."""
    try:
        import pyarrow.parquet as pq
    except ImportError:
        raise InputError(f"{path}: {NEEDS}") from None
    return pq.read_schema(path)

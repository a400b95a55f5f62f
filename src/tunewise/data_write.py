"""Writing rows: whole files or none. Every file is written beside its place and put there when all are done.

Converting refuses to lose anything unless told to; splitting keeps rows that ask the same on one side.
"""
from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
from array import array
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import data_check, data_detect, data_read
from .data_convert import CannotBeMade, rows_of
from .data_progress import Progress
from .data_shape import Shape
from .data_talk import talk_of
from .errors import InputError

_AT_ONCE = 5000
PARTS = ("train", "validation", "test")


class Sink:
    """One file to be: rows go to FILE.part, ``keep`` renames it, ``drop`` removes it. The name's ending says how it is written."""

    def __init__(self, path: Path) -> None:
        self.path, self.count = path, 0
        self.part = path.with_name(f"{path.name}.part")
        kind = data_read.kind_of(path)
        if kind not in ("jsonl", "json", "csv", "parquet"):
            raise InputError(f"{path}: the name must end in .jsonl, .json, .csv or .parquet: it says how the rows are written.")
        self.kind: str = kind
        self._columns: list[str] | None = None
        self._waiting: list[dict[str, Any]] = []
        self._table: Any = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._raw: Any = gzip.GzipFile(self.part, "wb", mtime=0) if path.suffix == ".gz" else self.part.open("wb")
        except OSError as fault:
            raise InputError(f"{path}: cannot be written: {fault.strerror}.") from None
        self._text = io.TextIOWrapper(self._raw, encoding="utf8", newline="", write_through=False) if kind != "parquet" else None

    def add(self, row: dict[str, Any]) -> None:
        if self.kind == "parquet":
            self._waiting.append(row)
            if len(self._waiting) >= _AT_ONCE:
                self._group()
        elif self.kind == "csv":
            self._line(row)
        else:
            assert self._text is not None
            text = json.dumps(row, ensure_ascii=False, allow_nan=False)
            self._text.write(text + "\n" if self.kind == "jsonl" else ("[\n" if self.count == 0 else ",\n") + text)
        self.count += 1

    def _line(self, row: dict[str, Any]) -> None:
        assert self._text is not None
        if self._columns is None:
            self._columns = list(row)
            csv.writer(self._text).writerow(self._columns)
        if set(row) - set(self._columns):
            raise InputError(f"{self.path}: row {self.count + 1} has other columns than the first ({', '.join(sorted(set(row) ^ set(self._columns)))}). A table cannot hold them: write .jsonl.")
        cells = [row.get(c) for c in self._columns]
        csv.writer(self._text).writerow([json.dumps(c, ensure_ascii=False) if isinstance(c, (list, dict, bool)) else c for c in cells])

    def _group(self) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            from .data_tables import NEEDS

            raise InputError(NEEDS) from None
        if not self._waiting:
            return
        try:
            table = pa.Table.from_pylist(self._waiting, schema=self._table.schema if self._table else None)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as fault:
            raise InputError(f"{self.path}: rows {self.count - len(self._waiting) + 1} and following do not fit one table ({str(fault).splitlines()[0]}). Write .jsonl.") from None
        missing = {k for r in self._waiting for k in r} - set(table.column_names)
        if missing:
            raise InputError(f"{self.path}: some rows have other columns ({', '.join(sorted(missing))}). A table cannot hold them: write .jsonl.")
        if self._table is None:
            self._table = pq.ParquetWriter(self._raw, table.schema)
        self._table.write_table(table)
        self._waiting = []

    def close(self) -> None:
        if self.kind == "parquet":
            self._group()
            if self._table is not None:
                self._table.close()
        elif self._text is not None:
            if self.kind == "json":
                self._text.write("\n]\n" if self.count else "[]\n")
            self._text.flush()
        if self._text is not None:
            self._text.detach()
        self._raw.close()

    def keep(self) -> None:
        os.replace(self.part, self.path)

    def drop(self) -> None:
        try:
            self._raw.close()
        except (OSError, ValueError):
            pass
        self.part.unlink(missing_ok=True)


def rows(path: Path, shape: Shape | None, names: frozenset[str]) -> Iterator[tuple[str, int, Any, str]]:
    """Every row of a file or folder as (file, number, row, fault); the row is None where it could not be read. Shows on a terminal how far it is."""
    files = data_read.files_of(path)
    progress, before = Progress(sum(file.stat().st_size for file in files)), 0
    for file in files:
        cells = data_read.kind_of(file) == "csv"
        for chunk in data_read.read(file, exact=True, fields=names):
            progress.at(before + chunk.done)
            for fault in chunk.faults:
                yield str(file), fault.row, None, fault.text
            for number, row in zip(chunk.numbers, chunk.rows):
                yield str(file), number, data_detect.from_cells(shape, row) if cells and shape and isinstance(row, dict) else row, ""
        before += file.stat().st_size
    progress.end()


def rewrite(path: Path, shape: Shape | None, names: frozenset[str], sinks: list[Sink], *, target: Shape | None = None, side: Any = None, lossy: bool = False) -> dict[str, Any]:
    """Writes every row into a sink: converted where ``target`` is given, to the sink that ``side`` says.

    Returns {rows, written, lost {what: rows}, told {what: rows}, refused {why: {rows, first [(file, row)]}}, refusals}. Nothing is put in its
    place when something would be lost and ``lossy`` is not set.
    """
    lost: Counter[str] = Counter()
    told: Counter[str] = Counter()
    refused: dict[str, dict[str, Any]] = {}
    refusals = read = 0

    def refuse(file: str, number: int, why: str) -> None:
        nonlocal refusals
        refusals += 1
        entry = refused.setdefault(why if why in refused or len(refused) < 50 else "for other reasons", {"rows": 0, "first": []})
        entry["rows"] += 1
        if len(entry["first"]) < 5:
            entry["first"].append([file, number])

    try:
        for file, number, row, fault in rows(path, shape, names):
            read += 1
            made, why = [row], fault
            if not fault and not isinstance(row, dict):
                why = "not an object"
            if target is not None and shape is not None and not why:
                made, why = _made(shape, target, row, number, lost, told)
            if why:
                refuse(file, number, why)
                continue
            place = side(row) if side else 0
            for one in made:
                try:
                    sinks[place].add(one)
                except (UnicodeEncodeError, ValueError) as error:
                    refuse(file, number, f"cannot be written: {type(error).__name__}")
        for sink in sinks:
            sink.close()
        done = read > 0 and (lossy or not (lost or refusals))
        for sink in sinks:
            sink.keep() if done else sink.drop()
    except BaseException:
        for sink in sinks:
            sink.drop()
        raise
    return {"rows": read, "written": [s.count for s in sinks] if done else [0 for _ in sinks], "done": done, "files": [str(s.path) for s in sinks],
            "lost": dict(lost.most_common()), "told": dict(told.most_common()), "refused": refused, "refusals": refusals}


def _made(shape: Shape, target: Shape, row: dict[str, Any], number: int, lost: Counter[str], told: Counter[str]) -> tuple[list[Any], str]:
    soft = shape.may_be_empty
    bad = [f for f in data_check.faults(shape, row, number, "", "") if not f.warning and f.kind in ("missing", "wrong type", "role", "not a record") and not any(f.text == f"{s} is missing" for s in soft)]
    if bad:
        return [], bad[0].text
    try:
        made, less, more = rows_of(talk_of(shape, row), target)
    except CannotBeMade as why:
        return [], str(why)
    lost.update(less)
    told.update(more)
    return made, ""


def shares_of(text: str) -> list[float]:
    """80/10/10, 90/10 or 0.9/0.1 as shares of one."""
    try:
        numbers = [float(p) for p in text.replace(",", "/").replace(":", "/").split("/")]
    except ValueError:
        numbers = []
    if not 2 <= len(numbers) <= 3 or any(not n > 0 for n in numbers) or not (abs(sum(numbers) - 100) < 0.01 or abs(sum(numbers) - 1) < 1e-4):
        raise InputError(f"--split {text}: give two or three shares that add up to 100, as in 80/10/10 or 90/10.")
    return [n / sum(numbers) for n in numbers]


def part_names(count: int) -> tuple[str, ...]:
    return PARTS if count == 3 else (PARTS[0], PARTS[2])


class Sides:
    """Which part a row goes to: rows that ask the same go together, the seed and the row alone decide, and the shares are met to one group."""

    def __init__(self, path: Path, shape: Shape | None, names: frozenset[str], shares: list[float], seed: int) -> None:
        self.shape, self.key = shape, str(seed).encode()[:64]
        values = array("Q", (self.value(row) for _, _, row, fault in rows(path, shape, names) if not fault and isinstance(row, dict)))
        self.cuts = []
        so_far = 0.0
        for share in shares[:-1]:
            so_far += share
            self.cuts.append(_nth(values, round(so_far * len(values))))

    def value(self, row: dict[str, Any]) -> int:
        fields = [f for f in (self.shape.prompts if self.shape else ()) if f in row]
        asked: Any = [row[f] for f in fields] or row
        if self.shape and self.shape.conversation and isinstance(row.get(self.shape.conversation), list):
            asked = row[self.shape.conversation][:-1] or row
        text = json.dumps(asked, sort_keys=True, ensure_ascii=True, default=str)
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8, key=self.key).digest(), "big")

    def __call__(self, row: dict[str, Any]) -> int:
        value = self.value(row)
        return sum(value >= cut for cut in self.cuts)


def _nth(values: array[int], n: int) -> int:
    """The n-th smallest of 64-bit values, sorting only the bucket it lies in."""
    if n >= len(values):
        return 1 << 64
    buckets = Counter(v >> 48 for v in values)
    below = 0
    for bucket in sorted(buckets):
        if below + buckets[bucket] > n:
            return sorted(v for v in values if v >> 48 == bucket)[n - below]
        below += buckets[bucket]
    return 1 << 64

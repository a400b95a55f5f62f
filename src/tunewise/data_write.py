"""Writing rows anew: converted, or split. Whole files or none.

Converting refuses to lose anything unless told to; splitting keeps rows that ask the same on one side.
"""
from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import data_check, data_detect, data_read, data_same
from .data_convert import CannotBeMade, rows_of
from .data_progress import Progress
from .data_shape import Shape
from .data_sink import Sink
from .data_talk import talk_of
from .errors import InputError

PARTS = ("train", "validation", "test")


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

    Returns {rows, written, left (rows that could be written), lost {what: rows}, told {what: rows}, refused {why: {rows, first [(file, row)]}}, refusals}. Nothing is put in its
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
        left = sum(s.count for s in sinks)
        done = left > 0 and (lossy or not (lost or refusals))
        for sink in sinks:
            sink.keep() if done else sink.drop()
    except BaseException:
        for sink in sinks:
            sink.drop()
        raise
    return {"rows": read, "written": [s.count for s in sinks] if done else [0 for _ in sinks], "done": done, "left": left, "files": [str(s.path) for s in sinks],
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
        asked = repr(data_same.asked(data_same.parts(self.shape, row)))
        return int.from_bytes(hashlib.blake2b(asked.encode("utf8", "replace"), digest_size=8, key=self.key).digest(), "big")

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

"""Training data, read once: what format it is in, how much it is, and what is wrong with which row.

Reads in bounded memory, whatever the size. What formats there are it is told (see data_shape).
"""
from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import data_check, data_detect, data_read
from .data_count import Ledger, Lengths
from .data_chunk import Chunk, Fault
from .data_shape import Shape

SAMPLE = 200
_SHOWN_COLUMNS = 1000


@dataclass
class Report:
    """What was found in one file or folder. ``faults`` holds the first of each kind; ``counts`` counts all."""

    path: str
    files: list[str] = field(default_factory=list)
    shape: Shape | None = None
    looks: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    unread: int = 0
    faulty: int = 0
    bytes: int = 0
    faults: list[Fault] = field(default_factory=list)
    counts: Counter[tuple[str, bool]] = field(default_factory=Counter)
    columns: Counter[tuple[str, ...]] = field(default_factory=Counter)
    lengths: Lengths = field(default_factory=Lengths)
    tokens: Lengths | None = None
    ledger: Ledger = field(default_factory=Ledger)
    unit: str = "line"
    duplicates: int = 0
    repeated: list[tuple[str, int, str, int]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        return self.shape is not None and self.rows > 0 and not any(not warning for _, warning in self.counts)


def inspect(path: Path, shapes: Mapping[str, Shape], *, shape: Shape | None = None, tokenizer: Any = None, limit: int = 20, each: Callable[[Fault], Any] | None = None) -> Report:
    """Reads a file or folder through. ``shape``: the format it should be in, else it is found out;
    ``tokenizer``: counts tokens exactly; ``limit``: faults kept; ``each``: is told of every fault."""
    begun = time.perf_counter()
    report = Report(str(path))
    files = data_read.files_of(path)
    report.files = [str(f) for f in files]
    report.bytes = sum(f.stat().st_size for f in files)
    names = frozenset(f for s in shapes.values() for f in s.fields)
    found, votes = sample(files, shapes, names)
    report.shape, report.looks = shape or found, dict(votes)
    report.unit = data_read.unit_of(data_read.kind_of(files[0]) or data_read.guess(files[0]))
    if tokenizer is not None:
        report.tokens = Lengths()
    reader = Reader(report, shapes, limit, tokenizer, each)
    progress, before = Progress(report.bytes), 0
    for file in files:
        reader.begin(file)
        done = 0
        for chunk in data_read.read(file, fields=names):
            reader.take(chunk)
            done = max(done, chunk.done)
            progress.at(before + done)
        before += file.stat().st_size
    progress.end()
    report.duplicates, places = report.ledger.duplicates(limit)
    where = report.ledger.where({p for pair in places for p in pair})
    report.repeated = [(*where[a], *where[b]) for a, b in places]
    report.seconds = time.perf_counter() - begun
    return report


def sample(files: list[Path], shapes: Mapping[str, Shape], names: frozenset[str]) -> tuple[Shape | None, Counter[str]]:
    """The format of the first rows of the first files."""
    votes: Counter[str] = Counter()
    for file in files[:5]:
        cells = data_read.kind_of(file) == "csv"
        left = SAMPLE
        for chunk in data_read.read(file, fields=names):
            votes += data_detect.detect(shapes, chunk.rows[:left], cells)[1]
            left -= len(chunk.rows)
            if left <= 0:
                break
    return (shapes[votes.most_common(1)[0][0]] if votes else None), votes


class Reader:
    """Takes chunks and adds what they hold to a report."""

    def __init__(self, report: Report, shapes: Mapping[str, Shape], limit: int, tokenizer: Any, each: Callable[[Fault], Any] | None) -> None:
        self.report, self.shapes, self.limit, self.tokenizer, self.each = report, shapes, limit, tokenizer, each
        self.shape = report.shape
        self.quick = data_check.measure(self.shape) if self.shape else None
        self.ending = data_check.ending(self.shape) if self.shape else None
        self.kept: Counter[tuple[str, bool]] = Counter()
        self.others: dict[data_detect.Signature, Shape | None] = {}
        self.begin(Path(report.files[0]) if report.files else Path())

    def begin(self, file: Path) -> None:
        self.file, self.folder, self.cells = str(file), str(file.parent), data_read.kind_of(file) == "csv"
        self.unit = self.report.unit
        self.report.ledger.begin(self.file)

    def take(self, chunk: Chunk) -> None:
        report, shape = self.report, self.shape
        for fault in chunk.faults:
            fault.unit = self.unit
            report.unread += 1
            report.faulty += 1
            self.tell(fault)
        rows = chunk.rows
        report.rows += len(rows)
        if shape is None or self.quick is None or not rows:
            report.columns.update(Counter(tuple(r) for r in rows if isinstance(r, dict)))
            return
        if self.cells:
            rows = [data_detect.from_cells(shape, r) for r in rows]
        measures = list(map(self.quick, rows))
        numbers = chunk.numbers
        if None in measures:
            numbers, measures, rows = self.explain(rows, numbers, measures)
        elif len(report.columns) < _SHOWN_COLUMNS:
            report.columns.update(map(tuple, rows))
        if not measures:
            return
        hashes, prompts, sizes = zip(*measures)
        report.ledger.add(hashes, prompts, numbers)
        report.lengths.add(sizes, numbers, self.file)
        if report.tokens is not None:
            texts = ["\n".join(data_check.texts_of(shape, r)) for r in rows]
            report.tokens.add([len(e.ids) for e in self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)], numbers, self.file)
        self.look_at_ends(rows, numbers)

    def explain(self, rows: list[Any], numbers: Any, measures: list[Any]) -> tuple[list[int], list[Any], list[Any]]:
        """Says what is wrong with rows that the quick way did not pass; counts those that are records at all."""
        shape = self.shape
        assert shape is not None
        kept_numbers, kept, kept_rows = [], [], []
        for row, number, found in zip(rows, numbers, measures):
            if found is None:
                faults = data_check.faults(shape, row, number, self.unit, self.folder)
                if faults and isinstance(row, dict):
                    other = self.other(row)
                    if other is not None and not set(other.required) <= shape.fields and not data_check.faults(other, row, number, self.unit, ""):
                        faults = [Fault(number, "other format", f"this is a row of another format: {other.label}", "Keep one format a file: convert these rows, or put them in a file of their own.", unit=self.unit)]
                if any(not f.warning for f in faults):
                    self.report.faulty += 1
                for fault in faults:
                    self.tell(fault)
                if not isinstance(row, dict):
                    continue
                found = data_check.weigh(shape, row)
            self.report.columns[tuple(row)] += 1
            kept_numbers.append(number)
            kept.append(found)
            kept_rows.append(row)
        return kept_numbers, kept, kept_rows

    def other(self, row: dict[str, Any]) -> Shape | None:
        """The format a row comes nearest to, remembered by its fields and their forms."""
        sig = data_detect.signature(row)
        if sig not in self.others:
            if len(self.others) >= _SHOWN_COLUMNS:
                self.others.clear()
            self.others[sig] = data_detect.best(self.shapes, row)
        return self.others[sig]

    def look_at_ends(self, rows: list[Any], numbers: Any) -> None:
        ending = self.ending
        assert ending is not None and self.shape is not None
        for row, number in zip(rows, numbers):
            try:
                text = ending(row)
                if len(text) >= 400 and data_check.breaks_off(text):
                    self.tell(Fault(number, "breaks off", "the text ends in the middle of a sentence", "Look whether it was cut off; a model learns to stop there.", True, unit=self.unit))
            except (KeyError, TypeError, IndexError, AttributeError):
                continue

    def tell(self, fault: Fault) -> None:
        report = self.report
        fault.file = self.file
        key = (fault.kind, fault.warning)
        report.counts[key] += 1
        if self.each:
            self.each(fault)
        if self.kept[key] < self.limit:
            self.kept[key] += 1
            report.faults.append(fault)


class Progress:
    """How far the reading is, on stderr, only on a terminal."""

    def __init__(self, total: int) -> None:
        self.total, self.shown = total, sys.stderr.isatty()
        self.begun = self.last = time.perf_counter()

    def at(self, done: int) -> None:
        now = time.perf_counter()
        if not self.shown or now - self.last < 0.3:
            return
        self.last = now
        speed = done / 1e6 / (now - self.begun)
        share = min(done / self.total, 1.0) if self.total else 1.0
        bar = "#" * int(share * 30)
        print(f"\r  [{bar:<30}] {share:4.0%}  {speed:.0f} MB/s ", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self.shown and self.last > self.begun:
            print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)


def overlap(first: Report, second: Report, limit: int = 20) -> dict[str, Any]:
    """Rows of the second that stand in the first too: whole rows, and rows that ask the same."""
    rows, places = first.ledger.shared(second.ledger, 0, limit)
    asked, asked_at = first.ledger.shared(second.ledger, 1, limit)
    where = second.ledger.where({*places, *asked_at})
    return {"first": first.path, "second": second.path, "rows": rows, "rows_at": [list(where[p]) for p in places],
            "prompts": asked, "prompts_at": [list(where[p]) for p in asked_at]}


def check_record(row: Any, shapes: Mapping[str, Shape], shape: Shape | None = None) -> tuple[Shape | None, list[Fault]]:
    """The format of one record, or the one it comes nearest to, and what is wrong with it."""
    found = shape or (data_detect.best(shapes, row) if isinstance(row, dict) else None)
    if found is None:
        return None, [Fault(1, "unknown", "no format speaks of any of its fields", "See the formats: tunewise formats", unit="record")]
    return found, data_check.faults(found, row, 1, "record", "")


def missing(shape: Shape, row: Any) -> list[str]:
    """Required fields that a record lacks."""
    return [f for f in shape.required if not isinstance(row, dict) or f not in row]


def all_shapes(answer: Mapping[str, Any]) -> dict[str, Shape]:
    from .data_shape import shapes_of

    return shapes_of(dict(answer))


def extra_columns(report: Report) -> Iterable[tuple[str, int]]:
    """Columns the format does not speak of, and in how many rows."""
    spare: Counter[str] = Counter()
    known = report.shape.fields if report.shape else frozenset()
    for names, count in report.columns.items():
        for name in names:
            if name not in known:
                spare[str(name)] += count
    return spare.most_common()

"""Takes chunks of rows and adds what they hold to a report: how many, how long, which twice, and what is wrong with which."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

from . import data_check, data_detect, data_measure, data_read
from .data_chunk import Chunk, Fault
from .data_count import Ledger, Lengths
from .data_shape import Shape
from .data_words import type_of

_SHOWN_COLUMNS = 1000
_ENDLESS = (float("inf"), float("-inf"))


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
    contradictions: int = 0
    contradicted: list[tuple[str, int, str, int]] = field(default_factory=list)
    seconds: float = 0.0
    inside: str = ""
    renames: dict[str, str] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return self.shape is not None and self.rows > 0 and not self.renames and not any(not warning for _, warning in self.counts)


class Reader:
    """Takes chunks and adds what they hold to a report."""

    def __init__(self, report: Report, shapes: Mapping[str, Shape], limit: int, tokenizer: Any, each: Callable[[Fault], Any] | None) -> None:
        self.report, self.shapes, self.limit, self.tokenizer, self.each = report, shapes, limit, tokenizer, each
        self.shape = report.shape
        report.ledger = Ledger(judged=self.shape is not None and self.shape.judgement is not None)
        self.quick = data_measure.measure(self.shape) if self.shape else None
        self.ending = data_measure.ending(self.shape) if self.shape else None
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
            report.unread += fault.row not in chunk.numbers  # a fault of the whole array stands at its last row
            report.faulty += 1
            self.tell(fault)
        rows = chunk.rows
        report.rows += len(rows)
        if shape is None or self.quick is None or not rows:
            report.columns.update(Counter(tuple(r) for r in rows if isinstance(r, dict)))
            report.inside = report.inside or next((data_detect.inside(self.shapes, r) for r in rows[:1] if isinstance(r, dict)), "")
            for row, number in zip(rows, chunk.numbers):
                if not isinstance(row, dict):
                    report.faulty += 1
                    self.tell(Fault(number, "not a record", f"not an object but {type_of(row)}", "Write one object with named fields for each row.", unit=self.unit))
            return
        if self.cells and (shape.lists or shape.yes_no):
            rows = [data_detect.from_cells(shape, r) for r in rows]
        measures = list(map(self.quick, rows))
        numbers = chunk.numbers
        if None in measures:
            numbers, measures, rows = self.explain(rows, numbers, measures)
        elif len(report.columns) < _SHOWN_COLUMNS:
            report.columns.update(map(tuple, rows))
        if not measures:
            return
        hashes, prompts, sizes, bare = zip(*measures)
        report.ledger.add(hashes, prompts, numbers, bare)
        report.lengths.add(sizes, numbers, self.file)
        if report.tokens is not None:
            texts = ["\n".join(data_measure.texts_of(shape, r)) for r in rows]
            report.tokens.add([len(e.ids) for e in self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)], numbers, self.file)
        self.look_at_numbers(rows, numbers)
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
                found = data_measure.weigh(shape, row)
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

    def look_at_numbers(self, rows: list[Any], numbers: Any) -> None:
        """Tells numbers such as 1e400, which readers take for endless, in columns whose first value is a number."""
        for key in [k for k, v in rows[0].items() if type(v) in (int, float)]:
            try:
                if max(map(itemgetter(key), rows)) not in _ENDLESS and min(map(itemgetter(key), rows)) not in _ENDLESS:
                    continue
            except (KeyError, TypeError):
                pass
            for row, number in zip(rows, numbers):
                if row.get(key) in _ENDLESS:
                    self.report.faulty += 1
                    self.tell(Fault(number, "number", f"{key} is a number too large for any reader", "Write it as text, or leave it out.", unit=self.unit))

    def look_at_ends(self, rows: list[Any], numbers: Any) -> None:
        ending = self.ending
        assert ending is not None and self.shape is not None
        for row, number in zip(rows, numbers):
            try:
                text = ending(row)
                if len(text) >= 400 and data_measure.breaks_off(text):
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

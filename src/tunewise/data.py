"""Training data, read once: what format it is in, how much it is, and what is wrong with which row.

Reads in bounded memory, whatever the size. What formats there are it is told (see data_shape).
"""
from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from . import data_check, data_detect, data_names, data_read
from .data_chunk import Fault
from .data_count import Lengths
from .data_progress import Progress
from .data_reader import Reader, Report
from .data_shape import Shape

SAMPLE = 200


def inspect(path: Path, shapes: Mapping[str, Shape], *, shape: Shape | None = None, tokenizer: Any = None, limit: int = 20, each: Callable[[Fault], Any] | None = None) -> Report:
    """Reads a file or folder through. ``shape``: the format it should be in, else it is found out;
    ``tokenizer``: counts tokens exactly; ``limit``: faults kept; ``each``: is told of every fault."""
    begun = time.perf_counter()
    report = Report(str(path))
    files = data_read.files_of(path)
    report.files = [str(f) for f in files]
    report.bytes = sum(f.stat().st_size for f in files)
    names = frozenset(f for s in shapes.values() for f in s.fields)
    found, votes, report.renames = sample(files, shapes, names, shape)
    report.shape, report.looks = found, dict(votes)
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
    report.contradictions, against = report.ledger.contradictions(limit)
    where = report.ledger.where({p for pair in (*places, *against) for p in pair})
    report.repeated = [(*where[a], *where[b]) for a, b in places]
    report.contradicted = [(*where[a], *where[b]) for a, b in against]
    report.seconds = time.perf_counter() - begun
    return report


def sample(files: list[Path], shapes: Mapping[str, Shape], names: frozenset[str], wanted: Shape | None = None) -> tuple[Shape | None, Counter[str], dict[str, str]]:
    """The format of the first rows of the first files, or the one ``wanted``, by the names its fields have there; what looks like which; {column: field} to rename."""
    votes: Counter[str] = Counter()
    kinds: Counter[data_detect.Signature] = Counter()
    first: dict[data_detect.Signature, dict[str, Any]] = {}
    for file in files[:5]:
        cells = data_read.kind_of(file) == "csv"
        left = SAMPLE
        for chunk in data_read.read(file, fields=names):
            votes += data_detect.detect(shapes, chunk.rows[:left], cells)[1]
            for row in chunk.rows[:left]:
                if isinstance(row, dict):
                    row = data_detect.opened(row) if cells else row
                    sig = data_detect.signature(row)
                    kinds[sig] += 1
                    first.setdefault(sig, row)
            left -= len(chunk.rows)
            if left <= 0:
                break
    shape = wanted or (shapes[votes.most_common(1)[0][0]] if votes else None)
    row = first[kinds.most_common(1)[0][0]] if kinds else {}
    other = data_names.nearest({wanted.id: wanted} if wanted else shapes, row, shape)
    if other is None:
        return shape, votes, {}
    return data_names.called(*other), votes, {column: field for field, column in other[1].items()}


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

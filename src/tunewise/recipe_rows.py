"""The rows of a data file, one at a time: the one way that recipes read, here to look at the first row and in every script.

What follows the mark stands in each script as it is (``#: python recipe_rows`` in a template), so it needs nothing but Python.
"""
from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# ---- as it stands in a script ----
KINDS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".txt", ".md")


def rows(path: Path) -> Iterator[Any]:
    """The rows of a JSON, JSONL, CSV, Parquet or text file, also packed by gzip, or of a folder of these; in place of a row that
    cannot be read, the fault."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if kind_of(file) in KINDS and not file.name.startswith("."):
                yield from rows(file)
        return
    kind = kind_of(path)
    if kind not in KINDS:
        raise ValueError(f"{path}: '{kind}' is not understood. Convert it to JSONL, JSON, CSV or Parquet.")
    if kind == ".parquet":
        import pyarrow.parquet

        for batch in pyarrow.parquet.ParquetFile(path).iter_batches():
            yield from batch.to_pylist()
        return
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") if path.suffix == ".gz" else path.open(encoding="utf-8-sig", newline="") as text:
        if kind in (".csv", ".tsv"):
            csv.field_size_limit(2**31 - 1)
            head = text.readline()
            text.seek(0)
            for row in csv.DictReader(text, delimiter="\t" if kind == ".tsv" else max(",;\t", key=head.count)):
                yield {key: opened(value) for key, value in row.items()}
        elif kind in (".txt", ".md"):
            if (whole := text.read()).strip():
                yield {"text": whole}
        elif kind == ".json":
            yield from parsed(text.read())
        else:
            yield from map(one, filter(str.strip, text))


def kind_of(path: Path) -> str:
    """The ending that says what a file is, without that of gzip."""
    return (path.with_suffix("") if path.suffix == ".gz" else path).suffix.lower()


def one(line: str) -> Any:
    """A line of JSON, or the fault."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as fault:
        return ValueError(f"no JSON, {fault}")


def parsed(text: str) -> list[Any]:
    """The rows of a JSON document; of one object a line, where that is what it is."""
    whole = one(text)
    if isinstance(whole, ValueError) and text.lstrip().startswith("{") and "\n" in text.strip():
        return [one(line) for line in text.splitlines() if line.strip()]
    if isinstance(whole, dict):
        whole = whole.get("data", [whole])
    return whole if isinstance(whole, list) else [whole]


def opened(cell: Any) -> Any:
    """A cell of a table that holds a list or an object as JSON, as that; anything else as it is."""
    found = one(cell) if isinstance(cell, str) and cell[:1] in ("[", "{") else cell
    return cell if isinstance(found, ValueError) else found

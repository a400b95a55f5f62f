"""One file to be written: JSONL, JSON, CSV or Parquet, packed or not; beside its place first, and put there when it is whole."""
from __future__ import annotations

import csv
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

from . import data_columns, data_read
from .errors import InputError

_AT_ONCE = 5000


class Sink:
    """One file to be: rows go to FILE.part, ``keep`` renames it, ``drop`` removes it. The name's ending says how it is written.

    ``schema``: the columns of a Parquet file whose rows are written as they are; ``whole``: columns that become JSON text as
    a whole where Parquet cannot hold what stands in them.
    """

    def __init__(self, path: Path, schema: Any = None, whole: frozenset[str] = frozenset()) -> None:
        self.path, self.count, self._schema, self._whole = path, 0, schema, whole
        self._texts: list[data_columns.Place] = []
        self._keys: data_columns.Keys | None = None
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
            text = self._json(row, row)
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
        csv.writer(self._text).writerow([c if c is None or isinstance(c, str) or type(c) in (int, float) else self._json(c, row) for c in cells])

    def _json(self, value: Any, row: dict[str, Any]) -> str:
        try:
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
        except TypeError as fault:
            column = next((k for k, v in row.items() if not _writable(v)), "?")
            raise InputError(f"{self.path}: text cannot hold the column {column} ({str(fault).removesuffix(' is not JSON serializable').removeprefix('Object of type ')}). Write Parquet: --out x.parquet") from None

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
            table = self._columned(pa)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as fault:
            raise InputError(f"{self.path}: rows {self.count - len(self._waiting) + 1} and following do not fit one table ({str(fault).splitlines()[0]}). Write .jsonl.") from None
        missing = {k for r in self._waiting for k in r} - set(table.column_names)
        if missing:
            raise InputError(f"{self.path}: some rows have other columns ({', '.join(sorted(missing))}). A table cannot hold them: write .jsonl.")
        if self._table is None:
            self._schema = table.schema
            self._table = pq.ParquetWriter(self._raw, table.schema)
        self._table.write_table(table)
        self._waiting = []

    def _columned(self, pa: Any) -> Any:
        """The waiting rows as a table: with the columns given, or those that the first rows have."""
        if self._schema is not None and self._keys is None:
            self._texts = data_columns.places(self._schema.metadata)[0]
            return pa.Table.from_pylist([data_columns.written(r, self._texts) for r in self._waiting], schema=self._schema)
        if self._keys is None:
            keys = data_columns.Keys(self._waiting)
            self._texts = keys.texts(self._whole)
            said = data_columns.metadata(self._texts, [p for p in keys.spare() if not any(p[:len(t)] == t for t in self._texts)])
            rows = [data_columns.written(r, self._texts) for r in self._waiting]
            self._keys = data_columns.Keys(rows)
            return pa.Table.from_pylist(rows).replace_schema_metadata(said or None)
        rows = [data_columns.written(r, self._texts) for r in self._waiting]
        if other := self._keys.unlike(data_columns.Keys(rows)):
            raise InputError(f"{self.path}: rows {self.count - len(rows) + 1} and following have other keys in {other} than the first. A table cannot hold them: write .jsonl.")
        return pa.Table.from_pylist(rows, schema=self._schema)

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
        for open_ in (self._table, self._raw):
            try:
                if open_ is not None:
                    open_.close()
            except (OSError, ValueError):
                continue
        self.part.unlink(missing_ok=True)


def _writable(value: Any) -> bool:
    try:
        json.dumps(value)
    except TypeError:
        return False
    return True

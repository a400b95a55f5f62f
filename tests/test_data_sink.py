"""What is written can be read again as it was: Parquet with bytes, times and objects of free keys; and what cannot is refused."""
from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from tunewise import data_columns, data_read
from tunewise.data_sink import Sink
from tunewise.errors import InputError

from test_data import jsonl, load, told


def calling(arguments: Any, place: int = 0) -> dict[str, Any]:
    call = {"id": f"c{place}", "type": "function", "function": {"name": "w", "arguments": arguments}}
    return {"messages": [{"role": "user", "content": f"q{place}"}, {"role": "assistant", "content": None, "tool_calls": [call]}, {"role": "tool", "tool_call_id": f"c{place}", "content": "x"}, {"role": "assistant", "content": "y"}],
            "tools": [{"type": "function", "function": {"name": "w", "parameters": {"type": "object", "properties": {k: {"type": "string"} for k in arguments}}}}]}


def read(path: Path) -> list[Any]:
    return [row for chunk in data_read.read(path) for row in chunk.rows]


def test_a_parquet_file_with_bytes_and_times_is_split_as_it_is_and_refused_as_text(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = [{"prompt": f"p{n}", "completion": "c", "image": {"bytes": b"\x89PNG", "path": None}, "at": datetime.datetime(2026, 1, 1), "n": n} for n in range(40)]
    schema = pa.schema([("prompt", pa.string()), ("completion", pa.string()), ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])), ("at", pa.timestamp("ms")), ("n", pa.int16())])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), tmp_path / "s.parquet")
    out = told(tmp_path / "s.parquet", "--split", "50/50", code=2)
    assert "text cannot hold the column image (bytes). Write Parquet: --out " in out and "TypeError" not in out
    told(tmp_path / "s.parquet", "--split", "50/50", "--out", tmp_path / "x.parquet")
    parts = [tmp_path / f"x-{part}.parquet" for part in ("train", "test")]
    assert sorted((r for p in parts for r in read(p)), key=lambda r: r["n"]) == rows and all(pq.read_schema(p).equals(schema) for p in parts)
    assert not list(tmp_path.glob("**/*.part"))


def test_objects_of_free_keys_come_back_from_parquet_as_they_were(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    rows = [calling(a, n) for n, a in enumerate(({"a": 1}, {"b": 2}, {}, {"a": {"x": [1]}}))]
    told(jsonl(tmp_path / "s.jsonl", rows), "--convert", "tool-calling", "--out", tmp_path / "x.parquet")
    assert read(tmp_path / "x.parquet") == rows
    told(tmp_path / "x.parquet", "--convert", "tool-calling", "--out", tmp_path / "back.jsonl")
    assert load(tmp_path / "back.jsonl") == rows
    told(tmp_path / "x.parquet", "--split", "50/50", "--out", tmp_path / "y.parquet")
    assert sorted(read(tmp_path / "y-train.parquet") + read(tmp_path / "y-test.parquet"), key=lambda r: str(r["messages"][0])) == rows


def test_keys_that_first_differ_in_later_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("tunewise.data_sink._AT_ONCE", 2)
    sink = Sink(tmp_path / "x.parquet")
    with pytest.raises(InputError, match="meta.*write .jsonl"):
        for n in range(4):
            sink.add({"text": "t", "meta": {"a": 1} if n < 3 else {"b": 1}})
    sink.drop()


def test_where_nothing_can_be_written_lossy_is_no_success(tmp_path: Path) -> None:
    out = told(jsonl(tmp_path / "s.jsonl", [{"text": "a"}] * 3), "--convert", "dpo", "--out", tmp_path / "o.jsonl", "--lossy", code=1)
    assert "none of 3 rows can be written as preference pairs" in out and "--lossy" not in out and not (tmp_path / "o.jsonl").exists()


def test_what_is_written_for_a_table_is_restored() -> None:
    rows = [{"a": {"x": 1}, "l": [{"k": {"p": 1}}, {"j": 2}]}, {"a": {}, "l": [{"k": {"q": None}}]}]
    keys = data_columns.Keys(rows)
    texts, spare = data_columns.places(data_columns.metadata(keys.texts(frozenset()), keys.spare()))
    assert texts == [("a",), ("l", "[]", "k")]
    assert [data_columns.restored(data_columns.written(r, texts), texts, spare) for r in rows] == rows

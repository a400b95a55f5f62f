"""Reading training data: every container, damaged files, and that nothing costs more memory than a block."""
from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from tunewise import data_array, data_lines, data_read
from tunewise.errors import InputError

ROWS = [{"instruction": f"i{n}", "input": "", "output": 'x}, {"q\\"' * (n % 4), "deep": [{"a": ["1"]}, {"a": ["2", "}"]}]} for n in range(800)]


def all_of(path: Path, exact: bool = False) -> tuple[list[Any], list[int], list[data_read.Fault]]:
    rows, numbers, faults = [], [], []
    for chunk in data_read.read(path, exact):
        rows += chunk.rows
        numbers += list(chunk.numbers)
        faults += chunk.faults
    return rows, numbers, faults


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("block", [64, 1000, 1 << 20])
def test_an_array_is_read_the_same_whatever_the_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, indent: int | None) -> None:
    monkeypatch.setattr(data_array, "CHUNK", block)
    rows, numbers, faults = all_of(write(tmp_path / "a.json", json.dumps(ROWS[:150], indent=indent)))
    assert rows == ROWS[:150] and numbers == list(range(1, 151)) and not faults


@pytest.mark.parametrize("block", [64, 1 << 20])
def test_a_broken_record_of_an_array_is_named_and_the_next_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(data_array, "CHUNK", block)
    records = [json.dumps(r) for r in ROWS[:30]]
    records[12] = records[12].replace('"input": ""', '"input": ')
    rows, numbers, faults = all_of(write(tmp_path / "a.json", "[" + ",\n".join(records) + "]"))
    assert [f.row for f in faults] == [13] and len(rows) == 29 and 13 not in numbers


@pytest.mark.parametrize(("text", "count", "kind"), [
    ('[{"a": 1}, {"a": 2', 1, "cut off"), ('[{"a": 1}, {"a": 2}', 2, "cut off"), ('[{"a": 1},]', 1, "not JSON"), ('[{"a": 1}] [{"a": 2}]', 1, "not JSON"), ('[{"a": 1} {"a": 2}]', 0, "not JSON"),
    ("[]", 0, None), ("[", 0, "cut off"), ('[1, "a,b", null]', 3, None)])
def test_damaged_arrays_are_told(tmp_path: Path, text: str, count: int, kind: str | None) -> None:
    rows, _, faults = all_of(write(tmp_path / "a.json", text))
    assert len(rows) == count
    assert [f.kind for f in faults] == ([kind] if kind else [])


def test_lines_keep_their_numbers_past_empty_and_broken_ones(tmp_path: Path) -> None:
    rows, numbers, faults = all_of(write(tmp_path / "a.jsonl", '{"a": 1}\n\nnope\n{"a": 2}\r\n{"a": "\\u00e9"}\n{"a'))
    assert rows == [{"a": 1}, {"a": 2}, {"a": "é"}] and numbers == [1, 4, 5]
    assert [(f.row, f.kind) for f in faults] == [(3, "not JSON"), (6, "cut off")]


def test_a_line_in_another_encoding_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    rows, _, faults = all_of(write(tmp_path / "a.jsonl", b'{"a": 1}\n{"a": "caf\xe9"}\n{"a": 3}\n'))
    assert len(rows) == 2 and faults[0].row == 2 and faults[0].kind == "encoding" and "0xe9" in faults[0].text


@pytest.mark.parametrize("text", ['{"a":' * 100_000, '{"a": ' + "[" * 5000 + "]" * 5000 + "}"])
def test_deep_nesting_is_a_fault_and_no_crash(tmp_path: Path, text: str) -> None:
    rows, _, faults = all_of(write(tmp_path / "a.jsonl", '{"a": 1}\n' + text + '\n{"a": 2}\n'))
    assert len(rows) == 2 and faults[0].row == 2


def test_a_line_that_never_ends_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_lines, "LONGEST", 5000)
    rows, numbers, faults = all_of(write(tmp_path / "a.jsonl", '{"a": 1}\n{"a": "' + "x" * 50_000 + '"}\n{"a": 2}\n'))
    assert rows == [{"a": 1}, {"a": 2}] and numbers == [1, 3] and [(f.row, f.kind) for f in faults] == [(2, "too long")]


@pytest.mark.parametrize("longest", [5000, 60_000])
def test_a_line_that_never_ends_is_passed_over_whatever_the_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, longest: int) -> None:
    monkeypatch.setattr(data_lines, "LONGEST", longest)
    monkeypatch.setattr(data_lines, "CHUNK", 10_000)
    for before in (0, 1, 700):
        text = '{"a": 1, "b": "0123"}\n' * before + '{"a": "' + "x" * 150_000 + '"}\n{"a": 2}\n'
        rows, numbers, faults = all_of(write(tmp_path / "a.jsonl", text))
        assert len(rows) == before + 1 and numbers[-1] == before + 2 and [(f.row, f.kind) for f in faults] == [(before + 1, "too long")]


@pytest.mark.parametrize("exact", [False, True])
def test_what_only_python_takes_for_json_is_a_fault(tmp_path: Path, exact: bool) -> None:
    rows, _, faults = all_of(write(tmp_path / "a.jsonl", '{"a": 1}\n{"a": NaN}\n{"a": -Infinity}\n'), exact)
    assert rows == [{"a": 1}] and [(f.row, f.text) for f in faults] == [(2, "NaN is no JSON"), (3, "-Infinity is no JSON")] and "null" in faults[0].remedy


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.txt"])
def test_a_byte_order_mark_is_no_part_of_the_data(tmp_path: Path, name: str) -> None:
    text = {"a.jsonl": '{"text": "x"}', "a.json": '[{"text": "x"}]', "a.csv": "text\nx\n", "a.txt": "x\n"}[name]
    assert all_of(write(tmp_path / name, b"\xef\xbb\xbf" + text.encode()))[0] == [{"text": "x"}]


def test_utf16_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="iconv"):
        all_of(write(tmp_path / "a.jsonl", '{"a": 1}'.encode("utf-16")))


def test_a_compressed_file_is_read_and_a_cut_one_is_told(tmp_path: Path) -> None:
    packed = gzip.compress("".join(json.dumps(r) + "\n" for r in ROWS).encode())
    assert all_of(write(tmp_path / "a.jsonl.gz", packed))[0] == ROWS
    assert all_of(write(tmp_path / "b.jsonl.gz", packed[:-200]))[2][-1].kind == "packed"


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_dialect_of_a_table_is_found(tmp_path: Path, sign: str) -> None:
    text = sign.join(["prompt", "completion"]) + "\r\n" + sign.join(['"a, ""b""; c\nd"', "x"]) + "\r\n" + sign.join(["only"]) + "\r\n" + sign.join(["e", "f"]) + "\n"
    rows, numbers, faults = all_of(write(tmp_path / "a.csv", text))
    assert rows == [{"prompt": 'a, "b"; c\nd', "completion": "x"}, {"prompt": "e", "completion": "f"}]
    assert numbers == [2, 5] and [(f.row, f.kind) for f in faults] == [(4, "cells")]


def test_a_table_in_another_encoding_is_named_by_row(tmp_path: Path) -> None:
    rows, numbers, faults = all_of(write(tmp_path / "a.csv", "prompt,completion\ncafé,x\n".encode() + b"caf\xe9,y\n" + "漢,😀\n".encode()))
    assert rows == [{"prompt": "café", "completion": "x"}, {"prompt": "漢", "completion": "😀"}] and numbers == [2, 4] and [(f.row, f.kind) for f in faults] == [(3, "encoding")]


def test_parquet_is_read_row_by_row(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    rows, numbers, _ = all_of(tmp_path / "a.parquet")
    assert rows == ROWS and numbers[-1] == len(ROWS)
    with pytest.raises(InputError, match="no whole Parquet"):
        all_of(write(tmp_path / "b.parquet", (tmp_path / "a.parquet").read_bytes()[:-100]))


def test_a_folder_is_its_data_files_in_order(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "sub/c.json", ".hidden/d.jsonl", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, "[]")
    assert [p.relative_to(tmp_path).as_posix() for p in data_read.files_of(tmp_path)] == ["a.jsonl", "b.jsonl", "sub/c.json"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no data files"):
        data_read.files_of(tmp_path / "empty")


def test_random_damage_never_ends_the_reading(tmp_path: Path) -> None:
    dice = random.Random(3)
    whole = json.dumps(ROWS[:40]).encode(), "".join(json.dumps(r) + "\n" for r in ROWS[:40]).encode(), b"instruction,input,output\n" + b'a,"b ""c""",d\n' * 40
    for n in range(300):
        which = n % 3
        raw = bytearray(whole[which])
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(raw))
            raw[at:at + dice.randint(0, 5)] = bytes(dice.randrange(256) for _ in range(dice.randint(0, 4)))
        path = write(tmp_path / f"a{('.json', '.jsonl', '.csv')[which]}", bytes(raw))
        try:
            all_of(path)
        except InputError:
            pass

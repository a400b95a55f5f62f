"""Rows are the same when they ask and teach the same, whatever their format, columns and ids: in duplicates, overlap and splits."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunewise import data_measure, data_same
from tunewise.data_shape import Shape

from conftest import tunewise
from test_data import CASES, jsonl, load, shapes, told

_ = shapes


def found(*files: Path) -> Any:
    """What is found in files, whether they are sound or not."""
    return json.loads(tunewise("data", *map(str, files), "--json").stdout)


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def says(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def calling(city: str, id_: str) -> dict[str, Any]:
    call = {"id": id_, "type": "function", "function": {"name": "w", "arguments": {"city": city}}}
    return {"messages": [user(city), {"role": "assistant", "content": "", "tool_calls": [call]}, {"role": "tool", "tool_call_id": id_, "content": "x"}, says("y")],
            "tools": [{"type": "function", "function": {"name": "w", "parameters": {}}}]}


@pytest.mark.parametrize("case", [c for c in CASES if c["format"]], ids=lambda c: c["name"])
def test_the_quick_way_and_the_slow_one_measure_the_same(shapes: dict[str, Shape], case: dict[str, Any]) -> None:
    rows = [case["record"], {**case["record"], "system": "s"}, {**case["record"], "negative": "n", "other": 1}]
    for shape in shapes.values():
        for row in rows:
            quick = data_measure.measure(shape)(row)
            if quick is not None:
                slow = data_measure.weigh(shape, row)
                assert (quick[0], quick[1], quick[3]) == (slow[0], slow[1], slow[3]), shape.id


# Pairs of rows that ask the same.
ASK_THE_SAME: dict[str, Any] = {
    "text": lambda n: ({"text": f"Same text {n}", "id": 0}, {"text": f"Same text {n}", "id": 1}),
    "text and label": lambda n: ({"text": f"t{n}", "label": 0}, {"text": f"t{n}", "label": 1}),
    "prompt inside the answers": lambda n: ({"chosen": [user(f"q{n}"), says("a")], "rejected": [user(f"q{n}"), says("b")]}, {"chosen": [user(f"q{n}"), says("c")], "rejected": [user(f"q{n}"), says("d")]}),
    "input left out": lambda n: ({"instruction": f"i{n}", "input": "", "output": "a"}, {"instruction": f"i{n}", "output": "b"}),
    "ids of calls": lambda n: (calling(f"c{n}", f"id{n}"), calling(f"c{n}", f"other{n}")),
    "a continuation": lambda n: ({"messages": [user(f"q{n}"), says("a")]}, {"messages": [user(f"q{n}"), says("a"), user("more"), says("b")]}),
    "a system prompt": lambda n: ({"messages": [user(f"q{n}"), says("a")]}, {"messages": [{"role": "system", "content": f"s{n}"}, user(f"q{n}"), says("a")]}),
}


@pytest.mark.parametrize("what", ASK_THE_SAME)
def test_rows_that_ask_the_same_stand_on_one_side_and_are_told_when_they_do_not(tmp_path: Path, what: str) -> None:
    pairs = [ASK_THE_SAME[what](n) for n in range(40)]
    told(jsonl(tmp_path / "all.jsonl", [row for pair in pairs for row in pair]), "--split", "80/20", "--out", tmp_path)
    sides = [[json.dumps(r) for r in load(tmp_path / f"{part}.jsonl")] for part in ("train", "test")]
    assert min(map(len, sides)) >= 10
    for pair in pairs:
        assert len({json.dumps(row) in sides[0] for row in pair}) == 1
    clean = found(tmp_path / "train.jsonl", tmp_path / "test.jsonl")["overlap"][0]
    assert (clean["rows"], clean["prompts"]) == (0, 0)
    first, second = (jsonl(tmp_path / f"{n}.jsonl", [pair[n] for pair in pairs]) for n in (0, 1))
    out = told(first, second, code=1)
    assert ("40 rows of" in out) and (f"ask what stands in {first} too" in out or f"stand in {first} too" in out)


def test_a_file_and_its_conversion_hold_the_same_rows_and_every_pair_of_files_is_compared(tmp_path: Path) -> None:
    start = jsonl(tmp_path / "s.jsonl", [{"instruction": f"i{n}", "input": "x" if n % 2 else "", "output": "o", "system": "be good"} for n in range(10)])
    for target in ("openai-chat", "sharegpt"):
        told(start, "--convert", target, "--out", tmp_path / f"{target}.jsonl")
    other = jsonl(tmp_path / "other.jsonl", [{"prompt": "new", "completion": "o"}])
    shared = found(other, start, tmp_path / "openai-chat.jsonl", tmp_path / "sharegpt.jsonl")["overlap"]
    assert [(f["rows"], f["prompts"]) for f in shared] == [(0, 0)] * 3 + [(10, 10)] * 3


@pytest.mark.parametrize("rows", [
    [{"instruction": "i", "input": "", "output": "o", "system": s} for s in ("a", "b")],
    [{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "system": s} for s in ("a", "b")],
    [{"question": q, "chosen": "c", "rejected": "r"} for q in ("P", "P2")],
    [{"messages": [user("q"), says("a")], "tools": [{"type": "function", "function": {"name": n, "parameters": {}}}]} for n in "ab"],
    [{"anchor": "a", "positive": "p", "negative": n} for n in "ab"]])
def test_rows_that_differ_in_any_content_are_no_duplicates(tmp_path: Path, rows: list[Any]) -> None:
    assert found(jsonl(tmp_path / "r.jsonl", [*rows, rows[0]]))["files"][0]["duplicates"]["rows"] == 1


@pytest.mark.parametrize(("one", "other"), [({"text": "t", "label": "a"}, {"label": "b", "text": "t", "id": 7}), ({"prompt": "p", "completion": "c", "label": True}, {"prompt": "p", "completion": "c", "label": False})])
def test_judgements_that_contradict_each_other_are_told(tmp_path: Path, one: Any, other: Any) -> None:
    out = told(jsonl(tmp_path / "l.jsonl", [one, {**one, "text": "u", "prompt": "u"}, other, one]))
    assert "1 row judges the same otherwise than an earlier one: line 3 and line 1. Decide which label is right" in out


def test_contradictions_are_the_same_when_hashes_no_longer_fit_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from tunewise import data_count

    counted = []
    for block in (1_000_000, 300):
        monkeypatch.setattr(data_count, "_BLOCK", block)
        ledger = data_count.Ledger(judged=True)
        for n in range(2000):
            bare = hash(("text", n % 1900))
            ledger.add([hash((bare, n == 1950))], [bare], [n], [bare])
        counted.append(ledger.contradictions(5))
    assert counted == [(1, [(1950, 50)])] * 2


def test_the_parts_of_a_row_are_what_is_said() -> None:
    shape = Shape("x", "x", required=("chosen", "rejected"), better="chosen", worse="rejected", ask=("prompt",), optional=frozenset({"prompt"}))
    beside = {"prompt": "q", "chosen": "a", "rejected": "b"}
    inside = {"chosen": [user("q"), says("a")], "rejected": [user("q"), says("b")]}
    assert data_same.parts(shape, beside) == data_same.parts(shape, inside) == (("user", "better", "worse"), ("q", "a", "b"))

"""What is wrong is told once, truly, with what mends it; and nothing that data says commands the terminal."""
from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from conftest import tunewise
from test_data import jsonl, load, told

PAIR = '{"prompt": "a", "completion": "b"}'
USER, SAYS = {"role": "user", "content": "<image> a"}, {"role": "assistant", "content": "b"}
CALL = {"type": "function", "function": {"name": "w", "arguments": {}}}
OFFER = {"type": "function", "function": {"name": "w", "parameters": {}}}


def calls(value: Any, **more: Any) -> dict[str, Any]:
    return {"messages": [USER, {"role": "assistant", "content": "", "tool_calls": value}], **more}


@pytest.mark.parametrize(("name", "raw", "words"), [
    ("a.jsonl", gzip.compress(PAIR.encode()), "Name it a.jsonl.gz"),
    ("a.jsonl", PAIR.encode("utf-16-le"), "iconv -f UTF-16LE"),
    ("a.csv", "prompt,completion\na,b\n".encode("utf-16-be"), "iconv -f UTF-16BE"),
    ("a.jsonl", f"[{PAIR},\n{PAIR}]\n".encode(), "Rename it to a.json"),
    ("a.jsonl", f"[\n{PAIR}\n]\n".encode(), "jq -c '.[]' a.jsonl"),
    ("a.jsonl", f"[{PAIR}, {PAIR}]".encode(), "Rename it to a.json")])
def test_a_file_of_another_kind_than_its_name_says_is_told_as_such(tmp_path: Path, name: str, raw: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(raw)
    out = told(tmp_path / name, code=2)
    assert words in out and "WINDOWS" not in out


@pytest.mark.parametrize(("name", "text", "words"), [
    ("a.jsonl", f"{PAIR},\n{PAIR},\n", "Delete the comma at the end of each line"),
    ("a.jsonl", '{"messages": [{"role": "user"},]}\n', "Delete the comma before the closing bracket"),
    ("a.json", f'[{PAIR}, {{"prompt": "a",}}]', "Delete the comma before the closing bracket"),
    ("a.jsonl", f'{{"rows": [{PAIR}]}}\n', "jq -c '.rows[]' FILE"),
    ("a.jsonl", f'{{"row": {PAIR}}}\n', "stand inside row"),
    ("a.jsonl", '{"prompt": "a", "completion": "b", "prompt": "c"}\n', 'the key "prompt" stands twice'),
    ("a.json", f'[{PAIR}, {{"prompt": "a", "completion": "b", "prompt": "c"}}, {PAIR}]', 'record 2: the key "prompt" stands twice'),
    ("a.json", f"[{PAIR},\n]", "prompt and completion, 1 row"),
    ("a.jsonl", '{"prompt": "a", "completion": "b", "score": 1e400}\n', "score is a number too large")])
def test_what_breaks_rows_is_told_with_its_remedy(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    out = told(tmp_path / name, code=1)
    assert words in out and "fetch it again" not in out


def test_a_key_that_stands_in_each_turn_too_is_no_double_key(tmp_path: Path) -> None:
    told(jsonl(tmp_path / "a.jsonl", [{"id": 1, "messages": [{**USER, "id": 1}, {**SAYS, "id": 2}]}] * 2))


@pytest.mark.parametrize(("row", "words"), [
    (calls([CALL], tools="not json"), "tools is text that is no list in JSON"),
    (calls([CALL], tools=[]), "tools offers none"),
    (calls([CALL], tools=[3]), "no function with a name"),
    (calls("get_w()", tools=[OFFER]), "tool_calls is text, not a list"),
    *(({"messages": [USER, SAYS], "images": [image]}, words) for image, words in (
        (5, "image 1 is a number"), ({"path": "nope.png"}, "no such image"), ("data:image/png;base64,@@@", "no base64"), ({"bytes": None, "path": None}, "without bytes and path"))),
    ({"messages": [{"role": "user", "content": []}, SAYS]}, "turn 1 is empty")])
def test_each_broken_row_is_told_once(tmp_path: Path, row: dict[str, Any], words: str) -> None:
    faults = json.loads(tunewise("data", str(jsonl(tmp_path / "a.jsonl", [row])), "--json").stdout)["files"][0]["faults"]["first"]
    assert [words in f["text"] for f in faults if not f["warning"]].count(True) == 1 and len(faults) <= 2


def test_calls_of_functions_that_no_column_offers_are_something_to_look_at(tmp_path: Path) -> None:
    assert "turn 2 calls a function, but tools offers none" in told(jsonl(tmp_path / "a.jsonl", [calls([CALL])]))


@pytest.mark.parametrize(("row", "label", "renamed"), [
    ({"prompt": "a", "response": "b"}, "prompt and completion", {"response": "completion"}),
    ({"question": "a", "answer": "b", "id": 3}, "prompt and completion", {"question": "prompt", "answer": "completion"}),
    ({"question": "a", "chosen": "b", "rejected": "c"}, "preference pairs", {"question": "prompt"}),
    ({"conversations": [{"role": "user", "content": "a"}, SAYS]}, "OpenAI chat", {"conversations": "messages"}),
    ({"sentence": "a", "label": 1}, "text and label", {"sentence": "text"})])
def test_columns_of_usual_other_names_are_read_and_the_renaming_is_told(tmp_path: Path, row: dict[str, Any], label: str, renamed: dict[str, str]) -> None:
    start = jsonl(tmp_path / "a.jsonl", [row])
    out = told(start, code=1)
    assert f"{label}, 1 row" in out and f"then it is {label}" in out and "no faults" in out
    answer = json.loads(told(start, "--json", code=1))["files"][0]
    assert answer["renames"] == renamed
    told(start, "--convert", answer["format"], "--out", tmp_path / "b.jsonl")
    assert load(tmp_path / "b.jsonl") == [{renamed.get(k, k): v for k, v in row.items()}]
    told(tmp_path / "b.jsonl")


def test_tokens_are_counted_of_calls_tools_and_system_prompts_too(tmp_path: Path) -> None:
    long = "x" * 4000
    for row in (calls([{**CALL, "function": {"name": "w", "arguments": {"a": long}}}], tools=[OFFER]), calls([CALL], tools=[{**OFFER, "description": long}]),
                {"instruction": "a", "input": "", "output": "b", "system": long}, {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}], "system": long}):
        assert json.loads(tunewise("data", str(jsonl(tmp_path / "a.jsonl", [row])), "--json").stdout)["files"][0]["tokens"]["total"] >= 1000


def test_no_name_commands_the_terminal(tmp_path: Path) -> None:
    evil = "a\u001b]0;pwn\u0007\u009b"
    start = jsonl(tmp_path / f"{evil}.jsonl", [{"prompt": "a", evil: 1, f"{evil}\nx": 2}])
    outs = [told(start), told(start, "--json"), told(start, "--split", "50/50", "--out", tmp_path / evil), told(tmp_path / f"{evil}.json", code=2), told("--record", json.dumps({evil: 1}), code=1)]
    assert not any(sign in out for out in outs for sign in "\u001b\u0007\u009b")
    assert json.loads(outs[1])["files"][0]["path"] == str(start)


def test_the_options_of_data_are_shown_where_help_is_asked_for() -> None:
    out = tunewise("data", "--help").stdout
    assert all(f"--{option}" in out for option in ("as", "convert", "out", "split", "seed", "lossy", "record", "tokenizer", "limit", "faults"))
    assert "--convert   format to write" in told(code=2)

"""What a recipe's script makes of records: its reading and its faults, run as the plain Python it is, with no library loaded."""
from __future__ import annotations

import base64
import importlib.util
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunewise import recipe

MODEL = {"vlm-sft": "llava-1.5-7b", "vision-model-lora": "llava-1.5-7b", "fine-tuned-embeddings": "bge-m3", "reranker-ft": "bge-reranker-v2-m3"}
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mP4z8CAFTEMLQkAKP8/wc53yE8AAAAASUVORK5CYII="
Script = Callable[[str], dict[str, Any]]
PYTHON = os.environ.get("TUNEWISE_RECIPES_PYTHON") or (sys.executable if importlib.util.find_spec("torch") and importlib.util.find_spec("trl") else "")
# What the trainer makes of a file: each text it learns from, and the part that is learnt.
SHOWN = """
import json, sys, runpy
from pathlib import Path
made = runpy.run_path(sys.argv[1])
data = made["read"](Path(sys.argv[2]))
base = made["tiny"](Path(sys.argv[3]), [made["sample"](record) for record in data])
tokenizer = made["load_tokenizer"](base)
if len(sys.argv) > 4:
    tokenizer.chat_template = sys.argv[4]
trainer = made["trainer_for"](base, data, tokenizer, Path(sys.argv[3]), cpu=True, steps=1, smoke=True)
print("SHOWN " + json.dumps([[tokenizer.decode(row["input_ids"]), tokenizer.decode([one for one, label in zip(row["input_ids"], row["labels"]) if label != -100])] for row in trainer.train_dataset]))
"""


@pytest.fixture(scope="module")
def script(advisor: Any, tmp_path_factory: pytest.TempPathFactory) -> Script:
    """The names of a technique's script."""
    made: dict[str, dict[str, Any]] = {}

    def of(technique: str) -> dict[str, Any]:
        if technique not in made:
            folder = tmp_path_factory.mktemp("script")
            situation = advisor.situation(gpu="a100-80gb", examples=500, model=MODEL.get(technique, "llama-3.2-1b"), teacher_model="llama-3.1-8b")
            (folder / "train.py").write_text(recipe.written(advisor, technique, situation, None, folder).files["train.py"], encoding="utf8")
            made[technique] = runpy.run_path(str(folder / "train.py"))
        return made[technique]

    return of


def lines(file: Path, *rows: Any) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return file


def faults(script: dict[str, Any], file: Path) -> list[str]:
    with pytest.raises(SystemExit) as stop:
        script["read"](file)
    told: list[str] = str(stop.value.code).replace(str(file) + ": ", "").splitlines()
    return told


@pytest.mark.parametrize("technique, fields", [("lora", {"prompt", "completion"}), ("function-calling-fine-tuning", {"prompt", "completion", "tools"}), ("continued-pre-training", {"text"}), ("dpo", {"prompt", "chosen", "rejected"}), ("kto", {"prompt", "completion", "label"}),
                                               ("grpo", {"prompt", "answer"}), ("sequence-classification", {"text", "label"}), ("tpo", {"prompt", "chosen", "rejected", "reference"}),
                                               ("vlm-sft", {"prompt", "completion", "images"}), ("fine-tuned-embeddings", {"anchor", "positive"}), ("reranker-ft", {"anchor", "positive"})])
def test_the_built_in_handful_is_read(script: Script, technique: str, fields: set[str]) -> None:
    found = script(technique)["read"](None)
    assert len(found) >= 6 and all(set(record) == fields for record in found)
    assert all(script(technique)["sample"](record) for record in found)


def test_images_lie_beside_their_data(script: Script, tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(base64.b64decode(DOT))
    talk = [{"role": "user", "content": "What is it?"}, {"role": "assistant", "content": "A dot."}]
    marked = [{"role": "user", "content": "First <image> then <image>?"}, {"role": "assistant", "content": "Two dots."}]
    pieces = [{"role": "user", "content": [{"type": "text", "text": "See:"}, {"type": "image"}]}, {"role": "assistant", "content": [{"type": "text", "text": "Seen."}]}]
    read = script("vlm-sft")["read"]
    one, two, three = read(lines(tmp_path / "good.jsonl", {"messages": talk, "images": ["dot.png"]}, {"messages": marked, "images": ["dot.png", "data:image/png;base64," + DOT]}, {"messages": pieces, "images": ["dot.png"]}))
    assert [part["type"] for part in one["prompt"][0]["content"]] == ["image", "text"]  # without a mark the images come first
    assert [part["type"] for part in two["prompt"][0]["content"]] == ["text", "image", "text", "image", "text"] and len(two["images"]) == 2
    assert [part["type"] for part in three["prompt"][0]["content"]] == ["text", "image"]
    assert Path(one["images"][0]["path"]) == tmp_path.resolve() / "dot.png" and two["images"][1]["bytes"][:4] == b"\x89PNG"


def test_an_image_belongs_to_the_answers_after_it(script: Script, tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(base64.b64decode(DOT))
    turns = [{"role": "user", "content": "<image>One?"}, {"role": "assistant", "content": "One."}, {"role": "user", "content": "<image>Two?"}, {"role": "assistant", "content": "Two."}]
    first, second = script("vlm-sft")["read"](lines(tmp_path / "talk.jsonl", {"messages": turns, "images": ["dot.png", "dot.png"]}))
    assert (len(first["images"]), len(second["images"])) == (1, 2)


def test_faults_of_images_are_told_by_row(script: Script, tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(base64.b64decode(DOT))
    talk = [{"role": "user", "content": "<image>What is it?"}, {"role": "assistant", "content": "A dot."}]
    told = faults(script("vlm-sft"), lines(tmp_path / "bad.jsonl", {"messages": talk, "images": ["gone.png"]}, {"messages": talk, "images": ["dot.png", "dot.png"]}, {"messages": talk}, {"messages": talk, "images": ["data:image/png;base64,%%"]}))
    assert [told[0].startswith("row 1: no image "), told[1], told[2]] == [True, "row 2: 2 images for 1 places", "row 3: no field 'images'"] and told[3].startswith("row 4: ")


@pytest.mark.parametrize("technique, row, fault", [
    ("dpo", {"prompt": "a", "chosen": "b", "rejected": "b"}, "chosen and rejected are the same"), ("dpo", {"prompt": "a", "chosen": "", "rejected": "b"}, "an empty turn of the assistant"),
    ("tpo", {"prompt": "a", "chosen": "b", "rejected": "c"}, "no field 'reference'"), ("kto", {"prompt": "a", "completion": "b", "label": "maybe"}, "label 'maybe' is neither true nor false"),
    ("grpo", {"prompt": " "}, "an empty prompt"), ("sequence-classification", {"text": "a", "label": ""}, "no label"), ("continued-pre-training", {"text": ""}, "an empty text"),
    ("fine-tuned-embeddings", {"anchor": "a", "positive": " "}, "an empty positive"), ("fine-tuned-embeddings", {"anchor": "a", "positive": "b", "negative": "b"}, "positive and negative are the same")])
def test_a_record_that_teaches_nothing_is_a_fault(script: Script, tmp_path: Path, technique: str, row: dict[str, Any], fault: str) -> None:
    assert faults(script(technique), lines(tmp_path / "bad.jsonl", row))[0] == f"row 1: {fault}"


def test_wrong_passages_are_kept_where_given(script: Script, tmp_path: Path) -> None:
    rows = [{"anchor": "a", "positive": "b", "negative": "c"}, {"anchor": "d", "positive": "e", "negative": ""}]
    assert script("fine-tuned-embeddings")["read"](lines(tmp_path / "pairs.jsonl", *rows)) == [rows[0], {"anchor": "d", "positive": "e"}]


# ---- calls of functions ---------------------------------------------------------------------------------

def offer(name: str, **fields: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": "It does.", "parameters": {"type": "object", "properties": {key: {"type": kind} for key, kind in fields.items()}}}}


def call(name: str, arguments: Any, **more: str) -> dict[str, Any]:
    return {**more, "type": "function", "function": {"name": name, "arguments": arguments}}


# Two calls at once, answered out of order; then other arguments under the same name, with words beside the call; then no call at all.
TOOLS = [
    {"messages": [{"role": "user", "content": "Paris?"}, {"role": "assistant", "content": None, "tool_calls": [call("weather", '{"city": "Paris", "n": 3}', id="c1"), call("hour", {"zone": "CET"}, id="c2")]},
                  {"role": "tool", "tool_call_id": "c2", "content": "noon"}, {"role": "tool", "tool_call_id": "c1", "content": {"degrees": 18}}, {"role": "assistant", "content": "18 at noon."}],
     "tools": [offer("weather", city="string", n="integer"), offer("hour", zone="string")]},
    {"messages": [{"role": "user", "content": "On."}, {"role": "assistant", "content": "Gladly.", "tool_calls": [call("switch", {"n": "three", "deep": [1, {"a": None}]})]}, {"role": "tool", "content": ""}, {"role": "assistant", "content": "Done."}],
     "tools": json.dumps([offer("switch", n="string")])},
    {"messages": [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}], "tools": []}]


def test_a_turn_that_only_calls_is_an_answer(script: Script, tmp_path: Path) -> None:
    found = script("function-calling-fine-tuning")["read"](lines(tmp_path / "tools.jsonl", *TOOLS))
    assert [record["completion"][0]["content"] for record in found] == ["", "18 at noon.", "Gladly.", "Done.", "Hello."]
    first, second, third, fourth, fifth = found
    assert [one["function"] for one in first["completion"][0]["tool_calls"]] == [{"name": "weather", "arguments": {"city": "Paris", "n": 3}}, {"name": "hour", "arguments": {"zone": "CET"}}]
    assert second["prompt"][2:] == [{"role": "tool", "content": "noon", "tool_call_id": "c2", "name": "hour"}, {"role": "tool", "content": '{"degrees": 18}', "tool_call_id": "c1", "name": "weather"}]
    assert third["completion"][0]["tool_calls"][0]["function"]["arguments"] == {"n": "three", "deep": [1, {"a": None}]} and fourth["prompt"][2]["name"] == "switch"
    assert [one["function"]["name"] for one in json.loads(first["tools"])] == ["weather", "hour"] and json.loads(third["tools"])[0] == offer("switch", n="string")
    assert fifth == {"prompt": [{"role": "user", "content": "Hi."}], "completion": [{"role": "assistant", "content": "Hello."}]}


def test_calls_in_turns_of_their_own_become_calls(advisor: Any, tmp_path: Path) -> None:
    turns = [{"from": "human", "value": "Rome?"}, {"from": "function_call", "value": '{"name": "weather", "arguments": {"city": "Rome"}}'}, {"from": "observation", "value": "20"}, {"from": "gpt", "value": "It is 20."}]
    file = lines(tmp_path / "share.jsonl", {"conversations": turns, "tools": json.dumps([{"name": "weather", "parameters": {}}])})
    (tmp_path / "train.py").write_text(recipe.written(advisor, "lora", advisor.situation(gpu="a100-80gb", examples=500), file, tmp_path).files["train.py"], encoding="utf8")
    made = runpy.run_path(str(tmp_path / "train.py"))
    asked, told = made["read"](file)
    assert asked["completion"] == [{"role": "assistant", "content": "", "tool_calls": [call("weather", {"city": "Rome"})]}]
    assert told["prompt"][2] == {"role": "tool", "content": "20", "name": "weather"} and told["completion"][0]["content"] == "It is 20."
    assert json.loads(told["tools"]) == [{"type": "function", "function": {"name": "weather", "parameters": {}}}]
    turns[1] = {"from": "function_call", "value": "weather in Rome"}
    assert faults(made, lines(tmp_path / "bad.jsonl", {"conversations": turns}))[0].startswith("row 1: calls: no JSON, ")


@pytest.mark.parametrize("turn, fault", [
    ({"role": "assistant", "content": None}, "an empty turn"), ({"role": "assistant", "content": None, "tool_calls": []}, "an empty turn"), ({"role": "assistant", "tool_calls": [call("", {})]}, "calls: a function without a name"),
    ({"role": "assistant", "tool_calls": [call("f", "[1]")]}, "arguments of f: no object"), ({"role": "assistant", "tool_calls": [call("f", "{a}")]}, "arguments of f: no JSON, "), ({"role": "assistant", "tool_calls": ["f"]}, "calls: no list of objects"),
    ({"role": "user", "content": "a", "tool_calls": [call("f", {})]}, "calls: in a turn of the role user; the assistant makes them")])
def test_faults_of_calls_are_told_by_row(script: Script, tmp_path: Path, turn: dict[str, Any], fault: str) -> None:
    row = {"messages": [{"role": "user", "content": "a"}, turn], "tools": []}
    assert faults(script("function-calling-fine-tuning"), lines(tmp_path / "bad.jsonl", row))[0].startswith(f"row 1: {fault}")


def test_faults_of_functions_on_offer_are_told_by_row(script: Script, tmp_path: Path) -> None:
    talk = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    rows = [{"messages": talk, "tools": tools} for tools in ("none", [{"description": "nameless"}], ["f"], "")]
    told = faults(script("function-calling-fine-tuning"), lines(tmp_path / "bad.jsonl", *rows))
    assert told[0].startswith("row 1: tools: no JSON, ") and told[1:3] == ["row 2: tools: a function without a name", "row 3: tools: no list of objects"] and "row 4" not in "".join(told)


@pytest.fixture(scope="module")
def shown(advisor: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """What the script of a technique shows its trainer, with the fallback template or one that is given."""
    def of(technique: str, rows: list[Any], *template: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path_factory.mktemp("shown")
        file = lines(folder / "data.jsonl", *rows)
        (folder / "train.py").write_text(recipe.written(advisor, technique, advisor.situation(gpu="a100-80gb", examples=500, model="llama-3.2-1b"), file, folder).files["train.py"], encoding="utf8")
        return subprocess.run([PYTHON, "-c", SHOWN, str(folder / "train.py"), str(file), str(folder / "base"), *template], capture_output=True, text=True, timeout=240,
                              env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"})
    return of


def texts(run: subprocess.CompletedProcess[str]) -> list[list[str]]:
    told = [line[6:] for line in run.stdout.splitlines() if line.startswith("SHOWN ")]
    assert told, run.stderr[-2000:]
    found: list[list[str]] = json.loads(told[0])
    return found


needs_torch = pytest.mark.skipif(not PYTHON, reason="no torch and trl here: name a Python that has them in TUNEWISE_RECIPES_PYTHON")


@needs_torch
def test_the_trainer_sees_functions_and_learns_calls(shown: Any) -> None:
    found = texts(shown("function-calling-fine-tuning", TOOLS))
    assert [learnt for _, learnt in found] == [part + "</s>\n\n" for part in (
        '<tool_call>{"name": "weather", "arguments": {"city": "Paris", "n": 3}}</tool_call>\n<tool_call>{"name": "hour", "arguments": {"zone": "CET"}}</tool_call>', "18 at noon.",
        'Gladly.\n<tool_call>{"name": "switch", "arguments": {"n": "three", "deep": [1, {"a": null}]}}</tool_call>', "Done.", "Hello.")]
    assert found[2][0].startswith('<s>### tools\n{"name": "switch", "description": "It does."') and found[4][0] == "<s>### user\nHi.\n\n### assistant\nHello.</s>\n\n"
    assert all(text.count("<s>") == 1 and "null" not in text.replace('{"a": null}', "") for text, _ in found)


@needs_torch
def test_plain_records_are_shown_as_ever_and_begin_once(shown: Any) -> None:
    assert texts(shown("lora", [{"instruction": "Add.", "input": "1 2", "output": "3"}])) == [["<s>### user\nAdd.\n\n1 2\n\n### assistant\n3</s>\n\n", "3</s>\n\n"]]
    share = [{"from": "system", "value": "Be."}, {"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]
    assert texts(shown("lora", [{"conversations": share}])) == [["<s>### system\nBe.\n\n### user\nQ\n\n### assistant\nA</s>\n\n", "A</s>\n\n"]]


@needs_torch
def test_a_chat_template_that_loses_calls_stops_the_run(shown: Any) -> None:
    """Some models' templates render no calls at all, some only one at a time: better told before training than learnt as empty answers."""
    deaf = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"
    single = "{% for m in messages %}{% if (m['tool_calls'] or []) | length > 1 %}{{ raise_exception('one call at a time') }}{% endif %}{{ m['tool_calls'] }}{% endfor %}"
    assert "leaves out calls of functions" in shown("function-calling-fine-tuning", TOOLS, deaf).stderr
    assert "answer 1: the model's chat template refuses it: one call at a time" in shown("function-calling-fine-tuning", TOOLS, single).stderr


TALKS = [{"messages": [{"role": "user", "content": f"Q{at}"}, {"role": "assistant", "content": f"A, {at}\nand more"}]} for at in range(3)]


def kept(folder: Path, form: str) -> Path:
    """The same three conversations in one of many files."""
    import csv
    import gzip

    lines = "".join(json.dumps(row) + "\n" for row in TALKS)
    file = folder / form
    file.parent.mkdir(parents=True, exist_ok=True)
    if form.endswith(".parquet"):
        parquet, arrow = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
        parquet.write_table(arrow.Table.from_pylist(TALKS), file)
    elif form.endswith((".csv", ".tsv")):
        with file.open("w", newline="") as out:
            writer = csv.writer(out, delimiter="\t" if form.endswith(".tsv") else ";" if "semicolon" in form else ",")
            writer.writerows([["id", "messages"], *[[at, json.dumps(row["messages"])] for at, row in enumerate(TALKS)]])
    elif form.endswith(".gz"):
        file.write_bytes(gzip.compress(lines.encode()))
    elif form == "whole.json":
        file.write_text(json.dumps(TALKS, indent=1))
    else:
        file.write_text(lines)
    return file.parent if "/" in form else file


@pytest.mark.parametrize("form", ["a.jsonl", "a.jsonl.gz", "lines.json", "whole.json", "a.parquet", "a.csv", "semicolon.csv", "a.tsv", "folder/a.jsonl", "tables/a.csv"])
def test_whatever_file_holds_them_records_are_read_alike(advisor: Any, tmp_path: Path, form: str) -> None:
    file = kept(tmp_path, form)
    done = recipe.written(advisor, "qlora", advisor.situation({"gpu": "t4", "model": "llama-3-8b", "goal": "learn a task"}), file, tmp_path / "out")
    (tmp_path / "train.py").write_text(done.files["train.py"], encoding="utf8")
    found = runpy.run_path(str(tmp_path / "train.py"))["read"](file)
    assert [(record["prompt"][0]["content"], record["completion"][0]["content"]) for record in found] == [(row["messages"][0]["content"], row["messages"][1]["content"]) for row in TALKS]


@pytest.mark.parametrize("row", [{"system": "S", "messages": TALKS[0]["messages"]}, {"system": "S", "instruction": "Q0", "input": "", "output": "A"}])
def test_a_system_prompt_beside_the_turns_is_learnt_with(advisor: Any, tmp_path: Path, row: dict[str, Any]) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    done = recipe.written(advisor, "qlora", advisor.situation({"gpu": "t4", "model": "llama-3-8b", "goal": "learn a task"}), tmp_path / "a.jsonl", tmp_path / "out")
    (tmp_path / "train.py").write_text(done.files["train.py"], encoding="utf8")
    (record,) = runpy.run_path(str(tmp_path / "train.py"))["read"](tmp_path / "a.jsonl")
    assert [turn["role"] for turn in record["prompt"]] == ["system", "user"] and record["prompt"][0]["content"] == "S"


def test_prompt_and_completion_may_be_turns(advisor: Any, tmp_path: Path) -> None:
    ask, answer = [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}], [{"role": "assistant", "content": "A"}]
    (tmp_path / "a.jsonl").write_text(json.dumps({"prompt": ask, "completion": answer}))
    done = recipe.written(advisor, "qlora", advisor.situation({"gpu": "t4", "model": "llama-3-8b", "goal": "learn a task"}), tmp_path / "a.jsonl", tmp_path / "out")
    (tmp_path / "train.py").write_text(done.files["train.py"], encoding="utf8")
    assert runpy.run_path(str(tmp_path / "train.py"))["read"](tmp_path / "a.jsonl") == [{"prompt": ask, "completion": answer}]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"messages": ', "\x00", '["a"]', "7", ""])
def test_a_first_record_that_cannot_be_read_is_told_in_one_line(advisor: Any, tmp_path: Path, text: str) -> None:
    from tunewise.errors import InputError

    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(InputError) as fault:
        recipe.written(advisor, "qlora", advisor.situation({"gpu": "t4", "model": "llama-3-8b"}), tmp_path / "a.jsonl", tmp_path / "out")
    assert len(str(fault.value).splitlines()) == 1 and "the first record" in str(fault.value)


def test_a_broken_line_among_good_ones_is_told_by_its_row(advisor: Any, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(TALKS[0]) + "\n{broken\n" + json.dumps(TALKS[1]) + "\n")
    done = recipe.written(advisor, "qlora", advisor.situation({"gpu": "t4", "model": "llama-3-8b"}), tmp_path / "a.jsonl", tmp_path / "out")
    (tmp_path / "train.py").write_text(done.files["train.py"], encoding="utf8")
    with pytest.raises(SystemExit, match="row 2: no JSON"):
        runpy.run_path(str(tmp_path / "train.py"))["read"](tmp_path / "a.jsonl")

"""What a recipe's script makes of records: its reading and its faults, run as the plain Python it is, with no library loaded."""
from __future__ import annotations

import base64
import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunewise import recipe

MODEL = {"vlm-sft": "llava-1.5-7b", "vision-model-lora": "llava-1.5-7b", "fine-tuned-embeddings": "bge-m3", "reranker-ft": "bge-reranker-v2-m3"}
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mP4z8CAFTEMLQkAKP8/wc53yE8AAAAASUVORK5CYII="
Script = Callable[[str], dict[str, Any]]


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


@pytest.mark.parametrize("technique, fields", [("lora", {"prompt", "completion"}), ("continued-pre-training", {"text"}), ("dpo", {"prompt", "chosen", "rejected"}), ("kto", {"prompt", "completion", "label"}),
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

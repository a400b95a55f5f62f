"""estimate: grids as tables, CSV and JSON, and faults told in one go."""
from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from tunewise.cli import main

sys.path.insert(0, str(ROOT / "bench"))
import estimate_speed  # noqa: E402


def test_a_grid_is_csv_and_grows_with_the_length(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "qlora", "--gpu", "t4", "--model", "llama-3-8b", "--over", "seq_len", "--values", "512,2048,8192", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [r["seq_len"] for r in rows] == ["512", "2048", "8192"]
    peaks = [float(r["allocated GiB"].replace(",", "")) for r in rows]
    assert peaks == sorted(peaks)


@pytest.mark.parametrize("over", ["gpu", "technique"])
def test_a_grid_over_things_names_each_once(over: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = ["estimate", *(["qlora"] if over == "gpu" else []), "--model", "llama-3-8b", *(["--gpu", "l4"] if over == "technique" else []), "--over", over, "--json"]
    assert main(said) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert len(rows) > 20 and len({r["value"] for r in rows}) == len(rows)


def test_a_grid_over_nothing_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "qlora", "--over", "moonlight"]) == 2
    assert "moonlight" in capsys.readouterr().err


def test_a_grid_of_everything_says_what_each_cell_says_alone(advisor: Any) -> None:
    situation = advisor.situation({})
    techniques, models, gpus = estimate_speed.axes(advisor, situation, (12, 8, 10))
    grid = advisor.ask("fit_grid", situation, techniques=[*techniques, "grpo"], models=models, gpus=gpus)
    assert len(grid["rows"]) == 13 * 8 and {letter for r in grid["rows"] for letter in r["fit"]} >= {"y", "n"}
    assert not estimate_speed.disagreements(advisor, grid, gpus, 40)


def test_a_need_that_reads_the_gpu_is_worked_out_for_each(advisor: Any) -> None:
    """A server that holds a share of the card makes the need depend on the card."""
    situation = advisor.situation({"generation": "vllm colocate"})
    gpus = [advisor.names.resolve("Gpu", name) for name in ("t4", "a100-40gb", "h200")]
    grid = advisor.ask("fit_grid", situation, techniques=["grpo"], models=["llama-3-8b"], gpus=gpus)
    for i, gpu in enumerate(gpus):
        alone = advisor.ask("memory", advisor.situation(model="llama-3-8b", gpu=gpu, generation="vllm colocate"), technique="grpo")
        assert (alone["fits"] == "yes") == (grid["rows"][0]["fit"][i] in "yt")


def test_a_grid_of_everything_on_the_command_line_names_each_cell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "--over", "technique=lora|qlora,model=llama-3-8b,gpu=t4|l4", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(r["technique"], r["gpu"]) for r in rows] == [("lora", "nvidia-t4"), ("lora", "nvidia-l4"), ("qlora", "nvidia-t4"), ("qlora", "nvidia-l4")]
    assert [r["fits"] for r in rows] == ["no", "yes", "yes", "yes"]
    assert main(["estimate", "--over", "technique,gpu"]) == 2


@pytest.mark.parametrize("said", [["qlora", "--gpu", "t4", "--over", "seq_len"], ["lora", "--over", "gpu"], ["--gpu", "l4", "--over", "technique", "--values", "lora,qlora,dora"], ["lora", "--gpu", "l4", "--over", "model", "--values", "llama-3-8b,phi-3-mini"]])
def test_a_grid_is_drawn_the_same_each_time(said: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["estimate", *said, *([] if "model" in said else ["--model", "llama-3-8b"])]
    assert main([*asked, "--plot", str(tmp_path / "a.svg")]) == main([*asked, "--plot", str(tmp_path / "b.svg")]) == 0
    text = (tmp_path / "a.svg").read_text(encoding="utf8")
    assert (tmp_path / "b.svg").read_text(encoding="utf8") == text and "GiB" in text and "Peak memory over" in text


def test_a_picture_of_no_known_form_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "qlora", "--gpu", "t4", "--model", "llama-3-8b", "--over", "seq_len", "--plot", str(tmp_path / "a.bmp")]) == 2
    assert main(["estimate", "qlora", "--gpu", "t4", "--model", "llama-3-8b", "--plot", str(tmp_path / "a.svg")]) == 2


def test_each_peak_comes_with_both_ends_and_every_gpu_is_told_alone(advisor: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answer = advisor.ask("memory", advisor.situation(model="llama-3-8b", gpu="rtx-4090", n_gpus=2, examples=5000), technique="lora", parts=True)
    for kind in ("allocated", "reserved", "device", "hours", "usd", "tokens_per_second"):
        low, high = answer["intervals"][kind]
        assert low < answer[kind] < high
    assert main(["estimate", "lora", "--gpu", "2x rtx-4090", "--model", "llama-3-8b"]) == 0
    told = capsys.readouterr().out
    assert "usable on each GPU" in told and "nvidia-smi" in told and "gradient checkpointing off" in told


def test_checkpointing_that_was_said_is_not_told_otherwise(advisor: Any) -> None:
    for said, fields in (({}, ["gradient_checkpointing"]), ({"gradient_checkpointing": False}, [])):
        answer = advisor.ask("memory", advisor.situation({"model": "llama-3-8b", "gpu": "a100-80gb", **said}), technique="lora", parts=True)
        assert [o["field"] for o in answer["otherwise"]] == fields


def test_a_speed_that_measurement_refutes_is_shown_and_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "lora", "--gpu", "a100-80gb", "--model", "llama-3-8b"]) == 0
    told = capsys.readouterr().out
    assert "2.28 times" in told and "10 times (the method guide, refuted by measurement)" in told

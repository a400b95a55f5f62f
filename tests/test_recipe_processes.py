"""Recipes for several GPUs share the work between processes as their launch file says: two processes, on the CPU."""
from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from conftest import ROOT
from test_recipe_smoke import PYTHON, pytestmark as needs_libraries
from tunewise import recipe

pytestmark = needs_libraries
# What is trained, for what, and whether the weights are spread over the processes or whole in each.
SHARED: dict[str, tuple[str, dict[str, Any], bool]] = {
    "whole": ("qlora", {"gpu": "a100-80gb", "model": "llama-3.2-1b"}, False),
    "kept": ("full-fine-tuning", {"gpu": "a100-80gb", "model": "llama-3.1-8b"}, True),
    "spread": ("dpo", {"gpu": "a100-80gb", "model": "llama-3.1-70b", "n_gpus": 4}, True),
    "packed": ("qlora", {"gpu": "rtx-3090", "model": "llama-3.1-70b", "sharding": "full-sharding"}, True)}


@pytest.fixture(scope="module")
def told(advisor: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("shared")
    for name, (technique, given, _) in SHARED.items():
        (folder / name).mkdir()
        for file, text in recipe.written(advisor, technique, advisor.situation({"n_gpus": 2, "examples": 5000, "goal": "learn a task", **given}), None, folder / name).files.items():
            (folder / name / file).write_text(text, encoding="utf8")
    run = subprocess.run([PYTHON, str(ROOT / "tests" / "processes.py"), *[str(folder / name) for name in SHARED]], capture_output=True, text=True, timeout=600, check=True)
    return {row["folder"]: row for row in map(json.loads, run.stdout.splitlines())}


@pytest.mark.parametrize("name", sorted(SHARED))
def test_two_processes_train_one_model(told: dict[str, dict[str, Any]], name: str) -> None:
    row = told[name]
    assert not row["fault"], row["fault"]
    first, other = sorted(row["told"], key=lambda each: "losses" not in each)
    assert (first["processes"], first["shards"]) == (other["processes"], other["shards"]) == (2, SHARED[name][2])
    assert "losses" not in other  # one speaks and writes
    assert first["finite"] and first["changed"] == first["free"] > 0 and not first["changed_beyond"]
    assert first["reload_difference"] < 1e-3 and first.get("merge_difference", 0) < 1e-2



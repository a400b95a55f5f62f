"""A second witness: the peak of a real training step, counted tensor by tensor under fake tensors, is what the rules estimate.

Runs where torch, transformers and peft are at hand, as the rehearsals of recipes do. Four layers of each shape are enough:
what a layer takes is what is compared. Grouped-query heads are expanded on the CPU, so most shapes have as many key-value heads.
"""
from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT

PYTHON = os.environ.get("TUNEWISE_RECIPES_PYTHON") or (sys.executable if importlib.util.find_spec("torch") and importlib.util.find_spec("peft") else "")
pytestmark = pytest.mark.skipif(not PYTHON, reason="no torch and peft here: pip install 'tunewise[recipes]', or name a Python that has them in TUNEWISE_RECIPES_PYTHON")

SHAPES: dict[str, dict[str, Any]] = {
    "llama-2-7b": {"hidden": 4096, "intermediate": 11008, "heads": 32, "kv_heads": 32, "head_dim": 128, "vocab": 32000, "tied": False},
    "llama-3.1-8b": {"hidden": 4096, "intermediate": 14336, "heads": 32, "kv_heads": 8, "head_dim": 128, "vocab": 128256, "tied": False},
    "llama-3.2-3b": {"hidden": 3072, "intermediate": 8192, "heads": 24, "kv_heads": 8, "head_dim": 128, "vocab": 128256, "tied": True},
    "qwen2.5-7b": {"hidden": 3584, "intermediate": 18944, "heads": 28, "kv_heads": 28, "head_dim": 128, "vocab": 152064, "tied": False}}
# shape, method, tokens, checkpointing, precision, more
CASES: list[tuple[str, str, int, bool, str, dict[str, Any]]] = [
    ("llama-2-7b", "full", 2048, True, "pure", {}), ("llama-2-7b", "full", 4096, False, "pure", {"optimizer": "foreach"}), ("llama-2-7b", "full", 2048, False, "mixed", {}),
    ("llama-3.1-8b", "lora", 4096, True, "mixed", {}), ("qwen2.5-7b", "lora", 4096, False, "mixed", {}), ("llama-2-7b", "lora", 4096, False, "pure", {"adapter": "bf16", "batch": 2}),
    ("llama-2-7b", "lora", 4096, False, "mixed", {"targets": ["q_proj", "v_proj"]}), ("llama-2-7b", "lora", 2048, True, "mixed", {"outputs_kept": True, "rank": 256}),
    ("llama-2-7b", "qlora", 4096, False, "mixed", {"adapter": "bf16"}), ("llama-3.1-8b", "qlora", 2048, True, "mixed", {"kbit": True}), ("qwen2.5-7b", "qlora", 2048, False, "mixed", {"kbit": True}),
    ("llama-3.2-3b", "dora", 2048, False, "mixed", {}), ("llama-2-7b", "ia3", 4096, False, "mixed", {}), ("llama-2-7b", "prefix", 4096, False, "mixed", {})]
NAMES = {"full": "full-fine-tuning", "prefix": "prefix-tuning"}


def case(shape: str, method: str, seq: int, checkpointing: bool, precision: str, more: dict[str, Any]) -> dict[str, Any]:
    return {"shape": {**SHAPES[shape], "layers": 4}, "method": method, "seq": seq, "checkpointing": checkpointing, "precision": precision, **more}


def situation_of(row: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A case as a technique and inputs of tunewise."""
    s = row["shape"]
    query, kv = s["heads"] * s["head_dim"], s["kv_heads"] * s["head_dim"]
    parameters = s["layers"] * (2 * s["hidden"] * (query + kv) + 3 * s["hidden"] * s["intermediate"] + 2 * s["hidden"]) + s["vocab"] * s["hidden"] * (1 if s["tied"] else 2) + s["hidden"]
    pure = row["precision"] == "pure" or (row["method"] != "full" and row.get("adapter") == "bf16")
    raw = {"shape_layers": s["layers"], "shape_hidden": s["hidden"], "shape_mlp": s["intermediate"], "shape_heads": s["heads"], "shape_query": query, "shape_kv": kv, "shape_vocab": s["vocab"], "shape_tied": s["tied"],
           "params_b": parameters / 1e9, "seq_len": row["seq"], "micro_batch": row.get("batch", 1), "gradient_checkpointing": row["checkpointing"], "training_precision": "pure-bf16" if pure else "mixed-bf16",
           "loss_head": "plain-head" if row.get("outputs_kept") else "trainer-head", "optimizer": "adamw-foreach" if row.get("optimizer") == "foreach" else "adamw"}
    if row["method"] != "full":
        raw["trained_m"] = row["trainable"] / 1e6
    if row.get("targets"):
        raw["lora_targets"] = "query-value"
    if row.get("kbit"):
        raw["framework"] = "peft-library"
    return NAMES.get(row["method"], row["method"]), raw


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    file: Path = tmp_path_factory.mktemp("witness") / "cases.json"
    file.write_text(json.dumps([case(*c) for c in CASES]), encoding="utf8")
    run = subprocess.run([PYTHON, str(ROOT / "bench" / "fake_step.py"), str(file)], capture_output=True, text=True, timeout=400, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    rows: list[dict[str, Any]] = json.loads(run.stdout)
    return rows


@pytest.mark.parametrize("number", range(len(CASES)), ids=["-".join([c[1], c[0], str(c[2]), "ckpt" if c[3] else "kept", c[4], *c[5]]) for c in CASES])
def test_the_estimate_is_what_a_real_step_allocates(advisor: Any, counted: list[dict[str, Any]], number: int) -> None:
    row = counted[number]
    technique, raw = situation_of(row)
    allocated = advisor.ask("memory", advisor.situation(raw), technique=technique)["allocated"]
    assert allocated == pytest.approx(row["peak_gib"], rel=0.05)

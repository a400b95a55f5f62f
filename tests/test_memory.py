"""What estimates of memory promise: parts that add up, laws of the card and the batch, and accuracy on measured runs."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tunewise import Advisor

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "bench"))
import memory_accuracy  # noqa: E402

CASE: dict[str, Any] = {"model": "llama-3-8b", "gpu": "a100-80gb", "gradient_checkpointing": False}
TRAINED = ["full-fine-tuning", "lora", "qlora", "dora", "ia3", "prefix-tuning", "oft", "lora-8bit"]


def memory(advisor: Advisor, technique: str, **more: Any) -> dict[str, Any]:
    return advisor.ask("memory", advisor.situation({**CASE, **more}), technique=technique, parts=True)


@pytest.mark.parametrize("technique", TRAINED)
def test_the_peak_is_the_largest_of_its_moments(advisor: Advisor, technique: str) -> None:
    answer = memory(advisor, technique)
    peaks = [p["gib"] for p in answer["parts"] if p["part"].startswith("peak")]
    assert len(peaks) == 4 and answer["allocated"] == pytest.approx(max(peaks))
    part = {p["part"]: p["gib"] for p in answer["parts"]}
    assert part["peak in the loss"] == pytest.approx(sum(part[n] for n in ("weights", "trained copies", "optimizer states", "gathered layers", "activations", "16-bit copies for the pass", "other models", "the loss")))


@pytest.mark.parametrize("technique", TRAINED)
def test_the_driver_shows_more_than_the_allocator_holds_and_that_more_than_is_allocated(advisor: Advisor, technique: str) -> None:
    answer = memory(advisor, technique)
    assert answer["allocated"] <= answer["reserved"] < answer["device"] < answer["device_high"]
    assert answer["allocated"] < answer["need"] < answer["need_high"]


@pytest.mark.parametrize("technique", TRAINED)
@pytest.mark.parametrize(("field", "values"), [("seq_len", [128, 1024, 8192]), ("micro_batch", [1, 4, 32])])
def test_more_at_once_never_needs_less(advisor: Advisor, technique: str, field: str, values: list[int]) -> None:
    needs = [memory(advisor, technique, **{field: v})["need"] for v in values]
    assert needs == sorted(needs) and needs[0] < needs[-1]


@pytest.mark.parametrize("technique", TRAINED)
def test_checkpointing_never_needs_more(advisor: Advisor, technique: str) -> None:
    assert memory(advisor, technique, gradient_checkpointing=True, seq_len=4096)["allocated"] <= memory(advisor, technique, seq_len=4096)["allocated"]


def test_each_step_of_sharding_takes_less_of_a_gpu(advisor: Advisor) -> None:
    peaks = [memory(advisor, "full-fine-tuning", n_gpus=8, sharding=s)["allocated"] for s in ("replication", "state-sharding", "gradient-sharding", "full-sharding")]
    assert peaks == sorted(peaks, reverse=True) and len(set(peaks)) == 4


def test_one_gpu_has_nothing_to_shard(advisor: Advisor) -> None:
    assert len({memory(advisor, "lora", sharding=s)["allocated"] for s in ("replication", "full-sharding")}) == 1


def test_pure_bf16_takes_six_bytes_a_parameter_and_eight_at_the_step_with_foreach_ten(advisor: Advisor) -> None:
    gib = 8.030261248e9 / 2**30
    short = {"seq_len": 16, "training_precision": "pure-bf16", "gradient_checkpointing": True}
    assert memory(advisor, "full-fine-tuning", **short)["allocated"] == pytest.approx(8 * gib, rel=0.02)
    assert memory(advisor, "full-fine-tuning", **short, optimizer="adamw-foreach")["allocated"] == pytest.approx(10 * gib, rel=0.02)


def test_lora_parameters_of_a_shape_are_those_the_catalogue_counts(advisor: Advisor) -> None:
    shape = {"shape_layers": 32, "shape_hidden": 4096, "shape_mlp": 14336, "shape_heads": 32, "shape_query": 4096, "shape_kv": 1024, "shape_vocab": 128256, "shape_tied": False, "params_b": 8.030261248}
    given = advisor.ask("memory", advisor.situation({**shape, "gpu": "a100-80gb", "gradient_checkpointing": False}), technique="lora", parts=True)
    assert given["parts"] == memory(advisor, "lora")["parts"]


def test_what_fits_is_the_largest_that_fits(advisor: Advisor) -> None:
    largest = {x["field"]: x["value"] for x in memory(advisor, "lora", gpu="rtx-4090")["largest"]}
    assert set(largest) == {"seq_len", "micro_batch"}
    for field, value in largest.items():
        assert memory(advisor, "lora", gpu="rtx-4090", **{field: value})["fits"] == "yes"
        assert memory(advisor, "lora", gpu="rtx-4090", **{field: value + 1})["fits"] == "no"


def test_tight_means_that_only_the_upper_end_does_not_fit(advisor: Advisor) -> None:
    seen = set()
    for length in range(256, 6000, 256):
        answer = memory(advisor, "lora", gpu="rtx-4090", seq_len=length)
        assert answer["tight"] == (answer["need"] <= answer["usable"] < answer["need_high"])
        seen.add((answer["fits"], answer["tight"]))
    assert seen == {("yes", False), ("yes", True), ("no", False)}


@pytest.fixture(scope="module")
def report(advisor: Advisor) -> dict[str, Any]:
    rows = memory_accuracy.read(ROOT / "bench" / "runs" / "fit.jsonl")
    assert len(rows) > 500
    return memory_accuracy.report(memory_accuracy.figures(rows, advisor))


def test_estimates_come_near_measured_runs(report: dict[str, Any]) -> None:
    assert report["overall"]["median_error"] <= 0.10 and report["overall"]["within_25"] >= 0.85
    assert 0.85 <= report["overall"]["coverage"] <= 0.95
    for method in ("full", "lora", "qlora"):
        assert report["exact_one_gpu"]["by_method"][method]["median_error"] <= 0.12
    assert report["by_measured"]["allocated"]["median_error"] <= 0.04


def test_runs_out_of_memory_are_refused_and_good_runs_are_not(report: dict[str, Any]) -> None:
    oom = report["oom"]
    assert oom["caught"] >= 0.85 * oom["of"] and oom["refused"] <= 0.06 * oom["of_good"]


def test_two_thirds_of_speeds_are_within_a_factor_of_one_and_a_half(report: dict[str, Any]) -> None:
    assert report["time"]["overall"]["within_1_5"] >= 2 / 3


def test_a_pair_passes_twice_and_a_server_holds_its_share(advisor: Advisor) -> None:
    part = {t: {p["part"]: p["gib"] for p in memory(advisor, t)["parts"]} for t in ("lora", "dpo", "kto", "reward-model", "grpo")}
    assert part["dpo"]["activations"] == pytest.approx(2 * part["lora"]["activations"]) == pytest.approx(part["reward-model"]["activations"])
    assert part["kto"]["activations"] == pytest.approx(part["lora"]["activations"]) and part["dpo"]["other models"] == 0
    assert part["grpo"]["between steps"] == pytest.approx(32 * 1024 * 4 * 1024 / 2**30, rel=1e-6)
    held = {p["part"]: p["gib"] for p in memory(advisor, "grpo", generation="vllm colocate")["parts"]}
    assert held["other models"] == pytest.approx(0.3 * memory(advisor, "grpo")["usable"])


def test_evaluation_with_whole_logits_can_be_the_peak(advisor: Advisor) -> None:
    assert memory(advisor, "lora", loss_head="plain-head", eval_batch=64)["allocated"] > memory(advisor, "lora", loss_head="plain-head")["allocated"]
    assert memory(advisor, "lora", eval_batch=64)["allocated"] == memory(advisor, "lora")["allocated"]


def test_weights_in_the_computers_memory_come_layer_by_layer(advisor: Advisor) -> None:
    part = {p["part"]: p["gib"] for p in memory(advisor, "lora", offload="parameter-offload")["parts"]}
    assert part["weights"] == pytest.approx(8.030261248e9 * 2 / 2**30 * 2 / 32) and part["optimizer states"] == 0

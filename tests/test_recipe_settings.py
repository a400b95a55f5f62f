"""What a recipe sets: what the person decided, else what sources say of the technique, else of the one it trains like."""
from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from test_recipe import constant, made
from tunewise.errors import InputError

A100 = {"gpu": "a100-80gb", "model": "qwen2.5-7b"}


def adapter(advisor: Any, technique: str, **given: Any) -> dict[str, Any]:
    return dict(constant(made(advisor, technique, **{**A100, **given}).files["train.py"], "ADAPTER"))


def arguments(advisor: Any, technique: str, **given: Any) -> dict[str, Any]:
    return dict(constant(made(advisor, technique, **{**A100, **given}).files["train.py"], "ARGUMENTS"))


@pytest.mark.parametrize(("said", "key", "wanted"), [
    ({"rank": 8}, "r", 8), ({"rank": 8}, "lora_alpha", 16), ({"lora_targets": "all-linear"}, "target_modules", "all-linear"), ({"epochs": 2}, "num_train_epochs", 2), ({"micro_batch": 2}, "per_device_train_batch_size", 2),
    ({"micro_batch": 2}, "gradient_accumulation_steps", 16), ({"accumulation_steps": 3}, "gradient_accumulation_steps", 3), ({"optimizer": "adamw-8bit"}, "optim", "adamw_bnb_8bit"), ({"gradient_checkpointing": False}, "gradient_checkpointing", False)])
def test_what_the_person_decides_stands(advisor: Any, said: dict[str, Any], key: str, wanted: Any) -> None:
    script = made(advisor, "lora", **A100, **said).files["train.py"]
    assert {**constant(script, "ADAPTER"), **constant(script, "ARGUMENTS")}[key] == wanted
    (line,) = [line for line in script.splitlines() if line.startswith(f'    "{key}": ') and not line.endswith(",")]
    assert "as you said" in line or key in ("lora_alpha", "gradient_accumulation_steps")


def test_a_choice_of_layers_becomes_names_of_layers(advisor: Any) -> None:
    """PEFT does not know "attention-only" and wants the layers' names."""
    names = adapter(advisor, "qlora", gpu="t4", lora_targets="attention-only")["target_modules"]
    assert {"self_attn.q_proj", "self_attn.o_proj"} <= set(names) and not any("mlp" in name or "up_proj" in name for name in names)
    assert {"q_proj", "v_proj"} <= set(adapter(advisor, "dpo", lora_targets="query-value")["target_modules"])
    assert constant(made(advisor, "lora", **A100, attention_kernel="eager-attention").files["train.py"], "ATTENTION") == "eager"


def test_settings_are_those_of_what_trains_alike(advisor: Any) -> None:
    """The shape of the adapter by its class, the run by the trainer, the learning rate only where both are the same."""
    lora, grpo, dpo = adapter(advisor, "lora"), adapter(advisor, "grpo"), adapter(advisor, "dpo")
    assert {key: grpo[key] for key in ("r", "lora_alpha", "target_modules")} == {key: lora[key] for key in ("r", "lora_alpha", "target_modules")}
    assert adapter(advisor, "constitutional-ai") == dpo and arguments(advisor, "constitutional-ai") == arguments(advisor, "dpo")
    rates = {t: arguments(advisor, t)["learning_rate"] for t in ("lora", "grpo", "rlaif", "safety-fine-tuning", "full-fine-tuning", "full-ft-plus-rlhf", "oft", "dpo", "cartridges")}
    assert rates["rlaif"] == rates["grpo"] == 1e-5 and rates["safety-fine-tuning"] == rates["lora"] == 2e-4
    assert rates["full-fine-tuning"] == 2e-5 and rates["full-ft-plus-rlhf"] == 1e-6 and rates["oft"] == 1e-4 and rates["dpo"] == 5e-6 and rates["cartridges"] == 0.02  # another class than LoRA's under its trainer
    assert arguments(advisor, "oft")["gradient_accumulation_steps"] * arguments(advisor, "oft")["per_device_train_batch_size"] == 32


def test_no_adapter_of_factors_is_left_to_its_library(advisor: Any) -> None:
    for technique in sorted(advisor.index["names"]["Technique"]):
        make = advisor.ask("recipe", advisor.situation(A100), technique=technique)
        if make["built"] == "peft.LoraConfig" and make["loops"] and not make["limits"] and not make["endings"] and "vision-language" not in make["loops"][0]["model_kinds"]:
            script = made(advisor, technique, **A100, teacher_model="qwen2.5-72b").files["train.py"]
            assert {"r", "lora_alpha", "target_modules"} <= set(constant(script, "ADAPTER")), technique
            assert "learning_rate" in constant(script, "ARGUMENTS"), technique


@pytest.mark.parametrize(("technique", "gpu"), [("qlora", "t4"), ("qlora", "rtx-4090"), ("lora", "a100-80gb"), ("dpo", "rtx-4090"), ("grpo", "l4")])
def test_the_portion_is_the_largest_that_fits_and_a_step_stays_a_step(advisor: Any, technique: str, gpu: str) -> None:
    given = {"gpu": gpu, "model": "mistral-7b", "examples": 5000}
    run = arguments(advisor, technique, **given)
    each, step = run["per_device_train_batch_size"], run["per_device_train_batch_size"] * run["gradient_accumulation_steps"]

    def fits(batch: int) -> bool:
        return bool(advisor.ask("estimate", advisor.situation({**given, "goal": "learn a task", "micro_batch": batch}), technique=technique)["fits"] == "yes")

    source = 8 if technique in ("lora", "qlora") else step
    assert step % each == 0 and (each == 1 or fits(each) or run["per_device_train_batch_size"] == 2) and (2 * each > min(source, step) or not fits(2 * each))
    if "num_generations" in run:
        assert step % run["num_generations"] == 0


@pytest.mark.parametrize(("said", "wanted"), [
    ({"offload": "parameter-offload"}, "fsdp_config"), ({"loss_head": "liger-head"}, "no keyword of trl.SFTConfig"), ({"eval_batch": 4}, "no keyword"), ({"step_in_backward": True}, "step_in_backward=yes"),
    ({"gpu": "t4", "training_precision": "pure-bf16"}, "fp16"), ({"gpu": "m3-max"}, "not known to train there")])
def test_what_a_recipe_cannot_say_is_refused(advisor: Any, said: dict[str, Any], wanted: str) -> None:
    """The estimate reckons with it, so a recipe without it would need another memory than it claims."""
    with pytest.raises(InputError) as fault:
        made(advisor, "lora", **{**A100, **said})
    assert wanted in str(fault.value)


def test_what_a_recipe_can_say_is_said(advisor: Any) -> None:
    assert arguments(advisor, "dpo", reference_precomputed=True, offload="layer-input-offload").items() >= {"precompute_ref_log_probs": True, "activation_offloading": True}.items()
    assert arguments(advisor, "rloo", generation="vllm-colocated").items() >= {"use_vllm": True, "vllm_mode": "colocate"}.items()
    four = {"gpu": "rtx-4090", "model": "llama-3-8b", "n_gpus": 4}
    assert yaml.safe_load(made(advisor, "full-fine-tuning", **four, offload="parameter-offload").files["accelerate.yaml"])["fsdp_config"]["fsdp_offload_params"] is True
    assert yaml.safe_load(made(advisor, "full-fine-tuning", **four, offload="state-offload", framework="deepspeed").files["accelerate.yaml"])["deepspeed_config"]["offload_optimizer_device"] == "cpu"


def test_each_of_several_gpus_is_reckoned_as_it_is_launched(advisor: Any) -> None:
    """The memory is that of one card under the sharding of the launch file; a step counts the sequences of all cards."""
    given = {"gpu": "h100", "model": "qwen3-8b", "examples": 50_000, "n_gpus": 4}
    done = made(advisor, "full-fine-tuning", **given)
    run = constant(done.files["train.py"], "ARGUMENTS")
    assert yaml.safe_load(done.files["accelerate.yaml"])["fsdp_config"]["fsdp_reshard_after_forward"] is False
    again = advisor.ask("estimate", advisor.situation({**given, "goal": "learn a task", "sharding": "gradient-sharding", "micro_batch": run["per_device_train_batch_size"], "accumulation_steps": run["gradient_accumulation_steps"]}), technique="full-fine-tuning")
    need = next(e["value"] for e in again["estimates"] if e["quantity"] == "need_gib")
    assert constant(done.files["train.py"], "MEMORY_GIB") == round((need[0] if isinstance(need, list) else need) / 4, 1) < 80
    assert constant(done.files["train.py"], "DISK_GIB") > 3 * 8.2 * 4 / 1.0737  # the result and two checkpoints of 8.2 B parameters, 4 B each, and then their moments
    assert "accelerate launch --config_file accelerate.yaml train.py --resume" in done.files["README.md"] and "python train.py --resume" not in done.files["train.py"]
    run = arguments(advisor, "grpo", **{**given, "model": "qwen2.5-7b"})
    assert run["per_device_train_batch_size"] * run["gradient_accumulation_steps"] * 4 == 16


def test_no_card_is_asked_for_what_it_lacks(advisor: Any) -> None:
    for technique, model in (("fine-tuned-embeddings", "bge-m3"), ("reranker-ft", "bge-reranker-v2-m3"), ("sdft", "qwen3-1.7b"), ("gold", "qwen3-1.7b"), ("kto", "qwen3-1.7b"), ("adapter-layers", "qwen3-1.7b")):
        run = arguments(advisor, technique, gpu="t4", model=model, teacher_model="qwen3-8b")
        assert (run["bf16"], run["fp16"]) == (False, True), technique
        assert "as you said" not in made(advisor, technique, gpu="t4", model=model, teacher_model="qwen3-8b").files["train.py"], technique


def test_a_prompt_inside_both_answers_is_not_asked_twice(advisor: Any, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(made(advisor, "dpo", **A100).files["train.py"], encoding="utf8")
    records = runpy.run_path(str(tmp_path / "train.py"))["records"]
    ask, good, bad = {"role": "user", "content": "P"}, {"role": "assistant", "content": "g"}, {"role": "assistant", "content": "b"}
    wanted = [{"prompt": [ask], "chosen": [good], "rejected": [bad]}]
    for row in ({"prompt": "P", "chosen": [ask, good], "rejected": [ask, bad]}, {"chosen": [ask, good], "rejected": [ask, bad]}, {"prompt": "P", "chosen": "g", "rejected": "b"}, {"prompt": [ask], "chosen": [good], "rejected": [bad]}):
        assert records(row) == wanted
    with pytest.raises(ValueError, match="not what stands before"):
        records({"prompt": "Q", "chosen": [ask, good], "rejected": [ask, bad]})


def test_the_estimate_is_of_these_very_settings(advisor: Any) -> None:
    done = made(advisor, "qlora")
    decision = json.loads(done.files["decision.json"])
    run, shape = constant(done.files["train.py"], "ARGUMENTS"), constant(done.files["train.py"], "ADAPTER")
    said = {"rank": shape["r"], "micro_batch": run["per_device_train_batch_size"], "accumulation_steps": run["gradient_accumulation_steps"], "epochs": run["num_train_epochs"], "gradient_checkpointing": run["gradient_checkpointing"]}
    assert said.items() >= {"rank": 32, "gradient_checkpointing": True}.items() and not said.keys() & decision["situation"]["given"].keys()  # decided here, not by the person
    again = advisor.ask("estimate", advisor.situation({"gpu": "t4", "model": "llama-3-8b", "examples": 5000, "goal": "learn a task", **said}), technique="qlora")
    assert [(e["quantity"], e["value"]) for e in again["estimates"]] == [(e["quantity"], e["value"]) for e in decision["estimates"]]
    need = next(e["value"] for e in decision["estimates"] if e["quantity"] == "need_gib")
    assert constant(done.files["train.py"], "MEMORY_GIB") == round(need[0] if isinstance(need, list) else need, 1)

"""What a recipe sets: what the person decided, else what sources say of the technique, else of the one it trains like."""
from __future__ import annotations

import json
from typing import Any

import pytest

from test_recipe import constant, made

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
    rates = {t: arguments(advisor, t)["learning_rate"] for t in ("lora", "grpo", "rlaif", "safety-fine-tuning", "full-fine-tuning", "full-ft-plus-rlhf", "oft", "dpo")}
    assert rates["rlaif"] == rates["grpo"] == 1e-5 and rates["safety-fine-tuning"] == rates["lora"] == 2e-4
    assert rates["full-fine-tuning"] == 2e-5 and rates["full-ft-plus-rlhf"] == 1e-6 and rates["oft"] == 1e-4 and rates["dpo"] == 5e-6
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

"""Estimates of what keeps a teacher, makes all logits at once, or writes its own answers."""
from __future__ import annotations

from typing import Any

import pytest

from tunewise.cli import main

CASE: dict[str, Any] = {"model": "qwen3-1.7b", "gpu": "a100-80gb"}
TAUGHT = ["on-policy-distillation", "gold", "iw-opd", "minillm", "feature-based-distillation"]
WHOLE = ["orpo", "cpo", "simpo", "tpo", "a2po", "online-dpo", "sdft", "sdpo", "gold", "iw-opd"]
FUSED = ["sft", "lora", "dpo", "kto", "grpo", "gmpo", "rloo", "on-policy-distillation"]
CHUNK = 0.25  # GiB, the tile of the fused head


def figures(advisor: Any, technique: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = advisor.ask("memory", advisor.situation({**CASE, **more}), technique=technique, parts=True)
    return answer


def part(answer: dict[str, Any], name: str) -> Any:
    return next(p["gib"] for p in answer["parts"] if p["part"] == name)


@pytest.mark.parametrize("technique", TAUGHT)
def test_a_teacher_lies_beside_its_student_in_16_bits(advisor: Any, technique: str) -> None:
    assert part(figures(advisor, technique, teacher_model="qwen3-8b"), "other models") == pytest.approx(8.190735360e9 * 2 / 2**30, rel=1e-3)


@pytest.mark.parametrize("technique", ["sdft", "sdpo", "response-based-distillation", "lora", "grpo", "dpo"])
def test_what_teaches_itself_or_learns_from_text_keeps_no_teacher(advisor: Any, technique: str) -> None:
    assert part(figures(advisor, technique, teacher_model="qwen3-8b"), "other models") == 0


def test_a_teacher_that_does_not_fit_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    main(["estimate", "on-policy-distillation", "gpu=t4", "model=qwen3-1.7b", "teacher_model=qwen3-8b"])
    told = " ".join(capsys.readouterr().out.split())
    assert "does not fit" in told and "with the teacher (Qwen3-8B) of 15.3 GiB" in told


def test_without_a_named_teacher_it_depends(advisor: Any) -> None:
    answer = advisor.ask("estimate", advisor.situation({**CASE, "examples": 5000}), technique="on-policy-distillation")
    assert answer["fits"] == "depends" and answer["numbers"][0]["depends_on"] == ["teacher_model"]
    assert figures(advisor, "on-policy-distillation", teacher_model="qwen3-0.6b")["fits"] == "yes"


def test_a_larger_teacher_never_needs_less_and_each_gpu_has_all_of_it(advisor: Any) -> None:
    needs = [figures(advisor, "on-policy-distillation", teacher_model=t)["need"] for t in ("qwen3-0.6b", "qwen3-4b", "qwen3-8b", "qwen3-14b", "qwen3-32b")]
    assert needs == sorted(needs) and len(set(needs)) == 5
    teacher = [part(figures(advisor, "on-policy-distillation", teacher_model="qwen3-8b", n_gpus=n), "other models") for n in (1, 4)]
    assert teacher[0] == teacher[1]


@pytest.mark.parametrize("technique", WHOLE)
def test_a_trainer_without_a_fused_head_makes_all_logits(advisor: Any, technique: str) -> None:
    answer = figures(advisor, technique, teacher_model="qwen3-0.6b")
    tokens = 1024 * (part(answer, "activations") / part(figures(advisor, "lora"), "activations"))
    assert 8 <= part(answer, "the loss") * 2**30 / tokens / 151936 <= 14


@pytest.mark.parametrize("technique", FUSED)
def test_a_trainer_with_a_fused_head_makes_none(advisor: Any, technique: str) -> None:
    assert CHUNK <= part(figures(advisor, technique, teacher_model="qwen3-0.6b"), "the loss") < CHUNK + 0.05


def test_another_head_that_is_said_holds(advisor: Any) -> None:
    assert part(figures(advisor, "orpo", loss_head="liger-head"), "the loss") == pytest.approx(2 * 2048 * 151936 / 2**30, rel=1e-6)
    assert part(figures(advisor, "orpo", training_precision="pure-bf16"), "the loss") == pytest.approx(8 * 2048 * 151936 / 2**30, rel=1e-6)


def test_answers_that_are_sampled_take_time(advisor: Any) -> None:
    """Each new token of a batch reads the weights once; every answer is trained on."""
    case = {"model": "qwen2.5-0.5b", "gpu": "t4", "examples": 2000}
    hours = {t: figures(advisor, t, **case)["hours"] for t in ("dpo", "grpo", "rloo", "on-policy-distillation", "online-dpo")}
    trained, read = 2000 * 1024 * 3 / (65e12 * 0.35 / (0.494032768e9 * 4)) / 3600, 0.494032768 * 2 / 320 / 3600
    written = 2000 * 3 * 1024 * read
    assert hours["dpo"] == pytest.approx(trained, rel=1e-3)
    assert hours["grpo"] == pytest.approx(8 * trained + written, rel=1e-3)           # 8 answers, together
    assert hours["rloo"] == pytest.approx(2 * trained + written, rel=1e-3)           # 2 answers, together
    assert hours["on-policy-distillation"] == pytest.approx(trained + written, rel=1e-3)
    assert hours["online-dpo"] == pytest.approx(2 * trained + written / 16, rel=1e-3)  # TRL stops them at 64 tokens


@pytest.mark.parametrize(("field", "values"), [("examples", [100, 1000, 10000]), ("seq_len", [256, 1024, 4096]), ("epochs", [1, 2, 3])])
def test_more_to_sample_never_takes_less_time(advisor: Any, field: str, values: list[int]) -> None:
    hours = [figures(advisor, "grpo", **{"examples": 500, field: v})["hours"] for v in values]
    assert hours == sorted(hours) and hours[0] < hours[-1]


def test_answers_written_together_take_less_time(advisor: Any) -> None:
    hours = [figures(advisor, "grpo", examples=500, micro_batch=8, accumulation_steps=k)["hours"] for k in (1, 4, 16)]
    assert hours == sorted(hours, reverse=True) and len(set(hours)) == 3


def test_a_deadline_and_a_budget_read_the_hours_of_sampling(advisor: Any) -> None:
    case = {"model": "qwen2.5-0.5b", "gpu": "t4", "examples": 2000, "goal": "reason-better", "verifiable_reward": True}
    for more, verdict in (({"deadline_h": 1}, "no"), ({"deadline_h": 24}, "yes"), ({"budget_usd": 1}, "no"), ({"budget_usd": 20}, "yes")):
        answer = advisor.ask("why", advisor.situation({**case, **more}), technique="grpo")
        assert answer["verdict"] == verdict and answer["numbers"][-1]["label"] in ("time", "cost")


@pytest.mark.parametrize(("said", "wanted"), [(["grpo", "gpu=t4"], "not known: say examples"), (["ppo", "gpu=t4", "examples=100"], "no source states the answers a prompt of PPO"), (["lora"], "not known: say examples")])
def test_what_is_not_known_says_what_is_missing(said: list[str], wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["estimate", *said, "model=qwen2.5-0.5b"])
    told = " ".join(capsys.readouterr().out.split())
    assert wanted in told and "not known h" not in told and "unknown number of h" not in told and "not known USD" not in told


def test_time_shows_its_arithmetic(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "grpo", "gpu=t4", "model=qwen2.5-0.5b", "examples=2000"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "answers, 8 a prompt, of up to 1,024 tokens, 8 at once, each token reading 0.988 GB at 320 GB/s" in told

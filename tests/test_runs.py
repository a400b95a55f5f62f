"""Laws of reading a run: what the losses of a trainer_state.json are said to show."""
from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tunewise import runs
from tunewise.advisor import Advisor
from tunewise.errors import InputError

EPOCHS = range(20)
FALLING = [2.0 * math.exp(-i / 8) for i in EPOCHS]
LEVELLED = [1.0 + math.exp(-i / 2) for i in EPOCHS]
FLAT = [2.0 - 0.001 * i for i in EPOCHS]
TURNING = [1.2 + 0.004 * (i - 8) ** 2 for i in EPOCHS]


def state(losses: list[Any], evaluations: list[Any] | None = None, norms: list[Any] | None = None) -> dict[str, Any]:
    """What Trainer writes: a line for each logged step and each evaluation, and a summary."""
    log: list[dict[str, Any]] = [{"epoch": i / 10, "loss": x, "learning_rate": 1e-4, "step": 10 * i, "grad_norm": norms[i] if norms else 0.5} for i, x in enumerate(losses)]
    log += [{"epoch": i + 1.0, "eval_loss": x, "eval_runtime": 3.2, "step": 100 * i} for i, x in enumerate(evaluations or [])]
    return {"epoch": 3.0, "global_step": 200, "log_history": [*log, {"epoch": 3.0, "train_loss": 9.9, "train_runtime": 100.0, "step": 200}]}


def written(folder: Path, content: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "trainer_state.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf8")
    return file


def seen(folder: Path, *series: Any) -> dict[str, Any]:
    return runs.symptoms(written(folder, state(*series)))


def test_an_overfitting_run_is_diagnosed_as_overfitting(advisor: Advisor, tmp_path: Path) -> None:
    symptoms = seen(tmp_path, FALLING, TURNING)
    assert symptoms == {"train_loss": "falling", "val_loss": "rising"}
    assert advisor.ask("diagnose", advisor.situation(symptoms))["failures"][0]["id"] == "fm-overfitting"


def test_a_run_that_knows_its_data_by_heart_is_diagnosed_as_overfitting(advisor: Advisor, tmp_path: Path) -> None:
    symptoms = seen(tmp_path, [2.0, 1.0, 0.3, 0.1, 0.05, 0.05, 0.05, 0.05], [1.5, 1.4, 1.7])
    assert symptoms == {"train_loss": "low", "val_loss": "rising"}
    assert advisor.ask("diagnose", advisor.situation(symptoms))["failures"][0]["id"] == "fm-overfitting"


def test_a_run_that_learned_nothing_is_diagnosed_as_underfitting(advisor: Advisor, tmp_path: Path) -> None:
    symptoms = seen(tmp_path, FLAT, FLAT[:3])
    assert symptoms == {"train_loss": "high", "val_loss": "high"}
    assert advisor.ask("diagnose", advisor.situation(symptoms))["failures"][0]["id"] == "fm-underfitting"


@pytest.mark.parametrize("losses", [[2.0, 1.5, float("nan"), 0.0], [2.0, 1.5, float("inf")], [2.0, 1.5, 1.2, "NaN"]])
def test_a_loss_that_is_no_number_is_diagnosed_as_divergence(advisor: Advisor, tmp_path: Path, losses: list[Any]) -> None:
    symptoms = seen(tmp_path, losses)
    assert symptoms["train_loss"] == "nan"
    assert advisor.ask("diagnose", advisor.situation(symptoms))["failures"][0]["label"] == "Divergence"


def test_a_healthy_run_shows_no_failure(advisor: Advisor, tmp_path: Path) -> None:
    symptoms = seen(tmp_path, LEVELLED, [1.15, 1.08, 1.07])
    assert symptoms["train_loss"] == "low" and symptoms["val_loss"] in ("low", "falling")
    assert advisor.ask("diagnose", advisor.situation(symptoms))["failures"] == []


def test_a_last_gradient_norm_that_is_no_number_counts_where_the_loss_was_filtered(tmp_path: Path) -> None:
    assert seen(tmp_path, [2.0, 1.5, 0.0, 0.0], None, [1.0, 2.0, float("nan"), float("nan")])["train_loss"] == "nan"
    assert seen(tmp_path, [2.0, 1.5, 1.2, 1.0], None, [float("inf"), 2.0, 1.0, 1.0])["train_loss"] == "falling"  # fp16 seeks its scale


def test_a_jump_is_a_spike_even_if_the_loss_comes_back(tmp_path: Path) -> None:
    assert seen(tmp_path, [*FALLING[:10], 6.0, *FALLING[10:]])["train_loss"] == "spiking"


def test_a_jump_of_a_tiny_loss_is_no_spike(tmp_path: Path) -> None:
    assert seen(tmp_path, [2.0, 1.0, 0.3, 0.1, 0.05, 0.02, 0.02, 0.02, 0.06, 0.02, 0.02, 0.02])["train_loss"] == "low"


def test_noise_of_single_batches_is_neither_rising_nor_spiking(tmp_path: Path) -> None:
    for seed in range(50):
        dice = random.Random(seed)
        assert seen(tmp_path, [x * dice.uniform(0.75, 1.25) for x in (1.0 + math.exp(-i / 10) for i in range(200))])["train_loss"] in ("low", "falling")


def test_a_first_validation_long_after_the_start_is_not_high(tmp_path: Path) -> None:
    assert seen(tmp_path, LEVELLED, [1.02, 1.01, 1.01])["val_loss"] == "low"


def test_without_validation_only_the_training_loss_is_said(tmp_path: Path) -> None:
    assert set(seen(tmp_path, FALLING)) == {"train_loss"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.01, 10), min_size=3, max_size=40), st.lists(st.floats(0.01, 10), min_size=3, max_size=12), st.sampled_from([2.0**-8, 0.5, 4.0, 2.0**10]))
def test_a_unit_of_loss_changes_nothing(tmp_path_factory: pytest.TempPathFactory, losses: list[float], evaluations: list[float], factor: float) -> None:
    folder = tmp_path_factory.mktemp("scale")
    assert seen(folder, losses, evaluations) == seen(folder, [x * factor for x in losses], [x * factor for x in evaluations])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=3, max_size=30))
def test_whatever_numbers_a_log_holds_there_is_a_level_that_the_situation_accepts(advisor: Advisor, tmp_path_factory: pytest.TempPathFactory, losses: list[float]) -> None:
    symptoms = seen(tmp_path_factory.mktemp("any"), losses)
    assert set(advisor.situation(symptoms)) == {"train_loss"}


def test_of_a_folder_the_newest_checkpoint_counts_by_number(tmp_path: Path) -> None:
    written(tmp_path / "checkpoint-900", state(FALLING))
    written(tmp_path / "checkpoint-1000", state(FLAT))
    written(tmp_path / "checkpoint-backup", state(FALLING))
    assert runs.symptoms(tmp_path)["train_loss"] == "high"
    assert runs.symptoms(tmp_path / "checkpoint-900")["train_loss"] == "falling"


@pytest.mark.parametrize(("content", "said"), [
    ("", ":1: no valid JSON"), ('{\n "log_history": [\n', "no valid JSON"), ("[]", "no log_history"), ('{"log_history": 3}', "no log_history"), ('{"log_history": []}', "is empty"),
    ('{"log_history": [{"step": 1}, 7, null]}', "too few"), (json.dumps(state([1.0, 0.9])), "too few"), ("[" * 200_000, "nested too deeply"), ('{"log_history": [' + "9" * 5000 + "]}", "too long"),
])
def test_a_file_that_tells_nothing_is_an_input_error_that_names_it(tmp_path: Path, content: str, said: str) -> None:
    file = written(tmp_path, content)
    with pytest.raises(InputError, match=said) as fault:
        runs.symptoms(tmp_path)
    assert str(file) in str(fault.value)


def test_a_missing_path_and_a_folder_without_a_state_are_input_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(InputError, match="trainer_state.json"):
            runs.symptoms(path)


def test_bytes_that_are_no_text_are_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "trainer_state.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        runs.symptoms(tmp_path)


def test_a_file_over_50_mb_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "trainer_state.json").open("wb") as file:
        file.truncate(runs.MAX_BYTES + 1)
    with pytest.raises(InputError, match="at most 50 MB"):
        runs.symptoms(tmp_path)

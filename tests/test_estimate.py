"""estimate: any model's config.json, grids, and faults told in one go."""
from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tunewise import modelconfig
from tunewise.cli import main
from tunewise.errors import InputError

LLAMA: dict[str, Any] = {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
                         "vocab_size": 128256, "tie_word_embeddings": False}


def written(folder: Path, config: Any) -> Path:
    path = folder / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config), encoding="utf8")
    return path


@pytest.mark.parametrize(("change", "billions"), [
    ({}, 8.030), ({"model_type": "qwen2", "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28, "num_attention_heads": 28, "num_key_value_heads": 4, "vocab_size": 152064}, 7.615),
    ({"model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000}, 46.70),
    ({"model_type": "qwen3_moe", "hidden_size": 2048, "num_hidden_layers": 48, "num_key_value_heads": 4, "head_dim": 128, "intermediate_size": 6144, "moe_intermediate_size": 768, "num_experts": 128, "num_experts_per_tok": 8, "vocab_size": 151936}, 30.53),
    ({"model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61, "num_attention_heads": 128, "num_key_value_heads": 128, "intermediate_size": 18432, "moe_intermediate_size": 2048, "n_routed_experts": 256,
      "n_shared_experts": 1, "num_experts_per_tok": 8, "first_k_dense_replace": 3, "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 129280}, 671.0)])
def test_a_config_has_the_parameters_its_makers_state(tmp_path: Path, change: dict[str, Any], billions: float) -> None:
    found, _ = modelconfig.read(written(tmp_path, {**LLAMA, **change}))
    assert found["params_b"] == pytest.approx(billions, rel=0.01)


def test_a_mixture_passes_only_a_part(tmp_path: Path) -> None:
    found, remarks = modelconfig.read(written(tmp_path, {**LLAMA, "model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000}))
    assert found["shape_active_b"] == pytest.approx(12.9, rel=0.02) and any("2 of 8" in r for r in remarks)


def test_the_text_part_of_a_vision_model_is_read(tmp_path: Path) -> None:
    found, remarks = modelconfig.read(written(tmp_path, {"model_type": "llava", "text_config": LLAMA, "vision_config": {"hidden_size": 1024, "num_hidden_layers": 24, "intermediate_size": 4096}}))
    assert found["shape_layers"] == 32 and found["params_b"] > 8.2 and any("vision" in r for r in remarks)


def test_an_unknown_architecture_says_so(tmp_path: Path) -> None:
    _, remarks = modelconfig.read(written(tmp_path, {**LLAMA, "model_type": "something_new"}))
    assert any("something_new" in r for r in remarks)


@pytest.mark.parametrize(("config", "says"), [
    ({**LLAMA, "num_hidden_layers": 0}, "num_hidden_layers is 0"), ({**LLAMA, "vocab_size": -1}, "vocab_size is -1"), ({**LLAMA, "num_attention_heads": 33}, "33 heads do not divide"),
    ({**LLAMA, "num_key_value_heads": 5}, "5 key-value heads"), ({"a": 1}, "Is this a language model"), ([1], "not a list"), ("{", "no valid JSON"), ("[" * 100_000, "no valid JSON"),
    ({**LLAMA, "hidden_size": "big"}, "hidden_size is big"), ({**LLAMA, "num_hidden_layers": 10**9}, "billion"), ({**LLAMA, "hidden_size": True}, "hidden_size is True")])
def test_bad_configurations_get_a_clear_message(tmp_path: Path, config: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        modelconfig.read(written(tmp_path, config))


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    with path.open("wb") as out:
        out.truncate(100_000_000)
    with pytest.raises(InputError, match="too large"):
        modelconfig.read(path)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as fault:
        modelconfig.read(written(tmp_path, {**LLAMA, "num_hidden_layers": 0, "vocab_size": 0}))
    assert len(fault.value.messages) == 2


def test_a_config_gives_what_the_catalogue_gives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = []
    for model in (str(written(tmp_path, LLAMA)), str(tmp_path), "llama-3-8b"):
        assert main(["estimate", "lora", "--gpu", "a100-80gb", "--model", model, "--json"]) == 0
        values.append(json.loads(capsys.readouterr().out)["memory"]["allocated"])
    assert values[0] == values[1] == pytest.approx(values[2], rel=0.001)


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

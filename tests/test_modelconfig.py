"""A model's own config.json: transformers' own counts, kinds it cannot count say so, faults told in one go."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from tunewise import Advisor, modelconfig
from tunewise.cli import main
from tunewise.errors import InputError

TABLE: dict[str, Any] = json.loads((ROOT / "ontology" / "profiles" / "architectures.json").read_text(encoding="utf8"))
TYPES: dict[str, dict[str, Any]] = TABLE["types"]
LLAMA: dict[str, Any] = {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
                         "vocab_size": 128256, "tie_word_embeddings": False}


def written(folder: Path, config: Any) -> Path:
    path = folder / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config), encoding="utf8")
    return path


def read(folder: Path, config: Any) -> tuple[dict[str, Any], list[str]]:
    return modelconfig.read(written(folder, config), TYPES)


def test_the_table_holds_most_text_classes_of_transformers_and_most_are_counted_within_two_percent() -> None:
    text = [row for row in TYPES.values() if not row.get("image")]
    near = [row for row in text if row["off"] is not None and abs(row["off"]) <= 0.02]
    assert len(text) > 150 and len(near) >= 0.85 * len(text)


@pytest.mark.parametrize("kind", sorted(k for k, row in TYPES.items() if not row.get("image") and row["off"] is not None and row["parameters"] >= 2e7))
def test_defaults_are_counted_as_transformers_counts_them(kind: str) -> None:
    """Class by class: the count stored beside the defaults is that of the model built on torch's meta device."""
    row = TYPES[kind]
    found, remarks = modelconfig.inputs({**row["derived"], "model_type": kind}, "defaults", TYPES)
    assert found["params_b"] * 1e9 == pytest.approx(row["parameters"] * (1 + row["off"]), rel=2e-3)
    assert any("its parameters are counted without" in r for r in remarks) == (abs(row["off"]) > 0.02)


@pytest.mark.parametrize(("change", "billions"), [
    ({}, 8.030), ({"model_type": "qwen2", "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28, "num_attention_heads": 28, "num_key_value_heads": 4, "vocab_size": 152064}, 7.615),
    ({"model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000}, 46.70),
    ({"model_type": "qwen3_moe", "hidden_size": 2048, "num_hidden_layers": 48, "num_key_value_heads": 4, "head_dim": 128, "intermediate_size": 6144, "moe_intermediate_size": 768, "num_experts": 128, "num_experts_per_tok": 8, "vocab_size": 151936}, 30.53),
    ({"model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61, "num_attention_heads": 128, "num_key_value_heads": 128, "intermediate_size": 18432, "moe_intermediate_size": 2048, "n_routed_experts": 256,
      "n_shared_experts": 1, "num_experts_per_tok": 8, "first_k_dense_replace": 3, "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 129280}, 671.0)])
def test_a_config_has_the_parameters_its_makers_state(tmp_path: Path, change: dict[str, Any], billions: float) -> None:
    found, _ = read(tmp_path, {**LLAMA, **change})
    assert found["params_b"] == pytest.approx(billions, rel=0.01)


def test_what_a_config_leaves_out_is_the_default_of_its_class(tmp_path: Path) -> None:
    """gemma-3-4b-it states neither heads nor vocabulary; transformers' class has them."""
    found, _ = read(tmp_path, {"model_type": "gemma3", "text_config": {"model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34}})
    assert (found["shape_heads"], found["shape_kv"], found["shape_tied"]) == (8, 1024, True) and found["params_b"] == pytest.approx(3.88, rel=0.01)


def test_a_head_is_as_wide_as_hidden_size_and_heads_make_it(tmp_path: Path) -> None:
    """TinyLlama states no head_dim: 2048 / 32, not the 128 of its class's default shape."""
    found, _ = read(tmp_path, {**LLAMA, "hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 22, "num_key_value_heads": 4, "vocab_size": 32000})
    assert (found["shape_query"], found["shape_kv"]) == (2048, 256) and found["params_b"] == pytest.approx(1.10, rel=0.01)


def test_a_mixture_passes_only_a_part(tmp_path: Path) -> None:
    found, remarks = read(tmp_path, {**LLAMA, "model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000})
    assert found["shape_active_b"] == pytest.approx(12.9, rel=0.02) and any("2 of 8" in r for r in remarks)


def test_the_text_part_of_a_vision_model_is_read(tmp_path: Path) -> None:
    found, remarks = read(tmp_path, {"model_type": "llava", "text_config": LLAMA, "vision_config": {"hidden_size": 1024, "num_hidden_layers": 24, "intermediate_size": 4096}})
    assert found["shape_layers"] == 32 and found["params_b"] > 8.2 and any("vision" in r for r in remarks)


def test_an_unknown_architecture_says_so(tmp_path: Path) -> None:
    _, remarks = read(tmp_path, {**LLAMA, "model_type": "something_new"})
    assert any("something_new" in r for r in remarks)


def test_weights_beside_a_config_are_counted_by_their_headers(tmp_path: Path) -> None:
    header = json.dumps({"__metadata__": {"format": "pt"}, "a": {"dtype": "BF16", "shape": [4096, 300000], "data_offsets": [0, 0]}, "b": {"dtype": "BF16", "shape": [4096], "data_offsets": [0, 0]}}).encode()
    (tmp_path / "model-00001-of-00001.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    written(tmp_path, LLAMA)
    assert modelconfig.read(tmp_path, TYPES)[0]["params_b"] == pytest.approx(4096 * 300001 / 1e9)
    (tmp_path / "model-00001-of-00001.safetensors").write_bytes(b"\xff" * 40)  # no header: the configuration counts
    assert modelconfig.read(tmp_path, TYPES)[0]["params_b"] == pytest.approx(8.03, rel=0.01)


@pytest.mark.parametrize(("config", "says"), [
    ({**LLAMA, "num_hidden_layers": 0}, "num_hidden_layers is 0"), ({**LLAMA, "vocab_size": -1}, "vocab_size is -1"), ({**LLAMA, "num_attention_heads": 33, "num_key_value_heads": 33}, "33 heads do not divide"),
    ({**LLAMA, "num_key_value_heads": 5}, "5 key-value heads"), ({"a": 1}, "Is this a language model"), ([1], "not a list"), ("{", "no valid JSON"), ("[" * 100_000, "no valid JSON"),
    ({**LLAMA, "hidden_size": "big"}, "hidden_size is big"), ({**LLAMA, "num_hidden_layers": 10**9}, "no model has so many"), ({**LLAMA, "hidden_size": True}, "hidden_size is True"),
    ({**LLAMA, "max_position_embeddings": -5}, "max_position_embeddings is -5"), ({**LLAMA, "text_config": 3}, "text_config is no object"), ("", "no valid JSON")])
def test_bad_configurations_get_a_clear_message(tmp_path: Path, config: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read(tmp_path, config)


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    with path.open("wb") as out:
        out.truncate(100_000_000)
    with pytest.raises(InputError, match="too large"):
        modelconfig.read(path)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as fault:
        read(tmp_path, {**LLAMA, "num_hidden_layers": 0, "vocab_size": 0})
    assert len(fault.value.messages) == 2


def test_a_config_gives_what_the_catalogue_gives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = []
    for model in (str(written(tmp_path, LLAMA)), str(tmp_path), "llama-3-8b"):
        assert main(["estimate", "lora", "--gpu", "a100-80gb", "--model", model, "--json"]) == 0
        values.append(json.loads(capsys.readouterr().out)["memory"]["allocated"])
    assert values[0] == values[1] == pytest.approx(values[2], rel=0.001)


@pytest.mark.parametrize("verb", [["why", "qlora"], ["advise"], ["compare", "lora", "qlora"], ["estimate", "qlora"], ["checklist"]])
def test_every_verb_takes_a_config_for_a_model(verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, {**LLAMA, "model_type": "something_new"})
    assert main([*verb, f"base_model={tmp_path}/", "gpu=t4", "examples=5000"]) in (0, 1, 3)
    told = capsys.readouterr()
    assert told.out and "No model" not in told.err and "something_new" in told.err


def test_a_config_is_read_from_python_and_what_is_said_beside_it_stands_above(tmp_path: Path) -> None:
    notes: list[str] = []
    found = Advisor(note=notes.append).situation(model=str(written(tmp_path, {**LLAMA, "model_type": "something_new"})), params_b=9)
    assert found["params_b"] == 9 and found["shape_layers"] == 32 and notes


def test_a_file_that_is_not_there_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "qlora", "--model", str(tmp_path / "none" / "config.json"), "--gpu", "t4"]) == 2
    assert capsys.readouterr().err.count("cannot be read") == 1

"""Every approach that has a recipe trains by its own script, on the CPU, on every base it may have, many in one process.

Runs where the pinned versions are at hand: in this environment, or in the one that TUNEWISE_RECIPES_PYTHON names; what
needs the Adapters library, which pins an older Transformers, in the one that TUNEWISE_ADAPTERS_PYTHON names (make test
makes both). TUNEWISE_RECIPES=some rehearses one of every kind of loop and adapter, for a quick look.
"""
from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT

PYTHON = os.environ.get("TUNEWISE_RECIPES_PYTHON") or (sys.executable if importlib.util.find_spec("torch") and importlib.util.find_spec("trl") else "")
ADAPTERS = os.environ.get("TUNEWISE_ADAPTERS_PYTHON", "")
QUICK = os.environ.get("TUNEWISE_RECIPES") == "some"
pytestmark = pytest.mark.skipif(not PYTHON, reason="no torch and trl here: pip install 'tunewise[recipes]', or name a Python that has them in TUNEWISE_RECIPES_PYTHON")

# One of every kind: loops, adapters that sit in layers, in tokens, beside them, and what needs a pass, a hook or an optimizer of its own.
SOME = ["a2po", "adalora", "adapter-layers", "continued-pre-training", "corda", "dora", "dpo", "eva", "fine-tuned-embeddings", "full-fine-tuning", "gold", "grpo", "ia3", "kto", "llama-adapter", "lora-plus", "mpo", "oft", "on-policy-distillation",
        "orpo", "prefix-tuning", "qlora", "reranker-ft", "reward-model", "rloo", "sdft", "sdpo", "sequence-classification", "simpo", "tpo", "vision-model-lora", "vlm-sft"]
OWN = """@prefix tw: <https://w3id.org/tunewise/ns#> .
@prefix kb: <https://w3id.org/tunewise/kb/> .
@prefix my: <https://example.org/my/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
my:my-own a tw:Approach ; rdfs:label "My own" ; tw:objective kb:supervised ; tw:parametrisation kb:low-rank-factors ; tw:baseWeights kb:bf16-weights ;
    tw:trainsOn tw:ownGpu ; tw:serves kb:learn-a-task ; tw:builtWith "peft.LoraConfig" ; tw:trainer "trl.SFTTrainer" ;
    tw:settings [ tw:key "r" ; tw:value 4 ], [ tw:key "use_rslora" ; tw:value true ], [ tw:key "target_modules" ; tw:value "all-linear" ] .
"""


@pytest.fixture(scope="session")
def bench() -> Any:
    spec = importlib.util.spec_from_file_location("bench_recipes", ROOT / "bench" / "recipes.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def written(bench: Any, advisor: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], dict[str, str]]:
    made, none = bench.write_all(tmp_path_factory.mktemp("recipes"), [16, 8, 4], set(SOME) if QUICK else set(), advisor)
    return made, none


@pytest.fixture(scope="session")
def rehearsed(bench: Any, written: Any, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    made = [row for row in written[0] if not row["apart"]]
    done: list[dict[str, Any]] = bench.run_all(made, PYTHON, tmp_path_factory.mktemp("workers"))
    assert [(row["technique"], row["bits"]) for row in done] == sorted(((row["technique"], row["bits"]) for row in made), key=lambda key: (key[0], -key[1])) and len(done) >= len(SOME)
    return done


@pytest.mark.skipif(QUICK, reason="a quick look")
def test_every_approach_that_names_a_class_has_a_recipe_or_a_reason(written: Any, advisor: Any) -> None:
    """What a version profile can run is written for a 16-bit base, or the answer says what is missing and what to do."""
    made, none = written
    sixteen = {row["technique"] for row in made if row["bits"] == 16}
    trained = [t for t in advisor.index["names"]["Approach"] if {"builtWith", "trainer"} & {f["property"] for f in advisor.ask("recipe", {}, technique=t)["facts"]}]
    left = {t: none[t] if t in none else none[f"{t}-16"] for t in trained if t not in sixteen}
    assert len(sixteen) > 150 and all(reason.startswith("No ") and ":" in reason for reason in left.values()), left
    assert {row["bits"] for row in made} == {16, 8, 4} and len({row["loop"] for row in made}) >= 16


def test_every_recipe_trains(rehearsed: list[dict[str, Any]]) -> None:
    assert not [f"{row['technique']} on {row['bits']} bits: {row['fault']}" for row in rehearsed if row["fault"]]


def test_exactly_what_should_change_changes(rehearsed: list[dict[str, Any]]) -> None:
    for row in rehearsed:
        assert row["finite"] and not row["changed_beyond"] and row["changed"] > 0, row


def test_what_is_saved_reloads_to_the_same_answers(rehearsed: list[dict[str, Any]]) -> None:
    assert not [(row["technique"], row["bits"], row["reload_difference"]) for row in rehearsed if row["reload_difference"] > (1e-3 if row["bits"] == 16 else 5e-3)]  # quantised kernels of the CPU round otherwise once they have packed their weights


def test_a_merged_model_answers_like_the_adapted_one(rehearsed: list[dict[str, Any]]) -> None:
    merged = [row for row in rehearsed if "merge_difference" in row]
    assert merged
    assert not [(row["technique"], row["bits"], row["merge_difference"]) for row in merged if row["merge_difference"] > 1e-2]


@pytest.mark.skipif(not ADAPTERS, reason="the Adapters library wants versions of its own: name a Python that has them in TUNEWISE_ADAPTERS_PYTHON")
def test_bottleneck_adapters_train_in_their_own_versions(bench: Any, written: Any, tmp_path: Path) -> None:
    made = [row for row in written[0] if row["apart"]]
    done = bench.run_all(made, ADAPTERS, tmp_path)
    assert len(done) == len(made) and (QUICK or len({row["technique"] for row in made}) >= 7)
    for row in done:
        assert not row["fault"] and row["finite"] and row["changed"] > 0 and not row["changed_beyond"] and row["reload_difference"] < 1e-3, row


def test_a_technique_of_ones_own_is_one_file(bench: Any, tmp_path: Path) -> None:
    from conftest import python

    own = tmp_path / "own"
    own.mkdir()
    (own / "my-own.ttl").write_text(OWN)
    code = f"""
from pathlib import Path
from tunewise import Advisor, recipe
from tunewise.knowledge import Knowledge
k = Knowledge(); a = Advisor(Knowledge((*k.ontology, Path({str(own)!r})), k.rules))
done = recipe.written(a, "my-own", a.situation(gpu="a100-80gb", model="llama-3.2-1b", examples=500), None, Path("out"))
for name, text in done.files.items():
    (Path({str(tmp_path)!r}) / name).write_text(text, encoding="utf8")
"""
    run = python(code)
    assert (tmp_path / "train.py").exists(), run.stderr
    (row,) = bench.run_all([{"technique": "my-own", "bits": 16, "folder": str(tmp_path), "loop": ""}], PYTHON, tmp_path)
    assert not row["fault"] and row["changed"] > 0 and row["reload_difference"] < 1e-3 and row["merge_difference"] < 1e-2
    assert json.loads((tmp_path / "trained-smoke" / "adapter_config.json").read_text())["use_rslora"] is True

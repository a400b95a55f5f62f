"""A decision for other training tools: their own parsers take it, nothing is dropped, nothing a person says becomes code."""
from __future__ import annotations

import ast
import copy
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import ROOT, python, tunewise
from tunewise import recipe, recipe_export
from tunewise.errors import InputError, KnowledgeError

# One of every kind: bases, adapters, losses, optimizers, loops.
TECHNIQUES = ["qlora", "lora-8bit", "full-fine-tuning", "dora", "pissa", "lora-plus", "continued-pre-training", "galore", "oft", "ia3", "eva", "dpo", "rpo", "kto", "orpo", "cpo", "simpo", "reward-model", "grpo",
              "rloo", "sequence-classification"]
TOOLS = ["axolotl-yaml", "llama-factory-yaml", "trl-cli", "unsloth-script"]
SITUATION = {"model": "llama-3-8b", "gpu": "nvidia-a100-80gb", "examples": 5000}
PYTHON = os.environ.get("TUNEWISE_RECIPES_PYTHON") or (sys.executable if importlib.util.find_spec("trl") else "")
WHEELS = Path(os.environ.get("TUNEWISE_EXPORTS") or ROOT / ".venv-exports")


@pytest.fixture(scope="module")
def bench() -> Any:
    spec = importlib.util.spec_from_file_location("bench_export_all", ROOT / "bench" / "export_all.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(bench: Any, advisor: Any) -> dict[str, recipe.Recipe]:
    """Recipes by technique, asked for once."""
    found: dict[str, recipe.Recipe] = bench.recipes(advisor, TECHNIQUES)
    assert list(found) == TECHNIQUES
    return found


@pytest.fixture(scope="module")
def exports(bench: Any, advisor: Any, made: dict[str, recipe.Recipe], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, str], dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("exports")
    rows = bench.write(folder, advisor, {**made, **{f"{technique}-{name}": of_data(advisor, file(folder / f"{name}.jsonl", [row]), technique) for technique, name, row in DATA}})
    assert {row["tool"] for row in rows} == set(TOOLS) and {row["technique"] for row in rows} >= set(TECHNIQUES)
    return folder, {(row["technique"], row["tool"]): row for row in rows}


def told_by(advisor: Any, made: recipe.Recipe, *tools: str) -> list[tuple[dict[str, str], recipe_export.Telling]]:
    return [recipe_export.exported(advisor, tool, made, "qlora")[:2] for tool in tools]


DATA = [("qlora", "alpaca", {"instruction": "a", "input": "b", "output": "c"}), ("qlora", "sharegpt", {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}),
        ("kto", "judged", {"prompt": "a", "completion": "b", "label": True}), ("dpo", "pairs", {"prompt": "a", "chosen": "b", "rejected": "c"})]


def file(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return path


def of_data(advisor: Any, data: Path, technique: str = "qlora", **more: Any) -> recipe.Recipe:
    return recipe.written(advisor, technique, advisor.situation({**SITUATION, **more}), data, data.parent / "out")


@pytest.mark.skipif(not PYTHON, reason="no trl here: pip install 'tunewise[recipes]', or name a Python that has it in TUNEWISE_RECIPES_PYTHON")
def test_the_tools_own_parsers_take_every_export(exports: tuple[Path, Any]) -> None:
    """TRL's argument parser always; Axolotl's schema and LLaMA-Factory's classes where their wheels lie in .venv-exports (make exports-wheels)."""
    folder, rows = exports
    run = subprocess.run([PYTHON, str(ROOT / "bench" / "export_all.py"), "--read", str(folder), str(WHEELS)], capture_output=True, text=True, timeout=300)
    assert "|" in run.stdout, run.stderr[-2000:]
    said = json.loads(next(line for line in run.stdout.splitlines() if line.startswith("|"))[1:])
    for tool, found in said.items():
        if found == "not at hand" and not list(WHEELS.glob("*.whl")):
            continue
        assert isinstance(found, dict), f"{tool}: {found}"
        assert set(found) == {technique for (technique, name), row in rows.items() if name == tool and row["folder"]}
        assert not {technique: fault for technique, fault in found.items() if fault}, tool
    assert isinstance(said["trl-cli"], dict)


EXPRESSIBLE = {"axolotl-yaml": {"qlora", "lora-8bit", "full-fine-tuning", "dora", "dpo", "kto", "orpo", "simpo", "grpo", "lora-plus"}, "llama-factory-yaml": {"qlora", "lora-8bit", "full-fine-tuning", "dora", "dpo", "kto",
               "orpo", "simpo", "reward-model", "lora-plus", "oft", "galore"}, "trl-cli": {"qlora", "lora-8bit", "full-fine-tuning", "dora", "dpo", "kto", "reward-model", "grpo", "rloo"},
               "unsloth-script": {"qlora", "lora-8bit", "full-fine-tuning", "dora", "dpo", "kto", "orpo", "simpo", "grpo"}}


def test_each_tool_takes_what_it_has_and_is_refused_what_it_has_not(exports: tuple[Path, dict[tuple[str, str], dict[str, Any]]]) -> None:
    rows = exports[1]
    for tool, techniques in EXPRESSIBLE.items():
        assert not [t for t in techniques if rows[t, tool]["refused"]]
    for technique, tool in (("ia3", "axolotl-yaml"), ("eva", "unsloth-script"), ("rloo", "llama-factory-yaml"), ("pissa", "trl-cli"), ("cpo", "axolotl-yaml"), ("sequence-classification", "trl-cli")):
        assert rows[technique, tool]["refused"] and not rows[technique, tool]["folder"]
    assert "dtype" in rows["full-fine-tuning", "axolotl-yaml"]["unsaid"][0]


def test_what_a_tool_cannot_be_told_is_refused_or_named_never_dropped(advisor: Any, made: dict[str, recipe.Recipe]) -> None:
    """A tool that loses a key loses no setting without a word: what makes the technique is refused, the rest is named."""
    targets = {t["id"]: t for t in advisor.ask("exports")["targets"]}
    for tool, key, technique, must in (("axolotl-yaml", "weight_decay", "qlora", False), ("axolotl-yaml", "use_dora", "dora", True), ("llama-factory-yaml", "load_in_4bit", "qlora", True),
                                       ("unsloth-script", "lora_dropout", "qlora", False), ("trl-cli", "lora_alpha", "qlora", False), ("llama-factory-yaml", "beta", "dpo", False)):
        less = copy.deepcopy(targets[tool])
        less["says"] = [s for s in less["says"] if s["key"] != key]
        assert len(less["says"]) < len(targets[tool]["says"])
        facts = {row["property"]: row["value"] for row in less["facts"]}
        telling = recipe_export._best(less, advisor, facts, made[technique].decided)
        found = telling.refused if must else telling.unsaid
        assert any(text.startswith(key) for text in found), (tool, key, found)


def test_every_setting_of_the_recipe_stands_in_the_file(advisor: Any, made: dict[str, recipe.Recipe], tmp_path: Path) -> None:
    files, _, _ = recipe_export.exported(advisor, "axolotl", made["qlora"], "qlora")
    told = yaml.safe_load(files["axolotl.yaml"])
    decided = {key: value for key, value, _ in [*made["qlora"].decided["adapter"], *made["qlora"].decided["arguments"]]}
    for ours, theirs in (("r", "lora_r"), ("lora_alpha", "lora_alpha"), ("learning_rate", "learning_rate"), ("num_train_epochs", "num_epochs"), ("per_device_train_batch_size", "micro_batch_size"),
                         ("gradient_accumulation_steps", "gradient_accumulation_steps"), ("max_length", "sequence_len"), ("warmup_steps", "warmup_ratio"), ("optim", "optimizer"), ("seed", "seed")):
        assert told[theirs] == decided[ours], theirs
    assert told["adapter"] == "qlora" and told["load_in_4bit"] is True and told["bnb_config_kwargs"] == {"bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True} and told["lora_target_linear"] is True
    reasons = [line for line in files["axolotl.yaml"].splitlines() if line.startswith("learning_rate")]
    assert "#" in reasons[0] and "paper" in reasons[0]


def test_what_the_recipe_leaves_to_its_libraries_is_told_where_a_tool_does_otherwise(advisor: Any, made: dict[str, recipe.Recipe]) -> None:
    told = yaml.safe_load(recipe_export.exported(advisor, "trl-cli", made["kto"], "kto")[0]["trl.yaml"])
    assert (told["lora_r"], told["lora_alpha"], told["lora_dropout"]) == (32, 64, 0.05)
    told = yaml.safe_load(recipe_export.exported(advisor, "trl-cli", made["grpo"], "grpo")[0]["trl.yaml"])
    assert told["lora_dropout"] == 0  # TRL's command line has 0.05
    told = yaml.safe_load(recipe_export.exported(advisor, "axolotl", made["kto"], "kto")[0]["axolotl.yaml"])
    assert told["lr_scheduler"] == "linear"  # Axolotl has cosine


def test_the_users_records_are_mapped(advisor: Any, tmp_path: Path) -> None:
    alpaca = file(tmp_path / "a.jsonl", [{"instruction": "a", "input": "", "output": "b"}])
    talk = file(tmp_path / "s.jsonl", [{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}])
    (axolotl, _), (factory, _), (_, trl) = told_by(advisor, of_data(advisor, alpaca), "axolotl", "llama-factory", "trl")
    assert json.loads(factory["dataset_info.json"]) == {"decision": {"formatting": "alpaca", "columns": {"prompt": "instruction", "query": "input", "response": "output"}, "file_name": "../a.jsonl"}}
    records = {"field_instruction": "instruction", "field_input": "input", "field_output": "output", "format": "{instruction}\n\n{input}", "no_input_format": "{instruction}"}
    assert yaml.safe_load(axolotl["axolotl.yaml"])["datasets"] == [{"path": "../a.jsonl", "ds_type": "json", "type": records}]
    assert len(trl.refused) == 1 and "--convert openai-chat" in trl.refused[0]

    (axolotl, _), (factory, _) = told_by(advisor, of_data(advisor, talk), "axolotl", "llama-factory")
    assert json.loads(factory["dataset_info.json"])["decision"] == {"formatting": "sharegpt", "columns": {"messages": "conversations"}, "tags": {
        "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt", "system_tag": "system", "observation_tag": "observation", "function_tag": "function_call"}, "file_name": "../s.jsonl"}
    assert yaml.safe_load(axolotl["axolotl.yaml"])["datasets"] == [
        {"path": "../s.jsonl", "ds_type": "json", "type": "chat_template", "field_messages": "conversations", "message_property_mappings": {"role": "from", "content": "value"}}]

    assert tunewise("data", str(alpaca), "--convert", "openai-chat", "--out", str(tmp_path / "new.jsonl")).returncode == 0  # the way out that was told
    (told, _), (factory, _) = told_by(advisor, of_data(advisor, tmp_path / "new.jsonl"), "trl", "llama-factory")
    assert yaml.safe_load(told["trl.yaml"])["datasets"] == [{"path": "json", "data_files": "../new.jsonl"}] and yaml.safe_load(told["trl.yaml"])["assistant_only_loss"] is True
    tags = json.loads(factory["dataset_info.json"])["decision"]["tags"]  # where one tag is given, LLaMA-Factory knows no default for the others
    assert tags == {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system", "observation_tag": "tool", "function_tag": "function_call"}


HOSTILE = ['a"; import os #', "a\nbase_model: evil", "it's: {x} [y] & *z", "${HOME} `id` \\x", "!!python/object/apply:os.system ['id']", "ünï 漢 😀 \u2028 \x07", "no", "1e3", "", "- x"]


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_a_person_says_becomes_anything_but_a_value(advisor: Any, made: dict[str, recipe.Recipe], name: str) -> None:
    plan = copy.deepcopy(made["qlora"])
    plan.decided["constants"] = [(key, name if key in ("MODEL", "DATA") else value, name) for key, value, _ in plan.decided["constants"]]
    plan.decided["make"]["label"] = name
    wanted = name or "MODEL"
    for tool, main, key in (("axolotl", "axolotl.yaml", "base_model"), ("llama-factory", "llamafactory.yaml", "model_name_or_path")):
        files, _, _ = recipe_export.exported(advisor, tool, plan, "qlora")
        told = yaml.safe_load(files[main])
        assert told[key] == wanted and "evil" not in told.values()
    assert json.loads(files["dataset_info.json"])["decision"]["file_name"] == (name or "data.jsonl")
    script = recipe_export.exported(advisor, "unsloth", plan, "qlora")[0]["train_unsloth.py"]
    constants = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(script).body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)}
    assert constants["MODEL"] == wanted


def test_the_script_tells_faulty_records_before_anything_is_loaded(exports: tuple[Path, dict[tuple[str, str], dict[str, Any]]], tmp_path: Path) -> None:
    """Without Unsloth and without a GPU: the data is looked at first, as train.py does."""
    for technique, row in (("qlora", {"instruction": "a", "output": ""}), ("dpo", {"prompt": "a", "chosen": "b", "rejected": "b"}), ("grpo", {"question": "a"})):
        script = Path(exports[1][technique, "unsloth-script"]["folder"]) / "train_unsloth.py"
        run = subprocess.run([sys.executable, str(script), "--dry-run", "--data", str(file(tmp_path / f"{technique}.jsonl", [row]))], capture_output=True, text=True, timeout=60)
        assert run.returncode == 1 and "row 1:" in run.stderr and "Traceback" not in run.stderr, run.stderr


def test_the_same_decision_gives_the_same_bytes(advisor: Any, made: dict[str, recipe.Recipe], bench: Any) -> None:
    again = bench.recipes(advisor, ["qlora"])["qlora"]
    assert told_by(advisor, again, *TOOLS) == told_by(advisor, made["qlora"], *TOOLS)


def test_several_gpus_are_said_as_the_tool_says_them(advisor: Any, tmp_path: Path) -> None:
    plan = of_data(advisor, file(tmp_path / "m.jsonl", [{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}]), model="llama-3.1-70b", n_gpus=8, sharding="full-sharding")
    (axolotl, _), (trl, _), (_, factory) = told_by(advisor, plan, "axolotl", "trl", "llama-factory")
    assert yaml.safe_load(axolotl["axolotl.yaml"])["fsdp_version"] == 2
    assert yaml.safe_load(trl["trl.yaml"])["accelerate_config"] == "accelerate.yaml" and "num_processes: 8" in trl["accelerate.yaml"]
    assert "launch" in factory.refused[0]


def test_a_key_that_the_tool_does_not_take_is_told_before_a_byte_is_written(advisor: Any, made: dict[str, recipe.Recipe], monkeypatch: pytest.MonkeyPatch) -> None:
    answer = copy.deepcopy(advisor.ask("exports"))
    for target in answer["targets"]:
        for saying in target["says"]:
            saying["as"] = "lora_rnk" if saying["as"] == "lora_r" else saying["as"]
    monkeypatch.setattr(type(advisor), "ask", lambda self, question, *_, **__: answer)
    with pytest.raises(KnowledgeError, match="lora_rnk is no key of axolotl.yaml.*Did you mean lora_r"):
        recipe_export.exported(advisor, "axolotl", made["qlora"], "qlora")


def test_the_command_line_writes_refuses_and_knows_the_tools(tmp_path: Path) -> None:
    common = ["--model", "llama-3-8b", "--gpu", "t4", "--examples", "5000"]
    run = tunewise("recipe", "qlora", *common, "--for", "LLaMA Factory", "--out", str(tmp_path / "q"))
    assert run.returncode == 0 and "llamafactory-cli train llamafactory.yaml" in run.stdout, run.stderr
    assert sorted(p.name for p in (tmp_path / "q").iterdir()) == ["README.md", "dataset_info.json", "decision.json", "llamafactory.yaml", "requirements.txt"]
    assert "llamafactory==0.9.5" in (tmp_path / "q" / "requirements.txt").read_text() and yaml.safe_load((tmp_path / "q" / "llamafactory.yaml").read_text())["fp16"] is True
    run = tunewise("recipe", "ia3", *common, "--for", "axolotl", "--out", str(tmp_path / "i"))
    assert run.returncode == 1 and "it builds LoRA adapters" in run.stdout and "instead" in run.stdout and not (tmp_path / "i").exists()
    run = tunewise("recipe", "qlora", *common, "--for", "axolotle", "--out", str(tmp_path / "x"))
    assert run.returncode == 2 and "Did you mean axolotl-yaml?" in run.stderr


OWN = """@prefix tw: <https://w3id.org/tunewise/ns#> .
@prefix my: <https://example.org/my/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
my:trainer a tw:ExportTarget ; rdfs:label "Our trainer" ; tw:toolVersion "2" ; tw:pins "ours==2" ; tw:mainFile "ours.yaml" ; tw:writes "ours.yaml" ; tw:trainCommand "ours ours.yaml" ; tw:signatureFile "ours.json" ;
    tw:says [ tw:key "model" ; tw:as "net" ], [ tw:key "r" ; tw:as "adapter.rank" ], [ tw:key "learning_rate" ; tw:as "lr" ], [ tw:key "base" ; tw:value "nf4-weights" ; tw:as "bits" ; tw:asValue 4 ] .
"""


def test_a_tool_of_ones_own_is_one_turtle_file_and_its_keys(tmp_path: Path) -> None:
    (tmp_path / "ours.ttl").write_text(OWN, encoding="utf8")
    (tmp_path / "ours.json").write_text(json.dumps({"source": "ours 2", "fields": {"": ["net", "lr", "bits"], "adapter": ["rank"]}, "choices": {}, "defaults": {}}), encoding="utf8")
    code = """
import sys
from pathlib import Path
from tunewise import Advisor, recipe, recipe_export
from tunewise.knowledge import Knowledge
advisor = Advisor(Knowledge(ontology=(*Knowledge().ontology, Path(sys.argv[1]))))
made = recipe.written(advisor, "qlora", advisor.situation({"model": "llama-3-8b"}), None, Path("out"))
files, telling, target = recipe_export.exported(advisor, "our trainer", made, "qlora")
print(recipe_export.why_not(target, telling, "QLoRA"))
made.decided["make"]["own"] = []
target["says"] += [{**target["says"][0], "key": key, "as": "", "implied": "x", "value": "", "as_value": ""} for key in ("trainer", "loop", "adapter", "records", "n_gpus", "load_in_4bit", "bnb_4bit_quant_type", "bnb_4bit_use_double_quant")]
advisor.ask = lambda *_, **__: {"targets": [target]}
print(recipe_export.exported(advisor, "our trainer", made, "qlora")[0]["ours.yaml"])
"""
    run = python(code, str(tmp_path))
    assert run.returncode == 0, run.stderr
    assert 'No Our trainer 2 for QLoRA:' in run.stdout and 'adapter "peft.LoraConfig": Our trainer 2 has no key for it' in run.stdout and "--for axolotl-yaml" in run.stdout
    told = yaml.safe_load(run.stdout.partition("without --for\n")[2])
    assert set(told) == {"net", "adapter", "lr", "bits"} and told["adapter"]["rank"] > 0 and told["bits"] == 4
    assert "# Left out: lora_dropout" in run.stdout


def test_every_script_is_python_and_names_only_keywords_that_are_taken(exports: tuple[Path, dict[tuple[str, str], dict[str, Any]]]) -> None:
    recorded = json.loads((ROOT / "ontology" / "profiles" / "fields-unsloth.json").read_text(encoding="utf8"))["fields"]
    scripts = [Path(row["folder"]) / "train_unsloth.py" for (_, tool), row in exports[1].items() if tool == "unsloth-script" and row["folder"]]
    assert len(scripts) >= 8
    for script in scripts:
        tree = ast.parse(script.read_text(encoding="utf8"))
        blocks = {node.target.id: ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
        configured = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("trl")]
        assert set(blocks["LOAD"]) <= set(recorded["LOAD"]) and set(blocks.get("ADAPTER", {})) <= set(recorded["ADAPTER"])
        assert set(blocks["ARGUMENTS"]) <= set(recorded[f"{configured[0].module}.{configured[0].names[0].name}"]), script


def test_an_unknown_tool_is_told_with_the_known_ones(advisor: Any) -> None:
    with pytest.raises(InputError, match="Tools: axolotl-yaml, llama-factory-yaml, trl-cli, unsloth-script"):
        recipe_export.target_of(advisor.ask("exports")["targets"], "nemo")


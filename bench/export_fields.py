"""Writes ontology/profiles/fields-*.json: which keys the training tools take that a decision can be written for.

Reads the tools' own sources, unpacked from the wheels of the named versions; nothing of them is installed:

    pip download --no-deps -d WHEELS axolotl==0.19.0 llamafactory==0.9.5 unsloth==2026.10.9 transformers==5.6.0 trl==1.15.0 transformers==5.17.0
        trl==1.16.0 transformers==5.23.0 peft==0.21.2      (one call for each package where versions differ)
    python bench/export_fields.py WHEELS
"""
from __future__ import annotations

import ast
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent / "ontology" / "profiles"


class Sources:
    """Python files of one wheel."""

    def __init__(self, folder: Path, package: str, version: str) -> None:
        self.zip = zipfile.ZipFile(next(folder.glob(f"{package}-{version}-*.whl")))
        self.said = f"{package} {version}"

    def classes(self, path: str) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in ast.walk(ast.parse(self.zip.read(path))) if isinstance(node, ast.ClassDef)}


def fields(*classes: ast.ClassDef) -> list[str]:
    """Annotated fields of dataclasses and pydantic models, in their order; what is not to be given is left out."""
    out: list[str] = []
    for cls in classes:
        for node in cls.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and "init=False" not in ast.unparse(node) and "ClassVar" not in ast.unparse(node.annotation):
                out.append(node.target.id)
    return list(dict.fromkeys(out))


def choices(*classes: ast.ClassDef) -> dict[str, list[Any]]:
    """Values of fields that are a Literal of nothing but values."""
    out = {}
    for cls in classes:
        for node in cls.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                kind = node.annotation.left if isinstance(node.annotation, ast.BinOp) else node.annotation
                if isinstance(kind, ast.Subscript) and ast.unparse(kind.value) == "Literal" and not (isinstance(node.annotation, ast.BinOp) and "bool" in ast.unparse(node.annotation)):
                    values = ast.literal_eval(kind.slice)
                    out[node.target.id] = list(values) if isinstance(values, tuple) else [values]
    return out


def defaults(*classes: ast.ClassDef) -> dict[str, Any]:
    """Defaults that are plain numbers, texts, true or false; the first class that has the field decides."""
    out: dict[str, Any] = {}
    for cls in classes:
        for node in cls.body:
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name) or node.target.id in out:
                continue
            value = node.value
            if isinstance(value, ast.Call):
                value = next((k.value for k in value.keywords if k.arg == "default"), value.args[0] if value.args else None)
            try:
                found = ast.literal_eval(value) if value is not None else None
            except ValueError:
                continue
            if isinstance(found, (bool, int, float, str)):
                out[node.target.id] = found
    return out


def keywords(tree: dict[str, ast.ClassDef], cls: str, function: str) -> list[str]:
    node = next(n for n in tree[cls].body if isinstance(n, ast.FunctionDef) and n.name == function)
    return [a.arg for a in [*node.args.args, *node.args.kwonlyargs] if a.arg not in ("self", "cls", "model")]


def given(tree: dict[str, ast.ClassDef], cls: str, function: str) -> dict[str, Any]:
    """Defaults of a function's keywords that are plain values."""
    node = next(n for n in tree[cls].body if isinstance(n, ast.FunctionDef) and n.name == function)
    pairs = zip(node.args.args[len(node.args.args) - len(node.args.defaults):], node.args.defaults)
    return {arg.arg: value.value for arg, value in pairs if isinstance(value, ast.Constant) and value.value is not None}


def write(name: str, source: str, versions: dict[str, str], taken: dict[str, list[str]], known: dict[str, list[Any]], usual: dict[str, dict[str, Any]] | None = None) -> None:
    whole = {"source": source, "versions": versions, "fields": taken, "choices": known, "defaults": usual or {}}
    text = json.dumps(whole, indent=1, sort_keys=True)
    (HERE / f"fields-{name}.json").write_text(text + "\n", encoding="utf8")


def trl(folder: Path) -> None:
    wheel = Sources(folder, "trl", "1.16.0")
    signatures = json.loads((HERE / "signatures.json").read_text(encoding="utf8"))["classes"]
    utils, model = wheel.classes("trl/scripts/utils.py"), wheel.classes("trl/trainer/model_config.py")["ModelConfig"]
    common = [*fields(utils["ScriptArguments"], model, utils["DatasetMixtureConfig"]), "num_processes", "accelerate_config"]
    takes: dict[str, list[str]] = {}
    for cls in ("SFTConfig", "DPOConfig", "KTOConfig", "RewardConfig", "GRPOConfig", "RLOOConfig"):
        row = signatures[f"trl.{cls}"]
        takes[f"trl.{cls}"] = [*row["takes"], *(signatures[row["extends"]]["takes"] if "extends" in row else [])]
    rewards = fields(wheel.classes("trl/scripts/grpo.py")["GRPOScriptArguments"])
    write("trl-cli", "trl 1.16.0: scripts/utils.py, scripts/grpo.py, trainer/model_config.py, and its argument classes", {"trl": "1.16.0", "transformers": "5.23.0"},
          {"": [*common, *rewards], "datasets.0": fields(utils["DatasetConfig"]), **takes}, {}, {"": defaults(model)})


def recipe(folder: Path) -> None:
    """What the recipe's own libraries do where it says nothing: told to a tool that would do otherwise."""
    trl, transformers, peft = Sources(folder, "trl", "1.16.0"), Sources(folder, "transformers", "5.23.0"), Sources(folder, "peft", "0.21.2")
    training, shared = transformers.classes("transformers/training_args.py")["TrainingArguments"], trl.classes("trl/trainer/base_config.py")["_BaseConfig"]
    usual = {}
    for name in ("trainer/sft", "trainer/dpo", "trainer/kto", "trainer/grpo", "trainer/rloo", "trainer/reward", "experimental/orpo/orpo", "experimental/cpo/cpo"):
        cls = next(c for c in trl.classes(f"trl/{name}_config.py").values() if c.name.endswith("Config"))
        usual["trl." + (f"{name.rpartition('/')[0].replace('/', '.')}." if "experimental" in name else "") + cls.name] = defaults(cls, shared, training)
    for file, name in (("lora", "LoraConfig"), ("oft", "OFTConfig")):
        usual[f"peft.{name}"] = defaults(peft.classes(f"peft/tuners/{file}/config.py")[name])
    write("recipe", "trl 1.16.0, transformers 5.23.0, peft 0.21.2: defaults of the argument classes", {"trl": "1.16.0", "transformers": "5.23.0", "peft": "0.21.2"}, {}, {}, usual)


def axolotl(folder: Path) -> None:
    wheel = Sources(folder, "axolotl", "0.19.0")
    base = "axolotl/utils/schemas/"
    every: dict[str, ast.ClassDef] = {}
    for name in ("config", "datasets", "deprecated", "fsdp", "integrations", "model", "multimodal", "peft", "training", "trl", "vllm"):
        every |= wheel.classes(f"{base}{name}.py")
    top = _above(every, "AxolotlInputConfig")
    enums = wheel.classes(f"{base}enums.py")
    rl = [node.value.value for node in enums["RLType"].body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)]
    taken = {"": fields(*top), "datasets.0": sorted({*fields(every["SFTDataset"]), *fields(every["DPODataset"]), *fields(every["KTODataset"])}), "trl": fields(every["TRLConfig"]),
             "datasets.0.type": sorted({*fields(every["UserDefinedPrompterType"]), *fields(every["UserDefinedDPOType"]), *fields(every["UserDefinedKTOType"])}), "fsdp_config": fields(every["FSDPConfig"]),
             "datasets.0.message_property_mappings": ["role", "content"], "bnb_config_kwargs": ["bnb_4bit_use_double_quant", "bnb_4bit_quant_type"], "peft": fields(every["PeftConfig"])}
    write("axolotl", f"{wheel.said}: {base}*.py", {"axolotl": "0.19.0"}, taken, {**choices(*top), "rl": rl}, {"": defaults(*top), "trl": defaults(every["TRLConfig"])})


def _above(every: dict[str, ast.ClassDef], name: str) -> list[ast.ClassDef]:
    """A class and those it builds on that are at hand."""
    if name not in every:
        return []
    return [every[name], *[cls for base in every[name].bases for cls in _above(every, ast.unparse(base).rpartition(".")[2])]]


def llama_factory(folder: Path) -> None:
    wheel, transformers = Sources(folder, "llamafactory", "0.9.5"), Sources(folder, "transformers", "5.6.0")
    every: dict[str, ast.ClassDef] = {}
    for name in ("model_args", "data_args", "finetuning_args", "generating_args", "training_args"):
        every |= wheel.classes(f"llamafactory/hparams/{name}.py")
    training = [transformers.classes("transformers/training_args_seq2seq.py")["Seq2SeqTrainingArguments"], transformers.classes("transformers/training_args.py")["TrainingArguments"]]
    top = [cls for name in ("ModelArguments", "DataArguments", "FinetuningArguments", "GeneratingArguments", "TrainingArguments") for cls in _above(every, name)]
    attributes = wheel.classes("llamafactory/data/parser.py")["DatasetAttr"]
    entry = ["file_name", "formatting", "ranking", "subset", "split", "folder", "num_samples", "columns", "tags"]
    tags = [name for name in fields(attributes) if name.endswith("_tag") and name != "kto_tag"]
    columns = [name for name in fields(attributes) if name not in entry and name not in tags and name not in ("load_from", "dataset_name")]
    known = {**choices(*top), "flash_attn": ["auto", "disabled", "sdpa", "fa2", "fa3"], "dataset_info.json:decision.formatting": ["alpaca", "sharegpt", "openai"]}
    taken = {"": fields(*top, *training), "dataset_info.json:decision": entry, "dataset_info.json:decision.columns": columns, "dataset_info.json:decision.tags": tags}
    taken["transformers.TrainingArguments"] = fields(*training)
    write("llama-factory", f"{wheel.said}: hparams/*.py, data/parser.py; transformers 5.6.0: training_args.py, the latest it takes", {"llamafactory": "0.9.5", "transformers": "5.6.0"}, taken, known, {"": defaults(*top, *training)})


def unsloth(folder: Path) -> None:
    wheel, trl, transformers = Sources(folder, "unsloth", "2026.10.9"), Sources(folder, "trl", "1.15.0"), Sources(folder, "transformers", "5.17.0")
    training = transformers.classes("transformers/training_args.py")["TrainingArguments"]
    shared = trl.classes("trl/trainer/base_config.py")["_BaseConfig"]
    taken = {"": ["MODEL", "DATA", "OUTPUT", "MERGE"], "LOAD": keywords(wheel.classes("unsloth/models/loader.py"), "FastLanguageModel", "from_pretrained"),
             "ADAPTER": [*keywords(wheel.classes("unsloth/models/llama.py"), "FastLlamaModel", "get_peft_model"), "use_dora"]}  # what it does not take itself it hands to peft.LoraConfig
    for name in ("sft", "dpo", "kto", "grpo", "rloo", "reward"):
        found = trl.classes(f"trl/trainer/{name}_config.py")
        cls = next(c for c in found.values() if c.name.endswith("Config"))
        taken[f"trl.{cls.name}"] = fields(cls, shared, training)
    for name in ("orpo", "cpo"):
        found = trl.classes(f"trl/experimental/{name}/{name}_config.py")
        cls = next(c for c in found.values() if c.name.endswith("Config"))
        taken[f"trl.experimental.{name}.{cls.name}"] = fields(cls, shared, training)
    usual = {"LOAD": given(wheel.classes("unsloth/models/loader.py"), "FastLanguageModel", "from_pretrained"), "ADAPTER": given(wheel.classes("unsloth/models/llama.py"), "FastLlamaModel", "get_peft_model")}
    source = f"{wheel.said}: models/loader.py, models/llama.py; trl 1.15.0 and transformers 5.17.0: argument classes, the latest it takes"
    write("unsloth", source, {"unsloth": "2026.10.9", "trl": "1.15.0", "transformers": "5.17.0"}, taken, {}, usual)


if __name__ == "__main__":
    wheels = Path(sys.argv[1])
    for make in (recipe, trl, axolotl, llama_factory, unsloth):
        make(wheels)

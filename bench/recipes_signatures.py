"""Writes ontology/profiles/signatures*.json: which keywords the classes of the pinned libraries take.

Run in an environment that has the pinned versions of a profile: python bench/recipes_signatures.py. Where the
Adapters library is installed, it is that profile; else it is the one of TRL.
"""
from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
FOLDER = Path(__file__).resolve().parent.parent / "ontology" / "profiles"
BOTTLENECK = importlib.util.find_spec("adapters") is not None
TARGET = FOLDER / ("signatures-adapters.json" if BOTTLENECK else "signatures.json")
PACKAGES = ["torch", "transformers", "adapters", "accelerate", "datasets"] if BOTTLENECK else ["torch", "transformers", "peft", "trl", "accelerate", "datasets", "bitsandbytes", "sentence-transformers"]
BASES = {"transformers.TrainingArguments": "transformers"}


def keywords(cls: Any) -> tuple[list[str], list[str]]:
    """Names a constructor takes, and those of them without a default."""
    names, needed = [], []
    for name, parameter in inspect.signature(cls).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        names.append(name)
        if parameter.default is parameter.empty:
            needed.append(name)
    return names, needed


def of_trl() -> dict[str, Any]:
    import peft
    import transformers
    import trl

    classes: dict[str, Any] = {}
    for name in sorted(dir(peft)):
        found = getattr(peft, name)
        if inspect.isclass(found) and name.endswith("Config") and dataclasses.is_dataclass(found):
            classes[f"peft.{name}"] = found
    classes["peft.tuners.lora.config.CordaConfig"] = importlib.import_module("peft.tuners.lora.config").CordaConfig
    makers = importlib.import_module("peft.optimizers")
    for name in dir(makers):
        if name.startswith("create_"):
            classes[f"peft.optimizers.{name}"] = getattr(makers, name)
    for name in ("TrainingArguments", "Trainer", "BitsAndBytesConfig"):
        classes[f"transformers.{name}"] = getattr(transformers, name)
    encoders = importlib.import_module("sentence_transformers")
    for name in ("SentenceTransformerTrainingArguments", "CrossEncoderTrainingArguments"):
        classes[f"sentence_transformers.{name}"] = getattr(encoders, name)
    for name in ("SFT", "DPO", "KTO", "Reward", "GRPO", "RLOO", "Distillation"):
        for kind in ("Config", "Trainer"):
            classes[f"trl.{name}{kind}"] = getattr(trl, name + kind)
    folder = Path(importlib.import_module("trl.experimental").__file__ or "").parent
    for part in sorted(p.name for p in folder.iterdir() if (p / "__init__.py").exists()):
        try:
            module = importlib.import_module(f"trl.experimental.{part}")
        except Exception as fault:  # needs a package that is not pinned
            print(f"trl.experimental.{part}: {fault}", file=sys.stderr)
            continue
        for name in dir(module):
            if name.endswith(("Config", "Trainer")) and inspect.isclass(getattr(module, name)):
                classes[f"trl.experimental.{part}.{name}"] = getattr(module, name)
    return classes


def of_adapters() -> dict[str, Any]:
    import transformers

    adapters = importlib.import_module("adapters")
    classes = {f"adapters.{name}": getattr(adapters, name) for name in sorted(dir(adapters)) if name.endswith("Config") and dataclasses.is_dataclass(getattr(adapters, name))}
    classes["adapters.UniPELTConfig"] = adapters.UniPELTConfig
    return {**classes, "transformers.TrainingArguments": transformers.TrainingArguments, "transformers.BitsAndBytesConfig": transformers.BitsAndBytesConfig}


def main() -> None:
    classes = of_adapters() if BOTTLENECK else of_trl()
    common = keywords(classes["transformers.TrainingArguments"])[0]
    rows = {}
    for name, cls in sorted(classes.items()):
        takes, needs = keywords(cls)
        row: dict[str, Any] = {"takes": takes}
        if name != "transformers.TrainingArguments" and set(common) <= set(takes):
            row = {"extends": "transformers.TrainingArguments", "takes": [t for t in takes if t not in common]}
        if needs:
            row["needs"] = needs
        rows[name] = row
    versions = {package: importlib.metadata.version(package).split("+")[0] for package in PACKAGES}
    head = {"source": "inspect.signature of the installed classes (bench/recipes_signatures.py)", "versions": versions,
            **({"renamed": {"warmup_steps": "warmup_ratio"}} if BOTTLENECK else {})}  # a share of the steps, which later versions take in warmup_steps
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    TARGET.write_text(json.dumps(head, indent=1)[:-2] + ',\n "classes": {\n' + lines + "\n}}\n", encoding="utf8")
    print(f"{len(rows)} classes, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()

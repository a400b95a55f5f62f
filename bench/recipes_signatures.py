"""Writes ontology/profiles/signatures.json: which keywords the classes of the pinned libraries take.

Run in an environment that has the pinned versions: python bench/recipes_signatures.py
"""
from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
TARGET = Path(__file__).resolve().parent.parent / "ontology" / "profiles" / "signatures.json"
PACKAGES = ["torch", "transformers", "peft", "trl", "accelerate", "datasets", "bitsandbytes"]
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


def main() -> None:
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
    head = {"source": "inspect.signature of the installed classes (bench/recipes_signatures.py)", "versions": versions}
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    TARGET.write_text(json.dumps(head, indent=1)[:-2] + ',\n "classes": {\n' + lines + "\n}}\n", encoding="utf8")
    print(f"{len(rows)} classes, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()

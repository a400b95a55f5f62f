"""Writes every recipe for every training tool, and has the tools' own parsers read them where they are at hand.

    python bench/export_all.py FOLDER                     writes; prints a table of technique and tool
    PYTHON bench/export_all.py --read FOLDER WHEELS       reads with the parsers: PYTHON has trl 1.16.0, WHEELS the wheels of the other tools

Prints JSON: what each parser said of each folder, nothing where it took all keys.
"""
from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def recipes(advisor: Any, techniques: list[str]) -> dict[str, Any]:
    """Recipes by technique, of those that have one."""
    from tunewise import recipe
    from tunewise.errors import InputError

    situation = advisor.situation({"model": "llama-3-8b", "gpu": "nvidia-a100-80gb", "examples": 5000})
    found = {}
    for technique in techniques:
        try:
            found[technique] = recipe.written(advisor, technique, situation, None, Path("out"))
        except InputError:
            continue
    return {technique: made for technique, made in found.items() if made.files}


def write(folder: Path, advisor: Any, made: dict[str, Any]) -> list[dict[str, Any]]:
    """Exports of recipes to all tools: {technique, tool, folder, refused, differs, unsaid}."""
    from tunewise import recipe_export

    tools = [t["id"] for t in advisor.ask("exports")["targets"]]
    out = []
    for technique, one in made.items():
        for tool in tools:
            files, telling, _ = recipe_export.exported(advisor, tool, one, technique)
            place = folder / tool / technique
            if files:
                place.mkdir(parents=True, exist_ok=True)
                for name, text in files.items():
                    (place / name).write_text(text, encoding="utf8")
            out.append({"technique": technique, "tool": tool, "folder": str(place) if files else None, "refused": telling.refused, "differs": telling.differs, "unsaid": telling.unsaid})
    return out


def unpacked(wheels: Path, package: str) -> bool:
    """Makes a package importable from its wheel, without its requirements."""
    found = sorted(wheels.glob(f"{package}-*.whl"))
    if not found:
        return False
    place = wheels / f".{package}"
    if not place.exists():
        zipfile.ZipFile(found[-1]).extractall(place)
    sys.path.insert(0, str(place))
    return True


def trl_parser() -> Callable[[Path], None]:
    import importlib

    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

    def one(folder: Path) -> None:
        import yaml

        command = next(line.split()[3] for line in (folder / "trl.yaml").read_text(encoding="utf8").splitlines() if line.startswith("# Train: "))
        parser = importlib.import_module(f"trl.scripts.{command}").make_parser()
        asked = yaml.safe_load((folder / "trl.yaml").read_text(encoding="utf8"))
        script, training, model, _, rest = parser.parse_args_and_config(["--config", str(folder / "trl.yaml"), "--use_cpu", "--bf16", "false", "--fp16", "false"], return_remaining_strings=True)
        assert not [word for word in rest if word.startswith("--") and word != "--accelerate_config"], rest
        for key, value in asked.items():
            for part in (script, training, model):
                if hasattr(part, key) and key not in ("bf16", "fp16", "lora_target_modules", "output_dir", "report_to", "scale_rewards"):
                    assert getattr(part, key) in (value, [value]), (key, getattr(part, key), value)

    return one


def within(asked: Any, got: Any) -> bool:
    """Whether everything asked for is still there after the schema has read it."""
    if isinstance(asked, dict):
        return isinstance(got, dict) and all(key in got and within(value, got[key]) for key, value in asked.items())
    if isinstance(asked, list):
        return isinstance(got, list) and len(asked) == len(got) and all(map(within, asked, got))
    return bool(asked == got)


def axolotl_parser() -> Callable[[Path], None]:
    import yaml
    from axolotl.utils.schemas.config import AxolotlInputConfig

    def one(folder: Path) -> None:
        asked = yaml.safe_load((folder / "axolotl.yaml").read_text(encoding="utf8"))
        unknown = set(asked) - set(AxolotlInputConfig.model_fields)
        assert not unknown, unknown
        got = AxolotlInputConfig(**json.loads(json.dumps(asked))).model_dump()
        assert within(asked["datasets"], got["datasets"]) and within(asked.get("trl", {}), got["trl"] or {}), got["datasets"]
        for key, value in asked.items():
            if not isinstance(value, (dict, list)):
                assert got[key] == value or str(getattr(got[key], "value", got[key])) == str(value), (key, got[key], value)

    return one


def llama_factory_parser() -> Callable[[Path], None]:
    os.environ["DISABLE_VERSION_CHECK"] = "1"  # its argument classes build on newer transformers too
    import yaml
    from llamafactory.hparams.data_args import DataArguments
    from llamafactory.hparams.finetuning_args import FinetuningArguments
    from llamafactory.hparams.generating_args import GeneratingArguments
    from llamafactory.hparams.model_args import ModelArguments
    from llamafactory.hparams.training_args import TrainingArguments
    from transformers import HfArgumentParser

    def one(folder: Path) -> None:
        asked = yaml.safe_load((folder / "llamafactory.yaml").read_text(encoding="utf8"))
        HfArgumentParser([ModelArguments, DataArguments, TrainingArguments, FinetuningArguments, GeneratingArguments]).parse_dict({**asked, "use_cpu": True, "bf16": False, "fp16": False})

    return one


def read(folder: Path, wheels: Path) -> dict[str, Any]:
    """What each tool's own parser says of each export, by tool and technique; a tool that is not at hand is said so."""
    said: dict[str, Any] = {}
    makers = {"trl-cli": (None, trl_parser), "axolotl-yaml": ("axolotl", axolotl_parser), "llama-factory-yaml": ("llamafactory", llama_factory_parser)}
    for tool, (package, maker) in makers.items():
        if package and not unpacked(wheels, package):
            said[tool] = "not at hand"
            continue
        for needed in ("omegaconf", "antlr4_python3_runtime"):
            unpacked(wheels, needed)
        try:
            parser = maker()
        except Exception as fault:
            said[tool] = f"cannot be imported here: {type(fault).__name__}: {fault}"
            continue
        said[tool] = {}
        for place in sorted((folder / tool).iterdir()) if (folder / tool).exists() else ():
            try:
                parser(place)
                said[tool][place.name] = ""
            except Exception as fault:
                said[tool][place.name] = f"{type(fault).__name__}: {str(fault)[:600]}"
    return said


if __name__ == "__main__":
    if sys.argv[1] == "--read":
        print("|" + json.dumps(read(Path(sys.argv[2]), Path(sys.argv[3]))))
    else:
        from tunewise import Advisor

        advisor = Advisor()
        rows = write(Path(sys.argv[1]), advisor, recipes(advisor, sorted(advisor.index["names"]["Approach"])))
        for row in rows:
            print(f"{row['technique']:<28}{row['tool']:<22}{'refused: ' + row['refused'][0][:150] if row['refused'] else 'written' + (', left out ' + '; '.join(row['unsaid']) if row['unsaid'] else '')}")

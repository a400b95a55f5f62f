"""a training script that runs, with a reason beside every value"""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from .. import recipe
from ..advisor import Advisor
from ..errors import InputError, MachineError
from ._shared import ready, show_json

_OURS = "decision.json"


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    data = _path(raw, "data")
    out, tool = _path(raw, "out"), raw.pop("for", None)
    (technique,), situation = ready(advisor, options, said, raw, 1)
    folder = out or Path(f"{technique}-{''.join(c if c.isalnum() else '-' for c in str(tool).lower())}" if tool else f"{technique}-recipe")
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / _OURS).exists())):
        raise InputError(f"{folder}: holds other things. Name a new folder: --out DIR")
    made = recipe.written(advisor, technique, situation, data, folder)
    if not made.files:
        print(made.told)
        return 1
    if tool:
        made, hints = _for_tool(advisor, str(tool), made, technique)
        if not made.files:
            print(made.told)
            return 1
    else:
        hints = [f"rehearse   python {folder / 'train.py'} --smoke", f"check      python {folder / 'train.py'} --dry-run",
                 f"elsewhere  the same for another tool: --for {', --for '.join(sorted(t['id'] for t in advisor.ask('exports')['targets']))}"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in made.files.items():
            partial = folder / f".{name}.part"
            partial.write_text(text, encoding="utf8")
            os.replace(partial, folder / name)
    except OSError as fault:
        raise MachineError(f"{folder}: cannot be written: {fault.strerror}.") from None
    if made.viable != "yes":
        print(f"{technique} is not viable in this situation, or it depends: tunewise why-not {technique}. The recipe was written all the same.", file=sys.stderr)
    if options.json:
        show_json({"folder": str(folder), "files": sorted(made.files), "technique": technique, "verdict": made.viable, **made.decided.get("told", {})})
    else:
        print(f"{made.told}\n  written    {folder}: {', '.join(sorted(made.files))}" + ("" if options.quiet else "".join(f"\n  {hint}" for hint in hints)))
    return 0


def _for_tool(advisor: Advisor, tool: str, made: recipe.Recipe, technique: str) -> tuple[recipe.Recipe, list[str]]:
    """The same decision for another training tool, and what to say of it."""
    from .. import recipe_export

    files, telling, target = recipe_export.exported(advisor, tool, made, technique)
    if not files:
        return recipe.Recipe({}, recipe_export.why_not(target, telling, made.decided["make"]["label"]), "no"), []
    version = next(row["value"] for row in target["facts"] if row["property"] == "toolVersion")
    hints = [*[f"differs    {text}" for text in telling.differs], *[f"left out   {text}" for text in telling.unsaid], f"train      {telling.names['train']}"]
    told = {"tool": target["id"], "version": version, "differs": telling.differs, "left_out": telling.unsaid, "train": telling.names["train"]}
    return recipe.Recipe(files, f"{made.told}, for {target['label']} {version}", made.viable, {"told": told}), hints


def _path(raw: dict[str, Any], key: str) -> Path | None:
    """A path among the raw inputs; a number is left there, for it is not a file."""
    value = raw.get(key)
    if value is None or not isinstance(value, (str, Path)) or str(value).replace(",", "").replace("_", "").isdigit():
        return None
    raw.pop(key)
    if str(value) in ("", "yes"):
        raise InputError(f"--{key} wants a {'file' if key == 'data' else 'folder'}.")
    return Path(value)

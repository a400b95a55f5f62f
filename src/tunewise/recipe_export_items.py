"""Every setting of a recipe's decision, under the names of profiles/exports.ttl: what other training tools are told. Knows no tool."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import recipe_bind

_KINDS = {".jsonl": "json", ".ndjson": "json", ".json": "json", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".txt": "text", ".md": "text"}
SILENT = None  # a setting that nobody decided: told only where the tool would do otherwise by itself


@dataclass(frozen=True)
class Item:
    """One setting of the decision; ``must``: without it, it is another technique."""

    key: str
    value: Any
    reason: str = ""
    must: bool | None = False


def items(decided: Mapping[str, Any]) -> list[Item]:
    """Every setting of a recipe's decision, as it is named in profiles/exports.ttl."""
    make, loop, form = decided["make"], decided["loop"], decided["form"]
    facts = {row["property"]: row["value"] for row in make["facts"]}
    own = {o["key"] for o in make["own"]}
    figures = {f["name"]: f for f in make["figures"]}
    constants = {name: (value, why) for name, value, why in decided["constants"]}
    fields = _fields(form)
    found = [Item("trainer", loop["trainer"], loop["label"], True), Item("loop", loop["id"], loop["label"], True), Item("adapter", make["built"] or "none", f"what makes it {make['label']}", True),
             Item("base", make["base"]["id"], make["base"]["label"], True), Item("records", form["id"], form["label"], True), Item("shape", form["becomes"]), Item("turns", "yes" if form["turns"] else "no")]
    found += [Item(key, value, f"how {form['label']} records are read") for key, value in fields.items()]
    data = constants["DATA"][0] or "data.jsonl"
    found += [Item("model", constants["MODEL"][0] or "MODEL", constants["MODEL"][1]), Item("model_kind", make["model"]["kind"] if make["model"] else "", "what the model was trained for"), Item("data", data, constants["DATA"][1]), Item("data_kind", _KINDS.get(Path(data).suffix.lower(), "json")),
              Item("output", constants["OUTPUT"][0], constants["OUTPUT"][1])]
    found += [Item(key, *constants[name]) for key, name in (("dtype", "DTYPE"), ("attention", "ATTENTION"), ("sequence", "SEQUENCE")) if name in constants]
    found.append(Item("n_gpus", figures["n_gpus"]["value"], "GPUs", True))
    found += [Item("launch", make["launch"]["id"], make["launch"]["label"], True)] if make["launch"] else []
    found += [Item(key, facts[fact], f"what makes it {make['label']}", True) for key, fact in
              (("optimizer_factory", "optimizerFactory"), ("preparation", "preparation"), ("first_pass", "firstPass"), ("step_hook", "stepHook")) if fact in facts]
    found += [Item(row["key"], row["value"], f"what makes it {make['label']}", True) for row in make["maker"]]
    found += [Item(key, value, make["base"]["label"], True) for key, value in recipe_bind.gathered(make["base"]["own"]).items()]
    taken = {item.key for item in found}
    for key, value, why in [*decided["adapter"], *decided["arguments"]]:
        if key not in taken:
            taken.add(key)
            found.append(Item(key, value, why, key in own))
    if make["built"] and "target_modules" not in taken:
        found.append(Item("target_modules", "undecided", "the recipe leaves it to PEFT"))
    return found


def _fields(form: Mapping[str, Any]) -> dict[str, str]:
    if form["turns"]:
        return {"turns_field": form["turns"], "role_key": form["role"], "content_key": form["content"]}
    asked = [part.partition("}")[0] for part in form["asks"].split("{")[1:]]
    named = {"question_field": asked[0] if asked else "", "input_field": asked[1] if len(asked) > 1 else "", "answer_field": form["answers"]}
    return {key: value for key, value in named.items() if value}


def silent(target: Mapping[str, Any], settings: list[Item], defaults: Mapping[str, Any], classes: list[str]) -> list[Item]:
    """Settings that the recipe leaves to its libraries and the tool can be told: the tool may do otherwise by itself."""
    decided = {item.key for item in settings}
    found: dict[str, Item] = {}
    for cls in classes:
        for key, value in defaults.get(cls, {}).items():
            if key not in decided and any(s["key"] == key for s in target["says"]):
                found.setdefault(key, Item(key, value, f"the default of {cls}, as in train.py", SILENT))
    return list(found.values())

"""What a training tool is told, as the files it reads: YAML, JSON, or a script from a template. Same decision, same bytes.

Nothing that a person said becomes anything but a value: texts are quoted, comments are one line.
"""
from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from . import recipe_data
from .recipe_template import assignment, filled, literal, remark

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")
_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null", "none"}
_BESIDE = "reward.py", "accelerate.yaml"  # files of the recipe that a tool's own may name
_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
Rows = list[tuple[list[str], Any, str]]


def file(name: str, rows: Rows, head: list[str], values: Mapping[str, str], flags: Mapping[str, bool]) -> str:
    """One file by the ending of its name; ``head``: lines of comment where the form has comments."""
    if name.endswith(".json"):
        return json.dumps(_tree([(keys, value) for keys, value, _ in rows]), ensure_ascii=False, indent=2) + "\n"
    if name.endswith(".py"):
        return filled(name, {**values, **_blocks(rows)}, flags)
    return "".join(f"# {remark(line)}\n" for line in head) + yaml(rows)


def _tree(rows: list[tuple[list[str], Any]]) -> Any:
    """Values by the path of their keys as nested mappings; keys that are numbers make lists."""
    if len(rows) == 1 and not rows[0][0]:
        return rows[0][1]
    keys = list(dict.fromkeys(path[0] for path, _ in rows))
    made = {key: _tree([(path[1:], value) for path, value in rows if path[0] == key]) for key in keys}
    return [made[key] for key in sorted(made, key=int)] if all(key.isdigit() for key in keys) else made


def yaml(rows: Rows, depth: int = 0) -> str:
    """Rows as YAML that reads back as the same values under YAML 1.1 and 1.2, each with its reason."""
    out: list[str] = []
    for key in dict.fromkeys(path[0] for path, _, _ in rows):
        inner = [(path[1:], value, why) for path, value, why in rows if path[0] == key]
        lead = "  " * depth
        if len(inner) == 1 and not inner[0][0]:
            _, value, why = inner[0]
            out.append(f"{lead}{key}: {_value(value)}" + (f"  # {remark(why)}" if why else ""))
        elif all(path[0].isdigit() for path, _, _ in inner):
            out.append(f"{lead}{key}:")
            for place in dict.fromkeys(path[0] for path, _, _ in inner):
                lines = yaml([(path[1:], value, why) for path, value, why in inner if path[0] == place], depth + 2).splitlines()
                out += [f"{lead}  - {lines[0].lstrip()}", *lines[1:]]
        else:
            out += [f"{lead}{key}:", *yaml(inner, depth + 1).splitlines()]
    return "\n".join(out) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, (int, float)):
        return literal(value)
    if isinstance(value, list):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    text = str(value)
    if _PLAIN.match(text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(_character(c) for c in text) + '"'


def _character(c: str) -> str:
    if c in _ESCAPED:
        return _ESCAPED[c]
    if c.isprintable():
        return c
    return f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}" if ord(c) < 65536 else f"\\U{ord(c):08x}"


def _blocks(rows: Rows) -> dict[str, str]:
    """Values for a script's places: a path of one key is a constant, of two a keyword in the block of the first."""
    blocks: dict[str, list[tuple[str, Any, str]]] = {}
    lines: list[str] = []
    for keys, value, why in rows:
        if len(keys) == 1:
            lines.append(f"{keys[0]} = {literal(value)}" + (f"  # {remark(why)}" if why else ""))
        else:
            blocks.setdefault(keys[0], []).append((".".join(keys[1:]), value, why))
    return {"constants": "\n".join(lines), "blocks": "\n\n".join(assignment(name, own) for name, own in blocks.items())}


def files(target: Mapping[str, Any], facts: Mapping[str, Any], telling: Any, recipe: Any, technique: str) -> dict[str, str]:
    """Every file of an export: the tool's own, requirements, what a reward needs, the decision, and a README that names every difference."""
    decided = recipe.decided
    loop, make, form, main = decided["loop"], decided["make"], telling.form, facts["mainFile"]
    title = remark(recipe.told).replace("\\", "/").replace('"', "'")
    launch = telling.names["train"] = facts["trainCommand"].format(**telling.names)
    pins = sorted({row["value"] for row in target["facts"] if row["property"] == "pins"}) or decided_pins(decided)
    head = [f"{title}, for {target['label']} {facts['toolVersion']}. Written by tunewise.", f"Train: {launch}", *[f"Differs: {text}" for text in telling.differs], *[f"Left out: {text}" for text in telling.unsaid]]
    reading, flags = recipe_data.constants(form)
    values = {"python": literal(facts.get("pythonVersion", loop["python"])), "dependencies": literal(pins), "title": title, "title_literal": literal(title), "version": facts["toolVersion"],
              "reading": "\n".join(f"{name} = {literal(value)}" + (f"  # {remark(why)}" if why else "") for name, value, why in reading),
              "chat_template": literal(next((value for name, value, _ in decided["constants"] if name == "CHAT_TEMPLATE"), None)), "handful": recipe_data.handful(form), "shape": form["becomes"],
              "trainer_module": loop["trainer"].rpartition(".")[0], "trainer_class": loop["trainer"].rpartition(".")[2], "arguments_class": loop["arguments"].rpartition(".")[2]}
    switches = defaultdict(bool, {**flags, "adapted": bool(make["built"]), "sampling": loop["template"] == "sampling"})
    out = {name: file(name, rows, head, values, switches) for name, rows in telling.files.items()}
    out.setdefault(main, "")
    out |= {name: recipe.files[name] for name in _BESIDE if name in recipe.files and any(name.rpartition(".")[0] in text for text in out.values())}
    out["requirements.txt"] = "\n".join(pins) + "\n"
    decision = {**json.loads(recipe.files["decision.json"]), "format": form["id"], "for": {"tool": target["id"], "version": facts["toolVersion"]}, "differs": telling.differs, "left_out": telling.unsaid}
    out["decision.json"] = json.dumps(decision, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    out["README.md"] = _readme(target, facts, telling, title, launch, make, form, sorted(out), technique)
    return out


def decided_pins(decided: Mapping[str, Any]) -> list[str]:
    """What the recipe itself pins."""
    return [str(pin) for name, value, _ in decided["constants"] if name == "DEPENDENCIES" for pin in value]


def _readme(target: Mapping[str, Any], facts: Mapping[str, Any], telling: Any, title: str, launch: str, make: Mapping[str, Any], form: Mapping[str, Any], names: list[str], technique: str) -> str:
    part = [f"# {title}, for {target['label']} {facts['toolVersion']}", "", remark(make["definition"]), "", "```sh", "python -m pip install -r requirements.txt", launch, "```", "",
            f"Data: {remark(form['label'])} ({', '.join(form['fields'])}). Check it first: `tunewise data FILE`.", ""]
    part += ["## What this tool does otherwise", "", *[f"- {remark(text)}" for text in telling.differs], ""] if telling.differs else []
    part += ["## What it cannot be told", "", *[f"- {remark(text)}" for text in telling.unsaid], ""] if telling.unsaid else []
    part += [f"The reason for every value stands beside it, and in `decision.json`; the whole derivation: `tunewise why {technique}`.", f"Without {target['label']}: `tunewise recipe {technique}` writes a script that needs no other tool.",
             "", "Files: " + ", ".join(f"`{name}`" for name in [*names, "README.md"]) + ". The same decision gives the same bytes.", ""]
    return "\n".join(part)

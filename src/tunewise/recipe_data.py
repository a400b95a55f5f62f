"""Which format a data file has, told from its first record, and the few lines a recipe needs to read it. Loads nothing large."""
from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import InputError
from .recipe_template import literal

_ROLES = {"human": "user", "gpt": "assistant", "model": "assistant", "bot": "assistant", "function": "tool", "observation": "tool"}
# How a turn looks to a base model that was never told: plain headings, and the end of an answer said; with images among it where the model sees.
_CHAT = ("{% for m in messages %}{{ '### ' + m['role'] + '\\n' PIECES }}{% if m['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n\\n' }}{% endfor %}"
         "{% if add_generation_prompt %}{{ '### assistant\\n' }}{% endif %}")
_SEEN = "}}{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for part in m['content'] %}{{ '<image>' if part['type'] == 'image' else part['text'] }}{% endfor %}{% endif %}{{ ''"
# Images of eight by eight points for a rehearsal: red, green, blue.
_COLOURS = ["data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAA" + rest for rest in (
    "EUlEQVR42mP4z8CAFTEMLQkAKP8/wc53yE8AAAAASUVORK5CYII=", "EElEQVR42mNg+M+AHQ0tCQDpMD/BHYHcAQAAAABJRU5ErkJggg==", "EElEQVR42mNgYPiPAw0pCQCpcD/B/MtF/AAAAABJRU5ErkJggg==")]
_TALK = [("What is the capital of France?", "Paris.", "I do not know."), ("Add 2 and 3.", "5.", "23."), ("Name a colour.", "Blue.", "Seven."),
         ("Is water wet?", "Yes, it is.", "Perhaps, or not."), ("Spell cat.", "c, a, t.", "d, o, g."), ("What day follows Monday?", "Tuesday.", "Sunday.")]


def first_row(file: Path) -> dict[str, Any] | None:
    """The first record of a file; None where it can only be read with a library (Parquet) or is plain text."""
    if not file.exists():
        raise InputError(f"{file}: no such file. Name your training data: --data FILE")
    kind = file.suffix.lower()
    if file.is_dir() or kind in (".parquet", ".txt", ".md"):
        return None
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            if kind in (".csv", ".tsv"):
                found: Any = next(csv.DictReader(lines, delimiter="\t" if kind == ".tsv" else ","), None)
            elif kind in (".jsonl", ".ndjson"):
                found = json.loads(next((line for line in lines if line.strip()), "null"))
            elif kind == ".json":
                whole = json.load(lines)
                found = (whole if isinstance(whole, list) else whole.get("data", [whole]) if isinstance(whole, dict) else [None])[:1]
                found = found[0] if found else None
            else:
                raise InputError(f"{file}: '{kind}' is not understood. Recipes read .jsonl, .json, .csv, .tsv, .parquet, .txt and folders of .txt.")
    except (ValueError, OSError) as fault:
        raise InputError(f"{file}: the first record cannot be read: {fault}") from None
    if not isinstance(found, dict):
        raise InputError(f"{file}: the first record is no object with named fields.")
    return found


def chosen_format(file: Path | None, declared: list[str], formats: list[Mapping[str, Any]], shapes: list[str], loop: str) -> Mapping[str, Any]:
    """The format of the file; without a file, the first declared one that the loop can read."""
    usable = [f for f in formats if f["becomes"] in shapes]
    usable.sort(key=lambda f: (f["id"] not in declared, declared.index(f["id"]) if f["id"] in declared else 0, f["id"]))
    row = first_row(file) if file else None
    if row is None:
        return usable[0]
    fitting = [f for f in usable if _has(row, f)]
    if not fitting:
        wanted = "; ".join(f"{f['label']} ({', '.join(f['fields'])})" for f in usable)
        raise InputError(f"{file}: the fields {', '.join(map(str, row))} are of no format that {loop} reads. It reads: {wanted}. See: tunewise data {file}")
    return max(fitting, key=lambda f: (len([x for x in f["fields"] if x in row]), f["id"] in declared))


def _has(row: Mapping[str, Any], form: Mapping[str, Any]) -> bool:
    if form["asks"]:
        first = re.findall(r"\{(\w+)\}", form["asks"])[0]
        return first in row and (not form["answers"] or form["answers"] in row)
    return all(field in row for field in form["fields"] if field != "tools")


def chat(net: str) -> str:
    """A chat template for a model that brings none."""
    return _CHAT.replace("PIECES", _SEEN if net == "vision" else "+ m['content']")


def constants(form: Mapping[str, Any]) -> tuple[list[tuple[str, Any, str]], dict[str, bool]]:
    """Constants that say how a record of this format is read, and flags for the template."""
    rows: list[tuple[str, Any, str]] = []
    why = f"how {form['label']} records are read"
    if form["turns"]:
        rows = [("TURNS", form["turns"], why), ("ROLE_KEY", form["role"], ""), ("CONTENT_KEY", form["content"], ""), ("ROLES", _ROLES, "other names of roles")]
    elif form["asks"] and form["answers"]:
        rows = [("ASKS", form["asks"], why), ("ANSWERS", form["answers"], "")]
    return rows, {"turns": bool(form["turns"])}


def handful(form: Mapping[str, Any]) -> str:
    """A few records of the format, for a rehearsal without data."""
    rows = [_made(form, at, *talk) for at, talk in enumerate(_TALK)]
    lines = [f"    {literal(row)}," for row in rows]
    return "\n".join(["HANDFUL = [  # for a rehearsal without data", *lines, "]"])


def _made(form: Mapping[str, Any], at: int, ask: str, good: str, bad: str) -> dict[str, Any]:
    if "images" in form["fields"]:
        return {"images": [_COLOURS[at % 3]], form["turns"]: [{form["role"]: "user", form["content"]: "<image>What colour is this?"}, {form["role"]: "assistant", form["content"]: ("Red.", "Green.", "Blue.")[at % 3]}]}
    if form["turns"]:
        return {form["turns"]: [{form["role"]: "user", form["content"]: ask}, {form["role"]: "assistant", form["content"]: good}]}
    if form["asks"] and form["answers"]:
        names = re.findall(r"\{(\w+)\}", form["asks"])
        return {**dict.fromkeys(names[1:], ""), names[0]: ask, form["answers"]: good}
    made = {"text": f"{ask} {good} " * 12, "label": good == "5." or good == "Blue.", "prompt": ask, "completion": good, "chosen": good, "rejected": bad, "anchor": ask, "positive": good, "reference": good}
    if "chosen" in form["fields"] and "prompt" not in form["fields"]:
        turn = {"role": "user", "content": ask}
        return {"chosen": [turn, {"role": "assistant", "content": good}], "rejected": [turn, {"role": "assistant", "content": bad}]}
    return {**{field: made[field] for field in sorted(form["fields"])}, **({"answer": good} if form["fields"] == ["prompt"] else {})}

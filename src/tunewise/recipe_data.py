"""Which format a data file has, told from its first record, and the few lines a recipe needs to read it. Loads nothing large."""
from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import recipe_rows
from .errors import InputError
from .recipe_template import literal

_ROLES = {"human": "user", "gpt": "assistant", "model": "assistant", "bot": "assistant", "function": "tool", "function_response": "tool", "observation": "tool"}
# How a turn looks to a base model that was never told: the start token it was trained with, the functions on offer, plain
# headings, and the end of an answer said; calls in the tags that servers know how to read, images among it where the model sees.
_CALLED = ("{% for c in m['tool_calls'] or [] %}{% set f = c['function'] or c %}{{ ('\\n' if m['content'] or not loop.first else '')"
           " + '<tool_call>' + {'name': f['name'], 'arguments': f['arguments']} | tojson + '</tool_call>' }}{% endfor %}")
_CHAT = ("{{ bos_token or '' }}{% if tools %}{{ '### tools\\n' }}{% for t in tools %}{{ (t['function'] or t) | tojson }}{{ '\\n' }}{% endfor %}{{ '\\n' }}{% endif %}"
         "{% for m in messages %}{{ '### ' + m['role'] + '\\n' PIECES }}" + _CALLED + "{% if m['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n\\n' }}{% endfor %}"
         "{% if add_generation_prompt %}{{ '### assistant\\n' }}{% endif %}")
_SEEN = "}}{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for part in m['content'] or [] %}{{ '<image>' if part['type'] == 'image' else part['text'] }}{% endfor %}{% endif %}{{ ''"
# Images of eight by eight points for a rehearsal: red, green, blue.
_COLOURS = ["data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAA" + rest for rest in (
    "EUlEQVR42mP4z8CAFTEMLQkAKP8/wc53yE8AAAAASUVORK5CYII=", "EElEQVR42mNg+M+AHQ0tCQDpMD/BHYHcAQAAAABJRU5ErkJggg==", "EElEQVR42mNgYPiPAw0pCQCpcD/B/MtF/AAAAABJRU5ErkJggg==")]
_TALK = [("What is the capital of France?", "Paris.", "I do not know."), ("Add 2 and 3.", "5.", "23."), ("Name a colour.", "Blue.", "Seven."),
         ("Is water wet?", "Yes, it is.", "Perhaps, or not."), ("Spell cat.", "c, a, t.", "d, o, g."), ("What day follows Monday?", "Tuesday.", "Sunday.")]
# A question, the function that answers it, what it is for, what it is called with, what it gives back, the answer.
_CALLS: list[tuple[str, str, str, dict[str, Any], str, str]] = [
    ("How warm is it in Paris?", "weather", "The weather of a city.", {"city": "Paris"}, "18 degrees, sunny", "It is 18 degrees and sunny in Paris."),
    ("Add 2 and 3.", "add", "The sum of two numbers.", {"first": 2, "second": 3}, "5", "The sum is 5."),
    ("Switch the kitchen lamp on.", "switch", "Switches a lamp on or off.", {"lamp": "kitchen", "on": True}, "done", "The kitchen lamp is on.")]
_KINDS = {str: "string", int: "integer", bool: "boolean"}


def first_row(file: Path) -> dict[str, Any]:
    """The first record of a file or folder, read as the script will read it."""
    if not file.exists():
        raise InputError(f"{file}: no such file. Name your training data: --data FILE")
    try:
        found = next(recipe_rows.rows(file), None)
    except ImportError:
        raise InputError(f"{file}: looking at Parquet wants pyarrow: pip install 'tunewise[data]'") from None
    except (ValueError, OSError) as fault:
        raise InputError(f"{file}: the first record cannot be read: {fault}") from None
    if isinstance(found, Exception) or not isinstance(found, dict):
        raise InputError(f"{file}: the first record " + (f"cannot be read: {found}" if isinstance(found, Exception) else "is missing." if found is None else "is no object with named fields.") + f" See: tunewise data {file}")
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
    return _CHAT.replace("PIECES", _SEEN if net == "vision" else "+ (m['content'] or '')")


def constants(form: Mapping[str, Any]) -> tuple[list[tuple[str, Any, str]], dict[str, bool]]:
    """Constants that say how a record of this format is read, and flags for the template."""
    rows: list[tuple[str, Any, str]] = []
    why = f"how {form['label']} records are read"
    if form["turns"]:
        rows = [("TURNS", form["turns"], why), ("ROLE_KEY", form["role"], ""), ("CONTENT_KEY", form["content"], ""), ("ROLES", _ROLES, "other names of roles")]
        if "images" not in form["fields"]:
            rows.append(("CALL_ROLE", "function_call", "the role of a turn that is nothing but a call, as JSON"))
    elif form["asks"] and form["answers"]:
        rows = [("ASKS", form["asks"], why), ("ANSWERS", form["answers"], "")]
    return rows, {"turns": bool(form["turns"])}


def handful(form: Mapping[str, Any]) -> str:
    """A few records of the format, for a rehearsal without data."""
    rows = [_called(form, *call) for call in _CALLS] if "tools" in form["fields"] else [_made(form, at, *talk) for at, talk in enumerate(_TALK)]
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


def _called(form: Mapping[str, Any], ask: str, name: str, purpose: str, arguments: dict[str, Any], result: str, answer: str) -> dict[str, Any]:
    """A conversation with one call of a function, and the function it is of."""
    role, content = form["role"], form["content"]
    needs = {"type": "object", "properties": {key: {"type": _KINDS[type(value)]} for key, value in arguments.items()}, "required": list(arguments)}
    call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
    turns = [{role: "user", content: ask}, {role: "assistant", content: None, "tool_calls": [call]}, {role: "tool", "tool_call_id": "call_1", content: result}, {role: "assistant", content: answer}]
    return {form["turns"]: turns, "tools": [{"type": "function", "function": {"name": name, "description": purpose, "parameters": needs}}]}

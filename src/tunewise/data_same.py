"""What a row asks and what it teaches, as texts, whatever its format: rows are the same when these are.

Columns that the format does not speak of, the ids of function calls and the names of the fields make no difference.
A file and its own conversion therefore hold the same rows. Knows no format by name.
"""
from __future__ import annotations

import json
from typing import Any

from .data_chunk import orjson
from .data_shape import Shape

Parts = tuple[tuple[str, ...], tuple[Any, ...]]  # what each part does (system, user, answer, better ...), and its text


def order(shape: Shape) -> tuple[str, ...]:
    """The fields that hold content, but for the judgement, in the order in which they are compared."""
    first = [f for f in (shape.system, *shape.ask, shape.conversation, shape.answer, shape.better, shape.worse, shape.text) if f]
    return tuple(dict.fromkeys((*first, *sorted(f for f in shape.fields if f not in first and f != shape.judgement))))


def label(shape: Shape, field: str) -> str:
    """What a field of text does in a row."""
    does = {shape.system: "system", shape.answer: "answer", shape.better: "better", shape.worse: "worse", shape.text: "text", shape.tools: "tools", shape.images: "images"}
    return "user" if field in shape.ask else does.get(field) or field


def parts(shape: Shape | None, row: dict[str, Any]) -> Parts:
    """What a row holds but for its judgement; the whole row where its format is unknown. Assumes nothing of the row."""
    if shape is None:
        return ("row",), (canonical(row),)
    found: list[tuple[str, Any]] = []
    answers: dict[str, list[tuple[str, Any]]] = {}
    for field in order(shape):
        value = row.get(field)
        if value is None or value in ("", []):
            continue
        does = label(shape, field)
        if field in shape.ask and isinstance(value, str):
            said = [f for f in shape.ask if row.get(f) and isinstance(row[f], str)]
            if field == said[0]:
                found.append((does, shape.joiner.join(row[f] for f in said)))
        elif does in ("better", "worse"):
            answers[does] = turns(shape, value) if _said(value) else [("answer", plain(value))]
        elif does not in ("tools", "images") and _said(value):
            found += turns(shape, value)
        else:
            found.append((does, plain(opened(value) if does == "tools" else value)))
    if answers:
        found += _judged(answers, not found)
    if not found or any(f not in row and f not in shape.may_be_empty for f in shape.required):
        found.append(("row", canonical(row)))
    return tuple(does for does, _ in found), tuple(value for _, value in found)


def _judged(answers: dict[str, list[tuple[str, Any]]], asks: bool) -> list[tuple[str, Any]]:
    """Better and worse answers; the turns both begin with, up to a question, are the prompt."""
    shared = 0
    for place, (one, other) in enumerate(zip(*answers.values()), 1) if len(answers) == 2 else ():
        if one != other:
            break
        shared = place if one[0] == "user" else shared
    out = list(next(iter(answers.values()))[:shared]) if asks else []
    for does, said in answers.items():
        out += [(does if kind == "answer" else f"{does} {kind}", value) for kind, value in said[shared:]]
    return out


def asked(found: Parts) -> Any:
    """What tells whether two rows ask the same: the first question with its images, else the text, else the first part."""
    labels, values = found
    place = next((labels.index(does) for does in ("user", "text") if does in labels), 0)
    return (values[place], values[labels.index("images")]) if "images" in labels else values[place]


def turns(shape: Shape, value: list[Any]) -> list[tuple[str, Any]]:
    """What the turns of a conversation do and say; a call of a function without its id."""
    out: list[tuple[str, Any]] = []
    for turn in value:
        role, content = (turn.get(shape.role_key, turn.get("role")), turn.get(shape.content_key, turn.get("content"))) if isinstance(turn, dict) else ("", turn)
        kind = shape.kinds.get(role) or {"assistant": "answer"}.get(role, role) if isinstance(role, str) else str(role)
        calls = turn.get(shape.call_key or "tool_calls") if isinstance(turn, dict) else None
        if content or not calls:
            out.append((kind, spoken(content)))
            seen = [p for p in content if not _text(p) and p != {"type": "image"}] if isinstance(content, list) else []
            out += [("images", canonical(seen))] if seen else []
        for call in calls if isinstance(calls, list) else []:
            out.append(("call", canonical({k: opened(v) for k, v in call.get("function", call).items() if k != "id"} if isinstance(call, dict) and isinstance(call.get("function", call), dict) else call)))
    return out


def _said(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(t, dict) for t in value)


def spoken(content: Any) -> Any:
    """The text of a turn, also of one in parts."""
    return "".join(p["text"] for p in content if _text(p)) if isinstance(content, list) else plain(content)


def _text(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)


def opened(value: Any) -> Any:
    """A list or object that was written as the text of one."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            pass
    return value


def plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float)) else canonical(value)


def canonical(value: Any) -> bytes | str:
    """The same bytes for the same value, within one process."""
    if orjson is not None:
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except TypeError:
            pass
    try:
        return json.dumps(value, sort_keys=True, default=repr)
    except (TypeError, ValueError, RecursionError):
        return repr(value)

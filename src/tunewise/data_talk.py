"""What a record means, whatever its format: turns, answers, judgement. A row becomes a Talk through what its fields mean, never by the format's name."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .data_shape import Shape


@dataclass
class Turn:
    """One turn: what it does in the conversation, what is said, and the other keys it bears."""

    kind: str
    content: Any
    rest: dict[str, Any] = field(default_factory=dict)


@dataclass
class Talk:
    """What a record means, whatever its format. ``None`` stands for "the format has no such part"."""

    origin: Shape
    prompt: list[Turn] | None = None
    answer: list[Turn] | None = None
    better: list[Turn] | None = None
    worse: list[Turn] | None = None
    judgement: Any = None
    tools: Any = None
    images: Any = None
    text: str | None = None
    parts: dict[str, str] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)


def talk_of(shape: Shape, row: dict[str, Any]) -> Talk:
    """What a sound row means."""
    talk = Talk(shape, extras={k: v for k, v in row.items() if k not in shape.fields})
    for field_ in shape.fields:
        if field_ in row and field_ not in _parts(shape):
            talk.extras[field_] = row[field_]
    whole = shape.conversation
    if whole:
        turns = _turns(shape, row[whole])
        cut = next((i for i in range(len(turns), 0, -1) if turns[i - 1].kind not in ("answer", "call")), 0)
        if len(turns) - cut > 1 or any(t.kind in ("tool", "call") for t in turns):
            cut = len(turns) - 1 if turns[-1:] and turns[-1].kind == "answer" else len(turns)
        talk.prompt, talk.answer = turns[:cut], turns[cut:]
    else:
        talk.prompt = _asked(shape, row, talk)
        talk.answer = _spoken(shape, shape.answer, row)
        talk.better, talk.worse = _spoken(shape, shape.better, row), _spoken(shape, shape.worse, row)
    if shape.system and row.get(shape.system):
        talk.prompt = [Turn("system", row[shape.system]), *(talk.prompt or [])]
    talk.judgement = row.get(shape.judgement) if shape.judgement else None
    talk.tools = row.get(shape.tools or "tools") or None
    talk.images = row.get(shape.images) if shape.images else None
    talk.text = row.get(shape.text) if shape.text else None
    return talk


def _parts(shape: Shape) -> set[str | None]:
    return {*shape.ask, shape.answer, shape.better, shape.worse, shape.judgement, shape.system, shape.tools, shape.images, shape.text, shape.conversation, "tools"}


def _turns(shape: Shape, value: Any) -> list[Turn]:
    return [Turn(shape.kinds.get(t[shape.role_key], "user"), t.get(shape.content_key), {k: v for k, v in t.items() if k not in (shape.role_key, shape.content_key)}) for t in value]


def _asked(shape: Shape, row: dict[str, Any], talk: Talk) -> list[Turn] | None:
    if not shape.ask:
        return None
    first = shape.ask[0]
    if first in shape.turns and isinstance(row.get(first), list):
        return _turns(shape, row[first])
    talk.parts = {f: row[f] for f in shape.ask if isinstance(row.get(f), str)}
    said = [text for text in talk.parts.values() if text]
    return [Turn("user", shape.joiner.join(said))] if said else None


def _spoken(shape: Shape, name: str | None, row: dict[str, Any]) -> list[Turn] | None:
    if not name or name not in row:
        return None
    return _turns(shape, row[name]) if isinstance(row[name], list) else [Turn("answer", row[name])]

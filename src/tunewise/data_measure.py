"""How much a sound row holds, in about a microsecond: hashes of its content and of what is asked, and the bytes of its text.

A row that is not plainly sound gives None, and data_check explains it. Knows no format by name.
"""
from __future__ import annotations

import json
from collections.abc import Callable
from operator import itemgetter
from typing import Any

from .data_chunk import orjson
from .data_shape import Shape
from .data_turns import order

Measure = tuple[int, int, int]  # hash of the content, hash of what is asked, bytes of text
_SEQUENCES = 10_000


def size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def measure(shape: Shape) -> Callable[[Any], Measure | None]:
    """A function that measures one sound row, and returns None for a row that needs to be explained."""
    return _turned(shape) if shape.turns or shape.tools or shape.images else _flat(shape)


def _taker(fields: tuple[str, ...]) -> Callable[[Any], Any]:
    """Always a tuple, also of one field."""
    only = fields[0]
    return itemgetter(*fields) if len(fields) > 1 else lambda row: (row[only],)


def _flat(shape: Shape) -> Callable[[Any], Measure | None]:
    fields = shape.required
    texts = [i for i, f in enumerate(fields) if f in shape.texts]
    full = [i for i in texts if fields[i] not in shape.may_be_empty]
    asked = [i for i, f in enumerate(fields) if f in shape.prompts] or list(range(len(fields)))
    take = _taker(fields)
    ask: Callable[[Any], Any] = itemgetter(*asked)
    apart = [i for i, f in enumerate(fields) if f in shape.differ]
    bools = [i for i, f in enumerate(fields) if f in shape.yes_no]
    classes = [i for i, f in enumerate(fields) if f == shape.judgement and f not in shape.yes_no]

    def one(row: Any) -> Measure | None:
        try:
            values = take(row)
            bytes_ = 0
            for i in texts:
                value = values[i]
                if value.isascii():
                    bytes_ += len(value)
                else:
                    bytes_ += len(value.encode())
                    if "\ufffd" in value:
                        return None
                if "\0" in value:
                    return None
            for i in full:
                if not values[i] or values[i].isspace():
                    return None
            if apart and len({values[i] for i in apart}) < len(apart):
                return None
            for i in bools:
                if values[i] is not True and values[i] is not False:
                    return None
            for i in classes:
                if not isinstance(values[i], (str, int)) or values[i] == "":
                    return None
            return hash(values), hash(ask(values)), bytes_
        except (KeyError, TypeError, AttributeError, UnicodeEncodeError):
            return None

    return one


def _turned(shape: Shape) -> Callable[[Any], Measure | None]:
    good: set[Any] = set()
    role, content = shape.role_key, shape.content_key
    rest = [f for f in shape.required if f not in shape.turns]
    if shape.images or any(f in (shape.tools, shape.judgement) and f not in shape.yes_no for f in rest):
        return lambda row: None
    asked, whole, call = set(shape.prompts), shape.conversation, shape.call_key
    tools = {role for role, kind in shape.kinds.items() if kind == "tool"}

    def one(row: Any) -> Measure | None:
        try:
            hashes, bytes_, prompt = [], 0, 0
            apart = set()
            for name in shape.turns:
                turns = row[name]
                sequence = tuple([t[role] for t in turns])
                texts = tuple([t[content] for t in turns])
                for text in texts:
                    if text.isascii():
                        bytes_ += len(text)
                    else:
                        bytes_ += len(text.encode())
                        if "\ufffd" in text:
                            return None
                    if not text or text.isspace() or "\0" in text:
                        return None
                if (name, sequence) not in good:
                    if not turns or not tools.isdisjoint(sequence) or order(shape, name, turns):
                        return None
                    if len(good) < _SEQUENCES:
                        good.add((name, sequence))
                if call and any(call in t for t in turns):
                    return None
                key = hash((sequence, texts))
                hashes.append(key)
                if name in shape.differ:
                    apart.add(key)
                if name in asked:
                    prompt = hash(texts[:-1]) if name == whole else hash(texts)
            if len(apart) < len(shape.differ):
                return None
            for name in rest:
                value = row[name]
                if name in shape.yes_no:
                    if value is not True and value is not False:
                        return None
                elif not value.strip() or not value.isascii():
                    return None
                else:
                    bytes_ += len(value)
                hashes.append(hash(value))
            return hash(tuple(hashes)), prompt, bytes_
        except (KeyError, TypeError, AttributeError, UnicodeEncodeError, ValueError):
            return None

    return one


def weigh(shape: Shape, row: dict[str, Any]) -> Measure:
    """The measure of a row that the quick way does not pass; nothing is assumed of it."""
    parts = [canonical(row.get(f)) for f in shape.required]
    if any(f not in row for f in shape.required):
        parts.append(canonical(row))
    asked = [p for f, p in zip(shape.required, parts) if f in shape.prompts]
    if shape.conversation and isinstance(row.get(shape.conversation), list):
        asked = [canonical(row[shape.conversation][:-1])]
    return hash(tuple(parts)), hash(tuple(asked or parts)), sum(len(t.encode(errors="replace")) for t in texts_of(shape, row))


def canonical(value: Any) -> bytes | str:
    """The same bytes for the same value, within one process."""
    if orjson is not None:
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except TypeError:
            pass
    return json.dumps(value, sort_keys=True, default=str)


def texts_of(shape: Shape, row: Any) -> list[str]:
    """Every text of a row that a model would read."""
    out: list[str] = []
    for field in shape.required if isinstance(row, dict) else ():
        value = row.get(field)
        if isinstance(value, str):
            out.append(value)
        elif field in shape.turns and isinstance(value, list):
            for turn in value:
                content = turn.get(shape.content_key) if isinstance(turn, dict) else None
                out += [content] if isinstance(content, str) else [str(p["text"]) for p in content if isinstance(p, dict) and "text" in p] if isinstance(content, list) else []
    return out


def ending(shape: Shape) -> Callable[[Any], str]:
    """A function that gives the text which a sound row ends with: the answer to learn."""
    field = shape.answer or shape.better or shape.conversation or shape.text or shape.required[-1]
    if field in shape.turns:
        key = shape.content_key
        return lambda row: row[field][-1][key]
    return itemgetter(field)


def breaks_off(text: Any) -> bool:
    """Whether a text of several sentences ends in the middle of one."""
    if not isinstance(text, str) or len(text) < 400:
        return False
    last = text[-1]
    return (last.isalpha() or last in ",;-(") and text.count(". ") >= 3

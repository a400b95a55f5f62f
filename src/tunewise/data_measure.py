"""How much a sound row holds, in about a microsecond: hashes of its content and of what is asked, and the bytes of its text.

The hashes are those of data_same.parts, for any format. A row that is not plainly sound gives None, and data_check
explains it. Knows no format by name.
"""
from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from . import data_same
from .data_shape import Shape
from .data_turns import order

Measure = tuple[int, int, int, int]  # hash of the content, of what is asked, bytes of text, hash of the content without its judgement
_SEQUENCES = 10_000


def size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def measure(shape: Shape) -> Callable[[Any], Measure | None]:
    """A function that measures one sound row, and returns None for a row that needs to be explained."""
    if shape.turns:
        return _turned(shape)
    if shape.tools or shape.images:
        return lambda row: None
    spare = tuple(f for f in data_same.order(shape) if f in shape.optional)
    bare = _flat(shape, ())
    if not spare:
        return bare
    plans: dict[tuple[str, ...], Callable[[Any], Measure | None]] = {}

    def one(row: Any) -> Measure | None:
        if not isinstance(row, dict):
            return None
        for field in spare:
            if field in row and row[field]:
                there = tuple([f for f in spare if row.get(f)])
                if there not in plans:
                    plans[there] = _flat(shape, there)
                return plans[there](row)
        return bare(row)

    return one


def _taker(fields: tuple[str, ...]) -> Callable[[Any], Any]:
    """Always a tuple, also of one field."""
    only = fields[0]
    return itemgetter(*fields) if len(fields) > 1 else lambda row: (row[only],)


def _flat(shape: Shape, there: tuple[str, ...]) -> Callable[[Any], Measure | None]:
    """For rows of texts that have these optional fields beside the required ones."""
    fields = tuple(f for f in data_same.order(shape) if f in shape.required or f in there)
    full = [i for i, f in enumerate(fields) if f not in shape.may_be_empty]
    asks = [i for i, f in enumerate(fields) if f in shape.ask]
    labels = list(dict.fromkeys(data_same.label(shape, f) for f in fields))
    known = hash(tuple(labels))
    asked = next((labels.index(does) for does in ("user", "text") if does in labels), 0)
    take, joiner, judgement, yes_no = _taker(fields), shape.joiner, shape.judgement, shape.judgement in shape.yes_no
    first, last = (asks[0], asks[-1] + 1) if len(asks) > 1 else (0, 0)
    apart = [i for i, f in enumerate(fields) if f in shape.differ]
    if not set(shape.yes_no) <= {judgement}:
        return lambda row: None

    def one(row: Any) -> Measure | None:
        try:
            values = take(row)
            bytes_ = 0
            for value in values:
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
            if last:
                values = (*values[:first], joiner.join([v for v in values[first:last] if v]), *values[last:])
            content = bare = hash((known, values))
            if judgement:
                told = row[judgement]
                if (told is not True and told is not False) if yes_no else (not isinstance(told, (str, int)) or told == ""):
                    return None
                content = hash((bare, told))
            return content, hash(values[asked]), bytes_, bare
        except (KeyError, TypeError, AttributeError, UnicodeEncodeError):
            return None

    return one


def _turned(shape: Shape) -> Callable[[Any], Measure | None]:
    good: dict[Any, tuple[str, ...]] = {}
    role, content, system, judgement = shape.role_key, shape.content_key, shape.system, shape.judgement
    rest = [f for f in shape.required if f not in shape.turns]
    if any(f != judgement or f not in shape.yes_no for f in rest):
        return lambda row: None
    names = [f for f in data_same.order(shape) if f in shape.turns]
    spare = [f for f in shape.optional if f != system]
    call, tools = shape.call_key, {role for role, kind in shape.kinds.items() if kind == "tool"}

    def one(row: Any) -> Measure | None:
        try:
            for name in spare:
                if name in row and row[name]:
                    return None
            labels: tuple[str, ...] = ()
            said: tuple[str, ...] = ()
            if system and row.get(system):
                labels, said = ("system",), (row[system],)
            apart = set()
            for name in names:
                turns = row[name]
                sequence = tuple([t[role] for t in turns])
                texts = tuple([t[content] for t in turns])
                does = good.get((name, sequence))
                if does is None:
                    does = tuple(shape.kinds.get(r, r) for r in sequence)
                    if not tools.isdisjoint(sequence) or not turns or order(shape, name, turns):
                        return None
                    if name in (shape.better, shape.worse):
                        if "user" in does:
                            return None
                        better = data_same.label(shape, name)
                        does = tuple(better if kind == "answer" else f"{better} {kind}" for kind in does)
                    if len(good) < _SEQUENCES:
                        good[name, sequence] = does
                if call:
                    for turn in turns:
                        if call in turn:
                            return None
                labels += does
                said += texts
                if name in shape.differ:
                    apart.add((sequence, texts))
            if len(apart) < len(shape.differ):
                return None
            bytes_ = 0
            for text in said:
                if text.isascii():
                    bytes_ += len(text)
                else:
                    bytes_ += len(text.encode())
                    if "\ufffd" in text:
                        return None
                if not text or text.isspace() or "\0" in text:
                    return None
            key = bare = hash((hash(labels), said))
            if judgement:
                if row[judgement] is not True and row[judgement] is not False:
                    return None
                key = hash((bare, row[judgement]))
            return key, hash(said[labels.index("user")]), bytes_, bare
        except (KeyError, TypeError, AttributeError, UnicodeEncodeError, ValueError):
            return None

    return one


def weigh(shape: Shape, row: dict[str, Any]) -> Measure:
    """The measure of a row that the quick way does not pass; nothing is assumed of it."""
    found = data_same.parts(shape, row)
    labels, values = found
    content = bare = hash((hash(labels), values))
    if shape.judgement:
        content = hash((bare, data_same.plain(row.get(shape.judgement))))
    return content, hash(data_same.asked(found)), sum(len(t.encode(errors="replace")) for t in _texts(found)), bare


def texts_of(shape: Shape, row: Any) -> list[str]:
    """Every text of a row that a model would read: also the system prompt, the functions on offer and the calls of them."""
    return _texts(data_same.parts(shape, row)) if isinstance(row, dict) else []


def _texts(found: data_same.Parts) -> list[str]:
    return [v if isinstance(v, str) else v.decode() if isinstance(v, bytes) else str(v) for does, v in zip(*found) if does not in ("images", "row")]


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

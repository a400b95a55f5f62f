"""Which format rows are in, from what the formats declare.

Every kind of row (its fields and whether they are text or lists) votes for the format that explains
most of its fields, misses fewest and whose values have the right form. Knows no format by name.
"""
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from .data_shape import Shape

Signature = tuple[tuple[str, str], ...]


def form(value: Any) -> str:
    """text, turns (a list of objects), list, object, yes-no, number or nothing."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "yes-no"
    if isinstance(value, list):
        return "turns" if value and isinstance(value[0], dict) else "list"
    if isinstance(value, dict):
        return "object"
    return "nothing" if value is None else "number"


def signature(row: Mapping[str, Any]) -> Signature:
    return tuple(sorted((key, form(value)) for key, value in row.items()))


def score(shape: Shape, sig: Signature, known: frozenset[str]) -> tuple[int, int, int, int]:
    """Fields explained, required fields missing (negative), fields of the right form, required fields there. The larger, the better."""
    forms = dict(sig)
    there = [f for f in shape.required if f in forms]
    explained = sum(1 for f in forms if f in known and f in shape.fields)
    right = sum(1 for f in there if forms[f] == wanted(shape, f) or (wanted(shape, f) == "any" and forms[f] != "turns"))
    return (explained, len(there) - len(shape.required), right, len(there))


def wanted(shape: Shape, field: str) -> str:
    if field in shape.turns:
        return "turns"
    if field in shape.yes_no:
        return "yes-no"
    if field in (shape.tools, shape.images, shape.judgement):
        return "any"
    return "text"


def best(shapes: Mapping[str, Shape], row: Mapping[str, Any]) -> Shape | None:
    """The format one row is in, or comes nearest to; None when no format speaks of any of its fields."""
    return _best(shapes, signature(row), row)


def _best(shapes: Mapping[str, Shape], sig: Signature, row: Mapping[str, Any]) -> Shape | None:
    known = _known(tuple(shapes.values()))
    ranked: list[tuple[tuple[Any, ...], str]] = []
    for shape in shapes.values():
        points = score(shape, sig, known)
        marked = marks(shape, row)
        if points[3] == 0 or (shape.markers and not marked):
            continue
        speaks = said(shape, row)
        ranked.append(((points[0], points[1], points[2], marked, speaks, points[3]), shape.id))
    return shapes[max(ranked)[1]] if ranked else None


_names: dict[tuple[int, ...], frozenset[str]] = {}


def _known(shapes: tuple[Shape, ...]) -> frozenset[str]:
    """Every field that some format speaks of; worked out once."""
    key = tuple(map(id, shapes))
    if key not in _names:
        _names.clear()
        _names[key] = frozenset(f for s in shapes for f in s.fields)
    return _names[key]


def inside(shapes: Mapping[str, Shape], row: Mapping[str, Any]) -> str:
    """The column whose value is itself a row of a known format, or a list of such rows (its name then ends in []); empty where there is none."""
    for key, value in row.items():
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, dict) and best(shapes, first):
            return f"{key}[]" if first is not value else key
    return ""


def marks(shape: Shape, row: Mapping[str, Any]) -> bool:
    """Whether a text of the row bears the format's markup."""
    return any(isinstance(v, str) and any(m in v for m in shape.markers) for v in row.values()) if shape.markers else False


def said(shape: Shape, row: Mapping[str, Any]) -> int:
    """How many turns name who speaks in the words of the format."""
    return sum(1 for f in shape.turns if isinstance(row.get(f), list) for t in row[f][:8] if isinstance(t, dict) and t.get(shape.role_key) in shape.kinds)


def detect(shapes: Mapping[str, Shape], rows: Iterable[Any], cells: bool = False) -> tuple[Shape | None, Counter[str]]:
    """The format of most rows, and how many of the sample look like which. ``cells``: values are text of a table."""
    votes: Counter[str] = Counter()
    cache: dict[Signature, Shape | None] = {}
    for row in rows:
        if not isinstance(row, dict):
            continue
        if cells:
            row = opened(row)
        sig = signature(row)
        if any(s.markers for s in shapes.values()) or sig not in cache:
            cache[sig] = _best(shapes, sig, row) if sig not in cache or _texts_only(row) else cache[sig]
        shape = cache[sig]
        if shape is not None:
            votes[shape.id] += 1
    return (shapes[votes.most_common(1)[0][0]], votes) if votes else (None, votes)


def _texts_only(row: Mapping[str, Any]) -> bool:
    return len(row) <= 2


def opened(row: Mapping[str, Any]) -> dict[str, Any]:
    """Cells of a table that hold JSON, opened: lists, objects, true and false."""
    return {key: cell(value) for key, value in row.items()}


def cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text[:1] in "[{" and text:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return value
    return value


def from_cells(shape: Shape, row: dict[str, Any]) -> dict[str, Any]:
    """A table's row with those cells opened that the format wants as lists or as true and false."""
    for key in shape.lists | shape.yes_no:
        if key in row:
            row[key] = cell(row[key])
    return row

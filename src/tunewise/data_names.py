"""Columns that hold what a format wants under another name: the words people use for the same, and upper or lower case.

A format whose fields are there under other names is read by those names, and the report says what to rename.
Which words mean the same is said here, by meaning; knows no format by name.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .data_shape import Shape

# Each line: words for one thing, the most usual first.
_MEANS = (("prompt", "question", "query", "instruction", "input", "problem"), ("completion", "response", "answer", "output", "reply", "solution", "target"),
          ("chosen", "preferred", "accepted", "winner"), ("rejected", "dispreferred", "loser"), ("messages", "conversations", "conversation", "dialogue", "dialog", "turns"),
          ("text", "sentence", "content", "document", "review"), ("label", "class", "category", "labels"), ("anchor", "query", "sentence1"), ("positive", "sentence2"), ("negative", "sentence3"))


def mapping(shape: Shape, row: Mapping[str, Any]) -> dict[str, str]:
    """Which column stands for which field that the row lacks, or {} when one is missing or nothing has another name."""
    found: dict[str, str] = {}
    prompts = {f for f in shape.optional if f in shape.ask}
    for field in (*shape.required, *sorted(prompts)):
        if field in row:
            if not _fits(shape, field, row[field]):
                return {}
            continue
        words = [field, *(w for group in _MEANS if field in group for w in group)]
        plain = {k.strip().casefold(): k for k in row if isinstance(k, str) and k not in shape.fields and k not in found.values() and _fits(shape, field, row[k])}
        column = next((plain[w] for w in words if w in plain), None)
        if column is not None:
            found[field] = column
        elif field not in shape.may_be_empty and field not in prompts:
            return {}
    return found


def _fits(shape: Shape, field: str, value: Any) -> bool:
    if field in shape.turns:
        return isinstance(value, list) and bool(value) and all(isinstance(t, dict) and shape.role_key in t and shape.content_key in t and t[shape.role_key] in shape.kinds for t in value[:2])
    if field in shape.lists:
        return isinstance(value, list)
    if field == shape.judgement:
        return isinstance(value, bool) if field in shape.yes_no else isinstance(value, (str, int))
    return isinstance(value, str)


def called(shape: Shape, names: Mapping[str, str]) -> Shape:
    """The same format with fields of other names: {field: column}."""
    def one(field: str | None) -> str | None:
        return names.get(field, field) if field else field

    def all_of(fields: Any) -> Any:
        return type(fields)(names.get(f, f) for f in fields)

    changed: dict[str, Any] = {f: all_of(getattr(shape, f)) for f in ("required", "optional", "may_be_empty", "turns", "ask", "yes_no", "differ")}
    changed |= {f: one(getattr(shape, f)) for f in ("answer", "better", "worse", "judgement", "system", "tools", "images", "text")}
    return replace(shape, **changed)


def nearest(shapes: Mapping[str, Shape], row: Mapping[str, Any], found: Shape | None) -> tuple[Shape, dict[str, str]] | None:
    """The format that a row is in but for the names of its columns, where that explains it better than ``found`` does."""
    ranked: list[tuple[Any, str, dict[str, str]]] = []
    for shape in shapes.values():
        names = {} if shape.markers else mapping(shape, row)
        if names:
            said = sum(1 for k in row if k in shape.fields or k in names.values())
            absent = sum(1 for f in shape.required if f not in row and f not in names)
            alike = sum(1 for f, k in names.items() if k.strip().casefold() == f)
            ranked.append(((said, -absent, alike, -len(names), len(shape.required)), shape.id, names))
    if not ranked:
        return None
    points, id_, names = max(ranked, key=lambda r: (r[0], r[1]))
    if found is not None:
        said = sum(1 for k in row if k in found.fields)
        whole = all(f in row and _fits(found, f, row[f]) for f in found.required if f not in found.may_be_empty)
        if points[0] < said or (points[0] == said and whole):
            return None
    return shapes[id_], names

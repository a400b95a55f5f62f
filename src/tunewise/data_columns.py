"""Rows into the columns of a Parquet file and back, unchanged.

A column has one set of keys for all its objects: where objects of free keys differ (the arguments of function calls),
they are written as JSON text, and what was written so stands in the file's metadata. Keys that only some turns have are
empty in the others, and are left out again on reading.
"""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_ITEM = "[]"
_TEXTS, _SPARE = b"tunewise.texts", b"tunewise.spare"
Place = tuple[str, ...]  # names from the row inwards, [] for the elements of a list


class Keys:
    """The keys of the objects at every place of some rows: all of them, and those that every object has."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.every: dict[Place, set[str]] = {}
        self.always: dict[Place, set[str]] = {}
        for row in rows:
            for key, value in row.items():
                self._walk(value, (key,))

    def _walk(self, value: Any, place: Place) -> None:
        if isinstance(value, dict):
            self.every.setdefault(place, set()).update(value)
            self.always.setdefault(place, set(value)).intersection_update(value)
            for key, inner in value.items():
                self._walk(inner, (*place, key))
        elif isinstance(value, list):
            for inner in value:
                self._walk(inner, (*place, _ITEM))

    def texts(self, whole: frozenset[str]) -> list[Place]:
        """Places whose objects become JSON text: the outermost that differ in their keys, and columns of ``whole`` with such a place inside."""
        free = [p for p, keys in self.every.items() if p[-1] != _ITEM and (keys != self.always[p] or not keys)]
        cut = {p[:1] if p[0] in whole else p for p in free}
        return sorted(p for p in cut if not any(p[:n] in cut for n in range(1, len(p))))

    def spare(self) -> list[Place]:
        """Places of keys that only some elements of a list have."""
        return sorted((*p, k) for p, keys in self.every.items() if p[-1] == _ITEM for k in keys - self.always[p])

    def unlike(self, other: Keys) -> str:
        """Where the rows of ``other`` have keys that these have not, or lack some; empty where they fit."""
        for place, keys in other.every.items():
            if keys - self.every.get(place, set()) or (place[-1] != _ITEM and self.always[place] - other.always[place]):
                return ".".join(place).replace(f".{_ITEM}", _ITEM)
        return ""


def metadata(texts: list[Place], spare: list[Place]) -> dict[bytes, bytes]:
    """What the file says of how its rows were written."""
    return {name: json.dumps(places).encode() for name, places in ((_TEXTS, texts), (_SPARE, spare)) if places}


def places(said: Mapping[bytes, bytes] | None) -> tuple[list[Place], list[Place]]:
    """Places of JSON text and of spare keys, from a file's metadata."""
    texts, spare = ([tuple(p) for p in json.loads((said or {}).get(name, b"[]"))] for name in (_TEXTS, _SPARE))
    return texts, spare


def written(row: dict[str, Any], texts: list[Place]) -> dict[str, Any]:
    """A row with the objects at these places as JSON text."""
    for place in texts:
        row = _at(row, place, lambda value: json.dumps(value, ensure_ascii=False))
    return row


def restored(row: dict[str, Any], texts: list[Place], spare: list[Place]) -> dict[str, Any]:
    """The row that was written."""
    for place in spare:
        row = _at(row, place, None)
    for place in texts:
        row = _at(row, place, json.loads)
    return row


def _at(value: Any, place: Place, change: Any) -> Any:
    """The value with what stands at a place changed; without it, where there is no change and it is empty."""
    if value is None:
        return None
    if not place:
        return change(value)
    if place[0] == _ITEM:
        return [_at(v, place[1:], change) for v in value] if isinstance(value, list) else value
    if not isinstance(value, dict) or place[0] not in value:
        return value
    if change is None and len(place) == 1:
        return {k: v for k, v in value.items() if k != place[0] or v is not None}
    return {k: _at(v, place[1:], change) if k == place[0] else v for k, v in value.items()}

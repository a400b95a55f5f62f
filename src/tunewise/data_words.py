"""Words for what stands in a row: names of types, values cut short, lists in prose, the nearest column."""
from __future__ import annotations

import json
from typing import Any

from .data_shape import Shape


def nearest(field: str, row: dict[str, Any], shape: Shape) -> str | None:
    import difflib

    spare = [k for k in row if k not in shape.fields]
    exact = [k for k in spare if isinstance(k, str) and k.strip().casefold() == field.casefold()]
    close = exact or difflib.get_close_matches(field, [k for k in spare if isinstance(k, str)], n=1, cutoff=0.8)
    return close[0] if close else None


def type_of(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object", str: "text", bytes: "bytes"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 40 else text[:37] + "..."


def listed(words: Any, last: str = "and") -> str:
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else "nothing"


_UNPRINTABLE = {n: f"\\u{n:04x}" for n in (*range(32), *range(127, 160), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)) if n != 10}


def printable(text: str) -> str:
    """A text of which no sign commands the terminal: such signs are written as in JSON, of which they may be part."""
    return text.translate(_UNPRINTABLE)

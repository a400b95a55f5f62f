"""What readers of data hand on: chunks of rows, and what is wrong with the rows that could not be read. Reads no file."""
from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .data_words import shown

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

CHUNK = 1 << 20
LONGEST = 64 << 20


@dataclass
class Fault:
    """What is wrong with one row: where, what, what to do. ``kind`` groups faults; a warning does not keep the data from being used."""

    row: int
    kind: str
    text: str
    remedy: str
    warning: bool = False
    file: str = ""
    unit: str = "line"


@dataclass
class Chunk:
    """Rows read, the number each has in its file, the bytes they took, and faults of rows that could not be read."""

    rows: list[Any] = field(default_factory=list)
    numbers: Sequence[int] = ()
    faults: list[Fault] = field(default_factory=list)
    done: int = 0


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def strict(raw: bytes) -> Any:
    """What a text says as JSON; NaN and Infinity, which only Python's reader lets pass, are none."""
    return json.loads(raw, parse_constant=_refuse)


def loader(exact: bool) -> Callable[[bytes], Any]:
    return orjson.loads if orjson is not None and not exact else strict


def fault_of(raw: bytes, number: int, unit: str = "line", last: bool = False) -> tuple[Any, Fault | None]:
    """What one row says, or why it cannot be read. Slow and exact; for rows that the fast way refused."""
    try:
        row = strict(raw)
        if key := doubled(raw):
            return None, Fault(number, "double key", f"the key {shown(key)} stands twice in one object", "Leave one of them out: readers keep only the last.", unit=unit)
        return row, None
    except UnicodeDecodeError as fault:
        return None, Fault(number, "encoding", f"not UTF-8: byte 0x{raw[fault.start]:02x} at place {fault.start + 1}", "Write the file as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW.", unit=unit)
    except RecursionError:
        return None, Fault(number, "nested", "nested too deeply to be read", "Flatten the record; a row of data is a handful of levels.", unit=unit)
    except ValueError as fault:
        at = f" at character {fault.pos + 1}" if isinstance(fault, json.JSONDecodeError) else ""
        if raw.rstrip().endswith(b",") and _reads(raw.rstrip()[:-1]):
            return None, Fault(number, "not JSON", "a comma stands after the record", "Delete the comma at the end of each line; or put [ and ] around all of them and name the file .json.", unit=unit)
        said = fault.msg[:1].lower() + fault.msg[1:] if isinstance(fault, json.JSONDecodeError) else str(fault)
        if last and not raw.rstrip().endswith((b"}", b"]")):
            return None, Fault(number, "cut off", "the last line ends in the middle of a record", "The file was cut off while it was written or copied: fetch it again, or delete the line.", unit=unit)
        if said.endswith("is no JSON"):
            return None, Fault(number, "not JSON", said, "Write null, or leave the field out.", unit=unit)
        return None, Fault(number, "not JSON", f"no JSON: {said}{at}", _hint(raw, getattr(fault, "pos", 0), unit), unit=unit)


def _reads(raw: bytes) -> bool:
    try:
        strict(raw)
    except (ValueError, RecursionError):
        return False
    return True


def suspect(raw: bytes, rows: list[Any]) -> bool:
    """Whether a key of the first row stands more often in the text than in the rows that were read from it: twice in one object."""
    if not rows or not isinstance(rows[0], dict):
        return False
    keys = [b'"%s":' % key.encode(errors="replace") for key in rows[0]]
    often = [key for key in keys if raw.count(key) > len(rows)]  # it may stand in objects inside, too
    if not often or orjson is None:
        return bool(often)
    again = orjson.dumps(rows)
    return any(raw.count(key) > again.count(key) for key in often)


def doubled(raw: bytes) -> str:
    """A key that stands twice in one object, or an empty text. Readers keep the last and drop the others."""
    found: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            names = [k for k, _ in items]
            found.append(next(k for k in names if names.count(k) > 1))
        return made

    try:
        json.loads(raw, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return ""
    return found[0] if found else ""


def _hint(raw: bytes, place: int, unit: str) -> str:
    start = raw.lstrip()[:2]
    if re.search(r",\s*[}\]]", raw.decode(errors="replace")[max(place - 8, 0):place + 8]):
        return "Delete the comma before the closing bracket."
    if start == b"{'":
        return "This is Python and not JSON: write it with json.dumps."
    return "Write one JSON object a line (json.dumps), or leave the line out." if unit == "line" else f"Write each {unit} as JSON (json.dumps), or leave it out."

"""What readers of data hand on: chunks of rows, and what is wrong with the rows that could not be read. Reads no file."""
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

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
        return strict(raw), None
    except UnicodeDecodeError as fault:
        return None, Fault(number, "encoding", f"not UTF-8: byte 0x{raw[fault.start]:02x} at place {fault.start + 1}", "Write the file as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW.", unit=unit)
    except RecursionError:
        return None, Fault(number, "nested", "nested too deeply to be read", "Flatten the record; a row of data is a handful of levels.", unit=unit)
    except ValueError as fault:
        at = f" at character {fault.pos + 1}" if isinstance(fault, json.JSONDecodeError) else ""
        said = fault.msg[:1].lower() + fault.msg[1:] if isinstance(fault, json.JSONDecodeError) else str(fault)
        if last and not raw.rstrip().endswith((b"}", b"]")):
            return None, Fault(number, "cut off", "the last line ends in the middle of a record", "The file was cut off while it was written or copied: fetch it again, or delete the line.", unit=unit)
        if said.endswith("is no JSON"):
            return None, Fault(number, "not JSON", said, "Write null, or leave the field out.", unit=unit)
        return None, Fault(number, "not JSON", f"no JSON: {said}{at}", _hint(raw), unit=unit)


def _hint(raw: bytes) -> str:
    start = raw.lstrip()[:2]
    if start == b"{'":
        return "This is Python and not JSON: write it with json.dumps."
    return "Write one JSON object a line (json.dumps), or leave the line out."

"""Text with places: a template of lines, some of them conditional, and values that become literals. Knows no technique.

``#: include NAME`` takes in templates/parts/NAME.tmpl, ``#: python NAME`` what stands below the mark in NAME.py, ``#: if FLAG`` ... ``#: else`` ... ``#: end`` keeps one
side, ``{{name}}`` is replaced. Nothing that a person said reaches a template except through ``literal`` or ``remark``.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import InputError, MachineError

_HERE = Path(__file__).with_name("templates")
_PLACE = re.compile(r"\{\{(\w+)\}\}")
_NAME = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_]\w*)*", re.ASCII)


def filled(name: str, values: Mapping[str, str], flags: Mapping[str, bool]) -> str:
    """The template ``name`` with its parts, its flags decided and its places filled; one that has no value is an error."""
    return "\n".join(_lines(_HERE / f"{name}.tmpl", values, flags)) + "\n"


def _lines(file: Path, values: Mapping[str, str], flags: Mapping[str, bool]) -> list[str]:
    out: list[str] = []
    keep = [True]
    try:
        text = file.read_text(encoding="utf8")
    except OSError as fault:
        raise MachineError(f"{file}: cannot be read: {fault.strerror}. Install tunewise again.") from None
    for line in text.splitlines():
        if line.startswith("#: "):
            word, _, rest = line[3:].partition(" ")
            if word == "if":
                keep.append(keep[-1] and flags[rest])
                out += []
            elif word == "else":
                keep[-1] = not keep[-1] and keep[-2]
            elif word == "end":
                keep.pop()
            elif word == "include" and keep[-1]:
                out += _lines(_HERE / "parts" / f"{_put(rest, values)}.tmpl", values, flags)
            elif word == "python" and keep[-1]:
                out += (_HERE.parent / f"{rest}.py").read_text(encoding="utf8").partition("# ---- as it stands in a script ----\n")[2].rstrip("\n").splitlines()
        elif keep[-1]:
            placed = _put(line, values)
            if placed.strip() or not _PLACE.search(line):  # a place filled with nothing leaves no line
                out.append(placed)
    return out


def _put(line: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values[place.group(1)], line)


def literal(value: Any) -> str:
    """A value as a Python literal that can be nothing else: numbers plainly, texts quoted and escaped."""
    if isinstance(value, str):
        quoted = ascii(value)
        return '"' + quoted[1:-1].replace('"', '\\"') + '"' if quoted[0] == "'" and "\\'" not in quoted else quoted
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0") if 0 < abs(value) < 0.001 else repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    return repr(value)


def named(word: str) -> str:
    """A name of a class, a module or a template that stands in a script as code: letters, digits, dots, nothing else."""
    if word and not _NAME.fullmatch(word):
        raise InputError(f"{word!r} is no name of a class, a module or a template: it would become code in a recipe. Say it as module.Class.")
    return word


def remark(text: str) -> str:
    """A text as the end of a comment: one line, only what can be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def assignment(name: str, rows: list[tuple[str, Any, str]], comment: str = "") -> str:
    """A dict as a flat block, one key a line with its reason."""
    if not rows:
        return f"{name}: dict[str, Any] = {{}}" + (f"  # {remark(comment)}" if comment else "")
    lines = [f"    {literal(key)}: {literal(value)}," + (f"  # {remark(why)}" if why else "") for key, value, why in rows]
    return "\n".join([f"{name}: dict[str, Any] = {{" + (f"  # {remark(comment)}" if comment else ""), *lines, "}"])

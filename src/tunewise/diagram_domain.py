"""The domain of a derived tree: which inputs are left open, and over which values. Draws situations from it.

A numeric input runs from one number to another in whole steps, or tenths where it is no integer, and is drawn
evenly over its orders of magnitude; a symbolic one runs over values.
"""
from __future__ import annotations

import difflib
import math
import random
from dataclasses import dataclass
from typing import Any

from .errors import InputError


@dataclass(frozen=True)
class Axis:
    """One input left open: its values, or its ends and step."""

    field: str
    label: str
    unit: str = ""
    values: tuple[Any, ...] = ()
    low: float = 0
    high: float = 0
    step: float = 1

    @property
    def numeric(self) -> bool:
        """Is it a number, between two ends or on a declared grid of values?"""
        return not self.values or all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in self.values)

    def rounded(self, x: float) -> float | int:
        """The value of the axis next to a number."""
        if self.values:
            return min(self.values, key=lambda v: (abs(v - x), v))  # type: ignore[no-any-return]
        x = min(max(x, self.low), self.high)
        return round(x) if self.step >= 1 else round(round(x / self.step) * self.step, 4)

    def draw(self, dice: random.Random) -> Any:
        if self.values:
            return dice.choice(self.values)
        low, high = max(self.low, 0), self.high
        if high - low <= 20 * self.step:
            return self.rounded(dice.uniform(low, high))
        return self.rounded(math.exp(dice.uniform(math.log(low + 1), math.log(high + 1))) - 1)

    def told(self, labels: dict[str, str]) -> str:
        from .words import number

        if self.numeric and not self.values:
            return f"{self.label} {number(self.low)} to {number(self.high)}{' ' + self.unit if self.unit else ''}"
        if len(self.values) > (4 if not self.numeric else 16):
            return f"{self.label}: {len(self.values)} values"
        return f"{self.label}: " + ", ".join(labels.get(v, number(v)) for v in self.values)


def axes(spec: str, index: dict[str, Any], names: Any) -> list[Axis]:
    """'gpu_memory_gib=4..192, examples, goal=tone|task' as axes; all faults told at once."""
    from .situation import check, squash

    inputs = index["inputs"]
    known = {squash(n): k for k, i in inputs.items() for n in (k, i["label"], *i["aliases"])}
    out, faults = [], []
    for part in [p.strip() for p in spec.split(",") if p.strip()]:
        name, _, wanted = part.partition("=")
        field = known.get(squash(name))
        if field is None:
            near = difflib.get_close_matches(squash(name), known, n=1)
            faults.append(f"No input '{name.strip()[:60]}' to draw over.{f' Did you mean {known[near[0]]}?' if near else ''} List them: tunewise ls inputs")
            continue
        try:
            out.append(_axis(field, wanted.strip(), inputs[field], index, lambda v, field=field: check({field: v}, index, names)[field]))
        except InputError as fault:
            faults += fault.messages
    if len({a.field for a in out}) < len(out):
        faults.append("An input to draw over is said twice. Say it once.")
    if not out and not faults:
        faults.append("Over which inputs? For example: tunewise diagram decision --over gpu_memory_gib,examples")
    if faults:
        raise InputError(*faults)
    return out


def _axis(field: str, wanted: str, spec: dict[str, Any], index: dict[str, Any], checked: Any) -> Axis:
    kind = spec["type"]
    if kind in ("integer", "number"):
        if "|" in wanted:
            grid = tuple(sorted({checked(v) for v in wanted.split("|")}))
            return Axis(field, spec["label"], spec["unit"] or "", values=grid, low=grid[0], high=grid[-1], step=0)
        low, _, high = wanted.partition("..") if ".." in wanted else ("", "", "")
        if wanted and not high:
            raise InputError(f"{field} runs between two numbers: {field}={spec['min']}..{spec['max']}, not '{wanted[:40]}'.")
        a, b = (checked(low), checked(high)) if wanted else (spec["min"], spec["max"])
        if a >= b:
            raise InputError(f"{field} runs from a smaller number to a larger one, not from {a} to {b}.")
        return Axis(field, spec["label"], spec["unit"] or "", low=a, high=b, step=1 if kind == "integer" or b - a >= 100 else 0.1)
    if kind == "boolean":
        return Axis(field, spec["label"], values=(True, False))
    if kind == "text" or spec.get("multiple"):
        raise InputError(f"{field} cannot be drawn over: it takes any text, or several values.")
    values = tuple(checked(v) for v in wanted.split("|")) if wanted else tuple(sorted(index["names"].get(kind, {})))
    if len(values) < 2:
        raise InputError(f"{field} needs two values or more to be drawn over: {field}=ONE|OTHER")
    return Axis(field, spec["label"], values=values)

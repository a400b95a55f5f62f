"""memory, time and cost of training with a technique; --over gpu, seq_len or technique for a grid"""
from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from .. import words
from ..advisor import Advisor
from ..errors import InputError
from ._shared import exit_of, ready, show_json, table, tell

BAR = 24
LENGTHS = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072]
COLUMNS = {"value": "", "allocated": "allocated GiB", "reserved": "reserved GiB", "device": "driver GiB", "need": "needed GiB", "usable": "usable GiB", "fits": "fits", "hours": "hours"}


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    over, values = raw.pop("over", None), raw.pop("values", None)
    if over:
        return grid(advisor, options, said, raw, str(over).replace("-", "_"), values)
    (technique,), situation = ready(advisor, options, said, raw, 1)
    answer = advisor.ask("estimate", situation, technique=technique)
    answer["memory"] = advisor.ask("memory", situation, technique=technique, parts=True)
    for key in ("schema", "question"):
        answer["memory"].pop(key, None)
    if options.json:
        show_json(answer)
    elif options.quiet:
        tell("estimate", answer, options)
    else:
        lines = words.text("estimate", answer, all_=options.all).splitlines()
        cut = next((i for i, line in enumerate(lines) if line.lstrip().startswith("assumed")), len(lines))
        print("\n".join([*lines[:cut], *shown(answer["memory"], sys.stdout.isatty()), *lines[cut:]]))
    return exit_of(answer["fits"])


def middle(value: Any) -> float:
    return (value[0] + value[1]) / 2 if isinstance(value, list) else float(value or 0)


def shown(m: dict[str, Any], bars: bool) -> Iterator[str]:
    """The parts on one GPU, the peaks and what else would fit, a line each."""
    parts = [p for p in m["parts"] if not p["part"].startswith("peak")]
    peaks = {p["part"]: middle(p["gib"]) for p in m["parts"] if p["part"].startswith("peak")}
    if not parts:
        return
    most = max(middle(p["gib"]) for p in parts) or 1
    for i, part in enumerate(p for p in parts if middle(p["gib"]) >= 0.005):
        size = words.number(part["gib"])
        bar = "█" * max(1, round(BAR * middle(part["gib"]) / most)) if bars else ""
        yield f"  {'one GPU' if i == 0 else '':<14}{part['part']:<24}{size:>14} GiB {bar}".rstrip()
    top = max(peaks, key=lambda name: peaks[name])
    yield f"  {'peak':<14}{words.number(m['allocated'])} GiB allocated, {top.removeprefix('peak ')}" + (f"; nine runs in ten within {m['width']:.0%}" if m["width"] else "")
    yield f"  {'':<14}{words.number(m['reserved'])} GiB held by the allocator, {words.number(m['device'])} shown by the driver" + (f", within {m['reserved_width']:.0%}" if m["reserved_width"] else "")
    if m["tight"]:
        yield f"  {'tight':<14}the upper end, {words.number(m['need_high'])} GiB, does not fit: checkpointing, an 8-bit optimizer or shorter sequences give room (tunewise what-if)"
    for most_of in m["largest"]:
        yield f"  {'room for':<14}{most_of['label']} of up to {words.number(most_of['value'])}, the rest as it is"
    if m.get("tokens_per_second"):
        yield f"  {'speed':<14}{words.number(m['tokens_per_second'])} tokens a second" + (f", within a factor of {m['time_factor']:g}" if m.get("time_factor") else "")


def grid(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any], over: str, values: str | None) -> int:
    """Figures over the values of one input, or over techniques: a table, CSV or JSON (--format, --json)."""
    inputs = advisor.index["inputs"]
    if over != "technique" and over not in inputs:
        raise InputError(f"--over takes an input or 'technique', not '{over}'. Try gpu, seq_len, micro_batch, model, n_gpus. List them: tunewise ls inputs")
    raw.pop(over, None)
    technique = None
    if over == "technique":
        situation = advisor.situation(raw)
        wanted: list[Any] = [advisor.technique(v) for v in values.split(",")] if values else list(advisor.index["names"]["Technique"])
    else:
        (technique,), situation = ready(advisor, options, said, raw, 1)
        if values:
            wanted = [advisor.situation({over: v})[over] for v in str(values).split(",")]
        elif inputs[over]["type"] in advisor.index["names"]:
            wanted = list(advisor.index["names"][inputs[over]["type"]])
        elif over == "seq_len":
            wanted = LENGTHS
        elif inputs[over]["type"] == "boolean":
            wanted = [False, True]
        elif inputs[over]["type"] == "integer":
            wanted = [2**i for i in range(8)]
        else:
            raise InputError(f"Say which values of {over}: --values A,B,C")
    asked = {"over": over, "values": wanted, **({"technique": technique} if technique else {})}
    answer = advisor.ask("grid", situation, **asked)
    rows = [r for r in answer["rows"] if r["allocated"] is not None]
    if not values and not isinstance(wanted[0], (int, bool)):
        rows.sort(key=lambda r: (middle(r["need"]) if over == "technique" else middle(r["usable"]), str(r["value"])))
    if options.json:
        show_json({**answer, "rows": rows})
        return 0 if rows else 1
    head = [over if key == "value" else name for key, name in COLUMNS.items()]
    status = table(head, [[_cell(r[key], r["tight"] if key == "fits" else False) for key in COLUMNS] for r in rows], options)
    return status if rows else 1


def _cell(value: Any, tight: bool) -> str:
    if isinstance(value, (list, float)):
        return words.number(value)
    return f"{value}, tight" if tight else "" if value is None else str(value)

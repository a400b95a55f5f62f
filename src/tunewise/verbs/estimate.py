"""memory, time and cost of training with a technique; --over gpu, seq_len, technique or model for a grid, --plot FILE for a picture of it"""
from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import words
from ..words_lines import row
from ..advisor import Advisor
from ..errors import InputError
from ._shared import exit_of, ready, show_json, table, tell

BAR = 24
LENGTHS = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072]
COLUMNS = {"value": "", "allocated": "allocated GiB", "reserved": "reserved GiB", "device": "driver GiB", "need": "needed GiB", "usable": "usable GiB", "fits": "fits", "hours": "hours"}


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    over, values, plot = raw.pop("over", None), raw.pop("values", None), raw.pop("plot", None)
    if plot and not over:
        raise InputError("--plot draws a grid: say --over gpu, seq_len, technique or model as well.")
    if over and "," in str(over):
        return everywhere(advisor, options, said, raw, str(over))
    if over:
        return grid(advisor, options, said, raw, str(over).replace("-", "_"), values, plot)
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
    """The parts on one GPU, the peaks with both ends of nine runs in ten, and what else would fit, a line each."""
    parts = [p for p in m["parts"] if not p["part"].startswith("peak")]
    peaks = {p["part"]: middle(p["gib"]) for p in m["parts"] if p["part"].startswith("peak")}
    if not parts:
        return
    each = f"each of {m['gpus']}" if isinstance(m["gpus"], int) and m["gpus"] > 1 else "one GPU"
    most = max(middle(p["gib"]) for p in parts) or 1
    for i, part in enumerate(p for p in parts if middle(p["gib"]) >= 0.005):
        size = words.number(part["gib"])
        bar = "█" * max(1, round(BAR * middle(part["gib"]) / most)) if bars else ""
        yield f"  {each if i == 0 else '':<14}{part['part']:<32}{size:>12} GiB {bar}".rstrip()
    top = max(peaks, key=lambda name: peaks[name])
    within = m["intervals"]
    yield f"  {'peak':<14}{figure(m['allocated'], within['allocated'])} GiB allocated, {top.removeprefix('peak ')}" + ("; the ends of nine runs in ten in brackets" if within["allocated"] else "")
    yield f"  {'':<14}{figure(m['reserved'], within['reserved'])} GiB held by the allocator, {figure(m['device'], within['device'])} shown by nvidia-smi"
    if isinstance(m["gpus"], int) and m["gpus"] > 1 and isinstance(m["usable"], int | float):
        yield f"  {'':<14}{words.number(middle(m['need']) / m['gpus'])} GiB needed of {words.number(m['usable'] / m['gpus'])} usable on each GPU"
    if m["tight"]:
        yield f"  {'tight':<14}the upper end, {words.number(m['need_high'])} GiB, does not fit: checkpointing, an 8-bit optimizer or shorter sequences give room (tunewise what-if)"
    for other in m["otherwise"]:
        yield f"  {'otherwise':<14}{other['label']} {'on' if other['value'] else 'off'}: {words.number(other['allocated'])} GiB allocated, which {'fits' if other['fits'] == 'yes' else 'does not fit' if other['fits'] == 'no' else 'may fit'}"
    for most_of in m["largest"]:
        yield f"  {'room for':<14}{most_of['label']} of up to {words.number(most_of['value'])}, the rest as it is"
    if m.get("tokens_per_second"):
        yield f"  {'speed':<14}{figure(m['tokens_per_second'], within['tokens_per_second'])} tokens a second"
    if isinstance(m.get("hours"), int | float):
        yield f"  {'run':<14}{figure(m['hours'], within['hours'])} hours" + (f", {figure(m['usd'], within['usd'])} USD" if isinstance(m.get("usd"), int | float) else "")
    if m["speed_vs_full"]:
        said = [f"{words.number(s['value'])} times ({s['source']}{', refuted by measurement' if s['refuted'] else ''})" for s in m["speed_vs_full"]]
        yield from row("sources say", f"as fast as training all weights: {', '.join(said)}")


def figure(value: Any, ends: list[float] | None) -> str:
    """A figure and, in brackets, the ends within which nine runs of ten lie."""
    return words.number(value) + (f" ({words.number(ends[0])} to {words.number(ends[1])})" if ends else "")


def grid(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any], over: str, values: str | None, plot: str | None) -> int:
    """Figures over the values of one input, or over techniques: a table, CSV or JSON (--format, --json), or a picture."""
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
    if plot:
        draw(advisor, Path(plot), answer, rows, over, technique)
    if options.json:
        show_json({**answer, "rows": rows})
        return 0 if rows else 1
    head = [over if key == "value" else name for key, name in COLUMNS.items()]
    status = table(head, [[_cell(r[key], r["tight"] if key == "fits" else False) for key in COLUMNS] for r in rows], options)
    return status if rows else 1


AXES = ["technique", "model", "gpu"]
WORDS = {"y": "yes", "t": "yes, tight", "n": "no", "?": "depends"}


def everywhere(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any], over: str) -> int:
    """Every technique on every model on every GPU: what is needed and whether it fits, a line a cell (or --json)."""
    asked = {a.strip().split("=")[0]: a.strip().partition("=")[2] for a in over.split(",")}
    if sorted(asked) != sorted(AXES) or said:
        raise InputError("--over takes one input, or all of technique,model,gpu; each may name what it goes over: --over technique=lora|qlora,model,gpu=t4|l4")
    names: dict[str, list[str]] = {}
    for axis, cls in (("technique", "Approach"), ("model", "Model"), ("gpu", "Gpu")):
        raw.pop(axis, None)
        kind = "Technique" if axis == "technique" else cls
        names[axis] = [advisor.names.resolve(kind, n) for n in asked[axis].split("|")] if asked[axis] else list(advisor.index["names"][cls])
    answer = advisor.ask("fit_grid", advisor.situation(raw), techniques=names["technique"], models=names["model"], gpus=names["gpu"])
    if options.json:
        show_json(answer)
        return 0 if answer["rows"] else 1
    gpus = answer["gpus"]
    rows = [[r["technique"], r["model"], g["gpu"], _cell(r["need"], False), _cell(g["usable"], False), WORDS[f]] for r in answer["rows"] for g, f in zip(gpus, r["fit"])]
    status = table(["technique", "model", "gpu", "needed GiB", "usable GiB", "fits"], rows, options)
    return status if rows else 1


def draw(advisor: Advisor, path: Path, answer: dict[str, Any], rows: list[dict[str, Any]], over: str, technique: str | None) -> None:
    """The grid as svg, png or pdf, by the file's ending; fonts, colours and bytes as in every other picture."""
    from .. import diagram_grid

    labels = advisor.index["labels"]
    named = [{**r, "label": labels.get(r["value"], str(r["value"])) if isinstance(r["value"], str) else r["value"]} for r in rows]
    what = labels.get(technique, technique) if technique else "techniques"
    picture = diagram_grid.peak_over(named, over.replace("_", " ") if over == "technique" else advisor.index["inputs"][over]["label"], str(what), path.suffix.lstrip("."))
    try:
        path.write_bytes(picture)
    except OSError as fault:
        raise InputError(f"{path}: cannot be written: {fault.strerror}.") from None
    print(f"{path} drawn", file=sys.stderr)


def _cell(value: Any, tight: bool) -> str:
    if isinstance(value, (list, float)):
        return words.number(value)
    return f"{value}, tight" if tight else "" if value is None else str(value)

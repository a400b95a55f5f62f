"""How quick estimates are: python bench/estimate_speed.py [--json]

One estimate with its proof, warm, and a grid of 30 approaches x 50 models x 40 GPUs; processor time, so
that a busy machine does not count, also as a ratio to a million additions in this Python. And a sample of
the grid's cells is asked one by one: each must say what the grid says.
"""
from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from typing import Any

from tunewise import Advisor

CASES: list[dict[str, Any]] = [{"model": m, "gpu": g, "examples": 5000} for m in ("llama-3-8b", "qwen2.5-7b", "phi-3-mini") for g in ("t4", "rtx-4090", "a100-80gb")]


def additions() -> float:
    start, total = time.process_time(), 0
    for i in range(1_000_000):
        total += i
    return time.process_time() - start


def timed(call: Any, runs: int = 1) -> list[float]:
    out = []
    for _ in range(runs):
        start = time.process_time()
        call()
        out.append(time.process_time() - start)
    return out


def axes(advisor: Advisor, situation: dict[str, Any], counts: tuple[int, int, int]) -> tuple[list[str], list[str], list[str]]:
    """The first approaches, models and GPUs whose memory can be added up."""
    names = advisor.index["names"]
    trained = advisor.ask("fit_grid", situation, techniques=list(names["Approach"]), models=["llama-3-8b"], gpus=["t4"])["rows"]
    shaped = advisor.ask("fit_grid", situation, techniques=["lora"], models=list(names["Model"]), gpus=["t4"])["rows"]
    return [r["technique"] for r in trained][: counts[0]], [r["model"] for r in shaped][: counts[1]], list(names["Gpu"])[: counts[2]]


def disagreements(advisor: Advisor, grid: dict[str, Any], gpus: list[str], count: int) -> list[str]:
    """Cells of a sample where the question memory says other than the grid."""
    draw, out = random.Random(1), []
    for row in draw.sample(grid["rows"], count):
        i = draw.randrange(len(gpus))
        one = advisor.ask("memory", advisor.situation(model=row["model"], gpu=gpus[i]), technique=row["technique"])
        said = {"yes": "t" if one["tight"] else "y", "no": "n"}.get(one["fits"], "?")
        if said != row["fit"][i]:
            out.append(f"{row['technique']} {row['model']} {gpus[i]}: {said} alone, {row['fit'][i]} in the grid")
    return out


def main() -> int:
    advisor = Advisor(timeout=300)
    unit = statistics.median(additions() for _ in range(5))
    checked = [advisor.situation(c) for c in CASES]
    advisor.ask("estimate", checked[0], technique="qlora")
    one = statistics.median(t for s in checked for t in timed(lambda s=s: advisor.ask("estimate", s, technique="qlora"), 3))
    situation = advisor.situation({})
    techniques, models, gpus = axes(advisor, situation, (30, 50, 40))
    found: dict[str, Any] = {}
    whole = min(timed(lambda: found.update(advisor.ask("fit_grid", situation, techniques=techniques, models=models, gpus=gpus)), 2))
    wrong = disagreements(advisor, found, gpus, 60)
    figures = {"estimate_ms": one * 1000, "estimate_in_million_additions": one / unit, "grid_cells": sum(len(r["fit"]) for r in found["rows"]), "grid_s": whole, "grid_in_million_additions": whole / unit, "grid_cells_that_disagree": len(wrong)}
    if "--json" in sys.argv:
        print(json.dumps(figures, indent=2))
    else:
        for name, value in figures.items():
            print(f"{name:<32}{value:>12,.2f}")
    for line in wrong:
        print(line, file=sys.stderr)
    sys.stdout.flush()
    os._exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

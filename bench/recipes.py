"""Trains every approach that has a recipe, on the CPU in a rehearsal, and writes docs/recipes.md: trains, reloads, merges.

    python bench/recipes.py [--python PYTHON] [--adapters PYTHON] [--bits 16,8,4] [--only ID,ID] [--keep FOLDER] [--out FILE]

Recipes are written by this interpreter; many of them run in one process of --python, which has the pinned versions.
Those of the Adapters library, which pins an older Transformers, run in --adapters; without it they are left out.
With --keep, results of an earlier run into the same folder stand for what --only does not name.
"""
from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import runpy
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SITUATION = {"gpu": "a100-80gb", "model": "llama-3.2-1b", "examples": 5000, "teacher_model": "llama-3.1-8b"}
NAMES = {16: "16 bit", 8: "int8", 4: "NF4"}


def write_all(folder: Path, bits: list[int], only: set[str], advisor: Any = None) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """A recipe for every approach and base that has one; and why there is none for the others."""
    from tunewise import Advisor, recipe
    from tunewise.errors import TunewiseError

    advisor = advisor or Advisor()
    made: list[dict[str, Any]] = []
    none: dict[str, str] = {}
    for technique in sorted(t for t in advisor.index["names"]["Technique"] if not only or t in only):
        model = model_for(advisor, technique)
        for base in bits:
            situation = advisor.situation({**SITUATION, **model, "base_bits": base})
            target = folder / f"{technique}-{base}"
            try:
                done = recipe.written(advisor, technique, situation, None, target)
            except TunewiseError as fault:
                none[f"{technique}-{base}"] = fault.messages[0]
                continue
            if not done.files:
                none[technique] = done.told
                break
            target.mkdir(parents=True, exist_ok=True)
            for name, text in done.files.items():
                (target / name).write_text(text, encoding="utf8")
            decision = json.loads(done.files["decision.json"])
            made.append({"technique": technique, "bits": base, "folder": str(target), "loop": decision["loop"], "apart": any(pin.startswith("adapters==") for pin in decision["profile"])})
    return made, none


def model_for(advisor: Any, technique: str) -> dict[str, str]:
    """A model of the kind that the technique's loop trains, where it does not train any."""
    make = advisor.ask("recipe", advisor.situation(SITUATION), technique=technique)
    return {"model": make["models_of_kind"][0]} if make["models_of_kind"] else {}


def rehearse(folder: Path) -> dict[str, Any]:
    """Runs train.py --smoke of a folder in this process; the report, or the fault."""
    start, said = time.monotonic(), io.StringIO()
    argv, path = sys.argv, list(sys.path)
    sys.argv = ["train.py", "--smoke"]
    fault = ""
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            runpy.run_path(str(folder / "train.py"), run_name="__main__")
    except SystemExit as stop:
        fault = str(stop.code) if stop.code else ""
    except Exception as error:
        fault = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
        import traceback

        (folder / "fault.txt").write_text(traceback.format_exc())
    finally:
        sys.argv, sys.path[:] = argv, path
        sys.modules.pop("reward", None)
    report = folder / "trained-smoke" / "smoke.json"
    return {"fault": fault, "seconds": round(time.monotonic() - start, 2), **(json.loads(report.read_text()) if report.exists() else {})}


def work(file: Path) -> None:
    """The worker: rehearses the folders of a file, one result a line on stdout."""
    for row in json.loads(file.read_text()):
        print("|" + json.dumps({**row, **rehearse(Path(row["folder"]))}), flush=True)


def run_all(made: list[dict[str, Any]], python: str, folder: Path, workers: int = 0) -> list[dict[str, Any]]:
    """Rehearses all recipes, one process a core; a worker that dies costs one recipe, not the rest."""
    workers = workers or os.cpu_count() or 1
    parts = [made[at::workers] for at in range(workers) if made[at::workers]]
    with ThreadPoolExecutor(len(parts)) as pool:
        done = pool.map(lambda at: _run_part(parts[at], python, folder / f"worker-{at}"), range(len(parts)))
        return sorted((row for part in done for row in part), key=lambda row: (row["technique"], -row["bits"]))


def _run_part(left: list[dict[str, Any]], python: str, folder: Path) -> list[dict[str, Any]]:
    done: list[dict[str, Any]] = []
    folder.mkdir(exist_ok=True)
    while left:
        todo = folder / "todo.json"
        todo.write_text(json.dumps(left))
        run = subprocess.run([python, __file__, "--work", str(todo)], capture_output=True, text=True, env={
            "HF_HUB_OFFLINE": "1", "TRL_EXPERIMENTAL_SILENCE": "1", "PATH": "/usr/bin:/bin", "HOME": str(folder), "CUDA_VISIBLE_DEVICES": "", "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"})
        found = [json.loads(line[1:]) for line in run.stdout.splitlines() if line.startswith("|")]
        done, row = done + found, left[len(found)] if len(found) < len(left) else None
        if row:
            done.append({**row, "fault": f"the process ended: {run.returncode}", "seconds": 0.0})
            print(run.stderr[-800:], file=sys.stderr)
        left = left[len(found) + 1:]
    return done


def cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    if row["fault"]:
        return "**no**"
    reload = "reloads" if row["reload_difference"] < 1e-3 else f"reload {row['reload_difference']:.2g}"
    merge = "" if "merge_difference" not in row else ", merges" if row["merge_difference"] < 1e-2 else f", merge {row['merge_difference']:.2g}"
    return f"trains, {reload}{merge}"


def table(done: list[dict[str, Any]], none: dict[str, str], versions: list[str]) -> str:
    by = {(row["technique"], row["bits"]): row for row in done}
    lines = ["# What trains", "", "Made by `python bench/recipes.py`; not edited. Every approach that has a recipe was trained for three steps on the CPU by its own script in rehearsal,",
             "saved, loaded again and compared, and merged into a fresh unquantised base where merging is claimed.", "", *versions, *(["torchvision, which processors of some models want, is the release that asks for this torch; it was not installed for the rehearsals.", ""] if "torchvision" in "".join(versions) else []),
             "| technique | loop | 16 bit | int8 | NF4 |", "|---|---|---|---|---|"]
    for technique in sorted({t for t, _ in by}):
        rows = [by.get((technique, bits)) for bits in (16, 8, 4)]
        lines.append(f"| {technique} | {next(r['loop'] for r in rows if r)} | " + " | ".join(cell(row) or ("no" if f"{technique}-{bits}" in none else "") for row, bits in zip(rows, (16, 8, 4))) + " |")
    bad = [row for row in done if row["fault"]]
    lines += ["", f"{len(done)} recipes of {len({t for t, _ in by})} approaches, {len(done) - len(bad)} train."]
    if bad:
        lines += ["", "## Faults", "", *[f"- {row['technique']} on {NAMES[row['bits']]}: {row['fault'][:200]}" for row in bad]]
    return "\n".join(lines) + "\n"


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--python", default=sys.executable)
    said.add_argument("--adapters", default="", help="a Python that has the Adapters library")
    said.add_argument("--bits", default="16,8,4")
    said.add_argument("--only", default="")
    said.add_argument("--out", type=Path, default=ROOT / "docs" / "recipes.md")
    said.add_argument("--keep", type=Path, help="where recipes are written and left")
    said.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    chosen = said.parse_args()
    if chosen.work:
        work(chosen.work)
        return
    with contextlib.ExitStack() as stack:
        folder = chosen.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        made, none = write_all(folder, [int(b) for b in chosen.bits.split(",")], {t for t in chosen.only.split(",") if t})
        print(f"{len(made)} recipes written, none for {len(none)}", file=sys.stderr)
        start = time.monotonic()
        done = run_all([row for row in made if not row["apart"]], chosen.python, folder)
        done += run_all([row for row in made if row["apart"]], chosen.adapters, folder) if chosen.adapters else []
        print(f"rehearsed in {time.monotonic() - start:.0f} s", file=sys.stderr)
        kept = folder / "results.json"
        if kept.exists():  # of an earlier run into the same folder: what was not rehearsed again stands
            old, again = json.loads(kept.read_text()), {t for t in chosen.only.split(",") if t}
            done += [row for row in old["done"] if row["technique"] not in again]
            none = {**{k: v for k, v in old["none"].items() if k.rpartition("-")[0] not in again}, **none}
        kept.write_text(json.dumps({"done": done, "none": none}))
        versions = []
        for apart, said in ((False, "Versions"), (True, "Bottleneck adapters, in an environment of their own")):
            pins = sorted({pin for row in done if row["apart"] == apart for pin in (Path(row["folder"]) / "requirements.txt").read_text().split()})
            versions += [f"{said}: {', '.join(pins)}.", ""] if pins else []
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(table(done, none, versions), encoding="utf8")
        for row in done:
            if row["fault"]:
                print(f"{row['technique']}-{row['bits']}: {row['fault'][:300]}")


if __name__ == "__main__":
    main()

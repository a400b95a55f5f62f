"""Refit what is fitted in the memory constants, and cross-validate by family: make fit

    python bench/fit.py [bench/runs/fit.jsonl]

What stays is counted, not fitted (bytes a parameter, a token and a layer: a tensor count). Fitted are how
much the allocator holds of what comes and goes, for a framework's loop or a loss, and how wide intervals
are. Each family (source x architecture x method) is scored with constants fitted on all other families,
never on itself. It prints the values beside those in the ontology; a person writes them there.
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import memory_accuracy as accuracy
from tunewise import Advisor

RUNS = Path(__file__).parent / "runs" / "fit.jsonl"


def moments(found: dict[str, Any], advisor: Advisor) -> dict[str, Any]:
    """What stays and what comes and goes at the peak, from the rules' own parts."""
    technique, raw = accuracy.situation_of(found["row"], advisor) or ("", {})
    answer = advisor.ask("memory", advisor.situation(raw), technique=technique, parts=True)
    part = {p["part"]: p["gib"] for p in answer["parts"]}
    stays = part["weights"] + part["trained copies"] + part["optimizer states"]
    goes = part["gathered layers"] + max(part["activations"] + part["the loss"], part["activations"] + part["one layer in its backward pass"])
    return {"stays": stays, "goes": goes, "group": raw.get("framework") or raw["loss_head"], "usable": answer["usable"], "allocated": answer["allocated"], "gpus": raw["n_gpus"]}


def factor(rows: list[dict[str, Any]]) -> float | None:
    """Median over families of how many times the passing part is held."""
    families: dict[Any, list[float]] = defaultdict(list)
    for f in rows:
        if f["goes"] > 0.05 * f["row"]["peak_gib"]:
            families[accuracy.family(f["row"])].append((f["row"]["peak_gib"] - f["stays"]) / f["goes"])
    return statistics.median(statistics.median(v) for v in families.values()) if families else None


def estimate(f: dict[str, Any], k: float) -> float:
    most = f["usable"] / f["gpus"] if isinstance(f["usable"], (int, float)) else float("inf")
    return max(f["allocated"], min(f["stays"] + k * f["goes"], most))


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> int:
    advisor = Advisor()
    found = accuracy.measured(accuracy.figures(accuracy.read(Path(sys.argv[1]) if len(sys.argv) > 1 else RUNS), advisor))
    reserved = [{**f, **moments(f, advisor)} for f in found if f["kind"] == "reserved"]
    groups = sorted({f["group"] for f in reserved})
    print(f"{'the allocator holds':30}{'families':>9}{'runs':>6}{'fitted':>8}{'in use':>8}")
    for group in groups:
        mine = [f for f in reserved if f["group"] == group]
        fitted = factor(mine)
        shown = advisor.ask("about", {}, technique=group)["claims"]
        used = next((c["parts"][0]["value"] for c in shown if c["quantity"] == "reserved_factor"), None)
        print(f"{group:30}{len({accuracy.family(f['row']) for f in mine}):>9}{len(mine):>6}{fitted if fitted is None else round(fitted, 2)!s:>8}{used!s:>8}")
    left_out = [f for f in found if f["kind"] != "reserved"]
    for f in reserved:
        others = [g for g in reserved if accuracy.family(g["row"]) != accuracy.family(f["row"])]
        k = factor([g for g in others if g["group"] == f["group"]]) or factor(others) or 1.0
        left_out.append({**f, "value": estimate(f, k)})
    accuracy.table("families left out", {"overall": accuracy.score(left_out), **accuracy.grouped(left_out, lambda f: f["kind"]), **accuracy.grouped(left_out, lambda f: accuracy.method_of(f["row"]))})
    print(f"\n{'nine runs in ten within':30}{'runs':>15}{'fitted':>8}{'in use':>8}")
    for name, keep in (("allocated, length known", lambda f: f["kind"] == "allocated" and f["row"].get("shape_known") == "exact"), ("allocated, length capped", lambda f: f["kind"] == "allocated" and f["row"].get("shape_known") != "exact"),
                       ("reserved and driver", lambda f: f["kind"] != "allocated")):
        mine = [f for f in left_out if keep(f)]
        print(f"{name:30}{len(mine):>15}{quantile([abs(f['row']['peak_gib'] / f['value'] - 1) for f in mine], 0.9):>8.2f}{mine[0]['width']:>8}")
    pairs = [(accuracy.speed_of(f["row"]), f["answer"]["tokens_per_second"]) for f in found]
    ratios = [max(a / b, b / a) for a, b in pairs if a and isinstance(b, (int, float))]
    print(f"{'tokens a second, a factor of':30}{len(ratios):>15}{quantile(ratios, 0.9):>8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

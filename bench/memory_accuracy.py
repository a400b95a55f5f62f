"""How near estimates of memory and time come to measured training runs.

    python bench/memory_accuracy.py FILE.jsonl [--json] [--peers] [--worst N] [--time]

Rows have the schema of bench/runs/README.md. Each row is mapped to a situation by ``situation_of`` and the
rules are asked, as ``tunewise estimate`` asks them: there is no formula here, but for the peers' published
rules of thumb, which stand beside. Scored are rows of confidence high and medium with outcome ok, against
``peak_gib`` and the estimate of the same kind (allocated, reserved or by the driver); and whether runs
that ran out of memory would have been refused. Unknown fields take the declared defaults.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tunewise import Advisor
from tunewise.errors import TunewiseError

ADAPTED = {"bf16": "lora", "fp16": "lora", "nf4": "qlora", "nf4-dq": "qlora", "fp4": "qlora", "gptq": "qalora", "gptq-int4": "qalora", "awq-int4": "qalora",
           "aqlm-2bit": "qalora", "int8": "lora-8bit", "gptq-int8": "lora-8bit"}
NAMES = {"prompt": "prompt-tuning", "adapter (Houlsby)": "bottleneck-adapters", "adapter_v2 (LLaMA-Adapter v2)": "llama-adapter", "prefix": "prefix-tuning"}


def technique_of(row: dict[str, Any], advisor: Advisor) -> str | None:
    """The approach of a row's method on its base weights, or None where tunewise has none."""
    method = row["method"]
    if method.startswith(("lora", "qlora", "rslora", "int8-lora")):
        return ADAPTED.get(row.get("base_precision") or "bf16", "lora")
    try:
        return advisor.technique(NAMES.get(method, method))
    except TunewiseError:
        return None


def targets_of(row: dict[str, Any]) -> str | None:
    targets = row.get("target_modules")
    if targets is None:
        return None
    text = " ".join(targets).lower() if isinstance(targets, list) else str(targets).lower()
    if re.search(r"all|gate|up|down|fc|mlp", text):
        return "all-linear"
    names = set(re.findall(r"[a-z_]+", text))
    return "query-value" if names <= {"q", "v", "q_proj", "v_proj", "query", "value"} else "attention-only"


def head_of(row: dict[str, Any]) -> str:
    """How the loss is computed, from the framework and what it was run with."""
    framework = (row.get("framework") or "").lower()
    version = (row.get("framework_version") or "").lower()
    if "liger" in framework:
        return "liger-head"
    if "foak" in framework or "litgpt" in framework or "lit-gpt" in framework or "unsloth" in framework or "chunked" in version:
        return "foak-head"
    trl = re.search(r"trl (\d+)\.(\d+)", version)
    return "chunked-head" if trl and (int(trl[1]), int(trl[2])) >= (1, 15) else "plain-head"


def framework_of(row: dict[str, Any], sharded: bool) -> str | None:
    """The framework whose loop is known to differ from the usual one."""
    framework = (row.get("framework") or "").lower()
    for word, tool in (("litgpt", "litgpt"), ("lit-gpt", "litgpt"), ("swift", "ms-swift"), ("torchtune", "torchtune"), ("unsloth", "unsloth-tool"), ("torchtitan", "torchtitan"), ("peft + hand", "peft-library")):
        if word in framework:
            return tool
    low = (row.get("base_precision") or "bf16") not in ("bf16", "fp16", "fp32")
    prepared = row.get("kbit_prepared") or "baseline-peft-bnb" in framework or ("trl" in framework and "fms" not in framework) or "llama-factory hf" in framework
    return "peft-library" if low and prepared and not sharded else None


def card_of(row: dict[str, Any], advisor: Advisor) -> list[tuple[str, Any]]:
    name = re.sub(r"\(.*?\)", "", row.get("gpu") or "").replace("NVIDIA", "").strip()
    for wanted in (name, f"NVIDIA {name}", name.replace(" ", "-")):
        if name and advisor.names.find("Gpu", wanted):
            return [("gpu", wanted)]
    return [("gpu_memory_gib", row.get("gpu_mem_gb"))]


def situation_of(row: dict[str, Any], advisor: Advisor) -> tuple[str, dict[str, Any]] | None:
    """A row as a technique and raw inputs of tunewise; None where the row lacks a shape or a technique.

    Known fields are handed on, unknown ones left out. ``seq_len`` that is only a cap is filled as far as unpacked instruction data usually is.
    """
    technique, arch = technique_of(row, advisor), row.get("arch") or {}
    if technique is None or not arch.get("layers") or not row.get("params"):
        return None
    head_dim = arch.get("head_dim") or arch["hidden"] // arch["heads"]
    sharding = (row.get("sharding") or "none").lower()
    gpus = row.get("n_gpus") or 1
    kind = "full-sharding" if re.search(r"fsdp|zero-?3", sharding) else "gradient-sharding" if re.search(r"zero-?2", sharding) else "state-sharding" if re.search(r"zero-?1", sharding) else "replication"
    if "device_map" in sharding:
        return None  # layers laid out over cards one after the other: no such sharding is modelled
    sharded = gpus > 1 and kind == "full-sharding"
    optimizer = (row.get("optimizer") or "").lower()
    precision = str(row.get("base_precision") or "").lower()
    compute = (row.get("compute_dtype") or "").lower()
    pure = not ("fp32" in precision or (sharded and "autocast" in compute and "no autocast" not in compute)) if row["method"] in WHOLE else (
        "pure" in compute or "no autocast" in compute or compute == "bf16-true" or row.get("adapter_dtype") == "bf16")
    out: dict[str, Any] = {
        "shape_layers": arch["layers"], "shape_hidden": arch["hidden"], "shape_mlp": arch["intermediate"] * (2 if (arch.get("n_experts") or 1) > 1 else 1) // (1 if arch.get("gated_mlp", True) else 2),
        "shape_heads": arch["heads"], "shape_query": arch["heads"] * head_dim, "shape_kv": (arch.get("kv_heads") or arch["heads"]) * head_dim,
        "shape_vocab": arch["vocab"], "shape_tied": bool(arch.get("tie_embeddings")), "params_b": row["params"] / 1e9,
        "n_gpus": gpus, "sharding": kind, "micro_batch": row.get("micro_batch") or 1, "loss_head": head_of(row),
        "training_precision": "pure-bf16" if pure else "mixed-bf16",
        "gradient_checkpointing": row.get("grad_ckpt") is not False,
        "attention_kernel": "eager-attention" if row.get("attention") == "eager" or row.get("flash_attn") is False else "fused-attention",
        "accumulation_steps": row.get("grad_accum") or 1,
        "optimizer": "paged-adamw-8bit" if "paged" in optimizer else "adamw-8bit" if "8bit" in optimizer else "adafactor" if "adafactor" in optimizer else "adamw" if "fused" in optimizer else "adamw-foreach",
        "offload": "layer-input-offload" if "layer inputs" in (row.get("offload") or "") else "parameter-offload" if re.search("param|fsdp cpu", (row.get("offload") or "").lower()) else "state-offload" if row.get("offload") else "no-offload",
        "step_in_backward": "in_bwd" in optimizer or "per-layer" in optimizer,
    }
    if (arch.get("n_experts") or 1) > 2:  # two experts a token
        out["shape_active_b"] = (row["params"] - arch["layers"] * 3 * arch["hidden"] * arch["intermediate"] * (arch["n_experts"] - 2)) / 1e9
    length = row.get("seq_len") or 512
    out["seq_len"] = length
    if row.get("shape_known") != "exact":
        out["seq_fill"] = round(min(1.0, (MEAN if "padding-free" in (row.get("framework") or "") else LONGEST) / length), 4)
    if row.get("n_trainable") and row["method"] != "full":
        out["trained_m"] = row["n_trainable"] / 1e6
    if row.get("rank"):
        out["rank"] = row["rank"]
    for key, value in (("lora_targets", targets_of(row)), ("framework", framework_of(row, sharded)), *card_of(row, advisor)):
        if value:
            out[key] = value
    return technique, out


WHOLE = ("full", "galore", "badam", "llamapro")
LONGEST, MEAN = 2400, 300  # tokens of the longest and the mean example of instruction data, whatever the cap

KINDS = (("allocated", re.compile("alloc")), ("device", re.compile("nvidia")), ("reserved", re.compile("reserved|stated|peak")))


def kind_of(row: dict[str, Any]) -> str:
    what = row.get("measured_what") or ""
    return next((kind for kind, word in KINDS if word.search(what)), "reserved")


def peers(row: dict[str, Any]) -> dict[str, float | None]:
    """Published rules of thumb, GiB a GPU: accelerate's estimate-memory, ZeRO's 18 B, Transformer Math, LLaMA-Factory's table."""
    gib = row["params"] / 2**30
    full = row["method"] == "full"
    bits = {"nf4": 4, "nf4-dq": 4, "fp4": 4, "gptq": 4, "gptq-int4": 4, "awq-int4": 4, "int8": 8, "gptq-int8": 8, "aqlm-2bit": 2}.get(row.get("base_precision") or "", 16)
    gpus = row.get("n_gpus") or 1
    arch, tokens = row["arch"], (row.get("seq_len") or 512) * (row.get("micro_batch") or 1)
    math = 34 * tokens * arch["hidden"] * arch["layers"] / 2**30 if row.get("grad_ckpt") is False else 2 * tokens * arch["hidden"] * arch["layers"] / 2**30
    table = gib * {16: 18 if full else 2.3, 8: 1.4, 4: 0.86, 2: 0.57}[bits]
    return {"weights x 4": gib * 8 if full else None, "18 B a parameter": gib * 18 / gpus if full else None, "Transformer Math": (gib * (16 if full else bits / 8)) / gpus + math, "LLaMA-Factory's table": table / gpus}


def figures(rows: list[dict[str, Any]], advisor: Advisor) -> list[dict[str, Any]]:
    """Each row with the estimate of its kind, its interval and whether it would be refused."""
    out = []
    for row in rows:
        asked = situation_of(row, advisor)
        if asked is None:
            continue
        technique, raw = asked
        answer = advisor.ask("memory", advisor.situation(raw), technique=technique)
        value = answer[kind_of(row)]
        if not isinstance(value, (int, float)):
            continue
        out.append({"row": row, "kind": kind_of(row), "technique": technique, "value": value, "width": (answer["width"] if kind_of(row) == "allocated" else answer["reserved_width"]) or 0, "need": answer["need"], "usable": answer["usable"], "answer": answer})
    return out


def family(row: dict[str, Any]) -> tuple[str, str, str]:
    """Runs that are left out together in cross-validation: same source, architecture and method."""
    return row["source"], row.get("arch_key") or row["model"], row["method"]


def measured(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [f for f in found if f["row"]["outcome"] == "ok" and f["row"].get("confidence") in ("high", "medium") and f["row"].get("peak_gib")]


def score(found: list[dict[str, Any]]) -> dict[str, Any]:
    errors = [abs(f["value"] / f["row"]["peak_gib"] - 1) for f in found]
    if not errors:
        return {"n": 0}
    held = [f for f in found if f["value"] * (1 - f["width"]) <= f["row"]["peak_gib"] <= f["value"] * (1 + f["width"])]
    return {"n": len(errors), "median_error": round(statistics.median(errors), 4), "within_10": round(sum(e <= 0.1 for e in errors) / len(errors), 4),
            "within_25": round(sum(e <= 0.25 for e in errors) / len(errors), 4), "worst": round(max(errors), 4), "coverage": round(len(held) / len(errors), 4)}


def grouped(found: list[dict[str, Any]], key: Callable[[dict[str, Any]], str]) -> dict[str, Any]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for f in found:
        groups[key(f)].append(f)
    return {k: score(groups[k]) for k in sorted(groups, key=lambda k: -len(groups[k]))}


def method_of(row: dict[str, Any]) -> str:
    name = row["method"]
    return name if name in ("full", "lora", "qlora", "lora-gptq") else "others"


def out_of_memory(found: list[dict[str, Any]]) -> dict[str, int]:
    """Refused means: the central estimate exceeds what the card gives."""
    known = [f for f in found if isinstance(f["usable"], (int, float)) and isinstance(f["need"], (int, float))]
    oom, good = [f for f in known if f["row"]["outcome"] == "oom"], [f for f in known if f["row"]["outcome"] == "ok"]
    return {"caught": sum(f["need"] > f["usable"] for f in oom), "of": len(oom), "refused": sum(f["need"] > f["usable"] for f in good), "of_good": len(good)}


def report(found: list[dict[str, Any]]) -> dict[str, Any]:
    ok = measured(found)
    exact = [f for f in ok if f["row"].get("shape_known") == "exact"]
    one = [f for f in exact if (f["row"].get("n_gpus") or 1) == 1]
    return {"overall": score(ok), "by_method": grouped(ok, lambda f: method_of(f["row"])), "by_measured": grouped(ok, lambda f: f["kind"]),
            "by_gpus": grouped(ok, lambda f: "one" if (f["row"].get("n_gpus") or 1) == 1 else "several"), "by_shape": grouped(ok, lambda f: "exact" if f["row"].get("shape_known") == "exact" else "capped"),
            "exact_one_gpu": {"overall": score(one), "by_method": grouped(one, lambda f: method_of(f["row"]))}, "oom": out_of_memory(found), "time": time_report(found),
            "by_family": grouped(ok, lambda f: " / ".join(family(f["row"])))}


def speed_of(row: dict[str, Any]) -> float | None:
    """Tokens a second over all GPUs, where the row tells it in tokens, or in samples of known length."""
    said = row.get("throughput")
    if isinstance(said, dict):
        return float(said["value"]) if "tokens" in said["unit"] else None
    found = re.match(r"\s*([\d.]+)\s*(train )?(tokens|samples)/(GPU/)?s", str(said or ""))
    if not found:
        return None
    rate = float(found[1])
    if found[3] == "samples":
        if row.get("shape_known") != "exact":
            return None
        rate *= row["seq_len"]
    return rate * (row.get("n_gpus") or 1 if "GPU" in str(said) else 1)


def time_report(found: list[dict[str, Any]]) -> dict[str, Any]:
    """How many runs of known throughput lie within a factor of 1.5, and the median of measured over estimated, by method."""
    ratios: dict[str, list[float]] = defaultdict(list)
    for f in found:
        rate, guess = speed_of(f["row"]), f["answer"]["tokens_per_second"]
        if rate and isinstance(guess, (int, float)) and f["row"]["outcome"] == "ok":
            for name in ("overall", method_of(f["row"])):
                ratios[name].append(rate / guess)
    return {name: {"n": len(r), "within_1_5": round(sum(1 / 1.5 <= x <= 1.5 for x in r) / len(r), 3), "median_ratio": round(statistics.median(r), 3)} for name, r in ratios.items()}


def peer_report(rows: list[dict[str, Any]]) -> dict[str, Any]:
    errors: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row["outcome"] == "ok" and row.get("peak_gib") and row.get("confidence") in ("high", "medium") and row.get("params"):
            for name, value in peers(row).items():
                if value is not None:
                    errors[name].append(abs(value / row["peak_gib"] - 1))
    return {name: {"n": len(e), "median_error": round(statistics.median(e), 4), "within_10": round(sum(x <= 0.1 for x in e) / len(e), 4)} for name, e in errors.items()}


def read(path: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as fault:
                sys.exit(f"{path}:{number}: no JSON: {fault}")
    return rows


def table(title: str, groups: dict[str, Any]) -> None:
    print(f"\n{title:34}{'n':>5}{'median':>9}{'in 10 %':>9}{'in 25 %':>9}{'worst':>9}{'held':>7}")
    for name, s in groups.items():
        if s["n"]:
            print(f"{name[:33]:34}{s['n']:>5}{s['median_error']:>9.1%}{s['within_10']:>9.0%}{s['within_25']:>9.0%}{s['worst']:>9.0%}{s['coverage']:>7.0%}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worst", type=int, default=0, help="show the families with the largest errors")
    options = parser.parse_args()
    rows = read(options.file)
    found = figures(rows, Advisor())
    answer = {**report(found), "peers": peer_report(rows)}
    if options.json:
        print(json.dumps(answer, indent=1))
        return 0
    table("all", {"overall": answer["overall"]})
    for key, title in (("by_method", "by method"), ("by_measured", "by what was measured"), ("by_gpus", "GPUs"), ("by_shape", "sequence length known")):
        table(title, answer[key])
    table("exact shapes, one GPU", {"overall": answer["exact_one_gpu"]["overall"], **answer["exact_one_gpu"]["by_method"]})
    if options.worst:
        worst = sorted(answer["by_family"].items(), key=lambda kv: -kv[1]["median_error"] * kv[1]["n"])[: options.worst]
        table("families that err most", {k.split("/", 1)[-1][-33:]: v for k, v in worst})
    oom = answer["oom"]
    print(f"\nout of memory: {oom['caught']} of {oom['of']} refused; {oom['refused']} of {oom['of_good']} good runs refused")
    print("\nspeed" + " " * 32 + "n  in x1.5  measured / estimated")
    for name, s in answer["time"].items():
        print(f"{name:34}{s['n']:>5}{s['within_1_5']:>8.0%}{s['median_ratio']:>10.2f}")
    print("\npeers' rules of thumb" + " " * 18 + "n   median  in 10 %")
    for name, s in answer["peers"].items():
        print(f"{name:34}{s['n']:>5}{s['median_error']:>9.1%}{s['within_10']:>9.0%}")
    print("(weights x 4 is accelerate's estimate-memory, 18 B is ZeRO's count; both for full fine-tuning only)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

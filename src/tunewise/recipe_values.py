"""The values of a recipe with their reasons: keywords of the adapter, of the trainer, of a rehearsal. Knows no technique."""
from __future__ import annotations

import json
import math
from typing import Any

from . import recipe_bind, recipe_readme
from .recipe_template import named, remark

Rows = list[tuple[str, Any, str]]  # keyword, value, reason
Settings = list[dict[str, Any]]


def setting(settings: Settings, field: str) -> dict[str, Any] | None:
    return next((s for s in settings if s["field"] == field), None)


def half(settings: Settings) -> str:
    """The 16-bit format that the card computes in: fp16 or bf16."""
    precise = setting(settings, "mixed_precision")
    return "fp16" if precise and precise["value"] == "fp16" else "bf16"


def adapter(settings: Settings, cls: str, signatures: recipe_bind.Signatures, own: dict[str, Any], task: str, label: str) -> Rows:
    """Keywords of the adapter's class: what makes the technique what it is, then what sources say."""
    rows: Rows = [("task_type", task, "")] if "task_type" in signatures.takes(cls) else []
    rows += [(key, value, f"what makes it {label}") for key, value in own.items() if key != "task_type"]
    said = {key for key, _, _ in rows}
    rows += [(c["key"], c["value"], recipe_readme.reason(c)) for c in recipe_bind.fitting(settings, cls, signatures) if c["key"] not in said]
    return rows


def arguments(settings: Settings, figures: dict[str, Any], make: dict[str, Any], loop: dict[str, Any], signatures: recipe_bind.Signatures, own: dict[str, Any], label: str) -> Rows:
    """Keywords of the trainer's arguments: the figures of the run, then what sources say, then what every run needs."""
    answers = setting(settings, "num_generations") if "num_generations" in signatures.takes(loop["arguments"]) else None
    rows: Rows = [_passes(settings, figures["epochs"]), *_batch(figures, loop, answers["value"] if answers else 1)]
    if loop["length_key"]:
        cut = (None, "nothing is cut: the tokens of an image must stay together (the TRL documentation, vision-language models)") if loop["net"] == "vision" else (
            figures["seq_len"]["value"], recipe_readme.origin(figures["seq_len"], "tokens"))
        rows.append((loop["length_key"], *cut))
    checkpoint, claim = figures["gradient_checkpointing"], setting(settings, "use_gradient_checkpointing")
    keep = checkpoint["value"] if checkpoint["given"] or claim is None else claim["value"]
    rows.append(("gradient_checkpointing", keep, recipe_readme.reason(claim) if claim and not checkpoint["given"] else recipe_readme.origin(checkpoint, "recomputes what it does not keep")))
    rows += [("bf16", half(settings) == "bf16", recipe_readme.reason(setting(settings, "mixed_precision"))), ("fp16", half(settings) == "fp16", "")]
    if make["optimizer"]["given"]:
        rows += [(r["key"], r["value"], "as you said") for r in make["optimizer"]["own"]]
    rows = [row for row in rows if row[0] not in own]  # what makes a technique what it is stands above all
    rows += [(key, value, f"what makes it {label}" if key in {o["key"] for o in make["own"]} else f"what {loop['label']} needs") for key, value in own.items()]
    said = {key for key, _, _ in rows}
    rows += [(c["key"], c["value"], recipe_readme.reason(c)) for c in recipe_bind.fitting(settings, loop["arguments"], signatures) if c["key"] not in said]
    said = {key for key, _, _ in rows}
    usual: Rows = [("logging_steps", 5, "so that the loss can be followed"), ("logging_nan_inf_filter", False, "a loss that is no number must be seen"), ("save_steps", 200, "so that a stopped run can go on"), ("save_total_limit", 2, "the last two"), ("seed", 42, "the same run again"),
                   ("report_to", "none", "nothing leaves this machine")]
    return rows + [row for row in usual if row[0] not in said]


def _passes(settings: Settings, figure: dict[str, Any]) -> tuple[str, Any, str]:
    """Passes over the data: as the person says, else as a source says of the technique, else the usual number within its range."""
    said = setting(settings, "train_epochs")
    if figure["given"] or not said or said["low"] is not None and said["high"] is not None and said["low"] <= figure["value"] <= said["high"]:
        return "num_train_epochs", figure["value"], recipe_readme.origin(figure, "passes over the data")
    return "num_train_epochs", said["value"], recipe_readme.reason(said)


def _each(figure: dict[str, Any]) -> str:
    return recipe_readme.origin(figure, "sequences a pass") if figure["given"] or figure["value"] == 1 else f"sequences a pass: {figure['source_label']}"


def chosen(make: dict[str, Any], loop: dict[str, Any], signatures: recipe_bind.Signatures) -> tuple[Rows, Rows, list[str]]:
    """What the person chose about the run: keywords of the trainer's arguments, keys of the launch file, and what nothing here can be told."""
    takes, launch = set(signatures.takes(loop["arguments"])), {row["key"].partition(".")[0] for row in make["launch"]["own"]} if make["launch"] else set()
    rows: Rows = []
    keys: Rows = []
    faults = []
    for choice in make["choices"]:
        fit = [(r["key"], r["value"], "as you said") for r in choice["own"] if r["key"] in takes]
        shared = [(r["key"], r["value"], "as you said") for r in choice["own"] if "." in r["key"] and r["key"].partition(".")[0] in launch]
        rows, keys = rows + fit, keys + shared
        if not fit + shared:
            wanted = sorted({r["key"].partition(".")[0] for r in choice["own"] if "." in r["key"]})
            said = "yes" if choice["value"] is True else choice["value"]
            faults.append(f"No recipe for {make['technique']} with {choice['input']}={said}: " + (f"only a launch file for several GPUs says so ({' or '.join(wanted)}: n_gpus, framework, sharding)." if wanted else
                          f"no keyword of {loop['arguments']} says so.") + f" Leave {choice['input']} out; the estimate then leaves it out, too.")
    return rows, keys, faults


def portion(figures: dict[str, Any], loop: dict[str, Any]) -> int:
    """Sequences that one pass takes."""
    return max(figures["micro_batch"]["value"], loop["smallest_batch"])


def _batch(figures: dict[str, Any], loop: dict[str, Any], group: int) -> Rows:
    """How many sequences a pass and a step take; where a batch is compared with itself, a step is one pass; a group of answers stays in one step."""
    each, gpus, effective = portion(figures, loop), figures["n_gpus"]["value"], figures.get("effective_batch")
    if loop["whole_batch"] and effective:
        whole = max(each, round(effective["value"] / gpus))
        return [("per_device_train_batch_size", whole, f"{effective['value']} sequences a step ({effective['source_label']}), compared with each other; PORTION of them a pass"), ("gradient_accumulation_steps", 1, "")]
    rows: Rows = [("per_device_train_batch_size", each, _each(figures["micro_batch"]) if each == figures["micro_batch"]["value"] else f"this trainer needs at least {each}")]
    if "accumulation_steps" in figures:
        return [*rows, ("gradient_accumulation_steps", figures["accumulation_steps"]["value"], "as you said")]
    wanted = passes = max(1, round(effective["value"] / (each * gpus))) if effective else 1
    while each * gpus * passes % group:
        passes += 1
    if effective or passes > 1:
        said = f"{effective['value']} sequences a step ({effective['source_label']}) in portions of {each} on {gpus} GPU" if effective else ""
        rows.append(("gradient_accumulation_steps", passes, said if passes == wanted else f"a step must hold all {group} answers to a prompt, in portions of {each}"))
    return rows


def reckoned(make: dict[str, Any], settings: Settings, adapter: Rows, arguments: Rows, loop: dict[str, Any]) -> dict[str, Any]:
    """What the estimate must reckon with: the inputs whose settings the recipe has decided, where they are numbers or switches."""
    said = {s["field"] for s in settings}
    chosen = {**{key: value for key, value, _ in adapter}, **{key: value for key, value, _ in arguments}}
    run = {key for key, _, _ in arguments} - ({"per_device_train_batch_size"} if loop["whole_batch"] else set())  # that loop takes its batch in portions
    shared = {"sharding": make["launch"]["sharding"]} if make["launch"] else {}
    return {**shared, **{d["input"]: chosen[d["key"]] for d in make["decides"] if isinstance(chosen.get(d["key"]), (int, float)) and (d["key"] in run or d["field"] in said and d["key"] not in {k for k, _, _ in arguments})}}


def rehearsal(loop: dict[str, Any], signatures: recipe_bind.Signatures) -> dict[str, Any]:
    """Keywords of the trainer's arguments for three short steps."""
    takes = set(signatures.takes(loop["arguments"]))
    short = {"logging_steps": 1, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 1, "save_strategy": "no", "disable_tqdm": True, "optim": "adamw_torch", "learning_rate": 0.01,
             "warmup_steps": 0, loop["length_key"]: 64, "max_prompt_length": 32, "max_completion_length": 16, "num_generations": 2}
    return {key: value for key, value in short.items() if key in takes}


def maker_arguments(takes: list[str]) -> str:
    """What a function that makes an optimizer is called with, from what it takes."""
    known = {"optimizer_cls": "torch.optim.AdamW", "r": 'ADAPTER["r"]', "lora_alpha": 'ADAPTER["lora_alpha"]', "lr": "trainer.args.learning_rate", "weight_decay": "trainer.args.weight_decay"}
    return "".join(f", {key}={text}" for key, text in known.items() if key in takes)


def memory(estimate: dict[str, Any], gpus: int) -> float:
    """GiB that the estimate says are needed on each of the GPUs, the lower end of a range; 0 where nothing is known."""
    need = next((e["value"] for e in estimate["estimates"] if e["quantity"] == "need_gib"), None)
    low = need[0] if isinstance(need, list) else need
    return round(float(low) / gpus, 1) if isinstance(low, (int, float)) else 0.0


def disk(make: dict[str, Any]) -> int:
    """GiB of disk for the result and two checkpoints; 10 where what is trained is not known."""
    return max(2, math.ceil(make["disk"])) if make["disk"] is not None else 10


def launch(chosen: dict[str, Any] | None) -> str:
    """The command that trains: one process, or one for each GPU as the launch file says."""
    return "accelerate launch --config_file accelerate.yaml train.py" if chosen else "python train.py"


def launch_file(chosen: dict[str, Any], gpus: int, half_type: str) -> str:
    """accelerate.yaml: how several GPUs share the work; keys with a dot stand below their first part."""
    own = {**{r["key"]: r["value"] for r in chosen["own"]}, "mixed_precision": "fp16" if half_type == "float16" else "bf16", "num_machines": 1, "num_processes": gpus, "machine_rank": 0, "compute_environment": "LOCAL_MACHINE"}
    lines = [f"# {remark(chosen['label'])}: {remark(chosen['definition'])}", f"# {remark(chosen['why'])}",
             "# On several machines run the same command on each: --num_machines N --num_processes ALL_GPUS --machine_rank I --main_process_ip ADDRESS --main_process_port 29500"]
    for key, value in sorted(own.items()):
        above, _, below = named(key).rpartition(".")
        if above and f"{above}:" not in lines:
            lines.append(f"{above}:")
        lines.append(f"{'  ' if above else ''}{below}: {json.dumps(named(value) if isinstance(value, str) else value).strip(chr(34))}")
    return "\n".join(lines) + "\n"


def results(loop: dict[str, Any], adapted: bool, merges: bool) -> set[str]:
    """Kinds of what training leaves, as profiles/afterwards.ttl names them."""
    if loop["stack"] == "encoder":
        return {"scorer" if loop["task_type"] == "SEQ_CLS" else "encoder"}
    if loop["task_type"] == "SEQ_CLS":
        return {"head"}
    before = "vision-" if loop["net"] == "vision" else ""
    return {"adapter", before + "merged"} if merges else {"adapter"} if adapted else {before + "whole"}


def served_rank(adapter: Rows) -> int:
    """The rank rounded up to a power of two from 8 on, as servers reserve it."""
    rank = next((value for key, value, _ in adapter if key == "r" and isinstance(value, int)), 8)
    return max(8, 1 << (rank - 1).bit_length())

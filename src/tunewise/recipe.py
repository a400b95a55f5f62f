"""A recipe: from a decision to a folder with a training script that runs without us. Imports no training library.

What to train and with which values comes from the rules (questions recipe, settings, why, estimate); here it is
bound to the keywords of the classes it is for, given reasons, and put into the template of its training loop.
"""
from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import recipe_bind, recipe_data, recipe_readme
from .errors import InputError
from .recipe_template import assignment, filled, literal, remark

# How a turn looks to a base model that was never told: plain headings, and the end of an answer said.
CHAT = ("{% for m in messages %}{{ '### ' + m['role'] + '\\n' + m['content'] }}{% if m['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '### assistant\\n' }}{% endif %}")
Rows = list[tuple[str, Any, str]]


@dataclass(frozen=True)
class Recipe:
    """Files of a recipe by name, and what to tell about it; or, without files, why there is none."""

    files: dict[str, str]
    told: str
    viable: str = "yes"
    decided: dict[str, Any] = field(default_factory=dict)  # what the files were made from, for writing the same decision for another tool


def written(advisor: Any, technique: str, situation: dict[str, Any], data: Path | None, out: Path) -> Recipe:
    """The recipe of a technique for a situation; ``data`` is looked at, ``out`` only says what paths are relative to."""
    make = advisor.ask("recipe", situation, technique=technique)
    if reason := recipe_readme.refusal(make):
        return Recipe({}, reason, "no")
    loop, base, facts = make["loops"][0], make["base"], _facts(make)
    built = make["built"]
    signatures = recipe_bind.Signatures(advisor.knowledge.ontology[0] / "profiles" / loop["signatures"])
    files = advisor.knowledge.turtle()
    label, adapted = make["label"], bool(built)
    classes = [c for c in (built, loop["arguments"]) if c]
    faults = [recipe_bind.unknown_class(technique, c, signatures, files) for c in classes if not signatures.knows(c)]
    if base["excluded"]:
        faults.append(f"No recipe for {technique} on {base['label']}: the knowledge base says it does not train on them. Leave base_bits out, or say base_bits=16.")
    if base["built_with"] and not adapted:
        faults.append(f"No recipe for {technique} on {base['label']}: all weights cannot be trained on a quantised base. Take an adapter on it (tunewise ls techniques), or base_bits=16.")
    if not base["loadable"]:
        faults.append(f"No recipe for {technique}: {base['label']} must be made beforehand by a quantisation tool; name base_bits=4 for a base that is quantised as it loads.")
    if faults:
        raise InputError(*faults)
    own, faults = recipe_bind.bound(technique, [*make["own"], *[r for r in loop["own"] if r["key"] not in {o["key"] for o in make["own"]}]], classes, signatures, files)
    smoke, more = recipe_bind.bound(technique, make["smoke"], classes, signatures, files)
    if faults + more:
        raise InputError(*faults, *more)

    settings = advisor.ask("settings", {**situation, "method": technique}, technique=technique)["settings"]
    figures = {f["name"]: f for f in make["figures"]}
    arguments = _arguments(settings, figures, make, loop, signatures, own[loop["arguments"]], label)
    adapter = _adapter(settings, built, signatures, own.get(built, {}), loop, label) if adapted else []
    shapes = [r["shape"] for r in loop["reads"]]
    form = recipe_data.chosen_format(data, facts.get("dataFormat", []), make["formats"], shapes, loop["label"])
    reading, flags = recipe_data.constants(form)
    decided = {key: value for key, value, _ in arguments}
    fuller = {**situation, "gradient_checkpointing": bool(decided.get("gradient_checkpointing"))}
    why, estimate = advisor.ask("why", fuller, technique=technique, ways=2), advisor.ask("estimate", fuller, technique=technique)
    sharded = figures["n_gpus"]["value"] > 1 and advisor.ask("estimate", {**fuller, "n_gpus": 1}, technique=technique)["fits"] == "no"

    precise = _setting(settings, "mixed_precision")
    half = "float16" if precise and precise["value"] == "fp16" else "bfloat16"
    whole_mixed = not adapted and figures["training_precision"]["value"] != "pure-bf16"
    kernel = _setting(settings, "attention")
    model = (make["model"] or {}).get("hub", "")
    maker, prepare, first = (facts.get(k, [""])[0] for k in ("optimizerFactory", "preparation", "firstPass"))
    steps = [key for key, value, _ in adapter if value == "run:steps"]
    nested = {key: value for key, value, _ in adapter if isinstance(value, str) and signatures.knows(value)}
    pins = [*loop["pins"], *base["pins"], *(make["optimizer"]["pins"] if make["optimizer"]["given"] else []), *facts.get("alsoPins", [])]
    pins = sorted(set(pins))
    constants: Rows = [
        ("MODEL", model, f"{make['model']['label']}, licence {make['model']['licence']}" if model else "no model was named: say --model"),
        ("DATA", os.path.relpath(data, out) if data else None, "beside this folder; another file with --data" if data else "none was named: say --data FILE"),
        ("OUTPUT", "trained", "folder of the result, beside this file"),
        ("DTYPE", "float32" if whole_mixed else half, "a 32-bit master copy, computed in 16 bits" if whole_mixed else recipe_readme.reason(precise)),
        ("ATTENTION", kernel["value"] if kernel else "sdpa", recipe_readme.reason(kernel) if kernel else "the kernels that come with torch"),
        ("SEQUENCE", figures["seq_len"]["value"], recipe_readme.origin(figures["seq_len"], "tokens; longer records are cut")),
        ("CHAT_TEMPLATE", CHAT, "for a model that brings none"),
        ("DISK_GIB", _disk(estimate), "for the result and two checkpoints"),
        *([("TEACHER", (make["teacher"] or {}).get("hub", ""), "the model whose answers are matched; it shares the tokenizer")] if loop["template"] == "teacher" else []),
        *([("STEP_HOOK", facts["stepHook"][0], "called after every optimizer step")] if "stepHook" in facts else []),
        *([("STEPS_OF_THE_RUN", steps, "settings that are the number of optimizer steps")] if steps else []),
        *([("OPTIMIZER", {r["key"]: r["value"] for r in make["maker"]}, f"keywords of {maker}")] if maker else []),
        *reading, ("DEPENDENCIES", pins, "tried together"),
    ]
    body = "\n".join(f"{name} = {literal(value)}" + (f"  # {remark(said)}" if said else "") for name, value, said in constants)
    if base["own"]:
        body += "\n\n" + assignment("BASE", [(k, v, "") for k, v in recipe_bind.gathered(base["own"]).items()], f"{base['label']}: how the frozen base is stored")
    tidy = label.replace("\\", "/").replace('"', "'")
    launch = _launch(figures["n_gpus"]["value"], sharded)
    sequence = loop["template"] in ("reward", "classification")
    for wanted in filter(None, [maker]):
        if not signatures.knows(wanted):
            raise InputError(recipe_bind.unknown_class(technique, wanted, signatures, files))
    values = {
        "python": literal(loop["python"]), "dependencies": literal(pins), "title": remark(f"{tidy}: {loop['label']}" + (f" of {make['model']['label']}" if make["model"] else "")).replace('"', "'"),
        "title_literal": literal(f"{label}: {loop['label']}"), "doc": "Written by tunewise; it runs without it.", "launch": f"{launch:<28} train", "constants": body,
        "adapter": assignment("ADAPTER", [r for r in adapter if r[0] not in steps and r[0] not in nested], f"keywords of {built}") + (
            "\n" + assignment("SMOKE_ADAPTER", [(k, v, "") for k, v in smoke[built].items()], "what a tiny model needs instead")) if adapted else "",
        "arguments": assignment("ARGUMENTS", arguments, f"keywords of {loop['arguments']}"),
        "smoke": assignment("SMOKE_ARGUMENTS", [(k, v, "") for k, v in {**{k: v for k, v in _rehearsal(loop, signatures).items() if k != "optim" or "optim" not in own[loop["arguments"]]}, **smoke[loop["arguments"]]}.items()], "a rehearsal: three short steps"),
        "handful": recipe_data.handful(form), "shape": form["becomes"], "template": loop["template"], "auto_class": "AutoModelForSequenceClassification" if sequence else "AutoModelForCausalLM",
        "compute_dtype": ", bnb_4bit_compute_dtype=dtype" if "load_in_4bit" in {r["key"] for r in base["own"]} else "",
        "arguments_module": loop["arguments"].rpartition(".")[0], "arguments_class": loop["arguments"].rpartition(".")[2], "trainer_module": loop["trainer"].rpartition(".")[0],
        "trainer_class": loop["trainer"].rpartition(".")[2], "adapter_argument": ("peft_config=config, " if loop["template"] == "supervised" else "peft_config=adapter(len(data), smoke), ") if adapted else "", "adapter_class": built,
        "adapter_imports": "".join(f"    import {m}\n" for m in sorted({v.rpartition(".")[0] for v in nested.values()} - {built.partition(".")[0]})),
        "adapter_nested": "".join(f"    settings[{literal(k)}] = {v}()\n" for k, v in nested.items()),
        "maker_module": maker.rpartition(".")[0], "maker": maker.rpartition(".")[2], "maker_arguments": _maker_arguments(signatures.takes(maker)) if maker else "",
        "prepare_module": prepare.rpartition(".")[0], "prepare": prepare.rpartition(".")[2], "first_module": first.rpartition(".")[0], "first": first.rpartition(".")[2],
        "sample_prompt": "sample(data[0])" if form["becomes"] == "labelled-record" else "first_prompt(data[0])", "model": literal(model), "output": literal("trained"),
    }
    merges = adapted and make["mergeable"] is True and not make["unmergeable"] and not sequence
    switches = {**flags, "adapted": adapted, "quantised": bool(base["own"]), "mergeable": merges, "generates": not sequence, "head": sequence, "step_hook": "stepHook" in facts,
                "run_settings": bool(steps), "maker": bool(maker), "prepare": bool(prepare), "first": bool(first), "calibrates": bool(prepare or first)}
    outcome = {"train.py": filled("train.py", values, switches), "requirements.txt": "\n".join(pins) + "\n"}
    if merges:
        outcome["merge.py"] = filled("merge.py", values, switches)
    if loop["template"] == "sampling":
        outcome["reward.py"] = filled("reward.py", values, switches)
    if sharded:
        outcome["accelerate.yaml"] = filled("accelerate.yaml", {"processes": str(figures["n_gpus"]["value"]), "mixed": "fp16" if half == "float16" else "bf16"}, {})
    decision = {"technique": technique, "loop": loop["id"], "base": base["id"], "format": form["id"], "verdict": why["verdict"], "reason": why["reason"], "numbers": why["numbers"], "proof": why["proof"],
                "situation": {k: v for k, v in why["situation"].items() if k != "as_of"}, "settings": {**{k: v for k, v, _ in adapter}, **decided}, "estimates": [
                    {k: e[k] for k in ("quantity", "value", "unit", "text")} for e in estimate["estimates"]], "profile": pins}
    outcome["decision.json"] = json.dumps(decision, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    outcome["README.md"] = recipe_readme.readme(make, loop, form, why, estimate, adapter, arguments, sorted(outcome), launch, merges)
    decided_on = {"make": make, "loop": loop, "form": form, "adapter": adapter, "arguments": arguments, "constants": constants, "sharded": sharded, "switches": switches}
    return Recipe(outcome, f"{label}: {loop['label']}" + (f" of {make['model']['label']}" if make["model"] else ""), why["verdict"], decided_on)


def _maker_arguments(takes: list[str]) -> str:
    """What a function that makes an optimizer is called with, from what it takes."""
    known = {"optimizer_cls": "torch.optim.AdamW", "r": 'ADAPTER["r"]', "lora_alpha": 'ADAPTER["lora_alpha"]', "lr": "trainer.args.learning_rate", "weight_decay": "trainer.args.weight_decay"}
    return "".join(f", {key}={text}" for key, text in known.items() if key in takes)


def _facts(make: dict[str, Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in make["facts"]:
        found.setdefault(row["property"], []).append(row["value"])
    return found


def _setting(settings: list[dict[str, Any]], field: str) -> dict[str, Any] | None:
    return next((s for s in settings if s["field"] == field), None)


def _disk(estimate: dict[str, Any]) -> int:
    need = next((e["value"] for e in estimate["estimates"] if e["quantity"] == "need_gib"), None)
    high = need[-1] if isinstance(need, list) else need
    return max(2, round(high / 4)) if isinstance(high, (int, float)) else 10


def _launch(gpus: int, sharded: bool) -> str:
    if sharded:
        return "accelerate launch --config_file accelerate.yaml train.py"
    return f"accelerate launch --num_processes {gpus} train.py" if gpus > 1 else "python train.py"


def _adapter(settings: list[dict[str, Any]], cls: str, signatures: recipe_bind.Signatures, own: dict[str, Any], loop: dict[str, Any], label: str) -> Rows:
    """Keywords of the adapter's class: what makes the technique what it is, then what sources say."""
    rows: Rows = [("task_type", "SEQ_CLS" if loop["template"] in ("reward", "classification") else "CAUSAL_LM", "")] if "task_type" in signatures.takes(cls) else []
    rows += [(key, value, f"what makes it {label}") for key, value in own.items() if key != "task_type"]
    said = {key for key, _, _ in rows}
    rows += [(c["key"], c["value"], recipe_readme.reason(c)) for c in recipe_bind.fitting(settings, cls, signatures) if c["key"] not in said]
    return rows


def _arguments(settings: list[dict[str, Any]], figures: dict[str, Any], make: dict[str, Any], loop: dict[str, Any], signatures: recipe_bind.Signatures, own: dict[str, Any], label: str) -> Rows:
    """Keywords of the trainer's arguments: the figures of the run, then what sources say, then what every run needs."""
    batch = max(figures["micro_batch"]["value"], loop["smallest_batch"])
    rows: Rows = [("num_train_epochs", figures["epochs"]["value"], recipe_readme.origin(figures["epochs"], "passes over the data")),
                  ("per_device_train_batch_size", batch, recipe_readme.origin(figures["micro_batch"], "sequences a pass") if batch == figures["micro_batch"]["value"] else f"this trainer needs at least {batch}")]
    if "effective_batch" in figures:
        effective, gpus = figures["effective_batch"], figures["n_gpus"]["value"]
        rows.append(("gradient_accumulation_steps", max(1, round(effective["value"] / (batch * gpus))), f"{effective['value']} sequences a step ({effective['source_label']}) in portions of {batch} on {gpus} GPU"))
    if loop["length_key"]:
        rows.append((loop["length_key"], figures["seq_len"]["value"], recipe_readme.origin(figures["seq_len"], "tokens")))
    checkpoint, claim = figures["gradient_checkpointing"], _setting(settings, "use_gradient_checkpointing")
    keep = checkpoint["value"] if checkpoint["given"] or claim is None else claim["value"]
    rows.append(("gradient_checkpointing", keep, "as you said" if checkpoint["given"] or claim is None else recipe_readme.reason(claim)))
    precise = _setting(settings, "mixed_precision")
    half = "fp16" if precise and precise["value"] == "fp16" else "bf16"
    rows += [("bf16", half == "bf16", recipe_readme.reason(precise)), ("fp16", half == "fp16", "")]
    if make["optimizer"]["given"]:
        rows += [(r["key"], r["value"], "as you said") for r in make["optimizer"]["own"]]
    rows = [row for row in rows if row[0] not in own]  # what makes a technique what it is stands above all
    rows += [(key, value, f"what makes it {label}" if key in {o["key"] for o in make["own"]} else f"what {loop['label']} needs") for key, value in own.items()]
    said = {key for key, _, _ in rows}
    rows += [(c["key"], c["value"], recipe_readme.reason(c)) for c in recipe_bind.fitting(settings, loop["arguments"], signatures) if c["key"] not in said]
    said = {key for key, _, _ in rows}
    usual: Rows = [("logging_steps", 5, "loss.csv and loss.svg follow"), ("save_steps", 200, "so that a stopped run goes on with --resume"), ("save_total_limit", 2, "the last two"), ("seed", 42, "the same run again"),
                   ("report_to", "none", "nothing leaves this machine")]
    return rows + [row for row in usual if row[0] not in said]


def _rehearsal(loop: dict[str, Any], signatures: recipe_bind.Signatures) -> dict[str, Any]:
    takes = set(signatures.takes(loop["arguments"]))
    short = {"logging_steps": 1, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 1, "save_strategy": "no", "disable_tqdm": True, "optim": "adamw_torch", "learning_rate": 0.01,
             "warmup_steps": 0, loop["length_key"]: 64, "max_prompt_length": 32, "max_completion_length": 16, "num_generations": 2}
    return {key: value for key, value in short.items() if key in takes}

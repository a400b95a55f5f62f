"""A recipe: from a decision to a folder with a training script that runs without us. Imports no training library.

What to train and with which values comes from the rules (questions recipe, settings, why, estimate); here it is
bound to the keywords of the classes it is for, given reasons, and put into the template of its training loop.
"""
from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import recipe_bind, recipe_data, recipe_readme, recipe_values
from .errors import InputError
from .recipe_template import assignment, filled, literal, named, remark
from .recipe_values import Rows


@dataclass(frozen=True)
class Recipe:
    """Files of a recipe by name, and what to tell about it; or, without files, why there is none."""

    files: dict[str, str]
    told: str
    viable: str = "yes"
    decided: dict[str, Any] = field(default_factory=dict)  # what the files were made from, for telling another tool the same (recipe_export)


@dataclass(frozen=True)
class _Plan:
    """All that was decided about one recipe, before any of it is written."""

    make: dict[str, Any]  # the rules' answer: the technique, its loop, class, settings, base weights
    loop: dict[str, Any]
    facts: dict[str, list[Any]]  # what the knowledge base states of the technique, by property
    signatures: recipe_bind.Signatures
    own: dict[str, dict[str, Any]]  # settings that make the technique what it is, by class
    smoke: dict[str, dict[str, Any]]  # what a tiny model needs instead, by class
    settings: list[dict[str, Any]]  # settings that sources state
    figures: dict[str, dict[str, Any]]  # numbers of the run
    form: Mapping[str, Any]  # format of the data
    adapter: Rows
    arguments: Rows
    estimate: dict[str, Any]

    @property
    def adapted(self) -> bool:
        return bool(self.make["built"])

    @property
    def half(self) -> str:
        return "float16" if recipe_values.half(self.settings) == "fp16" else "bfloat16"

    def first(self, fact: str) -> Any:
        return self.facts.get(fact, [""])[0]


def written(advisor: Any, technique: str, situation: dict[str, Any], data: Path | None, out: Path) -> Recipe:
    """The recipe of a technique for a situation; ``data`` is looked at, ``out`` only says what paths are relative to."""
    make = advisor.ask("recipe", situation, technique=technique)
    if reason := recipe_readme.refusal(make):
        return Recipe({}, reason, "no")
    loop, files = make["loops"][0], advisor.knowledge.turtle()
    for word in (*(loop[key] for key in ("template", "stack", "net", "auto_class", "trainer", "arguments")), *(step["script"] for step in make["afterwards"])):
        named(word)
    signatures = recipe_bind.Signatures(advisor.knowledge.ontology[0] / "profiles" / loop["signatures"])
    classes = [c for c in (make["built"], loop["arguments"]) if c]
    if faults := _faults(make, loop, classes, signatures, files):
        raise InputError(*faults)
    own, faults = recipe_bind.bound(technique, [*make["own"], *[r for r in loop["own"] if r["key"] not in {o["key"] for o in make["own"]}]], classes, signatures, files)
    smoke, more = recipe_bind.bound(technique, make["smoke"], classes, signatures, files)
    settings = advisor.ask("settings", {**situation, "method": technique}, technique=technique)["settings"]
    figures = {f["name"]: f for f in make["figures"]}
    run, launch, unsaid = recipe_values.chosen(make, loop, signatures)
    if figures["training_precision"]["given"] and figures["training_precision"]["value"] == "pure-bf16" and recipe_values.half(settings) == "fp16":
        unsaid.append(f"No recipe for {technique} with training_precision=pure-bf16: this card computes in fp16. Leave training_precision out.")
    if faults + more + unsaid:
        raise InputError(*faults, *more, *unsaid)
    if launch:
        make["launch"]["own"] = [row for row in make["launch"]["own"] if row["key"] not in {key for key, _, _ in launch}] + [{"key": key, "value": value} for key, value, _ in launch]

    arguments = recipe_values.arguments(settings, figures, make, loop, signatures, own[loop["arguments"]], make["label"])
    arguments = [row for row in arguments if row[0] not in {key for key, _, _ in run}] + run
    adapter = recipe_values.adapter(settings, make["built"], signatures, own.get(make["built"], {}), loop["task_type"], make["label"]) if make["built"] else []
    facts = _facts(make)
    form = recipe_data.chosen_format(data, facts.get("dataFormat", []), make["formats"], [r["shape"] for r in loop["reads"]], loop["label"])
    decided = {key: value for key, value, _ in arguments}
    fuller = {**situation, **recipe_values.reckoned(make, settings, adapter, arguments, loop)}
    why, estimate = advisor.ask("why", fuller, technique=technique, ways=2), advisor.ask("estimate", fuller, technique=technique)

    plan = _Plan(make, loop, facts, signatures, own, smoke, settings, figures, form, adapter, arguments, estimate)
    pins = _pins(plan)
    files_out, result = _files(plan, pins, data, out)
    decision = {"technique": technique, "loop": loop["id"], "base": make["base"]["id"], "format": form["id"], "verdict": why["verdict"], "reason": why["reason"], "numbers": why["numbers"], "proof": why["proof"],
                "situation": {k: v for k, v in make["situation"].items() if k != "as_of"}, "settings": {**{k: v for k, v, _ in adapter}, **decided}, "estimates": [
                    {k: e[k] for k in ("quantity", "value", "unit", "text")} for e in estimate["estimates"]], "profile": pins}
    files_out["decision.json"] = json.dumps(decision, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    files_out["README.md"] = recipe_readme.readme(make, loop, form, why, estimate, adapter, arguments, sorted(files_out), recipe_values.launch(make["launch"]), result)
    told = {"make": make, "loop": loop, "form": form, "adapter": adapter, "arguments": arguments, "constants": _rows(plan, pins, [], [], data, out)}
    return Recipe(files_out, _title(plan), why["verdict"], told)


def _faults(make: dict[str, Any], loop: dict[str, Any], classes: list[str], signatures: recipe_bind.Signatures, files: list[Path]) -> list[str]:
    """What speaks against a recipe in this situation, all of it."""
    technique, base, model = make["technique"], make["base"], make["model"]
    named = [*classes, *[r["value"] for r in make["facts"] if r["property"] == "optimizerFactory"]]
    faults = [recipe_bind.unknown_class(technique, c, signatures, files) for c in named if not signatures.knows(c)]
    kinds = loop["model_kinds"]
    if model and (model["kind"] in make["kinds_with_loops"] or kinds) and model["kind"] not in kinds:
        instead = ", ".join(make["models_of_kind"][:6])
        faults.append(f"No recipe for {technique} of {model['label']}: " + (f"{loop['label']} trains models of the kind {' or '.join(kinds)}. Name one of these: model={instead}" if kinds else
                      f"its loop, {loop['label']}, trains no {model['kind']} models. Name another model, or see what trains it: tunewise advise model={model['id']}"))
    faults += make["base_limits"]
    if make["foreign"]:
        faults.append(f"No recipe for {technique} on {make['foreign']}: the versions that recipes are pinned to are not known to train there. Name another gpu, or leave it out and rehearse with --smoke.")
    if base["excluded"] and not make["base_limits"]:
        faults.append(f"No recipe for {technique} on {base['label']}: the knowledge base says it does not train on them. Leave base_bits out, or say base_bits=16.")
    if base["built_with"] and not make["built"]:
        faults.append(f"No recipe for {technique} on {base['label']}: all weights cannot be trained on a quantised base. Take an adapter on it (tunewise ls techniques), or base_bits=16.")
    if not base["loadable"]:
        faults.append(f"No recipe for {technique}: {base['label']} must be made beforehand by a quantisation tool; name base_bits=4 for a base that is quantised as it loads.")
    return faults


def _pins(plan: _Plan) -> list[str]:
    make = plan.make
    return sorted({*plan.loop["pins"], *make["base"]["pins"], *(make["optimizer"]["pins"] if make["optimizer"]["given"] else []), *plan.facts.get("alsoPins", []), *(make["launch"]["pins"] if make["launch"] else [])})


def _title(plan: _Plan) -> str:
    model = plan.make["model"]
    return f"{plan.make['label']}: {plan.loop['label']}" + (f" of {model['label']}" if model else "")


def _files(plan: _Plan, pins: list[str], data: Path | None, out: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """The scripts and what they need beside them; and what training leaves: kinds of result, folders, steps that can follow."""
    make, loop, head = plan.make, plan.loop, plan.loop["task_type"] == "SEQ_CLS"
    steps = [key for key, value, _ in plan.adapter if value == "run:steps"]
    nested = {key: value for key, value, _ in plan.adapter if isinstance(value, str) and plan.signatures.knows(value)}
    reading, flags = recipe_data.constants(plan.form)
    merges = plan.adapted and make["mergeable"] is True and not make["unmergeable"] and not head
    switches = {**flags, "adapted": plan.adapted, "quantised": bool(make["base"]["own"]), "mergeable": merges, "generates": not head, "head": head, "step_hook": "stepHook" in plan.facts,
                "run_settings": bool(steps), "maker": "optimizerFactory" in plan.facts, "prepare": "preparation" in plan.facts, "first": "firstPass" in plan.facts,
                "calibrates": "preparation" in plan.facts or "firstPass" in plan.facts, "vision": loop["net"] == "vision", "encodes": loop["net"] == "encoder", "kernels": loop["stack"] == "language", "bottleneck": loop["template"] == "bottleneck", "asks_template": loop["template"] == "supervised" and flags["turns"], "wraps": plan.adapted and not loop["takes_adapter"]}
    values = {**_texts(plan, pins, steps, nested), "constants": _constants(plan, pins, steps, reading, data, out)}
    found = {"train.py": filled("train.py", values, switches), "requirements.txt": "\n".join(pins) + "\n"}
    if merges:
        found["merge.py"] = filled("merge.py", values, switches)
    if loop["template"] == "sampling":
        found["reward.py"] = filled("reward.py", values, switches)
    if make["launch"]:
        found["accelerate.yaml"] = recipe_values.launch_file(make["launch"], plan.figures["n_gpus"]["value"], plan.half)
    kinds, finished = recipe_values.results(loop, plan.adapted, merges), "merged" if merges else "trained"
    after = [step for step in make["afterwards"] if kinds & set(step["results"]) and (not step["classes"] or make["built"] in step["classes"])]
    for step in after:
        if step["script"]:
            found[step["script"]] = filled(step["script"], {**values, "finished": finished, "step_dependencies": literal(sorted({*step["pins"], *loop["also_pins"]}))}, switches)
    return found, {"merges": merges, "finished": finished, "steps": after, "base": _hub(plan) or "BASE", "rank": recipe_values.served_rank(plan.adapter)}


def _rows(plan: _Plan, pins: list[str], steps: list[str], reading: Rows, data: Path | None, out: Path) -> Rows:
    """Constants at the head of the script, each with its reason."""
    make, figures = plan.make, plan.figures
    whole_mixed = not plan.adapted and figures["training_precision"]["value"] != "pure-bf16"
    kernel, precise = recipe_values.setting(plan.settings, "attention"), recipe_values.setting(plan.settings, "mixed_precision")
    return [
        ("MODEL", _hub(plan), f"{make['model']['label']}, licence {make['model']['licence']}" if _hub(plan) else "no model was named: say --model"),
        ("DATA", os.path.relpath(data, out) if data else None, "beside this folder; another file with --data" if data else "none was named: say --data FILE"),
        ("OUTPUT", "trained", "folder of the result, beside this file"),
        ("DTYPE", "float32" if whole_mixed else plan.half, "a 32-bit master copy, computed in 16 bits" if whole_mixed else recipe_readme.reason(precise)),
        *([("ATTENTION", kernel["value"] if kernel else "sdpa", recipe_readme.reason(kernel) if kernel else "the kernels that come with torch")] if plan.loop["stack"] == "language" else []),
        ("SEQUENCE", figures["seq_len"]["value"], recipe_readme.origin(figures["seq_len"], "tokens; the estimate reckons with it" if plan.loop["net"] == "vision" else "tokens; records are joined, then parted at this length" if "packing_strategy" in plan.own[plan.loop["arguments"]] else "tokens; longer records are cut")),
        *([("CHAT_TEMPLATE", recipe_data.chat(plan.loop["net"]), "for a model that brings none")] if plan.loop["stack"] != "encoder" else []),
        *([("PORTION", recipe_values.portion(figures, plan.loop), recipe_readme.origin(figures["micro_batch"], "texts a pass"))] if plan.loop["whole_batch"] else []),
        ("MEMORY_GIB", recipe_values.memory(plan.estimate, figures["n_gpus"]["value"]), "the estimate for each GPU: README.md"),
        ("DISK_GIB", recipe_values.disk(make), "for the result and two checkpoints"),
        *([("TEACHER", (make["teacher"] or {}).get("hub", ""), "the model whose answers are matched; it shares the tokenizer")] if plan.loop["template"].startswith("teacher") else []),
        *([("STEP_HOOK", plan.first("stepHook"), "called after every optimizer step")] if "stepHook" in plan.facts else []),
        *([("STEPS_OF_THE_RUN", steps, "settings that are the number of optimizer steps")] if steps else []),
        *([("OPTIMIZER", {r["key"]: r["value"] for r in make["maker"]}, f"keywords of {plan.first('optimizerFactory')}")] if "optimizerFactory" in plan.facts else []),
        *reading, ("DEPENDENCIES", pins, "tried together"),
    ]


def _constants(plan: _Plan, pins: list[str], steps: list[str], reading: Rows, data: Path | None, out: Path) -> str:
    """The head of the script: what was decided, each with its reason."""
    base = plan.make["base"]
    body = "\n".join(f"{name} = {literal(value)}" + (f"  # {remark(said)}" if said else "") for name, value, said in _rows(plan, pins, steps, reading, data, out))
    if base["own"]:
        body += "\n\n" + assignment("BASE", [(k, v, "") for k, v in recipe_bind.gathered(base["own"]).items()], f"{base['label']}: how the frozen base is stored")
    return body


def _hub(plan: _Plan) -> str:
    return plan.make["model"]["hub"] if plan.make["model"] else ""


def _texts(plan: _Plan, pins: list[str], steps: list[str], nested: dict[str, Any]) -> dict[str, str]:
    """What the places of the templates are filled with."""
    make, loop, built = plan.make, plan.loop, plan.make["built"]
    smoke = {k: v for k, v in recipe_values.rehearsal(loop, plan.signatures).items() if k != "optim" or k not in plan.own[loop["arguments"]]}
    maker, prepare, first = plan.first("optimizerFactory"), plan.first("preparation"), plan.first("firstPass")
    adapter = ""
    if plan.adapted:
        adapter = assignment("ADAPTER", [r for r in plan.adapter if r[0] not in steps and r[0] not in nested], f"keywords of {built}")
        adapter += "\n" + assignment("SMOKE_ADAPTER", [(k, v, "") for k, v in plan.smoke[built].items()], "what a tiny model needs instead")
    lowered = "load_in_4bit" in {r["key"] for r in make["base"]["own"]}
    gathers = make["launch"] and "weights" in make["launch"]["shards"]
    return {
        "python": literal(loop["python"]), "dependencies": literal(pins), "title": remark(_title(plan).replace("\\", "/").replace('"', "'")).replace('"', "'"),
        "title_literal": literal(f"{make['label']}: {loop['label']}"), "doc": "Written by tunewise; it runs without it.", "launch": f"{recipe_values.launch(make['launch']):<28} train", "resume": f"{recipe_values.launch(make['launch']) + ' --resume':<28}",
        "adapter": adapter, "arguments": assignment("ARGUMENTS", plan.arguments, f"keywords of {loop['arguments']}"),
        "smoke": assignment("SMOKE_ARGUMENTS", [(k, v, "") for k, v in {**smoke, **plan.smoke[loop["arguments"]]}.items()], "a rehearsal: three short steps"),
        "handful": recipe_data.handful(plan.form), "shape": plan.form["becomes"], "template": loop["template"], "stack": loop["stack"], "net": loop["net"], "auto_class": loop["auto_class"],
        "more_special": ', "<image>"' if loop["net"] == "vision" else "", "compute_dtype": (", bnb_4bit_compute_dtype=dtype" + (", bnb_4bit_quant_storage=dtype" if gathers else "")) if lowered else "",
        **_split("arguments", loop["arguments"]), **_split("trainer", loop["trainer"]), **_split("maker", maker), **_split("prepare", prepare), **_split("first", first),
        "adapter_argument": ("peft_config=config, " if loop["template"] in ("supervised", "vision") else "peft_config=adapter(len(data), smoke, steps), ") if plan.adapted and loop["takes_adapter"] else "", "adapter_class": built, "adapter_package": built.partition(".")[0],
        "adapter_imports": "".join(f"    import {m}\n" for m in sorted({v.rpartition(".")[0] for v in nested.values()} - {built.partition(".")[0]})),
        "adapter_nested": "".join(f"    settings[{literal(k)}] = {v}()\n" for k, v in nested.items()),
        "maker": maker.rpartition(".")[2], "maker_arguments": recipe_values.maker_arguments(plan.signatures.takes(maker)) if maker else "", "prepare": prepare.rpartition(".")[2], "first": first.rpartition(".")[2],
        "sample_prompt": "sample(data[0])" if plan.form["becomes"] == "labelled-record" else "first_prompt(data[0])", "model": literal(_hub(plan)), "output": literal("trained"),
        "tokenizer_class": "AutoProcessor" if loop["net"] == "vision" else "AutoTokenizer",
        "auto_more": ", num_labels=1" if loop["auto_class"] == "CrossEncoder" else "", "answer": "predict([(prompt, prompt)])" if loop["auto_class"] == "CrossEncoder" else "encode([prompt])",
    }


def _split(name: str, dotted: str) -> dict[str, str]:
    """A class or function as the two places of a template: its module and its own name."""
    module, _, cls = named(dotted).rpartition(".")
    return {f"{name}_module": module, f"{name}_class": cls}


def _facts(make: dict[str, Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in make["facts"]:
        found.setdefault(row["property"], []).append(row["value"])
    return found

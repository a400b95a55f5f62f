"""What a recipe says in words: its README, the reason beside each value, and why there is no recipe. Knows no technique."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import words
from .recipe_template import remark


def reason(claim: Mapping[str, Any] | None) -> str:
    """Who says a value, where, and who says otherwise."""
    if not claim:
        return "what cards of today compute in"
    said = f"{claim['source_label']}" + (f", {claim['locator']}" if claim["locator"] and claim["claim"] else "")
    if claim.get("low") is not None and claim.get("high") is not None:
        said += f": {claim['low']} to {claim['high']}"
    others = sorted({f"{d['source_label']} {d['text']}" for d in claim["dissent"]})
    return said + (f"; but {', '.join(others)}" if others else "")


def origin(figure: Mapping[str, Any], what: str) -> str:
    return f"{what}, as you said" if figure["given"] else f"{what}, assumed ({figure['source_label']})" if figure["source_label"] else f"{what}, assumed"


def refusal(make: Mapping[str, Any]) -> str:
    """Why there is no recipe, and what to do instead; nothing where there is one."""
    label, facts = make["label"], {row["property"]: row["value"] for row in make["facts"]}
    lines: list[str] = []
    if make["members"]:
        return f"{label} is a heading, not one technique. Ask for one of its members: {', '.join(make['members'][:12])}{' ...' if len(make['members']) > 12 else ''}"
    if make["loops"] and not make["limits"]:
        return ""
    over = make["endings"]
    if over and not make["loops"]:
        text = next((e["text"] for e in over if e["text"]), "")
        until = next((e["until"] for e in over if e["until"]), "")
        lines.append(f"No recipe for {label}: {text or ('it ended on ' + until + '.' if until else 'it is no longer the way.')}")
        lines += [f"  instead    {name}: tunewise recipe {key}" for key, name in {e["instead"]: e["instead_label"] for e in over if e["instead"]}.items()]
    elif make["limits"]:
        lines += [f"No recipe for {label}: {make['limits'][0]}", *[f"  {text}" for text in make["limits"][1:]]]
    elif facts.get("trainsOn") != "ownGpu":
        where = "a provider trains it" if facts.get("trainsOn") == "providerGpu" else "nothing is trained"
        lines += [f"No training recipe for {label}: {where}.", f"  what it is {make['definition']}"]
    else:
        trainer, built = facts.get("trainer"), facts.get("builtWith")
        lines.append(f"No recipe for {label}: " + (f"{trainer} is in no version profile that was tried; a loop for it would have to be described in profiles/." if trainer
                                                   else f"{built} is known, but no trainer that would run it (tw:trainer)." if built else "no class that trains it stands in the version profiles (tw:builtWith, tw:trainer)."))
        lines.append(f"  what it is {make['definition']}")
    for how in make["hows"][:4]:
        lines.append(f"  do         {how}")
    for tool in make["tools"]:
        lines.append(f"  tool       {tool['label']}" + (f", until {tool['until']}" if tool["until"] else "") + (f"; instead {tool['instead']}" if tool["instead"] else ""))
    lines.append(f"  more       tunewise show {make['technique']}")
    return "\n".join(lines)


def readme(make: Mapping[str, Any], loop: Mapping[str, Any], form: Mapping[str, Any], why: dict[str, Any], estimate: dict[str, Any], adapter: list[tuple[str, Any, str]],
           arguments: list[tuple[str, Any, str]], files: list[str], launch: str, result: Mapping[str, Any]) -> str:
    """README.md of a recipe: how it was decided, the commands, what to expect, what comes after."""
    model = make["model"]["label"] if make["model"] else "your model"
    part = [f"# {remark(make['label'])}: {loop['label']} of {remark(model)}", "", remark(make["definition"]), "", "## Commands", "", "```sh",
            "python -m pip install -r requirements.txt   # or put `uv run` before each script: it reads the versions from its head",
            "python train.py --smoke      # rehearse: a tiny random model, no network, no GPU",
            "python train.py --dry-run    # check data, versions, GPU, disk and settings", f"{launch}              # train", f"{launch} --resume     # go on from the last checkpoint"]
    part += ["python merge.py --out merged # fold the adapter into a fresh 16-bit base"] if result["merges"] else []
    part += ["```", "", f"Data: {form['label']} ({', '.join(form['fields'])}), from JSON, JSONL, CSV or Parquet. The first thing the script does is to check every record.",
             "A gated model wants `HF_TOKEN` in the environment; nothing secret stands in these files.", "", "## Why this", "", "```", words.text("why", why).rstrip(), "```", "", "## What to expect", ""]
    if loop["stack"] == "encoder":
        part += ["No memory is worked out for encoders. They are small: a card of a few GiB is enough, and a smaller `PORTION` makes it less. `loss.svg` and `loss.csv` in the output folder follow the run.", ""]
    else:
        part += ["```", words.text("estimate", estimate).rstrip(), "```", "", "The figures are for these very settings; `loss.svg` and `loss.csv` in the output folder follow the run.", ""]
    if launch_chosen := make["launch"]:
        part += ["## Several GPUs", "", f"**{launch_chosen['label']}**: {remark(launch_chosen['definition'])} Chosen: {launch_chosen['why']}. `accelerate.yaml` says so to the launcher; on several machines run the same command on each,",
                 "with `--num_machines N --num_processes ALL_GPUS --machine_rank I --main_process_ip ADDRESS --main_process_port 29500` before `train.py`.", ""]
    part += ["## Every value and its reason", ""]
    for name, rows in (("adapter", adapter), ("training", arguments)):
        if rows:
            part += [f"| {name} | value | reason |", "|---|---|---|"]
            part += [f"| `{key}` | {_cell(value)} | {_cell(said)} |" for key, value, said in rows] + [""]
    part += [*_afterwards(loop, bool(adapter), model, result), "", "Files: " + ", ".join(f"`{name}`" for name in [*files, "README.md"]) + ". The same decision gives the same bytes.", ""]
    return "\n".join(part)


def _afterwards(loop: Mapping[str, Any], adapted: bool, model: str, result: Mapping[str, Any]) -> list[str]:
    """Evaluate, load, merge, make small, serve."""
    cls, said = loop["auto_class"], ["## Afterwards", "", f"- **Evaluate** on records that were not trained on, against {remark(model)} as it was" + (
        ": how often the right passage comes first (hits at k, MRR)." if loop["stack"] == "encoder" else " and against a good prompt: exact match or a judge, whichever the task has.")]
    if loop["template"] == "bottleneck":
        load = f"`net = {cls}.from_pretrained(base); adapters.init(net); net.set_active_adapters(net.load_adapter(\"trained/trained\"))`."
    elif adapted:
        load = f"`PeftModel.from_pretrained({cls}.from_pretrained(base), \"trained\")`."
    else:
        load = f"`{cls}(\"trained\")`." if loop["stack"] == "encoder" else f"`{cls}.from_pretrained(\"trained\")`."
    said.append(f"- **Load**: {load}")
    if adapted:
        said.append("- **Merge**: `python merge.py`. It takes a freshly loaded 16-bit base: adding to a quantised one rounds the update away." if result["merges"] else
                    "- **Merge**: this adapter is not merged; serve it beside the base with Transformers (`generate`), or a server that knows its kind.")
    for step in result["steps"]:
        command = step["command"].replace("{base}", result["base"]).replace("{finished}", result["finished"]).replace("{result}", "trained").replace("{rank}", str(result["rank"]))
        said.append(f"- **{step['label']}**" + (f" ({step['tool']})" if step["tool"] else "") + f": `{command}`. {remark(step['definition'])}")
    return said


def _cell(value: Any) -> str:
    return remark(str(value)).replace("|", "\\|") if value is not None else ""

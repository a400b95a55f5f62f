"""Judges answers to reference cases: situations with the answer that the adjudicated sources want.

A case is {id, question, situation, expected, must_not, judged, ...}; ``judge`` asks tunewise and returns
the reason why the answer is wrong, or None. Only answers count, through the ordinary questions.
"""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tunewise import Advisor
from tunewise.errors import InputError

CASES = Path(__file__).parent / "cases"


def cases(name: str = "reference.json") -> list[dict[str, Any]]:
    return json.loads((CASES / name).read_text(encoding="utf8"))


def judge(advisor: Advisor, case: dict[str, Any]) -> str | None:
    """None when the answer is right, else what is wrong with it."""
    try:
        situation = advisor.situation(case["situation"])
    except InputError as fault:
        return f"the situation is refused: {fault}"
    return _JUDGES[case["question"]](advisor, case, situation)


def _advise(advisor: Advisor, case: dict[str, Any], situation: dict[str, Any]) -> str | None:
    answer = advisor.ask("advise", situation)
    plan = answer["plan"]
    steps = {kind: [s["technique"] for s in plan if s["step"] == kind] for kind in ("first", "main", "with", "later")}
    wanted = case.get("step", "main")
    got = (steps["first"] or steps["main"]) if wanted == "first" else steps["main"]
    if case.get("mode") == "all_of":
        got = steps["first"] + steps["main"] + steps["with"]
    if not set(got) & set(case["expected"]):
        return f"{wanted} step is {got}, not one of {case['expected']}"
    if set(got) & set(case["must_not"]):
        return f"{wanted} step is {got}, which must not be"
    model = case.get("model")
    if model:
        chosen = [a["value"] for a in answer["situation"]["assumed"] if a["field"] == "model"] or [situation.get("model")]
        if not set(chosen) & set([model] if isinstance(model, str) else model):
            return f"model is {chosen}, not {model}"
    missing = [t for t in case.get("then", []) if t not in steps["later"] + steps["main"]]
    if missing:
        return f"{missing} should come later; later is {steps['later']}"
    return None


def _why(advisor: Advisor, case: dict[str, Any], situation: dict[str, Any]) -> str | None:
    if "model" in case:
        about = advisor.ask("about", {}, technique=case["model"])
        text = json.dumps(about)
        return None if any(e in text for e in case["expected"]) else f"nothing points from {case['model']} to {case['expected']}"
    if not situation:
        about = advisor.ask("about", {}, technique=case["technique"])
        aspects = {s["aspect"] for s in about["statements"] if not s["refuted_by"]}
        return None if {"benefit", "cost"} <= aspects else f"benefits and costs wanted, has {sorted(aspects)}"
    answer = advisor.ask("why", situation, technique=case["technique"], ways=2)
    if "fits" in case and isinstance(case["fits"], bool):
        fits = advisor.ask("estimate", situation, technique=case["technique"])
        if (fits["fits"] == "yes") != case["fits"] and not (fits["fits"] == "depends" and case.get("borderline")):
            return f"fits: {fits['fits']} ({[n['text'] for n in fits['numbers']]}), wanted {case['fits']}"
    if "need" in case:
        need = next(e["value"] for e in advisor.ask("estimate", situation, technique=case["technique"])["estimates"] if e["quantity"] == "need_gib")
        low, high = (need, need) if not isinstance(need, list) else need
        if low is None or high < case["need"][0] * 0.9 or low > case["need"][1] * 1.1:
            return f"needs {need} GiB, wanted {case['need']}"
    if "numbers" in case:
        said = [v for n in answer["numbers"] for v in [n["need"], *[d["value"] for d in n["dissent"]]]]
        lacking = [v for vs in case["numbers"].values() for v in vs if v not in said]
        if lacking:
            return f"does not mention {lacking}"
    if case["question"] == "why-not" and answer["verdict"] == "yes" and answer["main"] == case["technique"]:
        return f"{case['technique']} is recommended"
    if case["question"] == "why-not" and "fits" not in case and answer["main"] not in case["expected"]:
        return f"instead: {answer['main']}, not one of {case['expected']}"
    return None


def _estimate(advisor: Advisor, case: dict[str, Any], situation: dict[str, Any]) -> str | None:
    answer = advisor.ask("estimate", situation, technique=case["technique"])
    values = {e["quantity"]: e["value"] for e in answer["estimates"]}
    for key, field in (("hours", "run_hours"), ("usd", "run_usd")):
        if key in case:
            value = values[field]
            low, high = value if isinstance(value, list) else (value, value)
            if low is None or high < case[key][0] or low > case[key][1]:
                return f"{field} is {value}, wanted {case[key]}"
    if "depends" in case:
        why = advisor.ask("why", {**situation}, technique=case["technique"])
        if not set(case["depends"]) <= {*why["depends_on"], *[x for n in why["numbers"] for x in n["depends_on"]]}:
            return f"depends on {why['depends_on']}, wanted {case['depends']}"
    if "trainable_m" in case and not any(abs(case["trainable_m"]["all_linear"] - r.get("value", 0) * 1000) < 0.1 or abs(case["trainable_m"]["all_linear"] * 1e6 - (r.get("value") or 0)) < 1e5
                                         for e in answer["estimates"] for r in e["proof"] if isinstance(r.get("value"), (int, float))):
        return "the trained parameters are not named"
    if case.get("fits") is False:
        why = advisor.ask("why", situation, technique=case["technique"])
        return None if why["verdict"] == "no" else f"{case['technique']} is {why['verdict']}, wanted no"
    return None


def _settings(advisor: Advisor, case: dict[str, Any], situation: dict[str, Any]) -> str | None:
    answer = advisor.ask("settings", situation, technique=case["technique"])
    found = {s["field"]: s for s in answer["settings"]}
    for field, wanted in case["settings"].items():
        if field not in found:
            return f"no {field}"
        value, low, high = (found[field][k] for k in ("value", "low", "high"))
        if isinstance(wanted, list):
            ends = (low, high) if low is not None and high is not None else (value, value)
            if not isinstance(value, (int, float)) or ends[0] < wanted[0] - 1e-12 or ends[1] > wanted[1] + 1e-12:
                return f"{field} is {value} ({low} to {high}), wanted {wanted}"
        elif value != wanted and str(value).lower() != str(wanted).lower():
            return f"{field} is {value!r}, wanted {wanted!r}"
    return None


def _diagnose(advisor: Advisor, case: dict[str, Any], situation: dict[str, Any]) -> str | None:
    answer = advisor.ask("diagnose", situation)
    if not answer["failures"]:
        return "nothing found"
    remedies = {r["id"] for r in answer["failures"][0]["remedies"]}
    remedies |= {f["id"] for f in answer["failures"]} if any(e.startswith("fm-") for e in case["expected"]) else set()
    if case["expected"] and not remedies & set(case["expected"]):
        return f"remedies are {sorted(remedies)}, wanted one of {case['expected']}"
    bad = remedies & set(case["must_not"])
    return f"remedies must not hold {sorted(bad)}" if bad else None


def _checklist(advisor: Advisor, case: dict[str, Any], situation: dict[str, Any]) -> str | None:
    answer = advisor.ask("checklist", situation)
    items = {i["id"]: i["state"] for i in answer["items"] if "phase" not in case or i["phase"] == case["phase"]}
    lacking = [i for i in case["expected"] if items.get(i) not in ("missing", "open")]
    if lacking:
        return f"should be missing: {[(i, items.get(i)) for i in lacking]}"
    wrong = [i for i in case["must_not"] if items.get(i) == "missing"]
    return f"should not be missing: {wrong}" if wrong else None


def _show(advisor: Advisor, case: dict[str, Any], situation: dict[str, Any]) -> str | None:
    about = advisor.ask("about", {}, technique=case["thing"])
    return None if about["statements"] or about["claims"] else f"nothing is known about {case['thing']}"


def _compare(advisor: Advisor, case: dict[str, Any], situation: dict[str, Any]) -> str | None:
    one, other = case["techniques"]
    answer = advisor.ask("compare", situation, technique=one, other=other)
    told = [{s["text"] for s in side if not s["refuted_by"]} for side in answer["statements"]]
    return None if answer["criteria"] or told[0] and told[1] and told[0] != told[1] else "no difference is named"


def _models(advisor: Advisor, case: dict[str, Any], situation: dict[str, Any]) -> str | None:
    answer = advisor.ask("advise", situation)
    chosen = [a["value"] for a in answer["situation"]["assumed"] if a["field"] == "model"]
    if not any(c.startswith(e) for c in chosen for e in case["expected"]):
        return f"model is {chosen}, not one of {case['expected']}"
    return None


def _data(advisor: Advisor, case: dict[str, Any], situation: dict[str, Any]) -> str | None:
    from tunewise import data

    shape, faults = data.check_record(case["record"], data.all_shapes(advisor.ask("shapes")))
    if shape is None or shape.id not in case["expected"]:
        return f"the format is {shape.id if shape else None}, not one of {case['expected']}"
    valid = not any(not f.warning for f in faults)
    if valid != case["valid"] or data.missing(shape, case["record"]) != case.get("missing", []):
        return f"valid: {valid}, missing: {data.missing(shape, case['record'])}; wanted {case['valid']}, {case.get('missing', [])}"
    return None


def _formats(advisor: Advisor, case: dict[str, Any], situation: dict[str, Any]) -> str | None:
    best = advisor.ask("formats", situation)["recommended"]
    if not best or best[0] not in case["expected"] or set(best) & set(case["must_not"]):
        return f"formats are {best}, wanted one of {case['expected']} first, none of {case['must_not']}"
    return None


_JUDGES = {"advise": _advise, "why": _why, "why-not": _why, "estimate": _estimate, "settings": _settings, "diagnose": _diagnose,
           "checklist": _checklist, "show": _show, "compare": _compare, "models": _models, "data": _data, "formats": _formats}

"""What-if: plans work, are minimal and tight, come least effort first; a range holds inside and not just outside."""
from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import pytest

from conftest import SEED
from looked import TW, Case, said, verdict
from tunewise import Advisor


@pytest.fixture(scope="session")
def replaced(graph: Any) -> dict[str, list[str]]:
    """Figures that naming a thing replaces: a card's memory, a model's size."""
    out: dict[str, list[str]] = {}
    for thing, figure in graph.query(f"SELECT ?t ?f WHERE {{ ?q <{TW}field> ?f ; <{TW}carriedBy>/<{TW}field> ?t }}"):
        out.setdefault(thing.value, []).append(figure.value)
    assert out
    return out


@pytest.fixture(scope="session")
def planned(advisor: Advisor, sweep: list[Case], serving: dict[str, list[str]]) -> list[tuple[Case, str, str, list[dict[str, Any]]]]:
    """(situation, technique, aim, plans) of approaches that do not hold; most aim at viable, some at recommended."""
    dice = random.Random(SEED + 1)
    out = []
    dense = [case for case in sweep if {"model", "gpu", "examples"} <= set(case)]
    sparse = [case for case in sweep if not {"model", "gpu"} & set(case)]
    for case in [*dense[::6], *sparse[::30]]:
        technique = dice.choice(serving[case.get("goal", "learn-a-task")])
        answer = advisor.ask("what_if", case, technique=technique, aim="viable", max=2 if "gpu" in case else 1)
        assert answer["holds"] == (advisor.ask("who_says", case, technique=technique)["verdict"] == "yes")
        if not answer["holds"]:
            out.append((case, technique, "viable", answer["plans"]))
    base = advisor.situation(gpu="t4", model="llama-3-8b", examples=5000)
    for case, technique, aim, most in [(base, "full-fine-tuning", "viable", 3), (base, "full-fine-tuning", "recommended", 1), ({**base, "examples": 40}, "qlora", "recommended", 2)]:
        out.append((case, technique, aim, advisor.ask("what_if", case, technique=technique, aim=aim, max=most)["plans"]))
    assert len(out) >= 25 and sum(bool(plans) for *_, plans in out) >= 12
    return out


def after(case: Case, changes: list[dict[str, Any]], replaced: dict[str, list[str]], step: dict[str, Any] | None = None) -> Case:
    """The situation a person would state after these changes; step moves one number by hand."""
    new = dict(case)
    for change in changes:
        new[change["field"]] = change["to"]
        for figure in replaced.get(change["field"], []):
            new.pop(figure, None)
    return {**new, **(step or {})}


def holds(advisor: Advisor, case: Case, technique: str, aim: str) -> bool:
    """Asked anew, as if nothing had been asked before."""
    return bool(advisor.ask("what_if", case, technique=technique, aim=aim, max=0)["holds"])


Planned = list[tuple[Case, str, str, list[dict[str, Any]]]]


def test_every_plan_works(advisor: Advisor, planned: Planned, replaced: dict[str, list[str]]) -> None:
    tried = 0
    for case, technique, aim, plans in planned:
        for plan in plans[:5]:
            assert plan["changes"] and len({change["field"] for change in plan["changes"]}) == len(plan["changes"])
            assert holds(advisor, after(case, plan["changes"], replaced), technique, aim), f"{technique} is not {aim} after {changed(plan)} in {said(case)}"
            tried += 1
    assert tried >= 25


def changed(plan: dict[str, Any]) -> str:
    return ", ".join(f"{change['field']}: {change['from']} -> {change['to']}" for change in plan["changes"])


def test_every_plan_is_minimal(advisor: Advisor, planned: Planned, replaced: dict[str, list[str]]) -> None:
    """Dropping any of its changes breaks it, and no plan's inputs contain another plan's."""
    tried = 0
    for case, technique, aim, plans in planned:
        fields = [frozenset(change["field"] for change in plan["changes"]) for plan in plans]
        assert not any(a < b for a in fields for b in fields) and len(set(fields)) == len(fields), f"{technique}: {fields} in {said(case)}"
        for plan in plans[:5]:
            for size in range(len(plan["changes"])):
                for some in combinations(plan["changes"], size):
                    assert not holds(advisor, after(case, list(some), replaced), technique, aim), f"{technique}: of {changed(plan)}, {[c['field'] for c in some]} would do in {said(case)}"
                    tried += 1
    assert tried >= 25


def test_no_single_change_does_what_a_plan_of_two_does(advisor: Advisor, planned: Planned, replaced: dict[str, list[str]]) -> None:
    """Also with other values: a proper subset of a plan's inputs has none that work."""
    dice = random.Random(SEED + 2)
    inputs, names = advisor.index["inputs"], advisor.index["names"]
    tried = 0
    for case, technique, aim, plans in [row for row in planned if any(len(plan["changes"]) > 1 for plan in row[3])][::2]:
        plan = next(plan for plan in plans if len(plan["changes"]) > 1)
        for change in plan["changes"][:2]:
            field, spec = change["field"], inputs[change["field"]]
            if spec["type"] in ("integer", "number"):
                low, high = max(spec["min"], 1), spec["max"]
                values = sorted({spec["min"], high, *(int(low * (high / low) ** (i / 7)) if spec["type"] == "integer" else low * (high / low) ** (i / 7) for i in range(8))})
            else:
                values = [True, False] if spec["type"] == "boolean" else dice.sample(sorted(names[spec["type"]]), min(10, len(names[spec["type"]])))
            for value in values:
                other = after(case, [{"field": field, "to": value}], replaced)
                if spec["type"] != "Model":  # a plan names open weights only
                    assert not holds(advisor, other, technique, aim), f"{technique}: {field} = {value} alone makes it {aim} in {said(case)}, and {changed(plan)} is offered"
                    tried += 1
        if tried > 150:
            break
    assert tried >= 20


def test_every_plan_is_tight(advisor: Advisor, planned: Planned, replaced: dict[str, list[str]]) -> None:
    """One step back in any number, the others held, breaks it."""
    inputs = advisor.index["inputs"]
    tried = 0
    for case, technique, aim, plans in planned:
        for plan in plans[:5]:
            for change in plan["changes"]:
                spec = inputs[change["field"]]
                if spec["type"] not in ("integer", "number"):
                    assert change["to"] != case.get(change["field"])
                    continue
                step = 1 if spec["type"] == "integer" else 0.01
                back = change["to"] - step if change["kind"] == "at_least" else change["to"] + step
                if spec["min"] <= back <= spec["max"]:
                    assert not holds(advisor, after(case, plan["changes"], replaced, {change["field"]: back}), technique, aim), f"{technique}: {change['field']} = {back} would do, {changed(plan)} is offered in {said(case)}"
                    tried += 1
    assert tried >= 15


def test_a_plan_is_found_where_one_change_would_do(advisor: Advisor, replaced: dict[str, list[str]]) -> None:
    """More data also takes longer: the way out lies between the two, and is found all the same."""
    case = advisor.situation(gpu="a100-80gb", model="llama-3-8b", examples=10, deadline_h=100)
    assert not holds(advisor, case, "lora", "viable") and holds(advisor, {**case, "examples": 200}, "lora", "viable")
    plans = advisor.ask("what_if", case, technique="lora", aim="viable", max=2)["plans"]
    assert any([change["field"] for change in plan["changes"]] == ["examples"] for plan in plans), [changed(plan) for plan in plans]


def test_plans_come_least_effort_first_and_touch_at_least_five_quantities(planned: Planned) -> None:
    for _, _, _, plans in planned:
        assert [plan["effort"] for plan in plans] == sorted(plan["effort"] for plan in plans)
    assert len({change["field"] for *_, plans in planned for plan in plans for change in plan["changes"]}) >= 5


def test_what_if_of_what_holds_changes_nothing(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> None:
    found = 0
    for case, one, _ in pairs[6::23]:
        if holds(advisor, case, one, "viable"):
            assert advisor.ask("what_if", case, technique=one, aim="viable", max=3)["plans"] == []
            found += 1
    assert found >= 3


# ---- how far ---


def test_inside_a_range_it_holds_and_just_outside_it_does_not(advisor: Advisor, sweep: list[Case], serving: dict[str, list[str]], replaced: dict[str, list[str]]) -> None:
    dice = random.Random(SEED + 3)
    inputs = advisor.index["inputs"]
    dense = [case for case in sweep if {"model", "gpu", "examples", "goal"} <= set(case)]
    edges = names = 0
    for case in dense[::14]:
        technique = dice.choice(serving[case["goal"]])
        now = verdict(advisor, case, technique)
        for found in advisor.ask("how_far", case, technique=technique)["ranges"]:
            field, spec = found["field"], inputs[found["field"]]
            if "values" in found:
                inside = dice.sample(found["values"], min(2, len(found["values"])))
                every = [True, False] if spec["type"] == "boolean" else sorted(advisor.index["names"][spec["type"]])
                for value in inside:
                    assert verdict(advisor, after(case, [{"field": field, "to": value}], replaced), technique) == now, f"{technique}: {field} = {value} in {said(case)}"
                assert len(found["values"]) <= found["of"] <= len(every)
                names += len(inside)
                continue
            low, high, step = found["low"], found["high"], 1 if spec["type"] == "integer" else 0.01
            assert low <= found["now"] <= high
            middle = [low + (high - low) // 3 if spec["type"] == "integer" else (low + high) / 2, found["now"]]
            for value in {low, high, *middle}:
                assert verdict(advisor, {**case, field: value}, technique) == now, f"{technique}: {field} = {value} is inside {low} to {high}, but not {now} in {said(case)}"
            for value, limit in ((low - step, spec["min"]), (high + step, spec["max"])):
                if (value > limit) if value < low else (value < limit):
                    assert verdict(advisor, {**case, field: value}, technique) != now, f"{technique}: {field} = {value} is outside {low} to {high}, but still {now} in {said(case)}"
                    edges += 1
    assert edges >= 5 and names >= 10

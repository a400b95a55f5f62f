"""Laws over situations: more never harms, what is assumed is as good as said, saying less never decides more."""
from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conftest import SEED
from looked import TW, Case, local, said
from tunewise import Advisor
from tunewise.knowledge import Knowledge


ORDER = {"no": 0, "depends": 1, "yes": 2}


def verdicts(advisor: Advisor, case: Case) -> dict[str, int]:
    return {row["technique"]: ORDER[row["verdict"]] for row in advisor.ask("verdicts", case)["verdicts"]}


@pytest.fixture(scope="session")
def bounded_above(graph: Any) -> dict[str, set[str]]:
    """Approaches that some source gives an upper bound on a quantity: more of it may rule them out, and should."""
    out: dict[str, set[str]] = {}
    for thing, field in graph.query(f"SELECT ?t ?f WHERE {{ ?c <{TW}about> ?t ; <{TW}atMost> ?v ; <{TW}quantity>/<{TW}field> ?f }}"):
        out.setdefault(field.value, set()).add(local(thing))
    return out


def never_worse(advisor: Advisor, before: Case, now: Case, but: set[str], what: str) -> None:
    old, new = verdicts(advisor, before), verdicts(advisor, now)
    lost = {technique: (old[technique], new[technique]) for technique in old if new[technique] < old[technique] and technique not in but}
    assert not lost, f"{what} takes away {lost} in {said(before)}"


GIVEN = st.fixed_dictionaries({"model": st.sampled_from(["llama-3-8b", "qwen2.5-0.5b", "mixtral-8x7b", "llama-3.1-70b"]), "goal": st.sampled_from(["learn-a-task", "know-a-domain", "align-with-preferences"]),
                               "seq_len": st.sampled_from([256, 2048]), "micro_batch": st.sampled_from([1, 8])})


def test_more_memory_never_takes_an_option_away(advisor: Advisor, bounded_above: dict[str, set[str]]) -> None:
    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(GIVEN, st.floats(1, 1024, allow_nan=False), st.floats(1, 1024, allow_nan=False), st.integers(0, 10**6))
    def law(case: Case, one: float, other: float, examples: int) -> None:
        assume(one < other)
        case = {**case, "examples": examples}
        never_worse(advisor, {**case, "gpu_memory_gib": one}, {**case, "gpu_memory_gib": other}, bounded_above.get("gpu_memory_gib", set()), f"{one} -> {other} GiB")

    law()


def test_more_examples_never_take_an_option_away(advisor: Advisor, bounded_above: dict[str, set[str]]) -> None:
    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(GIVEN, st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["nvidia-t4", "nvidia-a100-80gb"]))
    def law(case: Case, one: int, other: int, gpu: str) -> None:
        assume(one < other)
        case = {**case, "gpu": gpu}
        never_worse(advisor, {**case, "examples": one}, {**case, "examples": other}, bounded_above.get("examples", set()), f"{one} -> {other} examples")

    law()


def test_what_is_declared_monotone_is_monotone(advisor: Advisor, graph: Any, sweep: list[Case], bounded_above: dict[str, set[str]]) -> None:
    """Bisection trusts it: more budget, time, GPUs, pairs; fewer tokens and sequences at once."""
    direction = {field.value: way.value for field, way in graph.query(f"SELECT ?f ?w WHERE {{ ?q <{TW}field> ?f ; <{TW}monotone> ?w }}")}
    assert len(direction) >= 8
    dense = [case for case in sweep if {"model", "gpu", "examples"} <= set(case) and not {"budget_usd", "deadline_h"} & set(case)]
    dice = random.Random(SEED + 4)
    for field, way in sorted(direction.items()):
        spec = advisor.index["inputs"][field]
        for _ in range(2):
            case = {key: value for key, value in dice.choice(dense).items() if not (field == "gpu_memory_gib" and key == "gpu")}
            low, high = max(spec["min"], 0.01), min(spec["max"], 1e7)
            few, many = sorted(low * (high / low) ** dice.random() for _ in range(2))
            few, many = (int(few), int(many) + 1) if spec["type"] == "integer" else (few, many)
            before, now = ({**case, field: few}, {**case, field: many}) if way == "higher" else ({**case, field: many}, {**case, field: few})
            never_worse(advisor, before, now, bounded_above.get(field, set()) if way == "higher" else set(), f"{field} {before[field]} -> {now[field]}")


def test_saying_what_was_assumed_changes_nothing(advisor: Advisor, sweep: list[Case]) -> None:
    for case in sweep[1::74]:
        answer = advisor.ask("ask", case)["situation"]
        spoken = {**case, **{row["field"]: row["value"] for row in answer["assumed"]}}
        assert verdicts(advisor, spoken) == verdicts(advisor, case), said(case)


def test_saying_less_never_decides_more(advisor: Advisor, sweep: list[Case]) -> None:
    """What is not said has no default here: leaving it open can open a verdict, not turn it."""
    open_inputs = [name for name in ("examples", "preference_pairs", "corpus_tokens_m") if advisor.index["inputs"][name]["default"] is None]
    assert open_inputs
    looked = 0
    for case in [case for case in sweep if {"model", "gpu", "examples"} <= set(case)][::30]:
        for field in set(open_inputs) & set(case):
            before, after_ = verdicts(advisor, case), verdicts(advisor, {key: value for key, value in case.items() if key != field})
            turned = {t for t in before if {before[t], after_[t]} == {0, 2} or after_[t] != 1 and before[t] == 1}
            assert not turned, f"leaving out {field} turns {turned} in {said(case)}"
            looked += 1
    assert looked >= 4


def test_knowledge_is_never_empty() -> None:
    knowledge = Knowledge()
    assert len(knowledge.turtle()) > 50 and len(knowledge.rule_files()) >= 8 and len(knowledge.engine_files()) >= 10 and len(knowledge.views()) >= 15

"""Reference cases: situations with the answer the adjudicated sources want, asked through ordinary questions.

The score is printed with every run; a case that is not answered as wanted stands in KNOWN with its reason.
"""
from __future__ import annotations

from typing import Any

import pytest

from judge import cases, judge

# What is not answered as adjudicated, and why.
KNOWN: dict[str, str] = {}
HELD_OUT = {c["id"] for i, c in enumerate(sorted(cases(), key=lambda c: c["id"])) if i % 5 == 4}


@pytest.fixture(scope="module")
def verdicts(advisor: Any) -> dict[str, str | None]:
    return {case["id"]: judge(advisor, case) for case in cases()}


def test_at_least_95_percent_of_the_reference_cases_are_answered_as_adjudicated(verdicts: dict[str, str | None], capsys: pytest.CaptureFixture[str]) -> None:
    right = [i for i, wrong in verdicts.items() if wrong is None]
    held = [i for i in right if i in HELD_OUT]
    with capsys.disabled():
        print(f"\nreference cases answered: {len(right)} of {len(verdicts)}; every fifth: {len(held)} of {len(HELD_OUT)}")
    assert len(verdicts) >= 118
    assert len(right) >= 0.95 * len(verdicts), {i: w for i, w in verdicts.items() if w}


def test_every_case_not_answered_as_wanted_is_known_with_its_reason(verdicts: dict[str, str | None]) -> None:
    wrong = {i: w for i, w in verdicts.items() if w is not None}
    assert set(wrong) == set(KNOWN), wrong


def test_no_verdict_rests_on_a_refuted_claim(advisor: Any) -> None:
    refuted = {f["id"] for t in ("lora", "qlora", "full-fine-tuning", "prefix-tuning", "adapter-layers") for f in advisor.ask("about", {}, technique=t)["claims"] if f["refuted_by"]}
    assert len(refuted) > 10
    read: set[str] = set()
    for case in cases():
        if "technique" in case and case["question"] in ("why", "why-not"):
            answer = advisor.ask("why", advisor.situation(case["situation"]), technique=case["technique"])
            read |= {r["claim"] for r in answer["proof"] if r.get("claim")}
    assert read and not read & refuted

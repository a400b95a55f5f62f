"""Reference cases: situations with the answer the adjudicated sources want, asked through ordinary questions.

The score is printed with every run; a case that is not answered as wanted stands in KNOWN with its reason.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from judge import cases, judge

# What is not answered as adjudicated, and why.
KNOWN: dict[str, str] = {}
HELD_OUT = {c["id"] for i, c in enumerate(sorted(cases(), key=lambda c: c["id"])) if i % 5 == 4}


class Recorder:
    """An advisor that remembers which rules the proofs of its answers used."""

    def __init__(self, advisor: Any) -> None:
        self._advisor = advisor
        self.rules: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._advisor, name)

    def ask(self, question: str, situation: Any = None, **more: Any) -> dict[str, Any]:
        answer = self._advisor.ask(question, situation, **more)
        self.rules |= {row["rule"] for row in answer.get("proof", []) if row.get("rule")}
        return dict(answer)


@pytest.fixture(scope="module")
def judged(advisor: Any) -> dict[str, tuple[str | None, set[str]]]:
    """Of each reference case: what is wrong with the answer, and the rules its proofs used."""
    out = {}
    for case in cases():
        recorder = Recorder(advisor)
        out[case["id"]] = (judge(recorder, case), recorder.rules)
    return out


@pytest.fixture(scope="module")
def verdicts(judged: dict[str, tuple[str | None, set[str]]]) -> dict[str, str | None]:
    return {case: wrong for case, (wrong, _) in judged.items()}


def once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """What one case alone has, and the case."""
    found = defaultdict(set)
    for thing, case in pairs:
        found[thing].add(case)
    return {thing: next(iter(found[thing])) for thing in sorted(found) if len(found[thing]) == 1}


def serving_one_case(advisor: Any, judged: dict[str, tuple[str | None, set[str]]], graph: Any) -> dict[str, dict[str, str]]:
    """Goals, tasks, symptoms and inputs that one reference case says, no other case of either set, and at most two things in
    the knowledge heed; rules that the proofs of one case alone used. What stands here may have been written for that case."""
    from tunewise import graph as rdf

    _, rows = rdf.select(graph, """SELECT ?what (COUNT(DISTINCT ?thing) AS ?n) WHERE {
        { ?a tw:about ?thing ; tw:when/(tw:value|tw:oneOf|tw:quantity) ?what } UNION { ?thing tw:serves ?what } UNION
        { ?thing (tw:indicatedBy|tw:doneWhen|tw:appliesWhen)/(tw:value|tw:oneOf|tw:quantity) ?what } } GROUP BY ?what""")
    heeded = {str(row[0].value).rsplit("/", 1)[-1].rsplit("#", 1)[-1]: int(row[1].value) for row in rows}
    _, rows = rdf.select(graph, "SELECT ?field ?input WHERE { ?input a tw:Input ; tw:field ?field }")
    names = {str(row[0].value): str(row[1].value).rsplit("#", 1)[-1] for row in rows}
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for case in [*cases(), *cases("second.json")]:
        for field, value in advisor.situation(case["situation"]).items():
            said["inputs"].append((field, case["id"]))
            for one in value if isinstance(value, list) else [value]:
                if field in ("goal", "task", "symptom"):
                    said[field + "s"].append((one, case["id"]))
    out = {kind: {thing: case for thing, case in once(pairs).items() if case in judged and heeded.get(names.get(thing, thing), 0) <= 2} for kind, pairs in sorted(said.items())}
    return {**out, "rules": once([(rule, case) for case, (_, rules) in judged.items() for rule in rules])}


def test_what_serves_one_case_only_is_told(advisor: Any, judged: dict[str, tuple[str | None, set[str]]], graph: Any, tell: Callable[[str], None]) -> None:
    found = serving_one_case(advisor, judged, graph)
    for kind, things in found.items():
        tell(f"{kind} serving one reference case only: {len(things)}" + (f" ({', '.join(f'{t} {c}' for t, c in things.items())})" if things else ""))
    assert sum(len(things) for kind, things in found.items() if kind != "rules") <= 6, found
    assert len(found["rules"]) <= 20, found["rules"]


def test_at_least_95_percent_of_the_reference_cases_are_answered_as_adjudicated(verdicts: dict[str, str | None], tell: Callable[[str], None]) -> None:
    right = [i for i, wrong in verdicts.items() if wrong is None]
    held = [i for i in right if i in HELD_OUT]
    tell(f"reference cases answered: {len(right)} of {len(verdicts)}; every fifth: {len(held)} of {len(HELD_OUT)}")
    assert len(verdicts) >= 118
    assert len(right) >= 0.95 * len(verdicts), {i: w for i, w in verdicts.items() if w}


def test_the_second_set_is_answered(advisor: Any, tell: Callable[[str], None]) -> None:
    """Situations of the same kind in other words, whose answers were predicted before they were asked: 210 of the 230 first
    written were answered as predicted, and the causes of the rest were mended in the knowledge. Kept are those that are quick."""
    wrong = {case["id"]: said for case in cases("second.json") if (said := judge(advisor, case))}
    tell(f"second set answered: {len(cases('second.json')) - len(wrong)} of {len(cases('second.json'))}")
    assert len(cases("second.json")) >= 80
    assert not wrong


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

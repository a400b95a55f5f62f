"""What every explanation guarantees, held against a sweep of situations: complete (no misses exactly when nothing is in the
way), cited (every number has a source, no refuted claim is read), isolated (asking changes nothing), trust (who says so is
what trusting them gives). Truth, plans, ranges and laws have files of their own.
"""
from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import DAY
from looked import NUMERAL, Case, is_number, said, verdict
from tunewise import Advisor


# ---- complete ---


def test_nothing_is_missing_exactly_when_the_verdict_is_not_no(sides: list[tuple[Case, dict[str, Any]]]) -> None:
    for case, side in sides:
        assert (side["misses"] == 0) == (side["verdict"] != "no"), f"{side['technique']} misses {side['misses']} and is {side['verdict']} in {said(case)}"
    assert {side["verdict"] for _, side in sides} == {"yes", "no", "depends"}


def test_compiled_and_explained_verdicts_agree_on_every_approach(advisor: Advisor, sweep: list[Case], approaches: list[str]) -> None:
    dense = sorted(range(len(sweep)), key=lambda i: (-len(sweep[i]), i))
    for i in [*dense[:120:40], dense[300], 0]:
        rows = advisor.ask("consistent", sweep[i])["verdicts"]
        assert sorted(row["technique"] for row in rows) == approaches and len(approaches) >= 40
        for row in rows:
            assert row["compiled"] == row["explained"], f"{row} in {said(sweep[i])}"
            assert (row["misses"] == 0) == (row["compiled"] != "no"), f"{row} in {said(sweep[i])}"


def test_every_question_gives_the_same_verdict(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> None:
    for case, one, other in pairs[5::43]:
        why = advisor.ask("why", case, technique=one)["verdict"]
        assert advisor.ask("who_says", case, technique=one)["verdict"] == why
        assert advisor.ask("what_if", case, technique=one, aim="viable", max=0)["holds"] == (why == "yes")
        assert advisor.ask("compare", case, technique=other, other=one)["sides"][1]["verdict"] == why
        advice = advisor.ask("advise", case)
        assert (one in advice["recommended"] or len(advice["recommended"]) < advice["count"]) or why == "no"
        assert why != "no" or one not in advice["recommended"]


@pytest.mark.parametrize("said_", [{"gpu": "rtx-4090", "examples": 5000}, {"gpu": "nvidia-t4", "n_gpus": 2, "seq_len": 4096, "goal": "know-a-domain"},
                                   {"gpu": "nvidia-a100-80gb", "examples": 5000, "gradient_checkpointing": False, "commercial": True, "deadline_h": 10}], ids=["one-card", "open", "strict"])
def test_counting_pairs_is_asking_every_pair(advisor: Advisor, graph: Any, said_: Case) -> None:
    """What is left of the rules when only the model is open counts what the rules count."""
    models = [row["m"].value.rpartition("/")[2] for row in graph.query("""PREFIX tw: <https://w3id.org/tunewise/ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT DISTINCT ?m { ?m a/rdfs:subClassOf* tw:Model . { ?m tw:paramsB ?p } UNION { ?c tw:about ?m ; tw:quantity tw:paramsB }
        FILTER NOT EXISTS { ?m tw:access ?a FILTER(?a IN (tw:apiOnly, tw:unverified)) } }""")]
    case = advisor.situation(said_)
    asked = sum(row["verdict"] == "yes" for model in models for row in advisor.ask("verdicts", {**case, "model": model})["verdicts"])
    assert len(models) > 90 and asked > 300
    assert advisor.ask("count_viable", case)["count"] == asked


def test_an_answer_is_given_for_every_situation(advisor: Advisor, sweep: list[Case]) -> None:
    """Also where nothing is viable: then it says so, and what comes closest."""
    verdicts = set()
    for case in [*sweep[2::52], {"goal": "quantise-the-model", "base_bits": 31}, {"training_possible": False, "goal": "learn-a-task", "budget_usd": 0}]:
        answer = advisor.ask("advise", case)
        verdicts.add(answer["verdict"])
        if answer["verdict"] == "no":
            assert answer["main"] == "none" and answer["closest"]
        else:
            assert answer["main"] == answer["recommended"][0] == next(step["technique"] for step in answer["plan"] if step["step"] == "main")
    assert {"yes", "depends"} <= verdicts


@pytest.mark.parametrize("priority", ["memory-first", "quality-first"])
def test_what_nobody_advises_is_ranked_by_the_persons_priority(advisor: Advisor, graph: Any, priority: str) -> None:
    """By the first criterion of the priority, in steps of its grain; a figure nobody states comes last. Nothing on the front is beaten."""
    rows = list(graph.query(f"PREFIX tw: <https://w3id.org/tunewise/ns#> PREFIX kb: <https://w3id.org/tunewise/kb/> SELECT ?q ?better ?grain ?order {{ ?c a tw:Criterion ; tw:criterionOf kb:{priority} ; tw:order ?order ; tw:quantity/tw:field ?q ; tw:better ?better ; tw:grain ?grain }} ORDER BY ?order"))
    field, better, grain = {"need_gib": "need_gib", "quality_vs_full": "quality"}[rows[0]["q"].value], rows[0]["better"].value, float(rows[0]["grain"].value)

    def place(option: dict[str, Any]) -> float:
        value = option[field]
        value = sum(value) / 2 if isinstance(value, list) else value
        return (1e9 if better == "lower" else 0.0) if value is None else math.floor(value / grain) * (1 if better == "lower" else -1)

    ranked = 0
    for goal in ("learn-a-task", "train-few-parameters", "change-tone"):
        answer = advisor.ask("advise", advisor.situation(gpu="a100-80gb", model="llama-3-8b", examples=20_000, goal=goal, priority=priority))
        first = {step["technique"] for step in answer["plan"] if step["step"] == "first"}
        plain = [place(option) for option in answer["options"] if not option["advice"] and option["technique"] not in first]
        assert plain == sorted(plain), f"{goal}: {[(option['technique'], option[field]) for option in answer['options']]}"
        ranked += len(set(plain)) > 1
        assert set(answer["front"]) <= {option["technique"] for option in answer["options"]}
    assert ranked


# ---- cited ---


def stated(value: Any, parts: dict[str, list[Any]]) -> bool:
    """The value is what the claim says, one of what it says, or the middle of its range."""
    every = [v for values in parts.values() for v in values]
    if isinstance(value, list):
        return all(v in every for v in value)
    if "low" in parts and "high" in parts and is_number(value) and value == pytest.approx((parts["low"][0] + parts["high"][0]) / 2):
        return True
    return any(v == value or is_number(v) and is_number(value) and not isinstance(v, list) and v == pytest.approx(value, rel=1e-12) for v in every)


def test_every_claim_of_a_proof_stands_in_the_graph_with_a_source(answers: list[tuple[Case, dict[str, Any]]], claims: dict[str, dict[str, Any]], sources: set[str]) -> None:
    looked = 0
    for case, answer in answers:
        for row in answer["proof"]:
            if row["kind"] not in ("claim", "requirement"):
                continue
            if not row.get("claim"):  # nobody says, or the thing is not named: then it is open
                assert row["verdict"] != "no" and (row["value"] is None or isinstance(row["value"], list) or row["about"] == ""), (said(case), row)
                continue
            for cited in [row, *row["dissent"]]:
                claim = claims.get(cited["claim"])
                assert claim, f"{cited['claim']} is not in the graph"
                assert cited["source"] in sources and cited["source"] in claim["source"], f"{cited['claim']} does not come from {cited['source']!r}"
                assert cited["source_label"].strip()
                assert stated(cited["value"], claim["parts"]), f"{cited['claim']} says {claim['parts']}, not {cited['value']}"
                looked += 1
    assert looked >= 1000


def numerals(text: str, labels: list[str]) -> set[str]:
    for label in labels:
        text = text.replace(label, " ")
    return {token.rstrip(",") for token in NUMERAL.findall(text)}


def test_every_number_of_a_sentence_comes_from_what_it_stands_on(advisor: Advisor, answers: list[tuple[Case, dict[str, Any]]]) -> None:
    templates = {rule["id"]: [rule["says"], rule["otherwise"]] for rule in advisor.ask("rules")["rules"]}
    names = advisor.index["names"]
    labels = sorted({label for cls in names.values() for of in cls.values() for label in of[:1] if re.search(r"\d", label)}, key=len, reverse=True)
    looked = 0
    for case, answer in answers:
        rows = answer["proof"]
        below: dict[int, str] = {}
        for row in reversed(rows):
            below[row["parent"]] = f"{row['text']} {below.get(row['id'], '')} {below.get(row['parent'], '')}"
        for row in rows:
            if row["kind"] == "rule":
                fixed = {token for template in templates.get(row["rule"], []) for token in numerals(template, labels)}
                wanted = numerals(row["text"], labels) - fixed
                free = wanted - numerals(below.get(row["id"], ""), labels)
                assert not free, f"{row['rule']}: '{row['text']}' prints {sorted(free)} out of nowhere in {said(case)}"
                looked += len(wanted)
    assert looked >= 300


def cited_in(answer: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Ids of claims and advice that an answer rests on, or names as dissent; with whether the answer itself calls it refuted."""
    for row in [*answer.get("proof", []), *answer.get("numbers", []), *answer.get("settings", []), *(answer.get("reason") and [answer["reason"]] or [])]:
        if row.get("claim"):
            yield row["claim"], False
        for other in row.get("contested", []):
            yield other["claim"], False
        for other in [*row.get("dissent", []), *(d for c in row.get("contested", []) for d in c["dissent"])]:
            yield other["claim"], bool(other.get("refuted"))


def test_no_refuted_claim_is_ever_read(advisor: Advisor, answers: list[tuple[Case, dict[str, Any]]], sides: list[tuple[Case, dict[str, Any]]], claims: dict[str, dict[str, Any]], pairs: list[tuple[Case, str, str]]) -> None:
    seen: set[str] = set()
    more = [advisor.ask("advise", case) for case, _, _ in pairs[4::65]] + [advisor.ask("settings", case, technique=other) for case, _, other in pairs[::26]]
    for answer in [*(answer for _, answer in answers), *(side for _, side in sides), *more]:
        for name, called_refuted in cited_in(answer):
            refuted = name in claims and claims[name]["refuted"]
            assert refuted == called_refuted, f"{name} is {'' if refuted else 'not '}refuted, and is {'not ' if refuted else ''}shown as valid"
            seen.add(name)
    assert len(seen) >= 150


def test_every_source_an_answer_names_exists(answers: list[tuple[Case, dict[str, Any]]], sources: set[str]) -> None:
    def named(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("source"), str):
                yield value["source"]
            for inner in value.values():
                yield from named(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from named(inner)

    found = {source for _, answer in answers for source in named(answer) if source}
    assert len(found) >= 15
    strangers = found - sources
    assert not strangers, sorted(strangers)


# ---- isolated ---


def test_asking_changes_nothing(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> None:
    chosen = [pair for pair in pairs if {"model", "gpu"} <= set(pair[0])][::40] + pairs[:1]

    def all_of_them() -> list[str]:
        return [json.dumps(advisor.ask(kind, case, technique=one, **more), sort_keys=True) for case, one, _ in chosen for kind, more in
                (("why", {}), ("who_says", {}), ("estimate", {}), ("settings", {}), ("advise", {}))]

    before = all_of_them()
    for case, one, other in pairs[1::90]:
        for kind, more in (("what_if", {"aim": "viable", "max": 1}), ("compare", {"other": other}), ("who_says", {}), ("ask", {})):
            advisor.ask(kind, case, technique=one, **more)
        for question in ("no-such-question", "why"):
            with pytest.raises(Exception, match="."):
                advisor.ask(question, case)
    Advisor(advisor.knowledge, trust=sorted(advisor.index["sources"])[:3], as_of="2020-01-01").ask("advise", chosen[0][0])
    assert all_of_them() == before


# ---- trust ---


def test_who_says_so_is_what_trusting_them_gives(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> None:
    looked, contested = 0, 0
    for case, one, _ in [*pairs[8::70], (advisor.situation(gpu="a100-80gb", model="qwen2.5-0.5b", examples=7000), "full-fine-tuning", "")]:
        answer = advisor.ask("who_says", case, technique=one)
        contested += len({who["verdict"] for who in answer["who_says"]} | {answer["verdict"]}) > 1
        for who in answer["who_says"]:
            trusting = Advisor(advisor.knowledge, trust=who["source"], as_of=DAY, timeout=120)
            assert verdict(trusting, case, one) == who["verdict"], f"{one} by {who['source']} in {said(case)}"
            looked += 1
    assert looked >= 20 and contested >= 1


def test_a_trusted_source_decides_where_sources_differ(advisor: Advisor) -> None:
    case = advisor.situation(gpu="a100-80gb", model="qwen2.5-0.5b", examples=7000)
    rows = [row for row in advisor.ask("why", case, technique="full-fine-tuning")["proof"] if row["kind"] == "requirement" and row["dissent"]]
    assert rows
    for row in rows:
        for dissent in row["dissent"]:
            trusting = Advisor(advisor.knowledge, trust=dissent["source"], as_of=DAY, timeout=120)
            read = [r for r in trusting.ask("why", case, technique="full-fine-tuning")["proof"] if r["kind"] == "requirement" and r["quantity"] == row["quantity"]]
            assert read[0]["source"] == dissent["source"] and row["claim"] in [d["claim"] for d in read[0]["dissent"]]

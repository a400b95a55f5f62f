"""What the knowledge base must hold whatever else changes."""
from __future__ import annotations

from typing import Any


def test_the_knowledge_has_no_errors(advisor: Any) -> None:
    from tunewise import check

    assert not [f for f in check.findings(advisor.knowledge) if f["severity"] == "error"]


def test_every_contradiction_and_error_of_the_five_documents_stands(advisor: Any) -> None:
    from tunewise import graph

    store = graph.load(advisor.knowledge.turtle())
    _, rows = graph.select(store, "SELECT ?c (COUNT(?side) AS ?n) WHERE { ?c a tw:Contradiction ; tw:between ?side } GROUP BY ?c")
    sides = [int(row[1].value) for row in rows]
    assert len(sides) >= 82 and min(sides) >= 2
    _, rows = graph.select(store, 'SELECT DISTINCT ?e WHERE { ?e tw:refutedBy ?by . FILTER(REGEX(STR(?e), "/er-[0-9]+$")) }')
    assert len(list(rows)) == 84


def test_there_are_enough_techniques_models_gpus_and_goals(advisor: Any) -> None:
    counts = advisor.index["counts"]
    assert counts["Technique"] >= 350 and counts["Model"] >= 112 and counts["Gpu"] >= 77 and counts["Goal"] >= 30


def test_all_peft_types_are_built_by_a_technique(advisor: Any) -> None:
    from tunewise import graph

    _, rows = graph.select(graph.load(advisor.knowledge.turtle()), 'SELECT DISTINCT ?class WHERE { ?t tw:builtWith ?class . FILTER(STRSTARTS(?class, "peft.")) }')
    assert len(list(rows)) >= 44


def test_what_has_ended_is_not_advised_after_its_last_day(advisor: Any) -> None:
    from tunewise import graph

    _, rows = graph.select(graph.load(advisor.knowledge.turtle()), "SELECT ?t ?until WHERE { ?t a tw:Approach ; tw:validUntil ?until }")
    ended = [str(row[0].value).rsplit("/", 1)[1] for row in rows if row[1].value < "2026-11-20"]
    assert ended
    for technique in ended:
        assert advisor.ask("why", {}, technique=technique)["verdict"] == "no"

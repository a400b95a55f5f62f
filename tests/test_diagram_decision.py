"""Derived trees: every leaf is what is advised, nothing in them is idle, and they follow the knowledge."""
from __future__ import annotations

import random
from typing import Any

import pytest

from tunewise.diagram_decide import Decider
from tunewise.diagram_decision import Telling, as_csv, markdown, paths, table, tree
from tunewise.diagram_domain import axes
from tunewise.errors import InputError

DOMAINS = {
    "memory and data": ("gpu_memory_gib=4..192, examples=0..1000000", {"model": "llama-3-8b", "goal": "learn a task"}),
    "catalogue axis": ("model=llama-3.2-1b|mistral-7b|llama-2-13b|llama-3.1-70b, gpu_memory_gib=4..192", {"examples": 5000, "goal": "learn a task", "prompting_tried": True}),
    "goals": ("goal, prompting_tried", {"model": "llama-3-8b"}),
}


@pytest.fixture(scope="module", params=sorted(DOMAINS))
def derived(request: Any, advisor: Any) -> tuple[Decider, dict[str, Any]]:
    over, base = DOMAINS[request.param]
    decider = Decider(advisor.ask, advisor.situation(base), axes(over, advisor.index, advisor.names))
    return decider, decider.derive()


def test_every_leaf_is_what_is_advised(derived: tuple[Decider, dict[str, Any]]) -> None:
    """bench/decision.py does the same over 2,000 situations of each kept tree."""
    decider, found = derived
    dice = random.Random(20261120)
    points = [tuple(a.draw(dice) for a in decider.axes) for _ in range(250)]
    wrong = [(decider.change(p), main) for p, main in zip(points, decider.advised(points)) if decider.follow(found["tree"], p) != main]
    assert not wrong


def test_mains_is_what_advise_says(derived: tuple[Decider, dict[str, Any]], advisor: Any) -> None:
    decider, _ = derived
    dice = random.Random(7)
    for _ in range(12):
        p = tuple(a.draw(dice) for a in decider.axes)
        assert decider.advised([p])[0] == advisor.ask("advise", {**decider.base, **decider.change(p)})["main"]


def test_no_node_can_be_taken_out(derived: tuple[Decider, dict[str, Any]]) -> None:
    """For every node each of its branches alone would be wrong for some situation that was asked."""
    decider, found = derived

    def held(node: dict[str, Any], points: list[Any]) -> None:
        if "main" in node:
            return
        kids = [node["yes"], node["no"]] if "yes" in node else [kid for _, kid in node["cases"]]
        for kid in kids:
            assert any(decider.follow(kid, p) != decider.mains[p] for p in points), node["test"]
        for kid, side in zip(kids, [True, False] if "yes" in node else [set(vs) for vs, _ in node["cases"]]):
            value = [decider.value(tuple(node["test"]), p) for p in points]
            held(kid, [p for p, v in zip(points, value) if (v == side if "yes" in node else v in side)])

    held(found["tree"], list(decider.mains))


def test_the_table_has_a_row_for_every_leaf(derived: tuple[Decider, dict[str, Any]], advisor: Any) -> None:
    decider, found = derived
    telling = Telling(decider.axes, advisor.index["labels"])
    head, rows = table(found, telling)
    leaves = paths(found["tree"], telling)
    assert len(rows) == len(leaves) >= 2 and head[-1] == "advice"
    assert [r[-1] for r in rows] == [telling.name(main) for _, main in leaves]
    assert len(set(map(tuple, (r[:-1] for r in rows)))) == len(rows), "two rows ask the same"
    assert markdown(head, rows).count("\n") == len(rows) + 2 and as_csv(head, rows).count("\n") == len(rows) + 1
    graph = tree(found, decider.axes, telling, "a title", "a subtitle")
    assert sum(1 for _, d in graph.nodes(data=True) if d["box"].tone in ("yes", "no")) == len(leaves)


def test_a_derived_tree_is_the_same_twice(advisor: Any) -> None:
    over, base = DOMAINS["goals"]
    one, two = (Decider(advisor.ask, advisor.situation(base), axes(over, advisor.index, advisor.names)).derive() for _ in range(2))
    assert one == two


def test_the_faults_of_a_domain_are_told_at_once(advisor: Any) -> None:
    with pytest.raises(InputError) as fault:
        axes("gpu_memry, examples=9..2, goal=nosuchgoal|other, language", advisor.index, advisor.names)
    assert len(fault.value.messages) >= 4
    with pytest.raises(InputError, match="Over which inputs"):
        axes("", advisor.index, advisor.names)

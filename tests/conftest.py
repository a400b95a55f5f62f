"""One Advisor for the whole run, and the sweep: situations drawn once, by a fixed seed, that laws are held against."""
from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from collections.abc import Callable
from typing import Any

import pytest

from looked import TW, Case, local
from tunewise import Advisor

ROOT = Path(__file__).resolve().parents[1]
DAY = "2026-11-20"  # every question of the suite is asked for this day, so that no answer turns with the calendar
SEED = 20261120
SITUATIONS = 520

# What the sweep draws from; None stands for "not said". The first six are the axes every situation may have.
AXES: dict[str, list[Any]] = {
    "model": ["llama-3-8b", "mistral-7b", "qwen2.5-0.5b", "gemma-2-9b", "phi-3-mini", "llama-2-13b", "llama-3.1-70b", "mixtral-8x7b", "gpt-oss-20b", "gpt-4o-mini"],
    "gpu": ["nvidia-t4", "rtx-3090", "rtx-4090", "nvidia-l4", "nvidia-a100-40gb", "nvidia-a100-80gb", "nvidia-h200", "amd-mi300x"],
    "examples": [0, 40, 100, 450, 1000, 5000, 10_000, 60_000, 1_000_000],
    "seq_len": [128, 512, 2048, 4096, 8192, 32_768],
    "micro_batch": [1, 2, 4, 8, 32],
    "goal": ["learn-a-task", "change-tone", "know-a-domain", "enforce-format", "align-with-preferences", "support-a-language", "reason-better", "use-external-knowledge",
             "shrink-the-model", "train-few-parameters", "serve-many-variants", "be-safer"],
    "priority": ["balanced", "cost-first", "memory-first", "quality-first", "simplicity-first", "speed-first"],
}
# Said in some situations only.
RARE: dict[str, list[Any]] = {
    "n_gpus": [2, 4, 8], "params_b": [0.5, 3, 7, 8, 13, 70], "gpu_memory_gib": [8, 12, 16, 24, 48, 80], "preference_pairs": [0, 500, 5000, 50_000],
    "gradient_checkpointing": [True, False], "base_bits": [4, 8, 16], "commercial": [True, False], "training_possible": [True, False],
    "optimizer": ["adamw-8bit", "sgd", "adafactor"], "training_precision": ["pure-bf16", "mixed-bf16"], "budget_usd": [0, 5, 100, 10_000], "deadline_h": [0.5, 8, 100],
    "epochs": [0.5, 1, 5], "prompting_tried": [True, False], "rag_in_place": [True, False], "serving": ["merged-serving", "multi-adapter"], "rank": [4, 64],
    "corpus_tokens_m": [0, 10, 1000], "verifiable_reward": [True, False], "teacher": [True, False], "needs_knowledge": [True, False], "tokens_per_example": [200, 900],
    "experience": ["beginner", "advanced"], "platform": ["google-colab-t4", "runpod"],
}
# How likely an axis is said at all: dense situations decide, sparse ones leave much open.
DENSITIES = (1.0, 1.0, 0.8, 0.5, 0.15)


def draw(count: int = SITUATIONS, seed: int = SEED) -> list[dict[str, Any]]:
    """Situations as a person would say them; always the same ones, no two alike, the empty one first."""
    dice = random.Random(seed)
    drawn: list[dict[str, Any]] = [{}]
    while len(drawn) < count:
        dense = dice.choice(DENSITIES)
        said = {field: dice.choice(values) for field, values in AXES.items() if dice.random() < dense}
        for field in dice.sample(sorted(RARE), dice.choice((0, 0, 1, 2, 3))):
            if {"params_b": "model", "gpu_memory_gib": "gpu", "platform": "gpu"}.get(field, field) not in said:
                said[field] = dice.choice(RARE[field])
        if said not in drawn:
            drawn.append(said)
    return drawn


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """A line of figures for the runner's summary, whatever process the test ran in."""
    return lambda line: record_property("told", line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first: on several processes nothing then waits for it alone."""
    items.sort(key=lambda item: "test_recipe_smoke" not in item.nodeid)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    lines = [text for reports in terminalreporter.stats.values() for report in reports for name, text in getattr(report, "user_properties", ()) if name == "told" and report.when == "call"]
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def advisor() -> Advisor:
    return Advisor(as_of=DAY, timeout=120)


@pytest.fixture(scope="session")
def sweep(advisor: Advisor) -> list[dict[str, Any]]:
    """Checked situations, at least 500."""
    return [advisor.situation(said) for said in draw()]


@pytest.fixture(scope="session")
def approaches(advisor: Advisor) -> list[str]:
    return sorted(advisor.index["names"]["Approach"])


@pytest.fixture(scope="session")
def graph(advisor: Advisor) -> Any:
    """The whole graph, as an Oxigraph store."""
    from tunewise import graph as rdf

    return rdf.load(advisor.knowledge.turtle())


@pytest.fixture(scope="session")
def serving(graph: Any, approaches: list[str]) -> dict[str, list[str]]:
    """Approaches by the goal they serve."""
    by_goal: dict[str, list[str]] = {}
    for technique, goal in graph.query(f"SELECT ?t ?g WHERE {{ ?t <{TW}serves> ?g }} ORDER BY ?t ?g"):
        if (name := local(technique)) in approaches:
            by_goal.setdefault(local(goal), []).append(name)
    assert len(by_goal) >= 20
    return by_goal


@pytest.fixture(scope="session")
def pairs(sweep: list[Case], serving: dict[str, list[str]], approaches: list[str]) -> list[tuple[Case, str, str]]:
    """Two approaches a situation: one that serves its goal, one of all in turn."""
    assert len(sweep) >= 500
    dice = random.Random(SEED)
    turn = approaches[:]
    dice.shuffle(turn)
    return [(case, dice.choice(serving[case.get("goal", "learn-a-task")]), turn[i % len(turn)]) for i, case in enumerate(sweep)]


@pytest.fixture(scope="session")
def sides(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> list[tuple[Case, dict[str, Any]]]:
    """Explained verdicts with their numbers, of at least 40 approaches in every fourth situation of the sweep."""
    out = []
    for case, one, other in pairs[::4]:
        if one != other:
            out += [(case, side) for side in advisor.ask("compare", case, technique=one, other=other)["sides"]]
    assert len({side["technique"] for _, side in out}) >= 40
    return out


@pytest.fixture(scope="session")
def answers(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> list[tuple[Case, dict[str, Any]]]:
    """Whole answers with their proofs."""
    out = [(case, advisor.ask("why", case, technique=one)) for case, one, _ in pairs[::9]]
    assert {answer["verdict"] for _, answer in out} == {"yes", "no", "depends"}
    return out


@pytest.fixture(scope="session")
def claims(graph: Any) -> dict[str, dict[str, Any]]:
    """Every claim of the graph by its id, also those stated on a thing itself: parts, source, whether refuted."""
    from tunewise.graph import _term

    found: dict[str, dict[str, Any]] = {}

    def claim(name: str) -> dict[str, Any]:
        return found.setdefault(name, {"parts": {}, "source": set(), "refuted": False})

    for node, part, value in graph.query(f"""SELECT ?c ?p ?v WHERE {{ ?c a <{TW}Claim> ; ?p ?v .
            VALUES ?p {{ <{TW}value> <{TW}low> <{TW}high> <{TW}atLeast> <{TW}atMost> <{TW}oneOf> }} }}"""):
        claim(local(node))["parts"].setdefault(local(part), []).append(_term(value, {}, False))
    for thing, field, value in graph.query(f"SELECT ?t ?f ?v WHERE {{ ?t ?q ?v . ?q <{TW}field> ?f FILTER(isIRI(?t)) }}"):
        claim(f"{local(thing)}-{field.value}")["parts"].setdefault("value", []).append(_term(value, {}, False))
    for node, source in graph.query(f"SELECT ?c ?s WHERE {{ ?c <{TW}source> ?s }}"):
        claim(local(node))["source"].add(local(source))
    for thing, field, source in graph.query(f"SELECT ?t ?f ?s WHERE {{ ?t ?q ?v ; <http://purl.org/dc/terms/source> ?s . ?q <{TW}field> ?f FILTER(isIRI(?t)) }}"):
        claim(f"{local(thing)}-{field.value}")["source"].add(local(source))
    for node, _ in graph.query(f"SELECT ?c ?r WHERE {{ ?c <{TW}refutedBy> ?r }}"):
        claim(local(node))["refuted"] = True
    assert len(found) > 5000 and sum(c["refuted"] for c in found.values()) > 50
    return found


@pytest.fixture(scope="session")
def sources(graph: Any) -> set[str]:
    found = {local(row[0]) for row in graph.query(f"SELECT ?s WHERE {{ ?s a/<http://www.w3.org/2000/01/rdf-schema#subClassOf>* <{TW}Source> }}")}
    assert len(found) > 50
    return found


def python(code: str, *args: str, env: dict[str, str | None] | None = None, timeout: float = 240, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs Python code in a process of its own; None in env takes a variable away."""
    return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, errors="replace", timeout=timeout, cwd=cwd or ROOT, env=environment(env), stdin=subprocess.DEVNULL)


def tunewise(*args: str, env: dict[str, str | None] | None = None, timeout: float = 240, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the command line in a process of its own."""
    return subprocess.run([sys.executable, "-m", "tunewise", *args], capture_output=True, text=True, errors="replace", timeout=timeout, cwd=ROOT, env=environment(env),
                          input=stdin if stdin is not None else "")


def environment(changes: dict[str, str | None] | None = None) -> dict[str, str]:
    out = {**os.environ, "NO_COLOR": "1"}
    for name, value in (changes or {}).items():
        if value is None:
            out.pop(name, None)
        else:
            out[name] = value
    return out

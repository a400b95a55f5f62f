"""The trees of the sources: complete, replayed to their own outcomes, and compared with the rules."""
from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import ROOT, tunewise

from tunewise import Advisor

PATHS: list[dict[str, Any]] = json.loads((ROOT / "tests/cases/tree_paths.json").read_text(encoding="utf8"))
CHECKS = sorted((ROOT / "ontology/checks").glob("tree-*.rq"))


def outcome(walk: dict[str, Any]) -> dict[str, Any]:
    """What a walk ends in, as tests/cases/tree_paths.json writes it."""
    out: dict[str, Any] = {}
    for thing in walk["outcome"]["things"]:
        out.setdefault(thing["role"], []).append(thing["id"])
    figures = {f["field"]: [f["low"], f["high"]] if f["low"] is not None else f["values"][0] if len(f["values"]) == 1 else f["values"] for f in walk["outcome"]["figures"]}
    return {**out, **({"figures": figures} if figures else {}), **({"text": walk["outcome"]["text"]} if walk["outcome"]["text"] else {})}


def unordered(value: Any) -> Any:
    """Alternatives have no order; a range of numbers has."""
    if isinstance(value, dict):
        return {key: unordered(part) for key, part in value.items()}
    return sorted(value) if isinstance(value, list) and all(isinstance(part, str) for part in value) else value


@pytest.fixture(scope="session")
def trees(advisor: Advisor) -> dict[str, dict[str, Any]]:
    """Every tree, as the question tree answers for nobody in particular."""
    return {t["tree"]: advisor.ask("tree", {}, tree=t["tree"]) for t in advisor.ask("trees")["trees"]}


# ---- they are all there --------------------------------------------------------------------------------


def test_all_24_trees_are_there_with_every_option(trees: dict[str, dict[str, Any]]) -> None:
    assert len(trees) == 24
    assert sorted(t["kind"] for t in trees.values()).count("tree") == 22
    questions = sum(len(t["nodes"]) for t in trees.values())
    options = sum(len(n["answers"]) for t in trees.values() for n in t["nodes"]) + sum(len(t["steps"]) for t in trees.values())
    print(f"{len(trees)} trees, {questions} questions, {options} options")
    assert (questions, options) == (79, 286)


def test_every_answer_has_a_source_a_section_and_somewhere_to_go(trees: dict[str, dict[str, Any]]) -> None:
    for tree in trees.values():
        assert tree["source"] and tree["locator"], tree["tree"]
        for node in tree["nodes"]:
            assert node["source"] == tree["source"] and node["locator"], node["question"]
            for a in node["answers"]:
                assert a["locator"] and (a["leads_to"] or a["outcome"]), a["answer"]


def test_a_sequence_is_told_step_by_step(advisor: Advisor, trees: dict[str, dict[str, Any]]) -> None:
    found = [t for t in trees.values() if t["kind"] != "tree"]
    assert {t["kind"] for t in found} == {"sequence", "gate"}
    for t in found:
        assert not t["nodes"] and [s["order"] for s in t["steps"]] == list(range(1, len(t["steps"]) + 1)) and t["next"] == t["steps"][0]["step"]
    (gate,) = (t for t in found if t["kind"] == "gate")
    fields = [c["field"] for s in gate["steps"] for c in s["conditions"]]
    assert gate["opens"]["due"] == "open"
    assert advisor.ask("tree", dict.fromkeys(fields, True), tree=gate["tree"])["opens"]["due"] == "yes"
    for field in fields:
        assert advisor.ask("tree", {**dict.fromkeys(fields, True), field: False}, tree=gate["tree"])["opens"]["due"] == "no"


# ---- they replay ----------------------------------------------------------------------------------------


def test_every_path_replays_to_its_literal_outcome(advisor: Advisor) -> None:
    missed = []
    for row in PATHS:
        answer = advisor.ask("tree", advisor.situation(row["situation"]), tree=row["tree"], answers=row["answers"])
        walked = [w for w in answer["walks"] if w["outcome"] and [[s["label"], s["answer_label"]] for s in w["path"]] == row["path"]]
        if not walked or unordered(outcome(walked[0])) != unordered(row["outcome"]):
            missed.append(f"{row['id']} {row['tree']}: wanted {row['path']} {row['outcome']}, walked {[[(s['label'], s['answer_label']) for s in w['path']] for w in answer['walks']]}")
    by_conditions = sum(1 for row in PATHS if not row["answers"])
    print(f"{len(PATHS) - len(missed)} of {len(PATHS)} paths replay, {by_conditions} by conditions alone")
    assert len(PATHS) == 231
    assert not missed, "\n".join(missed)


def test_every_path_of_a_tree_is_a_case(advisor: Advisor) -> None:
    leaves = [leaf for tree in {row["tree"] for row in PATHS} for leaf in advisor.ask("conformance", {}, tree=tree)["leaves"]]
    assert sorted((leaf["tree"], leaf["path_text"]) for leaf in leaves) == sorted((row["tree"], row["path"]) for row in PATHS)


def test_what_is_not_said_is_an_open_question(trees: dict[str, dict[str, Any]]) -> None:
    for tree in trees.values():
        for walk in tree["walks"]:
            assert walk["outcome"] is None and walk["path"] == [] and walk["open"]["question"] == walk["root"], tree["tree"]
            assert walk["open"]["kind"] == "listing" or walk["open"]["fields"], walk["root"]


def test_an_answer_given_goes_before_the_situation(advisor: Advisor, trees: dict[str, dict[str, Any]]) -> None:
    row = next(r for r in PATHS if len(trees[r["tree"]]["nodes"]) == 1 and len(r["situation"]) == 1)
    (node,) = trees[row["tree"]]["nodes"]
    other = next(a for a in node["answers"] if a["label"] != row["path"][0][1] and a["outcome"])
    answer = advisor.ask("tree", advisor.situation(row["situation"]), tree=row["tree"], answers=[other["label"].upper()])
    assert [(s["answer"], s["by"]) for s in answer["walks"][0]["path"]] == [(other["answer"], "answer")]


# ---- they are compared with the rules ---------------------------------------------------------------------


def test_each_leaf_is_judged_with_its_reason(advisor: Advisor) -> None:
    rows = [leaf for tree in ("tree-method-selection", "tree-when-not", "tree-method-function", "tree-cheat-sheet") for leaf in advisor.ask("conformance", {}, tree=tree)["leaves"]]
    assert len(rows) >= 30
    assert {leaf["verdict"] for leaf in rows} >= {"agrees", "contradicts"}
    for leaf in rows:
        assert (leaf["verdict"] == "none") == (not leaf["recommends"] and not leaf["discourages"])
        if leaf["verdict"] in ("contradicts", "open"):
            assert leaf["reason"]["text"] and leaf["main"], leaf["path"]


def test_a_judgement_is_what_advise_says(advisor: Advisor) -> None:
    """Where a leaf settles its branches, the rules' main step decides; the person of the path is really asked."""
    count = 0
    for leaf in advisor.ask("conformance", {}, tree="tree-method-selection")["leaves"]:
        said = advisor.ask("advise", advisor.situation(leaf["situation"]))
        assert said["main"] == leaf["main"], leaf["path"]
        if leaf["verdict"] == "agrees" and leaf["how"] == "main":
            lineage = advisor.ask("about", {}, technique=said["main"])["facts"]
            assert {said["main"], *(f["value"] for f in lineage if f["property"] in ("variantOf", "family"))} & set(leaf["recommends"])
            count += 1
        if leaf["how"] == "not_viable" and leaf["verdict"] == "contradicts":
            why = advisor.ask("why", advisor.situation(leaf["situation"]), technique=leaf["reason"]["technique"])
            assert why["verdict"] == "no" and leaf["reason"]["text"] in [n["text"] for n in why["numbers"]]
    assert count


# ---- the checks ---------------------------------------------------------------------------------------------

HEAD = "@prefix tw: <https://w3id.org/tunewise/ns#> . @prefix : <https://example.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
SOUND = """:t a tw:Tree ; tw:root :q . :q a tw:Question ; tw:answer :a, :b .
:a a tw:Answer ; tw:order 1 ; tw:when [ tw:quantity tw:gpuMemoryGib ; tw:below 16 ] ; tw:text "small" .
:b a tw:Answer ; tw:order 2 ; tw:when [ tw:quantity tw:gpuMemoryGib ; tw:atLeast 16 ] ; tw:leadsTo :r .
:r a tw:Question ; tw:answer :c . :c a tw:Answer ; tw:order 1 ; tw:text "large" .
"""
FAULTS = {
    "tree-question-unreachable": (" ; tw:leadsTo :r", ' ; tw:text "x"'),
    "tree-question-without-answers": (" ; tw:answer :c", ""),
    "tree-answer-without-outcome": (' ; tw:text "large"', ""),
    "tree-answer-of-no-question": ("tw:answer :a, :b", "tw:answer :b"),
    "tree-answers-same-place": ("tw:order 2", "tw:order 1"),
    "tree-answer-without-place": (" ; tw:order 2", ""),
    "tree-answers-overlap": ("tw:below 16", "tw:below 24"),
}


def findings(tmp_path: Any, turtle: str) -> dict[str, list[dict[str, str]]]:
    from tunewise import graph

    file = tmp_path / "tree.ttl"
    file.write_text(HEAD + turtle, encoding="utf8")
    store = graph.load([file])
    return {check.stem: graph.run_check(store, check.read_text(encoding="utf8")) for check in CHECKS}


def test_a_sound_tree_passes_every_check(tmp_path: Any) -> None:
    assert {check.stem for check in CHECKS} == set(FAULTS)
    assert not any(findings(tmp_path, SOUND).values())


@pytest.mark.parametrize("check", FAULTS)
def test_a_faulty_tree_is_found(check: str, tmp_path: Any) -> None:
    right, wrong = FAULTS[check]
    assert right in SOUND
    assert findings(tmp_path, SOUND.replace(right, wrong))[check]


@pytest.mark.parametrize(("one", "two", "overlap"), [
    ("tw:value :x", "tw:value :x", True), ("tw:value :x", "tw:value :y", False), ("tw:oneOf :x, :y", "tw:value :y", True), ("tw:value true", "tw:value false", False),
    ("tw:atMost 100", "tw:atLeast 100", False), ("tw:atLeast 10 ; tw:below 20", "tw:value 15", True), ("tw:value 8", "tw:value 16", False), ("tw:value 8", "tw:atLeast 16", False)])
def test_answers_overlap_where_one_value_meets_both(one: str, two: str, overlap: bool, tmp_path: Any) -> None:
    turtle = SOUND.replace("tw:below 16", one).replace("tw:atLeast 16", two)
    assert bool(findings(tmp_path, turtle)["tree-answers-overlap"]) is overlap


# ---- on the command line ---------------------------------------------------------------------------------------


def test_the_verb_lists_walks_and_asks() -> None:
    listed = json.loads(tunewise("tree", "--json").stdout)
    assert len(listed) == 24
    done = tunewise("tree", "dataset-size", "examples=1000")
    assert done.returncode == 0 and "100 to 1,000" in done.stdout and "overlap" in done.stdout
    half = tunewise("tree", "DT-001-MAIN")
    assert half.returncode == 3 and "gpu_memory_gib" in half.stdout
    assert tunewise("tree", "rank 8", "lora-rank").returncode == 2
    wrong = tunewise("tree", "lora-rank", "rank 7")
    assert wrong.returncode == 2 and "Did you mean 'rank" in wrong.stderr


def test_show_walks_a_tree_as_the_tree_verb_does(tmp_path: Any) -> None:
    case = tmp_path / "case.yaml"
    case.write_text("gpu: t4\nmodel: llama-3-8b\nexamples: 5000\n", encoding="utf8")
    shown, walked = (tunewise(verb, "method-selection", "-s", str(case)) for verb in ("show", "tree"))
    assert shown.returncode == 0 and shown.stdout == walked.stdout and "-> QLoRA" in shown.stdout and "the rules advise the same here" in shown.stdout
    other = tunewise("show", "method-selection", "gpu_memory_gib=80", "quality_need=highest", "model=llama-3-8b")
    assert "-> Full fine-tuning" in other.stdout and "the rules advise LoRA here" in other.stdout
    assert "Did you mean tree-method-selection?" in tunewise("show", "tree-metod-selection").stderr


def test_every_list_names_all_trees(trees: dict[str, dict[str, Any]]) -> None:
    listed = json.loads(tunewise("ls", "trees", "--json").stdout)
    assert {row["tree"] for row in listed} == set(trees)
    drawable = {line.split()[0] for line in tunewise("diagram", "--list").stdout.splitlines()}
    assert drawable >= set(trees)

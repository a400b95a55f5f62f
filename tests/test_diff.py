"""Laws of `tunewise diff`: what was added, removed and changed is told in words, and every verdict told as turned has turned."""
from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from conftest import DAY, tunewise
from tunewise import diff, reference
from tunewise.errors import InputError
from tunewise.folders import Knowledge

HEAD = """@prefix tw:      <https://w3id.org/tunewise/ns#> .
@prefix kb:      <https://w3id.org/tunewise/kb/> .
@prefix my:      <https://example.org/my#> .
@prefix rdfs:    <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos:    <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
"""
MINE = HEAD + """
my:lab-book a tw:Source ; rdfs:label "our lab book" ; tw:evidence tw:measured ; dcterms:title "Lab book" ; dcterms:date "2026-10"^^<http://www.w3.org/2001/XMLSchema#gYearMonth> .
my:glow a tw:Approach ; rdfs:label "Glow tuning" ; skos:definition "LoRA that differs by glowing." ; dcterms:source my:lab-book ;
    tw:family kb:peft ; tw:variantOf kb:lora ; tw:objective kb:supervised ; tw:parametrisation kb:low-rank-factors ; tw:baseWeights kb:bf16-weights ; tw:trainsOn tw:ownGpu ; tw:serves kb:learn-a-task .
my:glow-choose a tw:Advice ; tw:about my:glow ; tw:stance tw:choose ; tw:text "It glows." ; tw:source my:lab-book ; tw:locator "p. 1" ;
    tw:when [ tw:quantity tw:goal ; tw:value kb:learn-a-task ], [ tw:quantity tw:examples ; tw:atLeast 777 ], [ tw:quantity tw:priority ; tw:value kb:quality-first ], [ tw:quantity tw:experience ; tw:value kb:advanced ],
            [ tw:quantity tw:memoryGib ; tw:atLeast 40 ] .
my:full-needs a tw:Claim ; tw:about kb:full-fine-tuning ; tw:quantity tw:examples ; tw:atLeast 3000 ; tw:source my:lab-book ; tw:locator "p. 2" .
"""
BIG = {"gpu": "l40s", "model": "qwen2.5-0.5b", "goal": "learn-a-task"}
CASES: list[tuple[str, dict[str, Any]]] = [("glows", {**BIG, "examples": 9000, "priority": "quality-first", "experience": "advanced"}), ("few", {**BIG, "examples": 2000}), ("other", {"goal": "use-external-knowledge"}),
                                          ("broken", {"gpu": "no such card"})]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    (folder / "glow.ttl").write_text(MINE, encoding="utf8")
    return folder


@pytest.fixture(scope="module")
def answer(folder: Path) -> dict[str, Any]:
    return diff.compared(diff.named("package"), diff.named(str(folder)), cases=CASES, as_of=DAY)


def test_what_a_folder_adds_is_told_in_words_with_its_source(answer: dict[str, Any]) -> None:
    rows = {row["id"]: row for row in answer["statements"]}
    assert set(rows) == {"lab-book", "glow", "glow-choose", "full-needs"} and {row["change"] for row in rows.values()} == {"new"}
    assert rows["full-needs"]["text"] == 'Full fine-tuning: examples at least 3000 examples   our lab book, "p. 2"'
    assert "choose: It glows." in rows["glow-choose"]["text"] and "goal is learn a task" in rows["glow-choose"]["text"] and "nominal memory at least 40" in rows["glow-choose"]["text"]
    assert answer["counts"]["Approach"] == {"new": 1, "gone": 0, "changed": 0}


def test_recommendations_and_verdicts_that_turn_are_those_of_the_rules(answer: dict[str, Any], advisor: Any) -> None:
    verdicts = answer["verdicts"]
    assert verdicts["asked"] == verdicts["of"] == 4 and verdicts["left_out"] == 0
    turned = {row["case"]: row for row in verdicts["recommended"]}
    assert turned["glows"]["is"] == "glow" and turned["glows"]["is_label"] == "Glow tuning" and "other" not in turned
    assert turned["glows"]["was"] == advisor.ask("advise", advisor.situation(CASES[0][1]))["main"]
    rows = {row["technique"]: row for row in verdicts["techniques"]}
    assert rows["full-fine-tuning"]["turns"] == {"no -> yes": 1} and rows["full-fine-tuning"]["cases"] == ["glows"], "3,000 examples are needed now, 9,000 are there"
    assert rows["glow"]["turns"]["new, yes"] == 2 and set(rows["glow"]["cases"]) == {"glows", "few", "other"}
    assert verdicts["refused"] == [{"case": "broken", "text": verdicts["refused"][0]["text"]}] and "no such card" in verdicts["refused"][0]["text"]


def test_only_techniques_that_can_have_turned_are_asked_and_none_of_them_is_left_out(answer: dict[str, Any], folder: Path) -> None:
    """The short list is sound: asked of all techniques, the same verdicts turn."""
    whole = reference.compared(diff.named("package"), diff.named(str(folder)), CASES[:1], "all", as_of=DAY)
    (row,) = whole
    turned = {t for t in row["new"]["verdicts"] if row["old"]["verdicts"].get(t) != row["new"]["verdicts"][t]}
    assert turned == {r["technique"] for r in answer["verdicts"]["techniques"] if "glows" in r["cases"]} and len(row["new"]["verdicts"]) > 200


def test_what_is_removed_and_changed_is_told_with_what_it_was(tmp_path: Path) -> None:
    other = tmp_path / "ontology"
    shutil.copytree(Knowledge().ontology[0], other)
    file = other / "techniques" / "dora.ttl"
    text = file.read_text(encoding="utf8")
    text, n = re.subn(r"tw:value 139 ;", "tw:value 150 ;", text)
    text, m = re.subn(r"^:dora-note-layers .*\n", "", text, flags=re.MULTILINE)
    text, o = re.subn(r"tw:text \"Newer, with less tooling.\"", 'tw:text "Newer."', text)
    assert (n, m, o) == (1, 1, 1)
    file.write_text(text, encoding="utf8")
    there = diff.compared(Knowledge(), diff.named(str(other)), cases=[])
    back = diff.compared(diff.named(str(tmp_path)), Knowledge(), cases=[])
    rows = {row["id"]: row for row in there["statements"]}
    assert set(rows) == {"dora-inference-overhead-peft-docs", "dora-note-layers", "dora-cost-techniques-guide"}
    changed = rows["dora-inference-overhead-peft-docs"]
    assert changed["change"] == "changed" and "150 %" in changed["text"] and "139 %" in changed["was"] and "PEFT documentation" in changed["text"]
    assert rows["dora-note-layers"]["change"] == "gone" and "experts of a mixture" in rows["dora-note-layers"]["text"]
    assert [(r["id"], r["text"], r["was"]) for r in back["statements"] if r["change"] == "changed"] == [(r["id"], r["was"], r["text"]) for r in there["statements"] if r["change"] == "changed"], "the other way round it is the other way round"
    assert next(r for r in back["statements"] if r["id"] == "dora-note-layers")["change"] == "new"


def test_a_rule_that_differs_is_told_and_all_techniques_are_asked(tmp_path: Path) -> None:
    shutil.copytree(Knowledge().ontology[0], tmp_path / "ontology")
    shutil.copytree(Knowledge().rules[0], tmp_path / "rules")
    (tmp_path / "rules" / "annex.pl").write_text(":- module(annex, []).\n/** <module> x */\n")
    answer = diff.compared(Knowledge(), diff.named(str(tmp_path)), cases=[])
    assert answer["statements"] == [{"id": "annex.pl", "kind": "Rules", "change": "new", "text": "annex.pl", "was": ""}]


def test_the_same_is_the_same_and_costs_nothing() -> None:
    run = tunewise("diff", "package", "package", "--json")
    said = json.loads(run.stdout)
    assert run.returncode == 0 and said["statements"] == [] and said["verdicts"]["recommended"] == [] and said["verdicts"]["of"] > 90
    assert tunewise("diff", "package", "package").stdout == "Nothing changed.\n"


def test_there_is_time_for_no_situation_or_all_and_both_are_told(folder: Path) -> None:
    answer = diff.compared(Knowledge(), diff.named(str(folder)), cases=CASES, seconds=0.0, as_of=DAY)
    assert answer["statements"] and answer["verdicts"]["asked"] + answer["verdicts"]["left_out"] == 4 and answer["verdicts"]["left_out"] > 0


@pytest.mark.parametrize("said, told", [(["diff"], "wants two"), (["diff", "nowhere"], "no such folder"), (["diff", "package", "package", "package"], "wants two"), (["diff", "README.md"], "not a Turtle file")])
def test_what_cannot_be_compared_is_told(said: list[str], told: str) -> None:
    run = tunewise(*said)
    assert run.returncode == 2 and told in run.stderr


def test_a_fault_in_a_folder_is_told_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "bad.ttl").write_text(HEAD + "\nmy:x a tw:Model\nmy:y\n", encoding="utf8")
    run = tunewise("diff", str(tmp_path))
    assert run.returncode != 0 and re.search(r"bad\.ttl:\d+: ", run.stderr)


def test_own_situations_join_the_reference_situations(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("gpu: t4\nexamples: 50\n", encoding="utf8")
    cases = reference.situations(Knowledge((Knowledge().ontology[0], tmp_path)))
    assert cases[-1] == ("ours.yaml", {"gpu": "t4", "examples": 50}) and len(cases) > 100 and len({json.dumps(c, sort_keys=True) for _, c in cases}) == len(cases)


def test_a_question_about_no_knowledge_base_is_an_input_error() -> None:
    with pytest.raises(InputError):
        diff.named("/nowhere")

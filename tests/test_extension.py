"""A user's day: one Turtle file in a folder of one's own, and the technique is offered, argued and mended like any other."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import DAY, python

HEAD = """@prefix tw:      <https://w3id.org/tunewise/ns#> .
@prefix :        <https://w3id.org/tunewise/kb/> .
@prefix my:      <https://example.org/lab/> .
@prefix rdfs:    <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos:    <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd:     <http://www.w3.org/2001/XMLSchema#> .
"""

TECHNIQUE = HEAD + """
my:lab-book a tw:Source ; rdfs:label "our lab book" ; tw:evidence tw:measured ; tw:date "2026-10-01" ; dcterms:title "Lab book of 2026" .

my:glow-tuning a tw:Approach ; rdfs:label "Glow tuning" ; skos:altLabel "GlowTune" ;
    skos:definition "Parameter-efficient fine-tuning that differs by glowing." ;
    dcterms:source my:lab-book ;
    tw:family :peft ; tw:objective :supervised ; tw:parametrisation :low-rank-factors ; tw:baseWeights :bf16-weights ;
    tw:trainsOn tw:ownGpu ; tw:serves :learn-a-task .

my:glow-tuning-capability a tw:Claim ; tw:about my:glow-tuning ; tw:quantity tw:computeCapability ; tw:atLeast 8.9 ; tw:source my:lab-book ; tw:locator "page 12" .
my:glow-tuning-examples a tw:Claim ; tw:about my:glow-tuning ; tw:quantity tw:examples ; tw:atLeast 777 ; tw:source my:lab-book ; tw:locator "page 13" .
my:glow-tuning-quality a tw:Claim ; tw:about my:glow-tuning ; tw:quantity tw:qualityVsFull ; tw:value 99.5 ; tw:source my:lab-book ; tw:locator "page 14" .
my:glow-tuning-choose a tw:Advice ; tw:about my:glow-tuning ; tw:stance tw:choose ; tw:text "It glows where three conditions meet." ; tw:source my:lab-book ; tw:locator "page 15" ;
    tw:when [ tw:quantity tw:goal ; tw:value :learn-a-task ] ; tw:when [ tw:quantity tw:examples ; tw:atLeast 777 ] ; tw:when [ tw:quantity tw:computeCapability ; tw:atLeast 8.9 ] ;
    tw:when [ tw:quantity tw:memoryGib ; tw:atLeast 40 ] ; tw:when [ tw:quantity tw:priority ; tw:value :quality-first ] ; tw:when [ tw:quantity tw:experience ; tw:value :advanced ] .
"""

ASK = f"""
import json, sys
from pathlib import Path
from tunewise import Advisor
from tunewise.knowledge import Knowledge
folder, questions = sys.argv[1], json.loads(sys.argv[2])
knowledge = Knowledge() if folder == "-" else Knowledge(ontology=(*Knowledge().ontology, Path(folder)))
advisors, out = {{}}, []
for kind, said, more in questions:
    trust = more.pop("trust", None)
    advisor = advisors.setdefault(trust, Advisor(knowledge, trust=trust, as_of={DAY!r}, timeout=120))
    for name in ("technique", "other"):
        if name in more:
            more[name] = advisor.technique(more[name])
    out.append(advisor.ask(kind, advisor.situation(said), **more))
print(json.dumps(out))
"""

CASE = {"gpu": "t4", "model": "qwen2.5-0.5b", "examples": 5000, "goal": "learn a task"}
GOOD = {**CASE, "gpu": "l40s", "priority": "quality-first", "experience": "advanced"}
Question = tuple[str, dict[str, Any], dict[str, Any]]


def ask(folder: Path | None, *questions: Question) -> list[dict[str, Any]]:
    """Answers of a process of its own; a process holds one knowledge base."""
    run = python(ASK, str(folder) if folder else "-", json.dumps(questions))
    assert run.returncode == 0, run.stderr
    return list(json.loads(run.stdout))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("mine")
    (folder / "glow-tuning.ttl").write_text(TECHNIQUE, encoding="utf8")
    questions: dict[str, Question] = {
        "advise": ("advise", GOOD, {}), "why": ("why", GOOD, {"technique": "glow tuning"}), "alias": ("why", GOOD, {"technique": "GlowTune?"}), "why-not": ("why", CASE, {"technique": "glow-tuning", "ways": 2}),
        "what-if": ("what_if", CASE, {"technique": "glow-tuning", "aim": "viable", "max": 2}), "few": ("why", {**GOOD, "examples": 776}, {"technique": "glow-tuning"}),
        "compare": ("compare", GOOD, {"technique": "glow-tuning", "other": "lora"}), "about": ("about", {}, {"technique": "glow-tuning"}), "who": ("who_says", CASE, {"technique": "glow-tuning"}),
        "verdicts": ("verdicts", CASE, {}), "consistent": ("consistent", GOOD, {})}
    return dict(zip(questions, ask(folder, *questions.values()), strict=True))


def test_one_file_is_enough_to_be_advised(answers: dict[str, dict[str, Any]]) -> None:
    advice = answers["advise"]
    assert "glow-tuning" in advice["recommended"]
    assert advice["main"] == "glow-tuning", "its advice meets six conditions, more than any other's"
    (main,) = [step for step in advice["plan"] if step["step"] == "main"]
    assert main["label"] == "Glow tuning" and main["text"].startswith("It glows") and main["source_label"] == "our lab book" and main["locator"] == "page 15"


def test_it_is_viable_where_its_requirements_are_met(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["why"]["verdict"] == "yes" and answers["why"] == answers["alias"]
    assert {number["claim"] for number in answers["why"]["numbers"] if number["claim"]} == {"glow-tuning-capability", "glow-tuning-examples"}
    assert any(number["label"] == "memory" and number["verdict"] == "yes" for number in answers["why"]["numbers"]), "it is measured by what it trains, on what it trains"


def test_why_not_argues_with_its_own_requirement_and_source(answers: dict[str, dict[str, Any]]) -> None:
    answer = answers["why-not"]
    assert answer["verdict"] == "no" and answer["misses"] == 1
    (missed,) = [number for number in answer["numbers"] if number["verdict"] == "no"]
    assert (missed["quantity"], missed["need"], missed["have"], missed["claim"]) == ("compute_capability", 8.9, 7.5, "glow-tuning-capability")
    assert missed["source"] == "lab-book" and missed["source_label"] == "our lab book" and missed["locator"] == "page 12"
    assert missed["gap"] == pytest.approx(1.4)


def test_its_own_number_is_the_edge(answers: dict[str, dict[str, Any]]) -> None:
    (missed,) = [number for number in answers["few"]["numbers"] if number["verdict"] == "no"]
    assert (missed["need"], missed["have"], missed["gap"]) == (777, 776, 1)


def test_what_if_finds_the_gpu_that_mends_it(answers: dict[str, dict[str, Any]], advisor: Any) -> None:
    plans = answers["what-if"]["plans"]
    (plan,) = [plan for plan in plans if [change["field"] for change in plan["changes"]] == ["gpu"]]
    (change,) = plan["changes"]
    capability = {claim["value"] for row in advisor.ask("about", {}, technique=change["to"])["claims"] if row["quantity"] == "compute_capability" for claim in row["parts"]}
    assert capability and max(capability) >= 8.9 and change["from"] == "nvidia-t4"
    assert plan["others"] >= 3, "other cards would do as well, and are counted"


def test_it_is_compared_shown_and_contested_like_any_other(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["compare"]["sides"][0]["verdict"] == "yes" and answers["compare"]["reason"]["better"] == "glow-tuning"
    about = answers["about"]
    assert about["label"] == "Glow tuning" and {claim["source_label"] for claim in about["claims"]} == {"our lab book"} and len(about["claims"]) >= 3
    assert "lab-book" in {who["source"] for who in answers["who"]["who_says"]}


def test_its_verdicts_agree_like_any_others(answers: dict[str, dict[str, Any]]) -> None:
    rows = {row["technique"]: row for row in answers["consistent"]["verdicts"]}
    assert rows["glow-tuning"]["compiled"] == rows["glow-tuning"]["explained"] == "yes"
    assert all(row["compiled"] == row["explained"] for row in rows.values())


def test_a_file_more_changes_nothing_it_does_not_speak_of(answers: dict[str, dict[str, Any]], advisor: Any) -> None:
    ours = {row["technique"]: row["verdict"] for row in advisor.ask("verdicts", advisor.situation(CASE))["verdicts"]}
    theirs = {row["technique"]: row["verdict"] for row in answers["verdicts"]["verdicts"]}
    assert theirs == {**ours, "glow-tuning": "no"}


def test_a_claim_of_ones_own_is_weighed_and_trusted(tmp_path: Path) -> None:
    """Our own measurement of a known technique: it is read by its evidence, ours becomes dissent, and trust decides."""
    (tmp_path / "claims.ttl").write_text(HEAD + """
my:lab-book a tw:Source ; rdfs:label "our lab book" ; tw:evidence tw:measured ; tw:date "2026-10-01" ; dcterms:title "Lab book of 2026" .
my:guess a tw:Source ; rdfs:label "a guess" ; tw:evidence tw:guide ; dcterms:title "A guess" .
my:full-examples a tw:Claim ; tw:about :full-fine-tuning ; tw:quantity tw:examples ; tw:atLeast 3210 ; tw:source my:lab-book ; tw:locator "page 3" .
my:full-examples-guess a tw:Claim ; tw:about :full-fine-tuning ; tw:quantity tw:examples ; tw:atLeast 4321 ; tw:source my:guess ; tw:locator "margin" .
my:shed a tw:Gpu ; rdfs:label "Shed card" ; skos:altLabel "shed" ; skos:definition "Card that differs by standing in our shed." ; dcterms:source my:lab-book ; tw:memoryGib 40 ; tw:usableGib 38.5 ; tw:computeCapability 8.0 ; tw:supportsBf16 true .
""", encoding="utf8")
    case = {"gpu": "shed", "model": "qwen2.5-0.5b", "examples": 4000}
    plain, trusting = ask(tmp_path, ("why", case, {"technique": "full-fine-tuning"}), ("why", case, {"technique": "full-fine-tuning", "trust": "a guess"}))
    for answer, need, verdict in ((plain, 3210, "yes"), (trusting, 4321, "no")):
        (number,) = [number for number in answer["numbers"] if number["quantity"] == "examples"]
        assert number["need"] == need and number["verdict"] == verdict and answer["verdict"] == verdict
        assert {dissent["value"] for dissent in number["dissent"]} >= {10_000, 7531 - need}
    assert "Shed card" in json.dumps(plain["proof"])


def test_a_rule_of_ones_own_joins_ours(tmp_path: Path) -> None:
    """One more way to fit: rules of a folder add to the rules there are."""
    (tmp_path / "annex.pl").write_text(""":- module(annex, []).

/** <module> Is there room in the annex?
*/

annex ::
    fits(T) if known(platform, 'runpod'), fact(T, trainsOn, ownGpu)
    says      "{T} fits in the annex"
    otherwise "{T} is not in the annex".
""", encoding="utf8")
    run = python(f"""
import json, sys
from pathlib import Path
from tunewise import Advisor
from tunewise.knowledge import Knowledge
advisor = Advisor(Knowledge(rules=(*Knowledge().rules, Path(sys.argv[1]))), as_of={DAY!r})
case = advisor.situation(gpu="t4", model="llama-3-8b", examples=20000)
print(json.dumps([advisor.ask("why", {{**case, **more}}, technique="full-fine-tuning") for more in ({{}}, {{"platform": "runpod"}})]))
""", str(tmp_path))
    assert run.returncode == 0, run.stderr
    without, with_annex = json.loads(run.stdout)
    assert without["verdict"] == "no" and with_annex["verdict"] == "yes"
    assert any(row.get("rule") == "annex/annex" and row["text"] == "Full fine-tuning fits in the annex" for row in with_annex["proof"])


def test_one_process_holds_one_knowledge_base(advisor: Any, tmp_path: Path) -> None:
    from tunewise import Advisor
    from tunewise.errors import MachineError
    from tunewise.knowledge import Knowledge

    (tmp_path / "empty.ttl").write_text(HEAD, encoding="utf8")
    advisor.ask("verdicts", {"gpu": "nvidia-t4", "model": "llama-3-8b"})
    with pytest.raises(MachineError, match="one knowledge base"):
        Advisor(Knowledge(ontology=(*Knowledge().ontology, tmp_path))).ask("verdicts", {})

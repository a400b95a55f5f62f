"""One file of a stranger: what is right works, what is wrong is told so that it can be mended at once, with the right line."""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from conftest import DAY, python
from tunewise import check, check_effects, check_text, graph_own, graph_read, reference
from tunewise.errors import InputError
from tunewise.folders import Knowledge

HEAD = """@prefix tw:   <https://w3id.org/tunewise/ns#> .
@prefix kb:   <https://w3id.org/tunewise/kb/> .
@prefix my:   <https://example.org/lab#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd:  <http://www.w3.org/2001/XMLSchema#> .
my:notes a tw:Source ; rdfs:label "our notes" ; dcterms:title "Notes" ; dcterms:date "2026-10"^^xsd:gYearMonth ; tw:evidence tw:measured .
"""
TECHNIQUE = """my:sparkle a tw:Approach ; rdfs:label "Sparkle LoRA" ; skos:definition "LoRA that differs by a sparkle." ; dcterms:source my:notes ;
    tw:family kb:peft ; tw:variantOf kb:lora ; tw:serves kb:learn-a-task ; tw:builtWith "peft.LoraConfig" ; tw:settings [ tw:key "r" ; tw:value 32 ] .
my:sparkle-examples a tw:Claim ; tw:about my:sparkle ; tw:quantity tw:examples ; tw:atLeast 300 ; tw:source my:notes ; tw:locator "page 2" .
my:sparkle-choose a tw:Advice ; tw:about my:sparkle ; tw:stance tw:choose ; tw:text "Best where tone matters." ; tw:source my:notes ; tw:locator "page 3" ;
    tw:when [ tw:quantity tw:goal ; tw:value kb:learn-a-task ] ; tw:when [ tw:quantity tw:examples ; tw:atLeast 1000 ] .
"""
RIGHT = {
    "technique": TECHNIQUE,
    "gpu": 'my:shed a tw:Gpu ; rdfs:label "Shed Card 40" ; skos:definition "GPU that stands in our shed." ; dcterms:source my:notes ; tw:memoryGib 40 ; tw:usableGib 38.5 ; tw:computeCapability 8.6 ; tw:supportsBf16 true .\n',
    "dissent": 'my:paper a tw:Source ; rdfs:label "a new paper" ; dcterms:title "Paper" ; dcterms:date "2026-11-01"^^xsd:date ; tw:evidence tw:paper .\n'
               'my:qlora-examples a tw:Claim ; tw:about kb:qlora ; tw:quantity tw:examples ; tw:atLeast 2000 ; tw:source my:paper ; tw:locator "Table 2" .\n',
    "price": 'my:rate a tw:Claim ; tw:about kb:runpod ; tw:quantity tw:usdPerHour ; tw:value 0.19 ; tw:source my:notes ; tw:locator "invoice" .\n',
    "prompting": 'my:hints a tw:Approach ; rdfs:label "Chain hints" ; skos:definition "Prompting that differs by hints." ; dcterms:source my:notes ; tw:family kb:prompt-engineering-family ; tw:trainsOn tw:noGpu ; tw:serves kb:reason-better .\n'
                 'my:hints-choose a tw:Advice ; tw:about my:hints ; tw:stance tw:choose ; tw:text "For reasoning." ; tw:source my:notes ; tw:locator "x" ; tw:when [ tw:quantity tw:goal ; tw:value kb:reason-better ] .\n',
}
FAMILY = "prompt-engineering-family"


def found(tmp_path: Path, text: str, **more: str) -> list[dict[str, Any]]:
    file = tmp_path / "mine.ttl"
    file.write_text(HEAD + text, encoding="utf8")
    for name, content in more.items():
        (tmp_path / name.replace("_", ".")).write_text(content, encoding="utf8")
    knowledge, focus = check.with_files(Knowledge(), [tmp_path if more else file])
    return check.findings(knowledge, focus)


@pytest.mark.parametrize("kind", sorted(RIGHT))
def test_what_is_right_has_no_fault(kind: str, tmp_path: Path, advisor: Any) -> None:
    text = RIGHT[kind].replace(f"kb:{FAMILY}", "kb:" + next(f for f in sorted(advisor.index["names"]["Family"]) if "prompt" in f))
    assert [f for f in found(tmp_path, text) if f["severity"] != "info"] == []


# What a stranger writes, the line it stands on (9 is the first after the head), the check that tells, what the problem and the way to mend it say.
WRONG = [
    ("my:a a tw:Aproach .", 9, "undeclared-class", "Did you mean tw:Approach?"),
    (TECHNIQUE + "my:sparkle\n  rdfs:lable 'x' .", 15, "undeclared-property", "Did you mean rdfs:label?"),
    (TECHNIQUE.replace("tw:variantOf", "tw:varaintOf"), 10, "undeclared-property", "Did you mean tw:variantOf?"),
    (TECHNIQUE.replace("kb:peft ;", "kb:peftt ;"), 10, "dangling-reference", "Did you mean kb:peft?"),
    (TECHNIQUE.replace("kb:lora ;", "my:dora ;"), 10, "dangling-reference", "Did you mean kb:dora?"),
    (TECHNIQUE.replace("kb:learn-a-task ; tw:built", "kb:learn-task ; tw:built"), 10, "dangling-reference", "Did you mean kb:learn-a-task?"),
    (TECHNIQUE.replace("tw:quantity tw:examples ; tw:atLeast 300", "tw:quantity tw:example ; tw:atLeast 300"), 11, "dangling-reference", "Did you mean tw:examples?"),
    (TECHNIQUE.replace("tw:atLeast 300 ; tw:source my:notes", "tw:atLeast 300"), 11, "claim-without-source", "Add tw:source"),
    (TECHNIQUE.replace('atLeast 300 ; tw:source my:notes ; tw:locator "page 2"', "atLeast 300 ; tw:source my:notes"), 11, "claim-without-locator", "locator"),
    (TECHNIQUE.replace("tw:atLeast 300", 'tw:atLeast "many"'), 11, "value-of-wrong-type", "Write numbers"),
    (TECHNIQUE.replace("tw:atLeast 300", "tw:atLeast\n  0,5"), 12, "decimal-comma", "Write 0.5"),
    (TECHNIQUE.replace('tw:key "r"', 'tw:key "rank"'), 10, "setting-not-taken", "Did you mean r?"),
    (TECHNIQUE.replace('"peft.LoraConfig"', '"peft.LoraConfg"'), 10, "unknown-class", "Did you mean peft.LoraConfig?"),
    (TECHNIQUE.replace("tw:value kb:learn-a-task ]", "tw:value kb:be-nicer ]"), 13, "condition-value-not-declared", "declared value"),
    (TECHNIQUE.replace("; tw:atLeast 1000 ]", ";\n tw:minimum 1000 ]"), 13, "ConditionTestShape", "add tw:value"),
    (TECHNIQUE.replace("tw:stance tw:choose", "tw:stance tw:prefer"), 12, "AdviceShape", "tw:startWith"),
    (TECHNIQUE.replace("Sparkle LoRA", "LoRA"), 9, "duplicate-label", "Rename"),
    (TECHNIQUE.replace("; tw:serves kb:learn-a-task ; tw:built", '; skos:altLabel "QLoRA" ; tw:serves kb:learn-a-task ; tw:built'), 10, "clashing-alias", "alias"),
    (TECHNIQUE.replace("tw:family kb:peft", 'tw:validFrom "2026-05-01"^^xsd:date ; tw:validUntil "2025-05-01"^^xsd:date ; tw:family kb:peft'), 10, "valid-until-before-valid-from", ""),
    (TECHNIQUE.replace("tw:family kb:peft", 'tw:validUntil "2025-13-01"^^xsd:date ; tw:family kb:peft'), 10, "TechniqueShape", "2026-11-20"),
    (TECHNIQUE + 'my:smell a tw:Quantity ; rdfs:label "smell" ; tw:field "smell" .\nmy:need a tw:Claim ; tw:about my:sparkle ; tw:quantity my:smell ; tw:atLeast 3 ; tw:source my:notes ; tw:locator "x" .', 15, "requirement-nothing-measures", "tw:Input"),
    ('my:need a tw:Claim ; tw:about kb:nvidia-t4 ; tw:quantity tw:examples ; tw:atLeast 3 ; tw:source my:notes ; tw:locator "x" .', 9, "requirement-of-no-technique", "Claim it of the technique"),
    ('my:q a tw:Question ; rdfs:label "?" ; tw:answer my:a1 , my:a2 .\nmy:a1 a tw:Answer ; tw:when [ tw:quantity tw:examples ; tw:atMost 500 ] .\nmy:a2 a tw:Answer ; tw:when [ tw:quantity tw:examples ; tw:atLeast 100 ] .', 10, "tree-answers-overlap", "exclude each other"),
    ('my:q a tw:Question ; rdfs:label "?" .', 9, "tree-question-unreachable", "tw:leadsTo"),
    ("my:lora a tw:Approach .", 9, "short-name", ""), ('kb:mine a tw:Gpu ; rdfs:label "Mine" .', 9, "name-of-ours", "prefix of your own"),
    ("kb:nvidia-t4\n  tw:memoryGib 32 .", 10, "says-of-the-package", "tw:Claim"), ('kb:lora rdfs:label "My LoRA" .', 9, "says-of-the-package", "altLabel"),
    ("kb:cheat-sheet tw:evidence tw:measured .", 9, "says-of-the-package", "--trust"), ("my:a a tw:Approach ;\n rdfs:label Alpha .", 10, "syntax", ""), ("my:a tw:value 1e999 .", 9, "reading", ""),
]


ALONE = {"syntax", "reading"}  # a fault of these leaves nothing to be judged


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Findings by file: all that can stand in one folder are checked in one go, each with names of its own."""
    folder = tmp_path_factory.mktemp("wrong")
    out: dict[str, list[dict[str, Any]]] = {}
    for i, (text, _, name, _) in enumerate(WRONG):
        if name in ALONE:
            out[str(i)] = found(tmp_path_factory.mktemp("alone"), text)
        else:
            (folder / f"w{i}.ttl").write_text(HEAD + re.sub(r"my:(?!notes|lora|dora)([a-z][\w-]*)", rf"my:\1-{i}", text), encoding="utf8")
    knowledge, focus = check.with_files(Knowledge(), [folder])
    assert len(focus) > 20
    for finding in check.findings(knowledge, focus):
        if finding["file"]:
            out.setdefault(Path(finding["file"]).stem[1:], []).append(finding)
    return out


@pytest.mark.parametrize("i", range(len(WRONG)), ids=[f"{i}-{row[2]}" for i, row in enumerate(WRONG)])
def test_what_is_wrong_is_told_with_its_line_and_the_way_to_mend_it(i: int, judged: dict[str, list[dict[str, Any]]]) -> None:
    _, line, name, words = WRONG[i]
    findings = [f for f in judged[str(i)] if f["check"] == name]
    assert findings, check_text.text(judged[str(i)])
    best = min(findings, key=lambda f: (f["line"] != line, words not in f["solution"] + f["problem"]))
    assert best["line"] == line, best
    assert words in best["solution"] + best["problem"] and best["problem"], best


def test_a_check_of_ones_own_is_run_on_everything(tmp_path: Path) -> None:
    query = "# Problem: A source of ours has no date.\n# Solution: Date it.\n# Severity: warning\nSELECT ?subject WHERE { ?subject a <https://w3id.org/tunewise/ns#Approach> }"
    findings = [f for f in found(tmp_path, TECHNIQUE, mine_rq=query) if f["check"] == "mine"]
    assert len(findings) > 200 and {f["severity"] for f in findings} == {"warning"}


def test_what_is_judged_of_one_file_is_what_is_judged_of_it_among_all(tmp_path: Path) -> None:
    """A file is held against what stands near it; the whole graph says the same of it."""
    folder = Knowledge().ontology[0]
    whole = check.findings(Knowledge())
    files = [f for f in Knowledge().of_package() if f.parent.name in ("techniques", "guidance")][::110] + [folder / "techniques" / "qlora.ttl"]
    assert len(files) > 3
    for file in files:
        _, focus = check.with_files(Knowledge(), [file])
        assert focus == [file]
        of_it = {(f["check"], f["subject"], f["property"], f["value"]) for f in check.findings(Knowledge(), focus) if f["line"]}
        among = {(f["check"], f["subject"], f["property"], f["value"]) for f in whole if f["file"] == str(file) and f["check"] not in ("undeclared-property", "undeclared-class")}
        assert among <= of_it, file
        extra = {row for row in of_it - among if row[0] not in ("unknown-class", "setting-not-taken")}
        assert not extra, (file, extra)


def test_only_files_that_are_there_are_checked(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}", encoding="utf8")
    with pytest.raises(InputError) as fault:
        check.with_files(Knowledge(), [tmp_path / "none.ttl", tmp_path / "x.json"])
    assert len(fault.value.messages) == 2


# ---- what it would change ---------------------------------------------------------------------------------------------


EFFECT = f"""
import json, sys
from pathlib import Path
from tunewise import Advisor, check, check_effects, reference
from tunewise.folders import Knowledge
knowledge, focus = check.with_files(Knowledge(), [Path(sys.argv[1])])
cases = reference.situations(knowledge)[::20]
reference.situations = lambda _: cases
told = check_effects.of(knowledge, focus, 120, {DAY!r})
print(json.dumps([[f["problem"] for f in told], [c[0] for c in cases]]))
"""
BOTH = f"""
import json, sys
from pathlib import Path
from tunewise import Advisor, reference
from tunewise.folders import Knowledge
knowledge = Knowledge() if sys.argv[1] == "-" else Knowledge((*Knowledge().ontology, Path(sys.argv[1])))
advisor = Advisor(knowledge, as_of={DAY!r}, timeout=120)
print(json.dumps([advisor.ask("effects", advisor.situation(s), techniques=sys.argv[2:]) for _, s in reference.situations(Knowledge())[::20]]))
"""


def test_what_a_file_would_change_is_what_it_changes(tmp_path: Path) -> None:
    """The rules asked with its facts laid in, and the rules of a knowledge base built with it, say the same."""
    file = tmp_path / "mine.ttl"
    file.write_text(HEAD + TECHNIQUE + 'my:not-prompting a tw:Advice ; tw:about kb:prompt-engineering ; tw:stance tw:avoid ; tw:text "It failed." ; tw:source my:notes ; tw:locator "page 9" .\n', encoding="utf8")
    run = python(EFFECT, str(file))
    assert run.returncode == 0, run.stderr
    told, cases = json.loads(run.stdout)
    before, after = (json.loads(python(BOTH, where, "sparkle", "prompt-engineering").stdout) for where in ("-", str(file)))
    for verdict, words in (("yes", "Sparkle LoRA is viable in"), ("depends", "Sparkle LoRA is viable, depending on what was not said, in")):
        count = sum(row["verdicts"]["sparkle"] == verdict for row in after)
        assert (f"{words} {count} of {len(cases)} reference situations." in told) == (count > 0), (words, count, told)
    mains = [(a["main"], b["main"]) for a, b in zip(before, after, strict=True)]
    won = sum(a != b and b == "sparkle" for a, b in mains)
    lost = sum(a != b and a == "prompt-engineering" for a, b in mains)
    assert any(f"Sparkle LoRA becomes what is recommended in {won} of" in line for line in told) == (won > 0), (told, mains)
    assert any(f"no longer recommended in {lost} of" in line for line in told) == (lost > 0), (told, mains)


def test_a_quantity_is_said_to_need_a_whole_comparison(tmp_path: Path) -> None:
    file = tmp_path / "mine.ttl"
    file.write_text(HEAD + 'my:smell a tw:Input ; rdfs:label "smell" ; tw:field "smell" ; tw:valueType "number" .\n', encoding="utf8")
    knowledge, focus = check.with_files(Knowledge(), [file])
    (finding,) = check_effects.of(knowledge, focus, 5)
    assert "tunewise diff package" in finding["solution"] and graph_own.store(knowledge) and graph_read.quads(file) and reference.situations(knowledge)

"""Laws of `tunewise check`, on the knowledge as it is and on a copy with faults in it."""
from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tunewise import check, check_text
from tunewise.knowledge import Knowledge

PREFIXES = """@prefix tw:   <https://w3id.org/tunewise/ns#> .
@prefix :     <https://w3id.org/tunewise/kb/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

"""
MINE = PREFIXES + """# :my-claim and :my-advice are mentioned here, and in another file, before they are defined.
:my-note a tw:Statement ; tw:about :lora ; tw:aspect tw:note ; tw:text "One." ; tw:source :cheat-sheet ; tw:locator "x" ;
    tw:refutedBy :my-claim .

:my-claim a tw:Claim ; tw:about :lora ; tw:quantity tw:examples ; tw:atLeast 7 ; tw:locator "x" .
:my-advice a tw:Advice ; tw:about :lora ; tw:stance tw:choose ; tw:text "Two." ; tw:source :cheat-sheet ; tw:locator "x" ;
    tw:when [ tw:atLeast 3 ] .
:my-slip a tw:Statement ; tw:about :lora ; tw:aspect tw:note ; tw:text "Three." ; tw:source :cheat-sheet ;
    tw:locator "x" ;
    tw:combinesWiht :qlora .
"""
BEFORE = PREFIXES + """:aaa-note a tw:Statement ; tw:about :my-claim ; tw:aspect tw:note ; tw:text "Of :my-claim." ; tw:source :cheat-sheet ; tw:locator "x" ; tw:refutedBy
    :my-claim .
:my-claim tw:when [ tw:quantity tw:examples ; tw:atLeast 3 ] .
"""


def line_of(text: str, beginning: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), 1) if line.strip().startswith(beginning))


def copy_of_the_ontology(to: Path) -> Path:
    shutil.copytree(Knowledge().ontology[0], to)
    assert len(list(to.rglob("*.ttl"))) > 100 and len(list(to.glob("checks/*.rq"))) > 20
    return to


@pytest.fixture(scope="module")
def sound() -> list[dict[str, Any]]:
    return check.findings(Knowledge())


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    folder = copy_of_the_ontology(tmp_path_factory.mktemp("broken") / "ontology")
    (folder / "techniques" / "my-faults.ttl").write_text(MINE, encoding="utf8")
    (folder / "constraints" / "aaa-before.ttl").write_text(BEFORE, encoding="utf8")
    (folder / "checks" / "no-query.rq").write_text("# Problem: x\n# Solution: y\n# Severity: error\nSELECT ?x WHERE {\n", encoding="utf8")
    (folder / "checks" / "no-head.rq").write_text("SELECT ?subject WHERE { ?subject ?p ?o }\n", encoding="utf8")
    return folder, check.findings(Knowledge(ontology=(folder,)))


def found(findings: list[dict[str, Any]], name: str, subject: str) -> list[dict[str, Any]]:
    return [f for f in findings if f["check"] == name and f["subject"] == subject]


def test_the_knowledge_has_no_errors(sound: list[dict[str, Any]]) -> None:
    assert [f for f in sound if f["severity"] == "error"] == []


def test_every_finding_about_the_knowledge_has_file_and_line(sound: list[dict[str, Any]]) -> None:
    assert sound
    for f in sound:
        line = Path(f["file"]).read_text(encoding="utf8").splitlines()[f["line"] - 1]
        assert f["subject"] and (line.split()[0] in (f["subject"], ":" + f["subject"]) or f["property"] in line)


def test_a_claim_without_a_source_is_found_with_file_and_line(broken: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, findings = broken
    (finding,) = found(findings, "claim-without-source", "my-claim")
    assert finding["severity"] == "error" and finding["problem"] and finding["solution"]
    assert (finding["file"], finding["line"]) == (str(folder / "techniques" / "my-faults.ttl"), line_of(MINE, ":my-claim"))


def test_an_undeclared_property_is_found_on_its_own_line_with_the_nearest_name(broken: tuple[Path, list[dict[str, Any]]]) -> None:
    (finding,) = found(broken[1], "undeclared-property", "my-slip")
    assert finding["property"] == "tw:combinesWiht" and finding["line"] == line_of(MINE, "tw:combinesWiht")
    assert finding["solution"].startswith("Did you mean tw:combinesWith?")


def test_a_fault_of_a_condition_is_told_of_whose_condition_it_is(broken: tuple[Path, list[dict[str, Any]]]) -> None:
    (finding,) = found(broken[1], "ConditionShape", "my-advice")
    assert finding["severity"] == "error" and "tw:quantity" in finding["problem"] and finding["file"].endswith("my-faults.ttl")


def test_shapes_find_a_claim_without_a_source_too(broken: tuple[Path, list[dict[str, Any]]]) -> None:
    assert any("tw:source" in f["problem"] for f in found(broken[1], "AssertionShape", "my-claim"))


def test_a_check_that_cannot_be_run_is_a_finding_and_the_others_run(broken: tuple[Path, list[dict[str, Any]]]) -> None:
    told = {f["check"]: f for f in broken[1] if f["check"] in ("no-query", "no-head")}
    assert set(told) == {"no-query", "no-head"} and all(f["severity"] == "error" and f["file"].endswith(".rq") for f in told.values())


def test_faults_add_findings_and_hide_none(sound: list[dict[str, Any]], broken: tuple[Path, list[dict[str, Any]]]) -> None:
    key = {(f["check"], f["subject"], f["value"], f["problem"]) for f in broken[1]}
    assert {(f["check"], f["subject"], f["value"], f["problem"]) for f in sound} <= key


def test_every_syntax_error_is_told_with_file_and_line_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "one.ttl").write_text(PREFIXES + ":a a tw:Model ;;; .\n:b tw:about about .\n", encoding="utf8")
    (tmp_path / "two.ttl").write_text(PREFIXES + ":c nowhere:d :e .\n", encoding="utf8")
    findings = check.findings(Knowledge(ontology=(tmp_path,)))
    assert sorted((Path(f["file"]).name, f["line"], f["severity"], f["check"]) for f in findings) == [("one.ttl", 6, "error", "syntax"), ("two.ttl", 5, "error", "syntax")]


def test_without_pyshacl_a_note_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shapes.ttl").write_text(PREFIXES, encoding="utf8")
    monkeypatch.setitem(sys.modules, "pyshacl", None)
    (finding,) = check.findings(Knowledge(ontology=(tmp_path,)))
    assert finding["severity"] == "info" and "pip install tunewise[check]" in finding["solution"]


def test_faulty_shapes_are_a_finding(tmp_path: Path) -> None:
    (tmp_path / "shapes.ttl").write_text("tw:no prefix .", encoding="utf8")
    (finding,) = check.findings(Knowledge(ontology=(tmp_path,)))
    assert finding["severity"] == "error" and finding["file"].endswith("shapes.ttl")


def finding(severity: str, name: str, subject: str) -> dict[str, Any]:
    return {"severity": severity, "check": name, "subject": subject, "property": "", "value": "", "file": None, "line": None, "problem": f"{name} is wrong.", "solution": "Mend it."}


def test_text_shows_five_rows_a_check_unless_it_shows_all() -> None:
    findings = [finding("warning", "many", f"thing-{i}") for i in range(8)]
    assert check_text.text(findings).count("thing-") == 5 and "3 more with --all" in check_text.text(findings)
    assert check_text.text(findings, all_=True).count("thing-") == 8 and "--all" not in check_text.text(findings, all_=True)


def test_the_last_line_counts_and_nothing_found_is_one_line() -> None:
    findings = [finding("warning", "w", "a"), finding("info", "i", "b"), finding("info", "i", "c")]
    assert check_text.text(findings).splitlines()[-1] == "0 errors, 1 warning, 2 notes"
    assert check_text.text([]) == "0 errors, 0 warnings, 0 notes"


def test_errors_come_first(broken: tuple[Path, list[dict[str, Any]]]) -> None:
    order = [f["severity"] for f in broken[1]]
    assert order == sorted(order, key=["error", "warning", "info"].index) and set(order) == {"error", "warning", "info"}
    assert check_text.text(broken[1]).startswith("error: ")


def test_progress_goes_to_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "one.ttl").write_text("no turtle", encoding="utf8")
    code = f"from pathlib import Path; from tunewise import check; from tunewise.knowledge import Knowledge; check.findings(Knowledge(ontology=(Path({str(tmp_path)!r}),)))"
    piped = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (piped.stdout, piped.stderr) == ("", "")
    ours, theirs = pty.openpty()
    shown = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    assert b"reading the knowledge" in os.read(ours, 4096) and shown.stdout == b""
    os.close(ours)

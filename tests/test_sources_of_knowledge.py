"""Where knowledge comes from: folders of one's own add to the package's, change nothing of it in silence, and cost nothing where there are none."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from conftest import DAY, ROOT, python
from tunewise import graph, graph_own, graph_read, places
from tunewise.errors import InputError, KnowledgeError
from tunewise.folders import Knowledge
from tunewise.knowledge import stamp_of

HEAD = """@prefix tw:   <https://w3id.org/tunewise/ns#> .
@prefix kb:   <https://w3id.org/tunewise/kb/> .
@prefix my:   <https://example.org/my#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
FIGURES = HEAD + """
kb:nvidia-t4 tw:usableGib 15.2 ;
    rdfs:label "My T4" ;
    skos:altLabel "the old card" .
kb:cheat-sheet tw:evidence tw:measured .
tw:examples tw:minimum 5 .
kb:lora tw:serves kb:shrink-the-model ;
    tw:family kb:peft .
"""
RULE = """:- module(annex, []).

/** <module> Is there room in the annex?
*/

annex ::
    fits(T) if known(platform, 'runpod'), fact(T, trainsOn, ownGpu)
    says      "{T} fits in the annex"
    otherwise "{T} is not in the annex".
"""


def own(folder: Path, **files: str) -> Knowledge:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf8")
    return Knowledge((Knowledge().ontology[0], folder))


# ---- which folders ------------------------------------------------------------------------------------------


def test_folders_are_read_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tunewise.d", "said", "also", "named", "last"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name[:4]}.ttl").write_text(HEAD, encoding="utf8")
    monkeypatch.chdir(tmp_path)
    knowledge = Knowledge.here([Path("said"), Path("also")], environment={"TUNEWISE_KNOWLEDGE": "named:last"})
    assert [folder.name for folder in knowledge.own] == ["tunewise.d", "said", "also", "named", "last"]
    assert [file.name for file in knowledge.of_person()] == ["tune.ttl", "said.ttl", "also.ttl", "name.ttl", "last.ttl"]
    assert knowledge.turtle()[: len(knowledge.of_package())] == Knowledge().turtle()


def test_without_folders_there_is_the_package_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    knowledge = Knowledge.here(environment={})
    assert knowledge.own == () and knowledge.files() == Knowledge().files() and stamp_of(knowledge, "swipl") == stamp_of(Knowledge(), "swipl")


def test_every_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    with pytest.raises(InputError) as fault:
        Knowledge.here([tmp_path / "lap"], environment={"TUNEWISE_KNOWLEDGE": str(tmp_path / "none")})
    assert len(fault.value.messages) == 2 and f"Did you mean {tmp_path / 'lab'}?" in fault.value.messages[0] and "TUNEWISE_KNOWLEDGE" in fault.value.messages[1]


def test_hidden_folders_and_loops_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.ttl").write_text("broken", encoding="utf8")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert own(tmp_path, mine_ttl=HEAD).of_person() == [tmp_path / "mine.ttl"]


def test_a_stamp_turns_with_every_file_of_ones_own(tmp_path: Path) -> None:
    knowledge = own(tmp_path, mine_ttl=HEAD)
    before = stamp_of(knowledge, "swipl")
    own(tmp_path, more_ttl=HEAD)
    assert stamp_of(knowledge, "swipl") != before
    with_rules = Knowledge((*knowledge.ontology,), (*knowledge.rules, tmp_path))
    before = stamp_of(with_rules, "swipl")
    own(tmp_path, annex_pl=RULE)
    assert stamp_of(with_rules, "swipl") != before


# ---- rules are code -------------------------------------------------------------------------------------------


def test_rules_of_a_folder_are_loaded_for_who_trusts_them_alone(tmp_path: Path) -> None:
    own(tmp_path, annex_pl=RULE)
    said = ["why", "full-fine-tuning", "-q", "gpu=t4", "model=llama-3-8b", "examples=20000", "platform=runpod", "--knowledge", str(tmp_path), "--as-of", DAY]
    code = "import sys; from tunewise.cli import main; status = main(sys.argv[1:]); sys.stdout.flush(); import os; os._exit(status)"
    without, trusting = python(code, *said), python(code, *said, "--trust-rules")
    assert without.returncode == 1 and "not viable" in without.stdout and "annex.pl: this rule file is not loaded" in without.stderr and "--trust-rules" in without.stderr
    assert trusting.returncode == 0 and "annex.pl" not in trusting.stderr


# ---- nothing of the package is changed in silence ---------------------------------------------------------------


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[tuple[str, str], graph_own.Change]]:
    changes: list[graph_own.Change] = []
    store = graph_own.store(own(tmp_path_factory.mktemp("mine"), figures_ttl=FIGURES), changes)
    return store, {(graph.short(c.subject), graph.short(c.property)): c for c in changes}


def values(store: Any, query: str) -> list[str]:
    return sorted(row["v"] for row in graph.run_check(store, f"PREFIX tw: <{graph.TW}> PREFIX kb: <{graph.PREFIXES['']}> PREFIX rdfs: <{graph.PREFIXES['rdfs']}> {query}"))


def test_every_statement_about_a_thing_of_the_package_is_told_with_its_line(changed: tuple[Any, dict[tuple[str, str], graph_own.Change]]) -> None:
    assert {key: (c.line, c.effect) for key, c in changed[1].items()} == {
        ("nvidia-t4", "tw:usableGib"): (7, graph_own.CLAIMED), ("nvidia-t4", "rdfs:label"): (8, graph_own.LEFT), ("nvidia-t4", "skos:altLabel"): (9, graph_own.TAKEN),
        ("cheat-sheet", "tw:evidence"): (10, graph_own.LEFT), ("tw:examples", "tw:minimum"): (11, graph_own.LEFT), ("lora", "tw:serves"): (12, graph_own.TAKEN)}


def test_names_words_and_weights_stay_the_packages(changed: tuple[Any, dict[tuple[str, str], graph_own.Change]]) -> None:
    store = changed[0]
    assert values(store, "SELECT ?v WHERE { kb:nvidia-t4 rdfs:label ?v }") == ["NVIDIA T4"]
    assert values(store, "SELECT ?v WHERE { kb:cheat-sheet tw:evidence ?v }") == [graph.TW + "guide"]
    assert "5" not in values(store, "SELECT ?v WHERE { tw:examples tw:minimum ?v }")


def test_a_figure_becomes_a_claim_of_the_file_with_the_least_weight(changed: tuple[Any, dict[tuple[str, str], graph_own.Change]]) -> None:
    store = changed[0]
    assert "15.2" not in values(store, "SELECT ?v WHERE { kb:nvidia-t4 tw:usableGib ?v }")
    (who,) = values(store, "SELECT ?v WHERE { ?c tw:about kb:nvidia-t4 ; tw:quantity tw:usableGib ; tw:value 15.2 ; tw:source/rdfs:label ?v }")
    assert who.startswith("your file ") and who.endswith("figures.ttl")
    least = values(store, "SELECT ?v WHERE { ?c tw:value 15.2 ; tw:source/tw:evidence/tw:order ?v }")
    assert least == [min(values(store, "SELECT ?v WHERE { ?l a tw:EvidenceLevel ; tw:order ?v }"), key=float)]


def test_the_file_stands_in_the_answer_that_it_bears_on(tmp_path: Path) -> None:
    own(tmp_path, figures_ttl=FIGURES)
    run = python("""
import json, sys
from pathlib import Path
from tunewise import Advisor
from tunewise.folders import Knowledge
notes = []
advisor = Advisor(Knowledge((*Knowledge().ontology, Path(sys.argv[1]))), as_of=sys.argv[2], note=notes.append)
answer = advisor.ask("why", advisor.situation(gpu="the old card", model="llama-3-8b", examples=5000), technique="qlora")
print(json.dumps([answer["proof"], notes]))
""", str(tmp_path), DAY)
    assert run.returncode == 0, run.stderr
    proof, notes = json.loads(run.stdout)
    dissent = [d for row in proof for d in row.get("dissent", []) if d["source_label"].startswith("your file")]
    assert dissent and dissent[0]["value"] == 15.2 and dissent[0]["locator"] == "line 7"
    assert any("figures.ttl:7" in note and "tw:usableGib of nvidia-t4" in note for note in notes) and len(notes) <= 4


def test_two_things_of_one_short_name_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError) as fault:
        graph_own.store(own(tmp_path, mine_ttl=HEAD + 'my:lora a tw:Approach ; rdfs:label "mine" .\n<https://example.org/x/> a tw:Approach .\n'))
    first, second = fault.value.messages
    assert first.startswith(f"{tmp_path / 'mine.ttl'}:6: ") and "tunewise's own lora" in first and ":7: " in second and "no short name" in second


def test_no_file_but_the_persons_own_changes(tmp_path: Path) -> None:
    """What is asked, checked and compared with a folder of one's own leaves every file as it was, and makes none."""
    def state(folder: Path) -> dict[str, str]:
        return {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.rglob("*")) if f.is_file() and "__pycache__" not in f.parts}

    (tmp_path / "tunewise.d").mkdir()
    (tmp_path / "tunewise.d" / "mine.ttl").write_text(FIGURES, encoding="utf8")
    before = [state(folder) for folder in (ROOT / "ontology", ROOT / "rules", tmp_path)]
    assert all(before)
    code = "import sys; from tunewise.cli import main; main(sys.argv[1:]); sys.stdout.flush(); import os; os._exit(0)"
    for said in (["why", "qlora", "gpu=t4", "model=llama-3-8b"], ["check", "tunewise.d/mine.ttl"], ["ls", "techniques"]):
        assert python(code, *said, cwd=tmp_path).returncode == 0
    assert [state(folder) for folder in (ROOT / "ontology", ROOT / "rules", tmp_path)] == before


# ---- files that are no knowledge ----------------------------------------------------------------------------------

PREFIX = "@prefix : <https://example.org/> .\n"
# The kinds of the W3C suite's bad files (rdf11, TestTurtleNegativeSyntax and NegativeEval), and where the fault is told.
BAD = {
    "bad uri": (":a :b <http://x y> .", 2), "bad escape in uri": (":a :b <http://x/\\u0020> .", 2), "no such prefix": (":a :b no:c .", 2), "number as property": (":a 1 :b .", 2),
    "text as subject": ('"a" :b :c .', 2), "text as property": (':a "b" :c .', 2), "a as subject": ("a :b :c .", 2), "keyword in capitals": (":a :b True .", 2), "no dot": (":a :b :c", 2),
    "two dots": (":a :b :c . .", 2), "no object": (":a :b .", 2), "list as property": (":a (1) :b .", 2), "blank property": (":a _:b :c .", 2), "open list": (":a :b ( 1 2 .", 2),
    "open bracket": (":a :b [ :c 1 .", 2), "open text": (':a :b "c .\n:d :e :f .', 2), "newline in text": (':a :b "c\nd" .', 2), "bad escape": (':a :b "\\z" .', 2), "bad language": (':a :b "c"@1 .', 2),
    "no datatype": (':a :b "c"^^ .', 2), "text as datatype": (':a :b "c"^^"d" .', 2), "base without dot": ("@base <https://x/>\n:a :b :c .", 3), "prefix without colon": ("@prefix x <https://x/> .", 2),
    "exponent without digits": (":a :b 1e .", 2), "two values without comma": (":a :b :c :d .", 2), "brace": ("{ :a :b :c . }", 2), "equals": (":a = :b .", 2), "implies": ("{ } => { } .", 2),
    "bare comma": (":a :b , :c .", 2), "semicolon first": (":a ; :b :c .", 2), "later line": (":a :b :c .\n\n:d :e :f\n:g :h :i .", 5),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_every_kind_of_bad_turtle_is_refused_with_file_and_line(kind: str, tmp_path: Path) -> None:
    text, line = BAD[kind]
    file = tmp_path / "bad.ttl"
    file.write_text(PREFIX + text + "\n", encoding="utf8")
    for read in (graph_read.quads, lambda f: graph_read.load([f])):
        with pytest.raises(KnowledgeError) as fault:
            read(file)
        (message,) = fault.value.messages
        assert message.startswith(f"{file}:") and "syntax error: " in message
        assert abs(int(message[len(str(file)) + 1:].split(":")[0]) - line) <= 1, message


HUGE = {"too large": (lambda f: f.truncate(200_000_000), "200 MB is too large"), "deep": (lambda f: f.write((PREFIX + ":a :b " + "[ :b " * 300_000).encode()), ":2: brackets stand more than 100 deep"),
        "deep list": (lambda f: f.write((PREFIX + ":a :b " + "(" * 300_000).encode()), ":2: brackets stand more"), "a text without end": (lambda f: f.write((PREFIX + ':a :b """' + "x" * 1_000_000).encode()), "syntax error"),
        "a huge text": (lambda f: f.write((PREFIX + ':a :b "' + "x" * 1_000_000 + '" .').encode()), ":2: a text of 1,000,000 characters"),
        "UTF-16": (lambda f: f.write((PREFIX + ":a :b :c .").encode("utf16")), "UTF-16"), "Latin-1": (lambda f: f.write((PREFIX + ':a :b "é" .').encode("latin1")), ":2: .*UTF-8"),
        "RDF 1.2": (lambda f: f.write((PREFIX + "<< :a :b :c >> :d :e .").encode()), ":2: a statement about a statement")}


@pytest.mark.parametrize("kind", sorted(HUGE))
def test_what_is_no_file_of_knowledge_is_refused_before_it_fills_the_memory(kind: str, tmp_path: Path) -> None:
    write, words = HUGE[kind]
    file = tmp_path / "huge.ttl"
    with file.open("wb") as out:
        write(out)
    with pytest.raises(KnowledgeError, match=words):
        graph_read.load([file])


def test_too_many_statements_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_read, "MAX_STATEMENTS", 1000)
    with pytest.raises(KnowledgeError, match="too many for files.*--endpoint"):
        graph_own.store(own(tmp_path, many_ttl=HEAD + "my:a tw:value " + ", ".join(map(str, range(1001))) + " ."))


@pytest.mark.parametrize(("text", "words"), [("my:a tw:value 1e999 .", "cannot be reckoned with"), ('my:a tw:value "x"^^<http://www.w3.org/2001/XMLSchema#integer> .', "is none"), ('my:a tw:value "NaN"^^<http://www.w3.org/2001/XMLSchema#double> .', "cannot be reckoned")])
def test_numbers_that_are_none_are_told_with_their_line(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=f"mine.ttl:7: .*{words}"):
        graph_own.store(own(tmp_path, mine_ttl=HEAD + "\n" + text))


def test_a_byte_order_mark_and_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "mine.ttl"
    file.write_bytes(b"\xef\xbb\xbf" + (HEAD + "\nmy:a tw:about\n  kb:lora .\n").replace("\n", "\r\n").encode())
    assert len(graph_read.quads(file)) == 1 and places.of_file(file)[0].value_line == 8


# ---- lines ----------------------------------------------------------------------------------------------------------


def test_every_statement_of_the_package_is_found_at_a_line_that_holds_it() -> None:
    """The reader that only knows lines reads what the parser reads."""
    import pyoxigraph as ox

    files = Knowledge().of_package()
    count = 0
    for file in files[::9]:
        said = {(s.subject, s.property, s.value) for s in places.of_file(file) if not s.outer}
        for quad in graph_read.quads(file):
            if isinstance(quad.subject, ox.NamedNode) and not isinstance(quad.object, ox.BlankNode):
                assert (quad.subject.value, quad.predicate.value, quad.object.value) in said, (file, quad)
                count += 1
    assert len(files) > 400 and count > 4000


@pytest.mark.parametrize(("text", "subject", "property_", "line"), [
    ("my:a a tw:Claim ;\n\n   tw:about kb:lora .", "a", "about", 8), ("  my:a\n a tw:Claim . my:b tw:about\n kb:lora .", "b", "about", 7), ("<https://example.org/my#a> tw:text '''x\n\nmy:b tw:about''' ; tw:about 1 .", "a", "about", 8),
    ("# my:a tw:about 1 .\nmy:a tw:text \"my:a tw:about\" ;\n tw:about 2 .", "a", "about", 8), ("my:a tw:when [ tw:value\n 1 ] , [\n tw:about 2 ] .", "a", "about", 8),
    ("my:a tw:when _:c .\n_:c tw:about 3 .", "a", "about", 7), ("@base <https://example.org/> .\n<my#a>\n tw:about 1.5 .", "a", "about", 8), ("my:a tw:x 1 ; tw:y .5 ;\n tw:about 1.", "a", "about", 7)])
def test_lines_are_right_however_a_file_is_laid_out(text: str, subject: str, property_: str, line: int) -> None:
    assert places.line(tuple(places.said(HEAD + text)), "https://example.org/my#" + subject, graph.TW + property_) == line

"""Faults in files that people write are told with file and line, and the cache of compiled knowledge can be trusted."""
from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import DAY, ROOT, environment, python
from tunewise import Advisor
from tunewise.errors import KnowledgeError, TunewiseError
from tunewise.knowledge import Knowledge, compiled
from tunewise.knowledge import key as key_of


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUNEWISE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def small(tmp_path: Path, cache: Path) -> Knowledge:
    """Our rules, copied, over the vocabulary and the quantities alone: quick to build."""
    ontology = tmp_path / "ontology"
    shutil.copytree(ROOT / "ontology" / "views", ontology / "views")
    for file in ("vocabulary.ttl", "constraints/quantities.ttl"):
        shutil.copy(ROOT / "ontology" / file, ontology)
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    return Knowledge(ontology=(ontology,), rules=(tmp_path / "rules",))


GOOD = """:- module(mine, []).

/** <module> Is it mine?
*/

mine ::
    mine(T) if isa(T, 'Technique')
    says      "{T} is mine"
    otherwise "{T} is not mine".
"""


def fault_of(knowledge: Knowledge) -> str:
    with pytest.raises(KnowledgeError) as fault:
        compiled(knowledge)
    assert fault.value.exit_code == 2
    return "\n".join(fault.value.messages)


def test_a_rule_file_more_is_loaded(small: Knowledge) -> None:
    (small.rules[0] / "mine.pl").write_text(GOOD)
    folder = compiled(small)
    assert sorted(entry.name for entry in folder.iterdir()) == ["done", "index.json", "state.prc", "swipl.json"]
    assert compiled(small) == folder


BAD = {
    "a syntax error": ("    mine(T) if isa(T, 'Technique')", "    mine(T) if isa(T 'Technique')", "yntax"),
    "an unknown variable in a sentence": ('"{T} is mine"', '"{X} is mine"', "X"),
    "a rule without words": ("    says      \"{T} is mine\"\n    otherwise \"{T} is not mine\".", "    .", "mine"),
    "a rule without its second sentence": ("\n    otherwise \"{T} is not mine\".", ".", "mine"),
    "a variable used once": ("isa(T, 'Technique')", "isa(T, 'Technique'), fact(T, family, Family)", "Family"),
    "a relation that no rule concludes": ("isa(T, 'Technique')", "isa(T, 'Technique'), fitz(T)", "fitz"),
    "a relation with an argument too many": ("isa(T, 'Technique')", "isa(T, 'Technique'), fits(T, T)", "fits"),
    "a clause that is no rule": ("mine ::", "yours(x).\n\nmine ::", "yours"),
    "an open brace in a sentence": ('"{T} is mine"', '"{T is mine"', "T is mine"),
    "two rules of one name": ("*/\n", "*/\n\nmine ::\n    mine(T) if isa(T, 'Approach')\n    says \"{T}\"\n    otherwise \"{T}\".\n", "mine/mine"),
    "a cut": ("isa(T, 'Technique')", "isa(T, 'Technique'), !", "!"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_fault_in_a_rule_file_is_told_with_file_and_line(small: Knowledge, kind: str, cache: Path) -> None:
    old, new, word = BAD[kind]
    assert old in GOOD
    file = small.rules[0] / "mine.pl"
    file.write_text(GOOD.replace(old, new, 1))
    told = fault_of(small)
    assert re.search(rf"{re.escape(str(file))}:\d+:", told), f"no file and line in: {told}"
    line = int(re.search(rf"{re.escape(str(file))}:(\d+):", told).group(1))  # type: ignore[union-attr]
    assert 4 <= line <= 16, f"line {line} is not near the fault: {told}"
    assert word in told and "No rules were loaded." in told
    assert ".building-" not in told and "Traceback" not in told, "it names our copy, not the user's file"


def test_several_faults_are_told_at_once(small: Knowledge) -> None:
    for name in ("mine", "yours"):
        (small.rules[0] / f"{name}.pl").write_text(GOOD.replace("mine", name).replace('"{T} is', '"{X} is', 1))
    told = fault_of(small)
    assert "mine.pl:" in told and "yours.pl:" in told


def test_a_fault_leaves_nothing_in_the_cache(small: Knowledge, cache: Path) -> None:
    (small.rules[0] / "mine.pl").write_text(GOOD.replace("isa(T,", "isa(T"))
    fault_of(small)
    assert not [folder for folder in cache.iterdir() if folder.name != "stamps"], "a failed build is left behind"
    (small.rules[0] / "mine.pl").write_text(GOOD)
    assert (compiled(small) / "done").exists()


def test_a_rule_file_of_a_name_that_exists_is_refused(small: Knowledge, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "memory.pl").write_text(GOOD)
    told = fault_of(Knowledge(ontology=small.ontology, rules=(*small.rules, mine)))
    assert str(mine / "memory.pl") in told


def test_a_syntax_error_in_turtle_is_told_with_file_and_line(small: Knowledge, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    head = "@prefix tw: <https://w3id.org/tunewise/ns#> .\n@prefix my: <https://example.org/> .\n\n"
    (mine / "one.ttl").write_text(head + "my:x a tw:Approach\nmy:y a tw:Approach .\n")
    (mine / "two.ttl").write_text(head + "my:x a nothing:Approach .\n")
    (mine / "three.ttl").write_bytes(head.encode() + b"my:x a tw:Approach ; tw:text \"\xff\" .\n")
    told = fault_of(Knowledge(ontology=(*small.ontology, mine), rules=small.rules))
    for name, lines in (("one", {4, 5}), ("two", {4}), ("three", {4})):
        found = re.search(rf"{re.escape(str(mine))}/{name}\.ttl:(\d+|\?):", told)
        assert found, f"{name}.ttl is not told: {told}"
        assert found.group(1) != "?" and int(found.group(1)) in lines, f"{name}.ttl: line {found.group(1)}"


def test_an_empty_folder_is_no_knowledge(tmp_path: Path, cache: Path) -> None:
    assert "No knowledge" in fault_of(Knowledge(ontology=(tmp_path,), rules=(tmp_path,)))


def test_the_key_of_a_build_is_its_content(small: Knowledge, tmp_path: Path) -> None:
    key = key_of(small, "swipl 9")
    assert key_of(small, "swipl 9") == key != key_of(small, "swipl 10")
    file = small.rules[0] / "memory.pl"
    text = file.read_text()
    file.write_text(text + "\n% a remark\n")
    assert key_of(small, "swipl 9") != key
    file.write_text(text)
    assert key_of(small, "swipl 9") == key
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "x.ttl").write_text("")
    assert key_of(Knowledge(ontology=(*small.ontology, mine), rules=small.rules), "swipl 9") != key


def test_a_change_of_a_file_is_seen(small: Knowledge) -> None:
    first = compiled(small)
    file = small.rules[0] / "mine.pl"
    file.write_text(GOOD)
    second = compiled(small)
    assert second != first
    file.write_text(GOOD.replace("is mine", "is MINE"))  # of the same length
    assert compiled(small) not in (first, second)
    file.unlink()
    assert compiled(small) == first


# ---- the cache -------------------------------------------------------------------------------------------------

BUILD = f"""
import json, sys
from tunewise import Advisor
advisor = Advisor(as_of={DAY!r})
answer = advisor.ask("why", advisor.situation(gpu="t4", model="llama-3-8b", examples=5000), technique="qlora")
print(json.dumps([str(advisor.folder), answer["verdict"]]))
"""


def test_two_processes_that_build_at_once_both_answer(tmp_path: Path) -> None:
    env = environment({"TUNEWISE_CACHE": str(tmp_path / "cache")})
    running = [subprocess.Popen([sys.executable, "-c", BUILD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=env, stdin=subprocess.DEVNULL) for _ in range(2)]
    told = [process.communicate(timeout=200) for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    answers = [json.loads(out) for out, _ in told]
    assert {verdict for _, verdict in answers} == {"yes"} and len({folder for folder, _ in answers}) == 1
    left = [folder.name for folder in (tmp_path / "cache").iterdir() if folder.name != "stamps"]
    assert len(left) == 1 and not left[0].startswith(".building"), left


@pytest.mark.parametrize("where", ["under a file", "in /proc"])
def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("")
    run = python(BUILD, env={"TUNEWISE_CACHE": str(tmp_path / "file" / "cache") if where == "under a file" else "/proc/nowhere/cache", "TMPDIR": str(tmp_path)})
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)[1] == "yes"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"], "what was built outside the cache is cleared away"


def test_a_half_built_cache_is_built_again(small: Knowledge, cache: Path) -> None:
    folder = compiled(small)
    (folder / "done").unlink()
    (folder / "state.prc").unlink()
    again = compiled(small)
    assert (again / "state.prc").exists() and (again / "done").exists()


def test_the_cache_is_the_users_own(small: Knowledge, cache: Path) -> None:
    compiled(small)
    assert cache.stat().st_mode & 0o077 == 0


def test_rules_load_without_a_warning(tmp_path: Path) -> None:
    """swipl --on-warning=status is the gate; the engine and every rule file pass it."""
    goals = ", ".join(f"load_files(user:'{file}', [silent(true)])" for file in sorted((ROOT / "rules").glob("*.pl")))
    run = subprocess.run(["swipl", "--on-warning=status", "--on-error=status", "-f", "none", "-g", goals, "-t", "halt", str(ROOT / "rules" / "engine" / "main.pl")], capture_output=True, text=True, timeout=120,
                         stdin=subprocess.DEVNULL)
    assert run.returncode == 0 and not run.stderr.strip(), run.stderr


def test_errors_of_ours_are_all_tunewise_errors() -> None:
    from tunewise import errors

    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, Exception):
            assert issubclass(kind, TunewiseError) and kind.exit_code in (2, 4), name


def test_nothing_is_called_that_is_not_there(advisor: Advisor) -> None:
    """SWI-Prolog's own check over the whole state: engine, rules and facts."""
    run = subprocess.run(["swipl", "-x", str(advisor.folder / "state.prc"), "-g", "use_module(library(check)), check:list_undefined, halt"],
                         capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, check=False)
    assert run.returncode == 0 and run.stderr.strip() == ""


ASK = "from tunewise import Advisor; print(Advisor().why('qlora', gpu='t4', model='llama-3-8b', examples=5000).verdict)"


@pytest.mark.parametrize("use", ["pyswip.Prolog()", "from pyswip import Prolog", "import pyswip.prolog"])
def test_pyswip_after_tunewise_is_an_error_and_no_crash(use: str) -> None:
    """One process holds one SWI-Prolog, on a thread of its own; a second start would end the process."""
    run = python(f"{ASK}\nimport pyswip, inspect; inspect.getmodule(len)\ntry:\n    {use}\nexcept ImportError as fault:\n    print(fault)\n{ASK}")
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[0] == run.stdout.splitlines()[-1] == "yes" and len(run.stdout.splitlines()) == 3


def test_tunewise_after_pyswip_says_what_to_do() -> None:
    run = python(f"import pyswip\nfrom tunewise.errors import MachineError\ntry:\n    {ASK}\nexcept MachineError as fault:\n    print(fault)")
    assert run.returncode == 0 and "in a process of its own" in run.stdout

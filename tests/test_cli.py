"""The command line: what each exit status means, what goes where, and that no text of a user's is ever taken for a program."""
from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import DAY, ROOT, environment, tunewise
from tunewise import Advisor, TunewiseError
from tunewise.cli import main

CASE = ["--gpu", "t4", "--model", "llama-3-8b", "--examples", "5000"]
HOSTILE = ["'), halt, (", "\"), halt(1), (\"", "x'). :- halt. y('", "a\nb\r\nc", "halt", ":- initialization(halt).", "{}", "\\", "\\x41\\", "0'a", "%", "/*", "~w~n~p", "$", "ünïcödé", "模型", "🦙", "\u202e", "\u0000", "a\u0000b", " ",
           "} INSERT DATA { <a:a> <a:b> <a:c> } #", "> ?p ?o } #", "\" . ?s ?p ?o . \"", "__import__('os')._exit(3)", "$(touch tunewise-was-hacked)", "x" * 100_000, "_", "A", "[]", "true", "é" * 300]


def run(*argv: str) -> int:
    """One command in this process, for this suite's day."""
    return main([*argv, "--as-of", DAY])


# ---- exit status and streams --------------------------------------------------------------------------------


@pytest.mark.parametrize(("argv", "status"), [
    (["why", "qlora", *CASE], 0), (["advise", *CASE], 0), (["version"], 0), (["ls", "techniques"], 0), (["ls", "gpus"], 0), (["ls", "rules"], 0), (["show", "qlora"], 0), (["what-if", "full-fine-tuning", *CASE], 0),
    (["why-not", "full-fine-tuning", *CASE], 1), (["why", "full-fine-tuning", *CASE], 1), (["advise", *CASE, "--training-possible", "no", "--goal", "quantise-the-model", "--base-bits", "31"], 1), (["checklist", "before"], 1),
    (["why", "qlroa"], 2), (["why"], 2), (["nonsense"], 2), ([], 2), (["advise", "--gpu", "t44"], 2), (["advise", "extra words"], 2), (["advise", "--no-such-input", "5"], 2), (["query", "SELECT"], 2), (["advise", "--timeout", "-1"], 2),
    (["advise", "--as-of", "yesterday"], 2), (["advise", "--trust", "nobody at all"], 2), (["advise", "-s", "/nowhere.yaml"], 2), (["ls", "nonsense"], 2), (["show", "nonsense at all"], 2),
    (["why", "lora", "--examples", "5000"], 3), (["estimate", "lora"], 3), (["what-if", "lora", *CASE, "--timeout", "0.00001"], 4)])
def test_the_exit_status_says_how_it_ended(argv: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv if "--as-of" in argv else [*argv, "--as-of", DAY]) == status
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    if status in (2, 4) and argv:
        assert not out and err.strip(), "a fault goes to stderr, and nothing to stdout"
    elif argv:
        assert out.strip() and not err, "an answer goes to stdout, and nothing to stderr"


def test_help_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out, err = capsys.readouterr()
    assert "advise" in out and "Commands:" in out and not err


def test_every_verb_is_in_the_help() -> None:
    from tunewise.cli import parser

    text = parser().format_help()
    files = [file.stem.replace("_", "-") for file in (ROOT / "src/tunewise/verbs").glob("[a-z]*.py")]
    assert len(files) >= 15
    for verb in files:
        assert f"\n  {verb}" in text


def test_all_faults_of_a_command_are_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("why", "qlroa", "--gpu", "t44", "--exampels", "5", "seq_len=-3") == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 4 and all(any(word in line for line in told) for word in ("qlroa", "t44", "exampels", "seq_len"))


@pytest.mark.parametrize("argv", [["why", "QLoRA?"], ["why", "'qlora'"], ["why", "q-lora"], ["why", "qlora", "?"]])
def test_punctuation_around_a_technique_is_forgiven(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*argv, *CASE) == 0
    assert capsys.readouterr().out.startswith("QLoRA is recommended")


@pytest.mark.parametrize("argv", [["gpu=t4", "model=llama-3-8b", "examples=5k"], ["--gpu=t4", "--model=llama-3-8b", "--examples=5k"], ["--gpu", "t4", "model=llama-3-8b", "--examples", "5k"],
                                  ["--json", "gpu=t4", "model=llama-3-8b", "examples=5k"], ["--timeout", "60", "gpu=t4", "--model", "llama-3-8b", "examples=5k"]])
def test_inputs_may_be_flags_or_words_in_any_order(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("why", "qlora", *argv, *([] if "--json" in argv else ["--json"])) == 0
    assert json.loads(capsys.readouterr().out)["situation"]["given"] == {"gpu": "nvidia-t4", "model": "llama-3-8b", "examples": 5000}


@pytest.mark.parametrize("argv", [["--timeout", "20", "query", "ASK {}"], ["query", "--timeout", "20", "ASK {}"], ["query", "ASK {}", "--timeout", "20"]])
def test_options_may_stand_anywhere(argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(argv) == 0
    assert capsys.readouterr().out == "yes\n"


def test_json_is_json_and_text_is_narrow(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in (["advise"], ["why", "qlora"], ["why-not", "full-fine-tuning"], ["what-if", "full-fine-tuning"], ["how-far", "qlora"], ["who-says", "qlora"], ["compare", "qlora", "lora"], ["ask"], ["estimate", "lora"],
                 ["settings", "lora"], ["checklist"]):
        run(*verb, *CASE, "--json")
        answer = json.loads(capsys.readouterr().out)
        assert answer["schema"] and answer["question"]
        run(*verb, *CASE)
        text = capsys.readouterr().out
        assert text and all(len(line) <= 118 for line in text.splitlines())
        run(*verb, *CASE, "-q")
        assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_saved_situation_asks_the_same_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "case.yaml"
    run("why", "qlora", *CASE, "--save-situation", str(file), "--json")
    first = capsys.readouterr().out
    run("why", "qlora", "-s", str(file), "--json")
    assert capsys.readouterr().out == first


def test_a_flag_replaces_what_the_file_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "case.yaml").write_text("gpu: t4\nmodel: llama-3-8b\nexamples: 5000\n")
    run("why", "qlora", "-s", str(tmp_path / "case.yaml"), "--examples", "10", "--json")
    assert json.loads(capsys.readouterr().out)["situation"]["given"]["examples"] == 10


# ---- text of users is never a program -----------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:24])
def test_text_of_users_is_never_taken_for_a_program(text: str, advisor: Advisor, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    for argv in (["why", text], ["show", text], ["advise", f"goal={text}"], ["advise", "--model", text], ["why", "qlora", "--language", text, "--gpu", "t4"], ["why", "qlora", "--trust", text], ["diagnose", text], ["ls", text],
                 ["compare", "qlora", text], ["advise", f"{text}=1"]):
        assert main(argv) in (0, 1, 2, 3), argv
    for question in ({"question": "about", "technique": text}, {"question": "why", "technique": text}, {"question": "verdicts", "x": text}, {"question": text}, {"question": "what_if", "technique": "qlora", "aim": text}):
        try:
            advisor.ask(question.pop("question"), {"language": text, "gpu": text}, **question)
        except TunewiseError:
            pass
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err and "Warning" not in err
    assert not Path("tunewise-was-hacked").exists()
    assert advisor.ask("why", advisor.situation(gpu="t4", model="llama-3-8b", examples=5000), technique="qlora")["verdict"] == "yes"


def test_text_comes_back_exactly(advisor: Advisor) -> None:
    for text in HOSTILE:
        if 0 < len(text) <= 200 and text != "true":  # a word that JSON has for itself
            situation = advisor.situation(language=text)
            answer = advisor.ask("why", {**situation, "gpu": "nvidia-t4", "model": "llama-3-8b"}, technique="qlora")
            assert answer["situation"]["given"].get("language") == situation.get("language")


# ---- query only reads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["INSERT DATA { <a:a> <a:b> <a:c> }", "DELETE WHERE { ?s ?p ?o }", "LOAD <file:///etc/passwd>", "CLEAR ALL", "DROP ALL", "CREATE GRAPH <a:a>", "COPY <a:a> TO <a:b>", "MOVE <a:a> TO <a:b>", "ADD <a:a> TO <a:b>",
                                   "SELECT * WHERE { SERVICE <http://localhost:1/> { ?s ?p ?o } }", "SELECT * { sErViCe SILENT <http://localhost:1/> { ?s ?p ?o } }",
                                   "ASK { FILTER EXISTS { SERVICE ?x { ?s ?p ?o } } }", "PREFIX a: <b:c> INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }"])
def test_a_query_only_reads(query: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", query]) == 2
    out, err = capsys.readouterr()
    assert not out and ("not allowed" in err or "no SPARQL" in err)


@pytest.mark.parametrize("query", ["SELECT ?l { ?t rdfs:label ?l FILTER(CONTAINS(?l, \"insert data\") || CONTAINS(?l, 'load')) } LIMIT 1", "ASK { ?t a tw:Approach } # delete everything", "SELECT * { BIND('SERVICE' AS ?service) }",
                                   "CONSTRUCT { ?s a tw:Approach } WHERE { ?s a tw:Approach } LIMIT 2", "DESCRIBE :qlora"])
def test_a_query_may_speak_of_anything(query: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", query]) == 0
    assert capsys.readouterr().out.strip()


def test_a_query_without_end_is_stopped() -> None:
    done = tunewise("--timeout", "1", "query", "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", timeout=60)
    assert done.returncode == 4 and not done.stdout and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_rows_come_in_several_forms(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "SELECT ?t WHERE { ?t a tw:Approach } ORDER BY ?t LIMIT 3", "--format", form]) == 0
    out = capsys.readouterr().out
    assert len(json.loads(out)["results"]["bindings"] if form == "json" else out.splitlines()[1:]) == 3


# ---- any argument whatsoever ---------------------------------------------------------------------------------------

WORDS = st.sampled_from(["advise", "why", "why-not", "what-if", "how-far", "who-says", "compare", "ask", "estimate", "settings", "checklist", "diagnose", "ls", "show", "version", "completion", "qlora", "lora", "t4", "--gpu", "--model",
                         "--examples", "llama-3-8b", "5000", "-5", "--json", "--all", "-q", "--trust", "--as-of", "--timeout", "20", "gpu=t4", "examples=", "=", "--", "-", "-x", "--goal", "be-safer", "overfitting", "and", "?"]) | st.text(max_size=8)


def test_no_argument_leads_to_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    @settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(st.lists(WORDS, max_size=6))
    def law(argv: list[str]) -> None:
        status = main(argv)
        out, err = capsys.readouterr()
        assert status in (0, 1, 2, 3, 4), (argv, status)
        assert "Traceback" not in out + err and "tunewise failed" not in err, (argv, err)
        if status in (2, 4) and argv and not out.startswith("usage"):
            assert err.strip() and not out, argv

    law()


# ---- the machine -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("env", [{"PATH": "/nonexistent", "LIBSWIPL_PATH": "/nonexistent/libswipl.so", "SWI_HOME_DIR": None}, {"PATH": "/nonexistent", "LIBSWIPL_PATH": None, "SWI_HOME_DIR": None}])
def test_without_swipl_one_line_says_what_to_install(env: dict[str, str | None], tmp_path: Path) -> None:
    done = tunewise("why", "qlora", *CASE, env={**env, "TUNEWISE_CACHE": str(tmp_path)})
    assert done.returncode == 4 and not done.stdout
    assert len(done.stderr.strip().splitlines()) == 1 and "SWI-Prolog was not found" in done.stderr and "apt install" in done.stderr
    assert tunewise("--help", env={**env, "TUNEWISE_CACHE": str(tmp_path)}).returncode == 0


def test_threads_get_the_same_answers_as_one(advisor: Advisor) -> None:
    cases = [advisor.situation(gpu=gpu, model="llama-3-8b", examples=examples, goal="learn-a-task") for gpu in ("t4", "a100-80gb", "rtx-4090", "l4") for examples in (50, 1000, 20_000)]
    kinds: list[tuple[str, dict[str, Any]]] = [("why", {"technique": "qlora"}), ("who_says", {"technique": "lora"}), ("estimate", {"technique": "dora"}), ("compare", {"technique": "qlora", "other": "lora"}), ("advise", {})]
    questions = [(kind, case, more) for case in cases for kind, more in kinds][:20]
    assert len(questions) == 20
    alone = [json.dumps(advisor.ask(kind, case, **more), sort_keys=True) for kind, case, more in questions]
    answers: dict[int, list[str]] = {}

    def ask(number: int) -> None:
        turned = questions[number:] + questions[:number]
        got = [json.dumps(advisor.ask(kind, case, **more), sort_keys=True) for kind, case, more in turned]
        answers[number] = got[len(got) - number:] + got[:len(got) - number]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(answer == alone for answer in answers.values())


SLOW = ["what-if", "dora", "--recommended", "--timeout", "600"]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_ends_a_long_question() -> None:
    """Bounded by a wait, not by a clock: the question itself would go on for minutes."""
    process = subprocess.Popen([sys.executable, "-m", "tunewise", *SLOW], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # a suite in the background ignores it, and so would what it starts
    try:
        time.sleep(3)
        assert process.poll() is None, "the question ended before it could be interrupted: take a longer one"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode in (130, -signal.SIGINT) and not out and "Traceback" not in err


def test_a_question_in_time_follows_one_out_of_time(advisor: Advisor) -> None:
    """One question that ran out of time does not take the time of the next."""
    hasty = Advisor(advisor.knowledge, as_of=DAY, timeout=0.05)
    with pytest.raises(TunewiseError) as fault:
        hasty.ask("what_if", {}, technique="dora", aim="recommended", max=3)
    assert fault.value.exit_code == 4
    assert advisor.ask("why", advisor.situation(gpu="t4", model="llama-3-8b", examples=5000), technique="qlora")["verdict"] == "yes"


def test_a_closed_pipe_is_no_fault() -> None:
    done = subprocess.run(f"{sys.executable} -m tunewise ls techniques | head -1", shell=True, capture_output=True, text=True, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, timeout=60)
    assert done.stdout.strip() and "Traceback" not in done.stderr and "Error" not in done.stderr


def test_a_yes_or_no_query_answers_as_sparql_results_do() -> None:
    run = tunewise("query", "ASK { ?x a tw:Model }", "--json")
    assert json.loads(run.stdout) == {"head": {}, "boolean": True}
    assert tunewise("query", "ASK { ?x a tw:Nothing }").stdout == "no\n"

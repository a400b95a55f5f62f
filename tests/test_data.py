"""Data verbs as a person uses them: what is found, what is named, what is written, and what is refused."""
from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tunewise import data, data_check, data_detect, data_measure
from tunewise.data_shape import Shape

from conftest import tunewise

CASES = json.loads((Path(__file__).parent / "cases" / "formats.json").read_text(encoding="utf8"))


@pytest.fixture(scope="session")
def shapes(advisor: Any) -> dict[str, Shape]:
    return data.all_shapes(advisor.ask("shapes"))


def jsonl(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf8")
    return path


def load(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").split("\n") if line]


def told(*args: Any, code: int = 0, **more: Any) -> str:
    run = tunewise("data", *map(str, args), **more)
    assert run.returncode == code, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    return run.stdout + run.stderr


def test_there_are_cases_of_every_kind() -> None:
    assert len(CASES) >= 30 and sum(not c["faults"] for c in CASES) >= 12


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_each_format_is_known_and_each_fault_is_named(shapes: dict[str, Shape], case: dict[str, Any]) -> None:
    shape, faults = data.check_record(case["record"], shapes)
    assert (shape.id if shape else None) == case["format"]
    assert sorted({f.kind for f in faults if not f.warning}) == sorted(case["faults"])
    assert all(f.text and f.remedy.endswith((".", "formats", ")", '""')) for f in faults)


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_the_quick_way_passes_no_faulty_row(shapes: dict[str, Shape], case: dict[str, Any]) -> None:
    for shape in shapes.values():
        if data_measure.measure(shape)(case["record"]) is not None:
            assert not data_check.faults(shape, case["record"], 1, "line", ""), shape.id


def test_sound_rows_take_the_quick_way(shapes: dict[str, Shape]) -> None:
    quick = [c for c in CASES if not c["faults"] and c["format"] and not c.get("slow")]
    assert len(quick) >= 8
    assert [c["name"] for c in quick if data_measure.measure(shapes[c["format"]])(c["record"]) is None] == []


def test_faults_are_told_by_row_with_the_remedy(tmp_path: Path) -> None:
    rows = [{"prompt": "a", "completion": "b"}] * 2 + [{"prompt": "a"}, {"prompt": "", "completion": "c"}]
    out = told(jsonl(tmp_path / "t.jsonl", rows), code=1)
    assert "line 3: completion is missing. Add it" in out and "line 4: prompt is empty" in out and "line 2 repeats line 1" in out
    answer = json.loads(told(tmp_path / "t.jsonl", "--json", code=1))["files"][0]
    assert answer["rows"] == 4 and answer["faulty"] == 2 and answer["duplicates"]["rows"] == 1 and answer["sound"] is False and answer["tokens"]["exact"] is False
    told(tmp_path / "t.jsonl", "--faults", tmp_path / "f.jsonl", "--limit", 1, code=1)
    assert [f["row"] for f in load(tmp_path / "f.jsonl")] == [3, 4]


def test_rows_of_another_format_are_named_as_such(tmp_path: Path) -> None:
    out = told(jsonl(tmp_path / "t.jsonl", [{"prompt": "a", "completion": f"b{n}"} for n in range(5)] + [{"instruction": "a", "input": "", "output": "c"}]), code=1)
    assert "line 6: this is a row of another format: Alpaca" in out


def test_overlap_of_train_and_test_is_found(tmp_path: Path) -> None:
    train = jsonl(tmp_path / "train.jsonl", [{"prompt": f"p{n}", "completion": "c"} for n in range(50)])
    test = jsonl(tmp_path / "test.jsonl", [{"prompt": "p7", "completion": "c"}, {"completion": "other", "prompt": "p8"}, {"prompt": "new", "completion": "c"}])
    found = json.loads(told(train, test, "--json", code=1))["overlap"][0]
    assert (found["rows"], found["prompts"]) == (1, 2) and found["rows_at"][0][1] == 1


@pytest.mark.parametrize("names", [("sharegpt", "openai-chat"), ("dpo-chat", "dpo"), ("completion-chat", "completion"), ("distillation", "completion")])
@pytest.mark.parametrize("end", [".jsonl", ".json", ".parquet", ".jsonl.gz"])
def test_converting_there_and_back_gives_the_same_rows(tmp_path: Path, names: tuple[str, str], end: str) -> None:
    if end == ".parquet":
        pytest.importorskip("pyarrow")
    turns = [{"role": "user", "content": "é 漢 \u2028"}, {"role": "assistant", "content": "1.50\n\t"}]
    rows = {"openai-chat": [{"messages": [{"role": "system", "content": "s"}, *turns, *turns], "id": 12345678901234567}],
            "dpo": [{"prompt": "p", "chosen": "c", "rejected": "r", "score": 0.1}], "completion": [{"prompt": "p", "completion": "c", "id": "x"}]}[names[1]]
    start = jsonl(tmp_path / "start.jsonl", rows)
    told(start, "--convert", names[0], "--out", tmp_path / f"there{end}")
    told(tmp_path / f"there{end}", "--convert", names[1], "--out", tmp_path / "back.jsonl")
    assert load(tmp_path / "back.jsonl") == rows


def test_what_would_be_lost_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    start = jsonl(tmp_path / "s.jsonl", [{"messages": turns}, {"messages": turns + turns}, {"messages": [{"role": "system", "content": "s"}, *turns]}])
    out = told(start, "--convert", "completion", "--out", tmp_path / "o.jsonl", code=1)
    assert "all turns before the last question: 1 row" in out and "the system prompts: 1 row" in out and "--lossy" in out
    assert [p.name for p in tmp_path.iterdir()] == ["s.jsonl"]
    told(start, "--convert", "completion", "--out", tmp_path / "o.jsonl", "--lossy")
    assert load(tmp_path / "o.jsonl") == [{"prompt": "a", "completion": "b"}] * 3


def test_what_the_data_does_not_hold_cannot_be_made(tmp_path: Path) -> None:
    start = jsonl(tmp_path / "s.jsonl", [{"prompt": "a", "completion": "b"}])
    assert "nobody judged two answers" in told(start, "--convert", "dpo", "--out", tmp_path / "o.jsonl", code=1)
    assert "chat template" in told(start, "--convert", "chatml", "--out", tmp_path / "o.jsonl", code=2)
    assert not (tmp_path / "o.jsonl").exists()


def test_pairs_become_judged_answers(tmp_path: Path) -> None:
    told(jsonl(tmp_path / "s.jsonl", [{"prompt": "p", "chosen": "c", "rejected": "r"}]), "--convert", "kto", "--out", tmp_path / "o.jsonl")
    assert load(tmp_path / "o.jsonl") == [{"prompt": "p", "completion": "c", "label": True}, {"prompt": "p", "completion": "r", "label": False}]


def test_a_failed_write_leaves_what_stood_there(tmp_path: Path) -> None:
    start = jsonl(tmp_path / "s.jsonl", [{"prompt": "a", "completion": "b", "x": 1}, {"prompt": "a", "completion": "b", "y": 1}])
    (tmp_path / "o.csv").write_text("mine")
    assert "other columns" in told(start, "--convert", "completion", "--out", tmp_path / "o.csv", code=2)
    assert (tmp_path / "o.csv").read_text() == "mine" and not list(tmp_path.glob("*.part"))
    assert "the file that is read" in told(start, "--convert", "completion", "--out", start, code=2)


def test_a_split_is_repeatable_loses_nothing_and_keeps_equal_questions_together(tmp_path: Path) -> None:
    rows = [{"prompt": f"p{n % 700}", "completion": f"c{n}"} for n in range(1000)]
    start = jsonl(tmp_path / "s.jsonl", rows)
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        told(start, "--split", "80/10/10", "--out", tmp_path / folder, "--seed", seed)
    parts = {folder: [load(tmp_path / folder / f"{p}.jsonl") for p in ("train", "validation", "test")] for folder in "abc"}
    assert parts["a"] == parts["b"] != parts["c"]
    assert sorted(sum(parts["a"], []), key=str) == sorted(rows, key=str)
    assert all(abs(len(part) - wanted) <= 3 for part, wanted in zip(parts["a"], (800, 100, 100)))
    asked = [{r["prompt"] for r in part} for part in parts["a"]]
    assert not asked[0] & asked[1] and not asked[0] & asked[2] and not asked[1] & asked[2]


def test_what_is_no_record_or_no_text_is_told_with_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "l.jsonl").write_text('["a"]\n["b"]\n')
    assert "line 1: not an object but a list" in told(tmp_path / "l.jsonl", code=1)
    out = told(jsonl(tmp_path / "n.jsonl", [{"instruction": "a", "input": None, "output": "b"}, {"instruction": "a", "input": "", "output": None}]), code=1)
    assert 'input is null, not text. Write it as an empty text: "input": "".' in out and "output is null, not text. Fill it" in out
    (tmp_path / "p.jsonl").write_text("{'prompt': 'a'}\n" * 2)
    out = told(tmp_path / "p.jsonl", code=1)
    assert "none of 2 rows could be read" in out and "json.dumps" in out


def test_columns_that_need_only_be_renamed_are_told(tmp_path: Path) -> None:
    assert "rename Completion to completion, Prompt to prompt: then it is prompt and completion" in told(jsonl(tmp_path / "c.jsonl", [{"Prompt": "a", "Completion": "b"}]), code=1)


@pytest.mark.parametrize("what", ["check", "convert", "split"])
def test_progress_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shapes: dict[str, Shape], what: str) -> None:
    import io
    import sys

    from tunewise import data_progress, data_write

    start = jsonl(tmp_path / "s.jsonl", [{"prompt": f"p{n}", "completion": "c" * 1000} for n in range(3000)])
    names = frozenset(f for s in shapes.values() for f in s.fields)
    monkeypatch.setattr(data_progress, "_EVERY", 0)
    for terminal in (True, False):
        said = io.StringIO()
        monkeypatch.setattr(said, "isatty", lambda terminal=terminal: terminal)
        monkeypatch.setattr(sys, "stderr", said)
        if what == "check":
            data.inspect(start, shapes)
        elif what == "convert":
            data_write.rewrite(start, shapes["completion-format"], names, [data_write.Sink(tmp_path / "o.jsonl")], target=shapes["openai-chat-format"])
        else:
            data_write.Sides(start, shapes["completion-format"], names, [0.9, 0.1], 1)
        assert ("%" in said.getvalue() and "MB/s" in said.getvalue()) is terminal and ("\n" not in said.getvalue())


def test_one_record_is_judged_from_the_command_line_and_from_standard_input() -> None:
    answer = json.loads(told("--record", '{"instruction": "Classify", "input": "text=x"}', "--json", code=1))
    assert (answer["format"], answer["valid"], answer["missing"]) == ("alpaca-format", False, ["output"])
    assert "A valid record" in told("-", stdin='{"prompt": "a", "chosen": "b", "rejected": "c"}')
    assert "no JSON" in told("-", stdin="{nope", code=2)


def test_wrong_questions_say_what_to_do(tmp_path: Path) -> None:
    start = jsonl(tmp_path / "s.jsonl", [{"prompt": "a", "completion": "b"}])
    for args, words in ((["nope.jsonl"], "no such file"), ([start, "--convrt", "x"], "Did you mean --convert"), ([start, "--split", "80/30"], "add up to 100"),
                        ([start, "--convert", "nosuch", "--out", "x.jsonl"], "ls formats"), ([start, "--convert", "alpaca"], "wants --out"), ([], "wants a file"),
                        ([start, "--convert", "alpaca", "--out", tmp_path / "x.docx"], "must end in")):
        assert words in told(*args, code=2)


def test_tokens_are_counted_by_a_tokenizer_at_hand(tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0, "b": 1, "[UNK]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    start = jsonl(tmp_path / "s.jsonl", [{"prompt": "a b a", "completion": "b"}] * 3)
    answer = json.loads(told(start, "--tokenizer", tmp_path, "--json"))["files"][0]
    assert answer["tokens"]["total"] == 12 and answer["tokens"]["exact"] is True and answer["lengths"]["longest"] == 4


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    code = ("import resource, sys; from pathlib import Path; from tunewise import Advisor, data; s = data.all_shapes(Advisor().ask('shapes'));"
            "b = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; r = data.inspect(Path(sys.argv[1]), s); print(r.rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - b) // 1024)")
    line = json.dumps({"prompt": "p" * 300, "completion": "c" * 700}) + "\n"
    path = tmp_path / "big.jsonl"
    with path.open("w") as out:
        for _ in range(60):
            out.write(line * 1000)
    import sys

    rows, grown = map(int, subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True).stdout.split())
    assert rows == 60_000 and path.stat().st_size > 60e6 and grown < 40
    shutil.rmtree(tmp_path)


def test_duplicates_and_overlap_are_the_same_when_hashes_no_longer_fit_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from tunewise import data_count

    def ledger() -> data_count.Ledger:
        out = data_count.Ledger()
        out.begin("f")
        for start in range(0, 5000, 100):
            values = [hash(("row", n % 4900)) for n in range(start, start + 100)]
            out.add(values, values, range(start, start + 100))
        return out

    whole = ledger()
    monkeypatch.setattr(data_count, "_BLOCK", 300)
    parts = ledger()
    assert whole.duplicates(200) == parts.duplicates(200) and parts.duplicates(200)[0] == 100 == len(parts.duplicates(200)[1])
    assert all(place - first == 4900 for place, first in parts.duplicates(200)[1])
    assert parts.where({4950, 3}) == {4950: ("f", 4950), 3: ("f", 3)}
    assert parts.shared(whole, 0, 5)[0] == 5000


def test_a_format_of_ones_own_needs_one_turtle_file(advisor: Any, shapes: dict[str, Shape]) -> None:
    own = {"id": "faq", "label": "FAQ", "aliases": [], "facts": [{"property": "requiredField", "value": "frage"}, {"property": "requiredField", "value": "antwort"},
                                                                  {"property": "asks", "value": "{frage}"}, {"property": "answers", "value": "antwort"}]}
    from tunewise.data_convert import rows_of
    from tunewise.data_talk import talk_of
    from tunewise.data_shape import shape_of

    mine = {**shapes, "faq": shape_of(own)}
    row = {"frage": "warum?", "antwort": "darum"}
    assert data_detect.best(mine, row) is mine["faq"] and not data_check.faults(mine["faq"], row, 1, "line", "")
    assert rows_of(talk_of(mine["faq"], row), mine["openai-chat-format"])[0] == [{"messages": [{"role": "user", "content": "warum?"}, {"role": "assistant", "content": "darum"}]}]


def test_formats_are_recommended_with_their_source() -> None:
    run = tunewise("formats", "--framework", "axolotl", "--task", "conversation", "--json")
    answer = json.loads(run.stdout)
    assert answer["recommended"][0] == "sharegpt-format" and "openai-chat-format" in answer["recommended"] and answer["formats"][0]["source"]
    assert "dpo-format" in tunewise("formats", "dpo").stdout
    assert "Not Alpaca" in tunewise("formats", "--framework", "trl-library").stdout

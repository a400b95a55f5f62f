"""What people say is understood or refused in words; it is never guessed, never read in part."""
from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import AXES, RARE
from tunewise import Advisor, TunewiseError
from tunewise.errors import InputError
from tunewise.situation import Names, check, read_yaml, squash


def faults(advisor: Advisor, **said: Any) -> list[str]:
    """Everything that is said about a faulty situation."""
    with pytest.raises(InputError) as fault:
        advisor.situation(said)
    assert fault.value.exit_code == 2
    assert all(message.strip() and "Traceback" not in message for message in fault.value.messages)
    return fault.value.messages


# ---- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nvidia-t4", "T4", "t4", "NVIDIA T4", "Nvidia-T4", " t4 ", "nvidia_t4", "Tesla T4", "Colab T4"])
def test_a_gpu_is_known_by_any_of_its_names(advisor: Advisor, name: str) -> None:
    assert advisor.situation(gpu=name) == {"gpu": "nvidia-t4"}


@pytest.mark.parametrize("name", ["llama-3-8b", "Llama 3 8B", "LLAMA_3_8B", "llama3-8b", "meta-llama/Meta-Llama-3-8B", "Meta-Llama-3-8B"])
def test_a_model_is_known_by_its_hub_id_and_without_its_owner(advisor: Advisor, name: str) -> None:
    assert advisor.situation(model=name) == {"model": "llama-3-8b"}


def test_every_id_label_and_alias_leads_to_its_thing(advisor: Advisor) -> None:
    looked = 0
    for cls in ("Technique", "Model", "Gpu", "Goal", "Task", "Symptom", "Priority", "Platform"):
        things = advisor.index["names"][cls]
        for thing in things:
            for form in (thing, thing.upper(), thing.replace("-", " ")):
                assert advisor.names.find(cls, form) == thing, f"{form!r} does not lead to {thing}"
        for thing, names in things.items():
            for name in names:
                found = advisor.names.find(cls, f"  {name.upper()} ")
                assert found == thing or squash(name) in {squash(n) for n in (found, *things[str(found)])}, f"{name!r} leads to {found}, not {thing}"
                looked += 1
    assert looked > 1000


@pytest.mark.parametrize(("field", "said", "near"), [("gpu", "nvidia-t44", "nvidia-t4"), ("model", "lama-3-8b", "llama-3-8b"), ("goal", "lern a task", "learn-a-task"), ("symptom", "overfiting", "overfitting"),
                                                     ("priority", "cost-frist", "cost-first")])
def test_a_near_miss_is_suggested(advisor: Advisor, field: str, said: str, near: str) -> None:
    (message,) = faults(advisor, **{field: said})
    assert said in message and f"Did you mean {near}" in message and "tunewise ls " in message


def test_where_a_message_sends_people_there_is_a_list(advisor: Advisor) -> None:
    from tunewise.situation import plural_of

    for cls in advisor.index["names"]:
        kind = plural_of(cls)
        assert re.fullmatch(r"[a-z][a-z-]*", kind), f"'tunewise ls {kind}' cannot be typed in small letters"
        assert not kind.endswith(("chs", "shs", "sss")), f"{kind} is no plural"


def test_a_near_miss_of_an_input_is_suggested(advisor: Advisor) -> None:
    (message,) = faults(advisor, exampels=5)
    assert "No input 'exampels'. Did you mean examples?" in message


def test_inputs_have_aliases(advisor: Advisor) -> None:
    assert advisor.situation({"Card": "t4", "VRAM": None, "n-examples": 5, "max seq len": 512}) == {"gpu": "nvidia-t4", "examples": 5, "seq_len": 512}


def test_all_faults_are_told_at_once(advisor: Advisor) -> None:
    messages = faults(advisor, gpu="t44", modle="x", examples="many", seq_len=-4, goal=["a", "b"], prompting_tried="perhaps")
    assert len(messages) == 6
    for word in ("t44", "modle", "many", "-4", "goal", "perhaps"):
        assert any(word in message for message in messages), word


# ---- numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "meant"), [("5k", 5000), ("5K rows", 5000), ("5,000", 5000), ("5_000", 5000), ("5000.0", 5000), ("5e3", 5000), ("~5000", 5000), ("5000+", 5000), ("5 thousand", 5000), ("1.5k", 1500),
                                            ("5000 examples", 5000), ("2m", 2_000_000), (5000, 5000), (5000.0, 5000), ("0", 0), (False, 0), ("none", None)])
def test_numbers_as_people_write_them(advisor: Advisor, said: Any, meant: int | None) -> None:
    try:
        assert advisor.situation(examples=said) == {"examples": meant}
    except InputError:
        assert meant is None


@pytest.mark.parametrize("said", ["5 000", "12 345", "1 000 000"])
def test_a_number_is_never_read_in_part(advisor: Advisor, said: str) -> None:
    try:
        assert advisor.situation(examples=said) == {"examples": int(said.replace(" ", ""))}
    except InputError:
        pass  # refused is as good


@pytest.mark.parametrize(("field", "said"), [("params_b", "7b"), ("params_b", "7 B"), ("params_b", "7000m"), ("params_b", "7 billion"), ("params_b", 7), ("params_b", "7.0")])
def test_billions_of_parameters(advisor: Advisor, field: str, said: Any) -> None:
    assert advisor.situation({field: said}) == {field: 7}


@pytest.mark.parametrize(("field", "said"), [("gpu_memory_gib", "24 GB"), ("vram", "24GiB"), ("gpu_memory", 24), ("gpu_memory_gb", "24g")])
def test_memory_with_its_unit(advisor: Advisor, field: str, said: Any) -> None:
    assert advisor.situation({field: said}) == {"gpu_memory_gib": 24}


@pytest.mark.parametrize("said", [-1, "-5", 1e99, "1e99", 10**12, 10**400, float("nan"), float("inf"), "-inf", "nan", "1e400", "5.5", 5.5, "five", "5,00", "0x10", "1/2", "5-10", "5 to 10", "7 apples", True, [5], {"n": 5},
                                  b"5", "5" * 400, object()], ids=lambda said: repr(said)[:16])
def test_absurd_numbers_are_refused(advisor: Advisor, said: Any) -> None:
    (message,) = faults(advisor, examples=said)
    assert "examples" in message and len(message) < 400


@pytest.mark.parametrize(("field", "low", "high"), [("gpu_memory_gib", 1, 1024), ("n_gpus", 1, 4096), ("params_b", 0.01, 3000), ("seq_len", 1, 2_000_000)])
def test_a_number_stays_in_its_domain(advisor: Advisor, field: str, low: float, high: float) -> None:
    assert advisor.situation({field: low}) == {field: low} and advisor.situation({field: high}) == {field: high}
    for outside in (low - (1 if isinstance(low, int) else 0.001), high + 1):
        (message,) = faults(advisor, **{field: outside})
        assert "out of range" in message and f"{high:,}" in message


@pytest.mark.parametrize("said", [("model", True), ("model", 3), ("model", ["a"]), ("goal", {"a": 1}), ("prompting_tried", "maybe"), ("prompting_tried", 2), ("gpu", ""), ("symptom", ["overfitting", "x y z"]), ("gpu", ("t4", "a100"))])
def test_wrong_types_are_refused(advisor: Advisor, said: tuple[str, Any]) -> None:
    if said[1] == "":
        assert advisor.situation({said[0]: said[1]}) == {}
    else:
        assert said[0] in faults(advisor, **{said[0]: said[1]})[0]


@pytest.mark.parametrize("said", ["unknown", "?", None, "", "Unknown", "null"])
def test_what_is_not_known_may_be_said_so(advisor: Advisor, said: Any) -> None:
    assert advisor.situation(gpu=said, examples=said, goal=said, prompting_tried=said) == {}


@pytest.mark.parametrize(("said", "meant"), [("2x A100-80GB", 2), ("2 x A100 80GB", 2), ("8xA100-80GB", 8), ("2*a100-80gb", 2)])
def test_several_gpus_in_one_word(advisor: Advisor, said: str, meant: int) -> None:
    assert advisor.situation(gpu=said) == {"gpu": "nvidia-a100-80gb", "n_gpus": meant}


@pytest.mark.parametrize("said", ["0x T4", "9999x T4"])
def test_a_count_before_a_gpu_has_the_domain_of_the_count(advisor: Advisor, said: str) -> None:
    assert any("n_gpus" in message and "out of range" in message for message in faults(advisor, gpu=said))


def test_a_place_named_as_a_gpu_is_a_platform(advisor: Advisor) -> None:
    assert advisor.situation(gpu="Colab") == {"platform": "google-colab-t4"}


# ---- contradictions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [{"gpu": "2x t4", "n_gpus": 4}, {"gpu": "t4", "card": "a100-80gb"}, {"examples": 5, "rows": 6}])
def test_the_same_input_said_twice_and_differently_is_refused(advisor: Advisor, said: dict[str, Any]) -> None:
    (message,) = faults(advisor, **said)
    assert "said twice" in message


def test_the_same_input_said_twice_alike_is_fine(advisor: Advisor) -> None:
    assert advisor.situation({"gpu": "2x t4", "n_gpus": 2, "card": "T4"}) == {"gpu": "nvidia-t4", "n_gpus": 2}


@pytest.mark.parametrize("said", [{"gpu": "t4", "gpu_memory_gib": 80}, {"model": "llama-3-8b", "params_b": 70}])
def test_a_thing_and_another_figure_for_it_contradict_each_other(advisor: Advisor, said: dict[str, Any]) -> None:
    """A T4 of 80 GiB: one of the two is wrong, and nobody but the person knows which."""
    messages = " ".join(faults(advisor, **said))
    assert all(field in messages for field in said)


# ---- situation files -------------------------------------------------------------------------------------------


def refused(path: Path, *words: str) -> None:
    with pytest.raises(TunewiseError) as fault:
        read_yaml(path)
    (message,) = fault.value.messages
    assert str(path) in message and all(word in message for word in words), message


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "case.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_a_file_says_the_same_as_flags(advisor: Advisor, tmp_path: Path) -> None:
    file = written(tmp_path, "gpu: T4\nmodel: llama 3 8b\nexamples: 5k\nprompting_tried: yes\nsymptom: [overfitting]\n")
    assert advisor.situation(read_yaml(file)) == advisor.situation(gpu="T4", model="llama 3 8b", examples="5k", prompting_tried="yes", symptom="overfitting")
    assert read_yaml(written(tmp_path, "")) == read_yaml(written(tmp_path, "# nothing\n")) == {}


def test_yaml_constructs_no_objects(tmp_path: Path) -> None:
    made = tmp_path / "made"
    refused(written(tmp_path, f"gpu: !!python/object/apply:os.system ['touch {made}']\n"), "no valid YAML")
    refused(written(tmp_path, "gpu: !!python/name:os.system\n"))
    assert not made.exists()


def test_yaml_aliases_are_refused(tmp_path: Path) -> None:
    refused(written(tmp_path, "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"), ":2", "aliases")


def test_fifty_megabytes_are_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    with file.open("wb") as out:
        out.truncate(50_000_000)
    refused(file, "50 MB", "at most 1 MB")


@pytest.mark.parametrize(("text", "word"), [("- gpu: t4\n- examples: 5\n", "list"), ("just text\n", "str"), ("42\n", "int"), ("gpu: [t4\n", "no valid YAML"), ("gpu: t4\n\tmodel: x\n", "no valid YAML"), ("a: b: c\n", ":1"),
                                            (b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"), (b"gpu: \xff\xfe", "UTF-8"), ("gpu: \x00\n", "no valid YAML"), ("[" * 3000, ""), ("a: " + "{b: " * 3000, "")])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str | bytes, word: str) -> None:
    refused(written(tmp_path, text), word)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere.yaml", "cannot be read")
    refused(tmp_path, "cannot be read")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "gpu: t4\n")
    file.chmod(0)
    refused(file, "cannot be read")


def test_keys_of_any_type_are_told(advisor: Advisor, tmp_path: Path) -> None:
    with pytest.raises(InputError) as fault:
        advisor.situation(read_yaml(written(tmp_path, "1: 2\nnull: 3\n? [a, b]\n: 4\n2026-01-01: x\n")))
    assert len(fault.value.messages) >= 1


# ---- laws -----------------------------------------------------------------------------------------------------------

SAID = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.binary(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2), max_leaves=4)


def test_anything_said_is_understood_or_refused_in_words(advisor: Advisor) -> None:
    fields = sorted(advisor.index["inputs"])

    @settings(max_examples=400, deadline=None, derandomize=True)
    @given(st.dictionaries(st.sampled_from(fields) | st.text(max_size=12), SAID, max_size=4))
    def law(said: dict[str, Any]) -> None:
        try:
            checked = advisor.situation(said)
        except InputError as fault:
            assert fault.messages and all(isinstance(message, str) and message for message in fault.messages)
        else:
            assert set(checked) <= set(fields)
            assert advisor.situation(checked) == checked

    law()


def test_checking_twice_changes_nothing(advisor: Advisor, sweep: list[dict[str, Any]]) -> None:
    assert len(sweep) >= 500
    for situation in sweep:
        assert advisor.situation(situation) == situation


def test_the_order_of_inputs_does_not_matter(advisor: Advisor) -> None:
    said = {"gpu": "2x t4", "model": "Llama 3 8B", "examples": "5k", "goal": "learn a task"}
    assert advisor.situation(said) == advisor.situation(dict(reversed(list(said.items()))))


def test_the_sweep_knows_only_declared_inputs(advisor: Advisor) -> None:
    assert {*AXES, *RARE} <= set(advisor.index["inputs"])


def test_names_need_no_engine() -> None:
    index = {"inputs": {"card": {"type": "Card", "label": "card", "aliases": [], "unit": "", "min": None, "max": None, "multiple": False, "concern": ""}}, "names": {"Card": {"one": ["One", "Eins"]}}}
    assert check({"CARD": "eins"}, index) == {"card": "one"}
    assert Names(index).near("Card", "onee") == ["one"]

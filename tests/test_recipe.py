"""Recipes are written from the decision alone, with a reason beside every value, and nothing a person says becomes code."""
from __future__ import annotations

import ast
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings, strategies as st

from conftest import DAY, ROOT, python
from tunewise import recipe
from tunewise.errors import InputError
from tunewise.recipe_template import named

T4 = {"gpu": "t4", "model": "llama-3-8b", "examples": 5000, "goal": "learn a task"}
NASTY = 'a"b\'c\n{x} """ \\ $(touch pwned) #: if adapted {{model}} é.jsonl'


def made(advisor: Any, technique: str, out: Path = Path("out"), data: Path | None = None, **given: Any) -> recipe.Recipe:
    return recipe.written(advisor, technique, advisor.situation({**T4, **given}), data, out)


def trained(advisor: Any) -> list[str]:
    return sorted(t for t in advisor.index["names"]["Technique"])


def constant(script: str, name: str) -> Any:
    """The value of a constant of a script, read as a literal and never run."""
    for node in ast.parse(script).body:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == name:
            assert isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value
            return ast.literal_eval(node.value)
    raise AssertionError(f"no constant {name}")


def test_a_recipe_is_a_folder_that_stands_alone(advisor: Any) -> None:
    files = made(advisor, "qlora").files
    assert set(files) == {"train.py", "merge.py", "quantize_nf4.py", "quantize_gptq.py", "requirements.txt", "README.md", "decision.json"}
    assert "import tunewise" not in files["train.py"] and files["train.py"].startswith("# /// script\n")
    assert json.loads(files["decision.json"])["verdict"] == "yes"
    assert all(line.count("==") == 1 for line in files["requirements.txt"].splitlines())


def test_the_same_decision_gives_the_same_bytes(advisor: Any) -> None:
    assert made(advisor, "qlora").files == made(advisor, "qlora").files
    assert made(advisor, "qlora").files != made(advisor, "qlora", seq_len=512).files


def test_another_build_of_the_knowledge_gives_the_same_bytes(advisor: Any, tmp_path: Path) -> None:
    code = f"""
import hashlib, sys
from pathlib import Path
from tunewise import Advisor, recipe
a = Advisor(as_of={DAY!r})
for t in ("qlora", "dpo", "full-fine-tuning"):
    files = recipe.written(a, t, a.situation({T4!r}), None, Path("out")).files
    print(t, hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest())
"""
    run = python(code, env={"TUNEWISE_CACHE": str(tmp_path / "cache"), "PYTHONHASHSEED": "7"})
    assert run.returncode == 0, run.stderr
    for line in run.stdout.splitlines():
        technique, digest = line.split()
        assert hashlib.sha256(repr(sorted(made(advisor, technique).files.items())).encode()).hexdigest() == digest, technique


def test_every_value_that_sources_give_stands_with_its_reason(advisor: Any) -> None:
    script = made(advisor, "qlora").files["train.py"]
    rate = next(line for line in script.splitlines() if '"learning_rate": 0.0002' in line)
    assert "QLoRA paper" in rate
    assert "what cards of today" not in next(line for line in script.splitlines() if line.startswith("DTYPE"))


def test_settings_follow_the_card(advisor: Any) -> None:
    t4, a100 = made(advisor, "qlora").files["train.py"], made(advisor, "qlora", gpu="a100-80gb").files["train.py"]
    assert constant(t4, "ARGUMENTS")["fp16"] and not constant(t4, "ARGUMENTS")["bf16"] and constant(t4, "DTYPE") == "float16"
    assert constant(a100, "ARGUMENTS")["bf16"] and constant(a100, "DTYPE") == "bfloat16"
    assert constant(t4, "ATTENTION") != "flash_attention_2"


def test_a_kernel_that_is_not_installed_is_done_without(advisor: Any) -> None:
    script = made(advisor, "qlora", gpu="a100-80gb").files["train.py"]
    assert constant(script, "ATTENTION") == "flash_attention_2" and 'find_spec("flash_attn")' in script and "flash-attn" not in made(advisor, "qlora", gpu="a100-80gb").files["requirements.txt"]


def test_a_loss_that_is_no_number_is_logged_as_such_and_images_are_not_cut(advisor: Any) -> None:
    assert constant(made(advisor, "qlora").files["train.py"], "ARGUMENTS")["logging_nan_inf_filter"] is False
    assert constant(made(advisor, "vlm-sft", gpu="a100-80gb", model="llava-1.5-7b").files["train.py"], "ARGUMENTS")["max_length"] is None


def test_what_the_person_says_is_kept(advisor: Any) -> None:
    script = made(advisor, "lora", epochs=2, micro_batch=4, seq_len=512, rank=8, optimizer="paged-adamw-8bit", gradient_checkpointing=False).files["train.py"]
    arguments = constant(script, "ARGUMENTS")
    assert (arguments["num_train_epochs"], arguments["per_device_train_batch_size"], arguments["max_length"], arguments["gradient_checkpointing"]) == (2, 4, 512, False)
    assert arguments["optim"] == "paged_adamw_8bit" and "bitsandbytes" in script


@pytest.mark.parametrize("name", [NASTY, "x'); import os; os.system('true') #.jsonl", "tab\tand\x0cfeed.jsonl"])
def test_no_text_of_a_person_becomes_code(advisor: Any, tmp_path: Path, name: str) -> None:
    file = tmp_path / name.replace("/", "_")
    file.write_text('{"instruction": "{x} \\"", "input": "", "output": "ok"}\n', encoding="utf8")
    files = made(advisor, "qlora", tmp_path / "out", file).files
    assert constant(files["train.py"], "DATA") == f"../{file.name}"
    plain = made(advisor, "qlora", tmp_path / "out", None).files["train.py"]
    shape = [type(node).__name__ for node in ast.walk(ast.parse(files["train.py"])) if not isinstance(node, (ast.Constant, ast.JoinedStr))]
    assert shape == [type(node).__name__ for node in ast.walk(ast.parse(plain)) if not isinstance(node, (ast.Constant, ast.JoinedStr))]


class Hostile:
    """An advisor whose every text from the knowledge base is a hostile one; names of classes and keywords stay."""

    KEEP = {"id", "key", "built", "trainer", "arguments", "template", "stack", "net", "auto_class", "task_type", "signatures", "property", "technique", "becomes", "turns", "role", "content", "asks", "answers", "script",
            "verdict", "field", "quantity", "name", "source", "dataFormat", "built_with", "fields", "results", "classes", "model_kinds", "shape", "kind", "kinds_with_loops", "shards", "pins", "python", "of", "value",
            "also_pins", "length_key", "loop"}

    def __init__(self, advisor: Any, text: str) -> None:
        self.knowledge, self.situation, self._advisor, self._text = advisor.knowledge, advisor.situation, advisor, text

    def ask(self, question: str, situation: dict[str, Any], **more: Any) -> Any:
        answer = self._advisor.ask(question, situation, **more)
        return self._spoilt(answer) if question in ("recipe", "settings") else answer

    def _spoilt(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: self._spoilt(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self._spoilt(v, key) for v in value]
        return self._text if isinstance(value, str) and value and key not in self.KEEP else value


def skeleton(script: str) -> list[str]:
    """The kinds of a script's parts in order, without what its texts say."""
    return [type(node).__name__ for node in ast.walk(ast.parse(script)) if not isinstance(node, (ast.Constant, ast.JoinedStr))]


WORST = ['"""', "'''", "{{model}}", "#: include head", "#: if adapted", "${HOME}", "`id`", "\\N{BULLET}", "\\", 'x"\n    import os', "--- !!python/object/apply:os.system [id]", "\\u000aimport os", "# ///\n# x"]


@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])
@given(text=st.text(st.sampled_from("a1'\"\\\n\r\t{}$`#:;()<>|&%\x00\x1b\u2028\u202e é"), min_size=1, max_size=40) | st.sampled_from(WORST))
def test_hostile_knowledge_stays_text(advisor: Any, text: str) -> None:
    for technique, more in (("qlora", {}), ("grpo", {}), ("lora", {"n_gpus": 4, "gpu": "a100-80gb"})):
        situation = advisor.situation({**T4, **more})
        plain = recipe.written(advisor, technique, situation, None, Path("out")).files
        spoilt = recipe.written(Hostile(advisor, text), technique, situation, None, Path("out")).files
        assert set(plain) == set(spoilt)
        for name in plain:
            if name.endswith(".py"):
                assert skeleton(spoilt[name]) == skeleton(plain[name]), name
                assert spoilt[name].count("\n# ///\n") == plain[name].count("\n# ///\n")
            if name.endswith(".yaml"):
                assert yaml.safe_load(spoilt[name]).keys() == yaml.safe_load(plain[name]).keys()


@pytest.mark.parametrize("word", ["os.system('x')", "a b", "../x", "peft.LoraConfig;x", "x\n", "1x", "é.x"])
def test_only_a_name_becomes_a_name_in_code(word: str) -> None:
    with pytest.raises(InputError):
        named(word)
    assert named("peft.LoraConfig") and named("teacher-talk") and named("quantize_nf4.py")


def test_every_technique_has_a_recipe_or_a_reason(advisor: Any) -> None:
    names, written, refused = trained(advisor), 0, 0
    assert len(names) > 300
    for technique in names[::3]:
        try:
            done = made(advisor, technique, gpu="a100-80gb", base_bits=16)
        except InputError as fault:
            assert all(message.startswith("No recipe for") for message in fault.messages)
            continue
        if done.files:
            written += 1
            for name, text in done.files.items():
                if name.endswith(".py"):
                    ast.parse(text)
                    assert "{{" not in text.replace("{{ ", "").replace("{{'", "") or name != "merge.py"
        else:
            refused += 1
            assert len(done.told) > 40 and done.told.splitlines()[0].endswith((".", "...")) or "heading" in done.told
    assert written >= 30 and refused >= 60


def test_what_no_longer_exists_is_refused_with_what_to_use_instead(advisor: Any) -> None:
    gone = made(advisor, "ppo")
    assert not gone.files and "1.13" in gone.told and "tunewise recipe rloo" in gone.told


def test_a_base_on_which_a_technique_fails_is_refused_with_what_was_seen(advisor: Any) -> None:
    with pytest.raises(InputError, match="AttributeError.*base_bits=4"):
        made(advisor, "dora", base_bits=8)
    assert made(advisor, "dora", base_bits=4).files


def test_a_loop_for_one_kind_of_model_wants_such_a_model(advisor: Any) -> None:
    with pytest.raises(InputError, match="kind vision-language.*qwen2-vl-7b|kind vision-language.*model="):
        made(advisor, "vlm-sft", gpu="a100-80gb")
    with pytest.raises(InputError, match="kind embedding or encoder.*bge-m3"):
        made(advisor, "fine-tuned-embeddings")
    with pytest.raises(InputError, match="trains no vision-language models"):
        made(advisor, "dpo", model="llava-1.5-7b")
    seeing = made(advisor, "qlora", model="llava-1.5-7b").files["train.py"]  # any supervised technique sees, with a model that does
    assert "AutoModelForImageTextToText" in seeing and '"<image>' in seeing


def test_negatives_of_a_batch_are_those_of_one_pass(advisor: Any) -> None:
    script = made(advisor, "fine-tuned-embeddings", model="bge-m3").files["train.py"]
    arguments = constant(script, "ARGUMENTS")
    assert arguments["gradient_accumulation_steps"] == 1 and arguments["per_device_train_batch_size"] > constant(script, "PORTION")
    assert arguments["batch_sampler"] == "no_duplicates" and not arguments["gradient_checkpointing"]


@pytest.mark.parametrize("technique, wanted, not_wanted", [("lora", ("vllm serve merged", "llama-quantize", "--enable-lora --max-lora-rank 32", "uv run quantize_gptq.py"), ("text-embeddings",)),
                                                            ("full-fine-tuning", ("vllm serve trained", "quantize_nf4.py"), ("--enable-lora", "merge.py")),
                                                            ("dora", ("vllm serve merged", "merge.py"), ("peft.DoRA",)), ("sequence-classification", ("AutoModelForSequenceClassification",), ("vllm", "quantize"))])
def test_what_comes_after_fits_what_training_leaves(advisor: Any, technique: str, wanted: tuple[str, ...], not_wanted: tuple[str, ...]) -> None:
    files = made(advisor, technique, gpu="a100-80gb", model="llama-3.2-1b").files
    after = files["README.md"].partition("## Afterwards")[2]
    assert all(part in after for part in wanted) and not [part for part in not_wanted if part in after]
    named = {word.strip("`.") for word in after.replace("`", " ").split() if word.startswith("quantize_") and word.endswith(".py")}
    assert {name for name in named if "*" not in name} <= set(files)


def test_several_gpus_share_the_least_that_fits(advisor: Any) -> None:
    def kind(**given: Any) -> dict[str, Any]:
        files = made(advisor, given.pop("technique", "lora"), **{"gpu": "a100-80gb", "n_gpus": 4, **given}).files
        assert "accelerate launch --config_file accelerate.yaml train.py" in files["train.py"]
        found: dict[str, Any] = yaml.safe_load(files["accelerate.yaml"])
        assert found["num_processes"] == 4 and all(pin in files["requirements.txt"] for pin in ["deepspeed"] * (found["distributed_type"] == "DEEPSPEED"))
        return found

    assert kind(model="llama-3.2-1b")["distributed_type"] == "MULTI_GPU"
    assert kind(model="llama-3.1-8b", technique="full-fine-tuning")["fsdp_config"]["fsdp_reshard_after_forward"] in (True, False)
    shared = kind(model="llama-3.1-70b")
    assert shared["distributed_type"] == "FSDP" and shared["fsdp_config"]["fsdp_version"] == 2 and shared["fsdp_config"]["fsdp_reshard_after_forward"] is True
    assert kind(model="llama-3.1-70b", framework="deepspeed")["deepspeed_config"]["zero_stage"] == 3
    assert kind(model="llama-3.2-1b", sharding="state-sharding")["deepspeed_config"]["zero_stage"] == 1
    assert kind(model="llama-3.2-1b", sharding="full-sharding")["distributed_type"] == "FSDP"
    assert "accelerate.yaml" not in made(advisor, "lora").files
    assert "bnb_4bit_quant_storage=dtype" in made(advisor, "qlora", model="llama-3.1-70b", gpu="rtx-3090", n_gpus=4).files["train.py"]


def test_the_data_decides_how_it_is_read(advisor: Any, tmp_path: Path) -> None:
    rows = {"chat.jsonl": '{"messages": [{"role": "user", "content": "a"}]}', "share.json": '[{"conversations": [{"from": "human", "value": "a"}]}]',
            "pc.csv": "prompt,completion\na,b"}
    read = {}
    for name, text in rows.items():
        (tmp_path / name).write_text(text)
        read[name] = json.loads(made(advisor, "lora", tmp_path / "out", tmp_path / name).files["decision.json"])["format"]
    assert read == {"chat.jsonl": "openai-chat-format", "share.json": "sharegpt-format", "pc.csv": "completion-format"}


def test_data_of_the_wrong_shape_is_told_with_what_is_wanted(advisor: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"frage": "a", "antwort": "b"}\n')
    with pytest.raises(InputError, match="frage, antwort.*prompt, chosen, rejected|frage, antwort.*chosen"):
        made(advisor, "dpo", tmp_path / "out", tmp_path / "bad.jsonl")


def test_all_mistakes_of_a_technique_are_told_at_once(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "my-dora.ttl").write_text("""@prefix tw: <https://w3id.org/tunewise/ns#> .
@prefix kb: <https://w3id.org/tunewise/kb/> .
@prefix my: <https://example.org/my/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
my:my-dora a tw:Approach ; rdfs:label "My DoRA" ; tw:variantOf kb:lora ; tw:trainsOn tw:ownGpu ; tw:serves kb:learn-a-task ;
    tw:settings [ tw:key "rank" ; tw:value 8 ],
        [ tw:key "use_doora" ; tw:value true ] .
""")
    code = f"""
from pathlib import Path
from tunewise import Advisor, recipe
from tunewise.knowledge import Knowledge
from tunewise.errors import InputError
k = Knowledge(); k = Knowledge((*k.ontology, Path({str(own)!r})), k.rules)
a = Advisor(k)
try:
    recipe.written(a, "my-dora", a.situation({T4!r}), None, Path("out"))
except InputError as fault:
    print("\\n".join(fault.messages))
"""
    run = python(code)
    assert "peft.LoraConfig" in run.stdout and "'rank' (my-dora.ttl:6)" in run.stdout and "Did you mean r?" in run.stdout
    assert "'use_doora' (my-dora.ttl:7)" in run.stdout and "Did you mean use_dora?" in run.stdout


def test_the_command_writes_and_does_not_overwrite_other_things(tmp_path: Path) -> None:
    def said(*more: str) -> Any:
        return python(f"import os, sys; os.chdir({str(tmp_path)!r}); from tunewise.cli import main; sys.exit(main({['recipe', *more]!r}))")

    start = time.monotonic()
    run = said("qlora", "-s", str(ROOT / "examples" / "t4.yaml"), "--out", "r")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "r" / "train.py").exists() and time.monotonic() - start < 20
    assert said("qlora", "-s", str(ROOT / "examples" / "t4.yaml"), "--out", "r").returncode == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    refused = said("qlora", "--out", "other")
    assert refused.returncode == 2 and "--out DIR" in refused.stderr
    assert said("prompt-engineering", "--out", "p").returncode == 1 and not (tmp_path / "p").exists()
    assert said("qlora", "--data", "missing.jsonl").returncode == 2


def test_nothing_of_training_is_imported(tmp_path: Path) -> None:
    run = python(f"import sys; from tunewise.cli import main; main(['recipe', 'lora', '--out', {str(tmp_path / 'x')!r}]); print('|', [m for m in ('torch', 'transformers', 'peft') if m in sys.modules])")
    assert run.stdout.rstrip().endswith("| []")

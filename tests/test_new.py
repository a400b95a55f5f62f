"""Laws of `tunewise new`: Turtle from the first moment, nothing overwritten, nothing smuggled in, and what is open is told."""
from __future__ import annotations

import datetime
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings, strategies

from conftest import DAY, environment, tunewise
from tunewise import graph, new, new_asks, new_kinds
from tunewise.errors import InputError

TW = graph.TW
CONFIG = {"model_type": "qwen3", "hidden_size": 4096, "num_hidden_layers": 36, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 12288, "vocab_size": 151936,
          "max_position_embeddings": 40960, "tie_word_embeddings": False}
FULL: dict[str, dict[str, str]] = {
    "technique": {"variant-of": "dora", "definition": "DoRA that differs by glowing.", "also": "Glow, Glühen", "base-weights": "nf4-weights", "needs": "examples>=500,compute_capability>=8.0", "choose": "It glows.",
                  "when": "goal=learn a task,quality_need=highest", "source": "our runs", "evidence": "measured", "locator": "run 7", "date": "2026-10"},
    "model": {"definition": "A model.", "hub-id": "a/b", "licence": "mit", "access": "openWeights", "model-kind": "instruct", "source": "its card", "evidence": "vendor"},
    "gpu": {"memory-gib": "40", "compute-capability": "8.0", "usable-gib": "38.5", "definition": "A card.", "usd-per-hour": "1,000.50", "locator": "list"},
    "source": {"title": "Lab book of 2026", "evidence": "measured", "date": "2026-10-01"},
    "claim": {"about": "lora", "says": "trainable_share=0.1..1", "when": "params_b=6.5..7.5,goal=learn-a-task|be-safer", "arxiv": "2699.12345", "locator": "Table 2"},
}


@pytest.fixture(scope="module")
def catalogue(graph: Any) -> new.Catalogue:
    return new.Catalogue(graph)


@pytest.fixture(scope="module")
def profiles(advisor: Any) -> Path:
    return Path(advisor.knowledge.ontology[0]) / "profiles"


def begun(catalogue: new.Catalogue, profiles: Path, kind: str, name: str, said: dict[str, str] | None = None, cards: Any = ()) -> new.File:
    return new_kinds.made(kind, name, said or {}, catalogue, profiles, datetime.date.fromisoformat(DAY), list(cards))[1]


def triples(file: new.File) -> set[tuple[str, str, str]]:
    """What a file says, without the namespaces of tw and my."""
    short = lambda t: t.value.removeprefix(TW).removeprefix(new.MINE) if isinstance(t, ox.NamedNode | ox.Literal) else "_"  # noqa: E731
    return {(short(q.subject), short(q.predicate), short(q.object)) for q in ox.parse(file.text().encode(), format=ox.RdfFormat.TURTLE)}


@pytest.mark.parametrize("kind", sorted(new_asks.ASKS))
def test_what_is_written_is_turtle_from_the_first_moment(catalogue: new.Catalogue, profiles: Path, kind: str) -> None:
    full = begun(catalogue, profiles, kind, "Glow thing", FULL[kind])
    assert ("glow-thing", new.graph.PREFIXES["rdf"] + "type", {"technique": "Approach", "gpu": "Gpu", "model": "Model", "source": "Source", "claim": "Claim"}[kind]) in triples(full)
    assert set(FULL[kind]) <= {ask.flag for ask in new_asks.ASKS[kind]}
    if kind != "claim":
        bare = begun(catalogue, profiles, kind, "Glow thing")
        assert triples(bare) and bare.open(), "what nobody said is to be filled in"
        for line, _ in bare.open():
            assert new.TODO in bare.text().splitlines()[line - 1]


def test_all_that_was_said_is_in_the_file(catalogue: new.Catalogue, profiles: Path) -> None:
    said = triples(begun(catalogue, profiles, "technique", "Glow", FULL["technique"]))
    kb = graph.PREFIXES[""]
    assert {("glow", "variantOf", kb + "dora"), ("glow", "baseWeights", kb + "nf4-weights"), ("glow", "builtWith", "peft.LoraConfig"), ("glow", "family", kb + "peft")} <= said, "the variant's facts are copied, what was said replaces them"
    assert ("glow", "baseWeights", kb + "bf16-weights") not in said
    assert {("glow-examples-our-runs", "atLeast", "500"), ("glow-examples-our-runs", "source", "our-runs"), ("glow-compute-capability-our-runs", "atLeast", "8"), ("glow-choose-our-runs", "locator", "run 7"),
            ("our-runs", "evidence", TW + "measured"), ("_", "value", kb + "highest")} <= {(s, p, o if p != "evidence" else TW + o) for s, p, o in said}
    claim = triples(begun(catalogue, profiles, "claim", "c", FULL["claim"]))
    assert {("c", "low", "0.1"), ("c", "high", "1"), ("c", "source", "arxiv-2699-12345"), ("arxiv-2699-12345", "http://purl.org/dc/terms/identifier", "arXiv:2699.12345"), ("_", "atLeast", "6.5"), ("_", "oneOf", kb + "be-safer")} <= claim


def test_a_refuted_claim_is_pointed_at_and_a_known_source_is_not_written_again(catalogue: new.Catalogue, profiles: Path) -> None:
    said = triples(begun(catalogue, profiles, "claim", "ours", {"about": "lora", "says": "examples>=900", "source": "the cheat sheet", "locator": "x", "refutes": "lora-examples-cheat-sheet"}))
    assert (graph.PREFIXES[""] + "lora-examples-cheat-sheet", "refutedBy", "ours") in said and ("ours", "source", graph.PREFIXES[""] + "cheat-sheet") in said
    assert not any(o == "Source" for _, _, o in said)


@settings(max_examples=150, deadline=None)
@given(text=strategies.text(min_size=1, max_size=60), other=strategies.text(alphabet='"\\\n\r\t .#<>;[]{}^@\'\x00\u2028é', min_size=1, max_size=30))
def test_no_text_breaks_out_of_its_place(catalogue: new.Catalogue, profiles: Path, text: str, other: str) -> None:
    for said in ({"label": text, "definition": other}, {"label": other, "definition": text, "also": text.replace(",", "")}):
        file = begun(catalogue, profiles, "technique", "Glow", {**said, "choose": other + "x", "locator": text, "source": "our runs", "needs": "examples>=5"})
        found = triples(file)
        assert {s for s, _, _ in found} == {"glow", "our-runs", "glow-examples-our-runs", "glow-choose-our-runs"}, "nothing but what was asked for is stated"
        kept = " ".join("".join(c for c in said["definition"] if c >= " " or c in "\t\n\r").split())
        definitions = {o for s, p, o in found if p.endswith("definition")}
        assert definitions == ({" ".join(said["definition"].split())} if said["definition"].strip() and kept == " ".join(said["definition"].split()) else definitions)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../b", "..", "日本", "!!!", "x" * 200, "a\\..\\b"])
def test_a_name_that_is_a_path_or_no_name_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        new.slug(name)


def test_a_name_that_is_taken_is_refused_with_what_to_do_instead(catalogue: new.Catalogue, profiles: Path) -> None:
    for kind, name in (("technique", "DoRA"), ("model", "llama 3 8b"), ("gpu", "T4"), ("claim", "lora-examples-cheat-sheet")):
        with pytest.raises(InputError, match="There is a"):
            begun(catalogue, profiles, kind, name, FULL[kind])


def test_all_faults_are_told_at_once_with_the_nearest(catalogue: new.Catalogue, profiles: Path) -> None:
    with pytest.raises(InputError) as told:
        begun(catalogue, profiles, "technique", "Glow", {"serves": "learn a tsk", "variant-of": "qlroa", "evidence": "mesured", "needs": "exmaples>=5,examples>5,goal>=3", "when": "what", "from-peft": "LoraCnfig", "trains-on": "moon", "arxiv": "x"})
    text = "\n".join(told.value.messages)
    for word in ("learn-a-task", "qlora", "measured", "examples", "examples>=5", "goal is not a number", "'what' says nothing", "LoraConfig", "ownGpu", "2305.14314"):
        assert word in text
    with pytest.raises(InputError, match="takes no 'rnak'"):
        begun(catalogue, profiles, "technique", "Glow", {"from-peft": "LoraConfig", "set": "rnak=4"})


# ---- what a machine can tell -----------------------------------------------------------------------------------


def test_a_model_is_read_from_its_configuration_or_the_hubs_cache(catalogue: new.Catalogue, profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "hub" / "models--Glow--Qwen9-8B"
    (home / "snapshots" / "abc").mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc")
    config = home / "snapshots" / "abc" / "config.json"
    config.write_text(json.dumps(CONFIG))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    by_file, by_id = (triples(begun(catalogue, profiles, "model", "Qwen9", {"from": where})) for where in (str(config), "Glow/Qwen9-8B"))
    assert by_id - by_file == {("qwen9", "hubId", "Glow/Qwen9-8B")}
    assert {("qwen9", "paramsB", "8.190726"), ("qwen9", "layers", "36"), ("qwen9", "kvHeads", "8"), ("qwen9", "headDim", "128"), ("qwen9", "intermediateSize", "12288"), ("qwen9", "maxContext", "40960"), ("qwen9", "tiedEmbeddings", "false")} <= by_file
    with pytest.raises(InputError, match="hf download Glow/Other"):
        begun(catalogue, profiles, "model", "Qwen9", {"from": "Glow/Other"})


def test_a_gpu_is_read_from_nvidia_smi(tmp_path: Path) -> None:
    smi = tmp_path / "bin" / "nvidia-smi"
    smi.parent.mkdir()
    smi.write_text('#!/bin/sh\necho "Tesla T9, 15360, 7.5"\necho "broken"\n')
    smi.chmod(0o755)
    run = tunewise("new", "gpu", "Tesla T9", "--out", str(tmp_path / "mine"), "--json", env={"PATH": f"{smi.parent}:{os.environ['PATH']}"})
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    text = Path(said["file"]).read_text()
    assert "tw:memoryGib 16 ;" in text, "a card that shows 15 GiB is sold as one of 16"
    assert "tw:computeCapability 7.5 ;" in text and "tw:supportsBf16 false" in text and "tw:quantity tw:visibleGib ; tw:value 15 ;" in text
    assert any("same compute capability" in remark for remark in said["remarks"]), "what was supposed is told"


def test_settings_come_from_the_installed_class_and_else_from_the_recorded_signature(catalogue: new.Catalogue, profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "glowlib.py").write_text('''from dataclasses import dataclass, field
__version__ = "9.9"
@dataclass
class Base:
    path: str = ""
@dataclass
class GlowConfig(Base):
    r: int = field(default=8, metadata={"help": "How much\\nit glows."})
    odd: object = field(default_factory=list)
class NeedsConfig:
    def __init__(self, watts, r=3): ...
''')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    file = begun(catalogue, profiles, "technique", "Glow", {"from-peft": "glowlib.GlowConfig", "set": "r=16"})
    assert {("glow", "builtWith", "glowlib.GlowConfig"), ("_", "key", "r"), ("_", "value", "16")} <= triples(file)
    assert "r = 8   How much it glows." in file.text() and "path" not in file.text().split("takes what follows")[1].split("\n    .")[0], "parameters of the base class are not its own"
    assert any("glowlib 9.9, installed here" in remark for remark in file.remarks)
    assert any("cannot be built without it" in what for _, what in begun(catalogue, profiles, "technique", "Glow", {"from-peft": "glowlib.NeedsConfig"}).open())
    with pytest.raises(InputError, match="Did you mean GlowConfig"):
        begun(catalogue, profiles, "technique", "Glow", {"from-peft": "glowlib.GlowConfg"})
    recorded = begun(catalogue, profiles, "technique", "Glow", {"from-peft": "LoraConfig", "set": "init_lora_weights=orthogonal,use_dora=true"})
    assert {("glow", "trainer", "trl.SFTTrainer"), ("_", "value", "orthogonal"), ("_", "value", "true")} <= triples(recorded)
    assert "peft_version" not in recorded.text()


# ---- the command ---------------------------------------------------------------------------------------------------


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    args = ("new", "source", "Lab book", "--out", str(tmp_path / "mine"), "--title", "T", "-q")
    assert tunewise(*args).returncode == 0
    target = tmp_path / "mine" / "lab-book.ttl"
    target.write_text("# mine\n")
    again = tunewise(*args)
    assert again.returncode == 2 and "exists" in again.stderr and target.read_text() == "# mine\n"
    dangling = tmp_path / "mine" / "other.ttl"
    dangling.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="exists"):
        new.write(tmp_path / "mine", "other.ttl", "x")
    assert not (tmp_path / "elsewhere").exists() and sorted(p.name for p in (tmp_path / "mine").iterdir()) == ["lab-book.ttl", "other.ttl"]


def test_a_file_begun_with_all_flags_is_sound_at_once(tmp_path: Path) -> None:
    flags = [part for key, value in FULL["technique"].items() for part in (f"--{key}", value)]
    run = tunewise("new", "technique", "Glow tuning", *flags, "--out", str(tmp_path))
    assert run.returncode == 0 and "to fill in" not in run.stdout, run.stdout + run.stderr
    checked = tunewise("check", str(tmp_path / "glow-tuning.ttl"), "--json", env={"TUNEWISE_KNOWLEDGE": None})
    found = json.loads(checked.stdout)
    faults = [f for f in (found if isinstance(found, list) else found["findings"]) if f["severity"] in ("error", "warning") and (f["file"] or "").startswith(str(tmp_path))]
    assert checked.returncode == 0 and not faults, faults


def test_what_a_kind_takes_is_told_where_it_is_not_understood() -> None:
    run = tunewise("new", "technique", "x", "--famly", "y")
    assert run.returncode == 2 and "Did you mean --family?" in run.stderr and all(f"--{ask.flag}" in run.stderr for ask in new_asks.ASKS["technique"])
    assert "Did you mean model?" in tunewise("new", "modle", "x").stderr and "technique|model|gpu|source|claim" in tunewise("new").stderr


def test_questions_are_asked_on_a_terminal_alone(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "tunewise", "new", "source", "Lab book", "--out", str(tmp_path), "--evidence", "measured"], stdin=follower, stdout=subprocess.PIPE, stderr=follower, env=environment())
    os.close(follower)
    os.write(leader, b"Lab book of 2026\n\n")
    out, _ = process.communicate(timeout=120)
    asked = b""
    try:
        while chunk := os.read(leader, 4096):
            asked += chunk
    except OSError:
        pass
    os.close(leader)
    assert process.returncode == 0 and b"full title?" in asked and b"How does it weigh" not in asked, "what a flag said is not asked again"
    assert 'dcterms:title "Lab book of 2026"' in (tmp_path / "lab-book.ttl").read_text() and b"was written" in out

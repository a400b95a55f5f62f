"""A recipe's script as it is used: it stops and goes on, says what would fail, and leaves what its README promises.

Runs where the pinned versions are at hand, as test_recipe_smoke.py; all runs of the script share one process, which imports once.
"""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from test_recipe_smoke import PYTHON, pytestmark as needs_libraries
from tunewise import recipe

pytestmark = needs_libraries
QUANTIZE = os.environ.get("TUNEWISE_QUANTIZE_PYTHON", "")
STEPS = 25
LAUNCHES: dict[str, dict[str, Any]] = {"ddp": {"model": "llama-3.2-1b"}, "fsdp": {"model": "llama-3.1-70b"}, "kept": {"model": "llama-3.2-1b", "sharding": "gradient-sharding"},
                                       **{f"zero-{at}": {"model": "llama-3.2-1b", "sharding": kind, "framework": "deepspeed"} for at, kind in enumerate(("state-sharding", "gradient-sharding", "full-sharding"), 1)}}
DRIVER = r"""
import contextlib, io, json, os, runpy, signal, sys, threading, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
folder = Path(sys.argv[1]); told = {}

def run(name, script, *options):
    out, code = io.StringIO(), 0
    sys.argv = [script, *options]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            runpy.run_path(str(folder / script), run_name="__main__")
    except SystemExit as stop:
        code = stop.code or 0
    finally:
        sys.modules.pop("train", None)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
    told[name] = {"code": code, "said": out.getvalue()[-3000:]}

def interrupt(file):
    while not file.exists() or len(file.read_text().splitlines()) < 3:
        time.sleep(0.002)
    os.kill(os.getpid(), signal.SIGINT)

smoke = ["--smoke", "--steps", STEPS]
run("whole", "train.py", *smoke, "--out", str(folder / "whole"))
threading.Thread(target=interrupt, args=(folder / "parted-smoke" / "loss.csv",), daemon=True).start()
run("stopped", "train.py", *smoke, "--out", str(folder / "parted"))
told["steps when stopped"] = len((folder / "parted-smoke" / "loss.csv").read_text().splitlines()) - 1
run("resumed", "train.py", *smoke, "--resume", "--out", str(folder / "parted"))
run("nothing to resume", "train.py", *smoke, "--resume", "--out", str(folder / "none"))
run("not finite", "wild.py", *smoke, "--out", str(folder / "wild"))
base = str(folder / "whole-smoke" / "base")
run("dry", "train.py", "--dry-run", "--model", base)
run("dry with faults", "broken.py", "--dry-run", "--model", str(folder / "no-such-model"))
run("bad data", "train.py", "--dry-run", "--model", base, "--data", str(folder / "bad.jsonl"))
run("merge", "merge.py", "--model", base, "--adapter", str(folder / "whole-smoke"), "--out", str(folder / "merged"))
run("nf4", "quantize_nf4.py", "--out", str(folder / "small"))

from accelerate.commands.config.config_args import load_config_from_file
told["launches"] = {}
for file in sorted(folder.glob("launch-*.yaml")):
    loaded = load_config_from_file(str(file))
    told["launches"][file.stem] = [loaded.distributed_type.value, loaded.num_processes, loaded.mixed_precision, loaded.fsdp_config, loaded.deepspeed_config]

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM
a, b = (load_file(folder / f"{name}-smoke" / "adapter_model.safetensors") for name in ("whole", "parted"))
told["resumed difference"] = max(float((a[key] - b[key]).abs().max()) for key in a)
told["moved"] = max(float(value.abs().max()) for key, value in a.items() if "lora_B" in key)
ids = torch.arange(3, 40)[None]
with torch.no_grad():
    large, small = (AutoModelForCausalLM.from_pretrained(folder / name)(ids).logits.float() for name in ("merged", "small"))
told["apart"] = float((large - small).abs().mean() / large.abs().mean())
told["smaller"] = sum(f.stat().st_size for f in (folder / "small").glob("*.safetensors")) / sum(f.stat().st_size for f in (folder / "merged").glob("*.safetensors"))
(folder / "told.json").write_text(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(advisor: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("run")
    made = recipe.written(advisor, "lora", advisor.situation(gpu="a100-80gb", model="llama-3.2-1b", examples=5000), None, folder)
    for name, text in made.files.items():
        (folder / name).write_text(text, encoding="utf8")
    script = made.files["train.py"]
    (folder / "wild.py").write_text(script.replace('"learning_rate": 0.01', '"learning_rate": 1e30'), encoding="utf8")
    (folder / "broken.py").write_text(script.replace('"lr_scheduler_type": "', '"lr_scheduler_type": "no-').replace("DISK_GIB = ", "DISK_GIB = 10**9 + "), encoding="utf8")
    for name, more in LAUNCHES.items():
        several = recipe.written(advisor, "lora", advisor.situation(gpu="a100-80gb", examples=5000, n_gpus=4, **more), None, folder)
        (folder / f"launch-{name}.yaml").write_text(several.files["accelerate.yaml"], encoding="utf8")
    (folder / "bad.jsonl").write_text('{"instruction": "a", "input": "", "output": "b"}\n{"instruction": "a", "input": "", "output": ""}\n{"frage": 1}\n')
    run = subprocess.run([PYTHON, "-c", DRIVER.replace("STEPS", repr(str(STEPS))), str(folder)], capture_output=True, text=True, timeout=400,
                         env={**os.environ, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1", "HOME": str(folder)})
    assert (folder / "told.json").exists(), run.stderr[-3000:]
    found: dict[str, Any] = {**json.loads((folder / "told.json").read_text()), "folder": folder}
    return found


def test_a_stopped_run_goes_on_as_if_it_had_not_been_stopped(told: dict[str, Any]) -> None:
    assert "Go on with --resume" in told["stopped"]["code"] and "Once more to stop at once" in told["stopped"]["said"]
    assert 0 < told["steps when stopped"] < STEPS
    assert told["resumed"]["code"] == 0, told["resumed"]
    assert told["moved"] > 0 and told["resumed difference"] < 1e-6
    assert "no checkpoint" in told["nothing to resume"]["code"]


def test_the_loss_of_the_whole_run_is_drawn(told: dict[str, Any]) -> None:
    folder: Path = told["folder"]
    for name in ("whole", "parted"):
        rows = (folder / f"{name}-smoke" / "loss.csv").read_text().splitlines()
        assert rows[0] == "step,loss" and [int(row.split(",")[0]) for row in rows[1:]] == list(range(1, STEPS + 1))
    assert "<polyline" in (folder / "whole-smoke" / "loss.svg").read_text()


def test_a_loss_that_is_no_number_stops_with_advice(told: dict[str, Any]) -> None:
    advice = str(told["not finite"]["code"])  # the fused loss of TRL shows 0 here: the gradient gives it away
    assert advice.startswith("The loss is ") and "gradient nan" in advice and "Halve the learning rate" in advice
    assert not (told["folder"] / "wild-smoke" / "adapter_model.safetensors").exists()


def test_a_dry_run_tells_everything_at_once(told: dict[str, Any]) -> None:
    # Where the tests run there is no GPU, and that must be the one thing missing.
    assert [line for line in told["dry"]["code"].splitlines() if "No CUDA GPU" not in line] == []
    faults = told["dry with faults"]["code"].splitlines()
    for part in ("No CUDA GPU", "no-such-model cannot be loaded", "GiB free on disk", "The settings are refused"):
        assert [line for line in faults if part in line], (part, faults)
    bad = told["bad data"]["code"]
    assert "row 2: an empty turn" in bad and "row 3: no field" in bad and "nothing was trained" in bad


def test_the_result_merges_and_shrinks(told: dict[str, Any]) -> None:
    assert told["merge"]["code"] == 0 and told["nf4"]["code"] == 0, (told["merge"], told["nf4"])
    assert told["apart"] < 0.4 and told["smaller"] < 0.8  # random weights suffer more from 4 bits than trained ones


@pytest.mark.skipif(not QUANTIZE, reason="LLM Compressor wants versions of its own: name a Python that has them in TUNEWISE_QUANTIZE_PYTHON (the pins stand in the head of quantize_gptq.py)")
def test_the_result_is_quantised_with_the_data_it_was_trained_on(told: dict[str, Any]) -> None:
    folder: Path = told["folder"]
    run = subprocess.run([QUANTIZE, str(folder / "quantize_gptq.py"), "--out", str(folder / "gptq")], capture_output=True, text=True, timeout=400, env={**os.environ, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "HOME": str(folder)})
    assert run.returncode == 0, run.stderr[-2000:]
    config = json.loads((folder / "gptq" / "config.json").read_text())["quantization_config"]
    assert config["config_groups"]["group_0"]["weights"]["num_bits"] == 4 and config["ignore"] == ["lm_head"]


def test_accelerate_reads_every_launch_file(told: dict[str, Any]) -> None:
    read = {name.removeprefix("launch-"): row for name, row in told["launches"].items()}
    assert set(read) == set(LAUNCHES) and all(row[1:3] == [4, "bf16"] for row in read.values())
    assert {name: row[0] for name, row in read.items()} == {"ddp": "MULTI_GPU", "fsdp": "FSDP", "kept": "FSDP", "zero-1": "DEEPSPEED", "zero-2": "DEEPSPEED", "zero-3": "DEEPSPEED"}
    assert read["fsdp"][3]["fsdp_version"] == 2 and [read[f"zero-{stage}"][4]["zero_stage"] for stage in (1, 2, 3)] == [1, 2, 3]

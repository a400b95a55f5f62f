"""Rehearses recipes for several GPUs in two processes on the CPU, sharing the work as their accelerate.yaml says.

    PYTHON tests/processes.py FOLDER...      prints one line of JSON a folder

Accelerate shards over accelerators only, so each process tells it to shard here, too; what shards, gathers and saves is
PyTorch's own, over gloo. Runs where the pinned versions are; knows nothing of tunewise.
"""
from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path


def environment(folder: Path) -> dict[str, str]:
    """What `accelerate launch` would tell each process, by its own reading of the file."""
    from accelerate.commands import launch
    from accelerate.utils.launch import prepare_multi_gpu_env

    arguments = launch.launch_command_parser().parse_args(["--config_file", str(folder / "accelerate.yaml"), "train.py"])
    arguments.gpu_ids = "all"
    arguments, _, _ = launch._validate_launch_command(arguments)
    told = prepare_multi_gpu_env(arguments)
    return {key: value for key, value in told.items() if key.startswith(("FSDP_", "ACCELERATE_USE_FSDP")) and value is not None}


def sharing() -> None:
    """Lets Accelerate shard between processes on the CPU."""
    from accelerate import state
    from accelerate.utils import DistributedType

    first = state.AcceleratorState.__init__

    def init(self: object, *words: object, **more: object) -> None:
        first(self, *words, **more)
        if more.get("fsdp_plugin") is not None:
            self.__dict__["fsdp_plugin"] = more["fsdp_plugin"]
        if self.__dict__.get("fsdp_plugin") is not None:
            self.__dict__["distributed_type"] = DistributedType.FSDP

    state.AcceleratorState.__init__ = init


def rehearse(folder: Path) -> dict[str, object]:
    """One of the processes: runs the script; tells how many there are, and whether the model is sharded."""
    if os.environ.get("ACCELERATE_USE_FSDP") == "true":
        sharing()
    import torch
    from torch.distributed.fsdp import FSDPModule

    said, nets = io.StringIO(), []
    sys.argv = ["train.py", "--smoke"]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = runpy.run_path(str(folder / "train.py"))
        first = made["weights"]
        made["main"].__globals__["weights"] = lambda net: [nets.append(net), first(net)][1]
        made["main"]()
    parts = sum(isinstance(module, FSDPModule) for module in nets[0].modules())
    told = {"processes": torch.distributed.get_world_size(), "shards": parts > 0}
    torch.distributed.destroy_process_group()
    report = folder / "trained-smoke" / "smoke.json"
    return {**told, **(json.loads(report.read_text()) if os.environ["RANK"] == "0" else {})}


def main(folders: list[Path]) -> None:
    for folder in folders:
        with tempfile.TemporaryDirectory() as home:
            run = subprocess.run([sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone", __file__, "--process", str(folder)], capture_output=True, text=True, timeout=300, check=False, env={
                "PATH": "/usr/bin:/bin", "HOME": home, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true", "TOKENIZERS_PARALLELISM": "false", **environment(folder)})
        told = [line[1:] for line in run.stdout.splitlines() if line.startswith("|")]
        print(json.dumps({"folder": folder.name, "told": [json.loads(line) for line in told], "fault": "" if run.returncode == 0 else run.stderr[-3000:]}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--process":
        print("|" + json.dumps(rehearse(Path(sys.argv[2]))), flush=True)
    else:
        main([Path(word) for word in sys.argv[1:]])

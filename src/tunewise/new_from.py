"""What a machine can tell for a new file: a model's config.json or Hub cache, nvidia-smi, the signature of an installed class.

Starts other programs and reads files; never the network. Knows no technique, model or GPU by name.
"""
from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import modelconfig
from .errors import InputError

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
# Asked of the person's own Python, where the class is installed; ours never imports it.
_ASK = r"""
import dataclasses, importlib, inspect, json, sys
module, name = sys.argv[1].rsplit(".", 1)
package = importlib.import_module(module)
cls = getattr(package, name, None)
if cls is None:
    near = [n for n, c in vars(package).items() if inspect.isclass(c) and n.endswith("Config")] or dir(package)
    print(json.dumps({"version": getattr(package, "__version__", ""), "classes": sorted(near)})); sys.exit()
base = {p for c in cls.__mro__[1:] if c.__module__.split(".")[0] == module.split(".")[0] for p in getattr(c, "__dataclass_fields__", {})}
help = {f.name: f.metadata.get("help", "") for f in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else {}
out = []
for p in inspect.signature(cls).parameters.values():
    if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or p.name == "self":
        continue
    needed = p.default is p.empty
    default = None if needed else p.default
    plain = default if isinstance(default, (str, int, float, bool, type(None))) else None
    out.append({"name": p.name, "needed": needed, "default": plain, "help": str(help.get(p.name, "")), "base": p.name in base})
print(json.dumps({"version": getattr(package, "__version__", ""), "parameters": out}))
"""


def signature(name: str, fallback: Path) -> tuple[list[dict[str, Any]], str]:
    """(parameters, where they were read) of module.Class: name, needed, default, help, base.

    Asks the Python that runs this program, then the one on the PATH; where neither has the library, reads the
    signatures this project recorded (no defaults). InputError where the library has no such class.
    """
    package = name.split(".")[0]
    for python in dict.fromkeys(p for p in (sys.executable, shutil.which("python3"), shutil.which("python")) if p):
        try:
            run = subprocess.run([python, "-c", _ASK, name], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
                                 env={**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"})
            said = json.loads(run.stdout.strip().splitlines()[-1]) if run.returncode == 0 and run.stdout.strip() else None
        except (OSError, subprocess.TimeoutExpired, ValueError):
            continue
        if said is None:
            continue
        if "classes" in said:
            raise InputError(_no_class(name, package, said["version"], said["classes"]))
        return said["parameters"], f"{package} {said['version']}, installed here"
    try:
        table = json.loads(fallback.read_text(encoding="utf8"))
    except (OSError, ValueError):
        raise InputError(f"{package} is not installed here, and no signatures were recorded. Install it, or write tw:builtWith yourself.") from None
    version = table["versions"].get(package, "")
    if name not in table["classes"]:
        raise InputError(_no_class(name, package, version, sorted(k.split(".", 1)[1] for k in table["classes"] if k.startswith(f"{package}."))) + f" ({package} is not installed here)")
    shared = set(table["classes"].get(f"{package}.PeftConfig", {}).get("takes", []))
    return ([{"name": p, "needed": False, "default": None, "help": "", "base": p in shared} for p in table["classes"][name]["takes"]],
            f"recorded of {package} {version}, for {package} is not installed here; defaults are not known")


def _no_class(name: str, package: str, version: str, classes: list[str]) -> str:
    short = name.split(".", 1)[1]
    near = difflib.get_close_matches(short, classes, n=3, cutoff=0.5)
    return f"No class {short} in {package} {version}.{' Did you mean ' + ', '.join(near) + '?' if near else ' It has ' + ', '.join(classes[:8]) + ' ...'}"


def model(where: str, known: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], Path, list[str]]:
    """(shape, raw configuration, file, remarks) of a config.json, a folder that holds one, or a Hub id in the local cache."""
    path = Path(where).expanduser()
    if not path.exists() and _HUB_ID.fullmatch(where):
        path = cached(where)
    shape, remarks = modelconfig.read(path, known)
    file = path / "config.json" if path.is_dir() else path
    raw = json.loads(file.read_text(encoding="utf8"))
    part = next((k for k in ("text_config", "llm_config", "language_config") if isinstance(raw.get(k), dict)), None)
    return shape, {**raw, **(raw[part] if part else {}), "model_type": raw.get("model_type", "")}, file, remarks


def cached(hub_id: str) -> Path:
    """The folder of a model in the Hub's local cache; InputError says how to get its configuration."""
    home = Path(os.environ.get("HF_HUB_CACHE") or Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface") / "hub")
    folder = home / ("models--" + hub_id.replace("/", "--"))
    if ".." not in hub_id:
        try:
            snapshots = folder / "snapshots"
            commit = (folder / "refs" / "main").read_text().strip() if (folder / "refs" / "main").is_file() else ""
            found = [snapshots / commit] if commit else []
            found += sorted((p for p in snapshots.iterdir()), key=lambda p: p.stat().st_mtime, reverse=True) if snapshots.is_dir() else []
            for place in found:
                if (place / "config.json").is_file():
                    return place
        except OSError:
            pass
    raise InputError(f"{hub_id} is not in the Hub's cache ({home}). Fetch its configuration (hf download {hub_id} config.json), or name a config.json.")


def gpus() -> list[dict[str, Any]]:
    """Cards that nvidia-smi sees: name, mib (total memory), capability; none where there is no nvidia-smi."""
    program = shutil.which("nvidia-smi")
    if not program:
        return []
    try:
        run = subprocess.run([program, "--query-gpu=name,memory.total,compute_cap", "--format=csv,noheader,nounits"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return []
    out = []
    for line in run.stdout.splitlines() if run.returncode == 0 else []:
        cells = [cell.strip() for cell in line.split(",")]
        try:
            out.append({"name": cells[0], "mib": float(cells[1]), "capability": float(cells[2])})
        except (IndexError, ValueError):
            continue
    return out

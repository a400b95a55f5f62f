"""One file a verb, found by walking: its docstring is its help, its ``run`` asks and tells."""
from __future__ import annotations

from pathlib import Path


def verbs() -> dict[str, str]:
    """Every verb and its help: the files of this folder and their first lines."""
    out = {}
    for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        with file.open(encoding="utf8") as lines:
            out[file.stem.replace("_", "-")] = lines.readline().strip().strip('"')
    return out

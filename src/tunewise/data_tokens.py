"""A tokenizer that lies on this machine, for counting tokens exactly. Nothing is fetched."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .errors import InputError


def load(path: Path) -> Any:
    """The tokenizer of a tokenizer.json, or of a folder with one."""
    file = path / "tokenizer.json" if path.is_dir() else path
    if not file.is_file():
        raise InputError(f"{file}: there is no such tokenizer. Name a tokenizer.json, or the folder of a model that has one.")
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise InputError("Counting tokens exactly needs the tokenizers package: pip install 'tunewise[data]'") from None
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as fault:
        raise InputError(f"{file}: this is no tokenizer: {fault}") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def at_hand(names: list[str]) -> Path | None:
    """The tokenizer.json of a model in the local Hugging Face cache; ``names`` are its Hub ids."""
    home = Path(os.environ.get("HF_HUB_CACHE") or Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface") / "hub")
    for name in names:
        if "/" in name:
            found = sorted((home / f"models--{name.replace('/', '--')}" / "snapshots").glob("*/tokenizer.json"))
            if found:
                return found[-1]
    return None

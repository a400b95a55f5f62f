"""A model's own config.json, read as inputs: its shape and how many parameters it has.

Takes a file or a folder in the form transformers writes; the text part of a vision model. It checks
shapes and tells every fault at once; what follows from a shape is for the rules. What fields a kind of
model leaves to its defaults, and how its layers are built, stands in ontology/profiles/architectures.json;
nothing here knows a kind by name. Knows no technique.
"""
from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import InputError
from .modelconfig_count import counted

MAX_BYTES = 5_000_000
MAX_HEADER = 100_000_000  # of a safetensors file, by its own specification
MOST_LAYERS, MOST = 2000, 10_000_000
PLACES = ("./", "../", "/", "~")
WHOLE = {"layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers"), "hidden": ("hidden_size", "n_embd", "d_model", "dim", "emb_dim"),
         "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads", "decoder_attention_heads", "attention_heads"), "vocab": ("vocab_size", "padded_vocab_size")}
OFF = 0.02  # an architecture whose count is further off says so


def is_config(text: str) -> bool:
    """Whether an input names a file or folder rather than a model of the catalogue."""
    return text.endswith(".json") or text.startswith(PLACES) or ("/" in text and Path(text).exists())


def read(where: str | Path, known: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], list[str]]:
    """Inputs (shape_layers, shape_hidden ... params_b) and remarks on what was supposed.

    ``known``: architectures by model_type, with the defaults of their fields. InputError tells every fault.
    """
    path = Path(where).expanduser()
    folder = path if path.is_dir() else None
    if folder:
        path = path / "config.json"
    config = _json(path)
    out, remarks = inputs(config, str(path), known)
    weights = in_weights(folder) if folder and not config.get("quantization_config") else None
    if weights:
        out["params_b"] = round(weights / 1e9, 6)
        remarks = [r for r in remarks if not r.startswith("its parameters")] + [f"{weights / 1e9:.2f} B parameters by the headers of its weights"]
    return out, remarks


def _json(path: Path) -> dict[str, Any]:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(f"{path}: {size / 1e6:.0f} MB is too large for a model's configuration (at most {MAX_BYTES / 1e6:.0f} MB). Is it the weights' index or a data set?")
        config = json.loads(path.read_text(encoding="utf8"))
    except OSError as fault:
        raise InputError(f"{path}: cannot be read: {fault.strerror}. Name a config.json, a folder that holds one, or a model (tunewise ls models).") from None
    except (ValueError, RecursionError) as fault:
        raise InputError(f"{path}: no valid JSON: {str(fault)[:80]}.") from None
    if not isinstance(config, dict):
        raise InputError(f"{path}: a configuration is a JSON object, not a {type(config).__name__}.")
    return config


def in_weights(folder: Path) -> int | None:
    """Parameters by the headers of model*.safetensors (shapes alone are read); None where there are none or one is not understood."""
    total = 0
    for file in sorted(folder.glob("model*.safetensors")):
        try:
            with file.open("rb") as stream:
                length = int.from_bytes(stream.read(8), "little")
                if not 2 <= length <= min(MAX_HEADER, file.stat().st_size):
                    return None
                header = json.loads(stream.read(length))
            for name, tensor in header.items():
                if name != "__metadata__":
                    count = 1
                    for n in tensor["shape"]:
                        count *= int(n)
                    total += count
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
    return total or None


def inputs(config: Mapping[str, Any], where: str, known: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], list[str]]:
    """The same for a configuration already read."""
    remarks: list[str] = []
    part = next((k for k in ("text_config", "llm_config", "language_config", "thinker_config", "decoder") if config.get(k) is not None), None)
    if part and not isinstance(config[part], Mapping):
        raise InputError(f"{where}: {part} is no object.")
    if part and isinstance(config[part].get("text_config"), Mapping):
        return inputs(config[part], where, known)
    said: dict[str, Any] = dict(config[part] if part else config)
    if "tie_word_embeddings" not in said and "tie_word_embeddings" in config:
        said["tie_word_embeddings"] = config["tie_word_embeddings"]
    kind = next((str(k) for k in (said.get("model_type"), config.get("model_type")) if k and (known is None or k in known)), str(config.get("model_type") or said.get("model_type") or ""))
    layout: Mapping[str, Any] = (known or {}).get(kind, {})
    text = {**layout.get("fields", {}), **{k: v for k, v in said.items() if v is not None}}
    if not any(text.get(n) is not None for n in (*WHOLE["layers"], *WHOLE["hidden"])):
        raise InputError(f"{where}: neither layers nor a width are stated. Is this a language model's config.json?")
    faults: list[str] = []
    for key, names in WHOLE.items():
        _whole(text, names, faults, where, needed=key in ("hidden", "vocab") or (key == "layers" and not isinstance(text.get("layers_block_type"), list)))
    for key, value in text.items():
        if isinstance(value, int) and not isinstance(value, bool) and value < 0 and key.startswith(("num_", "n_", "hidden", "intermediate", "vocab", "max_", "head", "moe_")):
            faults.append(f"{where}: {key} is {value}; it cannot be negative.")
    if faults:
        raise InputError(*dict.fromkeys(faults))
    out, more = counted(text, layout, where)
    if not layout and known is not None:
        remarks.append(f"architecture '{kind or 'unnamed'}' is not known here: read as a decoder with gated MLPs")
    remarks += more
    tower = _tower(config)
    if tower:
        out["params_b"] = round(out["params_b"] + tower / 1e9, 6)
        remarks.append(f"a vision tower of {tower / 1e9:.2f} B parameters is counted in the weights; its activations are not")
    off = layout.get("off") or 0
    if abs(off) > OFF:
        remarks.append(f"its parameters are counted without parts of its own kind: {abs(off):.0%} too {'many' if off > 0 else 'few'} for transformers' default {kind}. Say params_b if you know it")
    if not 0.01 <= out["params_b"] <= 3000:
        raise InputError(f"{where}: this shape has {out['params_b'] * 1e9:,.0f} parameters; estimates go from 10 million to 3,000 billion.")
    return out, remarks


def _whole(text: Mapping[str, Any], names: tuple[str, ...], faults: list[str], where: str, needed: bool) -> None:
    for name in names:
        value = text.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            faults.append(f"{where}: {name} is {str(value)[:30]}; it must be a whole number of at least 1.")
        elif value > (MOST_LAYERS if names == WHOLE["layers"] else MOST):
            faults.append(f"{where}: {name} is {value:,}; no model has so many.")
        return
    if needed:
        faults.append(f"{where}: no {names[0]}. Is this a language model's config.json?")


def _tower(config: Mapping[str, Any]) -> int:
    """Parameters of a vision tower, as far as its configuration tells: attention and MLP of its layers."""
    vision = config.get("vision_config")
    if not isinstance(vision, Mapping):
        return 0
    width, depth = vision.get("embed_dim") or vision.get("hidden_size") or vision.get("width"), vision.get("num_hidden_layers") or vision.get("depth") or vision.get("layers")
    if not isinstance(width, int) or not isinstance(depth, int) or isinstance(width, bool) or not 0 < width < 100_000 or not 0 < depth < 1000:
        return 0
    wide = vision.get("intermediate_size")
    wide = wide if isinstance(wide, int) and 0 < wide < 1_000_000 else int(width * float(vision.get("mlp_ratio") or 4))
    return depth * (4 * width * width + 2 * width * wide)

"""Writes ontology/profiles/architectures.json: what transformers' own model classes are made of.

    python bench/architectures.py [--check]

Builds every text-generation class of the installed transformers on torch's meta device, from its default
configuration and from one of half the layers and twice the width of the MLP, and counts its parameters.
Kept are the defaults of the fields that src/tunewise/modelconfig_count.py reads (a config.json leaves out
what is default), and the layout of layers under which that reader comes nearest to both counts. ``derived`` are defaults that follow from other fields: they are no defaults of another shape. ``off`` is
how far it stays off the default. Classes that cannot be built are named with the reason. --check compares only.
"""
from __future__ import annotations

import argparse
import itertools
import json
import sys
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
from tunewise import modelconfig_count as count  # noqa: E402
from tunewise import modelconfig  # noqa: E402

TARGET = ROOT / "ontology" / "profiles" / "architectures.json"
PARTS = ("text_config", "llm_config", "language_config", "thinker_config", "decoder")
LAYOUTS = {"matrices": (3, 2), "expert_matrices": (3, 2), "gates": (0, 1), "shares": (0, 1), "positions": (False, True)}


def text_of(config: dict[str, Any]) -> dict[str, Any]:
    for key in PARTS:
        if isinstance(config.get(key), dict):
            return text_of({**config[key], **({"tie_word_embeddings": config["tie_word_embeddings"]} if "tie_word_embeddings" in config else {})})
    return config


def parameters(config: Any, image: bool) -> int:
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

    with torch.device("meta"):
        model = (AutoModelForImageTextToText if image else AutoModelForCausalLM).from_config(config)
    model.tie_weights()
    return sum(p.numel() for p in model.parameters())


def stated(config: Any) -> set[str]:
    """Fields with a default of their own; others follow from those (a head's width from the hidden size and the heads)."""
    import dataclasses
    import inspect

    cls = type(config)
    if dataclasses.is_dataclass(cls):
        return {f.name for f in dataclasses.fields(cls) if f.default is not None}
    return {name for name, p in inspect.signature(cls.__init__).parameters.items() if p.default not in (None, inspect.Parameter.empty)}


def plain(config: Any) -> dict[str, Any]:
    return json.loads(json.dumps(config.to_dict(), default=str))


def reading(config: dict[str, Any], layout: dict[str, Any]) -> float | None:
    """Parameters by our reader, in units."""
    try:
        found, _ = modelconfig.inputs(config, "default", {str(config.get("model_type")): layout, str(text_of(config).get("model_type")): layout})
    except Exception:  # noqa: BLE001  an impossible default is no layout
        return None
    return float(found["params_b"]) * 1e9


def other_shape(config: Any) -> Any | None:
    """Half the layers, double the MLP; None where the class takes no such change."""
    import copy

    changed = copy.deepcopy(config)
    text = changed.get_text_config() if hasattr(changed, "get_text_config") else changed
    try:
        layers = text.num_hidden_layers // 2
        if layers < 1:
            return None
        for name in ("layer_types", "layers_block_type", "mlp_layer_types", "no_rope_layers", "moe_layer_freq", "intermediate_size"):
            if isinstance(getattr(text, name, None), list):
                setattr(text, name, getattr(text, name)[:layers])
        text.num_hidden_layers = layers
        if isinstance(getattr(text, "intermediate_size", None), int):
            text.intermediate_size *= 2
        return changed
    except Exception:  # noqa: BLE001
        return None


def row(kind: str, image: bool) -> dict[str, Any]:
    from transformers import CONFIG_MAPPING

    config = CONFIG_MAPPING[kind]()
    shapes = [(plain(config), parameters(config, image))]
    changed = other_shape(config)
    if changed is not None:
        try:
            shapes.append((plain(changed), parameters(changed, image)))
        except Exception:  # noqa: BLE001
            pass
    best: tuple[float, dict[str, Any]] | None = None
    for choice in itertools.product(*LAYOUTS.values()):
        layout = dict(zip(LAYOUTS, choice))
        if image and (choice[2] or choice[4]):  # what a tower leaves open is not made up for by the text part
            continue
        errors = [abs(n / real - 1) if (n := reading(given, layout)) else 9.0 for given, real in shapes]
        if best is None or max(errors) < best[0] - 0.004:
            best = (max(errors), layout)
    assert best is not None
    layout = {k: v for k, v in best[1].items() if v != LAYOUTS[k][0]}
    text = text_of(shapes[0][0])
    fields = {k: v for k, v in sorted(text.items()) if k in count.FIELDS and v is not None}
    inner = config
    while any(hasattr(getattr(inner, k, None), "to_dict") for k in PARTS):
        inner = next(getattr(inner, k) for k in PARTS if hasattr(getattr(inner, k, None), "to_dict"))
    own = stated(inner)
    derived = {k: v for k, v in fields.items() if k not in own and not (isinstance(v, list) and all("attention" in str(x) and "linear" not in str(x) for x in v))}
    fields = {k: v for k, v in fields.items() if k in own}
    read = reading(shapes[0][0], layout)
    return {"fields": fields, "derived": derived, **layout, "tied": bool(text.get("tie_word_embeddings", False)), "parameters": shapes[0][1], "off": round(read / shapes[0][1] - 1, 4) if read else None,
            **({"off_other_shape": round((reading(shapes[1][0], layout) or 0) / shapes[1][1] - 1, 4)} if len(shapes) > 1 else {}), **({"image": True} if image or text is not shapes[0][0] or "vision_config" in text else {})}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as TEXT
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES as IMAGE

    transformers.logging.set_verbosity_error()
    types: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for kind, image in [*((k, False) for k in TEXT if k not in IMAGE), *((k, True) for k in IMAGE)]:
        try:
            types[kind] = row(kind, image)
        except Exception as fault:  # noqa: BLE001  said in the table
            faults[kind] = f"{type(fault).__name__}: {str(fault).strip().splitlines()[0][:100] if str(fault).strip() else ''}"
    near = [t for t in types.values() if t["off"] is not None and abs(t["off"]) <= 0.02]
    print(f"{len(types)} classes built, {len(faults)} not; {len(near)} read within 2 %, {sum(t['off'] is None for t in types.values())} not read", file=sys.stderr)
    if not options.check:
        lines = [f"  {json.dumps(k)}: {json.dumps(v, sort_keys=True)}" for k, v in sorted(types.items())]
        TARGET.write_text('{"source": ' + json.dumps(f"transformers {transformers.__version__}, default configurations on torch's meta device") + ',\n "not_built": ' + json.dumps(faults, sort_keys=True, ensure_ascii=False)
                          + ',\n "types": {\n' + ",\n".join(lines) + "\n}}\n", encoding="utf8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A model's own config.json, read as inputs: its shape and how many parameters it has.

Takes a file or a folder in the form transformers writes; the text part of a vision model. It checks
shapes and tells every fault at once; what follows from a shape is for the rules. Knows no technique.
"""
from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import InputError

MAX_BYTES = 5_000_000
# Names that architectures use for one thing, the commonest first.
NAMES = {
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"), "hidden": ("hidden_size", "n_embd", "d_model", "dim"),
    "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads"), "vocab": ("vocab_size", "padded_vocab_size"),
    "mlp": ("intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size", "d_ff"), "kv_heads": ("num_key_value_heads", "num_kv_heads", "n_head_kv", "n_query_groups"),
    "experts": ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"), "chosen": ("num_experts_per_tok", "moe_topk", "moe_k", "num_experts_per_token"),
    "expert": ("moe_intermediate_size", "expert_dim"), "shared": ("n_shared_experts", "num_shared_experts"),
}
# Decoders whose MLP has two matrices instead of three.
PLAIN_MLP = frozenset({"gpt2", "gpt_neo", "gpt_neox", "gptj", "gpt_bigcode", "falcon", "phi", "opt", "bloom", "mpt", "starcoder2", "codegen", "stablelm_alpha", "nemotron"})
TIED_UNLESS_SAID = frozenset({"gpt2", "gpt_neo", "gpt_bigcode", "opt", "bloom", "falcon", "mpt", "gemma", "gemma2", "gemma3", "gemma3_text", "cohere", "cohere2", "starcoder2", "granite"})
KNOWN = PLAIN_MLP | TIED_UNLESS_SAID | frozenset({
    "llama", "llama4", "llama4_text", "mistral", "mistral3", "ministral", "mixtral", "qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl", "qwen3", "qwen3_moe", "qwen3_vl", "qwen3_next", "phi3", "phi4", "phimoe",
    "deepseek_v2", "deepseek_v3", "olmo", "olmo2", "olmo3", "olmoe", "granitemoe", "glm", "glm4", "glm4_moe", "internlm2", "yi", "stablelm", "smollm3", "exaone", "exaone4", "baichuan", "minicpm", "gpt_oss",
    "ernie4_5", "hunyuan_v1_dense", "seed_oss", "apertus", "llava", "llava_next", "idefics3", "smolvlm", "mllama", "pixtral", "persimmon", "jetmoe", "dbrx", "arcee", "kimi_k2", "t5"})


def is_config(text: str) -> bool:
    """Whether an input names a file or folder rather than a model of the catalogue."""
    return text.endswith(".json") or (("/" in text or text.startswith(".")) and Path(text).expanduser().exists())


def read(where: str | Path) -> tuple[dict[str, Any], list[str]]:
    """Inputs (shape_layers, shape_hidden ... params_b) and remarks on what was supposed."""
    path = Path(where).expanduser()
    if path.is_dir():
        path = path / "config.json"
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
    return inputs(config, str(path))


def inputs(config: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[str]]:
    """The same for a configuration already read."""
    remarks: list[str] = []
    text = config.get("text_config") or config.get("llm_config") or config.get("language_config") or config
    if not isinstance(text, Mapping):
        raise InputError(f"{where}: text_config is no object.")
    kind = str(text.get("model_type") or config.get("model_type") or "")
    faults: list[str] = []

    def number(key: str, default: int | None = None) -> int:
        for name in NAMES[key]:
            value = text.get(name)
            if value is None:
                continue
            if isinstance(value, list) and value and all(v == value[0] for v in value):
                value = value[0]
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                faults.append(f"{where}: {name} is {str(value)[:30]}; it must be a whole number of at least 1.")
                return 1
            return value
        if default is None:
            faults.append(f"{where}: no {NAMES[key][0]}. Is this a language model's config.json?")
            return 1
        return default

    layers, hidden, heads, vocab = (number(key) for key in ("layers", "hidden", "heads", "vocab"))
    mlp, kv = number("mlp", 4 * hidden), number("kv_heads", heads)
    if kind == "falcon" and text.get("multi_query") and "num_kv_heads" not in text:
        kv = 1
    if kind == "gpt_bigcode" and text.get("multi_query", True):
        kv = 1
    head = text.get("head_dim")
    if not isinstance(head, int) or isinstance(head, bool) or head < 1:
        if not faults and hidden % heads:
            faults.append(f"{where}: {heads} heads do not divide a hidden size of {hidden}, and there is no head_dim.")
        head = max(1, hidden // heads)
    if not faults and heads % kv:
        faults.append(f"{where}: {kv} key-value heads do not divide {heads} heads.")
    if faults:
        raise InputError(*faults)
    if kind not in KNOWN:
        remarks.append(f"architecture '{kind or 'unnamed'}' is not known here: read as a decoder with gated MLPs")
    query, keys = heads * head, kv * head
    attention = hidden * query * 2 + hidden * keys * 2
    latent = text.get("kv_lora_rank")
    if isinstance(latent, int) and latent > 0:  # multi-head latent attention
        nope, rope, value_dim = (int(text.get(k) or d) for k, d in (("qk_nope_head_dim", head), ("qk_rope_head_dim", 0), ("v_head_dim", head)))
        low = text.get("q_lora_rank")
        query, keys = heads * (nope + rope), heads * (nope + rope + value_dim) // 2
        attention = (hidden * low + low * query if isinstance(low, int) and low else hidden * query) + hidden * (latent + rope) + latent * heads * (nope + value_dim) + heads * value_dim * hidden
    matrices = 2 if kind in PLAIN_MLP else 3
    experts = number("experts", 1) if any(isinstance(text.get(n), int) and text[n] > 0 for n in NAMES["experts"]) else 1
    dense, active_mlp, sparse_layers, expert = matrices * hidden * mlp, mlp, 0, 0
    total_mlp = layers * dense
    active = total_mlp
    if experts > 1:
        expert, chosen = number("expert", mlp), number("chosen", 2)
        shared = number("shared", 1) * expert if any(text.get(n) for n in NAMES["shared"]) else int(text.get("shared_expert_intermediate_size") or 0)
        if chosen > experts:
            raise InputError(f"{where}: {chosen} experts a token of {experts}.")
        sparse_layers = layers - int(text.get("first_k_dense_replace") or 0)
        active_mlp = chosen * expert + shared
        total_mlp = (layers - sparse_layers) * dense + sparse_layers * (3 * hidden * (experts * expert + shared) + hidden * experts)
        active = (layers - sparse_layers) * dense + sparse_layers * 3 * hidden * active_mlp
        remarks.append(f"a mixture: {chosen} of {experts} experts a token")
    tied = bool(text.get("tie_word_embeddings", config.get("tie_word_embeddings", kind in TIED_UNLESS_SAID)))
    embeddings = vocab * hidden * (1 if tied else 2)
    vision = config.get("vision_config")
    tower = 0
    if isinstance(vision, Mapping):
        width, depth = vision.get("hidden_size") or vision.get("embed_dim") or 0, vision.get("num_hidden_layers") or vision.get("depth") or 0
        wide = vision.get("intermediate_size") or 4 * width if isinstance(width, int) else 0
        if all(isinstance(v, int) for v in (width, depth, wide)):
            tower = depth * (4 * width * width + 2 * width * wide)
            remarks.append(f"a vision tower of {tower / 1e9:.2f} B parameters is counted in the weights; its activations are not")
    norms = layers * 2 * hidden + hidden
    parameters = layers * attention + total_mlp + embeddings + norms + tower
    out: dict[str, Any] = {
        "shape_layers": layers, "shape_hidden": hidden, "shape_mlp": max(1, active_mlp if matrices == 3 else active_mlp // 2), "shape_heads": heads, "shape_query": query,
        "shape_kv": keys, "shape_vocab": vocab, "shape_tied": tied, "params_b": round(parameters / 1e9, 6)}
    if experts > 1:
        out["shape_experts_b"] = round(sparse_layers * 3 * hidden * experts * expert / 1e9, 6)
        out["shape_active_b"] = round((layers * attention + active + embeddings + norms) / 1e9, 6)
    if not 0.01 <= out["params_b"] <= 3000:
        raise InputError(f"{where}: this shape has {parameters:,} parameters; estimates go from 10 million to 3,000 billion.")
    return out, remarks

"""The parameters of a decoder, layer by layer, from the fields of its configuration.

A layer mixes tokens (attention, latent attention, linear attention, a state space, a convolution) and then
passes an MLP or experts. Which it is stands in lists or periods of the configuration; how many matrices an
MLP has, in the layout of its architecture. Sizes are whole numbers, parameters too; output in billions.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import InputError

NAMES = {  # names that architectures use for one thing, the commonest first
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers"), "hidden": ("hidden_size", "n_embd", "d_model", "dim", "emb_dim"),
    "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads", "decoder_attention_heads", "attention_heads"), "vocab": ("vocab_size", "padded_vocab_size"),
    "mlp": ("intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size", "d_ff", "dim_ff", "dff", "decoder_ffn_dim"), "kv_heads": ("num_key_value_heads", "num_kv_heads", "n_head_kv", "n_query_groups", "multi_query_group_num"),
    "experts": ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"), "chosen": ("num_experts_per_tok", "moe_topk", "moe_k", "num_experts_per_token", "top_k_experts"),
    "expert": ("moe_intermediate_size", "expert_ffn_hidden_size", "expert_dim"), "shared": ("n_shared_experts", "num_shared_experts", "moe_num_shared_experts"),
    "shared_width": ("shared_expert_intermediate_size", "moe_shared_expert_intermediate_size", "shared_intermediate_size"),
    "dense_first": ("first_k_dense_replace", "num_dense_layers", "moe_layer_start_index"),
    "state_heads": ("mamba_n_heads", "mamba_num_heads", "n_mamba_heads"), "state_head": ("mamba_d_head", "mamba_head_dim", "mamba_headdim"), "state": ("mamba_d_state", "ssm_state_size", "state_size"),
    "state_groups": ("mamba_n_groups", "n_groups", "mamba_ngroups"), "state_rank": ("mamba_dt_rank", "time_step_rank"), "state_wider": ("mamba_expand", "expand"),
    "kinds": ("layer_types", "layers_block_type"), "mlp_kinds": ("mlp_layer_types",)}
LETTERS = {"M": "mamba", "*": "attention", "-": "mlp", "E": "moe"}  # of hybrid_override_pattern
# Every field that is read, for the table of defaults.
FIELDS = frozenset(n for names in NAMES.values() for n in names) | {
    "head_dim", "v_head_dim", "kv_lora_rank", "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "tie_word_embeddings", "multi_query", "new_decoder_architecture", "attn_layer_period", "attn_layer_offset",
    "attn_layer_indices", "hybrid_override_pattern", "expert_layer_period", "expert_layer_offset", "full_attention_interval", "interleave_moe_layer_step", "decoder_sparse_step", "moe_layer_freq", "enable_moe_block", "is_moe",
    "linear_num_value_heads", "linear_num_key_heads", "linear_key_head_dim", "linear_value_head_dim", "conv_L_cache", "block_auto_adjust_ff_dim", "block_multiple_of", "vocab_size_per_layer_input", "hidden_size_per_layer_input",
    "max_position_embeddings", "n_positions"}


class Fields:
    """A configuration asked by meaning; what is no whole number where one belongs is a fault."""

    def __init__(self, text: Mapping[str, Any], where: str) -> None:
        self.text, self.where, self.faults = text, where, list[str]()

    def number(self, key: str, default: int) -> int:
        for name in NAMES.get(key, (key,)):
            value = self.text.get(name)
            if isinstance(value, list) and value and all(v == value[0] for v in value):
                value = value[0]
            if value is None or isinstance(value, list):
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                self.faults.append(f"{self.where}: {name} is {str(value)[:30]}; it must be a whole number.")
                return default
            return value
        return default

    def kinds(self, key: str, layers: int) -> list[str] | None:
        value = next((self.text[n] for n in NAMES[key] if isinstance(self.text.get(n), list)), None)
        return [str(v) for v in value][:layers] if value and len(value) >= layers else None


def counted(text: Mapping[str, Any], layout: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[str]]:
    """Inputs (shape_layers ... params_b) and remarks; InputError where a shape is impossible.

    ``layout``: matrices of an MLP and of an expert, gates of attention, whether experts share one that no field states, whether embeddings are tied, learned positions.
    """
    f = Fields(text, where)
    listed: list[Any] = next((text[n] for n in NAMES["kinds"] if isinstance(text.get(n), list)), [])
    layers, hidden, vocab = (f.number(k, n) for k, n in (("layers", len(listed) or 1), ("hidden", 1), ("vocab", 1)))
    heads = f.number("heads", 1) or 1
    mlp, kv = f.number("mlp", 4 * hidden) or 4 * hidden, f.number("kv_heads", heads) or heads
    if text.get("multi_query") and not text.get("new_decoder_architecture"):
        kv = 1
    head = f.number("head_dim", 0)
    if not head:
        if hidden % heads and not text.get("kv_lora_rank"):
            f.faults.append(f"{where}: {heads} heads do not divide a hidden size of {hidden}, and there is no head_dim.")
        head = max(1, hidden // heads)
    if heads % kv:
        f.faults.append(f"{where}: {kv} key-value heads do not divide {heads} heads.")
    if text.get("block_auto_adjust_ff_dim"):
        step = f.number("block_multiple_of", 256) or 256
        mlp = -(-(2 * mlp // 3) // step) * step
    query, keys, attention = _attention(f, hidden, heads, kv, head)
    attention += int(layout.get("gates", 0)) * hidden * query
    mixers = [_mixer(f, kind, hidden, query, attention) for kind in _kinds(f, layers)]
    matrices, of_expert = int(layout.get("matrices", 3)), int(layout.get("expert_matrices", 3))
    experts = f.number("experts", 0) if text.get("enable_moe_block", True) and text.get("is_moe", True) else 0
    sparse = _sparse(f, layers) if experts > 1 else [False] * layers
    expert, chosen = f.number("expert", mlp) or mlp, f.number("chosen", 2) or 2
    shared = f.number("shared_width", 0) or f.number("shared", int(layout.get("shares", 0))) * expert
    if experts > 1 and chosen > experts:
        f.faults.append(f"{where}: {chosen} experts a token of {experts}.")
    if f.faults:
        raise InputError(*dict.fromkeys(f.faults))
    total = active = in_experts = 0
    alone = _alone(f, layers)
    for mixer, many, kind in zip(mixers, sparse, alone):
        block = dense = 0
        if kind in (None, "mlp", "moe"):
            dense = matrices * hidden * mlp
            if many or kind == "moe":
                in_experts += of_expert * hidden * experts * expert
                block, dense = of_expert * hidden * (experts * expert + shared) + hidden * experts, of_expert * hidden * (chosen * expert + shared)
            else:
                block = dense
        if kind in ("mlp", "moe"):
            mixer = 0
        total, active = total + mixer + block, active + mixer + dense
    tied = bool(text.get("tie_word_embeddings", layout.get("tied", False)))
    rest = vocab * hidden * (1 if tied else 2) + layers * 2 * hidden + hidden
    rest += f.number("vocab_size_per_layer_input", 0) * f.number("hidden_size_per_layer_input", 0) * layers
    if layout.get("positions"):
        rest += (f.number("max_position_embeddings", 0) or f.number("n_positions", 0)) * hidden
    wide = (chosen * expert + shared) if any(sparse) and sum(sparse) * 2 >= layers else mlp
    out: dict[str, Any] = {
        "shape_layers": layers, "shape_hidden": hidden, "shape_mlp": max(1, wide if matrices == 3 else wide // 2), "shape_heads": heads, "shape_query": query,
        "shape_kv": keys, "shape_vocab": vocab, "shape_tied": tied, "params_b": round((total + rest) / 1e9, 6)}
    remarks = []
    if in_experts:
        out |= {"shape_experts_b": round(in_experts / 1e9, 6), "shape_active_b": round((active + rest) / 1e9, 6)}
        remarks.append(f"a mixture: {chosen} of {experts} experts a token")
    return out, remarks


def _attention(f: Fields, hidden: int, heads: int, kv: int, head: int) -> tuple[int, int, int]:
    """Width of queries, width of keys and values (their mean), parameters: grouped heads, or latents that keys and values come from."""
    value = f.number("v_head_dim", head) or head
    latent = f.number("kv_lora_rank", 0)
    if not latent:
        return heads * head, kv * (head + value) // 2, hidden * heads * (head + value) + hidden * kv * (head + value)
    nope, rope, low = f.number("qk_nope_head_dim", head), f.number("qk_rope_head_dim", 0), f.number("q_lora_rank", 0)
    query = heads * (nope + rope)
    asked = hidden * low + low * query if low else hidden * query
    return query, heads * (nope + rope + value) // 2, asked + hidden * (latent + rope) + latent * heads * (nope + value) + heads * value * hidden


def _kinds(f: Fields, layers: int) -> list[str]:
    """How each layer mixes tokens: by a list, by a period, or all by attention."""
    stated = f.kinds("kinds", layers)
    if stated:
        return stated
    pattern = f.text.get("hybrid_override_pattern")
    if isinstance(pattern, str) and len(pattern) >= layers:
        return [LETTERS.get(letter, "attention") for letter in pattern[:layers]]
    if isinstance(f.text.get("attn_layer_indices"), list):
        return ["attention" if i in f.text["attn_layer_indices"] else "mamba" for i in range(layers)]
    period = f.number("attn_layer_period", 0)
    if period:
        return ["attention" if i % period == f.number("attn_layer_offset", 0) else "mamba" for i in range(layers)]
    period = f.number("full_attention_interval", 0)
    if period and f.number("linear_num_value_heads", 0):
        return ["linear_attention" if (i + 1) % period else "attention" for i in range(layers)]
    if f.number("state_heads", 0):
        return ["both"] * layers
    return ["attention"] * layers


def _alone(f: Fields, layers: int) -> list[str | None]:
    """What a layer is where layers hold one thing each; None where a layer mixes and then passes an MLP."""
    kinds = _kinds(f, layers)
    if not {"mlp", "moe"} & set(kinds):
        return [None] * layers
    return [k if k in ("mlp", "moe") else "mixer" for k in kinds]


def _mixer(f: Fields, kind: str, hidden: int, query: int, attention: int) -> int:
    if kind == "both":
        return attention + _mixer(f, "mamba", hidden, query, attention)
    if kind == "conv":
        return 4 * hidden * hidden + f.number("conv_L_cache", 0) * hidden
    if kind in ("linear_attention", "mamba", "hybrid"):
        heads, state, groups = f.number("state_heads", 0), f.number("state", 0), f.number("state_groups", 1)
        if heads:
            inner = heads * (f.number("state_head", 0) or f.number("state_wider", 2) * hidden // heads)
            return hidden * (2 * inner + 2 * groups * state + heads) + inner * hidden
        if f.number("linear_num_value_heads", 0):
            ask, give = f.number("linear_num_key_heads", 1) * f.number("linear_key_head_dim", 1), f.number("linear_num_value_heads", 1) * f.number("linear_value_head_dim", 1)
            return hidden * (2 * ask + 2 * give) + give * hidden
        if state:
            inner, rank = f.number("state_wider", 2) * hidden, f.number("state_rank", hidden // 16) or hidden // 16
            return 3 * inner * hidden + inner * (2 * rank + 3 * state)
        return 5 * hidden * query
    return attention


def _sparse(f: Fields, layers: int) -> list[bool]:
    """Which layers have experts."""
    stated = f.kinds("mlp_kinds", layers)
    if stated:
        return [k in ("sparse", "moe") for k in stated]
    if isinstance(f.text.get("moe_layer_freq"), list) and len(f.text["moe_layer_freq"]) >= layers:
        return [bool(v) for v in f.text["moe_layer_freq"][:layers]]
    period = f.number("expert_layer_period", 0)
    if period:
        return [i % period == f.number("expert_layer_offset", 0) for i in range(layers)]
    period = f.number("interleave_moe_layer_step", 0) or f.number("decoder_sparse_step", 0) or 1
    first = f.number("dense_first", 0)
    return [i >= first and (i + 1) % period == 0 for i in range(layers)]

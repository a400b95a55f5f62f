"""Measure real training steps of randomly initialised models on an NVIDIA GPU.

    python bench/measure_gpu.py --out rows.jsonl --minutes 9

No hub, no data: models are built on the card from their shape alone. One JSON object a line, written as it
is measured, in the schema of bench/runs: peaks as allocated, reserved and by the driver, seconds a step,
versions. A case that does not fit is a row with outcome "oom"; a missing library is a line on stderr.
Peaks are those of the step itself: the counters are reset after building, and the optimizer's state exists.
It knows nothing of tunewise; bench/memory_accuracy.py scores the rows.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SHAPES = {  # hidden, intermediate, layers, heads, kv_heads, head_dim, vocab, tied
    "llama-3.2-1b": (2048, 8192, 16, 32, 8, 64, 128256, True),
    "llama-3.2-3b": (3072, 8192, 28, 24, 8, 128, 128256, True),
    "llama-3.1-8b": (4096, 14336, 32, 32, 8, 128, 128256, False),
    "qwen2.5-7b": (3584, 18944, 28, 28, 4, 128, 152064, False),
    "tiny": (64, 128, 2, 4, 2, 16, 512, True),
}
ALL_LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
GRID = [(s, c) for c in (True, False) for s in (512, 2048, 8192)]
SHORT = [(2048, True), (2048, False)]
ONE = [(1024, False)]

# (model, method, options, [(seq_len, checkpointing)]), most wanted first: the clock may end the list early.
PLAN: list[tuple[str, str, dict[str, Any], list[tuple[int, bool]]]] = [
    ("llama-3.2-1b", "lora", {}, GRID),
    ("llama-3.2-1b", "full", {}, GRID),
    ("llama-3.2-1b", "qlora", {}, GRID),
    ("llama-3.1-8b", "lora", {}, GRID),
    ("llama-3.1-8b", "qlora", {"kbit": True}, GRID),
    ("llama-3.1-8b", "full", {}, GRID),
    ("llama-3.2-1b", "full", {"master": True}, GRID),
    ("llama-3.2-3b", "dora", {}, GRID),
    ("llama-3.2-3b", "ia3", {}, GRID),
    ("llama-3.2-3b", "prefix", {}, [(512, False), (2048, False), (8192, False)]),
    ("llama-3.2-3b", "qlora", {"kbit": True}, GRID),
    ("llama-3.2-3b", "full", {"master": True}, GRID),
    ("llama-3.2-3b", "lora", {"targets": ["q_proj", "v_proj"]}, GRID),
    ("llama-3.2-3b", "full", {"optimizer": "adamw_foreach"}, SHORT),
    ("llama-3.2-3b", "full", {"optimizer": "adamw_bnb_8bit"}, SHORT),
    ("llama-3.2-3b", "full", {"optimizer": "paged_adamw_8bit"}, SHORT),
    ("llama-3.2-3b", "full", {"optimizer": "adafactor"}, SHORT),
    ("llama-3.1-8b", "lora", {"adapter": "bf16"}, GRID),
    ("llama-3.1-8b", "qlora", {"adapter": "bf16"}, GRID),
    ("llama-3.1-8b", "lora", {"dropout": 0.05}, SHORT),
    ("llama-3.1-8b", "lora", {"rank": 256}, SHORT),
    ("llama-3.2-3b", "lora", {"attention": "eager"}, SHORT),
    ("llama-3.2-1b", "lora", {"batch": 8}, [(512, True), (512, False), (2048, True)]),
    ("qwen2.5-7b", "lora", {}, GRID),
    ("qwen2.5-7b", "qlora", {}, SHORT),
    ("llama-3.1-8b", "dora", {}, SHORT),
    ("llama-3.2-3b", "int8-lora", {}, SHORT),
    *(("llama-3.2-3b", m, {}, ONE) for m in (
        "adalora", "loha", "lokr", "oft", "boft", "vera", "miss", "randlora", "fourierft", "hra", "c3a", "road",
        "shira", "ln_tuning", "vblora", "prompt", "p_tuning", "waveft", "delora", "road", "osf")),
]


def version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def driver_gib(torch: Any) -> float:
    """Device memory in use by the driver's count, in GiB: context, cache and all."""
    free, total = torch.cuda.mem_get_info()
    return (total - free) / 2**30


def quantise(model: Any, torch: Any, kind: str) -> None:
    """Replace each linear layer but the head by bitsandbytes' one, as from_pretrained does."""
    import bitsandbytes as bnb

    for module in list(model.modules()):
        for key, child in list(module.named_children()):
            if not isinstance(child, torch.nn.Linear) or key == "lm_head":
                continue
            args: dict[str, Any] = {"bias": child.bias is not None, "device": "meta"}
            if kind == "nf4":
                new = bnb.nn.Linear4bit(child.in_features, child.out_features, compute_dtype=torch.bfloat16,
                                        quant_type="nf4", compress_statistics=True, **args)
                new.weight = bnb.nn.Params4bit(child.weight.data, requires_grad=False, quant_type="nf4",
                                               compress_statistics=True, module=new)
            else:
                new = bnb.nn.Linear8bitLt(child.in_features, child.out_features, has_fp16_weights=False, **args)
                new.weight = bnb.nn.Int8Params(child.weight.data.cpu(), requires_grad=False, has_fp16_weights=False)
            if child.bias is not None:
                new.bias = child.bias
            new.to(child.weight.device)
            setattr(module, key, new)
    setattr(model, "is_loaded_in_4bit" if kind == "nf4" else "is_loaded_in_8bit", True)


def peft_config(method: str, o: dict[str, Any], shape: tuple[Any, ...]) -> Any:
    import peft

    common: dict[str, Any] = {"task_type": "CAUSAL_LM"}
    rank, targets = o.get("rank", 16), o.get("targets", ALL_LINEAR)
    at = {**common, "target_modules": targets}
    if method in ("lora", "qlora", "int8-lora", "dora"):
        return peft.LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=o.get("dropout", 0.0),
                               use_dora=method == "dora", **at)
    named = {
        "ia3": lambda: peft.IA3Config(**common),
        "prefix": lambda: peft.PrefixTuningConfig(num_virtual_tokens=20, **common),
        "prompt": lambda: peft.PromptTuningConfig(num_virtual_tokens=20, **common),
        "p_tuning": lambda: peft.PromptEncoderConfig(num_virtual_tokens=20, encoder_hidden_size=shape[0], **common),
        "adalora": lambda: peft.AdaLoraConfig(init_r=16, target_r=8, total_step=100, tinit=10, tfinal=10, **at),
        "ln_tuning": lambda: peft.LNTuningConfig(**common),
        "loha": lambda: peft.LoHaConfig(r=16, alpha=32, **at), "lokr": lambda: peft.LoKrConfig(r=16, alpha=32, **at),
        "oft": lambda: peft.OFTConfig(oft_block_size=32, **at),
        "boft": lambda: peft.BOFTConfig(boft_block_size=32, boft_n_butterfly_factor=1, **at),
        "vera": lambda: peft.VeraConfig(r=256, **{**common, "target_modules": ["q_proj", "v_proj"]}),
        "miss": lambda: peft.MissConfig(r=16, **at), "randlora": lambda: peft.RandLoraConfig(r=32, **at),
        "fourierft": lambda: peft.FourierFTConfig(n_frequency=1000, **at),
        "hra": lambda: peft.HRAConfig(r=16, **at), "c3a": lambda: peft.C3AConfig(block_size=64, **at),
        "road": lambda: peft.RoadConfig(**at), "shira": lambda: peft.ShiraConfig(r=16, **at),
        "vblora": lambda: peft.VBLoRAConfig(vector_length=256, **at),
        "waveft": lambda: peft.WaveFTConfig(**at), "delora": lambda: peft.DeloraConfig(**at),
        "osf": lambda: peft.OSFConfig(**at),
    }
    return named[method]()


def build(name: str, method: str, o: dict[str, Any], device: str, torch: Any) -> tuple[Any, Any, bool]:
    """The model ready to train, its optimizer, and whether autocast is on."""
    from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config

    h, i, layers, heads, kv, dim, vocab, tied = SHAPES[name]
    maker = Qwen2Config if name.startswith("qwen") else LlamaConfig
    config = maker(hidden_size=h, intermediate_size=i, num_hidden_layers=layers, num_attention_heads=heads,
                   num_key_value_heads=kv, head_dim=dim, vocab_size=vocab, tie_word_embeddings=tied,
                   max_position_embeddings=16384, use_cache=False)
    dtype = torch.float32 if o.get("master") else torch.bfloat16
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation=o.get("attention", "sdpa"))
    autocast = method != "full" or bool(o.get("master"))
    if method in ("qlora", "int8-lora"):
        quantise(model, torch, "nf4" if method == "qlora" else "int8")
    if method != "full":
        import peft

        if o.get("kbit"):
            model = peft.prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
        model = peft.get_peft_model(model, peft_config(method, o, SHAPES[name]),
                                    autocast_adapter_dtype=o.get("adapter") != "bf16").to(device)
    model.train()
    trained = [p for p in model.parameters() if p.requires_grad]
    kind = o.get("optimizer", "adamw_fused")
    if kind in ("adamw_fused", "adamw_foreach"):
        way = {"fused": True} if kind == "adamw_fused" and device == "cuda" else {"foreach": True}
        optimizer: Any = torch.optim.AdamW(trained, lr=1e-5, **way)
    elif kind == "adafactor":
        from transformers.optimization import Adafactor

        optimizer = Adafactor(trained, lr=1e-5, relative_step=False, scale_parameter=False)
    else:
        import bitsandbytes as bnb

        optimizer = (bnb.optim.PagedAdamW8bit if kind.startswith("paged") else bnb.optim.AdamW8bit)(trained, lr=1e-5)
    return model, optimizer, autocast


def steps(model: Any, optimizer: Any, autocast: bool, ids: Any, torch: Any, n: int) -> list[float]:
    """n training steps as transformers' Trainer makes them; seconds of each."""
    trained = [p for p in model.parameters() if p.requires_grad]
    seconds = []
    for _ in range(n):
        start = time.perf_counter()
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=autocast):
            loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if ids.is_cuda:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return seconds


def measure(name: str, method: str, o: dict[str, Any], points: list[tuple[int, bool]], device: str, card: str,
            torch: Any) -> Iterator[dict[str, Any]]:
    """Rows of one model and method: built once, stepped at each length and checkpointing."""
    h, i, layers, heads, kv, dim, vocab, tied = SHAPES[name]
    gib = 2**30
    model, optimizer, autocast = build(name, method, o, device, torch)
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    batch = o.get("batch", 1)
    low = method in ("lora", "qlora", "dora", "int8-lora")
    base = {"qlora": "nf4-dq", "int8-lora": "int8"}.get(method, "fp32 master, autocast bf16" if o.get("master") else "bf16")
    for seq, ckpt in points:
        if ckpt:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        else:
            model.gradient_checkpointing_disable()
        row: dict[str, Any] = {
            "id": "-".join([card.lower().replace("nvidia ", "").replace(" ", "-"), name, method, *(f"{k}={v if not isinstance(v, list) else '+'.join(v)}" for k, v in o.items()),
                            f"s{seq}", "ckpt" if ckpt else "kept"]),
            "source": "tunewise bench/measure_gpu.py", "kind": "train", "task": "sft", "model": name,
            "params": layers * (h * heads * dim * 2 + h * kv * dim * 2 + 3 * h * i) + vocab * h * (1 if tied else 2),
            "arch": {"layers": layers, "hidden": h, "intermediate": i, "heads": heads, "kv_heads": kv, "vocab": vocab,
                     "tie_embeddings": tied, "head_dim": dim, "gated_mlp": True},
            "arch_key": name, "method": method, "rank": o.get("rank", 16) if low else None,
            "target_modules": o.get("targets", ALL_LINEAR) if low else None, "n_trainable": trainable,
            "base_precision": base, "kbit_prepared": bool(o.get("kbit")), "dropout": o.get("dropout", 0.0),
            "compute_dtype": "bf16 autocast" if autocast else "bf16", "adapter_dtype": o.get("adapter", "fp32") if method != "full" else None,
            "optimizer": o.get("optimizer", "adamw_fused"), "seq_len": seq, "shape_known": "exact", "micro_batch": batch,
            "grad_accum": 1, "packing": False, "grad_ckpt": ckpt, "flash_attn": o.get("attention", "sdpa") != "eager",
            "attention": o.get("attention", "sdpa"), "framework": "transformers + hand-written loop",
            "framework_version": ", ".join(f"{p} {version(p)}" for p in ("torch", "transformers", "peft", "bitsandbytes")),
            "gpu": card, "gpu_mem_gb": 141 if "H200" in card else None, "n_gpus": 1, "sharding": "none", "offload": None,
            "measured_what": "allocated", "confidence": "high"}
        try:
            if device == "cuda":
                steps(model, optimizer, autocast, torch.randint(0, vocab, (1, 16), device=device), torch, 1)
                gc.collect(), torch.cuda.empty_cache(), torch.cuda.reset_peak_memory_stats()
                row["steady_alloc_gib"] = round(torch.cuda.memory_allocated() / gib, 4)
                row["context_gib"] = round(driver_gib(torch) - torch.cuda.memory_reserved() / gib, 4)
            taken = steps(model, optimizer, autocast, torch.randint(0, vocab, (batch, seq), device=device), torch, 3)
            if device == "cuda":
                row |= {"peak_alloc_gib": round(torch.cuda.max_memory_allocated() / gib, 4),
                        "peak_reserved_gib": round(torch.cuda.max_memory_reserved() / gib, 4),
                        "nvidia_smi_gib": round(driver_gib(torch), 4)}
                row["peak_gib"] = row["peak_alloc_gib"]
            second = statistics.median(taken[1:])
            row |= {"outcome": "ok", "seconds_per_step": round(second, 4),
                    "throughput": {"value": round(batch * seq / second, 1), "unit": "tokens/s"}}
        except torch.OutOfMemoryError:
            row |= {"outcome": "oom", "peak_gib": None}
            optimizer.zero_grad(set_to_none=True)
            gc.collect(), torch.cuda.empty_cache()
        yield row


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="rows.jsonl")
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--skip", type=int, default=0, help="leave out the first entries of the plan")
    parser.add_argument("--tiny", action="store_true", help="every method on a tiny model, on the CPU if need be")
    o = parser.parse_args()
    try:
        import torch
    except ImportError:
        print("torch is not installed: pip install torch transformers peft bitsandbytes", file=sys.stderr)
        return 4
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not o.tiny:
        print("no CUDA device: nothing to measure (--tiny checks the script on the CPU)", file=sys.stderr)
        return 4
    card = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    end = time.time() + 60 * o.minutes
    with Path(o.out).open("a") as out:
        for name, method, options, points in PLAN[o.skip:]:
            if time.time() > end:
                print(f"out of time before {name} {method} {options}", file=sys.stderr)
                break
            try:
                for row in measure("tiny" if o.tiny else name, method, options, [(64, c) for _, c in points[-2:]] if o.tiny else points,
                                   device, card, torch):
                    out.write(json.dumps(row) + "\n")
                    out.flush()
                    print(f"{row['id']:70} {row['outcome']} alloc {row.get('peak_alloc_gib')} reserved {row.get('peak_reserved_gib')} "
                          f"driver {row.get('nvidia_smi_gib')} {row.get('seconds_per_step')} s; {end - time.time():.0f} s left", flush=True)
            except Exception as problem:  # one method that this library version lacks must not end the others
                print(f"SKIPPED {name} {method} {options}: {type(problem).__name__}: {str(problem)[:200]}", flush=True)
            gc.collect()
            if device == "cuda":
                torch.cuda.empty_cache()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Peak memory of one real training step under fake tensors: no GPU, no weights, seconds a case.

    python bench/fake_step.py CASES.json > ROWS.json

A case is {shape: {hidden, intermediate, layers, heads, kv_heads, head_dim, vocab, tied}, method, seq, batch,
checkpointing, precision: pure | mixed, adapter: fp32 | bf16, targets, rank, optimizer: foreach | forloop, kbit,
dropout, outputs_kept}. The loss is Transformers'
own: TRL's fused head takes another path without a GPU. Every storage that is alive is counted in blocks of 512 bytes, as CUDA's caching allocator gives
them; the row is the case with ``peak_gib`` and ``trainable``. Transformers, PEFT and torch as installed; it
knows nothing of tunewise. Two steps are made, so that the optimizer's states exist.
"""
from __future__ import annotations

import json
import os
import sys
import time
import warnings
import weakref
from typing import Any

warnings.filterwarnings("ignore")
os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402
from torch.utils._pytree import tree_map_only  # noqa: E402

GIB = 2**30
ALL_LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


class Peak(TorchDispatchMode):
    """Bytes of live storages, and the most there were."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self.live: dict[int, int] = {}

    def add(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self.live:
            return
        size = (storage.nbytes() + 511) // 512 * 512
        self.live[key] = size
        self.now += size
        self.most = max(self.most, self.now)

        def freed() -> None:
            if self.live.pop(key, None) is not None:
                self.now -= size

        weakref.finalize(storage, freed)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        tree_map_only(torch.Tensor, self.add, out)
        return out


class _Dequantised(torch.autograd.Function):
    """bitsandbytes' matrix product: the weights in 16 bits for a moment, forward and backward; the input is not kept."""

    @staticmethod
    def forward(ctx: Any, x: Any, packed: Any, absmax: Any, shape: Any) -> Any:
        ctx.save_for_backward(packed, absmax)
        ctx.shape = shape
        return x @ packed.new_empty(shape, dtype=x.dtype).t()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        packed, _ = ctx.saved_tensors
        return grad @ packed.new_empty(ctx.shape, dtype=grad.dtype), None, None, None


class Nf4Linear(torch.nn.Linear):
    """As bitsandbytes' Linear4bit: computes in bf16, answers in the type of its input. Storage with double quantisation: half a byte a weight, one byte of scale for 64, four for each 256 of those."""

    def __init__(self, linear: torch.nn.Linear) -> None:
        torch.nn.Module.__init__(self)
        self.in_features, self.out_features, self.bias = linear.in_features, linear.out_features, None
        count = linear.in_features * linear.out_features
        self.weight = torch.nn.Parameter(torch.empty((count // 2, 1), dtype=torch.uint8, device="meta"), requires_grad=False)
        self.register_buffer("absmax", torch.empty(count // 64, dtype=torch.uint8, device="meta"))
        self.register_buffer("absmax2", torch.empty(count // 64 // 256 + 1, dtype=torch.float32, device="meta"))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _Dequantised.apply(x.to(torch.bfloat16), self.weight, self.absmax, (self.out_features, self.in_features)).to(x.dtype)


def build(case: dict[str, Any]) -> Any:
    """The model on the meta device, adapted as the case says."""
    import peft
    from transformers import LlamaConfig, LlamaForCausalLM

    s, method = case["shape"], case["method"]
    config = LlamaConfig(vocab_size=s["vocab"], hidden_size=s["hidden"], intermediate_size=s["intermediate"], num_hidden_layers=s["layers"], num_attention_heads=s["heads"], num_key_value_heads=s["kv_heads"],
                         head_dim=s["head_dim"], tie_word_embeddings=s["tied"], max_position_embeddings=131072, use_cache=False)
    config._attn_implementation = case.get("attention", "sdpa")
    whole32 = method == "full" and case["precision"] == "mixed"
    torch.set_default_dtype(torch.float32 if whole32 else torch.bfloat16)
    with torch.device("meta"):
        model: Any = LlamaForCausalLM(config)
    torch.set_default_dtype(torch.float32)
    if method == "qlora":
        for module in list(model.modules()):
            for name, child in list(module.named_children()):
                if isinstance(child, torch.nn.Linear) and name != "lm_head":
                    setattr(module, name, Nf4Linear(child))
    if method == "full":
        return model
    for p in model.parameters():
        p.requires_grad_(False)
        if case.get("kbit") and p.dtype == torch.bfloat16:
            p.data = p.data.to(torch.float32)
    at = {"task_type": "CAUSAL_LM"}
    targets = case.get("targets", ALL_LINEAR)
    made = {"lora": lambda: peft.LoraConfig(r=case.get("rank", 16), lora_alpha=32, lora_dropout=case.get("dropout", 0.0), target_modules=targets, **at),
            "ia3": lambda: peft.IA3Config(**at), "prefix": lambda: peft.PrefixTuningConfig(num_virtual_tokens=20, **at)}
    made["qlora"] = made["lora"]
    made["dora"] = lambda: peft.LoraConfig(r=case.get("rank", 16), lora_alpha=32, target_modules=targets, use_dora=True, **at)
    with torch.device("meta"):
        model = peft.get_peft_model(model, made[method](), low_cpu_mem_usage=True) if method != "prefix" else peft.get_peft_model(model, made[method]())
    for p in model.parameters():
        if p.requires_grad:
            p.data = p.data.to(torch.bfloat16 if case.get("adapter") == "bf16" else torch.float32)
    return model


def peak(case: dict[str, Any]) -> dict[str, Any]:
    """The case with its peak in GiB and the number of trained parameters."""
    start = time.perf_counter()
    model = build(case)
    with FakeTensorMode(allow_non_fake_inputs=True):
        shared: dict[int, Any] = {}
        for module in model.modules():
            for key, p in list(module._parameters.items()):
                if p is not None:
                    shared.setdefault(id(p), torch.nn.Parameter(torch.empty(p.shape, dtype=p.dtype), requires_grad=p.requires_grad))
                    module._parameters[key] = shared[id(p)]
            for key, b in list(module._buffers.items()):
                if b is not None:
                    module._buffers[key] = torch.empty(b.shape, dtype=b.dtype)
        model.train()
        if case["checkpointing"]:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
            if case["method"] != "full":
                model.enable_input_require_grads()
        trained = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=1e-4, foreach=case.get("optimizer") == "foreach", fused=False)
        ids = torch.zeros((case.get("batch", 1), case["seq"]), dtype=torch.long)
        counter = Peak()
        for tensor in (*model.parameters(), *model.buffers(), ids):
            counter.add(tensor)
        with counter:
            for _ in range(2):
                with torch.autocast("cpu", torch.bfloat16, enabled=case["precision"] == "mixed"):
                    outputs = model(input_ids=ids, labels=ids)
                loss = outputs.loss
                if not case.get("outputs_kept"):
                    del outputs  # as Trainer's compute_loss does; a hand-written loop holds them through the backward pass
                loss.backward()
                if case.get("optimizer") != "none":
                    optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                loss = outputs = None
    return {**case, "peak_gib": counter.most / GIB, "trainable": sum(p.numel() for p in trained), "seconds": round(time.perf_counter() - start, 2)}


def main() -> int:
    with open(sys.argv[1], encoding="utf8") as stream:
        cases = json.load(stream)
    print(json.dumps([peak(case) for case in cases]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the README claims about speed, as ratios within one run: python bench/speed.py [--json]

Cold: a whole command against ``python -c "import pyswip"``. Warm: questions in one process, 95th percentile.
Check: one new file and the whole base, against ``python -c "import pyshacl"``.
Large: a generated catalogue of 10,000 models, every viable (approach, model) pair for one GPU counted.
"""
from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SITUATIONS = [{"gpu": g, "model": m, "examples": e} for g in ("t4", "4090", "a100") for m in ("llama-3-8b", "phi-3-mini", "qwen2.5-7b") for e in (200, 5000, 50000)]
TECHNIQUES = ["qlora", "lora", "full-fine-tuning", "dora", "prefix-tuning", "few-shot-prompting", "rag", "dpo"]


def whole(command: list[str], runs: int = 7) -> float:
    """Median seconds of a whole process."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def p95(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))] * 1000


def cold() -> dict[str, float]:
    tunewise = [sys.executable, "-m", "tunewise"]
    whole([*tunewise, "why", "qlora", "-s", "examples/t4.yaml"], 1)
    base = whole([sys.executable, "-c", "import pyswip"])
    why = whole([*tunewise, "why", "qlora", "-s", "examples/t4.yaml"])
    quiet = whole([*tunewise, "why", "qlora", "-s", "examples/t4.yaml", "-q"])
    helped = whole([*tunewise, "--help"])
    return {"import_pyswip_ms": base * 1000, "why_ms": why * 1000, "why_ratio": why / base, "why_quiet_ratio": quiet / base, "help_ratio": helped / base}


def warm() -> dict[str, float]:
    from tunewise import Advisor

    advisor = Advisor()
    checked = [advisor.situation(s) for s in SITUATIONS]
    advisor.ask("advise", checked[0])

    def timed(question: str, **more: object) -> list[float]:
        out = []
        for situation in checked:
            for technique in TECHNIQUES if question != "advise" else [""]:
                start = time.perf_counter()
                advisor.ask(question, situation, **({"technique": technique} if technique else {}), **more)
                out.append(time.perf_counter() - start)
        return out

    return {"why_p95_ms": p95(timed("why", proof="brief")), "why_whole_proof_p95_ms": p95(timed("why")), "advise_p95_ms": p95(timed("advise")), "what_if_3_p95_ms": p95(timed("what_if", max=3)),
            "approaches": len(advisor.index["names"]["Approach"]), "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def catalogue(folder: Path, count: int = 10_000) -> None:
    """Models of many shapes: layers and widths vary, sizes follow from them."""
    lines = ["@prefix tw: <https://w3id.org/tunewise/ns#> .", "@prefix kb: <https://w3id.org/tunewise/kb/> .", "@prefix g: <https://example.org/generated#> .",
             "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .", "@prefix dcterms: <http://purl.org/dc/terms/> ."]
    for i in range(count):
        layers, hidden = 12 + i % 70, 1024 + 128 * (i % 60)
        inter, vocab = hidden * 3, 32000 + 1000 * (i % 100)
        size = (layers * (4 * hidden * hidden + 3 * hidden * inter) + 2 * vocab * hidden) / 1e9
        lora = 16 * layers * (4 * 2 * hidden + 3 * (hidden + inter))
        lines.append(f'g:m{i} a tw:Model ; rdfs:label "generated {i}" ; dcterms:source kb:arithmetic ; tw:access tw:openWeights ; tw:paramsB {size:.6f} ; tw:layers {layers} ; tw:hiddenSize {hidden} ; '
                     f"tw:intermediateSize {inter} ; tw:attentionHeads {hidden // 128} ; tw:kvHeads 8 ; tw:headDim 128 ; tw:vocabSize {vocab} ; tw:maxContext 8192 ; tw:tiedEmbeddings false ; tw:loraParamsR16 {lora} .")
    (folder / "generated.ttl").write_text("\n".join(lines) + "\n", encoding="utf8")


_LARGE = """
import json, sys, time, os, resource
from pathlib import Path
from tunewise import Advisor
from tunewise.knowledge import Knowledge
a = Advisor(Knowledge(ontology=(*Knowledge().ontology, Path(sys.argv[1]))), timeout=600)
s = a.situation({"gpu": "4090", "examples": 5000})
start = time.perf_counter(); a.ask("rules"); built = time.perf_counter() - start
start = time.perf_counter(); n = a.ask("count_viable", s)["count"]; took = time.perf_counter() - start
print(json.dumps({"models_10k_pairs": n, "models_10k_count_s": took, "models_10k_build_s": built, "models_10k_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
sys.stdout.flush(); os._exit(0)
"""


def large() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        catalogue(Path(folder))
        run = subprocess.run([sys.executable, "-c", _LARGE, folder], capture_output=True, text=True, check=False, cwd=ROOT)
        return json.loads(run.stdout.strip().splitlines()[-1]) if run.returncode == 0 else {"models_10k_failed": run.stderr[-400:]}  # type: ignore[dict-item]


ADDED = """@prefix tw: <https://w3id.org/tunewise/ns#> .
@prefix kb: <https://w3id.org/tunewise/kb/> .
@prefix my: <https://example.org/my#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
my:our-runs a tw:Source ; rdfs:label "our own runs" ; tw:evidence tw:measured .
my:added a tw:Approach ; rdfs:label "Added" ; skos:definition "LoRA that differs by being added." ; tw:family kb:peft ; tw:variantOf kb:lora ; tw:serves kb:learn-a-task .
my:added-needs a tw:Claim ; tw:about my:added ; tw:quantity tw:computeCapability ; tw:atLeast 8.0 ; tw:source my:our-runs ; tw:locator "run 7" .
my:added-choose a tw:Advice ; tw:about my:added ; tw:stance tw:choose ; tw:text "Where quality counts." ; tw:when [ tw:quantity tw:qualityNeed ; tw:value kb:highest ] ; tw:source my:our-runs ; tw:locator "run 7" .
"""


def checking() -> dict[str, float]:
    """Seconds of check on one new file (what it would change in 105 situations included) and on all knowledge; ratios against importing pyshacl."""
    base = whole([sys.executable, "-c", "import pyshacl"])
    with tempfile.TemporaryDirectory() as folder:
        (file := Path(folder) / "added.ttl").write_text(ADDED, encoding="utf8")
        command = [sys.executable, "-m", "tunewise", "check"]
        whole([*command, str(file)], 1)
        one, everything = whole([*command, str(file)], 5), whole(command, 3)
    return {"check_file_s": one, "check_file_ratio": one / base, "check_all_s": everything, "check_all_ratio": everything / base}


def main() -> int:
    figures = {**cold(), **checking(), **warm(), **large()}
    if "--json" in sys.argv:
        print(json.dumps(figures, indent=2))
    else:
        for name, value in figures.items():
            print(f"{name:<24}{value:>14,.2f}" if isinstance(value, float) else f"{name:<24}{value!s:>14}")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

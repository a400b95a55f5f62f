"""How fast data is checked, and in how much memory: writes files of each format, checks each in a process of its own.

    python bench/data_speed.py [MB] [FOLDER]      (150 MB each by default, in a temporary folder that is removed)
"""
from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_SAMPLE = "the a model data train answer question of in to is for and with that gradient adapter rank layer token München café learns 漢字 écrit how why value loss"
_WORDS = _SAMPLE.split()
_CHECK = """
import json, resource, sys, time
from pathlib import Path
from tunewise import Advisor, data
shapes = data.all_shapes(Advisor().ask("shapes"))
start, cpu = time.perf_counter(), time.process_time()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = data.inspect(Path(sys.argv[1]), shapes)
wall, cpu = time.perf_counter() - start, time.process_time() - cpu
print(json.dumps({"format": report.shape.id if report.shape else None, "rows": report.rows, "faulty": report.faulty, "duplicates": report.duplicates, "wall": wall, "cpu": cpu,
                  "mb": report.bytes / 1e6, "text": report.lengths.total / 1e6, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "before_mib": before / 1024}))
"""


def _text(dice: random.Random, words: int) -> str:
    return " ".join(dice.choices(_WORDS, k=words)).capitalize() + "."


def _turns(dice: random.Random, who: tuple[str, str, str, str]) -> list[dict[str, str]]:
    return [{who[0]: who[2 + k % 2], who[1]: _text(dice, 40)} for k in range(2 * dice.randint(1, 4))]


MAKERS: dict[str, Callable[[random.Random], dict[str, Any]]] = {
    "alpaca": lambda d: {"instruction": _text(d, 14), "input": _text(d, 20) if d.random() < 0.4 else "", "output": _text(d, 60)},
    "sharegpt": lambda d: {"conversations": _turns(d, ("from", "value", "human", "gpt"))},
    "messages": lambda d: {"messages": _turns(d, ("role", "content", "user", "assistant"))},
    "completion": lambda d: {"prompt": _text(d, 20), "completion": _text(d, 60)},
    "dpo": lambda d: {"prompt": _text(d, 20), "chosen": _text(d, 60), "rejected": _text(d, 50)},
    "kto": lambda d: {"prompt": _text(d, 20), "completion": _text(d, 60), "label": d.random() < 0.5},
    "text": lambda d: {"text": _text(d, 200)},
}


def rows(maker: Callable[[random.Random], dict[str, Any]], megabytes: float, pretty: bool) -> Iterator[str]:
    dice = random.Random(7)
    pool = [json.dumps(maker(dice), ensure_ascii=False, indent=2 if pretty else None) for _ in range(20_000)]
    written = number = 0
    while written < megabytes * 1e6:
        text = pool[number % len(pool)]
        text = text.replace(".", f" {number}.", 1)
        number += 1
        written += len(text.encode()) + 1
        yield text


def write(path: Path, texts: Iterator[str]) -> None:
    """A file of the rows, by the ending of its name; Parquet is compressed, as it comes."""
    if path.suffix in (".csv", ".parquet"):
        from tunewise.data_write import Sink

        sink = Sink(path)
        for text in texts:
            sink.add(json.loads(text))
        sink.close()
        sink.keep()
        return
    with path.open("w", encoding="utf8") as out:
        for number, text in enumerate(texts):
            out.write(("[\n" if number == 0 else ",\n") + text if path.suffix == ".json" else text + "\n")
        if path.suffix == ".json":
            out.write("\n]\n")


def main() -> None:
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 150.0
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        print(f"{'file':<18}{'format':<22}{'MB':>6}{'rows':>10}{'MB/s':>7}{'MB/s cpu':>10}{'text MB/s cpu':>15}{'MiB peak':>10}")
        for name, maker in MAKERS.items():
            for suffix in (".jsonl", ".json", ".csv", ".parquet") if name == "alpaca" else (".jsonl", ".json", ".parquet") if name == "sharegpt" else (".jsonl",):
                path = Path(folder) / (name + suffix)
                write(path, rows(maker, megabytes, suffix == ".json"))
                run = subprocess.run([sys.executable, "-c", _CHECK, str(path)], capture_output=True, text=True, check=True)
                r = json.loads(run.stdout)
                print(f"{path.name:<18}{r['format']:<22}{r['mb']:>6.0f}{r['rows']:>10}{r['mb'] / r['wall']:>7.0f}{r['mb'] / r['cpu']:>10.0f}{r['text'] / r['cpu']:>15.0f}{r['mib']:>10.0f}   faulty {r['faulty']}, duplicates {r['duplicates']}")
                path.unlink()


if __name__ == "__main__":
    main()

"""The reference situations, and what a knowledge base answers in each: asked in a process of its own, line by line, within a time.

A process holds one knowledge base; so two are compared by two processes, and one that takes too long is ended.
Knows no technique.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import InputError, MachineError
from .folders import Knowledge

_HERE = Path(__file__).resolve().parent
# What the process runs: one JSON line a situation, {name, main, verdicts} or {name, refused}.
_CHILD = """
import json, sys
from pathlib import Path
from tunewise import Advisor
from tunewise.errors import InputError, TunewiseError
from tunewise.folders import Knowledge
q = json.load(sys.stdin)
k = Knowledge(tuple(map(Path, q["ontology"])), tuple(map(Path, q["rules"])), q["endpoint"])
try:
    advisor = Advisor(k, trust=q["trust"], as_of=q["as_of"], timeout=q["timeout"])
    advisor.folder
    for name, raw in q["situations"]:
        try:
            said = advisor.ask("effects", advisor.situation(raw), techniques=q["techniques"])
            print(json.dumps({"name": name, "main": said["main"], "verdicts": said["verdicts"]}), flush=True)
        except InputError as fault:
            print(json.dumps({"name": name, "refused": fault.messages}), flush=True)
except TunewiseError as fault:
    print(json.dumps({"fault": fault.messages}), flush=True)
import os
os._exit(0)
"""


def situations(knowledge: Knowledge) -> list[tuple[str, dict[str, Any]]]:
    """(name, inputs) of the reference cases, each situation once, then of the situations in a person's folders."""
    inside = _HERE / "_data" / "reference.json"
    file = inside if inside.is_file() else _HERE.parent.parent / "tests" / "cases" / "reference.json"
    try:
        cases = json.loads(file.read_text(encoding="utf8"))
    except OSError as fault:
        raise MachineError(f"{file}: cannot be read: {fault.strerror}. Install tunewise again.") from None
    seen: set[str] = set()
    out: list[tuple[str, dict[str, Any]]] = []
    for case in cases:
        said = json.dumps(case["situation"], sort_keys=True)
        if case["situation"] and said not in seen:
            seen.add(said)
            out.append((case["id"], case["situation"]))
    from .situation import read_yaml

    return out + [(f.name, dict(read_yaml(f))) for f in knowledge.situations()]


class Asked:
    """A process that answers for one knowledge base; its lines are read as they come."""

    def __init__(self, knowledge: Knowledge, cases: list[tuple[str, dict[str, Any]]], techniques: list[str] | str = "all", *,
                 as_of: str | None = None, trust: list[str] | None = None, timeout: float = 60.0) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.fault: list[str] = []
        question = {"ontology": [os.path.abspath(f) for f in knowledge.ontology], "rules": [os.path.abspath(f) for f in knowledge.rules], "endpoint": knowledge.endpoint,
                    "situations": cases, "techniques": techniques, "as_of": as_of, "trust": trust or [], "timeout": timeout}
        self.process = subprocess.Popen([sys.executable, "-c", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._noise = ""
        self._reader = threading.Thread(target=self._read, args=(json.dumps(question, default=str),), daemon=True)
        self._reader.start()

    def _read(self, question: str) -> None:
        assert self.process.stdin and self.process.stdout and self.process.stderr
        noise = threading.Thread(target=lambda: setattr(self, "_noise", self.process.stderr.read()), daemon=True)  # type: ignore[union-attr]
        noise.start()
        try:
            self.process.stdin.write(question)
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        for line in self.process.stdout:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if "fault" in row:
                self.fault = row["fault"]
            else:
                self.rows[row["name"]] = row
        noise.join(5)

    def done(self) -> bool:
        return not self._reader.is_alive()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(5)


def compared(old: Knowledge, new: Knowledge, cases: list[tuple[str, dict[str, Any]]], techniques: list[str] | str = "all", *, seconds: float = 120.0,
             as_of: str | None = None, trust: list[str] | None = None, progress: Callable[[int, int], None] | None = None) -> list[dict[str, Any]]:
    """Rows {name, situation, old, new} of the situations that both answered within ``seconds``, in their order.

    ``techniques``: whose verdicts are asked; the recommended approach always is. A knowledge base that cannot
    be asked raises InputError with what its process told.
    """
    pair = [Asked(k, cases, techniques, as_of=as_of, trust=trust, timeout=max(seconds, 1.0)) for k in (old, new)]
    until = time.monotonic() + seconds
    try:
        while not all(p.done() for p in pair) and time.monotonic() < until:
            if any(p.fault for p in pair):
                break
            if progress:
                progress(min(len(p.rows) for p in pair), len(cases))
            time.sleep(0.1)
    finally:
        for p in pair:
            p.stop()
    faults = [message for p in pair for message in p.fault]
    if faults:
        raise InputError(*dict.fromkeys(faults))
    broken = next((p for p in pair if not p.rows and p.process.returncode not in (0, -9)), None)
    if broken:
        raise MachineError(f"The comparison failed: {broken._noise.strip().splitlines()[-1] if broken._noise.strip() else 'no answer'}")
    return [{"name": name, "situation": said, "old": pair[0].rows[name], "new": pair[1].rows[name]} for name, said in cases if all(name in p.rows for p in pair)]

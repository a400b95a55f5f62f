"""Knowledge ready to be asked: facts and rules compiled once, cached on their content.

The cache is a private folder, written whole and then renamed, so two processes may race and a folder
that cannot be written only costs time. Knows where things lie; knows neither RDF nor Prolog.
"""
from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

from .errors import KnowledgeError, MachineError
from .folders import Knowledge

__all__ = ["Knowledge", "cache_folder", "compiled", "index", "notes"]
KEPT = 300  # seconds for which an endpoint's facts are good


def stamp_of(knowledge: Knowledge, swipl: str) -> str:
    """Hash of paths, sizes and times of all files: tells that nothing was touched without reading it."""
    digest = hashlib.sha256(swipl.encode())
    for file in knowledge.files():
        stat = os.stat(file)
        digest.update(f"{file}\0{stat.st_mtime_ns}\0{stat.st_size}\0".encode())
    return digest.hexdigest()[:32]


def key(knowledge: Knowledge, swipl: str, rows: bytes = b"") -> str:
    """Hash of all content that an answer rests on, of where a person's own files lie, and of the SWI-Prolog that compiled it."""
    digest = hashlib.sha256(swipl.encode() + rows)
    own = set(knowledge.of_person()) if knowledge.own and not knowledge.endpoint else set()
    for file in knowledge.files():
        digest.update((str(file) if file in own else file.name).encode() + b"\0" + _content(file) + b"\0")
    return digest.hexdigest()[:32]


def _content(file: Path) -> bytes:
    """A file's bytes; of one that is too large to be knowledge its size, since it will be refused."""
    size = os.stat(file).st_size
    return file.read_bytes() if size < 64_000_000 else str(size).encode()


def cache_folder() -> Path:
    """$TUNEWISE_CACHE, else the user's cache folder."""
    explicit = os.environ.get("TUNEWISE_CACHE")
    if explicit:
        return Path(explicit)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tunewise"


def compiled(knowledge: Knowledge, timeout: float = 30.0) -> Path:
    """Folder with state.prc (engine, rules and facts), swipl.json (where Prolog lies) and index.json; built when its content is new.

    ``timeout``: seconds in which an endpoint must have given its facts.
    """
    from .prolog import where_is_swipl

    if not knowledge.engine_files() or not knowledge.views():
        raise KnowledgeError(f"No knowledge in {knowledge.ontology[0]} and {knowledge.rules[0]}. Install tunewise again.")
    swipl = where_is_swipl()
    if knowledge.endpoint:
        return _served(knowledge, knowledge.endpoint, swipl, timeout)
    stamp = cache_folder() / "stamps" / stamp_of(knowledge, swipl)
    try:
        target = cache_folder() / stamp.read_text()
        if (target / "done").exists():
            return target
    except OSError:
        pass
    target = cache_folder() / key(knowledge, swipl)
    if (target / "done").exists():
        _remember(stamp, target)
        return target
    return _made(knowledge, target, stamp)


def _served(knowledge: Knowledge, url: str, swipl: str, timeout: float) -> Path:
    """The build of an endpoint's facts. They are read again when its counts have changed, or after KEPT seconds."""
    from .graph_endpoint import facts, pulse

    mark = cache_folder() / "stamps" / hashlib.sha256(f"{url} {stamp_of(knowledge, swipl)}".encode()).hexdigest()[:32]
    beat = pulse(url, timeout)
    try:
        name, then, when = mark.read_text().split()
        if then == beat and 0 <= time.time() - float(when) < KEPT and (cache_folder() / name / "done").exists():
            return cache_folder() / name
    except (OSError, ValueError):
        pass
    rows = facts(url, knowledge.views(), timeout)
    target = cache_folder() / key(knowledge, swipl, hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).digest())
    made = target if (target / "done").exists() else _made(knowledge, target, None, rows)
    if made == target:
        _remember(mark, target, f"{target.name} {beat} {time.time()}")
    return made


def _made(knowledge: Knowledge, target: Path, stamp: Path | None, rows: dict[str, list[list[Any]]] | None = None) -> Path:
    """Builds in a folder of its own, and puts it where it belongs; where that cannot be, the folder itself."""
    import shutil

    work = _work_folder(target)
    try:
        _build(knowledge, work, rows)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    (work / "done").write_text("")
    try:
        os.rename(work, target)
        _forget_old(target)
        if stamp:
            _remember(stamp, target)
        return target
    except OSError:  # another process was faster, or the folder is read-only
        if (target / "done").exists():
            shutil.rmtree(work, ignore_errors=True)
            return target
        return work


def _remember(stamp: Path, target: Path, text: str = "") -> None:
    """Notes which build belongs to files untouched since; a cache that cannot be written forgets."""
    try:
        stamp.parent.mkdir(exist_ok=True, mode=0o700)
        for old in sorted(stamp.parent.iterdir(), key=lambda p: p.stat().st_mtime)[:-20]:
            old.unlink(missing_ok=True)
        partial = stamp.with_name(f".{stamp.name}.{os.getpid()}")
        partial.write_text(text or target.name)
        os.replace(partial, stamp)
    except OSError:
        pass


def _work_folder(target: Path) -> Path:
    import tempfile

    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
    except OSError:
        import atexit
        import shutil

        work = Path(tempfile.mkdtemp(prefix="tunewise-"))
        atexit.register(shutil.rmtree, work, ignore_errors=True)
        return work


def _forget_old(target: Path, keep: int = 8, hours: float = 6) -> None:
    """Keeps the newest builds, and all that were made within hours: one may be known and not yet loaded."""
    import shutil

    builds = sorted((p for p in target.parent.iterdir() if p.is_dir() and p.name != "stamps"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in builds[keep:]:
        if time.time() - old.stat().st_mtime > hours * 3600:
            shutil.rmtree(old, ignore_errors=True)


def notes(folder: Path, knowledge: Knowledge) -> list[str]:
    """What a person should know of a build: statements of their files about the package's things, rule files not loaded."""
    told: list[str] = []
    if knowledge.own and (folder / "notes.json").exists():
        told = json.loads((folder / "notes.json").read_text(encoding="utf8"))
        told = [*told[:3], f"{len(told) - 3} more such statements: tunewise check lists them."] if len(told) > 4 else told
    for file in knowledge.untrusted() if knowledge.own else []:
        told.append(f"{os.path.relpath(file)}: this rule file is not loaded, since rules are code. Load it with --trust-rules if you trust who wrote it.")
    return told


def _build(knowledge: Knowledge, work: Path, rows: dict[str, list[list[Any]]] | None = None) -> None:
    import shutil

    from . import graph, graph_own

    if rows is None:
        changes: list[graph_own.Change] = []
        store = graph_own.store(knowledge, changes)
        rows = graph.facts(store, knowledge.views(), graph_own.names(knowledge, store))
        if changes:
            (work / "notes.json").write_text(json.dumps([change.text() for change in changes], ensure_ascii=False), encoding="utf8")
    (work / "index.json").write_text(json.dumps(index(rows), ensure_ascii=False), encoding="utf8")
    for source in knowledge.engine_files():
        shutil.copy(source, work / source.name)
    rules = work / "rules"
    rules.mkdir()
    for source in knowledge.rule_files():
        if (rules / source.name).exists():
            raise KnowledgeError(f"{source}: a rule file of this name exists already. Rename yours.")
        shutil.copy(source, rules / source.name)
    (work / "views.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf8")
    _in_another_process(work, knowledge)
    for file in [*work.glob("*.pl"), work / "views.json"]:
        file.unlink()
    shutil.rmtree(rules)


def _in_another_process(work: Path, knowledge: Knowledge) -> None:
    """Compiles with the swipl command, so that a fault in a rule file cannot harm the engine of this process."""
    import shutil
    import subprocess

    swipl = shutil.which("swipl") or (os.environ.get("SWI_HOME_DIR", "") and str(Path(os.environ["SWI_HOME_DIR"]) / "bin" / "swipl"))
    if not swipl:
        from .prolog import NO_SWIPL

        raise MachineError(NO_SWIPL)
    try:
        run = subprocess.run([swipl, "-f", "none", "-g", "compile:compile_all", "-t", "halt(1)", str(work / "compile.pl")],
                             capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, cwd=work)
    except subprocess.TimeoutExpired:
        raise MachineError("Compiling the knowledge took longer than 300 seconds.") from None
    if run.returncode != 0:
        where = {str(work / "rules" / f.name): str(f) for f in knowledge.rule_files()} | {str(work / f.name): str(f) for f in knowledge.engine_files()}
        text = run.stdout + run.stderr
        for copy, source in where.items():
            text = text.replace(copy, source)
        raise KnowledgeError(*[line for line in text.strip().splitlines() if line.strip()][:20], "No rules were loaded.")


def index(rows: dict[str, list[list[Any]]]) -> dict[str, Any]:
    """What checking a situation needs to know: inputs with types and domains, and names by class."""
    text = lambda v: v["s"] if isinstance(v, dict) else v  # noqa: E731
    multiple = {row[0]: bool(row[1]) for row in rows["input"]}
    inputs = {}
    for row in rows["quantity"]:
        name, label, kind, unit, default, low, high = (text(v) for v in row[:7])
        if name in multiple:
            inputs[name] = {"label": label, "type": kind, "unit": unit, "default": default, "min": low, "max": high,
                            "multiple": multiple[name], "concern": text(row[11])}
    labels = {row[0]: text(row[1]) for row in rows["label"]}
    aliases: dict[str, list[str]] = {}
    for thing, alias in rows["alias"]:
        aliases.setdefault(thing, []).append(text(alias))
    classes: dict[str, list[str]] = {}
    for thing, cls in rows["isa"]:
        classes.setdefault(cls, []).append(thing)
    wanted = {i["type"] for i in inputs.values()} | {"Technique", "Approach", "Practice", "Family", "Model", "Gpu", "Platform", "Source", "Goal", "Task",
                                                     "Symptom", "Priority", "Tool", "Metric", "Format", "FailureMode", "Scenario", "ChecklistItem",
                                                     "Contradiction", "Dataset", "Level", "Benchmark", "Rung", "Claim", "Advice", "Statement", "Quantity"}
    names = {cls: {t: [labels.get(t, t), *aliases.get(t, [])] for t in sorted(set(classes.get(cls, [])))}
             for cls in sorted(wanted & set(classes)) if cls not in ("Claim", "Advice", "Statement", "Quantity")}
    for name, spec in inputs.items():
        spec["aliases"] = aliases.get(name, [])
    stated: dict[str, dict[str, float]] = {}
    for _, about, quantity, part, value in rows["claim_row"]:
        if part == "value" and isinstance(value, int | float) and not isinstance(value, bool):
            stated.setdefault(quantity, {}).setdefault(about, value)
    for name, carrier, quantity in rows["carrier"]:
        if name in inputs and inputs[name]["type"] in ("integer", "number"):
            inputs[name]["carrier"] = {"input": carrier, "values": {t: v for t, v in stated.get(quantity, {}).items() if t in set(classes.get(inputs[carrier]["type"], []))}}
    return {"inputs": inputs, "names": names, "labels": {t: labels[t] for cls in names.values() for t in cls if t in labels},
            "sources": [row[0] for row in rows["source"]], "counts": {cls: len(set(members)) for cls, members in classes.items()}}

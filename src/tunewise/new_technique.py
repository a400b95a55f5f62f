"""The file of a new technique: a variant's facts are copied, requirements are claims, advice says when to choose it."""
from __future__ import annotations

import difflib
import textwrap
from pathlib import Path
from typing import Any

from . import graph, new_from
from .errors import InputError
from .new import TODO, comment, curie, literal, number, statement
from .new_paragraph import Said, Writer


def technique(write: Writer, name: str, profiles: Path, cards: list[dict[str, Any]]) -> None:
    said, cat = write.said, write.catalogue
    write.file.title = f"{name}: a technique. Lines that begin with # are suggestions; a line with {TODO} waits for you."
    parent = write.attempt(cat.resolve, "Technique", said["variant-of"]) if "variant-of" in said else None
    facts = cat.facts(parent) if parent else {}
    old = lambda p: facts.get(graph.TW + p, [])  # noqa: E731
    kind = said.get("kind", "practice" if "tw:Practice" in facts.get(graph.PREFIXES["rdf"] + "type", []) else "approach").lower()
    if kind not in ("approach", "practice"):
        write.faults.append(f"'{kind[:30]}' is no kind of technique. Kinds: approach, practice")
    write.source(f"notes on {name}", "guide")
    write.begin(kind.capitalize(), said.get("label", name))
    write.definition(f"{cat.labels[parent] if parent else 'PARENT'} that differs by ...")
    if parent:
        write.line(f"    tw:variantOf {curie(parent)} ;")
    trains = said.get("trains-on") or (old("trainsOn") or [""])[0].removeprefix("tw:")
    if trains and trains not in ("ownGpu", "smallGpu", "providerGpu", "noGpu"):
        write.faults.append(f"'{trains[:30]}' says not whose GPU trains. Say ownGpu, smallGpu, providerGpu or noGpu")
    write.point("family", "family", "Family", old("family"), TODO)
    for flag, property_, cls in (("objective", "objective", "Objective"), ("parametrisation", "parametrisation", "Parametrisation"), ("base-weights", "baseWeights", "BaseWeights")):
        write.point(flag, property_, cls, old(property_), "" if trains in ("noGpu", "providerGpu") or kind == "practice" else TODO)
    if trains:
        write.line(f"    tw:trainsOn tw:{trains} ;")
    elif kind == "approach":
        write.line(f"    # tw:trainsOn tw:ownGpu ;   # {TODO}: tw:ownGpu, tw:smallGpu, tw:providerGpu, or tw:noGpu where nothing is trained")
    write.point("serves", "serves", "Goal", old("serves"), TODO if kind == "approach" else "")
    hints = _built(write, said, old, profiles)
    write.end(*hints)
    needs = [row for part in write.many("needs") if (row := write.attempt(statement, cat, part))]
    write.line("\n# what it needs: a requirement blocks it where it is not met, and why-not says so with both numbers")
    for field, text in needs:
        write.line(f"my:{write.ident}-{field.replace('_', '-')}-{write.who} a tw:Claim ; tw:about my:{write.ident} ; {text} ; {write.locator()}")
    if not needs:
        write.line(f"# my:{write.ident}-examples-{write.who} a tw:Claim ; tw:about my:{write.ident} ; tw:quantity tw:examples ; tw:atLeast 500 ; tw:source {write.cites} ; tw:locator \"...\" .")
    write.line("\n# when to choose it: of what is viable, the advice with the most conditions met goes first")
    advice = f"my:{write.ident}-choose-{write.who} a tw:Advice ; tw:about my:{write.ident} ; tw:stance tw:{'choose' if kind != 'practice' else 'add'}"
    if "choose" in said:
        write.line(f"{advice} ; tw:text {literal(comment(said['choose']))}{write.conditions()} ;\n    {write.locator()}")
    else:
        if write.conditions():
            write.faults.append('--when says in which case to choose it: say why, too, with --choose "One sentence."')
        write.line(f"# {advice} ; tw:text \"One sentence.\" ;   # {TODO}: without it, it is recommended only where nothing else is viable")
        write.line(f"#     tw:when [ tw:quantity tw:goal ; tw:value kb:learn-a-task ] ; tw:source {write.cites} ; tw:locator \"...\" .")
    write.line("\n# what it reaches: a claim with a value is weighed against the others, and never merged with them")
    write.line(f"# my:{write.ident}-quality-vs-full-{write.who} a tw:Claim ; tw:about my:{write.ident} ; tw:quantity tw:qualityVsFull ; tw:value 99.5 ; tw:source {write.cites} ; tw:locator \"Table 2\" .")


def _built(write: Writer, said: Said, old: Any, profiles: Path) -> list[str]:
    """The class that builds it with its settings; returns the other parameters as hints."""
    hints: list[str] = []
    trainer = [said["trainer"]] if "trainer" in said else old("trainer")
    built = old("builtWith")
    pairs = [p.partition("=") for p in write.many("set")]
    if "from-peft" in said:
        full = said["from-peft"] if "." in said["from-peft"] else f"peft.{said['from-peft']}"
        read = write.attempt(new_from.signature, full, profiles / "signatures.json")
        if read:
            parameters, where = read
            built = [full]
            write.file.remarks.append(f"parameters of {full}: {where}")
            takes = {p["name"] for p in parameters}
            for key, _, _ in pairs:
                if key.strip() not in takes:
                    near = difflib.get_close_matches(key.strip(), takes, n=1)
                    write.faults.append(f"{full} takes no '{key.strip()[:40]}'.{f' Did you mean {near[0]}?' if near else ''} It takes {', '.join(sorted(takes))}")
            hints = _hints(full, where, parameters)
            given = {k.strip() for k, _, _ in pairs}
            for p in parameters:
                if p["needed"] and not p["base"] and p["name"] not in given:
                    write.line(f"    # tw:settings [ tw:key {literal(p['name'])} ; tw:value ... ] ;   # {TODO}: {full} cannot be built without it")
            loops = [t for other in write.catalogue.of_class(full) for t in write.catalogue.facts(other).get(graph.TW + "trainer", [])]
            trainer = trainer or ([max(sorted(set(loops)), key=loops.count)] if loops else [])
            if not trainer:
                write.line(f"    # tw:trainer \"module.Class\" ;   # {TODO}: the class that runs the training loop")
    elif pairs and not built:
        write.faults.append("--set wants a class: say --from-peft CLASS, or a variant that is built with one.")
    for name, cls in (("builtWith", built), ("trainer", trainer)):
        if cls:
            write.line(f"    tw:{name} {literal(cls[0])} ;")
    for key, _, value in pairs:
        write.line(f"    tw:settings [ tw:key {literal(key.strip())} ; tw:value {_setting(value.strip())} ] ;")
    if old("dataFormat"):
        write.line(f"    tw:dataFormat {', '.join(old('dataFormat'))} ;")
    return hints


def _hints(full: str, where: str, parameters: list[dict[str, Any]]) -> list[str]:
    """What a class takes, one parameter a line, or all in a few lines where their defaults are not known."""
    own = [p for p in parameters if not p["base"]]
    out = [f"{full} takes what follows ({where}). Write one only where the technique IS that value:",
           '    tw:settings [ tw:key "keyword" ; tw:value 16 ] ;']
    if not any(p["help"] or p["default"] is not None for p in own):
        return out + ["  " + row for row in textwrap.wrap(", ".join(p["name"] for p in own), 120)]
    return out + [f"  {p['name']} = {_setting(p['default']) if p['default'] is not None else 'not set'}" + (f"   {comment(p['help'])[:100]}" if p["help"] else "") for p in own]


def _setting(value: Any) -> str:
    """A keyword's value as Turtle: booleans and numbers as such, all else as text."""
    if isinstance(value, bool) or str(value).lower() in ("true", "false"):
        return str(value).lower()
    if value is None:
        return "..."
    try:
        return number(str(value))
    except InputError:
        return literal(str(value))

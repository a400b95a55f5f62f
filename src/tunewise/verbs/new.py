"""begin a file of your own: new technique|model|gpu|source|claim NAME, from flags or questions"""
from __future__ import annotations

import argparse
import datetime
import difflib
import os
import sys
from pathlib import Path
from typing import Any

from .. import new, new_asks, new_from, new_kinds
from ..advisor import Advisor
from ..errors import InputError
from ._shared import show_json

_WIDE, _LONG = 20, 100


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    kinds = new_asks.ASKS
    if not said or said[0] not in kinds or len(said) < 2:
        near = difflib.get_close_matches(said[0], kinds, n=1) if said and said[0] not in kinds else []
        first = f"No kind '{said[0][:40]}'.{f' Did you mean {near[0]}?' if near else ''}" if said and said[0] not in kinds else "new wants a kind and a name."
        raise InputError(f"{first} tunewise new {'|'.join(kinds)} NAME", *([] if not said or said[0] not in kinds else _flags(said[0])))
    kind, name = said[0], " ".join(said[1:])
    out = Path(str(raw.pop("out", "tunewise.d")))
    flags = {ask.flag: ask for ask in kinds[kind]}
    given = {k.replace("_", "-"): ", ".join(map(str, v)) if isinstance(v, list) else str(v) for k, v in raw.items()}
    unknown = [k for k in given if k not in flags]
    if unknown:
        raise InputError(*(f"new {kind} takes no --{k}.{''.join(f' Did you mean --{n}?' for n in difflib.get_close_matches(k, flags, n=1))}" for k in unknown), *_flags(kind))
    ident = new.slug(name)
    target = out / f"{ident}.ttl"
    if target.exists():
        raise InputError(f"{target} exists; nothing was written. Take another name, another folder (--out DIR), or edit it.")
    from .. import graph

    catalogue = new.Catalogue(graph.load(advisor.knowledge.turtle()))
    cards = new_from.gpus() if kind == "gpu" else []
    if sys.stdin.isatty() and sys.stderr.isatty() and not options.quiet and not options.json:
        given |= _asked(kind, given, bool(cards))
    profiles = advisor.knowledge.ontology[0] / "profiles"
    ident, file = new_kinds.made(kind, name, given, catalogue, profiles, datetime.date.fromisoformat(options.as_of) if options.as_of else datetime.date.today(), cards)
    written = new.write(out, f"{ident}.ttl", file.text())
    if options.json:
        show_json({"file": str(written), "id": ident, "kind": kind, "to_fill_in": [{"line": n, "what": what} for n, what in file.open()], "remarks": file.remarks})
        return 0
    print(f"{written} was written.")
    if options.quiet:
        return 0
    for remark in file.remarks:
        print(f"  read       {remark}")
    for line, what in file.open():
        print(f"  to fill in line {line}: {what if len(what) <= _LONG else what[:_LONG].rsplit(',', 1)[0] + ' ...'}")
    shown = os.path.relpath(written)
    print(f"  sound?     tunewise check {shown}")
    if kind in ("technique", "model", "gpu"):
        print(f"  then       tunewise show {ident}" + (f", tunewise why {ident} --gpu t4 --params-b 7 --examples 5000" if kind == "technique" else ""))
    return 0


def _flags(kind: str) -> list[str]:
    """What a kind takes, one line a flag."""
    return [f"  --{ask.flag:<{_WIDE}}{ask.help}" for ask in new_asks.ASKS[kind]] + [f"  --{'out':<{_WIDE}}folder of the file (tunewise.d)"]


def _asked(kind: str, given: dict[str, str], seen: bool) -> dict[str, str]:
    """Answers to the questions of a kind that no flag answered; an empty answer leaves it to be filled in."""
    found: dict[str, str] = {}
    print(f"A new {kind}. Enter leaves a question to be filled in later; Ctrl-C writes nothing.", file=sys.stderr)
    for ask in new_asks.ASKS[kind]:
        if not ask.question or ask.flag in given or (seen and ask.flag in ("memory-gib", "compute-capability")):
            continue
        print(f"  {ask.question} ", end="", file=sys.stderr, flush=True)
        try:
            answer = input().strip()
        except EOFError:
            print(file=sys.stderr)
            break
        if answer:
            found[ask.flag] = answer
    return found

"""the whole graph as turtle, json-ld, n-triples, or with a graph per source as n-quads or trig"""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from ..advisor import Advisor
from ..errors import InputError, MachineError


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from .. import graph_export

    out = Path(str(raw.pop("out"))) if "out" in raw else None
    if raw:
        raise InputError(f"export takes no --{next(iter(raw)).replace('_', '-')}: tunewise export FORM --out FILE. Forms: {', '.join(graph_export.FORMS)}")
    if len(said) > 1:
        raise InputError(f"'{' '.join(said[1:])[:60]}' is too much: tunewise export FORM --out FILE")
    if advisor.knowledge.endpoint:
        raise InputError("export reads files, not an endpoint: ask the endpoint for its graph, or leave --endpoint away.")
    form = graph_export.form_of(said[0] if said else out.suffix if out and out.suffix else "turtle")
    text = graph_export.text(advisor.knowledge.ontology, advisor.knowledge.turtle(), form)
    if out is None:
        sys.stdout.write(text)
        return 0
    try:
        partial = out.with_name(f".{out.name}.part")
        partial.write_text(text, encoding="utf8")
        os.replace(partial, out)
    except OSError as fault:
        raise MachineError(f"{out}: cannot be written: {fault.strerror}.") from None
    if not options.quiet:
        print(f"{out}: {form}, {len(text.encode('utf8')) / 1e6:.1f} MB", file=sys.stderr)
    return 0

"""draw trees, proofs, the map, derived decisions and figures: tunewise diagram --list"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ..advisor import Advisor
from ..errors import InputError


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    """diagram NAME [THING] [--format svg|png|pdf|dot|mermaid] [--out FILE] [--over INPUTS], or --list, --keep, --check."""
    from ..diagram import Gallery
    from ..diagram_drawn import FORMATS, drawn

    wanted = {name: raw.pop(name) for name in ("list", "keep", "check", "over", "out", "as", "title") if name in raw}
    form = str(raw.pop("as", wanted.get("as") or ""))
    out = Path(str(wanted["out"])) if "out" in wanted else None
    if form in ("md", "csv") or not form and out is not None and out.suffix[1:] in (*FORMATS, "mmd", "md", "csv"):
        form = form or {"mmd": "mermaid"}.get(out.suffix[1:], out.suffix[1:]) if out else form
    gallery = Gallery(advisor, tell=lambda text: print(text, file=sys.stderr))
    if "list" in wanted:
        for name, what in gallery.listed():
            print(f"{name:<34}{what}")
        return 0
    if "keep" in wanted or "check" in wanted:
        from ..diagram_kept import check, keep

        folder = Path(str(wanted.get("keep") or wanted.get("check")))
        folder = Path("diagrams") if str(folder) == "yes" else folder
        if options.as_of is None:
            advisor._as_of = gallery.issued()  # the same knowledge gives the same pictures on any day
        if "keep" in wanted:
            for line in keep(gallery, folder):
                print(line, file=sys.stderr)
            return 0
        stale = check(gallery, folder)
        for line in stale:
            print(line)
        return 1 if stale else 0
    if not said:
        raise InputError("diagram wants a name: tunewise diagram why THING, map, rules, classes, decision --over INPUTS, a tree. List them: tunewise diagram --list")
    data = drawn(gallery, said, advisor.situation(raw), form or "svg", over=str(wanted.get("over", "")), title=str(wanted.get("title", "")))
    if out is not None:
        try:
            out.write_bytes(data)
        except OSError as fault:
            raise InputError(f"{out}: cannot be written: {fault.strerror}.") from None
        print(out)
    elif form in ("png", "pdf") and sys.stdout.isatty():
        raise InputError(f"A {form} is no text for a terminal: add --out FILE.{form}")
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    return 0

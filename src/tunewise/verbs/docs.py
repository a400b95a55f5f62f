"""reference pages of all that is known, your own too, as Markdown: docs --out DIR"""
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .. import pages
from ..advisor import Advisor
from ..errors import InputError, MachineError


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    out = Path(str(raw.pop("out", "tunewise-docs")))
    shown = raw.pop("pictures", None)
    if said or raw:
        raise InputError(f"docs takes --out DIR and --pictures DIR alone, not '{' '.join([*said, *raw])[:60]}'.")
    if advisor.knowledge.endpoint:
        raise InputError("docs reads files, not an endpoint: leave --endpoint away.")
    if out.is_dir() and any(out.iterdir()) and not (out / "quantities.md").is_file():
        raise InputError(f"{out}: holds other things. Name a new folder: --out DIR")
    pictures = {f.stem: f"pictures/{f.name}" for f in sorted(Path(str(shown)).glob("*.svg"))} if shown else {}
    made = pages.made(advisor.knowledge, advisor.ask("rules")["rules"], pictures)
    try:
        pages.write(made, out)
        for name in pictures:
            target = out / pictures[name]
            target.parent.mkdir(exist_ok=True)
            target.write_bytes((Path(str(shown)) / f"{name}.svg").read_bytes())
    except OSError as fault:
        raise MachineError(f"{out}: cannot be written: {fault.strerror}.") from None
    if not options.quiet:
        print(f"{out}: {len(made)} pages, the first is index.md")
    return 0

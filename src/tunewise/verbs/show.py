"""all that is known about one thing"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ..errors import InputError
from ._shared import tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    name = " ".join(said).strip("?! ")
    if not name:
        raise InputError("show wants a thing: tunewise show qlora. Kinds of things: tunewise ls")
    found = next((t for cls in ("Technique", "Model", "Gpu", *advisor.index["names"]) if (t := advisor.names.find(cls, name))), None)
    if found is None:
        near = [n for cls in ("Technique", "Model", "Gpu", "Source") for n in advisor.names.near(cls, name, 1)]
        answer = advisor.ask("about", {}, technique=name)
        if not (answer["definition"] or answer["classes"]):
            raise InputError(f"Nothing is called '{name[:60]}'.{f' Did you mean {near[0]}?' if near else ''} Kinds of things: tunewise ls")
        found = name
    tell("show", advisor.ask("about", {}, technique=found), options)
    return 0

"""all that is known about one thing; a source's tree is walked for the situation said"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ..errors import InputError
from . import tree
from ._shared import tell


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    name = " ".join(said).strip("?! ")
    if not name:
        raise InputError("show wants a thing: tunewise show qlora. Kinds of things: tunewise ls")
    found = next((t for cls in ("Technique", "Model", "Gpu", *advisor.index["names"]) if (t := advisor.names.find(cls, name))), None)
    if (found is None or raw) and tree.named(trees := advisor.ask("trees")["trees"], said):
        return tree.run(advisor, options, said, raw)
    if found is None:
        near = [n for cls in ("Technique", "Model", "Gpu", "Source") for n in advisor.names.near(cls, name, 1)]
        like = tree.near(trees, name)
        near = like + near if name.lower().startswith("tree") else near + like
        answer = advisor.ask("about", {}, technique=name)
        if not (answer["definition"] or answer["classes"]):
            raise InputError(f"Nothing is called '{name[:60]}'.{f' Did you mean {near[0]}?' if near else ''} Kinds of things: tunewise ls")
        found = name
    tell("show", advisor.ask("about", {}, technique=found), options)
    return 0

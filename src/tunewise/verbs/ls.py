"""list techniques, models, gpus, goals, tasks, symptoms, inputs, sources, rules, trees ..."""
from __future__ import annotations

import argparse
from typing import Any

from .. import words
from ..advisor import Advisor
from ..errors import InputError
from ..situation import plural_of
from . import tree
from ._shared import table


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    names = advisor.index["names"]
    kinds = {plural_of(cls): cls for cls in names}
    if not said:
        rows = [[kind, len(names[cls])] for kind, cls in sorted(kinds.items())] + [["inputs", len(advisor.index["inputs"])], ["rules", ""], ["trees", len(advisor.ask("trees")["trees"])]]
        return table(["kind", "count"], rows, options)
    kind = said[0].lower()
    kind = {"gpu": "gpus", "technique": "techniques"}.get(kind, kind)
    if kind in ("inputs", "input"):
        rows = [[k, v["type"], "" if v["min"] is None else f"{words.number(v['min'])} to {words.number(v['max'])}", v["default"] if v["default"] is not None else "", ", ".join(v["aliases"]), v["label"]]
                for k, v in sorted(advisor.index["inputs"].items())]
        return table(["input", "type", "domain", "default", "also", "meaning"], rows, options)
    if kind in ("rules", "rule"):
        return table(["rule", "concludes", "says"], [[r["id"], r["head"], r["says"]] for r in advisor.ask("rules")["rules"]], options)
    if kind in ("trees", "tree"):
        return tree.run(advisor, options, [], {})
    if kind not in kinds:
        import difflib

        near = difflib.get_close_matches(kind, [*kinds, "inputs", "rules", "trees"], n=1, cutoff=0.5)
        raise InputError(f"No kind '{kind}'.{f' Did you mean {near[0]}?' if near else ''} Kinds: {', '.join([*sorted(kinds), 'inputs', 'rules', 'trees'])}")
    things = names[kinds[kind]]
    return table([kind, "label", "also"], [[t, n[0], ", ".join(n[1:4])] for t, n in sorted(things.items())], options)

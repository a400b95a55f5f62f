"""A derived decision tree as a picture, and as a decision table in Markdown or CSV."""
from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from .diagram_domain import Axis
from .diagram_style import Box, picture, wrapped
from .errors import InputError
from .words import number

LARGEST = 160  # nodes of a tree that can still be read


class Telling:
    """Words for tests and leaves: labels of things, units of inputs, families of techniques."""

    def __init__(self, axes: Sequence[Axis], labels: dict[str, str], families: dict[str, str] | None = None, texts: dict[str, str] | None = None) -> None:
        self.axes = {a.field: a for a in axes}
        self.labels, self.families, self.texts = labels, families or {}, texts or {}

    def name(self, thing: Any) -> str:
        return {"none": "nothing is viable"}.get(thing) or self.labels.get(thing) or number(thing)

    def unit(self, field: str) -> str:
        unit = self.axes[field].unit
        return f" {unit}" if unit and unit not in (field, self.axes[field].label) and len(unit) <= 8 else ""

    def question(self, test: Sequence[Any]) -> tuple[str, ...]:
        if test[0] == "rule":
            return (f"{self.name(test[2])}: {str(test[1]).replace('_', ' ')}?", {"fits": "memory needed \N{LESS-THAN OR EQUAL TO} memory usable"}.get(str(test[1]), "what it needs \N{LESS-THAN OR EQUAL TO} what there is"))
        return (self.axes[test[1]].label + "?",)

    def sides(self, test: Sequence[Any]) -> tuple[str, str]:
        """What stands on the yes and on the no branch."""
        if test[0] == "rule":
            return "yes", "no"
        below = test[0] == "below"
        n, unit = number(test[2]), self.unit(test[1])
        axis = self.axes[test[1]]
        if axis.values:
            low = [v for v in axis.values if (v < test[2] if below else v <= test[2])]
            high = [v for v in axis.values if v not in low]
            if low and high:
                return (f"up to {number(low[-1])}" if len(low) > 1 else number(low[0])) + unit, (f"{number(high[0])} or more" if len(high) > 1 else number(high[0])) + unit
        return (f"below {n}{unit}", f"{n}{unit} or more") if below else (f"up to {n}{unit}", f"above {n}{unit}")

    def condition(self, test: Sequence[Any], side: bool) -> str:
        word = self.sides(test)[0 if side else 1]
        if test[0] == "rule":
            return f"{self.name(test[2])} {'passes' if side else 'does not pass'}: {str(test[1]).replace('_', ' ')}"
        return f"{self.axes[test[1]].label} {word}"


def tree(found: dict[str, Any], axes: Sequence[Axis], telling: Telling, title: str, subtitle: str) -> Any:
    """The picture of a derived tree, the question to the left, what is advised to the right."""
    graph = picture(title, "", subtitle=subtitle, direction="LR", legend=("said:a question", "plain:a comparison of a rule", "yes:what is advised", "no:nothing is viable"), nodesep=0.12, ranksep=0.4, tree=True)
    size = _count(found["tree"])
    if size > LARGEST:
        raise InputError(f"The tree has {size} nodes; {LARGEST} are the most that can be read. Draw over fewer inputs or a smaller range, or ask for the table: --format md")

    def grow(node: dict[str, Any], path: str) -> str:
        if "main" in node:
            main = node["main"]
            graph.add_node(path, box=Box(wrapped(telling.name(main), 30), foot=telling.families.get(main, ""), tone="no" if main in ("none", "?") else "yes", named=True, tip=telling.texts.get(main, "")))
            return path
        test = node["test"]
        if test[0] == "rule":
            q = telling.question(test)
            graph.add_node(path, box=Box(q, foot=f"rule {test[3]}", tone="plain", shape="box", named=True))
        else:
            graph.add_node(path, box=Box(telling.question(test), tone="said", shape="pill", named=True))
        if "yes" in node:
            yes, no = telling.sides(test)
            branches = [(yes, node["yes"]), (no, node["no"])]
        else:
            branches = [(_several([telling.name(v) for v in values]), kid) for values, kid in sorted(node["cases"], key=lambda c: (_count(c[1]), str(c[0])))]
        for i, (word, kid) in enumerate(branches):
            to = f"{path}.{i}"
            grow(kid, to)
            graph.add_node(f"{to} if", box=Box(tuple(word.splitlines()), shape="bare", tone="plain"))
            graph.add_edge(path, f"{to} if", head="none")
            graph.add_edge(f"{to} if", to)
        return path

    grow(found["tree"], "0")
    graph.graph["notes"] = (f"Derived from the rules: borders from the knowledge or found by bisection, {found['asked']:,} situations asked, the last {found['checked']} fresh ones all agree.",)
    graph.graph["alt"] = " ".join(f"If {' and '.join(c) or 'anything'}: {telling.name(m)}." for c, m in paths(found["tree"], telling))
    return graph


def _several(words: list[str]) -> str:
    lines, line = [], ""
    for word in words:
        if line and len(line) + len(word) + 2 > 34:
            lines.append(line + ",")
            line = word
        else:
            line = f"{line}, {word}" if line else word
    return "\n".join([*lines, line])


def _count(node: dict[str, Any]) -> int:
    return 1 if "main" in node else 1 + sum(_count(k) for k in ([node["yes"], node["no"]] if "yes" in node else [c[1] for c in node["cases"]]))


def paths(node: dict[str, Any], telling: Telling, so_far: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    """Every way to a leaf: its conditions and what is advised there."""
    if "main" in node:
        return [(so_far, node["main"])]
    if "yes" in node:
        return [p for side, kid in ((True, node["yes"]), (False, node["no"])) for p in paths(kid, telling, (*so_far, telling.condition(node["test"], side)))]
    label = telling.axes[node["test"][1]].label
    return [p for values, kid in node["cases"] for p in paths(kid, telling, (*so_far, f"{label}: {' or '.join(telling.name(v) for v in values)}"))]


def table(found: dict[str, Any], telling: Telling) -> tuple[list[str], list[list[str]]]:
    """The decision table: a column a test subject, a row a leaf; an empty cell does not matter."""
    columns: list[str] = []
    rows: list[dict[str, list[str]]] = []

    def walk(node: dict[str, Any], cells: dict[str, list[str]]) -> None:
        if "main" in node:
            rows.append({**cells, "advice": [telling.name(node["main"])]})
            return
        test = node["test"]
        name = f"{telling.name(test[2])} {str(test[1]).replace('_', ' ')}" if test[0] == "rule" else telling.axes[test[1]].label
        if name not in columns:
            columns.append(name)
        if "yes" in node:
            for word, kid in zip(telling.sides(test), (node["yes"], node["no"])):
                walk(kid, {**cells, name: [*cells.get(name, []), word]})
        else:
            for values, kid in node["cases"]:
                walk(kid, {**cells, name: [*cells.get(name, []), " or ".join(telling.name(v) for v in values)]})

    walk(found["tree"], {})
    head = [*columns, "advice"]
    return head, [[", ".join(r.get(c, [])) for c in head] for r in rows]


def markdown(head: list[str], rows: list[list[str]]) -> str:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(c.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ") for c in cells) + " |"

    return "\n".join([line(head), "|" + " --- |" * len(head), *(line(r) for r in rows)]) + "\n"


def as_csv(head: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows])
    return out.getvalue()

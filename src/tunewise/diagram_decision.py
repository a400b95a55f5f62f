"""A derived decision tree as a picture, and as a decision table in Markdown or CSV."""
from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from .diagram_domain import Axis
from .diagram_style import Box, in_markdown, picture, wrapped
from .errors import InputError
from .words import number

LARGEST = 160  # nodes of a tree that can still be read


class Telling:
    """Words for tests and leaves: labels of things, units of inputs, families of techniques."""

    def __init__(self, axes: Sequence[Axis], labels: dict[str, str], families: dict[str, str] | None = None, texts: dict[str, str] | None = None, rungs: dict[str, int] | None = None) -> None:
        self.axes = {a.field: a for a in axes}
        self.labels, self.families, self.texts, self.rungs = labels, families or {}, texts or {}, rungs or {}

    def name(self, thing: Any) -> str:
        return {"none": "nothing is viable"}.get(thing) or self.labels.get(thing) or number(thing)

    def unit(self, field: str) -> str:
        unit = self.axes[field].unit
        return f" {unit}" if unit and unit not in (field, self.axes[field].label) and len(unit) <= 8 else ""

    def question(self, test: Sequence[Any]) -> tuple[str, ...]:
        if test[0] == "rule":
            return (f"{self.name(test[2])} {str(test[1]).replace('_', ' ')}?", *{"fits": ("memory needed", "\N{LESS-THAN OR EQUAL TO} memory usable")}.get(str(test[1]), ("what it needs", "\N{LESS-THAN OR EQUAL TO} what there is")))
        return (self.axes[test[1]].label + "?",)

    def subject(self, test: Sequence[Any]) -> str:
        return f"{self.name(test[2])} {str(test[1]).replace('_', ' ')}" if test[0] == "rule" else self.axes[test[1]].label

    def branches(self, node: dict[str, Any], short: bool = False) -> list[tuple[str, dict[str, Any]]]:
        """Words and subtrees of a node; borders of one input that follow each other become ranges side by side.

        Where ``short``, a branch of three values or more, and of half of all, is "any other" and stands last.
        """
        test = node["test"]
        if "yes" not in node:
            cases = sorted(node["cases"], key=lambda c: (self.rung(c[1]), _count(c[1]), str(c[0])))
            most = max(cases, key=lambda c: len(c[0]))
            if short and len(most[0]) >= max(3, len(self.axes[test[1]].values) / 2) and len(cases) > 1:
                return [(" or ".join(self.name(v) for v in values), kid) for values, kid in cases if values is not most[0]] + [("any other", most[1])]
            return [(" or ".join(self.name(v) for v in values), kid) for values, kid in cases]
        if test[0] == "rule":
            return [("yes", node["yes"]), ("no", node["no"])]
        field = test[1]

        def parts(n: dict[str, Any], low: tuple[Any, bool] | None, high: tuple[Any, bool] | None) -> list[tuple[Any, Any, dict[str, Any]]]:
            if "main" in n or n["test"][0] not in ("below", "upto") or n["test"][1] != field:
                return [(low, high, n)]
            edge = (n["test"][2], n["test"][0] == "upto")
            return parts(n["yes"], low, edge) + parts(n["no"], edge, high)

        return [(self.range(field, low, high), kid) for low, high, kid in parts(node, None, None)]

    def rung(self, node: dict[str, Any]) -> tuple[int, str]:
        """The lowest rung of the ladder that a subtree leads to, and its family: what is alike stands together."""
        if "main" in node:
            return self.rungs.get(node["main"], 99), self.families.get(node["main"], "")
        return min(self.rung(kid) for kid in ([node["yes"], node["no"]] if "yes" in node else [kid for _, kid in node["cases"]]))

    def range(self, field: str, low: tuple[Any, bool] | None, high: tuple[Any, bool] | None) -> str:
        """A range in words; an edge is a number and whether it belongs to what lies below it."""
        axis, unit = self.axes[field], self.unit(field)
        if axis.values:
            some = [v for v in axis.values if (low is None or v > low[0] or v == low[0] and not low[1]) and (high is None or v < high[0] or v == high[0] and high[1])]
            if some:
                return (number(some[0]) if len(some) == 1 else f"up to {number(some[-1])}" if low is None else f"{number(some[0])} or more" if high is None else f"{number(some[0])} to {number(some[-1])}") + unit
        if low is None and high is not None:
            return f"{'up to' if high[1] else 'below'} {number(high[0])}{unit}"
        if high is None and low is not None:
            return f"above {number(low[0])}{unit}" if low[1] else f"{number(low[0])}{unit} or more"
        assert low is not None and high is not None
        if axis.step >= 1:
            a, b = low[0] + (1 if low[1] else 0), high[0] - (0 if high[1] else 1)
            return f"{number(a)}{unit}" if a == b else f"{number(a)} to {number(b)}{unit}"
        return f"{'above ' if low[1] else ''}{number(low[0])} {'to' if high[1] else 'to below'} {number(high[0])}{unit}"


def tree(found: dict[str, Any], axes: Sequence[Axis], telling: Telling, title: str, subtitle: str) -> Any:
    """The picture of a derived tree, the question to the left, what is advised to the right."""
    graph = picture(title, "", subtitle=subtitle, direction="LR", legend=("said:a question", "plain:a comparison of a rule", "yes:what is advised", "no:nothing is viable"), nodesep=0.12, ranksep=0.4, tree=True)
    size = _count(found["tree"])
    if size > LARGEST:
        raise InputError(f"The tree has {size} nodes; {LARGEST} are the most that can be read. Draw over fewer inputs or a smaller range, or ask for the table: --format md")

    several = len({telling.families.get(main, "") for _, main in paths(found["tree"], telling)}) > 3  # fewer families say little

    letters = 20 if _depth(found["tree"]) > 3 else 34

    def grow(node: dict[str, Any], path: str) -> str:
        if "main" in node:
            main = node["main"]
            graph.add_node(path, box=Box(wrapped(telling.name(main), letters + 4), foot=telling.families.get(main, "") if several else "", tone="no" if main in ("none", "?") else "yes", named=9, tip=telling.texts.get(main, "")))
            return path
        test = node["test"]
        if test[0] == "rule":
            q = telling.question(test)
            graph.add_node(path, box=Box(q, foot=f"rule {test[3]}", tone="plain", shape="box", named=1))
        else:
            graph.add_node(path, box=Box(telling.question(test), tone="said", shape="pill", named=1))
        for i, (word, kid) in enumerate(telling.branches(node, short=True)):
            to = f"{path}.{i}"
            grow(kid, to)
            graph.add_node(f"{to} if", box=Box(wrapped(word, letters), shape="bare", tone="plain"))
            graph.add_edge(path, f"{to} if", head="none")
            graph.add_edge(f"{to} if", to)
        return path

    grow(found["tree"], "0")
    used = {graph.nodes[n]["box"].tone for n in graph if graph.nodes[n]["box"].shape != "bare"}
    graph.graph["legend"] = tuple(entry for entry in graph.graph["legend"] if entry.partition(":")[0] in used)
    graph.graph["notes"] = (f"Derived from the rules: borders from the knowledge or found by bisection, {found['asked']:,} situations asked, the last {found['checked']} fresh ones all agree.",)
    graph.graph["alt"] = " ".join(f"If {' and '.join(c) or 'anything'}: {telling.name(m)}." for c, m in paths(found["tree"], telling))
    return graph


def _count(node: dict[str, Any]) -> int:
    return 1 if "main" in node else 1 + sum(_count(k) for k in ([node["yes"], node["no"]] if "yes" in node else [c[1] for c in node["cases"]]))


def _depth(node: dict[str, Any]) -> int:
    return 0 if "main" in node else 1 + max(_depth(k) for k in ([node["yes"], node["no"]] if "yes" in node else [c[1] for c in node["cases"]]))


def paths(node: dict[str, Any], telling: Telling, so_far: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    """Every way to a leaf: its conditions and what is advised there."""
    if "main" in node:
        return [(so_far, node["main"])]
    return [p for word, kid in telling.branches(node) for p in paths(kid, telling, (*so_far, f"{telling.subject(node['test'])}: {word}"))]


def table(found: dict[str, Any], telling: Telling) -> tuple[list[str], list[list[str]]]:
    """The decision table: a column a test subject, a row a leaf; an empty cell does not matter."""
    columns: list[str] = []
    rows: list[dict[str, list[str]]] = []

    def walk(node: dict[str, Any], cells: dict[str, list[str]]) -> None:
        if "main" in node:
            rows.append({**cells, "advice": [telling.name(node["main"])]})
            return
        name = telling.subject(node["test"])
        if name not in columns:
            columns.append(name)
        for word, kid in telling.branches(node):
            walk(kid, {**cells, name: [*cells.get(name, []), word]})

    walk(found["tree"], {})
    head = [*columns, "advice"]
    return head, [[", ".join(r.get(c, [])) for c in head] for r in rows]


def markdown(head: list[str], rows: list[list[str]]) -> str:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(map(in_markdown, cells)) + " |"

    return "\n".join([line(head), "|" + " --- |" * len(head), *(line(r) for r in rows)]) + "\n"


def as_csv(head: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows])
    return out.getvalue()

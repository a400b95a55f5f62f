"""The smallest decision tree found over situations whose answers are known: greedy growth with one look ahead,
then everything cut away that is not needed. Knows rows of test values and what was advised; no rule, no input.
"""
from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Test = tuple[Any, ...]  # ("below", field, number) | ("upto", field, number) | ("is", field) | ("rule", head, technique, rule)
Row = tuple[Any, ...]  # what each test says
Case = tuple[Row, str]  # a row, and what is advised there


def smallest(tests: Sequence[Test], cases: Sequence[Case]) -> dict[str, Any]:
    """A tree that is right for all cases: nodes are {test, yes, no}, {test, cases: [[values, node]]} or {main}."""
    rows: dict[Row, str] = {}
    for row, main in cases:
        rows.setdefault(row, main)
    data = list(rows.items())
    return _merged(_pruned(tests, _grown(tests, data, ahead=True), data))


def _grown(tests: Sequence[Test], data: list[Case], ahead: bool) -> dict[str, Any]:
    mains = {m for _, m in data}
    if len(mains) == 1:
        return {"main": next(iter(mains))}
    options = sorted(_candidates(tests, data), key=lambda o: o[0])
    if not options:
        return {"main": max(sorted(mains), key=lambda m: sum(1 for _, x in data if x == m))}
    best = options[0]
    if ahead:
        best = min(options[:6], key=lambda o: (sum(_size(_grown(tests, part, ahead=False)) for part in o[2].values()), o[0]))
    _, i, parts = best
    return _node(tests[i], {value: _grown(tests, part, ahead) for value, part in parts.items()})


def _candidates(tests: Sequence[Test], data: list[Case]) -> list[tuple[Any, ...]]:
    out = []
    for i, test in enumerate(tests):
        parts: dict[Any, list[Any]] = {}
        for row, main in data:
            parts.setdefault(row[i], []).append((row, main))
        if len(parts) > 1:
            out.append(((sum(_impurity(part) for part in parts.values()), 0 if test[0] == "is" else 1 if test[0] == "rule" else 2, i), i, parts))
    return out


def _node(test: Test, kids: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    if test[0] == "is":
        return {"test": list(test), "cases": [[[v], kids[v]] for v in sorted(kids, key=str)]}
    return {"test": list(test), "yes": kids[True], "no": kids[False]}


def _pruned(tests: Sequence[Test], node: dict[str, Any], data: list[Case]) -> dict[str, Any]:
    """Takes a node out where one of its branches decides all that reaches it."""
    if "main" in node:
        return node
    i = tests.index(tuple(node["test"]))
    for kid in ([node["yes"], node["no"]] if "yes" in node else [c[1] for c in node["cases"]]):
        if all(_settle(tests, kid, row) == main for row, main in data):
            return _pruned(tests, kid, data)
    if "yes" in node:
        return {**node, "yes": _pruned(tests, node["yes"], [d for d in data if d[0][i]]), "no": _pruned(tests, node["no"], [d for d in data if not d[0][i]])}
    return {**node, "cases": [[vs, _pruned(tests, kid, [d for d in data if d[0][i] in vs])] for vs, kid in node["cases"]]}


def _settle(tests: Sequence[Test], node: dict[str, Any], row: Row) -> str:
    while "main" not in node:
        value = row[tests.index(tuple(node["test"]))]
        node = (node["yes"] if value else node["no"]) if "yes" in node else next((kid for vs, kid in node["cases"] if value in vs), {"main": "?"})
    return str(node["main"])


def _merged(node: dict[str, Any]) -> dict[str, Any]:
    """Values of an input that lead to the same answer share a branch."""
    if "main" in node:
        return node
    if "yes" in node:
        return {**node, "yes": _merged(node["yes"]), "no": _merged(node["no"])}
    shared: dict[str, tuple[list[Any], dict[str, Any]]] = {}
    for values, kid in node["cases"]:
        done = _merged(kid)
        shared.setdefault(json.dumps(done, sort_keys=True), ([], done))[0].extend(values)
    return {**node, "cases": [[values, kid] for values, kid in shared.values()]}


def _impurity(part: list[tuple[Any, str]]) -> float:
    counts: dict[str, int] = {}
    for _, main in part:
        counts[main] = counts.get(main, 0) + 1
    n = len(part)
    return n * (1 - sum((c / n) ** 2 for c in counts.values()))


def _size(node: dict[str, Any]) -> int:
    return 1 if "main" in node else 1 + sum(_size(k) for k in ([node["yes"], node["no"]] if "yes" in node else [c[1] for c in node["cases"]]))

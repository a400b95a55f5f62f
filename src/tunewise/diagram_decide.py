"""The decision tree that the rules imply over a domain: the smallest one found whose leaves are what is advised.

A node tests one input against a number at which knowledge turns, one input's value, or one comparison of a rule
("what it needs <= what there is"), since such borders are diagonal. Borders come from the engine; where two
situations look alike to all of them and yet get different advice, the border between them is found by bisection.
The tree is held against fresh random situations until a whole round of them agrees.
"""
from __future__ import annotations

import contextlib
import hashlib
import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .diagram_domain import Axis
from .diagram_grow import Test, smallest

Point = tuple[Any, ...]
ROUND, ROUNDS, PATIENCE = 100, 14, 20.0


class Decider:
    """Derives the tree for one domain. ``ask`` is Advisor.ask; ``base`` the checked inputs that stay as they are."""

    def __init__(self, ask: Any, base: dict[str, Any], axes: Sequence[Axis], seed: int = 1) -> None:
        self.ask, self.base, self.axes = ask, base, list(axes)
        self.dice = random.Random(seed)
        self.place = {a.field: i for i, a in enumerate(self.axes)}
        self.mains: dict[Point, str] = {}
        self.sides: dict[tuple[Any, ...], dict[str, Any] | None] = {}
        self.split: dict[tuple[str, str], tuple[tuple[int, ...], tuple[int, ...]]] = {}
        self.tests: list[Test] = []
        self.heads: list[str] = []

    # ---- asking -------------------------------------------------------------------------------------------

    def change(self, p: Point) -> dict[str, Any]:
        return {a.field: v for a, v in zip(self.axes, p)}

    def advised(self, points: Sequence[Point]) -> list[str]:
        """What is recommended at each point."""
        new = list(dict.fromkeys(p for p in points if p not in self.mains))
        for i in range(0, len(new), 40):
            part = new[i:i + 40]
            self.mains.update(zip(part, self.ask("mains", self.base, changes=[self.change(p) for p in part])["mains"]))
        return [self.mains[p] for p in points]

    def side(self, head: str, technique: str, p: Point) -> bool | None:
        """Does a rule's comparison hold at a point; None where the rule compares nothing there."""
        found = self._side(head, technique, p)
        return None if found is None else bool(found["need"] <= found["have"])

    def _side(self, head: str, technique: str, p: Point) -> dict[str, Any] | None:
        known = self.split.get((head, technique))
        if known is not None:
            need_at, have_at = known
            need = self.sides.get((head, technique, "need", *(p[i] for i in need_at)))
            have = self.sides.get((head, technique, "have", *(p[i] for i in have_at)))
            if need and have:
                return {"need": need["need"], "have": have["have"]}
            if need is None and (head, technique, "need", *(p[i] for i in need_at)) in self.sides:
                return None
        found: dict[str, Any] | None = self.ask("sides", self.base, changes=[self.change(p)], goals=[[head, technique]])["sides"][0][0]
        if found is not None and known is None:
            need_at = tuple(i for i, a in enumerate(self.axes) if a.field in found["need_reads"])
            have_at = tuple(i for i, a in enumerate(self.axes) if a.field in found["have_reads"])
            self.split[head, technique] = known = (need_at, have_at)
        if known is not None:
            self.sides[(head, technique, "need", *(p[i] for i in known[0]))] = found
            if found is not None:
                self.sides[(head, technique, "have", *(p[i] for i in known[1]))] = found
        return found

    def value(self, test: Test, p: Point) -> Any:
        """What a test says at a point."""
        if test[0] == "below":
            return p[self.place[test[1]]] < test[2]
        if test[0] == "upto":
            return p[self.place[test[1]]] <= test[2]
        if test[0] == "is":
            return p[self.place[test[1]]]
        return self.side(test[1], test[2], p) is not False

    # ---- points ---------------------------------------------------------------------------------------------

    def pools(self) -> list[list[Any]]:
        """Values that points are made of: at and beside every border, at the ends, and some between."""
        out = []
        for a in self.axes:
            if not a.numeric:
                out.append(list(a.values))
                continue
            edges = sorted({t[2] for t in self.tests if t[0] in ("below", "upto") and t[1] == a.field})
            near = [a.rounded(e + d) for e in edges for d in (-a.step, 0, a.step)]
            between = [a.rounded((x + y) / 2) for x, y in zip([a.low, *edges], [*edges, a.high])]
            out.append(sorted({a.rounded(a.low), a.rounded(a.high), *near, *between, *(a.draw(self.dice) for _ in range(40))}))
        return out

    def drawn(self, count: int, pools: list[list[Any]]) -> list[Point]:
        return [tuple(self.dice.choice(pool) for pool in pools) for _ in range(count)]

    # ---- the tree -----------------------------------------------------------------------------------------------

    def derive(self) -> dict[str, Any]:
        """{tree, domain, checked, mains}; tree nodes are {test, yes, no}, {test, cases: [[values, node]]} or {main}."""
        numeric = [a.field for a in self.axes if a.numeric]
        borders = self.ask("borders", self.base, fields=[a.field for a in self.axes])
        self.heads = borders["heads"]
        for field, op, number in borders["thresholds"]:
            axis = self.axes[self.place[field]]
            if field in numeric and axis.low < number <= axis.high or field in numeric and op == "=<" and axis.low <= number < axis.high:
                self._border(axis, "below" if op == "<" else "upto", number)
        self.tests += [("is", a.field) for a in self.axes if not a.numeric]
        pools = self.pools()
        began = time.perf_counter()
        points = self.drawn(40, pools)
        self.advised(points)
        each = (time.perf_counter() - began) / 40
        size = max(30, min(ROUND, int(PATIENCE / 4 / max(each, 1e-4))))
        points += self.drawn(size, pools)
        tree: dict[str, Any] = {}
        agreed = 0
        for _ in range(ROUNDS):
            self.advised(points)
            self._compare(points)
            self._tell_apart(points)
            tree = smallest(self.tests, [(self._row(p), self.mains[p]) for p in points])
            fresh = self._beside(tree, points, pools) + self.drawn(size // 2, pools)
            if all(self.follow(tree, p) == main for p, main in zip(fresh, self.advised(fresh))):
                fresh += [tuple(a.draw(self.dice) for a in self.axes) for _ in range(3 * size)]
            wrong = [p for p, main in zip(fresh, self.advised(fresh)) if self.follow(tree, p) != main]
            agreed = len(fresh) if not wrong else 0
            if not wrong:
                break
            points += wrong
        return {"tree": tree, "checked": agreed, "asked": len(self.mains), "mains": sorted(set(self.mains.values()))}

    def _beside(self, tree: dict[str, Any], points: list[Point], pools: list[list[Any]]) -> list[Point]:
        """Points beside known ones, leaf by leaf: one input drawn anew, and every value of an input where the tree asks for it."""
        out: list[Point] = []

        def walk(node: dict[str, Any], here: list[Point]) -> None:
            if "main" in node:
                for p in self.dice.sample(here, min(2, len(here))):
                    for i, pool in enumerate(pools):
                        out.extend((*p[:i], self.dice.choice(pool), *p[i + 1:]) for _ in range(3))
            elif "yes" in node:
                test = tuple(node["test"])
                walk(node["yes"], [p for p in here if self.value(test, p)])
                walk(node["no"], [p for p in here if not self.value(test, p)])
            else:
                i = self.place[node["test"][1]]
                out.extend((*p[:i], v, *p[i + 1:]) for p in here[-3:] for v in self.axes[i].values)
                for values, kid in node["cases"]:
                    walk(kid, [p for p in here if p[i] in values])

        walk(tree, points)
        return out

    def _border(self, axis: Axis, op: str, number: float) -> None:
        if axis.step >= 1 and float(number).is_integer() and op == "upto":  # whole numbers: at most 9 is below 10
            op, number = "below", number + 1
        elif axis.values:  # on a grid a border stands at the next value
            above = [v for v in axis.values if v >= number and (op == "below" or v > number)]
            op, number = "below", above[0] if above else axis.high + 1
        if (op, axis.field, number) not in self.tests and axis.low < number <= axis.high:
            self.tests.append((op, axis.field, number))

    def _compare(self, points: list[Point]) -> None:
        """A comparison matters where the technique is advised on one side of it."""
        have = {(t[1], t[2]) for t in self.tests if t[0] == "rule"}
        for technique in sorted({self.mains[p] for p in points} - {"none"}):
            for head in self.heads:
                if (head, technique) in have:
                    continue
                at = next(p for p in points if self.mains[p] == technique)
                found = self._side(head, technique, at)
                if found is not None and any(self.split[head, technique]):
                    self.tests.append(("rule", head, technique, found.get("rule", head)))
                    have.add((head, technique))

    def _row(self, p: Point) -> tuple[Any, ...]:
        return tuple(self.value(t, p) for t in self.tests)

    def _tell_apart(self, points: list[Point]) -> None:
        """Finds a border between points that all tests see alike and the rules do not."""
        for _ in range(40):
            seen: dict[tuple[Any, ...], Point] = {}
            clash = None
            for p in points:
                other = seen.setdefault(self._row(p), p)
                if self.mains[other] != self.mains[p]:
                    clash = (other, p)
                    break
            if clash is None:
                return
            if not self._between(*clash):
                return

    def _between(self, one: Point, other: Point) -> bool:
        now = list(one)
        for i, axis in enumerate(self.axes):
            if now[i] == other[i]:
                continue
            step = [*now[:i], other[i], *now[i + 1:]]
            here, there = self.advised([tuple(now), tuple(step)])
            if here != there and axis.numeric:
                low, high = sorted((now[i], other[i]))
                first = self.advised([(*now[:i], low, *now[i + 1:])])[0]
                while axis.rounded((low + high) / 2) not in (low, high):
                    middle = axis.rounded((low + high) / 2)
                    if self.advised([(*now[:i], middle, *now[i + 1:])])[0] == first:
                        low = middle
                    else:
                        high = middle
                before = len(self.tests)
                self._border(axis, "below", high)
                return len(self.tests) > before
            now = step
        return False

    def follow(self, tree: dict[str, Any], p: Point) -> str:
        """The leaf that a point reaches."""
        node = tree
        while "main" not in node:
            value = self.value(tuple(node["test"]), p)
            node = (node["yes"] if value else node["no"]) if "yes" in node else next((kid for vs, kid in node["cases"] if value in vs), {"main": "?"})
        return str(node["main"])


def derived(advisor: Any, base: dict[str, Any], axes: Sequence[Axis], tell: Callable[[str], None]) -> dict[str, Any]:
    """The tree of a domain; kept beside the compiled knowledge, which is keyed on its content. ``tell`` hears when it takes a while."""
    question = json.dumps([base, [[a.field, a.values, a.low, a.high, a.step] for a in axes], advisor._day(), advisor._trust], sort_keys=True, default=str)
    here = Path(__file__)
    code = "".join((here.parent / name).read_text(encoding="utf8") for name in (here.name, "diagram_grow.py", "diagram_domain.py"))
    key = hashlib.sha256((question + code).encode()).hexdigest()[:24]
    file = advisor.folder / f"decision-{key}.json"
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads(file.read_text(encoding="utf8")))
    tell("Asking the rules about some hundred situations; the tree is kept for the next time.")
    found = Decider(advisor.ask, base, axes).derive()
    with contextlib.suppress(OSError):
        file.write_text(json.dumps(found), encoding="utf8")
    return found

"""Trees laid out tidily: the root to the left, answers on the line that leads to what they lead to, nothing crossing.

Subtrees stand as close as their boxes and edges allow and keep their order, so no two edges can meet; a box that has
several ways to it is drawn once and named again at the others. Graphviz measures the boxes and draws them.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .diagram_dot import edge_text, key, node_text, notes, readable, title
from .diagram_graphviz import laid_out
from .diagram_style import EDGE, FONT, MUTED, PAPER, Box
from .errors import InputError

PAGE = 980.0  # points: columns line up as long as the picture stays within
CURVE, AFTER, PLAIN = 26.0, 17.0, 34.0  # points: room for a bend, for an arrow after an answer, for an edge without one
NEAR, FAR = 6.0, 15.0  # points between leaves, and between subtrees
HEAD, FOOT, TIP = 16.0, 12.0, 6.5  # points below the title, above the key, and of an arrowhead
NODE = f'  node [fontname={FONT} fontsize=12 shape=box margin="0.13,0.05" height=0.3 width=0.3];'


Room = tuple[float, float, float, float]  # left, right, top, bottom


@dataclass
class Spot:
    """A box and where it stands: its centre line from the top, its left edge, its size; all in points."""

    box: Box
    kids: list[tuple[Spot | None, Spot, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0
    wide: float = 0.0
    high: float = 0.0


def tidy(graph: Any) -> str:
    """The picture as DOT in which everything has its place, for ``neato -n2``."""
    readable(graph)
    spots, plates = arranged(graph)
    names = {id(s): f"n{i}" for i, s in enumerate(spots)}
    out = ["digraph tunewise {", f'  graph [bgcolor="{PAPER}" pad="0.3" fontname={FONT} tooltip=" "];', NODE, f'  edge [fontname={FONT} fontsize=10 color="{EDGE}" fontcolor="{MUTED}" arrowsize=0.65 penwidth=1.1];']
    out += [f'  {name} [{_plate(text)} pos="{x:.2f},{-y:.2f}"];' for name, (text, x, y) in plates.items()]
    out += [f'  {names[id(s)]} [{node_text(s.box)} pos="{s.x + s.wide / 2:.2f},{-s.y:.2f}"];' for s in spots]
    out += [f"  {names[id(one)]} -> {names[id(two)]} [{edge_text(data)} {_course(*bend(one, two, data), data)}];" for one, two, data in edges(spots)]
    return "\n".join([*out, "}", ""])


def arranged(graph: Any) -> tuple[list[Spot], dict[str, tuple[str, float, float]]]:
    """Every box where it stands, and title, key and notes as (HTML-like label, centre x, centre y); points from the top left."""
    roots = _forest(graph)
    if not roots:
        raise InputError("This picture begins nowhere: every box of it leads back to another.")
    spots = [s for root in roots for s in _all(root)]
    words = {"title": title(graph), **{name: f"<{text}>" for name, text in (("key", key(graph)), ("notes", notes(graph))) if text}}
    sizes = _measured({**{f"n{i}": node_text(s.box) for i, s in enumerate(spots)}, **{name: _plate(text) for name, text in words.items()}})
    for i, s in enumerate(spots):
        s.wide, s.high = sizes[f"n{i}"]
    _across(roots, even=True)
    if max(s.x + s.wide for s in spots) > PAGE:
        _across(roots, even=False)
    bottom = _stacked([(root, _down(root)) for root in roots], sizes["title"][1] + HEAD)
    tops = {"title": 0.0, "key": bottom + FOOT, "notes": bottom + FOOT + sizes.get("key", (0, 0))[1]}
    return spots, {name: (text, sizes[name][0] / 2, tops[name] + sizes[name][1] / 2) for name, text in words.items()}


def edges(spots: list[Spot]) -> list[tuple[Spot, Spot, dict[str, Any]]]:
    """Every edge: from a box to an answer, from an answer to what it leads to, or straight from box to box."""
    return [edge for s in spots for answer, kid, first, second in s.kids for edge in ([(s, answer, first), (answer, kid, second)] if answer else [(s, kid, first)])]


def _forest(graph: Any) -> list[Spot]:
    """The graph as trees, in the order in which it was made; what can be reached in several ways hangs at the shortest."""
    roots = [node for node in graph.nodes if not graph.in_degree(node)]
    level, seen, kept = roots, set(roots), set()
    while level:
        deeper = []
        for node in level:
            for to in graph.successors(node):
                end = _end(graph, to)
                if end not in seen:
                    seen.add(end)
                    kept.add((node, to))
                    deeper.append(end)
        level = deeper

    def grown(node: Any) -> Spot:
        spot = Spot(graph.nodes[node]["box"])
        for to in graph.successors(node):
            first, end = graph.edges[node, to], _end(graph, to)
            box = graph.nodes[end]["box"]
            kid = grown(end) if (node, to) in kept else Spot(replace(box, lines=box.lines[:max(box.named, 1)], head="drawn elsewhere", foot="", notes=(), tone="assumed"))
            spot.kids.append((None, kid, first, {}) if end == to else (Spot(graph.nodes[to]["box"]), kid, first, graph.edges[to, end]))
        return spot

    return [grown(node) for node in roots]


def _end(graph: Any, node: Any) -> Any:
    """What an answer leads to; any other node is its own end."""
    return next(iter(graph.successors(node))) if graph.nodes[node]["box"].shape == "bare" and graph.out_degree(node) == 1 else node


def _all(spot: Spot) -> list[Spot]:
    return [spot, *(s for answer, kid, _, _ in spot.kids for s in ([answer] if answer else []) + _all(kid))]


def _plate(text: str) -> str:
    return f'shape=plaintext margin="0,0" width=0 height=0 label={text}'


def _measured(nodes: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Width and height of boxes, in points, as Graphviz will draw them."""
    source = "\n".join(["digraph tunewise {", NODE, *(f"  {name} [{text}];" for name, text in nodes.items()), "}"])
    out = {}
    for line in laid_out(source, "plain").decode().splitlines():
        word = line.split(" ", 6)
        if word[0] == "node":
            out[word[1]] = (float(word[4]) * 72, float(word[5]) * 72)
    return out


def _down(spot: Spot) -> list[Room]:
    """Stands a box in the middle of what it leads to, and returns the room that all of it takes."""
    if not spot.kids:
        spot.y = spot.high / 2
        return [(spot.x, spot.x + spot.wide, 0.0, spot.high)]
    room: list[Room] = []
    last = spot.kids[0][1]
    for answer, kid, _, _ in spot.kids:
        mine = _down(kid)
        if answer:
            answer.y = kid.y
            mine.append((answer.x, kid.x, kid.y - answer.high / 2, kid.y + answer.high / 2))
        drop = max((upper[3] + (FAR if kid.kids or last.kids else NEAR) - lower[2] for upper in room for lower in mine if upper[0] < lower[1] + NEAR and lower[0] < upper[1] + NEAR), default=-min(r[2] for r in mine))
        _moved(kid, drop)
        if answer:
            answer.y += drop
        room += [(x1, x2, y1 + drop, y2 + drop) for x1, x2, y1, y2 in mine]
        last = kid
    first = spot.kids[0][1]
    spot.y = (first.y + last.y) / 2
    corridor = (spot.x + spot.wide, first.x, first.y, last.y)
    return [*room, corridor, (spot.x, spot.x + spot.wide, spot.y - spot.high / 2, spot.y + spot.high / 2)]


def _moved(spot: Spot, drop: float) -> None:
    for s in _all(spot):
        s.y += drop


def _stacked(trees: list[tuple[Spot, list[Room]]], top: float) -> float:
    """Trees beneath each other; returns where the last one ends."""
    for root, room in trees:
        drop = top - min(r[2] for r in room)
        _moved(root, drop)
        top = max(r[3] for r in room) + drop + FAR
    return top - FAR


def _across(roots: list[Spot], even: bool) -> None:
    """Left edges: in columns over the whole tree where ``even``, else as close to each parent as may be."""
    level = roots
    for root in roots:
        root.x = 0.0
    while level:
        inner = [s for s in level if s.kids]
        right = max((s.x + s.wide for s in inner), default=0.0)
        words = max((answer.wide for s in inner for answer, *_ in s.kids if answer), default=0.0)
        for s in inner:
            mine = words if even else max((answer.wide for answer, *_ in s.kids if answer), default=0.0)
            for answer, kid, _, _ in s.kids:
                kid.x = right if even else s.x + s.wide
                if answer:
                    answer.x = kid.x + CURVE + min(24.0, len(s.kids))
                    kid.x = answer.x + mine + AFTER
                else:
                    kid.x += PLAIN
        level = [kid for s in inner for _, kid, _, _ in s.kids]
        if even:
            for kid in level:
                kid.x = max(k.x for k in level)


def bend(one: Spot, two: Spot, data: dict[str, Any]) -> tuple[float, float, float, float]:
    """Ends of the line of an edge, without its arrowheads: from the right of one box to the left of another."""
    return one.x + one.wide + (TIP if data.get("tail") else 0), one.y, two.x - (0 if data.get("head") == "none" else TIP), two.y


def _course(x1: float, y1: float, x2: float, y2: float, data: dict[str, Any]) -> str:
    """A line that leaves and comes in level."""
    half = (x2 - x1) * 0.55
    end = "" if data.get("head") == "none" else f"e,{x2 + TIP:.2f},{-y2:.2f} "
    start = f"s,{x1 - TIP:.2f},{-y1:.2f} " if data.get("tail") else ""
    return f'pos="{end}{start}{x1:.2f},{-y1:.2f} {x1 + half:.2f},{-y1:.2f} {x2 - half:.2f},{-y2:.2f} {x2:.2f},{-y2:.2f}"'

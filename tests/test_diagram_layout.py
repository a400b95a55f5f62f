"""Pictures can be read: no box lies on another, no line meets another or runs through a box, and each fits a page."""
from __future__ import annotations

import itertools
from typing import Any

import pytest

from conftest import ROOT
from tunewise import diagram, diagram_kept
from tunewise.diagram_drawn import graph_of
from tunewise.diagram_style import Box, picture
from tunewise.diagram_tidy import Spot, arranged, bend, edges
from tunewise.errors import InputError

PAGE = 1200  # points: at a reading width of 1,000 pixels letters of 12 points are ten pixels high


@pytest.fixture(scope="module")
def pictures(advisor: Any) -> dict[str, Any]:
    """Every kept picture of boxes, as a graph; conformance is not what is tested here."""
    gallery = diagram.Gallery(advisor)
    gallery.conformance = lambda tree: []  # type: ignore[method-assign]
    out = {}
    for entry in diagram_kept.entries(gallery, ROOT / "diagrams"):
        if entry["words"][0] not in ("quality", "memory"):
            out[entry["name"]] = graph_of(gallery, entry["words"], entry["situation"], over=entry.get("over", ""))
    return out


def curve(one: Spot, two: Spot, data: dict[str, Any], steps: int = 16) -> list[tuple[float, float]]:
    """Points of an edge as it is drawn: a cubic Bezier that leaves and comes in level."""
    x1, y1, x2, y2 = bend(one, two, data)
    half = (x2 - x1) * 0.55
    out = []
    for i in range(steps + 1):
        t = i / steps
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        out.append((a * x1 + b * (x1 + half) + c * (x2 - half) + d * x2, (a + b) * y1 + (c + d) * y2))
    return out


def crossing(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float], s: tuple[float, float]) -> bool:
    def side(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    return side(p, q, r) * side(p, q, s) < 0 and side(r, s, p) * side(r, s, q) < 0


def faults(graph: Any) -> list[str]:
    """What cannot be read in a tidy picture."""
    spots, plates = arranged(graph)
    lines = [(one, two, curve(one, two, data)) for one, two, data in edges(spots)]
    name = {id(s): " ".join(s.box.lines)[:40] for s in spots}
    out = []
    for one, two in itertools.combinations(spots, 2):
        if one.x < two.x + two.wide and two.x < one.x + one.wide and abs(one.y - two.y) * 2 < one.high + two.high:
            out.append(f"'{name[id(one)]}' lies on '{name[id(two)]}'")
    for one, two, points in lines:
        for s in spots:
            if s is not one and s is not two and any(s.x < x < s.x + s.wide and abs(y - s.y) < s.high / 2 for x, y in points):
                out.append(f"the line from '{name[id(one)]}' to '{name[id(two)]}' runs through '{name[id(s)]}'")
    for (a, b, first), (c, d, second) in itertools.combinations(lines, 2):
        if a is c or max(p[0] for p in first) < second[0][0] or max(p[0] for p in second) < first[0][0]:
            continue  # from one place lines only part
        if any(crossing(p, q, r, s) for p, q in zip(first, first[1:]) for r, s in zip(second, second[1:])):
            out.append(f"the lines to '{name[id(b)]}' and to '{name[id(d)]}' cross")
    top = min(s.y - s.high / 2 for s in spots)
    bottom = max(s.y + s.high / 2 for s in spots)
    assert plates["title"][2] < top and all(plates[p][2] > bottom for p in plates if p != "title")
    return out


def test_in_no_tree_anything_lies_on_or_crosses_anything(pictures: dict[str, Any]) -> None:
    tidy = {name: graph for name, graph in pictures.items() if graph.graph.get("tree")}
    assert len(tidy) > 50
    found = [f"{name}: {fault}" for name, graph in tidy.items() for fault in faults(graph)]
    assert not found, "\n".join(found[:10])


def test_every_kept_picture_fits_a_page(pictures: dict[str, Any]) -> None:
    for name, graph in pictures.items():
        if graph.graph.get("tree"):
            wide = max(s.x + s.wide for s in arranged(graph)[0])
            assert wide <= PAGE, f"{name} is {wide:.0f} points wide"


def test_the_law_notices_what_it_forbids() -> None:
    graph = picture("three", "three", tree=True)
    for n in "abc":
        graph.add_node(n, box=Box((n,)))
    graph.add_edge("a", "b")
    graph.add_edge("a", "c")
    assert not faults(graph)
    spots, _ = arranged(graph)
    one, two = spots[1], spots[2]
    assert not crossing((0, 0), (1, 0), (0, 1), (1, 1)) and crossing((0, 0), (1, 1), (0, 1), (1, 0))
    assert one.x == two.x and one.y < two.y, "what was said first stands above"


def test_a_box_with_two_ways_to_it_is_drawn_once_and_named_at_the_other() -> None:
    graph = picture("shared", "shared", tree=True)
    for n in ("top", "left", "right", "below"):
        graph.add_node(n, box=Box((n,)))
    for a, b in (("top", "left"), ("left", "below"), ("top", "right"), ("right", "below"), ("below", "top")):
        graph.add_edge(a, b)
    with pytest.raises(InputError, match="begins nowhere"):
        arranged(graph)
    graph.remove_edge("below", "top")
    spots, _ = arranged(graph)
    assert sorted((" ".join(s.box.lines), s.box.head) for s in spots if "below" in s.box.lines) == [("below", ""), ("below", "drawn elsewhere")]

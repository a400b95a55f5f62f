"""A picture as a Mermaid flowchart, for READMEs. Knows nothing but boxes and tones."""
from __future__ import annotations

from typing import Any

from .diagram_style import LIMIT, TONES, Box, clean
from .errors import InputError

SHAPES = {"pill": ("([", "])"), "hexagon": ("{{", "}}"), "diamond": ("{", "}"), "ellipse": ("([", "])"), "cut": ("{{", "}}")}
LINES = {"dashed": ";stroke-dasharray:5 3", "dotted": ";stroke-dasharray:2 3"}
SAFE = set(" .,:;'!?()+-*/=%_")


def escaped(text: str) -> str:
    """Text in a Mermaid label: whatever is not plainly harmless becomes a numeric entity."""
    return "".join(c if c.isalnum() or c in SAFE else "<br/>" if c == "\n" else f"#{ord(c)};" for c in clean(text))


def mermaid(graph: Any) -> str:
    """The picture as Mermaid text: title, boxes, edges, one class a tone."""
    if graph.number_of_nodes() > LIMIT:
        raise InputError(f"{graph.number_of_nodes():,} boxes are too many to read in one picture: {LIMIT} are the most. Ask for a part of it (tunewise diagram --list).")
    ids = {node: f"n{i}" for i, node in enumerate(graph.nodes)}
    out = ["---", f"title: {escaped(graph.graph['title'])!r}".replace("\\", ""), "---", f"flowchart {'LR' if graph.graph['direction'] == 'LR' else 'TD'}", f"  accTitle: {escaped(graph.graph['title'])}", f"  accDescr: {escaped(graph.graph['alt'])}"]
    used: dict[str, list[str]] = {}
    for node, data in graph.nodes(data=True):
        box: Box = data["box"]
        left, right = SHAPES.get(box.shape, ("[", "]"))
        words = [box.head.upper()] if box.head else []
        out.append(f'  {ids[node]}{left}"{"<br/>".join(escaped(w) for w in [*words, " ".join(box.lines), *box.notes, *box.foot.splitlines()])}"{right}')
        used.setdefault(box.tone, []).append(ids[node])
    for a, b, data in graph.edges(data=True):
        stroke = "-.->" if data.get("line") in ("dashed", "dotted") or data.get("tone") == "depends" else "-->"
        out.append(f"  {ids[a]} {stroke}" + (f'|"{escaped(data["label"])}"|' if data.get("label") else "") + f" {ids[b]}")
    for name, nodes in used.items():
        fill, line, ink = TONES[name].light
        out += [f"  classDef {name} fill:{fill},stroke:{line},color:{ink},stroke-width:{TONES[name].width}px{LINES.get(TONES[name].line, '').replace(';', ',')}", f"  class {','.join(nodes)} {name}"]
    return "\n".join(out) + "\n"

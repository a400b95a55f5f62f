"""A picture (networkx graph of boxes) as DOT.

The DOT text alone is the picture: same graph, same bytes. Every label goes through ``escaped``, so no
text of the ontology or of a person can become DOT, SVG or HTML.
"""
from __future__ import annotations

import html
import re
from typing import Any

from .diagram_style import EDGE, FONT, INK, LIMIT, MUTED, PAPER, TONES, Box, clean, wrapped
from .errors import InputError

def escaped(text: str) -> str:
    """Text inside an HTML-like label: no character of it is read as markup."""
    return html.escape(clean(text), quote=True).replace("\n", '<BR ALIGN="LEFT"/>').replace("\\", "&#92;") or " "


def quoted(text: str) -> str:
    """Text as a DOT string; Graphviz reads backslashes in it, so they are doubled."""
    return '"' + clean(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def safe_url(url: str) -> str:
    """The URL if it is plain http or https, else nothing."""
    return url if re.fullmatch(r"https?://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+", url) else ""


def label(box: Box) -> str:
    """An HTML-like label: small word, lines, notes, small line below."""
    ink = TONES[box.tone].light[2]
    left = box.shape in ("box", "note", "folder", "bare")
    align = "LEFT" if left else "CENTER"
    rows = []

    def row(text: str, size: int, colour: str, bold: bool = False, italic: bool = False) -> None:
        inner = escaped(text)
        inner = f"<B>{inner}</B>" if bold else f"<I>{inner}</I>" if italic else inner
        rows.append(f'<TR><TD ALIGN="{align}"><FONT POINT-SIZE="{size}" COLOR="{colour}">{inner}</FONT></TD></TR>')

    if box.head:
        row(box.head, 10, MUTED if box.tone in ("plain", "said", "assumed") else ink, bold=box.tone not in ("plain", "said", "assumed"))
    for i, line in enumerate(box.lines):
        row(line, 14 if box.strong else 11 if box.shape == "bare" else 12, ink, bold=box.strong or i < box.named)
    for note in box.notes:
        row(note, 10, TONES["contested"].light[2], italic=True)
    if box.foot:
        for line in box.foot.splitlines():
            row(line, 10, MUTED)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{"".join(rows)}</TABLE>>'


def key(graph: Any) -> str:
    """The key to the tones, as an HTML-like table; nothing where there is none."""
    cells = []
    for name in graph.graph["legend"]:
        key, _, word = name.partition(":")
        tone = TONES[key]
        style = {"dashed": "DASHED", "dotted": "DOTTED"}.get(tone.line, "SOLID")
        fill, line, ink = tone.light
        cells.append(f'<TD BORDER="{2 if tone.line == "bold" else 1}" COLOR="{line}" STYLE="{style}" BGCOLOR="{fill}"><FONT POINT-SIZE="10" COLOR="{ink}"> {escaped(word or tone.word)} </FONT></TD><TD BORDER="0"> </TD>')
    return f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="2" CELLPADDING="2" ALIGN="LEFT"><TR>{"".join(cells)}</TR></TABLE>' if cells else ""


def notes(graph: Any, letters: int = 110) -> str:
    """What is noted beneath a picture, as an HTML-like table; nothing where there is nothing."""
    lines = [line for note in graph.graph.get("notes") or () for line in wrapped(note, letters)]
    rows = "".join(f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="10" COLOR="{MUTED}">{escaped(line)}</FONT></TD></TR>' for line in lines)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{rows}</TABLE>' if rows else ""


def _legend(graph: Any) -> str:
    rows = "".join(f'<TR><TD ALIGN="LEFT">{part}</TD></TR>' for part in (key(graph), notes(graph, 80)) if part)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="1">{rows}</TABLE>>' if rows else '""'


def title(graph: Any) -> str:
    g = graph.graph
    rows = [f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="17" COLOR="{INK}"><B>{escaped(g["title"])}</B></FONT></TD></TR>']
    for line in [w for s in str(g.get("subtitle", "")).splitlines() if s for w in wrapped(s, 110)]:
        rows.append(f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="10" COLOR="{MUTED}">{escaped(line)}</FONT></TD></TR>')
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{"".join(rows)}</TABLE>>'


def readable(graph: Any) -> None:
    """InputError where a picture has more boxes than can be read; asked before anything is laid out."""
    if graph.number_of_nodes() > LIMIT:
        raise InputError(f"{graph.number_of_nodes():,} boxes are too many to read in one picture: {LIMIT} are the most. Ask for a part of it (tunewise diagram --list).")


def dot(graph: Any) -> str:
    """The picture as DOT; nodes are written in the order they were added."""
    readable(graph)
    g = graph.graph
    ids = {node: f"n{i}" for i, node in enumerate(graph.nodes)}
    out = ["digraph tunewise {",
           f'  graph [rankdir={g["direction"]} bgcolor="{PAPER}" pad="0.3" nodesep={g.get("nodesep", 0.18)} ranksep={g.get("ranksep", 0.42)} fontname={FONT} labelloc=t labeljust=l splines={g.get("splines", "spline")} newrank=true tooltip=" "'
           + (" ordering=out" if g.get("tree") else "") + f" label={title(graph)}];",
           f'  node [fontname={FONT} fontsize=12 shape=box margin="0.13,0.05" height=0.3 width=0.3];',
           f'  edge [fontname={FONT} fontsize=10 color="{EDGE}" fontcolor="{MUTED}" arrowsize=0.65 penwidth=1.1];',
           f'  subgraph cluster_all {{ peripheries=0 margin=6 labelloc=b labeljust=l label={_legend(graph)}']
    grouped: dict[str, list[Any]] = {}
    for node, data in graph.nodes(data=True):
        grouped.setdefault(data.get("group", ""), []).append(node)
    for group, nodes in grouped.items():
        pad = "  "
        if group:
            out.append(f'  subgraph cluster_{list(grouped).index(group)} {{ style="rounded" color="{TONES["plain"].light[1]}" penwidth=0.8 margin=10 labelloc=t labeljust=l fontcolor="{MUTED}" fontsize=11 label=<<FONT POINT-SIZE="11" COLOR="{MUTED}">{escaped(g["groups"].get(group, group))}</FONT>>')
            pad = "    "
        out += [f"{pad}{ids[node]} [{node_text(graph.nodes[node]['box'])}];" for node in nodes]
        if group:
            out.append("  }")
    for same in g.get("ranks", ()):
        out.append("  { rank=same; " + " ".join(ids[n] for n in same if n in ids) + " }")
    across = g.get("tree") and g["direction"] == "LR"
    for a, b, data in graph.edges(data=True):
        ports = " headport=w tailport=e" if across or data.get("across") else ""
        far = " minlen=2" if across and graph.out_degree(a) > 9 else ""
        out.append(f"  {ids[a]} -> {ids[b]} [{edge_text(data)}{ports}{far}];")
    return "\n".join([*out, "  }", "}", ""])


def node_text(box: Box) -> str:
    tone = TONES[box.tone]
    fill, line, _ = tone.light
    style = {"solid": "filled", "bold": "filled,bold", "dashed": "filled,dashed", "dotted": "filled,dotted"}[tone.line]
    style = "rounded," + style if box.shape in ("box",) else style
    extra = {"pill": 'shape=box margin="0.16,0.06"', "box": "shape=box", "note": "shape=note", "hexagon": 'shape=hexagon margin="0.0,0.0"', "diamond": "shape=diamond", "folder": "shape=folder",
             "bare": 'shape=plaintext margin="0.04,0.02"', "ellipse": 'shape=ellipse margin="0.02,0.0"', "cut": 'shape=octagon margin="0.02,0.02"'}[box.shape]
    if box.shape == "pill":
        style = "rounded," + style
    tip = box.tip or " ".join(box.lines)
    if box.shape == "bare":
        return f'{extra} tooltip={quoted(box.tip or " ".join(box.lines))} label={label(box)}'
    parts = [extra, f'style="{style}" fillcolor="{fill}" color="{line}" penwidth={tone.width}', f"tooltip={quoted(tip)}", f"label={label(box)}"]
    if safe_url(box.url):
        parts.append(f'URL={quoted(box.url)} target="_blank"')
    return " ".join(parts)


def edge_text(data: dict[str, Any]) -> str:
    parts = ['tooltip=" "']
    if data.get("label"):
        parts.append(f'label=<<FONT POINT-SIZE="10" COLOR="{INK if data.get("strong") else MUTED}">\N{NO-BREAK SPACE}{escaped(data["label"])}\N{NO-BREAK SPACE}</FONT>>')
    tone = data.get("tone")
    if tone:
        parts.append(f'color="{TONES[tone].light[1]}" style={ {"bold": "bold"}.get(TONES[tone].line, TONES[tone].line)} penwidth={max(1.3, TONES[tone].width)}')
    if data.get("line"):
        parts.append(f'style={data["line"]}')
    if data.get("head"):
        parts.append(f'arrowhead={data["head"]}')
    if data.get("tail"):
        parts.append(f'dir=both arrowtail={data["tail"]}')
    if data.get("free"):
        parts.append("constraint=false")
    if data.get("weight"):
        parts.append(f'weight={data["weight"]}')
    return " ".join(parts)

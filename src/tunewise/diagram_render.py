"""A picture in each of its formats: SVG that reads well in light and dark, PNG, PDF, DOT, Mermaid."""
from __future__ import annotations

import html
import re
from typing import Any

from .diagram_dot import dot
from .diagram_graphviz import laid_out
from .diagram_mermaid import mermaid
from .diagram_style import clean, css
from .diagram_tidy import tidy


def _drawn(graph: Any, form: str) -> bytes:
    """Trees stand where ``tidy`` puts them, other pictures where Graphviz does."""
    placed = bool(graph.graph.get("tree"))
    source = tidy(graph) if placed else dot(graph)
    return laid_out(source.replace("digraph tunewise {", "digraph tunewise { dpi=144;", 1) if form == "png" else source, form, placed)


def svg(graph: Any) -> bytes:
    """SVG with title and description for screen readers, a style sheet for dark screens, and nothing that differs by machine but the layout."""
    text = _drawn(graph, "svg").decode()
    return accessible(text, graph.graph["title"], graph.graph["alt"]).encode()


def accessible(text: str, title: str, alt: str) -> str:
    """An SVG of Graphviz or matplotlib with our head: role, title, description, style sheet."""
    text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)
    text = re.sub(r"<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<title>.*?</title>\n?", "", text, flags=re.DOTALL)
    text = re.sub(r' font-family="[^"]*"', "", text)
    text = re.sub(r' xlink:title="(?: |&#160;)?"', "", text)
    text = re.sub(r"<g id=\"a_[^\"]*\"><a>\n?(.*?)</a>\n?</g>\n?", r"\1", text, flags=re.DOTALL)
    head = f'<title id="title">{html.escape(clean(title))}</title>\n<desc id="desc">{html.escape(clean(alt))}</desc>\n<style>{css()}</style>\n'
    return re.sub(r"<svg ([^>]*)>\n?", lambda m: f'<svg role="img" aria-labelledby="title desc" {_natural(m.group(1))}>\n{head}', text, count=1, flags=re.DOTALL).rstrip() + "\n"


def _natural(attributes: str) -> str:
    """Points as pixels, so that text is as large as it says."""
    return re.sub(r"\s+", " ", re.sub(r'(width|height)="([\d.]+)pt"', lambda m: f'{m.group(1)}="{m.group(2)}"', attributes)).strip()


def rendered(graph: Any, form: str) -> bytes:
    """The picture in one of the formats svg, png, pdf, dot, mermaid."""
    if form == "dot":
        return dot(graph).encode()
    if form == "mermaid":
        return mermaid(graph).encode()
    if form == "svg":
        return svg(graph)
    if form == "png":
        return _drawn(graph, "png")
    return re.sub(rb"/(CreationDate|ModDate) \([^)]*\)", lambda m: m.group(0)[:-1 - 22] + b"D:20000101000000+00'00)" if len(m.group(0)) > 30 else m.group(0), _drawn(graph, "pdf"))

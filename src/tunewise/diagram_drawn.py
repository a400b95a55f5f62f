"""A picture that words ask for, as a graph of boxes and as the bytes of one format."""
from __future__ import annotations

from typing import Any

from .diagram import Gallery
from .errors import InputError

FORMATS = ("svg", "png", "pdf", "dot", "mermaid")
SUFFIX = {"svg": "svg", "png": "png", "pdf": "pdf", "dot": "dot", "mermaid": "mmd"}


def drawn(gallery: Gallery, words: list[str], situation: dict[str, Any], form: str, over: str = "", title: str = "") -> bytes:
    """The picture that the words ask for, as bytes of one format."""
    from .diagram_decision import as_csv, markdown
    from .diagram_render import rendered

    verb = words[0].lower().replace("_", "-")
    if form not in (*FORMATS, "md", "csv") or form in ("md", "csv") and verb != "decision":
        raise InputError(f"No format '{form[:20]}' for {verb[:30]}. Formats: {', '.join(FORMATS)}" + (", md, csv" if verb == "decision" else ""))
    if form in ("md", "csv"):
        head, rows = gallery.decision(over or " ".join(words[1:]), situation, title)[1]
        return (markdown if form == "md" else as_csv)(head, rows).encode()
    if verb in ("quality", "memory"):
        return gallery.numbers(verb, situation, form, [gallery.advisor.technique(t) for t in words[1:]])
    return rendered(graph_of(gallery, words, situation, over, title), form)


def graph_of(gallery: Gallery, words: list[str], situation: dict[str, Any], over: str = "", title: str = "") -> Any:
    """The picture of boxes that the words ask for, as a networkx graph."""
    verb, rest = words[0].lower().replace("_", "-"), " ".join(words[1:])
    if verb == "decision":
        graph = gallery.decision(over or rest, situation, title)[0]()
    elif verb in ("why", "why-not", "what-if"):
        if not rest:
            raise InputError(f"diagram {verb} wants a technique. List them: tunewise ls techniques")
        technique = gallery.advisor.technique(rest)
        graph = gallery.what_if(technique, situation) if verb == "what-if" else gallery.proof(technique, situation)
    elif verb == "map":
        graph = gallery.map(rest)
    elif verb == "rules":
        graph = gallery.rules(rest.replace("-", "_").replace(" ", "_"))
    elif verb == "classes":
        graph = gallery.classes()
    else:
        graph = gallery.tree(" ".join(words[1:] if verb == "tree" else words))
    if title:
        graph.graph["title"] = title
    return graph

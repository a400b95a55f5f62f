"""diagrams/README.md: every kept picture with what it shows, and of every source tree the leaves that the rules contradict, with reasons."""
from __future__ import annotations

from typing import Any

from .diagram_style import in_markdown as clean
from .diagram_tree import reason

DOT = " \N{MIDDLE DOT} "
COUNTED = (("agrees", "agree"), ("contradicts", "disagree"), ("open", "open"), ("none", "nothing to compare"))


def page(entries: list[dict[str, Any]], gallery: Any) -> str:
    """The page: sections of pictures, each with its description, its command and its other forms."""
    out = ["# Diagrams", "", f"Drawn by `make diagrams` from the knowledge of {gallery.issued()}; do not edit. What is kept stands in [kept.yaml](kept.yaml); families and source trees follow the ontology.",
           "Blue holds, orange with a thick line fails, yellow with a dashed line depends, violet notes dissent; grey is cited or computed. SVG follows the reader's light or dark.", ""]
    sections = list(dict.fromkeys(e["section"] for e in entries))
    out += [f"- [{s}](#{s.lower().replace(' ', '-')}): {sum(1 for e in entries if e['section'] == s and 'part of' not in e)}" for s in sections] + [""]
    for section in sections:
        mine = [e for e in entries if e["section"] == section]
        out += [f"## {section}", ""]
        out += _agreement([e for e in mine if "part of" not in e], gallery) if section == "Source trees" else []
        for e in mine:
            out += _entry(e, gallery)
    return "\n".join(out)


def _entry(e: dict[str, Any], gallery: Any) -> list[str]:
    """One picture: title, where it is from, the picture, the leaves in dispute, the command."""
    title, svg = clean(e["title"]), f"{e['name']}.svg"
    out = [f"### {title}" if "part of" not in e else f"#### {title}", ""]
    rows = gallery.conformance(e["name"]) if e["section"] == "Source trees" and "part of" not in e else []
    out += [clean(e["text"]), ""] if e.get("text") else []
    out += [f"[![{title}]({svg})]({svg})", ""]
    out += [*_leaves(rows), ""] if rows else []
    other = [f"[{form}]({e['name']}.{ {'mermaid': 'mmd'}.get(form, form)})" for form in e["forms"] if form != "svg"]
    said = [f"--over \"{e['over']}\"", *(f"{k}={v}" for k, v in sorted(e["situation"].items()))] if e.get("over") else [f"{k}={v}" for k, v in sorted(e["situation"].items())]
    return [*out, f"`{' '.join(['tunewise diagram', *e['words'], *said])}`" + (DOT + DOT.join(other) if other else ""), ""]


def _agreement(trees: list[dict[str, Any]], gallery: Any) -> list[str]:
    """Of each tree, how many of its leaves the rules agree with; a leaf reached in several ways is counted each time."""
    head = ["tree", "source", *(word for _, word in COUNTED)]
    out = ["How the rules judge each leaf: the person whom the path to it describes is put before them, and nothing else is said.", "",
           "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    sums = dict.fromkeys((v for v, _ in COUNTED), 0)
    for e in trees:
        counts = {v: sum(1 for r in gallery.conformance(e["name"]) if r["verdict"] == v) for v, _ in COUNTED}
        sums = {v: sums[v] + n for v, n in counts.items()}
        out.append(f"| [{clean(e['title'])}]({e['name']}.svg) | {clean(e['source'])} | " + " | ".join(str(n or "") for n in counts.values()) + " |")
    return [*out, f"| all {len(trees)} | | " + " | ".join(str(n) for n in sums.values()) + " |", ""]


def _leaves(rows: list[dict[str, Any]]) -> list[str]:
    """The leaves of a source tree that the rules contradict, each with its reason."""
    disputed = [r for r in rows if r["verdict"] == "contradicts"]
    if not disputed:
        return ["The rules disagree with none of its leaves."]
    lines = []
    for r in disputed:
        wants = " or ".join(r["recommends_labels"]) or "not " + " or ".join(r["discourages_labels"])
        way = ", ".join(f"{q} {a}" for q, a in r["path_text"])
        lines.append(f"- {clean(way)}: **{clean(wants)}**. {clean(reason(r))}.")
    return ["The rules disagree with:", "", *dict.fromkeys(lines)]

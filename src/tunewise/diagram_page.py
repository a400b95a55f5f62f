"""diagrams/README.md: every kept picture with what it shows, generated with them."""
from __future__ import annotations

from typing import Any


def page(entries: list[dict[str, Any]], gallery: Any) -> str:
    """The page: sections of pictures, each with its description, its command and its other forms."""
    out = ["# Diagrams", "", f"Drawn by `make diagrams` from the knowledge of {gallery.issued()}; do not edit. What is kept stands in [kept.yaml](kept.yaml); families and source trees follow the ontology.",
           "Blue holds, orange with a thick line fails, yellow with a dashed line depends, violet notes dissent; grey is cited or computed. SVG follows the reader's light or dark.", ""]
    sections = list(dict.fromkeys(e["section"] for e in entries))
    out += [f"- [{s}](#{s.lower().replace(' ', '-')}): {sum(1 for e in entries if e['section'] == s)}" for s in sections] + [""]
    for section in sections:
        out += [f"## {section}", ""]
        for e in [e for e in entries if e["section"] == section]:
            title = e.get("title") or gallery.advisor.index["labels"].get(e["words"][-1], e["name"])
            svg = f"{e['name']}.svg"
            out += [f"### {clean(title)}", "", f"[![{clean(title)}]({svg})]({svg})", ""]
            if e.get("text"):
                out += [clean(e["text"]), ""]
            if section == "Source trees":
                out += [*_leaves(e, gallery)]
            other = [f"[{form}]({e['name']}.{ {'mermaid': 'mmd'}.get(form, form)})" for form in e["forms"] if form != "svg"]
            command = " ".join(["tunewise diagram", *e["words"], *([f"--over \"{e['over']}\""] if e.get("over") else []), *(f"{k}={v}" for k, v in sorted(e["situation"].items()))])
            out += [f"`{command}`" + (" \N{MIDDLE DOT} " + " \N{MIDDLE DOT} ".join(other) if other else ""), ""]
    return "\n".join(out)


def clean(text: str) -> str:
    """Text that is no markup in Markdown or HTML."""
    return "".join("\\" + c if c in "\\`*_[]<>|" else c for c in str(text).replace("\n", " "))


def _leaves(entry: dict[str, Any], gallery: Any) -> list[str]:
    """The leaves of a source tree that the rules contradict, each with its reason."""
    rows = [r for r in gallery.conformance() if r["tree"] == entry["words"][-1] and r["verdict"] == "contradicts"]
    labels = gallery.advisor.index["labels"]
    if not rows:
        return []
    out = ["The rules disagree with:", ""]
    seen = set()
    for r in rows:
        said = " or ".join(labels.get(t, t) for t in (r["recommends"] or r["discourages"])) or r["answer"]
        way = ", ".join(f"{q} {a}" for q, a in r["path_text"])
        reason = (r.get("reason") or {}).get("text") or f"the rules advise {r['main_label']}"
        line = f"- {clean(way)}: {'not ' if not r['recommends'] else ''}{clean(said)}. {clean(reason)}"
        if line not in seen:
            seen.add(line)
            out.append(line)
    return [*out, ""]

"""What would have to change, as a picture: what is missing, the ways to mend it, the aim."""
from __future__ import annotations

from typing import Any

from .diagram_proof import WORD, cited, dissent
from .diagram_style import Box, picture, wrapped


def what_if(answer: dict[str, Any], why: dict[str, Any], most: int = 8) -> Any:
    """Ways to make it so: what is missing, each way, its changes, the aim. ``why`` is the answer to why."""
    label = why["label"]
    graph = picture(f"What would make {label} viable", "", direction="LR", nodesep=0.16, ranksep=0.55, legend=("no:missing now", "yes:then viable", "plain:change, least effort first"))
    if answer["holds"]:
        graph.add_node("aim", box=Box((label, "is so already"), tone="yes", strong=True))
        graph.graph["alt"] = f"Nothing has to change for {label}."
        return graph
    word = {"no": "not viable now", "depends": "open now", "yes": "viable now"}[why["verdict"]]
    graph.add_node("now", box=Box((label, word), tone=why["verdict"], strong=True))
    for i, n in enumerate(n for n in why["numbers"] if n["verdict"] != "yes"):
        graph.add_node(f"lack{i}", box=Box(wrapped(n["text"], 34), head=f"{n['label']} \N{MIDDLE DOT} {WORD[n['verdict']]}", foot=cited(n), tone=n["verdict"],
                                           notes=tuple(dissent(n))))
        graph.add_edge("now", f"lack{i}", head="none", tone=n["verdict"])
    misses = [n for n in graph if n.startswith("lack")] or ["now"]
    graph.add_node("aim", box=Box((label, "viable"), tone="yes", strong=True))
    plans = answer["plans"]
    for i, plan in reversed([*enumerate(plans[:most])]):  # Graphviz stands what comes first lowest
        lines = tuple(x for c in plan["changes"] for x in wrapped(_change(c), 40))
        others = plan["others"]
        graph.add_node(f"way{i}", box=Box(lines, head=f"way {i + 1}", foot=f"and {others} other value{'s' if others != 1 else ''} of the same inputs" if others else "", tone="plain"))
        graph.add_edge(misses[0] if len(misses) == 1 else misses[i % len(misses)], f"way{i}", line="invis") if len(misses) > 1 else graph.add_edge(misses[0], f"way{i}")
        graph.add_edge(f"way{i}", "aim", tone="yes")
    if len(misses) > 1:
        graph.add_node("or", box=Box(("one of these ways",), shape="pill", tone="plain"))
        for m in misses:
            graph.add_edge(m, "or", head="none")
        for n in [n for n in graph if n.startswith("way")]:
            graph.add_edge("or", n)
            for m in misses:
                if graph.has_edge(m, n):
                    graph.remove_edge(m, n)
    if len(plans) > most:
        graph.graph["notes"] = (f"{len(plans) - most} more ways: tunewise what-if {answer['technique']} --all",)
    if not plans:
        graph.add_node("way0", box=Box(("no change of up to three inputs",), tone="no"))
        graph.add_edge(misses[0], "way0")
        graph.remove_node("aim")
    graph.graph["alt"] = f"{label} is {word}. " + "; or ".join(" and ".join(_change(c) for c in p["changes"]) for p in plans[:most]) + "."
    return graph


def _change(change: dict[str, Any]) -> str:
    tail = {"at_least": " or more", "at_most": " or less"}.get(change["kind"], "")
    now = change.get("from")
    before = f" (now {now:,})" if isinstance(now, (int, float)) and not isinstance(now, bool) else ""
    return f"{change['label']}: {change['text']}{tail}{before}"

"""The sources' own decision trees as pictures: question, answer, outcome; a leaf the rules contradict is drawn so, with the reason."""
from __future__ import annotations

from typing import Any

from .diagram_style import Box, picture, wrapped

TONE = {"agrees": "yes", "contradicts": "no", "open": "depends", "none": "plain"}
WORD = {"agrees": "the rules agree", "contradicts": "the rules disagree", "open": "the rules leave it open", "none": ""}
ROLE = {"recommends": "", "considers": "consider ", "discourages": "not ", "alternative": "or ", "budgetPick": "cheap: ", "advancedPick": "advanced: ", "specialPick": "special: ", "fits": "fits: ",
        "fitsTightly": "fits tightly: ", "doesNotFit": "does not fit: "}
WORST = {"contradicts": 0, "open": 1, "agrees": 2, "none": 3}


def source_tree(answer: dict[str, Any], leaves: list[dict[str, Any]], links: dict[str, str]) -> Any:
    """The picture of one tree; ``leaves`` are the rows of conformance for it."""
    graph = picture(answer["label"], "", direction="LR", subtitle=f"{answer['source_label']}, \N{LEFT DOUBLE QUOTATION MARK}{answer['locator']}\N{RIGHT DOUBLE QUOTATION MARK}" + (f". {answer['text']}" if answer["text"] else ""),
                    legend=("said:a question of the source", "yes:the rules agree", "no:the rules disagree", "depends:the rules leave it open", "plain:nothing to compare"), nodesep=0.13, ranksep=0.45, tree=True)
    judged = _judged(leaves)
    if answer["kind"] != "tree":
        return _sequence(graph, answer)
    for node in answer["nodes"]:
        if node["role"] != "inner" or any(node["question"] in a["leads_to"] for n in answer["nodes"] for a in n["answers"]):
            head = {"besides": "beside the tree", "root": "", "inner": ""}[node["role"]]
            graph.add_node(node["question"], box=Box(wrapped(node["label"], 30), head="a list of options" if node["kind"] == "listing" else head, tone="said", shape="pill", tip="; ".join(c["text"] for c in node["conditions"]),
                                                     foot="from top to bottom" if node["in_order"] else "", url=links.get(node["source"], "")))
    for node in [n for n in answer["nodes"] if n["question"] in graph]:
        alike: dict[str, list[dict[str, Any]]] = {}
        for a in node["answers"]:
            if not a["leads_to"]:
                alike.setdefault(a["answer"], []).append(a)
            for to in a["leads_to"]:
                _branch(graph, node, a, to)
        for answers in alike.values():
            a = answers[0]
            key = f"leaf {a['answer']}"
            graph.add_node(key, box=_leaf(a, judged.get(a["answer"])))
            _branch(graph, node, a, key)
    used = {graph.nodes[n]["box"].tone for n in graph if graph.nodes[n]["box"].shape != "bare"}
    graph.graph["legend"] = tuple(entry for entry in graph.graph["legend"] if entry.partition(":")[0] in used)
    counts = {v: sum(1 for row in judged.values() if row["verdict"] == v) for v in WORST}
    graph.graph["notes"] = ("Leaves of the source held against the rules: " + ", ".join(f"{n} {w}" for w, n in (("agree", counts["agrees"]), ("disagree", counts["contradicts"]), ("open", counts["open"]), ("with nothing to compare", counts["none"])) if n) + ".",) if judged else ()
    graph.graph["alt"] = f"Decision tree of {answer['source_label']}: " + "; ".join(f"{n['label']} " + ", ".join(f"{a['label']}: {_said(a) or 'go on'}" for a in n["answers"]) for n in answer["nodes"]) + "."
    return graph


def _branch(graph: Any, node: dict[str, Any], answer: dict[str, Any], to: str) -> None:
    label = f"answer {answer['answer']} {to}"
    words = wrapped(answer["label"], 26)
    mark = [m for m in (answer["mark"], "preferred" if answer["preferred"] else "") if m]
    graph.add_node(label, box=Box(words, foot=", ".join(mark), tone="plain", shape="bare", tip="; ".join(c["text"] for c in answer["conditions"])))
    graph.add_edge(node["question"], label, head="none")
    graph.add_edge(label, to)


def _said(answer: dict[str, Any]) -> str:
    out = answer["outcome"]
    if not out:
        return ""
    return "; ".join([*(ROLE.get(t["role"], "") + t["label"] for t in out["things"]), *(f"{f['label']} {f['text']}" for f in out["figures"])] or [out["text"]])


def _leaf(answer: dict[str, Any], row: dict[str, Any] | None) -> Box:
    out = answer["outcome"] or {"things": [], "figures": [], "text": ""}
    lines: list[str] = []
    named = 0
    for t in out["things"]:
        lines += wrapped(ROLE.get(t["role"], "") + t["label"], 34)
        named = len(lines) if t["role"] == "recommends" and named == len(lines) - len(wrapped(ROLE.get(t["role"], "") + t["label"], 34)) else named
    for f in out["figures"]:
        lines += wrapped(f"{f['label']}: {f['text']}", 34)
    if not lines:
        lines += wrapped(out["text"] or answer["label"], 34)
    verdict = row["verdict"] if row else "none"
    notes: tuple[str, ...] = ()
    if row and verdict in ("contradicts", "open"):
        reason = (row.get("reason") or {}).get("text") or ""
        notes = wrapped((f"rules: {row['main_label']}. " if row.get("main") not in (None, "none", "") and row["main"] not in row["recommends"] else "") + reason, 46)[:5]
    return Box(tuple(lines[:9]), head=WORD[verdict], tone=TONE[verdict], named=named, notes=notes, tip=out["text"] or (row or {}).get("how", ""))


def _judged(leaves: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """One row an answer: of several paths to it, the one that the rules contradict."""
    out: dict[str, dict[str, Any]] = {}
    for row in leaves:
        if row["answer"] not in out or WORST[row["verdict"]] < WORST[out[row["answer"]]["verdict"]]:
            out[row["answer"]] = row
    return out


def _sequence(graph: Any, answer: dict[str, Any]) -> Any:
    """Steps in one order, each tried before the next; a gate opens what is behind it."""
    graph.graph["legend"] = ("said:a step of the source", "plain:what it leads to")
    graph.graph["direction"] = "TB"
    graph.graph["tree"] = False
    last = ""
    for step in answer["steps"]:
        things = [t["label"] for t in (step["outcome"] or {}).get("things", [])] + ([step["outcome"]["text"]] if step["outcome"] and step["outcome"]["text"] else [])
        graph.add_node(step["step"], box=Box(wrapped(step["label"], 44), head=f"step {step['order']}", foot="\n".join(wrapped("done when " + " and ".join(c["text"] for c in step["conditions"]), 60)) if step["conditions"] else "", tone="said", named=9))
        if things and things != [step["label"]]:
            graph.add_node(step["step"] + " out", box=Box(tuple(x for t in things for x in wrapped(t, 36)), tone="plain"))
            graph.add_edge(step["step"], step["step"] + " out")
            graph.graph.setdefault("ranks", []).append((step["step"], step["step"] + " out"))
        if last:
            graph.add_edge(last, step["step"], label="then" if answer["kind"] == "sequence" else "and")
        last = step["step"]
    if answer.get("opens"):
        graph.add_node("opens", box=Box((answer["opens"]["label"],), head="then due", tone="yes", strong=True))
        graph.add_edge(last, "opens")
    graph.graph["alt"] = f"{answer['label']}: " + ", then ".join(s["label"] for s in answer["steps"]) + "."
    return graph

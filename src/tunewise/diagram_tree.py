"""The sources' own decision trees as pictures: question, answer, outcome; a leaf the rules contradict is drawn so, with the reason."""
from __future__ import annotations

from typing import Any

from .diagram_style import Box, picture, wrapped

TONE = {"agrees": "yes", "contradicts": "no", "open": "depends", "none": "plain"}
WORD = {"agrees": "the rules agree", "contradicts": "the rules disagree", "open": "the rules leave it open", "none": ""}
ROLE = {"recommends": "", "considers": "consider ", "discourages": "not ", "alternative": "or ", "budgetPick": "cheap: ", "advancedPick": "advanced: ", "specialPick": "special: ", "fits": "fits: ",
        "fitsTightly": "fits tightly: ", "doesNotFit": "does not fit: "}
WORST = {"contradicts": 0, "open": 1, "agrees": 2, "none": 3}


MOST = 30  # answers of one picture; a tree with more is drawn in parts
LETTERS = {"question": 26, "answer": 24, "leaf": 30, "reason": 40}  # to a line
DEEP, NARROW = 3, {"question": 22, "answer": 16, "leaf": 24, "reason": 34}  # questions after each other from which lines are shorter


def source_tree(answer: dict[str, Any], leaves: list[dict[str, Any]], links: dict[str, str], start: str = "") -> Any:
    """The picture of one tree, or of its part that begins with the question ``start``; ``leaves`` are the rows of conformance for it."""
    questions = {n["question"]: n for n in answer["nodes"]}
    title = f"{answer['label']}: {questions[start]['label']}" if start else answer["label"]
    graph = picture(title, "", direction="LR", subtitle=f"{answer['source_label']}, \N{LEFT DOUBLE QUOTATION MARK}{answer['locator']}\N{RIGHT DOUBLE QUOTATION MARK}" + (f". {answer['text']}" if answer["text"] else ""),
                    legend=("said:a question of the source", "yes:the rules agree", "no:the rules disagree", "depends:the rules leave it open", "assumed:drawn apart", "plain:nothing to compare"), nodesep=0.13, ranksep=0.45, tree=True)
    if answer["kind"] != "tree":
        return _sequence(graph, answer)
    judged = _judged(leaves)
    roots = _roots(answer, start)
    apart = folded(answer, start)
    shown = _reached(questions, roots, apart)
    letters = NARROW if _depth(questions, roots, apart) >= DEEP else LETTERS
    for q in (q for q in questions if q in shown):
        node = questions[q]
        if q in apart:
            graph.add_node(q, box=_summary(node, questions, judged, letters))
            continue
        head = "a list of options" if node["kind"] == "listing" else "beside the tree" if node["role"] == "besides" else ""
        graph.add_node(q, box=Box(wrapped(node["label"], letters["question"]), head=head, tone="said", shape="pill", tip="; ".join(c["text"] for c in node["conditions"]), foot="from top to bottom" if node["in_order"] else "", url=links.get(node["source"], "")))
    for node in (questions[q] for q in questions if q in shown and q not in apart):
        for a in node["answers"]:
            for to in a["leads_to"]:
                _branch(graph, node, a, to, letters)
            if not a["leads_to"]:
                key = f"leaf {a['answer']}"
                graph.add_node(key, box=_leaf(a, judged.get(a["answer"]), letters))
                _branch(graph, node, a, key, letters)
    used = {graph.nodes[n]["box"].tone for n in graph if graph.nodes[n]["box"].shape != "bare"}
    graph.graph["legend"] = tuple(entry for entry in graph.graph["legend"] if entry.partition(":")[0] in used)
    within = {a["answer"] for q in _reached(questions, roots, set()) for a in questions[q]["answers"]}
    graph.graph["notes"] = (*([f"{len(within)} answers are more than a page holds. Drawn apart: tunewise diagram {', '.join(q for q in questions if q in apart)}."] if apart else []), *_counted([row for a, row in judged.items() if a in within]))
    graph.graph["alt"] = f"Decision tree of {answer['source_label']}: " + "; ".join(f"{questions[q]['label']} " + ", ".join(f"{a['label']}: {_said(a) or 'go on'}" for a in questions[q]["answers"]) for q in questions if q in shown) + "."
    return graph


def folded(answer: dict[str, Any], start: str = "") -> set[str]:
    """Questions whose part is drawn apart, so that the picture from ``start`` has no more answers than a page holds."""
    questions = {n["question"]: n for n in answer["nodes"]}
    roots = _roots(answer, start)
    out: set[str] = set()

    def count(beginning: list[str]) -> int:
        return sum(len(questions[q]["answers"]) for q in _reached(questions, beginning, out) if q not in out)

    while count(roots) > MOST:
        next_ = list(dict.fromkeys(to for r in roots for a in questions[r]["answers"] for to in a["leads_to"] if to not in out))
        if not next_:
            break
        out.add(max(next_, key=lambda q: (count([q]), -next_.index(q))))
    return out


def parts(answer: dict[str, Any]) -> list[str]:
    """The questions that have a picture of their own beside the whole tree's, as they are come to."""
    out: list[str] = []
    line = [""]
    for start in line:
        fresh = [n["question"] for n in answer["nodes"] if n["question"] in folded(answer, start) and n["question"] not in out]
        out += fresh
        line += fresh
    return out


def _roots(answer: dict[str, Any], start: str) -> list[str]:
    return [start] if start else [n["question"] for n in answer["nodes"] if n["role"] != "inner"]


def _reached(questions: dict[str, Any], roots: list[str], apart: set[str]) -> set[str]:
    """Questions that are come to from some, not looking behind those drawn apart."""
    line = list(roots)
    for q in line:
        if q not in apart or q in roots:
            line += [to for a in questions[q]["answers"] for to in a["leads_to"] if to not in line]
    return set(line)


def _depth(questions: dict[str, Any], roots: list[str], apart: set[str]) -> int:
    """How many questions follow each other at most."""
    return max((1 + _depth(questions, [to for a in questions[q]["answers"] for to in a["leads_to"] if to != q], apart) if q not in apart else 1 for q in roots), default=0)


def _summary(node: dict[str, Any], questions: dict[str, Any], judged: dict[str, dict[str, Any]], letters: dict[str, int]) -> Box:
    below = _reached(questions, [node["question"]], set())
    answers = [a["answer"] for q in below for a in questions[q]["answers"]]
    rows = [judged[a] for a in answers if a in judged]
    counts = [f"{n} {w}" for v, w in (("agrees", "agree"), ("contradicts", "disagree"), ("open", "open")) if (n := sum(1 for r in rows if r["verdict"] == v))]
    size = f"{len(below)} questions, {len(answers)} answers" if len(below) > 1 else f"{len(answers)} answers"
    return Box(wrapped(node["label"], letters["question"]), head=f"drawn apart \N{MIDDLE DOT} {node['question'].rpartition('-')[2]}", tone="assumed", shape="pill", foot="\n".join(x for x in (size, ", ".join(counts)) if x), named=9)


def _counted(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    counts = {v: sum(1 for row in rows if row["verdict"] == v) for v in WORST}
    words = (("agrees", "agree"), ("contradicts", "disagree"), ("open", "open"), ("none", "with nothing to compare"))
    return ("Leaves of the source held against the rules: " + ", ".join(f"{counts[v]} {w}" for v, w in words if counts[v]) + ".",) if rows else ()


def _branch(graph: Any, node: dict[str, Any], answer: dict[str, Any], to: str, letters: dict[str, int]) -> None:
    label = f"answer {answer['answer']} {to}"
    mark = [m for m in (answer["mark"], "preferred" if answer["preferred"] else "") if m]
    graph.add_node(label, box=Box(wrapped(answer["label"], letters["answer"]), foot=", ".join(mark), tone="plain", shape="bare", tip="; ".join(c["text"] for c in answer["conditions"])))
    graph.add_edge(node["question"], label, head="none")
    graph.add_edge(label, to)


def _said(answer: dict[str, Any]) -> str:
    out = answer["outcome"]
    if not out:
        return ""
    return "; ".join([*(ROLE.get(t["role"], "") + t["label"] for t in out["things"]), *(f"{f['label']} {f['text']}" for f in out["figures"])] or [out["text"]])


def _leaf(answer: dict[str, Any], row: dict[str, Any] | None, letters: dict[str, int]) -> Box:
    line = letters["leaf"]
    out = answer["outcome"] or {"things": [], "figures": [], "text": ""}
    first = [t for t in out["things"] if t["role"] == "recommends"]
    lines = [x for t in first for x in wrapped(t["label"], line)]
    named = len(lines)
    lines += [x for t in out["things"] if t not in first for x in wrapped(ROLE.get(t["role"], "") + t["label"], line)]
    lines += [x for f in out["figures"] for x in wrapped(f"{f['label']}: {f['text']}", line)]
    if not lines:
        lines += wrapped(out["text"] or answer["label"], line)
    verdict = row["verdict"] if row else "none"
    return Box(tuple(lines), head=WORD[verdict], tone=TONE[verdict], named=named, notes=wrapped(reason(row), letters["reason"]) if row and verdict in ("contradicts", "open") else (), tip=out["text"] or (row or {}).get("how", ""))


def reason(row: dict[str, Any]) -> str:
    """Why the rules do not agree with a leaf: what they put first, and what speaks against the source's choice."""
    text = str((row.get("reason") or {}).get("text") or "").rstrip(".")
    main = row["main_label"] if row.get("main") not in (None, "none", "") and row["main"] not in row["recommends"] else ""
    if not main or text.startswith(main) or row["how"] in ("put_first", "allowed_when"):
        return text
    return f"{text}; {main} is advised" if text else f"{main} is advised"


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
    if not any(str(node).endswith(" out") for node in graph):
        graph.graph["legend"] = ("said:a step of the source", "yes:what is due after all of them")
    graph.graph["alt"] = f"{answer['label']}: " + ", then ".join(s["label"] for s in answer["steps"]) + "."
    return graph

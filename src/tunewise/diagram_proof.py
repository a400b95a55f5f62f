"""Proofs as pictures: why and why not, the conclusion to the left, what it rests on to the right.

What is trivial is collapsed: guards, absences that hold, steps that pass one thing on; what shares a
reason shares a box. Nothing that fails is ever left out, and what was left out is counted.
"""
from __future__ import annotations

from typing import Any

from .diagram_style import Box, picture, wrapped
from .words import number

MOST = 28  # boxes of one proof
DEEPEST = 4  # steps from the conclusion
WORD = {"yes": "holds", "no": "fails", "depends": "open"}


def proof(answer: dict[str, Any], links: dict[str, str], most: int = MOST) -> Any:
    """The picture of an answer to why; ``links`` are the addresses of sources."""
    label, verdict = answer["label"], answer["verdict"]
    leads = answer["main"] == answer["technique"]
    says = {"no": f"Why not {label}", "depends": f"Does {label} fit? It depends"}.get(verdict, f"Why {label}")
    graph = picture(says, "", direction="LR", nodesep=0.12, ranksep=0.5, tree=True)
    steps = _Steps(answer, links)
    root = steps.root()
    kept = steps.kept(root, most - (1 if answer.get("reason") else 0))
    verdict_line = {"yes": "recommended" if leads else "viable", "no": "not viable", "depends": "open"}[verdict]
    for key in kept:
        graph.add_node(key, box=steps.box(key, kept))
    graph.nodes[root]["box"] = Box((label, verdict_line), head="conclusion", tone=verdict, strong=True, shape="box")
    for key in kept:
        for kid in steps.kids[key]:
            if kid in kept:
                tone = steps.tone(kid)
                graph.add_edge(key, kid, head="none", tail="normal", tone=tone if tone in ("no", "depends") else None)
    reason = answer.get("reason")
    if reason and verdict != "no":
        graph.add_node("reason", box=Box(wrapped(reason["text"], 40), head="stands before the next best" if leads else "stands behind another", foot=reason.get("source_label", ""), tone="yes" if leads else "contested", url=links.get(reason.get("source", ""), "")))
        graph.add_edge(root, "reason", head="none", tail="normal")
    tones = {graph.nodes[n]["box"].tone for n in graph}
    graph.graph["legend"] = [t for t in ("said", "assumed", "yes", "no", "depends") if t in tones] + ["plain:cited claim or arithmetic"] + (["contested:a source dissents"] if any(graph.nodes[n]["box"].notes for n in graph) or "contested" in tones else [])
    left = len(answer["proof"]) - len(graph)
    graph.graph["notes"] = (f"Arrows run from what is given to what follows. {len(answer['proof'])} steps of the proof, {len(graph)} boxes; the rest is trivial or summed up (all of it: tunewise why {answer['technique']} --all).",) if left > 0 else ()
    misses = [n["text"] for n in answer["numbers"] if n["verdict"] == "no"]
    graph.graph["alt"] = f"{label} is {verdict_line}" + (": " + "; ".join(misses) if misses else ": " + "; ".join(n["text"] for n in answer["numbers"])) + "."
    return graph


class _Steps:
    """The rows of a proof as boxes that were merged: a rule with its comparison, its formula and its requirement."""

    def __init__(self, answer: dict[str, Any], links: dict[str, str]) -> None:
        self.links = links
        self.assumed = {a["field"]: a for a in answer["situation"]["assumed"]}
        self.given = answer["situation"]["given"]
        self.rows = {r["id"]: r for r in answer["proof"]}
        self.below: dict[int, list[dict[str, Any]]] = {}
        for r in answer["proof"]:
            self.below.setdefault(r["parent"], []).append(r)
        self.kids: dict[str, list[str]] = {}
        self.data: dict[str, dict[str, Any]] = {}

    def root(self) -> str:
        first = next(iter(self.rows.values()))
        return self._rule(first, top=True)

    def tone(self, key: str) -> str:
        return str(self.data[key]["tone"])

    def box(self, key: str, kept: dict[str, None]) -> Box:
        d = self.data[key]
        hidden = sum(1 for k in self._all_below(key) if k not in kept)
        foot = d.get("foot", "")
        if hidden and not any(k in kept for k in self.kids[key]):
            foot = (foot + "\n" if foot else "") + f"+ {hidden} step{'s' if hidden > 1 else ''} beneath"
        return Box(d["lines"], head=d["head"], foot=foot, tone=d["tone"], shape=d["shape"], tip=d.get("tip", ""), url=d.get("url", ""), notes=d.get("notes", ()))

    def kept(self, root: str, most: int) -> dict[str, None]:
        """Boxes to draw: all that fails or is open, then the shallow ones, each with its way to the root."""
        depth = {root: 0}
        above: dict[str, str] = {}
        line = [root]
        for key in line:
            for kid in self.kids[key]:
                if kid not in depth:
                    depth[kid], above[kid] = depth[key] + 1, key
                    line.append(kid)
        place = {key: i for i, key in enumerate(line)}
        urgent = {"no": 0, "depends": 1}
        chosen = {root}
        for key in sorted(line, key=lambda k: (urgent.get(self.tone(k), 2), depth[k], place[k])):
            if depth[key] > DEEPEST and self.tone(key) not in urgent:
                continue
            path = []
            while key not in chosen:
                path.append(key)
                key = above[key]
            if len(chosen) + len(path) <= most:
                chosen |= set(path)
        return dict.fromkeys(k for k in line if k in chosen)

    def _all_below(self, key: str) -> set[str]:
        found: set[str] = set()
        line = [key]
        for k in line:
            for kid in self.kids[k]:
                if kid not in found:
                    found.add(kid)
                    line.append(kid)
        return found

    def _add(self, key: str, kids: list[str], **data: Any) -> str:
        if key not in self.data:
            self.data[key] = data
            self.kids[key] = list(dict.fromkeys(kids))
        return key

    def _rule(self, row: dict[str, Any], top: bool = False) -> str:
        key = f"{row['rule']}|{row['text']}"
        if key in self.data:
            return key
        under = self.below.get(row["id"], [])
        rules = [r for r in under if r["kind"] == "rule"]
        others = [r for r in under if r["kind"] not in ("rule", "fact", "guard", "missing")]
        if not top and len(rules) == 1 and not [r for r in others if not (r["kind"] == "absence" and r["verdict"] == "yes")] and row["verdict"] == rules[0]["verdict"]:
            return self._rule(rules[0])
        notes: list[str] = []
        foot: list[str] = []
        lines = list(wrapped(_times(row["text"]), 34))
        kids: list[str] = []
        quiet: list[dict[str, Any]] = []
        claims: dict[str, list[dict[str, Any]]] = {}
        for r in under:
            if r["kind"] == "rule":
                if self._trivial(r):
                    quiet.append(r)
                else:
                    kids.append(self._rule(r))
            elif r["kind"] == "requirement":
                lines = list(wrapped(r["text"], 30))
                foot.append(cited(r))
                notes += dissent(r)
                kids += self._said(r["quantity"], f"{r['quantity'].replace('_', ' ')}: {number(r['have'])}" if isinstance(r["have"], (int, float)) and not isinstance(r["have"], bool) else "", key)
            elif r["kind"] == "claim":
                claims.setdefault(r.get("source_label", ""), []).append(r)
            elif r["kind"] == "input":
                kids += self._said(r["field"], r["text"], key)
            elif r["kind"] == "comparison" and row["verdict"] == "no" and r["verdict"] == "no":
                lines.append(r["text"].replace("<=", "\N{GREATER-THAN SIGN}").replace(">=", "\N{LESS-THAN SIGN}"))
            elif r["kind"] == "absence" and r["verdict"] != "yes":
                kids += [self._rule(k) for k in self.below.get(r["id"], []) if k["kind"] == "rule"]
            elif r["kind"] == "spread":
                lines += wrapped(r["text"], 30)
                kids += [self._rule(k) for k in self.below.get(r["id"], []) if k["kind"] == "rule"]
        formulas = [r["text"] for r in under if r["kind"] == "arithmetic" and not _idle(r["text"])]
        formulas = [f for f in formulas if f.rpartition(" = ")[2] in row["text"].replace(",", " ,").split() or f.rpartition(" = ")[2] in row["text"].split()] or formulas[:1]
        if formulas and len(formulas[-1]) <= 64 and " max " not in formulas[-1] and row["verdict"] != "no":
            foot.append(_times(formulas[-1]))
        kids += [self._claims(source, rows) for source, rows in claims.items()]
        if quiet and top:
            kids.append(self._quiet(quiet))
        head = f"{row['rule'].split('/')[0].replace('_', ' ')} \N{MIDDLE DOT} {WORD[row['verdict']]}"
        return self._add(key, kids, lines=tuple(lines), head=head, foot="\n".join(f for f in foot if f), tone=row["verdict"], shape="box", notes=tuple(notes), tip=f"{row['rule']}: {row['text']}")

    def _trivial(self, row: dict[str, Any]) -> bool:
        """A rule that holds and leads to no figure, claim or requirement."""
        if row["verdict"] != "yes":
            return False
        line = [row]
        for r in line:
            if r["kind"] in ("claim", "requirement", "arithmetic", "spread") or r["kind"] == "input" and r.get("field") in self.given and r["parent"] == row["id"] and len(self.below.get(row["id"], [])) == 1:
                return False
            line += [k for k in self.below.get(r["id"], []) if r["kind"] != "absence"]
        return True

    def _quiet(self, rows: list[dict[str, Any]]) -> str:
        texts = list(dict.fromkeys(r["text"] for r in rows))
        lines = tuple(x for t in texts for x in wrapped("\N{BULLET} " + t, 42))
        return self._add("quiet|" + "|".join(texts), [], lines=lines, head="and nothing stands in the way \N{MIDDLE DOT} holds", tone="yes", shape="box", tip="; ".join(r["rule"] for r in rows))

    def _claims(self, source: str, rows: list[dict[str, Any]]) -> str:
        lines = tuple(dict.fromkeys(x for r in rows for x in wrapped(r["text"], 40)))
        if len(lines) > 6:
            lines = (*lines[:5], f"and {len(lines) - 5} more figures")
        notes = tuple(n for r in rows for n in dissent(r))[:3]
        url = self.links.get(rows[0].get("source", ""), "")
        return self._add("claims|" + "|".join(lines) + source, [], lines=lines, head="", foot=cited(rows[0]) if len(rows) == 1 else source, tone="plain", shape="note", notes=notes, url=url, tip="; ".join(r.get("claim", "") for r in rows))

    def _said(self, field: str, text: str = "", parent: str = "") -> list[str]:
        """The box of an input; an assumption stands beside each rule that reads it, so that no line runs across the page."""
        if field in self.given:
            return [self._add(f"input|{field}|{parent}", [], lines=wrapped(text or field.replace("_", " "), 30), head="you said", tone="said", shape="pill")]
        if field in self.assumed:
            a = self.assumed[field]
            return [self._add(f"input|{field}|{parent}", [], lines=wrapped(text or f"{field}: {a['text']}", 30), head="assumed", foot=a.get("source_label", ""), tone="assumed", shape="pill")]
        return [self._add(f"input|{field}|{parent}", [], lines=wrapped(text, 30), head="known", tone="plain", shape="pill")] if text else []


def _times(text: str) -> str:
    return text.replace(" x ", " \N{MULTIPLICATION SIGN} ")


def _idle(formula: str) -> bool:
    """A formula that changes nothing: 14.6 x 1 = 14.6, 2 + 0 = 2."""
    left, _, right = formula.rpartition(" = ")
    return not left or left == right or left in (f"{right} x 1", f"1 x {right}", f"{right} + 0", f"0 + {right}", f"{right} x 1 x 1")


def cited(row: dict[str, Any]) -> str:
    """The source of a row, with the place in it where that is short."""
    label, locator = row.get("source_label") or "", row.get("locator") or ""
    return f"{label}, \N{LEFT DOUBLE QUOTATION MARK}{locator}\N{RIGHT DOUBLE QUOTATION MARK}" if label and locator and len(locator) <= 34 else str(label)


def dissent(row: dict[str, Any]) -> list[str]:
    """What other sources say, a line each, at most two."""
    seen: dict[str, str] = {}
    for d in row.get("dissent", []):
        seen.setdefault(d["source_label"], f"but {d['source_label']}: {d['text']}")
    return list(seen.values())[:2]

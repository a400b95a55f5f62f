"""What the lines of all answers are made of: numbers, labelled rows, citations, deciding figures, ways out, proofs."""
from __future__ import annotations

from typing import Any
from collections.abc import Iterable

WIDTH = 118
LABEL = 14
def number(value: Any) -> str:
    """A number as people write it: 12.0 -> 12, 0.0781 -> 0.078, 5000 -> 5,000, a range as 'a to b'."""
    if isinstance(value, list):
        low, high = value
        if high > 1000 and low * 10000 <= high:
            return "not known" if low <= 1 else f"{number(low)} or more"
        return f"{number(low)} to {number(high)}"
    if value is None:
        return "?"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int) or abs(value) >= 100:
        return f"{round(value):,}"
    if 0 < abs(value) < 0.001:
        return f"{value:.12f}".rstrip("0") if abs(value) >= 1e-9 else f"{value:.2g}"
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    out = f"{value:,.{digits}f}"
    return out.rstrip("0").rstrip(".") if "." in out else out


def known(value: Any) -> bool:
    """Whether a figure is more than the whole range it could have."""
    return value is not None and "not known" not in number(value)


def row(label: str, body: str, right: str = "") -> Iterable[str]:
    """One labelled line; the source stands to the right where there is room, else below."""
    lines = wrap(body, WIDTH - LABEL - 2)
    head = f"  {label:<{LABEL}}{lines[0]}"
    if right and len(head) + len(right) + 3 <= WIDTH and len(lines) == 1:
        yield f"{head}   {right:>{WIDTH - len(head) - 3}}"
        return
    yield head
    for line in lines[1:]:
        yield f"  {'':<{LABEL}}{line}"
    if right:
        yield f"{right:>{WIDTH}}"


def wrap(body: str, width: int) -> list[str]:
    """Lines of at most so many characters, broken between words."""
    lines, line = [], ""
    for word in body.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def cite(item: dict[str, Any]) -> str:
    """Source and place of an item."""
    label, locator = item.get("source_label") or "", item.get("locator") or ""
    return f'{label}, "{locator}"' if label and locator and len(locator) <= 60 else label


def figures(numbers: list[dict[str, Any]], all_: bool) -> Iterable[str]:
    """The numbers that decided, misses first, each with source, parts and dissent."""
    order = {"no": 0, "depends": 1, "yes": 2}
    seen: set[str] = set()
    for n in sorted(numbers, key=lambda n: order.get(n["verdict"], 3)):
        body = n["text"]
        if isinstance(n.get("gap"), (int, float)):
            body += f": short by {number(n['gap'])}"
        if n["verdict"] == "depends":
            body += f": depends on {listed(n['depends_on'])}"
        if body in seen:
            continue
        seen.add(body)
        yield from row(n["label"], body, cite(n))
        if n.get("detail"):
            parts = ", ".join(part for part in n["detail"].split(", ") if not part.endswith(" 0"))
            yield from row("", "  " + parts, "estimate" if n["label"] == "memory" else "")
        for d in shortest(n.get("dissent", []), 2 if not all_ else 20):
            would = {"yes": "then enough", "no": "then not", "depends": "then open"}.get(d.get("would", ""), "")
            yield from row("", f"  {d['source_label']} says {d['text']}{': ' + would if would else ''}", "refuted" if d.get("refuted") else "contested" if would and d.get("would") != n["verdict"] else "dissent")
        for c in n.get("contested", [])[: 20 if all_ else 1]:
            for d in shortest(c["dissent"], 20 if all_ else 1):
                yield from row("", f"  {c['text']} by {c['source_label']}; {d['source_label']} says {d['text']}", "dissent")


def shortest(items: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """One item a source, at most so many."""
    out: dict[str, dict[str, Any]] = {}
    for item in items:
        out.setdefault(item["source_label"], item)
    return list(out.values())[:count]


def listed(items: list[str]) -> str:
    """Names as people list them: a, b and c."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else "nothing"


def _change(change: dict[str, Any]) -> str:
    if change["kind"] == "at_least":
        return f"{change['label']} of {change['text']} or more"
    if change["kind"] == "at_most":
        return f"{change['label']} of {change['text']} or less"
    if change["text"] in ("yes", "no"):
        return f"{change['label']}: {change['text']}"
    return f"{change['label']} {change['text']}"


def way(plan: dict[str, Any]) -> str:
    """One way out: its changes, and how many others there are."""
    others = plan.get("others", 0)
    more = f" (and {others} other way{'s' if others != 1 else ''} with the same inputs)" if others else ""
    return " and ".join(_change(c) for c in plan["changes"]) + more


def assumed(answer: dict[str, Any], fields: set[str] | None = None) -> Iterable[str]:
    """What was assumed, and which assumption would turn the advice."""
    assumed = [a for a in answer["situation"]["assumed"] if fields is None or a["field"] in fields]
    if assumed:
        yield from row("assumed", ", ".join(f"{a['field']} {a['text']}" for a in assumed))
    for t in answer.get("assumptions", []):
        yield from row("turns if", f"{t['field']} were {t['text']}: then {t['label']}")


def against_model(answer: dict[str, Any]) -> Iterable[str]:
    """What is said against the model that was named, and which one stands in for it."""
    said = answer.get("model_advice")
    if said:
        name = "" if said["label"] in said["text"] else f"{said['label']}: "
        yield from row("model", name + plain(said["text"]) + (f"; instead {listed(said['instead'])}" if said["instead"] else ""), cite(said))


def plain(sentence: str) -> str:
    """A sentence without the full stop that a list of sentences does not want."""
    return sentence.replace(".;", ";").rstrip(".")


def proof(rows: list[dict[str, Any]]) -> Iterable[str]:
    """The whole proof, one row a line."""
    depth = {0: -1}
    yield ""
    for r in rows:
        depth[r["id"]] = depth.get(r["parent"], -1) + 1
        mark = {"yes": "", "no": " (no)", "depends": " (open)"}[r["verdict"]] if r["kind"] not in ("comparison", "arithmetic") else ""
        tail = f"   [{r['rule']}]" if r["kind"] == "rule" else f"   [{cite(r)}]" if r.get("source_label") else ""
        yield f"{'  ' * (depth[r['id']] + 1)}{r['text']}{mark}{tail}"


def span(r: dict[str, Any]) -> str:
    """The range of one input over which a verdict holds; empty where it is the whole domain."""
    if "values" in r:
        values = r["values"]
        return f"{r['field']}: {len(values)} of {r['of']}" if len(values) < r["of"] else ""
    low, high = r["low"], r["high"]
    if low <= r["min"] and high >= r["max"]:
        return ""
    if high >= r["max"]:
        return f"{r['field']} from {number(low)}"
    if low <= r["min"]:
        return f"{r['field']} up to {number(high)}"
    return f"{r['field']} {number(low)} to {number(high)}"

"""What is known, as lines: one thing, its strengths and costs, checklists, failures and remedies."""
from __future__ import annotations

from typing import Any
from collections.abc import Iterable

from .words_lines import LABEL, cite, number, plain, row


# The order in which a thing is told: what it brings before what it costs, what to do before what to leave.
_ASPECTS = {"benefit": 0, "cost": 1, "use": 2, "how": 3, "note": 4}
_STANCES = {"startWith": 0, "choose": 1, "add": 2, "escalate": 3, "avoid": 4}


def _figure(claims: list[dict[str, Any]], all_: bool) -> Iterable[str]:
    """One figure: the span of what good sources say, and one that was refuted."""
    good = [c for c in claims if not c["refuted_by"]]
    points = sorted(p["value"] for c in good for p in c["parts"] if p["part"] == "value" and isinstance(p["value"], (int, float)))
    if len(points) > 1 and not all_:
        unit = good[0]["text"].rsplit(" ", 1)[-1]
        yield from row("figure", f"{good[0]['label']}: {number(points[0])} to {number(points[-1])} {unit}", f"{len(points)} figures of {len({c['source_label'] for c in good})} sources")
    else:
        for c in good:
            yield from row("figure", f"{c['label']}: {c['text']}", cite(c))
    for c in [c for c in claims if c["refuted_by"]][: 99 if all_ else 1]:
        yield from row("", f"  {c['source_label']} says {c['text']}", "refuted")


def general(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """Why a technique, when nothing is said of the case: strengths, costs, needs, figures, each with its source."""
    yield f"{a['label']}: {a['definition']}"
    good = [s for s in a["statements"] if not s["refuted_by"]]
    for aspect, count in (("benefit", 3), ("cost", 3), ("use", 2)):
        for s in sorted((s for s in good if s["aspect"] == aspect), key=lambda s: s["source_label"] == "")[: 99 if all_ else count]:
            yield from row(aspect, plain(s["text"]), cite(s))
    for c in a["claims"]:
        if any(p["part"] in ("at_least", "at_most", "one_of") for p in c["parts"]) and not c["refuted_by"] and not c["conditions"]:
            yield from row("needs", f"{c['label']}: {c['text']}", cite(c))
    for quantity in ("quality_vs_full", "memory_vs_full", "speed_vs_full"):
        yield from _figure([c for c in a["claims"] if c["quantity"] == quantity and not c["conditions"]], all_)
    for d in [d for d in a["advice"] if d["stance"] in ("choose", "avoid") and len(d["conditions"]) <= 1][: 99 if all_ else 3]:
        yield from row(d["stance"], (f"when {d['conditions'][0]}: " if d["conditions"] else "") + plain(d["text"]), cite(d))
    yield from row("now", f"say your case: tunewise why {a['id']} --gpu ... --model ... --examples ...; all that is known: tunewise show {a['id']}")


def show(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """All that is known of one thing."""
    yield f"{a['label']} ({a['id']}): {a['definition']}"
    if a["aliases"]:
        yield from row("also", ", ".join(map(str, a["aliases"])))
    grouped: dict[str, list[str]] = {}
    for f in a["facts"]:
        grouped.setdefault(f["property"], []).append(number(f["value"]))
    for prop, values in sorted(grouped.items()):
        yield from row(_camel(prop)[:LABEL - 1] if len(_camel(prop)) < LABEL else "", (f"{_camel(prop)}: " if len(_camel(prop)) >= LABEL else "") + ", ".join(sorted(values)))
    for s in a["settings"]:
        yield from row("", f"setting {s['key']} = {number(s['value'])}")
    limit = 1000 if all_ else 12
    for s in sorted(a["statements"], key=lambda s: (_ASPECTS.get(s["aspect"], 9), bool(s["refuted_by"]), s["id"]))[:limit]:
        yield from row(s["aspect"], s["text"] + (f" (refuted: {s['refuted_by']})" if s["refuted_by"] else ""), cite(s))
    for c in sorted(a["claims"], key=lambda c: (c["quantity"], c["id"]))[:limit]:
        when = f" when {' and '.join(c['conditions'])}" if c["conditions"] else ""
        yield from row("claim", f"{c['label']} {c['text']}{when}" + (f" (refuted: {c['refuted_by']})" if c["refuted_by"] else ""), cite(c))
    for d in sorted(a["advice"], key=lambda d: (_STANCES.get(d["stance"], 9), len(d["conditions"]), d["id"]))[:limit]:
        when = f" when {' and '.join(d['conditions'])}" if d["conditions"] else ""
        yield from row("advice", f"{_camel(d['stance'])}{when}: {d['text']}", cite(d))
    hidden = max(0, len(a["statements"]) - limit) + max(0, len(a["claims"]) - limit) + max(0, len(a["advice"]) - limit)
    if hidden:
        yield from row("", f"... {hidden} more with --all")


def _camel(name: str) -> str:
    return "".join(" " + c.lower() if c.isupper() else c for c in name)


def checklist(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """The items of a checklist by what became of them."""
    items = a["items"]
    counts = {s: sum(1 for i in items if i["state"] == s) for s in ("done", "missing", "open", "disputed", "not applicable")}
    ready = counts["missing"] == 0 and counts["open"] == 0
    yield ("Ready: " if ready else "Not yet: ") + ", ".join(f"{n} {s}" for s, n in counts.items() if n) + "."
    for state in ("missing", "open", "disputed", "done") + (("not applicable",) if all_ else ()):
        for i in [i for i in items if i["state"] == state]:
            extra = f" (say {', '.join(map(str, i['open']))})" if state == "open" and i["open"] else f": {plain(i['why'])}" if i.get("why") else ""
            yield from row(state[:8], f"{i['phase']}: {i['label']}{extra}", i["source_label"])


def diagnose(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """Causes, what points at them, remedies."""
    if not a["failures"]:
        yield "Nothing known matches. Say symptom, train_loss, val_loss, accuracy_pct, task_quality or general_quality (tunewise ls symptoms)."
        return
    yield f"{a['failures'][0]['label']}."
    for f in a["failures"]:
        yield from row("cause", f"{f['label']}: {' and '.join(f['because'])}")
        for r in f["remedies"]:
            yield from row("remedy", r["label"] + (f": {r['text']}" if r["text"] else ""))
        for s in f["statements"][: 10 if all_ else 3]:
            yield from row(s["aspect"], s["text"], cite(s))

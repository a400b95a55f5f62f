"""Answers as text: the verdict first, then the deciding numbers, their sources, dissent, the cheapest way out.

Every figure comes out of the answer; nothing is computed here but a difference that both numbers show.
"""
from __future__ import annotations

from typing import Any
from collections.abc import Callable, Iterable

WIDTH = 118
LABEL = 14


def text(kind: str, answer: dict[str, Any], all_: bool = False, quiet: bool = False) -> str:
    """The answer of a verb as text of at most WIDTH columns."""
    lines = list(_RENDER[kind](answer, all_))
    return lines[0] if quiet and lines else "\n".join(lines)


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


def _row(label: str, body: str, right: str = "") -> Iterable[str]:
    """One labelled line; the source stands to the right where there is room, else below."""
    lines = _wrap(body, WIDTH - LABEL - 2)
    head = f"  {label:<{LABEL}}{lines[0]}"
    if right and len(head) + len(right) + 3 <= WIDTH and len(lines) == 1:
        yield f"{head}   {right:>{WIDTH - len(head) - 3}}"
        return
    yield head
    for line in lines[1:]:
        yield f"  {'':<{LABEL}}{line}"
    if right:
        yield f"{right:>{WIDTH}}"


def _wrap(body: str, width: int) -> list[str]:
    lines, line = [], ""
    for word in body.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def cite(item: dict[str, Any]) -> str:
    label, locator = item.get("source_label") or "", item.get("locator") or ""
    return f'{label}, "{locator}"' if label and locator and len(locator) <= 60 else label


def _numbers(numbers: list[dict[str, Any]], all_: bool) -> Iterable[str]:
    order = {"no": 0, "depends": 1, "yes": 2}
    seen: set[str] = set()
    for n in sorted(numbers, key=lambda n: order.get(n["verdict"], 3)):
        body = n["text"]
        if isinstance(n.get("gap"), (int, float)):
            body += f": short by {number(n['gap'])}"
        if n["verdict"] == "depends":
            body += f": depends on {_names(n['depends_on'])}"
        if body in seen:
            continue
        seen.add(body)
        yield from _row(n["label"], body, cite(n))
        if n.get("detail"):
            parts = ", ".join(part for part in n["detail"].split(", ") if not part.endswith(" 0"))
            yield from _row("", "  " + parts, "estimate" if n["label"] == "memory" else "")
        for d in _shortest(n.get("dissent", []), 2 if not all_ else 20):
            would = {"yes": "then enough", "no": "then not", "depends": "then open"}.get(d.get("would", ""), "")
            yield from _row("", f"  {d['source_label']} says {d['text']}{': ' + would if would else ''}", "refuted" if d.get("refuted") else "contested" if would and d.get("would") != n["verdict"] else "dissent")
        for c in n.get("contested", [])[: 20 if all_ else 1]:
            for d in _shortest(c["dissent"], 20 if all_ else 1):
                yield from _row("", f"  {c['text']} by {c['source_label']}; {d['source_label']} says {d['text']}", "dissent")


def _shortest(items: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for item in items:
        out.setdefault(item["source_label"], item)
    return list(out.values())[:count]


def _names(items: list[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else "nothing"


def _change(change: dict[str, Any]) -> str:
    if change["kind"] == "at_least":
        return f"{change['label']} of {change['text']} or more"
    if change["kind"] == "at_most":
        return f"{change['label']} of {change['text']} or less"
    if change["text"] in ("yes", "no"):
        return f"{change['label']}: {change['text']}"
    return f"{change['label']} {change['text']}"


def _plan(plan: dict[str, Any]) -> str:
    others = plan.get("others", 0)
    more = f" (and {others} other way{'s' if others != 1 else ''} with the same inputs)" if others else ""
    return " and ".join(_change(c) for c in plan["changes"]) + more


def _assumed(answer: dict[str, Any], fields: set[str] | None = None) -> Iterable[str]:
    assumed = [a for a in answer["situation"]["assumed"] if fields is None or a["field"] in fields]
    if assumed:
        yield from _row("assumed", ", ".join(f"{a['field']} {a['text']}" for a in assumed))
    for t in answer.get("assumptions", []):
        yield from _row("turns if", f"{t['field']} were {t['text']}: then {t['label']}")


def _why(a: dict[str, Any], all_: bool) -> Iterable[str]:
    label, misses = a["label"], a["misses"]
    if a["verdict"] == "no":
        yield f"{label} is not viable: {'one thing is' if misses == 1 else f'{misses} things are'} missing."
    elif a.get("advised_against"):
        yield f"{label} is advised against: {_plain(a['advised_against']['text'])}."
    elif a["main"] == a["technique"]:
        yield f"{label} is recommended{_proviso(a)}."
    elif a["verdict"] == "yes" and a.get("kind") != "approach":
        yield f"{label} can be added here."
    elif a["verdict"] == "depends":
        yield f"Whether {label} is viable depends on {_names(a['depends_on'][:4])}."
    else:
        over = a["reason"] or {}
        yield f"{label} is viable, but {over.get('better_label') or 'another'} is preferred." if not over else f"{label} is viable, but {_step_label(a, over['better'])} is preferred."
    missed = [n for n in a["numbers"] if n["verdict"] == "no"]
    show = a["numbers"] if all_ or a["verdict"] != "no" else missed
    yield from _numbers(show, all_)
    if a["verdict"] == "no":
        yield from _blockers(a, {n["rule"] for n in missed})
    if a["verdict"] == "no" and a.get("advised_against"):
        yield from _row("against", _plain(a["advised_against"]["text"]), cite(a["advised_against"]))
    if a.get("model_advice"):
        other = f"; instead {_names(a['model_advice']['instead'])}" if a["model_advice"]["instead"] else ""
        yield from _row("model", f"{a['model_advice']['label']}: {_plain(a['model_advice']['text'])}{other}", cite(a["model_advice"]))
    if a["verdict"] != "no" and not a.get("advised_against"):
        yield from _because(a)
    for rival in a.get("not_instead", []):
        number_ = next((n for n in rival["numbers"] if n["verdict"] == "no"), None)
        short = f": short by {number(number_['gap'])}" if number_ and isinstance(number_.get("gap"), (int, float)) else ""
        yield from _row("not", f"{rival['label']}: {number_['text'] if number_ else rival['text']}{short}")
    if a["verdict"] == "no" and a.get("kind") == "approach" and a["main"] not in ("", "none", a["technique"]):
        main = next((s for s in a["plan"] if s["step"] == "main"), None)
        if main and main["text"]:
            yield from _row("instead", main["label"] + (f": {_plain(main['text'])}" if main["text"] else ""), cite(main))
    ranges = [_range(r) for r in a.get("ranges", [])]
    ranges = [r for r in ranges if r]
    if ranges and a["verdict"] == "yes":
        yield from _row("holds for", "; ".join(ranges))
    if a.get("who_says"):
        yield from _who_rows(a["who_says"], a["verdict"])
    ways = a.get("ways_out", [])
    if ways and not a.get("advised_against"):
        yield from _row("way out", "; or ".join(_plan(w) for w in ways[: 6 if all_ else 2]))
    first = next((s for s in a["plan"] if s["step"] == "first"), None)
    if first and a["verdict"] != "no":
        yield from _row("first", f"{first['label']}: {_plain(first['text'])}", cite(first))
    read = {r["field"] for r in a["proof"] if r.get("kind") == "input"}
    yield from _assumed(a, None if all_ else read)
    if all_:
        yield from _proof(a["proof"])


def _because(a: dict[str, Any]) -> Iterable[str]:
    """Why it stands first: the comparison it won, else the advice that chose it."""
    main = next((s for s in a["plan"] if s["step"] == "main"), None)
    if a.get("reason"):
        yield from _row("because", _plain(a["reason"]["text"]), cite(a["reason"]))
    elif main and main["technique"] == a["technique"] and main["text"]:
        yield from _row("because", _plain(main["text"]), cite(main))


def _plain(sentence: str) -> str:
    """A sentence without the full stop that a list of sentences does not want."""
    return sentence.replace(".;", ";").rstrip(".")


def _step_label(a: dict[str, Any], technique: str) -> str:
    return next((s["label"] for s in a["plan"] if s["technique"] == technique), technique)


def _proviso(a: dict[str, Any]) -> str:
    return f", if {_names(a['depends_on'][:3])} allow{'s' if len(a['depends_on'][:3]) == 1 else ''} it" if a["verdict"] == "depends" else ""


def _blockers(a: dict[str, Any], told: set[str]) -> Iterable[str]:
    """Sentences of failed rules that are no comparison: the deepest rule on each failing path."""
    rows = {r["id"]: r for r in a["proof"]}
    parents = {r["parent"] for r in a["proof"] if r["verdict"] == "no" and r["kind"] == "rule"}
    below_absence = set()
    for r in a["proof"]:
        if r["kind"] == "absence" and r["verdict"] != "no" or r["parent"] in below_absence:
            below_absence.add(r["id"])
    said: set[str] = set()
    for r in a["proof"]:
        if r["kind"] != "rule" or r["verdict"] != "no" or r["rule"] in told or r["id"] in parents or r["parent"] in below_absence or r["id"] in below_absence:
            continue
        parent = rows.get(r["parent"], {})
        if any(k["parent"] == r["id"] and (k["kind"] in ("comparison", "requirement") or k["kind"] == "absence" and k["verdict"] == "no") for k in a["proof"]) or parent.get("kind") == "absence" and parent["verdict"] != "no":
            continue
        if r["text"] not in said:
            said.add(r["text"])
            yield from _row(r["rule"].split("/")[0][:LABEL - 1], r["text"])
    for r in a["proof"]:  # what stands where it should be absent
        if r["kind"] == "absence" and r["verdict"] == "no":
            child = next((k for k in a["proof"] if k["parent"] == r["id"]), None)
            owner = rows.get(r["parent"], {})
            if child and child["text"] not in said:
                said.add(child["text"])
                yield from _row(owner.get("rule", "").split("/")[0][:LABEL - 1], child["text"])


def _range(r: dict[str, Any]) -> str:
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


def _who_rows(who: list[dict[str, Any]], verdict: str) -> Iterable[str]:
    against = [w for w in who if w["verdict"] != verdict]
    if against:
        yield from _row("contested", "otherwise by the figures of " + _names([w["label"] for w in against]))
    elif who:
        yield from _row("contested", f"no: the verdict stands under the figures of each of {len(who)} sources")


def _proof(rows: list[dict[str, Any]]) -> Iterable[str]:
    depth = {0: -1}
    yield ""
    for r in rows:
        depth[r["id"]] = depth.get(r["parent"], -1) + 1
        mark = {"yes": "", "no": " (no)", "depends": " (open)"}[r["verdict"]] if r["kind"] not in ("comparison", "arithmetic") else ""
        tail = f"   [{r['rule']}]" if r["kind"] == "rule" else f"   [{cite(r)}]" if r.get("source_label") else ""
        yield f"{'  ' * (depth[r['id']] + 1)}{r['text']}{mark}{tail}"


def _advise(a: dict[str, Any], all_: bool) -> Iterable[str]:
    if a["main"] in ("none", ""):
        yield "Nothing is viable for this goal in this situation."
        for near in a.get("closest", []):
            yield from _row("closest", f"{near['label']}: {near['misses']} missing")
            yield from _numbers(near["numbers"], all_)
        yield from _assumed(a)
        return
    steps = a["plan"]
    main = next(s for s in steps if s["step"] == "main")
    situation = {x["field"]: x["text"] for x in a["situation"]["assumed"]}
    where = f" with {situation['model']}" if "model" in situation else ""
    depends = f"; it depends on {_names(a['depends_on'][:3])}" if a["verdict"] == "depends" else ""
    yield f"{main['label']}{where}{depends}."
    for s in steps:
        if s["step"] == "with" and not all_ and sum(1 for x in steps[: steps.index(s)] if x["step"] == "with") >= 3:
            continue
        obstacle = next((o["text"] for o in a.get("obstacles", []) if s["step"] == "later" and o["technique"] == s["technique"]), "")
        yield from _row(s["step"], s["label"] + (f": {_plain(s['text'])}" if s["text"] else "") + (f" (not now: {obstacle})" if obstacle else ""), cite(s))
    yield from _numbers(list(a["numbers"]), all_)
    if a.get("reason") and not (main["text"] and a["reason"]["text"].endswith(_plain(main["text"])) or a["reason"]["text"].endswith(main["text"])):
        yield from _row("because", _plain(a["reason"]["text"]), cite(a["reason"]))
    for near in a.get("closest", []):
        body = next((n["text"] for n in near["numbers"] if n["verdict"] == "no"), near.get("text", ""))
        ways = "; or ".join(_plan(w) for w in near.get("ways_out", []))
        yield from _row("closest", f"{near['label']}: {_plain(body)}" + (f"; way out: {ways}" if ways else ""))
    others = [o for o in a["options"] if o["technique"] != a["main"] and (all_ or o["advice"])][: 8 if all_ else 4]
    rest = a["count"] - 1 - len(others)
    more = f"{rest} more viable" if rest else ""
    if others or more:
        yield from _row("also", ", ".join(o["label"] + ("" if o["verdict"] == "yes" else " (depends)") for o in others) + (" and " if others and more else "") + more)
    if a.get("settings"):
        yield from _row("settings", ", ".join(f"{s['label']} {_setting(s)}" for s in sorted(a["settings"], key=lambda s: not s["key"])[: 30 if all_ else 8]))
    yield from _assumed(a, None if all_ else {*a["read"], "goal", "model", "params_b", "platform", "gpu", "priority"})


def _setting(s: dict[str, Any]) -> str:
    if s.get("low") is not None and s.get("high") is not None:
        return f"{number(s['low'])} to {number(s['high'])}"
    return s["text"] if not isinstance(s["value"], float) else f"{s['value']:g}"


def _settings(a: dict[str, Any], all_: bool) -> Iterable[str]:
    if not a["settings"]:
        yield f"No source states a setting for {a['technique']}."
        return
    yield f"Settings of {a['technique']}:"
    for s in a["settings"]:
        unit = f" {s['unit']}" if s["unit"] else ""
        yield from _row("", f"{s['label']}: {_setting(s)}{unit}", cite(s))
        for d in _shortest(s["dissent"], 20 if all_ else 3):
            yield from _row("", f"  {d['source_label']} says {d['text']}", "dissent")
    yield from _assumed(a)


def _what_if(a: dict[str, Any], all_: bool) -> Iterable[str]:
    if a["holds"]:
        yield f"Nothing has to change: {a['label']} is so already."
        return
    if not a["plans"]:
        yield f"No change of up to three inputs makes it so for {a['label']}."
        return
    yield f"{a['label']}: {len(a['plans'])} way{'s' if len(a['plans']) != 1 else ''}, least effort first."
    for plan in a["plans"][: 50 if all_ else 8]:
        yield from _row("", _plan(plan))
    yield from _assumed(a)


def _compare(a: dict[str, Any], all_: bool) -> Iterable[str]:
    one, two = a["sides"]
    if a.get("reason"):
        better = one if a["reason"]["better"] == one["technique"] else two
        yield f"{better['label']} comes first: {_plain(a['reason']['text'])}."
    else:
        yield f"Nothing separates {one['label']} and {two['label']} here."
    word = {"yes": "viable", "no": "not viable", "depends": "depends"}
    yield from _row("verdict", f"{one['label']}: {word[one['verdict']]}; {two['label']}: {word[two['verdict']]}")
    for c in a["criteria"]:
        unit = f" {c['unit']}" if c["unit"] else ""
        cites = [f" ({c[k]})" if c.get(k) else "" for k in ("a_source", "b_source")]
        yield from _row("", f"{c['label']}: {one['label']} {number(c['a'])}{unit}{cites[0]}, {two['label']} {number(c['b'])}{unit}{cites[1]}")
    for side in a["sides"]:
        for n in side["numbers"]:
            if n["verdict"] != "yes":
                yield from _row(n["label"], f"{side['label']}: {n['text']}", cite(n))
    for side, statements in zip(a["sides"], a["statements"]):
        for s in [s for s in statements if s["aspect"] in ("benefit", "cost") and not s["refuted_by"]][: 20 if all_ else 3]:
            yield from _row(s["aspect"], f"{side['label']}: {s['text']}", cite(s))
    yield from _assumed(a)


def _ask(a: dict[str, Any], all_: bool) -> Iterable[str]:
    assumed = [u for u in a["unsaid"] if u["assumed"]][:1]
    if assumed:
        yield f"Say {assumed[0]['field']} first: it is taken to be '{assumed[0]['assumed']}', and {assumed[0]['count']} conditions of advice turn on it."
    elif a["fields"]:
        yield f"Say {a['fields'][0]['field']}: {_verdicts(a['fields'][0]['count'])} on it."
    else:
        yield "No verdict depends on an input that is not given."
    for f in a["fields"][0 if assumed else 1 : 7]:
        yield from _row("then", f"{f['field']}: {_verdicts(f['count'])} on it")
    for u in [u for u in a["unsaid"] if not u["assumed"] and u["field"] not in {f["field"] for f in a["fields"]}][:4]:
        yield from _row("also", f"{u['field']}: {u['count']} conditions of advice turn on it")


def _verdicts(count: int) -> str:
    return f"{count} verdict{'s hang' if count != 1 else ' hangs'}"


def _who(a: dict[str, Any], all_: bool) -> Iterable[str]:
    verdicts = {w["verdict"] for w in a["who_says"]}
    word = {"yes": "viable", "no": "not viable", "depends": "open"}
    yield f"{'Unanimous' if len(verdicts) <= 1 else 'Contested'}: {a['technique']} is {word[a['verdict']]}."
    for w in a["who_says"]:
        yield from _row("", f"{w['label']}: {word[w['verdict']]}")


_VERDICT = {"yes": "viable", "no": "not viable", "depends": "open"}


def _far(a: dict[str, Any], all_: bool) -> Iterable[str]:
    yield f"{a['label']} is {_VERDICT[a['verdict']]}. That holds for:"
    for r in a["ranges"]:
        said = _range(r) or f"{r['field']}: any"
        yield from _row("", f"{said} (now {number(r['now'])})")


def _figure(claims: list[dict[str, Any]], all_: bool) -> Iterable[str]:
    """One figure: the span of what good sources say, and one that was refuted."""
    good = [c for c in claims if not c["refuted_by"]]
    points = sorted(p["value"] for c in good for p in c["parts"] if p["part"] == "value" and isinstance(p["value"], (int, float)))
    if len(points) > 1 and not all_:
        unit = good[0]["text"].rsplit(" ", 1)[-1]
        yield from _row("figure", f"{good[0]['label']}: {number(points[0])} to {number(points[-1])} {unit}", f"{len(points)} figures of {len({c['source_label'] for c in good})} sources")
    else:
        for c in good:
            yield from _row("figure", f"{c['label']}: {c['text']}", cite(c))
    for c in [c for c in claims if c["refuted_by"]][: 99 if all_ else 1]:
        yield from _row("", f"  {c['source_label']} says {c['text']}", "refuted")


def _general(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """Why a technique, when nothing is said of the case: strengths, costs, needs, figures, each with its source."""
    yield f"{a['label']}: {a['definition']}"
    good = [s for s in a["statements"] if not s["refuted_by"]]
    for aspect, count in (("benefit", 3), ("cost", 3), ("use", 2)):
        for s in sorted((s for s in good if s["aspect"] == aspect), key=lambda s: s["source_label"] == "")[: 99 if all_ else count]:
            yield from _row(aspect, _plain(s["text"]), cite(s))
    for c in a["claims"]:
        if any(p["part"] in ("at_least", "at_most", "one_of") for p in c["parts"]) and not c["refuted_by"] and not c["conditions"]:
            yield from _row("needs", f"{c['label']}: {c['text']}", cite(c))
    for quantity in ("quality_vs_full", "memory_vs_full", "speed_vs_full"):
        yield from _figure([c for c in a["claims"] if c["quantity"] == quantity and not c["conditions"]], all_)
    for d in [d for d in a["advice"] if d["stance"] in ("choose", "avoid") and len(d["conditions"]) <= 1][: 99 if all_ else 3]:
        yield from _row(d["stance"], (f"when {d['conditions'][0]}: " if d["conditions"] else "") + _plain(d["text"]), cite(d))
    yield from _row("now", f"say your case: tunewise why {a['id']} --gpu ... --model ... --examples ...; all that is known: tunewise show {a['id']}")


def _about(a: dict[str, Any], all_: bool) -> Iterable[str]:
    yield f"{a['label']} ({a['id']}): {a['definition']}"
    if a["aliases"]:
        yield from _row("also", ", ".join(map(str, a["aliases"])))
    grouped: dict[str, list[str]] = {}
    for f in a["facts"]:
        grouped.setdefault(f["property"], []).append(number(f["value"]))
    for prop, values in sorted(grouped.items()):
        yield from _row(_camel(prop)[:LABEL - 1] if len(_camel(prop)) < LABEL else "", (f"{_camel(prop)}: " if len(_camel(prop)) >= LABEL else "") + ", ".join(sorted(values)))
    for s in a["settings"]:
        yield from _row("", f"setting {s['key']} = {number(s['value'])}")
    limit = 1000 if all_ else 12
    for s in list(a["statements"])[:limit]:
        yield from _row(s["aspect"], s["text"] + (f" (refuted: {s['refuted_by']})" if s["refuted_by"] else ""), cite(s))
    for c in sorted(a["claims"], key=lambda c: c["quantity"])[:limit]:
        when = f" when {' and '.join(c['conditions'])}" if c["conditions"] else ""
        yield from _row("claim", f"{c['label']} {c['text']}{when}" + (f" (refuted: {c['refuted_by']})" if c["refuted_by"] else ""), cite(c))
    for d in a["advice"][:limit]:
        when = f" when {' and '.join(d['conditions'])}" if d["conditions"] else ""
        yield from _row("advice", f"{_camel(d['stance'])}{when}: {d['text']}", cite(d))
    hidden = max(0, len(a["statements"]) - limit) + max(0, len(a["claims"]) - limit) + max(0, len(a["advice"]) - limit)
    if hidden:
        yield from _row("", f"... {hidden} more with --all")


def _camel(name: str) -> str:
    return "".join(" " + c.lower() if c.isupper() else c for c in name)


def _checklist(a: dict[str, Any], all_: bool) -> Iterable[str]:
    items = a["items"]
    counts = {s: sum(1 for i in items if i["state"] == s) for s in ("done", "missing", "open", "disputed", "not applicable")}
    ready = counts["missing"] == 0 and counts["open"] == 0
    yield ("Ready: " if ready else "Not yet: ") + ", ".join(f"{n} {s}" for s, n in counts.items() if n) + "."
    for state in ("missing", "open", "disputed", "done") + (("not applicable",) if all_ else ()):
        for i in [i for i in items if i["state"] == state]:
            extra = f" (say {', '.join(map(str, i['open']))})" if state == "open" and i["open"] else ""
            yield from _row(state[:8], f"{i['phase']}: {i['label']}{extra}", i["source_label"])


def _diagnose(a: dict[str, Any], all_: bool) -> Iterable[str]:
    if not a["failures"]:
        yield "Nothing known matches. Say symptom, train_loss, val_loss, accuracy_pct, task_quality or general_quality (tunewise ls symptoms)."
        return
    yield f"{a['failures'][0]['label']}."
    for f in a["failures"]:
        yield from _row("cause", f"{f['label']}: {' and '.join(f['because'])}")
        for r in f["remedies"]:
            yield from _row("remedy", r["label"] + (f": {r['text']}" if r["text"] else ""))
        for s in f["statements"][: 10 if all_ else 3]:
            yield from _row(s["aspect"], s["text"], cite(s))


def _estimate(a: dict[str, Any], all_: bool) -> Iterable[str]:
    word = {"yes": "fits", "no": "does not fit", "depends": "fits or not, depending on what is open"}
    if not any(e["value"] for e in a["estimates"]) and not a["numbers"]:
        yield f"{a['technique']} trains nothing on a GPU of yours: there is no training memory, time or cost to work out."
        return
    yield f"{a.get('label', a['technique'])} {word[a['fits']]}."
    yield from _numbers(a["numbers"], all_)
    for e in a["estimates"]:
        if e["value"] is not None:
            name = {"need_gib": "memory", "run_hours": "time", "run_usd": "cost"}.get(e["quantity"], e["quantity"])
            if name != "memory":
                yield from _row(name, f"{number(e['value'])} {e['unit']}" + (f": {e['text']}" if e["quantity"] == "run_usd" else ""))
            if all_:
                yield from _proof(e["proof"])
    yield from _assumed(a)


_RENDER: dict[str, Callable[[dict[str, Any], bool], Iterable[str]]] = {
    "why": _why, "why-not": _why, "advise": _advise, "what-if": _what_if, "compare": _compare, "ask": _ask, "who-says": _who,
    "how-far": _far, "show": _about, "checklist": _checklist, "diagnose": _diagnose, "estimate": _estimate, "settings": _settings, "general": _general,
}

"""Advice and what is asked around it, as lines: the plan, settings, changes, comparisons, estimates."""
from __future__ import annotations

from typing import Any
from collections.abc import Iterable

from .words_lines import against_model, assumed, cite, figures, known, listed, number, plain, proof, row, shortest, span, way


def advise(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """The plan: first, main, with, later; its numbers; what is closest where nothing can be trained."""
    if a["main"] in ("none", ""):
        yield "Nothing is viable for this goal in this situation."
        for near in a.get("closest", []):
            yield from row("closest", f"{near['label']}: {near['misses']} missing")
            yield from figures(near["numbers"], all_)
        yield from assumed(a)
        return
    steps = a["plan"]
    main = next(s for s in steps if s["step"] == "main")
    situation = {x["field"]: x["text"] for x in a["situation"]["assumed"]}
    where = f" with {situation['model']}" if "model" in situation else ""
    depends = f"; it depends on {listed(a['depends_on'][:3])}" if a["verdict"] == "depends" else ""
    yield f"{main['label']}{where}{depends}."
    for s in steps:
        if s["step"] == "with" and not all_ and sum(1 for x in steps[: steps.index(s)] if x["step"] == "with") >= 3:
            continue
        obstacle = next((o["text"] for o in a.get("obstacles", []) if s["step"] == "later" and o["technique"] == s["technique"]), "")
        yield from row(s["step"], s["label"] + (f": {plain(s['text'])}" if s["text"] else "") + (f" (not now: {obstacle})" if obstacle else ""), cite(s))
    yield from figures(list(a["numbers"]), all_)
    yield from against_model(a)
    if a.get("reason") and not (main["text"] and a["reason"]["text"].endswith(plain(main["text"])) or a["reason"]["text"].endswith(main["text"])):
        yield from row("because", plain(a["reason"]["text"]), cite(a["reason"]))
    for near in a.get("closest", []):
        body = next((n["text"] for n in near["numbers"] if n["verdict"] == "no"), near.get("text", ""))
        ways = "; or ".join(way(w) for w in near.get("ways_out", []))
        yield from row("closest", f"{near['label']}: {plain(body)}" + (f"; way out: {ways}" if ways else ""))
    others = [o for o in a["options"] if o["technique"] != a["main"] and (all_ or o["advice"])][: 8 if all_ else 4]
    rest = a["count"] - 1 - len(others)
    more = f"{rest} more viable" if rest else ""
    if others or more:
        yield from row("also", ", ".join(o["label"] + ("" if o["verdict"] == "yes" else " (depends)") for o in others) + (" and " if others and more else "") + more)
    if a.get("settings"):
        yield from row("settings", ", ".join(f"{s['label']} {_setting(s)}" for s in sorted(a["settings"], key=lambda s: not s["key"])[: 30 if all_ else 8]))
    yield from assumed(a, None if all_ else {*a["read"], *_TOLD})


# What is said of a case by default; the rest of what was assumed stands with --all.
_TOLD = {"goal", "model", "params_b", "platform", "gpu", "priority"}


def _setting(s: dict[str, Any]) -> str:
    if s.get("low") is not None and s.get("high") is not None:
        return f"{number(s['low'])} to {number(s['high'])}"
    return s["text"] if not isinstance(s["value"], float) else f"{s['value']:g}"


def settings(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """Every setting that a source states or that follows, with dissent."""
    if not a["settings"]:
        yield f"No source states a setting for {a['label']}."
        return
    yield f"Settings of {a['label']}:"
    for s in a["settings"]:
        unit = f" {s['unit']}" if s["unit"] else ""
        yield from row("", f"{s['label']}: {_setting(s)}{unit}", cite(s))
        for d in shortest(s["dissent"], 20 if all_ else 3):
            yield from row("", f"  {d['source_label']} says {d['text']}", "dissent")
    yield from assumed(a, None if all_ else _TOLD)


def what_if(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """Smallest changes, least effort first."""
    if a["holds"]:
        yield f"Nothing has to change for {a['label']}: that is so already."
        return
    if not a["plans"]:
        yield f"No change of up to three inputs makes it so for {a['label']}."
        return
    yield f"{a['label']}: {len(a['plans'])} way{'s' if len(a['plans']) != 1 else ''}, least effort first."
    for plan in a["plans"][: 50 if all_ else 8]:
        yield from row("", way(plan))
    yield from assumed(a, None if all_ else _TOLD)


def compare(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """What differs between two techniques."""
    one, two = a["sides"]
    if a.get("reason") and a["reason"]["by"] == "name":
        open_ = [s for s in (one, two) if s["verdict"] == "depends"]
        if len(open_) == 1:
            sure = two if open_[0] is one else one
            yield f"{sure['label']} is viable as it stands; {open_[0]['label']} depends on {listed(_blame(open_[0]))}. What you said does not choose between them."
        else:
            yield f"What you said does not choose between {one['label']} and {two['label']}: they answer different needs."
    elif a.get("reason"):
        better = one if a["reason"]["better"] == one["technique"] else two
        yield f"{better['label']} comes first: {plain(a['reason']['text'])}."
    else:
        yield f"Nothing separates {one['label']} and {two['label']} here."
    word = {"yes": "viable", "no": "not viable", "depends": "depends"}
    yield from row("verdict", f"{one['label']}: {word[one['verdict']]}; {two['label']}: {word[two['verdict']]}")
    for c in [c for c in a["criteria"] if known(c["a"]) and known(c["b"])]:
        unit = f" {c['unit']}" if c["unit"] else ""
        cites = [f" ({c[k]})" if c.get(k) else "" for k in ("a_source", "b_source")]
        yield from row("", f"{c['label']}: {one['label']} {number(c['a'])}{unit}{cites[0]}, {two['label']} {number(c['b'])}{unit}{cites[1]}")
    for side in a["sides"]:
        for n in side["numbers"]:
            if n["verdict"] != "yes":
                yield from row(n["label"], f"{side['label']}: {n['text']}", cite(n))
    for side, statements in zip(a["sides"], a["statements"]):
        for s in [s for s in statements if s["aspect"] in ("benefit", "cost") and not s["refuted_by"]][: 20 if all_ else 3]:
            yield from row(s["aspect"], f"{side['label']}: {s['text']}", cite(s))
    yield from assumed(a, None if all_ else _TOLD)


def _blame(side: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(b for n in side["numbers"] for b in n["depends_on"]))[:3] or ["what was not said"]


def ask(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """The input to say next."""
    assumed = [u for u in a["unsaid"] if u["assumed"]][:1]
    if assumed:
        yield f"Say {assumed[0]['field']} first: it is taken to be '{assumed[0]['assumed']}', and {assumed[0]['count']} conditions of advice turn on it."
    elif a["fields"]:
        yield f"Say {a['fields'][0]['field']}: {_verdicts(a['fields'][0]['count'])} on it."
    else:
        yield "No verdict depends on an input that is not given."
    for f in a["fields"][0 if assumed else 1 : 7]:
        yield from row("then", f"{f['field']}: {_verdicts(f['count'])} on it")
    for u in [u for u in a["unsaid"] if not u["assumed"] and u["field"] not in {f["field"] for f in a["fields"]}][:4]:
        yield from row("also", f"{u['field']}: {u['count']} conditions of advice turn on it")


def _verdicts(count: int) -> str:
    return f"{count} verdict{'s hang' if count != 1 else ' hangs'}"


def who_says(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """The verdict under each source's own figures."""
    verdicts = {w["verdict"] for w in a["who_says"]}
    word = {"yes": "viable", "no": "not viable", "depends": "open"}
    yield f"{'Unanimous' if len(verdicts) <= 1 else 'Contested'}: {a['label']} is {word[a['verdict']]}."
    for w in a["who_says"]:
        refuted = f" ({listed(w['refuted'])}, as it says, is refuted)" if w["refuted"] else ""
        yield from row("", f"{w['label']}: {word[w['verdict']]}{refuted}")


_VERDICT = {"yes": "viable", "no": "not viable", "depends": "open"}


def how_far(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """Over which range of each input the verdict holds."""
    yield f"{a['label']} is {_VERDICT[a['verdict']]}. That holds for:"
    for r in a["ranges"]:
        said = span(r) or f"{r['field']}: any"
        yield from row("", f"{said} (now {number(r['now'])})")


def _beneath(rows: list[dict[str, Any]]) -> str:
    """How the rule beneath a figure worked it out; nothing where several models were asked."""
    return next((r["text"] for r in rows[1:] if r["parent"] == rows[0]["id"] and r["kind"] == "rule"), "")


def _unsaid(rows: list[dict[str, Any]]) -> str:
    """What would have to be said, and what no source says, for a figure to be known."""
    open_ = [r for r in rows if r["text"].endswith("not said")]
    fields = list(dict.fromkeys(r["field"] for r in open_ if r["kind"] == "input"))
    claims = list(dict.fromkeys(r["text"].rpartition(":")[0] for r in open_ if r["kind"] == "claim"))
    wanted = ([f"say {listed(fields)}"] if fields else []) + ([f"no source states the {listed(claims)}"] if claims else [])
    return f": {'; '.join(wanted)}" if wanted else ""


def estimate(a: dict[str, Any], all_: bool) -> Iterable[str]:
    """Memory, time and cost."""
    word = {"yes": "fits", "no": "does not fit", "depends": "fits or not, depending on what is open"}
    if not any(e["value"] for e in a["estimates"]) and not a["numbers"]:
        yield f"{a['technique']} trains nothing on a GPU of yours: there is no training memory, time or cost to work out."
        return
    yield f"{a.get('label', a['technique'])} {word[a['fits']]}."
    yield from figures(a["numbers"], all_)
    for e in a["estimates"]:
        if e["value"] is not None:
            name = {"need_gib": "memory", "run_hours": "time", "run_usd": "cost"}.get(e["quantity"], e["quantity"])
            if name != "memory" and known(e["value"]):
                how = e["text"] if name == "cost" else _beneath(e["proof"])
                yield from row(name, f"{number(e['value'])} {e['unit']}" + (f": {how}" if how else ""))
            elif name != "memory":
                yield from row(name, "not known" + _unsaid(e["proof"]))
            if all_:
                yield from proof(e["proof"])
    yield from assumed(a)

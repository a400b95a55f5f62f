"""a source's decision tree, walked for a situation; tree conformance: where the rules agree"""
from __future__ import annotations

import argparse
import difflib
from typing import Any

from ..advisor import Advisor
from ..errors import InputError
from ..situation import squash
from ._shared import save, show_json, table

CONFORMANCE = "conformance"
_ROLES = {"recommends": "", "considers": "think of", "discourages": "not", "alternative": "or", "budgetPick": "on a budget", "advancedPick": "for advanced users",
          "specialPick": "made for it", "fits": "fits:", "fitsTightly": "fits tightly:", "doesNotFit": "does not fit:"}


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    trees = advisor.ask("trees")["trees"]
    if not said:
        return table(["tree", "label", "kind", "questions", "answers", "source", "section"],
                     [[t["tree"], t["label"], t["kind"], t["questions"], t["answers"], t["source_label"], t["locator"]] for t in trees], options)
    if squash(said[0]) == CONFORMANCE:
        return _conformance(advisor, options, trees, said[1:])
    tree, rest = _named(trees, said)
    situation = advisor.situation(raw)
    if options.save_situation:
        save(options.save_situation, situation)
    answer = advisor.ask("tree", situation, tree=tree, answers=[])
    if rest:
        answer = advisor.ask("tree", situation, tree=tree, answers=_answers(answer["nodes"], rest))
    advised = [t["id"] for w in answer["walks"] if w["outcome"] for t in w["outcome"]["things"] if t["role"] == "recommends" and t["kind"] == "technique"]
    answer["rules"] = advisor.ask("agreement", situation, techniques=advised) if advised and situation else None
    if options.json:
        show_json(answer)
    else:
        print("\n".join(_text(answer, options.quiet)))
    ended = answer["next"] is None if answer["steps"] else any(w["outcome"] for w in answer["walks"])
    return 0 if ended else 3


def named(trees: list[dict[str, Any]], said: list[str]) -> tuple[str, list[str]] | None:
    """The tree that the first words name, by id, label or alias, and the words after it."""
    names = _names(trees)
    return next(((found, said[cut:]) for cut in range(len(said), 0, -1) if (found := names.get(squash(" ".join(said[:cut]).strip("?! "))))), None)


def near(trees: list[dict[str, Any]], name: str) -> list[str]:
    """The tree whose name is most like this one, if one is."""
    names = _names(trees)
    return [names[n] for n in difflib.get_close_matches(squash(name), names, n=1, cutoff=0.5)]


def _names(trees: list[dict[str, Any]]) -> dict[str, str]:
    return {squash(name): t["tree"] for t in trees for name in (t["tree"], t["tree"].removeprefix("tree-"), t["label"], *t["aliases"])}


def _named(trees: list[dict[str, Any]], said: list[str]) -> tuple[str, list[str]]:
    if found := named(trees, said):
        return found
    like = near(trees, said[0])
    raise InputError(f"No tree '{' '.join(said)[:60]}'.{f' Did you mean {like[0]}?' if like else ''} List them: tunewise ls trees")


def _answers(nodes: list[dict[str, Any]], rest: list[str]) -> list[str]:
    """Ids of the answers that words name; all that name none are told at once."""
    table: dict[str, list[str]] = {}
    for a in (a for n in nodes for a in n["answers"]):
        for name in {squash(a["answer"]), squash(a["label"])}:
            table.setdefault(name, []).append(a["answer"])
    labels = {squash(a["label"]): a["label"] for n in nodes for a in n["answers"]}
    faults = []
    for word in rest:
        if squash(word) not in table:
            near = difflib.get_close_matches(squash(word), labels, n=1, cutoff=0.4)
            hint = f" Did you mean '{labels[near[0]]}'?" if near else ""
            faults.append(f"No answer '{word[:60]}' in this tree.{hint}")
    if faults:
        raise InputError(*faults)
    return [a for word in rest for a in table[squash(word)]]


def _text(answer: dict[str, Any], quiet: bool) -> list[str]:
    if quiet:
        ends = [_outcome(w["outcome"]) for w in answer["walks"] if w["outcome"]]
        return ["; ".join(ends) or _next_step(answer) or "open: " + " / ".join(w["open"]["label"] for w in answer["walks"] if w["open"])]
    lines = [f"{answer['label']}   {answer['source_label']}, \"{answer['locator']}\""]
    for walk in answer["walks"]:
        for step in walk["path"]:
            how = {"answer": "as you answered", "otherwise": "none of the others holds"}.get(step["by"], "")
            lines.append(f"  {step['label']} {step['answer_label']}{f'   ({how})' if how else ''}")
            lines += [f"      its branches overlap: also {_label_of(answer, a)}" for a in step["also"]]
        lines += [f"    -> {_outcome(walk['outcome'])}"] if walk["outcome"] else _open(walk["open"])
    if answer["tally"]:
        lines.append("  answers that point to each: " + ", ".join(f"{t['label']} {t['count']}" for t in answer["tally"]))
    if rules := answer["rules"]:
        lines.append("  the rules advise the same here" if rules["agrees"] else f"  the rules advise {rules['main_label']} here" if rules["main"] != "none" else "  the rules find nothing viable here")
    for step in answer["steps"]:
        things = _outcome(step["outcome"]) if step["outcome"] else ""
        box = "[x]" if step["state"] == "done" else "[ ]"
        lines.append(f"  {step['order']}. {box} {step['label']}{f' -> {things}' if things else ''}")
    if answer["opens"]:
        due = {"yes": "is due", "no": "is not due yet", "open": "may be due: not everything is known"}[answer["opens"]["due"]]
        lines.append(f"  {answer['opens']['label']} {due}")
    return lines


def _open(question: dict[str, Any]) -> list[str]:
    say = f"; say {' or '.join(question['fields'])}" if question["fields"] else ""
    head = "the source lists these and does not say which" if question["kind"] == "listing" else "open"
    lines = [f"  {question['label']}   ({head}{say})"]
    for a in question["answers"]:
        when = f"   when {', '.join(c['text'] for c in a['conditions'])}" if a["conditions"] else ""
        sign = "*" if a["answer"] in question["preferred"] else "-"
        leads = f" -> {_outcome(a['outcome'])}" if a["outcome"] else ""
        lines.append(f"    {sign} {a['label']}{leads}{when}")
    return lines + (["    * the source would take this first"] if question["preferred"] else [])


def _outcome(outcome: dict[str, Any]) -> str:
    parts: list[str] = []
    for role, word in _ROLES.items():
        things = [t["label"] for t in outcome["things"] if t["role"] == role]
        if things:
            parts.append(f"{word} {' or '.join(things)}".strip())
    parts += [f"{f['label']} {f['text']}" for f in outcome["figures"]]
    return "; ".join(parts) + (f"{'. ' if parts else ''}{outcome['text']}" if outcome["text"] else "")


def _next_step(answer: dict[str, Any]) -> str:
    return next((f"next: {s['label']}" for s in answer["steps"] if s["step"] == answer["next"]), "all steps are done" if answer["steps"] else "")


def _label_of(answer: dict[str, Any], wanted: str) -> str:
    return next(a["label"] for n in answer["nodes"] for a in n["answers"] if a["answer"] == wanted)


def _conformance(advisor: Advisor, options: argparse.Namespace, trees: list[dict[str, Any]], rest: list[str]) -> int:
    """Every leaf of one tree or of all; text tells those where the rules do not agree."""
    chosen = [_named(trees, rest)[0]] if rest else [t["tree"] for t in trees]
    labels = {t["tree"]: t["label"] for t in trees}
    leaves = [leaf for tree in chosen for leaf in advisor.ask("conformance", {}, tree=tree)["leaves"]]
    counts = {v: sum(1 for leaf in leaves if leaf["verdict"] == v) for v in ("agrees", "contradicts", "open", "none")}
    if options.json:
        show_json({"leaves": leaves, "counts": counts})
        return 0
    for tree in [] if options.quiet else chosen:
        shown = [leaf for leaf in leaves if leaf["tree"] == tree and (options.all or leaf["verdict"] == "contradicts")]
        print(*([labels[tree]] if shown else []), sep="\n", end="\n" if shown else "")
        for leaf in shown:
            against = f"not {' or '.join(leaf['discourages_labels'])}" if leaf["discourages"] else ""
            wants = " but ".join(filter(None, (against, " or ".join(leaf["recommends_labels"]))))
            way = " > ".join(f"{question} {answer}" if answer in ("yes", "no") else answer for question, answer in leaf["path_text"])
            print(f"  {leaf['verdict']:<12}{way}: {wants or 'no technique'}")
            if leaf["reason"]:
                print(f"              {leaf['reason']['text']}")
    print(f"{len(leaves)} leaves: the rules agree with {counts['agrees']}, contradict {counts['contradicts']}, leave {counts['open']} open; {counts['none']} recommend no technique")
    return 0

"""One function a verb: what it asks the rules, and the exit status of the answer."""
from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import Any, Callable

from . import __version__, words
from .advisor import Advisor
from .cli import VERBS, exit_of, show_json
from .errors import InputError
from .situation import plural_of

Verb = Callable[[Advisor, argparse.Namespace, list[str], dict[str, Any]], int]


def run(options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    advisor = Advisor(trust=options.trust, as_of=options.as_of, timeout=_seconds(options.timeout))
    return _VERBS[options.verb](advisor, options, said, raw)


def _seconds(timeout: float) -> float:
    if not 0 < timeout <= 600:
        raise InputError(f"--timeout {timeout:g} is out of range: it goes from above 0 to 600 seconds.")
    return timeout


def _ready(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any], count: int) -> tuple[list[str], dict[str, Any]]:
    """Techniques named (as many as the verb wants) and the checked situation; all faults of both at once."""
    faults: list[str] = []
    found: list[str] = []
    situation: dict[str, Any] = {}
    try:
        situation = advisor.situation(raw)
    except InputError as fault:
        faults += fault.messages
    text = said[:]
    if len(text) > count:
        text = _joined(advisor, text, count)
    if len(text) < count:
        faults.insert(0, f"{options.verb} wants {'a technique' if count == 1 else f'{count} techniques'}: tunewise {options.verb} {' '.join(['qlora', 'lora'][:count])}. List them: tunewise ls techniques")
    for name in text[:count]:
        try:
            found.append(advisor.technique(name))
        except InputError as fault:
            faults += _or_model(advisor, name, fault.messages)
    if len(text) > count:
        faults.append(f"'{' '.join(text[count:])}' is too much: {options.verb} wants {count} technique{'s' if count != 1 else ''}. Inputs are --name value or name=value.")
    if faults:
        raise InputError(*faults)
    if options.save_situation:
        _save(options.save_situation, situation)
    return found, situation


def _joined(advisor: Advisor, text: list[str], count: int) -> list[str]:
    """Words that make a name only together: why full fine-tuning."""
    if count == 0:
        return text
    if count == 1:
        return [" ".join(text)] if advisor.names.find("Technique", " ".join(text).strip("?! ")) else text
    for cut in range(1, len(text)):
        parts = [" ".join(text[:cut]), " ".join(text[cut:])]
        if all(advisor.names.find("Technique", p.strip("?! ")) for p in parts):
            return parts
    return text


def _or_model(advisor: Advisor, name: str, messages: list[str]) -> list[str]:
    for cls in ("Model", "Gpu", "Goal"):
        thing = advisor.names.find(cls, name.strip("?! "))
        if thing:
            return [f"'{name}' is a {plural_of(cls)[:-1]}, not a technique. See: tunewise show {thing}"]
    return messages


def _save(path: Path, situation: dict[str, Any]) -> None:
    import os

    text = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in sorted(situation.items()))
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_text(text, encoding="utf8")
        os.replace(partial, path)
    except OSError as fault:
        raise InputError(f"{path}: cannot be written: {fault.strerror}.") from None


def _tell(kind: str, answer: dict[str, Any], options: argparse.Namespace) -> None:
    if options.json:
        show_json(answer)
    else:
        print(words.text(kind, answer, all_=options.all, quiet=options.quiet))


# ---- questions -------------------------------------------------------------------------------------------


def _advise(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    _, situation = _ready(advisor, options, said, raw, 0)
    answer = advisor.ask("advise", situation, assumptions=True)
    _tell("advise", answer, options)
    return exit_of(answer["verdict"])


def _why(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = _ready(advisor, options, said, raw, 1)
    if not situation and options.verb == "why":
        answer = advisor.ask("about", situation, technique=technique)
        _tell("show", answer, options)
        return 0
    answer = advisor.ask("why", situation, technique=technique, ways=2, far=not options.quiet, who=not options.quiet)
    _tell(options.verb, answer, options)
    return exit_of(answer["verdict"])


def _what_if(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = _ready(advisor, options, said, raw, 1)
    answer = advisor.ask("what_if", situation, technique=technique, aim="recommended" if options.recommended else "viable", max=3)
    _tell("what-if", answer, options)
    return 0 if answer["holds"] or answer["plans"] else 1


def _how_far(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = _ready(advisor, options, said, raw, 1)
    _tell("how-far", advisor.ask("how_far", situation, technique=technique), options)
    return 0


def _who_says(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = _ready(advisor, options, said, raw, 1)
    answer = advisor.ask("who_says", situation, technique=technique)
    _tell("who-says", answer, options)
    return exit_of(answer["verdict"])


def _compare(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    said = [w for w in said if w.lower() not in ("and", "or", "vs", "with", "to")]
    (one, other), situation = _ready(advisor, options, said, raw, 2)
    _tell("compare", advisor.ask("compare", situation, technique=one, other=other), options)
    return 0


def _ask(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    _, situation = _ready(advisor, options, said, raw, 0)
    _tell("ask", advisor.ask("ask", situation), options)
    return 0


def _estimate(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = _ready(advisor, options, said, raw, 1)
    answer = advisor.ask("estimate", situation, technique=technique)
    _tell("estimate", answer, options)
    return exit_of(answer["fits"])


def _settings(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    (technique,), situation = _ready(advisor, options, said, raw, 1)
    _tell("settings", advisor.ask("settings", {**situation, "method": technique}, technique=technique), options)
    return 0


def _checklist(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    phase = [w for w in said if w in ("before", "planning", "evaluation", "after")]
    _, situation = _ready(advisor, options, [w for w in said if w not in phase], raw, 0)
    answer = advisor.ask("checklist", situation)
    if phase:
        answer["items"] = [i for i in answer["items"] if i["phase"] in phase]
    _tell("checklist", answer, options)
    states = {i["state"] for i in answer["items"]}
    return 1 if "missing" in states else 3 if "open" in states else 0


def _diagnose(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    faults: list[str] = []
    for word in said:
        if Path(word).is_dir() or word.endswith(".json"):
            from . import runs

            raw = {**runs.symptoms(Path(word)), **raw}
        else:
            raw["symptom"] = f"{raw['symptom']},{word}" if raw.get("symptom") else word
    if faults:
        raise InputError(*faults)
    answer = advisor.ask("diagnose", advisor.situation(raw))
    _tell("diagnose", answer, options)
    return 0 if answer["failures"] else 1


# ---- reading the knowledge ---------------------------------------------------------------------------------


def _ls(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    names = advisor.index["names"]
    kinds = {plural_of(cls): cls for cls in names}
    if not said:
        rows = [[kind, len(names[cls])] for kind, cls in sorted(kinds.items())] + [["inputs", len(advisor.index["inputs"])], ["rules", ""]]
        return _table(["kind", "count"], rows, options)
    kind = said[0].lower()
    kind = {"gpu": "gpus", "technique": "techniques"}.get(kind, kind)
    if kind in ("inputs", "input"):
        rows = [[k, v["type"], "" if v["min"] is None else f"{words.number(v['min'])} to {words.number(v['max'])}", v["default"] if v["default"] is not None else "", ", ".join(v["aliases"]), v["label"]]
                for k, v in sorted(advisor.index["inputs"].items())]
        return _table(["input", "type", "domain", "default", "also", "meaning"], rows, options)
    if kind in ("rules", "rule"):
        return _table(["rule", "concludes", "says"], [[r["id"], r["head"], r["says"]] for r in advisor.ask("rules")["rules"]], options)
    if kind not in kinds:
        import difflib

        near = difflib.get_close_matches(kind, [*kinds, "inputs", "rules"], n=1, cutoff=0.5)
        raise InputError(f"No kind '{kind}'.{f' Did you mean {near[0]}?' if near else ''} Kinds: {', '.join([*sorted(kinds), 'inputs', 'rules'])}")
    things = names[kinds[kind]]
    return _table([kind, "label", "also"], [[t, n[0], ", ".join(n[1:4])] for t, n in sorted(things.items())], options)


def _table(head: list[str], rows: list[list[Any]], options: argparse.Namespace) -> int:
    if options.json or options.format == "json":
        show_json([dict(zip(head, row)) for row in rows])
    elif options.format == "csv":
        csv.writer(sys.stdout).writerows([head, *rows])
    elif not sys.stdout.isatty() and not options.all:
        for row in [head, *rows]:
            print("\t".join(str("" if c is None else c) for c in row))
    else:
        cells = [[str("" if c is None else c)[:60] for c in row] for row in [head, *rows]]
        wide = [max((len(row[i]) for row in cells), default=0) for i in range(len(head))]
        for row in cells:
            print("  ".join(f"{c:<{w}}" for c, w in zip(row, wide)).rstrip())
    return 0


def _show(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    name = " ".join(said).strip("?! ")
    if not name:
        raise InputError("show wants a thing: tunewise show qlora. Kinds of things: tunewise ls")
    found = next((t for cls in ("Technique", "Model", "Gpu", *advisor.index["names"]) if (t := advisor.names.find(cls, name))), None)
    if found is None:
        near = [n for cls in ("Technique", "Model", "Gpu", "Source") for n in advisor.names.near(cls, name, 1)]
        answer = advisor.ask("about", {}, technique=name)
        if not (answer["definition"] or answer["classes"]):
            raise InputError(f"Nothing is called '{name[:60]}'.{f' Did you mean {near[0]}?' if near else ''} Kinds of things: tunewise ls")
        found = name
    _tell("show", advisor.ask("about", {}, technique=found), options)
    return 0


def _query(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from . import graph

    query = " ".join(said) if said else sys.stdin.read()
    if query.endswith(".rq") and Path(query).is_file():
        query = Path(query).read_text(encoding="utf8")
    if not query.strip():
        raise InputError("query wants SPARQL: tunewise query 'SELECT ?t WHERE { ?t a tw:Approach } LIMIT 5'")
    names, rows = graph.select(graph.load(advisor.knowledge.turtle()), query, timeout=options.timeout)
    found = list(rows)
    if options.json or options.format == "json":
        show_json({"head": {"vars": names}, "results": {"bindings": [{n: _binding(t) for n, t in zip(names, row) if t is not None} for row in found]}})
        return 0
    return _table(names, [[graph.plain(t) for t in row] for row in found], options)


def _binding(term: Any) -> dict[str, str]:
    kind = type(term).__name__
    if kind == "NamedNode":
        return {"type": "uri", "value": term.value}
    if kind == "Literal":
        out = {"type": "literal", "value": term.value}
        if term.language:
            out["xml:lang"] = term.language
        elif term.datatype.value != "http://www.w3.org/2001/XMLSchema#string":
            out["datatype"] = term.datatype.value
        return out
    return {"type": "bnode" if kind == "BlankNode" else "literal", "value": str(getattr(term, "value", term))}


def _check(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from . import check

    findings = check.findings(advisor.knowledge)
    if options.json:
        show_json(findings)
    else:
        print(check.text(findings, all_=options.all))
    return 1 if any(f["severity"] == "error" for f in findings) else 0


def _schema(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from .schema import answer_schema

    show_json(answer_schema())
    return 0


def _version(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from importlib import metadata

    counts = advisor.index["counts"]
    versions = {"tunewise": __version__, **{p: metadata.version(p) for p in ("pyswip", "pyoxigraph", "pydantic")},
                **{cls: counts.get(cls, 0) for cls in ("Technique", "Model", "Gpu", "Source", "Claim", "Advice", "Statement")}}
    if options.json:
        show_json(versions)
    else:
        print("\n".join(f"{k} {v}" for k, v in versions.items()))
    return 0


def _completion(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from . import completion

    print(completion.script(said[0] if said else "", list(VERBS)))
    return 0


_VERBS: dict[str, Verb] = {
    "advise": _advise, "why": _why, "why-not": _why, "what-if": _what_if, "how-far": _how_far, "who-says": _who_says, "compare": _compare, "ask": _ask,
    "estimate": _estimate, "settings": _settings, "checklist": _checklist, "diagnose": _diagnose, "ls": _ls, "show": _show, "query": _query,
    "check": _check, "schema": _schema, "version": _version, "completion": _completion,
}

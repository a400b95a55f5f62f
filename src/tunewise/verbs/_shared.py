"""What several verbs share: reading techniques and the situation from the command line, telling the answer."""
from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import Any

from .. import words
from ..advisor import Advisor
from ..errors import InputError
from ..situation import plural_of


def ready(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any], count: int) -> tuple[list[str], dict[str, Any]]:
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
        text = joined(advisor, text, count)
    if len(text) < count:
        faults.insert(0, f"{options.verb} wants {'a technique' if count == 1 else f'{count} techniques'}: tunewise {options.verb} {' '.join(['TECHNIQUE', 'OTHER'][:count])}. List them: tunewise ls techniques")
    for name in text[:count]:
        try:
            found.append(advisor.technique(name))
        except InputError as fault:
            faults += or_model(advisor, name, fault.messages)
    if len(text) > count:
        wants = f"wants {count} technique{'s' if count != 1 else ''}" if count else "takes no technique: describe the case by inputs"
        faults.append(f"'{' '.join(text[count:])[:60]}' is too much: {options.verb} {wants}, as --name value or name=value (tunewise ls inputs).")
    if faults:
        raise InputError(*faults)
    if options.save_situation:
        save(options.save_situation, situation)
    return found, situation


def joined(advisor: Advisor, text: list[str], count: int) -> list[str]:
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


def or_model(advisor: Advisor, name: str, messages: list[str]) -> list[str]:
    for cls in ("Model", "Gpu", "Goal"):
        thing = advisor.names.find(cls, name.strip("?! "))
        if thing:
            return [f"'{name}' is a {plural_of(cls)[:-1]}, not a technique. See: tunewise show {thing}"]
    return messages


def save(path: Path, situation: dict[str, Any]) -> None:
    import os

    text = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in sorted(situation.items()))
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_text(text, encoding="utf8")
        os.replace(partial, path)
    except OSError as fault:
        raise InputError(f"{path}: cannot be written: {fault.strerror}.") from None


def tell(kind: str, answer: dict[str, Any], options: argparse.Namespace) -> None:
    if options.json:
        show_json(answer)
    else:
        print(words.text(kind, answer, all_=options.all, quiet=options.quiet))


def table(head: list[str], rows: list[list[Any]], options: argparse.Namespace) -> int:
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


_EXIT = {"yes": 0, "no": 1, "depends": 3}


def exit_of(verdict: str) -> int:
    """Exit status of a verdict: 0 it holds, 1 it does not, 3 it depends."""
    return _EXIT.get(verdict, 0)


def show_json(answer: Any) -> None:
    """An answer on stdout as JSON, keys in order."""
    print(json.dumps(answer, ensure_ascii=False, indent=2, sort_keys=True))

"""which data format for a framework, task or technique: --framework axolotl --task conversation"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ._shared import show_json


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    more = {"technique": advisor.technique(" ".join(said))} if said else {}
    answer = advisor.ask("formats", advisor.situation(raw), **more)
    if options.json:
        show_json(answer)
        return 0
    from ..data_shape import shapes_of

    shapes = shapes_of(advisor.ask("shapes"))
    for entry in answer["formats"]:
        entry["fields"] = list(shapes[entry["format"]].required) if entry["format"] in shapes else entry["fields"]
    print(_text(answer, options))
    return 0


def _text(answer: dict[str, Any], options: argparse.Namespace) -> str:
    chosen = [f for f in answer["formats"] if f["recommended"]]
    if not chosen:
        return "Nothing speaks for one format here. Say more: --framework, --task, --goal, or a technique."
    if options.quiet:
        return ", ".join(f["format"] for f in chosen)
    lines = []
    for place, entry in enumerate(chosen):
        lines.append(f"{'Use' if place == 0 else 'Or'} {entry['label']} ({entry['format']}): {', '.join(entry['fields']) or 'text'}{'; ' + ' or '.join(entry['container']) if entry['container'] else ''}.")
        lines += _reasons(entry)
    for entry in answer["formats"]:
        if entry["avoid"]:
            lines.append(f"Not {entry['label']}: {entry['text']}    {entry['source_label']}, \"{entry['locator']}\"")
    others = [f["format"] for f in answer["formats"] if not f["recommended"] and not f["avoid"]]
    if others:
        lines.append(f"Read too: {', '.join(others)}.")
    lines.append("Check a file: tunewise data FILE. Turn it into another format: tunewise data FILE --convert FORMAT --out NEW.")
    return "\n".join(lines)


def _reasons(entry: dict[str, Any]) -> list[str]:
    out = []
    if entry["text"]:
        out.append(f"  {entry['text']}    {entry['source_label']}, \"{entry['locator']}\"")
    if entry["read_by_technique"]:
        out.append(f"  {entry['read_by_technique']} trains on it.")
    if entry["read_by_framework"]:
        out.append(f"  {entry['read_by_framework']} reads it.")
    return out

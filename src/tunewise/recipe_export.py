"""A recipe's decision for another training tool: its own keys and values, from what the ontology says of the tool.

Knows no tool and no technique: which saying holds for a setting is found by its conditions, the most particular first.
What a tool cannot be told is refused where it makes the technique what it is, and named where it does not.
"""
from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import InputError, KnowledgeError
from .recipe_export_items import SILENT, Item, items, silent


@dataclass
class Telling:
    """What one tool is told: values by file and path of keys, with reasons; what differs, what is left out and why, what stands against it."""

    files: dict[str, list[tuple[list[str], Any, str]]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    differs: list[str] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    form: Mapping[str, Any] = field(default_factory=dict)


def target_of(targets: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The tool a person named, whatever case, spaces and hyphens."""
    known = {_plain(word): t for t in targets for word in (t["id"], t["label"], *t["aliases"])}
    if _plain(name) in known:
        return known[_plain(name)]
    near = difflib.get_close_matches(_plain(name), known, n=1)
    hint = f" Did you mean {known[near[0]]['id']}?" if near else ""
    raise InputError(f"No training tool '{name}' to write for.{hint} Tools: {', '.join(sorted(t['id'] for t in targets))}.")


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def told(target: Mapping[str, Any], settings: list[Item], fields: Mapping[str, Any], arguments: str) -> Telling:
    """What a tool is told of the settings. ``fields``: the keys it takes, as recorded beside the profile; ``arguments``: class whose keywords it may pass on."""
    telling = Telling()
    decided = {item.key: item.value for item in settings}
    facts = {row["property"]: row["value"] for row in target["facts"]}
    main = facts["mainFile"]
    places: list[tuple[dict[str, Any], Item]] = []
    for item in settings:
        sayings = _fitting(target["says"], item, decided)
        if not sayings and "passes" in facts and item.key in fields["fields"].get(arguments, []):
            prefix = facts["passes"]
            sayings = [{"as": f"{prefix}.{item.key}" if prefix else item.key, "as_value": "", "listed": "", "joined": "", "unsaid": "", "differs": ""}]
        if not sayings:
            _stands_against(telling, item, f"{target['label']} {facts['toolVersion']} has no key for it")
        for saying in sayings:
            if saying["unsaid"]:
                _stands_against(telling, item, saying["unsaid"])
            if saying["differs"] and item.must is not SILENT:
                telling.differs.append(f"{item.key} {_shown(item.value)}: {saying['differs']}")
            if saying["as"]:
                places.append((saying, item))
    for saying, item in places if not telling.refused else ():
        _put(telling, main, saying, item, fields, arguments, facts)
    return telling


def _fitting(sayings: list[dict[str, Any]], item: Item, decided: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sayings whose conditions hold, only the most particular of them."""
    ranked: list[tuple[int, dict[str, Any]]] = []
    for saying in sayings:
        if saying["key"] != item.key or not _same(saying["value"], item.value):
            continue
        if saying["below"] != "" and not (isinstance(item.value, (int, float)) and item.value < saying["below"]):
            continue
        besides = [c.partition("=") for c in saying["alongside"].split(" & ") if c]
        if all(str(decided.get(key, "")) == value for key, _, value in besides):
            ranked.append((10 * (saying["value"] != "" or saying["below"] != "") + len(besides), saying))
    top = max((rank for rank, _ in ranked), default=0)
    return sorted((s for rank, s in ranked if rank == top), key=lambda s: str(s["as"]))


def _same(wanted: Any, value: Any) -> bool:
    if wanted == "":
        return True
    if isinstance(wanted, str) and wanted.startswith("["):
        wanted = json.loads(wanted)
    return bool(wanted == value and isinstance(wanted, bool) == isinstance(value, bool))


def _stands_against(telling: Telling, item: Item, why: str) -> None:
    """Refused where it makes the technique what it is, else named; what nobody decided needs no word."""
    if item.must is not SILENT:
        (telling.refused if item.must else telling.unsaid).append(f"{item.key} {_shown(item.value)}: {why}")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 80 else text[:77] + "..."


def _put(telling: Telling, main: str, saying: Mapping[str, Any], item: Item, fields: Mapping[str, Any], arguments: str, facts: Mapping[str, Any]) -> None:
    """Places one value; a key that the tool does not take, or a value it does not know, is a mistake in the ontology."""
    value = item.value
    if saying["as_value"] != "":
        value = saying["as_value"]
        value = json.loads(value) if isinstance(value, str) and value.startswith(("[", '"')) else value
    if saying["listed"] is True and not isinstance(value, list):
        value = [value]
    if saying["joined"] and isinstance(value, list):
        value = saying["joined"].join(map(str, value))
    if saying["as"].startswith("$"):
        telling.names[saying["as"][1:]] = str(value)
        return
    file, _, path = saying["as"].rpartition(":")
    parent, _, last = path.rpartition(".")
    where = f"{file}:{parent}" if file else parent
    allowed = [*fields["fields"].get(where, []), *(fields["fields"].get(arguments, []) if "passes" in facts and where == facts["passes"] else [])]
    if last not in allowed:
        raise KnowledgeError(f"profiles/: {saying['as']} is no key of {facts['mainFile']} ({fields['source']})." + "".join(f" Did you mean {n}?" for n in difflib.get_close_matches(last, allowed, n=1)))
    if item.must is SILENT and fields["defaults"].get(where, {}).get(last, False) == value:
        return
    choices = fields["choices"].get(f"{where}.{last}" if where else last)
    if choices and value not in choices:
        _stands_against(telling, item, f"{last} takes {', '.join(map(str, choices))}")
        return
    rows, keys = telling.files.setdefault(file or main, []), path.split(".")
    twice = [row for row in rows if row[0] == keys]
    if any(row[1] != value for row in twice):
        raise KnowledgeError(f"profiles/: {saying['as']} of {facts['mainFile']} is told twice: {_shown(twice[0][1])} and {_shown(value)}.")
    if not twice:
        rows.append((keys, value, item.reason))


def exported(advisor: Any, name: str, recipe: Any, technique: str) -> tuple[dict[str, str], Telling, dict[str, Any]]:
    """The files of a recipe's decision for the tool a person named, what is told to it, and the tool. Without files: ``refused`` says why.

    An unknown tool is an InputError; a key that the tool does not take, a KnowledgeError.
    """
    from . import recipe_export_write as writing

    targets = advisor.ask("exports")["targets"]
    target = target_of(targets, name)
    facts = {row["property"]: row["value"] for row in target["facts"]}
    telling = _best(target, advisor, facts, recipe.decided)
    if telling.refused:
        able = [t["id"] for t in targets if t["id"] != target["id"] and not _best(t, advisor, {r["property"]: r["value"] for r in t["facts"]}, recipe.decided).refused]
        telling.names["able"] = ", ".join(sorted(able))
        return {}, telling, target
    files = writing.files(target, facts, telling, recipe, technique)
    return files, telling, target


def _best(target: Mapping[str, Any], advisor: Any, facts: Mapping[str, Any], decided: Mapping[str, Any]) -> Telling:
    """What the tool is told; where no data was named, for the format that it reads best of those that the loop reads."""
    fields, defaults, arguments = _recorded(advisor, facts), _recorded(advisor, {"signatureFile": "fields-recipe.json"})["defaults"], decided["loop"]["arguments"]
    shapes = [row["shape"] for row in decided["loop"]["reads"]]
    given = next(value for name, value, _ in decided["constants"] if name == "DATA")
    forms = [decided["form"], *([] if given else sorted((f for f in decided["make"]["formats"] if f["becomes"] in shapes and f["id"] != decided["form"]["id"]), key=lambda f: str(f["id"])))]
    found = []
    for form in forms:
        settings = items({**decided, "form": form})
        telling = told(target, [*settings, *silent(target, settings, defaults, [decided["make"]["built"], arguments])], fields, arguments)
        telling.form = form
        found.append(telling)
    return min(found, key=lambda t: (len(t.refused), len(t.differs), t.form["id"] != facts.get("dataFormat")))


def _recorded(advisor: Any, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Keys, choices and defaults of a version, from the file beside its profile or in a person's own folder."""
    places = [place / facts["signatureFile"] for folder in advisor.knowledge.ontology for place in (folder / "profiles", folder)]
    file = next((place for place in places if place.exists()), places[0])
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf8"))
    except (OSError, ValueError) as fault:
        raise KnowledgeError(f"{file}: cannot be read: {fault}") from None
    return found


def why_not(target: Mapping[str, Any], telling: Telling, label: str) -> str:
    """What stands against writing a decision for a tool, and what to do instead."""
    version = next(r["value"] for r in target["facts"] if r["property"] == "toolVersion")
    lines = [f"No {target['label']} {version} for {label}:", *[f"  {text}" for text in telling.refused]]
    lines.append(f"  instead    {'--for ' + telling.names['able'].replace(', ', ', --for ') + ', or ' if telling.names['able'] else ''}the recipe's own script, without --for")
    return "\n".join(lines)

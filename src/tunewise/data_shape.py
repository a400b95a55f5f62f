"""The shape of a data format: what its facts in the ontology say of its fields, ready for reading rows.

Knows no format by name: a format of one's own, in one Turtle file, becomes a Shape like any other.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

# What a turn does in a conversation, by the property that declares the role.
_KINDS = {"systemRole": "system", "userRole": "user", "answerRole": "answer", "toolRole": "tool", "callRole": "call"}


@dataclass(frozen=True)
class Shape:
    """One data format. Field names are those of its records; ``kinds`` maps a role to what it does."""

    id: str
    label: str
    aliases: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    may_be_empty: frozenset[str] = frozenset()
    turns: tuple[str, ...] = ()
    item_fields: tuple[str, ...] = ()
    role_key: str = "role"
    content_key: str = "content"
    call_key: str | None = None
    kinds: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    ask: tuple[str, ...] = ()
    joiner: str = "\n\n"
    answer: str | None = None
    better: str | None = None
    worse: str | None = None
    judgement: str | None = None
    yes_no: frozenset[str] = frozenset()
    system: str | None = None
    tools: str | None = None
    images: str | None = None
    text: str | None = None
    differ: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    container: str = ""

    @cached_property
    def fields(self) -> frozenset[str]:
        """Every field that the format speaks of."""
        return frozenset(self.required) | self.optional

    @cached_property
    def lists(self) -> frozenset[str]:
        """Fields whose value is a list and not text."""
        return frozenset(f for f in (*self.turns, self.tools, self.images) if f)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Required fields that are text."""
        return tuple(f for f in self.required if f not in self.lists and f not in self.yes_no and f != self.judgement)

    @cached_property
    def conversation(self) -> str | None:
        """The field that holds prompt and answer together, in turns."""
        parts = {*self.ask, self.answer, self.better, self.worse}
        return next((f for f in self.turns if f not in parts), None)

    @cached_property
    def prompts(self) -> tuple[str, ...]:
        """Fields that say what is asked, for telling rows that ask the same."""
        whole = self.conversation
        return self.ask or ((whole,) if whole else ())


def shape_of(entry: dict[str, Any]) -> Shape:
    """A Shape from one entry of the question `shapes`: {id, label, aliases, facts [{property, value}]}."""
    facts: dict[str, list[str]] = {}
    for fact in entry["facts"]:
        facts.setdefault(fact["property"], []).append(str(fact["value"]))
    for values in facts.values():
        values.sort()

    def one(name: str) -> str | None:
        return facts[name][0] if facts.get(name) else None

    named = set(facts.get("role", ()))
    kinds: dict[str, str] = {}
    roles: dict[str, str] = {}
    for prop, kind in _KINDS.items():
        said = sorted(facts.get(prop, ()), key=lambda r: (r not in named, len(r) if prop == "systemRole" else 0, r))
        kinds.update(dict.fromkeys(said, kind))
        if said:
            roles[kind] = said[0]
    template = one("asks")
    ask = tuple(re.findall(r"\{(\w+)\}", template)) if template else tuple(f for f in (one("promptField"),) if f)
    between = re.search(r"\}([^{}]+)\{", template) if template else None
    required = facts.get("requiredField", [])
    order = [*ask, *(one(p) or "" for p in ("answers", "betterField", "worseField", "labelField"))]
    required = sorted(required, key=lambda f: (order.index(f) if f in order else -1, f))
    return Shape(id=entry["id"], label=entry["label"], aliases=tuple(entry["aliases"]), required=tuple(required), optional=frozenset(facts.get("optionalField", ())),
                 may_be_empty=frozenset(facts.get("mayBeEmpty", ())), turns=tuple(facts.get("turnsField", ())), item_fields=tuple(facts.get("itemField", ())),
                 role_key=one("roleKey") or "role", content_key=one("contentKey") or "content", call_key=one("callField"), kinds=kinds, roles=roles, ask=ask,
                 joiner=between[1] if between else "\n\n", answer=one("answers"), better=one("betterField"), worse=one("worseField"), judgement=one("labelField"),
                 yes_no=frozenset(facts.get("yesNoField", ())), system=one("systemField"), tools=one("toolsField"), images=one("imagesField"), text=one("textField"),
                 differ=tuple(facts.get("differ", ())), markers=tuple(facts.get("marker", ())), container=one("container") or "")


def shapes_of(answer: dict[str, Any]) -> dict[str, Shape]:
    """All formats that say what a record has, by id, from the answer to `shapes`."""
    found = (shape_of(entry) for entry in answer["formats"])
    return {s.id: s for s in found if s.required}

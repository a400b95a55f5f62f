"""Rows of one format into another: through what the fields mean, never by the formats' names.

A row becomes a Talk (turns, answers, judgement, ...), a Talk becomes a row. What the other format has no
place for is a loss and is named; what it needs and the row has not, cannot be made.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .data_shape import Shape


@dataclass
class Turn:
    """One turn: what it does in the conversation, what is said, and the other keys it bears."""

    kind: str
    content: Any
    rest: dict[str, Any] = field(default_factory=dict)


@dataclass
class Talk:
    """What a record means, whatever its format. ``None`` stands for "the format has no such part"."""

    origin: Shape
    prompt: list[Turn] | None = None
    answer: list[Turn] | None = None
    better: list[Turn] | None = None
    worse: list[Turn] | None = None
    judgement: Any = None
    tools: Any = None
    images: Any = None
    text: str | None = None
    parts: dict[str, str] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)


class CannotBeMade(Exception):
    """The other format needs something that the row does not have."""


def talk_of(shape: Shape, row: dict[str, Any]) -> Talk:
    """What a sound row means."""
    talk = Talk(shape, extras={k: v for k, v in row.items() if k not in shape.fields})
    for field_ in shape.fields:
        if field_ in row and field_ not in _parts(shape):
            talk.extras[field_] = row[field_]
    whole = shape.conversation
    if whole:
        turns = _turns(shape, row[whole])
        cut = next((i for i in range(len(turns), 0, -1) if turns[i - 1].kind not in ("answer", "call")), 0)
        if len(turns) - cut > 1 or any(t.kind in ("tool", "call") for t in turns):
            cut = len(turns) - 1 if turns[-1:] and turns[-1].kind == "answer" else len(turns)
        talk.prompt, talk.answer = turns[:cut], turns[cut:]
    else:
        talk.prompt = _asked(shape, row, talk)
        talk.answer = _spoken(shape, shape.answer, row)
        talk.better, talk.worse = _spoken(shape, shape.better, row), _spoken(shape, shape.worse, row)
    if shape.system and row.get(shape.system):
        talk.prompt = [Turn("system", row[shape.system]), *(talk.prompt or [])]
    talk.judgement = row.get(shape.judgement) if shape.judgement else None
    talk.tools = row.get(shape.tools or "tools") or None
    talk.images = row.get(shape.images) if shape.images else None
    talk.text = row.get(shape.text) if shape.text else None
    return talk


def _parts(shape: Shape) -> set[str | None]:
    return {*shape.ask, shape.answer, shape.better, shape.worse, shape.judgement, shape.system, shape.tools, shape.images, shape.text, shape.conversation, "tools"}


def _turns(shape: Shape, value: Any) -> list[Turn]:
    return [Turn(shape.kinds.get(t[shape.role_key], "user"), t.get(shape.content_key), {k: v for k, v in t.items() if k not in (shape.role_key, shape.content_key)}) for t in value]


def _asked(shape: Shape, row: dict[str, Any], talk: Talk) -> list[Turn] | None:
    if not shape.ask:
        return None
    first = shape.ask[0]
    if first in shape.turns and isinstance(row.get(first), list):
        return _turns(shape, row[first])
    talk.parts = {f: row[f] for f in shape.ask if isinstance(row.get(f), str)}
    said = [text for text in talk.parts.values() if text]
    return [Turn("user", shape.joiner.join(said))] if said else None


def _spoken(shape: Shape, name: str | None, row: dict[str, Any]) -> list[Turn] | None:
    if not name or name not in row:
        return None
    return _turns(shape, row[name]) if isinstance(row[name], list) else [Turn("answer", row[name])]


def rows_of(talk: Talk, target: Shape) -> tuple[list[dict[str, Any]], set[str], set[str]]:
    """Rows of the target format, what is lost, and what changes without loss. Raises CannotBeMade."""
    if talk.judgement is None and target.judgement in target.yes_no and talk.better and talk.worse:
        made: list[dict[str, Any]] = []
        lost: set[str] = set()
        told = {"each pair becomes two rows, one wanted and one not"}
        for answer, wanted in ((talk.better, True), (talk.worse, False)):
            one = Talk(talk.origin, talk.prompt, answer, judgement=wanted, tools=talk.tools, images=talk.images, parts=talk.parts, extras=talk.extras)
            rows, less, more = rows_of(one, target)
            made, lost, told = made + rows, lost | less, told | more
        return made, lost, told
    work = _Making(talk, target)
    return [work.row()], work.lost, work.told


class _Making:
    def __init__(self, talk: Talk, target: Shape) -> None:
        self.talk, self.target = talk, target
        self.lost: set[str] = set()
        self.told: set[str] = set()
        self.same = (talk.origin.role_key, talk.origin.content_key, talk.origin.call_key) == (target.role_key, target.content_key, target.call_key)

    def row(self) -> dict[str, Any]:
        talk, target = self.talk, self.target
        out: dict[str, Any] = {}
        if target.text and not target.ask and not target.conversation:
            out[target.text] = self.running_text()
        elif talk.prompt is None and talk.better is None:
            raise CannotBeMade("running text has no questions and answers")
        else:
            self.exchange(out)
        if target.judgement:
            if talk.judgement is None:
                raise CannotBeMade(f"the rows have no {target.judgement}")
            if target.judgement in target.yes_no and not isinstance(talk.judgement, bool):
                raise CannotBeMade(f"{target.judgement} must be true or false")
            out[target.judgement] = talk.judgement
        elif talk.judgement is not None:
            self.lost.add(f"the judgement ({talk.origin.judgement})")
        for value, name, words in ((talk.tools, target.tools or ("tools" if "tools" in target.optional else None), "the functions on offer"), (talk.images, target.images, "the images")):
            if value is not None:
                if name:
                    out[name] = value
                else:
                    self.lost.add(words)
            elif name in target.required:
                raise CannotBeMade(f"the rows have no {name}")
        for key, value in talk.extras.items():
            if key in out or key in target.fields:
                self.lost.add(f"the column {key}, whose name the format uses for something else")
            else:
                out[key] = value
        lacking = [f for f in target.required if f not in out]
        if lacking:
            raise CannotBeMade(f"the rows have nothing for {', '.join(lacking)}")
        return out

    def running_text(self) -> str:
        talk = self.talk
        if talk.text is not None:
            return talk.text
        turns = [*(talk.prompt or []), *(talk.answer or talk.better or [])]
        if not turns:
            raise CannotBeMade("the rows have no text")
        self.lost.add("who says what")
        if talk.worse:
            self.lost.add("the answers turned down")
        return "\n\n".join(self.words(t) for t in turns)

    def exchange(self, out: dict[str, Any]) -> None:
        talk, target = self.talk, self.target
        answer = talk.answer
        if not target.worse and talk.worse:
            self.lost.add("the answers turned down")
            answer = answer or talk.better
        prompt = talk.prompt or []
        if target.conversation:
            if answer is None and not talk.prompt:
                raise CannotBeMade("the rows have no turns")
            out[target.conversation] = self.turns(prompt + (answer or []), out)
            return
        if target.ask:
            self.prompt(prompt, out)
        elif prompt:
            self.lost.add("the prompts")
        if target.answer:
            if not answer:
                raise CannotBeMade("the rows have no answer")
            out[target.answer] = self.turns(answer, out) if target.answer in target.turns else self.one_text(answer)
        elif answer and not target.better:
            self.lost.add("the answers")
        for name, value in ((target.better, talk.better), (target.worse, talk.worse)):
            if name:
                if not value:
                    raise CannotBeMade(f"the rows have no {name} answer: nobody judged two answers to one prompt")
                out[name] = self.turns(value, out) if name in target.turns else self.one_text(value)

    def prompt(self, prompt: list[Turn], out: dict[str, Any]) -> None:
        talk, target = self.talk, self.target
        if target.ask[0] in target.turns:
            out[target.ask[0]] = self.turns(prompt, out)
            return
        prompt = self.system(prompt, out)
        if not prompt and target.ask[0] not in target.required:
            return
        if len(prompt) > 1:
            self.lost.add("all turns before the last question")
            prompt = [t for t in prompt if t.kind == "user"][-1:]
        if not prompt:
            raise CannotBeMade("a conversation asks nothing")
        if set(talk.parts) == set(target.ask):
            out.update(talk.parts)
            return
        if talk.origin.id == target.id:
            out.update({f: talk.parts.get(f, "") for f in target.ask})
            self.told.add(f"{', '.join(f for f in target.ask if f not in talk.parts)} is added as an empty text")
            return
        needed = [f for f in target.ask if f not in target.may_be_empty]
        if len(needed) > 1:
            raise CannotBeMade(f"the rows do not tell {' and '.join(needed)} apart")
        if len([p for p in talk.parts.values() if p]) > 1:
            self.told.add(f"{' and '.join(talk.parts)} are joined by an empty line")
        out.update(dict.fromkeys(target.ask, ""))
        out[needed[0]] = self.words(prompt[0])

    def system(self, turns: list[Turn], out: dict[str, Any]) -> list[Turn]:
        systems = [t for t in turns if t.kind == "system"]
        if systems and self.target.system:
            out[self.target.system] = "\n\n".join(self.words(t) for t in systems)
        elif systems:
            self.lost.add("the system prompts")
        return [t for t in turns if t.kind != "system"]

    def one_text(self, turns: list[Turn]) -> str:
        spoken = [t for t in turns if t.kind == "answer"]
        if len(spoken) != len(turns):
            self.lost.add("turns of an answer that are not the model's")
        return "\n\n".join(self.words(t) for t in spoken)

    def words(self, turn: Turn) -> str:
        for key in turn.rest:
            if turn.rest[key] is not None:
                self.lost.add(f"what turns say in {key}")
        content = turn.content
        if isinstance(content, list):
            if any(isinstance(p, dict) and p.get("type") != "text" for p in content):
                self.lost.add("images and other parts of turns")
            return "".join(str(p.get("text", "")) for p in content if isinstance(p, dict))
        return content or ""

    def turns(self, turns: list[Turn], out: dict[str, Any]) -> list[dict[str, Any]]:
        target, made = self.target, []
        for turn in turns:
            role = target.roles.get(turn.kind)
            if role is None:
                raise CannotBeMade(f"the format has no role for turns that are a {'function call' if turn.kind == 'call' else turn.kind}")
            if self.same:
                made.append({target.role_key: role, target.content_key: turn.content, **turn.rest})
            else:
                made.append({target.role_key: role, target.content_key: self.words(turn)})
        return made

"""A Talk into rows of another format: what the format has no place for is a loss and is named; what it needs and
the row has not, cannot be made. Never by the formats' names.
"""
from __future__ import annotations

from typing import Any

from .data_shape import Shape
from .data_talk import Talk, Turn


class CannotBeMade(Exception):
    """The other format needs something that the row does not have."""


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
            had = {f: talk.parts[name] for name, f in zip(talk.origin.ask, target.ask) if name in talk.parts}
            out.update({f: had.get(f, "") for f in target.ask})
            if len(had) < len(target.ask):
                self.told.add(f"{', '.join(f for f in target.ask if f not in had)} is added as an empty text")
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

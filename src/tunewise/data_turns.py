"""What is wrong with the turns of a conversation: who speaks when, what is said, which functions are called."""
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .data_shape import Shape
from .data_words import listed, shown, type_of


def text_faults(field: str, value: str, say: Callable[..., None]) -> None:
    if not value.isascii():
        if not _encodes(value):
            say("encoding", f"{field} holds half a character (a lone surrogate)", "Write the text again from its source; no tokenizer can read it.")
        elif "\ufffd" in value:
            say("encoding", f"{field} holds the sign for lost characters (U+FFFD)", "Read the source again in its own encoding.", True)
    if "\0" in value:
        say("encoding", f"{field} holds a NUL character", "Take it out.", True)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def turns(shape: Shape, field: str, value: Any, say: Callable[..., None]) -> None:
    if not isinstance(value, list):
        say("wrong type", f"{field} is {type_of(value)}, not a list of turns", f"Write {field} as a list of objects with {listed(shape.item_fields)}.")
        return
    if not value:
        say("empty", f"{field} has no turns", "Leave the row out.")
        return
    for place, turn in enumerate(value, 1):
        at = f"turn {place} of {field}" if len(shape.turns) > 1 else f"turn {place}"
        if not isinstance(turn, dict):
            say("wrong type", f"{at} is {type_of(turn)}, not an object", f"Write it as an object with {listed(shape.item_fields)}.")
            continue
        if shape.role_key not in turn:
            say("missing", f"{at} has no {shape.role_key}", f"Add {shape.role_key}: {listed(sorted(shape.kinds), 'or')}.")
        content = turn.get(shape.content_key)
        calls = bool(shape.call_key and turn.get(shape.call_key))
        if content is None and not calls:
            say("missing", f"{at} has no {shape.content_key}", f"Add {shape.content_key} with the text of the turn, or leave the row out.")
        elif isinstance(content, str):
            if not content.strip() and not calls:
                say("empty", f"{at} is empty", "Fill it, or leave the row out.")
            text_faults(at, content, say)
        elif isinstance(content, list):
            if not calls and all(isinstance(p, dict) and p.get("type") == "text" and not str(p.get("text", "")).strip() for p in content):
                say("empty", f"{at} is empty", "Fill it, or leave the row out.")
            elif not all(isinstance(p, dict) and "type" in p for p in content):
                say("wrong type", f"{at}: {shape.content_key} is a list whose parts do not say their type", 'Write parts as {"type": "text", "text": ...}.')
        elif content is not None:
            say("wrong type", f"{at}: {shape.content_key} is {type_of(content)}, not text", "Write it as text.")
    for kind, text, remedy in order(shape, field, value):
        say(kind, text, remedy)


def order(shape: Shape, field: str, turns: Any) -> list[tuple[str, str, str]]:
    """Faults in who speaks when: unknown roles, two in a row, no answer to learn."""
    out = []
    kinds = []
    for place, turn in enumerate(turns, 1):
        role = turn.get(shape.role_key) if isinstance(turn, dict) else None
        kind = shape.kinds.get(role) if isinstance(role, str) else None
        if kind is None and role is not None:
            known = listed(sorted(set(shape.kinds)), "or")
            out.append(("role", f"turn {place}: unknown role {shown(role)}", f"Roles are {known}."))
        kinds.append(kind)
    if not shape.kinds or None in kinds:
        return out
    before = None
    for place, kind in enumerate(kinds, 1):
        if kind == "system" and place > 1:
            out.append(("order", f"turn {place} is a system prompt in the middle of the conversation", "Move it to the front: chat templates refuse it elsewhere."))
        elif kind in ("user", "answer") and kind == before:
            out.append(("order", f"turns {place - 1} and {place} both come from {turns[place - 1][shape.role_key]}", "Join them into one turn, or put the missing turn between them."))
        elif kind == "tool" and before not in ("answer", "tool", "call"):
            out.append(("order", f"turn {place} is a function's result without a call before it", "Put the turn that calls the function before it."))
        before = kind
    spoken = [k for k in kinds if k != "system"]
    if field == shape.conversation:
        if spoken and spoken[0] == "answer":
            out.append(("order", "the first turn is an answer to nothing", "Put the question before it, or leave the turn out."))
        if not spoken or spoken[-1] not in ("answer", "call"):
            out.append(("no answer", "the last turn is no answer: there is nothing to learn from it", "Add the answer, or cut the last turn off."))
    elif field in shape.ask and spoken and spoken[-1] == "answer":
        out.append(("order", f"{field} ends with an answer", "Move the answer out of the prompt."))
    elif field in (shape.answer, shape.better, shape.worse) and "answer" not in spoken:
        out.append(("no answer", f"{field} holds no answer", f"Add a turn from {shape.roles.get('answer', 'the model')}."))
    return out


def calls(shape: Shape, row: dict[str, Any], say: Callable[..., None]) -> None:
    """Calls of functions: to functions on offer, with arguments that are JSON, and results that answer a call."""
    name = shape.tools or "tools"
    offered = _offered(name, row.get(name), say)
    if not any(isinstance(t, dict) and (shape.call_key in t or "tool_call_id" in t) for f in shape.turns for t in _as_list(row.get(f))):
        return
    asked: set[Any] = set()
    called: list[int] = []
    for field in shape.turns:
        for place, turn in enumerate(row.get(field) or [], 1):
            if not isinstance(turn, dict):
                continue
            made = turn.get(shape.call_key or "") or []
            if not isinstance(made, list):
                say("call", f"turn {place}: {shape.call_key} is {type_of(made)}, not a list", 'Write calls as [{"type": "function", "function": {"name": ..., "arguments": ...}}].')
                continue
            for call in made:
                function = call.get("function") if isinstance(call, dict) else None
                if not isinstance(function, dict) or "name" not in function:
                    say("call", f"turn {place}: a call without a function's name", 'Write calls as {"type": "function", "function": {"name": ..., "arguments": ...}}.')
                    continue
                asked.add(call.get("id"))
                called.append(place)
                if offered and function["name"] not in offered:
                    say("call", f"turn {place} calls {shown(function['name'])}, which is not on offer", f"Offered are {listed(sorted(map(str, offered)))}: add it to {shape.tools or 'tools'}, or mend the call.")
                arguments = function.get("arguments")
                if isinstance(arguments, str):
                    try:
                        json.loads(arguments)
                    except (ValueError, RecursionError):
                        say("call", f"turn {place}: the arguments of {shown(function['name'])} are no JSON", "Write them as an object, or as the text of one.")
            if turn.get("tool_call_id") is not None and turn["tool_call_id"] not in asked:
                say("call", f"turn {place} answers the call {shown(turn['tool_call_id'])}, which nobody made", "Give it the id of a call before it.")
    if called and not offered:
        say("call", f"turn {called[0]} calls a function, but {name} offers none", f"Add {name} with the functions that are called: the model is shown them.", name not in shape.required)


def _offered(name: str, value: Any, say: Callable[..., None]) -> set[str]:
    """Names of the functions on offer; says what is wrong with the list of them."""
    if value is None or value == "":
        return set()
    offers = _as_list(value)
    if not offers and value not in ([], "[]"):
        if isinstance(value, str):
            say("wrong type", f"{name} is text that is no list in JSON", f"Write {name} as a list, or as the JSON of one.")
        return set()
    functions = [t.get("function", t) if isinstance(t, dict) else None for t in offers]
    if not all(isinstance(f, dict) and isinstance(f.get("name"), str) for f in functions):
        say("call", f"{name} holds what is no function with a name", 'Write each as {"type": "function", "function": {"name": ..., "parameters": ...}}.')
    return {f["name"] for f in functions if isinstance(f, dict) and isinstance(f.get("name"), str)}


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return value if isinstance(value, list) else []

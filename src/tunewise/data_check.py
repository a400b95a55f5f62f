"""What is wrong with a row, measured against the shape of its format.

Two ways to one verdict: ``measure`` passes sound rows in about a microsecond and gives what is counted of
them; what it does not pass, ``faults`` explains. Knows no format by name.
"""
from __future__ import annotations

import json
from collections.abc import Callable
from operator import itemgetter
from typing import Any

from .data_chunk import Fault, orjson
from .data_shape import Shape

Measure = tuple[int, int, int]  # hash of the content, hash of what is asked, bytes of text
_SEQUENCES = 10_000


def size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def measure(shape: Shape) -> Callable[[Any], Measure | None]:
    """A function that measures one sound row, and returns None for a row that needs to be explained."""
    return _turned(shape) if shape.turns or shape.tools or shape.images else _flat(shape)


def _taker(fields: tuple[str, ...]) -> Callable[[Any], Any]:
    """Always a tuple, also of one field."""
    only = fields[0]
    return itemgetter(*fields) if len(fields) > 1 else lambda row: (row[only],)


def _flat(shape: Shape) -> Callable[[Any], Measure | None]:
    fields = shape.required
    texts = [i for i, f in enumerate(fields) if f in shape.texts]
    full = [i for i in texts if fields[i] not in shape.may_be_empty]
    asked = [i for i, f in enumerate(fields) if f in shape.prompts] or list(range(len(fields)))
    take = _taker(fields)
    ask: Callable[[Any], Any] = itemgetter(*asked)
    apart = [i for i, f in enumerate(fields) if f in shape.differ]
    bools = [i for i, f in enumerate(fields) if f in shape.yes_no]
    classes = [i for i, f in enumerate(fields) if f == shape.judgement and f not in shape.yes_no]

    def one(row: Any) -> Measure | None:
        try:
            values = take(row)
            bytes_ = 0
            for i in texts:
                value = values[i]
                if value.isascii():
                    bytes_ += len(value)
                else:
                    bytes_ += len(value.encode())
                    if "\ufffd" in value:
                        return None
                if "\0" in value:
                    return None
            for i in full:
                if not values[i] or values[i].isspace():
                    return None
            if apart and len({values[i] for i in apart}) < len(apart):
                return None
            for i in bools:
                if values[i] is not True and values[i] is not False:
                    return None
            for i in classes:
                if not isinstance(values[i], (str, int)) or values[i] == "":
                    return None
            return hash(values), hash(ask(values)), bytes_
        except (KeyError, TypeError, AttributeError, UnicodeEncodeError):
            return None

    return one


def _turned(shape: Shape) -> Callable[[Any], Measure | None]:
    good: set[Any] = set()
    role, content = shape.role_key, shape.content_key
    rest = [f for f in shape.required if f not in shape.turns]
    if shape.images or any(f in (shape.tools, shape.judgement) and f not in shape.yes_no for f in rest):
        return lambda row: None
    asked, whole, call = set(shape.prompts), shape.conversation, shape.call_key
    tools = {role for role, kind in shape.kinds.items() if kind == "tool"}

    def one(row: Any) -> Measure | None:
        try:
            hashes, bytes_, prompt = [], 0, 0
            apart = set()
            for name in shape.turns:
                turns = row[name]
                sequence = tuple([t[role] for t in turns])
                texts = tuple([t[content] for t in turns])
                for text in texts:
                    if text.isascii():
                        bytes_ += len(text)
                    else:
                        bytes_ += len(text.encode())
                        if "\ufffd" in text:
                            return None
                    if not text or text.isspace() or "\0" in text:
                        return None
                if (name, sequence) not in good:
                    if not turns or not tools.isdisjoint(sequence) or _order(shape, name, turns):
                        return None
                    if len(good) < _SEQUENCES:
                        good.add((name, sequence))
                if call and any(call in t for t in turns):
                    return None
                key = hash((sequence, texts))
                hashes.append(key)
                if name in shape.differ:
                    apart.add(key)
                if name in asked:
                    prompt = hash(texts[:-1]) if name == whole else hash(texts)
            if len(apart) < len(shape.differ):
                return None
            for name in rest:
                value = row[name]
                if name in shape.yes_no:
                    if value is not True and value is not False:
                        return None
                elif not value.strip() or not value.isascii():
                    return None
                else:
                    bytes_ += len(value)
                hashes.append(hash(value))
            return hash(tuple(hashes)), prompt, bytes_
        except (KeyError, TypeError, AttributeError, UnicodeEncodeError, ValueError):
            return None

    return one


def weigh(shape: Shape, row: dict[str, Any]) -> Measure:
    """The measure of a row that the quick way does not pass; nothing is assumed of it."""
    parts = [canonical(row.get(f)) for f in shape.required]
    if any(f not in row for f in shape.required):
        parts.append(canonical(row))
    asked = [p for f, p in zip(shape.required, parts) if f in shape.prompts]
    if shape.conversation and isinstance(row.get(shape.conversation), list):
        asked = [canonical(row[shape.conversation][:-1])]
    return hash(tuple(parts)), hash(tuple(asked or parts)), sum(len(t.encode(errors="replace")) for t in texts_of(shape, row))


def canonical(value: Any) -> bytes | str:
    """The same bytes for the same value, within one process."""
    if orjson is not None:
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except TypeError:
            pass
    return json.dumps(value, sort_keys=True, default=str)


def texts_of(shape: Shape, row: Any) -> list[str]:
    """Every text of a row that a model would read."""
    out: list[str] = []
    for field in shape.required if isinstance(row, dict) else ():
        value = row.get(field)
        if isinstance(value, str):
            out.append(value)
        elif field in shape.turns and isinstance(value, list):
            for turn in value:
                content = turn.get(shape.content_key) if isinstance(turn, dict) else None
                out += [content] if isinstance(content, str) else [str(p["text"]) for p in content if isinstance(p, dict) and "text" in p] if isinstance(content, list) else []
    return out


def ending(shape: Shape) -> Callable[[Any], str]:
    """A function that gives the text which a sound row ends with: the answer to learn."""
    field = shape.answer or shape.better or shape.conversation or shape.text or shape.required[-1]
    if field in shape.turns:
        key = shape.content_key
        return lambda row: row[field][-1][key]
    return itemgetter(field)


def breaks_off(text: Any) -> bool:
    """Whether a text of several sentences ends in the middle of one."""
    if not isinstance(text, str) or len(text) < 400:
        return False
    last = text[-1]
    return (last.isalpha() or last in ",;-(") and text.count(". ") >= 3


def faults(shape: Shape, row: Any, number: int, unit: str, folder: str) -> list[Fault]:
    """Everything wrong with one row, each with what to do. Empty for a sound row."""
    out: list[Fault] = []

    def say(kind: str, text: str, remedy: str, warning: bool = False) -> None:
        out.append(Fault(number, kind, text, remedy, warning, unit=unit))

    if not isinstance(row, dict):
        say("not a record", f"not an object but {_name(row)}", f"Write an object with {_list(shape.required)}.")
        return out
    for field in shape.required:
        if field not in row:
            near = _near(field, row, shape)
            empty = field in shape.may_be_empty
            say("missing", f"{field} is missing", f'Rename {near} to {field}.' if near else f'Add it as an empty text: "{field}": "".' if empty else "Add it, or leave the row out.")
            continue
        value = row[field]
        if field in shape.turns:
            _turns(shape, field, value, say)
        elif field in shape.yes_no:
            if not isinstance(value, bool):
                say("wrong type", f"{field} is {_shown(value)}, not true or false", f"Write true or false for {field}.")
        elif field in (shape.tools, shape.images):
            if value is None or (not isinstance(value, list) and field == shape.images):
                say("wrong type", f"{field} is {_name(value)}, not a list", f"Write {field} as a list.")
        elif field == shape.judgement:
            if not isinstance(value, (str, int)) or value == "":
                say("wrong type", f"{field} is {_shown(value)}, not a class", f"Write the class as text or as a whole number in {field}.")
        elif not isinstance(value, str):
            say("wrong type", f"{field} is {_name(value)}, not text", f"Write {field} as text." if not isinstance(value, list) else f"This is a list: is the row in another format? Write {field} as text.")
        elif not value.strip():
            if field not in shape.may_be_empty:
                say("empty", f"{field} is empty", "Fill it, or leave the row out: it teaches nothing, or silence.")
        else:
            _text(field, value, say)
    if len(shape.differ) > 1 and all(f in row for f in shape.differ):
        values = [canonical(row[f]) for f in shape.differ]
        if len(set(values)) < len(values):
            say("same", f"{_list(shape.differ)} are the same", "Leave the pair out: it holds no preference.")
    if shape.images and isinstance(row.get(shape.images), list):
        _images(shape, row, folder, say)
    if shape.call_key:
        _calls(shape, row, say)
    return out


def _text(field: str, value: str, say: Callable[..., None]) -> None:
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


def _turns(shape: Shape, field: str, value: Any, say: Callable[..., None]) -> None:
    if not isinstance(value, list):
        say("wrong type", f"{field} is {_name(value)}, not a list of turns", f"Write {field} as a list of objects with {_list(shape.item_fields)}.")
        return
    if not value:
        say("empty", f"{field} has no turns", "Leave the row out.")
        return
    for place, turn in enumerate(value, 1):
        at = f"turn {place} of {field}" if len(shape.turns) > 1 else f"turn {place}"
        if not isinstance(turn, dict):
            say("wrong type", f"{at} is {_name(turn)}, not an object", f"Write it as an object with {_list(shape.item_fields)}.")
            continue
        if shape.role_key not in turn:
            say("missing", f"{at} has no {shape.role_key}", f"Add {shape.role_key}: {_list(sorted(shape.kinds), 'or')}.")
        content = turn.get(shape.content_key)
        calls = bool(shape.call_key and turn.get(shape.call_key))
        if content is None and not calls:
            say("missing", f"{at} has no {shape.content_key}", f"Add {shape.content_key} with the text of the turn, or leave the row out.")
        elif isinstance(content, str):
            if not content.strip() and not calls:
                say("empty", f"{at} is empty", "Fill it, or leave the row out.")
            _text(at, content, say)
        elif isinstance(content, list):
            if not all(isinstance(p, dict) and "type" in p for p in content):
                say("wrong type", f"{at}: {shape.content_key} is a list whose parts do not say their type", 'Write parts as {"type": "text", "text": ...}.')
        elif content is not None:
            say("wrong type", f"{at}: {shape.content_key} is {_name(content)}, not text", "Write it as text.")
    for kind, text, remedy in _order(shape, field, value):
        say(kind, text, remedy)


def _order(shape: Shape, field: str, turns: Any) -> list[tuple[str, str, str]]:
    """Faults in who speaks when: unknown roles, two in a row, no answer to learn."""
    out = []
    kinds = []
    for place, turn in enumerate(turns, 1):
        role = turn.get(shape.role_key) if isinstance(turn, dict) else None
        kind = shape.kinds.get(role) if isinstance(role, str) else None
        if kind is None and role is not None:
            known = _list(sorted(set(shape.kinds)), "or")
            out.append(("role", f"turn {place}: unknown role {_shown(role)}", f"Roles are {known}."))
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


def _calls(shape: Shape, row: dict[str, Any], say: Callable[..., None]) -> None:
    """Calls of functions: to functions on offer, with arguments that are JSON, and results that answer a call."""
    if not any(isinstance(t, dict) and (shape.call_key in t or "tool_call_id" in t) for f in shape.turns for t in _as_list(row.get(f))):
        return
    offered = {t["function"]["name"] for t in _as_list(row.get(shape.tools or "tools")) if isinstance(t, dict) and isinstance(t.get("function"), dict) and "name" in t["function"]}
    asked: set[Any] = set()
    for field in shape.turns:
        for place, turn in enumerate(row.get(field) or [], 1):
            if not isinstance(turn, dict):
                continue
            for call in turn.get(shape.call_key or "") or []:
                function = call.get("function") if isinstance(call, dict) else None
                if not isinstance(function, dict) or "name" not in function:
                    say("call", f"turn {place}: a call without a function's name", 'Write calls as {"type": "function", "function": {"name": ..., "arguments": ...}}.')
                    continue
                asked.add(call.get("id"))
                if offered and function["name"] not in offered:
                    say("call", f"turn {place} calls {_shown(function['name'])}, which is not on offer", f"Offered are {_list(sorted(map(str, offered)))}: add it to {shape.tools or 'tools'}, or mend the call.")
                arguments = function.get("arguments")
                if isinstance(arguments, str):
                    try:
                        json.loads(arguments)
                    except (ValueError, RecursionError):
                        say("call", f"turn {place}: the arguments of {_shown(function['name'])} are no JSON", "Write them as an object, or as the text of one.")
            if turn.get("tool_call_id") is not None and turn["tool_call_id"] not in asked:
                say("call", f"turn {place} answers the call {_shown(turn['tool_call_id'])}, which nobody made", "Give it the id of a call before it.")


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return value if isinstance(value, list) else []


def _images(shape: Shape, row: dict[str, Any], folder: str, say: Callable[..., None]) -> None:
    images = row[shape.images or ""]
    shown = sum(_placeholders(t.get(shape.content_key)) for f in shape.turns for t in row.get(f) or [] if isinstance(t, dict))
    if shown != len(images) and shown:
        say("images", f"{len(images)} images, but the text speaks of {shown}", "Give one place in the text to each image, in order.")
    elif images and not shown:
        say("images", "no turn says where the images belong", 'Put <image>, or a part {"type": "image"}, into the turn that speaks of it.')
    if folder:
        import os

        for image in images:
            if isinstance(image, str) and "://" not in image and not image.startswith("data:") and not os.path.exists(os.path.join(folder, image)):
                say("images", f"{_shown(image)}: there is no such image", "Put the image there; paths start from the folder of the data file.")


def _placeholders(content: Any) -> int:
    if isinstance(content, str):
        return content.count("<image>")
    return sum(1 for p in content if isinstance(p, dict) and p.get("type") in ("image", "image_url")) if isinstance(content, list) else 0


def _near(field: str, row: dict[str, Any], shape: Shape) -> str | None:
    import difflib

    spare = [k for k in row if k not in shape.fields]
    exact = [k for k in spare if isinstance(k, str) and k.strip().casefold() == field.casefold()]
    close = exact or difflib.get_close_matches(field, [k for k in spare if isinstance(k, str)], n=1, cutoff=0.8)
    return close[0] if close else None


def _name(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object", str: "text", bytes: "bytes"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 40 else text[:37] + "..."


def _list(words: Any, last: str = "and") -> str:
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else "nothing"

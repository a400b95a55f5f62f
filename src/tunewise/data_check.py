"""What is wrong with a row, measured against the shape of its format: each fault with what to do. Knows no format by name."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import data_turns
from .data_chunk import Fault
from .data_same import canonical
from .data_shape import Shape
from .data_words import listed, nearest, shown, type_of


def faults(shape: Shape, row: Any, number: int, unit: str, folder: str) -> list[Fault]:
    """Everything wrong with one row, each with what to do. Empty for a sound row."""
    out: list[Fault] = []

    def say(kind: str, text: str, remedy: str, warning: bool = False) -> None:
        out.append(Fault(number, kind, text, remedy, warning, unit=unit))

    if not isinstance(row, dict):
        say("not a record", f"not an object but {type_of(row)}", f"Write an object with {listed(shape.required)}.")
        return out
    for field in shape.required:
        if field not in row:
            near = nearest(field, row, shape)
            empty = field in shape.may_be_empty
            say("missing", f"{field} is missing", f'Rename {near} to {field}.' if near else f'Add it as an empty text: "{field}": "".' if empty else "Add it, or leave the row out.")
            continue
        value = row[field]
        if field in shape.turns:
            data_turns.turns(shape, field, value, say)
        elif field in shape.yes_no:
            if not isinstance(value, bool):
                say("wrong type", f"{field} is {shown(value)}, not true or false", f"Write true or false for {field}.")
        elif field in (shape.tools, shape.images):
            if not isinstance(value, list) and (field == shape.images or not isinstance(value, str)):
                say("wrong type", f"{field} is {type_of(value)}, not a list", f"Write {field} as a list.")
        elif field == shape.judgement:
            if not isinstance(value, (str, int)) or value == "":
                say("wrong type", f"{field} is {shown(value)}, not a class", f"Write the class as text or as a whole number in {field}.")
        elif value is None:
            say("wrong type", f"{field} is null, not text", f'Write it as an empty text: "{field}": "".' if field in shape.may_be_empty else "Fill it, or leave the row out.")
        elif not isinstance(value, str):
            say("wrong type", f"{field} is {type_of(value)}, not text", f"Write {field} as text." if not isinstance(value, list) else f"This is a list: is the row in another format? Write {field} as text.")
        elif not value.strip():
            if field not in shape.may_be_empty:
                say("empty", f"{field} is empty", "Fill it, or leave the row out: it teaches nothing, or silence.")
        else:
            data_turns.text_faults(field, value, say)
    if len(shape.differ) > 1 and all(f in row for f in shape.differ):
        values = [canonical(row[f]) for f in shape.differ]
        if len(set(values)) < len(values):
            say("same", f"{listed(shape.differ)} are the same", "Leave the pair out: it holds no preference.")
    if shape.images and isinstance(row.get(shape.images), list):
        _images(shape, row, folder, say)
    if shape.call_key or shape.tools:
        data_turns.calls(shape, row, say)
    return out


def _images(shape: Shape, row: dict[str, Any], folder: str, say: Callable[..., None]) -> None:
    images = row[shape.images or ""]
    places = sum(_placeholders(t.get(shape.content_key)) for f in shape.turns for t in row.get(f) or [] if isinstance(t, dict))
    if places != len(images) and places:
        say("images", f"{len(images)} images, but the text speaks of {places}", "Give one place in the text to each image, in order.")
    elif images and not places:
        say("images", "no turn says where the images belong", 'Put <image>, or a part {"type": "image"}, into the turn that speaks of it.')
    if folder:
        import os

        for place, image in enumerate(images, 1):
            held = image if not isinstance(image, dict) else image.get("bytes") or image.get("path") or image.get("url")
            if isinstance(held, str) and (held.startswith("data:") or (isinstance(image, dict) and held is image.get("bytes"))):
                if not _base64(held.partition(",")[2] if held.startswith("data:") else held):
                    say("images", f"image {place} is no base64", "Write the bytes with base64.b64encode, or the path of the image.")
            elif isinstance(held, str) and held:
                if "://" not in held and not os.path.exists(os.path.join(folder, held)):
                    say("images", f"{shown(held)}: there is no such image", "Put the image there; paths start from the folder of the data file.")
            elif not isinstance(held, bytes) or not held:
                say("images", f"image {place} is {type_of(image) if not isinstance(image, dict) else 'an object without bytes and path'}, not an image", "Write the path of the image, its address, or its bytes.")


def _base64(text: str) -> bool:
    import base64

    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


def _placeholders(content: Any) -> int:
    if isinstance(content, str):
        return content.count("<image>")
    return sum(1 for p in content if isinstance(p, dict) and p.get("type") in ("image", "image_url")) if isinstance(content, list) else 0

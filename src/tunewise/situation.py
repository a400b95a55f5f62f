"""What the person says, checked: names resolved, numbers in their domain, all faults told at once.

One mechanism checks a situation wherever it comes from: YAML file, flags, ``key=value``, Python.
What inputs there are, and what they may be, stands in the ontology (the index); nothing here knows one.
"""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from collections.abc import Callable, Mapping

from .errors import InputError

MAX_BYTES = 1_000_000
TOLERANCE = 0.12  # a 7B model has 6.7 to 7.6 billion parameters, a 24 GB card 24 GiB
_TRUE = {"true", "yes", "y", "on", "1"}
_FALSE = {"false", "no", "n", "off", "0"}
_UNKNOWN = {"unknown", "?", "null", "none given", ""}
_SUFFIX = {"k": 1e3, "m": 1e6, "b": 1e9, "mio": 1e6, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_UNITS = re.compile(r"(gib|gb|g|usd|\$|h|hours?|hrs?|tokens?|examples?|rows?|pairs?|%|bits?|-bits?|gpus?)$")


def squash(name: str) -> str:
    """A name without case, spaces and punctuation, for comparing."""
    return re.sub(r"[^a-z0-9+]", "", name.casefold())


class Names:
    """Finds things by id, label or alias, forgiving case, spaces and punctuation."""

    def __init__(self, index: Mapping[str, Any]) -> None:
        self._index = index
        self._tables: dict[str, dict[str, str]] = {}

    def table(self, cls: str) -> dict[str, str]:
        if cls not in self._tables:
            table: dict[str, str] = {}
            things = self._index["names"].get(cls, {})
            for thing in things:
                table[squash(thing)] = thing
            for thing, names in things.items():
                for name in names:
                    table.setdefault(squash(name), thing)
            for thing, names in things.items():  # a Hub id without its owner
                for name in names:
                    if "/" in name:
                        table.setdefault(squash(name.rsplit("/", 1)[1]), thing)
            self._tables[cls] = table
        return self._tables[cls]

    def find(self, cls: str, name: str) -> str | None:
        return self.table(cls).get(squash(name))

    def near(self, cls: str, name: str, count: int = 3) -> list[str]:
        import difflib

        table = self.table(cls)
        word = squash(name)
        close = difflib.get_close_matches(word, table, n=count * 3, cutoff=0.62)
        if len(close) < count and len(word) >= 4:
            close += [key for key in table if word in key or (len(key) >= 5 and key in word)][: count * 2]
        found: list[str] = []
        for key in close:
            if table[key] not in found:
                found.append(table[key])
        return found[:count]

    def resolve(self, cls: str, name: str, plural: str | None = None) -> str:
        """The thing's id, or an InputError with the nearest names."""
        found = self.find(cls, name)
        if found:
            return found
        near = self.near(cls, name)
        kind = _words(cls)
        hint = f" Did you mean {_either(near)}?" if near else ""
        raise InputError(f"No {kind} '{_shown(name)}'.{hint} List them: tunewise ls {plural or plural_of(cls)}")


def plural_of(cls: str) -> str:
    word = _words(cls).replace(" ", "-").lower()
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("ch", "x")) else "" if word.endswith("s") else "s")


def _words(cls: str) -> str:
    return "GPU" if cls == "Gpu" else re.sub(r"(?<!^)(?=[A-Z])", " ", cls).lower()


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]


def _shown(text: Any) -> str:
    text = str(text)
    return text if len(text) <= 60 else text[:57] + "..."


def read_yaml(path: Path) -> dict[str, Any]:
    """A situation file: one flat mapping, at most 1 MB, no object construction, no aliases."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(f"{path}: {size / 1e6:.0f} MB is too large for a situation; at most 1 MB. Is it the data? Say how many examples it has instead.")
        text = path.read_text(encoding="utf8")
    except UnicodeDecodeError as fault:
        raise InputError(f"{path}: not UTF-8 text ({fault.reason} at byte {fault.start}).") from None
    except OSError as fault:
        raise InputError(f"{path}: cannot be read: {fault.strerror}.") from None
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                raise InputError(f"{path}:{event.start_mark.line + 1 if event.start_mark else '?'}: YAML aliases are not allowed in a situation.")
        values = yaml.load(text, Loader=loader)  # noqa: S506  a safe loader
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise InputError(f"{where}: no valid YAML: {getattr(fault, 'problem', None) or fault}. Write one 'name: value' a line.") from None
    except RecursionError:
        raise InputError(f"{path}: nested too deeply for a situation.") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise InputError(f"{path}: a situation is a list of 'name: value' lines, not a {type(values).__name__}.")
    return values


def check(raw: Mapping[Any, Any], index: Mapping[str, Any], names: Names | None = None, shape_of: Callable[[str], dict[str, Any] | None] | None = None) -> dict[str, Any]:
    """Checked values by input name. Raises one InputError that tells every fault.

    ``shape_of`` reads a file that was named where a model belongs, as inputs; None where the name is no file.
    What is said beside the file stands above what the file says.
    """
    names = names or Names(index)
    inputs = index["inputs"]
    by_name = {squash(key): key for key in inputs}
    for key, spec in inputs.items():
        for alias in [*spec["aliases"], spec["label"]]:
            by_name.setdefault(squash(alias), key)
    out: dict[str, Any] = {}
    read: dict[str, Any] = {}
    faults: list[str] = []
    for raw_key, raw_value in raw.items():
        key = by_name.get(squash(str(raw_key)))
        if key is None:
            import difflib

            near = difflib.get_close_matches(squash(str(raw_key)), by_name, n=2, cutoff=0.6)
            hint = f" Did you mean {_either(list(dict.fromkeys(by_name[n] for n in near)))}?" if near else ""
            faults.append(f"No input '{_shown(raw_key)}'.{hint} List them: tunewise ls inputs")
            continue
        if raw_value is None or (isinstance(raw_value, str) and raw_value.strip().casefold() in _UNKNOWN):
            continue
        try:
            if shape_of and isinstance(raw_value, str) and inputs[key]["type"] == "Model" and (shape := shape_of(raw_value)) is not None:
                read = {field: _single(field, value, inputs[field]["type"], inputs[field], names) for field, value in shape.items()}
                continue
            found = _value(key, raw_value, inputs[key], names)
        except InputError as fault:
            faults.extend(fault.messages)
            continue
        for field, value in found.items():
            if field in out and out[field] != value:
                faults.append(f"{field} is said twice: {_shown(out[field])} and {_shown(value)}. Say it once.")
            out[field] = value
    out = {**read, **out}
    faults += _conflicts(out, inputs)
    if faults:
        raise InputError(*faults)
    return out


def _conflicts(said: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
    """A figure given beside a thing that has another: a 16 GiB card said to have 80."""
    faults = []
    for field, spec in inputs.items():
        carrier = spec.get("carrier")
        if carrier and field in said and carrier["input"] in said:
            thing = said[carrier["input"]]
            has = carrier["values"].get(thing)
            if has and abs(said[field] - has) > TOLERANCE * has:
                faults.append(f"{carrier['input']} {thing} has {has:.4g} {spec['unit']}, but {field} says {said[field]:g}. Say one of them.")
    return faults


def _value(key: str, raw: Any, spec: Mapping[str, Any], names: Names) -> dict[str, Any]:
    kind = spec["type"]
    if spec.get("multiple"):
        items = raw if isinstance(raw, list) else [part for part in str(raw).split(",") if part.strip()]
        return {key: sorted({_single(key, item, kind, spec, names) for item in items})}
    if isinstance(raw, (list, dict, tuple, set)):
        raise InputError(f"{key} takes one value, not a {type(raw).__name__}.")
    if isinstance(raw, str) and kind not in ("integer", "number", "boolean", "text"):
        several = re.match(r"^\s*(\d{1,4})\s*[xX*]\s*(.+)$", raw)
        if several and names.find(kind, raw) is None and "n_gpus" in names._index["inputs"] and names._index["inputs"]["n_gpus"]["concern"] == spec["concern"]:
            return {key: _single(key, several.group(2), kind, spec, names), "n_gpus": _number("n_gpus", several.group(1), "integer", names._index["inputs"]["n_gpus"])}
        platform = _platform(key, raw, kind, names)
        if platform:
            return platform
    return {key: _single(key, raw, kind, spec, names)}


def _platform(key: str, raw: str, kind: str, names: Names) -> dict[str, Any] | None:
    """A person who names a place where a GPU was asked for ("Colab T4") names the platform."""
    inputs = names._index["inputs"]
    if names.find(kind, raw) is not None or key == "platform" or "platform" not in inputs or inputs["platform"]["concern"] != inputs[key]["concern"]:
        return None
    place = names.find(inputs["platform"]["type"], raw)
    return {"platform": place} if place else None


def _single(key: str, raw: Any, kind: str, spec: Mapping[str, Any], names: Names) -> Any:
    if kind in ("integer", "number"):
        return _number(key, raw, kind, spec)
    if kind == "boolean":
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().casefold()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        raise InputError(f"{key} is yes or no, not '{_shown(raw)}'.")
    if isinstance(raw, bool):
        raise InputError(f"{key} takes a name, not {'yes' if raw else 'no'}. List them: tunewise ls {plural_of(kind)}")
    if kind == "text":
        return str(raw)[:200]
    text = str(raw).strip()
    found = names.find(kind, text)
    if found is None:
        near = names.near(kind, text)
        hint = f" Did you mean {_either(near)}?" if near else ""
        elsewhere = next((f for f, o in names._index["inputs"].items() if f != key and o["type"] in names._index["names"] and names.find(o["type"], text)), None)
        if elsewhere:
            raise InputError(f"'{_shown(text)}' is no {key}, but a {elsewhere}: say {elsewhere}={text[:60]!r}.")
        instead = [field for field, other in names._index["inputs"].items() if other.get("carrier", {}).get("input") == key]
        say = f" Not in the catalogue? Say {instead[0]} instead." if instead else ""
        raise InputError(f"No {_words(kind)} '{_shown(text)}' for {key}.{hint}{say} List them: tunewise ls {plural_of(kind)}")
    return found


def _number(key: str, raw: Any, kind: str, spec: Mapping[str, Any]) -> int | float:
    unit = f" {spec['unit']}" if spec.get("unit") else ""
    if isinstance(raw, bool):
        if raw is False and spec.get("min") == 0:
            return 0
        raise InputError(f"{key} is a number{', in' + unit if unit else ''}. How many?")
    if isinstance(raw, int | float):
        try:
            number = float(raw)
        except OverflowError:
            raise InputError(f"{key} is out of range: it goes from {spec.get('min'):,} to {spec.get('max'):,}{unit}.") from None
    else:
        text = str(raw).strip().casefold().replace("_", "").replace("~", "").lstrip("$").strip()
        text = re.sub(r"(?<=\d)[, \u00a0](?=\d{3}(?!\d))", "", text).rstrip("+").strip()
        if text in _FALSE and not text.isdigit() and spec.get("min") == 0:
            return 0
        match = re.match(r"^([-+]?\d*\.?\d+(?:e[-+]?\d+)?)\s*([a-z$%-]*)(?:\s.*)?$", text)
        if not match:
            raise InputError(f"{key} is a number{', in' + unit if unit else ''}, not '{_shown(raw)}'.")
        number, suffix = float(match.group(1)), match.group(2)
        billions = "billion" in str(spec.get("unit", ""))
        if suffix in _SUFFIX and not (billions and suffix in ("b", "billion")):
            number *= _SUFFIX[suffix] / (1e9 if billions else 1)
        elif suffix and not (billions and suffix in ("b", "billion")) and not _UNITS.search(suffix):
            raise InputError(f"{key} is a number{', in' + unit if unit else ''}; '{_shown(raw)}' has a unit that is not understood.")
    if number != number or number in (float("inf"), float("-inf")):
        raise InputError(f"{key} must be a finite number.")
    low, high = spec.get("min"), spec.get("max")
    if (low is not None and number < low) or (high is not None and number > high):
        raise InputError(f"{key} = {number:,.12g} is out of range: it goes from {low:,} to {high:,}{unit}.")
    if kind == "integer":
        if not number.is_integer():
            raise InputError(f"{key} = {number:g} must be a whole number.")
        return int(number)
    return int(number) if number.is_integer() else number

"""Settings bound to the classes they are for: what takes which keyword, and what nobody takes.

The keywords stand in a file beside the version profile, probed once, so nothing has to be imported to know them.
"""
from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .errors import KnowledgeError


class Signatures:
    """Which keywords the classes of a version profile take."""

    def __init__(self, file: Path) -> None:
        try:
            whole = json.loads(file.read_text(encoding="utf8"))
        except (OSError, ValueError) as fault:
            raise KnowledgeError(f"{file}: cannot be read: {fault}") from None
        self.versions: dict[str, str] = whole["versions"]
        self._classes: dict[str, Any] = whole["classes"]
        self._renamed: dict[str, str] = whole.get("renamed", {})

    def knows(self, cls: str) -> bool:
        return cls in self._classes

    def takes(self, cls: str) -> list[str]:
        """Keywords of a class, its own first."""
        row = self._classes[cls]
        return [*row["takes"], *(self.takes(row["extends"]) if "extends" in row else [])]

    def own(self, cls: str) -> list[str]:
        """Keywords of a class that few others of its library take."""
        beside = [set(self.takes(other)) for other in self._classes if other.split(".")[0] == cls.split(".")[0] and other != cls]
        return [key for key in self.takes(cls) if sum(key in keys for keys in beside) < 0.7 * max(len(beside), 1)]

    def name(self, key: str) -> str:
        """What a keyword is called in these versions."""
        return self._renamed.get(key, key)

    def near(self, cls: str) -> str:
        close = difflib.get_close_matches(cls.rsplit(".", 1)[-1].lower(), {name.rsplit(".", 1)[-1].lower(): name for name in self._classes}, n=1, cutoff=0.5)
        return next((name for name in self._classes if close and name.rsplit(".", 1)[-1].lower() == close[0]), "")


def unknown_class(technique: str, cls: str, signatures: Signatures, files: Iterable[Path]) -> str:
    near = signatures.near(cls)
    versions = ", ".join(f"{name} {version}" for name, version in signatures.versions.items() if name == cls.split(".")[0])
    return (f"No recipe for {technique}: there is no class {cls} in {versions or 'the version profile'}{place(technique, cls, files)}."
            + (f" Did you mean {near}?" if near else ""))


def bound(technique: str, own: list[dict[str, Any]], classes: list[str], signatures: Signatures, files: Iterable[Path]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Own settings by the class that takes them, and one fault for each that none takes. A keyword said twice becomes a list."""
    files = list(files)
    by_class: dict[str, dict[str, Any]] = {cls: {} for cls in classes}
    faults = []
    for key, values in gathered(own).items():
        home = next((cls for cls in classes if key in signatures.takes(cls)), None)
        if home is None:
            faults.append(f"No recipe for {technique}: {' and '.join(classes)} take{'s' if len(classes) == 1 else ''} no '{key}'{place(technique, key, files)}.{_nearest(key, classes, signatures)}")
        else:
            by_class[home][key] = values
    return by_class, faults


def gathered(own: list[dict[str, Any]]) -> dict[str, Any]:
    """Values by keyword; a text that is a list in JSON is that list, in its order."""
    found: dict[str, list[Any]] = {}
    for row in own:
        value = _whole(row["value"])
        if value not in found.setdefault(row["key"], []):
            found[row["key"]].append(value)
    return {key: values[0] if len(values) == 1 else sorted(values, key=str) for key, values in sorted(found.items())}


def _whole(value: Any) -> Any:
    """A text that is a list in JSON as that list; anything else as it is."""
    return json.loads(value) if isinstance(value, str) and value.startswith("[") else value


def place(technique: str, word: str, files: Iterable[Path]) -> str:
    """Where a word stands in quotes, first in what is said of the technique: `` (my-technique.ttl:21)``."""
    elsewhere = ""
    for file in files:
        try:
            subject = ""
            for number, line in enumerate(file.read_text(encoding="utf8").splitlines(), 1):
                subject = line.split()[0] if line[:1].strip() else subject
                own = subject.rpartition(":")[2] == technique
                if f'"{word}"' in line and (own or f'tw:key "{word}"' in line):
                    here = f" ({file.name}:{number})"
                    if own:
                        return here
                    elsewhere = elsewhere or here
        except OSError:
            continue
    return elsewhere


def _nearest(key: str, classes: list[str], signatures: Signatures) -> str:
    near: list[str] = []
    for cls in classes:  # the adapter's own class first; a one-letter keyword is near whatever begins with it
        taken = signatures.takes(cls)
        near = near or difflib.get_close_matches(key, taken, n=1, cutoff=0.6) or [name for name in taken if len(name) == 1 and key.startswith(name)]
    first = [name for name in signatures.takes(classes[0]) if name not in _PLUMBING][:8]
    return (f" Did you mean {near[0]}?" if near else "") + f" {classes[0]} takes {', '.join(first)} ..."


_PLUMBING = {"task_type", "peft_type", "auto_mapping", "peft_version", "base_model_name_or_path", "revision", "inference_mode"}


def fitting(claims: list[dict[str, Any]], cls: str, signatures: Signatures) -> list[dict[str, Any]]:
    """Claimed settings that the class takes."""
    takes = set(signatures.takes(cls))
    named = [{**claim, "key": signatures.name(claim["key"]), "value": _whole(claim["value"])} for claim in claims]
    return [claim for claim in named if claim["key"] in takes]

"""Answers as text: the verdict first, then the deciding numbers, their sources, dissent, the cheapest way out.

Every figure comes out of the answer; nothing is computed here but a difference that both numbers show.
The lines of a kind of answer stand in words_KIND.py, and only the kind that is asked for is loaded.
"""
from __future__ import annotations

import importlib
from typing import Any

from .words_lines import WIDTH, cite, number

__all__ = ["WIDTH", "cite", "number", "text"]

# Which file tells an answer; its function has the name of the kind.
_TOLD_IN = {"why": "why", "why-not": "why", "advise": "advise", "what-if": "advise", "compare": "advise", "ask": "advise", "who-says": "advise",
            "how-far": "advise", "settings": "advise", "estimate": "advise", "show": "known", "general": "known", "checklist": "known", "diagnose": "known"}


def text(kind: str, answer: dict[str, Any], all_: bool = False, quiet: bool = False) -> str:
    """The answer of a verb as text of at most WIDTH columns."""
    tell = getattr(importlib.import_module(f".words_{_TOLD_IN[kind]}", __package__), kind.replace("-", "_"))
    lines = list(tell(answer, all_))
    return lines[0] if quiet and lines else "\n".join(lines)

"""shell completion for bash, zsh or fish"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from . import verbs


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from .. import completion

    print(completion.script(said[0] if said else "", list(verbs())))
    return 0

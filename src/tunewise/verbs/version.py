"""versions of everything an answer rests on"""
from __future__ import annotations

import argparse
from typing import Any

from .. import __version__
from ..advisor import Advisor
from ._shared import show_json


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from importlib import metadata

    counts = advisor.index["counts"]
    versions = {"tunewise": __version__, **{p: metadata.version(p) for p in ("pyswip", "pyoxigraph", "pydantic")},
                **{cls: counts.get(cls, 0) for cls in ("Technique", "Model", "Gpu", "Source", "Claim", "Advice", "Statement")}}
    if options.json:
        show_json(versions)
    else:
        print("\n".join(f"{k} {v}" for k, v in versions.items()))
    return 0

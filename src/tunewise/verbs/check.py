"""is the knowledge sound"""
from __future__ import annotations

import argparse
from typing import Any

from ..advisor import Advisor
from ._shared import show_json


def run(advisor: Advisor, options: argparse.Namespace, said: list[str], raw: dict[str, Any]) -> int:
    from .. import check

    findings = check.findings(advisor.knowledge)
    if options.json:
        show_json(findings)
    else:
        print(check.text(findings, all_=options.all))
    return 1 if any(f["severity"] == "error" for f in findings) else 0

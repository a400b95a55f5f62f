"""Holds every kept derived tree against advise: 2,000 situations drawn from its stated domain, all must agree.

    python bench/decision.py [COUNT]
"""
from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from tunewise import Advisor
from tunewise.diagram import Gallery
from tunewise.diagram_decide import Decider
from tunewise.diagram_domain import axes
from tunewise.diagram_kept import kept


def main(count: int) -> int:
    advisor = Advisor(timeout=300)
    advisor._as_of = Gallery(advisor).issued()
    failed = 0
    for entry in kept(Path(__file__).resolve().parents[1] / "diagrams"):
        if entry["draw"] != "decision":
            continue
        began = time.perf_counter()
        decider = Decider(advisor.ask, advisor.situation(entry.get("situation") or {}), axes(entry["over"], advisor.index, advisor.names))
        found = decider.derive()
        took, asked = time.perf_counter() - began, len(decider.mains)
        dice = random.Random(20261120)
        points = [tuple(a.draw(dice) for a in decider.axes) for _ in range(count)]
        wrong = [p for p, best in zip(points, decider.advised(points)) if decider.follow(found["tree"], p) != best]
        failed += len(wrong)
        print(f"{entry['name']:<16} derived in {took:5.1f} s from {asked:5,} situations; {count - len(wrong):,} of {count:,} agree" + (f"; first wrong: {decider.change(wrong[0])}" if wrong else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))

"""What drawing costs: every kept picture, drawn for the first time after a change of knowledge, and again.

    python bench/diagrams.py

Prints processor seconds, Graphviz's included, and ratios to one run of Graphviz on a graph of two boxes, so that
figures of different machines compare. The issue asks for any one picture in under a second when asked again, and for all of them in under a minute.
"""
from __future__ import annotations

import json
import resource
import statistics
import sys
from pathlib import Path

from tunewise import Advisor
from tunewise.diagram import Gallery
from tunewise.diagram_drawn import drawn
from tunewise.diagram_graphviz import laid_out
from tunewise.diagram_kept import entries

FOLDER = Path(__file__).resolve().parents[1] / "diagrams"


def spent() -> float:
    """Processor seconds of this process and of the ones it started."""
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def main() -> int:
    advisor = Advisor(timeout=300)
    gallery = Gallery(advisor)
    advisor._as_of = gallery.issued()
    for file in [*advisor.folder.glob("tree-*.json"), *advisor.folder.glob("decision-*.json")]:
        file.unlink()  # what is derived from the knowledge and kept beside it
    advisor.ask("trees")
    units = []
    for _ in range(9):
        before = spent()
        laid_out("digraph { a -> b }", "svg")
        units.append(spent() - before)
    unit = statistics.median(units)
    first: dict[str, float] = {}
    again: dict[str, float] = {}
    for took in (first, again):
        for e in entries(gallery, FOLDER):
            before = spent()
            for form in e["forms"] if took is first else ["svg"]:
                drawn(gallery, e["words"], e["situation"], form, over=e.get("over", ""), title=e.get("title", ""))
            took[e["name"]] = spent() - before
    slowest, longest = max(again, key=lambda n: again[n]), max(first, key=lambda n: first[n])
    print(json.dumps({"pictures": len(first), "one run of graphviz s": round(unit, 4),
                      "all, first time s": round(sum(first.values()), 1), "longest first time": [longest, round(first[longest], 2)],
                      "all again s": round(sum(again.values()), 1), "median again / graphviz": round(statistics.median(again.values()) / unit, 1),
                      "slowest again": [slowest, round(again[slowest], 2), round(again[slowest] / unit, 1)]}, indent=1))
    return 0 if again[slowest] < 1 and sum(first.values()) < 60 else 1


if __name__ == "__main__":
    sys.exit(main())

"""Adding a technique by one Turtle file changes the derived trees and the map, and no other picture."""
from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import DAY, python

TECHNIQUE = """@prefix tw:   <https://w3id.org/tunewise/ns#> .
@prefix :     <https://w3id.org/tunewise/kb/> .
@prefix my:   <https://example.org/lab/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

my:lab-book a tw:Source ; rdfs:label "our lab book" ; tw:evidence tw:measured .
my:glow-tuning a tw:Approach ; rdfs:label "Glow tuning" ; skos:definition "Parameter-efficient fine-tuning that differs by glowing." ;
    tw:family :bottleneck-adapters ; tw:objective :supervised ; tw:parametrisation :low-rank-factors ; tw:baseWeights :bf16-weights ; tw:trainsOn tw:ownGpu ; tw:serves :learn-a-task .
my:glow-tuning-choose a tw:Advice ; tw:about my:glow-tuning ; tw:stance tw:choose ; tw:text "It glows where quality counts." ; tw:source my:lab-book ; tw:locator "page 15" ;
    tw:when [ tw:quantity tw:goal ; tw:value :learn-a-task ] ; tw:when [ tw:quantity tw:priority ; tw:value :quality-first ] ; tw:when [ tw:quantity tw:examples ; tw:atLeast 2000 ] ;
    tw:when [ tw:quantity tw:gpuMemoryGib ; tw:atLeast 40 ] ; tw:when [ tw:quantity tw:promptingTried ; tw:value true ] .
"""

DRAW = f"""
import json, sys
from pathlib import Path
from tunewise import Advisor
from tunewise.diagram import Gallery
from tunewise.diagram_drawn import drawn
from tunewise.diagram_kept import entries
from tunewise.knowledge import Knowledge
home = Knowledge()
knowledge = home if sys.argv[1] == "-" else Knowledge((*home.ontology, Path(sys.argv[1])), home.rules)
advisor = Advisor(knowledge, as_of={DAY!r}, timeout=120)
gallery = Gallery(advisor)
gallery.conformance = lambda tree: []  # the judgement of every leaf takes long; two trees are judged below
out = {{}}
for e in entries(gallery, Path("diagrams")):
    words = e["words"]
    if words[0] == "decision":
        e = {{**e, "over": "gpu_memory_gib=24|48|80, examples=500|5000, priority=quality-first|cost-first", "situation": {{**e["situation"], "model": "llama-3-8b", "goal": "learn-a-task", "prompting_tried": True}}}}
        if e["name"] != "method-tree":
            continue
    if words[0] not in ("quality", "memory"):
        out[e["name"]] = drawn(gallery, words, e["situation"], "dot", over=e.get("over", "")).decode()
del gallery.conformance
for tree in ("tree-method-selection", "tree-lora-rank"):
    out[tree + " judged"] = drawn(gallery, [tree], {{}}, "dot").decode()
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    """DOT of every picture, without and with the file; a process holds one knowledge base."""
    folder = tmp_path_factory.mktemp("mine")
    (folder / "glow-tuning.ttl").write_text(TECHNIQUE, encoding="utf8")
    out: list[Any] = []
    for where in ("-", str(folder)):
        run = python(DRAW, where)
        assert run.returncode == 0, run.stderr
        out.append(json.loads(run.stdout))
    return out[0], out[1]


def test_one_file_changes_the_derived_tree_and_the_maps_and_nothing_else(pictures: tuple[dict[str, str], dict[str, str]]) -> None:
    before, after = pictures
    assert len(before) > 55 and set(after) == set(before)
    assert {name for name in before if before[name] != after[name]} == {"method-tree", "map", "family-bottleneck-adapters", "classes"}


def test_the_new_technique_is_drawn_where_it_is_advised_and_where_it_belongs(pictures: tuple[dict[str, str], dict[str, str]]) -> None:
    before, after = pictures
    for name in ("method-tree", "family-bottleneck-adapters"):
        assert "Glow tuning" in after[name] and "Glow tuning" not in before[name]

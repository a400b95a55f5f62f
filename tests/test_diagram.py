"""Pictures: safe in every format, readable by everyone, the same bytes twice, and fresh."""
from __future__ import annotations

import csv
import io
import itertools
import math
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, python, tunewise
from tunewise import diagram, diagram_kept, diagram_map, diagram_mermaid, diagram_render
from tunewise import graph as rdf
from tunewise.diagram_decision import as_csv, markdown
from tunewise.diagram_drawn import FORMATS, drawn
from tunewise.diagram_family import family
from tunewise.diagram_proof import proof
from tunewise.diagram_style import EDGE, EDGE_DARK, LIMIT, MUTED, MUTED_DARK, PAPER, PAPER_DARK, TONES, Box, contrast, light_to_dark, picture, wrapped
from tunewise.diagram_tree import MOST, parts, source_tree
from tunewise.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"
NASTY = ['say "no"', "<script>alert(1)</script>", "a\nb", "\\N \\G back\\slash", "]]> --> <!-- &amp; &#60;", "שלום עולם", "مرحبا", "🦙 emoji 👩🏽‍🔬", "'; drop", "}\n n9 [label=x]; {", "tab\tbell\x07nul\x00", "|pipe| `tick` [link](http://x)"]


@pytest.fixture(scope="module")
def gallery(advisor: Any) -> diagram.Gallery:
    return diagram.Gallery(advisor)


@pytest.fixture(scope="module")
def t4(advisor: Any) -> dict[str, Any]:
    found: dict[str, Any] = advisor.situation({"gpu": "t4", "model": "llama-3-8b", "examples": 5000, "goal": "learn a task"})
    return found


def nasty(tree: bool = False) -> Any:
    """Every hostile text in every place a picture has, laid out by Graphviz or tidily."""
    graph = picture(NASTY[1], NASTY[4], subtitle=NASTY[0], legend=(f"yes:{NASTY[1]}",), notes=tuple(NASTY), tree=tree)
    for i, text in enumerate(NASTY):
        graph.add_node(text, box=Box(wrapped(text), head=text, foot=text, notes=(text,), tip=text, tone=list(TONES)[i % len(TONES)], shape=("box", "pill", "note", "hexagon", "diamond", "bare")[i % 6], url="javascript:alert(1)"), group="g\"<" if i % 3 else "")
        if text != NASTY[0]:
            graph.add_edge(NASTY[0], text, label=text)
    return graph


@pytest.mark.parametrize("tree", [False, True])
def test_no_label_becomes_markup_in_dot_or_svg(tree: bool) -> None:
    graph = nasty(tree)
    svg = diagram_render.svg(graph).decode()
    root = ET.fromstring(svg)
    assert not [e for e in root.iter() if e.tag not in {SVG + t for t in ("svg", "g", "a", "title", "desc", "style", "text", "path", "polygon", "polyline", "ellipse")}]
    assert not [k for e in root.iter() for k in e.attrib if k.lower().startswith("on")]
    assert "javascript" not in svg
    assert not re.search(r'(xlink:)?href="(?!https?://)', svg)
    assert len([e for e in root.iter(SVG + "g") if e.get("class") == "node"]) == len(NASTY) + (3 if tree else 0)  # title, key, notes
    words = " ".join("".join(e.itertext()) for e in root.iter(SVG + "text"))
    for part in ("<script>alert(1)</script>", "שלום", "مرحبا", "🦙", 'say "no"', "back\\slash", "]]> --> <!-- &amp; &#60;", "[link](http://x)"):
        assert part in words
    assert root.find(SVG + "title").text == NASTY[1]  # type: ignore[union-attr]
    assert diagram_render.rendered(graph, "png").startswith(b"\x89PNG") and diagram_render.rendered(graph, "pdf").startswith(b"%PDF")


def test_no_label_becomes_markup_in_markdown_html_or_csv() -> None:
    rows = [[text, text] for text in NASTY]
    text = markdown(["<b>a</b>", "b|c"], rows)
    assert text.count("\n") == len(rows) + 2 and all(len(re.findall(r"(?<!\\)\|", line)) == 3 for line in text.splitlines())
    assert not re.search(r"<(?!BR)|(?<!\\)[`\[]", text)
    assert next(itertools.islice(csv.reader(io.StringIO(as_csv(["a", "b"], rows))), 3, 4)) == [NASTY[2], NASTY[2]]


def test_no_label_becomes_markup_in_mermaid() -> None:
    text = diagram_mermaid.mermaid(nasty())
    assert "<script" not in text and "-->|" in text
    for line in text.splitlines():
        if re.match(r"\s+n\d+\W", line) and "-->" not in line:
            assert re.fullmatch(r'\s+n\d+\W{1,2}"[^"`<>|\[\]{}\\]*(<br/>[^"`<>|\[\]{}\\]*)*"\W{1,2}', line), line


def test_text_and_lines_have_contrast_in_light_and_dark() -> None:
    """WCAG AA: 4.5 for text, 3 for lines that mean something."""
    for at, paper, muted, edge in (("light", PAPER, MUTED, EDGE), ("dark", PAPER_DARK, MUTED_DARK, EDGE_DARK)):
        note = getattr(TONES["contested"], at)[2]
        assert contrast(muted, paper) >= 4.5 and contrast(edge, paper) >= 3
        for name, tone in TONES.items():
            fill, line, ink = getattr(tone, at)
            assert contrast(ink, fill) >= 4.5 and contrast(ink, paper) >= 4.5, (name, at)
            assert contrast(muted, fill) >= 4.5 and contrast(note, fill) >= 4.5, (name, at, "small text on it")
            assert contrast(line, paper) >= 3, (name, at, "line")
    assert len(set(light_to_dark().values())) == len(light_to_dark())


def test_meaning_never_hangs_on_colour_alone() -> None:
    judging = [TONES[t] for t in ("yes", "no", "depends", "contested")]
    assert len({t.line for t in judging}) == len({t.word for t in judging}) == len(judging)


# Machado, Oliveira and Fernandes 2009, severity 1.0: what the three kinds of colour-blind readers see.
BLIND = {"protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
         "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
         "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900))}


@pytest.mark.parametrize("kind", BLIND)
@pytest.mark.parametrize("at", ["light", "dark"])
def test_verdicts_stay_apart_for_the_colour_blind(kind: str, at: str) -> None:
    """Lines of what holds, fails and is open differ by 12 or more in CIELAB (2.3 is just noticeable)."""
    def seen(colour: str) -> tuple[float, float, float]:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))]
        r, g, b = (min(max(sum(x * y for x, y in zip(row, linear)), 0.0), 1.0) for row in BLIND[kind])
        x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in ((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047, 0.2126 * r + 0.7152 * g + 0.0722 * b, (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883))
        return 116 * y - 16, 500 * (x - y), 200 * (y - z)

    for one, two in itertools.combinations(("yes", "no", "depends"), 2):
        assert math.dist(seen(getattr(TONES[one], at)[1]), seen(getattr(TONES[two], at)[1])) >= 12, (one, two)


def test_a_picture_says_what_it_is_to_those_who_cannot_see_it(gallery: diagram.Gallery, t4: dict[str, Any]) -> None:
    tree = ET.fromstring(drawn(gallery, ["why-not", "full-fine-tuning"], t4, "svg"))
    assert tree.get("role") == "img" and tree.get("aria-labelledby") == "title desc"
    title, desc = tree.find(SVG + "title"), tree.find(SVG + "desc")
    assert title is not None and title.text == "Why not Full fine-tuning"
    assert desc is not None and desc.text is not None and "not viable" in desc.text
    words = " ".join("".join(e.itertext()) for e in tree.iter(SVG + "text"))
    assert gallery.issued() in words and "fails" in words and "you said" in words
    assert "prefers-color-scheme:dark" in "".join(e.text or "" for e in tree.iter(SVG + "style"))


@pytest.mark.parametrize("words", [["why", "qlora"], ["why-not", "full-fine-tuning"], ["what-if", "full-fine-tuning"], ["map"], ["map", "lora"], ["map", "peft"], ["rules"], ["rules", "memory"], ["classes"], ["tree-method-selection"], ["quality"], ["memory", "lora", "qlora"]])
def test_the_same_question_gives_the_same_bytes(gallery: diagram.Gallery, t4: dict[str, Any], words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "conformance", lambda tree: [])
    forms = ("svg", "png", "pdf") if words[0] in ("quality", "memory") else FORMATS
    for form in forms:
        one, two = (drawn(gallery, words, t4, form) for _ in range(2))
        assert one == two and len(one) > 300, form
        assert form != "png" or one.startswith(b"\x89PNG")
        assert form != "pdf" or one.startswith(b"%PDF")


def test_a_proof_fits_on_a_page_and_leaves_out_nothing_that_fails(gallery: diagram.Gallery, advisor: Any, sweep: list[dict[str, Any]], approaches: list[str]) -> None:
    for i, situation in enumerate(sweep[1:41]):
        technique = approaches[i * 7 % len(approaches)]
        answer = advisor.ask("why", situation, technique=technique)
        graph = proof(answer, gallery.links())
        assert 1 <= len(graph) <= 31
        failing = [n for n in answer["numbers"] if n["verdict"] == "no"]
        said = "".join("".join(d["box"].lines) for _, d in graph.nodes(data=True)).replace(" ", "").replace("\N{MULTIPLICATION SIGN}", "x")
        for n in failing:
            assert n["text"].split(":")[0].replace(" ", "") in said, (technique, n["text"])


@pytest.mark.parametrize("tree", [False, True])
def test_too_many_boxes_end_in_a_message(tree: bool) -> None:
    graph = picture("large", "large", tree=tree)
    for i in range(5000):
        graph.add_node(i, box=Box((str(i),)))
        if i:
            graph.add_edge((i - 1) // 2, i)
    for form in FORMATS:
        with pytest.raises(InputError, match=f"5,000 boxes.*{LIMIT}"):
            diagram_render.rendered(graph, form)


def test_a_knowledge_base_of_5000_more_techniques_is_summarised(advisor: Any, tmp_path: Path) -> None:
    file = tmp_path / "many.ttl"
    file.write_text("@prefix tw: <https://w3id.org/tunewise/ns#> . @prefix : <https://w3id.org/tunewise/kb/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
                    + "".join(f':many-{i} a tw:Approach ; rdfs:label "Many {i}" ; tw:family :peft ; tw:variantOf :lora .\n' for i in range(5000)), encoding="utf8")
    store = rdf.load([*advisor.knowledge.turtle(), file])

    def rows(query: str) -> list[list[Any]]:
        return [[rdf.plain(cell) for cell in row] for row in rdf.select(store, query, timeout=60)[1]]

    for graph in (diagram_map.overview(rows), family(rows, ":peft"), diagram_map.neighbourhood(rows, ":lora")):
        assert graph.number_of_nodes() < 100
        assert re.search(r"and [\d,]{4,} more", " ".join(" ".join(d["box"].lines) for _, d in graph.nodes(data=True)).replace("\N{NO-BREAK SPACE}", " "))
        assert len(diagram_render.svg(graph)) < 200_000


def test_a_source_tree_of_5000_answers_ends_in_a_message(advisor: Any) -> None:
    answer = advisor.ask("tree", {}, tree="tree-lora-rank")
    (node,) = answer["nodes"]
    node["answers"] = [{**node["answers"][0], "answer": f"a{i}"} for i in range(5000)]
    with pytest.raises(InputError, match="boxes are too many"):
        diagram_render.rendered(source_tree(answer, [], {}), "svg")


def test_the_map_holds_every_family_and_every_technique(gallery: diagram.Gallery, advisor: Any) -> None:
    names = advisor.index["names"]
    assert {f":{f}" for f in names["Family"]} <= set(diagram_map.overview(gallery.rows).nodes)
    said = ""
    for name in names["Family"]:
        said += "\n" + family(gallery.rows, ":" + name).graph["alt"]
    missing = [t for t in (*names["Approach"], *names["Practice"]) if names["Technique"][t][0] not in said]
    assert not missing


def test_every_source_tree_is_drawn_with_every_answer_and_outcome(gallery: diagram.Gallery, advisor: Any) -> None:
    assert len(gallery.trees()) == 24
    for tree in gallery.trees():
        answer = advisor.ask("tree", {}, tree=tree)
        graphs = [source_tree(answer, [], {}, start) for start in ("", *parts(answer))]
        said = " ".join(" ".join(d["box"].lines) for graph in graphs for _, d in graph.nodes(data=True))
        for node in answer["nodes"]:
            for a in node["answers"]:
                assert " ".join(a["label"].split()) in said
                for thing in (a["outcome"] or {"things": []})["things"] if not a["leads_to"] else []:
                    assert thing["label"] in said, (tree, thing)
        assert all(s["label"] in said for s in answer["steps"])
        assert all(sum(1 for n in graph if str(n).startswith("leaf")) <= MOST for graph in graphs)


def test_kept_pictures_are_fresh_and_what_is_not_is_told_with_its_remedy(advisor: Any, gallery: diagram.Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a copy with one picture altered, one missing and one too many: these three are told, and nothing else."""
    monkeypatch.setattr(advisor, "_as_of", gallery.issued())
    folder = tmp_path / "diagrams"
    shutil.copytree(ROOT / "diagrams", folder)
    (folder / "classes.dot").write_text("digraph {}", encoding="utf8")
    (folder / "rules.dot").unlink()
    (folder / "left-over.svg").write_text("", encoding="utf8")
    told = diagram_kept.check(diagram.Gallery(advisor), folder)
    broken = {"classes.dot": "stale", "rules.dot": "missing", "left-over.svg": "no longer drawn"}
    for name, word in broken.items():
        assert f"{folder / name}: {word}. Mend it: make diagrams" in told
    others = [line for line in told if Path(line.split(": ")[0]).name not in broken]
    assert not others, "\n".join(others[:10])


def test_the_readme_shows_kept_pictures(gallery: diagram.Gallery) -> None:
    names = {f"{e['name']}.svg" for e in diagram_kept.entries(gallery, ROOT / "diagrams")}
    shown = re.findall(r"!\[([^\]]+)\]\(diagrams/([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf8"))
    assert 1 < len(shown) < 4 and all(len(alt) > 30 and name in names for alt, name in shown)
    page = (ROOT / "diagrams/README.md").read_text(encoding="utf8")
    assert set(re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page)) == names


# ---- the verb --------------------------------------------------------------------------------------------------


def test_the_verb_lists_draws_and_refuses(tmp_path: Path) -> None:
    listed = tunewise("diagram", "--list")
    assert listed.returncode == 0 and "decision --over" in listed.stdout and "tree-method-selection" in listed.stdout
    out = tmp_path / "why.mmd"
    run = tunewise("diagram", "why", "qlora?", "-s", "examples/t4.yaml", "--out", str(out))
    assert run.returncode == 0 and out.read_text(encoding="utf8").startswith("---\ntitle:")
    run = tunewise("diagram", "why", "qlora", "--as", "gif")
    assert run.returncode == 2 and "Formats: svg, png, pdf, dot, mermaid" in run.stderr
    run = tunewise("diagram", "mpa")
    assert run.returncode == 2 and "Did you mean map?" in run.stderr
    run = tunewise("diagram")
    assert run.returncode == 2 and "--list" in run.stderr
    run = tunewise("diagram", "decision", "--over", "gpu_memry,examples=9..2", "goal=learn a task")
    assert run.returncode == 2 and "Did you mean gpu_memory" in run.stderr and "from a smaller number" in run.stderr


def test_without_graphviz_one_line_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "swipl").symlink_to(subprocess.run(["which", "swipl"], capture_output=True, text=True).stdout.strip())
    run = tunewise("diagram", "classes", env={"PATH": str(tmp_path)})
    assert run.returncode == 4 and run.stderr.startswith("Graphviz was not found") and run.stderr.count("\n") <= 2
    run = tunewise("diagram", "classes", "--as", "dot", env={"PATH": str(tmp_path)})
    assert run.returncode == 0 and run.stdout.startswith("digraph")


@pytest.mark.parametrize("module", ["networkx", "graphviz", "matplotlib"])
def test_without_the_extra_one_line_says_what_to_install(module: str) -> None:
    words = ["quality", "goal=learn a task", "model=llama-3-8b"] if module == "matplotlib" else ["classes"]
    run = python(f"import sys; sys.modules[{module!r}] = None\nfrom tunewise.cli import main; sys.stdout.flush(); code = main(['diagram', *{words!r}]); sys.stderr.flush(); import os; os._exit(code)")
    assert run.returncode == 4 and "pip install 'tunewise[diagram]'" in run.stderr
    assert sys.version_info >= (3, 11)

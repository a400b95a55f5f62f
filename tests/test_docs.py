"""The pages say what is so: those for newcomers are followed literally, those of reference are made from the knowledge and link to what is there."""
from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from conftest import DAY, ROOT, environment

DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The day, so that no answer turns with the calendar; and less time for the reference situations, which have their own tests.
MORE = {"new": [], "export": [], "recipe": [], "check": ["--timeout", "2"], "diff": ["--as-of", DAY, "--timeout", "4"]}
TRACKED = ("ontology", "rules", "src", "tests", "docs")


def sections(page: str) -> dict[str, list[tuple[str, str, str]]]:
    """Blocks (language, title, text) of a page by its second-level headings; a page that is one story is one section."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:] if page == "examples" else [text]
    return {part.splitlines()[0]: [(m[1], m[2] or "", m[3]) for m in BLOCK.finditer(part)] for part in parts}


def steps(text: str) -> Iterator[tuple[str, list[str]]]:
    """(command, lines it is said to print) of a console block."""
    command, shown = "", []
    for line in text.replace("\\\n", " ").splitlines():  # a command may go on over lines that end in a backslash
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line[2:], []
        else:
            shown.append(line)
    if command:
        yield command, shown


def as_shown(shown: list[str], printed: str) -> bool:
    """Whether what is printed is what the page shows, where ... stands for anything."""
    pattern = "".join(r"(?:[^\n]*\n)*" if line == "..." else "[^\n]*".join(re.escape(part) for part in line.split("...")) + r"\n" for line in shown)
    return re.fullmatch(pattern, printed.rstrip("\n") + "\n") is not None


def follow(blocks: list[tuple[str, str, str]], folder: Path) -> int:
    """Does what a page says, in an empty folder; returns how many commands it gave."""
    count = 0
    env = environment({"TUNEWISE_KNOWLEDGE": None, "TUNEWISE_CACHE": str(folder.parent / "cache")})
    env["PATH"] = os.pathsep.join(p for p in env["PATH"].split(os.pathsep) if not (Path(p) / "nvidia-smi").exists())
    for language, title, text in blocks:
        if title:
            (folder / title).parent.mkdir(parents=True, exist_ok=True)
            (folder / title).write_text(text, encoding="utf8")
        if language != "console":
            continue
        for command, shown in steps(text):
            words = shlex.split(command)
            assert words[0] == "tunewise", command
            run = subprocess.run([sys.executable, "-m", *words, *MORE.get(words[1], ["--as-of", DAY])], capture_output=True, text=True, cwd=folder, env=env, timeout=300, stdin=subprocess.DEVNULL)
            assert run.returncode in (0, 1, 3), f"{command}\n{run.stdout}{run.stderr}"
            assert not shown or as_shown(shown, run.stdout), f"{command}\nis said to print\n" + "\n".join(shown) + f"\nand prints\n{run.stdout}{run.stderr}"
            count += 1
    return count


def state() -> dict[str, tuple[int, int]]:
    return {str(f): (f.stat().st_size, f.stat().st_mtime_ns) for part in TRACKED for f in (ROOT / part).rglob("*") if f.is_file() and "__pycache__" not in f.parts}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a newcomer who followed "Add a technique" to its end."""
    folder = tmp_path_factory.mktemp("newcomer")
    (blocks,) = sections("add-a-technique").values()
    assert follow(blocks, folder) >= 8
    return folder


def test_a_newcomer_who_follows_the_page_has_a_technique_and_its_recipe(story: Path) -> None:
    assert sorted(p.name for p in story.iterdir()) == ["orthogonal-lora-recipe", "tunewise.d"]
    assert sorted(p.name for p in (story / "tunewise.d").iterdir()) == ["orthogonal-lora-cost-blog.ttl", "orthogonal-lora.ttl"]
    assert '"init_lora_weights": "orthogonal"' in (story / "orthogonal-lora-recipe" / "train.py").read_text()


def test_what_the_page_adds_is_not_in_the_package(advisor: Any) -> None:
    """When it is one day, the page needs another example."""
    for name in ("orthogonal-lora", "least-to-most-prompting"):
        assert advisor.names.find("Technique", name) is None


def test_its_recipe_trains(story: Path) -> None:
    home = os.environ.get("TUNEWISE_RECIPES_PYTHON") or str(ROOT / ".venv-recipes" / "bin" / "python")
    if not Path(home).exists():
        pytest.skip("the training libraries are not installed (make test installs them)")
    run = subprocess.run([home, str(story / "orthogonal-lora-recipe" / "train.py"), "--smoke"], capture_output=True, text=True, cwd=story, timeout=300, stdin=subprocess.DEVNULL)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]


EXAMPLES = sections("examples")


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[int]]:
    """Every example in a folder of its own, two at a time; and what else changed on the way."""
    home = tmp_path_factory.mktemp("examples")
    before = state()
    with ThreadPoolExecutor(2) as pool:
        out = {}
        for name, blocks in EXAMPLES.items():
            folder = home / re.sub(r"\W+", "-", name)
            folder.mkdir()
            out[name] = pool.submit(follow, blocks, folder)
    after = state()
    changed: Future[int] = Future()
    changed.set_result(len({f for f in before.keys() | after.keys() if before.get(f) != after.get(f)}))
    beside: Future[int] = Future()
    beside.set_result(len([p for folder in home.iterdir() if folder.name != "cache" for p in folder.iterdir() if p.name not in ("tunewise.d", "our-model")]))
    return {**out, "changed": changed, "beside": beside}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_followed_literally_does_what_it_says(name: str, followed: dict[str, Future[int]]) -> None:
    assert followed[name].result() >= 2


def test_no_file_but_the_persons_own_changes_in_any_example(followed: dict[str, Future[int]]) -> None:
    assert followed["beside"].result() == 0
    if os.environ.get("TUNEWISE_BEING_EDITED"):
        pytest.skip("somebody edits the project while the tests run")
    assert followed["changed"].result() == 0


def test_every_kind_of_thing_has_its_example() -> None:
    assert len(EXAMPLES) >= 8 and {"A technique that does not train", "A model", "A GPU", "A refutation", "A price", "A rule"} <= set(EXAMPLES)


def test_the_file_that_is_shown_line_by_line_is_sound(tmp_path: Path) -> None:
    (blocks,) = sections("a-file").values()
    assert follow(blocks, tmp_path) == 2 and [p.name for p in (tmp_path / "tunewise.d").iterdir()] == ["glow.ttl"]


def test_the_page_on_interchange_names_forms_that_there_are() -> None:
    from tunewise import graph_export

    said = [command.split()[2] for _, _, text in sections("interchange")["# The graph for other tools"] for command, _ in steps(text)]
    assert {graph_export.form_of(form) for form in said if form in graph_export.FORMS} == {"turtle", "json-ld", "n-quads"}


def test_a_page_that_shows_what_is_not_printed_is_caught() -> None:
    assert as_shown(["a", "...", "c"], "a\nb\nb\nc\n") and as_shown(["a", "...", "c"], "a\nc") and as_shown(["x ... z"], "x y z")
    assert not as_shown(["a", "c"], "a\nb\nc") and not as_shown(["a", "..."], "b\na") and not as_shown(["..."  , "d"], "a\nb")


# ---- reference -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(advisor: Any) -> dict[str, str]:
    from tunewise import pages

    return pages.made(advisor.knowledge, advisor.ask("rules")["rules"])


def test_everything_has_a_page_of_its_own(pages: dict[str, str], advisor: Any) -> None:
    names = advisor.index["names"]
    for cls, folder in (("Technique", "techniques"), ("Model", "models"), ("Gpu", "gpus"), ("Source", "sources"), ("Tree", "trees")):
        things = names[cls] if cls in names else {t["tree"]: [t["label"]] for t in advisor.ask("trees")["trees"]}
        assert len(things) > 15
        for thing in things:
            assert f"{folder}/{thing}.md" in pages
    for row in advisor.ask("rules")["rules"]:
        assert row["id"] in pages[f"rules/{row['id'].replace('/', '-')}.md"]
    for file in advisor.knowledge.checks():
        assert "**Solution.**" in pages[f"checks/{file.stem}.md"]


def test_every_link_leads_to_a_page_and_a_place_that_is_there(pages: dict[str, str]) -> None:
    anchors = {path: set(re.findall(r'<a id="([^"]+)">', text)) for path, text in pages.items()}
    count = 0
    for path, text in pages.items():
        for target in re.findall(r"(?<!!)\]\(([^)\s]+)\)", text):
            if target.startswith("http"):
                continue
            there, _, anchor = target.partition("#")
            goal = os.path.normpath(os.path.join(os.path.dirname(path), there)) if there else path
            assert goal in pages, f"{path}: {target}"
            assert not anchor or anchor in anchors[goal], f"{path}: {target}"
            count += 1
    assert count > 10_000


def test_every_claim_stands_on_the_page_of_its_thing_and_of_its_source(pages: dict[str, str], graph: Any) -> None:
    from tunewise.graph import TW, local_name

    rows = graph.query(f"SELECT ?a ?t ?s WHERE {{ ?a <{TW}about> ?t ; <{TW}source> ?s ; <{TW}locator> ?l }}")
    count = 0
    for row in rows:
        thing = f"techniques/{local_name(row['t'].value)}.md"
        if thing in pages:
            assert f'<a id="{local_name(row["a"].value)}"></a>' in pages[thing]
            assert f"]({os.path.relpath(thing, 'sources')})" in pages[f"sources/{local_name(row['s'].value)}.md"]
            count += 1
    assert count > 2000


def test_dissent_refutation_and_the_end_of_a_thing_are_shown(pages: dict[str, str]) -> None:
    full = pages["techniques/full-fine-tuning.md"]
    assert "**sources disagree**" in full and "## What it needs" in full and "**refuted** by" in full
    assert "It can be used until 2027-01-14" in pages["models/gpt-4o.md"]
    assert "## Where sources contradict each other" in full


def test_nothing_a_text_holds_is_markup() -> None:
    from tunewise.pages_read import md

    assert md("a*b_c`d`[e](f)|g <script>\n# h") == "a\\*b\\_c\\`d\\`\\[e\\](f)\\|g &lt;script&gt; \\# h"


def test_the_vocabulary_page_defines_every_class_and_property(pages: dict[str, str], graph: Any) -> None:
    from tunewise.graph import TW

    rows = graph.query("PREFIX owl: <http://www.w3.org/2002/07/owl#> SELECT ?p WHERE { VALUES ?k { owl:Class owl:ObjectProperty owl:DatatypeProperty } ?p a ?k }")
    terms = [row["p"].value for row in rows if row["p"].value.startswith(TW)]
    assert len(terms) > 100
    text = pages["vocabulary.md"] + pages["quantities.md"]
    assert all(f"`tw:{t.removeprefix(TW)}`" in text for t in terms)
    assert "https://w3id.org/aio/LargeLanguageModel" in text and "versions IRI" not in text and "https://w3id.org/tunewise/ns/0.1.0" in text


def test_the_same_knowledge_gives_the_same_pages(pages: dict[str, str], advisor: Any) -> None:
    from tunewise import pages as maker

    assert maker.made(advisor.knowledge, advisor.ask("rules")["rules"]) == pages


def test_the_site_is_built_from_them_without_a_broken_link(pages: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the site's builder is not installed (make docs installs it)")
    import yaml

    from tunewise import pages as maker

    few = {p: t for p, t in pages.items() if p.count("/") == 0 or p.endswith("index.md")}
    maker.write(few, tmp_path / "docs" / "reference")
    shutil.copytree(DOCS, tmp_path / "docs", dirs_exist_ok=True)
    config = {**yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf8")), "docs_dir": str(tmp_path / "docs"), "site_dir": str(tmp_path / "site")}
    config["validation"] = {"links": {"not_found": "ignore", "anchors": "ignore"}}  # the pages of single things are left out here; their links are held above
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(config), encoding="utf8")
    run = subprocess.run([sys.executable, "-m", "mkdocs", "build", "-q", "--strict", "-f", str(tmp_path / "mkdocs.yml")], capture_output=True, text=True, timeout=300, env=environment({"NO_MKDOCS_2_WARNING": "1"}))
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    html = (tmp_path / "site" / "add-a-technique.html").read_text(encoding="utf8")
    assert "tunewise new technique" in html and not re.findall(r'<(?:script|link|img|iframe)[^>]+"(?:https?:)?//[^"]+', html), "nothing is fetched to read a page"
    assert (tmp_path / "site" / "search" / "search_index.js").stat().st_size > 10_000, "search works from a file"

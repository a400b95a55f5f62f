"""The pictures that diagrams/ keeps: which they are, drawing them all, and whether they are fresh.

All are drawn for the day of the knowledge, so that the same knowledge gives the same bytes on any day.
"""
from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .diagram import Gallery
from .diagram_drawn import SUFFIX, drawn
from .diagram_page import page
from .diagram_tree import parts
from .errors import InputError

REMEDY_COMMAND = "make diagrams"


def kept(folder: Path) -> list[dict[str, Any]]:
    """The pictures that are kept, as diagrams/kept.yaml lists them: name, draw, and what else is said."""
    import yaml

    try:
        found = yaml.safe_load((folder / "kept.yaml").read_text(encoding="utf8"))
    except OSError:
        raise InputError(f"{folder / 'kept.yaml'}: not found. It lists the pictures to keep.") from None
    except yaml.YAMLError as fault:
        raise InputError(f"{folder / 'kept.yaml'}: no valid YAML: {str(fault).splitlines()[0]}") from None
    return list(found["pictures"])


def made(gallery: Gallery, folder: Path) -> Iterator[tuple[str, bytes]]:
    """(file name, bytes) of all that diagrams/ holds; the drawings last, each beside its source."""
    all_ = entries(gallery, folder)
    for entry in all_:
        for form in entry["forms"]:
            yield f"{entry['name']}.{SUFFIX.get(form, form)}", drawn(gallery, entry["words"], entry["situation"], form, over=entry.get("over", ""), title=entry.get("title", "") if entry["section"] not in ("Families", "Source trees") else "")
    yield "README.md", page(all_, gallery).encode()
    yield "manifest.json", (json.dumps({"drawn with": versions(), "knowledge": gallery.issued()}, indent=1, sort_keys=True) + "\n").encode()


def entries(gallery: Gallery, folder: Path) -> list[dict[str, Any]]:
    """Kept pictures with their situations checked; families and source trees follow the knowledge."""
    out = []
    labels = gallery.advisor.index["labels"]
    for entry in kept(folder):
        situation = gallery.advisor.situation(entry.get("situation") or {})
        words = str(entry["draw"]).split()
        plotted = words[0] in ("quality", "memory")
        forms = ["svg"] if plotted else ["svg", "dot", *(["mermaid"] if entry.get("mermaid") else []), *(["md", "csv"] if words[0] == "decision" else [])]
        out.append({"title": labels.get(words[-1], entry["name"]), **entry, "words": words, "situation": situation, "forms": forms})
    for family in sorted(gallery.advisor.index["names"]["Family"]):
        out.append({"name": f"family-{family}", "section": "Families", "title": labels.get(family, family), "kind": "family", "words": ["map", family], "situation": {}, "forms": ["svg", "dot"]})
    for tree, names in sorted(gallery.trees().items()):
        answer = gallery.advisor.ask("tree", {}, tree=tree)
        source = f"{answer['source_label']}, \N{LEFT DOUBLE QUOTATION MARK}{answer['locator']}\N{RIGHT DOUBLE QUOTATION MARK}"
        out.append({"name": tree, "section": "Source trees", "title": names[0], "source": source, "text": f"From {source}.", "words": [tree], "situation": {}, "forms": ["svg", "dot"]})
        for part in parts(answer):
            title = next(n["label"] for n in answer["nodes"] if n["question"] == part)
            out.append({"name": part, "section": "Source trees", "title": title, "words": [part], "part of": tree, "situation": {}, "forms": ["svg", "dot"]})
    return out


def keep(gallery: Gallery, folder: Path) -> list[str]:
    """Writes all kept pictures and takes away what is no longer among them; returns what was done."""
    folder.mkdir(parents=True, exist_ok=True)
    files = dict(made(gallery, folder))
    old = {f.name for f in folder.iterdir() if f.is_file() and f.name != "kept.yaml"}
    changed = [name for name, data in files.items() if not (folder / name).exists() or (folder / name).read_bytes() != data]
    for name in changed:
        (folder / name).write_bytes(files[name])
    for name in sorted(old - set(files)):
        (folder / name).unlink()
    return [f"{len(files)} files, {len(changed)} new or changed, {len(old - set(files))} taken away"]


def check(gallery: Gallery, folder: Path) -> list[str]:
    """One line for each kept file that no longer says what the knowledge says; drawings only where Graphviz and font are those they were drawn with."""
    same = manifest(folder).get("drawn with") == versions()
    out = []
    files = {}
    for name, data in made(gallery, folder) if same else _sources(gallery, folder):
        files[name] = data
        if not (folder / name).exists():
            out.append(f"{folder / name}: missing. Mend it: {REMEDY_COMMAND}")
        elif (folder / name).read_bytes() != data:
            out.append(f"{folder / name}: stale. Mend it: {REMEDY_COMMAND}")
    wanted = {f"{e['name']}.{SUFFIX.get(f, f)}" for e in entries(gallery, folder) for f in e["forms"]} | {"README.md", "manifest.json", "kept.yaml"}
    out += [f"{f}: no longer drawn. Mend it: {REMEDY_COMMAND}" for f in sorted(folder.iterdir()) if f.is_file() and f.name not in wanted]
    return out


def _sources(gallery: Gallery, folder: Path) -> Iterator[tuple[str, bytes]]:
    """The same without what depends on Graphviz, its fonts or matplotlib."""
    for entry in entries(gallery, folder):
        for form in entry["forms"]:
            if form not in ("svg", "png", "pdf"):
                yield f"{entry['name']}.{SUFFIX.get(form, form)}", drawn(gallery, entry["words"], entry["situation"], form, over=entry.get("over", ""), title=entry.get("title", "") if entry["section"] not in ("Families", "Source trees") else "")


def versions() -> dict[str, str]:
    """What the bytes of a drawing depend on beside the knowledge: Graphviz, its font, matplotlib."""
    import re
    import subprocess
    from importlib.metadata import PackageNotFoundError, version

    def first(*command: str) -> str:
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
            return (run.stdout + run.stderr).strip().splitlines()[0]
        except (OSError, subprocess.SubprocessError, IndexError):
            return ""

    found = re.search(r"version (\S+)", first("dot", "-V"))
    try:
        plots = version("matplotlib")
    except PackageNotFoundError:
        plots = "none"
    return {"graphviz": found.group(1) if found else "none", "font": first("fc-match", "Arial"), "matplotlib": plots}


def manifest(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / "manifest.json").read_text(encoding="utf8")))
    except (OSError, ValueError):
        return {}

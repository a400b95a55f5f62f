"""Every picture there is: how it is asked for, which ones are kept in diagrams/, and whether those are fresh.

A picture is a networkx graph of boxes (diagram_style) or finished bytes (diagram_numbers). The advisor
is handed in; RDF is read through ``graph``. All kept pictures are drawn for the day of the knowledge,
so that the same knowledge gives the same bytes on any day.
"""
from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import graph as rdf
from .errors import InputError, MachineError

FORMATS = ("svg", "png", "pdf", "dot", "mermaid")
SUFFIX = {"svg": "svg", "png": "png", "pdf": "pdf", "dot": "dot", "mermaid": "mmd"}
REMEDY_COMMAND = "make diagrams"


class Gallery:
    """What can be drawn from one advisor's knowledge."""

    def __init__(self, advisor: Any) -> None:
        try:
            import graphviz  # noqa: F401
            import networkx  # noqa: F401
        except ImportError:
            from .diagram_dot import NO_EXTRA

            raise MachineError(NO_EXTRA) from None
        self.advisor = advisor
        self._store: Any = None
        self._asked: dict[str, Any] = {}

    # ---- what the graph says ----------------------------------------------------------------------------

    def rows(self, query: str) -> list[list[Any]]:
        """Rows of a SPARQL query, plain values, our things with their prefix."""
        if self._store is None:
            self._store = rdf.load(self.advisor.knowledge.turtle())
        _, found = rdf.select(self._store, query, timeout=60)
        return [[rdf.plain(cell) for cell in row] for row in found]

    def issued(self) -> str:
        """The date of the knowledge: dcterms:issued of the vocabulary."""
        if "issued" not in self._asked:
            found = self._sources("SELECT ?d WHERE { ?o a owl:Ontology ; dcterms:issued ?d }")
            self._asked["issued"] = str(found[0][0]) if found else "unknown"
        return str(self._asked["issued"])

    def links(self) -> dict[str, str]:
        """Addresses of sources, by id."""
        if "links" not in self._asked:
            out = {}
            for source, identifier in self._sources("SELECT ?s ?i WHERE { ?s a tw:Source ; dcterms:identifier ?i }"):
                text = str(identifier)
                if text.startswith("arXiv:"):
                    text = "https://arxiv.org/abs/" + text[6:]
                elif text.startswith(("doi:", "DOI:")):
                    text = "https://doi.org/" + text[4:]
                if text.startswith("http"):
                    out[str(source).split(":", 1)[-1]] = text
            self._asked["links"] = out
        return dict(self._asked["links"])

    def _sources(self, query: str) -> list[list[Any]]:
        """Rows from the sources and the vocabulary alone: a tenth of the graph."""
        if self._store is not None:
            return self.rows(query)
        if "sources" not in self._asked:
            self._asked["sources"] = rdf.load([f for f in self.advisor.knowledge.turtle() if f.parent.name == "sources" or f.name == "vocabulary.ttl"])
        _, found = rdf.select(self._asked["sources"], query)
        return [[rdf.plain(cell) for cell in row] for row in found]

    def dated(self, graph: Any, *more: str) -> Any:
        """The picture with the date of the knowledge beneath its title."""
        lines = [graph.graph.get("subtitle", ""), *more]
        graph.graph["subtitle"] = "\n".join([*(line for line in lines if line), f"tunewise, knowledge of {self.issued()}"])
        return graph

    # ---- pictures ------------------------------------------------------------------------------------------

    def proof(self, technique: str, situation: dict[str, Any]) -> Any:
        from .diagram_proof import proof

        answer = self.advisor.ask("why", situation, technique=technique)
        return self.dated(proof(answer, self.links()), self.told(situation))

    def what_if(self, technique: str, situation: dict[str, Any]) -> Any:
        from .diagram_proof import what_if

        why = self.advisor.ask("why", situation, technique=technique, depth=2)
        answer = self.advisor.ask("what_if", situation, technique=technique, aim="viable", max=3)
        return self.dated(what_if(answer, why), self.told(situation))

    def told(self, situation: dict[str, Any]) -> str:
        """A situation in one line."""
        from .words import number

        labels, inputs = self.advisor.index["labels"], self.advisor.index["inputs"]
        return ", ".join(f"{inputs[k]['label']} {labels.get(v, number(v)) if not isinstance(v, list) else ' and '.join(labels.get(x, str(x)) for x in v)}" for k, v in sorted(situation.items())) or "nothing said: defaults"

    def map(self, name: str = "") -> Any:
        """The map: all families, one family, or one technique's neighbourhood."""
        from . import diagram_map

        if not name:
            return self.dated(diagram_map.overview(self.rows))
        thing = self.advisor.technique(name)
        drawn = diagram_map.family if thing in self.advisor.index["names"]["Family"] else diagram_map.neighbourhood
        return self.dated(drawn(self.rows, ":" + thing))

    def rules(self, name: str = "") -> Any:
        from . import diagram_rules

        answer = self.advisor.ask("requirements")
        return self.dated(diagram_rules.concern(answer, name) if name else diagram_rules.requirements(answer))

    def classes(self) -> Any:
        from .diagram_map import classes

        return self.dated(classes(self.rows))


    def tree(self, name: str) -> Any:
        """A source's own decision tree, its leaves held against the rules."""
        from .diagram_tree import source_tree

        tree = self._tree_named(name)
        leaves = [row for row in self.conformance() if row["tree"] == tree]
        return self.dated(source_tree(self.advisor.ask("tree", {}, tree=tree), leaves, self.links()))

    def trees(self) -> dict[str, list[str]]:
        """Source trees by id, each with its label and other names."""
        if "trees" not in self._asked:
            self._asked["trees"] = {t["tree"]: [t["label"], *t["aliases"]] for t in self.advisor.ask("trees")["trees"]}
        return dict(self._asked["trees"])

    def _tree_named(self, name: str) -> str:
        import difflib

        from .situation import squash

        known = {squash(n): t for t, names in self.trees().items() for n in (t, t.removeprefix("tree-"), *names)}
        if squash(name) in known:
            return known[squash(name)]
        near = difflib.get_close_matches(squash(name), [*known, "why", "map", "rules", "classes", "decision", "quality", "memory"], n=1)
        raise InputError(f"No diagram '{name[:60]}'.{f' Did you mean {known.get(near[0], near[0])}?' if near else ''} List them: tunewise diagram --list")

    def conformance(self) -> list[dict[str, Any]]:
        """Every leaf of every source tree against the rules; kept beside the compiled knowledge, since it takes a while."""
        if "conformance" not in self._asked:
            file = self.advisor.folder / f"conformance-{self.advisor._day()}.json"
            try:
                rows = json.loads(file.read_text(encoding="utf8"))
            except (OSError, ValueError):
                patience, self.advisor.timeout = self.advisor.timeout, max(self.advisor.timeout, 300.0)
                rows = self.advisor.ask("conformance", {})["leaves"]
                self.advisor.timeout = patience
                _kept_beside(file, rows)
            self._asked["conformance"] = rows
        return list(self._asked["conformance"])

    def decision(self, over: str, situation: dict[str, Any], title: str = "") -> tuple[Any, Any]:
        """(picture, (head, rows) of its table) of the tree that the rules imply over some inputs."""
        from .diagram_decide import derived
        from .diagram_decision import Telling, table, tree
        from .diagram_domain import axes

        found_axes = axes(over, self.advisor.index, self.advisor.names)
        both = [a.field for a in found_axes if a.field in situation]
        if both:
            raise InputError(*(f"{f} is said and drawn over at once. Leave one out." for f in both))
        found = derived(self.advisor, situation, found_axes)
        mains = set(found["mains"])
        texts, families = {}, {}
        for t, text, label in self.rows("SELECT ?t ?text ?f WHERE { ?t tw:family/rdfs:label ?f ; skos:definition ?text } ORDER BY ?t ?f"):
            name = str(t).split(":", 1)[-1]
            if name in mains and name not in families:
                texts[name], families[name] = str(text), str(label)
        telling = Telling(found_axes, self.advisor.index["labels"], families, texts)
        told = "over " + "; ".join(a.told(self.advisor.index["labels"]) for a in found_axes)
        words = title or "What is advised, by " + " and ".join(a.label for a in found_axes)
        return (lambda: self.dated(tree(found, found_axes, telling, words, told), "for " + self.told(situation))), table(found, telling)

    def numbers(self, name: str, situation: dict[str, Any], form: str, techniques: list[str]) -> bytes:
        """quality: quality against memory; memory: what fills the GPU."""
        from . import diagram_numbers

        subtitle = f"{self.told(situation)}. tunewise, knowledge of {self.issued()}"
        if name == "quality":
            return diagram_numbers.quality_against_memory(self.advisor.ask("scatter", situation, x="need_gib", y="quality_vs_full"), subtitle, form)
        if not techniques:
            best = self.advisor.ask("scatter", situation, x="need_gib", y="quality_vs_full")["points"]
            techniques = [p["technique"] for p in sorted(best, key=lambda p: -len(p["claims"]))[:6]]
        gpus = int(situation.get("n_gpus", 1))
        answers = {t: self.advisor.ask("memory", situation, technique=t, parts=True) for t in techniques}
        bars = [b for t, a in answers.items() if (b := diagram_numbers.bar(a, self.advisor.index["labels"][t], gpus))]
        have = next((a["usable"] for a in answers.values() if isinstance(a["usable"], (int, float))), None)
        return diagram_numbers.memory_by_part({"bars": bars, "have": have / gpus if have else None}, subtitle, form)

    def listed(self) -> list[tuple[str, str]]:
        """Every name that can be asked for, and what it draws."""
        out = [("why THING, why-not THING", "the proof, for the situation said"), ("what-if THING", "the ways to make it viable"), ("map", "families of techniques on the ladder"),
               ("map FAMILY or TECHNIQUE", "one family; one technique's neighbours"), ("rules", "concerns, and what they ask and read"), ("rules CONCERN", "one concern, conclusion by conclusion"),
               ("classes", "the classes of the ontology"), ("decision --over INPUTS", "the tree that the rules imply over inputs"), ("quality", "quality against memory of what is viable"), ("memory THING ...", "what fills the GPU at the peak")]
        return out + [(t, f"source tree: {n[0]}") for t, n in sorted(self.trees().items())]


def _kept_beside(file: Path, data: Any) -> None:
    try:
        file.write_text(json.dumps(data), encoding="utf8")
    except OSError:
        pass


# ---- one picture as bytes ----------------------------------------------------------------------------------


def drawn(gallery: Gallery, words: list[str], situation: dict[str, Any], form: str, over: str = "", title: str = "") -> bytes:
    """The picture that the words ask for, as bytes of one format."""
    from .diagram_decision import as_csv, markdown
    from .diagram_dot import rendered

    verb, rest = words[0].lower().replace("_", "-"), " ".join(words[1:])
    if form not in (*FORMATS, "md", "csv") or form in ("md", "csv") and verb != "decision":
        raise InputError(f"No format '{form[:20]}' for {verb[:30]}. Formats: {', '.join(FORMATS)}" + (", md, csv" if verb == "decision" else ""))
    if verb == "decision":
        picture, (head, rows) = gallery.decision(over or rest, situation, title)
        return (markdown(head, rows) if form == "md" else as_csv(head, rows)).encode() if form in ("md", "csv") else rendered(picture(), form)
    if verb in ("quality", "memory"):
        techniques = [gallery.advisor.technique(t) for t in words[1:]]
        return gallery.numbers(verb, situation, form, techniques)
    if verb in ("why", "why-not", "what-if"):
        if not rest:
            raise InputError(f"diagram {verb} wants a technique. List them: tunewise ls techniques")
        technique = gallery.advisor.technique(rest)
        graph = gallery.what_if(technique, situation) if verb == "what-if" else gallery.proof(technique, situation)
    elif verb == "map":
        graph = gallery.map(rest)
    elif verb == "rules":
        graph = gallery.rules(rest.replace("-", "_").replace(" ", "_"))
    elif verb == "classes":
        graph = gallery.classes()
    else:
        graph = gallery.tree(" ".join(words[1:] if verb == "tree" else words))
    if title:
        graph.graph["title"] = title
    return rendered(graph, form)


# ---- what is kept in diagrams/ ------------------------------------------------------------------------------


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
    from .diagram_page import page

    entries = _entries(gallery, folder)
    for entry in entries:
        for form in entry["forms"]:
            yield f"{entry['name']}.{SUFFIX.get(form, form)}", drawn(gallery, entry["words"], entry["situation"], form, over=entry.get("over", ""), title=entry.get("title", "") if entry["section"] not in ("Families", "Source trees") else "")
    yield "README.md", page(entries, gallery).encode()
    yield "manifest.json", (json.dumps({"drawn with": versions(), "knowledge": gallery.issued()}, indent=1, sort_keys=True) + "\n").encode()


def _entries(gallery: Gallery, folder: Path) -> list[dict[str, Any]]:
    """Kept pictures with their situations checked; families and source trees follow the knowledge."""
    out = []
    for entry in kept(folder):
        situation = gallery.advisor.situation(entry.get("situation") or {})
        words = str(entry["draw"]).split()
        plotted = words[0] in ("quality", "memory")
        forms = ["svg"] if plotted else ["svg", "dot", *(["mermaid"] if entry.get("mermaid") else []), *(["md", "csv"] if words[0] == "decision" else [])]
        out.append({**entry, "words": words, "situation": situation, "forms": forms})
    labels = gallery.advisor.index["labels"]
    for family in sorted(gallery.advisor.index["names"]["Family"]):
        out.append({"name": f"family-{family}", "section": "Families", "title": labels.get(family, family), "kind": "family", "words": ["map", family], "situation": {}, "forms": ["svg", "dot"]})
    for tree, names in sorted(gallery.trees().items()):
        out.append({"name": tree, "section": "Source trees", "title": names[0], "words": ["tree", tree], "situation": {}, "forms": ["svg", "dot"]})
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
    wanted = {f"{e['name']}.{SUFFIX.get(f, f)}" for e in _entries(gallery, folder) for f in e["forms"]} | {"README.md", "manifest.json", "kept.yaml"}
    out += [f"{f}: no longer drawn. Mend it: {REMEDY_COMMAND}" for f in sorted(folder.iterdir()) if f.is_file() and f.name not in wanted]
    return out


def _sources(gallery: Gallery, folder: Path) -> Iterator[tuple[str, bytes]]:
    """The same without what depends on Graphviz, its fonts or matplotlib."""
    for entry in _entries(gallery, folder):
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

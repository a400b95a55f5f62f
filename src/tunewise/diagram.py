"""Every picture there is, and how it is asked for.

A picture is a networkx graph of boxes (diagram_style) or finished bytes (diagram_numbers). The advisor
is handed in; RDF is read through ``graph``. All kept pictures are drawn for the day of the knowledge,
so that the same knowledge gives the same bytes on any day.
"""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import graph as rdf
from .errors import InputError, MachineError


class Gallery:
    """What can be drawn from one advisor's knowledge."""

    def __init__(self, advisor: Any, tell: Callable[[str], None] = lambda text: None) -> None:
        try:
            import graphviz  # noqa: F401
            import networkx  # noqa: F401
        except ImportError:
            from .diagram_graphviz import NO_EXTRA

            raise MachineError(NO_EXTRA) from None
        self.advisor, self.tell = advisor, tell
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
        from .diagram_whatif import what_if

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
        from .diagram_family import family
        from .diagram_map import neighbourhood, overview

        if not name:
            return self.dated(overview(self.rows))
        thing = self.advisor.technique(name)
        return self.dated((family if thing in self.advisor.index["names"]["Family"] else neighbourhood)(self.rows, ":" + thing))

    def rules(self, name: str = "") -> Any:
        from . import diagram_rules

        answer = self.advisor.ask("requirements")
        return self.dated(diagram_rules.concern(answer, name) if name else diagram_rules.requirements(answer))

    def classes(self) -> Any:
        from .diagram_map import classes

        return self.dated(classes(self.rows))


    def tree(self, name: str) -> Any:
        """A source's own decision tree, or its part from one question on; its leaves held against the rules."""
        from .diagram_tree import source_tree

        tree, start = self._tree_named(name)
        return self.dated(source_tree(self.advisor.ask("tree", {}, tree=tree), self.conformance(tree), self.links(), start))

    def trees(self) -> dict[str, list[str]]:
        """Source trees by id, each with its label and other names."""
        if "trees" not in self._asked:
            self._asked["trees"] = {t["tree"]: [t["label"], *t["aliases"]] for t in self.advisor.ask("trees")["trees"]}
        return dict(self._asked["trees"])

    def _tree_named(self, name: str) -> tuple[str, str]:
        """Id of a tree, and of the question in it where the picture begins, if one was named."""
        import difflib

        from .situation import squash

        known = {squash(n): t for t, names in self.trees().items() for n in (t, t.removeprefix("tree-"), *names)}
        if squash(name) in known:
            return known[squash(name)], ""
        for tree in (t for n, t in known.items() if squash(name).startswith(n)):
            for node in self.advisor.ask("tree", {}, tree=tree)["nodes"]:
                if squash(name) in (squash(node["question"]), squash(node["question"]).removeprefix("tree")):
                    return tree, node["question"]
        near = difflib.get_close_matches(squash(name), [*known, "why", "map", "rules", "classes", "decision", "quality", "memory"], n=1)
        raise InputError(f"No diagram '{name[:60]}'.{f' Did you mean {known.get(near[0], near[0])}?' if near else ''} List them: tunewise diagram --list")

    def conformance(self, tree: str) -> list[dict[str, Any]]:
        """Every leaf of a source tree against the rules; kept beside the compiled knowledge, since it takes a while."""
        key = f"conformance {tree}"
        if key not in self._asked:
            file = self.advisor.folder / f"{tree}-{self.advisor._day()}.json"
            try:
                rows = json.loads(file.read_text(encoding="utf8"))
            except (OSError, ValueError):
                rows = self.advisor.ask("conformance", {}, tree=tree)["leaves"]
                _kept_beside(file, rows)
            self._asked[key] = rows
        return list(self._asked[key])

    def decision(self, over: str, situation: dict[str, Any], title: str = "") -> tuple[Any, Any]:
        """(picture, (head, rows) of its table) of the tree that the rules imply over some inputs."""
        from .diagram_decide import derived
        from .diagram_decision import Telling, table, tree
        from .diagram_domain import axes

        found_axes = axes(over, self.advisor.index, self.advisor.names)
        both = [a.field for a in found_axes if a.field in situation]
        if both:
            raise InputError(*(f"{f} is said and drawn over at once. Leave one out." for f in both))
        found = derived(self.advisor, situation, found_axes, self.tell)
        texts, families, rungs = {}, {}, {}
        for t, text, label, rung in self.rows("SELECT ?t ?text ?f ?o WHERE { ?t tw:family ?x ; skos:definition ?text . ?x rdfs:label ?f . OPTIONAL { ?x tw:family* ?y . ?y tw:rung/tw:order ?o } } ORDER BY ?t ?o ?f"):
            name = str(t).split(":", 1)[-1]
            if name in found["mains"] and name not in families:
                texts[name], families[name], rungs[name] = str(text), str(label), int(rung if rung is not None else 99)
        telling = Telling(found_axes, self.advisor.index["labels"], families, texts, rungs)
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
        from .diagram_tree import parts

        out = [("why THING, why-not THING", "the proof, for the situation said"), ("what-if THING", "the ways to make it viable"), ("map", "families of techniques on the ladder"),
               ("map FAMILY or TECHNIQUE", "one family; one technique's neighbours"), ("rules", "concerns, and what they ask and read"), ("rules CONCERN", "one concern, conclusion by conclusion"),
               ("classes", "the classes of the ontology"), ("decision --over INPUTS", "the tree that the rules imply over inputs"), ("quality", "quality against memory of what is viable"), ("memory THING ...", "what fills the GPU at the peak")]
        for tree, names in sorted(self.trees().items()):
            answer = self.advisor.ask("tree", {}, tree=tree)
            words = {n["question"]: n["label"] for n in answer["nodes"]}
            out += [(tree, f"source tree: {names[0]}"), *((part, f"  its part: {words[part]}") for part in parts(answer))]
        return out


def _kept_beside(file: Path, data: Any) -> None:
    try:
        file.write_text(json.dumps(data), encoding="utf8")
    except OSError:
        pass

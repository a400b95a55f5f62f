"""The graph for other tools: every form says the same, a named graph says what one source says, and the header says what it is."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from conftest import python, tunewise
from tunewise import __version__, graph, graph_export
from tunewise.knowledge import Knowledge
from test_architecture import UNITS

TW, KB = graph.TW, graph.PREFIXES[""]
SMALL = f"""@prefix tw: <{TW}> .
@prefix : <{KB}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

:lab-book a tw:Source ; rdfs:label "our \\"lab\\" book\\nof Ü" ; tw:evidence tw:measured .
:glow a tw:Practice ; rdfs:label "glow"@en ; tw:settings [ tw:key "r" ; tw:value 16 ], [ tw:key "alpha" ; tw:value 0.50 ] .
:glow-needs a tw:Claim ; tw:about :glow ; tw:quantity tw:examples ; tw:atLeast 7 ; tw:source :lab-book ; tw:locator "p. 1" ; tw:when [ tw:quantity tw:paramsB ; tw:atLeast 6.5 ] .
"""


@pytest.fixture(scope="module")
def whole() -> list[Any]:
    k = Knowledge()
    return list(graph_export.quads(k.ontology, k.turtle()))


@pytest.fixture
def small(tmp_path: Path) -> Knowledge:
    (tmp_path / "glow.ttl").write_text(SMALL, encoding="utf8")
    return Knowledge(ontology=(tmp_path,))


def canonical(triples: Any) -> Any:
    store = ox.Store()  # 3.0 and 3 are one number to the store, as they are to the rules
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    data = ox.Dataset(store)
    data.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return data


def test_what_is_exported_is_what_the_rules_read(whole: list[Any], graph: Any) -> None:
    assert len(whole) > 50_000
    assert canonical(whole) == canonical(graph)


@pytest.mark.parametrize("form", ["turtle", "json-ld", "n-quads"])
def test_every_form_of_the_whole_graph_reads_back_as_it_was(form: str, whole: list[Any]) -> None:
    k = Knowledge()
    name, _, graphs = graph_export.FORMS[form]
    back = set(ox.parse(graph_export.text(k.ontology, k.turtle(), form).encode(), format=getattr(ox.RdfFormat, name)))
    assert back == (set(whole) if graphs else {ox.Quad(q.subject, q.predicate, q.object) for q in whole}), "names of blank nodes are kept, so equal sets are isomorphic graphs"


@pytest.mark.parametrize("form", sorted(graph_export.FORMS))
def test_another_library_reads_the_same(form: str, small: Knowledge) -> None:
    import rdflib
    from rdflib.compare import isomorphic

    said = graph_export.text(small.ontology, small.turtle(), form)
    name = {"n-triples": "nt", "n-quads": "nquads"}.get(form, form)
    read = rdflib.Dataset() if graph_export.FORMS[form][2] else rdflib.Graph()
    read.parse(data=said, format=name)
    flat = rdflib.Graph()
    for s, p, o, *_ in (read.quads() if isinstance(read, rdflib.Dataset) else read):
        flat.add((s, p, o))
    assert len(flat) == 20 and isomorphic(flat, rdflib.Graph().parse(data=SMALL, format="turtle"))


def test_a_named_graph_holds_what_one_source_says_and_nothing_else(whole: list[Any]) -> None:
    about, cites = ox.NamedNode(TW + "about"), ox.NamedNode(TW + "source")
    assertions = {q.subject: q.graph_name for q in whole if q.predicate == about}
    source = {q.subject: q.object for q in whole if q.predicate == cites and q.subject in assertions}
    assert len(source) > 4000 and all(assertions[a] == s for a, s in source.items())
    conditions = {q.object: q.graph_name for q in whole if isinstance(q.object, ox.BlankNode)}
    assert len(conditions) > 2000 and all(conditions[q.subject] == q.graph_name for q in whole if q.subject in conditions), "a condition stands beside the assertion it belongs to"
    others = {q.graph_name.value for q in whole} - {s.value for s in source.values()}
    assert others and all(name.startswith(graph_export.FILES) for name in others)
    assert KB + "cheat-sheet" in {s.value for s in source.values()} and graph_export.FILES + "vocabulary.ttl" in others


def test_a_graph_can_be_asked_for_what_one_source_says(tmp_path: Path) -> None:
    out = tmp_path / "kb.nq"
    run = tunewise("export", "--out", str(out))
    assert run.returncode == 0 and run.stdout == "" and "n-quads" in run.stderr, "the ending of the file says the form"
    store = ox.Store()
    store.bulk_load(path=str(out), format=ox.RdfFormat.N_QUADS)
    rows = store.query(f"SELECT DISTINCT ?s WHERE {{ GRAPH <{KB}cheat-sheet> {{ ?c <{TW}source> ?s }} }}")
    assert [r["s"].value for r in rows] == [KB + "cheat-sheet"]
    assert list(tmp_path.iterdir()) == [out], "nothing half written is left"


def test_the_same_knowledge_gives_the_same_bytes(small: Knowledge) -> None:
    code = "import sys; from pathlib import Path; from tunewise import graph_export as g; f = Path(sys.argv[1]); print(*(g.text((f,), sorted(f.glob('*.ttl')), form) for form in g.FORMS))"
    runs = [python(code, str(small.ontology[0]), env={"PYTHONHASHSEED": seed}) for seed in ("1", "2")]
    assert runs[0].returncode == 0, runs[0].stderr
    assert runs[0].stdout == runs[1].stdout and "glow" in runs[0].stdout


@pytest.mark.parametrize("said, told", [(["export", "rdf"], "Forms: turtle"), (["export", "turtle", "--ouut", "x"], "--ouut"), (["export", "turtle", "trig"], "too much")])
def test_a_form_that_is_not_there_is_told_with_those_that_are(said: list[str], told: str) -> None:
    run = tunewise(*said)
    assert run.returncode == 2 and told in run.stderr and run.stdout == ""


# ---- what the header says, whom we meet, what the units are ---------------------------------------------------


def test_the_header_says_version_licence_creators_and_prefix(graph: Any) -> None:
    said = {q.predicate.value.rsplit("/", 1)[-1].rsplit("#", 1)[-1]: q.object.value for q in graph.quads_for_pattern(ox.NamedNode("https://w3id.org/tunewise/ns"), None, None)}
    assert said["versionIRI"] == f"https://w3id.org/tunewise/ns/{__version__}" and said["versionInfo"] == __version__
    assert "apache.org/licenses/LICENSE-2.0" in said["license"] and said["creator"] and said["preferredNamespacePrefix"] == "tw" and said["preferredNamespaceUri"] == TW


# Every IRI of another vocabulary that an alignment names, read in that vocabulary's release; a new one is looked up and written here.
ELSEWHERE = {
    "https://w3id.org/aio/": {"TrainingStrategy", "LargeLanguageModel", "Distillation", "TransferLearning"},
    "https://w3id.org/fair4ml#": {"MLModel", "MLModelEvaluation"},
    "http://www.w3.org/ns/mls#": {"Algorithm", "Model", "Software", "Dataset", "EvaluationMeasure", "EvaluationSpecification", "Task", "HyperParameter"},
    "https://spdx.org/rdf/3.0.1/terms/": {"AI/AIPackage", "AI/hyperparameter", "Dataset/DatasetPackage"},
    "https://schema.org/": {"CreativeWork", "Product", "SoftwareApplication", "Dataset", "Claim", "Recommendation", "license", "softwareRequirements", "memoryRequirements"},
    "http://www.w3.org/ns/prov#": {"Entity"},
}


def test_every_alignment_was_looked_up_and_no_vocabulary_is_left_out(graph: Any) -> None:
    k = Knowledge()
    (file,) = [f for f in k.turtle() if f.name == "alignments.ttl"]
    rows = [q for q in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE) if not str(q.subject.value).endswith("/alignments")]
    assert len(rows) >= 25
    known = {base + name for base, names in ELSEWHERE.items() for name in names}
    assert {q.object.value for q in rows} == known
    assert all(any(graph.quads_for_pattern(q.subject, ox.NamedNode(graph_export.KNOWN["rdf"] + "type"), None)) for q in rows), "what is aligned is ours"


def test_units_are_those_of_qudt_and_the_rules_use_its_factors(graph: Any) -> None:
    factor = {row["l"].value: float(row["f"].value) for row in graph.query(
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> SELECT ?l ?f WHERE { ?u <http://qudt.org/schema/qudt/conversionMultiplier> ?f ; rdfs:label|skos:altLabel ?l }")}
    used = {row["u"].value for row in graph.query(f"SELECT DISTINCT ?u WHERE {{ ?q <{TW}unit> ?u }}")}
    assert len(used) > 20 and used <= set(factor) | {"USD/h", "USD/month"}
    assert factor["GiB"] / factor["GB"] == 1.073741824 and factor["GiB"] / factor["B"] == 2**30 and factor["B"] / factor["bits"] == 8
    assert {factor["GiB"] / factor["GB"], factor["h"], factor["B"], 1 / factor["%"], factor["million tokens"], factor["billion parameters"], factor["TFLOPS"]} == UNITS, "no rule holds another factor"

"""The house keeps its shape: who may import whom, where engines live, and that knowledge stands in the ontology alone."""
from __future__ import annotations

import ast
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, python

SRC = ROOT / "src" / "tunewise"
RULES = ROOT / "rules"

# Every import of one module of ours by another. Imports point down; a new module or edge is a decision, and is written here.
EDGES: dict[str, set[str]] = {
    "__init__": {"advisor", "errors"},
    "__main__": {"cli"},
    "cli": {"advisor", "errors", "folders", "situation", "verbs"},
    "verbs": set(),
    "verbs._shared": {"advisor", "errors", "situation", "words"},
    "advisor": {"errors", "knowledge", "modelconfig", "prolog", "situation", "values"},
    "values": {"words"},  # an answer shows itself as text
    "words": set(),
    "check": {"check_file", "check_text", "errors", "folders", "graph", "graph_near", "graph_own", "graph_read", "graph_shapes", "places", "situation"},
    "check_text": {"graph"},
    "check_file": {"check_text", "folders", "graph", "graph_words", "places", "recipe_bind"},
    "check_effects": {"advisor", "check_text", "errors", "folders", "graph", "graph_near", "graph_own", "places", "reference"},
    "graph_words": {"graph"},
    "graph_near": {"graph"},
    "graph_shapes": {"errors", "graph"},
    "completion": {"errors"},
    "schema": {"errors"},
    "runs": {"errors"},
    "modelconfig": {"errors", "modelconfig_count"},
    "modelconfig_count": {"errors"},
    "diagram": {"errors", "graph", "knowledge", "situation", "words", *(f"diagram_{part}" for part in ("graphviz", "map", "family", "rules", "proof", "whatif", "tree", "domain", "decide", "decision", "numbers"))},
    "diagram_style": set(),
    "diagram_graphviz": {"errors"},
    "diagram_mermaid": {"diagram_style", "errors"},
    "diagram_dot": {"diagram_style", "errors"},
    "diagram_tidy": {"diagram_dot", "diagram_graphviz", "diagram_style", "errors"},
    "diagram_tree": {"diagram_style"},
    "diagram_proof": {"diagram_style", "words"},
    "recipe": {"errors", "recipe_bind", "recipe_data", "recipe_readme", "recipe_template"},
    "recipe_bind": {"errors"},
    "recipe_data": {"errors", "recipe_rows", "recipe_template"},
    "recipe_readme": {"recipe_template", "words"},
    "recipe_template": {"errors"},
    "knowledge": {"errors", "folders", "graph", "graph_endpoint", "graph_own", "prolog"},
    "folders": {"errors"},
    "places": set(),
    "graph_read": {"errors"},
    "graph_own": {"errors", "folders", "graph", "graph_read", "places"},
    "graph_endpoint": {"errors", "graph"},
    "graph": {"errors", "graph_read"},
    "graph_export": {"errors", "graph"},
    "reference": {"errors", "folders", "situation"},
    "diff": {"errors", "folders", "graph", "graph_own", "reference"},
    "prolog": {"errors"},
    "situation": {"errors"},
    "errors": set(),
}
# A subject of several files, NAME.py and NAME_PART.py: where EDGES does not say more, its files may import each other, never in a circle, and this besides.
SUBJECTS = {"new": {"errors", "graph", "modelconfig", "situation"}, "pages": {"folders", "graph", "graph_own"}, "data": {"errors"}, "diagram": {"errors", "graph", "situation", "words"}, "recipe": {"errors", "words"}, "words": set()}
# A verb asks the advisor and tells the answer; it may use what is below it, and of other verbs only what they share.
OF_A_VERB = {"__init__", "advisor", "check", "check_effects", "check_text", "completion", "diff", "errors", "graph", "graph_endpoint", "graph_export", "graph_own", "modelconfig", "runs", "schema", "situation", "verbs", "verbs._shared", "words"}
VERBS_OF_VERBS = {"verbs.why_not": {"verbs.why"}, "verbs.show": {"verbs.tree"}, "verbs.ls": {"verbs.tree"}}  # one question, two names
# Height in the house: what is imported stands lower.
LEVEL = {"__main__": 9, "cli": 8, "verbs": 7, "verbs._shared": 7, "__init__": 6, "advisor": 5, "check": 5, "check_effects": 6, "completion": 5, "modelconfig": 4, "modelconfig_count": 3, "runs": 5, "schema": 5, "values": 4, "words": 3,
         "knowledge": 4, "graph": 2, "graph_read": 1, "graph_own": 3, "graph_endpoint": 3, "folders": 1, "places": 0, "graph_near": 3, "graph_words": 3, "graph_shapes": 3, "check_text": 3, "check_file": 4, "recipe_bind": 2, "graph_export": 3, "reference": 4, "diff": 6, "prolog": 2, "situation": 1, "errors": 0}
# Each engine has one home.
HOMES = {"pyoxigraph": "graph", "rdflib": "graph", "oxrdflib": "graph", "pyshacl": "graph", "pyswip": "prolog",
         "networkx": "diagram", "graphviz": "diagram", "matplotlib": "diagram"}
TRAINING = {"torch", "transformers", "peft", "trl", "accelerate", "bitsandbytes", "datasets", "unsloth"}

# Plain words that are also the id or the label of a technique, a model or a GPU. Reviewed one by one; a word that only the
# ontology should know does not come here.
ALLOWED = {
    "less": "the comparison, and the second name of a way to select data",
}


def modules() -> dict[str, ast.Module]:
    """Every module of ours, as "words" or "verbs.why"."""
    files = [file for file in sorted(SRC.rglob("*.py")) if "_data" not in file.parts]
    assert len(files) >= 20, "no modules were found: is this the right folder?"
    return {module_name(file): ast.parse(file.read_text(encoding="utf8"), str(file)) for file in files}


def module_name(file: Path) -> str:
    parts = file.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports(tree: ast.Module) -> Iterator[tuple[int, str, str | None]]:
    """(dots, module, name) of every import anywhere in a file, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name, None
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.level, node.module or "", alias.name


def ours(name: str, tree: ast.Module, known: set[str]) -> set[str]:
    """Modules of ours that a module imports."""
    package = name.split(".") if name == "verbs" else name.split(".")[:-1]
    out = set()
    for dots, module, thing in imports(tree):
        if dots == 0 and module.split(".")[0] != "tunewise":
            continue
        parts = module.split(".")[1:] if dots == 0 else [*package[: len(package) - dots + 1], *[p for p in module.split(".") if p]]
        whole = ".".join([*parts, thing] if thing else parts)
        out.add(whole if whole in known or not parts and thing and not thing.startswith("__") else ".".join(parts) or "__init__")
    return out


def subject(name: str) -> str | None:
    return name.split("_")[0] if name.split("_")[0] in SUBJECTS else None


def may_import(name: str, target: str) -> bool:
    """Whether it was decided that one module may import another."""
    if name.startswith("verbs.") and name != "verbs._shared":
        return target in OF_A_VERB | VERBS_OF_VERBS.get(name, set()) or subject(target) is not None
    if (own := subject(name)) is not None and (name not in EDGES or subject(target) == own and name == own):
        return target in SUBJECTS[own] or subject(target) == own
    assert name in EDGES, f"{name} is new: say in EDGES what it may import"
    return target in EDGES[name]


def test_every_import_is_one_that_was_decided() -> None:
    found = modules()
    extra = [f"{name} imports {target}" for name, tree in found.items() for target in sorted(ours(name, tree, set(found))) if not may_import(name, target)]
    assert not extra, "\n".join(extra)


def test_imports_point_down() -> None:
    for name in set(EDGES) & set(LEVEL):
        for target in EDGES[name]:
            assert LEVEL[target] < LEVEL[name], f"{name} may not import {target}: it stands no lower"
    assert all(LEVEL[target] <= LEVEL["verbs"] for target in OF_A_VERB)
    assert all(LEVEL[target] < LEVEL["advisor"] for allowed in SUBJECTS.values() for target in allowed)


def test_the_import_graph_has_no_cycle() -> None:
    found = modules()
    graph = {name: ours(name, tree, set(found)) for name, tree in found.items()}
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, f"imports run in a circle: {' > '.join((*path, name))}"
        if name not in done:
            for target in graph.get(name, set()):
                walk(target, (*path, name))
            done.add(name)

    for name in graph:
        walk(name, ())


def test_each_engine_has_one_home() -> None:
    for name, tree in modules().items():
        for dots, module, _ in imports(tree):
            top = module.split(".")[0]
            if not dots and top in HOMES:
                assert name.startswith(HOMES[top]), f"{name}.py imports {top}, whose home is {HOMES[top]}"


def test_nothing_imports_a_training_library() -> None:
    for name, tree in modules().items():
        wanted = {module.split(".")[0] for dots, module, _ in imports(tree) if not dots} & TRAINING
        assert not wanted, f"{name}.py imports {sorted(wanted)}; training belongs into recipes"


ENGINES = "pyswip", "pyoxigraph", "rdflib", "oxrdflib", "pyshacl", "networkx", "graphviz", "matplotlib", "pydantic", "yaml", "subprocess"


@pytest.mark.parametrize("code", ["import tunewise", "import tunewise.cli, sys\ntry: tunewise.cli.main(['--help'])\nexcept SystemExit: pass",
                                  "import tunewise; tunewise.Advisor()", "from tunewise.cli import main; main([])", "from tunewise.cli import main; main(['no-such-verb'])"])
def test_starting_up_starts_no_engine(code: str) -> None:
    run = python(f"{code}\nimport sys, json; print('|' + json.dumps(sorted(set({ENGINES!r}) & set(sys.modules))))")
    assert run.returncode == 0, run.stderr
    started = json.loads(run.stdout.rsplit("|", 1)[1])
    assert set(started) <= ({"subprocess"} if "Advisor" in code else set()), f"{code!r} loads {started}"


# ---- knowledge is not in code -----------------------------------------------------------------------------

READER = r"""
:- use_module(library(http/json)).
:- op(1180, xfx, ::), op(1130, xfx, otherwise), op(1120, xfx, says), op(1110, xfx, if).
:- initialization(main).
main :- current_prolog_flag(argv, Args), include(prolog_file, Args, Files), maplist(file_terms, Files, Rows), json_write_dict(current_output, Rows, [width(0)]), nl, halt.
main :- halt(1).
prolog_file(File) :- file_name_extension(_, pl, File).
file_terms(File, _{file:File, terms:Terms}) :-
    setup_call_cleanup(open(File, read, In, [encoding(utf8)]), terms(In, Terms), close(In)).
terms(In, Terms) :-
    read_term(In, T, [module(user), term_position(P), variable_names(_)]),
    ( T == end_of_file -> Terms = [] ; stream_position_data(line_count, P, Line), row(T, Line, Row), Terms = [Row|More], terms(In, More) ).
row(T, Line, _{line:Line, kind:Kind, name:Name, says:Says, otherwise:Other, atoms:Atoms, strings:Strings, numbers:Numbers}) :-
    kind(T, Kind, Name0, Says, Other), ( atom(Name0) -> Name = Name0 ; Name = '' ),
    ( Kind == rule -> T = (_ :: Body), Look = Body ; Look = T ),
    findall(A, ( part(Look, A0), atom(A0), A0 \== [], atom_string(A0, A) ), Atoms0), sort(Atoms0, Atoms),
    findall(S, ( part(Look, S), string(S) ), Strings), findall(N, ( part(Look, N), number(N) ), Numbers).
kind((Name :: _ if _ says P otherwise N), rule, Name, P, N) :- string(P), string(N), !.
kind((Name :: _), rule, Name, "", "") :- !.
kind((:- _), directive, '', "", "") :- !.
kind(_, clause, '', "", "").
part(T, _) :- var(T), !, fail.
part(T, F) :- compound(T), compound_name_arity(T, F, _).
part(T, X) :- compound(T), !, arg(_, T, A), part(A, X).
part(T, T).
"""


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, list[dict[str, Any]]]:
    """What SWI-Prolog reads in every rule file and engine file: the parse, not the text."""
    script = tmp_path_factory.mktemp("read") / "reader.pl"
    script.write_text(READER, encoding="utf8")
    files = [*sorted(RULES.glob("*.pl")), *sorted((RULES / "engine").glob("*.pl"))]
    assert len(files) >= 15
    swipl = shutil.which("swipl")
    assert swipl
    run = subprocess.run([swipl, "-f", "none", str(script), "--", *map(str, files)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    assert run.returncode == 0, run.stderr
    read = {Path(row["file"]): row["terms"] for row in json.loads(run.stdout)}
    assert set(read) == set(files)
    return read


@pytest.fixture(scope="session")
def knowledge_words(advisor: Any) -> dict[str, str]:
    """Ids and labels of techniques, models and GPUs, in lower case."""
    words = {}
    for cls in ("Technique", "Model", "Gpu"):
        members = advisor.index["names"][cls]
        assert len(members) >= 50
        for thing, names in members.items():
            for name in (thing, names[0]):
                words[name.casefold()] = f"the {cls.lower()} {thing}"
    return words


def test_no_rule_names_a_technique_a_model_or_a_gpu(parsed: dict[Path, list[dict[str, Any]]], knowledge_words: dict[str, str]) -> None:
    found = [f"{file.relative_to(ROOT)}:{term['line']}: '{word}' is {knowledge_words[word.casefold()]}"
             for file, terms in parsed.items() for term in terms for word in [*term["atoms"], *term["strings"]]
             if word.casefold() in knowledge_words and word.casefold() not in ALLOWED]
    assert not found, "\n".join(found)


def test_no_python_names_a_technique_a_model_or_a_gpu(knowledge_words: dict[str, str]) -> None:
    found = []
    for name, tree in modules().items():
        for node in ast.walk(tree):
            for word in identifiers(node):
                if word.casefold() in knowledge_words and word.casefold() not in ALLOWED:
                    found.append(f"{name}.py:{getattr(node, 'lineno', '?')}: '{word}' is {knowledge_words[word.casefold()]}")
    assert not found, "\n".join(found)


def identifiers(node: ast.AST) -> Iterator[str]:
    """Strings and names of one node, as they are and with the underscores of a name as hyphens."""
    for field in ("id", "attr", "arg", "name", "asname"):
        if isinstance(word := getattr(node, field, None), str):
            yield from {word, word.strip("_").replace("_", "-")}
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value.strip()


def test_the_allowed_words_are_still_needed(parsed: dict[Path, list[dict[str, Any]]], knowledge_words: dict[str, str]) -> None:
    read = {word.casefold() for terms in parsed.values() for term in terms for word in [*term["atoms"], *term["strings"]]}
    read |= {word.casefold() for tree in modules().values() for node in ast.walk(tree) for word in identifiers(node)}
    idle = {word for word in ALLOWED if word not in knowledge_words or word not in read}
    assert not idle, f"no longer needed in ALLOWED: {sorted(idle)}"


# ---- rules ---------------------------------------------------------------------------------------------------


def rule_terms(parsed: dict[Path, list[dict[str, Any]]]) -> list[tuple[Path, dict[str, Any]]]:
    terms = [(file, term) for file, terms in parsed.items() if file.parent == RULES for term in terms]
    assert len(terms) >= 80
    return terms


def test_every_rule_has_both_its_sentences(parsed: dict[Path, list[dict[str, Any]]], advisor: Any) -> None:
    for file, term in rule_terms(parsed):
        assert term["kind"] in ("rule", "directive"), f"{file.name}:{term['line']}: neither a rule nor a directive"
        assert term["kind"] == "directive" or (term["says"].strip() and term["otherwise"].strip()), f"{file.name}:{term['line']}: {term['name']} lacks a sentence"
    loaded = advisor.ask("rules")["rules"]
    assert len(loaded) == sum(1 for _, term in rule_terms(parsed) if term["kind"] == "rule")
    assert all(rule["says"] and rule["otherwise"] for rule in loaded)


def test_every_rule_has_a_name_of_its_own(advisor: Any) -> None:
    names = [rule["id"] for rule in advisor.ask("rules")["rules"]]
    assert len(names) == len(set(names))


def test_every_rule_file_opens_with_its_module_and_what_it_answers() -> None:
    files = sorted(RULES.rglob("*.pl"))
    assert len(files) >= 15
    for file in files:
        lines = file.read_text(encoding="utf8").splitlines()
        assert lines[0].startswith(":- module("), file
        assert any(line.startswith("/** <module>") for line in lines[:8]), file


UNITS = {1.0e6, 1.0e9, 1.0e12, 3600, 1.073741824, 8, 100}


def test_no_rule_holds_a_number_that_belongs_into_the_ontology(parsed: dict[Path, list[dict[str, Any]]]) -> None:
    found = [f"{file.name}:{term['line']}: {number}" for file, term in rule_terms(parsed) for number in term["numbers"] if number not in {0, 1} | UNITS]
    assert not found, "\n".join(found)


def test_every_quantity_a_rule_reads_is_declared(advisor: Any, graph: Any) -> None:
    declared = {row[0].value for row in graph.query("SELECT ?f WHERE { ?q <https://w3id.org/tunewise/ns#field> ?f }")}
    read = {(rule["id"], quantity) for rule in advisor.ask("rules")["rules"] for quantity in rule["reads"] if isinstance(quantity, str) and quantity != "_"}
    assert len(read) >= 40
    undeclared = {(rule, quantity) for rule, quantity in read if quantity not in declared and not quantity.startswith("_")}
    assert not undeclared

"""Is every guarantee's test able to fail? Breaks each in a copy, one at a time, and runs the test that guards it: make mutants

Prints one line a mutant: red where the test noticed (good), GREEN where it did not, gone where the code has moved on.
Exit status 1 unless all are red. python tests/mutants.py WORD runs only those whose name holds WORD.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
GUARANTEES = "tests/test_guarantees.py tests/test_guarantees_truth.py tests/test_guarantees_plans.py tests/test_guarantees_laws.py"
ARCHITECTURE, LANGUAGE, SETTINGS = "tests/test_architecture.py", "tests/test_language.py", "tests/test_recipe_settings.py"
ENGINE = "rules/engine/"


class Mutant(NamedTuple):
    """What breaks, where, the text and what stands in its place, the tests that must notice."""

    breaks: str
    file: str
    old: str
    new: str
    suite: str
    tests: str


MUTANTS = [
    Mutant("truthful: the gap of a number", ENGINE + "numbers.pl", "Gap is abs(Need-Have)", "Gap is abs(Need-Have)+1", GUARANTEES, "every_number_recomputes"),
    Mutant("truthful: what is not known is open", ENGINE + "value.pl", "    ;   sometimes(Op, XL, XH, YL, YH) -> R = maybe(B)", "    ;   sometimes(Op, XL, XH, YL, YH), B \\== [examples] -> R = maybe(B)",
           GUARANTEES, "every_number_recomputes or saying_less"),
    Mutant("truthful: arithmetic", ENGINE + "value.pl", "exact(*, X, Y, V)   :- V is X*Y.", "exact(*, X, Y, V)   :- V is X*Y*1.2.", GUARANTEES, "arithmetic_of_a_proof"),
    Mutant("truthful: a comparison in the proof", ENGINE + "value.pl", "holds(=<, X, Y) :- X =< Y.", "holds(=<, X, Y) :- X =< Y*2.", GUARANTEES, "comparisons_of_a_proof"),
    Mutant("truthful: a requirement in the proof", ENGINE + "leaves.pl", "bound_result(at_least, V, B, R) :- !, compare_values(>=, V, B, R).", "bound_result(at_least, V, B, R) :- !, compare_values(>=, V, B/2, R).",
           GUARANTEES, "requirements_of_a_proof"),
    Mutant("complete: no verdict without a miss", ENGINE + "explain.pl", "N is max(1, N0)", "N is 0*N0", GUARANTEES, "nothing_is_missing"),
    Mutant("complete: no miss without a verdict", ENGINE + "explain.pl", "misses(leaf(_,no,_), 1) :- !.", "misses(node(_,_,maybe(_),_,_), 2) :- !.\nmisses(leaf(_,no,_), 1) :- !.", GUARANTEES, "nothing_is_missing"),
    Mutant("compiled is explained: the proof in one pass", ENGINE + "language.pl", "proof_literal(_, C, value:compare_values(Op, A, B, yes)", "proof_literal(_, C, value:compare_values(Op, A, B, _)", GUARANTEES, "compiled_and_explained"),
    Mutant("compiled is explained: one reading is not always enough", ENGINE + "leaves.pl", "opened(M) :- nb_setval(opened, true), M == maybe.", "opened(M) :- M == maybe.", GUARANTEES, "compiled_and_explained"),
    Mutant("cited: the source of a claim", ENGINE + "say.pl", "cited(Id, Src, L, Loc) :- (", "cited(Id, Src, L, Loc) :- ( Src = '', L = '', Loc = '' ) ; (", GUARANTEES, "stands_in_the_graph"),
    Mutant("cited: a refuted claim is not read", ENGINE + "claims.pl", "( kb:claimed(A, Q, Id), \\+ refuted(Id), claim_point", "( kb:claimed(A, Q, Id), claim_point", GUARANTEES, "no_refuted"),
    Mutant("plans work", ENGINE + "whatif.pl", "changed(S, [K-V|Es], S1), surely(Name, Gs, V, S1) ), Works)", "changed(S, [K-V|Es], _) ), Works), nonvar(Name)", GUARANTEES, "every_plan_works"),
    Mutant("plans work: what an input can change is found out", ENGINE + "residue.pl", "catch(( verdict(G, S, _), fail ), error(type_error(compound, trap), _), true)", "catch(( verdict(G, S, _), fail ), error(type_error(compound, trap), _), fail)", GUARANTEES, "every_plan_works or inside_a_range"),
    Mutant("plans are minimal", ENGINE + "whatif.pl", "try(_, _, Set, Found, Found) :- member(plan(_, Cs, _), Found), forall(", "try(_, _, Set, Found, Found) :- fail, member(plan(_, Cs, _), Found), forall(", GUARANTEES, "every_plan_is_minimal"),
    Mutant("plans are tight", ENGINE + "whatif.pl", "close_enough(integer, A, B) :- abs(A-B) =< 1.", "close_enough(integer, A, B) :- abs(A-B) =< 9.", GUARANTEES, "every_plan_is_tight"),
    Mutant("a range is exact", ENGINE + "howfar.pl", "Range = range(L, H)", "( number(H), H > L -> H9 is H+1 ; H9 = H ), Range = range(L, H9)", GUARANTEES, "inside_a_range"),
    Mutant("a range of names is exact", ENGINE + "howfar.pl", "findall(V, ( member(V, Vs), changed(S, [K-V], S1), holds(G, S1) ), Ok)", "Ok = Vs", GUARANTEES, "inside_a_range"),
    Mutant("what is left of the rules counts what the rules count", ENGINE + "residue.pl", "plain_numbers(B, Y), F =.. [Op,X,Y]", "plain_numbers(B, Y), F =.. [Op,X,Y*1.2]", GUARANTEES, "counting_pairs"),
    Mutant("isolated", ENGINE + "door.pl", "answer(what_if, Q, A) :-", "answer(what_if, _, _) :- nb_setval(asked, true), fail.\nanswer(settings, Q, _{technique:x, settings:[], situation:_{given:_{}, assumed:[]}}) :- nb_current(asked, true), get_dict(technique, Q, _).\n"
           "answer(what_if, Q, A) :-", GUARANTEES, "asking_changes_nothing"),
    Mutant("trust decides", ENGINE + "claims.pl", "( is_list(L) -> memberchk(Source, L) ; L == Source ) -> T = 1 ; T = 0 )", "( is_list(L) -> memberchk(Source, L) ; L == Source ) -> T = 0 ; T = 0 )", GUARANTEES, "who_says_so or trusted_source"),
    Mutant("more memory never hurts", "rules/engine/leaves.pl", "compared(M, Op, A, B) :- compare_values(Op, A, B, R)", "compared(M, Op, A, B0) :- ( number(B0), B0 > 20, B0 < 100 -> B = 1 ; B = B0 ), compare_values(Op, A, B, R)", GUARANTEES, "more_memory or compiled_and_explained"),
    Mutant("more examples never hurt", ENGINE + "leaves.pl", "bound_result(at_least, V, B, R) :- !,", "bound_result(at_least, V, _, no) :- number(V), V > 50000, !.\nbound_result(at_least, V, B, R) :- !,", GUARANTEES, "more_examples or declared_monotone"),
    Mutant("what is assumed is as good as said", ENGINE + "leaves.pl", "stated(S, K, V) :- get_dict(K, S, G), !,", "stated(S, K, V) :- get_dict(K, S, G), G = given(_), !,", GUARANTEES, "saying_what_was_assumed"),
    Mutant("a priority ranks", ENGINE + "rank.pl", "kb:ranked_by(Id, P, O, Q, B, G), Ks)", "( kb:ranked_by(Id, P, O, Q, B, G), fail ), Ks)", GUARANTEES, "persons_priority"),
    Mutant("no rule names a technique", "rules/goal.pl", "W \\== noGpu, not(", "W \\== noGpu, T \\== qlora, not(", ARCHITECTURE, "no_rule_names"),
    Mutant("no Python names a technique", "src/tunewise/words.py", "from __future__ import annotations", "from __future__ import annotations\nX = {'DoRA': 1}", ARCHITECTURE, "no_python_names"),
    Mutant("imports go down only", "src/tunewise/words.py", "from __future__ import annotations", "from __future__ import annotations\n\n\ndef up() -> None:\n    from . import recipe  # noqa: F401\n", ARCHITECTURE, "import"),
    Mutant("no rule holds a number", "rules/goal.pl", "before(Until, Day)", "before(Until, Day), 3 > 2", ARCHITECTURE, "no_rule_holds_a_number"),
    Mutant("a build is its content", "src/tunewise/knowledge.py", 'b"\\0" + _content(file) + b"\\0")', 'b"\\0")', LANGUAGE, "key_of_a_build"),
    Mutant("settings are those of what trains alike", ENGINE + "kb.pl", "stated(L, Q), akin(By, K, L, T)", "stated(L, Q), fail, akin(By, K, L, T)", SETTINGS, "trains_alike"),
    Mutant("a learning rate is shared within a class only", ENGINE + "kb.pl", "akin(both, K, L, T)    :- akin(trainer, K, L, T), once(built(L, C)), once(built(T, C)).", "akin(both, K, L, T)    :- akin(trainer, K, L, T).", SETTINGS, "trains_alike"),
    Mutant("what the person decides stands", ENGINE + "ask_known.pl", "kb:fact(Q, decidedBy, In), get_dict(In, S, given(V))", "kb:fact(Q, decidedBy, In), fail, get_dict(In, S, given(V))", SETTINGS, "person_decides"),
    Mutant("what a recipe cannot say is refused", "src/tunewise/recipe_values.py", "        if not fit + shared:", "        if not fit + shared and not choice:", SETTINGS, "cannot_say"),
    Mutant("a recipe is reckoned as it is launched", "src/tunewise/recipe_values.py", 'if make["launch"] else {}\n    return {**shared', 'if not make else {}\n    return {**shared', SETTINGS, "as_it_is_launched"),
    Mutant("the portion fits", ENGINE + "ask_recipe.pl", "verdict(fits(T), S1, yes), !, format(string(Why)", "!, S1 = S1, format(string(Why)", SETTINGS, "largest_that_fits"),
    Mutant("the teacher is counted", "rules/weights.pl", "Te is P*K/1.073741824", "Te is 0*P*K", "tests/test_estimate_sampling.py", "teacher"),
    Mutant("the writing of answers is counted", "rules/time.pl", "H is Tok*A/R/3600 + Wr", "H is Tok*A/R/3600 + 0*Wr", "tests/test_estimate_sampling.py", "test"),
    Mutant("a split leaks no prompt", "src/tunewise/data_same.py", 'for does in ("user", "text") if does in labels), 0)', 'for does in ("answer",) if does in labels), 0)', "tests/test_data_same.py", "test"),
    Mutant("a prompt inside both answers is asked once", "src/tunewise/templates/parts/record-pair-record.tmpl", 'if not prompt or chosen[0]["role"] != "assistant":', "if not prompt:", SETTINGS, "asked_twice"),
    Mutant("YAML aliases are refused", "src/tunewise/situation.py", "isinstance(event, yaml.AliasEvent)", "isinstance(event, int)", "tests/test_situation.py", "aliases_are"),
    Mutant("a query only reads", "src/tunewise/graph.py", "if word:", "if False and word:", "tests/test_cli.py", "a_query_only_reads"),
]


def main(words: list[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.breaks for word in words)]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tunewise"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv*", ".*_cache", "__pycache__", ".hypothesis", "diagrams"))
        environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "TUNEWISE_CACHE": str(Path(folder) / "cache")}
        green = sum(survives(mutant, copy, environment) for mutant in chosen)
    print(f"{len(chosen) - green} of {len(chosen)} guarantees go red when broken")
    return 1 if green else 0


def survives(mutant: Mutant, copy: Path, environment: dict[str, str]) -> bool:
    """Whether nobody notices; the copy is whole again afterwards."""
    file = copy / mutant.file
    text = file.read_text(encoding="utf8")
    if mutant.old not in text:
        print(f"gone   {mutant.breaks}: {mutant.file} does not hold what was to be replaced", flush=True)
        return True
    file.write_text(text.replace(mutant.old, mutant.new, 1), encoding="utf8")
    try:
        run = subprocess.run([sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant.suite.split(), "-k", mutant.tests],
                             cwd=copy, env=environment, capture_output=True, text=True, timeout=1200, check=False)
    finally:
        file.write_text(text, encoding="utf8")
    told = next((line.removeprefix("E").strip() for line in run.stdout.splitlines() if line.startswith("E  ")), run.stdout.strip()[-100:])
    print(f"{'red  ' if run.returncode == 1 else 'GREEN'}  {mutant.breaks}    {mutant.tests}: {told[:110]}", flush=True)
    return run.returncode != 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

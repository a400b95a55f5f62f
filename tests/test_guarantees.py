"""What every explanation guarantees, held against a sweep of situations.

truthful (what is printed recomputes), complete (no misses exactly when nothing is in the way), cited (every number has a
source, and no refuted claim is read), what-if (plans work, are minimal and tight), isolated (asking changes nothing), how far
(inside it holds, just outside it does not), trust (who says so is what trusting them gives), monotone (more never harms).
"""
from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conftest import DAY, SEED
from tunewise import Advisor
from tunewise.knowledge import Knowledge

TW = "https://w3id.org/tunewise/ns#"
Case = dict[str, Any]


# ---- what is looked at ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def serving(graph: Any, approaches: list[str]) -> dict[str, list[str]]:
    """Approaches by the goal they serve."""
    by_goal: dict[str, list[str]] = {}
    for technique, goal in graph.query(f"SELECT ?t ?g WHERE {{ ?t <{TW}serves> ?g }} ORDER BY ?t ?g"):
        if (name := local(technique)) in approaches:
            by_goal.setdefault(local(goal), []).append(name)
    assert len(by_goal) >= 20
    return by_goal


@pytest.fixture(scope="session")
def pairs(sweep: list[Case], serving: dict[str, list[str]], approaches: list[str]) -> list[tuple[Case, str, str]]:
    """Two approaches a situation: one that serves its goal, one of all in turn."""
    assert len(sweep) >= 500
    dice = random.Random(SEED)
    turn = approaches[:]
    dice.shuffle(turn)
    return [(case, dice.choice(serving[case.get("goal", "learn-a-task")]), turn[i % len(turn)]) for i, case in enumerate(sweep)]


@pytest.fixture(scope="session")
def sides(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> list[tuple[Case, dict[str, Any]]]:
    """Explained verdicts with their numbers, of at least 40 approaches in every fourth situation of the sweep."""
    out = []
    for case, one, other in pairs[::4]:
        if one != other:
            out += [(case, side) for side in advisor.ask("compare", case, technique=one, other=other)["sides"]]
    assert len({side["technique"] for _, side in out}) >= 40
    return out


@pytest.fixture(scope="session")
def answers(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> list[tuple[Case, dict[str, Any]]]:
    """Whole answers with their proofs."""
    out = [(case, advisor.ask("why", case, technique=one)) for case, one, _ in pairs[::9]]
    assert {answer["verdict"] for _, answer in out} == {"yes", "no", "depends"}
    return out


def local(term: Any) -> str:
    return str(term.value).rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def said(case: Case) -> str:
    return json.dumps(case, sort_keys=True)


# ---- truthful ---------------------------------------------------------------------------------------------------


def ends(value: Any) -> tuple[float, float]:
    return (value[0], value[1]) if isinstance(value, list) else (value, value)


def compared(need: Any, have: Any) -> str:
    """Whether what there is reaches what is needed, by the two ends of each."""
    (need_low, need_high), (have_low, have_high) = ends(need), ends(have)
    return "yes" if need_high <= have_low else "no" if need_low > have_high else "depends"


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) or isinstance(value, list) and len(value) == 2 and all(isinstance(v, (int, float)) for v in value)


def bound_of(claim: str, claims: dict[str, dict[str, Any]]) -> str:
    parts = set(claims[claim]["parts"])
    return "at_most" if "atMost" in parts and "atLeast" not in parts else "one_of" if "oneOf" in parts else "at_least" if "atLeast" in parts else "value"


def test_every_number_recomputes(sides: list[tuple[Case, dict[str, Any]]], claims: dict[str, dict[str, Any]]) -> None:
    looked = 0
    for case, side in sides:
        for number in side["numbers"]:
            need, have, op = number["need"], number["have"], "at_least"
            if number["claim"]:
                op = bound_of(number["claim"], claims)
            if op == "one_of":
                assert number["verdict"] == ("depends" if have is None else "yes" if have in need else "no") or isinstance(have, list), (said(case), number)
                continue
            if isinstance(need, bool):
                assert number["verdict"] == ("depends" if have is None else "yes" if have == need else "no"), (said(case), number)
                continue
            if not (is_number(need) and is_number(have)):
                assert number["verdict"] != "yes", (said(case), number)
                continue
            want = compared(have, need) if op == "at_most" else compared(need, have)
            assert number["verdict"] == want, f"{number['text']}: {number['verdict']}, but it is {want} in {said(case)}"
            short = ends(need)[0] - ends(have)[0]
            if number["verdict"] == "no" and not isinstance(need, list) and not isinstance(have, list):
                assert number["gap"] == pytest.approx(abs(short)), number
            else:
                assert number["gap"] is None, number
            figures = NUMERAL.search(number["text"])  # some say it in words alone
            assert not figures or all(shows(number["text"], value) for value in (need, have) if not isinstance(value, list)), f"{number['text']} does not show {need} and {have}"
            looked += 1
    assert looked >= 200


def shows(text: str, value: float) -> bool:
    return any(low - 1e-9 <= value <= high + 1e-9 for token in re.findall(r"\d[\d,]*(?:\.\d+)?", text) for low, high in [printed(token)])


def printed(token: str) -> tuple[float, float]:
    """What a printed number may stand for: it was rounded to three figures or so."""
    value = float(token.replace(",", ""))
    if value == 0:
        return 0.0, 0.0
    half = 0.5 if value >= 100 else 0.05 if value >= 10 else 0.005 if value >= 1 else 0.5 * 10.0 ** -min(12, 2 - math.floor(math.log10(value)))
    return value - half, value + half


def test_a_dissenting_figure_says_what_it_would_change(sides: list[tuple[Case, dict[str, Any]]], claims: dict[str, dict[str, Any]]) -> None:
    looked = 0
    for case, side in sides:
        for number in side["numbers"]:
            if not (number["claim"] and is_number(number["have"]) and bound_of(number["claim"], claims) in ("at_least", "at_most")):
                continue
            for dissent in number["dissent"]:
                if is_number(dissent["value"]):
                    op = bound_of(number["claim"], claims)
                    want = compared(number["have"], dissent["value"]) if op == "at_most" else compared(dissent["value"], number["have"])
                    assert dissent["would"] == want, (said(case), number["text"], dissent)
                    assert dissent["value"] != number["need"] and dissent["claim"] != number["claim"]
                    looked += 1
    assert looked >= 5


# The arithmetic a proof prints is read back by the usual precedence, every figure as the range that rounding leaves.

NO_BOUND = 1e80  # "or more"
TOKEN = re.compile(r"\s*(\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?|//|[-+x/^()]|to\b|or more\b|max\b|min\b)")
Range = tuple[float, float]


class Formula:
    """A printed formula, worked out over ranges."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            found = TOKEN.match(text, at)
            assert found, f"not readable from '{text[at:]}'"
            self.tokens.append(found.group(1))
            at = found.end()
        self.at = 0

    def value(self) -> Range:
        out = self.level(0)
        assert self.at == len(self.tokens), self.tokens[self.at:]
        return out

    LEVELS = (("max", "min"), ("+", "-"), ("x", "/", "//"), ("^",))

    def level(self, n: int) -> Range:
        if n == len(self.LEVELS):
            return self.atom()
        left = self.level(n + 1)
        while self.at < len(self.tokens) and self.tokens[self.at] in self.LEVELS[n]:
            op = self.tokens[self.at]
            self.at += 1
            left = applied(op, left, self.level(n + 1))
        return left

    def atom(self) -> Range:
        token = self.tokens[self.at]
        self.at += 1
        if token == "(":
            out = self.level(0)
            self.at += 1
            return out
        if token == "-":
            low, high = self.atom()
            return -high, -low
        low, high = printed(token)
        if self.at < len(self.tokens) and self.tokens[self.at] == "to":
            self.at += 2
            high = printed(self.tokens[self.at - 1])[1]
        elif self.at < len(self.tokens) and self.tokens[self.at] == "or more":
            self.at += 1
            high = NO_BOUND
        return low, high


def applied(op: str, left: Range, right: Range) -> Range:
    if op in ("max", "min"):
        pick = max if op == "max" else min
        return pick(left[0], right[0]), pick(left[1], right[1])
    if op == "+":
        return left[0] + right[0], left[1] + right[1]
    if op == "-":
        return left[0] - right[1], left[1] - right[0]
    if op in ("/", "//") and right[0] <= 0 <= right[1]:
        return 0.0, NO_BOUND
    work = {"x": lambda a, b: a * b, "/": lambda a, b: a / b, "//": lambda a, b: math.ceil(a / b - 1e-9), "^": lambda a, b: a**b}[op]
    corners = [work(a, b) for a in left for b in right]
    return min(corners), max(corners)


def test_the_arithmetic_of_a_proof_recomputes(answers: list[tuple[Case, dict[str, Any]]]) -> None:
    looked, wrong = 0, {}
    for _, answer in answers:
        for row in answer["proof"]:
            if row["kind"] != "arithmetic" or "?" in row["text"] or "not said" in row["text"] or row["value"] is None:
                continue
            formula, _, result = row["text"].rpartition(" = ")
            low, high = Formula(formula).value()
            shown = Formula(result).value()
            slack = 1e-9 * max(abs(low), abs(high), 1)
            for value, side in zip(ends(row["value"]), (0, 1), strict=True):
                if not (low - slack <= value <= high + slack and (shown[0] - slack <= value <= shown[1] + slack or isinstance(row["value"], list) and side)):
                    wrong[row["text"]] = f"{row['text']}: between {low:g} and {high:g} by what is printed, {value:g} in truth"
            looked += 1
    assert looked >= 300
    assert not wrong, "\n".join(list(wrong.values())[:8])


def test_the_comparisons_of_a_proof_recompute(answers: list[tuple[Case, dict[str, Any]]]) -> None:
    looked = 0
    for case, answer in answers:
        for row in answer["proof"]:
            if row["kind"] != "comparison" or "?" in row["text"] or "not said" in row["text"]:
                continue
            left, op, right = re.fullmatch(r"(.+?) (<=|>=|<|>) (.+)", row["text"]).groups()  # type: ignore[union-attr]
            if not (re.match(r"[\d-]", left) and re.match(r"[\d-]", right)):
                continue
            (a, b), (c, d) = Formula(left).value(), Formula(right).value()
            if op in (">=", ">"):
                (a, b), (c, d) = (c, d), (a, b)
            possible = {"yes": a <= d, "no": b >= c, "depends": a <= d and b >= c}
            assert possible[row["verdict"]], f"{row['text']} is {row['verdict']} in {said(case)}"
            looked += 1
    assert looked >= 60


def test_the_requirements_of_a_proof_recompute(answers: list[tuple[Case, dict[str, Any]]]) -> None:
    looked = 0
    for case, answer in answers:
        for row in answer["proof"]:
            if row["kind"] == "requirement":
                need, have = row["need"], row["have"]
                if row["op"] == "one_of":
                    want = "depends" if have is None else "yes" if have in need else "no"
                elif is_number(need) and is_number(have):
                    want = compared(have, need) if row["op"] == "at_most" else compared(need, have)
                else:
                    want = "depends" if have is None else "yes" if have == need else "no"
                assert row["verdict"] == want, (said(case), row)
                looked += 1
    assert looked >= 20


def test_a_proof_follows_from_its_rows(answers: list[tuple[Case, dict[str, Any]]]) -> None:
    """A rule holds when all it stands on holds; nothing that fails hides below one that holds."""
    looked = 0
    for case, answer in answers:
        kids: dict[int, list[dict[str, Any]]] = {}
        rows = answer["proof"]
        assert [row["id"] for row in rows] == sorted({row["id"] for row in rows}) and all(row["parent"] < row["id"] for row in rows)
        for row in rows:
            kids.setdefault(row["parent"], []).append(row)
        (root,) = kids[0]
        assert root["verdict"] == answer["verdict"], said(case)
        for row in rows:
            below = [kid["verdict"] for kid in kids.get(row["id"], [])]
            if row["kind"] == "rule" and below:
                want = "no" if "no" in below else "depends" if "depends" in below else "yes"
                assert row["verdict"] == want or want == "yes" and row["verdict"] == "no", f"{row['text']} is {row['verdict']} over {below} in {said(case)}"
                looked += 1
            elif row["kind"] == "absence" and below:
                opposite = {"yes": "no", "no": "yes", "depends": "depends"}
                assert row["verdict"] == opposite[below[0]], f"{row['text']} is {row['verdict']} over {below} in {said(case)}"
            elif row["kind"] == "spread":
                assert [row["verdict"]] == below, said(case)
    assert looked >= 500


# ---- complete ------------------------------------------------------------------------------------------------------


def test_nothing_is_missing_exactly_when_the_verdict_is_not_no(sides: list[tuple[Case, dict[str, Any]]]) -> None:
    for case, side in sides:
        assert (side["misses"] == 0) == (side["verdict"] != "no"), f"{side['technique']} misses {side['misses']} and is {side['verdict']} in {said(case)}"
    assert {side["verdict"] for _, side in sides} == {"yes", "no", "depends"}


def test_compiled_and_explained_verdicts_agree_on_every_approach(advisor: Advisor, sweep: list[Case], approaches: list[str]) -> None:
    dense = sorted(range(len(sweep)), key=lambda i: (-len(sweep[i]), i))
    for i in [*dense[:120:40], dense[300], 0]:
        rows = advisor.ask("consistent", sweep[i])["verdicts"]
        assert sorted(row["technique"] for row in rows) == approaches and len(approaches) >= 40
        for row in rows:
            assert row["compiled"] == row["explained"], f"{row} in {said(sweep[i])}"
            assert (row["misses"] == 0) == (row["compiled"] != "no"), f"{row} in {said(sweep[i])}"


def test_every_question_gives_the_same_verdict(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> None:
    for case, one, other in pairs[5::43]:
        why = advisor.ask("why", case, technique=one)["verdict"]
        assert advisor.ask("who_says", case, technique=one)["verdict"] == why
        assert advisor.ask("what_if", case, technique=one, aim="viable", max=0)["holds"] == (why == "yes")
        assert advisor.ask("compare", case, technique=other, other=one)["sides"][1]["verdict"] == why
        advice = advisor.ask("advise", case)
        assert (one in advice["recommended"] or len(advice["recommended"]) < advice["count"]) or why == "no"
        assert why != "no" or one not in advice["recommended"]


@pytest.mark.parametrize("said_", [{"gpu": "rtx-4090", "examples": 5000}, {"gpu": "nvidia-t4", "n_gpus": 2, "seq_len": 4096, "goal": "know-a-domain"},
                                   {"gpu": "nvidia-a100-80gb", "examples": 5000, "gradient_checkpointing": False, "commercial": True, "deadline_h": 10}], ids=["one-card", "open", "strict"])
def test_counting_pairs_is_asking_every_pair(advisor: Advisor, graph: Any, said_: Case) -> None:
    """What is left of the rules when only the model is open counts what the rules count."""
    models = [row["m"].value.rpartition("/")[2] for row in graph.query("""PREFIX tw: <https://w3id.org/tunewise/ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT DISTINCT ?m { ?m a/rdfs:subClassOf* tw:Model . { ?m tw:paramsB ?p } UNION { ?c tw:about ?m ; tw:quantity tw:paramsB }
        FILTER NOT EXISTS { ?m tw:access ?a FILTER(?a IN (tw:apiOnly, tw:unverified)) } }""")]
    case = advisor.situation(said_)
    asked = sum(row["verdict"] == "yes" for model in models for row in advisor.ask("verdicts", {**case, "model": model})["verdicts"])
    assert len(models) > 90 and asked > 300
    assert advisor.ask("count_viable", case)["count"] == asked


def test_an_answer_is_given_for_every_situation(advisor: Advisor, sweep: list[Case]) -> None:
    """Also where nothing is viable: then it says so, and what comes closest."""
    verdicts = set()
    for case in [*sweep[2::52], {"goal": "quantise-the-model", "base_bits": 31}, {"training_possible": False, "goal": "learn-a-task", "budget_usd": 0}]:
        answer = advisor.ask("advise", case)
        verdicts.add(answer["verdict"])
        if answer["verdict"] == "no":
            assert answer["main"] == "none" and answer["closest"]
        else:
            assert answer["main"] == answer["recommended"][0] == next(step["technique"] for step in answer["plan"] if step["step"] == "main")
    assert {"yes", "depends"} <= verdicts


@pytest.mark.parametrize("priority", ["memory-first", "quality-first"])
def test_what_nobody_advises_is_ranked_by_the_persons_priority(advisor: Advisor, graph: Any, priority: str) -> None:
    """By the first criterion of the priority, in steps of its grain; a figure nobody states comes last. Nothing on the front is beaten."""
    rows = list(graph.query(f"PREFIX tw: <https://w3id.org/tunewise/ns#> PREFIX kb: <https://w3id.org/tunewise/kb/> SELECT ?q ?better ?grain ?order {{ ?c a tw:Criterion ; tw:criterionOf kb:{priority} ; tw:order ?order ; tw:quantity/tw:field ?q ; tw:better ?better ; tw:grain ?grain }} ORDER BY ?order"))
    field, better, grain = {"need_gib": "need_gib", "quality_vs_full": "quality"}[rows[0]["q"].value], rows[0]["better"].value, float(rows[0]["grain"].value)

    def place(option: dict[str, Any]) -> float:
        value = option[field]
        value = sum(value) / 2 if isinstance(value, list) else value
        return (1e9 if better == "lower" else 0.0) if value is None else math.floor(value / grain) * (1 if better == "lower" else -1)

    ranked = 0
    for goal in ("learn-a-task", "train-few-parameters", "change-tone"):
        answer = advisor.ask("advise", advisor.situation(gpu="a100-80gb", model="llama-3-8b", examples=20_000, goal=goal, priority=priority))
        first = {step["technique"] for step in answer["plan"] if step["step"] == "first"}
        plain = [place(option) for option in answer["options"] if not option["advice"] and option["technique"] not in first]
        assert plain == sorted(plain), f"{goal}: {[(option['technique'], option[field]) for option in answer['options']]}"
        ranked += len(set(plain)) > 1
        assert set(answer["front"]) <= {option["technique"] for option in answer["options"]}
    assert ranked


# ---- cited -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def claims(graph: Any) -> dict[str, dict[str, Any]]:
    """Every claim of the graph by its id, also those stated on a thing itself: parts, source, whether refuted."""
    from tunewise.graph import _term

    found: dict[str, dict[str, Any]] = {}

    def claim(name: str) -> dict[str, Any]:
        return found.setdefault(name, {"parts": {}, "source": set(), "refuted": False})

    for node, part, value in graph.query(f"""SELECT ?c ?p ?v WHERE {{ ?c a <{TW}Claim> ; ?p ?v .
            VALUES ?p {{ <{TW}value> <{TW}low> <{TW}high> <{TW}atLeast> <{TW}atMost> <{TW}oneOf> }} }}"""):
        claim(local(node))["parts"].setdefault(local(part), []).append(_term(value, {}, False))
    for thing, field, value in graph.query(f"SELECT ?t ?f ?v WHERE {{ ?t ?q ?v . ?q <{TW}field> ?f FILTER(isIRI(?t)) }}"):
        claim(f"{local(thing)}-{field.value}")["parts"].setdefault("value", []).append(_term(value, {}, False))
    for node, source in graph.query(f"SELECT ?c ?s WHERE {{ ?c <{TW}source> ?s }}"):
        claim(local(node))["source"].add(local(source))
    for thing, field, source in graph.query(f"SELECT ?t ?f ?s WHERE {{ ?t ?q ?v ; <http://purl.org/dc/terms/source> ?s . ?q <{TW}field> ?f FILTER(isIRI(?t)) }}"):
        claim(f"{local(thing)}-{field.value}")["source"].add(local(source))
    for node, _ in graph.query(f"SELECT ?c ?r WHERE {{ ?c <{TW}refutedBy> ?r }}"):
        claim(local(node))["refuted"] = True
    assert len(found) > 5000 and sum(c["refuted"] for c in found.values()) > 50
    return found


@pytest.fixture(scope="session")
def sources(graph: Any) -> set[str]:
    found = {local(row[0]) for row in graph.query(f"SELECT ?s WHERE {{ ?s a/<http://www.w3.org/2000/01/rdf-schema#subClassOf>* <{TW}Source> }}")}
    assert len(found) > 50
    return found


def stated(value: Any, parts: dict[str, list[Any]]) -> bool:
    """The value is what the claim says, one of what it says, or the middle of its range."""
    every = [v for values in parts.values() for v in values]
    if isinstance(value, list):
        return all(v in every for v in value)
    if "low" in parts and "high" in parts and is_number(value) and value == pytest.approx((parts["low"][0] + parts["high"][0]) / 2):
        return True
    return any(v == value or is_number(v) and is_number(value) and not isinstance(v, list) and v == pytest.approx(value, rel=1e-12) for v in every)


def test_every_claim_of_a_proof_stands_in_the_graph_with_a_source(answers: list[tuple[Case, dict[str, Any]]], claims: dict[str, dict[str, Any]], sources: set[str]) -> None:
    looked = 0
    for case, answer in answers:
        for row in answer["proof"]:
            if row["kind"] not in ("claim", "requirement"):
                continue
            if not row.get("claim"):  # nobody says, or the thing is not named: then it is open
                assert row["verdict"] != "no" and (row["value"] is None or isinstance(row["value"], list) or row["about"] == ""), (said(case), row)
                continue
            for cited in [row, *row["dissent"]]:
                claim = claims.get(cited["claim"])
                assert claim, f"{cited['claim']} is not in the graph"
                assert cited["source"] in sources and cited["source"] in claim["source"], f"{cited['claim']} does not come from {cited['source']!r}"
                assert cited["source_label"].strip()
                assert stated(cited["value"], claim["parts"]), f"{cited['claim']} says {claim['parts']}, not {cited['value']}"
                looked += 1
    assert looked >= 1000


NUMERAL = re.compile(r"(?<![\w.,/-])\d[\d,]*(?:\.\d+)?(?![\w/]|[.,]\d|-\w)")


def numerals(text: str, labels: list[str]) -> set[str]:
    for label in labels:
        text = text.replace(label, " ")
    return {token.rstrip(",") for token in NUMERAL.findall(text)}


def test_every_number_of_a_sentence_comes_from_what_it_stands_on(advisor: Advisor, answers: list[tuple[Case, dict[str, Any]]]) -> None:
    templates = {rule["id"]: [rule["says"], rule["otherwise"]] for rule in advisor.ask("rules")["rules"]}
    names = advisor.index["names"]
    labels = sorted({label for cls in names.values() for of in cls.values() for label in of[:1] if re.search(r"\d", label)}, key=len, reverse=True)
    looked = 0
    for case, answer in answers:
        rows = answer["proof"]
        below: dict[int, str] = {}
        for row in reversed(rows):
            below[row["parent"]] = f"{row['text']} {below.get(row['id'], '')} {below.get(row['parent'], '')}"
        for row in rows:
            if row["kind"] == "rule":
                fixed = {token for template in templates.get(row["rule"], []) for token in numerals(template, labels)}
                wanted = numerals(row["text"], labels) - fixed
                free = wanted - numerals(below.get(row["id"], ""), labels)
                assert not free, f"{row['rule']}: '{row['text']}' prints {sorted(free)} out of nowhere in {said(case)}"
                looked += len(wanted)
    assert looked >= 300


def cited_in(answer: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Ids of claims and advice that an answer rests on, or names as dissent; with whether the answer itself calls it refuted."""
    for row in [*answer.get("proof", []), *answer.get("numbers", []), *answer.get("settings", []), *(answer.get("reason") and [answer["reason"]] or [])]:
        if row.get("claim"):
            yield row["claim"], False
        for other in row.get("contested", []):
            yield other["claim"], False
        for other in [*row.get("dissent", []), *(d for c in row.get("contested", []) for d in c["dissent"])]:
            yield other["claim"], bool(other.get("refuted"))


def test_no_refuted_claim_is_ever_read(advisor: Advisor, answers: list[tuple[Case, dict[str, Any]]], sides: list[tuple[Case, dict[str, Any]]], claims: dict[str, dict[str, Any]], pairs: list[tuple[Case, str, str]]) -> None:
    seen: set[str] = set()
    more = [advisor.ask("advise", case) for case, _, _ in pairs[4::65]] + [advisor.ask("settings", case, technique=other) for case, _, other in pairs[::26]]
    for answer in [*(answer for _, answer in answers), *(side for _, side in sides), *more]:
        for name, called_refuted in cited_in(answer):
            refuted = name in claims and claims[name]["refuted"]
            assert refuted == called_refuted, f"{name} is {'' if refuted else 'not '}refuted, and is {'not ' if refuted else ''}shown as valid"
            seen.add(name)
    assert len(seen) >= 150


def test_every_source_an_answer_names_exists(answers: list[tuple[Case, dict[str, Any]]], sources: set[str]) -> None:
    def named(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("source"), str):
                yield value["source"]
            for inner in value.values():
                yield from named(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from named(inner)

    found = {source for _, answer in answers for source in named(answer) if source}
    assert len(found) >= 15
    strangers = found - sources
    assert not strangers, sorted(strangers)


# ---- what if -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def replaced(graph: Any) -> dict[str, list[str]]:
    """Figures that naming a thing replaces: a card's memory, a model's size."""
    out: dict[str, list[str]] = {}
    for thing, figure in graph.query(f"SELECT ?t ?f WHERE {{ ?q <{TW}field> ?f ; <{TW}carriedBy>/<{TW}field> ?t }}"):
        out.setdefault(thing.value, []).append(figure.value)
    assert out
    return out


@pytest.fixture(scope="session")
def planned(advisor: Advisor, sweep: list[Case], serving: dict[str, list[str]]) -> list[tuple[Case, str, str, list[dict[str, Any]]]]:
    """(situation, technique, aim, plans) of approaches that do not hold; most aim at viable, some at recommended."""
    dice = random.Random(SEED + 1)
    out = []
    dense = [case for case in sweep if {"model", "gpu", "examples"} <= set(case)]
    sparse = [case for case in sweep if not {"model", "gpu"} & set(case)]
    for case in [*dense[::6], *sparse[::30]]:
        technique = dice.choice(serving[case.get("goal", "learn-a-task")])
        answer = advisor.ask("what_if", case, technique=technique, aim="viable", max=2 if "gpu" in case else 1)
        assert answer["holds"] == (advisor.ask("who_says", case, technique=technique)["verdict"] == "yes")
        if not answer["holds"]:
            out.append((case, technique, "viable", answer["plans"]))
    base = advisor.situation(gpu="t4", model="llama-3-8b", examples=5000)
    for case, technique, aim, most in [(base, "full-fine-tuning", "viable", 3), (base, "full-fine-tuning", "recommended", 1), ({**base, "examples": 40}, "qlora", "recommended", 2)]:
        out.append((case, technique, aim, advisor.ask("what_if", case, technique=technique, aim=aim, max=most)["plans"]))
    assert len(out) >= 25 and sum(bool(plans) for *_, plans in out) >= 12
    return out


def after(case: Case, changes: list[dict[str, Any]], replaced: dict[str, list[str]], step: dict[str, Any] | None = None) -> Case:
    """The situation a person would state after these changes; step moves one number by hand."""
    new = dict(case)
    for change in changes:
        new[change["field"]] = change["to"]
        for figure in replaced.get(change["field"], []):
            new.pop(figure, None)
    return {**new, **(step or {})}


def holds(advisor: Advisor, case: Case, technique: str, aim: str) -> bool:
    """Asked anew, as if nothing had been asked before."""
    return bool(advisor.ask("what_if", case, technique=technique, aim=aim, max=0)["holds"])


Planned = list[tuple[Case, str, str, list[dict[str, Any]]]]


def test_every_plan_works(advisor: Advisor, planned: Planned, replaced: dict[str, list[str]]) -> None:
    tried = 0
    for case, technique, aim, plans in planned:
        for plan in plans[:5]:
            assert plan["changes"] and len({change["field"] for change in plan["changes"]}) == len(plan["changes"])
            assert holds(advisor, after(case, plan["changes"], replaced), technique, aim), f"{technique} is not {aim} after {changed(plan)} in {said(case)}"
            tried += 1
    assert tried >= 25


def changed(plan: dict[str, Any]) -> str:
    return ", ".join(f"{change['field']}: {change['from']} -> {change['to']}" for change in plan["changes"])


def test_every_plan_is_minimal(advisor: Advisor, planned: Planned, replaced: dict[str, list[str]]) -> None:
    """Dropping any of its changes breaks it, and no plan's inputs contain another plan's."""
    tried = 0
    for case, technique, aim, plans in planned:
        fields = [frozenset(change["field"] for change in plan["changes"]) for plan in plans]
        assert not any(a < b for a in fields for b in fields) and len(set(fields)) == len(fields), f"{technique}: {fields} in {said(case)}"
        for plan in plans[:5]:
            for size in range(len(plan["changes"])):
                for some in combinations(plan["changes"], size):
                    assert not holds(advisor, after(case, list(some), replaced), technique, aim), f"{technique}: of {changed(plan)}, {[c['field'] for c in some]} would do in {said(case)}"
                    tried += 1
    assert tried >= 25


def test_no_single_change_does_what_a_plan_of_two_does(advisor: Advisor, planned: Planned, replaced: dict[str, list[str]]) -> None:
    """Also with other values: a proper subset of a plan's inputs has none that work."""
    dice = random.Random(SEED + 2)
    inputs, names = advisor.index["inputs"], advisor.index["names"]
    tried = 0
    for case, technique, aim, plans in [row for row in planned if any(len(plan["changes"]) > 1 for plan in row[3])][::2]:
        plan = next(plan for plan in plans if len(plan["changes"]) > 1)
        for change in plan["changes"][:2]:
            field, spec = change["field"], inputs[change["field"]]
            if spec["type"] in ("integer", "number"):
                low, high = max(spec["min"], 1), spec["max"]
                values = sorted({spec["min"], high, *(int(low * (high / low) ** (i / 7)) if spec["type"] == "integer" else low * (high / low) ** (i / 7) for i in range(8))})
            else:
                values = [True, False] if spec["type"] == "boolean" else dice.sample(sorted(names[spec["type"]]), min(10, len(names[spec["type"]])))
            for value in values:
                other = after(case, [{"field": field, "to": value}], replaced)
                if spec["type"] != "Model":  # a plan names open weights only
                    assert not holds(advisor, other, technique, aim), f"{technique}: {field} = {value} alone makes it {aim} in {said(case)}, and {changed(plan)} is offered"
                    tried += 1
        if tried > 150:
            break
    assert tried >= 20


def test_every_plan_is_tight(advisor: Advisor, planned: Planned, replaced: dict[str, list[str]]) -> None:
    """One step back in any number, the others held, breaks it."""
    inputs = advisor.index["inputs"]
    tried = 0
    for case, technique, aim, plans in planned:
        for plan in plans[:5]:
            for change in plan["changes"]:
                spec = inputs[change["field"]]
                if spec["type"] not in ("integer", "number"):
                    assert change["to"] != case.get(change["field"])
                    continue
                step = 1 if spec["type"] == "integer" else 0.01
                back = change["to"] - step if change["kind"] == "at_least" else change["to"] + step
                if spec["min"] <= back <= spec["max"]:
                    assert not holds(advisor, after(case, plan["changes"], replaced, {change["field"]: back}), technique, aim), f"{technique}: {change['field']} = {back} would do, {changed(plan)} is offered in {said(case)}"
                    tried += 1
    assert tried >= 15


def test_a_plan_is_found_where_one_change_would_do(advisor: Advisor, replaced: dict[str, list[str]]) -> None:
    """More data also takes longer: the way out lies between the two, and is found all the same."""
    case = advisor.situation(gpu="a100-80gb", model="llama-3-8b", examples=10, deadline_h=100)
    assert not holds(advisor, case, "lora", "viable") and holds(advisor, {**case, "examples": 200}, "lora", "viable")
    plans = advisor.ask("what_if", case, technique="lora", aim="viable", max=2)["plans"]
    assert any([change["field"] for change in plan["changes"]] == ["examples"] for plan in plans), [changed(plan) for plan in plans]


def test_plans_come_least_effort_first_and_touch_at_least_five_quantities(planned: Planned) -> None:
    for _, _, _, plans in planned:
        assert [plan["effort"] for plan in plans] == sorted(plan["effort"] for plan in plans)
    assert len({change["field"] for *_, plans in planned for plan in plans for change in plan["changes"]}) >= 5


def test_what_if_of_what_holds_changes_nothing(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> None:
    found = 0
    for case, one, _ in pairs[6::23]:
        if holds(advisor, case, one, "viable"):
            assert advisor.ask("what_if", case, technique=one, aim="viable", max=3)["plans"] == []
            found += 1
    assert found >= 3


# ---- isolated ----------------------------------------------------------------------------------------------------------


def test_asking_changes_nothing(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> None:
    chosen = [pair for pair in pairs if {"model", "gpu"} <= set(pair[0])][::40] + pairs[:1]

    def all_of_them() -> list[str]:
        return [json.dumps(advisor.ask(kind, case, technique=one, **more), sort_keys=True) for case, one, _ in chosen for kind, more in
                (("why", {}), ("who_says", {}), ("estimate", {}), ("settings", {}), ("advise", {}))]

    before = all_of_them()
    for case, one, other in pairs[1::90]:
        for kind, more in (("what_if", {"aim": "viable", "max": 1}), ("compare", {"other": other}), ("who_says", {}), ("ask", {})):
            advisor.ask(kind, case, technique=one, **more)
        for question in ("no-such-question", "why"):
            with pytest.raises(Exception, match="."):
                advisor.ask(question, case)
    Advisor(advisor.knowledge, trust=sorted(advisor.index["sources"])[:3], as_of="2020-01-01").ask("advise", chosen[0][0])
    assert all_of_them() == before


# ---- how far ------------------------------------------------------------------------------------------------------------


def verdict(advisor: Advisor, case: Case, technique: str) -> str:
    return str(advisor.ask("who_says", case, technique=technique)["verdict"])


def test_inside_a_range_it_holds_and_just_outside_it_does_not(advisor: Advisor, sweep: list[Case], serving: dict[str, list[str]], replaced: dict[str, list[str]]) -> None:
    dice = random.Random(SEED + 3)
    inputs = advisor.index["inputs"]
    dense = [case for case in sweep if {"model", "gpu", "examples", "goal"} <= set(case)]
    edges = names = 0
    for case in dense[::14]:
        technique = dice.choice(serving[case["goal"]])
        now = verdict(advisor, case, technique)
        for found in advisor.ask("how_far", case, technique=technique)["ranges"]:
            field, spec = found["field"], inputs[found["field"]]
            if "values" in found:
                inside = dice.sample(found["values"], min(2, len(found["values"])))
                every = [True, False] if spec["type"] == "boolean" else sorted(advisor.index["names"][spec["type"]])
                for value in inside:
                    assert verdict(advisor, after(case, [{"field": field, "to": value}], replaced), technique) == now, f"{technique}: {field} = {value} in {said(case)}"
                assert len(found["values"]) <= found["of"] <= len(every)
                names += len(inside)
                continue
            low, high, step = found["low"], found["high"], 1 if spec["type"] == "integer" else 0.01
            assert low <= found["now"] <= high
            middle = [low + (high - low) // 3 if spec["type"] == "integer" else (low + high) / 2, found["now"]]
            for value in {low, high, *middle}:
                assert verdict(advisor, {**case, field: value}, technique) == now, f"{technique}: {field} = {value} is inside {low} to {high}, but not {now} in {said(case)}"
            for value, limit in ((low - step, spec["min"]), (high + step, spec["max"])):
                if (value > limit) if value < low else (value < limit):
                    assert verdict(advisor, {**case, field: value}, technique) != now, f"{technique}: {field} = {value} is outside {low} to {high}, but still {now} in {said(case)}"
                    edges += 1
    assert edges >= 5 and names >= 10


# ---- trust ----------------------------------------------------------------------------------------------------------------


def test_who_says_so_is_what_trusting_them_gives(advisor: Advisor, pairs: list[tuple[Case, str, str]]) -> None:
    looked, contested = 0, 0
    for case, one, _ in [*pairs[8::70], (advisor.situation(gpu="a100-80gb", model="qwen2.5-0.5b", examples=7000), "full-fine-tuning", "")]:
        answer = advisor.ask("who_says", case, technique=one)
        contested += len({who["verdict"] for who in answer["who_says"]} | {answer["verdict"]}) > 1
        for who in answer["who_says"]:
            trusting = Advisor(advisor.knowledge, trust=who["source"], as_of=DAY, timeout=120)
            assert verdict(trusting, case, one) == who["verdict"], f"{one} by {who['source']} in {said(case)}"
            looked += 1
    assert looked >= 20 and contested >= 1


def test_a_trusted_source_decides_where_sources_differ(advisor: Advisor) -> None:
    case = advisor.situation(gpu="a100-80gb", model="qwen2.5-0.5b", examples=7000)
    rows = [row for row in advisor.ask("why", case, technique="full-fine-tuning")["proof"] if row["kind"] == "requirement" and row["dissent"]]
    assert rows
    for row in rows:
        for dissent in row["dissent"]:
            trusting = Advisor(advisor.knowledge, trust=dissent["source"], as_of=DAY, timeout=120)
            read = [r for r in trusting.ask("why", case, technique="full-fine-tuning")["proof"] if r["kind"] == "requirement" and r["quantity"] == row["quantity"]]
            assert read[0]["source"] == dissent["source"] and row["claim"] in [d["claim"] for d in read[0]["dissent"]]


# ---- laws ------------------------------------------------------------------------------------------------------------------

ORDER = {"no": 0, "depends": 1, "yes": 2}


def verdicts(advisor: Advisor, case: Case) -> dict[str, int]:
    return {row["technique"]: ORDER[row["verdict"]] for row in advisor.ask("verdicts", case)["verdicts"]}


@pytest.fixture(scope="session")
def bounded_above(graph: Any) -> dict[str, set[str]]:
    """Approaches that some source gives an upper bound on a quantity: more of it may rule them out, and should."""
    out: dict[str, set[str]] = {}
    for thing, field in graph.query(f"SELECT ?t ?f WHERE {{ ?c <{TW}about> ?t ; <{TW}atMost> ?v ; <{TW}quantity>/<{TW}field> ?f }}"):
        out.setdefault(field.value, set()).add(local(thing))
    return out


def never_worse(advisor: Advisor, before: Case, now: Case, but: set[str], what: str) -> None:
    old, new = verdicts(advisor, before), verdicts(advisor, now)
    lost = {technique: (old[technique], new[technique]) for technique in old if new[technique] < old[technique] and technique not in but}
    assert not lost, f"{what} takes away {lost} in {said(before)}"


GIVEN = st.fixed_dictionaries({"model": st.sampled_from(["llama-3-8b", "qwen2.5-0.5b", "mixtral-8x7b", "llama-3.1-70b"]), "goal": st.sampled_from(["learn-a-task", "know-a-domain", "align-with-preferences"]),
                               "seq_len": st.sampled_from([256, 2048]), "micro_batch": st.sampled_from([1, 8])})


def test_more_memory_never_takes_an_option_away(advisor: Advisor, bounded_above: dict[str, set[str]]) -> None:
    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(GIVEN, st.floats(1, 1024, allow_nan=False), st.floats(1, 1024, allow_nan=False), st.integers(0, 10**6))
    def law(case: Case, one: float, other: float, examples: int) -> None:
        assume(one < other)
        case = {**case, "examples": examples}
        never_worse(advisor, {**case, "gpu_memory_gib": one}, {**case, "gpu_memory_gib": other}, bounded_above.get("gpu_memory_gib", set()), f"{one} -> {other} GiB")

    law()


def test_more_examples_never_take_an_option_away(advisor: Advisor, bounded_above: dict[str, set[str]]) -> None:
    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(GIVEN, st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["nvidia-t4", "nvidia-a100-80gb"]))
    def law(case: Case, one: int, other: int, gpu: str) -> None:
        assume(one < other)
        case = {**case, "gpu": gpu}
        never_worse(advisor, {**case, "examples": one}, {**case, "examples": other}, bounded_above.get("examples", set()), f"{one} -> {other} examples")

    law()


def test_what_is_declared_monotone_is_monotone(advisor: Advisor, graph: Any, sweep: list[Case], bounded_above: dict[str, set[str]]) -> None:
    """Bisection trusts it: more budget, time, GPUs, pairs; fewer tokens and sequences at once."""
    direction = {field.value: way.value for field, way in graph.query(f"SELECT ?f ?w WHERE {{ ?q <{TW}field> ?f ; <{TW}monotone> ?w }}")}
    assert len(direction) >= 8
    dense = [case for case in sweep if {"model", "gpu", "examples"} <= set(case) and not {"budget_usd", "deadline_h"} & set(case)]
    dice = random.Random(SEED + 4)
    for field, way in sorted(direction.items()):
        spec = advisor.index["inputs"][field]
        for _ in range(2):
            case = {key: value for key, value in dice.choice(dense).items() if not (field == "gpu_memory_gib" and key == "gpu")}
            low, high = max(spec["min"], 0.01), min(spec["max"], 1e7)
            few, many = sorted(low * (high / low) ** dice.random() for _ in range(2))
            few, many = (int(few), int(many) + 1) if spec["type"] == "integer" else (few, many)
            before, now = ({**case, field: few}, {**case, field: many}) if way == "higher" else ({**case, field: many}, {**case, field: few})
            never_worse(advisor, before, now, bounded_above.get(field, set()) if way == "higher" else set(), f"{field} {before[field]} -> {now[field]}")


def test_saying_what_was_assumed_changes_nothing(advisor: Advisor, sweep: list[Case]) -> None:
    for case in sweep[1::74]:
        answer = advisor.ask("ask", case)["situation"]
        spoken = {**case, **{row["field"]: row["value"] for row in answer["assumed"]}}
        assert verdicts(advisor, spoken) == verdicts(advisor, case), said(case)


def test_saying_less_never_decides_more(advisor: Advisor, sweep: list[Case]) -> None:
    """What is not said has no default here: leaving it open can open a verdict, not turn it."""
    open_inputs = [name for name in ("examples", "preference_pairs", "corpus_tokens_m") if advisor.index["inputs"][name]["default"] is None]
    assert open_inputs
    looked = 0
    for case in [case for case in sweep if {"model", "gpu", "examples"} <= set(case)][::30]:
        for field in set(open_inputs) & set(case):
            before, after_ = verdicts(advisor, case), verdicts(advisor, {key: value for key, value in case.items() if key != field})
            turned = {t for t in before if {before[t], after_[t]} == {0, 2} or after_[t] != 1 and before[t] == 1}
            assert not turned, f"leaving out {field} turns {turned} in {said(case)}"
            looked += 1
    assert looked >= 4


def test_knowledge_is_never_empty() -> None:
    knowledge = Knowledge()
    assert len(knowledge.turtle()) > 50 and len(knowledge.rule_files()) >= 8 and len(knowledge.engine_files()) >= 10 and len(knowledge.views()) >= 15

"""What is printed is true: numbers, arithmetic, comparisons and requirements of a proof recompute, and a proof follows from its rows."""
from __future__ import annotations

import math
import re
from typing import Any

import pytest

from looked import NUMERAL, Case, ends, is_number, said


def compared(need: Any, have: Any) -> str:
    """Whether what there is reaches what is needed, by the two ends of each."""
    (need_low, need_high), (have_low, have_high) = ends(need), ends(have)
    return "yes" if need_high <= have_low else "no" if need_low > have_high else "depends"


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

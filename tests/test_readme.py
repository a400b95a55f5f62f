"""The README says what the program prints."""
from __future__ import annotations

import re

from readme import BLOCK, README, fresh, transcript


def test_the_readme_shows_what_the_command_prints() -> None:
    text = README.read_text(encoding="utf8")
    assert BLOCK.search(text), "no transcript found"
    assert fresh(text) == text, "stale: python tests/readme.py"


def test_the_readme_question_is_answered_in_at_most_25_lines_with_what_it_needs() -> None:
    command = BLOCK.search(README.read_text(encoding="utf8")).group(2)  # type: ignore[union-attr]
    lines = transcript(command).splitlines()
    assert 8 <= len(lines) <= 25
    assert lines[0].endswith("recommended.")
    text = "\n".join(lines)
    assert re.search(r"\d GiB needed at the peak", text) and "says" in text and "holds for" in text and "not " in text and "assumed" in text


def test_every_verb_of_the_readme_exists() -> None:
    from tunewise.cli import verbs

    named = set(re.findall(r"`tunewise ([a-z-]+)", README.read_text(encoding="utf8")))
    assert len(named) > 8 and named <= set(verbs())

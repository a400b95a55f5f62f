"""What can go wrong, in words: what, where, nearest, next. Knows no engine."""
from __future__ import annotations


class TunewiseError(Exception):
    """A fault that a person can mend; ``exit_code`` is what the command line returns."""

    exit_code = 2

    def __init__(self, *messages: str) -> None:
        self.messages = list(messages)
        super().__init__("\n".join(messages))


class InputError(TunewiseError):
    """The question could not be understood. All its faults are told at once."""


class KnowledgeError(TunewiseError):
    """A Turtle or rule file is faulty."""

    exit_code = 2


class MachineError(TunewiseError):
    """The machine cannot do it: SWI-Prolog missing, time-out, endpoint down."""

    exit_code = 4

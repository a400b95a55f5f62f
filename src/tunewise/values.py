"""Frozen values that the Python interface returns; they show themselves as text. Imports no engine."""
from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Citation(BaseModel):
    """Who says something: a claim, its source and the place in it."""

    model_config = ConfigDict(frozen=True, extra="allow")
    claim: str = ""
    source: str = ""
    source_label: str = ""
    locator: str = ""
    value: Any = None
    text: str = ""


class Number(BaseModel):
    """One comparison that decides: what is needed, what there is, the gap (None where it holds or depends)."""

    model_config = ConfigDict(frozen=True, extra="allow")
    label: str
    quantity: str = ""
    unit: str = ""
    need: Any = None
    have: Any = None
    gap: float | None = None
    verdict: str
    text: str
    source: str = ""
    source_label: str = ""
    locator: str = ""
    claim: str = ""
    dissent: tuple[Citation, ...] = ()


class Step(BaseModel):
    """One step of a plan: first, main, with or later."""

    model_config = ConfigDict(frozen=True, extra="allow")
    step: str
    technique: str
    label: str
    text: str = ""
    source_label: str = ""


class Answer(BaseModel):
    """An answer: verdict, plan, deciding numbers, ways out, proof. ``raw`` is the whole as JSON."""

    model_config = ConfigDict(frozen=True, extra="allow")
    kind: str
    verdict: str = ""
    technique: str = ""
    main: str = ""
    recommended: tuple[str, ...] = ()
    plan: tuple[Step, ...] = ()
    numbers: tuple[Number, ...] = ()
    depends_on: tuple[str, ...] = ()
    ways_out: tuple[dict[str, Any], ...] = ()
    proof: tuple[dict[str, Any], ...] = ()
    raw: dict[str, Any] = Field(repr=False)

    @classmethod
    def of(cls, kind: str, answer: dict[str, Any]) -> Answer:
        known = {k: answer[k] for k in cls.model_fields if k in answer and k not in ("raw", "kind")}
        return cls(kind=kind, raw=answer, **known)

    def __str__(self) -> str:
        from . import words

        return words.text(self.kind, self.raw)

    def _repr_markdown_(self) -> str:
        return f"```\n{self}\n```"

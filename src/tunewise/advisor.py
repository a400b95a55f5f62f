"""Questions and answers: checks the situation, asks the rules, returns what they say.

``Advisor`` answers with plain dicts (``ask``) for the command line and with frozen values (``why``,
``advise`` ...) for Python. It knows neither RDF nor Prolog.
"""
from __future__ import annotations

import datetime as _dt
import json
import threading
from pathlib import Path
from typing import Any
from collections.abc import Callable, Mapping

from . import situation as _situation
from .errors import InputError, MachineError
from .knowledge import Knowledge, compiled, notes
from .prolog import Engine

SCHEMA = "https://w3id.org/tunewise/schema/answer-1.json"
_loaded: dict[str, Engine] = {}
_lock = threading.Lock()


class Advisor:
    """Answers questions about techniques for a situation.

    ``knowledge``: where it is taken from; the package's and a person's folders where nothing is said.
    ``trust``: sources whose figures stand above all others. ``as_of``: the day the question is asked
    for (ISO date, today by default). ``timeout``: seconds for one question. ``note``: told what was
    supposed where a model's own config.json was read. Thread-safe.
    """

    def __init__(self, knowledge: Knowledge | None = None, *, trust: str | list[str] | None = None,
                 as_of: str | None = None, timeout: float = 30.0, note: Callable[[str], None] | None = None) -> None:
        self.knowledge = knowledge or Knowledge.here()
        self.timeout = timeout
        self._folder: Path | None = None
        self._index: dict[str, Any] | None = None
        self._names: _situation.Names | None = None
        self._trust = [trust] if isinstance(trust, str) else list(trust or [])
        self._as_of = as_of
        self._note = note or (lambda _: None)

    # ---- what is known -------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        if self._folder is None:
            self._folder = compiled(self.knowledge, self.timeout)
            for note in notes(self._folder, self.knowledge):
                self._note(note)
        return self._folder

    @property
    def index(self) -> dict[str, Any]:
        if self._index is None:
            self._index = json.loads((self.folder / "index.json").read_text(encoding="utf8"))
        return self._index

    @property
    def names(self) -> _situation.Names:
        if self._names is None:
            self._names = _situation.Names(self.index)
        return self._names

    def begin(self) -> None:
        """Starts the engine without waiting for it; a question asked meanwhile waits."""
        self.engine  # noqa: B018

    @property
    def engine(self) -> Engine:
        key = str(self.folder)
        with _lock:
            if key not in _loaded:
                if _loaded:
                    raise MachineError("One process holds one knowledge base. Start another process for another one.")
                _loaded[key] = Engine(self.folder / "state.prc", json.loads((self.folder / "swipl.json").read_text(encoding="utf8")))
        return _loaded[key]

    def situation(self, given: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Checked inputs; see ``situation.check``. A model may be a config.json, or a folder that holds one."""
        return _situation.check({**(given or {}), **more}, self.index, self.names, self._shape)

    def _shape(self, name: str) -> dict[str, Any] | None:
        if "/" not in name and not name.endswith(".json"):  # a name of the catalogue: nothing is loaded for it
            return None
        from . import modelconfig

        if not modelconfig.is_config(name):
            return None
        table = self.knowledge.ontology[0] / "profiles" / "architectures.json"
        shape, remarks = modelconfig.read(name, json.loads(table.read_text(encoding="utf8"))["types"])
        for remark in remarks:
            self._note(remark)
        return shape

    def technique(self, name: str) -> str:
        """Id of a technique by id, label or alias; punctuation around it is forgiven."""
        return self.names.resolve("Technique", name.strip().strip("?!.\"' "))

    # ---- asking ----------------------------------------------------------------------------------

    def ask(self, question: str, situation: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Puts one question to the rules; ``situation`` must be checked already. Returns the answer as a dict."""
        full = dict(situation or {})
        full["as_of"] = self._day()
        if self._trust:
            full["trust"] = [self.names.resolve("Source", s) for s in self._trust]
        limit = int(min(self.timeout, 600) * 12_000_000)
        answer = self.engine.ask("ask", {"question": question, "situation": full, "inferences": limit, **more}, timeout=self.timeout + 5)
        if answer.get("error") == "timeout":
            raise MachineError(f"No answer within {self.timeout:g} seconds. Ask for less, or give more time with --timeout.")
        if answer.get("error"):
            raise MachineError(f"The rules failed: {answer.get('text', '').strip()}")
        answer["schema"], answer["question"] = SCHEMA, question
        if "situation" in answer:
            answer["situation"]["given"].pop("as_of", None)
            answer["situation"]["as_of"] = full["as_of"]
        return answer

    def _day(self) -> str:
        if self._as_of is None:
            return _dt.date.today().isoformat()
        try:
            return _dt.date.fromisoformat(self._as_of).isoformat()
        except ValueError:
            raise InputError(f"'{self._as_of}' is no date. Write it as YYYY-MM-DD.") from None

    # ---- the Python interface: frozen values -----------------------------------------------------

    def advise(self, **given: Any) -> Any:
        """What to do: first, main, with, later, with reasons. Returns values.Answer."""
        return self._value("advise", self.ask("advise", self.situation(given), assumptions=True))

    def why(self, technique: str, **given: Any) -> Any:
        """Why (or why not) a technique. Returns values.Answer."""
        return self._value("why", self.ask("why", self.situation(given), technique=self.technique(technique), ways=2))

    why_not = why

    def what_if(self, technique: str, aim: str = "viable", changes: int = 3, **given: Any) -> Any:
        """Smallest sets of changes that make a technique viable (or recommended). Returns values.Answer."""
        return self._value("what-if", self.ask("what_if", self.situation(given), technique=self.technique(technique), aim=aim, max=changes))

    def compare(self, one: str, other: str, **given: Any) -> Any:
        """Only what differs between two techniques. Returns values.Answer."""
        return self._value("compare", self.ask("compare", self.situation(given), technique=self.technique(one), other=self.technique(other)))

    @staticmethod
    def _value(kind: str, answer: dict[str, Any]) -> Any:
        from .values import Answer

        return Answer.of(kind, answer)

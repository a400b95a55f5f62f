"""The one door to SWI-Prolog: JSON text in, JSON text out. The only module that knows pyswip.

SWI-Prolog is embedded and lives on one thread of its own, which starts it with a saved state (engine,
rules, facts) and answers every question in turn; so any number of Python threads may ask, and Ctrl-C
reaches the caller at once.
"""
from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from .errors import MachineError

NO_SWIPL = ("SWI-Prolog was not found. Install it (apt install swi-prolog-nox, brew install swi-prolog), "
            "or set LIBSWIPL_PATH and SWI_HOME_DIR.")


class _Job:
    """A function to call on the engine's thread, and what came of it."""

    __slots__ = ("function", "arguments", "done", "result", "fault")

    def __init__(self, function: Any, arguments: tuple[Any, ...]) -> None:
        self.function, self.arguments = function, arguments
        self.done = threading.Event()
        self.result: Any = None
        self.fault: BaseException | None = None


def where_is_swipl() -> str:
    """Identity of the SWI-Prolog that would be used, for cache keys."""
    import shutil

    path = os.environ.get("LIBSWIPL_PATH") or shutil.which("swipl") or ""
    try:
        stat = os.stat(os.path.realpath(path))
        return f"{os.path.realpath(path)}:{stat.st_mtime_ns}:{stat.st_size}"
    except OSError:
        return path


class Engine:
    """SWI-Prolog with a state loaded. One per process is enough; all share one Prolog.

    ``ask`` takes seconds to wait; a question that runs longer raises MachineError.
    """

    _worker: threading.Thread | None = None
    _jobs: SimpleQueue[_Job] = SimpleQueue()
    _lock = threading.Lock()

    def __init__(self, state: Path, swipl: dict[str, str]) -> None:
        """Starts Prolog with a saved state and does not wait; ``swipl`` says where its library and home lie, empty where unknown."""
        with Engine._lock:
            if Engine._worker is None:
                Engine._worker = threading.Thread(target=_serve, args=(Engine._jobs,), daemon=True, name="swipl")
                Engine._worker.start()
        self._started = _Job(_start, (state, swipl))
        Engine._jobs.put(self._started)

    @staticmethod
    def _result(job: _Job, timeout: float) -> Any:
        if not job.done.wait(timeout):
            raise MachineError(f"No answer within {timeout:g} seconds. Ask for less, or give more time with --timeout.")
        if job.fault is not None:
            raise job.fault
        return job.result

    def ask(self, predicate: str, question: dict[str, Any], timeout: float = 60.0) -> Any:
        """Calls door:predicate(+JSON, -JSON)."""
        self._result(self._started, 120.0)
        job = _Job(_call, ("door", predicate, json.dumps(question, ensure_ascii=False)))
        Engine._jobs.put(job)
        return json.loads(self._result(job, timeout))


def _serve(jobs: SimpleQueue[_Job]) -> None:
    while True:
        job = jobs.get()
        try:
            job.result = job.function(*job.arguments)
        except BaseException as fault:  # handed to the thread that asked
            job.fault = fault
        job.done.set()


_foreign: Any = None
_ONE_THREAD = "SWI-Prolog lives on one thread of a process. Ask tunewise, or use pyswip, in a process of its own."


def _start(state: Path, swipl: dict[str, str]) -> None:
    """Prolog with a saved state, on the serving thread, once a process."""
    global _foreign
    if "pyswip.core" in sys.modules:
        raise MachineError(f"This program has imported pyswip itself: {_ONE_THREAD}")
    core = _core(swipl)
    arguments = ["tunewise", "-q", "--nosignals", *([f"--home={core.SWI_HOME_DIR}"] if core.SWI_HOME_DIR else []), "-x", str(state)]
    if not core.PL_initialise(len(arguments), arguments):
        raise MachineError(f"SWI-Prolog did not start. Remove {state.parent} and ask again.")
    from ctypes import POINTER, c_char_p, c_int, c_size_t, c_uint

    lib = core._lib
    lib.PL_call_predicate.restype = c_int
    lib.PL_get_nchars.argtypes = [core.term_t, POINTER(c_size_t), POINTER(c_char_p), c_uint]
    lib.PL_put_chars.argtypes = [core.term_t, c_int, c_size_t, c_char_p]
    _foreign = core


def _core(swipl: dict[str, str]) -> Any:
    """pyswip's foreign interface by itself: the package would start Prolog without the state, and ask a swipl process where it lies."""
    import atexit
    import importlib.util
    from types import ModuleType

    package = importlib.util.find_spec("pyswip")
    if package is None or not package.submodule_search_locations:
        raise MachineError("The package pyswip is not installed. Install tunewise again.")
    before = {name: os.environ.get(name) for name in swipl}
    os.environ.update({name: value for name, value in swipl.items() if not before[name]})
    sys.modules["pyswip"] = stand_in = ModuleType("pyswip")
    stand_in.__path__ = list(package.submodule_search_locations)
    try:
        core = importlib.import_module("pyswip.core")
    except (Exception, SystemExit) as fault:
        del sys.modules["pyswip"]
        raise MachineError(NO_SWIPL) from fault
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    stand_in.__path__ = []  # the package would start Prolog a second time, on the thread that imports it, and crash
    stand_in.__getattr__ = _taken  # type: ignore[method-assign]
    atexit.unregister(core.cleanupProlog)  # it would wait for the serving thread
    return core


def _taken(name: str) -> Any:
    """What the package pyswip answers from then on: a message instead of a crash."""
    if name.startswith("__"):
        raise AttributeError(name)
    raise ImportError(_ONE_THREAD)


_predicates: dict[tuple[str, str], Any] = {}


def _call(module: str, name: str, argument: str) -> str:
    """module:name(+String, -String), text exact in both directions."""
    core = _foreign
    lib = core._lib
    predicate = _predicates.get((module, name)) or _predicates.setdefault((module, name), core.PL_predicate(name, 2, module))
    frame = core.PL_open_foreign_frame()
    try:
        arguments = core.PL_new_term_refs(2)
        data = argument.encode()
        lib.PL_put_chars(arguments, core.PL_STRING | core.REP_UTF8, len(data), data)
        query = core.PL_open_query(None, core.PL_Q_CATCH_EXCEPTION | core.PL_Q_NODEBUG, predicate, arguments)
        try:
            if not core.PL_next_solution(query):
                exception = core.PL_exception(query)
                raise MachineError(f"The rules could not answer: {_text(exception) if exception else 'no answer'}")
            return _text(arguments + 1)
        finally:
            core.PL_close_query(query)
    finally:
        core.PL_discard_foreign_frame(frame)


def _text(term: Any) -> str:
    from ctypes import byref, c_char_p, c_size_t, string_at

    core = _foreign
    length, chars = c_size_t(), c_char_p()
    with core.PL_STRINGS_MARK():  # without it every call leaks its buffer
        if not core._lib.PL_get_nchars(term, byref(length), byref(chars), 0x3F | 0x80 | 0x100000):
            raise MachineError("The rules answered with something that is no text.")
        return string_at(chars, length.value).decode()

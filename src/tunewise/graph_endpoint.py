"""Facts from a SPARQL 1.1 endpoint, through rdflib's SPARQLStore: the same views, the same rows as from files.

rdflib's store gives urllib no time limit, reads answers of any size, follows redirects with the password and
hides what failed; so the one method that speaks to the network is ours. Every reading ends within its time.
"""
from __future__ import annotations

import base64
import json
import os
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from . import graph
from .errors import InputError, KnowledgeError, MachineError

USER, PASSWORD, TOKEN = "TUNEWISE_ENDPOINT_USER", "TUNEWISE_ENDPOINT_PASSWORD", "TUNEWISE_ENDPOINT_TOKEN"
MAX_BYTES = 64_000_000  # of one answer
MAX_ROWS = 600_000  # of all views
_SUSPECT = 1000  # rows from which an answer is counted again: some endpoints cut answers and say nothing
_LOCAL = ("localhost", "127.0.0.1", "::1")


def address(url: str) -> str:
    """The address of an endpoint, checked: http or https, a host, no password in it. InputError otherwise."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"'{url[:80]}' is no endpoint: it begins with http:// or https://, as http://localhost:7878/query")
    if "@" in parts.netloc:
        raise InputError(f"An address holds no password. Set {USER} and {PASSWORD}, or {TOKEN}, in the environment.")
    if _credentials() and parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise InputError(f"{url}: the password would be sent readably. Use https, or take {USER}, {PASSWORD} and {TOKEN} out of the environment.")
    return url


def _credentials() -> str:
    if os.environ.get(TOKEN):
        return f"Bearer {os.environ[TOKEN]}"
    if os.environ.get(USER):
        return "Basic " + base64.b64encode(f"{os.environ[USER]}:{os.environ.get(PASSWORD, '')}".encode()).decode()
    return ""


def facts(url: str, views: list[Path], timeout: float = 30.0) -> dict[str, list[list[Any]]]:
    """Rows of every view as graph.facts gives them of files. All are read within ``timeout`` seconds, or MachineError."""
    return _in_time(url, timeout, lambda until: _facts(url, views, until))


def pulse(url: str, timeout: float = 30.0) -> str:
    """Counts that change when the knowledge of an endpoint grows; cheap to ask. MachineError where nobody answers."""
    def work(until: float) -> str:
        store = _store(url)
        return "-".join(_select(store, f"SELECT (COUNT(*) AS ?n) WHERE {{ ?s <{graph.TW}{name}> ?o }}", until, 1)[1][0][0].value for name in ("field", "about", "value"))

    return str(_in_time(url, timeout, work))


def select(url: str, query: str, max_rows: int = 10_000, timeout: float = 20.0) -> tuple[list[str], list[list[Any]]]:
    """Variables and rows of a SELECT or ASK query, with our prefixes, as pyoxigraph's terms."""
    from .graph import readable

    return _in_time(url, timeout, lambda until: _select(_store(url), readable(query), until, max_rows))


def _facts(url: str, views: list[Path], until: float) -> dict[str, list[list[Any]]]:
    store = _store(url)
    _, rows = _select(store, f"SELECT ?q ?field WHERE {{ ?q <{graph.TW}field> ?field }}", until, MAX_ROWS)
    fields = {row[0].value: row[1].value for row in rows}
    if not fields:
        raise KnowledgeError(f"{url}: holds no tunewise knowledge in its default graph. Load it there: tunewise export turtle --out knowledge.ttl writes it.")
    out: dict[str, list[list[Any]]] = {}
    room = MAX_ROWS
    for view in views:
        text = view.read_text(encoding="utf8")
        names, rows = _select(store, text, until, room)
        if len(rows) >= _SUSPECT:
            start = text.index("SELECT")
            _, counted = _select(store, f"{text[:start]}SELECT (COUNT(*) AS ?n) WHERE {{ {{ {text[start:]} }} }}", until, 1)
            if int(counted[0][0].value) != len(rows):
                raise KnowledgeError(f"{url}: gave {len(rows):,} of {int(counted[0][0].value):,} rows of {view.stem}. Raise the number of rows it answers with (ResultSetMaxRows in Virtuoso).")
        room -= len(rows)
        out[view.stem] = graph.rows_of(names, rows, fields)
    return out


def _in_time(url: str, timeout: float, work: Any) -> Any:
    """What work(until) returns; MachineError when it is not done in time, whatever it hangs on."""
    address(url)
    result: dict[str, Any] = {}
    until = time.monotonic() + timeout

    def run() -> None:
        try:
            result["value"] = work(until)
        except BaseException as fault:  # handed to the caller's thread
            result["fault"] = fault

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout)
    if not result:
        raise MachineError(f"{url}: no whole answer within {timeout:g} seconds. Is it busy? Give it more time with --timeout.")
    if "fault" in result:
        raise result["fault"]
    return result["value"]


def _select(store: Any, query: str, until: float, most: int) -> tuple[list[str], list[list[Any]]]:
    store.until = until
    result = store.query(query)
    if result.type == "ASK":
        return ["answer"], [[bool(result.askAnswer)]]
    names = [str(v) for v in result.vars or []]
    rows: list[list[Any]] = []
    for row in result.bindings:
        if len(rows) >= most:
            raise KnowledgeError(f"{store.query_endpoint}: answers with more than {most:,} rows. Ask for less, or let it serve less.")
        rows.append([_term(row.get(v)) for v in result.vars])
    return names, rows


def _term(term: Any) -> Any:
    """An rdflib term as pyoxigraph's, so that all that follows is the same."""
    import pyoxigraph as ox
    import rdflib

    if term is None:
        return None
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode("b" + "".join(c for c in str(term) if c.isalnum()))
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype))) if term.datatype else ox.Literal(str(term))


def _store(url: str) -> Any:
    """rdflib's SPARQLStore with a method of its own to speak to the network."""
    try:
        from rdflib.plugins.stores.sparqlstore import SPARQLStore
    except ImportError:
        raise MachineError("An endpoint is read through rdflib, which is not installed: pip install tunewise[check]") from None

    class Store(SPARQLStore):
        until = 0.0

        def _query(self, query: str, *_: Any, **__: Any) -> Any:
            return _parsed(url, *_fetched(url, query, self.until))

    return Store(url, returnFormat="json")


def _parsed(url: str, kind: str, data: bytes) -> Any:
    """rdflib's Result of an answer that is one; KnowledgeError of one that is not."""
    import io

    from rdflib.query import Result

    try:
        if kind not in ("application/sparql-results+json", "application/json"):
            raise ValueError(f"{kind or 'no type'} was sent")
        json.loads(data)["head"]
        return Result.parse(io.BytesIO(data), format="json")
    except (ValueError, KeyError, TypeError, AttributeError, NotImplementedError, RecursionError) as fault:
        start = " ".join(data[:60].decode("utf8", "replace").split())
        raise MachineError(f"{url}: the answer is no SPARQL result in JSON ({type(fault).__name__ if not isinstance(fault, ValueError) else str(fault)[:80]}): '{start}'. Is this the address of a SPARQL endpoint, as http://localhost:7878/query?") from None


def _fetched(url: str, query: str, until: float) -> tuple[str, bytes]:
    """Type and bytes of the answer to a query, in time and within bounds; MachineError names what went wrong."""
    import http.client
    from urllib.error import HTTPError, URLError
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
            raise MachineError(f"{url}: sends on to {newurl[:200]}. Name that address, if you trust it.")

    headers = {"Accept": "application/sparql-results+json", "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "tunewise"}
    if credentials := _credentials():
        headers["Authorization"] = credentials
    direct = [ProxyHandler({})] if urlsplit(url).hostname in _LOCAL else []
    request = Request(url, data=urlencode({"query": query}).encode(), headers=headers)
    try:
        with build_opener(Stay, *direct).open(request, timeout=max(0.1, until - time.monotonic())) as reply:
            data = reply.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                raise MachineError(f"{url}: an answer of more than {MAX_BYTES // 10**6} MB is not read.")
            return reply.headers.get_content_type(), data
    except HTTPError as fault:
        said = " ".join(fault.read(300).decode("utf8", "replace").split())[:160]
        hint = f" Set {USER} and {PASSWORD}, or {TOKEN}." if fault.code in (401, 403) else " Is this the address that takes queries, as http://localhost:7878/query?" if fault.code in (404, 405) else ""
        raise MachineError(f"{url}: answers {fault.code} {fault.reason}{': ' + said if said else ''}.{hint}") from None
    except TimeoutError:
        raise MachineError(f"{url}: no answer in time. Is it busy? Give it more time with --timeout.") from None
    except (URLError, OSError, http.client.HTTPException) as fault:
        reason = getattr(fault, "reason", None) or fault
        if isinstance(reason, TimeoutError):
            raise MachineError(f"{url}: no answer in time. Is it busy? Give it more time with --timeout.") from None
        raise MachineError(f"{url}: cannot be reached: {reason}. Is the server running?") from None

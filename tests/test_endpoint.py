"""Facts from a SPARQL endpoint: the same answers as from files; whatever the endpoint does, one clear error in time."""
from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from conftest import DAY, python, tunewise
from tunewise import graph, graph_endpoint
from tunewise.errors import InputError, KnowledgeError, MachineError
from tunewise.folders import Knowledge

CASE = {"gpu": "t4", "model": "llama-3-8b", "examples": 5000, "goal": "learn a task"}


def served(reply: Callable[[BaseHTTPRequestHandler, str], None]) -> tuple[ThreadingHTTPServer, str]:
    """A server on this machine that answers each query by a function of the request and its body."""
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reply(self, self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/query"


def sent(handler: BaseHTTPRequestHandler, body: bytes, kind: str = "application/sparql-results+json", status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def stub() -> Iterator[Callable[..., str]]:
    servers = []

    def start(reply: Callable[[BaseHTTPRequestHandler, str], None]) -> str:
        server, url = served(reply)
        servers.append(server)
        return url

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="module")
def oxigraph() -> Iterator[str]:
    """An Oxigraph server that holds the package's knowledge; where the program is not installed, Oxigraph's library behind a server of our own."""
    data = b"\n".join(file.read_bytes() for file in Knowledge().turtle())
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
    if program is None:
        import pyoxigraph as ox
        from urllib.parse import parse_qs

        store = ox.Store()
        store.load(data, format=ox.RdfFormat.TURTLE)
        server, url = served(lambda handler, body: sent(handler, bytes(store.query(parse_qs(body)["query"][0]).serialize(format=ox.QueryResultsFormat.JSON) or b"")))  # type: ignore[union-attr]
        yield url
        server.shutdown()
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([program, "serve", "--bind", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(100):
        try:
            request = urllib.request.Request(f"http://127.0.0.1:{port}/store?default", data=data, headers={"Content-Type": "text/turtle"}, method="POST")
            opener.open(request, timeout=60).close()
            break
        except OSError:
            time.sleep(0.1)
    yield f"http://127.0.0.1:{port}/query"
    process.kill()
    process.wait()


ASK = f"""
import json, sys
from tunewise import Advisor
from tunewise.folders import Knowledge
advisor = Advisor(Knowledge(endpoint=sys.argv[1] if sys.argv[1] != "-" else None), as_of={DAY!r}, timeout=120)
case = advisor.situation(json.loads(sys.argv[2]))
print(json.dumps([advisor.ask("why", case, technique="qlora"), advisor.ask("advise", case), advisor.ask("what_if", case, technique="full-fine-tuning", aim="viable", max=2),
                  advisor.ask("compare", case, technique="lora", other="dora"), advisor.ask("why", case, technique="lora", ways=2), advisor.ask("estimate", case, technique="qlora")]))
"""


def test_an_endpoint_gives_the_same_rows_as_the_files(oxigraph: str) -> None:
    theirs = graph_endpoint.facts(oxigraph, Knowledge().views(), 120)
    ours = graph.facts(graph.load(Knowledge().turtle()), Knowledge().views())
    assert sum(map(len, ours.values())) > 40_000
    assert [view for view in ours if ours[view] != theirs[view]] == []


def test_an_endpoint_gives_the_same_answers_as_the_files(oxigraph: str) -> None:
    ours, theirs = (python(ASK, where, json.dumps(CASE)) for where in ("-", oxigraph))
    assert ours.returncode == theirs.returncode == 0, theirs.stderr
    assert json.loads(ours.stdout) == json.loads(theirs.stdout)


def test_a_query_goes_to_the_endpoint(oxigraph: str) -> None:
    query = "SELECT ?t WHERE { ?t a tw:Approach } ORDER BY ?t LIMIT 3"
    ours, theirs = tunewise("query", query, "--json"), tunewise("query", query, "--json", "--endpoint", oxigraph, "--timeout", "60")
    assert theirs.returncode == 0 and theirs.stdout == ours.stdout and "bindings" in ours.stdout


def fails(url: str, error: type[Exception], words: str, timeout: float = 20) -> None:
    with pytest.raises(error, match=words):
        graph_endpoint.facts(url, Knowledge().views(), timeout)


def test_nobody_there_is_said_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = tunewise("why", "qlora", "--endpoint", f"http://127.0.0.1:{port}/query")
    assert run.returncode == 4 and "cannot be reached" in run.stderr and "Is the server running?" in run.stderr and "Traceback" not in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_one_who_never_answers_is_given_up(stub: Callable[..., str]) -> None:
    hold = threading.Event()
    fails(stub(lambda handler, _: hold.wait(30) and None), MachineError, "no (whole )?answer", 0.5)
    hold.set()


def test_one_who_drips_is_given_up(stub: Callable[..., str]) -> None:
    stop = threading.Event()

    def drip(handler: BaseHTTPRequestHandler, _: str) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/sparql-results+json")
        handler.end_headers()
        while not stop.wait(0.05):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    fails(stub(drip), MachineError, "no whole answer within 0.5 seconds", 0.5)
    stop.set()


@pytest.mark.parametrize(("body", "kind"), [
    (b"<html>Welcome</html>", "text/html"), (b"{", "application/sparql-results+json"), (b"[]", "application/json"), (b"{}", "application/json"), (b"[" * 100_000, "application/json"),
    (b'{"head": {"vars": ["q"]}, "results": 7}', "application/json"), (b'{"head": {"vars": ["q", "field"]}, "results": {"bindings": [{"q": {"type": "song", "value": "x"}}]}}', "application/json"),
    (b"\xff\xfe\x00", "application/json"), (b"", "application/sparql-results+json")])
def test_nonsense_is_one_clear_error(stub: Callable[..., str], body: bytes, kind: str) -> None:
    fails(stub(lambda handler, _: sent(handler, body, kind)), MachineError, "no SPARQL result in JSON.*Is this the address of a SPARQL endpoint")


@pytest.mark.parametrize(("status", "words"), [(401, "answers 401.*TUNEWISE_ENDPOINT_USER"), (404, "answers 404.*address that takes queries"), (500, "answers 500.*out of memory"), (503, "answers 503")])
def test_a_refusal_is_told_with_its_words(stub: Callable[..., str], status: int, words: str) -> None:
    fails(stub(lambda handler, _: sent(handler, b"out of memory", "text/plain", status)), MachineError, words)


def test_it_is_not_led_elsewhere(stub: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    other = stub(lambda handler, _: heard.append(str(handler.headers.get("Authorization"))))
    monkeypatch.setenv("TUNEWISE_ENDPOINT_TOKEN", "secret")
    fails(stub(lambda handler, _: sent(handler, b"", "text/plain", 302, Location=other)), MachineError, "sends on to")
    assert heard == []


def test_answers_are_bounded(stub: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_endpoint, "MAX_BYTES", 1000)
    fails(stub(lambda handler, _: sent(handler, b" " * 2000)), MachineError, "is not read")


def rows(count: int, name: str = "q") -> bytes:
    return json.dumps({"head": {"vars": [name, "field"]}, "results": {"bindings": [{name: {"type": "uri", "value": f"http://x/{i}"}, "field": {"type": "literal", "value": str(i)}} for i in range(count)]}}).encode()


def test_an_answer_that_was_cut_is_noticed(stub: Callable[..., str]) -> None:
    """Virtuoso gives the first 10,000 rows and says nothing."""
    def cut(handler: BaseHTTPRequestHandler, body: str) -> None:
        counted = json.dumps({"head": {"vars": ["n"]}, "results": {"bindings": [{"n": {"type": "literal", "value": "1500", "datatype": "http://www.w3.org/2001/XMLSchema#integer"}}]}}).encode()
        sent(handler, counted if "COUNT" in body else rows(1000))

    fails(stub(cut), KnowledgeError, "gave 1,000 of 1,500 rows")


def test_an_endpoint_without_our_knowledge_is_told_what_to_load(stub: Callable[..., str]) -> None:
    fails(stub(lambda handler, _: sent(handler, rows(0))), KnowledgeError, "holds no tunewise knowledge.*tunewise export")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "localhost:7878", "http://", "javascript:1"])
def test_only_http_and_https_are_addresses(url: str) -> None:
    fails(url, InputError, "begins with http")


def test_passwords_stand_in_the_environment_and_are_not_sent_readably(stub: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    fails("http://me:secret@localhost/query", InputError, "holds no password")
    monkeypatch.setenv("TUNEWISE_ENDPOINT_USER", "me")
    monkeypatch.setenv("TUNEWISE_ENDPOINT_PASSWORD", "secret")
    fails("http://graph.example.org/query", InputError, "sent readably")
    heard: list[str] = []

    def hear(handler: BaseHTTPRequestHandler, _: str) -> None:
        heard.append(str(handler.headers["Authorization"]))
        sent(handler, rows(0))

    fails(stub(hear), KnowledgeError, "holds no tunewise")
    assert heard == ["Basic bWU6c2VjcmV0"]


def test_folders_and_an_endpoint_exclude_each_other(tmp_path: Path) -> None:
    run = tunewise("why", "qlora", "--endpoint", "http://localhost:1/query", "--knowledge", str(tmp_path))
    assert run.returncode == 2 and "exclude each other" in run.stderr

"""Clients that are slow, silent, endless or too many: each is let go, and the others are answered meanwhile."""

from __future__ import annotations

import json
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.fake_llm_server import fake_llm
from tests.faults.institution import QUESTION, published
from tests.serving import Server, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
HEAD_S = BODY_S = 1.5
STALLED_S = 3.0
ROOM = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("slow")
    published(folder, "Un mot.\n\n" + "Une longue réponse. " * 3000)
    limits = {
        "GUICHET_HEADER_TIMEOUT_S": str(HEAD_S),
        "GUICHET_BODY_TIMEOUT_S": str(BODY_S),
        "GUICHET_STALLED_TIMEOUT_S": str(STALLED_S),
        "GUICHET_MAX_CONNECTIONS": str(ROOM),
    }
    with serving(folder, **limits) as running:
        yield running


def connect(server: Server) -> socket.socket:
    host, port = server.base_url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def reply(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    found = b""
    try:
        while piece := client.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found


def answers(server: Server) -> bool:
    return server.ask(QUESTION)["outcome"] in {"answered", "clarification", "abstained"}


def closed(server: Server, reason: str) -> float:
    import urllib.request

    with urllib.request.urlopen(f"{server.base_url}/metrics", timeout=10) as response:
        for line in response.read().decode().splitlines():
            if line.startswith(f'guichet_connections_closed_total{{reason="{reason}"}}'):
                return float(line.split()[-1])
    raise AssertionError("no such metric")


def problem(raw: bytes) -> dict[str, object]:
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"connection: close" in head.lower()
    return dict(json.loads(body))


def test_a_client_that_says_nothing_is_let_go(server: Server) -> None:
    with connect(server) as client:
        assert reply(client) == b""


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /api/health HTTP/1.1\r\nHost: x\r\nX-A: ",
        b"GE",
        b'POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n{"mess',
        b"POST /api/chat HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{",
    ],
    ids=["head", "first line", "body", "chunked body"],
)
def test_a_request_that_never_ends_is_told_that_it_is_late(server: Server, begun: bytes) -> None:
    with connect(server) as client:
        client.sendall(begun)
        raw = reply(client)
    assert raw.startswith(b"HTTP/1.1 408 "), raw[:200]
    assert problem(raw)["code"] == "too_slow"
    assert answers(server)


def test_a_byte_now_and_then_wins_no_time(server: Server) -> None:
    began = time.monotonic()
    with connect(server) as client:
        client.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n")
        try:
            while time.monotonic() - began < 10:
                client.sendall(b"X-A: 1\r\n")
                time.sleep(0.2)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert time.monotonic() - began < 8


def test_a_connection_that_a_client_keeps_for_later_is_still_there(server: Server) -> None:
    """Proxies and clients keep theirs for 5 s and more; closed before, a request of theirs would be lost."""
    with connect(server) as client:
        for wait in (0.0, 6.0):
            time.sleep(wait)
            client.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
            raw = client.recv(65536)
            while raw and not raw.endswith(b"}"):  # head and body may come apart
                raw += client.recv(65536)
            assert raw.startswith(b"HTTP/1.1 200 ")


def test_a_second_request_on_the_same_connection_is_watched_too(server: Server) -> None:
    with connect(server) as client:
        client.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
        first = client.recv(65536)
        while not first.endswith(b"}"):  # head and body may come apart
            first += client.recv(65536)
        assert first.startswith(b"HTTP/1.1 200 ")
        client.sendall(b"\r\n")  # what llhttp skips before a request
        raw = reply(client)
        assert not raw or raw.startswith(b"HTTP/1.1 408 "), raw[:200]
    with connect(server) as client:
        client.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(65536)
        client.sendall(b"GET /api/hea")
        assert b"HTTP/1.1 408 " in reply(client)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /api/health HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 65536 + b"\r\n\r\n",
        b"GET /api/health HTTP/1.1\r\nHost: x\r\n" + b"X-A: abcdefghij\r\n" * 4096 + b"\r\n",
        b"GET /api/search?q=" + b"a" * 65536 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/health HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 65536,
    ],
    ids=["one header", "many headers", "address", "endless"],
)
def test_a_head_of_64_kb_is_refused(server: Server, head: bytes) -> None:
    with connect(server) as client:
        with suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(head)
        raw = reply(client)
    if raw:  # closing with bytes unread may reset the connection before the reply is read
        assert raw.startswith(b"HTTP/1.1 431 "), raw[:200]
        assert problem(raw)["code"] == "headers_too_large"
    assert answers(server)


def test_a_head_of_16_kb_passes(server: Server) -> None:
    with connect(server) as client:
        client.sendall(
            b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: " + b"a" * 16000 + b"\r\n\r\n"
        )
        assert reply(client).startswith(b"HTTP/1.1 200 ")


def test_a_slow_body_that_goes_on_is_waited_for(server: Server) -> None:
    body = json.dumps({"message": QUESTION, "x": "é" * 1500}).encode()
    with connect(server) as client:
        client.sendall(
            b"POST /api/chat HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)
        )
        for at in range(0, len(body), 1000):
            client.sendall(body[at : at + 1000])
            time.sleep(0.3)
        assert reply(client).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_does_not_read_is_given_up(server: Server) -> None:
    before = closed(server, "stalled")
    request = b"GET /faq HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(3):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            host, port = server.base_url.removeprefix("http://").split(":")
            client.connect((host, int(port)))
            stack.enter_context(client)
            client.sendall(request * 200)
        end = time.monotonic() + 30
        while closed(server, "stalled") < before + 3 and time.monotonic() < end:
            assert answers(server)
            time.sleep(0.2)
    assert closed(server, "stalled") >= before + 3


def test_nonsense_is_told_to_be_nonsense(server: Server) -> None:
    with connect(server) as client:
        client.sendall(b"\x16\x03\x01 n'importe quoi\r\n\r\n")
        raw = reply(client)
    assert raw.startswith(b"HTTP/1.1 400 ")
    assert problem(raw)["code"] == "malformed"


def test_more_connections_than_there_is_room_for(server: Server) -> None:
    """Thrice as many as fit: those that wait longest go, whoever asks is answered at once."""
    before = closed(server, "crowded")
    with ExitStack() as stack:
        for at in range(3 * ROOM):
            client = stack.enter_context(connect(server))
            client.sendall(b"POST /api/chat HTTP/1.1\r\nHost: x\r\n"[: 1 + at % 30])
            if at % 100 == 99:
                assert answers(server)
    assert closed(server, "crowded") >= before + ROOM


@pytest.mark.long
def test_ten_thousand_idle_connections(tmp_path: Path) -> None:
    """10,000 clients that hold a connection and say nothing more: memory bounded, others answered."""
    from bench.crowd import measure

    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    published(tmp_path)
    with serving(tmp_path, GUICHET_HEADER_TIMEOUT_S="3600", GUICHET_MAX_CONNECTIONS="12000") as running:
        found = measure(running.base_url, running.process.pid, 10_000, "idle")
    assert (found.failed, found.held) == (0, 10_000)
    assert found.resident_mb - found.before_mb < 400


@pytest.mark.parametrize("streams", [100, pytest.param(10_000, marks=pytest.mark.long)])
def test_open_streams(tmp_path: Path, streams: int) -> None:
    """Visitors whose answers have begun and wait for a model that says nothing: all held, others answered."""
    from bench.crowd import SERVERS, measure

    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    published(tmp_path)
    with fake_llm() as llm:
        llm.mode = "silent"
        with serving(tmp_path, GUICHET_LLM_BASE_URL=llm.base_url, **SERVERS["streams"][1]) as running:
            found = measure(running.base_url, running.process.pid, streams, "streams")
            assert (found.connected, found.held, found.failed) == (streams, streams, 0)

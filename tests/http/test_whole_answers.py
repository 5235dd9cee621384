"""What leaves a connection at once: an answer's header with its body, a stream's header before its events."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from app.settings import Settings
from app.web.connections import guarded

BODY = b'{"answer": "oui"}'
SIZED = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]
EVENTS = [(b"content-type", b"text/event-stream")]
ready = threading.Event()
"""Set when a stream's first event is."""


def start(status: int = 200, headers: list[tuple[bytes, bytes]] = SIZED) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(content: bytes = b"", *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers that a client sees come apart, or not at all, where a write too many or too few is made."""
    path = scope["path"]
    if path == "/json":
        await send(start())
        time.sleep(0.1)  # noqa: ASYNC251 - nothing else happens between the two
        await send(body(BODY))
    elif path == "/file":
        await send(start())
        await asyncio.sleep(0.1)  # as while a file is opened
        await send(body(BODY))
    elif path == "/events":
        await send(start(headers=EVENTS))
        await asyncio.to_thread(ready.wait, 10)
        await send(body(b"data: 1\n\n", more=True))
        await send(body())
    elif path == "/unchanged":
        await send(start(304, []))
        await send(body())
    elif path == "/empty":
        await send(start(200, [(b"content-length", b"0")]))
        await send(body())
    elif path == "/broken":
        await send(start())
        raise ValueError("after the header")
    elif path == "/body":
        while (await receive()).get("more_body"):
            pass
        await send(start())
        await send(body(BODY))


@contextmanager
def serving(loop: str) -> Iterator[int]:
    settings = Settings(_env_file=None)
    config = uvicorn.Config(application, http=guarded(settings), loop=loop, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with serving(request.param) as listening:
        yield listening


@pytest.fixture
def client(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connected:
        yield connected


def ask(client: socket.socket, path: str, method: str = "GET", headers: bytes = b"", content: bytes = b"") -> None:
    client.sendall(b"%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (method.encode(), path.encode(), headers) + content)


def to_the_end(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize("path", ["/json", "/file"])
def test_header_and_body_arrive_together(client: socket.socket, path: str) -> None:
    for _ in range(2):
        ask(client, path)
        raw = client.recv(65536)
        assert raw.startswith(b"HTTP/1.1 200 OK\r\n")
        assert raw.endswith(b"\r\n\r\n" + BODY)


def test_a_streams_header_arrives_before_its_first_event(client: socket.socket) -> None:
    ready.clear()
    ask(client, "/events")
    head = client.recv(65536)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert head.endswith(b"\r\n\r\n")
    ready.set()
    rest = b""
    while not rest.endswith(b"0\r\n\r\n"):
        rest += client.recv(65536)
    assert rest == b"9\r\ndata: 1\n\n\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("path", "method", "first"),
    [("/json", "HEAD", b"200 OK"), ("/unchanged", "GET", b"304 Not Modified"), ("/empty", "GET", b"200 OK")],
)
def test_an_answer_without_a_body_arrives_and_the_connection_goes_on(
    client: socket.socket, path: str, method: str, first: bytes
) -> None:
    for _ in range(2):
        ask(client, path, method)
        raw = client.recv(65536)
        assert raw.startswith(b"HTTP/1.1 " + first)
        assert raw.endswith(b"\r\n\r\n")


def test_requests_sent_at_once_are_answered_in_turn(client: socket.socket) -> None:
    ready.set()
    for path, method in (("/json", "GET"), ("/unchanged", "GET"), ("/json", "HEAD"), ("/events", "GET")):
        ask(client, path, method)
    ask(client, "/json", headers=b"Connection: close\r\n")
    one, two, three, four, five = to_the_end(client).split(b"HTTP/1.1 ")[1:]
    assert one.endswith(b"\r\n\r\n" + BODY)
    assert two.startswith(b"304 ")
    assert three.startswith(b"200 ")
    assert three.endswith(b"\r\n\r\n")
    assert four.endswith(b"\r\n\r\n9\r\ndata: 1\n\n\r\n0\r\n\r\n")
    assert five.endswith(b"\r\n\r\n" + BODY)


def test_an_answer_that_breaks_off_is_closed_after_its_header(client: socket.socket) -> None:
    ask(client, "/broken")
    assert to_the_end(client).endswith(b"\r\n\r\n")


def test_a_body_that_waits_to_be_asked_for_is(client: socket.socket) -> None:
    ask(client, "/body", "POST", b"Expect: 100-continue\r\nContent-Length: 2\r\n")
    assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"{}")
    assert client.recv(65536).endswith(b"\r\n\r\n" + BODY)


def test_a_client_that_leaves_while_its_answer_waits_harms_nobody(port: int) -> None:
    for path in ("/json", "/file", "/events"):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as gone:
            ready.set()
            ask(gone, path)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        ask(client, "/json")
        assert client.recv(65536).endswith(BODY)

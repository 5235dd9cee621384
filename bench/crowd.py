"""Clients that hold a connection, thousands at once: `python -m bench.crowd --clients 10000`.

Against servers of its own. Idle: a third each silent from the start, stopped halfway through a head, kept alive after
an answer whose next request never ends. Streams: visitors whose answers have begun and wait for a turn at a language
model that never speaks, each an open SSE stream. Then asks questions, and prints the server's resident memory before
and with the crowd, the questions' p50 and p95 before and with it, and how many failed. The crowd is in processes of its
own, so that neither side's open files stand in for the other's.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import resource
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from bench.server import serving

ASKED = 100
QUESTION = "Quels sont les modes de paiement ?"
PORTS_AN_ADDRESS = 20_000
"""Connections from one loopback address; the next 127.0.0.x takes the others."""
A_PROCESS = 5_000
"""Clients in one process."""
AT_ONCE = 16
"""Streams asked for at the same time by one process: fewer than a server's searches may wait."""
Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What was seen; latencies in ms."""

    connected: int
    held: int
    before_mb: float
    resident_mb: float
    p50_before: float
    p50: float
    p95: float
    failed: int


def measure(base_url: str, pid: int, clients: int, kind: str) -> Found:
    """Crowd a running server with clients of a kind: "idle" or "streams"."""
    address = address_of(base_url)
    ask(address, 20)
    alone, _ = ask(address, ASKED)
    before = resident_mb(pid)
    with crowds(address, clients, kind) as pipes:
        connected = sum(pipe.recv() for pipe in pipes)
        time.sleep(2)
        taken, failed = ask(address, ASKED)
        resident = resident_mb(pid)
        for pipe in pipes:
            pipe.send("count")
        held = sum(pipe.recv() for pipe in pipes)
    p95 = statistics.quantiles(taken, n=20)[-1]
    return Found(connected, held, before, resident, statistics.median(alone), statistics.median(taken), p95, failed)


def address_of(base_url: str) -> Address:
    """Where a server listens."""
    host, port = base_url.removeprefix("http://").split(":")
    return host, int(port)


@contextmanager
def crowds(address: Address, clients: int, kind: str) -> Iterator[Sequence[Connection]]:
    """Processes that hold the clients. Each tells how many it opened and, told to count, how many are held still."""
    context = multiprocessing.get_context("spawn")
    made = []
    for first in range(0, clients, A_PROCESS):
        mine, theirs = context.Pipe()
        numbers = range(first, min(first + A_PROCESS, clients))
        process = context.Process(target=hold, args=(address, numbers, kind, theirs), daemon=True)
        process.start()
        made.append((process, mine))
    try:
        yield [pipe for _, pipe in made]
    finally:
        for process, pipe in made:
            pipe.send("go")
            process.join(60)


def hold(address: Address, numbers: range, kind: str, pipe: Connection) -> None:
    """Open the clients, say how many there are, and hold them until told to go."""
    all_files()
    opened = stream if kind == "streams" else idle
    with ThreadPoolExecutor(AT_ONCE) as pool:
        crowd = [client for client in pool.map(lambda at: opened(address, at), numbers) if client is not None]
    pipe.send(len(crowd))
    while pipe.recv() == "count":
        pipe.send(sum(is_open(client) for client in crowd))


def connect(address: Address, at: int) -> socket.socket:
    """A connection from the loopback address whose turn it is."""
    return socket.create_connection(address, 120, source_address=(f"127.0.0.{2 + at // PORTS_AN_ADDRESS}", 0))


def idle(address: Address, at: int) -> socket.socket:
    """A client that asks nothing, or nothing more."""
    client = connect(address, at)
    if at % 3 == 1:
        client.sendall(b"POST /api/chat HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    elif at % 3 == 2:
        client.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(65536)
        client.sendall(b"GET /api")  # within the server's keep-alive time: what begins a request stays
    return client


def stream(address: Address, at: int) -> socket.socket | None:
    """A visitor whose answer has begun; None where it didn't."""
    body = json.dumps({"message": QUESTION, "style": "generated"}).encode()
    head = "POST /api/chat HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n"
    try:
        client = connect(address, at)
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        received = b""
        while b"event: start" not in received:
            piece = client.recv(65536)
            if not piece:
                return None
            received += piece
    except OSError:
        return None
    return client


def ask(address: tuple[str, int], times: int) -> tuple[list[float], int]:
    """Milliseconds of as many questions, each over a connection of its own, and how many weren't answered."""
    taken, failed = [], 0
    for n in range(times):
        began = time.perf_counter()
        try:
            connection = http.client.HTTPConnection(*address, timeout=60)
            body = json.dumps({"message": f"{QUESTION} {n}", "style": "verbatim"})
            connection.request("POST", "/api/chat", body, {"Content-Type": "application/json"})
            failed += connection.getresponse().status != 200
            connection.close()
        except OSError:
            failed += 1
        taken.append((time.perf_counter() - began) * 1e3)
    return taken, failed


def is_open(client: socket.socket) -> bool:
    """Whether the server still holds its end, and a stream has come to none; what it has sent is read."""
    client.setblocking(False)
    received = b""
    try:
        while piece := client.recv(65536):
            received += piece
    except BlockingIOError:
        return not any(end in received for end in (b"event: done", b"event: error"))
    except OSError:
        return False
    return False


def resident_mb(pid: int) -> float:
    """Resident memory of a process (MB, Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def all_files() -> None:
    """Let this process open as many files as it may."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


LONG = "3600"
SERVERS = {
    "held": ("idle", {"GUICHET_HEADER_TIMEOUT_S": LONG, "GUICHET_MAX_CONNECTIONS": "12000"}),
    "room for 1,000": ("idle", {"GUICHET_HEADER_TIMEOUT_S": LONG, "GUICHET_MAX_CONNECTIONS": "1000"}),
    "streams": (
        "streams",
        {
            "GUICHET_MAX_CONNECTIONS": "12000",
            "GUICHET_LLM_MODEL": "silent",
            "GUICHET_LLM_QUEUE": "12000",
            "GUICHET_LLM_QUEUE_WAIT_S": LONG,
            "GUICHET_LLM_TIMEOUT_S": LONG,
        },
    ),
}


def tell(name: str, found: Found) -> None:
    """Print a line of it."""
    print(
        f"{name:15} {found.connected} clients, {found.held} still held | resident {found.before_mb:.0f} -> "
        f"{found.resident_mb:.0f} MB | p50 {found.p50_before:.1f} -> {found.p50:.1f} ms, p95 {found.p95:.1f} ms | "
        f"failed {found.failed} of {ASKED}",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--only", choices=list(SERVERS), action="append")
    given = parser.parse_args()
    all_files()
    from tests.fake_llm_server import fake_llm

    command = ["-m", "app.cli", "serve", "--port", "{port}"]
    for name in given.only or SERVERS:
        kind, settings = SERVERS[name]
        with fake_llm() if kind == "streams" else nullcontext() as llm:
            if llm is not None:
                llm.mode = "silent"
                settings = {**settings, "GUICHET_LLM_BASE_URL": llm.base_url}
            with serving(command, "/api/ready", GUICHET_RATE_LIMIT_PER_MINUTE="0", **settings) as server:
                tell(name, measure(server.base_url, server.pid, given.clients, kind))
                ask(address_of(server.base_url), 1)  # answered once it has noticed that the crowd has gone


if __name__ == "__main__":
    main()

"""Clients that hold a connection and ask nothing: `python -m bench.crowd --clients 10000`.

Opens them all against a server of its own, a third each: silent from the start, stopped halfway through a head,
kept alive after an answer whose next request never ends. Then asks questions, and prints the server's resident
memory before and with the crowd, the questions' p50 and p95 before and with it, and how many failed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import resource
import socket
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.server import serving

ASKED = 100
QUESTION = "Quels sont les modes de paiement ?"
PORTS_AN_ADDRESS = 20_000
"""Connections from one loopback address; the next 127.0.0.x takes the others."""


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


def measure(base_url: str, pid: int, clients: int) -> Found:
    """Crowd a running server."""
    host, port = base_url.removeprefix("http://").split(":")
    address = (host, int(port))
    ask(address, 20)
    alone, _ = ask(address, ASKED)
    before = resident_mb(pid)
    with ExitStack() as stack:
        crowd = []
        for at in range(clients):
            client = stack.enter_context(
                socket.create_connection(address, 30, source_address=(f"127.0.0.{2 + at // PORTS_AN_ADDRESS}", 0))
            )
            if at % 3 == 1:
                client.sendall(b"POST /api/chat HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            elif at % 3 == 2:
                client.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\nGET /api")
            crowd.append(client)
        time.sleep(2)
        taken, failed = ask(address, ASKED)
        resident = resident_mb(pid)
        held = sum(is_open(client) for client in crowd)
    p95 = statistics.quantiles(taken, n=20)[-1]
    return Found(len(crowd), held, before, resident, statistics.median(alone), statistics.median(taken), p95, failed)


def ask(address: tuple[str, int], times: int) -> tuple[list[float], int]:
    """Milliseconds of as many questions, each over a connection of its own, and how many weren't answered."""
    taken, failed = [], 0
    for n in range(times):
        began = time.perf_counter()
        try:
            connection = http.client.HTTPConnection(*address, timeout=10)
            body = json.dumps({"message": f"{QUESTION} {n}"})
            connection.request("POST", "/api/chat", body, {"Content-Type": "application/json"})
            failed += connection.getresponse().status != 200
            connection.close()
        except OSError:
            failed += 1
        taken.append((time.perf_counter() - began) * 1e3)
    return taken, failed


def is_open(client: socket.socket) -> bool:
    """Whether the server still holds its end; what it has sent is read."""
    client.setblocking(False)
    try:
        while piece := client.recv(65536):
            del piece
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def resident_mb(pid: int) -> float:
    """Resident memory of a process (MB, Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=10_000)
    clients = parser.parse_args().clients
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    command = ["-m", "app.cli", "serve", "--port", "{port}"]
    for name, header_s, room in (("held", "300", "20000"), ("room for 1,000", "300", "1000")):
        limits = {"GUICHET_HEADER_TIMEOUT_S": header_s, "GUICHET_MAX_CONNECTIONS": room}
        with serving(command, "/api/ready", GUICHET_RATE_LIMIT_PER_MINUTE="0", **limits) as server:
            found = measure(server.base_url, server.pid, clients)
        print(
            f"{name:15} {found.connected} clients, {found.held} still held | resident {found.before_mb:.0f} -> "
            f"{found.resident_mb:.0f} MB | p50 {found.p50_before:.1f} -> {found.p50:.1f} ms, p95 {found.p95:.1f} ms | "
            f"failed {found.failed} of {ASKED}"
        )


if __name__ == "__main__":
    main()

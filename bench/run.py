"""`make bench`: Guichet against the floor and against two reference pipelines, in the same run on the same machine.

The servers run side by side, idle but for the one that is asked; every question goes to each in turn, so that whatever
else the machine does hits all alike. What counts are the ratios. The figures go to docs/figures/bench.json, the
table and the plot that are made of them to docs/bench.md (bench/report.py).
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

from rich.console import Console

from app.encoders import open_encoder, packaged_folder
from app.settings import ROOT
from bench import first_sentence, report
from bench.load import Load, chat_requests, load
from bench.server import Running, serving
from evals.cases import load_cases

QUESTIONS = 200
"""Different questions asked of each system, after WARM_UP."""
WARM_UP = 20
ROW = 25
"""Questions put to one system before another's turn, where nothing is to come in between."""
CLIENTS = (1, 8, 32, 128)
SECONDS = 6.0
"""Of load, for each number of clients and each system."""
ENVIRONMENT = {
    "GUICHET_RATE_LIMIT_PER_MINUTE": "0",
    "GUICHET_ENCODER_CACHE": "0",
    "GUICHET_STYLE": "verbatim",
    "GUICHET_QUEUE": "256",
}
"""No limit, no cached vectors: every question costs its full price; nobody is sent away."""

out = Console(width=120)


@dataclass(frozen=True, slots=True)
class System:
    """What is measured: a command and its paths; `search` is completed by a question."""

    name: str
    command: list[str]
    ready: str
    chat: str
    search: str


@dataclass(slots=True)
class Measured:
    """One system. Latencies in ms, taken in turn with the others'; `alone` is the ratio of the medians of a chat and
    of an encoder pass when each is asked in a row.
    """

    name: str
    ready_s: float
    resident_mb: float = 0.0
    alone: float = 0.0
    chat: list[float] = field(default_factory=list)
    search: list[float] = field(default_factory=list)
    load: list[Load] = field(default_factory=list)


def main() -> None:
    """Measure, print and keep."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--questions", type=int, default=QUESTIONS, help="asked of each system, after a warm-up")
    arguments.add_argument("--seconds", type=float, default=SECONDS, help="of load, for each number of clients")
    arguments.add_argument("--no-model", action="store_true", help="leave the first sentence of a model out")
    given = arguments.parse_args()
    load_before = os.getloadavg()[0]
    cases = load_cases(ROOT / "evals" / "cases")
    questions = [c.question for c in cases if c.in_scope and not c.history][: given.questions + WARM_UP]
    encode = open_encoder("packaged", threads=1, cache_size=0)

    def one_pass(question: str) -> object:
        return encode.encode_queries([question])

    with ExitStack() as running:
        servers = [
            (system, running.enter_context(serving(system.command, system.ready, **ENVIRONMENT)))
            for system in systems()
        ]
        measured = [Measured(system.name, server.ready_s) for system, server in servers]
        floor = latencies(servers, measured, one_pass, questions)
        throughput(servers, measured, questions, given.seconds)
        for (_, server), row in zip(servers, measured, strict=True):
            row.resident_mb = server.resident_mb()
    figures = {
        "cores": os.cpu_count(),
        "load": load_before,
        "encoder_ms": floor,
        "encoder_mb": sum(file.stat().st_size for file in packaged_folder().iterdir()) / 1e6,
        "ingest_s": ingest_s(),
        "systems": [asdict(row) | {"load": [asdict(each) for each in row.load]} for row in measured],
    }
    report.keep(figures)
    out.print(report.tables(report.read()))
    if not given.no_model:
        first_sentence.show(first_sentence.measure(), out)


def systems() -> list[System]:
    """Guichet, and the references whose packages and model are there."""
    found = [
        System(
            "Guichet", ["-m", "app.cli", "serve", "--port", "{port}"], "/api/ready", "/api/chat", "/api/search?k=4&q="
        )
    ]
    if model := reference_folder():
        found.append(
            System(
                "LangChain + FAISS", ["-m", "bench.reference", "{port}", str(model)], "/ready", "/chat", "/search?q="
            )
        )
        if find_spec("haystack"):
            command = ["-m", "bench.haystack_reference", "{port}", str(model)]
            found.append(System("Haystack in memory", command, "/ready", "/chat", "/search?q="))
    return found


def latencies(
    servers: list[tuple[System, Running]],
    measured: list[Measured],
    one_pass: Callable[[str], object],
    questions: list[str],
) -> list[float]:
    """Fill in the latencies, question by question; those of a bare encoder pass between them."""
    chats = [poster(server, system.chat) for system, server in servers]
    searches = [getter(server, system.search) for system, server in servers]
    floor = []
    for number, question in enumerate(questions):
        taken = [milliseconds(call, question) for call in (one_pass, *chats, *searches)]
        if number >= WARM_UP:
            floor.append(taken[0])
            for at, row in enumerate(measured):
                row.chat.append(taken[1 + at])
                row.search.append(taken[1 + len(servers) + at])
    for call, row in zip(chats, measured, strict=True):
        row.alone = ratio_in_rows(call, one_pass, questions)
    return floor


def throughput(
    servers: list[tuple[System, Running]], measured: list[Measured], questions: list[str], seconds: float
) -> None:
    """Fill in what each answers to more and more clients, one system after the other for each number."""
    for clients in CLIENTS:
        for (system, server), row in zip(servers, measured, strict=True):
            port = urlsplit(server.base_url).port or 80
            row.load.append(load(port, server.pid, chat_requests(system.chat, questions), clients, seconds))


def ingest_s() -> float:
    """Seconds of a first ingest of the project's own FAQ, start of the process included."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        environment = {**os.environ, "GUICHET_INDEX_DIR": folder}
        subprocess.run([sys.executable, "-m", "app.cli", "ingest"], check=True, env=environment, capture_output=True)
        return time.perf_counter() - began


def ratio_in_rows(call: Callable[[str], object], one_pass: Callable[[str], object], questions: list[str]) -> float:
    """Median of a call over that of a bare pass, each in rows of ROW with nothing else in between: caches stay warm,
    which flatters the bare pass most. The rows take turns, so that what the machine does meanwhile hits both.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    for start in range(0, len(questions), ROW):
        for times, each in zip(taken, (call, one_pass), strict=True):
            each(questions[start])  # the first of a row finds the other's caches
            times += [milliseconds(each, question) for question in questions[start : start + ROW]]
    return statistics.median(taken[0]) / statistics.median(taken[1])


def milliseconds(call: Callable[[str], object], question: str) -> float:
    """Duration of one call."""
    began = time.perf_counter()
    call(question)
    return (time.perf_counter() - began) * 1e3


def poster(server: Running, path: str) -> Callable[[str], bytes]:
    """Posts a question over one kept-alive connection."""
    caller = Caller(server.base_url)

    def post(question: str) -> bytes:
        body = json.dumps({"message": question}).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        return caller.ask(f"{head}\r\n\r\n".encode() + body)

    return post


def getter(server: Running, path: str) -> Callable[[str], bytes]:
    """Searches for a question over one kept-alive connection."""
    caller = Caller(server.base_url)

    def get(question: str) -> bytes:
        return caller.ask(f"GET {path}{quote(question)} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())

    return get


class Caller:
    """One kept-alive connection: bytes out, a status, a length and a body in.

    http.client spends 0.2 ms of the machine's time on a question, which would count as the server's.
    """

    def __init__(self, base_url: str) -> None:
        self._port = urlsplit(base_url).port or 80
        self._open()

    def ask(self, request: bytes) -> bytes:
        """The body of a good answer; over a new connection where the server has let the idle one go meanwhile."""
        try:
            status, body = self._asked(request)
        except ConnectionError:
            self._open()
            status, body = self._asked(request)
        if status != 200:
            raise RuntimeError(f"{status}: {body[:200]!r}")
        return body

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._socket.makefile("rb")

    def _asked(self, request: bytes) -> tuple[int, bytes]:
        self._socket.sendall(request)
        first, length = self._line(), 0
        while (line := self._line()) != b"\r\n":
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        return int(first[9:12]), self._lines.read(length)

    def _line(self) -> bytes:
        line = self._lines.readline()
        if not line:
            raise ConnectionResetError
        return line


def reference_folder() -> Path | None:
    """The same model as a sentence-transformers folder; `make encoder` leaves it there."""
    folder = ROOT / "models" / "work" / "sentence-transformers"
    return folder if (folder / "modules.json").exists() else None


if __name__ == "__main__":
    main()

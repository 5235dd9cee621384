"""A load generator on plain asyncio streams: clients that each keep one connection and ask one question after another.

It sends bytes prepared beforehand and reads a status and a length, so that it takes a small part of the machine that
it shares with the server; its own processor time is measured and reported beside the server's.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of clients got in a while."""

    clients: int
    answered: int
    refused: int
    """Answers other than 200, a 503 with Retry-After among them."""
    seconds: float
    p50_ms: float
    p95_ms: float
    own_cpu_s: float
    server_cpu_s: float

    @property
    def per_s(self) -> float:
        """Good answers a second."""
        return self.answered / self.seconds

    @property
    def own_share(self) -> float:
        """Part of the processor time spent that was the generator's own."""
        return self.own_cpu_s / max(1e-9, self.own_cpu_s + self.server_cpu_s)


def chat_requests(path: str, questions: Sequence[str]) -> list[bytes]:
    """One request a question, as bytes."""
    made = []
    for question in questions:
        body = json.dumps({"message": question}).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        made.append(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return made


def load(port: int, pid: int, requests: Sequence[bytes], clients: int, seconds: float) -> Load:
    """Let `clients` ask for some `seconds`."""
    return asyncio.run(_load(port, pid, cycle(requests), clients, seconds))


async def _load(port: int, pid: int, requests: Iterator[bytes], clients: int, seconds: float) -> Load:
    taken: list[float] = []
    refused: list[int] = []
    server, own, began = cpu_s(pid), time.process_time(), time.perf_counter()
    end = began + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            sent = time.perf_counter()
            writer.write(next(requests))
            status = await _read(reader)
            if status == 200:
                taken.append((time.perf_counter() - sent) * 1e3)
            else:
                refused.append(status)
                await asyncio.sleep(0.05)
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    spent = time.perf_counter() - began
    p95 = statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else 0.0
    return Load(
        clients, len(taken), len(refused), spent, statistics.median(taken or [0.0]), p95,
        time.process_time() - own, cpu_s(pid) - server,
    )  # fmt: skip


async def _read(reader: asyncio.StreamReader) -> int:
    """Status of an answer whose body has been read."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(length)
    return int(head[9:12])


def cpu_s(pid: int) -> float:
    """Processor time that a process and the children it has waited for have used (s, Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / 100

"""Half load, a reload every second, for as long as one likes: `python -m bench.soak --minutes 30`.

A server of its own over a copy of the FAQ gets questions (JSON and streams), searches, pages and votes at half of
what one core could serve: the rate comes from the CPU time that requests take, measured first, so that a busy
machine doesn't change it. Every second another index version goes live; every two minutes a new one is published by
`guichet ingest`. Prints each minute the resident memory (mean of its samples), and at the end: requests, how many
failed, reloads seen, versions that don't verify, votes acknowledged and missing, and the memory's growth from the
end of the warm-up (the first fifth) to the last tenth. Exit code 1 when something failed or memory grew by more
than 2 %.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from app.core.errors import GuichetError
from app.search import publishing, versions
from app.search.index import open_index
from app.settings import ROOT
from bench.server import serving
from bench.shipped import shipped_index
from evals.cases import load_cases

WARM_UP, LAST = 0.2, 0.1
"""Shares of the time: what doesn't count, and what the end is the mean of."""
BOUND = 0.02
"""By how much memory may grow."""
LOAD = 0.5
"""Share of one core that requests take."""
AT_ONCE = 16
"""Requests under way; on a machine that is busy elsewhere fewer are made rather than a queue built up."""
PUBLISH_EVERY_S = 120.0


@dataclass(slots=True)
class Seen:
    """What came of it; memory as (seconds, MB)."""

    requests: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)
    reloads: int = 0
    published: int = 0
    votes: dict[str, str] = field(default_factory=dict)
    memory: list[tuple[float, float]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)


class Soak:
    """A server under load, and who changes its index meanwhile."""

    def __init__(self, folder: Path, base_url: str, pid: int, seconds: float) -> None:
        self.folder, self.pid, self.seconds = folder, pid, seconds
        self.seen = Seen()
        self._client = httpx2.AsyncClient(base_url=base_url, timeout=60)
        cases = load_cases(ROOT / "evals" / "cases")
        self._questions = [case.question for case in cases if case.question.strip()][:3000]
        self._random = random.Random(7)
        self._began = time.monotonic()

    async def run(self) -> None:
        """All of it, until the time is over."""
        interval = await self._interval()
        self._began = time.monotonic()
        print(f"one request every {interval * 1e3:.0f} ms", flush=True)
        await asyncio.gather(self._load(interval), self._reload(), self._publish(), self._sample())
        await self._client.aclose()

    def _left(self) -> float:
        return self._began + self.seconds - time.monotonic()

    async def _interval(self) -> float:
        """Seconds between two requests that keep one core LOAD busy."""
        n = 200 if self.seconds > 60 else 40
        for _ in range(n // 4):
            await self._one()
        before = cpu_seconds(self.pid)
        for _ in range(n):
            await self._one()
        return (cpu_seconds(self.pid) - before) / n / LOAD

    async def _load(self, interval: float) -> None:
        """Requests at random moments, whether or not earlier ones have come back."""
        under_way: set[asyncio.Task[None]] = set()
        due = time.monotonic()
        while self._left() > 0:
            due += self._random.expovariate(1 / interval)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if len(under_way) >= AT_ONCE:  # the machine is busy elsewhere: wait rather than measure a queue
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                due = time.monotonic()
            task = asyncio.create_task(self._one())
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        if under_way:
            await asyncio.wait(under_way)

    async def _one(self) -> None:
        kind = self._random.choices(("chat", "stream", "search", "page"), (70, 15, 10, 5))[0]
        question = self._random.choice(self._questions)[:1000]
        began = time.perf_counter()
        try:
            await getattr(self, f"_{kind}")(question)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we count
            self.seen.failed.append(f"{kind}: {error!r}")
        self.seen.latencies.append((time.perf_counter() - began) * 1e3)
        self.seen.requests[kind] += 1

    async def _chat(self, question: str) -> None:
        found = await self._client.post("/api/chat", json={"message": question})
        found.raise_for_status()
        answer = found.json()
        self.seen.versions.add(answer["index_version"])
        if self._random.random() < 0.1:
            vote = self._random.choice(("up", "down"))
            voted = await self._client.post("/api/feedback", json={"answer_id": answer["answer_id"], "vote": vote})
            voted.raise_for_status()
            self.seen.votes[answer["answer_id"]] = vote
            self.seen.requests["vote"] += 1

    async def _stream(self, question: str) -> None:
        headers = {"Accept": "text/event-stream"}
        found = await self._client.post("/api/chat", json={"message": question}, headers=headers)
        found.raise_for_status()
        if "event: done" not in found.text:
            raise RuntimeError(found.text[-200:])

    async def _search(self, question: str) -> None:
        (await self._client.get("/api/search", params={"q": question})).raise_for_status()

    async def _page(self, question: str) -> None:
        (await self._client.get("/faq", params={"q": question})).raise_for_status()

    async def _reload(self) -> None:
        """Another version live every second."""
        index_dir = self.folder / "index"
        while self._left() > 0:
            await asyncio.sleep(1)
            names = versions.list_versions(index_dir)
            try:
                live = versions.current_version(index_dir)
                older = [name for name in names if name != live]
                await asyncio.to_thread(publishing.rollback, index_dir, older[-1])
                self.seen.reloads += 1
            except GuichetError:  # an ingest holds the folder, or has just dropped that version
                continue

    async def _publish(self) -> None:
        """A new version now and then, by the real command."""
        while self._left() > min(30.0, self.seconds / 3):
            await asyncio.sleep(min(PUBLISH_EVERY_S, self.seconds / 4))
            self.seen.published += 1
            change(self.folder, self.seen.published)
            process = await asyncio.create_subprocess_exec(
                *INGEST, env=environment(self.folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            _, told = await process.communicate()
            if process.returncode and "en cours" not in told.decode():
                self.seen.failed.append(f"ingest: {told.decode()[-300:]}")

    async def _sample(self) -> None:
        """Resident memory every two seconds."""
        told = 0
        while self._left() > 0:
            at = time.monotonic() - self._began
            self.seen.memory.append((at, resident_mb(self.pid)))
            if at // 60 > told:
                told = int(at // 60)
                last = [mb for when, mb in self.seen.memory if when > at - 60]
                print(
                    f"minute {told:3}  {statistics.mean(last):6.1f} MB  "
                    f"{self.seen.requests.total()} requests  {len(self.seen.failed)} failed",
                    flush=True,
                )
            await asyncio.sleep(2)


INGEST = (sys.executable, "-m", "app.cli", "ingest")


def environment(folder: Path) -> dict[str, str]:
    """Everything of Guichet's inside `folder`; no limits."""
    return {
        **os.environ,
        "GUICHET_FAQ": str(folder / "faq_fr.md"),
        "GUICHET_INDEX_DIR": str(folder / "index"),
        "GUICHET_DATABASE_URL": f"sqlite:///{folder / 'guichet.db'}",
        "GUICHET_RATE_LIMIT_PER_MINUTE": "0",
        "GUICHET_INDEX_POLL_S": "0.5",
        "GUICHET_LOG_LEVEL": "warning",
    }


def change(folder: Path, number: int) -> None:
    """The FAQ with another last entry."""
    text = (ROOT / "data" / "faq_fr.md").read_text("utf-8")
    added = f"\n\n### Quelle est la version numéro {number} ?\n\nC’est la version numéro {number}.\n"
    (folder / "faq_fr.md").write_text(text + added, "utf-8")


def resident_mb(pid: int) -> float:
    """Resident memory of a process (MB, Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def cpu_seconds(pid: int) -> float:
    """CPU time a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def growth(memory: list[tuple[float, float]], seconds: float) -> tuple[float, float]:
    """Mean memory (MB) in the tenth after the warm-up and in the last tenth."""
    after = [mb for at, mb in memory if WARM_UP * seconds <= at < (WARM_UP + LAST) * seconds]
    last = [mb for at, mb in memory if at >= (1 - LAST) * seconds]
    return statistics.mean(after), statistics.mean(last)


def broken(index_dir: Path) -> list[str]:
    """Versions on disk that don't verify."""
    found = []
    for name in versions.list_versions(index_dir):
        try:
            open_index(index_dir / name)
        except GuichetError as error:
            found.append(str(error))
    return found


def missing(database: Path, votes: dict[str, str]) -> int:
    """Votes acknowledged that the database doesn't hold."""
    with sqlite3.connect(database) as connection:
        kept = dict(connection.execute("select answer_id, vote from feedback").fetchall())
    return sum(kept.get(answer) != vote for answer, vote in votes.items())


def soak(minutes: float, bound: float = BOUND) -> bool:
    """Run and print; whether all was well, memory grown by no more than `bound` included."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(ROOT / "data" / "hors_faq.md", folder)
        shutil.copytree(shipped_index(), folder / "index")
        for number in (0, -1):
            change(folder, number)
            subprocess.run(INGEST, env=environment(folder), check=True, capture_output=True)
        command = ["-m", "app.cli", "serve", "--port", "{port}"]
        with serving(command, "/api/ready", **environment(folder)) as server:
            run = Soak(folder, server.base_url, server.pid, minutes * 60)
            asyncio.run(run.run())
        seen = run.seen
        after, last = growth(seen.memory, minutes * 60)
        lost, bad = missing(folder / "guichet.db", seen.votes), broken(folder / "index")
    grown = last / after - 1
    p50, p95 = statistics.median(seen.latencies), statistics.quantiles(seen.latencies, n=20)[-1]
    print(f"requests {seen.requests.total()} ({dict(seen.requests)}), failed {len(seen.failed)} {seen.failed[:3]}")
    print(f"p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    print(f"versions made live {seen.reloads}, published {seen.published}, answering {len(seen.versions)}")
    print(f"indexes broken {len(bad)} {bad[:2]}; votes acknowledged {len(seen.votes)}, missing {lost}")
    print(f"memory {after:.1f} MB after warm-up, {last:.1f} MB at the end: {grown:+.2%}")
    return not (seen.failed or lost or bad or grown > bound)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    sys.exit(0 if soak(parser.parse_args().minutes) else 1)


if __name__ == "__main__":
    main()

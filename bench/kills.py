"""kill -9 of the server and of an ingest at random moments: `python -m bench.kills --times 200`.

Each round starts a server and an ingest of a changed FAQ over the same folder, lets visitors ask and vote, and kills
both with SIGKILL at moments drawn by chance: a quarter of the servers while they start, the others within two
seconds of load; the ingest anywhere in its run. Then every version on disk is opened, the database checked, and
each vote that was acknowledged looked for; the next round's server must start over what is left. Prints the counts;
exit code 1 unless nothing was broken or lost.

The processes are forked from one that has imported the program already: otherwise importing it would take most of
the time. What is killed does all that `guichet serve` and `guichet ingest` do.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import GuichetError
from app.search import versions
from app.search.index import open_index
from app.settings import ROOT

VISITORS = 3
LOAD_S = 2.0
READY_S = 120.0
FAQ = """---
title: Essai
contact_email: accueil@ecole.example
---

## Inscription

### Quels sont les modes de paiement ?

Par chèque ou par carte bancaire, à l’accueil.

### Comment obtenir une attestation de scolarité ?

C’est la réponse numéro {number}.

"""
MORE = "### Où se trouve la salle numéro {n} ?\n\nElle est au bout du couloir {n}, cela fait {number} fois.\n\n"


@dataclass(slots=True)
class Found:
    """What the rounds came to."""

    rounds: int = 0
    while_starting: int = 0
    ingests_killed: int = 0
    ingests_done: int = 0
    published: int = 0
    started_again: int = 0
    answers: int = 0
    acknowledged: int = 0
    lost: int = 0
    broken: list[str] = field(default_factory=list)
    start_s: list[float] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Nothing broken, nothing lost, and each start worked."""
        return not (self.broken or self.lost) and self.started_again == self.rounds - self.while_starting


class Nursery:
    """A process that has the program loaded and forks one that serves or ingests, as often as it is told."""

    def __init__(self, folder: Path) -> None:
        settings = {
            "GUICHET_FAQ": str(folder / "faq.md"),
            "GUICHET_INDEX_DIR": str(folder / "index"),
            "GUICHET_DATABASE_URL": f"sqlite:///{folder / 'guichet.db'}",
            "GUICHET_RATE_LIMIT_PER_MINUTE": "0",
            "GUICHET_INDEX_POLL_S": "0.1",
            "GUICHET_INDEX_KEEP": "3",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.kills", "--nursery", str(folder / "log")],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, *arguments: str) -> int:
        """Run a `guichet` command; its process id."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=20)


def nursery(log: str) -> None:
    """Fork a command for each line of standard input. No thread may have been started before."""
    import faiss  # noqa: F401
    import onnxruntime  # noqa: F401
    import tokenizers  # noqa: F401
    import uvicorn  # noqa: F401

    import app.web.main  # noqa: F401
    import ingest.cli  # noqa: F401
    from app.cli import main

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            sys.argv = ["guichet", *json.loads(line)]
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            for stream in (1, 2):
                os.dup2(out, stream)
            try:
                main()
            except SystemExit as end:
                os._exit(int(end.code or 0))
            os._exit(0)
        print(child, flush=True)


class Visitors:
    """Who ask and vote until the server is gone; what was acknowledged to them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = threading.Event()
        self.answers = 0
        self.acknowledged: dict[str, str] = {}
        self._threads = [threading.Thread(target=self._visit, args=(n,)) for n in range(VISITORS)]

    def start(self) -> None:
        """Let them come."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait until they have left."""
        self._stop.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _visit(self, number: int) -> None:
        chance = random.Random(number)
        while not self._stop.is_set():
            with suppress(OSError, http.client.HTTPException, ValueError):
                status, answer = post(self._port, "/api/chat", {"message": f"Quels modes de paiement {number} ?"})
                if status != 200:
                    continue
                self.answers += 1
                vote = chance.choice(("up", "down"))
                status, _ = post(self._port, "/api/feedback", {"answer_id": answer["answer_id"], "vote": vote})
                if 200 <= status < 300:
                    self.acknowledged[answer["answer_id"]] = vote


def post(port: int, path: str, body: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Status and JSON of a request. Raises OSError, HTTPException or ValueError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def is_ready(port: int) -> bool:
    """Whether the server answers a question."""
    with suppress(OSError, http.client.HTTPException, ValueError):
        return post(port, "/api/chat", {"message": "Quels sont les modes de paiement ?"})[0] == 200
    return False


def kill(pid: int) -> bool:
    """SIGKILL, and wait until it is gone; False when it had ended already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.002)


class Rounds:
    """The rounds over one folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._chance = random.Random(seed)
        self._votes: dict[str, str] = {}
        self.found = Found()
        self.is_over = threading.Event()
        """Set to end after the round under way (SIGTERM does)."""
        self._write(0)
        self._nursery = Nursery(folder)
        began = time.monotonic()
        first = self._nursery.start("ingest")
        while is_running(first):
            time.sleep(0.01)
        self._ingest_s = time.monotonic() - began

    def run(self, times: int) -> Found:
        """As many rounds."""
        for number in range(1, times + 1):
            if self.is_over.is_set():
                break
            self._round(number)
            if number % 20 == 0:
                told = self.found
                print(
                    f"{number:4} rounds  {told.acknowledged} votes  {told.lost} lost  {len(told.broken)} broken",
                    flush=True,
                )
        self._nursery.close()
        return self.found

    def _round(self, number: int) -> None:
        found = self.found
        self._write(number)
        found.rounds += 1
        port = free_port()
        before = versions.current_version(self._folder / "index")
        began = time.monotonic()
        server = self._nursery.start("serve", "--port", str(port))
        ingest = self._nursery.start("ingest")
        killer = threading.Thread(target=self._kill_ingest, args=(ingest,))
        killer.start()
        visitors = Visitors(port)
        if self._chance.random() < 0.25:
            typical = statistics.median(found.start_s) if found.start_s else 1.0
            time.sleep(self._chance.uniform(0, typical))
            found.while_starting += 1
        else:
            while not is_ready(port):
                assert is_running(server), (self._folder / "log").read_text()[-2000:]
                assert time.monotonic() - began < READY_S, "the server doesn't start"
                time.sleep(0.02)
            found.start_s.append(time.monotonic() - began)
            found.started_again += 1
            visitors.start()
            time.sleep(self._chance.uniform(0, LOAD_S))
        kill(server)
        visitors.stop()
        killer.join()
        found.answers += visitors.answers
        self._votes.update(visitors.acknowledged)
        found.acknowledged = len(self._votes)
        found.published += versions.current_version(self._folder / "index") != before
        self._check(visitors.acknowledged)

    def _kill_ingest(self, pid: int) -> None:
        began = time.monotonic()
        end = began + random.Random(pid).uniform(0, 1.2 * self._ingest_s)
        while time.monotonic() < end and is_running(pid):
            time.sleep(0.005)
        if kill(pid):
            self.found.ingests_killed += 1
        else:
            self.found.ingests_done += 1
            self._ingest_s = min(self._ingest_s, time.monotonic() - began)

    def _check(self, votes: dict[str, str]) -> None:
        index_dir = self._folder / "index"
        for name in {versions.current_version(index_dir), *versions.list_versions(index_dir)}:
            try:
                open_index(index_dir / name)
            except GuichetError as error:
                self.found.broken.append(f"round {self.found.rounds}: {error}")
        with sqlite3.connect(self._folder / "guichet.db") as connection:
            tables = {row[0] for row in connection.execute("select name from sqlite_master where type='table'")}
            if connection.execute("pragma integrity_check").fetchone() != ("ok",):
                self.found.broken.append(f"round {self.found.rounds}: the database")
            kept = dict(connection.execute("select answer_id, vote from feedback")) if "feedback" in tables else {}
        connection.close()
        self.found.lost += sum(kept.get(answer) != vote for answer, vote in votes.items())

    def all_votes_kept(self) -> int:
        """Votes of any round that the database doesn't hold at the end."""
        connection = sqlite3.connect(self._folder / "guichet.db")
        kept = dict(connection.execute("select answer_id, vote from feedback"))
        connection.close()
        return sum(kept.get(answer) != vote for answer, vote in self._votes.items())

    def _write(self, number: int) -> None:
        more = "".join(MORE.format(n=n, number=number) for n in range(10))
        (self._folder / "faq.md").write_text(FAQ.format(number=number) + more, "utf-8")


def is_running(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def free_port() -> int:
    """A TCP port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kills(times: int, seed: int = 1) -> Found:
    """The rounds, in a folder of their own."""
    with tempfile.TemporaryDirectory() as name:
        rounds = Rounds(Path(name), seed)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: rounds.is_over.set())
        found = rounds.run(times)
        found.lost += rounds.all_votes_kept()
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nursery", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.nursery:
        nursery(given.nursery)
        return
    began = time.monotonic()
    found = kills(given.times, given.seed)
    took, start = time.monotonic() - began, statistics.median(found.start_s)
    print(f"servers killed {found.rounds} in {took:.0f} s, {found.while_starting} of them while starting")
    print(f"ingests killed {found.ingests_killed}, ended before {found.ingests_done}, published {found.published}")
    print(f"starts that answered {found.started_again} (median {start:.1f} s), answers {found.answers}")
    print(f"indexes or databases broken {len(found.broken)} {found.broken[:3]}")
    print(f"votes acknowledged {found.acknowledged}, lost {found.lost}")
    sys.exit(0 if found.is_well else 1)


if __name__ == "__main__":
    main()

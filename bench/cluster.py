"""Replicas behind a load balancer, killed, stopped, added and published to under load: `python -m bench.cluster`.

Starts a PostgreSQL with pgvector, replicas that share it, and HAProxy or nginx with the very configuration of deploy/.
Visitors ask, search and vote all the while; every so often a replica is killed (SIGKILL), another one told to
stop (SIGTERM), one is added, or a new version of the FAQ is published. Prints how many requests failed, which is to be
none, and how many votes that were confirmed are missing from the database, which is to be none either.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.shipped import shipped_index

ROOT = Path(__file__).resolve().parents[1]
SLOTS = 4
"""Replicas that the balancers' configurations name; one of them is down or added at any time."""
VISITORS = 8
READY_S = 120.0
DRAIN_S = 2.0
VOTE_AFTER_S = 2.0
"""A visitor reads before voting; an answer is in the database a quarter of a second after it was given."""
QUESTIONS = (
    "Quels sont les modes de paiement ?",
    "Comment obtenir une attestation de scolarité ?",
    "Où se trouve ma salle ?",
    "Quand commencent les cours ?",
    "Puis-je m’inscrire sans le bac ?",
    "Comment contacter l’accueil ?",
    "Y a-t-il un parking ?",
    "Quel temps fera-t-il demain ?",
)


@dataclass(slots=True)
class Tally:
    """What came of the requests."""

    requests: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    votes: dict[str, str] = field(default_factory=dict)
    lost_records: int = 0
    """Votes on an answer whose record died unwritten with the replica that gave it (404; not a failure)."""
    versions: set[str] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Cluster:
    """Replicas on ports first_port + 1 … + SLOTS, a balancer on first_port; all on 127.0.0.1."""

    def __init__(self, folder: Path, database_url: str, first_port: int, settings: dict[str, str]) -> None:
        self.folder, self.url, self.port = folder, database_url, first_port
        self._settings = settings
        self.replicas: dict[int, subprocess.Popen[bytes]] = {}
        self._faq = folder / "faq.md"
        self._faq.write_text((ROOT / "data" / "faq_fr.md").read_text("utf-8"), "utf-8")
        self._balancer: subprocess.Popen[bytes] | None = None

    def environment(self, slot: int) -> dict[str, str]:
        """A replica's settings: its own empty folder, the shared database."""
        mine = self.folder / f"replica-{slot}"
        return {
            **os.environ,
            "GUICHET_FAQ": str(self._faq),
            "GUICHET_INDEX_DIR": str(mine / "index"),
            "GUICHET_INDEX_URL": self.url,
            "GUICHET_DATABASE_URL": self.url,
            "GUICHET_SECRET": "a secret that all replicas share",
            "GUICHET_RATE_LIMIT_PER_MINUTE": "0",
            "GUICHET_DRAIN_S": str(DRAIN_S),
            "OMP_NUM_THREADS": "1",
            **self._settings,
        }

    def publish(self, note: str = "") -> None:
        """A new version of the FAQ, from a machine that serves nobody."""
        if not (self.folder / "replica-0").exists():
            shutil.copytree(shipped_index(), self.folder / "replica-0" / "index")
        text = (ROOT / "data" / "faq_fr.md").read_text("utf-8")
        self._faq.write_text(re.sub(r"\Z", f"\n{note}\n" if note else "", text), "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "ingest"],
            cwd=ROOT,
            env=self.environment(0),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    def start(self, slot: int) -> None:
        """Start a replica, and wait until it is ready."""
        with (self.folder / f"replica-{slot}.log").open("ab") as log:
            self.replicas[slot] = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port + slot)],
                cwd=ROOT,
                env=self.environment(slot),
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + READY_S
        while not self.is_ready(slot):
            if self.replicas[slot].poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / f"replica-{slot}.log").read_text(errors="replace")[-3000:])
            time.sleep(0.1)

    def is_ready(self, slot: int) -> bool:
        """Whether a replica says that it is ready."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port + slot, timeout=5)
        try:
            connection.request("GET", "/api/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self, slot: int, sig: signal.Signals) -> None:
        """Kill a replica, or tell it to stop and wait."""
        self.replicas[slot].send_signal(sig)
        self.replicas[slot].wait(timeout=60)
        del self.replicas[slot]

    @contextmanager
    def balanced(self, kind: str) -> Iterator[None]:
        """HAProxy or nginx before the replicas, with the configuration of deploy/."""
        command = self._haproxy() if kind == "haproxy" else self._nginx()
        with (self.folder / "balancer.log").open("wb") as log:
            self._balancer = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            end = time.monotonic() + 30
            while time.monotonic() < end:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                        break
                time.sleep(0.05)
            time.sleep(1.0)  # its first look at the replicas
            yield
        finally:
            self._balancer.terminate()
            self._balancer.wait(timeout=20)

    def _haproxy(self) -> list[str]:
        path = self.folder / "haproxy.cfg"
        path.write_text(self._placed(ROOT / "deploy" / "haproxy" / "haproxy.cfg", "bind :80", "bind 127.0.0.1:"))
        return [binary("haproxy"), "-db", "-f", str(path)]

    def _nginx(self) -> list[str]:
        site = self.folder / "guichet.conf"
        site.write_text(
            self._placed(ROOT / "deploy" / "nginx" / "guichet.conf", "listen 80;", "listen 127.0.0.1:", ";")
        )
        logs = f"access_log off; error_log {self.folder}/nginx.log warn;"
        places = " ".join(
            f"{name}_temp_path {self.folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        main = self.folder / "nginx.conf"
        main.write_text(
            f"daemon off; pid {self.folder}/nginx.pid; worker_processes 1; user root;\n"
            f"error_log {self.folder}/nginx.log warn;\n"
            f"events {{ worker_connections 1024; }}\nhttp {{ {logs} {places} include {site}; }}\n"
        )
        return [binary("nginx"), "-c", str(main), "-e", f"{self.folder}/nginx.log"]

    def _placed(self, path: Path, listens: str, here: str, end: str = "") -> str:
        """A configuration of deploy/ with this machine's addresses instead of the example's."""
        text = path.read_text("utf-8")
        assert listens in text
        text = text.replace(listens, f"{here}{self.port}{end}")
        return re.sub(r"guichet-(\d):8000", lambda found: f"127.0.0.1:{self.port + int(found[1])}", text)

    def close(self) -> None:
        """Stop every replica."""
        for process in self.replicas.values():
            process.kill()
            process.wait(timeout=20)


def binary(name: str) -> str:
    """Where a balancer's program is. Raises FileNotFoundError."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError(name)
    return found


class Visitor(threading.Thread):
    """Asks, searches and votes through the balancer until enough was asked."""

    def __init__(self, port: int, tally: Tally, requests: int, seed: int, pause_s: float = 0.0) -> None:
        super().__init__(daemon=True)
        self._port, self._tally, self.limit, self._pause_s = port, tally, requests, pause_s
        self._random = random.Random(seed)
        self._connection: http.client.HTTPConnection | None = None
        self._answers: deque[tuple[float, str]] = deque()

    def run(self) -> None:
        """Visit, and hang up."""
        try:
            self._visit_on()
        finally:
            if self._connection is not None:
                self._connection.close()

    def _visit_on(self) -> None:
        while True:
            with self._tally.lock:
                if self._tally.requests >= self.limit:
                    return
                self._tally.requests += 1
            began = time.monotonic()
            kind = self._visit()
            with self._tally.lock:
                self._tally.kinds[kind] += 1
                self._tally.seconds.append(time.monotonic() - began)
            time.sleep(self._pause_s)

    def _visit(self) -> str:
        chance = self._random.random()
        question = self._random.choice(QUESTIONS)
        if chance < 0.1 and self._answers and self._answers[0][0] < time.monotonic() - VOTE_AFTER_S:
            return self._vote(self._answers.popleft()[1])
        if chance < 0.3:
            query = urlencoded(question)
            self._send("GET", f"/api/search?q={query}", None)
            return "search"
        found = self._send("POST", "/api/chat", {"message": question})
        if found is not None:
            if len(self._answers) < 50:  # the oldest stay: they are the ones read long enough to vote on
                self._answers.append((time.monotonic(), found["answer_id"]))
            with self._tally.lock:
                self._tally.versions.add(found["index_version"])
        return "chat"

    def _vote(self, answer_id: str) -> str:
        vote = self._random.choice(("up", "down"))
        found = self._send("POST", "/api/feedback", {"answer_id": answer_id, "vote": vote}, absent_is_fine=True)
        if found is not None:
            with self._tally.lock:
                self._tally.votes[answer_id] = vote
        return "vote"

    def _send(self, method: str, path: str, body: dict[str, str] | None, *, absent_is_fine: bool = False) -> Any:
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            self._connection.request(method, path, json.dumps(body) if body else None, headers)
            response = self._connection.getresponse()
            content = response.read()
            if response.status == 404 and absent_is_fine:
                with self._tally.lock:
                    self._tally.lost_records += 1
                return None
            if response.status != 200:
                raise RuntimeError(f"{response.status} {content[:200]!r}")
            return json.loads(content)
        except (OSError, http.client.HTTPException, RuntimeError, ValueError) as error:
            with self._tally.lock:
                self._tally.failures.append(f"{method} {path.split('?')[0]}: {error!r}")
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return None


def urlencoded(text: str) -> str:
    """Text as it stands in an address."""
    from urllib.parse import quote

    return quote(text)


def disturb(cluster: Cluster, tally: Tally, stop: threading.Event, every_s: float, seed: int) -> None:
    """Kill, stop, add and publish, one after the other, while at least two replicas stay."""
    chance = random.Random(seed)
    turn = 0
    acts = ("kill", "add", "publish", "stop", "add")
    while not stop.wait(every_s):
        act = acts[turn % len(acts)]
        turn += 1
        if act == "publish":
            cluster.publish(f"Essai {turn}.")
        elif act == "add":
            cluster.start(next(slot for slot in range(1, SLOTS + 1) if slot not in cluster.replicas))
        else:
            slot = chance.choice(sorted(cluster.replicas))
            cluster.stop(slot, signal.SIGKILL if act == "kill" else signal.SIGTERM)
        tally.events[act] += 1


def missing_votes(database_url: str, votes: dict[str, str]) -> int:
    """How many of these confirmed votes the database doesn't have as they were given."""
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        kept = {row.answer_id: row.vote for row in connection.execute(sa.text("SELECT answer_id, vote FROM feedback"))}
    engine.dispose()
    return sum(kept.get(answer_id) != vote for answer_id, vote in votes.items())


def trial(
    folder: Path, database_url: str, balancer: str, requests: int, every_s: float, first_port: int, minutes: float
) -> Tally:
    """One run; see the module's docstring."""
    cluster = Cluster(folder, database_url, first_port, {})
    tally, stop = Tally(), threading.Event()
    try:
        cluster.publish()
        for slot in range(1, SLOTS):
            cluster.start(slot)
        with cluster.balanced(balancer):
            errors: list[BaseException] = []

            def chaos() -> None:
                try:
                    disturb(cluster, tally, stop, every_s, seed=1)
                except BaseException as error:  # noqa: BLE001 - told below
                    errors.append(error)

            disturber = threading.Thread(target=chaos, daemon=True)
            visitors = [Visitor(first_port, tally, requests, seed) for seed in range(VISITORS)]
            disturber.start()
            for visitor in visitors:
                visitor.start()
            end = time.monotonic() + minutes * 60
            for visitor in visitors:
                visitor.join(max(0.0, end - time.monotonic()))
            for visitor in visitors:
                visitor.limit = 0
                visitor.join()
            stop.set()
            disturber.join(timeout=READY_S)
            if errors:
                raise errors[0]
    finally:
        cluster.close()
    return tally


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two disturbances")
    parser.add_argument("--minutes", type=float, default=60.0, help="most time to ask for; then fewer were asked")
    parser.add_argument("--balancer", "--proxy", choices=("haproxy", "nginx"), default="haproxy")
    parser.add_argument("--port", type=int, default=9250, help="the balancer's; replicas have the next ones")
    parser.add_argument("--url", help="a PostgreSQL with pgvector; by default one is started")
    given = parser.parse_args()
    from tests import postgres

    with tempfile.TemporaryDirectory(prefix="guichet-cluster-") as name, _database(given.url, postgres) as url:
        Path(name).chmod(0o755)
        began = time.monotonic()
        tally = trial(Path(name), url, given.balancer, given.requests, given.every, given.port, given.minutes)
        report(tally, missing_votes(url, tally.votes), time.monotonic() - began, given.balancer)
    sys.exit(1 if tally.failures else 0)


@contextmanager
def _database(url: str | None, postgres: Any) -> Iterator[str]:
    if url:
        yield url
        return
    with postgres.running(pgvector=True) as server_url:
        yield postgres.fresh_database(server_url)


def report(tally: Tally, missing: int, wall_s: float, balancer: str) -> None:
    """Print what came of it."""
    seconds = sorted(tally.seconds)
    at = {share: seconds[int(share * (len(seconds) - 1))] * 1e3 for share in (0.5, 0.95, 0.999)}
    print(f"{tally.requests} requests through {balancer} in {wall_s:.0f} s: {dict(tally.kinds)}")
    print(f"disturbed by {dict(tally.events)}; {len(tally.versions)} index versions answered")
    print("latency " + ", ".join(f"p{share * 100:g} {value:.0f} ms" for share, value in at.items()))
    print(f"failed: {len(tally.failures)}")
    for failure, count in Counter(tally.failures).most_common(10):
        print(f"  {count} × {failure}")
    print(f"votes confirmed: {len(tally.votes)}, missing from the database: {missing}")
    print(f"votes refused since the answer's record died with its replica: {tally.lost_records}")


if __name__ == "__main__":
    main()

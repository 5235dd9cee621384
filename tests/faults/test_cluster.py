"""Replicas behind a real load balancer, with deploy/'s own configuration: killed, stopped and added under load.

The long run is `python -m bench.cluster` (100,000 requests).
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.cluster import SLOTS, Cluster, Tally, Visitor, binary, missing_votes
from tests import postgres
from tests.serving import ROOT, guichet

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

REQUESTS = 150
"""At least, for each balancer: visitors go on until everything has been done to the replicas."""

PAUSE_S = 0.05
"""Between a visitor's requests: replicas that start need the cores too."""


def needs(name: str) -> None:
    """Install a balancer from Debian where it is missing and we may; skip where not."""
    try:
        binary(name)
    except FileNotFoundError:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            pytest.skip(f"{name} is missing, and apt-get can't be used here")
        package = {"nginx": "nginx-light"}.get(name, name)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=environment, capture_output=True, check=False)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
        done = subprocess.run(install, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"apt-get can't install {package}: {done.stderr[-200:]}")
        binary(name)


def free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        with ExitStack() as held:
            try:
                first = held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
                for port in range(first + 1, first + count):
                    held.enter_context(socket.create_server(("127.0.0.1", port)))
            except (OSError, OverflowError):
                continue
            return int(first)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three replicas that start together on an empty database."""
    folder = tmp_path_factory.mktemp("cluster")
    folder.chmod(0o755)
    with postgres.running(pgvector=True) as server_url:
        cluster = Cluster(folder, postgres.fresh_database(server_url), free_ports(SLOTS + 1), {})
        cluster.publish()
        starting = [threading.Thread(target=cluster.start, args=(slot,)) for slot in (1, 2, 3)]
        for thread in starting:
            thread.start()
        for thread in starting:
            thread.join()
        assert all(map(cluster.is_ready, (1, 2, 3)))
        yield cluster
        cluster.close()


def test_no_request_fails_while_replicas_are_killed_stopped_added_and_published_to(cluster: Cluster) -> None:
    needs("haproxy")
    tally = Tally()
    with cluster.balanced("haproxy"):
        visiting = _visit(cluster, tally)
        time.sleep(2)
        cluster.stop(1, signal.SIGKILL)
        time.sleep(1)
        cluster.start(4)
        cluster.publish("Une phrase de plus.")
        cluster.stop(2, signal.SIGTERM)
        cluster.start(1)
        time.sleep(1)
        _leave(visiting, tally)
    assert tally.failures == []
    assert tally.kinds["chat"] > 20
    assert len(tally.versions) == 2
    assert tally.votes
    assert missing_votes(cluster.url, tally.votes) == 0


def test_the_same_behind_nginx(cluster: Cluster) -> None:
    needs("nginx")
    for slot in (1, 3, 4):
        assert cluster.is_ready(slot)
    tally = Tally()
    with cluster.balanced("nginx"):
        visiting = _visit(cluster, tally)
        time.sleep(2)
        cluster.stop(3, signal.SIGKILL)
        time.sleep(1)
        cluster.start(2)
        cluster.stop(4, signal.SIGTERM)
        time.sleep(1)
        _leave(visiting, tally)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{cluster.port}/metrics", timeout=10)
    assert tally.failures == []
    assert missing_votes(cluster.url, tally.votes) == 0


def test_a_replica_told_to_stop_is_not_ready_first_and_answers_on(cluster: Cluster) -> None:
    slot = next(iter(cluster.replicas))
    process = cluster.replicas[slot]
    process.send_signal(signal.SIGTERM)
    end = time.monotonic() + 20
    while cluster.is_ready(slot):
        assert time.monotonic() < end
    url = f"http://127.0.0.1:{cluster.port + slot}/api/search?q=payer"
    with urllib.request.urlopen(url, timeout=10) as response:
        assert response.status == 200
    assert process.wait(timeout=60) in (0, -signal.SIGTERM)
    del cluster.replicas[slot]


def test_a_replica_starts_from_its_copy_while_the_database_is_away(tmp_path: Path, cluster: Cluster) -> None:
    shutil.copytree(cluster.folder / "replica-1" / "index", tmp_path / "index")
    nowhere = "postgresql://guichet@127.0.0.1:9/none"
    asked = guichet(tmp_path, "ask", "Quels sont les modes de paiement ?", GUICHET_INDEX_URL=nowhere)
    assert asked.returncode == 0
    assert "chèque" in asked.stdout
    published = guichet(tmp_path, "ingest", GUICHET_INDEX_URL=nowhere)
    assert published.returncode == 3
    assert "GUICHET_INDEX_URL" in published.stderr


def test_the_command_line_walks_the_shared_versions(tmp_path: Path, cluster: Cluster) -> None:
    settings = {"GUICHET_INDEX_URL": cluster.url, "GUICHET_FAQ": str(ROOT / "data" / "faq_fr.md")}
    back = guichet(tmp_path, "index", "rollback", **settings)
    assert back.returncode == 0, back.stderr
    stale = guichet(tmp_path, "ingest", "--if-stale", **settings)
    assert "remise en service exprès" in stale.stderr
    listed = guichet(tmp_path, "index", "list", **settings)
    assert listed.stdout.count("✓") == 1


@pytest.mark.parametrize("balancer", ["haproxy", "nginx"])
def test_a_question_that_a_replica_dies_on_is_put_to_another_one(balancer: str, tmp_path: Path) -> None:
    """Its head and its body come apart, as many clients send them: half a question can't be put again."""
    needs(balancer)
    tmp_path.chmod(0o755)
    cluster = Cluster(tmp_path, "", free_ports(SLOTS + 1), {})
    with (
        _replica(cluster.port + 1, dies=True) as died_on,
        _replica(cluster.port + 2, dies=False) as answered,
        cluster.balanced(balancer),
    ):
        for _ in range(12):
            visitor = http.client.HTTPConnection("127.0.0.1", cluster.port, timeout=20)
            visitor.putrequest("POST", "/api/chat")
            visitor.putheader("Content-Length", "2")
            visitor.endheaders()
            time.sleep(0.05)
            visitor.send(b"{}")
            assert visitor.getresponse().status == 200
            visitor.close()
            time.sleep(0.2)  # long enough to be thought well again
    assert died_on
    assert len(answered) == 12


@pytest.mark.parametrize("balancer", ["haproxy", "nginx"])
def test_consoles_are_served_by_the_replica_that_publishes_and_metrics_by_none(balancer: str, tmp_path: Path) -> None:
    """Those of the service and of each site; a site that is called so is no console."""
    needs(balancer)
    tmp_path.chmod(0o755)
    cluster = Cluster(tmp_path, "", free_ports(SLOTS + 1), {})
    consoles = ("/console", "/api/staff/me", "/f/mairie/console/faq", "/f/mairie/api/staff/me")
    with (
        _replica(cluster.port + 1, dies=False) as first,
        _replica(cluster.port + 2, dies=False) as second,
        cluster.balanced(balancer),
    ):
        for path in (
            *consoles * 2,
            *("/f/console/api/chat", "/f/mairie/api/chat") * 4,
            "/metrics",
            "/f/mairie/metrics",
        ):
            visitor = http.client.HTTPConnection("127.0.0.1", cluster.port, timeout=20)
            visitor.request("POST", path, b"{}")
            assert visitor.getresponse().status == (404 if path.endswith("metrics") else 200), path
            visitor.close()
    assert set(consoles) <= set(first)
    assert second
    assert all(path.endswith("/api/chat") for path in second)


@contextmanager
def _replica(port: int, *, dies: bool) -> Iterator[list[str]]:
    """What stands for a replica: ready, it answers every question or hangs up on each. Yields what it was asked."""
    asked: list[str] = []

    class Replica(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            asked.append(self.path)
            if dies:
                self.close_connection = True
                return
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer()

        def _answer(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Replica) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield asked
        server.shutdown()


def _visit(cluster: Cluster, tally: Tally) -> list[Visitor]:
    visitors = [Visitor(cluster.port, tally, 10**9, seed, PAUSE_S) for seed in range(4)]
    for visitor in visitors:
        visitor.start()
    return visitors


def _leave(visitors: list[Visitor], tally: Tally) -> None:
    """Let visitors go on until enough was asked, then let them go."""
    end = time.monotonic() + 60
    while (tally.requests < REQUESTS or not tally.votes) and time.monotonic() < end:
        time.sleep(0.1)
    for visitor in visitors:
        visitor.limit = 0
    for visitor in visitors:
        visitor.join()

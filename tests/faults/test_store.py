"""A store that is away, slow, read-only or restarted: visitors are answered, no acknowledged vote is lost.

On SQLite, and on a real PostgreSQL that is stopped, frozen and started again.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core.errors import StoreUnavailable
from app.core.ports import AnswerRecord, Feedback
from app.store import repository
from app.store.repository import SqlStore
from tests import postgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def record(answer_id: str) -> AnswerRecord:
    return AnswerRecord(answer_id, "c1", "answered", ("a",), 0.9, "verbatim", "v1", 12.0, message="Une question ?")


def vote(store: SqlStore, answer_id: str, way: str = "up") -> bool:
    return store.add_feedback(Feedback(answer_id, way, None, None))


def until(test: Callable[[], bool], limit_s: float = 60.0) -> None:
    end = time.monotonic() + limit_s
    while not test():
        assert time.monotonic() < end
        time.sleep(0.05)


def accepted(store: SqlStore, answer_id: str) -> bool:
    """Whether a vote is taken now."""
    try:
        return vote(store, answer_id)
    except StoreUnavailable:
        return False


class Lost:
    """Counts what the store gives up."""

    def __init__(self) -> None:
        self.records = 0

    def __call__(self) -> None:
        self.records += 1


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> Lost:
    monkeypatch.setattr(repository, "RETRY_S", 0.3)
    return Lost()


def opened(url: str, lost: Lost) -> SqlStore:
    store = SqlStore(url, on_drop=lost)
    assert store.database.ready.wait(60)
    return store


def test_a_vote_on_an_answer_that_still_waits_is_refused_and_not_unknown(tmp_path: Path, lost: Lost) -> None:
    """ "Unknown" would tell the widget that there is nothing to vote on; 503 lets it try again."""
    path = tmp_path / "guichet.db"
    store = opened(f"sqlite:///{path}", lost)
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("begin immediate")
    store.record_answer(record("a1"))
    with pytest.raises(StoreUnavailable):
        vote(store, "a1")
    lock.execute("rollback")
    lock.close()
    until(lambda: accepted(store, "a1"))
    assert not vote(store, "inconnue")
    store.close()
    assert lost.records == 0


def test_a_long_lock_loses_no_record(tmp_path: Path, lost: Lost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than any number of tries: what waits is written when the lock is gone."""
    from app.store import database

    monkeypatch.setattr(database, "BUSY_S", 0.2)
    path = tmp_path / "guichet.db"
    store = opened(f"sqlite:///{path}", lost)
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("begin immediate")
    for n in range(1000):
        store.record_answer(record(f"a{n}"))
    time.sleep(5)
    lock.execute("rollback")
    lock.close()
    assert store.flush(30)
    store.close()
    assert lost.records == 0
    with sqlite3.connect(path) as connection:
        assert connection.execute("select count(*) from answers").fetchone() == (1000,)
    connection.close()


def test_a_read_only_store(tmp_path: Path, lost: Lost) -> None:
    """Votes are refused, and taken again once the database may be written."""
    path = tmp_path / "guichet.db"
    store = opened(f"sqlite:///{path}", lost)
    store.record_answer(record("a1"))
    until(lambda: accepted(store, "a1"))
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    reader = SqlStore(url, on_drop=lost)
    reader.record_answer(record("a2"))
    with pytest.raises(StoreUnavailable):
        vote(reader, "a1", "down")
    reader.close()
    assert vote(store, "a1", "up")
    store.close()


def test_a_writer_outlives_what_it_cannot_write(tmp_path: Path, lost: Lost, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(f"sqlite:///{tmp_path / 'guichet.db'}", lost)
    good = repository._values

    def bad(item: object) -> object:
        raise RuntimeError("not foreseen")

    monkeypatch.setattr(repository, "_values", bad)
    store.record_answer(record("a1"))
    assert store.flush(30)
    assert lost.records == 1
    monkeypatch.setattr(repository, "_values", good)
    store.record_answer(record("a2"))
    until(lambda: accepted(store, "a2"))
    store.close()


def test_votes_survive_a_power_cut(tmp_path: Path, lost: Lost) -> None:
    """With synchronous=FULL (2) SQLite flushes the log at each commit; with less, in WAL mode, the last ones may go."""
    store = opened(f"sqlite:///{tmp_path / 'guichet.db'}", lost)
    with store.database.begin() as connection:
        assert connection.exec_driver_sql("pragma synchronous").scalar() == 2
    store.close()


class Postgres:
    """A server that can be killed, frozen and started again, over the data of one that `running` made."""

    def __init__(self, url: str) -> None:
        self.url = postgres.fresh_database(url)
        self._folder = Path(url.partition("host=")[2])

    @property
    def pid(self) -> int:
        return int((self._folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def kill(self) -> None:
        """At once, every connection with it (what a power cut does to those who use it)."""
        pid = self.pid
        os.kill(pid, signal.SIGQUIT)
        until(lambda: not (self._folder / "data" / "postmaster.pid").exists() or not _exists(pid))

    def start(self) -> subprocess.Popen[bytes]:
        binaries = postgres._binaries(pgvector=False)
        assert binaries
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self._folder}"]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [binaries / "postgres", "-D", self._folder / "data", *options],
                user=postgres._user(),
                cwd="/",
                stdout=log,
                stderr=log,
            )

    def admin(self, *statements: str) -> None:
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))
        engine.dispose()


def _exists(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.fixture
def server() -> Iterator[Postgres]:
    with postgres.running() as url:
        yield Postgres(url)


def test_postgresql_killed_and_started_again(server: Postgres, lost: Lost) -> None:
    store = opened(server.url, lost)
    store.record_answer(record("avant"))
    until(lambda: accepted(store, "avant"))
    server.kill()
    for n in range(500):
        store.record_answer(record(f"pendant{n}"))
    with pytest.raises(StoreUnavailable):
        vote(store, "avant", "down")
    time.sleep(4)  # longer than three tries
    again = server.start()
    try:
        until(lambda: accepted(store, "pendant499"))
        with store.database.read() as connection:
            assert connection.execute(sa.text("select count(*) from answers")).scalar() == 501
            assert connection.execute(sa.text("select count(*) from feedback where vote = 'up'")).scalar() == 2
        assert lost.records == 0
        store.close()
    finally:
        again.terminate()
        again.wait(timeout=30)


def test_postgresql_read_only_and_slow(server: Postgres, lost: Lost) -> None:
    store = opened(server.url, lost)
    store.record_answer(record("avant"))
    until(lambda: accepted(store, "avant"))
    name = sa.make_url(server.url).database
    server.admin(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store.database.engine.dispose()
    began = time.monotonic()
    for n in range(50):
        store.record_answer(record(f"pendant{n}"))
    assert time.monotonic() - began < 1, "nobody waits for the store"
    with pytest.raises(StoreUnavailable):
        vote(store, "avant", "down")
    server.admin(
        "SET default_transaction_read_only = off", f"ALTER DATABASE {name} RESET default_transaction_read_only"
    )
    store.database.engine.dispose()
    until(lambda: accepted(store, "pendant49"))
    assert lost.records == 0
    store.close()

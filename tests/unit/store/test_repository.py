"""The SQL store: batches, votes, retention, and what happens when the database is away."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.errors import StoreUnavailable
from app.core.ports import AnswerRecord, Feedback
from app.store import repository
from app.store.repository import SqlStore


def record(answer_id: str) -> AnswerRecord:
    return AnswerRecord(answer_id, "c1", "answered", ("a", "b"), 0.9, "verbatim", "v1", 12.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sous-dossier" / "guichet.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{path}")
    yield store
    store.close()


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def eventually(test: Callable[[], bool], limit_s: float = 5.0) -> bool:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if test():
            return True
        time.sleep(0.01)
    return False


def test_answers_are_written_and_survive_a_close(path: Path, store: SqlStore) -> None:
    for n in range(500):
        store.record_answer(record(f"a{n}"))
    store.close()
    assert rows(path, "select count(*), min(entry_ids) from answers") == [(500, "a b")]


def test_a_vote_is_durable_when_it_is_acknowledged_and_can_be_changed(path: Path, store: SqlStore) -> None:
    store.record_answer(record("a1"))
    assert store.add_feedback(Feedback("a1", "down", "incomplet", None))
    assert store.add_feedback(Feedback("a1", "up", None, "merci"))
    assert rows(path, "select answer_id, vote, comment from feedback") == [("a1", "up", "merci")]
    assert not store.add_feedback(Feedback("inconnue", "up", None, None))


def test_what_is_too_old_goes_with_its_votes(path: Path, store: SqlStore) -> None:
    store.record_answer(record("vieille"))
    store.record_answer(record("neuve"))
    store.add_feedback(Feedback("vieille", "up", None, None))
    connection = sqlite3.connect(path)
    connection.execute("update answers set created_at='2020-01-01 00:00:00.000000' where answer_id='vieille'")
    connection.commit()
    connection.close()
    assert store.purge(90) == 1
    assert rows(path, "select answer_id from answers") == [("neuve",)]
    assert rows(path, "select * from feedback") == []


def test_the_database_is_in_wal_mode_and_versioned(path: Path, store: SqlStore) -> None:
    store.flush()
    assert rows(path, "pragma journal_mode") == [("wal",)]
    assert rows(path, "select version_num from alembic_version") == [("0003",)]


def test_a_database_that_cannot_be_opened_loses_records_but_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "RETRY_S", 0.05)
    blocked = tmp_path / "fichier"
    blocked.write_text("pas un dossier")
    store = SqlStore(f"sqlite:///{blocked / 'guichet.db'}")
    store.record_answer(record("a1"))
    with pytest.raises(StoreUnavailable):
        store.add_feedback(Feedback("a1", "up", None, None))
    blocked.unlink()
    assert eventually(lambda: store.add_feedback(Feedback("a1", "up", None, None)))
    store.close()


def test_a_full_queue_drops_and_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "QUEUE_SIZE", 3)
    monkeypatch.setattr(repository, "RETRY_S", 0.05)
    blocked = tmp_path / "fichier"
    blocked.write_text("")
    dropped: list[int] = []
    store = SqlStore(f"sqlite:///{blocked / 'x.db'}", on_drop=lambda: dropped.append(1))
    for n in range(5):
        store.record_answer(record(f"a{n}"))
    assert len(dropped) == 2
    store.close()


def test_a_locked_database_delays_the_writer_and_not_the_answer(path: Path, store: SqlStore) -> None:
    store.flush()
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("begin exclusive")
    for n in range(100):
        store.record_answer(record(f"a{n}"))
    lock.execute("rollback")
    lock.close()
    store.flush()
    assert rows(path, "select count(*) from answers") == [(100,)]

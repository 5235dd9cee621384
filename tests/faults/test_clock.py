"""A clock that jumps years ahead and back: in a running server (libfaketime), and step by step with one of our own."""

from __future__ import annotations

import json
import sqlite3
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.core.clock import SETTLED_S, Trust
from app.core.ports import AnswerRecord, Feedback
from app.store import accounts as accounts_module
from app.store import repository
from app.store.accounts import SESSION_IDLE, SESSION_LIFE, Accounts
from app.store.database import Database
from app.store.repository import SqlStore
from app.web.limits import RateLimiter
from tests.faults.institution import QUESTION, published
from tests.serving import serving


class Clock:
    """A wall clock that can be set beside a steady one that can't."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 26, 12, tzinfo=UTC)
        self.steady = 1000.0

    def now(self) -> datetime:
        return self.moment

    def wall(self) -> float:
        return self.moment.timestamp()

    def since_boot(self) -> float:
        return self.steady

    def passes(self, time_: timedelta) -> None:
        self.moment += time_
        self.steady += time_.total_seconds()

    def jumps(self, by: timedelta) -> None:
        self.moment += by


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(repository, "now", clock.now)
    monkeypatch.setattr(accounts_module, "now", clock.now)
    return clock


def opened(path: Path, clock: Clock) -> SqlStore:
    store = SqlStore(f"sqlite:///{path}", trust=Trust(clock.wall, clock.since_boot))
    assert store.database.ready.wait(60)
    return store


def record(answer_id: str) -> AnswerRecord:
    return AnswerRecord(answer_id, "c1", "answered", ("a",), 0.9, "verbatim", "v1", 12.0)


def kept(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("select count(*) from answers").fetchone()[0])
    finally:
        connection.close()


def test_trust_is_lost_by_a_jump_and_won_back_by_a_day() -> None:
    clock = Clock()
    trust = Trust(clock.wall, clock.since_boot)
    clock.passes(timedelta(days=400))
    assert trust.holds(), "time that passes is no jump"
    clock.jumps(timedelta(minutes=30))
    assert trust.holds(), "nor is a correction"
    for by in (timedelta(days=365), timedelta(days=-3650), timedelta(hours=2)):
        clock.jumps(by)
        assert not trust.holds()
        clock.passes(timedelta(seconds=SETTLED_S - 60))
        assert not trust.holds()
        clock.passes(timedelta(minutes=2))
        assert trust.holds()


@pytest.mark.parametrize("by", [timedelta(days=200), timedelta(days=-200)])
def test_a_jump_deletes_nothing_and_retention_goes_on_afterwards(tmp_path: Path, clock: Clock, by: timedelta) -> None:
    path = tmp_path / "guichet.db"
    store = opened(path, clock)
    store.record_answer(record("a1"))
    assert store.add_feedback(Feedback("a1", "up", None, None))
    assert store.purge(90) == 0
    clock.jumps(by)
    store.record_answer(record("a2"))
    store.flush(30)
    assert store.purge(90) == 0
    clock.jumps(-by)
    assert store.purge(90) == 0
    assert kept(path) == 2
    clock.passes(timedelta(days=2))
    assert store.purge(90) == (1 if by < timedelta(0) else 0), "an answer dated 200 days ago is older than 90 days"
    clock.passes(timedelta(days=91))
    store.purge(90)
    assert kept(path) == 0, "nor is one dated in the future kept for ever"
    store.close()


def test_a_start_under_a_wrong_clock_deletes_nothing(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "guichet.db"
    store = opened(path, clock)
    store.record_answer(record("a1"))
    store.close()
    clock.jumps(timedelta(days=3000))
    store = opened(path, clock)
    assert store.purge(90) == 0
    store.record_answer(record("a2"))
    store.flush(30)
    clock.passes(timedelta(hours=1))
    assert store.purge(90) == 0
    assert kept(path) == 2
    clock.jumps(timedelta(days=-3000))
    assert store.purge(90) == 0
    assert kept(path) == 2
    store.close()


def test_sessions_and_links_outlive_no_clock(tmp_path: Path, clock: Clock) -> None:
    database = Database(f"sqlite:///{tmp_path / 'guichet.db'}")
    database.open()
    accounts = Accounts(database)
    user = accounts.add_user("a@ecole.example", "A", "administrateur")
    before = accounts.open_session(user.id)
    clock.jumps(timedelta(hours=-2))
    assert accounts.session(before), "an hour or two back signs nobody out"
    clock.jumps(timedelta(hours=2))
    _, token = accounts.make_token(user.id, "essai", ["questions"])
    clock.jumps(timedelta(days=3650))
    ahead, link = accounts.open_session(user.id), accounts.make_link(user.id)
    assert accounts.session(ahead)
    assert accounts.link(link)
    assert accounts.token(token)
    clock.jumps(timedelta(days=-3650))
    assert accounts.session(ahead) is None, "ten years of a session"
    assert accounts.link(link) is None
    assert accounts.token(token), "a token has no date but its own"
    again = accounts.open_session(user.id)
    assert accounts.session(again), "staff sign in again"
    clock.passes(SESSION_IDLE + timedelta(minutes=1))
    assert accounts.session(again) is None
    assert SESSION_LIFE > SESSION_IDLE
    database.close()


def test_limits_go_by_the_steady_clock() -> None:
    assert RateLimiter.__init__.__defaults__ == (time.monotonic,)


def _faketime() -> Path | None:
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(_faketime() is None, reason="Debian's faketime is not installed")
def test_a_server_started_in_another_year(tmp_path: Path) -> None:
    """Ten years ahead, twenty days back, right again: it answers, keeps votes, deletes nothing."""
    published(tmp_path)
    for offset in ("+3650d", "-20d", "+0d"):
        fake = {"LD_PRELOAD": str(_faketime()), "FAKETIME": offset, "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
        with serving(tmp_path, GUICHET_RATE_LIMIT_PER_MINUTE="60", **fake) as server:
            for _ in range(3):
                answer = server.ask(QUESTION, timeout=60)
                assert answer["answer"]
            request = urllib.request.Request(
                f"{server.base_url}/api/feedback",
                json.dumps({"answer_id": answer["answer_id"], "vote": "up"}).encode(),
                {"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=60) as response:
                assert response.status == 200
    connection = sqlite3.connect(tmp_path / "guichet.db")
    years = {int(row[0][:4]) for row in connection.execute("select created_at from answers").fetchall()}
    votes = connection.execute("select count(*) from feedback").fetchone()
    connection.close()
    assert max(years) >= datetime.now(UTC).year + 9, "the clock was ahead"
    assert kept(tmp_path / "guichet.db") == 9
    assert votes == (3,)

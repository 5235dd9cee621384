"""What replicas share from moment to moment, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.answer.circuit import Circuit
from app.answer.conversation import Conversations
from app.core.errors import IngestBusy, StoreUnavailable
from app.core.ports import AnswerRecord, Feedback
from app.store.database import Database
from app.store.repository import SqlStore
from app.store.shared_state import SharedState
from app.web.auth import LoginLimits
from app.web.limits import RateLimiter
from app.web.sharing import Sharing
from tests import postgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SECRET = "what all replicas share"


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres.fresh_database(postgres_url)


@pytest.fixture
def databases(url: str) -> Iterator[list[Database]]:
    """Three machines over one database, all of which open it at once: one makes the tables, none fails."""
    machines = [Database(url) for _ in range(3)]
    opening = [threading.Thread(target=machine.open) for machine in machines]
    for thread in opening:
        thread.start()
    for thread in opening:
        thread.join()
    assert all(machine.ready.is_set() for machine in machines)
    yield machines
    for machine in machines:
        machine.close()


@pytest.fixture
def states(databases: list[Database]) -> list[SharedState]:
    return [SharedState(database, SECRET) for database in databases]


def sharing(state: SharedState, limiter: RateLimiter, circuit: Circuit | None = None) -> Sharing:
    limiter.tell = True
    return Sharing(state, {"client": limiter}, circuit or Circuit(), idle_s=60)


def test_three_replicas_allow_together_what_one_may(states: list[SharedState]) -> None:
    limiters = [RateLimiter(60, clock=lambda: 0.0) for _ in states]
    together = [sharing(state, limiter) for state, limiter in zip(states, limiters, strict=True)]
    for _ in range(2):  # what each learns of the others, it learns when it settles the next time
        passed = sum(limiter.wait("a visitor") == 0 for limiter in limiters for _ in range(10))
        assert passed == 30
        for one in together:
            asyncio.run(one.settle())
    # 60 were used up, of 60 together: the last to settle knows it at once, the others by the next time they ask.
    assert limiters[-1].wait("a visitor") > 0
    assert limiters[-1].wait("another visitor") == 0


def test_no_address_is_written(states: list[SharedState], databases: list[Database]) -> None:
    limiter = RateLimiter(60)
    one = sharing(states[0], limiter)
    limiter.wait("203.0.113.7")
    asyncio.run(one.settle())
    with databases[0].read() as connection:
        keys = connection.execute(sa.text("SELECT key FROM guichet_shared.buckets")).scalars().all()
        assert len(keys) == 1
        assert b"203.0.113.7" not in bytes(keys[0])
        logged = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        logged += " WHERE nspname = 'guichet_shared' AND relkind = 'r' AND relpersistence <> 'u'"
        assert connection.execute(sa.text(logged)).scalar() == 0
    states[0].tidy(60)


def test_passwords_are_tried_as_often_on_three_machines_as_on_one(states: list[SharedState]) -> None:
    machines = [LoginLimits() for _ in states]
    for machine, state in zip(machines, states, strict=True):
        machine.state = state
    tries = [machines[turn % 3].wait("alice", f"203.0.113.{turn}") for turn in range(15)]
    assert sum(wait == 0 for wait in tries) == 5
    assert all(0 < wait <= 60 for wait in tries[5:])


def test_what_one_replica_finds_away_the_others_leave_alone(states: list[SharedState]) -> None:
    circuits = [Circuit(failures=1, rest_s=30) for _ in states]
    together = [sharing(state, RateLimiter(60), circuit) for state, circuit in zip(states, circuits, strict=True)]

    def settle() -> None:
        for one in together:
            asyncio.run(one.settle())

    settle()
    circuits[0].failed(circuits[0].admit() or "normal")
    settle()
    assert [circuit.state for circuit in circuits] == ["open"] * 3
    circuits[0].succeeded("probe")
    settle()
    assert [circuit.state for circuit in circuits] == ["closed"] * 3


def test_a_conversation_goes_on_at_another_replica_and_only_its_visitor_can_read_it(
    states: list[SharedState], databases: list[Database]
) -> None:
    here, there = (Conversations(10, 60, elsewhere=state) for state in states[:2])
    name, message = "0123456789abcdef.the-signed-half", "Je m’appelle Zoé, comment payer ?"
    here.remember(name, message)
    end = time.monotonic() + 20
    while asyncio.run(there.recalled(name)) != (message,):
        assert time.monotonic() < end
        there._rests_until = 0.0  # a busy machine may take longer than an answer waits
    there.remember(name, "Et en ligne ?")
    while len(asyncio.run(here.recalled(name))) < 2:
        assert time.monotonic() < end
        here._rests_until = 0.0
    with databases[2].read() as connection:
        sealed = connection.execute(sa.text("SELECT conversation, sealed FROM guichet_shared.said")).all()
    assert len(sealed) == 2
    assert not any(word in bytes(part) for row in sealed for part in row for word in (b"Zo", b"payer", b"0123456789"))
    assert states[2].recall("0123456789abcdef.another-half", 8, 60) == ()
    here.forget("0123456789abcdef")
    assert states[2].recall(name, 8, 60) == ()
    for conversations in (here, there):
        conversations.close()


def test_a_conversation_is_deleted_after_a_silence(states: list[SharedState], databases: list[Database]) -> None:
    states[0].remember([("one.x", "Bonjour")])
    assert states[0].recall("one.x", 8, 0) == ()
    states[0].tidy(0)
    with databases[0].read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM guichet_shared.said")).scalar() == 0


def test_a_database_that_is_away_delays_nothing(url: str) -> None:
    nowhere = Database("postgresql://guichet@127.0.0.1:9/none")
    state = SharedState(nowhere)
    with pytest.raises(StoreUnavailable):
        state.resting("model")
    conversations = Conversations(10, 60, elsewhere=state)
    conversations.remember("a.b", "Bonjour")
    assert asyncio.run(conversations.recalled("a.b")) == ("Bonjour",)
    limits = LoginLimits()
    limits.state = state
    assert limits.wait("alice", "203.0.113.7") == 0
    conversations.close()
    nowhere.close()


def test_a_vote_waits_for_the_answer_that_another_replica_is_about_to_write(databases: list[Database]) -> None:
    one, other = SqlStore(databases[0]), SqlStore(databases[1])
    one.record_answer(AnswerRecord("r1", "c1", "answered", ("e",), 0.9, "verbatim", "v", 5.0))
    assert other.add_feedback(Feedback("r1", "up", None, None))
    assert not other.add_feedback(Feedback("nowhere", "up", None, None))
    one.close()
    other.close()


def test_one_machine_publishes_at_a_time(databases: list[Database]) -> None:
    with databases[0].alone("publication"):
        with pytest.raises(IngestBusy), databases[1].alone("publication"):
            pass
        with databases[1].alone("something else"):
            pass
    with databases[1].alone("publication"):
        pass

"""The SQL store: answers written in batches behind a bounded queue, votes at once.

A store that is slow, locked or away never delays or breaks an answer: records
wait in the queue until it is back, and are dropped and counted when the queue is full.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.clock import Trust
from app.core.errors import StoreUnavailable
from app.core.french import fold
from app.core.ports import AnswerRecord, Feedback
from app.store.counts import count_answers, count_vote
from app.store.database import Database, aware, now
from app.store.tables import answers, feedback

QUEUE_SIZE = 2000
"""Records that may wait for the database."""

GATHER_S = 0.25
"""Time in which records are gathered for one transaction (s). Until it is over nobody wakes the writer: a thread woken
for each record would want Python's lock while answers are under way."""

UNANSWERED = ("abstained", "clarification")
"""Outcomes that staff are to look at."""

ELSEWHERE_S = 1.0
"""Time in which an answer that another machine gave must have reached the database (s)."""

BATCH = 200
"""Records written in one transaction."""

OPENING_S = 10.0
"""Time a purge waits for the database to be opened (s)."""

RETRY_S = 5.0
"""Time between attempts to open a database that is away (s)."""

FIRST_RETRY_S = 0.25
"""Time before a batch is tried again, doubled each time up to RETRY_S (s)."""

PASSING = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""What passes: a database that is locked, away, full, restarting or (InternalError on PostgreSQL) read-only."""

PURGE_ROWS = 5000
"""Rows deleted in one transaction, so that a purge keeps no writer waiting for long."""

AHEAD = timedelta(days=1)
"""By how much a date may lie ahead of the clock before it is a wrong one."""

LATE = "La base de données est en retard."

_log = structlog.get_logger(__name__)
_Row = tuple[datetime, AnswerRecord]


class SqlStore:
    """A Store over a database."""

    def __init__(
        self, database: Database | str, *, on_drop: Callable[[], None] = lambda: None, trust: Trust | None = None
    ) -> None:
        """`trust` tells whether the date can be believed, without which nothing is deleted as too old."""
        self.database = Database(database) if isinstance(database, str) else database
        self._queue: Queue[_Row | Event] = Queue(QUEUE_SIZE)
        self._on_drop = on_drop
        self._closing = Event()
        self._awaited = Event()
        """Somebody waits for what is queued."""
        self._trust = trust or Trust()
        self._looked_at_dates = False
        self._writer = Thread(target=self._write_forever, name="guichet-store", daemon=True)
        self._writer.start()

    def record_answer(self, record: AnswerRecord) -> None:
        """Queue a record; dropped and counted when the queue is full."""
        try:
            self._queue.put_nowait((now(), record))
        except Full:
            self._on_drop()

    def add_feedback(self, vote: Feedback) -> bool:
        """Keep a vote, replacing an earlier one on the same answer; False if the answer is unknown.

        When it returns, the vote is on the disk: neither a kill nor a power cut loses it.
        Another machine may have given the answer a moment ago and be about to write it: it is waited for.
        """
        written = self.flush()
        end = monotonic() + (ELSEWHERE_S if self.database.dialect == "postgresql" else 0.0)
        while not (kept := self._keep_vote(vote)) and monotonic() < end:
            sleep(ELSEWHERE_S / 10)
        if not kept and not written:
            raise StoreUnavailable(LATE)  # the answer may still be waiting for the database
        return kept

    def _keep_vote(self, vote: Feedback) -> bool:
        given = {"created_at": now(), "vote": vote.vote, "reason": vote.reason, "comment": vote.comment}
        with self.database.begin() as connection:
            about = connection.execute(
                sa.select(answers.c.created_at, answers.c.entry_ids, answers.c.vote).where(
                    answers.c.answer_id == vote.answer_id
                )
            ).first()
            if about is None:
                return False
            mine = feedback.c.answer_id == vote.answer_id
            if connection.execute(sa.update(feedback).where(mine).values(**given)).rowcount == 0:
                connection.execute(sa.insert(feedback).values(answer_id=vote.answer_id, **given))
            connection.execute(sa.update(answers).where(answers.c.answer_id == vote.answer_id).values(vote=vote.vote))
            entry_id = (about.entry_ids.split() or [""])[0]
            count_vote(connection, aware(about.created_at).date(), entry_id, vote.vote, about.vote)
        return True

    def purge(self, older_than_days: int) -> int:
        """Delete answers older than that, and the votes on them; how many answers went.

        0 while the clock is doubted: it has jumped, or at the start every answer looks too old or yet to come.
        """
        if not self.database.ready.wait(OPENING_S):
            raise StoreUnavailable("La base n’est pas ouverte.")
        if not self._looked_at_dates:
            self._looked_at_dates = True
            if dates_look_wrong(self.database, older_than_days):
                self._trust.doubt()
        if not self._trust.holds():
            _log.warning("store.purge_waits", reason="clock")
            return 0
        return purge(self.database, older_than_days)

    def erase_conversation(self, conversation_id: str) -> int:
        """Delete a conversation's answers and the votes on them, what is still queued included; how many went.

        Raises StoreUnavailable, also when the queue doesn't empty: it would be written after all.
        """
        if not self.flush():
            raise StoreUnavailable("La file d’écriture ne se vide pas.")
        return erase_conversation(self.database, conversation_id)

    def flush(self, timeout_s: float = 2.0) -> bool:
        """Wait until what is queued now has been written, or `timeout_s` at most; whether it was."""
        written = Event()
        self._awaited.set()
        try:
            self._queue.put(written, timeout=timeout_s)
        except Full:
            return False
        self._awaited.set()
        return written.wait(timeout_s)

    def close(self) -> None:
        """Write what is queued and let go of the database."""
        self._closing.set()
        self._awaited.set()
        self._writer.join(timeout=5)
        self.database.close()

    def _open(self) -> None:
        """Bring the schema up to date, trying again until it works or the service stops."""
        reported = False
        while not self._closing.is_set():
            try:
                self.database.open()
            except StoreUnavailable as error:
                if not reported:
                    _log.error("store.unavailable", reason=str(error), mend=error.mend)
                reported = True
                self._closing.wait(RETRY_S)
            else:
                return

    def _write_forever(self) -> None:
        self._open()
        ready = self.database.ready
        while ready.is_set() and not (self._closing.is_set() and self._queue.empty()):
            batch = self._next_batch()
            try:
                rows = [_values(item) for item in batch if not isinstance(item, Event)]
                if rows:
                    self._write(rows)
            except Exception as error:  # noqa: BLE001 - without its writer a store would keep nothing more
                self._drop(sum(not isinstance(item, Event) for item in batch), error)
            for item in batch:
                if isinstance(item, Event):
                    item.set()

    def _next_batch(self) -> list[_Row | Event]:
        """What came in within GATHER_S, or until somebody waits for it."""
        self._awaited.wait(GATHER_S)
        self._awaited.clear()
        batch: list[_Row | Event] = []
        with suppress(Empty):
            while len(batch) < BATCH:
                batch.append(self._queue.get_nowait())
        if len(batch) == BATCH:
            self._awaited.set()
        return batch

    def _write(self, rows: list[dict[str, Any]]) -> None:
        """Write, for as long as it takes: what comes meanwhile waits in the queue, which is bounded."""
        delay = 0.0
        while True:
            try:
                with self.database.engine.connect().execution_options(writes=True) as connection, connection.begin():
                    connection.execute(sa.insert(answers), rows)
                    count_answers(connection, rows)
            except PASSING as error:
                if not delay:
                    _log.warning("store.waiting", records=len(rows), reason=type(error).__name__)
                delay = min(RETRY_S, 2 * delay or FIRST_RETRY_S)
                if self._closing.wait(delay):
                    self._drop(len(rows), error)
                    return
            except SQLAlchemyError as error:
                self._drop(len(rows), error)
                return
            else:
                if delay:
                    _log.info("store.back", records=len(rows))
                return

    def _drop(self, records: int, error: Exception) -> None:
        _log.warning("store.dropped", records=records, reason=type(error).__name__)
        for _ in range(records):
            self._on_drop()


def dates_look_wrong(database: Database, older_than_days: int) -> bool:
    """Whether a purge would take everything, or the last answer is from tomorrow. Raises StoreUnavailable."""
    with database.read() as connection:
        newest = connection.execute(sa.select(sa.func.max(answers.c.created_at))).scalar()
    if newest is None:
        return False
    moment = now()
    return not moment - timedelta(days=older_than_days) <= aware(newest) <= moment + AHEAD


def purge(database: Database, older_than_days: int) -> int:
    """Delete answers older than that, and the votes on them; how many answers went. Raises StoreUnavailable.

    Answers of a time when the clock was ahead are dated today, so that they go in turn.
    """
    limit = now() - timedelta(days=older_than_days)
    with database.begin() as connection:
        ahead = answers.c.created_at > now() + AHEAD
        connection.execute(sa.update(answers).where(ahead).values(created_at=now()))
    old = sa.select(answers.c.id).where(answers.c.created_at < limit).order_by(answers.c.created_at).limit(PURGE_ROWS)
    gone = 0
    while True:
        with database.begin() as connection:
            ids = connection.execute(old).scalars().all()
            if ids:
                connection.execute(sa.delete(answers).where(answers.c.id.in_(ids)))
        gone += len(ids)
        if len(ids) < PURGE_ROWS:
            return gone


def erase_conversation(database: Database, conversation_id: str) -> int:
    """Delete all that was asked in a conversation, and the votes on it; how many questions went."""
    name = conversation_id.partition(".")[0]
    with database.begin() as connection:
        return connection.execute(sa.delete(answers).where(answers.c.conversation_id == name)).rowcount


def _values(item: _Row) -> dict[str, Any]:
    at, record = item
    return {
        "answer_id": record.answer_id,
        "conversation_id": record.conversation_id.partition(".")[0],
        "created_at": at,
        "outcome": record.outcome,
        "message": record.message,
        "folded": fold(record.message),
        "entry_id": record.entry_ids[0] if record.entry_ids else "",
        "near_id": record.near_id,
        "entry_ids": " ".join(record.entry_ids),
        "confidence": record.confidence,
        "band": min(9, max(0, int(record.confidence * 10))),
        "generator": record.generator,
        "failure": record.failure,
        "index_version": record.index_version,
        "total_ms": record.total_ms,
        "vote": "",
        "handled": "todo" if record.message and record.outcome in UNANSWERED else "",
    }

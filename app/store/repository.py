"""The SQL store: answers written in batches behind a bounded queue, votes at once.

A store that is slow, locked or away never delays or breaks an answer: records
wait in the queue, and are dropped and counted when it is full.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import monotonic
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import StoreUnavailable
from app.core.ports import AnswerRecord, Feedback
from app.store.tables import answers, feedback

QUEUE_SIZE = 2000
"""Records that may wait for the database."""

GATHER_S = 0.25
"""Time in which records are gathered for one transaction (s)."""

BATCH = 200
"""Records written in one transaction."""

OPENING_S = 10.0
"""Time a purge waits for the database to be opened (s)."""

RETRY_S = 5.0
"""Time between attempts to open a database that is away (s)."""

_log = structlog.get_logger(__name__)
_Row = tuple[datetime, AnswerRecord]


class SqlStore:
    """A Store over any SQLAlchemy URL; SQLite by default, in WAL mode."""

    def __init__(self, url: str, *, on_drop: Callable[[], None] = lambda: None) -> None:
        self._engine = _engine(url)
        self._queue: Queue[_Row | Event] = Queue(QUEUE_SIZE)
        self._on_drop = on_drop
        self._closing = Event()
        self._ready = Event()
        self._writer = Thread(target=self._write_forever, name="guichet-store", daemon=True)
        self._writer.start()

    def record_answer(self, record: AnswerRecord) -> None:
        """Queue a record; dropped and counted when the queue is full."""
        try:
            self._queue.put_nowait((datetime.now(UTC), record))
        except Full:
            self._on_drop()

    def add_feedback(self, vote: Feedback) -> bool:
        """Keep a vote, replacing an earlier one on the same answer; False if the answer is unknown."""
        self.flush()
        if not self._ready.is_set():
            raise StoreUnavailable("La base n’est pas ouverte.")
        row = {
            "created_at": datetime.now(UTC),
            "vote": vote.vote,
            "reason": vote.reason,
            "comment": vote.comment,
        }
        try:
            with self._engine.begin() as connection:
                known = sa.select(answers.c.answer_id).where(answers.c.answer_id == vote.answer_id)
                if connection.execute(known).first() is None:
                    return False
                mine = feedback.c.answer_id == vote.answer_id
                if connection.execute(sa.update(feedback).where(mine).values(**row)).rowcount == 0:
                    connection.execute(sa.insert(feedback).values(answer_id=vote.answer_id, **row))
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"Vote non enregistré : {error}") from error
        return True

    def purge(self, older_than_days: int) -> int:
        """Delete answers older than that, and the votes on them; how many answers went."""
        if not self._ready.wait(OPENING_S):
            raise StoreUnavailable("La base n’est pas ouverte.")
        limit = datetime.now(UTC) - timedelta(days=older_than_days)
        try:
            with self._engine.begin() as connection:
                old = sa.select(answers.c.answer_id).where(answers.c.created_at < limit)
                connection.execute(sa.delete(feedback).where(feedback.c.answer_id.in_(old)))
                return connection.execute(sa.delete(answers).where(answers.c.created_at < limit)).rowcount
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"Purge impossible : {error}") from error

    def flush(self, timeout_s: float = 2.0) -> None:
        """Wait until what is queued now has been written, or `timeout_s` at most."""
        written = Event()
        try:
            self._queue.put(written, timeout=timeout_s)
        except Full:
            return
        written.wait(timeout_s)

    def close(self) -> None:
        """Write what is queued and let go of the database."""
        self._closing.set()
        self._writer.join(timeout=5)
        self._engine.dispose()

    def _open(self) -> None:
        """Bring the schema up to date, trying again until it works or the service stops."""
        reported = False
        while not self._closing.is_set():
            try:
                migrate(self._engine)
            except StoreUnavailable as error:
                if not reported:
                    _log.error("store.unavailable", reason=str(error), mend=error.mend)
                reported = True
                self._closing.wait(RETRY_S)
            else:
                self._ready.set()
                return

    def _write_forever(self) -> None:
        self._open()
        while self._ready.is_set() and not (self._closing.is_set() and self._queue.empty()):
            batch = self._next_batch()
            rows = [_values(item) for item in batch if not isinstance(item, Event)]
            if rows:
                self._write(rows)
            for item in batch:
                if isinstance(item, Event):
                    item.set()

    def _next_batch(self) -> list[_Row | Event]:
        """What came in within GATHER_S, cut short when somebody waits for it."""
        batch: list[_Row | Event] = []
        end = monotonic() + GATHER_S
        while len(batch) < BATCH and not (batch and isinstance(batch[-1], Event)):
            try:
                batch.append(self._queue.get(timeout=max(0.0, end - monotonic())))
            except Empty:
                break
        return batch

    def _write(self, rows: list[dict[str, Any]]) -> None:
        try:
            with self._engine.begin() as connection:
                connection.execute(sa.insert(answers), rows)
        except SQLAlchemyError as error:
            _log.warning("store.dropped", records=len(rows), reason=type(error).__name__)
            for _ in rows:
                self._on_drop()


def migrate(engine: sa.Engine) -> None:
    """Bring the database to the newest schema. Raises StoreUnavailable when it can't be opened."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    try:
        if engine.url.get_backend_name() == "sqlite" and engine.url.database not in (None, "", ":memory:"):
            Path(str(engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailable(
            f"La base {engine.url.render_as_string()} ne s’ouvre pas : {error}",
            mend="Vérifiez GUICHET_DATABASE_URL.",
        ) from error


def _engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed, pool_pre_ping=True)
    engine = sa.create_engine(parsed, connect_args={"timeout": 5})

    @sa.event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine


def _values(item: _Row) -> dict[str, Any]:
    at, record = item
    return {
        "answer_id": record.answer_id,
        "conversation_id": record.conversation_id,
        "created_at": at,
        "outcome": record.outcome,
        "entry_ids": " ".join(record.entry_ids),
        "confidence": record.confidence,
        "generator": record.generator,
        "index_version": record.index_version,
        "total_ms": record.total_ms,
    }

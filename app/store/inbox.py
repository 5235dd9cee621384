"""What was asked, as staff read it: filtered, paged, exported, marked, erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from app.store.database import Database, aware
from app.store.repository import erase_conversation
from app.store.search import Scan, scan
from app.store.tables import answers, feedback

PAGE = 50
"""Questions on a page."""

COUNTED = 1000
"""How far questions are counted: beyond, "more than" says enough, and at once."""

EXPORTED = 2000
"""Rows read at a time for an export."""

Handled = Literal["", "todo", "variant", "entry", "out", "case", "seen"]
UNANSWERED = ("abstained", "clarification")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which questions; empty fields let everything through. `low` and `high` are tenths of confidence, 0 to 9."""

    outcome: str = ""
    vote: str = ""
    entry: str = ""
    words: str = ""
    first: date | None = None
    last: date | None = None
    low: int = 0
    high: int = 9
    todo: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked, and what came of it."""

    id: int
    answer_id: str
    conversation_id: str
    at: datetime
    outcome: str
    message: str
    entry_id: str
    near_id: str
    entry_ids: tuple[str, ...]
    confidence: float
    generator: str
    failure: str
    index_version: str
    total_ms: float
    vote: str
    handled: str
    reason: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some questions, newest first; `before` and `after` are where the neighbouring pages begin."""

    rows: tuple[Asked, ...]
    older: int | None
    total: int
    """At most COUNTED + 1."""


class Inbox:
    """The questions of a database. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, filters: Filters, before: int | None = None, size: int = PAGE) -> Page:
        """The newest questions, or those older than the row `before`."""
        with self._database.read() as connection:
            scanned, where = self._where(connection, filters)
            if _banded(filters):
                return self._page_by_band(connection, scanned, where, filters, before, size)
            counted = sa.select(scanned.number).select_from(scanned.source).where(*where).limit(COUNTED + 1).subquery()
            total = connection.execute(sa.select(sa.func.count()).select_from(counted)).scalar_one()
            rows = connection.execute(_page(scanned, where, before, size + 1)).all()
        return _page_of(rows, size, total)

    def _page_by_band(
        self,
        connection: sa.Connection,
        scanned: Scan,
        where: Sequence[Any],
        filters: Filters,
        before: int | None,
        size: int,
    ) -> Page:
        """The same for an outcome and some confidences: each tenth in the order of its index, then merged.

        Asked in one condition, PostgreSQL takes outcome and confidence for independent and reads every row.
        """
        bands = range(filters.low, filters.high + 1)
        if not bands:
            return Page((), None, 0)  # "at least" above "at most": nothing is both
        counted = _newest_by_band(bands, where, None, COUNTED + 1).limit(COUNTED + 1).subquery()
        total = connection.execute(sa.select(sa.func.count()).select_from(counted)).scalar_one()
        newest = _newest_by_band(bands, where, before, size + 1)
        rows = connection.execute(_page(scanned, [answers.c.id.in_(newest)], None, size + 1)).all()
        return _page_of(rows, size, total)

    def get(self, row_id: int) -> Asked | None:
        """One question."""
        with self._database.read() as connection:
            row = connection.execute(_SELECT.where(answers.c.id == row_id)).first()
        return _asked(row) if row else None

    def conversation(self, conversation_id: str) -> list[Asked]:
        """All that was asked in a conversation, in order."""
        name = conversation_id.partition(".")[0]
        with self._database.read() as connection:
            mine = answers.c.conversation_id == name
            rows = connection.execute(_SELECT.where(mine).order_by(answers.c.id).limit(200)).all()
        return [_asked(row) for row in rows]

    def unanswered(self, since: datetime, limit: int) -> list[Asked]:
        """The latest questions without an answer that nobody has dealt with, newest first."""
        with self._database.read() as connection:
            todo = (_TODO, answers.c.message != "")
            first = _first_id(connection, since)
            if first is None:
                return []
            query = _SELECT.where(*todo, answers.c.id >= first).order_by(answers.c.id.desc()).limit(limit)
            return [_asked(row) for row in connection.execute(query)]

    def latest(self, limit: int) -> list[str]:
        """The last questions asked, each once, newest first; small talk left out."""
        found: dict[str, None] = {}
        asked = answers.c.outcome.in_(("answered", *UNANSWERED))
        query = (
            sa.select(answers.c.message)
            .where(asked, answers.c.message != "")
            .order_by(answers.c.id.desc())
            .limit(limit * 3)
        )
        with self._database.read() as connection:
            for message in connection.execute(query).scalars():
                found.setdefault(message)
                if len(found) == limit:
                    break
        return list(found)

    def rows(self, filters: Filters) -> Iterator[Asked]:
        """All questions of a filter, newest first, read in pieces."""
        before: int | None = None
        while True:
            with self._database.read() as connection:
                scanned, where = self._where(connection, filters)
                if _banded(filters):
                    where = [*where, answers.c.band.between(filters.low, filters.high)]
                rows = connection.execute(_page(scanned, where, before, EXPORTED)).all()
            yield from map(_asked, rows)
            if len(rows) < EXPORTED:
                return
            before = rows[-1].id

    def mark(self, row_ids: Sequence[int], handled: Handled) -> int:
        """Note what staff did about these questions; how many there were."""
        if not row_ids:
            return 0
        with self._database.begin() as connection:
            mine = answers.c.id.in_(list(row_ids))
            return connection.execute(sa.update(answers).where(mine).values(handled=handled)).rowcount

    def mark_alike(self, message: str, handled: Handled) -> int:
        """The same for every open question in these very words."""
        with self._database.begin() as connection:
            same = (answers.c.message == message, _TODO)
            return connection.execute(sa.update(answers).where(*same).values(handled=handled)).rowcount

    def erase_conversation(self, conversation_id: str) -> int:
        """Delete all that was asked in a conversation, and the votes on it; how many questions went."""
        return erase_conversation(self._database, conversation_id)

    def _where(self, connection: sa.Connection, filters: Filters) -> tuple[Scan, list[sa.ColumnElement[bool]]]:
        scanned = scan(filters.words, self._database.dialect)
        where = [scanned.condition] if scanned.condition is not None else []
        if filters.todo:
            where.append(_TODO)
        if filters.outcome:
            where.append(answers.c.outcome == filters.outcome)
        if filters.vote:
            where += [answers.c.vote == filters.vote, _VOTED]
        if filters.entry:
            where.append(answers.c.entry_id == filters.entry)
        if (filters.low > 0 or filters.high < 9) and not _banded(filters):
            where.append((answers.c.band + 0).between(filters.low, filters.high))
        # Rows are numbered in the order of time: a number bounds a page better than a date.
        if filters.first:
            first = _first_id(connection, _midnight(filters.first))
            where.append(scanned.number >= first if first is not None else sa.false())
        if filters.last:
            end = _first_id(connection, _midnight(filters.last + timedelta(days=1)))
            if end is not None:
                where.append(scanned.number < end)
        return scanned, where


_VOTE_OF = feedback.c.answer_id == answers.c.answer_id
_SELECT = sa.select(answers, feedback.c.reason, feedback.c.comment).select_from(answers.outerjoin(feedback, _VOTE_OF))

_TODO = answers.c.handled == "todo"
# Written out, not bound: SQLite uses a partial index only where it reads the index's own condition.
_VOTED: Any = sa.text("answers.vote <> ''")


def _banded(filters: Filters) -> bool:
    """Whether an outcome is wanted with some confidences, without words."""
    return bool(filters.outcome) and not filters.words.strip() and (filters.low > 0 or filters.high < 9)


def _newest_by_band(
    bands: Iterable[int], where: Sequence[Any], before: int | None, size: int
) -> sa.CompoundSelect[Any]:
    """Numbers of the newest `size` rows of each tenth of confidence."""
    older = [answers.c.id < before] if before else []
    each = (
        sa.select(answers.c.id)
        .where(*where, *older, answers.c.band == band)
        .order_by(answers.c.id.desc())
        .limit(size)
        .subquery()
        for band in bands
    )
    return sa.union_all(*(sa.select(one.c.id) for one in each))


def _page_of(rows: Sequence[sa.Row[Any]], size: int, total: int) -> Page:
    found = tuple(_asked(row) for row in rows[:size])
    return Page(found, found[-1].id if len(rows) > size else None, total)


def _page(scanned: Scan, where: Sequence[Any], before: int | None, size: int) -> sa.Select[Any]:
    """The newest `size` rows, or those older than the row `before`."""
    source = scanned.source.outerjoin(feedback, _VOTE_OF)
    query = sa.select(answers, feedback.c.reason, feedback.c.comment).select_from(source).where(*where)
    if before:
        query = query.where(scanned.number < before)
    return query.order_by(scanned.number.desc()).limit(size)


def _first_id(connection: sa.Connection, moment: datetime) -> int | None:
    """Number of the first row from that moment on."""
    query = sa.select(answers.c.id).where(answers.c.created_at >= moment).order_by(answers.c.created_at, answers.c.id)
    return connection.execute(query.limit(1)).scalar()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _asked(row: sa.Row[Any]) -> Asked:
    return Asked(
        id=row.id,
        answer_id=row.answer_id,
        conversation_id=row.conversation_id,
        at=aware(row.created_at),
        outcome=row.outcome,
        message=row.message,
        entry_id=row.entry_id,
        near_id=row.near_id,
        entry_ids=tuple(row.entry_ids.split()),
        confidence=row.confidence,
        generator=row.generator,
        failure=row.failure,
        index_version=row.index_version,
        total_ms=row.total_ms,
        vote=row.vote,
        handled=row.handled,
        reason=row.reason,
        comment=row.comment,
    )

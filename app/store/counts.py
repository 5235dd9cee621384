"""Counts by day: how many questions, what became of them, which entries answered, how long it took.

Kept beside the answers and never corrected when those are deleted: they hold nothing of a visitor's, and the
trend over a year survives a retention of ninety days.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.store.database import Database, upsert
from app.store.tables import daily_entries, daily_latency, daily_outcomes

GROWTH = 1.1
"""Each bucket of durations reaches 10 % further than the one before; percentiles are that exact."""


@dataclass(frozen=True, slots=True)
class EntryCount:
    """How often an entry answered, and the votes on those answers."""

    answered: int = 0
    up: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """Counts from one day to another, both included."""

    first: date
    last: date
    by_day: Mapping[date, Mapping[str, int]]
    """Questions by outcome; days without any are missing."""
    failures: int
    entries: Mapping[str, EntryCount]
    votes_by_day: Mapping[date, tuple[int, int]]
    """Votes up and down."""
    latency: Mapping[int, int]

    @property
    def outcomes(self) -> Counter[str]:
        """Questions by outcome over the whole period."""
        total: Counter[str] = Counter()
        for counted in self.by_day.values():
            total.update(counted)
        return total

    def percentile(self, share: float) -> float | None:
        """Duration in ms that this share of answers did not exceed; None without any."""
        total = sum(self.latency.values())
        seen = 0
        for bucket in sorted(self.latency):
            seen += self.latency[bucket]
            if seen >= share * total:
                return GROWTH ** (bucket + 1)
        return None


def count_answers(connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Count answers just written, within their transaction. `rows` are those of the table answers."""
    outcomes: Counter[tuple[date, str]] = Counter()
    failures: Counter[tuple[date, str]] = Counter()
    entries: Counter[tuple[date, str]] = Counter()
    latency: Counter[tuple[date, int]] = Counter()
    for row in rows:
        day = row["created_at"].date()
        key = (day, row["outcome"])
        outcomes[key] += 1
        failures[key] += bool(row["failure"])
        latency[day, bucket_of(row["total_ms"])] += 1
        for entry_id in row["entry_ids"].split():
            entries[day, entry_id] += 1
    upsert(
        connection,
        daily_outcomes,
        [{"day": d, "outcome": o, "n": n, "failures": failures[d, o]} for (d, o), n in sorted(outcomes.items())],
        ("n", "failures"),
    )
    upsert(
        connection,
        daily_entries,
        [{"day": d, "entry_id": e, "answered": n, "up": 0, "down": 0} for (d, e), n in sorted(entries.items())],
        ("answered",),
    )
    upsert(
        connection,
        daily_latency,
        [{"day": d, "bucket": b, "n": n} for (d, b), n in sorted(latency.items())],
        ("n",),
    )


def count_vote(connection: sa.Connection, day: date, entry_id: str, vote: str, before: str) -> None:
    """Count a vote, taking back the one it replaces ("" for none)."""
    change = {"up": (vote == "up") - (before == "up"), "down": (vote == "down") - (before == "down")}
    if any(change.values()):
        row = {"day": day, "entry_id": entry_id, "answered": 0, **change}
        upsert(connection, daily_entries, [row], ("up", "down"))


def bucket_of(ms: float) -> int:
    """The bucket of a duration: from GROWTH ** n to GROWTH ** (n + 1) ms."""
    return int(math.log(max(1.0, ms)) / math.log(GROWTH))


def read_period(database: Database, first: date, last: date) -> Period:
    """The counts of these days. Raises StoreUnavailable."""
    by_day: dict[date, Counter[str]] = {}
    votes: dict[date, tuple[int, int]] = {}
    entries: dict[str, EntryCount] = {}
    failures = 0
    with database.read() as connection:
        for row in connection.execute(_between(daily_outcomes, first, last)):
            by_day.setdefault(row.day, Counter())[row.outcome] += row.n
            failures += row.failures
        for row in connection.execute(_between(daily_entries, first, last)):
            up, down = votes.get(row.day, (0, 0))
            votes[row.day] = (up + row.up, down + row.down)
            old = entries.get(row.entry_id, EntryCount())
            entries[row.entry_id] = EntryCount(old.answered + row.answered, old.up + row.up, old.down + row.down)
        latency: Counter[int] = Counter()
        for row in connection.execute(_between(daily_latency, first, last)):
            latency[row.bucket] += row.n
    return Period(first, last, by_day, failures, entries, votes, latency)


def _between(table: sa.Table, first: date, last: date) -> sa.Select[Any]:
    return sa.select(table).where(table.c.day >= first, table.c.day <= last)

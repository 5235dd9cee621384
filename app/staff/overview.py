"""A period at a glance, beside the one before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.staff.desk import Desk
from app.staff.themes import DAYS, LATEST, Theme
from app.store.counts import EntryCount, Period, read_period

SERVED = ("answered", "clarification", "abstained")
"""Outcomes of what was a question; small talk is none."""
TOP = 10


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of a period and of the one before; `days` has every day, in order."""

    now: Period
    before: Period
    days: Sequence[tuple[date, Mapping[str, int]]]
    top: Sequence[tuple[str, EntryCount]]

    @property
    def questions(self) -> int:
        """Questions of the period, whatever became of them."""
        return sum(self.now.outcomes.values())

    @property
    def questions_before(self) -> int:
        """The same of the period before."""
        return sum(self.before.outcomes.values())

    def share(self, outcome: str) -> float | None:
        """Share of an outcome among real questions; None without any."""
        return share(self.now, outcome)

    def share_before(self, outcome: str) -> float | None:
        """The same of the period before."""
        return share(self.before, outcome)

    @property
    def votes(self) -> tuple[int, int]:
        """Votes up and down."""
        pairs = self.now.votes_by_day.values()
        return sum(up for up, _ in pairs), sum(down for _, down in pairs)

    @property
    def satisfaction(self) -> float | None:
        """Share of good votes; None without votes."""
        up, down = self.votes
        return up / (up + down) if up + down else None


def share(period: Period, outcome: str) -> float | None:
    """Share of an outcome among real questions of a period; None without any."""
    counted = period.outcomes
    total = sum(counted[name] for name in SERVED)
    return counted[outcome] / total if total else None


def overview(desk: Desk, last: date, days: int) -> Overview:
    """The `days` up to `last`, included, and as many before. Raises StoreUnavailable."""
    first = last - timedelta(days=days - 1)
    now = read_period(desk.database, first, last)
    before = read_period(desk.database, first - timedelta(days=days), first - timedelta(days=1))
    every = [first + timedelta(days=n) for n in range(days)]
    top = sorted(((i, c) for i, c in now.entries.items() if i and c.answered), key=lambda pair: -pair[1].answered)
    return Overview(now, before, [(day, now.by_day.get(day, {})) for day in every], top[:TOP])


def gaps(desk: Desk, now: datetime) -> tuple[list[Theme], bool]:
    """What was asked in vain these last weeks, gathered by meaning, largest first; and whether that is all."""
    retriever = desk.services.live.retriever()
    rows = desk.inbox.unanswered(now - timedelta(days=DAYS), LATEST)
    index = retriever.index
    centre = index.dense.vectors()[index.layout.asked_rows()].mean(axis=0)
    return desk.themes.of(rows, desk.services.live.encoder(), centre, now)

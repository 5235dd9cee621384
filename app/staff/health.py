"""How each entry of the FAQ is doing: what it is asked, how visitors vote, what the lint says, what looks alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from app.core.types import Entry
from app.core.workshop import Checked, Placed, Remark
from app.search.index import OpenIndex
from app.store.counts import EntryCount, Period

ALIKE = 0.95
"""Cosine of two entries' questions from which they may be one."""
BLOCK = 1024
"""Questions compared with all others at once."""

SOON = timedelta(days=60)

LINKS = ("dead-link", "unsafe-link", "bare-domain", "bad-url")
DATES = ("expired", "expires-soon", "past-date", "soon-past-date", "bad-date")
TWINS = (
    "duplicate-question",
    "repeated-entry",
    "conflicting-answers",
    "near-duplicate",
    "opposite-answers",
    "variant-clash",
)


@dataclass(frozen=True, slots=True)
class Health:
    """An entry with what is known of it."""

    placed: Placed
    count: EntryCount
    remarks: tuple[Remark, ...]
    alike: tuple[tuple[str, str, float], ...]
    """(id, question, cosine) of entries that ask nearly the same."""
    expires_in: int | None
    """Days until it is no longer found; negative when it isn't any more; None when it never ends."""

    @property
    def entry(self) -> Entry:
        """The entry."""
        return self.placed.entry

    def of(self, codes: Sequence[str]) -> tuple[Remark, ...]:
        """The remarks of these kinds."""
        return tuple(remark for remark in self.remarks if remark.code in codes)

    @property
    def satisfaction(self) -> float | None:
        """Share of the votes that are good; None without votes."""
        votes = self.count.up + self.count.down
        return self.count.up / votes if votes else None

    @property
    def concerns(self) -> int:
        """How much there is to look at: errors count most, then bad votes, dates and links, then the rest."""
        grave = sum(remark.severity == "error" for remark in self.remarks)
        bad_votes = self.count.down > self.count.up and self.count.down >= 2
        ending = self.expires_in is not None and self.expires_in < SOON.days
        return 10 * grave + 4 * bad_votes + 4 * ending + 2 * len(self.of((*LINKS, *DATES))) + len(self.remarks)


def health(checked: Checked, period: Period, index: OpenIndex, today: date) -> list[Health]:
    """All entries, in the FAQ's order."""
    remarks: dict[str, list[Remark]] = {}
    for remark in checked.remarks:
        if remark.entry_id:
            remarks.setdefault(remark.entry_id, []).append(remark)
    alike = near_entries(index)
    return [
        Health(
            placed=placed,
            count=period.entries.get(placed.entry.id, EntryCount()),
            remarks=tuple(remarks.get(placed.entry.id, ())),
            alike=alike.get(placed.entry.id, ()),
            expires_in=(placed.entry.valid_until - today).days if placed.entry.valid_until else None,
        )
        for placed in checked.entries
    ]


_near: dict[str, tuple[Sequence[Entry], Mapping[str, tuple[tuple[str, str, float], ...]]]] = {}
"""What near_entries found last for an index of that name: in a FAQ of 5,000 entries it takes a third of a second."""
REMEMBERED = 8


def near_entries(index: OpenIndex) -> Mapping[str, tuple[tuple[str, str, float], ...]]:
    """For each entry of the index those whose question is nearly the same; worked out once an index."""
    known = _near.get(index.version)
    if known is None or known[0] is not index.entries:
        while len(_near) >= REMEMBERED:
            _near.pop(next(iter(_near)), None)
        known = _near[index.version] = (index.entries, _near_entries(index))
    return known[1]


def _near_entries(index: OpenIndex) -> Mapping[str, tuple[tuple[str, str, float], ...]]:
    # An entry's own question is the first of its passages.
    entries, vectors = index.entries, index.dense.vectors()[index.layout.first]
    found: dict[str, tuple[tuple[str, str, float], ...]] = {}
    for start in range(0, len(entries), BLOCK):
        block = vectors[start : start + BLOCK] @ vectors.T
        np.fill_diagonal(block[:, start:], -1.0)
        for at in np.flatnonzero(block.max(axis=1) >= ALIKE).tolist():
            near = np.flatnonzero(block[at] >= ALIKE)
            order = near[np.argsort(-block[at][near])][:3].tolist()
            found[entries[start + at].id] = tuple(
                (entries[other].id, entries[other].question, float(block[at][other])) for other in order
            )
    return found

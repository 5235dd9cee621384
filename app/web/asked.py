"""Which entries answer most: what visitors are offered before they have asked.

Counts alone, of entries the FAQ holds, since the process began: nothing of a visitor's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from app.answer.suggest import OPENING, SHORT, opening_entries
from app.core.types import Answer, Entry
from app.search.index import OpenIndex

ENOUGH = 3
"""Answers an entry must have given before it is offered: below that, "most asked" means nothing."""


class MostAsked:
    """Counts the entries that answers leaned on."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def answered(self, answer: Answer) -> None:
        """Count an answer's sources."""
        self._counts.update(source.entry_id for source in answer.sources)

    def entries(self, index: OpenIndex) -> list[Entry]:
        """Entries to offer: the most asked first, filled up with the first ones of each section."""
        asked = (index.entry(entry_id) for entry_id, count in self._counts.most_common() if count >= ENOUGH)
        fit = (entry for entry in asked if entry and len(entry.question) <= SHORT and entry.id not in index.twins)
        return _first([*fit, *opening_entries(index)])


def _first(entries: Iterable[Entry]) -> list[Entry]:
    return list({entry.id: entry for entry in entries}.values())[:OPENING]

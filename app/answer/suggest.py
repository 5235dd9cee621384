"""Questions offered before the visitor has asked one."""

from __future__ import annotations

from app.core.types import Entry
from app.search.index import OpenIndex

OPENING = 4
"""Questions offered."""

SHORT = 70
"""Longest question offered, in characters: it has to fit a button."""


def opening_entries(index: OpenIndex) -> list[Entry]:
    """The first short questions of each section in turn, those asked twice left out."""
    by_section: dict[str, list[Entry]] = {}
    for entry in index.entries:
        if len(entry.question) <= SHORT and entry.id not in index.twins:
            by_section.setdefault(entry.section, []).append(entry)
    rows = list(by_section.values())
    longest = max((len(row) for row in rows), default=0)
    return [row[i] for i in range(longest) for row in rows if i < len(row)][:OPENING]

"""All entries as the FAQ page lists them: on one page, or a part at a time where they are many.

A page of 5,000 entries is seven megabytes of HTML and takes a server a second to make.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from app.core.types import Entry
from app.search.index import OpenIndex
from app.web.markdown import to_html

WHOLE = 300
"""Entries up to which all stand on one page."""
PART = 100
"""Entries of a page where they don't."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the FAQ: where its first entry stands."""

    id: str
    title: str
    count: int
    page: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the FAQ, the `page`th of `pages`, numbered from 1."""

    outline: tuple[Section, ...]
    sections: list[dict[str, Any]]
    """The sections of this page with the entries that stand on it."""
    page: int
    pages: int


def outline(index: OpenIndex) -> tuple[Section, ...]:
    """The sections in the FAQ's order."""
    return listed(index, None).outline


def listed(index: OpenIndex, page: int | None = 1, entry_id: str = "") -> Listing:
    """That page, or the one on which an entry stands; one beyond the last is the last, None is one without entries."""
    by_section: dict[str, list[Entry]] = {}
    for entry in index.entries:
        by_section.setdefault(entry.section, []).append(entry)
    size = PART if len(index.entries) > WHOLE else max(1, len(index.entries))
    pages = max(1, -(-len(index.entries) // size))
    found: list[Section] = []
    placed: list[tuple[Section, Entry]] = []
    for number, (title, entries) in enumerate(by_section.items(), 1):
        found.append(Section(f"rubrique-{number}", title, len(entries), len(placed) // size + 1))
        placed += [(found[-1], entry) for entry in entries]
    if page is None:
        return Listing(tuple(found), [], 0, pages)
    at = next((at for at, (_, entry) in enumerate(placed) if entry.id == entry_id), None) if entry_id else None
    page = min(max(1, page), pages) if at is None else at // size + 1
    return Listing(tuple(found), _sections(placed[(page - 1) * size : page * size]), page, pages)


def _sections(placed: list[tuple[Section, Entry]]) -> list[dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    for section, entry in placed:
        shown = sections.setdefault(section.id, {"id": section.id, "title": section.title, "entries": []})
        shown["entries"].append(_row(entry))
    return list(sections.values())


def _row(entry: Entry) -> dict[str, object]:
    html = to_html(entry.answer_md)
    return {"id": entry.id, "question": entry.question, "answer_html": Markup(html)}  # noqa: S704

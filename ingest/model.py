"""What parsing hands on: entries with their place in the source, and what was odd about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.core.types import Entry, FaqMeta

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the parser noticed and lint will report; `values` fill its French message."""

    path: Path
    line: int
    code: str
    severity: Severity
    values: tuple[tuple[str, str], ...] = ()
    entry_line: int | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read. `sha256` is of its bytes; `entries` is how many it gave."""

    path: Path
    sha256: str
    entries: int
    meta: FaqMeta


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """An entry and where it stands. Lines count from 1; `raw` is the answer as written,
    its first line being `answer_line`; for tables both are the row's line.
    """

    entry: Entry
    path: Path
    line: int
    answer_line: int
    raw: str
    explicit_id: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedFaq:
    """All entries of one or several sources, in reading order."""

    meta: FaqMeta
    entries: tuple[ParsedEntry, ...]
    sources: tuple[SourceFile, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def faq_entries(self) -> tuple[Entry, ...]:
        """The entries alone, as the index is built from them."""
        return tuple(parsed.entry for parsed in self.entries)

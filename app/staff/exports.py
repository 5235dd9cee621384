"""Questions as CSV and JSON lines, read and sent piece by piece."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import orjson

from app.store.inbox import Asked

COLUMNS = (
    "id",
    "at",
    "conversation_id",
    "answer_id",
    "message",
    "outcome",
    "entry_id",
    "near_id",
    "confidence",
    "vote",
    "reason",
    "comment",
    "handled",
    "generator",
    "failure",
    "index_version",
    "total_ms",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json_lines(rows: Iterable[Asked]) -> Iterator[bytes]:
    """One JSON object a line."""
    for row in rows:
        yield orjson.dumps(asdict(row), option=orjson.OPT_APPEND_NEWLINE)


def as_csv(rows: Iterable[Asked]) -> Iterator[bytes]:
    """Semicolons and a byte order mark, as French spreadsheets open them. No cell is taken for a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    yield "\ufeff".encode() + buffer.getvalue().encode()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([_cell(getattr(row, name)) for name in COLUMNS])
        yield buffer.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value

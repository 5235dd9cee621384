"""The rows of a table file: CSV (as Excel writes it too), XLSX, JSON; cells as text."""

from __future__ import annotations

import csv
import io
import json
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from app.core.errors import BadSource
from ingest import messages
from ingest.source import bad, decode

MAX_ROWS = 50_000
MAX_UNPACKED = 200_000_000

Cells = tuple[int, Sequence[str]]
"""A row's line, from 1, and its cells."""


def read_csv(path: Path, data: bytes) -> list[Cells]:
    """The rows that hold anything. Raises BadSource."""
    text = _csv_text(path, data)
    first = text.split("\n", 1)[0]
    # Excel may name the separator itself on a first line "sep=;".
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        separator, text = first.strip()[4], "\n" + text.split("\n", 1)[1] if "\n" in text else ""
    else:
        separator = max(";\t,", key=first.count) if path.suffix.lower() != ".tsv" else "\t"
    csv.field_size_limit(20_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=False)
    rows: list[Cells] = []
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((before + 1, cells))
            before = reader.line_num
    except csv.Error as error:
        raise bad(path, before + 1, messages.BAD_CSV, reason=error) from None
    return rows


def _csv_text(path: Path, data: bytes) -> str:
    """UTF-8 or UTF-16 where it is that, else Windows' Western European code page."""
    try:
        return decode(path, data)
    except BadSource:
        if b"\x00" in data[:4096]:
            raise
        return data.decode("cp1252", "replace")


# --- XLSX ------------------------------------------------------------------------------------


def read_xlsx(path: Path, data: bytes) -> list[Cells]:
    """The rows of the first sheet that hold anything; formulas as their last value. Raises BadSource."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
                raise bad(path, None, messages.TOO_LARGE, size="> 200", limit=MAX_UNPACKED // 1_000_000)
        with warnings.catch_warnings():
            # openpyxl warns of drawings and validations that it leaves out: none of our business.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            try:
                return [row for sheet in book.worksheets[:1] for row in _sheet(sheet.iter_rows(values_only=True))]
            finally:
                book.close()
    except BadSource:
        raise
    except Exception as error:
        # A broken workbook makes openpyxl fail in any way.
        raise bad(path, None, messages.BAD_XLSX) from error


def _sheet(rows: Iterable[Sequence[object]]) -> Iterator[Cells]:
    for number, row in enumerate(rows, 1):
        if number > MAX_ROWS + 1:
            return
        cells = [_cell(value) for value in row]
        if any(cell.strip() for cell in cells):
            yield number, cells


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# --- JSON ------------------------------------------------------------------------------------


def read_json(path: Path, data: bytes) -> tuple[dict[str, str], list[tuple[int, Mapping[str, str]]]]:
    """Settings beside the list, and each object's line and fields as text. Raises BadSource."""
    text = decode(path, data)
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"ligne {error.lineno}, colonne {error.colno}"
        raise bad(path, error.lineno, messages.BAD_JSON, reason=reason) from None
    except (RecursionError, ValueError):
        raise bad(path, 1, messages.BAD_JSON, reason=messages.TOO_DEEP) from None
    settings: dict[str, str] = {}
    if isinstance(content, dict):
        settings = {str(k): v for k, v in content.items() if isinstance(v, str) and v.strip()}
        content = next((content[k] for k in ("entries", "questions", "faq", "data") if k in content), None)
    if not isinstance(content, list):
        raise bad(path, 1, messages.JSON_SHAPE)
    if len(content) > MAX_ROWS:
        raise bad(path, 1, messages.TABLE_TOO_LONG, limit=MAX_ROWS)
    rows: list[tuple[int, Mapping[str, str]]] = []
    for number, (item, line) in enumerate(zip(content, _object_lines(text, len(content)), strict=True), 1):
        if not isinstance(item, dict):
            raise bad(path, line, messages.JSON_ITEM, number=number)
        rows.append((line, dict(_json_cells(item))))
    return settings, rows


def _json_cells(item: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in item.items():
        if isinstance(value, list):
            yield key, "\n".join(" ".join(str(part).split()) for part in value)
        elif value is not None and not isinstance(value, (dict, bool)):
            yield key, str(value)


def _object_lines(text: str, count: int) -> list[int]:
    """The lines on which the entries' list items begin: the items of the list that has `count`
    of them, outermost first. Line 1 where that can't be told.
    """
    lists: list[list[int]] = []
    stack: list[tuple[str, list[int]]] = []
    line, at, fresh = 1, 0, False
    while at < len(text):
        char = text[at]
        if char == "\n":
            line += 1
        elif char == '"':
            fresh = _begin(stack, line, fresh)
            at = _string_end(text, at)
        elif char in "[{":
            fresh = _begin(stack, line, fresh)
            items: list[int] = []
            if char == "[":
                lists.append(items)
                fresh = True
            stack.append((char, items))
        elif char in "]}":
            stack.pop()
            fresh = False
        elif char == ",":
            fresh = bool(stack) and stack[-1][0] == "["
        elif not char.isspace():
            fresh = _begin(stack, line, fresh)
        at += 1
    return next((found for found in lists if len(found) == count), [1] * count)


def _begin(stack: list[tuple[str, list[int]]], line: int, fresh: bool) -> bool:
    if fresh and stack:
        stack[-1][1].append(line)
    return False


def _string_end(text: str, at: int) -> int:
    """The position of the quote that closes the string opened at `at`."""
    end = at + 1
    while text[end] != '"':
        end += 2 if text[end] == "\\" else 1
    return end

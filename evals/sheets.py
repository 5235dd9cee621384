"""Cases as a sheet that staff edit: CSV as Excel opens it, or XLSX with its choices and instructions.

A cell with several entries, facts or earlier messages has one a line. Columns are found by their names, in any order;
a row without identifier is a new case.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import BadSource
from app.core.french import fold
from app.core.types import Entry
from evals import quality_messages as messages
from evals import sheet_messages as said
from evals.cases import KINDS, SPLITS, Case, is_text
from ingest.table_files import read_csv, read_xlsx

LISTS = ("entries", "facts", "history")
_NUMBERS = re.compile(r"^c([0-9]{1,8})$")
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")
_KIND_OF = {fold(label): kind for kind, label in messages.KINDS.items()} | {kind: kind for kind in KINDS}
SUFFIXES = (".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its line, and the case that it holds."""

    line: int
    case: Case
    decision: str = ""
    """What staff wrote in the column of a review file, folded; "" in a plain sheet."""


def write_sheet(
    path: Path, cases: Sequence[Case], entries: Sequence[Entry], more: Sequence[Mapping[str, str]] = ()
) -> None:
    """Write the cases; `more` holds further columns a row, as a review file has them. Raises BadSource."""
    extra = list(more[0]) if more else []
    header = [*extra, *said.COLUMNS.values()]
    rows = [
        [*(str((more[at] if more else {})[name]) for name in extra), *_cells(case)] for at, case in enumerate(cases)
    ]
    if path.suffix.lower() == ".csv":
        path.write_bytes(_csv([header, *rows]))
    elif path.suffix.lower() == ".xlsx":
        _write_xlsx(path, header, rows, entries)
    else:
        raise BadSource(path, None, said.BAD_SUFFIX, mend=said.BAD_SUFFIX_MEND)


def _cells(case: Case) -> list[str]:
    found = []
    for name in said.COLUMNS:
        value = getattr(case, name)
        found.append("\n".join(value) if name in LISTS else messages.KINDS[value] if name == "kind" else value)
    return [_ILLEGAL.sub("", cell) for cell in found]


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Semicolons and a byte-order mark, as French spreadsheets read it; no cell can be run as a formula."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([_disarmed(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _disarmed(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) or cell.startswith("'") else cell


def _write_xlsx(path: Path, header: list[str], rows: Sequence[Sequence[str]], entries: Sequence[Entry]) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    _write_cases(book.active, header, rows)
    for title, lines in (
        (said.KINDS_SHEET, [[label] for label in messages.KINDS.values()]),
        (said.ENTRIES_SHEET, [list(said.ENTRY_COLUMNS), *([e.id, e.question, e.section] for e in entries)]),
        (said.HELP_SHEET, [[line] for line in said.HELP]),
    ):
        sheet: Any = book.create_sheet(title)
        for line in lines:
            sheet.append([_ILLEGAL.sub("", cell) for cell in line])
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 70, 90
    book.save(path)


def _write_cases(sheet: Any, header: list[str], rows: Sequence[Sequence[str]]) -> None:
    """The sheet that staff edit: wrapped cells, a header that stays, lists to choose from."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet.title = said.SHEET
    sheet.append(header)
    for line, row in enumerate(rows, start=2):
        for at, value in enumerate(row, start=1):
            cell = sheet.cell(line, at)
            cell.value, cell.data_type = value, "s"  # never a formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    kinds = f"'{said.KINDS_SHEET}'!$A$1:$A${len(messages.KINDS)}"
    lists = {said.COLUMNS["kind"]: kinds} | {name: f'"{",".join(each)}"' for name, each in said.CHOICES.items()}
    for at, name in enumerate(header, start=1):
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = said.WIDTHS.get(name, 18)
        if name in lists:
            _offer(sheet, f"{letter}2:{letter}{len(rows) + 500}", lists[name])


def _offer(sheet: Any, cells: str, choices: str) -> None:
    """A list to choose from in these cells."""
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation("list", formula1=choices, allow_blank=True)
    sheet.add_data_validation(rule)
    rule.add(cells)


def read_sheet(path: Path, known: Sequence[Case]) -> list[Row]:
    """The cases of a sheet; new ones get the next free identifier and, where it is left out, the split of their entry
    or topic. Raises BadSource with the line of the first row that holds no case.
    """
    cells = _rows(path)
    if not cells:
        raise BadSource(path, 1, said.EMPTY, mend=said.EMPTY_MEND)
    (top, header), *rest = cells
    fields = _fields(path, top, header)
    splits = {entry: case.split for case in known for entry in case.entries}
    splits |= {f"topic/{case.topic}": case.split for case in known if case.topic and not case.entries}
    numbers = _new_ids(known)
    return [_row(path, line, _by_field(fields, row), splits, numbers) for line, row in rest]


def _rows(path: Path) -> list[tuple[int, Sequence[str]]]:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadSource(path, None, said.BAD_SUFFIX, mend=said.BAD_SUFFIX_MEND)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadSource(path, None, said.UNREADABLE, mend=said.UNREADABLE_MEND) from error
    return read_csv(path, data) if suffix == ".csv" else read_xlsx(path, data)


def _fields(path: Path, line: int, header: Sequence[str]) -> dict[int, str]:
    names = {fold(label): name for name, label in said.COLUMNS.items()} | {name: name for name in said.COLUMNS}
    names[fold(said.DECISION)] = "decision"
    found = {at: names[fold(cell.strip())] for at, cell in enumerate(header) if fold(cell.strip()) in names}
    if missing := [said.COLUMNS[name] for name in ("question", "kind") if name not in found.values()]:
        raise BadSource(
            path, line, said.NO_COLUMN.format(names=", ".join(missing)),
            mend=said.COLUMNS_MEND.format(names=", ".join(said.COLUMNS.values())),
        )  # fmt: skip
    return found


def _by_field(fields: Mapping[int, str], row: Sequence[str]) -> dict[str, str]:
    return {name: _armed(row[at].strip()) if at < len(row) else "" for at, name in fields.items()}


def _armed(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and (_FORMULA.match(cell[1:]) or cell[1:].startswith("'")) else cell


def _new_ids(known: Sequence[Case]) -> Iterator[str]:
    """Identifiers after the highest number there is."""
    last = max((int(match[1]) for case in known if (match := _NUMBERS.match(case.id))), default=0)
    return (f"c{number}" for number in range(last + 1, 10**9))


def _row(path: Path, line: int, given: Mapping[str, str], splits: Mapping[str, str], numbers: Iterator[str]) -> Row:
    lists = {name: tuple(part.strip() for part in given.get(name, "").splitlines() if part.strip()) for name in LISTS}
    kind = _KIND_OF.get(fold(given["kind"]))
    if kind is None:
        choices = ", ".join(messages.KINDS.values())
        raise BadSource(
            path, line, said.BAD_KIND.format(value=given["kind"][:80]), mend=said.ONE_OF.format(choices=choices)
        )
    if not given["question"]:
        raise BadSource(path, line, said.NO_QUESTION, mend=said.NO_QUESTION_MEND)
    if wrong := [said.COLUMNS.get(name, name) for name, cell in given.items() if not is_text(cell)]:
        raise BadSource(path, line, said.BAD_TEXT.format(names=", ".join(wrong)), mend=said.BAD_TEXT_MEND)
    topic = given.get("topic", "")
    keys = (*lists["entries"], f"topic/{topic}")
    split = given.get("split") or next((splits[key] for key in keys if key in splits), "test")
    if split not in SPLITS:
        raise BadSource(
            path, line, said.BAD_SPLIT.format(value=split[:80]), mend=said.ONE_OF.format(choices=", ".join(SPLITS))
        )
    case = Case(
        id=given.get("id") or next(numbers),
        question=given["question"],
        kind=kind,  # type: ignore[arg-type]  # looked up just above
        entries=lists["entries"],
        facts=lists["facts"],
        topic=topic,
        split=split,  # type: ignore[arg-type]  # checked just above
        history=lists["history"],
    )
    return Row(line, case, fold(given.get("decision", "")))

"""Questions and answers kept in tables: JSON, CSV (as Excel writes it too) and XLSX.

Columns are found by their names, French or English. An answer may hold Markdown;
a line break in a cell is one for the reader. Rows without question are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.french import fold
from app.core.types import Entry, FaqMeta
from ingest import messages
from ingest.blocks import shown_line
from ingest.canonical import canonical_text
from ingest.comment import parse_comment, parse_date
from ingest.drafts import clean_question, clean_section
from ingest.inline import Resolve
from ingest.model import ParsedEntry, Problem, Severity
from ingest.source import bad, tidy, to_meta
from ingest.table_files import MAX_ROWS, read_csv, read_json, read_xlsx

HEADERS = {
    "question": ("question", "questions", "demande", "intitule", "q"),
    "answer": ("reponse", "reponses", "answer", "answers", "reponse_officielle", "texte", "a", "r"),
    "section": ("section", "rubrique", "theme", "categorie", "category", "chapitre", "topic"),
    "variants": ("variantes", "variante", "variants", "autres_formulations", "reformulations", "synonymes"),
    "url": ("url", "lien", "link", "adresse", "page"),
    "audience": ("public", "audience", "publics", "profil"),
    "valid_until": (
        "valide_jusqu_au", "valable_jusqu_au", "valid_until", "validite", "jusqu_au", "expire_le",
        "date_de_fin", "fin_de_validite",
    ),
    "id": ("id", "identifiant", "cle", "key"),
}  # fmt: skip
_FIELD_OF = {name: field for field, names in HEADERS.items() for name in names}
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,9}[.)])\s")
_BULLET = re.compile(r"^(\s*)•\s*")
_VARIANT_BREAK = re.compile(r"\s*[|\n]\s*|\s*;\s+")


@dataclass(frozen=True, slots=True)
class Row:
    """A row's known cells by field, and its line (JSON: where the object begins)."""

    line: int
    cells: Mapping[str, str]


def read_table(path: Path, data: bytes) -> tuple[FaqMeta, list[Row]]:
    """The rows that hold a question, and what a JSON file says of the FAQ as a whole.

    Raises BadSource when the table can't be read or has no question and answer.
    """
    extension = path.suffix.lower()
    if extension == ".json":
        settings, objects = read_json(path, data)
        rows = [_row(line, ((_field(key), cell) for key, cell in cells.items())) for line, cells in objects]
        for number, row in enumerate(rows, 1):
            if "question" not in row.cells:
                raise bad(path, row.line, messages.JSON_ITEM, number=number)
        return to_meta(settings), rows
    sheet = read_xlsx(path, data) if extension == ".xlsx" else read_csv(path, data)
    return FaqMeta(), _with_header(path, sheet)


def to_entry(path: Path, row: Row, resolve: Resolve, problems: list[Problem]) -> ParsedEntry:
    """A row as an entry without id; what is wrong in its cells goes to `problems`."""
    cells = row.cells
    extras = parse_comment("guichet: " + "\n".join(_keys(cells)))
    valid_until = parse_date(cells["valid_until"]) if cells.get("valid_until") else None
    if cells.get("valid_until") and valid_until is None:
        problems.append(_problem(path, row, "bad-date", "error", cells["valid_until"]))
    problems.extend(_problem(path, row, t.code, "error", t.value) for t in extras.troubles)
    variants = [_one_line(v) for v in _VARIANT_BREAK.split(cells.get("variants", ""))]
    entry = Entry(
        id="",
        question=clean_question(shown_line(_one_line(cells["question"]))) or _one_line(cells["question"]),
        answer_md=canonical_text(_with_breaks(cells.get("answer", "")), resolve),
        section=clean_section(_one_line(cells.get("section", ""))),
        variants=tuple(dict.fromkeys(v for v in variants if v)),
        url=extras.url,
        audience=_one_line(cells.get("audience", "")) or None,
        valid_until=valid_until,
    )
    return ParsedEntry(entry, path, row.line, row.line, cells.get("answer", ""), extras.id)


def _keys(cells: Mapping[str, str]) -> Iterator[str]:
    for key in ("id", "url"):
        if cells.get(key):
            yield f"{key}={_one_line(cells[key])}"


def _problem(path: Path, row: Row, code: str, severity: Severity, value: str) -> Problem:
    return Problem(path, row.line, code, severity, (("value", value),), row.line)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _with_breaks(cell: str) -> str:
    """A cell as Markdown: single line breaks kept, "•" read as a list's mark."""
    lines = [_BULLET.sub(r"\1- ", line.rstrip()) for line in tidy(cell).split("\n")]
    out: list[str] = []
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else ""
        starts_list = bool(_ITEM.match(following)) and not _ITEM.match(line)
        if line and following and starts_list:
            out += [line, ""]
        elif line and following and not _ITEM.match(following) and not line.endswith("\\"):
            out.append(line + "\\")
        else:
            out.append(line)
    return "\n".join(out)


# --- columns ---------------------------------------------------------------------------------


def _field(header: str) -> str | None:
    name = re.sub(r"[^a-z0-9]+", "_", fold(header)).strip("_")
    return _FIELD_OF.get(name)


def _with_header(path: Path, rows: Iterable[tuple[int, Sequence[str]]]) -> list[Row]:
    """Rows below the first one that names a question and an answer column."""
    fields: list[str | None] | None = None
    found: list[Row] = []
    for count, (line, cells) in enumerate(rows):
        if count > MAX_ROWS:
            raise bad(path, line, messages.TABLE_TOO_LONG, limit=MAX_ROWS)
        if fields is None:
            named = [_field(cell) for cell in cells]
            if "question" in named and "answer" in named:
                fields = named
            elif count >= 10:
                break
            continue
        row = _row(line, zip(fields, cells, strict=False))
        if row.cells.get("question"):
            found.append(row)
    if fields is None:
        raise bad(path, 1, messages.NO_HEADER)
    return found


def _row(line: int, cells: Iterable[tuple[str | None, str]]) -> Row:
    known: dict[str, str] = {}
    for field, cell in cells:
        if field and cell.strip():
            known.setdefault(field, tidy(cell).strip())
    return Row(line, known)

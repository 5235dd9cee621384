"""Finding questions by their words: FTS5 in SQLite, a GIN index in PostgreSQL. Both read the folded text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.core.french import fold
from app.store.tables import answers

_TABLE = (
    "CREATE VIRTUAL TABLE answers_words USING fts5(folded, content='answers', content_rowid='id', "
    "tokenize='unicode61', prefix='2 3')"
)
_INSERTED = (
    "CREATE TRIGGER answers_words_in AFTER INSERT ON answers BEGIN "
    "INSERT INTO answers_words(rowid, folded) VALUES (new.id, new.folded); END"
)
_DELETED = (
    "CREATE TRIGGER answers_words_out AFTER DELETE ON answers BEGIN "
    "INSERT INTO answers_words(answers_words, rowid, folded) VALUES ('delete', old.id, old.folded); END"
)
_SQLITE = (_TABLE, _INSERTED, _DELETED, "INSERT INTO answers_words(answers_words) VALUES ('rebuild')")
_POSTGRESQL = ("CREATE INDEX ix_answers_words ON answers USING gin (to_tsvector('simple', folded))",)
CREATE: Mapping[str, tuple[str, ...]] = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
DROP: Mapping[str, tuple[str, ...]] = {
    "sqlite": (
        "DROP TRIGGER answers_words_in",
        "DROP TRIGGER answers_words_out",
        "DROP TABLE answers_words",
    ),
    "postgresql": ("DROP INDEX ix_answers_words",),
}
OWN_NAMES = ("answers_words", "ix_answers_words")
"""What these statements make starts with one of these: no table of the metadata."""

MAX_WORDS = 8
"""Words of a search that count."""

_WORD = re.compile(r"[^\W_]+")


_words = sa.table("answers_words", sa.column("rowid"))
"""FTS5's table: it yields its rows by number, newest first, without sorting."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Where rows come from: a table or join, its row number, and the condition on the words, if any."""

    source: sa.FromClause
    number: sa.ColumnElement[int]
    condition: sa.ColumnElement[bool] | None


def scan(typed: str, dialect: str) -> Scan:
    """Questions that hold words beginning like each one typed; all when none was."""
    wanted = _WORD.findall(fold(typed))[:MAX_WORDS]
    if not wanted:
        return Scan(answers, answers.c.id, None)
    if dialect == "postgresql":
        query = " & ".join(f"{word}:*" for word in wanted)
        vector = sa.func.to_tsvector(sa.literal_column("'simple'"), answers.c.folded)
        condition = vector.op("@@")(sa.func.to_tsquery(sa.literal_column("'simple'"), query))
        return Scan(answers, answers.c.id, condition)
    query = " ".join(f'"{word}"*' for word in wanted)
    match = sa.text("answers_words MATCH :words").bindparams(words=query)
    joined = _words.join(answers, answers.c.id == _words.c.rowid)
    return Scan(joined, _words.c.rowid, match)  # type: ignore[arg-type]

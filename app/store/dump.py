"""The whole database as JSON lines, a file a table, the same for SQLite and PostgreSQL."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import GuichetError, StoreUnavailable
from app.store.database import make_engine, migrate, migration_state

VERSIONS = "alembic_version"
DERIVED = "answers_words"
"""SQLite's full-text index and its shadow tables: triggers fill it as rows are inserted."""
FILLED = "La base contient déjà des données ({tables})."
FILLED_MEND = "Donnez une base vide par GUICHET_DATABASE_URL, ou mettez l’ancienne de côté."
ROWS = 1000
"""Rows read and written at once."""


class DumpRefused(GuichetError):
    """The database can't be dumped or filled: `mend` says why."""


class EmptyStore(StoreUnavailable):
    """There is no database yet, or nothing in it."""


def dump(url: str, folder: Path) -> tuple[str, dict[str, int]]:
    """Write every table to `folder`, as of one moment; the schema's revision and the rows of each table.

    The service may go on meanwhile. Raises EmptyStore, StoreUnavailable.
    """
    if not _exists(url):
        raise EmptyStore("La base est vide.", mend="Rien n’est à sauvegarder.")
    engine = make_engine(url)
    try:
        revision, _, _ = migration_state(engine)
        if revision is None:
            raise EmptyStore("La base est vide.", mend="Rien n’est à sauvegarder.")
        counts: dict[str, int] = {}
        level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with engine.connect().execution_options(**level) as connection, connection.begin():
            for table in _tables(connection):
                counts[str(table.name)] = _write(connection, table, folder / f"{table.name}.jsonl")
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"La base ne répond pas ({type(error).__name__}).") from error
    finally:
        engine.dispose()
    return revision, counts


def load(url: str, folder: Path, revision: str) -> dict[str, int]:
    """Fill an empty database from `folder`, then bring it to the newest schema; the rows of each table.

    All or nothing. Raises DumpRefused for a database that holds something, StoreUnavailable for one that is away.
    """
    engine = make_engine(url)
    try:
        migrate(engine, to=revision)
        counts: dict[str, int] = {}
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            tables = _tables(connection)
            _refuse(connection, tables)
            for table in tables:
                counts[str(table.name)] = _fill(connection, table, folder / f"{table.name}.jsonl")
        migrate(engine)
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"La base n’a pas pu être remplie ({type(error).__name__}).") from error
    finally:
        engine.dispose()
    return counts


def refuse_filled(url: str) -> None:
    """Raise DumpRefused for a database that holds something, StoreUnavailable for one that is away; changes nothing."""
    if not _exists(url):
        return
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            _refuse(connection, _tables(connection))
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"La base ne répond pas ({type(error).__name__}).") from error
    finally:
        engine.dispose()


def _refuse(connection: sa.Connection, tables: list[sa.Table]) -> None:
    filled = [t.name for t in tables if connection.execute(sa.select(sa.literal(1)).select_from(t)).first()]
    if filled:
        raise DumpRefused(FILLED.format(tables=", ".join(filled)), mend=FILLED_MEND)


def _exists(url: str) -> bool:
    """Whether there is a database: SQLite would make the file."""
    parsed = sa.make_url(url)
    return parsed.get_backend_name() != "sqlite" or bool(parsed.database and Path(parsed.database).exists())


def _tables(connection: sa.Connection) -> list[sa.Table]:
    """The tables as they are, those that others refer to first."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    return [t for t in metadata.sorted_tables if t.name != VERSIONS and not t.name.startswith(DERIVED)]


def _write(connection: sa.Connection, table: sa.Table, path: Path) -> int:
    count = 0
    with path.open("wb") as file:
        for row in connection.execution_options(yield_per=ROWS).execute(sa.select(table)).mappings():
            file.write(orjson.dumps({str(name): _plain(value) for name, value in row.items()}) + b"\n")
            count += 1
    return count


def _fill(connection: sa.Connection, table: sa.Table, path: Path) -> int:
    if not path.exists():
        return 0
    count = 0
    for rows in _batches(table, path):
        connection.execute(sa.insert(table), rows)
        count += len(rows)
    keys = list(table.primary_key.columns)
    if connection.dialect.name == "postgresql" and len(keys) == 1 and isinstance(keys[0].type, sa.Integer):
        sequence = connection.execute(sa.func.pg_get_serial_sequence(table.name, keys[0].name).select()).scalar()
        if sequence and count:
            highest = sa.select(sa.func.max(keys[0])).scalar_subquery()
            connection.execute(sa.select(sa.func.setval(sequence, highest)))
    return count


def _batches(table: sa.Table, path: Path) -> Iterator[list[dict[str, Any]]]:
    columns = {column.name: column.type for column in table.columns}
    batch: list[dict[str, Any]] = []
    with path.open("rb") as file:
        for line in file:
            row = orjson.loads(line)
            batch.append({name: _typed(value, columns[name]) for name, value in row.items()})
            if len(batch) == ROWS:
                yield batch
                batch = []
    if batch:
        yield batch


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def _typed(value: Any, kind: Any) -> Any:
    """A value as the column's type wants it."""
    if value is None:
        return None
    if isinstance(kind, sa.DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, sa.Date):
        return date.fromisoformat(value)
    if isinstance(kind, sa.LargeBinary):
        return base64.b64decode(value)
    return bool(value) if isinstance(kind, sa.Boolean) else value

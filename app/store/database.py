"""The database behind the store and the console: any SQLAlchemy URL; SQLite by default, in WAL mode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import IngestBusy, StoreUnavailable

BUSY_S = 5
"""Time SQLite waits for another writer (s)."""

_MIGRATING = Lock()
"""Alembic's context is one a process: the databases of several sites are brought up to date one after another."""

AWAY = "La base de données n’est pas disponible."
BUSY = "Une autre machine publie en ce moment."
BUSY_MEND = "Attendez qu’elle ait terminé, puis recommencez."


class Database:
    """An engine that knows whether its schema is up to date. Safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self.ready = Event()
        self._opening = Lock()

    @property
    def dialect(self) -> str:
        """Sqlite or postgresql."""
        return self.engine.dialect.name

    def open(self) -> None:
        """Bring the schema up to date, once. Raises StoreUnavailable."""
        with self._opening:
            if not self.ready.is_set():
                migrate(self.engine)
                self.ready.set()

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction that writes. Raises StoreUnavailable, also for what fails within."""
        with self._checked(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that only reads. Raises StoreUnavailable."""
        with self._checked(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Do something that one machine does at a time. Raises IngestBusy when another one is at it.

        SQLite serves one machine, whose folder locks do the same.
        """
        if self.dialect != "postgresql":
            yield
            return
        key = {"key": f"guichet {what}"}
        with self._checked(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # A site's tables stand in a schema of its own: its publishing keeps nobody else's waiting.
            lock = "hashtextextended(:key || ' ' || coalesce(current_schema(), ''), 0)"
            if not connection.execute(sa.text(f"SELECT pg_try_advisory_lock({lock})"), key).scalar():
                raise IngestBusy(BUSY, mend=BUSY_MEND)
            try:
                yield
            finally:
                try:
                    connection.execute(sa.text(f"SELECT pg_advisory_unlock({lock})"), key)
                except SQLAlchemyError:
                    connection.invalidate()  # the lock goes with the session

    @contextmanager
    def _checked(self) -> Iterator[None]:
        if not self.ready.is_set():
            raise StoreUnavailable(AWAY)
        try:
            yield
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"{AWAY} ({type(error).__name__})") from error

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def migrate(engine: sa.Engine) -> None:
    """Bring the database to the newest schema. Raises StoreUnavailable when it can't be opened."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    try:
        if engine.url.get_backend_name() == "sqlite" and engine.url.database not in (None, "", ":memory:"):
            Path(str(engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            config.attributes["connection"] = connection
            if connection.dialect.name == "postgresql":
                # Replicas that start together: one migrates, the others find it done. Waited for before the lock of
                # this process, so that a site whose database is slow keeps no other's from opening.
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('guichet schema', 0))"))
            _make_schema(connection)
            with _MIGRATING:
                command.upgrade(config, "head")
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailable(
            f"La base {engine.url.render_as_string()} ne s’ouvre pas : {error}",
            mend="Vérifiez GUICHET_DATABASE_URL.",
        ) from error


def _make_schema(connection: sa.Connection) -> None:
    """Create the schema that the URL names, where it isn't there yet."""
    if connection.dialect.name == "postgresql" and connection.scalar(sa.text("SELECT current_schema()")) is None:
        name = str(connection.scalar(sa.text("SHOW search_path")))
        connection.execute(sa.schema.CreateSchema(name, if_not_exists=True))


def make_engine(url: str) -> sa.Engine:
    """An engine whose transactions on SQLite take the write lock at their beginning, or never.

    `?schema=` of a PostgreSQL URL names the schema that its tables are in, and nothing but them is seen.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql" and "+" not in parsed.drivername:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        given: dict[str, Any] = {"connect_timeout": BUSY_S}
        if schema := parsed.query.get("schema"):
            parsed = parsed.difference_update_query(["schema"])
            given["options"] = f"-csearch_path={schema}"
        return sa.create_engine(parsed, pool_pre_ping=True, connect_args=given)
    engine = sa.create_engine(parsed, connect_args={"timeout": BUSY_S})

    @sa.event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def aware(value: datetime) -> datetime:
    """A time as the database gives it, with its zone: SQLite keeps none, and all are in UTC."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def maybe_aware(value: datetime | None) -> datetime | None:
    """The same, or None."""
    return aware(value) if value else None


def upsert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]], added: tuple[str, ...]) -> None:
    """Insert rows, or add the numbers in the columns `added` to the rows that have the same key."""
    if not rows:
        return
    from sqlalchemy.dialects import postgresql, sqlite

    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    keys = [column.name for column in table.primary_key]
    sums = {name: table.c[name] + insert.excluded[name] for name in added}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=sums), rows)


def inserted_id(result: sa.CursorResult[Any]) -> int:
    """The number of the row just inserted."""
    return cast(int, (result.inserted_primary_key or (0,))[0])

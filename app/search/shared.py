"""Index versions in PostgreSQL: one database instead of one folder a machine, so that replicas see a publish at once.

A version's vectors stand in a table of their own under a pgvector HNSW index, its other files beside them
as they are, and one row names the live version. Publishing is one transaction, so a replica sees all of a version
or nothing of it. Each replica keeps a copy on its own disk (app/search/follower.py) and answers from that: a
question never waits for the database.

One publisher at a time holds a session's advisory lock, and publishes over that very session: whoever has lost
the lock has lost the way to publish too. Reasons and alternatives: docs/adr/0015.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import orjson
import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import IndexCorrupt, IngestBusy, StoreUnavailable
from app.core.ports import Vectors
from app.search import messages, publishing, versions
from app.search.dense import EXACT, DenseIndex

CHANNEL = "guichet_index"
"""Notified with the index's name whenever another version goes live."""
CONNECT_S = 5
"""Time a connection may take (s)."""
PART = 8 * 1024 * 1024
"""Bytes of a file in one row."""
LARGEST_HNSW = 2000
"""Dimensions above which pgvector indexes no plain vector; such an index is searched in the replicas alone."""
GRAPH = "m = 32, ef_construction = 200"
"""How closely the graph is linked, and how carefully: with pgvector's own 16 and 64 one question of a hundred found its
ten entries in another order among 6,200 passages."""

_VECTOR_FILES = {versions.VECTORS: "passage", versions.GAP_VECTORS: "gap"}
_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS guichet_index;
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE IF NOT EXISTS guichet_index.versions (
    name text NOT NULL, version text NOT NULL, manifest bytea NOT NULL, vectors jsonb NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (name, version));
CREATE TABLE IF NOT EXISTS guichet_index.files (
    name text NOT NULL, version text NOT NULL, path text NOT NULL, part integer NOT NULL, content bytea NOT NULL,
    PRIMARY KEY (name, version, path, part),
    FOREIGN KEY (name, version) REFERENCES guichet_index.versions ON DELETE CASCADE);
CREATE TABLE IF NOT EXISTS guichet_index.vectors (
    name text NOT NULL, version text NOT NULL, kind text NOT NULL, id integer NOT NULL, embedding vector NOT NULL,
    PRIMARY KEY (name, version, kind, id),
    FOREIGN KEY (name, version) REFERENCES guichet_index.versions ON DELETE CASCADE);
CREATE TABLE IF NOT EXISTS guichet_index.live (
    name text PRIMARY KEY, version text NOT NULL, pinned boolean NOT NULL,
    FOREIGN KEY (name, version) REFERENCES guichet_index.versions);
"""


@dataclass(frozen=True, slots=True)
class Live:
    """Which version is live, and whether staff hold it on purpose after a rollback."""

    version: str
    pinned: bool


class SharedIndex:
    """The index called `name` in a database. Safe to share between threads; every method raises StoreUnavailable."""

    def __init__(self, url: str, name: str = "principal") -> None:
        parsed = sa.make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.name = name
        self.engine = sa.create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_S})
        self._known = False

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def live(self) -> Live | None:
        """The live version; None when nothing has been published yet."""
        with self._checked(), self.engine.connect() as connection:
            self._prepare(connection)
            return self._live(connection)

    def versions(self) -> list[str]:
        """Names of the published versions, oldest first."""
        with self._checked(), self.engine.connect() as connection:
            self._prepare(connection)
            return _versions(connection, self.name)

    @contextmanager
    def publisher(self) -> Iterator[Publisher]:
        """Be the one who publishes. Raises IngestBusy when another session is."""
        with self._checked(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            self._prepare(connection)
            key = {"key": f"guichet publisher {self.name}"}
            held = connection.execute(sa.text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))"), key)
            if not held.scalar():
                raise IngestBusy(messages.BUSY_ELSEWHERE, mend=messages.BUSY_MEND)
            try:
                yield Publisher(connection, self.name)
            finally:
                try:
                    connection.execute(sa.text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))"), key)
                except (SQLAlchemyError, psycopg.Error):
                    connection.invalidate()  # the lock goes with the session

    def pull(self, index_dir: Path) -> bool:
        """Bring the live version into a replica's own folder and make it live there; True when it was another one.

        Raises IngestBusy while this machine itself is publishing, IndexCorrupt when what came is not what was sent.
        """
        live = self.live()
        if live is None:
            return False
        if _is_here(index_dir, live):
            return False
        with publishing.locked(index_dir):
            if not (index_dir / live.version).is_dir():
                self._fetch(index_dir, live.version)
            publishing.switch(index_dir, live.version, pinned=live.pinned)
            publishing.keep_only(index_dir, [*self.versions(), live.version])
        return True

    def fetch_all(self, index_dir: Path) -> None:
        """Bring every version into the folder, so that one can go back to any."""
        with publishing.locked(index_dir):
            for version in self.versions():
                if not (index_dir / version).is_dir():
                    self._fetch(index_dir, version)

    def _fetch(self, index_dir: Path, version: str) -> None:
        folder = publishing.staging_named(index_dir, version)
        with self._checked(), self.engine.connect() as connection:
            mine = {"name": self.name, "version": version}
            query = sa.text(
                "SELECT manifest, vectors FROM guichet_index.versions WHERE name=:name AND version=:version"
            )
            row = connection.execute(query, mine).one()
            (folder / versions.MANIFEST).write_bytes(row.manifest)
            manifest = versions.read_manifest(folder)
            _read_files(connection, mine, folder)
            for path, digest in row.vectors.items():
                vectors = read_vectors(connection, self.name, version, _VECTOR_FILES[path], manifest.dimension)
                if _digest(vectors) != digest:
                    raise IndexCorrupt(messages.WRONG_VECTORS.format(version=version), mend=messages.REBUILD)
                if (folder / path).exists():  # an approximate index came along: it takes long to build
                    np.save((folder / path).with_suffix(EXACT), vectors, allow_pickle=False)
                else:
                    DenseIndex.build(vectors).write(folder / path)
        # An exact index is made here: the manifest says what its file is on this machine.
        made = {path: versions.sha256_file(folder / path) for path in row.vectors}
        manifest = replace(manifest, files={**manifest.files, **made})
        versions.verify_files(folder, manifest)
        publishing.place(index_dir, folder, manifest)

    def _live(self, connection: sa.Connection) -> Live | None:
        query = sa.text("SELECT version, pinned FROM guichet_index.live WHERE name=:name")
        row = connection.execute(query, {"name": self.name}).first()
        return Live(row.version, row.pinned) if row else None

    def _prepare(self, connection: sa.Connection) -> None:
        """Make the tables, once: replicas that start together wait for each other."""
        if self._known:
            return
        there = connection.execute(sa.text("SELECT to_regclass('guichet_index.live')")).scalar()
        if there is None:
            with self.engine.begin() as making:
                making.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('guichet index schema', 0))"))
                making.exec_driver_sql(_SCHEMA)
        self._known = True

    @contextmanager
    def _checked(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, psycopg.Error) as error:
            where = self.engine.url.render_as_string(hide_password=True)
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0][:200]
            raise StoreUnavailable(
                messages.SHARED_AWAY.format(url=where, reason=reason), mend=messages.SHARED_AWAY_MEND
            ) from error


class Named(Protocol):
    """What of the settings says where the shared index is."""

    @property
    def index_url(self) -> str | None:
        """The database; None when there is no shared index."""

    @property
    def index_name(self) -> str:
        """What the index is called there."""


def open_shared(settings: Named) -> SharedIndex | None:
    """The shared index of the settings; None when they name none. Nothing is connected yet."""
    return SharedIndex(settings.index_url, settings.index_name) if settings.index_url else None


class Publisher:
    """The session that holds the publisher's lock."""

    def __init__(self, connection: sa.Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    def push(self, folder: Path, manifest: versions.Manifest, keep: int) -> None:
        """Publish a filled folder in one transaction, and drop the oldest versions beyond `keep`."""
        mine = {"name": self._name, "version": manifest.version}
        indexes = {path: DenseIndex.read(folder / path) for path in _VECTOR_FILES if path in manifest.files}
        dense = {path: index.vectors() for path, index in indexes.items()}
        sums = {path: _digest(vectors) for path, vectors in dense.items()}
        # What is made anew from the rows: the exact index, or the vectors beside an approximate one.
        made_there = {
            Path(path).with_suffix(EXACT).as_posix() if index.approximate else path for path, index in indexes.items()
        }
        with self._transaction():
            self._run(
                "INSERT INTO guichet_index.versions (name, version, manifest, vectors)"
                " VALUES (:name, :version, :manifest, CAST(:vectors AS jsonb))",
                **mine,
                manifest=manifest.to_json(),
                vectors=orjson.dumps(sums).decode(),
            )
            for path in manifest.files:
                if path not in made_there:
                    self._send_file(mine, folder, path)
            for path, vectors in dense.items():
                self._send_vectors(manifest, _VECTOR_FILES[path], vectors)
            self._make_live(manifest.version, pinned=False)
            for old in _versions(self._connection, self._name)[:-keep]:
                self._drop(old)

    def switch(self, version: str, *, pinned: bool) -> None:
        """Make a version live that is there already."""
        with self._transaction():
            self._make_live(version, pinned=pinned)

    def _make_live(self, version: str, *, pinned: bool) -> None:
        self._run(
            "INSERT INTO guichet_index.live (name, version, pinned) VALUES (:name, :version, :pinned)"
            " ON CONFLICT (name) DO UPDATE SET version = excluded.version, pinned = excluded.pinned",
            name=self._name,
            version=version,
            pinned=pinned,
        )
        self._run("SELECT pg_notify(:channel, :name)", channel=CHANNEL, name=self._name)

    def _send_file(self, mine: dict[str, str], folder: Path, path: str) -> None:
        with (folder / path).open("rb") as file:
            part = 0
            while (content := file.read(PART)) or part == 0:
                self._run(
                    "INSERT INTO guichet_index.files (name, version, path, part, content)"
                    " VALUES (:name, :version, :path, :part, :content)",
                    **mine,
                    path=path,
                    part=part,
                    content=content,
                )
                part += 1

    def _send_vectors(self, manifest: versions.Manifest, kind: str, vectors: Vectors) -> None:
        driver: Any = self._connection.connection.driver_connection
        copy = "COPY guichet_index.vectors (name, version, kind, id, embedding) FROM STDIN (FORMAT BINARY)"
        # What pgvector reads: the dimension and an unused number, two bytes each, then big-endian floats.
        head = len(vectors[0]).to_bytes(2, "big") + b"\0\0"
        with driver.cursor() as cursor, cursor.copy(copy) as sending:
            sending.set_types(["text", "text", "text", "int4", "bytea"])
            for at, row in enumerate(vectors.astype(">f4")):
                sending.write_row((self._name, manifest.version, kind, at, head + row.tobytes()))
        if kind == "passage" and manifest.dimension <= LARGEST_HNSW:
            where = f"name = {quoted(self._name)} AND version = {quoted(manifest.version)} AND kind = 'passage'"
            self._connection.exec_driver_sql(
                f"CREATE INDEX {hnsw_name(self._name, manifest.version)} ON guichet_index.vectors"
                f" USING hnsw ((embedding::vector({manifest.dimension:d})) vector_ip_ops) WITH ({GRAPH}) WHERE {where}"
            )

    def _drop(self, version: str) -> None:
        self._connection.exec_driver_sql(f"DROP INDEX IF EXISTS guichet_index.{hnsw_name(self._name, version)}")
        query = "DELETE FROM guichet_index.versions WHERE name=:name AND version=:version"
        self._run(query, name=self._name, version=version)

    def _run(self, query: str, **values: object) -> None:
        self._connection.execute(sa.text(query), values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """A transaction on the session that holds the lock, which is in autocommit mode otherwise."""
        self._connection.exec_driver_sql("BEGIN")
        try:
            yield
            self._connection.exec_driver_sql("COMMIT")
        except BaseException:
            with suppress(SQLAlchemyError, psycopg.Error):
                self._connection.exec_driver_sql("ROLLBACK")
            raise


def hnsw_name(name: str, version: str) -> str:
    """The name of a version's HNSW index."""
    return f"hnsw_{hashlib.sha256(f'{name} {version}'.encode()).hexdigest()[:24]}"


def read_vectors(connection: sa.Connection, name: str, version: str, kind: str, dimension: int) -> Vectors:
    """A version's vectors by id, shape (n, d), bit for bit as they were published."""
    query = sa.text(
        "SELECT vector_send(embedding) FROM guichet_index.vectors"
        " WHERE name=:name AND version=:version AND kind=:kind ORDER BY id"
    )
    mine = {"name": name, "version": version, "kind": kind}
    found = connection.execution_options(yield_per=5000).execute(query, mine).scalars()
    rows = [np.frombuffer(sent, dtype=">f4", offset=4) for sent in found]
    if any(len(row) != dimension for row in rows):
        raise IndexCorrupt(messages.WRONG_VECTORS.format(version=version), mend=messages.REBUILD)
    return np.array(rows, dtype=np.float32).reshape(len(rows), dimension)


def _read_files(connection: sa.Connection, mine: dict[str, str], folder: Path) -> None:
    query = sa.text(
        "SELECT path, content FROM guichet_index.files WHERE name=:name AND version=:version ORDER BY path, part"
    )
    for row in connection.execution_options(yield_per=4).execute(query, mine):
        path = folder / row.path
        if not path.resolve().is_relative_to(folder.resolve()):
            raise IndexCorrupt(messages.OUTSIDE.format(version=mine["version"]), mend=messages.REBUILD)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(row.content)


def _versions(connection: sa.Connection, name: str) -> list[str]:
    query = sa.text("SELECT version FROM guichet_index.versions WHERE name=:name ORDER BY version")
    return list(connection.execute(query, {"name": name}).scalars())


def _is_here(index_dir: Path, live: Live) -> bool:
    try:
        here = versions.current_version(index_dir) == live.version
    except Exception:  # noqa: BLE001 - whatever is wrong with the folder, the version is to be brought in
        return False
    return here and publishing.is_pinned(index_dir) == live.pinned and (index_dir / live.version).is_dir()


def _digest(vectors: Vectors) -> str:
    return hashlib.sha256(np.ascontiguousarray(vectors, dtype="<f4").tobytes()).hexdigest()


def quoted(value: str) -> str:
    """A string as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"

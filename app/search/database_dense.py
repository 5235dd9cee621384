"""Dense retrieval in PostgreSQL: pgvector's HNSW index of the shared vectors, with the local copy to fall back on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import structlog

from app.core.ports import Vectors
from app.search.dense import SEARCH_DEPTH, DenseIndex
from app.search.index import OpenIndex
from app.search.shared import LARGEST_HNSW, SharedIndex, quoted

PATIENCE_MS = 200
"""Time the database has for one search (ms); then the local copy answers."""
REST_S = 2.0
"""Time between attempts to connect while the database is away (s)."""
EF_SEARCH = 800
"""Candidates that HNSW looks at; the more, the nearer to exact (at most 1,000, and no fewer than SEARCH_DEPTH)."""

_log = structlog.get_logger(__name__)


class Connections:
    """A few open connections. Opened by a thread of their own, so that a question never waits for one."""

    def __init__(self, shared: SharedIndex, size: int) -> None:
        url = shared.engine.url
        self.name = shared.name
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._open: Queue[psycopg.Connection[Any]] = Queue()
        self._missing: Queue[None] = Queue()
        self._closing = Event()
        self.asked = 0
        """Searches that the database answered."""
        for _ in range(size):
            self._missing.put(None)
        self._thread = Thread(target=self._keep_open, name="guichet-pgvector", daemon=True)
        self._thread.start()

    def query(self, statement: str, value: str) -> list[tuple[int, float]] | None:
        """Rows of a query; None when no connection is free, or when the database doesn't answer in time."""
        try:
            connection = self._open.get_nowait()
        except Empty:
            return None
        try:
            rows = connection.execute(statement, (value,), prepare=True).fetchall()
        except psycopg.Error as error:
            _log.warning("search.database_away", reason=type(error).__name__)
            connection.close()
            self._missing.put(None)
            return None
        self._open.put(connection)
        self.asked += 1
        return rows

    @property
    def free(self) -> int:
        """Connections that wait for a question."""
        return self._open.qsize()

    def close(self) -> None:
        """Close all of them."""
        self._closing.set()
        self._missing.put(None)
        self._thread.join(timeout=REST_S + 1)
        while not self._open.empty():
            self._open.get_nowait().close()

    def _keep_open(self) -> None:
        options = f"-c statement_timeout={PATIENCE_MS} -c hnsw.ef_search={EF_SEARCH}"
        while not self._closing.is_set():
            self._missing.get()
            while not self._closing.is_set():
                try:
                    connection = psycopg.connect(
                        self._conninfo, autocommit=True, options=options, connect_timeout=2, tcp_user_timeout=500
                    )
                except psycopg.Error:
                    self._closing.wait(REST_S)
                else:
                    self._open.put(connection)
                    break


class DatabaseDense(DenseIndex):
    """The passages of one published version, searched in the database; exact in the copy when it is away."""

    def __init__(self, local: DenseIndex, connections: Connections, version: str) -> None:
        super().__init__(local._index)
        self._local = local
        self._connections = connections
        vector = f"vector({local.dimension:d})"
        mine = f"name = {quoted(connections.name)} AND version = {quoted(version)} AND kind = 'passage'"
        # Literals, not parameters: the planner takes a partial index only where it reads the index's own condition.
        nearest = (
            f"SELECT id, embedding::{vector} <#> %s::{vector} AS distance FROM guichet_index.vectors"  # noqa: S608
            f" WHERE {mine} ORDER BY distance LIMIT {min(SEARCH_DEPTH, len(local)):d}"
        )
        self._statement = f"SELECT id, -distance FROM ({nearest}) AS nearest"  # noqa: S608

    def scores(self, query: Vectors) -> npt.NDArray[np.float32]:
        """Cosine of one query, shape (1, d), to every passage; NaN for those not looked at."""
        rows = self._connections.query(self._statement, "[" + ",".join(map(repr, query[0].tolist())) + "]")
        if not rows:
            return self._local.scores(query)
        found = np.full(len(self._local), np.nan, dtype=np.float32)
        ids, cosines = zip(*rows, strict=True)
        found[list(ids)] = cosines
        return found

    def write(self, path: Path) -> None:
        """Write the copy's FAISS file."""
        self._local.write(path)

    def __len__(self) -> int:
        return len(self._local)

    @property
    def dimension(self) -> int:
        """Components of a vector."""
        return self._local.dimension

    def vectors(self) -> Vectors:
        """All vectors by passage id, shape (n, d)."""
        return self._local.vectors()


def searched_there(shared: SharedIndex, size: int) -> tuple[Callable[[OpenIndex], OpenIndex], Connections]:
    """What makes an opened version search in the database, over `size` connections."""
    connections = Connections(shared, size)

    def over(index: OpenIndex) -> OpenIndex:
        # A large index names candidates from its mapped files; see app/search/pool.py.
        if index.dense.dimension > LARGEST_HNSW or index.dense.approximate:
            return index
        return replace(index, dense=DatabaseDense(index.dense, connections, index.version))

    return over, connections

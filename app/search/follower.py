"""A replica follows the shared index: told of a publish by LISTEN/NOTIFY, and asking now and then all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import GuichetError, IndexMissing, IngestBusy, StoreUnavailable
from app.search import publishing, versions
from app.search.shared import CHANNEL, SharedIndex

LOOK_S = 0.5
"""Time in which a follower notices that it is to stop (s)."""
REFUSED_S = 30.0
"""Time for which a version that could not be taken up isn't fetched again, unless another one is published (s)."""
AGAIN_S = 2.0
"""Time between attempts while the database is away (s)."""

_log = structlog.get_logger(__name__)


class Follower:
    """Keeps a folder at the shared index's live version, in a thread of its own: no question ever waits for it."""

    def __init__(self, shared: SharedIndex, index_dir: Path, poll_s: float, on_change: Callable[[], object]) -> None:
        """`on_change` is called once another version is live in the folder."""
        self._shared = shared
        self._index_dir = index_dir
        self._poll_s = poll_s
        self._on_change = on_change
        self._closing = Event()
        self._thread: Thread | None = None
        self._not_before = 0.0
        self.problem: GuichetError | None = None
        """Why the database's version could not be taken up the last time, or None."""

    def start(self) -> None:
        """Begin to follow."""
        self._thread = Thread(target=self._follow, name="guichet-follower", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop following, and let go of the database."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout=min(self._poll_s, LOOK_S) + 1)
        self._shared.close()

    def catch_up(self) -> None:
        """Take up what is live in the database now, if it can be reached."""
        if monotonic() < self._not_before:
            return
        try:
            changed = self._shared.pull(self._index_dir)
        except IngestBusy:
            return  # this machine is publishing; asked again soon
        except (GuichetError, OSError) as error:
            problem = error if isinstance(error, GuichetError) else GuichetError(str(error))
            if str(problem) != str(self.problem):
                _log.error("index.not_followed", reason=str(problem), mend=problem.mend)
            self.problem = problem
            if not isinstance(error, StoreUnavailable):
                self._not_before = monotonic() + REFUSED_S
            return
        self.problem = None
        if changed:
            self._on_change()

    def _follow(self) -> None:
        while not self._closing.is_set():
            try:
                self._listen()
            except (SQLAlchemyError, psycopg.Error, GuichetError) as error:
                _log.warning("index.not_listening", reason=type(error).__name__)
                self.catch_up()
                self._closing.wait(AGAIN_S)
            except Exception as error:  # noqa: BLE001 - a replica must go on following
                _log.error("index.follow_failed", exc_info=error)
                self._closing.wait(AGAIN_S)

    def _listen(self) -> None:
        held = self._shared.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        with held as connection:
            driver: Any = connection.connection.driver_connection
            connection.exec_driver_sql(f"LISTEN {CHANNEL}")
            try:
                while not self._closing.is_set():
                    self.catch_up()
                    end = monotonic() + self._poll_s
                    while not self._closing.is_set() and (left := end - monotonic()) > 0:
                        if list(driver.notifies(timeout=min(left, LOOK_S), stop_after=1)):
                            self._not_before = 0.0
                            break
            finally:
                connection.detach()
                driver.close()


@contextmanager
def sharing(shared: SharedIndex | None, index_dir: Path, keep: int) -> Iterator[publishing.Share | None]:
    """Hold the publisher's lock while a version is built, rolled back or pinned in the folder.

    Begins from what is live for everybody, and at its end the database names what is live in the folder. Without
    a shared index there is nothing to hold. Raises IngestBusy when another machine publishes.
    """
    if shared is None:
        yield None
        return
    with shared.publisher() as publisher:
        shared.pull(index_dir)
        yield lambda folder, manifest: publisher.push(folder, manifest, keep)
        try:
            here = versions.current_version(index_dir)
        except IndexMissing:
            return
        there, pinned = shared.live(), publishing.is_pinned(index_dir)
        if here not in shared.versions():
            publisher.push(index_dir / here, versions.read_manifest(index_dir / here), keep)
        elif there is None or (there.version, there.pinned) != (here, pinned):
            publisher.switch(here, pinned=pinned)

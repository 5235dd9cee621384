"""Checks of what was installed and set: Python, settings, secrets, folders, disk, clock, port, addresses."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import stat
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path

import orjson
import sqlalchemy as sa
from dotenv import dotenv_values

from app import __version__
from app.core.errors import GuichetError
from app.doctor import messages as m
from app.doctor.findings import Finding, failed, ok, warning
from app.search import versions
from app.settings import Settings

LOW_MB, FULL_MB = 1000, 100
"""Free space from which on it is time to see to it, and below which nothing can be published or kept."""
AHEAD = timedelta(minutes=10)
TIMEOUT_S = 3.0
_PARTS = {
    "guichet.commands": ("ingest", "eval"),
    "guichet.ports": ("workshop", "evaluator"),
}


def python(_: Settings) -> Iterator[Finding]:
    """The interpreter and the product's own parts."""
    version = ".".join(map(str, sys.version_info[:3]))
    if not (3, 11) <= sys.version_info < (3, 15):
        yield failed(m.PYTHON, m.PYTHON_OLD.format(version=version), m.PYTHON_MEND)
    missing = [
        name
        for group, names in _PARTS.items()
        for name in names
        if name not in {point.name for point in entry_points(group=group)}
    ]
    for name in missing:
        yield failed(m.PYTHON, m.PART_MISSING.format(name=name), m.PART_MEND)
    yield ok(m.PYTHON, m.PYTHON_FINE.format(version=version, guichet=__version__))


def named_settings(environment: Mapping[str, str], env_file: Path) -> set[str]:
    """Names with Guichet's prefix that the environment and the .env file give."""
    names = {*environment, *(dotenv_values(env_file) if env_file.is_file() else ())}
    return {name.upper() for name in names if name.upper().startswith("GUICHET_")}


def settings(_: Settings) -> Iterator[Finding]:
    """Names that no setting has: a slip of the pen leaves the default in place without a word."""
    given = named_settings(os.environ, Path(".env"))
    known = {f"GUICHET_{name.upper()}" for name in Settings.model_fields}
    if unknown := sorted(given - known):
        yield warning(m.SETTINGS, m.SETTINGS_UNKNOWN.format(names=", ".join(unknown)), m.SETTINGS_MEND)
    else:
        yield ok(m.SETTINGS, m.SETTINGS_FINE.format(n=len(given)))


def secrets(settings: Settings) -> Iterator[Finding]:
    """Secrets that are missing, or open to others on this machine."""
    path = Path(".env")
    fine = True
    if path.is_file() and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        fine = False
        yield warning(m.SECRETS, m.ENV_OPEN.format(path=path.resolve()), m.ENV_MEND.format(path=path.resolve()))
    if settings.secret is None:
        fine = False
        yield warning(m.SECRETS, m.UNSIGNED, m.UNSIGNED_MEND)
    if fine:
        yield ok(m.SECRETS, m.SECRETS_FINE)


def folders(settings: Settings) -> list[Path]:
    """Where the service writes."""
    found = [settings.index_dir, settings.runs]
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        found.append(Path(str(url.database)).parent)
    if settings.console:
        found.append(settings.faq if settings.faq.is_dir() else settings.faq.parent)
    return list(dict.fromkeys(path.resolve() for path in found))


def writing(settings: Settings) -> Iterator[Finding]:
    """The right to write there."""
    paths = folders(settings)
    locked = [path for path in paths if not os.access(_existing(path), os.W_OK | os.X_OK)]
    for path in locked:
        mend = m.WRITING_MEND.format(user=getpass.getuser())
        yield failed(m.WRITING, m.WRITING_FAILED.format(path=path), mend)
    if not locked:
        yield ok(m.WRITING, m.WRITING_FINE.format(n=len(paths)))


def disk(settings: Settings) -> Iterator[Finding]:
    """Free space where the service writes, once for each file system."""
    seen = set()
    for path in map(_existing, folders(settings)):
        if (device := path.stat().st_dev) in seen:
            continue
        seen.add(device)
        free = shutil.disk_usage(path).free // 1_000_000
        if free >= LOW_MB:
            yield ok(m.DISK, m.DISK_FINE.format(free=free, path=path))
        else:
            made = failed if free < FULL_MB else warning
            yield made(m.DISK, m.DISK_LOW.format(free=free, path=path), m.DISK_MEND)


def clock(settings: Settings) -> Iterator[Finding]:
    """The clock against what was written earlier: nothing that exists was made tomorrow."""
    now = datetime.now(UTC)
    made: list[tuple[str, datetime]] = []
    for name in versions.list_versions(settings.index_dir):
        try:
            made.append((name, versions.read_manifest(settings.index_dir / name).created_at))
        except GuichetError:
            continue
    url = sa.make_url(settings.database_url)
    paths = [settings.faq] if url.get_backend_name() != "sqlite" else [settings.faq, Path(str(url.database))]
    made += [(str(path), datetime.fromtimestamp(path.stat().st_mtime, UTC)) for path in paths if path.exists()]
    late = [(what, then) for what, then in made if then - now > AHEAD]
    if late:
        what, then = max(late, key=lambda pair: pair[1])
        yield failed(m.CLOCK, m.CLOCK_WRONG.format(now=now, what=what, then=then), m.CLOCK_MEND)
    else:
        yield ok(m.CLOCK, m.CLOCK_FINE.format(now=now))


def port(settings: Settings) -> Iterator[Finding]:
    """Whether the port is free, or who has it."""
    place = {"host": settings.host, "port": settings.port}
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
            probe.listen(1)
        except PermissionError as error:
            yield failed(m.PORT, m.PORT_REFUSED.format(**place, reason=error.strerror), m.PORT_REFUSED_MEND)
        except OSError as error:
            yield _who(settings, error)
        else:
            yield ok(m.PORT, m.PORT_FREE.format(**place))


def _who(settings: Settings, error: OSError) -> Finding:
    place = {"host": settings.host, "port": settings.port}
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    base = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
    try:
        health = _ask(f"{base}/api/ready")
    except (OSError, ValueError):
        if error.errno and error.strerror and "in use" in error.strerror:
            return failed(m.PORT, m.PORT_TAKEN.format(**place), m.PORT_MEND)
        return failed(m.PORT, m.PORT_REFUSED.format(**place, reason=error.strerror), m.PORT_REFUSED_MEND)
    if "status" not in health or "version" not in health:
        return failed(m.PORT, m.PORT_TAKEN.format(**place), m.PORT_MEND)
    if health["status"] != "ok":
        return failed(m.PORT, m.NOT_READY.format(**place, reason=health.get("reason")), m.NOT_READY_MEND)
    return ok(m.PORT, m.PORT_OURS.format(**place, version=health["version"]))


def _ask(address: str) -> dict[str, object]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=TIMEOUT_S) as response:
            body = response.read(100_000)
    except urllib.error.HTTPError as error:
        body = error.read(100_000)
    value = orjson.loads(body)
    return value if isinstance(value, dict) else {}


def addresses(settings: Settings) -> Iterator[Finding]:
    """Public address and allowed sites."""
    found = []
    if settings.oidc_issuer and not settings.public_url:
        found.append(failed(m.ADDRESSES, m.ADDRESSES_OIDC, m.ADDRESSES_OIDC_MEND))
    plain = [a for a in (settings.public_url, *settings.origins) if a and a.startswith("http://") and not _local(a)]
    found += [warning(m.ADDRESSES, m.ADDRESSES_PLAIN.format(address=a), m.ADDRESSES_PLAIN_MEND) for a in plain]
    if not settings.origins and settings.public_url:
        found.append(warning(m.ADDRESSES, m.ADDRESSES_NONE, m.ADDRESSES_NONE_MEND))
    yield from found or [ok(m.ADDRESSES, m.ADDRESSES_FINE.format(n=len(settings.origins)))]


def _local(address: str) -> bool:
    host = address.partition("://")[2]
    return host.startswith(("localhost", "127.", "[::1]"))


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next(p for p in (path, *path.parents) if p.exists())

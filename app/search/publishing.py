"""Changing which version is live: publish, roll back, clear up; one at a time.

A version is filled in a hidden folder, flushed, renamed into place and only
then named in CURRENT. Whatever a killed process left is cleared by the next
one that holds the folder's lock, which the kernel frees when a process dies.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.core.errors import GuichetError, IngestBusy, PublishFailed
from app.search import messages, versions
from app.search.index import OpenIndex, open_index

_STAGING = ".build-"
_PINNED = "PINNED"
_STAMP = "%Y%m%dT%H%M%SZ"


class NoSuchVersion(GuichetError):
    """There is no such version to go back to."""


@contextmanager
def locked(index_dir: Path) -> Iterator[None]:
    """Hold the folder's lock, litter cleared. Raises IngestBusy when another process holds it."""
    index_dir.mkdir(parents=True, exist_ok=True)
    with (index_dir / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IngestBusy(messages.BUSY, mend=messages.BUSY_MEND) from None
        _clear_litter(index_dir)
        try:
            yield
        except BaseException:
            with suppress(OSError):
                _clear_litter(index_dir)  # on a full disk its room is needed at once
            raise


def staging(index_dir: Path, content: str) -> tuple[str, Path]:
    """A new version's name, sorting after every other even if the clock went back, and its folder."""
    now = datetime.now(UTC)
    if existing := versions.list_versions(index_dir):
        latest = datetime.strptime(existing[-1].split("-")[0], _STAMP).replace(tzinfo=UTC)
        now = max(now, latest + timedelta(seconds=1))
    name = f"{now.strftime(_STAMP)}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
    folder = index_dir / f"{_STAGING}{name}"
    folder.mkdir()
    return name, folder


@contextmanager
def disk_checked(place: Path) -> Iterator[None]:
    """Turn what the disk refuses below `place` into PublishFailed."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise PublishFailed(
            messages.DISK.format(path=error.filename or place, reason=reason), mend=messages.DISK_MEND
        ) from error


def staging_named(index_dir: Path, version: str) -> Path:
    """A folder to fill with a version that was made elsewhere."""
    folder = index_dir / f"{_STAGING}{version}"
    folder.mkdir()
    return folder


Share = Callable[[Path, versions.Manifest], None]
"""Publishes a filled folder to other machines, whole or not at all; what it raises ends the publishing here too."""


def publish(index_dir: Path, folder: Path, manifest: versions.Manifest, keep: int, share: Share | None = None) -> None:
    """Make a filled staging folder the live version, and drop the oldest beyond `keep`.

    With `share`, other machines have it first: until they do it isn't live here either.
    """
    placed = place(index_dir, folder, manifest)
    if share is not None:
        try:
            share(placed, manifest)
        except BaseException:
            _drop(placed)
            raise
    switch(index_dir, manifest.version, pinned=False)
    for name in versions.list_versions(index_dir)[:-keep]:
        _drop(index_dir / name)


def place(index_dir: Path, folder: Path, manifest: versions.Manifest) -> Path:
    """Give a filled staging folder its manifest and its name, flushed to the disk, without making it live."""
    versions.write_atomically(folder / versions.MANIFEST, manifest.to_json())
    for each in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
        for file in each.iterdir():
            if file.is_file():
                with file.open("rb") as handle:
                    os.fsync(handle.fileno())
        versions.sync_folder(each)
    placed = index_dir / manifest.version
    folder.replace(placed)
    versions.sync_folder(index_dir)
    _read_back(placed)
    return placed


def switch(index_dir: Path, version: str, *, pinned: bool) -> None:
    """Make a version live that is there."""
    if pinned:
        versions.write_atomically(index_dir / _PINNED, version.encode() + b"\n")
    versions.set_current(index_dir, version)
    if not pinned:
        unpin(index_dir)


def keep_only(index_dir: Path, names: Collection[str]) -> None:
    """Drop the versions that aren't among these."""
    for name in versions.list_versions(index_dir):
        if name not in names:
            _drop(index_dir / name)


def _drop(folder: Path) -> None:
    """Remove a version. A process killed halfway leaves litter that the next publishing clears, not half a version."""
    litter = folder.with_name(f"{_STAGING}gone-{folder.name}")
    shutil.rmtree(litter, ignore_errors=True)
    folder.replace(litter)
    shutil.rmtree(litter)


def _read_back(folder: Path) -> None:
    """Open what was just written, before anybody is sent there. Raises PublishFailed, the folder removed."""
    try:
        open_index(folder)
    except GuichetError as error:
        with suppress(OSError):
            _drop(folder)
        raise PublishFailed(
            messages.UNSOUND.format(version=folder.name, reason=error), mend=messages.UNSOUND_MEND
        ) from error


def rollback(index_dir: Path, version: str | None = None) -> str:
    """Make `version` live, or the one published before the live one; its name.

    The choice is pinned: a start of the service leaves it alone until somebody
    ingests again. Raises NoSuchVersion, or IndexCorrupt when it can't be trusted.
    """
    with disk_checked(index_dir), locked(index_dir):
        names = versions.list_versions(index_dir)
        if version is None:
            live = versions.current_version(index_dir)
            older = [name for name in names if name < live]
            if not older:
                raise NoSuchVersion(messages.NOTHING_OLDER)
            version = older[-1]
        elif version not in names:
            raise NoSuchVersion(messages.NO_SUCH_VERSION.format(version=version), mend=messages.NO_SUCH_VERSION_MEND)
        open_index(index_dir / version)
        switch(index_dir, version, pinned=True)
        return version


def is_pinned(index_dir: Path) -> bool:
    """Whether staff hold a version on purpose (after a rollback)."""
    return (index_dir / _PINNED).exists()


def unpin(index_dir: Path) -> None:
    """Let the next version go live again."""
    (index_dir / _PINNED).unlink(missing_ok=True)


def open_live(index_dir: Path) -> OpenIndex | None:
    """The live version, or None when there is none that can be trusted."""
    try:
        return open_index(index_dir / versions.current_version(index_dir))
    except GuichetError:
        return None


def _clear_litter(index_dir: Path) -> None:
    for path in index_dir.glob(f"{_STAGING}*"):
        shutil.rmtree(path)
    for path in index_dir.glob(".*.tmp"):
        path.unlink()

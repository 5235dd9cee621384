"""What a backup is made of: the service's part and one for each of its sites, in one archive.

    guichet.json                        what is in it
    database/ faq/ gaps/ cases/         the service's own
    sites/mairie/settings.toml          a site's settings file
    sites/mairie/database/ …            and the same again

The index isn't in it: `guichet ingest` makes it again from the sources. Nor are the service's settings: they hold
secrets and are kept where secrets are kept.
"""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from app import __version__, messages
from app.core.errors import BadSource, GuichetError
from app.settings import Settings
from app.sites import SUFFIX, settings_from
from app.store.dump import EmptyStore, dump, load, refuse_filled

FORMAT, FORMAT_OF_ONE = 2, 1
"""An archive of a service that has no sites is what it always was, for earlier programs to read."""
CARD, SITES, SITE_FILE = "guichet.json", "sites", "settings.toml"


class BackupRefused(GuichetError):
    """Something is in the way of a backup or of its restoration."""


@dataclass(frozen=True, slots=True)
class Part:
    """The service's own FAQ (slug "") or a site's, and where it stands in an archive."""

    slug: str
    settings: Settings

    @property
    def prefix(self) -> str:
        """What its names in the archive begin with."""
        return f"{SITES}/{self.slug}/" if self.slug else ""


@dataclass(frozen=True, slots=True)
class Count:
    """What was saved or restored."""

    rows: int
    tables: int
    files: int
    sites: int


def save(path: Path, parts: Sequence[Part], broken: Mapping[str, Path] | None = None) -> Count:
    """Write an archive of these parts; of `broken` sites only the settings file.

    Raises BackupRefused, StoreUnavailable.
    """
    rows, files = 0, 0
    tables: set[str] = set()
    about: dict[str, Any] = {}
    with _new(path) as archive, tempfile.TemporaryDirectory() as temporary:
        for part in parts:
            folder = Path(temporary) / (part.slug or "service")
            folder.mkdir()
            about[part.slug] = card = _dumped(part, folder)
            for name in card["rows"]:
                archive.add(folder / f"{name}.jsonl", f"{part.prefix}database/{name}.jsonl")
            kept = sources(part.settings)
            for name, file in kept.items():
                archive.add(file, part.prefix + name)
            rows, files, tables = rows + sum(card["rows"].values()), files + len(kept), tables | set(card["rows"])
        sites = {part.slug: _site_file(part) for part in parts if part.slug} | dict(broken or {})
        for slug, file in sites.items():
            archive.add(file, f"{SITES}/{slug}/{SITE_FILE}")
        _add_card(archive, about)
    return Count(rows, len(tables), files + len(sites), len(sites))


def _site_file(part: Part) -> Path:
    assert part.settings.sites_dir
    return part.settings.sites_dir / f"{part.slug}{SUFFIX}"


def _dumped(part: Part, folder: Path) -> dict[str, Any]:
    try:
        revision, counts = dump(part.settings.database_url, folder)
    except EmptyStore:
        if not part.slug:
            raise
        return {"revision": None, "rows": {}}  # a site that hasn't been opened yet
    return {"revision": revision, "rows": counts}


def _add_card(archive: tarfile.TarFile, about: dict[str, Any]) -> None:
    own = about.pop("", None)
    card = {
        "format": FORMAT if about or own is None else FORMAT_OF_ONE,
        "guichet": __version__,
        "created_at": datetime.now(UTC).isoformat(),
        **(own or {}),
        **({"sites": about} if about else {}),
    }
    content = orjson.dumps(card, option=orjson.OPT_INDENT_2)
    member = tarfile.TarInfo(CARD)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def bring_back(path: Path, base: Settings, *, only: str | None, database_only: bool) -> Count:
    """Restore an archive, or the site `only` of it, into empty databases. Overwrites no file that differs.

    Whatever is in the way of any part is found before anything is written. Raises BackupRefused, BadSource,
    DumpRefused, StoreUnavailable.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        card = _unpack(path, folder)
        parts = _parts(path, base, folder, card, only)
        placed: dict[Path, Path] = {}
        if not database_only:
            for part in parts:
                placed |= _places(part, folder)
        for target, source in placed.items():
            if target.exists() and target.read_bytes() != source.read_bytes():
                raise BackupRefused(messages.WOULD_REPLACE.format(path=target), mend=messages.WOULD_REPLACE_MEND)
        revisions = {part.slug: _about(card, part.slug).get("revision") for part in parts}
        filled = [part for part in parts if revisions[part.slug]]
        for part in filled:
            refuse_filled(part.settings.database_url)
        rows: dict[str, int] = {}
        for part in filled:
            counts = load(part.settings.database_url, folder / part.prefix / "database", str(revisions[part.slug]))
            rows[part.slug] = sum(counts.values())
        # A site's settings file comes last: a service that runs opens the site as soon as it is there.
        for target, source in sorted(placed.items(), key=lambda pair: pair[1].name == SITE_FILE):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return Count(sum(rows.values()), 0, len(placed), sum(bool(part.slug) for part in parts))


def _about(card: Mapping[str, Any], slug: str) -> Mapping[str, Any]:
    found = card.get("sites", {}).get(slug, {}) if slug else card
    return found if isinstance(found, Mapping) else {}


def _parts(path: Path, base: Settings, folder: Path, card: Mapping[str, Any], only: str | None) -> list[Part]:
    """The parts to restore, each with the settings that its own file gives it in its new place."""
    slugs = sorted(card.get("sites", {}))
    if only is not None and only not in slugs:
        raise BadSource(path, None, messages.NOT_IN_BACKUP.format(slug=only), mend=messages.NOT_IN_BACKUP_MEND)
    if slugs and base.sites_dir is None:
        raise BackupRefused(messages.SITES_NOWHERE.format(sites=", ".join(slugs)), mend=messages.SITES_NOWHERE_MEND)
    if base.sites_dir is not None:
        base.sites_dir.mkdir(parents=True, exist_ok=True)
    parts = [Part("", base)] if only is None and "revision" in card else []
    for slug in slugs if only is None else [only]:
        file = folder / SITES / slug / SITE_FILE
        parts.append(Part(slug, settings_from(base, slug, file.read_bytes())))
    return parts


def roots(settings: Settings) -> dict[str, Path]:
    """Where each part of a backup comes from and goes to: a folder, or a single file."""
    beside = settings.faq if settings.faq.is_dir() or not settings.faq.suffix else settings.faq.parent
    return {"faq": settings.faq, "gaps": settings.gaps or beside / "hors_faq.md", "cases": settings.cases}


def sources(settings: Settings) -> dict[str, Path]:
    """The files to keep by their name in the backup."""
    found: dict[str, Path] = {}
    for part, root in roots(settings).items():
        if root.is_file():
            found[f"{part}/{root.name}"] = root
        elif root.is_dir():
            inside = (file for file in sorted(root.rglob("*")) if file.is_file() and not file.is_symlink())
            found |= {f"{part}/{file.relative_to(root).as_posix()}": file for file in inside}
    return found


def _places(part: Part, folder: Path) -> dict[Path, Path]:
    """Where each unpacked file goes."""
    places: dict[Path, Path] = {}
    mine = folder / part.prefix
    for name, root in roots(part.settings).items():
        files = [file for file in sorted((mine / name).rglob("*")) if file.is_file()]
        single = name != "cases" and bool(root.suffix)
        places |= {root if single else root / file.relative_to(mine / name): file for file in files}
    if part.slug:
        places[_site_file(part)] = mine / SITE_FILE
    return places


def _unpack(path: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(path) as archive:
            for member in archive.getmembers():
                if not member.isfile() or ".." in PurePosixPath(member.name).parts:
                    raise ValueError(member.name)
            archive.extractall(folder, filter="data")
        card: dict[str, Any] = orjson.loads((folder / CARD).read_bytes())
        if card["format"] not in (FORMAT, FORMAT_OF_ONE):
            raise ValueError(card["format"])
    except (OSError, tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        reason = messages.NOT_BACKUP.format(path=path.name, reason=error)
        raise BadSource(path, None, reason, mend=messages.NOT_BACKUP_MEND) from error
    return card


@contextmanager
def _new(path: Path) -> Iterator[tarfile.TarFile]:
    """A new archive that its owner alone may read: whole, or not there."""
    if path.exists():
        raise BackupRefused(messages.BACKUP_EXISTS.format(path=path), mend=messages.BACKUP_EXISTS_MEND)
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            yield archive
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)

"""`guichet backup` and `guichet restore`: sources, question set and database in one file.

The index isn't in it: `guichet ingest` makes it again from the sources. Nor are the settings: they hold secrets and are
kept where secrets are kept.
"""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated

import orjson
import typer

from app import __version__, messages
from app.core.errors import BadSource, GuichetError
from app.settings import Settings
from app.store.dump import dump, load
from app.terminal import out

FORMAT = 1
CARD = "guichet.json"


class BackupRefused(GuichetError):
    """Something is in the way of a backup or of its restoration."""


def backup(path: Annotated[Path, typer.Argument(help="Fichier .tar.gz à écrire.")]) -> None:
    """Sauvegarde la FAQ, le jeu de questions et la base, sans arrêter le service."""
    settings = Settings()
    files = sources(settings)
    with _new(path) as archive, tempfile.TemporaryDirectory() as folder:
        revision, counts = dump(settings.database_url, Path(folder))
        card = {
            "format": FORMAT,
            "guichet": __version__,
            "revision": revision,
            "created_at": datetime.now(UTC).isoformat(),
            "rows": counts,
        }
        content = orjson.dumps(card, option=orjson.OPT_INDENT_2)
        member = tarfile.TarInfo(CARD)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
        for name in counts:
            archive.add(Path(folder) / f"{name}.jsonl", f"database/{name}.jsonl")
        for name, file in files.items():
            archive.add(file, name)
    told = {"rows": sum(counts.values()), "tables": len(counts), "files": len(files)}
    out.print(messages.BACKED_UP.format(path=path, **told), highlight=False, soft_wrap=True)


def restore(
    path: Annotated[Path, typer.Argument(help="Sauvegarde à restaurer.")],
    database_only: Annotated[bool, typer.Option("--database-only", help="Ne touche pas aux fichiers.")] = False,
) -> None:
    """Restaure une sauvegarde dans une base vide ; n’écrase aucun fichier qui en diffère."""
    settings = Settings()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        card = _unpack(path, folder)
        placed = {} if database_only else _places(settings, folder)
        for target, source in placed.items():
            if target.exists() and target.read_bytes() != source.read_bytes():
                raise BackupRefused(messages.WOULD_REPLACE.format(path=target), mend=messages.WOULD_REPLACE_MEND)
        counts = load(settings.database_url, folder / "database", str(card["revision"]))
        for target, source in placed.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    told = {"rows": sum(counts.values()), "files": len(placed)}
    out.print(messages.RESTORED.format(**told), highlight=False, soft_wrap=True)


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


def _places(settings: Settings, folder: Path) -> dict[Path, Path]:
    """Where each unpacked file goes."""
    places: dict[Path, Path] = {}
    for part, root in roots(settings).items():
        files = [file for file in sorted((folder / part).rglob("*")) if file.is_file()]
        single = part != "cases" and bool(root.suffix)
        places |= {root if single else root / file.relative_to(folder / part): file for file in files}
    return places


def _unpack(path: Path, folder: Path) -> dict[str, object]:
    try:
        with tarfile.open(path) as archive:
            for member in archive.getmembers():
                if not member.isfile() or ".." in PurePosixPath(member.name).parts:
                    raise ValueError(member.name)
            archive.extractall(folder, filter="data")
        card: dict[str, object] = orjson.loads((folder / CARD).read_bytes())
        if card["format"] != FORMAT:
            raise ValueError(card["format"])
    except (OSError, tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BadSource(path, None, messages.NOT_BACKUP.format(path=path.name, reason=error)) from error
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

"""Drafts of the FAQ, and what was published when: sources as they were before and after."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from app.core.errors import GuichetError
from app.store.database import Database, aware, inserted_id, now
from app.store.tables import drafts, publications

Files = Mapping[str, str]
"""Sources by their path below the FAQ's folder."""


class DraftChanged(GuichetError):
    """Somebody else, or another window, changed the draft meanwhile."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft: the sources it began from, and what it does to them, in order.

    `revision` counts its changes; `effect` is what the last preview found, for the revision it names.
    """

    id: int
    user_id: int | None
    author: str
    state: str
    revision: int
    base: Files
    changes: tuple[Mapping[str, Any], ...]
    effect: Mapping[str, Any]
    note: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Publication:
    """Sources that went live, or that were to. `kind` is publication, rollback or outside."""

    id: int
    at: datetime
    author: str
    note: str
    kind: str
    state: str
    version: str


class Drafts:
    """The drafts of a database. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self) -> list[Draft]:
        """Drafts under way, the one changed last first."""
        query = sa.select(drafts).where(drafts.c.state == "open").order_by(drafts.c.updated_at.desc())
        with self._database.read() as connection:
            return [_draft(row) for row in connection.execute(query)]

    def get(self, draft_id: int) -> Draft | None:
        """One draft."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(drafts).where(drafts.c.id == draft_id)).first()
        return _draft(row) if row else None

    def of(self, user_id: int) -> Draft | None:
        """The draft that a user works on."""
        mine = (drafts.c.user_id == user_id, drafts.c.state == "open")
        with self._database.read() as connection:
            query = sa.select(drafts).where(*mine).order_by(drafts.c.updated_at.desc()).limit(1)
            row = connection.execute(query).first()
        return _draft(row) if row else None

    def begin(self, user_id: int, author: str, base: Files) -> Draft:
        """A new, empty draft."""
        row = {
            "user_id": user_id,
            "author": author,
            "state": "open",
            "revision": 0,
            "base": packed(base),
            "changes": "[]",
            "effect": "{}",
            "note": "",
            "created_at": now(),
            "updated_at": now(),
        }
        with self._database.begin() as connection:
            draft_id = inserted_id(connection.execute(sa.insert(drafts).values(**row)))
        found = self.get(draft_id)
        assert found is not None
        return found

    def change(self, draft: Draft, changes: Sequence[Mapping[str, Any]], *, base: Files | None = None) -> Draft:
        """Replace a draft's changes, and its base where given. Raises DraftChanged."""
        values: dict[str, Any] = {"changes": orjson.dumps(list(changes)).decode(), "effect": "{}"}
        if base is not None:
            values["base"] = packed(base)
        return self._update(draft, values)

    def set_effect(self, draft: Draft, effect: Mapping[str, Any]) -> None:
        """Keep what a preview found, if the draft is still the same."""
        same = (drafts.c.id == draft.id, drafts.c.revision == draft.revision)
        with self._database.begin() as connection:
            kept = orjson.dumps({**effect, "revision": draft.revision}).decode()
            connection.execute(sa.update(drafts).where(*same).values(effect=kept))

    def close(self, draft: Draft, state: str, note: str = "") -> None:
        """Publish or discard it. Raises DraftChanged when it isn't as it was, or no longer open."""
        self._update(draft, {"state": state, "note": note})

    def _update(self, draft: Draft, values: Mapping[str, Any]) -> Draft:
        same = (drafts.c.id == draft.id, drafts.c.revision == draft.revision, drafts.c.state == "open")
        changed = {**values, "revision": draft.revision + 1, "updated_at": now()}
        with self._database.begin() as connection:
            if connection.execute(sa.update(drafts).where(*same).values(**changed)).rowcount != 1:
                raise DraftChanged("Ce brouillon a été modifié entre-temps.")
        found = self.get(draft.id)
        assert found is not None
        return found

    # --- publications ----------------------------------------------------------------------

    def publications(self, limit: int = 100) -> list[Publication]:
        """What was published, newest first."""
        columns = [column for column in publications.c if column.name not in ("before", "after")]
        query = sa.select(*columns).order_by(publications.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_publication(row) for row in connection.execute(query)]

    def publication(self, number: int) -> tuple[Publication, Files, Files] | None:
        """One publication with its sources before and after."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(publications).where(publications.c.id == number)).first()
        return (_publication(row), unpacked(row.before), unpacked(row.after)) if row else None

    def begin_publication(self, author: str, note: str, kind: str, before: Files, after: Files) -> int:
        """Write down what is about to be done, so that an interruption can be told and undone."""
        row = {
            "at": now(),
            "author": author,
            "note": note,
            "kind": kind,
            "state": "pending",
            "version": "",
            "before": packed(before),
            "after": packed(after),
        }
        with self._database.begin() as connection:
            return inserted_id(connection.execute(sa.insert(publications).values(**row)))

    def end_publication(self, number: int, state: str, version: str = "") -> None:
        """Say how it ended: done, failed or interrupted."""
        with self._database.begin() as connection:
            values = {"state": state, "version": version}
            connection.execute(sa.update(publications).where(publications.c.id == number).values(**values))

    def pending(self) -> list[int]:
        """Publications that never ended."""
        with self._database.read() as connection:
            query = sa.select(publications.c.id).where(publications.c.state == "pending")
            return list(connection.execute(query).scalars())


def packed(files: Files) -> bytes:
    """Sources, small."""
    return zlib.compress(orjson.dumps(dict(files)), 6)


def unpacked(blob: bytes) -> dict[str, str]:
    """The sources again."""
    value: dict[str, str] = orjson.loads(zlib.decompress(blob))
    return value


def _draft(row: sa.Row[Any]) -> Draft:
    return Draft(
        id=row.id,
        user_id=row.user_id,
        author=row.author,
        state=row.state,
        revision=row.revision,
        base=unpacked(row.base),
        changes=tuple(orjson.loads(row.changes)),
        effect=orjson.loads(row.effect),
        note=row.note,
        created_at=aware(row.created_at),
        updated_at=aware(row.updated_at),
    )


def _publication(row: sa.Row[Any]) -> Publication:
    return Publication(row.id, aware(row.at), row.author, row.note, row.kind, row.state, row.version)

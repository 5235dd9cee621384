"""Who changed what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.store.database import Database, aware, now
from app.store.tables import audit

PAGE = 100


@dataclass(frozen=True, slots=True)
class Event:
    """One change. `action` is a word that messages translate, `subject` what it was done to."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str


class Audit:
    """The log of a database; rows are only ever added. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, actor: str, action: str, subject: str = "", detail: str = "") -> None:
        """Add a change."""
        row = {"at": now(), "actor": actor, "action": action, "subject": subject[:300], "detail": detail}
        with self._database.begin() as connection:
            connection.execute(sa.insert(audit).values(**row))

    def page(self, before: int | None = None) -> list[Event]:
        """The latest changes, or those before a row."""
        query = sa.select(audit).order_by(audit.c.id.desc()).limit(PAGE)
        if before:
            query = query.where(audit.c.id < before)
        with self._database.read() as connection:
            return [
                Event(row.id, aware(row.at), row.actor, row.action, row.subject, row.detail)
                for row in connection.execute(query)
            ]

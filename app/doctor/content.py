"""Checks of what is served and kept: FAQ, index, encoder, database, accounts, model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import GuichetError
from app.core.workshop import Checked, Workshop
from app.doctor import messages as m
from app.doctor.findings import Finding, failed, ok, warning
from app.search import publishing, versions
from app.search.index import OpenIndex, open_index
from app.settings import Settings
from app.store.accounts import Accounts
from app.store.database import Database, aware, migration_state, now
from app.store.tables import answers

TIMEOUT_S = 5.0


class Content:
    """The checks share what they have read: the FAQ, the index."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._checked: Checked | None = None
        self._index: OpenIndex | None = None

    def faq(self, settings: Settings) -> Iterator[Finding]:
        """The sources, read and linted."""
        point = next(iter(entry_points(group="guichet.ports", name="workshop")))
        workshop = cast(Workshop, point.load()(settings))
        try:
            checked = workshop.check(workshop.read())
        except GuichetError as error:
            yield failed(m.FAQ, str(error), error.mend or m.FAQ_EMPTY_MEND)
            return
        if not checked.entries:
            yield failed(m.FAQ, m.FAQ_EMPTY, m.FAQ_EMPTY_MEND)
        elif checked.errors:
            first = checked.errors[0]
            place = f"{first.path}:{first.line} : {first.message}"
            yield failed(m.FAQ, m.FAQ_ERRORS.format(n=len(checked.errors), first=place), m.FAQ_MEND)
        else:
            self._checked = checked
            yield ok(m.FAQ, m.FAQ_FINE.format(n=len(checked.entries), warnings=len(checked.remarks)))

    def index(self, settings: Settings) -> Iterator[Finding]:
        """The live version: its files against their hashes, and whether it was made from the FAQ as it is."""
        try:
            name = versions.current_version(settings.index_dir)
            self._index = index = open_index(settings.index_dir / name)
        except GuichetError as error:
            yield failed(m.INDEX, str(error), error.mend)
            return
        counts = {"entries": len(index.entries), "files": len(index.manifest.files)}
        yield ok(m.INDEX, m.INDEX_FINE.format(version=name, **counts))
        if self._checked is None:
            return
        if same(self._checked, index):
            yield ok(m.FRESH, m.FRESH_FINE)
        elif publishing.is_pinned(settings.index_dir):
            yield warning(m.FRESH, m.FRESH_PINNED.format(version=name), m.FRESH_PINNED_MEND)
        else:
            yield warning(m.FRESH, m.FRESH_STALE.format(version=name), m.FRESH_STALE_MEND)

    def encoder(self, settings: Settings) -> Iterator[Finding]:
        """The encoder's files against their hashes, and whether it is the index's."""
        from app.wiring import make_encoder

        try:
            encoder = make_encoder(settings)
        except GuichetError as error:
            yield failed(m.ENCODER, str(error), error.mend)
            return
        made_by = self._index.manifest if self._index else None
        if made_by and made_by.encoder_fingerprint != encoder.fingerprint:
            told = m.ENCODER_OTHER.format(id=encoder.id, made_by=made_by.encoder_id)
            yield failed(m.ENCODER, told, m.ENCODER_MEND)
        else:
            yield ok(m.ENCODER, (m.ENCODER_FINE if made_by else m.ENCODER_ALONE).format(id=encoder.id))

    def store(self, settings: Settings) -> Iterator[Finding]:
        """The database as it stands: reached, sound, migrated; then retention and accounts. Nothing is migrated."""
        database = Database(settings.database_url)
        url = database.engine.url.render_as_string()
        path = Path(str(database.engine.url.database))
        try:
            if database.dialect == "sqlite" and not path.exists():
                yield warning(m.STORE, m.STORE_NEW.format(url=url), m.STORE_NEW_MEND)
                return
            yield from self._opened(settings, database, url)
        finally:
            database.close()

    def _opened(self, settings: Settings, database: Database, url: str) -> Iterator[Finding]:
        try:
            revision, head, known = migration_state(database.engine)
            broken = _damage(database)
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or type(error).__name__).strip().split("\n")[0]
            if "malformed" in reason or "not a database" in reason:
                yield failed(m.STORE, m.STORE_DAMAGED.format(url=url, reason=reason), m.STORE_DAMAGED_MEND)
            else:
                yield failed(m.STORE, m.STORE_AWAY.format(url=url, reason=reason), m.STORE_AWAY_MEND)
            return
        if broken:
            yield failed(m.STORE, m.STORE_DAMAGED.format(url=url, reason=broken), m.STORE_DAMAGED_MEND)
        elif revision is None:
            yield warning(m.STORE, m.STORE_NEW.format(url=url), m.STORE_NEW_MEND)
        elif not known:
            yield failed(m.STORE, m.STORE_AHEAD.format(url=url, revision=revision), m.STORE_AHEAD_MEND)
        elif revision != head:
            told = m.STORE_BEHIND.format(url=url, revision=revision, head=head)
            yield warning(m.STORE, told, m.STORE_BEHIND_MEND)
        else:
            yield ok(m.STORE, m.STORE_FINE.format(url=url, revision=revision))
            database.ready.set()  # the schema is the one that this program knows
            yield from _kept(settings, database)

    def model(self, settings: Settings) -> Iterator[Finding]:
        """The model, where one is configured."""
        if settings.llm_local:
            missing = not all(find_spec(name) for name in ("torch", "transformers"))
            yield (
                failed(m.MODEL, m.MODEL_LOCAL_MISSING, m.MODEL_LOCAL_MEND)
                if missing
                else ok(m.MODEL, m.MODEL_LOCAL.format(model=settings.llm_local))
            )
        elif settings.llm_base_url and not settings.llm_model:
            yield warning(m.MODEL, m.MODEL_UNNAMED, m.MODEL_UNNAMED_MEND)
        elif settings.llm_base_url:
            yield _asked(settings)
        else:
            yield ok(m.MODEL, m.MODEL_NONE)


def same(checked: Checked, index: OpenIndex) -> bool:
    """Whether an index holds what the sources say."""
    meta = {name: value for name, value in asdict(checked.meta).items() if value is not None}
    kept = {name: value for name, value in asdict(index.faq).items() if value is not None}
    gaps = index.gaps.gaps if index.gaps else ()
    return tuple(placed.entry for placed in checked.entries) == index.entries and meta == kept and checked.gaps == gaps


def _damage(database: Database) -> str:
    """What SQLite finds wrong with its file; "" when nothing is, and for PostgreSQL."""
    if database.dialect != "sqlite":
        return ""
    with database.engine.connect() as connection:
        found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    return "" if found == "ok" else found.split("\n")[-1]


def _kept(settings: Settings, database: Database) -> Iterator[Finding]:
    days = settings.retention_days
    with database.read() as connection:
        oldest = connection.execute(sa.select(sa.func.min(answers.c.created_at))).scalar()
    if oldest is not None and aware(oldest) < now() - timedelta(days=days, hours=2):
        yield warning(m.RETENTION, m.RETENTION_LATE.format(days=days, oldest=oldest), m.RETENTION_MEND)
    else:
        yield ok(m.RETENTION, m.RETENTION_FINE.format(days=days))
    if not settings.console:
        yield ok(m.CONSOLE, m.CONSOLE_OFF)
        return
    able = [u for u in Accounts(database).users() if u.active and u.role == "administrateur"]
    if able or settings.oidc_issuer:
        yield ok(m.CONSOLE, m.CONSOLE_FINE.format(n=len(able)))
    else:
        yield warning(m.CONSOLE, m.CONSOLE_EMPTY, m.CONSOLE_MEND)


def _asked(settings: Settings) -> Finding:
    import httpx2

    url = str(settings.llm_base_url).rstrip("/")
    shown = str(httpx2.URL(url).copy_with(userinfo=b""))
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else ""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        response = httpx2.get(f"{url}/models", headers=headers, timeout=TIMEOUT_S, follow_redirects=False)
        response.raise_for_status()
        names = [str(one["id"]) for one in response.json()["data"]]
    except httpx2.HTTPStatusError as error:
        told = m.MODEL_AWAY.format(url=shown, reason=f"HTTP {error.response.status_code}")
        return warning(m.MODEL, told, m.MODEL_AWAY_MEND)
    except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
        return warning(m.MODEL, m.MODEL_AWAY.format(url=shown, reason=type(error).__name__), m.MODEL_AWAY_MEND)
    if settings.llm_model not in names:
        told = m.MODEL_UNKNOWN.format(url=shown, model=settings.llm_model, others=", ".join(names[:5]) or "rien")
        return warning(m.MODEL, told, m.MODEL_UNKNOWN_MEND)
    return ok(m.MODEL, m.MODEL_FINE.format(url=shown, model=settings.llm_model))

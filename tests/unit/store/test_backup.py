"""A backup made while the service runs, restored elsewhere: on SQLite, a real PostgreSQL, and from one to the other."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from app import backup_cli
from app.cli import app
from app.core.errors import GuichetError
from app.core.ports import AnswerRecord, Feedback
from app.settings import Settings
from app.store.accounts import Accounts
from app.store.database import Database
from app.store.repository import SqlStore
from tests.http.staff import settings_in
from tests.postgres import fresh_database, running


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with running() as url:
        yield url


def filled(folder: Path, url: str) -> Settings:
    settings = settings_in(folder, database_url=url)
    store = SqlStore(url)
    record = AnswerRecord("a1", "c1", "abstained", ("e1",), 0.25, "composed", "v1", 12.5, "où est l’été ?", "e2")
    store.record_answer(record)
    store.flush(10)
    assert store.add_feedback(Feedback("a1", "down", None, "bof"))
    accounts = Accounts(store.database)
    accounts.add_user("claire@ecole.example", "Claire", "administrateur", "empreinte")
    user = accounts.by_login("claire@ecole.example")
    assert user
    accounts.make_token(user[0].id, "nuit", ["questions"])
    store.close()
    return settings


def content(url: str) -> dict[str, list[tuple[object, ...]]]:
    database = Database(url)
    database.open()
    metadata = sa.MetaData()
    metadata.reflect(database.engine)
    with database.read() as connection:
        found = {t.name: sorted(map(_told, connection.execute(sa.select(t)))) for t in _kept(metadata)}
    database.close()
    return found


def _kept(metadata: sa.MetaData) -> list[sa.Table]:
    return [t for t in metadata.sorted_tables if not t.name.startswith("answers_words")]


def _told(row: sa.Row[tuple[object, ...]]) -> tuple[object, ...]:
    plain = (str(value).removesuffix("+00:00") if hasattr(value, "isoformat") else value for value in row)
    return tuple(str(bytes(value) if isinstance(value, memoryview) else value) for value in plain)


def run(monkeypatch: pytest.MonkeyPatch, settings: Settings, *arguments: str) -> str:
    monkeypatch.setattr(backup_cli, "Settings", lambda: settings)
    done = CliRunner().invoke(app, list(arguments))
    if isinstance(done.exception, GuichetError):
        raise done.exception
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.mark.slow
@pytest.mark.parametrize("way", ["sqlite to sqlite", "postgresql to postgresql", "sqlite to postgresql"])
def test_what_was_kept_is_there_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, request: pytest.FixtureRequest
) -> None:
    def database(kind: str, name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / name}"
        return fresh_database(request.getfixturevalue("postgres"))

    before, _, after = way.partition(" to ")
    (tmp_path / "un").mkdir()
    (tmp_path / "deux").mkdir()
    old = filled(tmp_path / "un", database(before, "un.db"))
    archive = tmp_path / "sauvegarde.tar.gz"
    assert "lignes" in run(monkeypatch, old, "backup", str(archive))
    assert archive.stat().st_mode & 0o077 == 0

    new = old.model_copy(
        update={
            "faq": tmp_path / "deux" / "faq" / "faq.md",
            "cases": tmp_path / "deux" / "cases",
            "database_url": database(after, "deux.db"),
        }
    )
    run(monkeypatch, new, "restore", str(archive))
    assert content(new.database_url) == content(old.database_url)
    assert new.faq.read_bytes() == old.faq.read_bytes()
    assert (new.faq.parent / "hors_faq.md").exists()
    assert (new.cases / "in_scope.jsonl").exists()

    if after == "sqlite":
        with sa.create_engine(new.database_url).connect() as connection:  # the full-text index was filled too
            found = connection.exec_driver_sql("SELECT count(*) FROM answers_words WHERE answers_words MATCH 'ete'")
            assert found.scalar() == 1
        connection.engine.dispose()
    database_again = Database(new.database_url)
    database_again.open()  # the counters go on where they were
    Accounts(database_again).add_user("paul@ecole.example", "Paul", "lecteur", "x")
    database_again.close()
    with pytest.raises(GuichetError, match="contient déjà"):
        run(monkeypatch, new, "restore", str(archive))


def test_nothing_is_overwritten_and_no_foreign_archive_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "un").mkdir()
    settings = filled(tmp_path / "un", f"sqlite:///{tmp_path / 'un.db'}")
    archive = tmp_path / "s.tar.gz"
    run(monkeypatch, settings, "backup", str(archive))
    with pytest.raises(GuichetError, match="existe déjà"):
        run(monkeypatch, settings, "backup", str(archive))
    settings.faq.write_text("### Autre ?\n\nOui.\n", "utf-8")
    elsewhere = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'deux.db'}"})
    with pytest.raises(GuichetError, match="diffère"):
        run(monkeypatch, elsewhere, "restore", str(archive))
    assert not (tmp_path / "deux.db").exists()
    run(monkeypatch, elsewhere, "restore", "--database-only", str(archive))
    assert "Autre" in settings.faq.read_text("utf-8")

    evil = tmp_path / "evil.tar.gz"
    with tarfile.open(evil, "w:gz") as made:
        made.add(archive, "../dehors")
    for bad in (evil, settings.faq):
        with pytest.raises(GuichetError, match="n’est pas une sauvegarde"):
            run(monkeypatch, elsewhere, "restore", str(bad))
    assert not (tmp_path.parent / "dehors").exists()

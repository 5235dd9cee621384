"""Two machines that serve the same sites over one PostgreSQL: what one publishes or records holds on the other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app import cli, replicas
from app.core.errors import BadSource
from app.settings import Settings
from app.sites import settings_of
from app.web.main import create_app
from tests import postgres
from tests.fakes import FakeEncoder
from tests.http import staff
from tests.http.sites import FAQS, ask, service_in, until

CARD = "Quels documents faut-il pour une carte d’identité ?"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres.running(pgvector=True) as server:
        yield postgres.fresh_database(server)


@pytest.mark.slow
def test_two_machines_serve_one_site(tmp_path: Path, url: str) -> None:
    common = {"database_url": url, "index_url": url, "secret": "un secret assez long", "conversations_shared": True}
    (tmp_path / "un").mkdir()
    (tmp_path / "deux").mkdir()
    first = service_in(tmp_path / "un", **common)
    other = staff.settings_in(
        tmp_path / "deux", sites_dir=first.folder, sites_data_dir=tmp_path / "deux" / "data", console=False, **common
    )
    second = create_app(other, wire=staff.wire)
    with TestClient(first.app, raise_server_exceptions=False) as one:
        desk = first.desk_of("mairie")
        assert desk.database.ready.wait(60)
        before = desk.workshop.read()
        name = next(name for name in before if name.endswith("faq.md"))
        desk.workshop.publish(
            before, {**before, name: FAQS["mairie"].replace("l’ancienne carte", "rien")}, FakeEncoder()
        )
        until(lambda: one.get("/f/mairie/api/ready").status_code == 200)
        with TestClient(second, raise_server_exceptions=False) as two:
            until(lambda: two.get("/f/mairie/api/ready").status_code == 200)
            versions = {client.get("/f/mairie/api/ready").json()["index_version"] for client in (one, two)}
            assert len(versions) == 1
            given = ask(one, "mairie", CARD)
            assert "rien" in given["answer"]
            # A vote, and the conversation, on the machine that didn't answer.
            vote = {"answer_id": given["answer_id"], "vote": "up"}
            until(lambda: two.post("/f/mairie/api/feedback", json=vote).status_code == 200)
            again = two.post(
                "/f/mairie/api/chat", json={"message": CARD, "conversation_id": given["conversation_id"]}
            ).json()
            assert again["conversation_id"] == given["conversation_id"]
            # Another site, and the service itself, know neither.
            assert two.post("/f/mediatheque/api/feedback", json=vote).status_code == 404
            assert two.post("/api/feedback", json=vote).status_code == 404
            # One machine serves consoles; what it publishes next is taken up by the other at once.
            assert two.get("/f/mairie/console").status_code == 404
            now = desk.workshop.read()
            desk.workshop.publish(now, {**now, name: FAQS["mairie"].replace("cinq jours", "six jours")}, FakeEncoder())
            until(lambda: two.get("/f/mairie/api/ready").json().get("index_version") not in versions)
            assert "six jours" in ask(two, "mairie", "Comment déclarer une naissance ?")["answer"]


def settings(folder: Path, **given: object) -> Settings:
    return Settings(_env_file=None, **{"sites_dir": folder, **given})  # type: ignore[arg-type]


def test_what_replicas_would_keep_apart_is_refused_with_what_to_give(tmp_path: Path) -> None:
    shared = {"index_url": "postgresql://h/b"}
    for given, mend in (
        ({**shared}, "GUICHET_DATABASE_URL"),
        ({**shared, "database_url": "postgresql://h/b"}, "GUICHET_SECRET"),
        ({"conversations_shared": True, "sites_dir": None}, "GUICHET_DATABASE_URL"),
    ):
        with pytest.raises(replicas.ReplicasApart) as caught:
            replicas.check(settings(tmp_path, **given))
        assert mend in caught.value.mend
    replicas.check(settings(tmp_path))
    replicas.check(settings(tmp_path, **shared, database_url="postgresql://h/b", secret="un secret assez long"))
    (tmp_path / "mairie.toml").write_text('\ndatabase_url = "mairie.db"\n'.replace("mairie.db", "sqlite:///m.db"))
    with pytest.raises(BadSource, match=r"mairie\.toml:2 .*fichier de cette machine"):
        settings_of(settings(tmp_path, **shared, database_url="postgresql://h/b"), "mairie")


def test_serve_refuses_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GUICHET_SITES_DIR", str(tmp_path))
    monkeypatch.setenv("GUICHET_INDEX_URL", "postgresql://h/b")
    monkeypatch.setattr(sys, "argv", ["guichet", "serve"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    assert "GUICHET_DATABASE_URL=postgresql://" in capsys.readouterr().err

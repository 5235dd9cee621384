"""A publication killed halfway, a store that is locked, full or away: visitors go on, nothing is half published."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.core.errors import StoreUnavailable
from app.search import versions
from app.staff.publishing import recover
from app.store.inbox import Filters
from tests.http.staff import FAQ, Institution, institution_in, wire
from tests.serving import ROOT

KILLED = """
import os, signal, sys
from pathlib import Path
from starlette.testclient import TestClient
from app.staff import publishing
from app.web.main import create_app
from tests.http import staff

folder, where = Path(sys.argv[1]), sys.argv[2]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

made = staff.institution_in(folder)
with TestClient(made.app) as client:
    made.signed_in("editeur")
    user = made.desk.accounts.by_login("editeur@ecole.example")[0]
    change = {"kind": "variant", "entry": "quels-sont-les-modes-de-paiement", "text": "virement"}
    draft = publishing.add_changes(made.desk, user, [change])
    publishing.adopt(made.desk, draft.base)
    if where == "before the sources":
        type(made.desk.workshop)._write = die
    elif where == "before the index":
        import ingest.workshop
        ingest.workshop.build_index = die
    elif where == "before the name":
        import app.search.versions
        app.search.versions.set_current = die
    else:
        type(made.desk.drafts).end_publication = die
    publishing.publish(made.desk, draft, user, "le virement")
"""


@pytest.mark.parametrize("where", ["before the sources", "before the index", "before the name", "at the end"])
def test_a_publication_killed_halfway(tmp_path: Path, where: str) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), where]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=100, check=False)
    assert done.returncode == -9, done.stderr.decode()[-2000:]
    made = reopened(tmp_path)
    with TestClient(made.app, raise_server_exceptions=False) as client:
        assert made.desk.database.ready.wait(30)
        end = time.monotonic() + 30
        while made.desk.drafts.pending() and time.monotonic() < end:
            time.sleep(0.05)  # settled by the start itself
        finished = where == "at the end"
        text = (tmp_path / "faq" / "faq.md").read_text("utf-8")
        assert ("- virement" in text) == finished
        assert (text == FAQ) != finished
        assert made.desk.drafts.publications()[0].state == ("done" if finished else "interrupted")
        live = made.app.state.services.live.retriever().index
        assert any("virement" in entry.variants for entry in live.entries) == finished
        assert live.version == versions.current_version(tmp_path / "index")
        assert (
            client.post("/api/chat", json={"message": "Quels sont les modes de paiement ?"}).json()["outcome"]
            == "answered"
        )
        assert recover(made.desk) == []
        assert bool(made.desk.drafts.open())  # the work is not lost


def reopened(folder: Path) -> Institution:
    """The same service, started again."""
    from app.settings import Settings
    from app.web.main import create_app
    from tests.settings_values import values

    settings = Settings(_env_file=None, **values(folder))  # type: ignore[arg-type]
    links: list[str] = []
    return Institution(folder, create_app(settings, wire=wire, announce=links.append), links)


def test_a_locked_store_delays_no_visitor_and_no_reader(tmp_path: Path) -> None:
    made = institution_in(tmp_path)
    with TestClient(made.app, raise_server_exceptions=False) as client:
        made.signed_in("lecteur", client)
        lock = sqlite3.connect(tmp_path / "guichet.db", isolation_level=None)
        lock.execute("begin immediate")
        for n in range(20):
            assert client.post("/api/chat", json={"message": f"Comment payer {n} ?"}).status_code == 200
        assert client.get("/console/questions").status_code == 200
        lock.execute("rollback")
        lock.close()
        made.app.state.services.store.flush(20)
        end = time.monotonic() + 20
        while made.desk.inbox.latest(50) == [] and time.monotonic() < end:
            time.sleep(0.1)
        assert len(made.desk.inbox.latest(50)) == 20


def test_a_store_that_is_away_answers_visitors_and_says_so_to_staff(tmp_path: Path) -> None:
    (tmp_path / "fichier").write_text("pas un dossier")
    made = institution_in(tmp_path, database_url=f"sqlite:///{tmp_path / 'fichier' / 'guichet.db'}")
    with TestClient(made.app, raise_server_exceptions=False) as client:
        answer = client.post("/api/chat", json={"message": "Quels sont les modes de paiement ?"})
        assert answer.json()["outcome"] == "answered"
        assert client.get("/api/staff/questions", headers={"Authorization": "Bearer gch_x"}).status_code == 503
        assert client.post("/console/connexion", data={"login": "a", "password": "b"}).status_code == 503


def test_a_store_that_is_full_answers_visitors_and_half_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.repository.RETRY_S", 0.5)
    made = institution_in(tmp_path)
    with TestClient(made.app, raise_server_exceptions=False) as client:
        made.signed_in("editeur", client)
        made.ask(client, "Comment payer ?")
        token = {"X-CSRF-Token": made.csrf(client)}
        change = {"kind": "variant", "entry": "quels-sont-les-modes-de-paiement", "text": "virement"}
        draft = client.post("/api/staff/drafts", json={"changes": [change]}, headers=token).json()
        full, engine, dropped, asked = [True], made.desk.database.engine, list[int](), list[str]()
        monkeypatch.setattr(made.app.state.services.store, "_on_drop", lambda: dropped.append(1))

        def no_page_more(connection: sqlite3.Connection, *_: object) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages if full[0] else 1_000_000}")

        sa.event.listen(engine, "checkout", no_page_more)
        engine.dispose()
        with suppress(StoreUnavailable):
            while True:  # what room the last pages have
                made.desk.audit.note("", "x", "", "x" * 1000)
        for n in range(20):
            answer = client.post("/api/chat", json={"message": f"Quels sont les modes de paiement ? {'x' * n * 40}"})
            assert answer.status_code == 200
            asked.append(answer.json()["answer_id"])
        assert client.get("/console/questions").status_code == 200
        refused = client.post(f"/api/staff/drafts/{draft['id']}/publish", json={"note": "n" * 900}, headers=token)
        assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        published = "- virement" in (tmp_path / "faq" / "faq.md").read_text("utf-8")
        made.app.state.services.live.refresh()
        live = made.app.state.services.live.retriever().index
        assert any("virement" in entry.variants for entry in live.entries) == published  # both or neither
        assert not made.app.state.services.store.flush(0.1)
        full[0] = False
        asked.append(made.ask(client, "une question après")["answer_id"])
        assert made.app.state.services.store.flush(20)
        assert dropped == []  # they waited for room
        assert set(asked) <= {row.answer_id for row in made.desk.inbox.page(Filters()).rows}
        recover(made.desk)
        assert not made.desk.drafts.pending()
        assert made.desk.drafts.publications()[0].state == ("done" if published else "interrupted")

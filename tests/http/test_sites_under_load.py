"""A site with more questions than the machine can answer keeps no other site's visitors waiting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from starlette.testclient import TestClient

from app.core.ports import Vectors
from app.settings import Settings
from app.store.repository import SqlStore
from app.wiring import Services, build_services
from tests.fakes import FakeEncoder
from tests.http.sites import Service, ask, service_in, until

CROWD = "combien de livres puis-je emprunter ?"
CARD = "quels documents faut-il pour une carte d’identité ?"


class SlowEncoder(FakeEncoder):
    """Takes as long as the test wants over questions about books."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = Event()
        self.begun = 0

    def knowing(self, words: Iterable[str]) -> SlowEncoder:
        return self

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if any("livres" in text for text in texts):
            self.begun += 1
            assert self.go_on.wait(60)
        return super().encode_queries(texts)


def crowded(folder: Path, encoder: SlowEncoder, **given: object) -> Service:
    def wire(settings: Settings) -> Services:
        return partial(build_services, store=SqlStore(settings.database_url), encoder=lambda: encoder)(settings)

    return service_in(folder, wire=wire, workers=4, **given)


def test_a_crowd_at_one_site_keeps_another_from_nothing(tmp_path: Path) -> None:
    encoder = SlowEncoder()
    service = crowded(tmp_path, encoder)
    with TestClient(service.app, raise_server_exceptions=False) as client, ThreadPoolExecutor(40) as visitors:
        crowd = [visitors.submit(ask, client, "mediatheque", CROWD) for _ in range(40)]
        until(lambda: encoder.begun > 0)
        for _ in range(5):
            assert ask(client, "mairie", CARD)["outcome"] == "answered"
        assert ask(client, "", "Quels sont les modes de paiement ?")["outcome"] == "answered"
        assert client.get("/f/mairie/").status_code == 200
        service.write("mairie", 'institution = "Mairie du Vallon"\n')  # nor is another site's reload kept waiting
        until(lambda: "Mairie du Vallon" in client.get("/f/mairie/").text)
        assert not any(one.done() for one in crowd)
        encoder.go_on.set()
        assert {one.result(60)["outcome"] for one in crowd} == {"answered"}


def test_a_site_has_no_more_than_its_places(tmp_path: Path) -> None:
    encoder = SlowEncoder()
    service = crowded(tmp_path, encoder, site_requests=3)
    with TestClient(service.app, raise_server_exceptions=False) as client, ThreadPoolExecutor(3) as visitors:
        crowd = [visitors.submit(ask, client, "mediatheque", CROWD) for _ in range(3)]
        until(lambda: service.requests("mediatheque") == 3)
        refused = client.post("/f/mediatheque/api/chat", json={"message": CROWD})
        assert (refused.status_code, refused.json()["code"]) == (503, "site_busy")
        assert refused.headers["retry-after"]
        assert client.get("/f/mediatheque/api/health").status_code == 200
        assert client.get("/f/mediatheque/api/ready").status_code == 200
        assert ask(client, "mairie", CARD)["outcome"] == "answered"
        encoder.go_on.set()
        assert {one.result(60)["outcome"] for one in crowd} == {"answered"}
        assert client.post("/f/mediatheque/api/chat", json={"message": CROWD}).status_code == 200


def test_an_application_is_let_go_once_its_last_visitor_is_served(tmp_path: Path) -> None:
    encoder = SlowEncoder()
    service = crowded(tmp_path, encoder)
    with TestClient(service.app, raise_server_exceptions=False) as client, ThreadPoolExecutor(1) as visitors:
        former = service.app_of("mediatheque")
        waiting = visitors.submit(ask, client, "mediatheque", CROWD)
        until(lambda: encoder.begun > 0)
        service.write("mediatheque", 'institution = "Médiathèque du Vallon"\n')
        until(lambda: service.app_of("mediatheque") is not former)
        encoder.go_on.set()
        answer = waiting.result(60)
        assert "dix livres" in answer["answer"]
        store = former.state.services.store
        assert isinstance(store, SqlStore)
        until(lambda: not store._writer.is_alive())
        vote = {"answer_id": answer["answer_id"], "vote": "up"}
        assert client.post("/f/mediatheque/api/feedback", json=vote).status_code == 200  # nothing of it was lost


@pytest.mark.parametrize("path", ["/api/staff/users", "/console", "/api/chat"])
def test_a_path_that_climbs_out_of_a_site_reaches_no_other(tmp_path: Path, path: str) -> None:
    service = service_in(tmp_path)
    with TestClient(service.app, raise_server_exceptions=False) as client:
        for climbing in (f"/f/mairie/..%2f..{path}", f"/f/mairie//f/mediatheque{path}", f"/f/mairie%2f..{path}"):
            assert client.get(climbing, follow_redirects=False).status_code in (404, 405), climbing

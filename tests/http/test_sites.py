"""Several FAQs in one service: each site answers from its own, and nothing of one is in another's reach or way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from app.store.accounts import SCOPES
from app.store.inbox import Filters
from app.web.sites import LOOKS
from tests.http.sites import ORIGINS, Service, ask, service_in, until
from tests.http.test_console_access import OPEN, address

BOOKS = "combien de livres puis-je emprunter ?"
CARD = "quels documents faut-il pour une carte d’identité ?"
BIRTH = "comment déclarer une naissance ?"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """For tests that change nothing of it."""
    made = service_in(tmp_path_factory.mktemp("service"))
    with TestClient(made.app):
        yield made


@pytest.fixture
def client(service: Service) -> TestClient:
    """A visitor of their own."""
    return TestClient(service.app, raise_server_exceptions=False)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Service, TestClient]]:
    """A service whose files the test may change."""
    made = service_in(tmp_path)
    with TestClient(made.app, raise_server_exceptions=False) as client:
        yield made, client


def test_each_site_answers_from_its_own_faq(client: TestClient) -> None:
    answer = ask(client, "mediatheque", BOOKS)
    assert answer["outcome"] == "answered"
    assert "dix livres" in answer["answer"]
    assert ask(client, "mairie", CARD)["sources"][0]["section"] == "État civil"
    for slug, foreign, theirs in (("mediatheque", CARD, "justificatif"), ("mairie", BOOKS, "dix"), ("", BOOKS, "dix")):
        assert theirs not in ask(client, slug, foreign)["answer"]
        hits = client.get(f"{'/f/' + slug if slug else ''}/api/search", params={"q": foreign}).json()["hits"]
        assert foreign not in [hit["question"].lower() for hit in hits]
    assert ask(client, "", "Quels sont les modes de paiement ?")["outcome"] == "answered"


def test_a_site_has_its_own_contact_pages_and_widget(client: TestClient) -> None:
    assert client.get("/f/mediatheque/api/widget").json()["contact"]["email"] == "pret@mediatheque.example"
    assert client.get("/f/mairie/api/widget").json()["contact"]["email"] == "etat-civil@mairie.example"
    home = client.get("/f/mediatheque/").text
    assert "Médiathèque municipale" in home
    assert 'src="/f/mediatheque/widget.js"' in home
    assert 'href="/f/mediatheque/faq' in home
    for path in ("faq", "embed", "configurateur", "donnees-personnelles", "docs", "widget.js", "static/base.css"):
        assert client.get(f"/f/mediatheque/{path}").status_code == 200, path
    assert "/f/mediatheque/openapi.json" in client.get("/f/mediatheque/docs").text
    moved = client.get("/f/mairie", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (307, "/f/mairie/")
    assert "default-src 'none'" in client.get("/f/mediatheque/console/connexion").headers["content-security-policy"]


def test_a_page_of_a_site_leads_nowhere_else(client: TestClient) -> None:
    import re

    for path in ("", "faq", "configurateur", "donnees-personnelles", "console/connexion", "embed"):
        page = client.get(f"/f/mairie/{path}").text
        for found in re.findall(r'(?:href|src|action)="(/[^"]*)"', page):
            assert found.startswith("/f/mairie/"), (path, found)


def test_an_unknown_site_is_a_french_404(client: TestClient) -> None:
    answer = client.post("/f/prefecture/api/chat", json={"message": "x"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    page = client.get("/f/prefecture/", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "Aucun assistant" in page.text
    for odd in ("/f/", "/f//api/chat", "/f/../api/staff/users", "/f/%2e%2e/console", "/f/mairie.toml/"):
        assert client.get(odd, follow_redirects=False).status_code in (404, 401, 303), odd


def test_a_site_belongs_to_its_own_origins(client: TestClient) -> None:
    def asked(slug: str, origin: str) -> tuple[int, str | None]:
        headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
        answer = client.post(f"/f/{slug}/api/chat", json={"message": BOOKS}, headers=headers)
        return answer.status_code, answer.headers.get("access-control-allow-origin")

    for slug, origin in ORIGINS.items():
        assert asked(slug, origin) == (200, origin)
        other = next(o for s, o in ORIGINS.items() if s != slug)
        assert asked(slug, other) == (403, None)
        headers = {"Origin": other, "Access-Control-Request-Method": "POST"}
        assert "access-control-allow-origin" not in client.options(f"/f/{slug}/api/chat", headers=headers).headers
        assert origin in client.get(f"/f/{slug}/embed").headers["content-security-policy"]
        assert other not in client.get(f"/f/{slug}/embed").headers["content-security-policy"]
    root = client.post("/api/chat", json={"message": BOOKS}, headers={"Origin": ORIGINS["mairie"]})
    assert root.status_code == 403


def test_what_visitors_leave_at_one_site_is_unknown_at_another(service: Service, client: TestClient) -> None:
    mine = "combien de livres puis-je emprunter pour un mois ?"
    answer = ask(client, "mediatheque", mine)
    vote = {"answer_id": answer["answer_id"], "vote": "up"}
    service.app_of("mediatheque").state.services.store.flush()
    assert client.post("/f/mairie/api/feedback", json=vote).status_code == 404
    assert client.post("/api/feedback", json=vote).status_code == 404
    assert client.post("/f/mediatheque/api/feedback", json=vote).status_code == 200
    begun = answer["conversation_id"]
    follow = {"message": "et la prolongation ?", "conversation_id": begun}
    assert client.post("/f/mairie/api/chat", json=follow).json()["conversation_id"] != begun
    assert client.post("/api/chat", json=follow).json()["conversation_id"] != begun
    assert client.post("/f/mediatheque/api/chat", json=follow).json()["conversation_id"] == begun
    for slug in ORIGINS:
        service.app_of(slug).state.services.store.flush()
    asked = {s: [row.message for row in service.desk_of(s).inbox.page(Filters()).rows] for s in ORIGINS}
    assert mine in asked["mediatheque"]
    assert "et la prolongation ?" in asked["mairie"]
    assert mine not in asked["mairie"]


def test_metrics_tell_sites_apart_and_a_site_sees_its_own_alone(client: TestClient) -> None:
    ask(client, "mediatheque", BOOKS)
    whole = client.get("/metrics").text
    assert 'guichet_index_entries{site="mairie"} 2.0' in whole
    assert "guichet_index_entries 3.0" in whole
    assert 'guichet_answers_total{generator="verbatim",outcome="answered",site="mediatheque"}' in whole
    own = client.get("/f/mairie/metrics").text
    assert 'guichet_index_entries{site="mairie"} 2.0' in own
    assert "mediatheque" not in own
    assert "python_info" not in own


def staff_paths(service: Service, slug: str) -> list[tuple[str, str]]:
    """Every route of staff's, from the site's own router."""
    found = [
        (method, route)
        for route in iter_route_contexts(service.app_of(slug).routes)
        if route.methods and route.path.startswith(("/console", "/api/staff"))
        for method in sorted(route.methods - {"HEAD"})
        if (method, route.path) not in OPEN
    ]
    assert len(found) > 50
    return [(method, address(route)) for method, route in found]


def test_a_session_of_one_site_opens_nothing_at_another(service: Service) -> None:
    name, value = service.signed_in("mediatheque", "administrateur")
    cookies = f"{name}={value}; guichet_session={value}; guichet_session_mairie={value}"
    client = TestClient(service.app, raise_server_exceptions=False)
    at_home = client.get("/f/mediatheque/console", headers={"Cookie": cookies}, follow_redirects=False)
    assert at_home.status_code == 200
    reached = []
    for prefix in ("/f/mairie", ""):
        for method, path in staff_paths(service, "mairie"):
            kind = {"Content-Type": "application/json"} if path.startswith("/api") else {}
            answer = client.request(method, prefix + path, headers={"Cookie": cookies, **kind}, follow_redirects=False)
            to_login = f"{prefix}/console/connexion"
            if answer.status_code != 401 and not answer.headers.get("location", "").startswith(to_login):
                reached.append((method, prefix + path, answer.status_code))
    assert reached == []


def test_a_token_of_one_site_opens_nothing_at_another(service: Service) -> None:
    service.signed_in("mediatheque", "administrateur")
    desk = service.desk_of("mediatheque")
    user = desk.accounts.by_login("administrateur@mediatheque.example")
    assert user is not None
    _, secret = desk.accounts.make_token(user[0].id, "tout", list(SCOPES))
    client = TestClient(service.app, raise_server_exceptions=False)
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    assert client.get("/f/mediatheque/api/staff/users", headers=headers).status_code == 200
    reached = []
    for prefix in ("/f/mairie", ""):
        for method, path in staff_paths(service, "mairie"):
            if path.startswith("/api/staff"):
                answer = client.request(method, prefix + path, headers=headers, follow_redirects=False)
                if answer.status_code != 401:
                    reached.append((method, prefix + path, answer.status_code))
    assert reached == []


def test_signing_in_keeps_to_the_site(service: Service) -> None:
    from tests.http.staff import PASSWORD

    service.signed_in("mairie", "lecteur")
    client = TestClient(service.app, raise_server_exceptions=False)
    sent = client.get("/f/mairie/console/faq?mots=a", follow_redirects=False)
    assert sent.headers["location"] == "/f/mairie/console/connexion?suite=/console/faq%3Fmots%3Da"
    data = {"login": "lecteur@mairie.example", "password": PASSWORD, "suite": "/console/faq"}
    assert client.post("/f/mediatheque/console/connexion", data=data).status_code == 401
    answer = client.post("/f/mairie/console/connexion", data=data, follow_redirects=False)
    assert answer.headers["location"] == "/f/mairie/console/faq"
    assert "Path=/f/mairie/;" in answer.headers["set-cookie"]
    assert client.get("/f/mairie/console").status_code == 200


def test_the_first_administrator_of_each_site_gets_a_link_there(own: tuple[Service, TestClient]) -> None:
    service, client = own
    until(lambda: len(service.links) == 3)
    for slug in ("mairie", "mediatheque"):
        path = next(link for link in service.links if link.startswith(f"/f/{slug}/console/bienvenue/"))
        assert client.get(path).status_code == 200
        other = path.replace(slug, "mairie" if slug == "mediatheque" else "mediatheque")
        assert client.get(other).status_code == 410


def test_a_broken_settings_file_is_its_sites_own_trouble(tmp_path: Path) -> None:
    service = service_in(tmp_path)
    service.write("mairie", 'contact_email = "a@b.example"\nallowed_orgins = []\n')
    with TestClient(service.app, raise_server_exceptions=False) as client:
        answer = client.post("/f/mairie/api/chat", json={"message": CARD})
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "site_unavailable"
        assert "n’est pas disponible" in answer.json()["detail"]
        assert answer.headers["retry-after"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert client.get("/f/mairie/", headers={"Accept": "text/html"}).status_code == 503
        assert client.get("/f/mairie/console").status_code == 503
        ready = client.get("/api/ready")
        assert ready.status_code == 200
        told = ready.json()["sites"]
        assert told["mairie"]["status"] == "not_ready"
        assert "mairie.toml:2" in told["mairie"]["reason"]
        assert told["mediatheque"]["status"] == "ok"
        assert client.get("/f/mairie/api/ready").status_code == 503
        assert ask(client, "mediatheque", BOOKS)["outcome"] == "answered"
        before = service.app_of("mediatheque")
        service.write("mairie", 'contact_email = "a@b.example"\n')
        until(lambda: client.get("/f/mairie/api/ready").status_code == 200)
        assert client.get("/f/mairie/api/widget").json()["contact"]["email"] == "a@b.example"
        assert service.app_of("mediatheque") is before


def test_a_broken_index_is_its_sites_own_trouble(tmp_path: Path) -> None:
    service = service_in(tmp_path)
    live = (service.folder / "mairie" / "index" / "CURRENT").read_text().strip()
    damaged = next((service.folder / "mairie" / "index" / live).glob("*.jsonl"))
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:40])
    with TestClient(service.app, raise_server_exceptions=False) as client:
        answer = client.post("/f/mairie/api/chat", json={"message": CARD})
        assert (answer.status_code, answer.json()["code"]) == (503, "index_unavailable")
        assert client.get("/api/ready").json()["sites"]["mairie"]["status"] == "not_ready"
        assert client.get("/f/mairie/api/ready").status_code == 503
        assert ask(client, "mediatheque", BOOKS)["outcome"] == "answered"
        damaged.write_bytes(whole)
        until(lambda: client.get("/f/mairie/api/ready").status_code == 200)
        assert ask(client, "mairie", CARD)["outcome"] == "answered"


def test_a_faq_without_an_index_and_one_that_cannot_be_read_are_their_sites_own_trouble(tmp_path: Path) -> None:
    service = service_in(tmp_path)
    (service.folder / "musee.toml").write_text("", "utf-8")
    (service.folder / "mairie" / "faq.md").write_bytes(b"\xff\xfe\x00")
    with TestClient(service.app, raise_server_exceptions=False) as client:
        answer = client.post("/f/musee/api/chat", json={"message": CARD})
        assert (answer.status_code, answer.json()["code"]) == (503, "index_unavailable")
        assert ask(client, "mairie", CARD)["outcome"] == "answered"  # from the index of before
        assert ask(client, "mediatheque", BOOKS)["outcome"] == "answered"


def test_a_changed_file_concerns_its_site_alone(own: tuple[Service, TestClient]) -> None:
    service, client = own
    others = service.app, service.app_of("mediatheque")
    former = service.app_of("mairie")
    service.write("mairie", 'institution = "Mairie du Vallon"\n')
    until(lambda: service.app_of("mairie") is not former)
    assert "Mairie du Vallon" in client.get("/f/mairie/").text
    assert (service.app, service.app_of("mediatheque")) == others
    running = service.app_of("mairie")
    service.write("mairie", "institution = Mairie\n")
    until(lambda: client.get("/api/ready").json()["sites"]["mairie"]["reason"] is not None)
    told = client.get("/api/ready").json()["sites"]["mairie"]
    assert told["status"] == "ok"
    assert "mairie.toml:1" in told["reason"]
    assert service.app_of("mairie") is running  # the former settings go on
    assert ask(client, "mairie", CARD)["outcome"] == "answered"


def test_a_file_being_written_is_not_taken_up_before_it_has_ended(tmp_path: Path) -> None:
    """Each piece of it is sound TOML; looked at between any two of them, the former settings go on."""
    service = service_in(tmp_path, index_poll_s=3600)  # the looks are this test's
    path = service.folder / "mairie.toml"
    with TestClient(service.app, raise_server_exceptions=False) as client:
        assert client.portal is not None
        former = service.app_of("mairie")
        lines = [
            'institution = "Mairie du Vallon"\n',
            "retention_days = 30\n",
            'contact_email = "a@b.example"\n',
        ]
        for written in range(1, len(lines) + 1):
            path.write_text("".join(lines[:written]), "utf-8")
            for _ in range(LOOKS - 1):
                client.portal.call(service.sites.look)
            assert service.app_of("mairie") is former
        client.portal.call(service.sites.look)
        until(lambda: service.app_of("mairie") is not former)
        assert "a@b.example" in client.get("/f/mairie/api/widget").json()["contact"]["email"]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ("", "vide"),
        ('institution = "Mairie"\nretention_days = 3', "mairie.toml:2"),
        ('institution = "Mai', "mairie.toml:1"),
    ],
)
def test_a_file_left_half_written_leaves_the_former_settings_and_is_told(tmp_path: Path, left: str, said: str) -> None:
    service = service_in(tmp_path, index_poll_s=3600)
    path = service.folder / "mairie.toml"
    with TestClient(service.app, raise_server_exceptions=False) as client:
        assert client.portal is not None
        former = service.app_of("mairie")
        path.write_text(left, "utf-8")
        for _ in range(LOOKS + 2):
            client.portal.call(service.sites.look)
        assert service.app_of("mairie") is former
        told = client.get("/api/ready").json()["sites"]["mairie"]
        assert told["status"] == "ok"
        assert said in told["reason"]
        assert "réglages d’avant" in told["reason"]
        assert ask(client, "mairie", CARD)["outcome"] == "answered"
        path.write_text('institution = "Mairie"\nretention_days = 30\n', "utf-8")
        for _ in range(LOOKS):
            client.portal.call(service.sites.look)
        until(lambda: client.get("/api/ready").json()["sites"]["mairie"]["reason"] is None)
        assert service.app_of("mairie") is not former


def test_a_file_that_is_away_for_a_moment_takes_no_site_down(tmp_path: Path) -> None:
    """As an editor does that puts a new file in the place of the old one."""
    service = service_in(tmp_path, index_poll_s=3600)
    path = service.folder / "mairie.toml"
    with TestClient(service.app, raise_server_exceptions=False) as client:
        assert client.portal is not None
        former, text = service.app_of("mairie"), path.read_bytes()
        path.unlink()
        client.portal.call(service.sites.look)
        path.write_bytes(text)
        for _ in range(LOOKS):
            client.portal.call(service.sites.look)
        assert service.app_of("mairie") is former
        path.unlink()
        for _ in range(LOOKS):
            client.portal.call(service.sites.look)
        until(lambda: client.get("/f/mairie/api/ready").status_code == 404)


def test_a_publication_reloads_its_site_alone(own: tuple[Service, TestClient]) -> None:
    service, client = own
    before = {slug: client.get(f"/f/{slug}/api/ready").json()["index_version"] for slug in ORIGINS}
    kept = service.app_of("mediatheque").state.services.live.retriever()
    faq = service.folder / "mairie" / "faq.md"
    faq.write_text(faq.read_text("utf-8").replace("cinq jours", "cinq jours ouvrés"), "utf-8")
    service.build("mairie")
    until(lambda: client.get("/f/mairie/api/ready").json()["index_version"] != before["mairie"])
    assert "jours ouvrés" in ask(client, "mairie", BIRTH)["answer"]
    assert client.get("/f/mediatheque/api/ready").json()["index_version"] == before["mediatheque"]
    assert service.app_of("mediatheque").state.services.live.retriever() is kept


def test_sites_come_and_go_without_a_restart(own: tuple[Service, TestClient]) -> None:
    service, client = own
    (service.folder / "annexe").mkdir()
    (service.folder / "annexe" / "faq.md").write_text("# Annexe\n\n## Où garer mon vélo ?\n\nSous le préau.\n", "utf-8")
    service.write("annexe", "")
    service.build("annexe")
    until(lambda: client.get("/f/annexe/api/ready").status_code == 200)
    assert "préau" in ask(client, "annexe", "où garer mon vélo ?")["answer"]
    (service.folder / "annexe.toml").unlink()
    until(lambda: client.get("/f/annexe/api/ready").status_code == 404)
    until(lambda: 'site="annexe"' not in client.get("/metrics").text)
    assert ask(client, "mairie", CARD)["outcome"] == "answered"


def test_sites_share_one_encoder(service: Service) -> None:
    encoders = {id(service.app_of(slug).state.services.live.encoder()) for slug in ORIGINS}
    assert encoders == {id(service.app.state.services.live.encoder())}


def test_a_rate_limit_is_a_sites_own(tmp_path: Path) -> None:
    service = service_in(tmp_path, rate_limit_per_minute=3)
    with TestClient(service.app, raise_server_exceptions=False) as client:
        codes = [client.post("/f/mairie/api/chat", json={"message": CARD}).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        assert ask(client, "mediatheque", BOOKS)["outcome"] == "answered"
        assert ask(client, "", "Quels sont les modes de paiement ?")["outcome"] == "answered"

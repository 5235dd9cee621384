"""Headers on every route, and a service that calls nobody but whom its operator named."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.web.oidc import OidcFailed, provider_of
from tests.fake_llm_server import fake_llm
from tests.fakes import FakeEncoder
from tests.http.staff import FAQ, Institution, institution_in
from tests.http.test_console_access import address, call, routes

DEFAULT = "default-src 'none'"


@pytest.fixture(scope="module")
def institution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Institution]:
    made = institution_in(tmp_path_factory.mktemp("ecole"))
    with TestClient(made.app, raise_server_exceptions=False):
        made.signed_in("administrateur")
        yield made


def test_every_route_of_the_router_carries_the_headers(institution: Institution) -> None:
    """Signed in or not, for the method it takes and for one that it doesn't."""
    wrong = []
    clients = [TestClient(institution.app, raise_server_exceptions=False), institution.signed_in("administrateur")]
    for method, route in routes(institution):
        if method != "GET":
            continue
        for client in clients:
            for asked in (method, "DELETE"):
                headers = call(client, asked, address(route)).headers  # type: ignore[attr-defined]
                policy = headers.get("content-security-policy", "")
                fine = (
                    headers.get("x-content-type-options") == "nosniff"
                    and headers.get("referrer-policy") == "no-referrer"
                    and "geolocation=()" in headers.get("permissions-policy", "")
                    and "server" not in headers
                    and "x-request-id" in headers
                    and (route.path.startswith("/docs") or (DEFAULT in policy and "unsafe" not in policy))
                    and ("frame-ancestors 'none'" in policy or not route.path.startswith("/console"))
                )
                if not fine or (route.path.startswith("/console") and headers.get("cache-control") != "no-store"):
                    wrong.append((asked, route.path, dict(headers)))
    assert wrong == []


class Listener:
    """A server that must never be called: counts who connects."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.calls = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def test_the_trap_counts(listener: Listener) -> None:
    with socket.create_connection(("127.0.0.1", int(listener.address.rpartition(":")[2]))) as connection:
        connection.recv(1)
    assert listener.calls == 1


def test_no_address_in_a_faq_is_ever_fetched(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links, images, pages of entries, of the FAQ and of the contact: read, checked, published, searched, shown."""
    made = institution_in(
        tmp_path,
        contact_url=f"{listener.address}/contact",
        privacy_url=f"{listener.address}/prive",
        allowed_origins=listener.address,
        public_url=listener.address,
    )
    evil = FAQ.replace("title:", f"source_url: {listener.address}/faq\ntitle:").replace(
        "Deux sessions",
        f"Voir [ici]({listener.address}/a), ![image]({listener.address}/b.png) et <{listener.address}/c>.\n\n"
        f"[ref]: {listener.address}/d\n\nDeux sessions",
    )
    evil = evil.replace("<!-- guichet:\n", f"<!-- guichet: url={listener.address}/e\n")
    with TestClient(made.app, raise_server_exceptions=False) as client:
        desk = made.desk
        before = desk.workshop.read()
        name = next(name for name in before if name.endswith("faq.md"))
        after = {**before, name: evil}
        desk.workshop.check(after)
        desk.workshop.publish(before, after, FakeEncoder())
        made.app.state.services.live.refresh()
        for path in ("/", "/faq", "/faq?q=sessions", "/api/widget", "/api/search?q=sessions", "/donnees-personnelles"):
            assert client.get(path).status_code == 200
        assert listener.address in client.get("/faq").text  # it is shown, and only shown
        made.ask(client, f"Combien de sessions ? {listener.address}/question")
        admin = made.signed_in("administrateur")
        assert admin.get("/console/faq").status_code == 200
    assert listener.calls == 0


def test_a_provider_that_redirects_is_not_followed(institution: Institution, listener: Listener) -> None:
    with fake_llm() as server:
        server.mode = "redirect"
        settings = institution.app.state.settings.model_copy(
            update={"oidc_issuer": server.base_url, "oidc_client_id": "g"}
        )
        provider = provider_of(settings)
        assert provider is not None
        with pytest.raises(OidcFailed):
            provider.begin("http://localhost/retour")
    assert listener.calls == 0

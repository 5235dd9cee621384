"""Signing in through the institution: against a provider of our own that speaks the protocol."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from tests.http.staff import Institution, institution_in


@dataclass
class Provider:
    """An OpenID Connect provider; `claims` are what it says, `spoil` what it gets wrong."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "k1"}))
    claims: dict[str, Any] = field(default_factory=dict)
    spoil: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)

    def id_token(self) -> str:
        claims = {
            "iss": self.issuer,
            "aud": "guichet",
            "exp": int(time.time()) + 300,
            "iat": int(time.time()),
            "nonce": self.asked.get("nonce", ""),
            **self.claims,
            **self.spoil,
        }
        key = self.spoil_key or self.key
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key)

    spoil_key: RSAKey | None = None


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[ThreadingHTTPServer, Provider]]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def reply(self, value: Any) -> None:
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            if self.path.endswith("openid-configuration"):
                names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                self.reply({"issuer": provider.issuer, **{name: f"{provider.issuer}/{name}" for name in names}})
            else:
                self.reply({"keys": [provider.key.as_dict(private=False)]})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            provider.form = dict(urllib.parse.parse_qsl(body))
            provider.form["authorization"] = self.headers.get("Authorization", "")
            self.reply({"access_token": "x", "token_type": "Bearer", "id_token": provider.id_token()})

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, provider
    server.shutdown()
    server.server_close()


@pytest.fixture
def provider(server: tuple[ThreadingHTTPServer, Provider]) -> Provider:
    provider = server[1]
    provider.spoil, provider.spoil_key = {}, None
    provider.claims = {"sub": "u1", "email": "lea@ecole.example", "name": "Léa Roux", "groups": ["scolarite"]}
    return provider


@pytest.fixture
def institution(tmp_path: Path, provider: Provider) -> Institution:
    return institution_in(
        tmp_path,
        oidc_issuer=provider.issuer,
        oidc_client_id="guichet",
        oidc_client_secret="chut",
        oidc_roles="scolarite=editeur, dsi=administrateur",
    )


@pytest.fixture
def client(institution: Institution) -> Iterator[TestClient]:
    with TestClient(institution.app, raise_server_exceptions=False) as client:
        assert institution.desk.database.ready.wait(30)
        yield client


def sign_in(client: TestClient, provider: Provider, **changed: str) -> Any:
    """Go to the provider and come back."""
    away = client.get("/console/oidc", follow_redirects=False)
    provider.asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(away.headers["location"]).query))
    query = {"code": "c", "state": provider.asked["state"], **changed}
    return client.get("/console/oidc/retour", params=query, follow_redirects=False)


def test_a_group_of_the_institution_gives_a_role(
    client: TestClient, provider: Provider, institution: Institution
) -> None:
    assert "Compte de l’établissement" in client.get("/console/connexion").text
    assert sign_in(client, provider).status_code == 303
    page = client.get("/console").text
    assert "Léa Roux" in page
    assert "Éditeur" in page
    assert provider.asked["code_challenge_method"] == "S256"
    assert provider.form["code_verifier"]
    assert provider.form["authorization"].startswith("Basic ")
    provider.claims["groups"] = ["dsi", "scolarite"]
    sign_in(client, provider)
    user = institution.desk.accounts.by_login("lea@ecole.example")
    assert user is not None
    assert user[0].role == "administrateur"


def test_without_a_group_only_an_account_lets_in(
    client: TestClient, provider: Provider, institution: Institution
) -> None:
    provider.claims = {"sub": "u2", "email": "jean@ecole.example", "groups": ["autre"]}
    assert sign_in(client, provider).status_code == 403
    institution.desk.accounts.add_user("jean@ecole.example", "Jean", "lecteur")
    assert sign_in(client, provider).status_code == 303


def test_an_account_of_another_subject_is_not_taken_over(client: TestClient, provider: Provider) -> None:
    assert sign_in(client, provider).status_code == 303
    provider.claims = {"sub": "intrus", "email": "lea@ecole.example", "groups": ["scolarite"]}
    assert sign_in(client, provider).status_code == 403


@pytest.mark.parametrize(
    "spoil",
    [{"iss": "https://ailleurs.example"}, {"aud": "un-autre"}, {"exp": 1}, {"nonce": "faux"}],
    ids=["issuer", "audience", "expired", "nonce"],
)
def test_a_token_that_is_wrong_lets_nobody_in(client: TestClient, provider: Provider, spoil: dict[str, Any]) -> None:
    provider.spoil = spoil
    assert sign_in(client, provider).status_code == 401
    assert client.get("/console", follow_redirects=False).status_code == 303


def test_another_key_lets_nobody_in(client: TestClient, provider: Provider) -> None:
    provider.spoil_key = RSAKey.generate_key(2048, parameters={"kid": "k1"})
    assert sign_in(client, provider).status_code == 401


def test_an_answer_to_a_question_not_asked_lets_nobody_in(client: TestClient, provider: Provider) -> None:
    assert sign_in(client, provider, state="faux").status_code == 401
    client.cookies.clear()
    query = {"code": "c", "state": provider.asked["state"]}
    assert client.get("/console/oidc/retour", params=query, follow_redirects=False).status_code == 401


def test_an_account_that_was_closed_stays_closed(
    client: TestClient, provider: Provider, institution: Institution
) -> None:
    sign_in(client, provider)
    user = institution.desk.accounts.by_login("lea@ecole.example")
    assert user is not None
    institution.signed_in("administrateur", TestClient(institution.app))
    institution.desk.accounts.change_user(user[0].id, active=False)
    assert sign_in(client, provider).status_code == 403

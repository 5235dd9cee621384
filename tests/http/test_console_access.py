"""Nobody reads or changes anything without a login, nor beyond their role: route by route, from the router's list."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.testclient import TestClient

from app.store.accounts import ROLES, SCOPES, Role
from app.web.auth import Needs, principal
from tests.http.staff import PASSWORD, Institution, institution_in

OPEN = {
    ("GET", "/console/connexion"),
    ("POST", "/console/connexion"),
    ("GET", "/console/bienvenue/{secret}"),
    ("POST", "/console/bienvenue/{secret}"),
    ("GET", "/console/oidc"),
    ("GET", "/console/oidc/retour"),
}
"""What anybody may call below /console: the doors themselves."""

VISITORS = {
    "/",
    "/faq",
    "/docs",
    "/embed",
    "/configurateur",
    "/donnees-personnelles",
    "/widget.js",
    "/widget/panel.js",
    "/widget/panel.en.js",
    "/metrics",
    "/openapi.json",
    "/api/chat",
    "/api/search",
    "/api/widget",
    "/api/suggestions",
    "/api/entries/{entry_id}",
    "/api/feedback",
    "/api/conversations/{conversation_id}",
    "/api/health",
    "/api/ready",
    "/v1/chat/completions",
    "/v1/models",
}
"""The public service. A new public route has to be added here, and so be thought about."""

FILLERS = {"secret": "x", "entry_id": "quels-sont-les-modes-de-paiement", "name": "x", "conversation_id": "c"}


@pytest.fixture(scope="module")
def institution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Institution]:
    made = institution_in(tmp_path_factory.mktemp("ecole"))
    with TestClient(made.app, raise_server_exceptions=False) as client:
        made.ask(client, "secret du visiteur : une cantine ?")
        made.signed_in("administrateur")
        yield made


def routes(institution: Institution) -> list[tuple[str, RouteContext]]:
    """The application's own routes, those of included routers with all that they stand behind."""
    found = [route for route in iter_route_contexts(institution.app.routes) if route.methods]
    return [(method, route) for route in found for method in sorted(route.methods - {"HEAD"})]


def staff_routes(institution: Institution) -> list[tuple[str, RouteContext]]:
    return [
        (method, route)
        for method, route in routes(institution)
        if route.path.startswith(("/console", "/api/staff")) and (method, route.path) not in OPEN
    ]


def address(route: RouteContext) -> str:
    path = route.path
    for name in re.findall(r"{(\w+)}", path):
        path = path.replace("{" + name + "}", FILLERS.get(name, "1"))
    return path


def needs(route: RouteContext) -> list[Needs]:
    found: list[Needs] = []
    waiting = list(route.dependant.dependencies)
    while waiting:
        one = waiting.pop()
        if isinstance(one.call, Needs):
            found.append(one.call)
        waiting += one.dependencies
    return found


def call(client: TestClient, method: str, path: str, **given: object) -> object:
    return client.request(method, path, follow_redirects=False, **given)  # type: ignore[arg-type]


def test_every_route_is_either_public_a_door_or_staff(institution: Institution) -> None:
    listed = {(method, route.path) for method, route in routes(institution)}
    assert len(listed) > 60
    for method, path in listed:
        assert path in VISITORS or (method, path) in OPEN or path.startswith(("/console", "/api/staff")), path
    assert listed >= OPEN


def test_every_staff_route_stands_behind_the_login_and_names_a_role(institution: Institution) -> None:
    for method, route in staff_routes(institution):
        calls = [one.call for one in route.dependant.dependencies]
        assert principal in calls, (method, route.path)
        assert needs(route), (method, route.path)


def test_without_a_login_nothing_is_reached(institution: Institution) -> None:
    reached = []
    for headers in ({}, {"Authorization": "Bearer gch_faux"}, {"Cookie": "guichet_session=faux"}):
        client = TestClient(institution.app, raise_server_exceptions=False)
        for method, route in staff_routes(institution):
            kind = {"Content-Type": "application/json"} if route.path.startswith("/api") else {}
            answer = call(client, method, address(route), headers={**headers, **kind})
            refused = answer.status_code == 401 or (  # type: ignore[attr-defined]
                answer.status_code == 303 and "/console/connexion" in answer.headers["location"]  # type: ignore[attr-defined]
            )
            if not refused or "cantine" in answer.text:  # type: ignore[attr-defined]
                reached.append((method, route.path, answer.status_code))  # type: ignore[attr-defined]
    assert reached == []


@pytest.mark.parametrize("role", ROLES)
def test_no_role_exceeds_its_rights(institution: Institution, role: Role) -> None:
    client = institution.signed_in(role)
    headers = {"X-CSRF-Token": institution.csrf(client)}
    wrong = []
    for method, route in staff_routes(institution):
        least = max((one.role for one in needs(route)), key=ROLES.index)
        allowed = ROLES.index(role) >= ROLES.index(least)
        if method != "GET" and allowed:
            continue  # what they may do is tested where it is done
        kind = {"Content-Type": "application/json"} if route.path.startswith("/api") else {}
        answer = call(client, method, address(route), headers={**headers, **kind})
        if (answer.status_code == 403) == allowed or answer.status_code >= 500:  # type: ignore[attr-defined]
            wrong.append((method, route.path, answer.status_code))  # type: ignore[attr-defined]
    assert wrong == []


def test_reading_routes_change_nothing(institution: Institution) -> None:
    for method, route in staff_routes(institution):
        least = {one.role for one in needs(route)}
        if method == "GET":
            continue
        assert least != {"lecteur"} or route.path in (
            "/console/deconnexion",
            "/console/mot-de-passe",
            "/api/staff/test",
            "/console/tester",
        ), route.path


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_opens_its_scope_alone(institution: Institution, scope: str) -> None:
    user = institution.desk.accounts.by_login("administrateur@ecole.example")
    assert user is not None
    _, secret = institution.desk.accounts.make_token(user[0].id, scope, [scope])  # type: ignore[list-item]
    client = TestClient(institution.app, raise_server_exceptions=False)
    headers = {"Authorization": f"Bearer {secret}"}
    wrong = []
    for method, route in staff_routes(institution):
        if method != "GET" or not route.path.startswith("/api/staff"):
            continue
        allowed = all(one.scope == scope for one in needs(route))
        answer = call(client, method, address(route), headers=headers)
        if (answer.status_code == 403) == allowed:  # type: ignore[attr-defined]
            wrong.append((route.path, answer.status_code))  # type: ignore[attr-defined]
    assert wrong == []
    assert client.get("/console", headers=headers, follow_redirects=False).status_code == 303


def test_a_token_never_exceeds_its_owner(institution: Institution) -> None:
    institution.signed_in("lecteur")
    reader = institution.desk.accounts.by_login("lecteur@ecole.example")
    assert reader is not None
    _, secret = institution.desk.accounts.make_token(reader[0].id, "trop", list(SCOPES))
    client = TestClient(institution.app, raise_server_exceptions=False)
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/staff/questions", headers=headers).status_code == 200
    assert client.get("/api/staff/users", headers=headers).status_code == 403
    change = {"changes": [{"kind": "gap", "topic": "Parking", "text": "où me garer ?"}]}
    assert client.post("/api/staff/drafts", json=change, headers=headers).status_code == 403


def test_a_form_of_another_site_changes_nothing(institution: Institution) -> None:
    client = institution.signed_in("administrateur")
    data = {"login": "intrus", "role": "administrateur"}
    assert client.post("/console/reglages/comptes", data=data).status_code == 403
    assert client.post("/console/reglages/comptes", data={**data, "csrf": "faux"}).status_code == 403
    foreign = {"Origin": "https://ailleurs.example", "Sec-Fetch-Site": "cross-site"}
    given = {**data, "csrf": institution.csrf(client)}
    assert client.post("/console/reglages/comptes", data=given, headers=foreign).status_code == 403
    assert client.post("/api/staff/users", json={"login": "intrus"}).status_code == 403
    assert institution.desk.accounts.by_login("intrus") is None


def test_the_session_cookie_is_out_of_reach(tmp_path: Path) -> None:
    made = institution_in(tmp_path)
    with TestClient(made.app, raise_server_exceptions=False) as client:
        made.signed_in("lecteur")
        data = {"login": "lecteur@ecole.example", "password": PASSWORD}
        answer = client.post("/console/connexion", data=data, follow_redirects=False)
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        secure = TestClient(made.app, base_url="https://testserver")
        assert (
            "secure"
            in secure.post("/console/connexion", data=data, follow_redirects=False).headers["set-cookie"].lower()
        )


def test_passwords_cannot_be_tried_for_long(tmp_path: Path) -> None:
    made = institution_in(tmp_path)
    with TestClient(made.app, raise_server_exceptions=False) as client:
        made.signed_in("lecteur")
        codes = [
            client.post(
                "/console/connexion", data={"login": "lecteur@ecole.example", "password": f"essai {n}"}
            ).status_code
            for n in range(7)
        ]
        assert codes[:5] == [401] * 5
        assert codes[-1] == 429
        data = {"login": "lecteur@ecole.example", "password": PASSWORD}
        assert client.post("/console/connexion", data=data, follow_redirects=False).status_code == 429


def test_the_first_administrator_comes_by_a_link_that_serves_once(tmp_path: Path) -> None:
    made = institution_in(tmp_path)
    with TestClient(made.app, raise_server_exceptions=False) as client:
        end = time.monotonic() + 20
        while not made.links and time.monotonic() < end:
            time.sleep(0.02)
        path = made.links[0]
        data = {"login": "Claire", "name": "Claire", "password": PASSWORD, "again": PASSWORD}
        assert client.post(path, data={**data, "password": "court", "again": "court"}).status_code == 422
        assert client.post(path, data=data, follow_redirects=False).status_code == 303
        assert client.get("/console").status_code == 200
        other = TestClient(made.app, raise_server_exceptions=False)
        assert other.get(path).status_code == 410
        assert other.post(path, data={**data, "login": "Intrus"}).status_code == 410
        assert made.desk.accounts.by_login("intrus") is None


def test_after_signing_in_one_stays_on_this_site(tmp_path: Path) -> None:
    made = institution_in(tmp_path)
    with TestClient(made.app, raise_server_exceptions=False) as client:
        made.signed_in("lecteur")
        for back, wanted in (
            ("https://ailleurs.example/console", "/console"),
            ("//ailleurs.example", "/console"),
            ("/console/../x//y", "/console"),
            ("/console/faq?mots=a", "/console/faq?mots=a"),
        ):
            data = {"login": "lecteur@ecole.example", "password": PASSWORD, "suite": back}
            answer = client.post("/console/connexion", data=data, follow_redirects=False)
            assert answer.headers["location"] == wanted

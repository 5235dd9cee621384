"""What the widget needs of the service: its files, who may use them, signed conversations, limits, headers."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from app.settings import ROOT, Settings
from app.web.main import create_app
from app.web.widget import BUILT
from app.wiring import Services
from tests.fakes import MemoryStore

SITE = "https://www.ecole.example"
KB = 1000
Wire = Callable[[Settings], Services]


@pytest.fixture
def make_client(settings: Settings, wire: Wire) -> Iterator[Callable[..., TestClient]]:
    """A client of a service with these settings."""
    clients: list[TestClient] = []

    def make(**changed: object) -> TestClient:
        given = Settings(_env_file=None, **{**settings.model_dump(), **changed})
        client = TestClient(create_app(given, wire=wire), raise_server_exceptions=False)
        clients.append(client)
        return client.__enter__()

    yield make
    for client in clients:
        client.__exit__(None, None, None)


def packed(name: str) -> int:
    return len(gzip.compress((BUILT / name).read_bytes(), 9, mtime=0))


def test_the_loader_and_all_of_it_are_small() -> None:
    """All of it: what one visitor fetches, the loader and the panel in one language."""
    loader = packed("widget.js")
    assert loader <= 5 * KB
    for name in ("panel.js", "panel.en.js"):
        panel = packed(name)
        sys.stdout.write(f"gzip: loader {loader} bytes, {name} {panel} bytes, all {loader + panel} bytes\n")
        assert loader + panel <= 20 * KB


def test_the_files_are_served_to_any_site_and_kept_by_its_visitors(client: TestClient) -> None:
    loader = client.get("/widget.js", headers={"Origin": SITE})
    assert loader.headers["content-type"].startswith("text/javascript")
    assert loader.headers["access-control-allow-origin"] == "*"
    assert loader.headers["cross-origin-resource-policy"] == "cross-origin"
    assert loader.headers["content-encoding"] == "gzip"
    assert loader.content == (BUILT / "widget.js").read_bytes()
    assert client.head("/widget.js").status_code == 200
    assert client.get("/widget.js", headers={"If-None-Match": loader.headers["etag"]}).status_code == 304
    plain = client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == loader.content

    version = json.loads((BUILT / "build.json").read_text())["panel"]
    assert version in loader.text
    assert "immutable" in client.get(f"/widget/panel.js?v={version}").headers["cache-control"]
    assert client.get("/widget/panel.js?v=older").headers["cache-control"] == "no-cache"
    assert b"Your question" in client.get(f"/widget/panel.en.js?v={version}").content


def test_nothing_built_runs_text_as_code_or_markup() -> None:
    for name in ("widget.js", "panel.js", "panel.en.js", "configurator.js"):
        code = (BUILT / name).read_text(encoding="utf-8")
        for sink in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "srcdoc",
        ):
            assert sink not in code, (name, sink)
        assert "localStorage" not in code
        assert "document.cookie" not in code


def test_the_opening_shows_what_staff_chose(make_client: Callable[..., TestClient]) -> None:
    client = make_client(
        widget_title="Accueil",
        widget_suggestions="Quels sont les modes de paiement ? | Où est le secrétariat ?",
        privacy_url="https://www.ecole.example/rgpd",
    )
    told = client.get("/api/widget").json()
    assert told["title"] == "Accueil"
    assert [s["entry_id"] for s in told["suggestions"]] == ["modes-de-paiement", ""]
    assert told["contact"]["email"] == "accueil@ecole.example"
    assert told["privacy_url"] == "https://www.ecole.example/rgpd"
    assert told["language"] == "fr"
    assert client.get("/api/suggestions").json()["suggestions"] == told["suggestions"]


def test_else_the_opening_shows_what_is_asked_most(client: TestClient) -> None:
    before = client.get("/api/widget").json()["suggestions"]
    assert before[0]["entry_id"] != "sessions-examen"
    for _ in range(3):
        client.post("/api/chat", json={"message": "Combien de sessions d’examen y a-t-il par an ?"})
    after = client.get("/api/widget").json()["suggestions"]
    assert after[0]["entry_id"] == "sessions-examen"
    assert len(after) == len(before)


def test_only_the_sites_on_the_list_may_call(make_client: Callable[..., TestClient]) -> None:
    client = make_client(allowed_origins=f"{SITE}, https://autre.example:8443")
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for origin, allowed in (
        (SITE, True),
        ("https://autre.example:8443", True),
        ("https://autre.example", False),
        ("http://www.ecole.example", False),
        ("https://www.ecole.example.evil.example", False),
        ("https://evil-www.ecole.example", False),
        ("null", False),
    ):
        preflight = client.options("/api/chat", headers={"Origin": origin, **asked})
        given = preflight.headers.get("access-control-allow-origin")
        assert (given == origin) == allowed, origin
        assert given in (origin, None)
        answer = client.post("/api/chat", json={"message": "Bonjour"}, headers={"Origin": origin})
        assert answer.status_code == (200 if allowed else 403)
        assert (answer.headers.get("access-control-allow-origin") == origin) == allowed
        assert "Origin" in answer.headers["vary"]
        assert "access-control-allow-credentials" not in answer.headers
        if not allowed:
            assert answer.json()["code"] == "origin_refused"


def test_the_service_s_own_pages_may_call_behind_any_proxy(client: TestClient) -> None:
    own = {"Origin": "https://faq.ecole.example"}
    body = {"message": "Bonjour"}
    assert client.post("/api/chat", json=body, headers=own).status_code == 403
    assert client.post("/api/chat", json=body, headers={**own, "Host": "faq.ecole.example"}).status_code == 200
    assert client.post("/api/chat", json=body, headers={**own, "Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert client.post("/api/chat", json=body, headers={**own, "Sec-Fetch-Site": "same-site"}).status_code == 403


def test_a_refusal_can_be_read_by_the_sites_on_the_list(make_client: Callable[..., TestClient]) -> None:
    client = make_client(allowed_origins=SITE, rate_limit_per_minute=1)
    headers = {"Origin": SITE}
    client.post("/api/chat", json={"message": "Bonjour"}, headers=headers)
    refused = client.post("/api/chat", json={"message": "Bonjour"}, headers=headers)
    assert refused.status_code == 429
    assert refused.headers["access-control-allow-origin"] == SITE
    assert refused.headers["access-control-expose-headers"] == "Retry-After"


@pytest.mark.parametrize(
    "wrong", ["*", "www.ecole.example", "https://*.ecole.example", "https://ecole.example/page", "javascript:x"]
)
def test_a_list_that_is_not_exact_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, allowed_origins=wrong)


def test_a_conversation_is_only_known_by_an_id_of_ours(client: TestClient) -> None:
    def ask(message: str, conversation_id: str | None = None) -> dict[str, object]:
        body = {"message": message} | ({"conversation_id": conversation_id} if conversation_id else {})
        return dict(client.post("/api/chat", json=body).json())

    ours = str(ask("Quels sont les modes de paiement ?")["conversation_id"])
    assert ask("et par chèque ?", ours)["outcome"] == "answered"
    name, signature = ours.split(".")
    for forged in ("abc", name, f"{name}.", f"{name}.{'A' * len(signature)}", f"{name[::-1]}.{signature}"):
        answer = ask("et par chèque ?", forged)
        assert answer["outcome"] != "answered"
        assert answer["conversation_id"] not in (forged, ours)


def test_a_shared_secret_makes_ids_that_outlive_a_process(make_client: Callable[..., TestClient]) -> None:
    ids = []
    for _ in range(2):
        body = {"message": "Bonjour", "conversation_id": ids[0]} if ids else {"message": "Bonjour"}
        ids.append(make_client(secret="un-secret-partagé").post("/api/chat", json=body).json()["conversation_id"])
    assert ids[0] == ids[1]
    assert make_client().post("/api/chat", json=body).json()["conversation_id"] != ids[0]


def test_all_visitors_together_are_limited_too(settings: Settings, wire: Wire) -> None:
    limited = settings.model_copy(update={"rate_limit_per_minute": 100, "rate_limit_global_per_minute": 3})
    app = create_app(limited, wire=wire)
    with TestClient(app):
        codes = [
            TestClient(app, client=(f"192.0.2.{n}", 1)).get("/api/search", params={"q": "payer"}).status_code
            for n in range(5)
        ]
    assert codes == [200, 200, 200, 429, 429]


def test_without_a_limit_a_visitor_there_is_none_for_all(settings: Settings, wire: Wire) -> None:
    assert settings.rate_limit_per_minute == 0
    unlimited = settings.model_copy(update={"rate_limit_global_per_minute": 1})
    with TestClient(create_app(unlimited, wire=wire)) as client:
        assert {client.get("/api/search", params={"q": "payer"}).status_code for _ in range(3)} == {200}


def test_the_search_page_is_limited_and_refuses_as_a_page(make_client: Callable[..., TestClient]) -> None:
    client = make_client(rate_limit_per_minute=2)
    codes = [client.get("/faq", params={"q": "payer"}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    refused = client.get("/faq", params={"q": "payer"})
    assert refused.headers["content-type"].startswith("text/html")
    assert "Retry-After" in refused.headers
    assert client.get("/faq").status_code == 200


def test_only_the_embedded_page_may_be_framed(make_client: Callable[..., TestClient]) -> None:
    client = make_client(allowed_origins=SITE)
    assert f"frame-ancestors 'self' {SITE};" in client.get("/embed").headers["content-security-policy"]
    for path in ("/", "/faq", "/configurateur", "/api/health", "/embedded"):
        assert "frame-ancestors 'self';" in client.get(path).headers["content-security-policy"]
    other = make_client(allowed_origins=SITE, frame_ancestors="https://intranet.example")
    assert "frame-ancestors 'self' https://intranet.example;" in other.get("/embed").headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    ["/", "/faq", "/faq?q=payer", "/configurateur", "/donnees-personnelles", "/embed?title=%22%3E%3Cscript%3E"],
)
def test_pages_hold_no_script_of_their_own_and_set_no_cookie(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    scripts = re.findall(r"<script[^>]*>", page.text)
    assert all("src=" in tag or "application/ld+json" in tag for tag in scripts)
    assert not re.search(r"\son\w+=|style=", page.text)
    assert "set-cookie" not in page.headers
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "require-trusted-types-for 'script'" in page.headers["content-security-policy"]


def test_the_embedded_page_takes_only_what_it_knows(client: TestClient) -> None:
    page = client.get("/embed", params={"title": 'A"><b>', "accent": "1f6f5c", "lang": "en", "theme": "dark"}).text
    assert 'data-title="A&#34;&gt;&lt;b&gt;"' in page
    assert 'data-accent="1f6f5c"' in page
    assert client.get("/embed", params={"accent": "red;x"}).status_code == 422
    assert client.get("/embed", params={"lang": "de"}).status_code == 422
    assert re.search(r'<a href="/faq" target="_blank"', page)  # Only this page may be framed.


def test_the_faq_page_searches_without_a_script(client: TestClient, store: MemoryStore) -> None:
    found = client.get("/faq", params={"q": "modes de paiement"}).text
    assert found.index('href="#modes-de-paiement"') < found.index('class="toc"')
    assert "Réponses à" in found
    assert 'content="noindex"' in found
    missed = client.get("/faq", params={"q": "recette du cassoulet"}).text
    assert "Aucune réponse sûre" in missed
    assert 'class="found"' not in client.get("/faq", params={"q": "  "}).text
    assert client.get("/faq", params={"q": "x" * 5000}).status_code == 200
    escaped = client.get("/faq", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in escaped
    assert store.answers == {}


def test_the_page_on_personal_data_says_what_this_service_does(make_client: Callable[..., TestClient]) -> None:
    def read(**settings: object) -> str:
        page = make_client(**settings).get("/donnees-personnelles")
        assert page.status_code == 200
        return page.text

    usual = read()
    assert "effacé après 90&nbsp;jours" in usual
    assert "Les 8 derniers messages" in usual
    assert "n’est transmise à personne" in usual
    assert "accueil@ecole.example" in usual
    assert "adresse IP" not in usual
    assert "adresse IP" in read(rate_limit_per_minute=60)
    assert "chaque question est traitée seule" in read(conversations=0, retention_days=30)
    client = make_client()
    services = client.app.state.services  # type: ignore[attr-defined]
    settings = Settings(_env_file=None, llm_base_url="https://modele.example/v1", llm_model="mistral-petit")
    client.app.state.services = replace(services, settings=settings)  # type: ignore[attr-defined]
    served = client.get("/donnees-personnelles").text  # A model is not loaded to read its name.
    assert "mistral-petit" in served
    assert "modele.example" in served
    assert "n’est transmise à personne" not in served


def test_a_word_looked_for_is_no_question_without_an_answer(client: TestClient) -> None:
    found = client.get("/faq", params={"q": "chèque"}).text
    assert "Résultats pour" in found or "Réponses à" in found
    assert "ne semble pas répondre" not in found
    assert "ne semble pas répondre" in client.get("/faq", params={"q": "cassoulet"}).text


def test_pages_travel_compressed_and_json_does_not_wait_for_it(client: TestClient) -> None:
    assert client.get("/faq").headers["content-encoding"] == "gzip"
    assert client.get("/static/base.css").headers["content-encoding"] == "gzip"
    told = client.get("/openapi.json")
    assert len(told.content) > 1024
    assert "content-encoding" not in told.headers


def test_the_faq_page_names_its_own_address(client: TestClient) -> None:
    assert f'<link rel="canonical" href="{client.base_url}/faq">' in client.get("/faq", params={"q": "payer"}).text


def test_the_faq_page_speaks_to_search_engines(client: TestClient) -> None:
    page = client.get("/faq").text
    told = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert told
    structured = json.loads(told[1])
    assert structured["@type"] == "FAQPage"
    questions = [entry["name"] for entry in structured["mainEntity"]]
    assert "Quels sont les modes de paiement ?" in questions
    answer = structured["mainEntity"][questions.index("Quels sont les modes de paiement ?")]["acceptedAnswer"]["text"]
    assert 'href="https://ecole.example/payer"' in answer
    assert "<" not in told[1]


def test_the_types_are_served_beside_the_script(client: TestClient) -> None:
    types = client.get("/static/widget/guichet-chat.d.ts")
    assert types.status_code == 200
    assert "ask(question: string)" in types.text


def test_what_is_built_is_in_the_package() -> None:
    assert {"build.json", "configurator.js", "guichet-chat.d.ts", "panel.en.js", "panel.js", "widget.js"} == {
        file.name for file in Path(BUILT).iterdir()
    }


def test_the_documentation_names_every_option_and_no_setting_that_is_not() -> None:
    told = (ROOT / "docs" / "widget.md").read_text(encoding="utf-8")
    options = re.findall(r'^  "(\w+)",$', (ROOT / "app" / "widget" / "src" / "options.ts").read_text(), re.MULTILINE)
    assert len(options) > 10
    assert [name for name in options if f"`data-{name}`" not in told] == []
    for document in ("widget.md", "donnees-personnelles.md"):
        text = (ROOT / "docs" / document).read_text(encoding="utf-8")
        named = {name.lower() for name in re.findall(r"GUICHET_([A-Z_]+)", text)}
        assert named <= set(Settings.model_fields), named - set(Settings.model_fields)


def test_every_picture_and_test_that_the_documents_name_is_there() -> None:
    tests = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests" / "browser").glob("test_*.py"))
    for document in ("widget.md", "accessibilite.md"):
        text = (ROOT / "docs" / document).read_text(encoding="utf-8")
        assert [
            name for name in re.findall(r"\]\((images/[^)]+)\)", text) if not (ROOT / "docs" / name).is_file()
        ] == []
        named = re.findall(r"`(test_\w+)…?`", text)
        assert [name for name in named if f"def {name}" not in tests] == []

"""The pages: rendered on the server, readable without JavaScript, with errors as pages too."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient


def test_the_demo_page_offers_the_conversation(client: TestClient) -> None:
    page = client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert 'lang="fr"' in page.text
    assert "accueil@ecole.example" in page.text


def test_the_faq_page_holds_every_entry_under_its_id(client: TestClient) -> None:
    page = client.get("/faq").text
    for entry_id in ("modes-de-paiement", "sans-baccalaureat", "salle-alternance", "salle-soir"):
        assert f'id="{entry_id}"' in page
    assert "https://ecole.example/payer" in page


def test_a_large_faq_is_shown_a_page_at_a_time(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = client.get("/faq").text
    assert "pager" not in whole
    assert "faq.js" not in whole
    monkeypatch.setattr("app.web.listing.WHOLE", 3)
    monkeypatch.setattr("app.web.listing.PART", 2)
    shown = r'<article id="([^"]+)"'
    pages = [client.get("/faq", params={"page": number}).text for number in (1, 2, 3)]
    found = [re.findall(shown, page) for page in pages]
    assert [len(ids) for ids in found] == [2, 2, 1]
    assert [one for ids in found for one in ids] == re.findall(shown, whole)
    assert "Page&nbsp;2 sur&nbsp;3" in pages[1]
    assert 'rel="prev" href="/faq"' in pages[1]
    assert 'rel="next" href="/faq?page=3"' in pages[1]
    assert "faq?page=2" in re.findall(r'rel="canonical" href="([^"]+)"', pages[1])[0]
    assert re.findall(shown, client.get("/faq", params={"page": 99}).text) == found[2]
    assert client.get("/faq", params={"page": 0}).status_code == 422
    # An entry is led to wherever it stands, from a search and from an address that names it.
    last = found[2][0]
    assert re.findall(shown, client.get("/faq", params={"entree": last}).text) == found[2]
    assert re.findall(shown, client.get("/faq", params={"entree": "nulle-part"}).text) == found[0]
    assert 'href="/faq?entree=modes-de-paiement#modes-de-paiement"' in client.get("/faq", params={"q": "paiement"}).text
    assert client.get("/static/faq.js").status_code == 200
    # The list of sections, here and on the first page, leads to the page on which each begins.
    assert 'href="/faq?page=3#rubrique-4"' in pages[0]
    assert 'href="/faq?page=3#rubrique-4"' in client.get("/", headers={"Accept": "text/html"}).text


def test_the_api_documentation_asks_nobody_else(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "https://" not in page.replace("https://json-schema.org", "")
    assert client.get("/docs/assets/swagger-ui-bundle.js").status_code == 200
    assert client.get("/openapi.json").json()["info"]["title"] == "Guichet"


def test_somebody_in_a_browser_gets_a_page_and_a_program_a_problem(client: TestClient) -> None:
    page = client.get("/rien", headers={"Accept": "text/html,*/*"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "Cette page n’existe pas." in page.text
    assert client.get("/rien").headers["content-type"] == "application/problem+json"
    assert client.get("/api/rien", headers={"Accept": "text/html"}).json()["code"] == "not_found"

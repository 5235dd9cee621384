"""The pages: rendered on the server, readable without JavaScript, with errors as pages too."""

from __future__ import annotations

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

"""Two institutions on one service, each in a page of its own: what their visitors see is theirs alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import watch
from tests.browser.site_server import Sites, serving_sites
from tests.http.sites import FAQS
from tests.serving import Server, guichet, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
NAMES = {"mediatheque": "Médiathèque municipale", "mairie": "Mairie du Vallon"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Sites]]:
    """A service with both sites, and a web site that only the town hall allows."""
    folder = tmp_path_factory.mktemp("ville")
    told = {"GUICHET_SITES_DIR": str(folder / "sites")}
    with serving_sites() as pages:
        for slug, faq in FAQS.items():
            origin = ("--origin", pages.origin) if slug == "mairie" else ()
            made = guichet(folder, "sites", "add", slug, "--institution", NAMES[slug], *origin, **told)
            assert made.returncode == 0, made.stderr
            (folder / "sites" / slug / "faq.md").write_text(faq, "utf-8")
        built = guichet(folder, "ingest", "--every-site", **told)
        assert built.returncode == 0, built.stderr
        with serving(folder, **told) as server:
            pages.guichet = server.base_url
            yield server, pages


def test_the_tag_of_a_site_answers_from_its_faq(town: tuple[Server, Sites], page: Page, tmp_path: Path) -> None:
    server, pages = town
    pages.pasted = f'<script src="{server.base_url}/f/mairie/widget.js" data-title="La mairie" defer></script>'
    page.goto(f"{pages.origin}/pasted.html")
    chat = Chat(page).open()
    turn = chat.ask("Comment déclarer une naissance ?")
    expect(turn).to_contain_text("dans les cinq jours")
    page.screenshot(path=tmp_path / "mairie.png")
    page.screenshot(path="/tmp/s/mairie.png")
    pages.pasted = f'<script src="{server.base_url}/f/mediatheque/widget.js" defer></script>'
    page.goto(f"{pages.origin}/pasted.html")  # the library doesn't allow this web site
    chat = Chat(page).open()
    chat.ask("Combien de livres puis-je emprunter ?")
    expect(page.locator("guichet-chat")).not_to_contain_text("dix livres")


def test_a_page_may_name_the_site_itself(town: tuple[Server, Sites], page: Page) -> None:
    server, pages = town
    pages.pasted = (
        f'<guichet-chat data-mode="inline" data-server="{server.base_url}/f/mairie"></guichet-chat>'
        f'<script src="{server.base_url}/widget.js" defer></script>'
    )
    page.goto(f"{pages.origin}/pasted.html")
    chat = Chat(page)
    turn = chat.ask("Quels documents faut-il pour une carte d’identité ?")
    expect(turn).to_contain_text("justificatif de domicile")


def test_the_pages_of_a_site_are_its_own(town: tuple[Server, Sites], page: Page) -> None:
    server, _ = town
    crashes = watch(page)
    page.goto(f"{server.base_url}/f/mediatheque/")
    expect(page.locator("body")).to_contain_text("Médiathèque municipale")
    chat = Chat(page).open()
    turn = chat.ask("Comment prolonger un prêt ?")
    expect(turn).to_contain_text("La prolongation se demande une fois")
    page.screenshot(path="/tmp/s/mediatheque.png")
    page.goto(f"{server.base_url}/f/mediatheque/console")
    expect(page).to_have_url(f"{server.base_url}/f/mediatheque/console/connexion?suite=/console")
    page.screenshot(path="/tmp/s/console.png")
    assert crashes == []

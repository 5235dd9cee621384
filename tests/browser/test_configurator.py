"""The configurator: what it shows is what the pasted tag does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import PRICE_LIST, Chat
from tests.browser.site_server import Sites

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(200)]


@pytest.fixture
def configurator(page: Page) -> Page:
    page.goto("/configurateur")
    expect(page.locator("guichet-chat .launcher")).to_be_visible()
    return page


def test_the_tag_it_shows_works_when_pasted(configurator: Page, sites: Sites) -> None:
    page = configurator
    page.get_by_label("Titre de la fenêtre").fill('Accueil "A" <b>')
    page.get_by_label("Texte du bouton").fill("On vous répond")
    page.get_by_label("Questions proposées").fill("Comment payer ?\n\nOù est ma salle ?")
    page.get_by_label("Coin de la fenêtre").select_option("left")
    page.get_by_label("Ne rien garder").check()
    tag = page.locator("#balise").inner_text()
    assert 'data-title="Accueil &quot;A&quot; &lt;b>"' in tag
    assert "<noscript><a href=" in tag

    sites.pasted = tag
    page.goto(f"{sites.origin}/pasted.html")
    chat = Chat(page)
    expect(chat.launcher).to_have_text("On vous répond")
    box = chat.launcher.bounding_box()
    assert box is not None
    assert box["x"] < 100
    chat.open()
    expect(chat.element.get_by_role("heading", name='Accueil "A" <b>')).to_be_visible()
    offered = chat.element.locator(".opening").get_by_role("button")
    assert [text.strip() for text in offered.all_inner_texts()] == ["Comment payer\u00a0?", "Où est ma salle\u00a0?"]
    chat.settled(chat.ask(PRICE_LIST))
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize("way", ["Dans le corps d’une page", "Dans un cadre"])
def test_the_other_ways_of_embedding_work_when_pasted(configurator: Page, sites: Sites, way: str) -> None:
    page = configurator
    page.get_by_label(way).check()
    expect(page.locator("#apercu .panel")).to_be_visible()
    tag = page.locator("#balise").inner_text()
    sites.pasted = tag
    page.goto(f"{sites.origin}/pasted.html")
    place = page.frame_locator("iframe") if "cadre" in way else page
    place.get_by_label("Votre question").fill(PRICE_LIST)
    place.get_by_label("Votre question").press("Enter")
    expect(place.locator(".extras")).to_be_attached()


def test_the_preview_follows_and_stays_in_its_frame(configurator: Page) -> None:
    page = configurator
    chat = Chat(page).open()
    page.get_by_label("Titre de la fenêtre").fill("Scolarité")
    expect(chat.element.get_by_role("heading", name="Scolarité")).to_be_visible()
    box, frame = chat.panel.bounding_box(), page.locator("#apercu").bounding_box()
    assert box is not None
    assert frame is not None
    assert frame["x"] <= box["x"]
    assert box["x"] + box["width"] <= frame["x"] + frame["width"]
    page.get_by_label("Langue de l’interface").select_option("en")
    expect(chat.launcher).to_have_text("Any questions?")


@pytest.mark.parametrize(
    ("colour", "on", "text", "button"),
    [("#9b1c31", "good", "good", "good"), ("#e8a200", "good", "poor", "poor"), ("#808080", "good", "poor", "good")],
)
def test_contrasts_are_checked(configurator: Page, colour: str, on: str, text: str, button: str) -> None:
    configurator.locator("#couleur").fill(colour)
    for check, wanted in (("on", on), ("text", text), ("button", button)):
        expect(configurator.locator(f"[data-check={check}]")).to_have_class(wanted)


def test_a_colour_that_is_none_is_refused(configurator: Page) -> None:
    configurator.locator("#couleur").fill("rouge")
    expect(configurator.get_by_text("Écrivez la couleur en hexadécimal")).to_be_visible()
    assert "rouge" not in configurator.locator("#balise").inner_text()


def test_what_has_to_be_allowed_is_said(configurator: Page, base_url: str) -> None:
    configurator.get_by_label("Adresse de votre site").fill("https://www.ecole.example/une/page?x=1")
    expect(configurator.locator("#origine")).to_have_text("GUICHET_ALLOWED_ORIGINS=https://www.ecole.example")
    expect(configurator.locator("#csp")).to_contain_text(f"script-src 'self' {base_url}")

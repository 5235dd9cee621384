"""The pictures of docs/images: `python -m tests.browser.report --images` renews them."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import PRICE_LIST, Chat, answer_with, event
from tests.serving import ROOT

IMAGES = ROOT / "docs" / "images"
PHONE = {"width": 390, "height": 780}
SMALL = {"width": 320, "height": 640}
TABLET = {"width": 794, "height": 600}


class Camera:
    """Opens pages of one service and keeps what they show."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        self._browser = browser
        self._base_url = base_url

    def page(self, size: dict[str, int] | None = None, **properties: Any) -> Page:
        """A fresh browser's page, 1280 × 860 pixels unless told."""
        context = self._browser.new_context(
            base_url=self._base_url,
            locale="fr-FR",
            reduced_motion="reduce",
            viewport=size or {"width": 1280, "height": 860},  # type: ignore[arg-type]
            **properties,
        )
        return context.new_page()

    def opened(self, page: Page) -> Chat:
        """The conversation of the demo page, with its opening questions."""
        page.goto("/")
        chat = Chat(page).open()
        expect(chat.element.locator(".opening").get_by_role("button").first).to_be_visible()
        return chat

    def asked(self, question: str, size: dict[str, int] | None = None, **properties: Any) -> Page:
        """The conversation after one question."""
        chat = self.opened(self.page(size, **properties))
        chat.settled(chat.ask(question))
        return chat.page

    def keep(self, page: Page, name: str, **options: Any) -> None:
        """Writes the picture and closes its browser."""
        page.screenshot(path=IMAGES / f"{name}.png", **options)
        page.context.close()


def take(browser: Browser, base_url: str) -> None:
    """All of them."""
    camera = Camera(browser, base_url)
    _answers(camera)
    _displays(camera)
    _troubles(camera)
    _pages(camera)


def _answers(camera: Camera) -> None:
    camera.keep(camera.opened(camera.page()).page, "widget-ouverture")
    camera.keep(camera.asked(PRICE_LIST), "demo")
    camera.keep(camera.asked("Où trouver ma salle de cours ?", color_scheme="dark"), "widget-precision-sombre")
    camera.keep(camera.asked("Y a-t-il une cantine ?", PHONE), "widget-sans-reponse")
    chat = camera.opened(camera.page(PHONE, device_scale_factor=2))
    turn = chat.settled(chat.ask(PRICE_LIST))
    turn.get_by_role("button", name="Non", exact=True).click()
    expect(turn.get_by_text("votre avis est enregistré")).to_be_visible()
    camera.keep(chat.page, "widget-avis")


def _displays(camera: Camera) -> None:
    camera.keep(camera.asked(PRICE_LIST, forced_colors="active"), "widget-contrastes-forces")
    phone = camera.asked(PRICE_LIST, PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    camera.keep(phone, "widget-telephone")
    camera.keep(camera.asked(PRICE_LIST, SMALL, color_scheme="dark"), "widget-320")
    large = camera.page(SMALL)
    large.context.new_cdp_session(large).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    chat = camera.opened(large)
    chat.settled(chat.ask(PRICE_LIST))
    camera.keep(large, "widget-texte-200")
    english = camera.page(PHONE)
    english.goto("/embed?lang=en")
    chat = Chat(english)
    chat.settled(chat.ask("Can I enrol without a baccalauréat?"))
    camera.keep(english, "widget-anglais")
    printed = camera.asked(PRICE_LIST, TABLET)
    printed.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed.emulate_media(media="print")
    camera.keep(printed, "widget-impression")


def _troubles(camera: Camera) -> None:
    chat = camera.opened(camera.page())
    answer_with(chat.page, event("error", {"code": "x", "message": "La réponse n’a pas pu être rédigée."}))
    turn = chat.ask("Comment payer ?")
    expect(turn.locator(".source").first).to_be_visible()
    chat.element.get_by_role("button", name="Parler à une personne").click()
    camera.keep(chat.page, "widget-panne")
    chat = camera.opened(camera.page(TABLET))
    chat.page.context.set_offline(True)
    chat.settled(chat.ask("Comment payer ?"))
    camera.keep(chat.page, "widget-hors-connexion")


def _pages(camera: Camera) -> None:
    home = camera.page()
    home.goto("/")
    camera.keep(home, "accueil", full_page=True)
    faq = camera.page()
    faq.goto("/faq?q=payer en ligne")
    camera.keep(faq, "faq-recherche")
    bare = camera.page(PHONE, java_script_enabled=False)
    bare.goto("/faq")
    camera.keep(bare, "faq-sans-javascript")
    configurator = camera.page({"width": 1280, "height": 1100})
    configurator.goto("/configurateur")
    configurator.get_by_label("Titre de la fenêtre").fill("Accueil de l’école")
    configurator.locator("#couleur").fill("#e8a200")
    configurator.get_by_label("Adresse de votre site").fill("https://www.ecole.example/accueil")
    configurator.locator("guichet-chat .launcher").click()
    expect(configurator.locator("guichet-chat .opening button").first).to_be_visible()
    configurator.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    camera.keep(configurator, "configurateur")

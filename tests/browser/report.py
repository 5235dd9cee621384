"""Figures and pictures of the widget: `python -m tests.browser.report [--images]`.

Prints what it weighs and what it costs a page that embeds it; `--images` renews docs/images.
Not a test: long tasks depend on the machine.
"""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.web.widget import BUILT
from tests.browser.chat import PRICE_LIST, Chat, answer_with, event
from tests.browser.site_server import Sites, serving_sites
from tests.serving import ROOT, guichet, serving

IMAGES = ROOT / "docs" / "images"
LOADS = 10
OBSERVE = """window.seen = {shifts: 0, longest: 0, long: 0};
new PerformanceObserver((list) => { for (const e of list.getEntries()) window.seen.shifts += e.value; })
    .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver((list) => { for (const e of list.getEntries()) {
    window.seen.long += 1; window.seen.longest = Math.max(window.seen.longest, e.duration); } })
    .observe({type: 'longtask', buffered: true});"""


def sizes() -> None:
    """What a visitor fetches, compressed."""
    packed = {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in sorted(BUILT.glob("*.js"))}
    for name, size in packed.items():
        say(f"{name}: {size} bytes gzip")
    say(f"loader and panel: {packed['widget.js'] + packed['panel.js']} bytes gzip")


def cost(browser: Browser, sites: Sites) -> None:
    """Long tasks and layout shift of each host page, loaded with the widget and, to compare, without."""
    browser.new_page().goto(f"{sites.origin}/bare.html")  # The browser's own start is nobody's cost.
    for site in ("bare", "hostile", "old_cms"):
        for included in (False, True):
            loads = [load(browser, sites, site, included) for _ in range(LOADS)]
            told = ", ".join(f"{name} {sum(seen[name] for seen in loads):g}" for name in loads[0])
            say(f"{site} {'with' if included else 'without'} the widget, {LOADS} loads: {told}")


def load(browser: Browser, sites: Sites, site: str, included: bool) -> dict[str, float]:
    """What one load of a site shows, and the first opening where the widget is included."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.add_init_script(OBSERVE)
    page = context.new_page()
    if not included:
        page.route("**/widget.js", lambda route: route.abort())
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{sites.origin}/{site}.html")
    page.wait_for_load_state("networkidle")
    seen = page.evaluate("window.seen")
    told = {"long tasks": seen["long"], "layout shift": seen["shifts"]}
    if included:
        told["requests before opening"] = len({url for url in requests if url.startswith(sites.guichet)})
        Chat(page).open()
        page.wait_for_load_state("networkidle")
        told["long tasks at opening"] = page.evaluate("window.seen.long") - seen["long"]
        stored = page.evaluate("localStorage.length + sessionStorage.length")
        told["things stored"] = stored + len(context.cookies())
    context.close()
    return told


def pictures(browser: Browser, base_url: str) -> None:
    """The main states, for the documentation."""

    def page(width: int = 1280, height: int = 860, **properties: Any) -> Page:
        context = browser.new_context(
            base_url=base_url,
            locale="fr-FR",
            reduced_motion="reduce",
            viewport={"width": width, "height": height},
            **properties,
        )
        return context.new_page()

    def opened(given: Page) -> Chat:
        given.goto("/")
        chat = Chat(given).open()
        expect(chat.element.locator(".opening").get_by_role("button").first).to_be_visible()
        return chat

    def keep(given: Page, name: str, **options: Any) -> None:
        given.screenshot(path=IMAGES / f"{name}.png", **options)
        given.context.close()

    home = page()
    home.goto("/")
    keep(home, "accueil", full_page=True)
    chat = opened(page())
    keep(chat.page, "widget-ouverture")
    chat = opened(page())
    chat.settled(chat.ask(PRICE_LIST))
    keep(chat.page, "demo")
    chat = opened(page(color_scheme="dark"))
    chat.settled(chat.ask("Où trouver ma salle de cours ?"))
    keep(chat.page, "widget-precision-sombre")
    chat = opened(page(forced_colors="active"))
    chat.settled(chat.ask(PRICE_LIST))
    keep(chat.page, "widget-contrastes-forces")
    chat = opened(page(390, 780, has_touch=True, is_mobile=True, device_scale_factor=2))
    turn = chat.settled(chat.ask(PRICE_LIST))
    keep(chat.page, "widget-telephone")
    chat = opened(page(390, 780, device_scale_factor=2))
    turn = chat.settled(chat.ask(PRICE_LIST))
    turn.get_by_role("button", name="Non", exact=True).click()
    expect(turn.get_by_text("votre avis est enregistré")).to_be_visible()
    keep(chat.page, "widget-avis")
    chat = opened(page())
    answer_with(chat.page, event("error", {"code": "x", "message": "La réponse n’a pas pu être rédigée."}))
    turn = chat.ask("Comment payer ?")
    expect(turn.locator(".source").first).to_be_visible()
    chat.element.get_by_role("button", name="Parler à une personne").click()
    keep(chat.page, "widget-panne")
    faq = page()
    faq.goto("/faq?q=payer en ligne")
    keep(faq, "faq-recherche")
    configurator = page(1280, 1100)
    configurator.goto("/configurateur")
    configurator.get_by_label("Titre de la fenêtre").fill("Accueil de l’école")
    configurator.locator("#couleur").fill("#e8a200")
    configurator.get_by_label("Adresse de votre site").fill("https://www.ecole.example/accueil")
    configurator.locator("guichet-chat .launcher").click()
    expect(configurator.locator("guichet-chat .opening button").first).to_be_visible()
    configurator.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    keep(configurator, "configurateur")


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Figures, and pictures where they are asked for."""
    sizes()
    with tempfile.TemporaryDirectory() as name, serving_sites() as sites, sync_playwright() as playwright:
        folder = Path(name)
        guichet(folder, "ingest").check_returncode()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        with serving(folder, GUICHET_ALLOWED_ORIGINS=sites.origin) as server:
            sites.guichet = server.base_url
            cost(browser, sites)
            if "--images" in sys.argv:
                pictures(browser, server.base_url)
        browser.close()


if __name__ == "__main__":
    main()

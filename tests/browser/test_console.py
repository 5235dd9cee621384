"""Staff in a browser: the whole loop in few clicks, every screen for axe, keyboard, dark, without JavaScript."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chat import axe_violations
from tests.browser.conftest import watch
from tests.serving import ROOT, Server, guichet, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
PASSWORD = "une phrase assez longue"
QUESTION = "Le chèque de banque, vous le prenez aussi pour régler la licence ?"
SCREENS = (
    "/console",
    "/console/questions",
    "/console/questions?vue=themes",
    "/console/questions/1",
    "/console/faq",
    "/console/faq/quels-sont-les-modes-de-paiement",
    "/console/faq/nouvelle",
    "/console/faq/texte",
    "/console/brouillons",
    "/console/brouillons/1",
    "/console/versions",
    "/console/tester",
    "/console/tester?q=comment+payer+%3F&k=3",
    "/console/evaluations",
    "/console/reglages",
    "/console/reglages/comptes",
    "/console/reglages/jetons",
    "/console/reglages/journal",
)


@dataclass(frozen=True, slots=True)
class Staffed:
    """A running service with an administrator."""

    server: Server
    folder: Path
    state: Any
    """What a signed-in browser holds."""

    @property
    def faq(self) -> Path:
        return self.folder / "data" / "faq_fr.md"


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Staffed]:
    folder = tmp_path_factory.mktemp("console")
    (folder / "data").mkdir()
    for name in ("faq_fr.md", "hors_faq.md"):
        shutil.copy(ROOT / "data" / name, folder / "data" / name)
    cases = folder / "cases"
    cases.mkdir()
    (cases / "in_scope.jsonl").write_text(
        "".join((ROOT / "evals" / "cases" / "in_scope_dev.jsonl").read_text("utf-8").splitlines(keepends=True)[:30]),
        "utf-8",
    )
    settings = {
        "GUICHET_FAQ": str(folder / "data" / "faq_fr.md"),
        "GUICHET_CASES": str(cases),
        "GUICHET_RUNS": str(folder / "runs"),
    }
    built = guichet(folder, "ingest", **settings)
    assert built.returncode == 0, built.stderr
    with serving(folder, **settings) as server:
        context = browser.new_context(base_url=server.base_url, locale="fr-FR")
        page = context.new_page()
        page.goto(first_link(folder / "server.log"))
        page.get_by_label("Identifiant ou adresse électronique").fill("claire@ecole.example")
        page.get_by_label("Votre nom").fill("Claire Martin")
        page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        page.get_by_label("Encore une fois").fill(PASSWORD)
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("heading", name="Tableau de bord")).to_be_visible()
        for message in (QUESTION, "où garer mon vélo", "ya un parking pour les motos", "comment m'inscrire ?"):
            server.ask(message)
        yield Staffed(server, folder, context.storage_state())
        context.close()


def first_link(log: Path) -> str:
    """The path that the service printed for the first administrator."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if found := re.search(r"/console/bienvenue/[\w-]+", log.read_text("utf-8", "replace")):
            return found[0]
        time.sleep(0.1)
    raise TimeoutError(log.read_text("utf-8", "replace"))


def context_of(browser: Browser, staffed: Staffed, **given: Any) -> BrowserContext:
    base = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", "bypass_csp": True}
    return browser.new_context(
        base_url=staffed.server.base_url, locale="fr-FR", storage_state=staffed.state, **{**base, **given}
    )


@pytest.fixture
def page(browser: Browser, staffed: Staffed) -> Iterator[Page]:
    context = context_of(browser, staffed, bypass_csp=False)
    page = context.new_page()
    crashes = watch(page)
    yield page
    assert crashes == []
    context.close()


class Clicks:
    """Counts what the loop costs its user."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.n = 0

    def __call__(self, role: Any, name: str) -> None:
        self.n += 1
        self._page.get_by_role(role, name=name, exact=True).click()


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "without js"])
def test_the_whole_loop_in_five_clicks_and_one_sentence(browser: Browser, staffed: Staffed, javascript: bool) -> None:
    question = QUESTION if javascript else "Peut-on donner des pièces jaunes pour payer sa licence ?"
    if not javascript:
        assert staffed.server.ask(question)["outcome"] != "answered"
    before = staffed.faq.read_text("utf-8")
    context = context_of(browser, staffed, java_script_enabled=javascript, bypass_csp=False)
    page = context.new_page()
    page.goto("/console/questions?a_traiter=1")
    while page.get_by_role("link", name=question, exact=True).count() == 0:
        page.reload()  # the record is written a moment after the answer
    click = Clicks(page)
    click("link", question)
    click.n += 1
    page.get_by_role("radio", name="Quels sont les modes de paiement").check()
    click("button", "Ajouter la formulation")
    if javascript:
        expect(page.get_by_text("Aucune question ne serait moins bien servie")).to_be_visible(timeout=120_000)
        expect(page.locator("#effet .case-changes").get_by_text(question)).to_be_visible()
    page.get_by_label("Ce qui change, en une phrase").fill("Paiement, une formulation de plus")
    click("button", "Publier")
    expect(page.get_by_text("C’est publié")).to_be_visible(timeout=60_000)
    answer = staffed.server.ask(question)
    assert click.n <= 5
    assert answer["outcome"] == "answered"
    assert answer["sources"][0]["entry_id"] == "quels-sont-les-modes-de-paiement"
    page.get_by_role("button", name="Rétablir").first.click()
    expect(page.get_by_text("est de nouveau en service")).to_be_visible(timeout=60_000)
    assert staffed.server.ask(question)["outcome"] != "answered"
    assert staffed.faq.read_text("utf-8") == before
    context.close()


def test_what_if_side_by_side_by_a_link_that_can_be_shared(page: Page) -> None:
    page.goto("/console/tester")
    page.keyboard.press("/")
    page.keyboard.type("je peux payer en plusieurs fois ?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ce que lit le visiteur")).to_be_visible()
    expect(page.get_by_role("heading", name="Pourquoi cette réponse", exact=True)).to_be_visible()
    page.get_by_text("Et si…").click()
    page.get_by_label("Ce que coûte une réponse fausse").fill("0,001")
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_role("heading", name="Avec le changement", exact=True)).to_be_visible()
    expect(page.locator(".answer").nth(1).get_by_text("Répondue")).to_be_visible()
    shared = page.url
    page.goto("/console")
    page.goto(shared)
    expect(page.get_by_role("heading", name="Avec le changement", exact=True)).to_be_visible()


def test_the_editor_shows_the_answer_and_the_lint_while_one_types(page: Page) -> None:
    page.goto("/console/faq/quels-sont-les-modes-de-paiement")
    page.get_by_label("Réponse").fill("Par **chèque** ou [en ligne](#).")
    expect(page.locator("#apercu .prose strong")).to_have_text("chèque")
    expect(page.locator("#apercu").get_by_text("ne mène nulle part")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark", "phone", "large text"])
def test_axe_finds_nothing_on_any_screen(browser: Browser, staffed: Staffed, axe_source: str, theme: str) -> None:
    given: dict[str, Any] = {"color_scheme": "dark"} if theme == "dark" else {}
    if theme == "phone":
        given = {"viewport": {"width": 320, "height": 740}}
    context = context_of(browser, staffed, **given)
    page = context.new_page()
    page.goto("/console/questions?a_traiter=1")
    if theme == "light":
        page.get_by_role("link", name="où garer mon vélo").click()
        page.get_by_label("Ou noter le sujet comme hors FAQ").fill("Vélos")
        page.get_by_role("button", name="Noter comme hors FAQ").click()
        expect(page.get_by_text("dans votre brouillon")).to_be_visible()
    found = {}
    for screen in SCREENS:
        page.goto(screen)
        if theme == "large text":
            page.add_style_tag(content="html { font-size: 200% !important }")
        for one in page.locator("main details").all():
            one.evaluate("element => element.open = true")
        if violations := axe_violations(page, axe_source):
            found[screen] = violations
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if width > 1:
            found[f"{screen} is wider than the window"] = width
    page.context.clear_cookies()
    page.goto("/console/connexion")
    if violations := axe_violations(page, axe_source):
        found["/console/connexion"] = violations
    context.close()
    assert found == {}

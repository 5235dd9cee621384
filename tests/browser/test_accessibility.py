"""WCAG 2.2 AA in every state and theme: axe-core, and what axe can't see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import PRICE_LIST, REPLY, Chat, abort, answer_with, axe_violations, event, reply_with, tell
from tests.browser.site_server import Sites

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

THEMES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced-colors": {"forced_colors": "active"},
    "phone": {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True},
    "phone, dark": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
}


@pytest.fixture
def open_page(browser: Browser, base_url: str) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser with these properties."""
    contexts = []

    def opened(**properties: Any) -> Page:
        given = {"viewport": {"width": 1280, "height": 860}, **properties}
        context = browser.new_context(base_url=base_url, locale="fr-FR", reduced_motion="reduce", **given)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def states(page: Page, address: str) -> Iterator[str]:
    """Brings the widget of a page into one state after another; the name of each."""
    page.goto(address)
    yield "closed"
    chat = Chat(page).open()
    expect(chat.element.locator(".opening").get_by_role("button").first).to_be_visible()
    yield "opened"
    chat.field.fill("é" * 900)
    yield "near the limit"
    chat.field.fill("é" * 1001)
    yield "too long"
    turn = chat.settled(chat.ask(PRICE_LIST))
    yield "answered"
    turn.get_by_role("button", name="Non", exact=True).click()
    expect(turn.get_by_text("votre avis est enregistré")).to_be_visible()
    yield "vote being explained"
    reply_with(page)
    turn = chat.settled(chat.ask("tarifs"))
    page.unroute("**/api/chat")
    turn.get_by_role("button", name="Réponse complète").first.click()
    expect(turn.locator(".full").first).not_to_be_empty()
    yield "entry unfolded"
    chat.element.get_by_role("button", name="Parler à une personne").click()
    yield "a person"
    chat.element.locator(".person").get_by_role("button", name="Masquer").click()
    twins = [{"entry_id": i, "question": "Où est ma salle ?", "section": f"Cours {i}"} for i in "ab"]
    reply_with(page, outcome="clarification", sources=[], answer="Précisez.", suggestions=twins)
    chat.settled(chat.ask("salle"))
    yield "clarification"
    page.unroute("**/api/chat")
    reply_with(page, outcome="abstained", sources=[], suggestions=[], answer="Je ne sais pas.")
    chat.settled(chat.ask("météo"))
    yield "abstained"
    page.unroute("**/api/chat")
    page.route("**/api/chat", lambda route: None)
    chat.ask("en attente")
    yield "asking"
    chat.element.get_by_role("button", name="Arrêter").click()
    yield "stopped"
    page.unroute("**/api/chat")
    problem = json.dumps({"detail": "Patientez.", "code": "rate_limited"})
    answer_with(page, problem, "application/problem+json", 429, **{"Retry-After": "60"})
    chat.settled(chat.ask("encore"))
    yield "too many questions"
    page.unroute("**/api/chat")
    answer_with(page, event("error", {"code": "x", "message": "La rédaction a échoué."}))
    chat.settled(chat.ask("encore"))
    expect(chat.turns.last.locator(".source")).to_have_count(3)
    yield "failed, entries found"
    page.unroute("**/api/chat")
    chat.element.get_by_role("button", name="Fermer").click()
    yield "closed again"


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_any_state(open_page: Callable[..., Page], axe_source: str, theme: str) -> None:
    page = open_page(**THEMES[theme])
    found = {state: axe_violations(page, axe_source) for state in states(page, "/")}
    tell(f"{theme}: {len(found)} states, {sum(map(len, found.values()))} violations")
    assert {state: wrong for state, wrong in found.items() if wrong} == {}
    assert len(found) >= 15


@pytest.mark.parametrize("accent", ["#c1002a", "#ffd400", "#00a3e0", "#000000", "#ffffff", "#7f7f7f"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_any_accent_can_be_read(open_page: Callable[..., Page], axe_source: str, theme: str, accent: str) -> None:
    page = open_page(color_scheme=theme)
    page.goto("/")
    page.locator("guichet-chat").evaluate("(host, accent) => { host.dataset.accent = accent; }", accent)
    chat = Chat(page).open()
    chat.settled(chat.ask(PRICE_LIST))
    assert axe_violations(page, axe_source) == []


@pytest.mark.parametrize("theme", ["light", "dark", "forced-colors"])
@pytest.mark.parametrize(
    "path",
    [
        "/faq",
        "/faq?q=payer",
        "/faq?q=recette+du+cassoulet",
        "/configurateur",
        "/donnees-personnelles",
        "/embed",
        "/rien",
    ],
)
def test_axe_finds_nothing_on_the_other_pages(
    open_page: Callable[..., Page], axe_source: str, theme: str, path: str
) -> None:
    page = open_page(**THEMES[theme])
    page.set_extra_http_headers({"Accept": "text/html"})
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert axe_violations(page, axe_source) == []


@pytest.mark.parametrize(("site", "theme"), [("bare", "phone"), ("hostile", "light"), ("old_cms", "dark")])
def test_axe_finds_nothing_in_any_state_on_other_sites(
    open_page: Callable[..., Page], sites: Sites, axe_source: str, site: str, theme: str
) -> None:
    page = open_page(**THEMES[theme])
    host = "document.querySelector('guichet-chat')"
    address = f"{sites.origin}/{site}.html"
    found = {state: axe_violations(page, axe_source, host) for state in states(page, address)}
    tell(f"{site}, {theme}: {len(found)} states, {sum(map(len, found.values()))} violations")
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def test_axe_finds_nothing_in_english_or_when_the_panel_cannot_load(
    open_page: Callable[..., Page], axe_source: str
) -> None:
    page = open_page()
    page.goto("/")
    page.locator("guichet-chat").evaluate("(host) => { host.dataset.lang = 'en'; }")
    page.route("**/widget/panel*.js*", abort)
    chat = Chat(page)
    chat.launcher.click()
    expect(chat.element.get_by_role("alert")).to_be_visible()
    failed = axe_violations(page, axe_source)
    page.unroute("**/widget/panel*.js*")
    chat.open()
    chat.settled(chat.ask(PRICE_LIST))
    assert (failed, axe_violations(page, axe_source)) == ([], [])


CONTROLS = """(host) => [...host.shadowRoot.querySelectorAll('button, a[href], input, textarea')]
    .filter((node) => node.checkVisibility({visibilityProperty: true}))
    .map((node) => {
        const {width, height} = (node.closest('.reasons label') ?? node).getBoundingClientRect();
        return [node.innerText || node.ariaLabel || node.localName, width, height, !!node.closest('p, li > a, .prose')];
    })"""


@pytest.mark.parametrize("width", [320, 1280])
def test_targets_are_large_enough(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 760})
    page.goto("/")
    chat = Chat(page).open()
    turn = chat.settled(chat.ask(PRICE_LIST))
    turn.get_by_role("button", name="Non", exact=True).click()
    chat.element.get_by_role("button", name="Parler à une personne").click()
    controls = chat.element.evaluate(CONTROLS)
    assert len(controls) > 12
    small = [name for name, w, h, in_text in controls if min(w, h) < 24 and not in_text]
    assert small == []


def test_the_focus_is_always_visible(chat: Chat) -> None:
    chat.settled(chat.ask(PRICE_LIST))
    chat.element.get_by_role("button", name="Nouvelle conversation").focus()
    seen: set[str] = set()
    for _ in range(25):
        chat.page.keyboard.press("Tab")
        name, outline, field = chat.element.evaluate(
            """(host) => {
                const node = host.shadowRoot.activeElement;
                if (!node) return [null, null, null];
                const style = getComputedStyle(node.closest('.field') && node.localName === 'textarea'
                    ? node.closest('.field') : node);
                return [node.innerText || node.ariaLabel || node.className, style.outlineStyle,
                        parseFloat(style.outlineWidth)];
            }"""
        )
        if name is None:
            break
        seen.add(name)
        assert outline == "solid", name
        assert field >= 2, name
    assert len(seen) > 8


OVERRIDE = """(host) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
        * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
        p { margin-bottom: 2em !important; }
        %s
    `);
    host.shadowRoot.adoptedStyleSheets = [...host.shadowRoot.adoptedStyleSheets, sheet];
}"""
CLIPPED = """(host) => [...host.shadowRoot.querySelectorAll('.panel *')].filter((node) => {
    if (!node.checkVisibility() || node.matches('.spoken, .spoken *, svg, svg *, textarea')) return false;
    const box = node.getBoundingClientRect(), panel = host.shadowRoot.querySelector('.panel').getBoundingClientRect();
    const style = getComputedStyle(node);
    const cut = style.overflowX === 'hidden' && node.scrollWidth > node.clientWidth + 1;
    return cut || box.right > panel.right + 1 || box.left < panel.left - 1;
}).map((node) => node.className + ' ' + node.innerText.slice(0, 40))"""


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("enlarged", ["", ".g { font-size: 2em !important; }"])
def test_text_may_be_spaced_and_doubled(page: Page, width: int, enlarged: str) -> None:
    page.set_viewport_size({"width": width, "height": 760})
    page.goto("/")
    chat = Chat(page).open()
    chat.element.evaluate(OVERRIDE % enlarged)
    turn = chat.settled(chat.ask(PRICE_LIST))
    turn.get_by_role("button", name="Non", exact=True).click()
    chat.element.get_by_role("button", name="Parler à une personne").click()
    assert chat.element.evaluate(CLIPPED) == []
    turn.get_by_label("La réponse est incomplète").check()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "height"), [(320, 640), (1280, 860)])
def test_a_browser_set_to_text_twice_as_large(page: Page, width: int, height: int) -> None:
    """The reader's own text size, as the browser's settings give it."""
    page.set_viewport_size({"width": width, "height": height})
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    page.goto("/")
    reply_with(page)
    chat = Chat(page).open()
    assert chat.element.locator(".welcome").evaluate("(node) => parseFloat(getComputedStyle(node).fontSize)") >= 32
    turn = chat.settled(chat.ask(PRICE_LIST))
    assert chat.element.evaluate(CLIPPED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for control in (
        turn.get_by_role("button", name="Réponse complète"),
        chat.element.get_by_role("button", name="Parler à une personne"),
        chat.element.get_by_role("button", name="Fermer"),
    ):
        control.scroll_into_view_if_needed()
        expect(control).to_be_in_viewport()
    title = chat.element.get_by_role("heading", level=2)
    assert title.evaluate("(node) => node.getClientRects().length && node.offsetHeight < 90")  # Not a letter a line.


def test_everything_is_in_reach_at_400_percent(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto("/")
    reply_with(page)
    chat = Chat(page).open()
    expect(chat.element.get_by_role("heading", level=2)).to_be_focused()  # What has the focus is in sight.
    turn = chat.settled(chat.ask(PRICE_LIST))
    expect(turn.get_by_role("heading", level=3)).to_be_focused()
    expect(turn.get_by_role("heading", level=3)).to_be_in_viewport()
    for control in (
        turn.get_by_role("button", name="Réponse complète").first,
        turn.get_by_role("button", name="Oui", exact=True),
        chat.field,
        chat.element.get_by_role("button", name="Parler à une personne"),
        chat.element.get_by_role("button", name="Fermer"),
    ):
        control.scroll_into_view_if_needed()
        expect(control).to_be_in_viewport()
    assert chat.element.evaluate(CLIPPED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", ["/", "/faq", "/faq?q=payer", "/configurateur", "/donnees-personnelles"])
def test_no_page_scrolls_sideways_at_320_pixels(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_nothing_moves_for_those_who_ask_for_it(chat: Chat) -> None:
    chat.page.route("**/api/chat", lambda route: None)
    chat.ask("tarifs")
    expect(chat.element.locator(".dots")).to_be_visible()
    assert chat.page.evaluate("document.getAnimations({subtree: true}).length") == 0


def test_a_software_keyboard_takes_its_room_from_the_conversation(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    page.goto("/")
    chat = Chat(page).open()
    page.evaluate(
        """() => {
            Object.defineProperty(visualViewport, 'height', {get: () => 400});
            visualViewport.dispatchEvent(new Event('resize'));
        }"""
    )
    box, field = chat.panel.bounding_box(), chat.field.bounding_box()
    assert box is not None
    assert field is not None
    assert (box["y"], box["height"]) == (0, 400)
    assert field["y"] + field["height"] < 400


def test_right_to_left(page: Page) -> None:
    page.goto("/")
    page.locator("guichet-chat").evaluate("(host) => { host.dir = 'rtl'; }")
    chat = Chat(page).open()
    expect(chat.panel).to_have_css("direction", "rtl")
    reply_with(page, answer="مرحبا **بكم** في المدرسة [1]\n\n- واحد", sources=REPLY["sources"])
    turn = chat.settled(chat.ask("أين القاعة؟"))
    expect(turn.locator(".question > span[dir]")).to_have_css("direction", "rtl")
    expect(turn.locator(".prose li")).to_have_css("direction", "rtl")
    expect(turn.locator(".source h5")).to_have_css("direction", "ltr")
    assert chat.element.evaluate(CLIPPED) == []

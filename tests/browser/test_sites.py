"""On other people's pages: bare, hostile, old. The widget looks and works the same, and costs them nothing."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import PRICE_LIST, Chat
from tests.browser.conftest import watch
from tests.browser.relay import Relay
from tests.browser.site_server import Sites

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

SITES = ("bare", "hostile", "old_cms")


@pytest.fixture
def guest(page: Page, sites: Sites, base_url: str) -> Page:
    """A page that may go to the sites: `page.goto(sites.origin + …)`."""
    return page


@pytest.mark.parametrize("site", SITES)
def test_the_whole_conversation_works(guest: Page, sites: Sites, site: str) -> None:
    guest.goto(f"{sites.origin}/{site}.html")
    chat = Chat(guest).open()
    expect(chat.element.get_by_role("heading", name="Accueil de l’école")).to_be_visible()
    turn = chat.settled(chat.ask(PRICE_LIST))
    expect(turn.locator(".source").first).to_be_visible()
    turn.get_by_role("button", name="Oui", exact=True).click()
    expect(turn.get_by_text("Merci")).to_be_visible()
    chat.ask("Comment payer ?")
    chat.settled(chat.turns.nth(1))
    assert guest.evaluate("localStorage.length") == 0
    guest.reload()
    chat.open()
    expect(chat.turns).to_have_count(2)
    guest.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()


@pytest.mark.parametrize("site", SITES)
def test_the_whole_conversation_works_by_keyboard(guest: Page, sites: Sites, site: str) -> None:
    guest.goto(f"{sites.origin}/{site}.html")
    chat = Chat(guest)
    expect(chat.launcher).to_be_visible()
    tab_to(guest, "Une question ?")
    guest.keyboard.press("Enter")
    expect(chat.field).to_be_focused()
    guest.keyboard.type(PRICE_LIST)
    guest.keyboard.press("Enter")
    turn = chat.settled(chat.turns.first)
    expect(chat.field).to_be_focused()
    tab_to(guest, "Lire dans la FAQ", "Shift+Tab")
    tab_to(guest, "Oui", "Tab")
    guest.keyboard.press("Enter")
    expect(turn.get_by_text("Merci")).to_be_visible()
    tab_to(guest, "Parler à une personne")
    guest.keyboard.press("Enter")
    expect(chat.element.get_by_role("heading", name="Joindre une personne")).to_be_focused()
    guest.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Presses `key` until what has this text has the focus."""
    for _ in range(30):
        page.keyboard.press(key)
        text = page.evaluate("document.activeElement.shadowRoot?.activeElement?.innerText ?? ''")
        if " ".join(str(text).split()).startswith(name):
            return
    raise AssertionError(f"{name} was not reached")


@pytest.mark.parametrize("site", SITES)
def test_a_connection_cut_in_mid_answer(guest: Page, sites: Sites, relay: Relay, site: str) -> None:
    """A real one: half of the stream, then a reset. Asked for again in one piece; where that fails too, it is said."""
    guest.goto(f"{sites.origin}/{site}.html")
    chat = Chat(guest).open()
    relay.mode = "cut"
    turn = chat.settled(chat.ask(PRICE_LIST))
    expect(turn.locator(".source").first).to_be_visible()
    assert relay.streams == 1
    relay.mode = "cut, then down"
    turn = chat.settled(chat.ask("Comment payer ?"))
    expect(turn.locator(".failure")).to_contain_text("La connexion a été coupée avant la fin de la réponse.")
    expect(chat.field).to_have_value("Comment payer ?")
    relay.mode = "pass"
    turn.get_by_role("button", name="Réessayer").click()
    expect(turn.locator(".extras")).to_be_attached()
    expect(chat.field).to_have_value("")


def test_a_proxy_that_holds_streams_back(guest: Page, sites: Sites, relay: Relay) -> None:
    guest.clock.install()
    guest.goto(f"{sites.origin}/bare.html")
    chat = Chat(guest).open()
    relay.mode = "hold"
    turn = chat.ask(PRICE_LIST)
    expect(turn.get_by_text("Recherche dans la FAQ")).to_be_visible()
    guest.clock.run_for(9_000)
    expect(turn.locator(".source").first).to_be_visible()
    chat.settled(chat.ask("Comment payer ?"))
    assert relay.streams == 1


def looks(chat: Chat) -> dict[str, Any]:
    """Geometry and type of the main parts, as a page's CSS might change them."""
    return dict(
        chat.element.evaluate(
            """(host) => {
                const told = {};
                for (const part of ['.panel', '.head', '.field', '.send', '.notice', '.welcome', 'h2']) {
                    const node = host.shadowRoot.querySelector(part);
                    const {width, height} = node.getBoundingClientRect();
                    const style = getComputedStyle(node);
                    const names = ['fontSize', 'fontFamily', 'lineHeight', 'letterSpacing', 'textTransform', 'color'];
                    told[part] = [Math.round(width), Math.round(height), ...names.map((name) => style[name])];
                }
                return told;
            }"""
        )
    )


def test_hostile_styles_change_nothing(guest: Page, sites: Sites) -> None:
    guest.goto(f"{sites.origin}/bare.html")
    guest.locator("guichet-chat").evaluate("(host) => { host.dataset.accent = ''; }")
    bare = Chat(guest).open()
    expect(bare.element.locator(".opening").get_by_role("button").first).to_be_visible()
    wanted = looks(bare)
    guest.goto(f"{sites.origin}/hostile.html")
    hostile = Chat(guest).open()
    expect(hostile.element.locator(".opening").get_by_role("button").first).to_be_visible()
    assert looks(hostile) == wanted
    box = hostile.panel.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 1280


def test_two_tags_and_a_hand_placed_element_make_one_conversation(guest: Page, sites: Sites) -> None:
    guest.goto(f"{sites.origin}/old_cms.html")
    expect(guest.locator("guichet-chat")).to_have_count(1)


def test_two_elements_do_not_meet(guest: Page, sites: Sites) -> None:
    guest.goto(f"{sites.origin}/bare.html")
    guest.evaluate("document.body.append(document.createElement('guichet-chat'))")
    one, other = guest.locator("guichet-chat").first, guest.locator("guichet-chat").last
    boxes = [element.locator(".launcher").bounding_box() for element in (one, other)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[1]["y"] + boxes[1]["height"] <= boxes[0]["y"]
    one.locator(".launcher").click()
    expect(one.locator(".panel")).to_be_visible()
    one.get_by_label("Votre question").fill(PRICE_LIST)
    one.get_by_label("Votre question").press("Enter")
    expect(one.locator(".extras")).to_be_attached()
    guest.evaluate("document.querySelectorAll('guichet-chat')[1].open()")
    expect(other.locator(".panel")).to_be_visible()
    expect(one.locator(".panel")).to_be_hidden()
    expect(other.locator(".turn")).to_have_count(0)


def test_within_a_modal_dialog_of_the_page(guest: Page, sites: Sites) -> None:
    guest.goto(f"{sites.origin}/bare.html")
    guest.evaluate(
        """() => {
            const dialog = document.createElement('dialog');
            dialog.id = 'host-dialog';
            dialog.append(document.querySelector('guichet-chat'));
            document.body.append(dialog);
            dialog.showModal();
        }"""
    )
    chat = Chat(guest).open()
    chat.settled(chat.ask(PRICE_LIST))
    guest.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    assert guest.evaluate("document.getElementById('host-dialog').open")


def test_the_api_of_the_site_s_own_scripts(guest: Page, sites: Sites) -> None:
    guest.goto(f"{sites.origin}/bare.html")
    guest.evaluate(
        """() => {
            window.heard = [];
            for (const name of ['open', 'answer', 'feedback', 'error']) {
                document.addEventListener(`guichet:${name}`, (event) => window.heard.push([name, event.detail]));
            }
        }"""
    )
    guest.evaluate(f"document.querySelector('guichet-chat').ask('{PRICE_LIST}')")
    chat = Chat(guest)
    assert chat.state()["open"]
    chat.settled(chat.turns.first).get_by_role("button", name="Oui", exact=True).click()
    expect(chat.element.get_by_text("Merci")).to_be_visible()
    guest.route("**/api/chat", lambda route: route.abort())
    guest.evaluate("document.querySelector('guichet-chat').ask('Encore ?')")
    expect(chat.turns.nth(1).locator(".failure")).to_be_visible()
    guest.evaluate("document.querySelector('guichet-chat').close()")
    expect(chat.panel).to_be_hidden()

    heard = guest.evaluate("window.heard")
    assert [name for name, _ in heard] == ["open", "answer", "feedback", "error"]
    assert heard[1][1]["outcome"] == "answered"
    assert heard[1][1]["entryIds"]
    assert heard[2][1]["vote"] == "up"
    assert heard[3][1] == {"code": "unreachable", "status": 0}
    assert "grille" not in str(heard)


def test_a_site_that_is_not_allowed_gets_no_answer(browser: Browser, sites: Sites, base_url: str) -> None:
    page = browser.new_page()
    page.goto(f"{sites.origin.replace('127.0.0.1', 'localhost')}/bare.html")
    chat = Chat(page).open()
    turn = chat.ask(PRICE_LIST)
    expect(turn.locator(".failure")).to_contain_text("ne répond pas")
    page.close()


def test_the_frame_mode_is_for_allowed_sites_alone(browser: Browser, sites: Sites, base_url: str) -> None:
    page = browser.new_page()
    for origin, shown in ((sites.origin, True), (sites.origin.replace("127.0.0.1", "localhost"), False)):
        page.goto(f"{origin}/bare.html")
        page.evaluate(
            "url => { const f = document.createElement('iframe'); f.src = url; f.title = 'Assistant';"
            " f.width = 400; f.height = 600; document.body.append(f); }",
            f"{base_url}/embed?title=Accueil&accent=1f6f5c",
        )
        inside = page.frame_locator("iframe[title=Assistant]")
        if shown:
            inside.get_by_label("Votre question").fill(PRICE_LIST)
            inside.get_by_label("Votre question").press("Enter")
            expect(inside.locator(".extras")).to_be_attached()
        else:
            page.wait_for_load_state("networkidle")
            expect(inside.get_by_label("Votre question")).to_have_count(0)
    page.close()


def test_without_javascript_the_tag_leads_to_the_faq(browser: Browser, sites: Sites, base_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{sites.origin}/bare.html")
    page.get_by_role("link", name="Foire aux questions").click()
    expect(page).to_have_url(f"{base_url}/faq")
    page.get_by_label("Rechercher").fill("payer")
    page.get_by_role("button", name="Rechercher").click()
    result = page.locator(".hit").first.get_by_role("link")
    target = result.get_attribute("href") or ""
    result.click()
    expect(page.locator(target.replace("#", "[id='") + "']")).to_be_in_viewport()
    context.close()


@pytest.mark.parametrize("site", SITES)
def test_the_page_does_not_move(browser: Browser, sites: Sites, base_url: str, site: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.add_init_script(
        """window.shifts = [];
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shifts.push(entry.value);
        }).observe({type: 'layout-shift', buffered: true});"""
    )
    page = context.new_page()
    crashes = watch(page)
    page.goto(f"{sites.origin}/{site}.html")
    expect(Chat(page).launcher).to_be_visible()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("window.shifts") == []
    assert crashes == []
    context.close()

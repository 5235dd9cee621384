"""The whole conversation on the demo page: by mouse, by keyboard, at every width, in every theme."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chat import PRICE_LIST, REPLY, Chat, answer_with, event, reply_with

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
}
"""As a visitor's system may want pages."""
EVERYWHERE = [(width, look) for width in (320, 1280) for look in LOOKS]


def test_a_visitor_erases_the_conversation_after_confirming(chat: Chat) -> None:
    button = chat.element.get_by_role("button", name="Effacer la conversation")
    expect(button).to_be_hidden()
    chat.settled(chat.ask(PRICE_LIST))
    button.focus()
    button.press("Enter")
    expect(chat.element.get_by_text("Effacer cette conversation")).to_be_focused()
    chat.element.get_by_role("button", name="Garder").click()
    expect(button).to_be_focused()
    expect(chat.turns).to_have_count(1)
    chat.page.route("**/api/conversations/*", lambda route: route.abort())
    button.click()
    chat.element.get_by_role("button", name="Effacer", exact=True).click()
    expect(chat.element.get_by_text("n’a pas pu être effacée")).to_be_focused()
    expect(chat.turns).to_have_count(1)
    chat.page.unroute("**/api/conversations/*")
    with chat.page.expect_response("**/api/conversations/*") as gone:
        chat.element.get_by_role("button", name="Effacer", exact=True).click()
    assert gone.value.json() == {"ok": True, "erased": 1}
    expect(chat.element.get_by_text("La conversation est effacée")).to_be_visible()
    expect(chat.turns).to_have_count(0)
    chat.page.reload()
    chat.open()
    expect(chat.turns).to_have_count(0)
    chat.settled(chat.ask(PRICE_LIST))
    expect(chat.element.get_by_text("La conversation est effacée")).to_be_hidden()


@pytest.mark.parametrize(("width", "look"), EVERYWHERE)
def test_a_whole_conversation_by_mouse(page: Page, width: int, look: str) -> None:
    page.set_viewport_size({"width": width, "height": 760})
    page.emulate_media(**LOOKS[look])
    page.goto("/")
    chat = Chat(page).open()

    chat.element.locator(".opening").get_by_role("button").first.click()
    first = chat.settled(chat.turns.first)
    expect(first.get_by_role("heading", level=3)).to_be_focused()
    first.get_by_role("button", name="Non", exact=True).click()
    expect(first.get_by_text("votre avis est enregistré")).to_be_visible()
    first.get_by_label("La réponse est incomplète").check()
    first.get_by_role("button", name="Envoyer ces précisions").click()
    expect(first.get_by_text("Merci pour ces précisions")).to_be_focused()

    chat.field.fill(PRICE_LIST)
    chat.element.get_by_role("button", name="Envoyer", exact=True).click()
    second = chat.settled(chat.turns.nth(1))
    mark = second.locator(".prose").get_by_role("button", name="Source 1")
    mark.click()
    expect(second.locator(".source").first).to_be_focused()
    reply_with(page)
    card = chat.settled(chat.ask("tarifs")).locator(".source").first
    card.get_by_role("button", name="Réponse complète").click()
    expect(card.locator(".full")).to_contain_text("ECTS")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert chat.panel.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth + 1")

    chat.element.get_by_role("button", name="Nouvelle conversation").click()
    expect(chat.turns).to_have_count(0)
    expect(chat.field).to_be_focused()
    chat.element.get_by_role("button", name="Fermer").click()
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()


@pytest.mark.parametrize(("width", "look"), EVERYWHERE)
def test_a_whole_conversation_by_keyboard(page: Page, width: int, look: str) -> None:
    page.set_viewport_size({"width": width, "height": 760})
    page.emulate_media(**LOOKS[look])
    page.goto("/")
    chat = Chat(page)
    chat.launcher.focus()
    expect(chat.launcher).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(chat.field).to_be_focused()
    expect(chat.launcher).to_have_attribute("aria-expanded", "true")

    page.keyboard.type("Comment payer ?")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("En ligne ?")
    page.keyboard.press("Enter")
    chat.settled(chat.turns.first)
    expect(chat.field).to_be_focused()
    expect(chat.turns.first.get_by_role("heading", level=3)).to_contain_text("En ligne ?")

    reached = tab_round(page, chat)
    for name in ("Fermer", "Copier", "Oui", "Non", "Parler à une personne", "Envoyer"):
        assert any(name in label for label in reached), (name, reached)
    page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()


def tab_round(page: Page, chat: Chat) -> list[str]:
    """Names of what Tab reaches from the field, once around."""
    names: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate(
            """() => {
                let focused = document.activeElement;
                while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
                return focused.ariaLabel ?? focused.innerText ?? focused.localName;
            }"""
        )
        names.append(str(name))
        if chat.field.evaluate("(field) => field.getRootNode().activeElement === field"):
            return names
    # Beside the page, Tab leaves the panel for the page: nobody is trapped. Back to the field from there.
    chat.field.focus()
    page.keyboard.press("Shift+Tab")
    chat.field.focus()
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        names.append(str(page.evaluate("document.activeElement.shadowRoot?.activeElement?.innerText ?? ''")))
        names.append(str(page.evaluate("document.activeElement.shadowRoot?.activeElement?.ariaLabel ?? ''")))
    chat.field.focus()
    return names


def test_the_focus_goes_back_to_what_opened(page: Page) -> None:
    page.goto("/")
    chat = Chat(page)
    opener = page.get_by_role("link", name="Demander à l’assistant")
    opener.click()
    expect(chat.field).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_escape_on_the_page_closes_what_covers_it_unless_the_page_uses_it(page: Page) -> None:
    page.goto("/")
    chat = Chat(page).open()
    page.get_by_role("link", name="Toutes les questions").first.focus()
    page.evaluate("window.addEventListener('keydown', (e) => e.preventDefault(), {capture: true, once: true})")
    page.keyboard.press("Escape")
    expect(chat.panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(page.get_by_role("link", name="Toutes les questions").first).to_be_focused()


def test_an_answer_comes_with_a_link_to_its_entry(chat: Chat) -> None:
    card = chat.ask(PRICE_LIST).locator(".source").first

    link = card.get_by_role("link", name="Lire dans la FAQ")
    href = link.get_attribute("href") or ""
    quoted = unquote(href.partition(":~:text=")[2])
    assert quoted
    assert card.get_by_role("heading").inner_text().startswith(quoted.split(",")[0][:20])
    expect(link).to_have_attribute("rel", "noopener")
    expect(link).to_have_accessible_name(re.compile("nouvelle fenêtre"))


def test_a_link_of_the_page_asks_its_question(page: Page) -> None:
    page.goto("/")
    card = page.locator(".card").first
    question = card.locator(".card-question").inner_text()
    card.click()
    expect(Chat(page).turns.first.get_by_role("heading", level=3)).to_contain_text(question)


def test_what_streams_in_is_silent_until_it_is_complete(chat: Chat) -> None:
    chat.element.evaluate(
        """(host) => {
            window.streamed = [];
            new MutationObserver(() => {
                const text = host.shadowRoot.querySelector('.progress .prose');
                if (!text?.textContent) return;
                window.streamed.push(text.inert && !host.shadowRoot.querySelector('.extras'));
            }).observe(host.shadowRoot.querySelector('[role=log]'), {childList: true, subtree: true});
        }"""
    )
    pieces = [event("delta", {"text": f"Mot{n} "}) for n in range(5)]
    # A route answers at once: let the page draw between the stream and its end.
    chat.page.evaluate(
        """([pieces, end]) => {
            const own = window.fetch;
            window.fetch = (url, init) => {
                if (!String(url).endsWith('/api/chat')) return own(url, init);
                const stream = new ReadableStream({async start(control) {
                    const send = (text) => control.enqueue(new TextEncoder().encode(text));
                    for (const piece of pieces) {
                        send(piece);
                        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
                    }
                    send(end);
                    control.close();
                }});
                return Promise.resolve(new Response(stream, {headers: {'Content-Type': 'text/event-stream'}}));
            };
        }""",
        [pieces, event("done", REPLY)],
    )
    turn = chat.settled(chat.ask("tarifs"))

    streamed = chat.page.evaluate("window.streamed")
    assert streamed
    assert all(streamed)
    expect(chat.log).to_contain_text("la réponse")
    expect(turn).not_to_contain_text("Mot1")


def test_states_are_told_to_screen_readers(chat: Chat) -> None:
    status = chat.element.get_by_role("status").last
    chat.page.route("**/api/chat", lambda route: None)  # never answered
    chat.ask("tarifs")
    expect(status).to_have_text("Recherche dans la FAQ…")
    chat.field.fill("Encore une")
    chat.field.press("Enter")
    expect(status).to_have_text("Une réponse est déjà en cours.")
    chat.element.get_by_role("button", name="Arrêter").click()
    expect(chat.log).to_contain_text("Vous avez interrompu la réponse.")


@pytest.mark.parametrize("question", ["", "   ", "\n\n"])
def test_an_empty_question_is_not_sent(chat: Chat, question: str) -> None:
    sent: list[str] = []
    chat.page.on("request", lambda request: sent.append(request.url) if "/api/chat" in request.url else None)

    chat.field.fill(question)
    chat.element.get_by_role("button", name="Envoyer", exact=True).click()

    expect(chat.element.locator(".field-error")).to_be_visible()
    expect(chat.field).to_be_focused()
    assert sent == []


def test_the_limit_is_shown_when_near_and_a_longer_question_is_kept(chat: Chat) -> None:
    counter = chat.element.locator(".field-counter")
    chat.field.fill("é" * 700)
    expect(counter).to_be_hidden()
    chat.field.fill("é" * 900)
    expect(counter).to_contain_text("900 / 1")
    chat.field.fill("é" * 1001)
    expect(chat.field).to_have_attribute("aria-invalid", "true")
    chat.field.press("Enter")
    expect(chat.turns).to_have_count(0)
    expect(chat.field).to_have_value("é" * 1001)
    chat.field.fill("é" * 1000)
    expect(chat.field).to_have_attribute("aria-invalid", "false")


def test_a_draft_is_kept_while_the_panel_is_closed(chat: Chat) -> None:
    chat.field.fill("Une question en cours d’écri")
    chat.page.keyboard.press("Escape")
    chat.open()
    expect(chat.field).to_have_value("Une question en cours d’écri")


def test_the_notice_and_a_person_are_always_in_reach(chat: Chat) -> None:
    def check() -> None:
        notice = chat.element.locator(".notice")
        expect(notice).to_be_in_viewport()
        expect(notice).to_contain_text("Assistant automatique")
        expect(notice).to_contain_text("aucune donnée personnelle")
        expect(notice.get_by_role("button", name="Parler à une personne")).to_be_in_viewport()
        privacy = notice.get_by_role("link", name="Données personnelles")
        expect(privacy).to_be_in_viewport()
        assert (privacy.get_attribute("href") or "").endswith("/donnees-personnelles")

    check()
    chat.settled(chat.ask(PRICE_LIST))
    chat.settled(chat.ask("Comment payer ?"))
    check()
    chat.element.get_by_role("button", name="Parler à une personne").click()
    expect(chat.element.locator(".person").get_by_role("link", name=re.compile("@"))).to_be_visible()
    chat.element.locator(".person").get_by_role("button", name="Masquer").click()
    expect(chat.element.get_by_role("button", name="Parler à une personne")).to_be_focused()


def test_a_clarification_offers_questions_to_send(chat: Chat) -> None:
    twins = [
        {"entry_id": "a", "question": "Où trouver ma salle ?", "section": "Alternance"},
        {"entry_id": "b", "question": "Où trouver ma salle ?", "section": "Cours du soir"},
    ]
    reply_with(chat.page, outcome="clarification", sources=[], answer="Précisez.", suggestions=twins)

    turn = chat.ask("salle")
    expect(turn.get_by_role("heading", name="Vouliez-vous dire…")).to_be_visible()
    turn.get_by_role("button", name="Cours du soir").click()

    asked = chat.turns.nth(1).get_by_role("heading", level=3)
    expect(asked).to_contain_text("Où trouver ma salle ? (Cours du soir)")
    expect(asked).to_be_focused()


@pytest.mark.parametrize("outcome", ["abstained", "handoff"])
def test_without_an_answer_a_person_is_named(chat: Chat, outcome: str) -> None:
    reply_with(chat.page, outcome=outcome, sources=[], answer="Je ne sais pas.")

    turn = chat.ask("météo")

    link = turn.get_by_role("link", name="accueil@example.org")
    expect(link).to_have_attribute("href", "mailto:accueil@example.org")
    expect(turn.locator(".source")).to_have_count(0)


def test_what_the_answer_says_is_not_said_again(chat: Chat) -> None:
    """Neither the quote that it holds, nor the entry that it gives in full, nor the contact that it names."""
    whole = REPLY["sources"][0] | {"complete": True, "quote": "Voici la réponse…"}
    reply_with(chat.page, sources=[whole, REPLY["sources"][0] | {"n": 2}])
    cards = chat.settled(chat.ask("tarifs")).locator(".source")
    expect(cards.nth(0).locator("blockquote")).to_have_count(0)
    expect(cards.nth(0).get_by_role("button")).to_have_count(0)
    expect(cards.nth(0).get_by_role("link", name="Lire dans la FAQ")).to_be_visible()
    expect(cards.nth(1).locator("blockquote")).to_be_visible()
    expect(cards.nth(1).get_by_role("button", name="Réponse complète")).to_be_visible()
    chat.page.unroute("**/api/chat")
    reply_with(chat.page, outcome="handoff", sources=[], answer="Écrivez à <accueil@example.org>.")
    expect(chat.settled(chat.ask("quelqu’un")).get_by_role("link", name="accueil@example.org")).to_have_count(1)


def test_french_punctuation_stays_with_its_word(chat: Chat) -> None:
    reply_with(chat.page, answer="Trois modes :\n\n- « un » ; deux **ou** ! `a : b`")
    turn = chat.settled(chat.ask("Combien ?"))
    text = turn.locator(".answer > .prose").evaluate("(node) => node.textContent")
    assert text == "Trois modes\u00a0:«\u00a0un\u00a0»\u00a0; deux ou\u00a0! a : b"
    assert turn.locator(".question > span[dir]").text_content() == "Combien\u00a0?"
    assert turn.locator("h5").text_content() == "Quels sont les tarifs\u00a0?"


def test_copying_takes_the_text_and_its_source(chat: Chat, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    reply_with(chat.page)
    chat.ask("tarifs").get_by_role("button", name="Copier").click()
    expect(chat.element.get_by_text("Copié", exact=True)).to_be_visible()
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Voici la réponse\n\nSource")
    assert REPLY["sources"][0]["url"] in copied


def test_starting_over_forgets_the_conversation(chat: Chat) -> None:
    chat.settled(chat.ask(PRICE_LIST))
    with chat.page.expect_request("**/api/chat") as followed:
        chat.settled(chat.ask("et en ligne ?"))
    assert "conversation_id" in (followed.value.post_data or "")

    chat.element.get_by_role("button", name="Nouvelle conversation").click()

    expect(chat.element.locator(".opening").get_by_role("button").first).to_be_visible()
    with chat.page.expect_request("**/api/chat") as request:
        chat.ask(PRICE_LIST)
    assert "conversation_id" not in (request.value.post_data or "")


def test_markdown_becomes_elements(chat: Chat) -> None:
    answer = (
        "Trois modes *simples*&nbsp;:\n\n"
        "- En ligne : [payer](https://example.org/a_(b)) [1]\n"
        "  - rubrique 452\n"
        "- Par chèque  \n"
        "  au bureau\n\n"
        "1. un\n"
        "2. deux\n\n"
        "Écrivez à <accueil@example.org>, pas à [lien mort](#) ni \\*ici\\* [7]."
    )
    reply_with(chat.page, answer=answer)

    text = chat.settled(chat.ask("paiement")).locator(".answer > .prose")

    expect(text.locator("em")).to_have_text("simples")
    expect(text.locator("ul > li > ul > li")).to_have_text("rubrique 452")
    expect(text.locator("ul > li br")).to_have_count(1)
    expect(text.locator("ol > li")).to_have_count(2)
    expect(text.get_by_role("link", name="payer")).to_have_attribute("href", "https://example.org/a_(b)")
    expect(text.get_by_role("link", name="accueil@example.org")).to_have_attribute("href", "mailto:accueil@example.org")
    expect(text).to_contain_text("pas à lien mort ni *ici* [7].")
    expect(text.locator(".mark")).to_have_count(1)


def test_nothing_is_asked_or_kept_before_the_first_opening(page: Page, base_url: str) -> None:
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert [url for url in urls if "widget" in url or "/api/" in url] == [f"{base_url}/widget.js"]
    chat = Chat(page).open()
    expect(chat.element.locator(".opening").get_by_role("button").first).to_be_visible()
    stored = "localStorage.length + sessionStorage.length"
    assert page.evaluate(stored) == 0

    chat.settled(chat.ask(PRICE_LIST))

    assert {urlsplit(url).netloc for url in urls} == {urlsplit(base_url).netloc}
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("sessionStorage.length") == 1
    chat.element.get_by_role("button", name="Nouvelle conversation").click()
    assert page.evaluate(stored) == 0


def test_a_conversation_follows_the_visitor_within_the_site(chat: Chat) -> None:
    chat.settled(chat.ask(PRICE_LIST))
    chat.page.goto("/faq")
    expect(chat.panel).to_have_count(0)
    chat.open()
    expect(chat.turns).to_have_count(1)
    expect(chat.turns.first.locator(".source").first).to_be_attached()


def test_a_site_may_forbid_storage(page: Page) -> None:
    page.goto("/")
    page.locator("guichet-chat").evaluate("(host) => { host.dataset.storage = 'none'; }")
    chat = Chat(page).open()
    chat.settled(chat.ask(PRICE_LIST))
    assert page.evaluate("sessionStorage.length") == 0


def test_the_interface_in_english(page: Page) -> None:
    page.goto("/")
    page.locator("guichet-chat").evaluate("(host) => { host.dataset.lang = 'en'; }")
    chat = Chat(page)
    expect(chat.launcher).to_have_text("Any questions?")
    chat.open()
    turn = chat.settled(chat.ask(PRICE_LIST))
    expect(turn.get_by_role("button", name="Yes", exact=True)).to_be_visible()
    expect(chat.element.locator(".g")).to_have_attribute("lang", "en")
    for part in (".answer > .prose", ".source h5", ".choice"):  # What the FAQ says is French all the same.
        expect(turn.locator(part).first).to_have_attribute("lang", "fr")


def test_a_stream_of_bytes_cut_anywhere_is_read_whole(chat: Chat) -> None:
    answer_with(chat.page, ": ping\r\n\r\n" + event("delta", {"text": "Brouillon"}) + event("done", REPLY))
    turn = chat.settled(chat.ask("tarifs"))
    expect(turn.locator(".answer > .prose strong")).to_have_text("la réponse")
    expect(turn).not_to_contain_text("Brouillon")


def test_printing_prints_the_conversation_alone(chat: Chat) -> None:
    chat.settled(chat.ask(PRICE_LIST))
    page = chat.page
    page.emulate_media(media="print")
    expect(chat.panel).to_be_hidden()  # The page is printed, not the panel over it...
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    page.emulate_media(media="screen")
    chat.field.focus()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", level=1)).to_be_hidden()  # ... unless that is where the visitor is.
    expect(chat.turns.first).to_be_visible()
    expect(chat.field).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator("[data-guichet-printed]").count() == 0


def test_a_phone_turned_or_enlarged_keeps_the_conversation(browser: Browser, base_url: str) -> None:
    context = browser.new_context(base_url=base_url, viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    page = context.new_page()
    page.goto("/")
    chat = Chat(page).open()
    chat.field.fill("brouillon")
    for width, height in ((390, 780), (780, 360), (320, 256), (1280, 860)):
        page.set_viewport_size({"width": width, "height": height})
        full = width < 640 or height <= 420
        expect(chat.panel).to_be_visible()
        # The page hears of its new size with the next frame.
        shown = [chat.panel.element_handle(), full]
        page.wait_for_function("([panel, full]) => panel.matches(':modal') === full", arg=shown)
        assert chat.state() == {"open": True, "focused": "textarea"}
        box = chat.panel.bounding_box()
        assert box is not None
        if full:
            assert (box["x"], box["width"]) == (0, width)
    expect(chat.field).to_have_value("brouillon")
    context.close()

"""When things go wrong: each failure has its sentence, keeps the question and offers a way on."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import PRICE_LIST, REPLY, Chat, abort, answer_with, event

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

HANGS = """([pieces, mode]) => {
    // A response that begins, then breaks ('cut') or is never heard of again ('hang').
    const own = window.fetch;
    window.fetch = (url, init) => {
        if (!String(url).endsWith('/api/chat') || init.headers.Accept !== 'text/event-stream') return own(url, init);
        window.streams = (window.streams ?? 0) + 1;
        const stream = new ReadableStream({start(control) {
            for (const piece of pieces) control.enqueue(new TextEncoder().encode(piece));
            if (mode === 'cut') setTimeout(() => control.error(new TypeError('network error')), 100);
            init.signal.addEventListener('abort', () => control.error(init.signal.reason));
        }});
        return Promise.resolve(new Response(stream, {headers: {'Content-Type': 'text/event-stream'}}));
    };
}"""


def test_a_network_that_is_away_keeps_the_question_for_another_try(chat: Chat) -> None:
    chat.page.route("**/api/**", abort)
    turn = chat.ask(PRICE_LIST)
    retry = turn.get_by_role("button", name="Réessayer")
    expect(retry).to_be_visible()
    expect(turn).to_contain_text("Le service ne répond pas")
    expect(turn.get_by_role("heading", level=3)).to_contain_text(PRICE_LIST)
    expect(chat.field).to_have_value(PRICE_LIST)

    chat.page.unroute("**/api/**")
    retry.click()

    expect(turn.locator(".source").first).to_be_visible()
    expect(chat.turns).to_have_count(1)
    expect(chat.field).to_have_value("")


def test_being_offline_is_said(chat: Chat) -> None:
    chat.page.context.set_offline(True)
    turn = chat.ask(PRICE_LIST)
    expect(turn).to_contain_text("hors connexion")
    chat.page.context.set_offline(False)
    turn.get_by_role("button", name="Réessayer").click()
    expect(turn.locator(".source").first).to_be_visible()


def test_a_stream_cut_in_mid_answer_is_asked_for_again_as_json(chat: Chat) -> None:
    chat.page.evaluate(HANGS, [[event("delta", {"text": "Voici **la"})], "cut"])
    turn = chat.settled(chat.ask(PRICE_LIST))
    expect(turn.locator(".source").first).to_be_visible()
    expect(turn).not_to_contain_text("Voici")


def test_a_network_cut_in_mid_answer_is_said_and_can_be_retried(chat: Chat) -> None:
    chat.page.evaluate(HANGS, [[event("delta", {"text": "Voici **la"})], "cut"])
    chat.page.route("**/api/chat", abort)
    turn = chat.ask(PRICE_LIST)
    expect(turn).to_contain_text("La connexion a été coupée avant la fin de la réponse.")
    expect(turn.get_by_role("heading", level=3)).to_contain_text(PRICE_LIST)
    chat.page.unroute("**/api/chat")
    turn.get_by_role("button", name="Réessayer").click()
    expect(turn.locator(".source").first).to_be_visible()


def test_a_stream_that_a_proxy_holds_back_is_asked_for_as_json_from_then_on(page: Page) -> None:
    page.clock.install()
    page.goto("/")
    chat = Chat(page).open()
    page.evaluate(HANGS, [[], "hang"])
    turn = chat.ask(PRICE_LIST)
    expect(turn.get_by_text("Recherche dans la FAQ")).to_be_visible()
    page.clock.run_for(7_000)
    expect(turn.get_by_text("plus de temps que d’habitude")).to_be_visible()
    page.clock.run_for(2_000)
    expect(turn.locator(".source").first).to_be_visible()
    chat.settled(chat.ask("Comment payer ?"))
    assert page.evaluate("window.streams") == 1


def test_a_silent_service_is_given_up_and_the_faq_is_searched(page: Page) -> None:
    page.clock.install()
    page.goto("/")
    chat = Chat(page).open()
    page.route("**/api/chat", lambda route: None)
    turn = chat.ask(PRICE_LIST)
    expect(turn.get_by_text("Recherche dans la FAQ")).to_be_visible()
    with page.expect_request("**/api/chat") as again:
        page.clock.run_for(9_000)
    assert again.value.headers["accept"] == "application/json"
    page.clock.run_for(41_000)
    expect(turn).to_contain_text("La réponse tarde trop.")
    expect(turn.locator(".source")).to_have_count(3)


@pytest.mark.parametrize("way", ["event", "status", "html", "not_json", "empty"])
def test_when_only_the_writing_fails_the_faq_still_answers(chat: Chat, way: str) -> None:
    match way:
        case "event":
            answer_with(chat.page, event("error", {"code": "unavailable", "message": "La rédaction a échoué."}))
        case "status":
            problem = json.dumps({"status": 503, "code": "unavailable", "detail": "L’assistant est en pause."})
            answer_with(chat.page, problem, "application/problem+json", 503)
        case "html":
            answer_with(chat.page, "<h1>Bad gateway</h1>", "text/html", 502)
        case "not_json":
            answer_with(chat.page, event("done", ["?"]))
        case "empty":
            answer_with(chat.page, "{}", "application/json")
    sentences = {"event": "La rédaction a échoué.", "status": "L’assistant est en pause."}

    turn = chat.ask(PRICE_LIST)

    expect(turn.locator(".failure")).to_contain_text(sentences.get(way, "Un problème est survenu de notre côté."))
    expect(turn.locator(".source")).to_have_count(3)
    turn.get_by_role("button", name="Réponse complète").first.click()
    expect(turn.locator(".full").first).not_to_be_empty()


def test_too_many_questions_say_when_to_try_again(chat: Chat) -> None:
    problem = json.dumps({"status": 429, "code": "rate_limited", "detail": "Patientez un instant."})
    answer_with(chat.page, problem, "application/problem+json", 429, **{"Retry-After": "2"})

    turn = chat.ask("tarifs")

    expect(turn.get_by_text("Patientez un instant.")).to_be_visible()
    retry = turn.get_by_role("button", name="Réessayer")
    expect(retry).to_have_attribute("aria-disabled", "true")
    expect(turn.locator(".source")).to_have_count(0)
    expect(retry).not_to_have_attribute("aria-disabled", "true", timeout=6000)
    expect(chat.element.get_by_role("status").last).to_have_text("Vous pouvez réessayer.")


def test_an_error_in_the_stream_is_told_once(chat: Chat) -> None:
    sent: list[str] = []
    chat.page.on("request", lambda request: sent.append(request.url) if "/api/chat" in request.url else None)
    answer_with(chat.page, event("error", {"code": "unavailable", "message": "La rédaction a échoué."}))
    chat.settled(chat.ask("tarifs"))
    assert len(sent) == 1


def test_a_panel_that_cannot_be_fetched_leads_to_the_faq_and_may_be_tried_again(page: Page, base_url: str) -> None:
    page.route("**/widget/panel*.js*", abort)
    page.goto("/")
    chat = Chat(page)
    chat.launcher.click()
    alert = chat.element.get_by_role("alert")
    expect(alert).to_contain_text("ne peut pas s’ouvrir")
    expect(alert.get_by_role("link")).to_have_attribute("href", f"{base_url}/faq")
    page.unroute("**/widget/panel*.js*")
    chat.open()
    expect(alert).to_have_count(0)


def test_without_its_opening_texts_the_conversation_works_all_the_same(page: Page) -> None:
    page.route("**/api/widget", abort)
    page.goto("/")
    chat = Chat(page).open()
    chat.element.get_by_role("button", name="Parler à une personne").click()
    expect(chat.element.locator(".person").get_by_role("link", name="Toutes les questions")).to_be_visible()
    expect(chat.settled(chat.ask(PRICE_LIST)).locator(".source").first).to_be_visible()


def test_what_storage_holds_may_be_anything(page: Page, base_url: str) -> None:
    page.goto("/")
    for kept in (
        "{",
        "null",
        '[1, {"question": 3}]',
        json.dumps([{"question": "ok", "reply": REPLY | {"sources": 4}}]),
    ):
        page.evaluate("(kept) => sessionStorage.setItem(`guichet:${location.origin}/:1`, kept)", kept)
        page.reload()
        chat = Chat(page).open()
        expect(chat.turns).to_have_count(1 if '"ok"' in kept else 0)


def test_a_vote_that_cannot_be_kept_is_said(chat: Chat) -> None:
    turn = chat.settled(chat.ask(PRICE_LIST))
    chat.page.route("**/api/feedback", abort)
    turn.get_by_role("button", name="Oui", exact=True).click()
    expect(turn.get_by_text("n’a pas pu être enregistré")).to_be_visible()
    expect(turn.get_by_role("button", name="Oui", exact=True)).to_have_attribute("aria-pressed", "false")


def test_starting_over_while_an_answer_is_on_its_way(chat: Chat) -> None:
    chat.page.route("**/api/chat", lambda route: None)
    chat.ask("tarifs")
    chat.element.get_by_role("button", name="Nouvelle conversation").click()
    expect(chat.turns).to_have_count(0)
    chat.page.unroute("**/api/chat")
    expect(chat.settled(chat.ask(PRICE_LIST)).locator(".source").first).to_be_visible()
    expect(chat.turns).to_have_count(1)

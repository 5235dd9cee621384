"""The demo page, driven as visitors do: mouse, keyboard, phone, bad network, bad intentions."""

from __future__ import annotations

import json
import re
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, Request, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

PRICE_LIST = "Où puis-je consulter la grille tarifaire ?"
XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "[ici](javascript:alert(1)) **<b>gras</b>**",
    "<a href='javascript:alert(1)' autofocus onfocus=alert(1)>tarifs</a>",
]
NARROW = 320

REPLY: dict[str, Any] = {
    "conversation_id": "c1",
    "answer_id": "a1",
    "outcome": "answered",
    "answer": "Voici **la réponse** [1]",
    "sources": [
        {
            "n": 1,
            "entry_id": "tarifs",
            "question": "Quels sont les tarifs ?",
            "section": "Tarifs",
            "url": "https://example.org/faq#:~:text=Quels%20sont%20les%20tarifs",
            "quote": "Les tarifs dépendent du nombre de crédits.",
            "score": 0.9,
        }
    ],
    "suggestions": [],
    "contact": {"label": "Accueil", "email": "accueil@example.org", "url": None},
    "ai_generated": True,
    "generator": "verbatim",
    "confidence": 0.9,
    "index_version": "v1",
    "timings_ms": {},
}


def ask(page: Page, question: str) -> Locator:
    """Type a question, send it with Enter; the turn it opens."""
    turns = page.locator(".turn")
    before = turns.count()
    page.get_by_label("Votre question").fill(question)
    page.get_by_label("Votre question").press("Enter")
    return turns.nth(before)


def event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def answer_with(
    page: Page, body: str, content_type: str = "text/event-stream", status: int = 200, **headers: str
) -> None:
    """Make every chat request of `page` get this response."""
    page.route(
        "**/api/chat",
        lambda route: route.fulfill(status=status, body=body, content_type=content_type, headers=headers),
    )


def heard_dialogs(page: Page) -> list[str]:
    """Messages of the dialogs that `page` opens from now on; each is dismissed."""
    messages: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        messages.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    return messages


def axe_violations(page: Page, axe_source: str) -> list[str]:
    page.evaluate(axe_source)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)["violations"]
    return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]


def test_an_answer_comes_with_a_link_to_its_entry(page: Page) -> None:
    turn = ask(page, PRICE_LIST)

    card = turn.locator(".source").first
    expect(card).to_be_visible()
    expect(turn.locator(".answer-text")).not_to_be_empty()
    link = card.get_by_role("link", name="Lire dans la FAQ")
    href = link.get_attribute("href") or ""
    quoted = unquote(href.partition(":~:text=")[2])
    question = card.get_by_role("heading").inner_text()
    assert quoted
    assert question.startswith(quoted.split(",")[0][:20])
    assert link.get_attribute("rel") == "noopener"
    expect(link).to_have_accessible_name(re.compile("nouvelle fenêtre"))


def test_the_full_entry_unfolds_under_its_card(page: Page) -> None:
    card = ask(page, PRICE_LIST).locator(".source").first

    toggle = card.get_by_role("button", name="Voir la réponse complète")
    toggle.click()

    expect(card.locator(".source-full")).to_be_visible()
    expect(card.locator(".source-full")).not_to_be_empty()
    expect(card.get_by_role("button", name="Masquer")).to_have_attribute("aria-expanded", "true")


def test_a_vote_is_thanked_and_may_be_explained(page: Page) -> None:
    turn = ask(page, PRICE_LIST)

    turn.get_by_role("button", name="Non", exact=True).click()
    expect(turn.get_by_text("votre avis est enregistré")).to_be_visible()
    turn.get_by_label("La réponse est incomplète").check()
    turn.get_by_role("button", name="Envoyer ces précisions").click()

    expect(turn.get_by_text("Merci pour ces précisions")).to_be_focused()


def test_a_conversation_needs_no_mouse(page: Page) -> None:
    expect(page.locator("#suggestions button").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#suggestions button").first).to_be_focused()

    page.keyboard.press("Enter")
    turn = page.locator(".turn").first
    expect(turn.get_by_role("heading", level=3)).to_be_focused()
    expect(turn.locator(".extras")).to_be_visible()

    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "question":
            break
    page.keyboard.type("Comment payer ?")
    page.keyboard.press("Enter")

    expect(page.locator(".turn").nth(1).locator(".extras")).to_be_visible()
    expect(page.get_by_label("Votre question")).to_be_focused()


def test_what_streams_in_is_silent_until_it_is_complete(page: Page) -> None:
    page.evaluate(
        """() => {
            window.streamed = [];
            new MutationObserver(() => {
                const text = document.querySelector('[data-part="text"]');
                if (!text?.textContent) return;
                window.streamed.push(text.inert && !document.querySelector('.answer-text'));
            }).observe(document.getElementById('log'), {childList: true, subtree: true});
        }"""
    )
    turn = ask(page, PRICE_LIST)

    expect(turn.locator(".answer-text")).to_be_visible()
    streamed = page.evaluate("window.streamed")
    assert streamed
    assert all(streamed)
    expect(page.get_by_role("log")).to_contain_text(turn.locator(".answer-text").inner_text()[:20])


@pytest.mark.parametrize("question", ["", "   ", "\n\n"])
def test_an_empty_question_is_not_sent(page: Page, question: str) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if "/api/chat" in request.url else None)
    field = page.get_by_label("Votre question")

    field.fill(question)
    page.get_by_role("button", name="Envoyer", exact=True).click()

    expect(page.locator("#erreur")).to_be_visible()
    expect(field).to_be_focused()
    assert sent == []


def test_a_question_too_long_is_counted_and_kept(page: Page) -> None:
    field = page.get_by_label("Votre question")
    field.fill("é" * 1001)

    expect(page.locator("#compteur")).to_contain_text("caractères")
    expect(field).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page.locator(".turn")).to_have_count(0)
    field.fill("é" * 1000)
    expect(field).to_have_attribute("aria-invalid", "false")


def test_a_cut_network_keeps_the_question_for_another_try(page: Page) -> None:
    page.route("**/api/chat", lambda route: route.abort("connectionfailed"))
    turn = ask(page, PRICE_LIST)
    retry = turn.get_by_role("button", name="Réessayer")
    expect(retry).to_be_visible()
    expect(turn.get_by_role("heading", level=3)).to_contain_text(PRICE_LIST)
    expect(page.get_by_label("Votre question")).to_have_value(PRICE_LIST)

    page.unroute("**/api/chat")
    retry.click()

    expect(turn.locator(".source").first).to_be_visible()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.get_by_label("Votre question")).to_have_value("")


def test_a_broken_stream_is_asked_for_again_as_json(page: Page) -> None:
    def broken_stream(route: Route) -> None:
        if route.request.headers["accept"] == "text/event-stream":
            cut = event("delta", {"text": "Voici **la"}) + 'event: done\ndata: {"outco'
            route.fulfill(body=cut, content_type="text/event-stream")
        else:
            route.fulfill(body=json.dumps(REPLY), content_type="application/json")

    page.route("**/api/chat", broken_stream)

    turn = ask(page, "tarifs")

    expect(turn.locator(".answer-text strong")).to_have_text("la réponse")
    expect(turn.get_by_role("link", name="Source 1")).to_have_attribute("href", re.compile("^#source-"))


def test_the_done_event_replaces_what_was_streamed(page: Page) -> None:
    answer_with(page, ": ping\n\n" + event("delta", {"text": "Brouillon"}) + event("done", REPLY))

    turn = ask(page, "tarifs")

    expect(turn.locator(".answer-text strong")).to_have_text("la réponse")
    expect(turn).not_to_contain_text("Brouillon")


def test_too_many_questions_say_when_to_try_again(page: Page) -> None:
    problem = json.dumps({"status": 429, "code": "rate_limited", "detail": "Patientez un instant."})
    answer_with(page, problem, "application/problem+json", 429, **{"Retry-After": "2"})

    turn = ask(page, "tarifs")

    expect(turn.get_by_text("Patientez un instant.")).to_be_visible()
    retry = turn.get_by_role("button", name="Réessayer")
    expect(retry).to_have_attribute("aria-disabled", "true")
    expect(retry).not_to_have_attribute("aria-disabled", "true", timeout=5000)


def test_an_error_in_the_stream_is_told_once(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/api/chat" in request.url else None)
    answer_with(page, event("error", {"code": "unavailable", "message": "La rédaction a échoué."}))

    turn = ask(page, "tarifs")

    expect(turn.get_by_text("La rédaction a échoué.")).to_be_visible()
    assert len(sent) == 1


def test_a_clarification_offers_questions_to_send(page: Page) -> None:
    twins = [
        {"entry_id": "a", "question": "Où trouver ma salle ?", "section": "Alternance"},
        {"entry_id": "b", "question": "Où trouver ma salle ?", "section": "Cours du soir"},
    ]
    reply = REPLY | {"outcome": "clarification", "sources": [], "answer": "Précisez.", "suggestions": twins}
    answer_with(page, event("done", reply))

    turn = ask(page, "salle")
    turn.get_by_role("button", name="Cours du soir").click()

    asked = page.locator(".turn").nth(1).get_by_role("heading", level=3)
    expect(asked).to_contain_text("Où trouver ma salle ? (Cours du soir)")
    expect(asked).to_be_focused()


def test_an_abstention_shows_whom_to_ask(page: Page) -> None:
    answer_with(page, event("done", REPLY | {"outcome": "abstained", "sources": [], "answer": "Je ne sais pas."}))

    turn = ask(page, "météo")

    expect(turn.get_by_role("link", name="accueil@example.org")).to_have_attribute("href", "mailto:accueil@example.org")
    expect(turn.locator(".source")).to_have_count(0)


def test_starting_over_forgets_the_conversation(page: Page) -> None:
    ask(page, PRICE_LIST).locator(".extras").wait_for()

    page.get_by_role("button", name="Nouvelle conversation").click()

    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#suggestions button").first).to_be_visible()
    expect(page.get_by_label("Votre question")).to_be_focused()
    with page.expect_request("**/api/chat") as request:
        ask(page, PRICE_LIST)
    assert "conversation_id" not in (request.value.post_data or "")


@pytest.mark.parametrize("payload", XSS)
def test_markup_in_a_question_stays_text(page: Page, payload: str) -> None:
    dialogs = heard_dialogs(page)

    turn = ask(page, payload)

    # A small-talk reply has neither sources nor votes beneath it.
    expect(turn.locator(".answer-text, .failure")).to_be_visible()
    expect(turn.locator(".question-text")).to_have_text(payload)
    assert dialogs == []


@pytest.mark.parametrize("payload", XSS)
def test_markup_in_an_answer_stays_text(page: Page, payload: str) -> None:
    dialogs = heard_dialogs(page)
    source = REPLY["sources"][0] | {"question": payload, "quote": payload, "url": "javascript:alert(1)"}
    answer_with(page, event("done", REPLY | {"answer": payload, "sources": [source], "generator": payload}))

    turn = ask(page, "tarifs")

    expect(turn.locator(".source-question")).to_have_text(payload)
    assert turn.locator("script, img, b, .extras svg[onload], [href^=javascript]").count() == 0
    assert dialogs == []


def test_markdown_becomes_elements(page: Page) -> None:
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
    answer_with(page, event("done", REPLY | {"answer": answer}))

    text = ask(page, "paiement").locator(".answer-text")

    expect(text.locator("em")).to_have_text("simples")
    expect(text.locator("ul > li > ul > li")).to_have_text("rubrique 452")
    expect(text.locator("ul > li br")).to_have_count(1)
    expect(text.locator("ol > li")).to_have_count(2)
    expect(text.get_by_role("link", name="payer")).to_have_attribute("href", "https://example.org/a_(b)")
    expect(text.get_by_role("link", name="accueil@example.org")).to_have_attribute("href", "mailto:accueil@example.org")
    expect(text).to_contain_text("pas à lien mort ni *ici* [7].")
    expect(text.locator(".mark")).to_have_count(1)


@pytest.mark.parametrize("path", ["/", "/faq"])
def test_nothing_scrolls_sideways_at_320_pixels(page: Page, path: str) -> None:
    page.set_viewport_size({"width": NARROW, "height": 640})
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if path == "/":
        ask(page, PRICE_LIST).locator(".extras").wait_for()
        ask(page, "x" * 300).locator(".extras").wait_for()

    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_nothing_is_fetched_elsewhere_or_kept(page: Page, base_url: str) -> None:
    origins: set[str] = set()
    page.on("request", lambda request: origins.add(urlsplit(request.url).netloc))

    page.reload()
    ask(page, PRICE_LIST).locator(".extras").wait_for()

    assert origins == {urlsplit(base_url).netloc}
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_the_faq_reads_without_javascript(browser: Browser, base_url: str) -> None:
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_label("Votre question")).to_be_hidden()

    page.locator("main").get_by_role("link", name="questions").first.click()

    expect(page).to_have_url(f"{base_url}/faq")
    expect(page.locator("article.entry").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, base_url: str, axe_source: str, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(
        base_url=base_url, locale="fr-FR", color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    )
    page = context.new_page()
    page.goto("/")
    page.locator("#suggestions button").first.wait_for()
    opening = axe_violations(page, axe_source)
    turn = ask(page, PRICE_LIST)
    turn.get_by_role("button", name="Voir la réponse complète").first.click()
    turn.get_by_role("button", name="Non", exact=True).click()
    turn.get_by_text("votre avis est enregistré").wait_for()
    answered = axe_violations(page, axe_source)
    page.route("**/api/chat", lambda route: route.abort())
    ask(page, "tarifs").get_by_role("button", name="Réessayer").wait_for()
    failed = axe_violations(page, axe_source)
    page.goto("/faq")
    faq = axe_violations(page, axe_source)
    context.close()

    assert (opening, answered, failed, faq) == ([], [], [], [])

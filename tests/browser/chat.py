"""The widget as a visitor handles it, and what the service may reply."""

from __future__ import annotations

import json
import sys
from typing import Any

from playwright.sync_api import Dialog, Locator, Page, Route, expect

PRICE_LIST = "Où puis-je consulter la grille tarifaire ?"

REPLY: dict[str, Any] = {
    "conversation_id": "c1",
    "answer_id": "a1",
    "outcome": "answered",
    "answer": "Voici **la réponse** [1]",
    "sources": [
        {
            "n": 1,
            "entry_id": "quels-sont-les-tarifs",
            "question": "Quels sont les tarifs ?",
            "section": "Tarifs",
            "url": "https://example.org/faq#:~:text=Quels%20sont%20les%20tarifs",
            "quote": "Les tarifs dépendent du nombre de crédits.",
            "score": 0.9,
            "complete": False,
        }
    ],
    "suggestions": [{"entry_id": "b", "question": "Comment payer ?", "section": "Tarifs"}],
    "contact": {"label": "l’accueil", "email": "accueil@example.org", "url": None},
    "ai_generated": True,
    "generator": "verbatim",
    "confidence": 0.9,
    "index_version": "v1",
    "timings_ms": {},
}


class Chat:
    """The page's first `<guichet-chat>`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.element = page.locator("guichet-chat").first
        self.launcher = self.element.locator(".launcher")
        self.panel = self.element.locator(".panel")
        self.field = self.element.get_by_label("Votre question").or_(self.element.get_by_label("Your question"))
        self.turns = self.element.locator(".turn")
        self.log = self.element.get_by_role("log")

    def open(self) -> Chat:
        self.launcher.click()
        expect(self.panel).to_be_visible()
        return self

    def ask(self, question: str) -> Locator:
        """Type a question, send it with Enter, or by the button where Enter starts a line; the turn it opens."""
        before = self.turns.count()
        self.field.fill(question)
        if self.page.evaluate("matchMedia('(pointer: coarse)').matches"):
            self.element.locator(".send").click()
        else:
            self.field.press("Enter")
        return self.turns.nth(before)

    def settled(self, turn: Locator) -> Locator:
        """The turn once it is answered or has failed."""
        expect(turn.locator(".extras, .failure").first).to_be_attached()
        return turn

    def state(self) -> dict[str, Any]:
        """Where the focus is in the widget, and whether it is open."""
        return dict(
            self.element.evaluate(
                """(host) => {
                    const focused = host.shadowRoot.activeElement;
                    return {open: host.isOpen, focused: focused ? focused.className || focused.localName : null};
                }"""
            )
        )


def tell(figure: str) -> None:
    """A figure for the report: `pytest -rP` shows it."""
    sys.stdout.write(f"{figure}\n")


def event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def answer_with(page: Page, body: str, content_type: str = "text/event-stream", status: int = 200, **more: str) -> None:
    """Make every question of `page` get this response."""
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After", **more}
    page.route(
        "**/api/chat",
        lambda route: route.fulfill(status=status, body=body, content_type=content_type, headers=headers),
    )


def reply_with(page: Page, **fields: Any) -> None:
    """Make every question of `page` get REPLY with these fields, in one `done` event."""
    answer_with(page, event("done", REPLY | fields))


def abort(route: Route) -> None:
    route.abort("connectionfailed")


def heard_dialogs(page: Page) -> list[str]:
    """Messages of the dialogs that `page` opens from now on; each is dismissed."""
    messages: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        messages.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    return messages


def axe_violations(page: Page, axe_source: str, within: str = "document") -> list[str]:
    """What axe-core finds within `within`, shadow trees included; rules WCAG 2.2 A and AA and its best practices.

    It runs in a JavaScript world of its own: neither the page's policy nor its idea of Array reaches it.
    """
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})["executionContextId"]

    def evaluate(expression: str) -> Any:
        asked = {"expression": expression, "contextId": world, "awaitPromise": True, "returnByValue": True}
        told = session.send("Runtime.evaluate", asked)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    if evaluate("typeof axe") == "undefined":
        evaluate(axe_source)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = evaluate(f"axe.run({within}, {{runOnly: {json.dumps(tags)}}}).then((told) => told.violations)")
    session.detach()
    return [f"{v['id']}: {node['html'][:160]} {node['failureSummary']}" for v in found for node in v["nodes"]]

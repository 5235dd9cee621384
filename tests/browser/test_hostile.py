"""Every payload of ../shared/hostile as a question, as an entry and as a model's output: nothing executes,
nothing is fetched, nothing breaks the layout. On a site without any policy, which would hide what went through.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from app.core.types import Entry, FaqMeta
from app.settings import Settings
from app.web.listing import PART, WHOLE
from app.web.main import create_app
from app.wiring import Services
from ingest.build import build_index
from tests.browser.chat import REPLY, Chat, heard_dialogs, tell
from tests.browser.site_server import Sites
from tests.fakes import FakeEncoder
from tests.unit.ingest.shared import SHARED, needs_shared

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(500)]

OWN = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "[ici](javascript:alert(1)) **<b>gras</b>**",
    "<a href='javascript:alert(1)' autofocus onfocus=alert(1)>tarifs</a>",
    '<javascript:alert(1)> <https://example.org/"onclick=alert(1)> ![x](https://evil.example/x.png)',
    "</script><script>alert(1)</script>",
    "> " * 300 + "fin",
    "- " * 300 + "fin",
    "*" * 900,
    "[" * 900,
    "`" * 901,
    "a" * 1000,
    "\u202eabc" * 50,
]
AT_A_TIME = 25
TAGS = (
    "a article aside blockquote br button code dialog div em fieldset footer form h2 h3 h4 h5 header i input label "
    "legend li ol p path section small span strong sup svg textarea ul"
)

FOREIGN = "script, img, iframe, svg, object, embed, video, audio, style, link, meta, base, math, input:not(#recherche)"

SCRIPTS = """(tags) => {
    // What a payload must never become: an element that isn't ours, a handler, an address that runs.
    const known = new Set(tags.split(' '));
    const root = document.querySelector('guichet-chat').shadowRoot;
    return [...root.querySelectorAll('*')].filter((node) =>
        !known.has(node.localName)
        || node.getAttributeNames().some((name) => name.startsWith('on') || name === 'srcdoc')
        || node.localName === 'a' && !/^(https?|mailto):/.test(node.getAttribute('href'))
    ).map((node) => node.outerHTML.slice(0, 200));
}"""
LAYOUT = """() => {
    const panel = document.querySelector('guichet-chat').shadowRoot.querySelector('.panel');
    const box = panel.getBoundingClientRect();
    const scroller = panel.querySelector('.scroll');
    return [box.x, box.y, box.width, box.height, panel.scrollWidth - panel.clientWidth,
            scroller.scrollWidth - scroller.clientWidth, document.documentElement.scrollWidth - innerWidth];
}"""
REPLIES = """() => {
    // Each question is answered by what `window.reply` holds, as a stream; so is each entry that is unfolded.
    const own = window.fetch;
    const entries = new Map();
    window.fetch = (url, init) => {
        const entry = decodeURIComponent(String(url).split('/api/entries/')[1] ?? '');
        if (entry) return Promise.resolve(Response.json({answer: entries.get(entry)}));
        if (!String(url).endsWith('/api/chat')) return own(url, init);
        const reply = window.reply;
        entries.set(reply.sources[0].entry_id, reply.answer);
        const events = [['delta', {text: reply.answer}], ['done', reply]]
            .map(([name, data]) => `event: ${name}\\ndata: ${JSON.stringify(data)}\\n\\n`).join('');
        return Promise.resolve(new Response(events, {headers: {'Content-Type': 'text/event-stream'}}));
    };
}"""


def shared_payloads() -> list[str]:
    """Every payload and naughty string, in file order, without duplicates."""
    lines = (SHARED / "hostile" / "xss_payloads.jsonl").read_text(encoding="utf-8").splitlines()
    naughty = json.loads((SHARED / "hostile" / "naughty_strings.json").read_text(encoding="utf-8"))
    return list(dict.fromkeys([*(json.loads(line)["payload"] for line in lines), *naughty]))


@pytest.fixture(
    params=["own", pytest.param("shared", marks=needs_shared)],
)
def payloads(request: pytest.FixtureRequest) -> list[str]:
    return OWN if request.param == "own" else shared_payloads()


class Watched:
    """A page with the widget open, and everything on it that would betray an execution."""

    def __init__(self, page: Page, sites: Sites) -> None:
        self.page = page
        self.dialogs = heard_dialogs(page)
        self.errors: list[str] = []
        self.origins: set[str] = set()
        self.pages: list[object] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.origins.add(urlsplit(request.url).netloc))
        page.on("popup", lambda popup: self.pages.append(popup))
        page.goto(f"{sites.origin}/bare.html")
        self.address = page.url
        self.chat = Chat(page).open()
        expect(self.chat.element.locator(".opening").get_by_role("button").first).to_be_visible()
        self.layout = page.evaluate(LAYOUT)
        self.origins_before = set(self.origins)

    def check(self) -> None:
        """Nothing executed, was fetched, opened, moved or let out of its place."""
        assert self.page.evaluate(SCRIPTS, TAGS) == []
        layout = self.page.evaluate(LAYOUT)
        assert layout[:4] == self.layout[:4]
        assert max(layout[4:]) <= 0, layout
        assert self.dialogs == []
        assert self.errors == []
        assert self.pages == []
        assert self.origins == self.origins_before
        assert self.page.url == self.address

    def restart(self) -> None:
        self.chat.element.get_by_role("button", name="Nouvelle conversation").click()


@pytest.fixture
def watched(browser: Browser, sites: Sites, base_url: str) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce", locale="fr-FR")
    yield Watched(context.new_page(), sites)
    context.close()


def batches(payloads: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(payloads), AT_A_TIME):
        yield payloads[start : start + AT_A_TIME]


def test_what_watches_would_see_an_execution(browser: Browser, sites: Sites, base_url: str) -> None:
    """The control: the same payloads, put into the page as HTML, are caught."""
    page = browser.new_page()
    watched = Watched(page, sites)
    page.evaluate(
        "document.querySelector('guichet-chat').shadowRoot.querySelector('.welcome').innerHTML ="
        " '<img src=x onerror=alert(1)>'"
    )
    page.wait_for_event("dialog") if not watched.dialogs else None
    with pytest.raises(AssertionError):
        watched.check()
    page.close()


def test_as_a_question(watched: Watched, payloads: list[str]) -> None:
    """Typed by the visitor, answered by the real service, shown as text."""
    asked = 0
    for batch in batches(payloads):
        shown = watched.page.evaluate(
            """async (batch) => {
                const chat = document.querySelector('guichet-chat');
                const shown = [];
                for (const payload of batch) {
                    const turns = chat.shadowRoot.querySelectorAll('.turn').length;
                    await chat.ask(payload);
                    const turn = chat.shadowRoot.querySelectorAll('.turn')[turns];
                    shown.push(turn ? turn.querySelector('.question > span[dir]').textContent : null);
                }
                return shown;
            }""",
            batch,
        )
        for payload, text in zip(batch, shown, strict=True):
            too_long = len(payload.strip()) > 1000
            assert text == (None if too_long or not payload.strip() else text), payload
            if text is not None:
                assert text.split() == payload.split(), payload
                asked += 1
        watched.check()
        if watched.chat.turns.count():
            watched.restart()
    tell(f"asked: {asked} of {len(payloads)} payloads, executed: 0")
    assert asked >= 0.9 * len(payloads)


def test_as_a_model_s_output_and_as_an_entry_on_its_card(watched: Watched, payloads: list[str]) -> None:
    """In every field that a reply has."""
    watched.page.evaluate(REPLIES)
    for batch in batches(payloads):
        replies = [reply(payload) for payload in batch]
        watched.page.evaluate(
            """async (replies) => {
                const chat = document.querySelector('guichet-chat');
                for (const reply of replies) {
                    window.reply = reply;
                    await chat.ask('question');
                }
                for (const toggle of chat.shadowRoot.querySelectorAll('.source [aria-controls]')) toggle.click();
                await new Promise((done) => setTimeout(done, 100));
            }""",
            replies,
        )
        turns = watched.chat.turns
        expect(turns).to_have_count(len(batch))
        questions = turns.locator(".source h5").all_text_contents()
        assert [text.replace("\u00a0", " ") for text in questions] == [text.replace("\u00a0", " ") for text in batch]
        assert turns.locator(".source .full:not([hidden]):not(:empty)").count() >= 0.8 * len(batch)
        watched.check()
        watched.restart()
    tell(f"shown in every field of a reply: {len(payloads)} payloads, executed: 0")


def reply(payload: str) -> dict[str, Any]:
    source = {"n": 1, "entry_id": payload, "question": payload, "section": payload, "url": payload, "quote": payload}
    return REPLY | {
        "answer": payload,
        "outcome": "abstained",
        "sources": [source],
        "suggestions": [{"entry_id": payload, "question": payload, "section": payload}],
        "contact": {"label": payload, "email": payload, "url": payload},
        "generator": payload,
    }


@pytest.fixture
def faq_of(
    tmp_path: Path, decision: bytes, wire: Callable[[Settings], Services]
) -> Iterator[Callable[[list[str]], str]]:
    """Serves a FAQ whose entries are these texts; its address."""
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    def serve(texts: list[str]) -> str:
        entries = [Entry(f"e{n}", text, text, "Rubrique") for n, text in enumerate(texts)]
        index_dir = tmp_path / "index"
        build_index(FaqMeta(), entries, index_dir=index_dir, decision=decision, encoder=FakeEncoder())
        settings = Settings(_env_file=None, index_dir=index_dir, rate_limit_per_minute=0)
        app = create_app(settings, wire=wire)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        servers.append((server, thread))
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield serve
    for server, thread in servers:
        server.should_exit = True
        thread.join(timeout=20)


def test_as_an_entry_of_the_faq_page(browser: Browser, faq_of: Callable[[list[str]], str], payloads: list[str]) -> None:
    """In the question, the answer, the table of contents, the search and the structured data of /faq."""
    texts = [text for text in payloads if text.strip()]
    address = faq_of(texts)
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.route("**/faq*", without_policy)
    dialogs = heard_dialogs(page)
    origins: set[str] = set()
    page.on("request", lambda request: origins.add(urlsplit(request.url).netloc))
    foreign = f"main :is({FOREIGN})"
    shown: list[str | None] = []
    for number in range(1, -(-len(texts) // PART) + 1 if len(texts) > WHOLE else 2):
        page.goto(f"/faq?page={number}")
        here = page.locator("article.entry h3").all_text_contents()
        structured = json.loads(page.locator("script[type='application/ld+json']").text_content() or "")
        assert [entry["name"] for entry in structured["mainEntity"]] == here
        assert page.locator(foreign).count() == 0
        hrefs = page.locator("main a").evaluate_all("(links) => links.map((link) => link.protocol)")
        assert set(hrefs) <= {"http:", "https:", "mailto:"}
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        shown += here
    assert shown == texts
    for text in texts[:40]:
        page.goto(f"/faq?{urlencoded(text[:1000])}")
        assert page.locator(foreign).count() == 0
    assert dialogs == []
    assert origins == {urlsplit(address).netloc}
    tell(f"entries of /faq: {len(texts)} payloads, executed: 0")
    context.close()


def without_policy(route: Any) -> None:
    """The page as a browser would show it that knew of no security policy."""
    response = route.fetch()
    headers = {name: value for name, value in response.headers.items() if name != "content-security-policy"}
    route.fulfill(response=response, headers=headers)


def urlencoded(text: str) -> str:
    from urllib.parse import urlencode

    return urlencode({"q": text.encode("utf-8", "replace")})

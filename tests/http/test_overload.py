"""More questions than the service can work off: those that wait are served, the rest is told when to come back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from starlette.testclient import TestClient

from app.core.ports import Vectors
from app.settings import Settings
from app.web.main import create_app
from app.wiring import Services, build_services
from tests.fakes import FakeEncoder, MemoryStore

QUESTION = {"message": "Quels sont les modes de paiement ?"}


class HeldEncoder(FakeEncoder):
    """Embeds once it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.free.set()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        assert self.free.wait(20)
        return super().encode_queries(texts)


@pytest.fixture
def encoder() -> HeldEncoder:
    return HeldEncoder()


@pytest.fixture
def client(settings: Settings, encoder: HeldEncoder, store: MemoryStore) -> Iterator[TestClient]:
    """One search at a time, one more may wait."""
    tight = settings.model_copy(update={"workers": 1, "queue": 1})

    def wire(given: Settings) -> Services:
        return build_services(given, store=store, encoder=lambda: encoder)

    with TestClient(create_app(tight, wire=wire), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def full(client: TestClient, encoder: HeldEncoder) -> Iterator[Callable[[], list[int]]]:
    """The queue is full until the function given is called; it gives the statuses of those that waited."""
    workers = client.app.state.services.assistant.workers  # type: ignore[attr-defined]
    encoder.free.clear()
    with ThreadPoolExecutor(2) as visitors:
        asked = [visitors.submit(client.post, "/api/chat", json=QUESTION) for _ in range(2)]
        end = monotonic() + 10
        while workers.running + workers.waiting < 2:
            assert monotonic() < end
            sleep(0.005)

        def let_go() -> list[int]:
            encoder.free.set()
            return [future.result().status_code for future in asked]

        yield let_go
        encoder.free.set()


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "/api/chat", {"json": QUESTION}),
        ("POST", "/api/chat", {"json": QUESTION, "headers": {"Accept": "text/event-stream"}}),
        ("GET", "/api/search", {"params": {"q": "paiement"}}),
        ("POST", "/v1/chat/completions", {"json": {"messages": [{"role": "user", "content": "paiement"}]}}),
        (
            "POST",
            "/v1/chat/completions",
            {"json": {"messages": [{"role": "user", "content": "paiement"}], "stream": True}},
        ),
    ],
)
def test_a_full_queue_is_a_503_that_says_when_to_come_back(
    client: TestClient, full: Callable[[], list[int]], method: str, path: str, sent: dict[str, object]
) -> None:
    refused = client.request(method, path, **sent)  # type: ignore[arg-type]
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) >= 1
    problem = refused.json()
    assert problem["code"] == "overloaded"
    assert (
        problem["detail"]
        == f"L’assistant reçoit trop de demandes à la fois. Réessayez dans {refused.headers['retry-after']} s."
    )
    assert full() == [200, 200], "those that had a place are served"
    assert client.request(method, path, **sent).status_code == 200  # type: ignore[arg-type]


def test_the_page_for_browsers_without_scripts_says_it_too(client: TestClient, full: Callable[[], list[int]]) -> None:
    refused = client.get("/faq", params={"q": "paiement"}, headers={"Accept": "text/html"})
    assert refused.status_code == 503
    assert "trop de demandes à la fois" in refused.text
    assert int(refused.headers["retry-after"]) >= 1
    full()


def test_what_needs_no_search_is_served_all_the_same(client: TestClient, full: Callable[[], list[int]]) -> None:
    assert client.get("/api/ready").status_code == 200
    assert client.post("/api/chat", json={"message": "Merci beaucoup !"}).json()["outcome"] == "smalltalk"
    metrics = client.get("/metrics").text
    assert "guichet_searches_running 1.0" in metrics
    assert "guichet_searches_waiting 1.0" in metrics
    assert client.get("/api/search", params={"q": "paiement"}).status_code == 503
    assert "guichet_overloaded_total 1.0" in client.get("/metrics").text
    full()


def test_a_refused_question_is_not_taken_for_one_that_was_said(
    client: TestClient, full: Callable[[], list[int]]
) -> None:
    conversations = client.app.state.services.conversations  # type: ignore[attr-defined]
    before = len(conversations)
    assert client.post("/api/chat", json=QUESTION).status_code == 503
    assert len(conversations) == before
    full()

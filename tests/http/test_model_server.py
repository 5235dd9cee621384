"""A configured model server in every state: the visitor always gets a verified, sourced answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.web.main import create_app
from app.wiring import Services
from tests.fake_llm_server import FakeLlm, fake_llm

pytestmark = pytest.mark.slow
BAC = "Puis-je m’inscrire sans le baccalauréat ?"
TIMEOUT_S = 1.0


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    with fake_llm() as server:
        yield server


@pytest.fixture
def client(
    settings: Settings, wire: Callable[[Settings], Services], llm: FakeLlm, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", llm.base_url)
    configured = settings.model_copy(
        update={"llm_base_url": llm.base_url, "llm_model": "faux", "llm_timeout_s": TIMEOUT_S}
    )
    with TestClient(create_app(configured, wire=wire)) as client:
        yield client


def test_a_good_model_words_the_answer_and_the_code_cites(client: TestClient, llm: FakeLlm) -> None:
    answer = client.post("/api/chat", json={"message": BAC}).json()
    assert answer["generator"] == "faux"
    assert answer["answer"] == "Oui, certaines formations sont accessibles sans le bac. [1]"
    assert [s["entry_id"] for s in answer["sources"]] == ["sans-baccalaureat"]
    assert answer["timings_ms"]["generate"] > 0
    [request] = llm.requests
    assert request["model"] == "faux"
    assert "Certaines formations sont accessibles" in json.dumps(request["messages"], ensure_ascii=False)


def test_the_visitor_sees_verified_text_as_it_comes(client: TestClient) -> None:
    headers = {"Accept": "text/event-stream"}
    text = client.post("/api/chat", json={"message": BAC}, headers=headers).text
    names = [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]
    assert names[0] == "start"
    assert "delta" in names
    assert names[-1] == "done"


@pytest.mark.parametrize(
    "mode",
    [
        "down",
        "slow",
        "drip",
        "cut",
        "empty",
        "garbage",
        "html",
        "not_json",
        "endless",
        "busy",
        "redirect",
        "silent",
    ],
)
def test_whatever_the_server_does_the_faq_answers_in_time(client: TestClient, llm: FakeLlm, mode: str) -> None:
    llm.mode = mode  # type: ignore[assignment]
    began = time.monotonic()
    answer = client.post("/api/chat", json={"message": BAC}).json()
    assert answer["outcome"] == "answered"
    assert answer["generator"] == "verbatim"
    assert answer["answer"].startswith("Oui. Certaines formations")
    assert [s["entry_id"] for s in answer["sources"]] == ["sans-baccalaureat"]
    assert time.monotonic() - began < TIMEOUT_S + 5


def test_a_server_that_is_not_there_is_no_trouble(settings: Settings, wire: Callable[[Settings], Services]) -> None:
    configured = settings.model_copy(update={"llm_base_url": "http://127.0.0.1:9/v1", "llm_model": "faux"})
    with TestClient(create_app(configured, wire=wire)) as client:
        assert client.post("/api/chat", json={"message": BAC}).json()["generator"] == "verbatim"


def test_nothing_is_sent_to_a_tracing_service(client: TestClient, llm: FakeLlm) -> None:
    client.post("/api/chat", json={"message": BAC})
    time.sleep(0.5)
    assert len(llm.requests) == 1

"""A configured model server in every state: the visitor always gets a verified, sourced answer."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.web.main import create_app
from app.wiring import Services
from tests.fake_llm_server import FAILING, FakeLlm, fake_llm

pytestmark = pytest.mark.slow
BAC = "Puis-je m’inscrire sans le baccalauréat ?"
OWN_CASE = "Je suis sans bac : puis-je m’inscrire sans le baccalauréat ?"
TIMEOUT_S = 1.0


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    with fake_llm() as server:
        yield server


@pytest.fixture
def configured(settings: Settings, llm: FakeLlm) -> Settings:
    """With the fake server as the model, asked for every answer, and a circuit that stays closed."""
    update = {
        "llm_base_url": llm.base_url,
        "llm_model": "faux",
        "llm_timeout_s": TIMEOUT_S,
        "llm_circuit_failures": 1000,
        "style": "generated",
    }
    return settings.model_copy(update=update)


@pytest.fixture
def serve(
    configured: Settings, wire: Callable[[Settings], Services], monkeypatch: pytest.MonkeyPatch, llm: FakeLlm
) -> Iterator[Callable[..., TestClient]]:
    """A client of an application with these settings changed."""
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", llm.base_url)
    opened: list[TestClient] = []

    def serve_with(**changed: object) -> TestClient:
        client = TestClient(create_app(configured.model_copy(update=changed), wire=wire))
        opened.append(client.__enter__())
        return client

    yield serve_with
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def client(serve: Callable[..., TestClient]) -> TestClient:
    return serve()


def ask(client: TestClient, message: str = BAC, **fields: object) -> dict[str, Any]:
    response = client.post("/api/chat", json={"message": message, **fields})
    assert response.status_code == 200
    return dict(response.json())


def stream(client: TestClient, message: str = BAC) -> list[tuple[str, dict[str, Any]]]:
    text = client.post("/api/chat", json={"message": message}, headers={"Accept": "text/event-stream"}).text
    return [(name, json.loads(data)) for name, data in re.findall(r"event: (\w+)\r?\ndata: (.*)", text)]


def metric(client: TestClient, name: str) -> float:
    match = re.search(rf"^{re.escape(name)} ([\d.e+]+)$", client.get("/metrics").text, re.MULTILINE)
    assert match, f"no metric {name}"
    return float(match[1])


def is_composed(answer: dict[str, Any]) -> bool:
    assert answer["outcome"] == "answered"
    assert [source["entry_id"] for source in answer["sources"]] == ["sans-baccalaureat"]
    if answer["generator"] == "verbatim":
        assert "sous réserve des prérequis" in answer["answer"]
    return answer["generator"] == "verbatim"


def test_a_good_model_words_the_answer_and_the_code_cites(client: TestClient, llm: FakeLlm) -> None:
    answer = ask(client)
    assert answer["generator"] == "faux"
    assert answer["ai_generated"] is True
    assert "certaines formations sont accessibles sans le bac, sous réserve des prérequis" in answer["answer"]
    assert answer["answer"].count("[1]") == 1
    assert [s["entry_id"] for s in answer["sources"]] == ["sans-baccalaureat"]
    assert answer["timings_ms"]["generate"] > 0
    [request] = llm.requests
    assert request["model"] == "faux"
    assert "Certaines formations sont accessibles" in json.dumps(request["messages"], ensure_ascii=False)


def test_the_prompt_fences_the_entries_with_a_mark_drawn_afresh(client: TestClient, llm: FakeLlm) -> None:
    marks = set()
    for _ in range(3):
        ask(client, "Quels sont les modes de paiement ?", style="generated")
        system, human = (message["content"] for message in llm.requests[-1]["messages"])  # type: ignore[attr-defined]
        found = re.fullmatch(
            r"<fiches-(\w{16})>\n(.*)\n</fiches-\1>\n\n<question-\1>\n(.*)\n</question-\1>", human, re.DOTALL
        )
        assert found
        marks.add(found[1])
        assert found[1] not in system
        assert "paiement en ligne" in found[2]
        assert "http" not in found[2], "what a model never saw it can't write"
        assert found[3] == "Quels sont les modes de paiement ?"
    assert len(marks) == 3


def test_the_visitor_sees_verified_text_as_it_comes(client: TestClient) -> None:
    events = stream(client)
    names = [name for name, _ in events]
    assert names[0] == "start"
    assert names[-1] == "done"
    deltas = "".join(data["text"] for name, data in events if name == "delta")
    assert deltas == events[-1][1]["answer"]
    assert events[-1][1]["generator"] == "faux"


@pytest.mark.parametrize("mode", FAILING)
def test_whatever_the_server_does_the_faq_answers_in_time(client: TestClient, llm: FakeLlm, mode: str) -> None:
    llm.mode = mode  # type: ignore[assignment]
    assert is_composed(ask(client))
    assert len(llm.requests) == 1, "no retry: the visitor waits"


@pytest.mark.parametrize("mode", FAILING)
def test_a_stream_ends_in_time_too(client: TestClient, llm: FakeLlm, mode: str) -> None:
    llm.mode = mode  # type: ignore[assignment]
    events = stream(client)
    assert events[-1][0] == "done"
    assert is_composed(events[-1][1])


def test_a_wrong_mark_is_not_believed(client: TestClient, llm: FakeLlm) -> None:
    llm.mode = "wrong_mark"
    answer = ask(client)
    assert [source["entry_id"] for source in answer["sources"]] == ["sans-baccalaureat"]
    assert "[7]" not in answer["answer"]


@pytest.mark.parametrize("mode", ["slow", "endless"])
def test_a_generation_nobody_waits_for_is_ended(client: TestClient, llm: FakeLlm, mode: str) -> None:
    llm.mode = mode  # type: ignore[assignment]
    ask(client)
    llm.release.set()
    assert llm.left.wait(30), "the connection was left open"


def test_a_redirect_takes_the_question_nowhere(client: TestClient, llm: FakeLlm) -> None:
    llm.mode = "redirect"
    ask(client)
    assert llm.elsewhere == []


def test_a_server_that_is_not_there_is_no_trouble(serve: Callable[..., TestClient]) -> None:
    assert is_composed(ask(serve(llm_base_url="http://127.0.0.1:9/v1")))


def test_nothing_is_sent_to_a_tracing_service(client: TestClient, llm: FakeLlm) -> None:
    ask(client)
    time.sleep(0.5)
    assert len(llm.requests) == 1


def test_auto_asks_the_model_only_where_it_earns_its_keep(serve: Callable[..., TestClient], llm: FakeLlm) -> None:
    client = serve(style="auto")
    assert ask(client)["generator"] == "verbatim"
    assert llm.requests == []
    assert ask(client, OWN_CASE)["generator"] == "faux"
    assert ask(client, style="generated")["generator"] == "faux"
    assert ask(client, OWN_CASE, style="verbatim")["generator"] == "verbatim"
    assert len(llm.requests) == 2


REASONS = {
    "down": "refused",
    "busy": "overloaded",
    "redirect": "redirected",
    "hang_up": "unreachable",
    "silent": "timeout",
    "drip": "timeout",
    "cut": "cut",
    "too_long": "cut",
    "blank": "empty",
    "not_json": "garbled",
    "english": "unverified",
}


@pytest.mark.parametrize("mode", REASONS)
def test_metrics_tell_why(client: TestClient, llm: FakeLlm, mode: str) -> None:
    name = f'guichet_model_failures_total{{reason="{REASONS[mode]}"}}'
    before = metric(client, name)
    llm.mode = mode  # type: ignore[assignment]
    ask(client)
    assert metric(client, name) == before + 1


def test_the_circuit_opens_and_closes_by_itself(serve: Callable[..., TestClient], llm: FakeLlm) -> None:
    client = serve(llm_circuit_failures=2, llm_circuit_rest_s=0.5)
    llm.mode = "down"
    for _ in range(2):
        ask(client)
    assert metric(client, 'guichet_model_circuit{state="open"}') == 1
    llm.mode = "good"
    assert is_composed(ask(client))
    assert len(llm.requests) == 2, "an open circuit asks nobody"
    while metric(client, 'guichet_model_circuit{state="half_open"}') == 0:
        time.sleep(0.05)
    assert ask(client)["generator"] == "faux"
    assert metric(client, 'guichet_model_circuit{state="closed"}') == 1


def test_what_the_verifier_refuses_does_not_open_it(serve: Callable[..., TestClient], llm: FakeLlm) -> None:
    client = serve(llm_circuit_failures=1, llm_circuit_rest_s=3600)
    llm.mode = "inverted"
    assert is_composed(ask(client))
    llm.mode = "good"
    assert ask(client)["generator"] == "faux"


def test_who_finds_no_place_reads_the_composed_answer(serve: Callable[..., TestClient], llm: FakeLlm) -> None:
    client = serve(llm_concurrency=1, llm_queue=1, llm_queue_wait_s=60, llm_timeout_s=60)
    llm.wait_for_release = True
    answers: list[dict[str, Any]] = []
    visitors = [threading.Thread(target=lambda: answers.append(ask(client))) for _ in range(2)]
    for n, visitor in enumerate(visitors):
        visitor.start()
        name = ("guichet_model_running", "guichet_model_waiting")[n]
        while metric(client, name) < 1:
            time.sleep(0.01)
    assert is_composed(ask(client)), "one is served, one waits, the third has no place"
    llm.release.set()
    for visitor in visitors:
        visitor.join()
    assert [answer["generator"] for answer in answers] == ["faux", "faux"]
    assert metric(client, 'guichet_model_failures_total{reason="queue_full"}') >= 1


def test_a_place_is_not_waited_for_for_long(serve: Callable[..., TestClient], llm: FakeLlm) -> None:
    client = serve(llm_concurrency=1, llm_queue=1, llm_queue_wait_s=0.1, llm_timeout_s=60)
    llm.wait_for_release = True
    first: list[dict[str, Any]] = []
    visitor = threading.Thread(target=lambda: first.append(ask(client)))
    visitor.start()
    while metric(client, "guichet_model_running") < 1:
        time.sleep(0.01)
    assert is_composed(ask(client))
    llm.release.set()
    visitor.join()
    assert first[0]["generator"] == "faux"
    assert metric(client, 'guichet_model_failures_total{reason="queue_wait"}') >= 1

"""A question asked when nobody else asks is answered as any other, its searches where they wait for nobody."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from app.answer.assistant import Assistant, Question
from app.core.types import Answer
from app.core.workers import Workers
from app.search.retriever import HybridRetriever
from app.wiring import Services
from tests.fakes import FakeEncoder

ONE = "Quels sont les modes de paiement ?"
TWO = "Quels sont les modes de paiement et combien de sessions d’examen y a-t-il par an ?"
NONE = "Où garer mon hélicoptère violet ?"
ASKED = [
    Question(ONE),
    Question(TWO),
    Question(NONE),
    Question("bonjour"),
    Question("et en ligne ?", history=(ONE,)),
]


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[str, str]]]:
    """The texts searched for, and the threads that did."""
    done: list[tuple[str, str]] = []
    search = HybridRetriever.search

    def noted(self: HybridRetriever, query: str, *given: object) -> object:
        found = search(self, query, *given)  # type: ignore[arg-type]
        done.append((query, threading.current_thread().name))
        return found

    monkeypatch.setattr(HybridRetriever, "search", noted)
    return done


def _asked(assistant: Assistant, *questions: Question) -> list[Answer]:
    async def ask() -> list[Answer]:
        return [await assistant.answer(question) for question in questions]

    return asyncio.run(ask())


def _busy(assistant: Assistant, *questions: Question) -> list[Answer]:
    async def ask() -> list[Answer]:
        workers, over = Workers(2), threading.Event()
        other = asyncio.ensure_future(workers.run(over.wait, 10))
        await asyncio.sleep(0)
        try:
            return [await replace(assistant, workers=workers).answer(question) for question in questions]
        finally:
            over.set()
            await other

    return asyncio.run(ask())


def _said(answer: Answer) -> object:
    steps = [(step.name, dict(step.detail)) for step in answer.trace.steps]
    return answer.outcome, answer.text, answer.sources, answer.suggestions, answer.confidence, steps


def test_alone_or_among_others_a_question_has_the_same_answer(services: Services) -> None:
    alone, busy = _asked(services.assistant, *ASKED), _busy(services.assistant, *ASKED)
    assert [_said(answer) for answer in alone] == [_said(answer) for answer in busy]


def test_alone_the_message_is_searched_for_on_the_loop_and_what_needs_another_pass_on_a_thread(
    services: Services, searched: list[tuple[str, str]]
) -> None:
    loop = threading.current_thread().name
    _asked(services.assistant, Question(TWO))
    assert searched[0] == (TWO, loop)
    assert len(searched) > 1
    assert {thread for _, thread in searched[1:]} == {"guichet-search"}


def test_among_others_nothing_is_searched_for_on_the_loop(services: Services, searched: list[tuple[str, str]]) -> None:
    _busy(services.assistant, Question(ONE))
    assert searched == [(ONE, "guichet-search")]


def test_a_pass_that_fails_fails_the_question_and_frees_its_place(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(FakeEncoder, "encode_queries", fail)
        with pytest.raises(ZeroDivisionError):
            _asked(services.assistant, Question(ONE))
    assert services.assistant.workers.idle
    assert _asked(services.assistant, Question(ONE))[0].outcome == "answered"


def test_time_spent_on_the_pass_is_part_of_what_the_trace_tells(services: Services) -> None:
    (answer,) = _asked(services.assistant, Question(ONE))
    timings = answer.trace.timings_ms
    assert 0 < timings["encode"] < timings["retrieve"] <= timings["total"]

"""The style "auto" in the assistant: what goes to the model, what the trace says, what it must not leave out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.answer.assistant import Question
from app.core.types import Answer
from app.wiring import Services
from tests.fakes import FakeGenerator

EXAMS = "Combien de sessions d’examen y a-t-il par an ?"
BAC = "Puis-je m’inscrire sans le baccalauréat ?"
ON_EXAMS = "Chaque unité comporte deux sessions d’examen par année universitaire [1]."
ON_BAC = "Oui, certaines formations sont accessibles sans le bac, sous réserve des prérequis [2]."


def ask(services: Services, model: FakeGenerator, message: str, **fields: Any) -> Answer:
    return asyncio.run(replace(services.assistant, generator=model).answer(Question(message, **fields)))


def why(answer: Answer) -> object:
    return next(step.detail["why"] for step in answer.trace.steps if step.name == "style")


def test_two_questions_are_written_from_both_entries(services: Services) -> None:
    model = FakeGenerator([f"{ON_EXAMS} {ON_BAC}"])
    answer = ask(services, model, f"{EXAMS} {BAC}")
    assert answer.generator == "faux-modele"
    assert why(answer) == "several_entries"
    assert [source.entry_id for source in answer.sources] == ["sessions-examen", "sans-baccalaureat"]
    assert model.asked == [f"{EXAMS} {BAC}"]


def test_a_model_that_leaves_a_question_out_is_replaced(services: Services) -> None:
    answer = ask(services, FakeGenerator([ON_EXAMS]), f"{EXAMS} {BAC}")
    assert answer.generator == "verbatim"
    assert [source.entry_id for source in answer.sources] == ["sessions-examen", "sans-baccalaureat"]
    [generate] = [step for step in answer.trace.steps if step.name == "generate"]
    assert generate.detail["reason"] == "left_out"


def test_a_question_without_an_answer_is_told_by_the_composer(services: Services) -> None:
    model = FakeGenerator([ON_EXAMS])
    answer = ask(services, model, f"{EXAMS} Quelle est la recette du cassoulet toulousain ?", style="generated")
    assert answer.generator == "verbatim"
    assert why(answer) == "open_part"
    assert "cassoulet" in answer.text
    assert model.asked == []


@pytest.mark.parametrize(("message", "reason"), [(BAC, "single_entry"), (f"Je suis sans bac : {BAC}", "own_situation")])
def test_the_trace_says_why(services: Services, message: str, reason: str) -> None:
    model = FakeGenerator([ON_BAC])
    answer = ask(services, model, message)
    assert why(answer) == reason
    assert bool(model.asked) is (answer.generator == "faux-modele") is (reason == "own_situation")


def test_without_a_model_there_is_nothing_to_choose(services: Services) -> None:
    answer = asyncio.run(services.assistant.answer(Question(BAC)))
    assert all(step.name != "style" for step in answer.trace.steps)

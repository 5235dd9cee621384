"""The whole path with a model: verified sentences, and the composed answer whenever it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.answer.assistant import Assistant, Delta, Done, Question, Start
from app.answer.generation import Generations
from app.core.types import Answer
from app.wiring import Services
from tests.fakes import FakeGenerator

BAC = "Puis-je m’inscrire sans le baccalauréat ?"
Ask = Callable[..., tuple[Answer, list[str]]]


@pytest.fixture
def ask(services: Services) -> Ask:
    def ask_with(generator: FakeGenerator, message: str = BAC, **fields: object) -> tuple[Answer, list[str]]:
        assistant: Assistant = replace(services.assistant, generator=generator, style="generated")

        async def collect() -> tuple[Answer, list[str]]:
            texts = []
            async for event in assistant.events(Question(message, **fields)):  # type: ignore[arg-type]
                match event:
                    case Delta():
                        texts.append(event.text)
                    case Done():
                        return event.answer, texts
                    case Start():
                        pass
            raise AssertionError

        return asyncio.run(collect())

    return ask_with


def test_verified_sentences_are_streamed_with_marks_of_our_own(ask: Ask) -> None:
    model = FakeGenerator(
        ["Oui, certaines ", "formations sont acc", "essibles sans le bac, sous réserve des prérequis [7]", ". "]
    )
    answer, texts = ask(model)
    assert answer.generator == "faux-modele"
    assert answer.text == "Oui, certaines formations sont accessibles sans le bac, sous réserve des prérequis. [1]"
    assert "".join(texts) == answer.text
    assert [source.entry_id for source in answer.sources] == ["sans-baccalaureat"]


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [""],
        ["AUCUNE RÉPONSE"],
        ["Non, aucune formation n’est accessible sans le bac. [1]"],
        ["Oui, certaines formations sont accessibles sans le bac pour 300 €. [1]"],
        ["Oui. ", "Écrivez à <pirate@example.org>. [1]"],
        ["mot " * 3000],
    ],
    ids=["nothing", "empty", "no answer", "inverted", "new number", "new address", "endless"],
)
def test_what_the_faq_does_not_carry_is_replaced_by_the_composed_answer(ask: Ask, pieces: list[str]) -> None:
    answer, _ = ask(FakeGenerator(pieces))
    assert answer.generator == "verbatim"
    assert answer.text.startswith("Oui. Certaines formations")
    assert [source.entry_id for source in answer.sources] == ["sans-baccalaureat"]


def test_a_model_that_dies_in_mid_answer_is_replaced(ask: Ask) -> None:
    model = FakeGenerator(["Oui, certaines formations sont accessibles sans le bac. ", "Et "], fails_after=1)
    answer, _ = ask(model)
    assert answer.generator == "verbatim"


def test_the_visitor_may_ask_for_the_faq_s_own_words(ask: Ask) -> None:
    model = FakeGenerator(["Oui."])
    answer, _ = ask(model, style="verbatim")
    assert answer.generator == "verbatim"
    assert model.asked == []


def test_a_question_out_of_the_faq_never_reaches_the_model(ask: Ask) -> None:
    model = FakeGenerator(["N’importe quoi."])
    answer, _ = ask(model, "Quelle est la recette de la choucroute ?")
    assert answer.outcome == "abstained"
    assert model.asked == []


def test_when_all_places_are_taken_the_answer_is_composed(services: Services) -> None:
    model = FakeGenerator(
        ["Oui, certaines formations sont accessibles sans le bac, sous réserve des prérequis."], delay_s=0.05
    )
    assistant = replace(
        services.assistant, generator=model, style="generated", generations=Generations(at_once=1, queue=0)
    )

    async def both() -> list[Answer]:
        return await asyncio.gather(*(assistant.answer(Question(BAC)) for _ in range(2)))

    generators = sorted(answer.generator for answer in asyncio.run(both()))
    assert generators == ["faux-modele", "verbatim"]

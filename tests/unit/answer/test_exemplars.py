"""Small talk that no rule words: by nearness to examples, and never against the FAQ."""

from __future__ import annotations

import pytest

from app.answer import exemplars, phrases
from app.answer.exemplars import examples, likeness
from app.answer.find import finder
from app.core.french import clean
from app.wiring import Services
from tests.conftest import LEAST


@pytest.fixture(autouse=True)
def _as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exemplars, "LEAST", LEAST)


def test_every_example_has_a_reply_and_stands_once() -> None:
    assert all(isinstance(getattr(phrases, example.reply), str) for example in examples())
    texts = [clean(example.text) for example in examples()]
    assert len(set(texts)) == len(texts) > 100
    assert {example.outcome for example in examples()} == {"smalltalk", "handoff", "blocked"}


def test_what_is_near_the_examples_and_far_from_the_faq_is_small_talk(services: Services) -> None:
    retriever = services.live.retriever()
    found = likeness(finder(retriever)("oui, même mon grille-pain est plus malin"), retriever)
    assert found is not None
    assert found.example.text == "même mon grille-pain est plus malin"
    assert found.holds
    assert found.reply.text == phrases.FRUSTRATED


def test_what_the_faq_answers_or_is_nearer_to_is_not(services: Services) -> None:
    retriever = services.live.retriever()
    assert likeness(finder(retriever)("Quels sont les modes de paiement ?"), retriever) is None
    at = next(n for n, example in enumerate(examples()) if example.reply == "ROBOT")
    found = likeness(finder(retriever)(examples()[at].text), retriever, without=at)
    assert found is None or not found.holds or found.example != examples()[at]
    far = likeness(finder(retriever)("modes de paiement du grille-pain malin"), retriever)
    assert far is None or not far.holds


def test_long_messages_tell_a_story(services: Services) -> None:
    retriever = services.live.retriever()
    assert likeness(finder(retriever)("grille-pain malin " * exemplars.LONGEST), retriever) is None

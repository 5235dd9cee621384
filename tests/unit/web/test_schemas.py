"""The answer as JSON is the contract's, though no model stands in between."""

from __future__ import annotations

import orjson

from app.core.types import Answer, Contact, Source, Suggestion, Trace
from app.web.schemas import ChatResponse, answer_json

ANSWER = Answer(
    conversation_id="c.sig",
    answer_id="a",
    outcome="answered",
    text="Oui, jusqu’au 1ᵉʳ mars. [1]",
    sources=(Source(1, "dates", "Quand ?", "Inscription", "https://x/#dates", "« Jusqu’au… »", 0.73, complete=True),),
    suggestions=(Suggestion("tarifs", "Combien ?", "Inscription"),),
    contact=Contact("Scolarité", None, "https://x/contact"),
    confidence=0.987654321,
    generator="compose",
    trace=Trace("v1", (), {"retrieve": 1.23456, "total": 4.0}),
)


def test_the_json_is_what_the_documented_model_gives() -> None:
    assert orjson.loads(answer_json(ANSWER)) == ChatResponse.of(ANSWER).model_dump(mode="json")


def test_the_json_holds_every_field_of_the_model() -> None:
    told = orjson.loads(answer_json(ANSWER))
    assert set(told) == set(ChatResponse.model_fields)
    assert ChatResponse.model_validate(told) == ChatResponse.of(ANSWER)
    assert told["confidence"] == 0.9877
    assert told["sources"][0]["complete"] is True
    assert told["timings_ms"] == {"retrieve": 1.23, "total": 4.0}

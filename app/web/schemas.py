"""What callers send and get: the HTTP contract as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.core.french import clean
from app.core.types import Answer, Outcome
from app.web import messages

MAX_MESSAGE = 1000
"""Longest question, in characters."""

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]


class ChatRequest(BaseModel):
    """A visitor's question. Unknown fields are ignored."""

    message: str = Field(
        description="The question, 1 to 1000 characters.",
        json_schema_extra={"minLength": 1, "maxLength": MAX_MESSAGE},
    )
    conversation_id: Id | None = None
    style: Literal["generated", "verbatim"] | None = None

    @field_validator("message")
    @classmethod
    def _readable(cls, value: str) -> str:
        if len(value) > MAX_MESSAGE:
            raise ValueError(messages.LONG_MESSAGE.format(limit=MAX_MESSAGE))
        value = clean(value)
        if not value:
            raise ValueError(messages.EMPTY_MESSAGE)
        return value


class FeedbackRequest(BaseModel):
    """A vote on an answer."""

    answer_id: Id
    vote: Literal["up", "down"]
    reason: str | None = Field(None, max_length=200)
    comment: str | None = Field(None, max_length=2000)


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SourceOut(_Out):
    """An entry the answer leans on; `[n]` in the answer refers to it."""

    n: int
    entry_id: str
    question: str
    section: str
    url: str
    quote: str
    score: float
    complete: bool = Field(False, description="Whether the answer above gives the whole of the entry's.")


class SuggestionOut(_Out):
    """An entry offered as a choice or a next question."""

    entry_id: str
    question: str
    section: str


class ContactOut(_Out):
    """Whom to turn to."""

    label: str
    email: str | None
    url: str | None


class ChatResponse(BaseModel):
    """The whole answer; see docs/architecture.md for each field."""

    conversation_id: str
    answer_id: str
    outcome: Outcome
    answer: str
    sources: list[SourceOut]
    suggestions: list[SuggestionOut]
    contact: ContactOut
    ai_generated: bool
    generator: str
    confidence: float
    index_version: str
    timings_ms: dict[str, float]

    @classmethod
    def of(cls, answer: Answer) -> ChatResponse:
        """The answer as callers see it."""
        return cls.model_validate(_told(answer), from_attributes=True)


def answer_json(answer: Answer) -> bytes:
    """ChatResponse.of(answer) as JSON, without the model in between: what the service itself made needs no checking."""
    return orjson.dumps(_told(answer))


def _told(answer: Answer) -> dict[str, Any]:
    """The fields of ChatResponse; sources, suggestions and contact as they are, with the fields of their models."""
    return {
        "conversation_id": answer.conversation_id,
        "answer_id": answer.answer_id,
        "outcome": answer.outcome,
        "answer": answer.text,
        "sources": answer.sources,
        "suggestions": answer.suggestions,
        "contact": answer.contact,
        "ai_generated": answer.ai_generated,
        "generator": answer.generator,
        "confidence": round(answer.confidence, 4),
        "index_version": answer.trace.index_version,
        "timings_ms": {name: round(ms, 2) for name, ms in answer.trace.timings_ms.items()},
    }


class HitOut(BaseModel):
    """An entry found for a query."""

    entry_id: str
    question: str
    section: str
    score: float
    ranks: dict[str, int | None]


class SearchResponse(BaseModel):
    """Retrieval alone: nothing is written and nothing stored."""

    hits: list[HitOut]
    confidence: float
    would: Literal["answer", "clarify", "abstain"]


class SuggestionsResponse(BaseModel):
    """Opening questions."""

    suggestions: list[SuggestionOut]


class EntryResponse(BaseModel):
    """An entry as the FAQ has it; `answer` is Markdown."""

    entry_id: str
    question: str
    section: str
    answer: str
    url: str


class ErasedResponse(BaseModel):
    """A conversation is erased; how many of its answers were kept until now."""

    ok: bool
    erased: int


class FeedbackResponse(BaseModel):
    """The vote has been kept."""

    ok: bool


class SiteHealth(BaseModel):
    """How one of the service's sites stands."""

    status: Literal["ok", "not_ready"]
    index_version: str | None = None
    reason: str | None = None


class HealthResponse(BaseModel):
    """Which parts are there."""

    status: Literal["ok", "not_ready"]
    version: str
    index_version: str | None = None
    reason: str | None = None
    parts: dict[str, str] = Field(default_factory=dict)
    """Of `/api/ready`: "ok", or what is the matter, for each part."""
    sites: dict[str, SiteHealth] | None = None

    def dump(self) -> dict[str, object]:
        """As JSON; a service without sites says nothing of them."""
        return self.model_dump(exclude={"sites"} if self.sites is None else None)


class ProblemResponse(BaseModel):
    """RFC 9457 problem."""

    type: str
    title: str
    status: int
    detail: str
    code: str

"""OpenAI-compatible border: any such client can talk to the FAQ.

The last user message is the question, the user messages before it are what it may lean on;
everything else the client sends about the model (temperature, tools, system prompt…) is accepted and has no effect.
Sources follow the text as a list, and stand in the `guichet` field.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any, Literal

import orjson
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from app.answer.assistant import Delta, Done, Question, Start
from app.answer.conversation import REMEMBERED
from app.core.french import clean
from app.core.types import Answer
from app.web import messages, metrics
from app.web.chat import begun
from app.web.dependencies import ServicesDep
from app.web.problems import Problem
from app.web.schemas import MAX_MESSAGE, ChatResponse, ProblemResponse

MODEL = "guichet"

router = APIRouter(prefix="/v1", tags=["compatible OpenAI"])


class TextPart(BaseModel):
    """A part of a message; only text is read."""

    type: str = "text"
    text: str = ""


class Message(BaseModel):
    """A turn of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None

    def text(self) -> str:
        """The message's text on one line."""
        content = self.content or ""
        return clean(content if isinstance(content, str) else " ".join(part.text for part in content))


class CompletionRequest(BaseModel):
    """The part of OpenAI's request that matters here."""

    messages: list[Message] = Field(min_length=1, max_length=200)
    model: str = MODEL
    stream: bool = False


@router.get("/models")
async def models() -> dict[str, Any]:
    """The one model there is: the FAQ."""
    return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "guichet"}]}


@router.post(
    "/chat/completions",
    responses={status: {"model": ProblemResponse} for status in (400, 413, 415, 422, 429, 503)},
)
async def completions(body: CompletionRequest, services: ServicesDep) -> Response:
    """Answer the last user message."""
    *before, question = [m.text()[:MAX_MESSAGE] for m in body.messages if m.role == "user"][-REMEMBERED - 1 :] or [""]
    if not question:
        raise Problem(422, "invalid", messages.INVALID.format(details=messages.EMPTY_MESSAGE))
    asked = Question(question, history=tuple(before))
    services.live.retriever()
    if body.stream:
        return StreamingResponse(_chunks(await begun(services.assistant.events(asked))), media_type="text/event-stream")
    answer = await services.assistant.answer(asked)
    metrics.answered(answer)
    value = {
        "id": f"chatcmpl-{answer.answer_id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answer.text + _list_of(answer)},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
        "guichet": ChatResponse.of(answer).model_dump(),
    }
    return Response(orjson.dumps(value), media_type="application/json")


async def _chunks(events: AsyncIterator[Start | Delta | Done]) -> AsyncIterator[bytes]:
    head = {"id": "", "object": "chat.completion.chunk", "created": int(time.time()), "model": MODEL}
    async for event in events:
        match event:
            case Start():
                head["id"] = f"chatcmpl-{event.answer_id}"
                yield _chunk(head, {"role": "assistant", "content": ""})
            case Delta():
                yield _chunk(head, {"content": event.text})
            case Done():
                metrics.answered(event.answer)
                if sources := _list_of(event.answer):
                    yield _chunk(head, {"content": sources})
                yield _chunk(head, {}, "stop")
    yield b"data: [DONE]\n\n"


def _chunk(head: dict[str, Any], delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + orjson.dumps({**head, "choices": [choice]}) + b"\n\n"


def _list_of(answer: Answer) -> str:
    lines = [f"[{source.n}] [{source.question}]({source.url})" for source in answer.sources]
    return "\n\n" + "\n".join(lines) if lines else ""

"""The visitors' API: chat (JSON or server-sent events), search, suggestions, feedback, entries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from typing import Annotated, Any

import orjson
import structlog
from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from fastapi.sse import format_sse_event
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from app.answer.assistant import Delta, Done, Event, Question, Start
from app.answer.cite import deep_link
from app.core.errors import GuichetError
from app.core.french import clean
from app.core.ports import Feedback
from app.core.redact import redact
from app.core.types import Answer
from app.search.decide import decide
from app.web import messages, metrics
from app.web.dependencies import ServicesDep
from app.web.problems import Problem, describe
from app.web.schemas import (
    ChatRequest,
    ChatResponse,
    EntryResponse,
    ErasedResponse,
    FeedbackRequest,
    FeedbackResponse,
    HitOut,
    ProblemResponse,
    SearchResponse,
    SourceOut,
    SuggestionsResponse,
    answer_json,
)
from app.web.signing import ConversationIdsDep
from app.web.widget import opening_suggestions

PATH = "/api/chat"
PING_S = 15.0
"""Silence after which a comment keeps proxies from closing a stream (s)."""

_log = structlog.get_logger(__name__)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemResponse} for status in (400, 413, 415, 422, 429, 503)
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "The answer."}
}

router = APIRouter(prefix="/api", tags=["visiteurs"])


async def chat(body: ChatRequest, request: Request, services: ServicesDep, ids: ConversationIdsDep) -> Response:
    """Answer a question, as JSON or, with `Accept: text/event-stream`, as it is written.

    A `conversation_id` that this service did not issue begins a new conversation.
    """
    services.live.retriever()  # an index that isn't there is a 503, also for streams
    conversation_id = ids.keep_or_issue(body.conversation_id)
    known = conversation_id == body.conversation_id
    history = await services.conversations.recalled(conversation_id) if known else ()
    question = Question(body.message, conversation_id, body.style, history)
    counted = request.app.state.most_asked.answered
    if "text/event-stream" in request.headers.get("accept", ""):
        events = await begun(services.assistant.events(question))
        services.conversations.remember(conversation_id, body.message)
        stream = _with_pings(events, counted)
        return StreamingResponse(
            stream,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
    answer = await services.assistant.answer(question)

    def afterwards() -> None:
        services.conversations.remember(conversation_id, body.message)
        metrics.answered(answer)
        counted(answer)

    # Before anything else is served, the next question of this conversation too; but not before the answer is sent.
    asyncio.get_running_loop().call_soon(afterwards)
    return Response(answer_json(answer), media_type="application/json", headers={"Cache-Control": "no-store"})


class _ChatRoute(APIRoute):
    """Reads a request for an answer in one step; what that doesn't take goes FastAPI's way, which says what is wrong.

    FastAPI's general way to a function's arguments takes as long as a search among fifty entries.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As FastAPI asks for it."""
        by_fastapi = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                body = ChatRequest.model_validate_json(await request.body())
            except ValidationError:
                return await by_fastapi(request)
            except ClientDisconnect as gone:
                raise HTTPException(400) from gone
            state = request.app.state
            return await chat(body, request, state.services, state.conversation_ids)

        return handle


router.add_api_route(
    "/chat",
    chat,
    methods=["POST"],
    response_model=ChatResponse,
    responses={**_PROBLEMS, **_STREAM},
    route_class_override=_ChatRoute,
)


@router.get("/search", responses=_PROBLEMS)
async def search(
    services: ServicesDep,
    q: Annotated[str, Query(min_length=1, max_length=1000)],
    k: Annotated[int, Query(ge=1, le=50)] = 10,
) -> SearchResponse:
    """Find entries without writing an answer. Nothing is stored."""
    retriever = services.live.retriever()
    query = clean(q)
    if not query:
        raise Problem(422, "invalid", messages.INVALID.format(details=messages.EMPTY_MESSAGE))
    retrieval = await services.assistant.workers.run(retriever.search, query, k)
    decision = decide(retrieval, retriever.index.decision)
    hits = [
        HitOut(
            entry_id=hit.entry.id,
            question=hit.entry.question,
            section=hit.entry.section,
            score=round(hit.score, 4),
            ranks={"fused": hit.rank, "dense": hit.dense_rank, "lexical": hit.lexical_rank},
        )
        for hit in retrieval.hits
    ]
    return SearchResponse(hits=hits, confidence=round(decision.confidence, 4), would=decision.verdict)


@router.get("/suggestions", responses=_PROBLEMS)
async def suggestions(request: Request, services: ServicesDep) -> SuggestionsResponse:
    """Opening questions: those that staff chose, else those asked most."""
    index = services.live.retriever().index
    return SuggestionsResponse(suggestions=opening_suggestions(services.settings, index, request.app.state.most_asked))


@router.get("/entries/{entry_id}", responses={404: {"model": ProblemResponse}, **_PROBLEMS})
async def entry(entry_id: Annotated[str, Path(max_length=200)], services: ServicesDep) -> EntryResponse:
    """An entry in full, as the FAQ has it."""
    index = services.live.retriever().index
    found = index.entry(entry_id)
    if found is None:
        raise Problem(404, "entry_not_found", messages.ENTRY_NOT_FOUND)
    return EntryResponse(
        entry_id=found.id,
        question=found.question,
        section=found.section,
        answer=found.answer_md,
        url=deep_link(found, index.faq.source_url, index.twins),
    )


@router.post("/feedback", responses={404: {"model": ProblemResponse}, **_PROBLEMS})
async def feedback(body: FeedbackRequest, services: ServicesDep) -> FeedbackResponse:
    """Keep a vote on an answer; a second vote replaces the first."""
    vote = Feedback(
        answer_id=body.answer_id,
        vote=body.vote,
        reason=redact(clean(body.reason)) if body.reason else None,
        comment=redact(clean(body.comment)) if body.comment else None,
    )
    if not await services.writers.run(services.store.add_feedback, vote):
        raise Problem(404, "answer_not_found", messages.ANSWER_NOT_FOUND)
    metrics.voted(body.vote)
    return FeedbackResponse(ok=True)


@router.delete("/conversations/{conversation_id}", responses={404: {"model": ProblemResponse}, **_PROBLEMS})
async def erase(
    conversation_id: Annotated[str, Path(max_length=200)], services: ServicesDep, ids: ConversationIdsDep
) -> ErasedResponse:
    """Erase a visitor's own conversation, in memory and in the database, with its votes.

    Only its signed id does it, as the answers carried it.
    """
    if not ids.knows(conversation_id):
        raise Problem(404, "conversation_not_found", messages.CONVERSATION_NOT_FOUND)
    await services.writers.run(services.conversations.forget, conversation_id)
    gone = await services.writers.run(services.store.erase_conversation, conversation_id)
    return ErasedResponse(ok=True, erased=gone)


async def begun(events: AsyncGenerator[Event]) -> AsyncGenerator[Event]:
    """The same events, the first of them there already: what keeps a search from beginning is a status, no stream."""
    try:
        first = await anext(events)
    except BaseException:
        await events.aclose()
        raise

    async def all_of_them() -> AsyncGenerator[Event]:
        async with aclosing(events):
            yield first
            async for event in events:
                yield event

    return all_of_them()


async def _with_pings(events: AsyncGenerator[Event], counted: Callable[[Answer], None]) -> AsyncIterator[bytes]:
    """The events as SSE bytes, with a comment after each PING_S of silence.

    Once a stream has begun its status can't change: failures become an `error` event.
    """
    source = aiter(events)
    waiting: asyncio.Future[Event] | None = None
    async with aclosing(events):
        while True:
            waiting = waiting or asyncio.ensure_future(anext(source))
            try:
                done, _ = await asyncio.wait({waiting}, timeout=PING_S)
                if not done:
                    yield b": ping\n\n"
                    continue
                event = waiting.result()
            except StopAsyncIteration:
                return
            except asyncio.CancelledError:
                waiting.cancel()
                raise
            except GuichetError as error:
                _, code, detail = describe(error)
                yield _sse("error", {"code": code, "message": detail})
                return
            except Exception as error:  # noqa: BLE001 - the visitor is told, the log has the trace
                _log.error("stream.crashed", exc_info=error)
                yield _sse("error", {"code": "internal", "message": messages.INTERNAL})
                return
            waiting = None
            if isinstance(event, Done):
                metrics.answered(event.answer)
                counted(event.answer)
            yield _encode(event)


def _encode(event: Event) -> bytes:
    match event:
        case Start():
            sources = [SourceOut.model_validate(source).model_dump() for source in event.sources]
            return _sse(
                "start",
                {
                    "conversation_id": event.conversation_id,
                    "answer_id": event.answer_id,
                    "outcome": event.outcome,
                    "sources": sources,
                },
            )
        case Delta():
            return _sse("delta", {"text": event.text})
        case Done():
            return _sse("done", ChatResponse.of(event.answer).model_dump())


def _sse(name: str, data: dict[str, object]) -> bytes:
    return format_sse_event(event=name, data_str=orjson.dumps(data).decode())

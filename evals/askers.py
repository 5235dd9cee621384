"""Who is asked: the assistant in this process, or a running Guichet by its address."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol, cast

import orjson

from app.answer.assistant import Assistant, Question
from app.core.errors import GuichetError
from app.core.types import Answer, Contact, Source, Style, Suggestion, Trace
from evals import quality_messages as messages
from evals.cases import Case
from evals.run import Result

TIMEOUT_S = 60.0
TRIES = 3
RANKED = 10
_BUSY = (429, 503)


class BackendUnreachable(GuichetError):
    """Whoever should answer doesn't: an error, never a zero in the figures."""


class Asker(Protocol):
    """Puts a case and waits for the answer. Raises BackendUnreachable."""

    async def ask(self, case: Case) -> Result:
        """The answer, with the entries as retrieved."""
        ...


@dataclass(frozen=True, slots=True)
class InProcess:
    """The assistant itself, with its whole trace."""

    assistant: Assistant
    style: Style = "verbatim"

    async def ask(self, case: Case) -> Result:
        """The answer. With a model, its being away is an error rather than the composed answer that stands in."""
        answer = await self.assistant.answer(Question(case.question, style=self.style, history=case.history))
        for step in answer.trace.steps:
            if self.style == "generated" and step.name == "generate" and _away(str(step.detail.get("failure") or "")):
                reason = str(step.detail["failure"])
                raise BackendUnreachable(messages.MODEL_AWAY.format(reason=reason), mend=messages.MODEL_AWAY_MEND)
        return Result(case, answer, ranking(answer))


def _away(failure: str) -> bool:
    return any(sign in failure for sign in messages.SIGNS_OF_ABSENCE)


def ranking(answer: Answer) -> tuple[str, ...]:
    """Entry ids as retrieved, best first; empty when nothing was searched."""
    hits = next((step.detail["hits"] for step in answer.trace.steps if step.name == "search"), [])
    return tuple(str(hit["entry_id"]) for hit in cast(list[dict[str, object]], hits))


@dataclass(frozen=True, slots=True)
class Remote:
    """A running Guichet: what a visitor's browser would get. Its trace holds times alone."""

    url: str
    token: str | None = None
    style: Style = "verbatim"

    async def ask(self, case: Case) -> Result:
        """The answer after the case's history; the ranking is that of /api/search, for questions without history."""
        return await asyncio.to_thread(self._ask, case)

    def _ask(self, case: Case) -> Result:
        conversation: str | None = None
        for said in case.history:
            conversation = str(self._chat(said, conversation)["conversation_id"])
        began = perf_counter()
        body = self._chat(case.question, conversation)
        took = (perf_counter() - began) * 1e3
        ranked: tuple[str, ...] = ()
        if not case.history and body["outcome"] in ("answered", "clarification", "abstained"):
            query = urllib.parse.urlencode({"q": case.question, "k": RANKED})
            ranked = tuple(str(hit["entry_id"]) for hit in self._send(f"/api/search?{query}", None)["hits"])
        return Result(case, _answer(body, took), ranked)

    def _chat(self, message: str, conversation: str | None) -> dict[str, Any]:
        style = None if self.style == "auto" else self.style
        return self._send("/api/chat", {"message": message, "conversation_id": conversation, "style": style})

    def _send(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else orjson.dumps({k: v for k, v in body.items() if v is not None})
        request = urllib.request.Request(self.url.rstrip("/") + path, data, headers)  # noqa: S310 - checked in the command
        for tries in range(1, TRIES + 1):
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
                    return dict(orjson.loads(response.read()))
            except urllib.error.HTTPError as error:
                if error.code not in _BUSY or tries == TRIES:
                    reason = f"HTTP {error.code}"
                    raise BackendUnreachable(messages.AWAY.format(url=self.url, reason=reason)) from error
                _pause(error.headers.get("Retry-After"))
            except (OSError, orjson.JSONDecodeError) as error:
                raise BackendUnreachable(
                    messages.AWAY.format(url=self.url, reason=error), mend=messages.AWAY_MEND
                ) from error
        raise AssertionError("the last try returns or raises")


def _pause(retry_after: str | None) -> None:
    from time import sleep

    sleep(min(float(retry_after), TIMEOUT_S) if retry_after and retry_after.isdigit() else 2.0)


def _answer(body: dict[str, Any], took_ms: float) -> Answer:
    return Answer(
        conversation_id=body["conversation_id"],
        answer_id=body["answer_id"],
        outcome=body["outcome"],
        text=body["answer"],
        sources=tuple(Source(**source) for source in body["sources"]),
        suggestions=tuple(Suggestion(**suggestion) for suggestion in body["suggestions"]),
        contact=Contact(**body["contact"]),
        confidence=body["confidence"],
        generator=body["generator"],
        trace=Trace(body["index_version"], (), {**body["timings_ms"], "round_trip": took_ms}),
    )

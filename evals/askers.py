"""Who is asked: the assistant in this process, or a running Guichet by its address."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, fields, replace
from time import perf_counter, sleep
from typing import Any, Protocol, cast

import orjson

from app.answer.assistant import Assistant, Delta, Done, Question
from app.core.errors import GuichetError
from app.core.types import Answer, Contact, Entry, Source, Style, Suggestion, Trace
from evals import quality_messages as messages
from evals.cases import Case
from evals.run import Result

TIMEOUT_S = 60.0
TRIES = 3
PAUSE_S = 1.0
RANKED = 10
_PATIENCE = {http.client.TOO_MANY_REQUESTS: 100, http.client.SERVICE_UNAVAILABLE: TRIES}
"""How often a service that says to come later is asked: a limit a minute is no fault of it."""
_BROKEN = (OSError, http.client.HTTPException, orjson.JSONDecodeError, KeyError)
_OURS = ("queue_full", "queue_wait", "left_out", "unverified")
"""Reasons of a failed wording that are no sign of a model that is away: they are results."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token goes to the address that was given, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        """None: what would lead elsewhere is an HTTPError."""


DIRECT = urllib.request.build_opener(_NoRedirect)
"""Opens an address and follows no redirect."""


class BackendUnreachable(GuichetError):
    """Whoever should answer doesn't: an error, never a zero in the figures."""


class Asker(Protocol):
    """Puts a case and waits for the answer. Raises BackendUnreachable."""

    again: dict[str, int]
    """How often a case had to be put again because the backend failed, by case id."""

    async def ask(self, case: Case) -> Result:
        """The answer, with the entries as retrieved."""

    def entries(self, result: Result) -> Mapping[str, Entry]:
        """The entries that the answer cites, by id, as far as they can be had."""


@dataclass(slots=True)
class InProcess:
    """The assistant itself, with its whole trace.

    A model that fails is asked again, `TRIES` times in all, `pause_s` seconds apart; `again` counts by case.
    """

    assistant: Assistant
    style: Style = "verbatim"
    pause_s: float = PAUSE_S
    again: dict[str, int] = field(default_factory=dict)

    async def ask(self, case: Case) -> Result:
        """The answer. A model that is away is an error, rather than the composed answer that stands in for it."""
        for tries in range(1, TRIES + 1):
            answer = await self._answer(case)
            reason = _away(answer)
            if not reason:
                return Result(case, answer, ranking(answer))
            if tries < TRIES:
                self.again[case.id] = self.again.get(case.id, 0) + 1
                await asyncio.sleep(self.pause_s * tries)
        raise BackendUnreachable(messages.MODEL_AWAY.format(reason=reason), mend=messages.MODEL_AWAY_MEND)

    async def _answer(self, case: Case) -> Answer:
        began, first = perf_counter(), 0.0
        question = Question(case.question, style=self.style, history=case.history)
        async with aclosing(self.assistant.events(question)) as events:
            async for event in events:
                if isinstance(event, Delta) and not first:
                    first = (perf_counter() - began) * 1e3
                if isinstance(event, Done):
                    return _timed(event.answer, first_text=first)
        raise AssertionError("events() always ends with Done")

    def entries(self, result: Result) -> Mapping[str, Entry]:
        """All entries of the index."""
        del result
        return self.assistant.live().index.by_id


def _away(answer: Answer) -> str:
    """Why the model that should have worded this answer didn't, when it is the model's doing; else ""."""
    for step in answer.trace.steps:
        if step.name == "generate" and step.detail.get("reason") and step.detail["reason"] not in _OURS:
            return f"{step.detail['model']} : {step.detail['failure']}"
    return ""


def _timed(answer: Answer, **more: float) -> Answer:
    trace = replace(answer.trace, timings_ms={**answer.trace.timings_ms, **more})
    return replace(answer, trace=trace)


def ranking(answer: Answer) -> tuple[str, ...]:
    """Entry ids as retrieved, best first; empty when nothing was searched."""
    hits = next((step.detail["hits"] for step in answer.trace.steps if step.name == "search"), [])
    return tuple(str(hit["entry_id"]) for hit in cast(list[dict[str, object]], hits))


@dataclass(slots=True)
class Remote:
    """A running Guichet: what a visitor's browser would get. Its trace holds times alone.

    A service that is busy is asked again after the time it names; `again` counts by case.
    """

    url: str
    token: str | None = None
    style: Style = "verbatim"
    again: dict[str, int] = field(default_factory=dict)
    _entries: dict[str, Entry] = field(default_factory=dict)

    async def ask(self, case: Case) -> Result:
        """The answer after the case's history; the ranking is that of /api/search, for questions without history."""
        return await asyncio.to_thread(self._ask, case)

    def _ask(self, case: Case) -> Result:
        conversation: str | None = None
        for said in case.history:
            conversation = str(self._chat(case, said, conversation)[0]["conversation_id"])
        began = perf_counter()
        body, first = self._chat(case, case.question, conversation)
        try:
            answered = _answer(body)
        except (KeyError, TypeError) as error:
            raise self._unreachable(messages.FOREIGN.format(reason=repr(error))) from error
        answer = _timed(answered, first_text=first, round_trip=(perf_counter() - began) * 1e3)
        ranked: tuple[str, ...] = ()
        if not case.history and body["outcome"] in ("answered", "clarification", "abstained"):
            query = urllib.parse.urlencode({"q": case.question, "k": RANKED})
            found = self._get(f"/api/search?{query}", case)
            ranked = tuple(str(hit["entry_id"]) for hit in found["hits"])
        return Result(case, answer, ranked)

    def entries(self, result: Result) -> Mapping[str, Entry]:
        """The entries that the answer cites, read from the service once each."""
        for source in result.answer.sources:
            if source.entry_id not in self._entries:
                body = self._get(f"/api/entries/{urllib.parse.quote(source.entry_id)}", result.case)
                self._entries[source.entry_id] = Entry(source.entry_id, body["question"], body["answer"])
        return self._entries

    def _chat(self, case: Case, message: str, conversation: str | None) -> tuple[dict[str, Any], float]:
        """The whole answer, and the milliseconds until its first text."""
        style = None if self.style == "auto" else self.style
        body = {"message": message, "conversation_id": conversation, "style": style}
        began, first = perf_counter(), 0.0
        try:
            with self._open("/api/chat", {k: v for k, v in body.items() if v is not None}, case) as lines:
                for event, data in _events(lines):
                    if event == "delta" and not first:
                        first = (perf_counter() - began) * 1e3
                    if event == "error":
                        raise self._unreachable(str(orjson.loads(data).get("message", data)))
                    if event == "done":
                        return dict(orjson.loads(data)), first
        except _BROKEN as error:
            raise self._unreachable(str(error)) from error
        raise self._unreachable(messages.NO_END)

    def _get(self, path: str, case: Case) -> dict[str, Any]:
        try:
            with self._open(path, None, case) as response:
                return dict(orjson.loads(response.read()))
        except _BROKEN as error:
            raise self._unreachable(str(error)) from error

    def _open(self, path: str, body: dict[str, Any] | None, case: Case) -> Any:
        headers = {"Accept": "text/event-stream" if body else "application/json", "Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = orjson.dumps(body) if body else None
        request = urllib.request.Request(self.url.rstrip("/") + path, data, headers)  # noqa: S310 - the command checks the scheme
        for tries in range(1, max(_PATIENCE.values()) + 1):
            try:
                return DIRECT.open(request, timeout=TIMEOUT_S)
            except urllib.error.HTTPError as error:
                error.close()
                if tries >= _PATIENCE.get(error.code, 1):
                    raise self._unreachable(f"HTTP {error.code}") from error
                if error.code != http.client.TOO_MANY_REQUESTS:
                    self.again[case.id] = self.again.get(case.id, 0) + 1
                _pause(error.headers.get("Retry-After"))
        raise AssertionError("the last try returns or raises")

    def _unreachable(self, reason: str) -> BackendUnreachable:
        return BackendUnreachable(messages.AWAY.format(url=self.url, reason=reason), mend=messages.AWAY_MEND)


def _events(lines: Any) -> Iterator[tuple[str, bytes]]:
    """Names and data of server-sent events; what isn't an event's end is gathered, comments are passed over."""
    name, data = "", b""
    for raw in lines:
        line = raw.rstrip(b"\r\n")
        if not line:
            if data:
                yield name, data
            name, data = "", b""
        elif line.startswith(b"event:"):
            name = line[6:].strip().decode()
        elif line.startswith(b"data:"):
            data += line[5:].strip()


def _pause(retry_after: str | None) -> None:
    sleep(min(float(retry_after), TIMEOUT_S) if retry_after and retry_after.isdigit() else 2.0)


_SOURCE = {field.name for field in fields(Source)}


def _answer(body: dict[str, Any]) -> Answer:
    return Answer(
        conversation_id=body["conversation_id"],
        answer_id=body["answer_id"],
        outcome=body["outcome"],
        text=body["answer"],
        sources=tuple(Source(**{k: v for k, v in row.items() if k in _SOURCE}) for row in body["sources"]),
        suggestions=tuple(Suggestion(**suggestion) for suggestion in body["suggestions"]),
        contact=Contact(**body["contact"]),
        confidence=body["confidence"],
        generator=body["generator"],
        trace=Trace(body["index_version"], (), dict(body["timings_ms"])),
    )

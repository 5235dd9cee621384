"""What a connection may cost: the time to send a request, its head's size, how many may wait at once.

uvicorn gives a client all the time in the world to send its headers or its body, takes headers of any length,
and keeps a connection to a client that no longer reads for as long as TCP does. This is uvicorn's own protocol
with a deadline for each of these, as nginx and Apache's mod_reqtimeout set them; whoever is late or too large is
told so as problem JSON where a reply can still be read, and let go. Answers leave whole (`whole.py`).
"""

from __future__ import annotations

import resource
import sys
from asyncio import BaseTransport, Protocol, TimerHandle, Transport
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.settings import Settings
from app.web import messages, metrics
from app.web.problems import problem
from app.web.whole import WholeAnswers

IDLE, HEAD, BODY, ANSWER = "idle", "head", "body", "answer"
SPARE_FILES = 200
"""Files kept free for the index, the database and calls to a model."""
MIN_RATE = 500
"""Bytes of a body that win the sender another second."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes, as the settings have them."""

    connections: int
    head_s: float
    head_bytes: int
    body_s: float
    stalled_s: float


def guarded(settings: Settings) -> type[Protocol]:
    """What uvicorn makes a connection with; the process may open as many files as the system allows it to."""
    room = open_files()
    limits = Limits(
        connections=min(settings.max_connections, max(16, room - SPARE_FILES)),
        head_s=settings.header_timeout_s,
        head_bytes=settings.max_header_bytes,
        body_s=settings.body_timeout_s,
        stalled_s=settings.stalled_timeout_s,
    )
    return cast(type[Protocol], Crowd(limits).protocol)


def open_files() -> int:
    """Raise the number of files this process may have open to its hard limit; that number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


KEEP_ALIVE_S = 75
"""How long a connection may be idle between two requests (s): longer than others keep theirs for later (nginx 60 s,
many clients 5). Whoever closes first must be the client, or a request crosses with the closing and is lost."""


class Crowd:
    """The connections of a server that wait for their client, those waiting longest first."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.waiting: dict[GuardedProtocol, None] = {}

    def admit(self, new: GuardedProtocol) -> None:
        """Make room for a connection: where there are too many, whoever has waited longest goes, else the new one."""
        self.waiting[new] = None
        if len(new.connections) > self.limits.connections:
            oldest = next(iter(self.waiting))
            metrics.CONNECTIONS_CLOSED.labels("crowded").inc()
            if oldest is new:
                new.refuse(503, "crowded", messages.CROWDED)
            else:
                oldest.drop()

    def protocol(self, *args: Any, **named: Any) -> GuardedProtocol:
        """The protocol of a new connection, as uvicorn calls for it."""
        return GuardedProtocol(self, *args, **named)


class GuardedProtocol(HttpToolsProtocol):
    """One connection. `_phase` says what is awaited: a request's head, its body, our answer, or nothing."""

    def __init__(self, crowd: Crowd, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._crowd = crowd
        self._limits = crowd.limits
        self._phase = HEAD
        self._since = 0.0
        self._received = 0
        self._head_size = 0
        self._refused = False
        self._timer: TimerHandle | None = None
        self._stalled: TimerHandle | None = None

    # --- what the transport tells ----------------------------------------------------------

    def connection_made(self, transport: BaseTransport) -> None:
        """Give the client `head_s` for its first request."""
        self._whole = WholeAnswers(cast(Transport, transport), self.loop)
        super().connection_made(cast(Transport, self._whole))
        self._since = self.loop.time()
        self._watch(self._limits.head_s)
        self._crowd.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._crowd.waiting.pop(self, None)
        self._unwatch()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, then see what is still awaited."""
        if self._refused:
            return
        if self._phase == IDLE:
            self._expect(HEAD)
        self._received += len(data)
        super().data_received(data)
        if self._refused or self.transport.is_closing():
            return
        if self._phase == HEAD and self._received > self._limits.head_bytes:
            self.refuse(431, "headers_too_large", messages.HEADERS_TOO_LARGE)
        elif self._phase == ANSWER:
            self._unwatch()
        elif self._timer is None and self.timeout_keep_alive_task is None:
            self._watch(self._limits.body_s if self._phase == BODY else self._limits.head_s)

    def pause_writing(self) -> None:
        """The client doesn't read: give it `stalled_s`."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self._limits.stalled_s, self._abort)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    # --- what the parser tells -------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request's first line begins."""
        super().on_message_begin()
        self._head_size = 0
        if self._phase != HEAD:
            self._expect(HEAD)

    def on_url(self, url: bytes) -> None:
        """Part of the address."""
        self._head_size += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, whole."""
        self._head_size += len(name) + len(value) + 4
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there: refuse it if it is too large, else let the application begin."""
        if self._head_size > self._limits.head_bytes:
            self.refuse(431, "headers_too_large", messages.HEADERS_TOO_LARGE)
            return
        super().on_headers_complete()
        self._expect(BODY)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole; nobody waits for the client any more."""
        if self._refused:
            return
        super().on_message_complete()
        if self.cycle.response_complete:
            self._expect(IDLE)
        else:
            self._phase = ANSWER
            self._crowd.waiting.pop(self, None)

    # --- what the application tells --------------------------------------------------------

    def on_response_complete(self) -> None:
        """Answered; the keep-alive time of uvicorn runs from here."""
        self._whole.release()
        if self._phase == ANSWER:
            self._expect(IDLE)
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn gives it
        """What can't be parsed is answered as everything else that goes wrong."""
        if not self._refused:
            self.refuse(400, "malformed", messages.MALFORMED)

    def _unsupported_upgrade_warning(self) -> None:
        """There are no web sockets here; a log line for each who asks would be a gift to whoever fills disks."""

    # --- deadlines -------------------------------------------------------------------------

    def refuse(self, status: int, code: str, detail: str) -> None:
        """Tell the client why, unless an answer is under way, and close."""
        self._refused = True
        self._unwatch()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            reply = problem(status, code, detail, {"Connection": "close"})
            headers = b"".join(b"%s: %s\r\n" % header for header in reply.raw_headers)
            self.transport.write(STATUS_LINE[status] + headers + b"\r\n" + bytes(reply.body))
        self.transport.close()

    def drop(self) -> None:
        """Close without a word: nothing was asked, or not to the end."""
        self._refused = True
        self._unwatch()
        self.transport.close()

    def _expect(self, phase: str) -> None:
        self._phase = phase
        self._since = self.loop.time()
        self._received = 0
        self._crowd.waiting.pop(self, None)
        self._crowd.waiting[self] = None

    def _watch(self, seconds: float) -> None:
        self._unwatch()
        self._timer = self.loop.call_later(seconds, self._late)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        """The timer went off: it may be for an earlier phase, or the body may have won time."""
        self._timer = None
        if self._phase == ANSWER:
            return
        allowed = self._limits.head_s
        if self._phase == BODY:
            allowed = self._limits.body_s + self._received / MIN_RATE
        left = self._since + allowed - self.loop.time()
        if left > 0.01:
            self._watch(left)
            return
        metrics.CONNECTIONS_CLOSED.labels("late").inc()
        if self._phase == BODY or self._received:
            self.refuse(408, "too_slow", messages.TOO_SLOW)
        else:
            self.drop()

    def _abort(self) -> None:
        metrics.CONNECTIONS_CLOSED.labels("stalled").inc()
        self.transport.abort()

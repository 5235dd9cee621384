"""Limits of what a caller may send: pure ASGI, before anything is parsed."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web import messages
from app.web.problems import problem

MAX_CLIENTS = 50_000
"""Clients remembered at once; the one silent for longest is forgotten first."""

_LIMITED = ("/api/chat", "/api/search", "/v1/chat/completions", "/api/feedback")


class RateLimiter:
    """A token bucket a client: `per_minute` tokens, refilled evenly. Kept in memory only."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """0 when the request may pass, else the seconds until the next one may."""
        now = self._clock()
        tokens, at = self._buckets.pop(client, (self._capacity, now))
        tokens = min(self._capacity, tokens + (now - at) * self._per_second)
        allowed = tokens >= 1
        self._buckets[client] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self._per_second


class LimitsMiddleware:
    """413 for bodies that say they are too large (FastAPI counts the others), 415 for bodies that
    aren't JSON, 429 for too many questions.
    """

    def __init__(self, app: ASGIApp, *, max_body: int, per_minute: int) -> None:
        self._app = app
        self._max_body = max_body
        self._limiter = RateLimiter(per_minute) if per_minute else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length[:18]) > self._max_body:
            return problem(413, "too_large", messages.TOO_LARGE)
        if scope["method"] == "POST" and not _is_json(headers.get(b"content-type", b"")):
            return problem(415, "unsupported_media_type", messages.UNSUPPORTED)
        if self._limiter is not None and scope["path"] in _LIMITED:
            client = scope.get("client") or ("",)
            wait = self._limiter.wait(client[0])
            if wait:
                seconds = math.ceil(wait)
                return problem(
                    429,
                    "rate_limited",
                    messages.TOO_MANY.format(seconds=seconds),
                    {"Retry-After": str(seconds)},
                )
        return None


class SecurityHeadersMiddleware:
    """Headers every response carries; the page's own policy allows nothing from elsewhere."""

    def __init__(self, app: ASGIApp, *, relaxed: tuple[str, ...]) -> None:
        self._app = app
        self._relaxed = relaxed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the response on its way out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = list(_HEADERS)
        if not scope["path"].startswith(self._relaxed):
            headers.append((b"content-security-policy", _CSP))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *headers]
            await send(message)

        await self._app(scope, receive, with_headers)


_CSP = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    b"font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'; "
    b"require-trusted-types-for 'script'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def _is_json(content_type: bytes) -> bool:
    kind = content_type.split(b";", 1)[0].strip().lower()
    return kind == b"application/json" or (kind.startswith(b"application/") and kind.endswith(b"+json"))

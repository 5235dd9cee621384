"""Limits of what a caller may send: pure ASGI, before anything is parsed."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from time import monotonic
from urllib.parse import urlsplit

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web import messages
from app.web.paths import inner_path
from app.web.problems import problem
from app.web.templating import render

MAX_CLIENTS = 50_000
"""Clients remembered at once; the one silent for longest is forgotten first."""

_LIMITED = ("/api/chat", "/api/search", "/v1/chat/completions", "/api/feedback")
_GUARDED = ("/api/", "/v1/", "/console")
_STAFF = ("/console", "/api/staff/")
STAFF_BODY = 4_000_000
"""Largest request below these (bytes): a whole FAQ fits in."""
_SEARCH_PAGE = "/faq"


class RateLimiter:
    """A token bucket a client: `per_minute` tokens, refilled evenly. Decides from memory alone.

    Replicas may settle among themselves what clients used up (web/sharing.py).
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self.per_minute = per_minute
        self.tell = False
        """Whether somebody asks for `taken`."""
        self._taken: dict[str, float] = {}
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
        if allowed and self.tell and (client in self._taken or len(self._taken) < MAX_CLIENTS):
            self._taken[client] = self._taken.get(client, 0.0) + 1
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self._per_second

    def taken(self) -> dict[str, float]:
        """The tokens that clients used up since this was last asked."""
        taken, self._taken = self._taken, {}
        return taken

    def settle(self, client: str, tokens: float) -> None:
        """Go on from what all replicas together left of a client's bucket."""
        if client in self._buckets:
            self._buckets[client] = (tokens - self._taken.get(client, 0.0), self._clock())


class LimitsMiddleware:
    """413 for bodies that say they are too large (FastAPI counts the others), 415 for bodies that
    aren't JSON, 403 for the scripts of sites that aren't allowed, 429 for too many questions: a
    client's own first, then everybody's together.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body: int,
        client: RateLimiter | None = None,
        everybody: RateLimiter | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._app = app
        self._max_body = max_body
        self._limiter = client
        self._global = everybody
        self._origins = frozenset(origins)

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
        path = inner_path(scope)
        limit = max(self._max_body, STAFF_BODY) if path.startswith(_STAFF) else self._max_body
        if length.isdigit() and int(length[:18]) > limit:
            return problem(413, "too_large", messages.TOO_LARGE)
        if path.startswith(_GUARDED) and is_foreign(headers, self._origins):
            return problem(403, "origin_refused", messages.ORIGIN)
        is_form = path.startswith("/console")
        if scope["method"] == "POST" and not is_form and not _is_json(headers.get(b"content-type", b"")):
            return problem(415, "unsupported_media_type", messages.UNSUPPORTED)
        return self._too_many(scope) if _is_limited(scope) else None

    def _too_many(self, scope: Scope) -> ASGIApp | None:
        client = scope.get("client") or ("",)
        checks = ((self._limiter, client_key(client[0]), messages.TOO_MANY), (self._global, "", messages.TOO_BUSY))
        for limiter, key, sentence in checks:
            if limiter is not None and (wait := limiter.wait(key)):
                seconds = math.ceil(wait)
                detail, after = sentence.format(seconds=seconds), {"Retry-After": str(seconds)}
                if inner_path(scope) == _SEARCH_PAGE:
                    context = {"status": 429, "sentence": detail}
                    return render(Request(scope), "error.html", context, status=429, headers=after)
                return problem(429, "rate_limited", detail, after)
        return None


def limiters_of(per_minute: int, global_per_minute: int) -> dict[str, RateLimiter]:
    """The limiters of a service, "client" and "everybody"; without a limit there is none."""
    if not per_minute:
        return {}
    limiters = {"client": RateLimiter(per_minute)}
    if global_per_minute:
        limiters["everybody"] = RateLimiter(global_per_minute)
    return limiters


def client_key(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that an IPv6 subscriber has to themselves."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address


def is_foreign(headers: Mapping[bytes, bytes], origins: Collection[str]) -> bool:
    """Whether a script of a site that isn't allowed is calling. Programs send no Origin and aren't concerned.

    CORS already keeps such scripts from reading a reply; this keeps them from costing anything.
    """
    origin = headers.get(b"origin")
    if origin is None or origin.decode("latin-1") in origins:
        return False
    if (site := headers.get(b"sec-fetch-site")) is not None:
        return site not in (b"same-origin", b"none")
    try:
        return urlsplit(origin).netloc != headers.get(b"host", b"")
    except ValueError:
        return True


class SecurityHeadersMiddleware:
    """Headers every response carries; the page's own policy allows nothing from elsewhere.

    `framed` is the page that other sites may show in a frame: those of `ancestors`.
    """

    def __init__(
        self, app: ASGIApp, *, relaxed: tuple[str, ...], framed: str = "", ancestors: Collection[str] = ()
    ) -> None:
        self._app = app
        self._relaxed = relaxed
        self._framed = framed
        self._framed_policy = _CSP % " ".join(("'self'", *ancestors)).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the response on its way out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = list(_HEADERS)
        path = inner_path(scope)
        if not path.startswith(self._relaxed):
            policy = self._framed_policy if path == self._framed else _OWN_POLICY
            if path.startswith("/console"):
                policy = _CONSOLE_POLICY
                added.append((b"cache-control", b"no-store"))
            added.append((b"content-security-policy", policy))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", [])
                names = {name for name, _ in own}
                message["headers"] = [*own, *(header for header in added if header[0] not in names)]
            await send(message)

        await self._app(scope, receive, with_headers)


_CSP = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    b"font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors %s; "
    b"require-trusted-types-for 'script'"
)
_OWN_POLICY = _CSP % b"'self'"
_CONSOLE_POLICY = (_CSP % b"'none'").replace(b"; require-trusted-types-for 'script'", b"")
"""htmx puts HTML into the page: our own templates', escaped there."""
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


def _is_limited(scope: Scope) -> bool:
    """Whatever costs a search, a text or a row; of the FAQ page, only its search."""
    path = inner_path(scope)
    return path in _LIMITED or (path == _SEARCH_PAGE and b"q=" in scope["query_string"])


def _is_json(content_type: bytes) -> bool:
    kind = content_type.split(b";", 1)[0].strip().lower()
    return kind == b"application/json" or (kind.startswith(b"application/") and kind.endswith(b"+json"))

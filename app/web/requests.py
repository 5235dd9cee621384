"""Each request has an id, in its log lines and in its reply, and is counted under its route."""

from __future__ import annotations

import re
from secrets import token_hex
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.site import CURRENT_SITE
from app.logs import is_debugging
from app.web import metrics

HEADER = b"x-request-id"
_GIVEN = re.compile(rb"[A-Za-z0-9_.-]{8,64}")
_log = structlog.get_logger(__name__)


class RequestsMiddleware:
    """Takes over the id that a proxy gave (`X-Request-ID`), or makes one; logs 5xx, and everything at debug.

    What is logged and counted of an address is the route that matched: a path or a query may hold what somebody typed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, then count."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _id_of(scope)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began, status = perf_counter(), 500

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, with_id)
        finally:
            spent, route, site = perf_counter() - began, _route_of(scope), CURRENT_SITE.get()
            metrics.REQUESTS.labels(
                scope["method"] if scope["method"] in _METHODS else "OTHER", route, status, site
            ).inc()
            metrics.REQUEST_SECONDS.labels(route, site).observe(spent)
            if status >= 500 or is_debugging():
                tell = _log.warning if status >= 500 else _log.debug
                tell("http.request", method=scope["method"][:10], route=route, status=status, ms=round(spent * 1000, 1))


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def _id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == HEADER and _GIVEN.fullmatch(value):
            return str(value.decode("ascii"))
    return token_hex(16)


def _route_of(scope: Scope) -> str:
    """The template of the route that matched; "other" for none, so that labels stay few."""
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    return path if isinstance(path, str) and path else "other"

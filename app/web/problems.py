"""RFC 9457 problem JSON: the one table from what goes wrong to what a caller is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from app.core.errors import EncoderUnavailable, GuichetError, IndexCorrupt, IndexMissing, StoreUnavailable
from app.web import messages
from app.web.templating import render

_log = structlog.get_logger(__name__)

RETRY_AFTER_S = 5
"""What a caller is asked to wait when a part of the service isn't ready."""

_ERRORS: Mapping[type[GuichetError], tuple[int, str, str]] = {
    IndexMissing: (503, "index_unavailable", messages.UNAVAILABLE),
    IndexCorrupt: (503, "index_unavailable", messages.UNAVAILABLE),
    EncoderUnavailable: (503, "encoder_unavailable", messages.UNAVAILABLE),
    StoreUnavailable: (503, "store_unavailable", messages.STORE_AWAY),
    GuichetError: (503, "unavailable", messages.UNAVAILABLE),
}

_STATUS = {
    400: ("malformed", messages.MALFORMED),
    404: ("not_found", messages.NOT_FOUND),
    405: ("method_not_allowed", messages.METHOD),
    413: ("too_large", messages.TOO_LARGE),
    415: ("unsupported_media_type", messages.UNSUPPORTED),
}


class Problem(HTTPException):
    """Raise to answer with a problem of a given status, code and French detail."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.code = code


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A problem+json response; 503 always says when to try again."""
    extra = {"Retry-After": str(RETRY_AFTER_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(
        {
            "type": f"urn:guichet:{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
        },
        status,
        {**extra, **(headers or {})},
        media_type="application/problem+json",
    )


def describe(error: GuichetError) -> tuple[int, str, str]:
    """Status, code and French detail of a core error."""
    return next(_ERRORS[kind] for kind in type(error).__mro__ if kind in _ERRORS)


def _respond(
    request: Request, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Problem JSON, or a page for somebody who opened an address in a browser."""
    wants_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith(("/api/", "/v1/")):
        found = problem(status, code, detail, headers)
        kept = {k: v for k, v in found.headers.items() if k.lower() not in ("content-type", "content-length")}
        return render(request, "error.html", {"status": status, "sentence": detail}, status=status, headers=kept)
    return problem(status, code, detail, headers)


def install(app: FastAPI) -> None:
    """Answer every error of `app` with problem JSON."""

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if isinstance(error, Problem):
            return _respond(request, error.status_code, error.code, str(error.detail), error.headers)
        code, detail = _STATUS.get(error.status_code, ("error", messages.INTERNAL))
        return _respond(request, error.status_code, code, detail, error.headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        errors = error.errors()
        if any(e["type"] == "json_invalid" for e in errors):
            return _respond(request, 400, "malformed", messages.MALFORMED)
        return _respond(request, 422, "invalid", messages.INVALID.format(details=_details(errors)))

    @app.exception_handler(GuichetError)
    async def _core(request: Request, error: GuichetError) -> Response:
        _log.error("request.failed", reason=str(error), mend=error.mend)
        return _respond(request, *describe(error))

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        _log.error("request.crashed", exc_info=error)
        return _respond(request, 500, "internal", messages.INTERNAL)


def _details(errors: Sequence[Any]) -> str:
    told = []
    for error in errors[:5]:
        place = ".".join(str(part) for part in error["loc"] if part not in ("body", "query", "path"))
        if error["type"] == "value_error":
            reason = str(error["ctx"]["error"])
        else:
            reason = messages.REASONS.get(error["type"], messages.INVALID_VALUE)
        safe = place.encode("utf-8", "replace").decode()[:60]
        told.append(messages.INVALID_FIELD.format(field=safe, reason=reason) if safe else reason)
    return " ; ".join(told)

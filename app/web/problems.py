"""RFC 9457 problem JSON: the one table from what goes wrong to what a caller is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.core.errors import (
    BadSource,
    EncoderUnavailable,
    GuichetError,
    IndexCorrupt,
    IndexMissing,
    IngestBusy,
    PublishFailed,
    StoreUnavailable,
)
from app.core.workers import Overloaded
from app.core.workshop import ChangeRefused, EvaluationBusy, FaqRefused, SourceChanged
from app.staff.errors import TrialRefused
from app.store.accounts import AccountRefused
from app.store.drafts import DraftChanged
from app.web import messages
from app.web.paths import inner_path, prefix
from app.web.templating import render

_log = structlog.get_logger(__name__)

RETRY_AFTER_S = 5
"""What a caller is asked to wait when a part of the service isn't ready."""

_ERRORS: Mapping[type[GuichetError], tuple[int, str, str]] = {
    IndexMissing: (503, "index_unavailable", messages.UNAVAILABLE),
    IndexCorrupt: (503, "index_unavailable", messages.UNAVAILABLE),
    EncoderUnavailable: (503, "encoder_unavailable", messages.UNAVAILABLE),
    StoreUnavailable: (503, "store_unavailable", messages.STORE_AWAY),
    PublishFailed: (503, "publish_failed", ""),
    IngestBusy: (409, "busy", ""),
    SourceChanged: (409, "source_changed", ""),
    DraftChanged: (409, "draft_changed", ""),
    EvaluationBusy: (409, "busy", ""),
    ChangeRefused: (422, "change_refused", ""),
    FaqRefused: (422, "faq_refused", ""),
    AccountRefused: (422, "account_refused", ""),
    TrialRefused: (422, "trial_refused", ""),
    BadSource: (422, "bad_source", ""),
    GuichetError: (503, "unavailable", messages.UNAVAILABLE),
}

"""An empty detail stands for the error's own sentence and mend: only staff can meet those."""

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
    if isinstance(error, Overloaded):
        return 503, "overloaded", messages.OVERLOADED.format(seconds=error.retry_after_s)
    status, code, detail = next(_ERRORS[kind] for kind in type(error).__mro__ if kind in _ERRORS)
    return status, code, detail or " ".join(filter(None, (str(error), error.mend)))


def respond(
    request: Request, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Problem JSON, or a page for somebody who opened an address in a browser."""
    accepts = "text/html" in request.headers.get("accept", "") and "hx-request" not in request.headers
    wants_page = accepts and (request.method == "GET" or inner_path(request.scope).startswith("/console"))
    if wants_page and not _is_api(inner_path(request.scope)):
        found = problem(status, code, detail, headers)
        kept = {k: v for k, v in found.headers.items() if k.lower() not in ("content-type", "content-length")}
        context = {"status": status, "sentence": detail, "staff": inner_path(request.scope).startswith("/console")}
        return render(request, "error.html", context, status=status, headers=kept)
    return problem(status, code, detail, headers)


def _is_api(path: str) -> bool:
    """Whether programs call it, also below a site's prefix that isn't the application's own."""
    if path.startswith("/f/"):
        path = "/" + path[3:].partition("/")[2]
    return path.startswith(("/api/", "/v1/"))


def install(app: FastAPI) -> None:
    """Answer every error of `app` with problem JSON."""

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.UNAUTHORIZED and inner_path(request.scope).startswith("/console"):
            return to_login(request)
        if isinstance(error, Problem):
            return respond(request, error.status_code, error.code, str(error.detail), error.headers)
        code, detail = _STATUS.get(error.status_code, ("error", messages.INTERNAL))
        return respond(request, error.status_code, code, detail, error.headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        errors = error.errors()
        if any(e["type"] == "json_invalid" for e in errors):
            return respond(request, 400, "malformed", messages.MALFORMED)
        return respond(request, 422, "invalid", messages.INVALID.format(details=_details(errors)))

    @app.exception_handler(GuichetError)
    async def _core(request: Request, error: GuichetError) -> Response:
        if isinstance(error, Overloaded):  # Counted, not logged: a flood is to fill no disk.
            return respond(request, *describe(error), {"Retry-After": str(error.retry_after_s)})
        _log.error("request.failed", reason=str(error), mend=error.mend)
        return respond(request, *describe(error))

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        _log.error("request.crashed", exc_info=error)
        return respond(request, 500, "internal", messages.INTERNAL)


def to_login(request: Request) -> Response:
    """Send somebody to the page where staff sign in, and back afterwards; htmx does it by a header."""
    root, path = prefix(request.scope), inner_path(request.scope)
    wanted = f"{path}?{request.url.query}" if request.url.query else path
    back = f"?suite={quote(wanted)}" if request.method == "GET" else ""
    address = f"{root}/console/connexion{back}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": f"{root}/console/connexion"})
    return RedirectResponse(address, 303)


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

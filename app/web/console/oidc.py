"""Signing in through the institution, by OpenID Connect: authorisation code with PKCE (authlib).

What must survive the way there and back (state, nonce, verifier) travels in one short-lived, signed cookie.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from app.staff.desk import Desk
from app.store.accounts import ROLES, Role, User
from app.web.auth import DeskDep, sign_in
from app.web.console import messages
from app.web.console.rendering import page
from app.web.oidc import Identity, OidcFailed, Provider, provider_of
from app.web.paths import prefix

router = APIRouter()
COOKIE = "guichet_oidc"
LIFE_S = 600


def _provider(request: Request, desk: Desk) -> Provider | None:
    known = getattr(request.app.state, "oidc", None)
    if known is None:
        known = request.app.state.oidc = provider_of(desk.settings)
    return known if isinstance(known, Provider) else None


@router.get("/oidc")
async def start(request: Request, desk: DeskDep) -> Response:
    """Send the browser to the institution."""
    provider = _provider(request, desk)
    if provider is None:
        return _refused(request, messages.OIDC_OFF, 404)
    try:
        address, kept = await run_in_threadpool(provider.begin, _callback(request, desk))
    except OidcFailed:
        return _refused(request, messages.OIDC_FAILED, 502)
    response = RedirectResponse(address, 303)
    secure = request.url.scheme == "https"
    response.set_cookie(
        COOKIE,
        kept,
        max_age=LIFE_S,
        httponly=True,
        samesite="lax",
        secure=secure,
        path=f"{prefix(request.scope)}/console/oidc",
    )
    return response


@router.get("/oidc/retour")
async def back(request: Request, desk: DeskDep) -> Response:
    """Take in who the institution says it is."""
    provider = _provider(request, desk)
    if provider is None:
        return _refused(request, messages.OIDC_OFF, 404)
    try:
        kept = request.cookies.get(COOKIE, "")
        identity = await run_in_threadpool(provider.finish, kept, dict(request.query_params), _callback(request, desk))
    except OidcFailed:
        return _refused(request, messages.OIDC_FAILED, 401)
    user = await run_in_threadpool(_user_of, desk, identity)
    if user is None or not user.active:
        return _refused(request, messages.OIDC_REFUSED, 403)
    # A page, not a redirect: the session's cookie is set on a request that our own site begins.
    response = RedirectResponse(prefix(request.scope) + "/console", 303)
    response.delete_cookie(COOKIE, path=f"{prefix(request.scope)}/console/oidc")
    await run_in_threadpool(sign_in, desk, user, request, response)
    await run_in_threadpool(desk.audit.note, user.name, "login", user.login, "OpenID Connect")
    return response


def _user_of(desk: Desk, identity: Identity) -> User | None:
    """The account: the institution's groups give the role, else an account that an administrator made."""
    given = [role for group, role in desk.settings.role_of_group.items() if group in identity.groups]
    role: Role | None = max((r for r in ROLES if r in given), key=ROLES.index, default=None)
    return desk.accounts.by_subject(identity.subject, identity.login, identity.name, role)


def _callback(request: Request, desk: Desk) -> str:
    base = desk.settings.public_url or str(request.base_url)
    return base.rstrip("/") + "/console/oidc/retour"


def _refused(request: Request, sentence: str, status: int) -> Response:
    context = {"back": "/console", "problem": sentence, "login": "", "oidc": ""}
    return page(request, None, "login.html", context, status=status)

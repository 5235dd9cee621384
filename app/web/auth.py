"""Who may see and change what: session cookies for the console, bearer tokens for its API.

One dependency stands on every staff route. Roles add up: an editor may do what a reader may, an
administrator everything. A token may do what its scopes say, and never more than its owner.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import StoreUnavailable
from app.staff.desk import Desk
from app.store.accounts import ROLES, Role, Scope, User
from app.store.shared_state import SharedState
from app.web import messages
from app.web.limits import RateLimiter
from app.web.paths import inner_path, prefix
from app.web.problems import Problem

COOKIE = "guichet_session"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
MIN_PASSWORD = 12
TRIES_PER_MINUTE = 5
"""Passwords tried for one account; an address has thrice as many."""

_SAFE = ("GET", "HEAD", "OPTIONS")
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")
"""Verified when there is no such account, so that it takes as long as when there is one."""


class LoginNeeded(Problem):
    """Somebody who isn't signed in asks for what staff alone may see."""

    def __init__(self) -> None:
        super().__init__(401, "login_needed", messages.LOGIN_NEEDED, {"WWW-Authenticate": "Bearer"})


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking. `scopes` is None for a session, which may do all that its user's role allows."""

    user: User
    csrf: str
    scopes: tuple[Scope, ...] | None

    def may(self, role: Role) -> bool:
        """Whether the role is enough."""
        return ROLES.index(self.user.role) >= ROLES.index(role)


class LoginLimits:
    """How often a password may be tried, by account and by address. Addresses are kept in memory alone."""

    def __init__(self) -> None:
        self._accounts = RateLimiter(TRIES_PER_MINUTE)
        self._addresses = RateLimiter(3 * TRIES_PER_MINUTE)
        self.state: SharedState | None = None
        """Where replicas count together; None on a single machine."""

    def wait(self, login: str, address: str) -> float:
        """0 when it may be tried, else the seconds until the next try. May ask the database."""
        login = login.strip().casefold()
        wait = max(self._addresses.wait(address), self._accounts.wait(login))
        if wait or self.state is None:
            return wait
        try:
            elsewhere = self.state.take("login address", self._addresses.per_minute, address)
            return max(elsewhere, self.state.take("login account", self._accounts.per_minute, login))
        except StoreUnavailable:
            return 0.0  # nobody signs in without the database anyway


async def desk_of(request: Request) -> Desk:
    """The desk of the running application. Raises StoreUnavailable where it has none."""
    desk = getattr(request.app.state, "desk", None)
    if desk is None:
        raise StoreUnavailable("La console n’a pas de base de données.")
    return cast(Desk, desk)


DeskDep = Annotated[Desk, Depends(desk_of)]


async def principal(request: Request) -> Principal:
    """Who is asking. Raises LoginNeeded, or a 403 problem for a form that doesn't come from our page."""
    if (known := getattr(request.state, "principal", None)) is not None:
        return cast(Principal, known)
    desk = getattr(request.app.state, "desk", None)
    if desk is None:  # without a database nobody has an account
        raise LoginNeeded
    found = await _by_token(request, desk) or await _by_cookie(request, desk)
    if found is None:
        raise LoginNeeded
    request.state.principal = found
    return found


async def _by_token(request: Request, desk: Desk) -> Principal | None:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret or not inner_path(request.scope).startswith("/api/staff/"):
        return None
    token = await run_in_threadpool(desk.accounts.token, secret.strip())
    if token is None:
        raise LoginNeeded
    return Principal(token.user, "", token.scopes)


async def _by_cookie(request: Request, desk: Desk) -> Principal | None:
    secret = request.cookies.get(cookie_name(request))
    session = await run_in_threadpool(desk.accounts.session, secret) if secret else None
    if session is None:
        return None
    if request.method not in _SAFE:
        given = request.headers.get(CSRF_HEADER) or await _field(request)
        if not hmac.compare_digest(given.encode(), session.csrf.encode()):
            raise Problem(403, "csrf", messages.CSRF)
    return Principal(session.user, session.csrf, None)


async def _field(request: Request) -> str:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ""
    value = (await request.form()).get(CSRF_FIELD, "")
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency: the least role, and the scope that a token needs besides."""

    role: Role
    scope: Scope

    async def __call__(self, who: Annotated[Principal, Depends(principal)]) -> Principal:
        """The principal. Raises a 403 problem when they may not."""
        if not who.may(self.role) or (who.scopes is not None and self.scope not in who.scopes):
            raise Problem(403, "forbidden", messages.FORBIDDEN)
        return who


Reader = Annotated[Principal, Depends(Needs("lecteur", "questions"))]
QuestionsEditor = Annotated[Principal, Depends(Needs("editeur", "questions"))]
FaqReader = Annotated[Principal, Depends(Needs("lecteur", "faq"))]
FaqEditor = Annotated[Principal, Depends(Needs("editeur", "faq"))]
Publisher = Annotated[Principal, Depends(Needs("editeur", "publication"))]
EvaluationReader = Annotated[Principal, Depends(Needs("lecteur", "evaluations"))]
EvaluationEditor = Annotated[Principal, Depends(Needs("editeur", "evaluations"))]
Administrator = Annotated[Principal, Depends(Needs("administrateur", "administration"))]


def hash_password(password: str) -> str:
    """Argon2id hash. Raises a 422 problem for a password too short or too common."""
    if len(password) < MIN_PASSWORD:
        raise Problem(422, "password", messages.TOO_SHORT.format(n=MIN_PASSWORD))
    if len(password) > 500 or len(set(password)) < 5:
        raise Problem(422, "password", messages.TOO_SIMPLE)
    return _hasher.hash(password)


def check_login(desk: Desk, login: str, password: str) -> User | None:
    """The user of that login and password, or None; both take as long."""
    found = desk.accounts.by_login(login)
    user, known = found or (None, None)
    try:
        _hasher.verify(known or _NOBODY, password[:500])
    except (VerificationError, InvalidHashError):
        return None
    if user is None or known is None or not user.active:
        return None
    if _hasher.check_needs_rehash(known):
        desk.accounts.set_password(user.id, _hasher.hash(password))
    return user


def cookie_name(request: Request) -> str:
    """The session cookie's name: a site's own, since the root's cookie reaches the sites of the same host too."""
    site = str(request.app.state.settings.site)
    return f"{COOKIE}_{site}" if site else COOKIE


def sign_in(desk: Desk, user: User, request: Request, response: Response) -> None:
    """Open a session and set its cookie."""
    response.set_cookie(
        cookie_name(request),
        desk.accounts.open_session(user.id),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path=f"{prefix(request.scope)}/",
    )


def sign_out(desk: Desk, request: Request, response: Response) -> None:
    """Close the session and drop the cookie."""
    name = cookie_name(request)
    if secret := request.cookies.get(name):
        desk.accounts.close_session(secret)
    response.delete_cookie(name, path=f"{prefix(request.scope)}/")

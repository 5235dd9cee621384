"""Signing in and out, the one-time page to choose a password, and one's own password."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from app.staff.desk import Desk
from app.store.accounts import AccountRefused
from app.web import messages as web
from app.web.auth import DeskDep, Reader, check_login, hash_password, sign_in, sign_out
from app.web.console import messages
from app.web.console.rendering import page, see_other
from app.web.limits import client_key
from app.web.paths import prefix
from app.web.problems import Problem

router = APIRouter()
inside = APIRouter()
Field = Annotated[str, Form(max_length=500)]
Secret = Annotated[str, Path(max_length=100)]


@router.get("/connexion")
def login_page(request: Request, desk: DeskDep, suite: str = "") -> Response:
    """The form to sign in with."""
    return _login(request, desk, suite)


def _login(request: Request, desk: Desk, back: str, problem: str = "", login: str = "", status: int = 200) -> Response:
    settings = desk.settings
    context = {
        "back": _inside(back),
        "problem": problem,
        "login": login,
        "oidc": settings.oidc_label if settings.oidc_issuer and settings.oidc_client_id else "",
    }
    return page(request, None, "login.html", context, status=status)


@router.post("/connexion")
def login(request: Request, desk: DeskDep, login: Field = "", password: Field = "", suite: Field = "") -> Response:
    """Sign in. Both an account and an address may only try so often."""
    address = client_key(request.client.host if request.client else "")
    if wait := request.app.state.login_limits.wait(login, address):
        sentence = web.TOO_MANY_TRIES.format(seconds=math.ceil(wait))
        return _login(request, desk, suite, sentence, login, 429)
    user = check_login(desk, login, password)
    if user is None:
        return _login(request, desk, suite, messages.BAD_LOGIN, login, 401)
    response = RedirectResponse(prefix(request.scope) + _inside(suite), 303)
    sign_in(desk, user, request, response)
    desk.audit.note(user.name, "login", user.login)
    return response


def _inside(path: str) -> str:
    """Where to go after signing in: a page of the console, whatever was asked for."""
    safe = path.startswith("/console") and "//" not in path and "\\" not in path and "\n" not in path
    return path if safe and not path.startswith("/console/connexion") else "/console"


@router.get("/bienvenue/{secret}")
def welcome_page(request: Request, desk: DeskDep, secret: Secret) -> Response:
    """The one-time page: the first administrator's account, or a user's password."""
    return _welcome(request, desk, secret)


def _welcome(request: Request, desk: Desk, secret: str, problem: str = "", login: str = "", name: str = "") -> Response:
    found = desk.accounts.link(secret)
    user = desk.accounts.user(found[0]) if found and found[0] is not None else None
    context = {"alive": found is not None, "user": user, "secret": secret}
    typed = {"problem": problem, "login": login, "name": name}
    status = 422 if problem else 200 if found else 410
    return page(request, None, "welcome.html", {**context, **typed}, status=status)


@router.post("/bienvenue/{secret}")
def welcome(
    request: Request,
    desk: DeskDep,
    secret: Secret,
    login: Field = "",
    name: Field = "",
    password: Field = "",
    again: Field = "",
) -> Response:
    """Choose the password, and sign in with it."""
    found = desk.accounts.link(secret)
    if found is None:
        return _welcome(request, desk, secret)
    try:
        if password != again:
            raise AccountRefused(messages.PASSWORDS_DIFFER)
        if found[0] is None and not login.strip():
            raise AccountRefused(messages.NO_LOGIN)
        hashed = hash_password(password)
        if not desk.accounts.use_link(secret):
            return _welcome(request, desk, secret)
        if found[0] is None:
            user = desk.accounts.add_user(login, name, "administrateur", hashed)
            desk.audit.note(user.name, "first", user.login)
        else:
            desk.accounts.set_password(found[0], hashed)
            known = desk.accounts.user(found[0])
            assert known is not None
            user = known
            desk.audit.note(user.name, "password", user.login)
    except (AccountRefused, Problem) as error:
        sentence = str(error.detail) if isinstance(error, Problem) else str(error)
        return _welcome(request, desk, secret, sentence, login, name)
    response = see_other(request, "")
    sign_in(desk, user, request, response)
    return response


@inside.post("/deconnexion")
def logout(request: Request, desk: DeskDep, who: Reader) -> Response:
    """Sign out."""
    response = see_other(request, "/connexion", "deconnecte")
    sign_out(desk, request, response)
    return response


@inside.post("/mot-de-passe")
def change_password(
    request: Request, desk: DeskDep, who: Reader, current: Field = "", password: Field = "", again: Field = ""
) -> Response:
    """Change one's own password; every session but this page's ends."""
    if wait := request.app.state.login_limits.wait(who.user.login, "session"):
        raise Problem(429, "rate_limited", web.TOO_MANY_TRIES.format(seconds=math.ceil(wait)))
    if check_login(desk, who.user.login, current) is None:
        raise Problem(422, "password", messages.BAD_LOGIN)
    if password != again:
        raise Problem(422, "password", messages.PASSWORDS_DIFFER)
    desk.accounts.set_password(who.user.id, hash_password(password))
    desk.audit.note(who.user.name, "password", who.user.login)
    response = see_other(request, "/reglages", "motdepasse")
    sign_in(desk, who.user, request, response)
    return response

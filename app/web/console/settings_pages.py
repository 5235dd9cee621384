"""Settings to read, accounts, tokens, and the log of changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response

from app import __version__
from app.settings import Settings
from app.staff.desk import Desk
from app.staff.settings_view import settings_view
from app.store.accounts import ROLES, SCOPES, AccountRefused, Role
from app.web.auth import Administrator, DeskDep, Principal, Reader
from app.web.console import messages
from app.web.console.rendering import page, see_other
from app.web.problems import Problem

router = APIRouter(prefix="/reglages")
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Field = Annotated[str, Form(max_length=200)]


@router.get("")
def settings_page(request: Request, desk: DeskDep, who: Reader) -> Response:
    """What the service runs with."""
    index = desk.services.live.retriever().index
    context = {
        "rows": settings_view(desk.settings),
        "versions": {
            "Guichet": __version__,
            "Index": index.version,
            "Encodeur": index.manifest.encoder_id,
            "Modèle": desk.settings.llm_model or desk.settings.llm_local or "aucun",
            "Base de données": desk.database.dialect,
        },
    }
    return page(request, who, "settings.html", context)


def _links(request: Request, settings: Settings, secret: str) -> str:
    base = settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}/console/bienvenue/{secret}"


@router.get("/comptes")
def users(request: Request, desk: DeskDep, who: Administrator) -> Response:
    """Who may come in."""
    return _users(request, desk, who)


def _users(
    request: Request, desk: Desk, who: Principal, link: tuple[str, str] | None = None, problem: str = ""
) -> Response:
    context = {"users": desk.accounts.users(), "link": link, "problem": problem}
    return page(request, who, "users.html", context, status=422 if problem else 200)


@router.post("/comptes")
def add_user(
    request: Request, desk: DeskDep, who: Administrator, login: Field = "", name: Field = "", role: Field = "lecteur"
) -> Response:
    """A new account, and the one-time link by which its owner chooses a password."""
    try:
        if not login.strip():
            raise AccountRefused(messages.NO_LOGIN)
        user = desk.accounts.add_user(login, name, _role(role))
    except AccountRefused as error:
        return _users(request, desk, who, problem=str(error))
    desk.audit.note(who.user.name, "user", user.login, user.role)
    return _users(request, desk, who, (user.name, _links(request, desk.settings, desk.accounts.make_link(user.id))))


def _role(text: str) -> Role:
    if text not in ROLES:
        raise AccountRefused(messages.BAD_ROLE)
    return text


@router.post("/comptes/{number}/role")
def change_role(request: Request, desk: DeskDep, who: Administrator, number: Number, role: Field = "") -> Response:
    """Another role."""
    try:
        desk.accounts.change_user(number, role=_role(role))
    except AccountRefused as error:
        return _users(request, desk, who, problem=str(error))
    desk.audit.note(who.user.name, "role", _login(desk, number), role)
    return see_other(request, "/reglages/comptes", "role")


@router.post("/comptes/{number}/acces")
def change_access(request: Request, desk: DeskDep, who: Administrator, number: Number, actif: Field = "") -> Response:
    """Let somebody in, or out."""
    try:
        desk.accounts.change_user(number, active=bool(actif))
    except AccountRefused as error:
        return _users(request, desk, who, problem=str(error))
    desk.audit.note(who.user.name, "active", _login(desk, number), "oui" if actif else "non")
    return see_other(request, "/reglages/comptes", "acces")


@router.post("/comptes/{number}/lien")
def make_link(request: Request, desk: DeskDep, who: Administrator, number: Number) -> Response:
    """A one-time link to choose another password."""
    user = desk.accounts.user(number)
    if user is None:
        raise Problem(404, "not_found", messages.NO_LOGIN)
    desk.audit.note(who.user.name, "link", user.login)
    return _users(request, desk, who, (user.name, _links(request, desk.settings, desk.accounts.make_link(number))))


def _login(desk: Desk, number: int) -> str:
    user = desk.accounts.user(number)
    return user.login if user else str(number)


@router.get("/jetons")
def tokens(request: Request, desk: DeskDep, who: Administrator) -> Response:
    """Tokens for programs."""
    return _tokens(request, desk, who)


def _tokens(request: Request, desk: Desk, who: Principal, made: str = "", problem: str = "") -> Response:
    context = {"tokens": desk.accounts.tokens(), "made": made, "problem": problem}
    return page(request, who, "tokens.html", context, status=422 if problem else 200)


@router.post("/jetons")
def make_token(
    request: Request,
    desk: DeskDep,
    who: Administrator,
    name: Field = "",
    scopes: Annotated[Sequence[str], Form()] = (),
    jours: Annotated[int, Form(ge=0, le=3650)] = 365,
) -> Response:
    """A new token; its secret is shown this once."""
    wanted = [scope for scope in scopes if scope in SCOPES]
    if not name.strip() or not wanted:
        return _tokens(request, desk, who, problem=messages.NO_NAME if not name.strip() else messages.NO_SCOPE)
    until = datetime.now(UTC) + timedelta(days=jours) if jours else None
    _, secret = desk.accounts.make_token(who.user.id, name.strip(), wanted, until)
    desk.audit.note(who.user.name, "token", name.strip(), " ".join(wanted))
    return _tokens(request, desk, who, made=secret)


@router.post("/jetons/{number}/revoquer")
def revoke_token(request: Request, desk: DeskDep, who: Administrator, number: Number) -> Response:
    """End a token."""
    if name := desk.accounts.revoke_token(number):
        desk.audit.note(who.user.name, "revoke", name)
    return see_other(request, "/reglages/jetons", "jeton")


@router.get("/journal")
def log(
    request: Request, desk: DeskDep, who: Administrator, avant: Annotated[int | None, Query(ge=1, le=2**62)] = None
) -> Response:
    """Who changed what, newest first."""
    return page(request, who, "log.html", {"events": desk.audit.page(avant)})

"""Settings, accounts, tokens and the audit trail as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.staff.settings_view import settings_view
from app.store.accounts import Role, Scope
from app.web.auth import Administrator, DeskDep, Reader
from app.web.console import messages
from app.web.problems import Problem
from app.web.staff_api.common import Json, Number

router = APIRouter()


@router.get("/settings")
def settings(desk: DeskDep, who: Reader) -> Json:
    """The service's settings; secrets are not shown."""
    return {"settings": settings_view(desk.settings)}


@router.get("/users")
def users(desk: DeskDep, who: Administrator) -> Json:
    """All accounts."""
    return {"users": [asdict(user) for user in desk.accounts.users()]}


class UserRequest(BaseModel):
    """A new account."""

    login: str = Field(min_length=1, max_length=200)
    name: str = Field("", max_length=200)
    role: Role = "lecteur"


@router.post("/users")
def add_user(body: UserRequest, desk: DeskDep, who: Administrator) -> Json:
    """Open an account; `link` is where its owner chooses a password, once, within 48 hours."""
    user = desk.accounts.add_user(body.login, body.name, body.role)
    desk.audit.note(who.user.name, "user", user.login, user.role)
    return {"user": asdict(user), "link": f"/console/bienvenue/{desk.accounts.make_link(user.id)}"}


class UserChange(BaseModel):
    """What is to change about an account."""

    role: Role | None = None
    active: bool | None = None


@router.patch("/users/{number}")
def change_user(number: Number, body: UserChange, desk: DeskDep, who: Administrator) -> Json:
    """Another role, or access closed or opened again."""
    if body.role is None and body.active is None:
        raise Problem(422, "invalid", messages.NOTHING_TO_CHANGE)
    if desk.accounts.user(number) is None:
        raise Problem(404, "not_found", messages.NO_USER)
    desk.accounts.change_user(number, role=body.role, active=body.active)
    action = "role" if body.role else "active"
    desk.audit.note(who.user.name, action, str(number), body.role or str(body.active))
    return {"user": asdict(desk.accounts.user(number))}  # type: ignore[arg-type]


@router.get("/tokens")
def tokens(desk: DeskDep, who: Administrator) -> Json:
    """All tokens; their secrets are known to nobody."""
    return {"tokens": [asdict(token) for token in desk.accounts.tokens()]}


class TokenRequest(BaseModel):
    """A new token."""

    name: str = Field(min_length=1, max_length=200)
    scopes: list[Scope] = Field(min_length=1)
    days: int = Field(365, ge=0, le=3650, description="0 for a token without an end.")


@router.post("/tokens")
def make_token(body: TokenRequest, desk: DeskDep, who: Administrator) -> Json:
    """A token of one's own; its secret is told this once."""
    scopes: Sequence[Scope] = body.scopes
    if who.scopes is not None and set(scopes) - set(who.scopes):
        raise Problem(403, "forbidden", messages.NO_SCOPE_FOR)
    until = datetime.now(UTC) + timedelta(days=body.days) if body.days else None
    number, secret = desk.accounts.make_token(who.user.id, body.name, scopes, until)
    desk.audit.note(who.user.name, "token", body.name, " ".join(scopes))
    return {"id": number, "token": secret}


@router.delete("/tokens/{number}")
def revoke_token(number: Number, desk: DeskDep, who: Administrator) -> Json:
    """End a token."""
    name = desk.accounts.revoke_token(number)
    if name is None:
        raise Problem(404, "not_found", messages.NO_SUCH_KEY)
    desk.audit.note(who.user.name, "revoke", name)
    return {"ok": True}


@router.get("/audit")
def audit(desk: DeskDep, who: Administrator, before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Json:
    """Who changed what, newest first."""
    return {"events": [asdict(event) for event in desk.audit.page(before)]}

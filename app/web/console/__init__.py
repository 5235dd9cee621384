"""Staff's console: server-rendered pages. Everything but signing in needs somebody who is signed in."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from app.web.auth import principal
from app.web.console import (
    dashboard,
    drafts,
    evaluations,
    faq,
    login,
    oidc,
    questions,
    settings_pages,
    tester,
    versions,
)

PREFIX = "/console"
router = APIRouter(include_in_schema=False)
for _part in (login, oidc):
    router.include_router(_part.router, prefix=PREFIX)

_inside = [Depends(principal)]
for _part in (dashboard, questions, faq, drafts, versions, tester, evaluations, settings_pages):
    router.include_router(_part.router, prefix=PREFIX, dependencies=_inside)
router.include_router(login.inside, prefix=PREFIX, dependencies=_inside)

"""Everything the console does, as JSON: for programs with a token, and for the console's own session.

Errors are problem JSON like everywhere else. A 403 says that a role or a scope is missing.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from app.web.auth import principal
from app.web.schemas import ProblemResponse
from app.web.staff_api import accounts, evaluations, faq, questions

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemResponse} for status in (401, 403, 404, 409, 422, 429, 503)
}
router = APIRouter(prefix="/api/staff", tags=["personnel"], dependencies=[Depends(principal)], responses=_PROBLEMS)
for part in (questions, faq, evaluations, accounts):
    router.include_router(part.router)

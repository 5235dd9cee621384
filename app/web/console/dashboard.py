"""The dashboard: questions a day, what became of them, what visitors thought, what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request, Response

from app.staff import overview
from app.web.auth import DeskDep, Reader
from app.web.console import charts, messages
from app.web.console.rendering import page, today

router = APIRouter()


@router.get("")
def dashboard(request: Request, desk: DeskDep, who: Reader, jours: int = 30) -> Response:
    """The figures of a period, beside those of the one before."""
    days = jours if jours in messages.PERIODS else 30
    seen = overview.overview(desk, today(), days)
    themes, whole = overview.gaps(desk, datetime.now(UTC))
    names = {entry.id: entry.question for entry in desk.services.live.retriever().index.entries}
    context = {
        "days": days,
        "seen": seen,
        "themes": themes[:8],
        "whole": whole,
        "names": names,
        "outcomes": charts.outcomes(seen.days),
        "latency": seen.now,
        "share": charts.shares(seen.now.outcomes),
        "since": today() - timedelta(days=days - 1),
    }
    return page(request, who, "dashboard.html", context)

"""Versions of the FAQ: what was published, compared, and the way back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.staff import publishing
from app.web.auth import DeskDep, FaqReader, Publisher
from app.web.console import messages
from app.web.console.rendering import page, see_other
from app.web.problems import Problem

router = APIRouter(prefix="/versions")


@router.get("")
def list_versions(request: Request, desk: DeskDep, who: FaqReader) -> Response:
    """What was published, by whom, and which one is live."""
    last = publishing.last_published(desk)
    context = {
        "publications": desk.drafts.publications(),
        "live": desk.services.live.retriever().index.version,
        "last": last[0].id if last else None,
        "outside": publishing.changed_outside(desk),
    }
    return page(request, who, "versions.html", context)


@router.post("/etat-actuel")
def publish_outside(request: Request, desk: DeskDep, who: Publisher) -> Response:
    """Publish the sources as somebody edited them elsewhere."""
    publishing.publish_outside(desk, who.user)
    return see_other(request, "/versions", "publie")


@router.get("/{number}")
def version(
    request: Request,
    desk: DeskDep,
    who: FaqReader,
    number: Annotated[int, Path(ge=1, le=2**31 - 1)],
    avec: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """What a publication changed, or how it differs from another one."""
    found = desk.drafts.publication(number)
    other = desk.drafts.publication(avec) if avec else None
    if found is None or (avec and other is None):
        raise Problem(404, "not_found", messages.NO_DRAFT)
    before = other[2] if other else found[1]
    last = publishing.last_published(desk)
    context = {
        "publication": found[0],
        "other": other[0] if other else None,
        "diff": publishing.difference(before, found[2]),
        "publications": [p for p in desk.drafts.publications() if p.state == "done" and p.id != number],
        "is_live": last is not None and last[1] == found[2],
    }
    return page(request, who, "version.html", context)


@router.post("/{number}/retablir")
def roll_back(
    request: Request, desk: DeskDep, who: Publisher, number: Annotated[int, Path(ge=1, le=2**31 - 1)]
) -> Response:
    """Make that version live again."""
    publishing.rollback(desk, number, who.user)
    return see_other(request, "/versions", "retabli")

"""A draft: its changes, their effect, and publishing it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response

from app.core.errors import GuichetError
from app.core.workshop import ChangeRefused
from app.staff import publishing
from app.staff.desk import Desk
from app.staff.sources import sources_of
from app.store.drafts import Draft
from app.web.auth import DeskDep, FaqEditor, FaqReader, Publisher
from app.web.console import messages
from app.web.console.rendering import page, see_other
from app.web.own_drafts import any_draft, own_draft

router = APIRouter()
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/brouillons")
def drafts(request: Request, desk: DeskDep, who: FaqReader) -> Response:
    """Drafts under way."""
    return page(request, who, "drafts.html", {"drafts": desk.drafts.open()})


@router.get("/brouillons/{number}")
def draft(request: Request, desk: DeskDep, who: FaqReader, number: Number) -> Response:
    """A draft with its changes; the preview of its effect begins by itself."""
    return _page(request, desk, who, any_draft(desk, number))


def _page(request: Request, desk: Desk, who: FaqReader, draft: Draft, problem: str = "", note: str = "") -> Response:
    try:
        view = publishing.view(desk, draft)
    except ChangeRefused as error:
        view = None
        problem = problem or str(error)
    mine = who.user.id == draft.user_id or who.may("administrateur")
    can_act = draft.state == "open" and who.may("editeur") and mine
    sound = view is not None and not view.conflict and not view.checked.errors
    stopped = (known := desk.effects.progress(draft)) is not None and known.cancelled
    if can_act and sound and draft.changes and not stopped and draft.effect.get("revision") != draft.revision:
        desk.effects.start(sources_of(desk), draft)
    context = {
        "draft": draft,
        "view": view,
        "problem": problem,
        "note": note,
        "can_act": can_act,
        "names": _names(desk),
        "progress": desk.effects.progress(draft),
        "effect": _effect(draft),
    }
    return page(request, who, "draft.html", context, status=422 if problem else 200)


def _effect(draft: Draft) -> dict[str, object] | None:
    return dict(draft.effect) if draft.effect.get("revision") == draft.revision else None


def _names(desk: Desk) -> dict[str, str]:
    return {entry.id: entry.question for entry in desk.services.live.retriever().index.entries}


@router.get("/brouillons/{number}/effet")
def effect(request: Request, desk: DeskDep, who: FaqReader, number: Number) -> Response:
    """What the preview has found so far; asked for again until it is done."""
    draft = any_draft(desk, number)
    context = {
        "draft": draft,
        "can_act": who.may("editeur") and (who.user.id == draft.user_id or who.may("administrateur")),
        "effect": _effect(draft),
        "progress": desk.effects.progress(draft),
        "names": _names(desk),
    }
    return page(request, who, "effect.html", context)


@router.post("/brouillons/{number}/effet")
def start_effect(request: Request, desk: DeskDep, who: FaqEditor, number: Number) -> Response:
    """Preview the effect again."""
    draft = own_draft(desk, number, who)
    desk.effects.start(sources_of(desk), draft)
    return see_other(request, f"/brouillons/{draft.id}")


@router.post("/brouillons/{number}/effet/arreter")
def stop_effect(request: Request, desk: DeskDep, who: FaqEditor, number: Number) -> Response:
    """Stop previewing."""
    draft = own_draft(desk, number, who)
    desk.effects.cancel(draft)
    return see_other(request, f"/brouillons/{draft.id}")


@router.post("/brouillons/{number}/publier")
def publish(
    request: Request,
    desk: DeskDep,
    who: Publisher,
    number: Number,
    revision: Annotated[int, Form()],
    note: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Publish it: the sources, then the index that visitors get."""
    draft = own_draft(desk, number, who)
    if draft.revision != revision or draft.state != "open":
        return _page(request, desk, who, draft, messages.CHANGED_MEANWHILE, note)
    try:
        publishing.publish(desk, draft, who.user, note.strip())
    except GuichetError as error:
        return _page(request, desk, who, any_draft(desk, number), f"{error} {error.mend}".strip(), note)
    return see_other(request, "/versions", "publie")


@router.post("/brouillons/{number}/reprendre")
def rebase(request: Request, desk: DeskDep, who: FaqEditor, number: Number) -> Response:
    """Take it up on today's sources."""
    draft = publishing.rebase(desk, own_draft(desk, number, who))
    return see_other(request, f"/brouillons/{draft.id}", "repris")


@router.post("/brouillons/{number}/abandonner")
def discard(request: Request, desk: DeskDep, who: FaqEditor, number: Number) -> Response:
    """Drop it."""
    draft = own_draft(desk, number, who)
    desk.drafts.close(draft, "discarded")
    desk.audit.note(who.user.name, "discard", str(draft.id))
    return see_other(request, "/faq", "abandonne")


@router.post("/brouillons/{number}/changements/{at}/retirer")
def drop_change(
    request: Request, desk: DeskDep, who: FaqEditor, number: Number, at: Annotated[int, Path(ge=0, le=10_000)]
) -> Response:
    """Take one change back."""
    draft = publishing.drop_change(desk, own_draft(desk, number, who), at)
    desk.audit.note(who.user.name, "draft", str(draft.id), f"-{at}")
    return see_other(request, f"/brouillons/{draft.id}", "retire")

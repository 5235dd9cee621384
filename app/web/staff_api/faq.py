"""The FAQ as JSON: entries, drafts with the preview of their effect, versions, publishing and going back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.core.workshop import ChangeRefused
from app.staff import publishing
from app.staff.health import health
from app.staff.sources import sources_of
from app.store.counts import read_period
from app.store.drafts import Draft, Publication
from app.web.auth import DeskDep, FaqEditor, FaqReader, Publisher
from app.web.console import messages
from app.web.own_drafts import any_draft, own_draft
from app.web.problems import Problem
from app.web.staff_api.common import DAYS, Json, Number, today

router = APIRouter()


@router.get("/faq")
def faq(desk: DeskDep, who: FaqReader) -> Json:
    """All entries with their health."""
    checked = desk.workshop.check(desk.workshop.read())
    period = read_period(desk.database, today() - timedelta(days=DAYS - 1), today())
    found = health(checked, period, desk.services.live.retriever().index, today())
    return {"entries": [{**asdict(one), "concerns": one.concerns} for one in found]}


class VariantChange(BaseModel):
    """One wording more."""

    kind: Literal["variant"]
    entry: str = Field(max_length=200)
    text: str = Field(min_length=1, max_length=1000)


class EditChange(BaseModel):
    """An entry as it is to be; `was` is the content hash it had, "" for any."""

    kind: Literal["edit"]
    entry: str = Field(max_length=200)
    was: str = Field("", max_length=64)
    question: str = Field(min_length=1, max_length=500)
    answer: str = Field(max_length=100_000)
    variants: list[Annotated[str, Field(max_length=1000)]] = []
    url: str = Field("", max_length=2000)
    audience: str = Field("", max_length=200)
    valid_until: str = Field("", max_length=20)


class AddChange(BaseModel):
    """A new entry."""

    kind: Literal["add"]
    question: str = Field(min_length=1, max_length=500)
    answer: str = Field(min_length=1, max_length=100_000)
    section: str = Field("", max_length=200)
    variants: list[Annotated[str, Field(max_length=1000)]] = []


class RemoveChange(BaseModel):
    """An entry less."""

    kind: Literal["remove"]
    entry: str = Field(max_length=200)
    was: str = Field("", max_length=64)


class GapChange(BaseModel):
    """A question of a topic that the FAQ doesn't answer."""

    kind: Literal["gap"]
    topic: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=1000)


class ChangesRequest(BaseModel):
    """Changes to the FAQ, in order."""

    changes: list[
        Annotated[VariantChange | EditChange | AddChange | RemoveChange | GapChange, Field(discriminator="kind")]
    ] = Field(min_length=1, max_length=100)


def _changes(body: ChangesRequest) -> list[Json]:
    return [change.model_dump() for change in body.changes]


@router.post("/faq/check")
def check(body: ChangesRequest, desk: DeskDep, who: FaqEditor) -> Json:
    """What changes would make of today's sources, and what the lint says; nothing is kept."""
    after = desk.workshop.apply(desk.workshop.read(), _changes(body))
    checked = desk.workshop.check(after)
    return {"remarks": [asdict(remark) for remark in checked.remarks], "errors": len(checked.errors)}


@router.get("/drafts")
def drafts(desk: DeskDep, who: FaqReader) -> Json:
    """Drafts under way."""
    return {"drafts": [_draft_out(draft) for draft in desk.drafts.open()]}


@router.post("/drafts")
def change_draft(body: ChangesRequest, desk: DeskDep, who: FaqEditor) -> Json:
    """Add changes to one's own draft, begun where there is none."""
    draft = publishing.add_changes(desk, who.user, _changes(body))
    desk.audit.note(who.user.name, "draft", str(draft.id), ", ".join(change.kind for change in body.changes))
    return _draft_out(draft)


@router.get("/drafts/{number}")
def draft(number: Number, desk: DeskDep, who: FaqReader) -> Json:
    """A draft: its changes, the lines that differ, errors, and the conflict if the sources changed meanwhile."""
    found = any_draft(desk, number)
    view = publishing.view(desk, found)
    return {
        **_draft_out(found),
        "diff": {name: [asdict(line) for line in lines] for name, lines in view.diff.items()},
        "errors": [asdict(remark) for remark in view.checked.errors],
        "conflict": asdict(view.conflict) if view.conflict else None,
    }


def _draft_out(draft: Draft) -> Json:
    return {name: value for name, value in asdict(draft).items() if name not in ("base", "effect")}


@router.post("/drafts/{number}/effect")
def effect(number: Number, desk: DeskDep, who: FaqEditor) -> Json:
    """What publishing would change: the question set and the last real questions. Takes seconds; the result is kept."""
    found = own_draft(desk, number, who)
    if found.effect.get("revision") != found.revision:
        progress = desk.effects.run(sources_of(desk), found)
        if progress.error:
            raise ChangeRefused(progress.error)
        if progress.cancelled:
            raise Problem(409, "effect_stopped", messages.EFFECT_STOPPED)
        found = any_draft(desk, number)
    return dict(found.effect)


@router.delete("/drafts/{number}/effect")
def stop_effect(number: Number, desk: DeskDep, who: FaqEditor) -> Json:
    """Stop the preview under way; whether there was one."""
    return {"stopped": desk.effects.cancel(own_draft(desk, number, who))}


class PublishRequest(BaseModel):
    """A note for the history; `revision`, where given, must be the draft's."""

    note: str = Field("", max_length=1000)
    revision: int | None = None


@router.post("/drafts/{number}/publish")
def publish(number: Number, body: PublishRequest, desk: DeskDep, who: Publisher) -> Json:
    """Publish it. 409 when the sources, or the draft, changed meanwhile."""
    found = own_draft(desk, number, who)
    if found.state != "open" or (body.revision is not None and body.revision != found.revision):
        raise Problem(409, "draft_changed", messages.CHANGED_MEANWHILE)
    return asdict(publishing.publish(desk, found, who.user, body.note))


@router.post("/drafts/{number}/rebase")
def rebase(number: Number, desk: DeskDep, who: FaqEditor) -> Json:
    """Take it up on today's sources; changes that no longer fit are left out."""
    return _draft_out(publishing.rebase(desk, own_draft(desk, number, who)))


@router.delete("/drafts/{number}")
def discard(number: Number, desk: DeskDep, who: FaqEditor) -> Json:
    """Drop it."""
    desk.drafts.close(own_draft(desk, number, who), "discarded")
    desk.audit.note(who.user.name, "discard", str(number))
    return {"ok": True}


@router.get("/versions")
def versions(desk: DeskDep, who: FaqReader) -> Json:
    """What was published, newest first, and what is live."""
    rows = [asdict(publication) for publication in desk.drafts.publications()]
    return {"versions": rows, "live": desk.services.live.retriever().index.version}


@router.get("/versions/{number}")
def version(
    number: Number, desk: DeskDep, who: FaqReader, against: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Json:
    """The lines that a publication changed, or that tell it from another one."""
    found = desk.drafts.publication(number)
    other = desk.drafts.publication(against) if against else None
    if found is None or (against and other is None):
        raise Problem(404, "not_found", messages.NO_DRAFT)
    diff = publishing.difference(other[2] if other else found[1], found[2])
    lines = {name: [asdict(line) for line in changed] for name, changed in diff.items()}
    return {"version": asdict(found[0]), "diff": lines}


@router.post("/versions/{number}/rollback")
def rollback(number: Number, desk: DeskDep, who: Publisher) -> Json:
    """Make that version live again."""
    done: Publication = publishing.rollback(desk, number, who.user)
    return asdict(done)


@router.post("/versions/current")
def publish_outside(desk: DeskDep, who: Publisher) -> Json:
    """Publish the sources as somebody edited them elsewhere."""
    return asdict(publishing.publish_outside(desk, who.user))

"""Everything the console does, as JSON: for programs with a token, and for the console's own session.

Errors are problem JSON like everywhere else. A 403 says that a role or a scope is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel, Field

from app.core.workshop import ChangeRefused
from app.staff import exports, overview, publishing, trial
from app.staff.actions import Action, act
from app.staff.health import health
from app.staff.settings_view import settings_view
from app.staff.sources import sources_of
from app.store.accounts import Role, Scope
from app.store.counts import read_period
from app.store.drafts import Draft, Publication
from app.store.inbox import Filters
from app.store.repository import purge
from app.web.auth import (
    Administrator,
    DeskDep,
    EvaluationEditor,
    EvaluationReader,
    FaqEditor,
    FaqReader,
    Principal,
    Publisher,
    QuestionsEditor,
    Reader,
    principal,
)
from app.web.console import messages
from app.web.own_drafts import any_draft, own_draft
from app.web.problems import Problem
from app.web.schemas import MAX_MESSAGE, ProblemResponse

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemResponse} for status in (401, 403, 404, 409, 422, 429, 503)
}
router = APIRouter(prefix="/api/staff", tags=["personnel"], dependencies=[Depends(principal)], responses=_PROBLEMS)
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
RowId = Annotated[int, Path(ge=1, le=2**62)]
Text = Annotated[str, Query(max_length=200)]
Json = dict[str, Any]
DAYS = 90


def _today() -> date:
    return datetime.now(UTC).date()


# --- trials ----------------------------------------------------------------------------------------


class TrialRequest(BaseModel):
    """A question, and what is changed for a second answer."""

    question: str = Field(min_length=1, max_length=MAX_MESSAGE)
    style: Literal["", "auto", "generated", "verbatim"] = ""
    model: str = Field("", max_length=200)
    k: int | None = Field(None, ge=1, le=trial.MAX_K)
    temperature: float | None = Field(None, gt=0, le=1000)
    costs: dict[Literal["wrong_answer", "needless_refusal", "question_back"], float] = {}
    weights: dict[str, float] = {}
    draft: int | None = Field(None, ge=1, le=2**31 - 1)
    entry: str = Field("", max_length=200)
    variant: str = Field("", max_length=1000)
    entry_question: str = Field("", max_length=500, description="Ce que dirait l’entrée, ou une nouvelle sans `entry`.")
    entry_answer: str = Field("", max_length=100_000, description="En Markdown.")


@router.post("/test")
async def test(body: TrialRequest, desk: DeskDep, who: Reader) -> Json:
    """The answer with its whole trace; with something changed, both answers. Nothing is kept."""
    if unknown := set(body.weights) - set(messages.FEATURES):
        raise Problem(422, "invalid", messages.UNKNOWN_WEIGHT.format(names=", ".join(sorted(unknown))))
    what_if = trial.WhatIf(**body.model_dump(exclude={"question"}))
    seen = await trial.ask(desk, body.question)
    other = await trial.ask(desk, body.question, what_if) if what_if else None
    return {"now": asdict(seen), "what_if": asdict(other) if other else None}


# --- questions -------------------------------------------------------------------------------------


def filters(
    outcome: Text = "",
    vote: Text = "",
    entry: Text = "",
    words: Text = "",
    first: date | None = None,
    last: date | None = None,
    low: Annotated[int, Query(ge=0, le=9)] = 0,
    high: Annotated[int, Query(ge=0, le=9)] = 9,
    todo: bool = False,
) -> Filters:
    """Which questions; `low` and `high` are tenths of confidence."""
    return Filters(outcome, vote, entry, words, first, last, low, high, todo)


FiltersDep = Annotated[Filters, Depends(filters)]


@router.get("/questions")
def questions(
    desk: DeskDep, who: Reader, wanted: FiltersDep, before: Annotated[int | None, Query(ge=1, le=2**62)] = None
) -> Json:
    """A page of questions, newest first; `older` is `before` for the next one. `total` stops at 1001."""
    found = desk.inbox.page(wanted, before)
    return {"rows": [asdict(row) for row in found.rows], "older": found.older, "total": found.total}


@router.get("/questions.csv", response_class=StreamingResponse)
def questions_csv(desk: DeskDep, who: Reader, wanted: FiltersDep) -> Response:
    """All questions of a filter, for a spreadsheet."""
    desk.audit.note(who.user.name, "export", "csv")
    return StreamingResponse(exports.as_csv(desk.inbox.rows(wanted)), media_type="text/csv; charset=utf-8")


@router.get("/questions.jsonl", response_class=StreamingResponse)
def questions_jsonl(desk: DeskDep, who: Reader, wanted: FiltersDep) -> Response:
    """The same, one JSON object a line."""
    desk.audit.note(who.user.name, "export", "jsonl")
    return StreamingResponse(exports.as_json_lines(desk.inbox.rows(wanted)), media_type="application/x-ndjson")


@router.get("/questions/{number}")
def question(number: RowId, desk: DeskDep, who: Reader) -> Json:
    """One question and the rest of its conversation."""
    row = desk.inbox.get(number)
    if row is None:
        raise Problem(404, "not_found", messages.NO_QUESTION)
    return {"question": asdict(row), "conversation": [asdict(r) for r in desk.inbox.conversation(row.conversation_id)]}


@router.get("/themes")
def themes(desk: DeskDep, who: Reader) -> Json:
    """Unanswered questions by meaning, largest first; `whole` is false while they are still being gathered."""
    found, whole = overview.gaps(desk, datetime.now(UTC))
    rows = [{**asdict(theme), "rows": [row.id for row in theme.rows]} for theme in found]
    return {"themes": rows, "whole": whole}


class ActionRequest(BaseModel):
    """What to do about some questions."""

    action: Literal["variante", "hors-faq", "cas", "sans-suite", "a-traiter"]
    ids: list[Annotated[int, Field(ge=1, le=2**62)]] = Field(min_length=1, max_length=500)
    entry: str = Field("", max_length=200)
    text: str = Field("", max_length=1000)
    topic: str = Field("", max_length=200)
    kind: str = Field("paraphrase", max_length=20)


@router.post("/questions/actions")
def question_action(body: ActionRequest, desk: DeskDep, who: QuestionsEditor) -> Json:
    """Do it; the draft's number when it changed one."""
    if body.action in ("variante", "hors-faq"):
        _needs_scope(who, "faq")
    if body.action == "cas":
        _needs_scope(who, "evaluations")
    rows = [row for row in map(desk.inbox.get, body.ids) if row is not None]
    if not rows:
        raise Problem(404, "not_found", messages.NO_QUESTION)
    draft = act(desk, who.user, Action(body.action, rows, body.entry, body.text, body.topic, body.kind))
    return {"ok": True, "draft": draft.id if draft else None}


def _needs_scope(who: Principal, scope: Scope) -> None:
    if who.scopes is not None and scope not in who.scopes:
        raise Problem(403, "forbidden", messages.NO_SCOPE_FOR)


@router.delete("/conversations/{conversation_id}")
def erase(conversation_id: Annotated[str, Path(max_length=64)], desk: DeskDep, who: QuestionsEditor) -> Json:
    """Erase a visitor's conversation; how many questions went."""
    gone = desk.inbox.erase_conversation(conversation_id)
    desk.services.conversations.forget(conversation_id)
    desk.audit.note(who.user.name, "erase", conversation_id, str(gone))
    return {"erased": gone}


@router.post("/purge")
def purge_now(desk: DeskDep, who: Administrator, days: Annotated[int | None, Query(ge=1, le=36500)] = None) -> Json:
    """Delete questions older than that, or than the retention of the settings."""
    gone = purge(desk.database, days or desk.settings.retention_days)
    desk.audit.note(who.user.name, "purge", "", str(gone))
    return {"erased": gone}


@router.get("/overview")
def dashboard(desk: DeskDep, who: Reader, days: Annotated[int, Query(ge=1, le=366)] = 30) -> Json:
    """The dashboard's figures."""
    seen = overview.overview(desk, _today(), days)
    return {
        "questions": seen.questions,
        "outcomes": dict(seen.now.outcomes),
        "days": [{"day": day, **counted} for day, counted in seen.days],
        "votes": {"up": seen.votes[0], "down": seen.votes[1]},
        "satisfaction": seen.satisfaction,
        "entries": [{"entry_id": entry_id, **asdict(count)} for entry_id, count in seen.top],
        "latency_ms": {"p50": seen.now.percentile(0.5), "p95": seen.now.percentile(0.95)},
        "model_failures": seen.now.failures,
    }


# --- FAQ -------------------------------------------------------------------------------------------


@router.get("/faq")
def faq(desk: DeskDep, who: FaqReader) -> Json:
    """All entries with their health."""
    checked = desk.workshop.check(desk.workshop.read())
    period = read_period(desk.database, _today() - timedelta(days=DAYS - 1), _today())
    found = health(checked, period, desk.services.live.retriever().index, _today())
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


# --- evaluations -----------------------------------------------------------------------------------


class CaseRequest(BaseModel):
    """A case of the question set: with the entries that answer it, or with none."""

    question: str = Field(min_length=1, max_length=MAX_MESSAGE)
    kind: str = Field("paraphrase", max_length=20)
    entries: list[Annotated[str, Field(max_length=200)]] = []
    history: list[Annotated[str, Field(max_length=MAX_MESSAGE)]] = []


@router.post("/cases")
def add_case(body: CaseRequest, desk: DeskDep, who: EvaluationEditor) -> Json:
    """Add a case."""
    case_id = desk.evaluator.add_case(body.question, body.kind, body.entries, body.history)
    desk.audit.note(who.user.name, "case", case_id, body.question)
    return {"id": case_id}


@router.get("/evaluations")
def evaluations(desk: DeskDep, who: EvaluationReader) -> Json:
    """Finished runs, newest first, and what is under way."""
    return {"runs": [asdict(run) for run in desk.evaluator.runs()], "running": desk.evaluator.running()}


class EvaluationRequest(BaseModel):
    """Which questions to put."""

    split: Literal["dev", "test"] = "dev"


@router.post("/evaluations")
def evaluate(body: EvaluationRequest, desk: DeskDep, who: EvaluationEditor) -> Json:
    """Begin a run."""
    desk.evaluator.start(body.split)
    desk.audit.note(who.user.name, "evaluate", body.split)
    return {"running": body.split}


@router.get("/evaluations/compare")
def compare(
    desk: DeskDep,
    who: EvaluationReader,
    before: Annotated[str, Query(max_length=100)],
    after: Annotated[str, Query(max_length=100)],
) -> Json:
    """Two runs, and the questions that changed."""
    return asdict(desk.evaluator.compare(before, after))


@router.get("/evaluations/{name}/report", response_class=HTMLResponse)
def report(name: Annotated[str, Path(max_length=100)], desk: DeskDep, who: EvaluationReader) -> Response:
    """The report of a run, as a file to save."""
    path = desk.evaluator.report(name)
    if path is None:
        raise Problem(404, "not_found", messages.NO_REPORT)
    headers = {"Content-Disposition": f'attachment; filename="{name}.html"'}
    return Response(path.read_bytes(), media_type="text/html; charset=utf-8", headers=headers)


# --- settings, accounts ----------------------------------------------------------------------------


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

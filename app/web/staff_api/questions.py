"""Staff's questions as JSON: trials, what visitors asked, what is done with it, counts by day."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from app.staff import exports, overview, trial
from app.staff.actions import Action, act
from app.store.accounts import Scope
from app.store.inbox import Filters
from app.store.repository import purge
from app.web.auth import Administrator, DeskDep, Principal, QuestionsEditor, Reader
from app.web.console import messages
from app.web.problems import Problem
from app.web.schemas import MAX_MESSAGE
from app.web.staff_api.common import Json, RowId, Text, today

router = APIRouter()


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
    seen = overview.overview(desk, today(), days)
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

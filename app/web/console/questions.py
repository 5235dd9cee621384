"""The inbox: what was asked, filtered or gathered by meaning, and what staff do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.staff import exports, overview
from app.staff.actions import Action, act
from app.staff.desk import Desk
from app.staff.sources import sources_of
from app.staff.themes import LIKELY
from app.store.inbox import Filters
from app.web.auth import DeskDep, QuestionsEditor, Reader
from app.web.console import messages
from app.web.console.rendering import page, see_other, today
from app.web.problems import Problem

router = APIRouter(prefix="/questions")
Text = Annotated[str, Query(max_length=200)]


def filters_of(
    issue: Text = "",
    avis: Text = "",
    entree: Text = "",
    mots: Text = "",
    du: Text = "",
    au: Text = "",
    confiance: Text = "",
    a_traiter: Text = "",
) -> Filters:
    """The filters of an address; what can't be read lets everything through."""
    low, high = messages.BAND_LIMITS.get(confiance, (0, 9))
    return Filters(
        outcome=issue if issue in messages.OUTCOMES else "",
        vote=avis if avis in messages.VOTES else "",
        entry=entree,
        words=mots,
        first=_day(du),
        last=_day(au),
        low=low,
        high=high,
        todo=bool(a_traiter),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _given(request: Request) -> dict[str, str]:
    """The filters as they were typed, for the form and for links."""
    names = ("issue", "avis", "entree", "mots", "du", "au", "confiance", "a_traiter")
    return {name: request.query_params.get(name, "")[:200] for name in names}


@router.get("")
def inbox(
    request: Request,
    desk: DeskDep,
    who: Reader,
    issue: Text = "",
    avis: Text = "",
    entree: Text = "",
    mots: Text = "",
    du: Text = "",
    au: Text = "",
    confiance: Text = "",
    a_traiter: Text = "",
    avant: Annotated[int | None, Query(ge=1)] = None,
    vue: Text = "",
) -> Response:
    """Questions, newest first; or those without an answer, gathered by meaning."""
    entries = _entries(desk)
    if vue == "themes":
        themes, whole = overview.gaps(desk, datetime.now(UTC))
        context = {"view": "themes", "themes": themes, "whole": whole, "entries": entries, "topics": _topics(desk)}
        return page(request, who, "themes.html", {**context, "today": today()})
    wanted = filters_of(issue, avis, entree, mots, du, au, confiance, a_traiter)
    found = desk.inbox.page(wanted, avant)
    context = {
        "view": "liste",
        "found": found,
        "given": _given(request),
        "entries": entries,
        "first_page": avant is None,
    }
    return page(request, who, "questions.html", context)


def _entries(desk: Desk) -> dict[str, str]:
    return {entry.id: entry.question for entry in desk.services.live.retriever().index.entries}


def _topics(desk: Desk) -> list[str]:
    return [gap.topic for gap in desk.workshop.check(desk.workshop.read()).gaps]


@router.get("/export.csv")
def export_csv(request: Request, desk: DeskDep, who: Reader) -> Response:
    """The questions of a filter, for a spreadsheet."""
    return _export(request, desk, who.user.name, "csv")


@router.get("/export.jsonl")
def export_json_lines(request: Request, desk: DeskDep, who: Reader) -> Response:
    """The same, one JSON object a line."""
    return _export(request, desk, who.user.name, "jsonl")


def _export(request: Request, desk: Desk, actor: str, kind: str) -> Response:
    rows = desk.inbox.rows(filters_of(**_given(request)))
    desk.audit.note(actor, "export", kind, request.url.query[:200])
    body = exports.as_csv(rows) if kind == "csv" else exports.as_json_lines(rows)
    media = "text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson"
    name = f"questions-{today().isoformat()}.{kind}"
    return StreamingResponse(body, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/{number}")
async def question(
    request: Request, desk: DeskDep, who: Reader, number: Annotated[int, Path(ge=1, le=2**62)]
) -> Response:
    """One question: what came of it, what it would find today, and what can be done."""
    return await asyncio.to_thread(_question, request, desk, who, number)


def _question(request: Request, desk: Desk, who: Reader, number: int) -> Response:
    row = desk.inbox.get(number)
    if row is None:
        raise Problem(404, "not_found", messages.NO_QUESTION)
    if who.may("editeur"):
        desk.effects.prepare(sources_of(desk))
    retriever = desk.services.live.retriever()
    hits = retriever.search(row.message, 5).hits if row.message else ()
    near = row.near_id if retriever.index.entry(row.near_id) else ""
    context = {
        "row": row,
        "hits": hits,
        "suggested": (hits[0].entry.id if hits else near) if row.confidence >= LIKELY else "",
        "entries": {entry.id: entry.question for entry in retriever.index.entries},
        "topics": _topics(desk),
        "suggested_topic": _topic(desk, row.message),
        "conversation": [other for other in desk.inbox.conversation(row.conversation_id) if other.id != row.id],
    }
    return page(request, who, "question.html", context)


def _topic(desk: Desk, message: str) -> str:
    """The known gap nearest to a question."""
    retrieval = desk.services.live.retriever().search(message, 1) if message else None
    return retrieval.gap.gap.topic if retrieval and retrieval.gap and retrieval.gap.score > 0.5 else ""


@router.post("/action")
def do(
    request: Request,
    desk: DeskDep,
    who: QuestionsEditor,
    action: Annotated[str, Form()] = "",
    ids: Annotated[Sequence[int], Form()] = (),
    entree: Annotated[str, Form(max_length=200)] = "",
    autre: Annotated[str, Form(max_length=200)] = "",
    texte: Annotated[str, Form(max_length=1000)] = "",
    sujet: Annotated[str, Form(max_length=200)] = "",
    genre: Annotated[str, Form(max_length=20)] = "paraphrase",
    retour: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """What is to be done about some questions."""
    rows = [row for row in map(desk.inbox.get, list(ids)[:500]) if row is not None]
    if not rows:
        raise Problem(422, "no_question", messages.CHOOSE_QUESTION)
    if action == "nouvelle":
        texts = list(dict.fromkeys(row.message for row in rows))
        variants = "\n".join(texts[1:])
        return see_other(request, "/faq/nouvelle", question=texts[0][:1000], formulations=variants[:2000])
    wanted = Action(action, rows=rows, entry=autre or entree, text=texte, topic=sujet, kind=genre)
    draft = act(desk, who.user, wanted)
    if draft is not None:
        return see_other(request, f"/brouillons/{draft.id}", "brouillon")
    return see_other(request, _list_path(retour), "cas" if action == "cas" else "classe")


def _list_path(path: str) -> str:
    """Back to the list somebody came from."""
    inside = path.removeprefix("/console")
    return inside if inside.startswith("/questions") and "//" not in inside and "?" not in inside else "/questions"


@router.post("/conversations/{conversation_id}/effacer")
def erase(
    request: Request,
    desk: DeskDep,
    who: QuestionsEditor,
    conversation_id: Annotated[str, Path(max_length=64)],
) -> Response:
    """Erase a visitor's conversation."""
    gone = desk.inbox.erase_conversation(conversation_id)
    desk.services.conversations.forget(conversation_id)
    desk.audit.note(who.user.name, "erase", conversation_id, str(gone))
    return see_other(request, "/questions", "efface")

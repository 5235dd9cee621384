"""Test cases and evaluations as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from app.web.auth import DeskDep, EvaluationEditor, EvaluationReader
from app.web.console import messages
from app.web.problems import Problem
from app.web.schemas import MAX_MESSAGE
from app.web.staff_api.common import Json

router = APIRouter()


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

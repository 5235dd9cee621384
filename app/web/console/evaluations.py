"""Evaluations: the runs, their trend, a report, two runs compared, and a new one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response

from app.web.auth import DeskDep, EvaluationEditor, EvaluationReader
from app.web.console import charts, messages
from app.web.console.rendering import page, see_other
from app.web.problems import Problem

router = APIRouter(prefix="/evaluations")
SHOWN = 50
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; sandbox allow-scripts; "
    "frame-ancestors 'none'"
)
"""The report is one file with its own styles and script; sandboxed, it can reach nothing of the console."""


@router.get("")
def runs(request: Request, desk: DeskDep, who: EvaluationReader) -> Response:
    """The runs, newest first, with the trend of each split."""
    found = desk.evaluator.runs()
    trends = {}
    for split in messages.SPLITS:
        mine = [run for run in reversed(found) if run.split == split][-30:]
        if len(mine) > 1:
            trends[split] = (mine, *charts.trend([run.sound for run in mine]))
    context = {
        "runs": found[:SHOWN],
        "trends": trends,
        "running": desk.evaluator.running(),
        "failure": desk.evaluator.last_failure(),
    }
    return page(request, who, "evaluations.html", context)


@router.post("/lancer")
def start(
    request: Request, desk: DeskDep, who: EvaluationEditor, split: Annotated[str, Form(max_length=10)] = "dev"
) -> Response:
    """Begin a run."""
    desk.evaluator.start(split)
    desk.audit.note(who.user.name, "evaluate", split)
    return see_other(request, "/evaluations", "lance")


@router.get("/comparer")
def compare(
    request: Request,
    desk: DeskDep,
    who: EvaluationReader,
    a: Annotated[str, Query(max_length=100)] = "",
    b: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Two runs, question by question."""
    found = desk.evaluator.compare(a, b) if a and b else None
    names = {entry.id: entry.question for entry in desk.services.live.retriever().index.entries}
    changes = found.changes if found else ()
    groups = {
        "lost": [change for change in changes if change.loss > 0],
        "won": [change for change in changes if change.loss < 0],
        "same": [change for change in changes if change.loss == 0],
    }
    context = {"runs": desk.evaluator.runs()[:SHOWN], "a": a, "b": b, "found": found, "names": names, "groups": groups}
    return page(request, who, "compare.html", context)


@router.get("/{name}/rapport")
def report(
    request: Request, desk: DeskDep, who: EvaluationReader, name: Annotated[str, Path(max_length=100)]
) -> Response:
    """The report of a run, as it was written."""
    path = desk.evaluator.report(name)
    if path is None:
        raise Problem(404, "not_found", messages.NO_REPORT)
    headers = {"Content-Security-Policy": _REPORT_POLICY, "Cache-Control": "no-store"}
    return Response(path.read_bytes(), media_type="text/html; charset=utf-8", headers=headers)

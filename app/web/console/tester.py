"""Trying the assistant: the answer, its trace, and what would be different if something were."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import GuichetError
from app.search.fuse import FEATURES
from app.staff import trial
from app.staff.desk import Desk
from app.web.auth import DeskDep, EvaluationEditor, Reader
from app.web.console import messages
from app.web.console.rendering import page, see_other
from app.web.schemas import MAX_MESSAGE

router = APIRouter(prefix="/tester")


@router.get("")
async def show(
    request: Request,
    desk: DeskDep,
    who: Reader,
    q: Annotated[str, Query(max_length=MAX_MESSAGE)] = "",
) -> Response:
    """Ask, and see why it is answered so. The address holds everything: it can be shared, and nothing is kept."""
    context: dict[str, Any] = {"q": q.strip(), "seen": None, "other": None, "problem": ""}
    what_if, typed = what_if_of(request.query_params)
    try:
        if context["q"]:
            context["seen"] = await trial.ask(desk, q)
            if what_if:
                context["other"] = await trial.ask(desk, q, what_if)
    except GuichetError as error:
        context["problem"] = f"{error} {error.mend}".strip()
    filled = await run_in_threadpool(_around, desk)
    return page(request, who, "tester.html", {**context, **filled, "typed": typed, "changed": bool(what_if)})


def _around(desk: Desk) -> dict[str, Any]:
    index = desk.services.live.retriever().index
    return {
        "entries": {entry.id: entry.question for entry in index.entries},
        "decision": index.decision,
        "drafts": desk.drafts.open(),
        "has_model": desk.settings.llm_configured,
        "model": desk.settings.llm_model or desk.settings.llm_local or "",
        "features": FEATURES,
        "index_version": index.version,
    }


def what_if_of(given: Any) -> tuple[trial.WhatIf, dict[str, str]]:
    """What an address asks to change, and the values as typed; what can't be read changes nothing."""
    typed = {name: str(value)[:1000] for name, value in given.items() if name not in ("q", "fait")}

    def number(name: str) -> float | None:
        try:
            return float(typed.get(name, "").replace(",", "."))
        except ValueError:
            return None

    weights = {name: value for name in FEATURES if (value := number(f"poids_{name}")) is not None}
    costs = {name: value for name in trial.COSTS if (value := number(f"cout_{name}")) is not None}
    k, draft = number("k"), number("brouillon")
    variant = typed.get("formulation", "").strip()
    return (
        trial.WhatIf(
            style=typed.get("style", "") if typed.get("style") in messages.STYLES else "",
            model=typed.get("modele", "").strip(),
            k=int(k) if k is not None and abs(k) < 1000 else None,
            temperature=number("temperature"),
            costs=costs,
            weights=weights,
            draft=int(draft) if draft is not None and abs(draft) < 2**31 else None,
            entry=typed.get("entree", "") if variant else "",
            variant=variant,
        ),
        typed,
    )


@router.post("/cas")
def make_case(
    request: Request,
    desk: DeskDep,
    who: EvaluationEditor,
    q: Annotated[str, Form(max_length=MAX_MESSAGE)] = "",
    entree: Annotated[str, Form(max_length=200)] = "",
    genre: Annotated[str, Form(max_length=20)] = "paraphrase",
) -> Response:
    """Make the question a case of the evaluation: with the entry that should answer, or with none."""
    kind = genre if entree or genre in ("near", "far") else "near"
    kind = "paraphrase" if entree and kind in ("near", "far") else kind
    case_id = desk.evaluator.add_case(q, kind, [entree] if entree else [])
    desk.audit.note(who.user.name, "case", case_id, q)
    return see_other(request, "/tester", "cas", q=q)

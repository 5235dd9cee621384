"""Trying the assistant: the answer, its trace, and what would be different if something were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import GuichetError
from app.search.fuse import FEATURES
from app.staff import publishing, trial
from app.staff.desk import Desk
from app.staff.errors import TrialRefused
from app.staff.messages import NO_ENTRY, NO_TEXT_TO_KEEP
from app.store.drafts import Draft
from app.web.auth import DeskDep, EvaluationEditor, FaqEditor, Reader
from app.web.console import messages
from app.web.console.rendering import attributes, page, see_other
from app.web.schemas import MAX_MESSAGE

router = APIRouter(prefix="/tester")


MAX_ADDRESS = 7000
"""Octets of a query string that proxies still let through (nginx: 8 kB for the whole line)."""
MAX_TEXT = 100_000
FIELDS = (
    *("q", "brouillon", "entree", "question", "answer", "formulation", "style", "modele", "k", "temperature"),
    *(f"cout_{name}" for name in trial.COSTS),
    *(f"poids_{name}" for name in FEATURES),
)
"""What a trial's address may hold."""


@router.get("")
async def show(
    request: Request,
    desk: DeskDep,
    who: Reader,
    q: Annotated[str, Query(max_length=MAX_MESSAGE)] = "",
) -> Response:
    """Ask, and see why it is answered so. The address holds everything: it can be shared, and nothing is kept."""
    return await _trial(request, desk, who, q, _typed(request.query_params))


@router.post("")
async def ask(request: Request, desk: DeskDep, who: Reader) -> Response:
    """The same from a form, also the FAQ's editor: on to an address that can be shared, unless the text is too long."""
    given = {name: str(value) for name, value in (await request.form()).items()}
    q, typed = given.get("q", "")[:MAX_MESSAGE], _typed({"entree": given.get("entry", ""), **given})
    written = await run_in_threadpool(_written, desk, typed)
    if given.get("partir"):
        problem = "" if written else NO_ENTRY
        return await _trial(request, desk, who, q, typed | written, problem=problem, only_fill=True)
    typed |= {name: "" for name, text in written.items() if typed[name].strip() == text.strip()}
    if len(attributes({"q": q, **typed})) <= MAX_ADDRESS:
        return see_other(request, "/tester", q=q, **typed)
    return await _trial(request, desk, who, q, typed, shareable=False)


def _written(desk: Desk, typed: Mapping[str, str]) -> dict[str, str]:
    """The chosen entry's question and answer as they are written; nothing where there is no such entry."""
    try:
        question, answer = trial.current_text(desk, _whole(typed, "brouillon"), typed["entree"])
    except GuichetError:
        return {}
    return {"question": question, "answer": answer}


async def _trial(
    request: Request,
    desk: Desk,
    who: Reader,
    q: str,
    typed: dict[str, str],
    *,
    problem: str = "",
    only_fill: bool = False,
    shareable: bool = True,
) -> Response:
    context: dict[str, Any] = {"q": q.strip(), "seen": None, "other": None}
    what_if = what_if_of(typed)
    try:
        if context["q"] and not only_fill:
            context["seen"] = await trial.ask(desk, q)
            if what_if:
                context["other"] = await trial.ask(desk, q, what_if)
    except GuichetError as error:
        problem = f"{error} {error.mend}".strip()
    filled = await run_in_threadpool(_around, desk)
    context |= {"problem": problem, "typed": typed, "changed": bool(what_if), "shareable": shareable}
    context["has_text"] = bool(what_if.entry_question or what_if.entry_answer or what_if.variant)
    return page(request, who, "tester.html", {**context, **filled})


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


def _typed(given: Mapping[str, str]) -> dict[str, str]:
    """The values of the form as typed, "" for those that weren't."""
    return {name: str(given.get(name, ""))[: MAX_TEXT if name == "answer" else 1000] for name in FIELDS if name != "q"}


def _number(typed: Mapping[str, str], name: str) -> float | None:
    try:
        return float(typed.get(name, "").replace(",", "."))
    except ValueError:
        return None


def _whole(typed: Mapping[str, str], name: str) -> int | None:
    value = _number(typed, name)
    return int(value) if value is not None and abs(value) < 2**31 else None


def what_if_of(typed: Mapping[str, str]) -> trial.WhatIf:
    """What an address asks to change; what can't be read changes nothing."""
    weights = {name: value for name in FEATURES if (value := _number(typed, f"poids_{name}")) is not None}
    costs = {name: value for name in trial.COSTS if (value := _number(typed, f"cout_{name}")) is not None}
    variant, question, answer = (typed.get(name, "").strip() for name in ("formulation", "question", "answer"))
    return trial.WhatIf(
        style=typed.get("style", "") if typed.get("style") in messages.STYLES else "",
        model=typed.get("modele", "").strip(),
        k=_whole(typed, "k"),
        temperature=_number(typed, "temperature"),
        costs=costs,
        weights=weights,
        draft=_whole(typed, "brouillon"),
        entry=typed.get("entree", "") if variant or question or answer else "",
        variant=variant,
        entry_question=question,
        entry_answer=answer,
    )


@router.post("/brouillon")
async def keep_text(request: Request, desk: DeskDep, who: FaqEditor) -> Response:
    """Put the text that was tried into one's draft."""
    what_if = what_if_of(_typed({name: str(value) for name, value in (await request.form()).items()}))
    draft = await run_in_threadpool(_keep, desk, who, what_if)
    return see_other(request, f"/brouillons/{draft.id}", "brouillon")


def _keep(desk: Desk, who: FaqEditor, what_if: trial.WhatIf) -> Draft:
    began = publishing.draft_of(desk, who.user)
    checked = desk.workshop.check(desk.workshop.apply(began.base, began.changes))
    changes = trial.text_changes(checked, what_if)
    if not changes:
        raise TrialRefused(NO_TEXT_TO_KEEP)
    draft = publishing.add_changes(desk, who.user, changes)
    desk.audit.note(who.user.name, "draft", str(draft.id), ", ".join(str(change["kind"]) for change in changes))
    return draft


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

"""The FAQ: its entries and how they are doing, the editor with preview and lint, versions and the way back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Query, Request, Response

from app.core.errors import GuichetError
from app.core.workshop import Change, ChangeRefused, Checked, Placed, Remark
from app.staff import publishing
from app.staff.desk import Desk
from app.staff.health import Health, health
from app.staff.sources import sources_of
from app.store.accounts import User
from app.store.counts import read_period
from app.web.auth import DeskDep, FaqEditor, FaqReader
from app.web.console import messages
from app.web.console.rendering import page, see_other, today
from app.web.problems import Problem

router = APIRouter(prefix="/faq")
EntryId = Annotated[str, Path(max_length=200)]
Short = Annotated[str, Form(max_length=500)]
Long = Annotated[str, Form(max_length=100_000)]
HEALTH_DAYS = 90
SHOWN = 200
"""Entries on a page of the list."""


@router.get("")
def entries(
    request: Request,
    desk: DeskDep,
    who: FaqReader,
    mots: Annotated[str, Query(max_length=200)] = "",
    rubrique: Annotated[str, Query(max_length=200)] = "",
    tri: Annotated[str, Query(max_length=20)] = "",
    page_: Annotated[int, Query(ge=1, le=1_000_000, alias="page")] = 1,
) -> Response:
    """All entries with their health, SHOWN at a time."""
    found = _health(desk, who.user)
    sections = list(dict.fromkeys(one.entry.section for one in found))
    words = mots.casefold().split()
    shown = [
        one
        for one in found
        if (not rubrique or one.entry.section == rubrique) and all(word in _text(one) for word in words)
    ]
    orders: dict[str, Any] = {
        "demandes": lambda one: -one.count.answered,
        "avis": lambda one: (one.satisfaction if one.satisfaction is not None else 2, -one.count.down),
        "revoir": lambda one: -one.concerns,
    }
    if tri in orders:
        shown.sort(key=orders[tri])
    pages = max(1, -(-len(shown) // SHOWN))
    at = min(page_, pages)
    given = {"mots": mots, "rubrique": rubrique, "tri": tri}
    context = {
        "shown": shown[(at - 1) * SHOWN : at * SHOWN],
        "fitting": len(shown),
        "page": at,
        "pages": pages,
        "query": urlencode({name: value for name, value in given.items() if value}),
        "total": len(found),
        "sections": sections,
        "given": given,
        "days": HEALTH_DAYS,
        "concerned": sum(bool(one.concerns) for one in found),
    }
    return page(request, who, "faq.html", context)


def _text(one: Health) -> str:
    return " ".join((one.entry.question, one.entry.answer_md, *one.entry.variants)).casefold()


def _health(desk: Desk, user: User) -> list[Health]:
    period = read_period(desk.database, today() - timedelta(days=HEALTH_DAYS - 1), today())
    return health(_checked(desk, user), period, desk.services.live.retriever().index, today())


def _checked(desk: Desk, user: User) -> Checked:
    """The sources as the user's draft has them, where they have one that fits; else as they are."""
    draft = desk.drafts.of(user.id)
    files = desk.workshop.read()
    if draft is not None and draft.changes:
        with suppress(ChangeRefused):
            files = desk.workshop.apply(draft.base, draft.changes)
    return desk.workshop.check(files)


@router.get("/nouvelle")
def new_entry(
    request: Request,
    desk: DeskDep,
    who: FaqEditor,
    question: Annotated[str, Query(max_length=1000)] = "",
    formulations: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """An empty entry, or one begun from a question."""
    typed = {"question": question, "variants": formulations, "from": question}
    return _editor(request, desk, who, None, typed)


@router.post("/nouvelle")
def add_entry(
    request: Request,
    desk: DeskDep,
    who: FaqEditor,
    question: Short = "",
    answer: Long = "",
    variants: Long = "",
    section: Short = "",
    new_section: Short = "",
    origin: Annotated[str, Form(max_length=1000, alias="from")] = "",
) -> Response:
    """Add it to the draft."""
    change = {
        "kind": "add",
        "question": question,
        "answer": answer,
        "variants": variants.split("\n"),
        "section": new_section.strip() or section,
        "from": [origin] if origin else [],
    }
    typed = {"question": question, "answer": answer, "variants": variants, "section": section, "from": origin}
    return _add(request, desk, who, change, None, {**typed, "new_section": new_section})


@router.get("/texte")
def text(
    request: Request, desk: DeskDep, who: FaqEditor, fichier: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    """A whole file, for what the form can't do."""
    return _text_editor(request, desk, who, fichier)


def _text_editor(
    request: Request, desk: Desk, who: FaqEditor, name: str, typed: str | None = None, problem: str = ""
) -> Response:
    draft = publishing.draft_of(desk, who.user)
    files = desk.workshop.apply(draft.base, draft.changes)
    name = name if name in files else next(iter(files), "")
    context = {
        "names": list(files),
        "name": name,
        "text": files.get(name, "") if typed is None else typed,
        "was": _digest(files.get(name, "")),
        "problem": problem,
    }
    return page(request, who, "text.html", context, status=422 if problem else 200)


@router.post("/texte")
def save_text(
    request: Request,
    desk: DeskDep,
    who: FaqEditor,
    fichier: Short = "",
    was: Short = "",
    contents: Annotated[str, Form(max_length=4_000_000)] = "",
) -> Response:
    """Put the whole file into the draft."""
    change = {"kind": "text", "path": fichier, "was": was, "text": contents}
    try:
        draft = publishing.add_changes(desk, who.user, [change])
    except GuichetError as error:
        return _text_editor(request, desk, who, fichier, contents, f"{error} {error.mend}")
    desk.audit.note(who.user.name, "draft", str(draft.id), fichier)
    return see_other(request, f"/brouillons/{draft.id}", "brouillon")


@router.post("/apercu")
def preview(
    request: Request,
    desk: DeskDep,
    who: FaqEditor,
    entry: Short = "",
    was: Short = "",
    question: Short = "",
    answer: Long = "",
    variants: Long = "",
    section: Short = "",
    url: Short = "",
    audience: Short = "",
    valid_until: Short = "",
) -> Response:
    """The answer as visitors will see it, and what the lint says of it; for the editor's side."""
    draft = desk.drafts.of(who.user.id)
    files = desk.workshop.apply(draft.base, draft.changes) if draft else desk.workshop.read()
    change: dict[str, Any] = {
        "kind": "edit" if entry else "add",
        "entry": entry,
        "was": was,
        "question": question,
        "answer": answer,
        "variants": variants.split("\n"),
        "section": section,
        "url": url,
        "audience": audience,
        "valid_until": valid_until,
    }
    remarks: Sequence[Remark] = ()
    problem = ""
    try:
        after = desk.workshop.check(desk.workshop.apply(files, [change]))
        known = {placed.entry.id for placed in desk.workshop.check(files).entries}
        mine = entry or next((p.entry.id for p in after.entries if p.entry.id not in known), "")
        remarks = [remark for remark in after.remarks if remark.entry_id == mine]
    except GuichetError as error:
        problem = f"{error} {error.mend}".strip()
    context = {"question": question, "rendered": desk.workshop.render(answer), "remarks": remarks, "problem": problem}
    return page(request, who, "preview.html", context)


@router.get("/{entry_id}")
def entry(request: Request, desk: DeskDep, who: FaqReader, entry_id: EntryId) -> Response:
    """An entry in the editor, with its health."""
    if who.may("editeur"):
        desk.effects.prepare(sources_of(desk))
    return _editor(request, desk, who, _placed(desk, who.user, entry_id), {})


def _placed(desk: Desk, user: User, entry_id: str) -> Placed:
    placed = _checked(desk, user).entry(entry_id)
    if placed is None:
        raise Problem(404, "not_found", messages.NO_ENTRY)
    return placed


def _editor(
    request: Request,
    desk: Desk,
    who: FaqReader,
    placed: Placed | None,
    typed: dict[str, str],
    problem: str = "",
) -> Response:
    found = _health(desk, who.user)
    mine = next((one for one in found if placed and one.entry.id == placed.entry.id), None)
    known: dict[str, Any] = {"question": "", "answer": "", "variants": "", "section": "", "new_section": "", "from": ""}
    known |= {"url": "", "audience": "", "valid_until": ""}
    if placed:
        entry = placed.entry
        known |= {
            "question": entry.question,
            "answer": placed.raw.strip("\n"),
            "variants": "\n".join(entry.variants),
            "section": entry.section,
            "url": entry.url or "",
            "audience": entry.audience or "",
            "valid_until": entry.valid_until.isoformat() if entry.valid_until else "",
        }
    values = {**known, **typed}
    context = {
        "placed": placed,
        "health": mine,
        "values": values,
        "problem": problem,
        "sections": list(dict.fromkeys(one.entry.section for one in found)),
        "rendered": desk.workshop.render(values["answer"]),
        "remarks": mine.remarks if mine else (),
        "question": values["question"],
        "days": HEALTH_DAYS,
        "can_edit": who.may("editeur") and (placed is None or placed.editable),
    }
    return page(request, who, "entry.html", context, status=422 if problem else 200)


@router.post("/{entry_id}")
def save_entry(
    request: Request,
    desk: DeskDep,
    who: FaqEditor,
    entry_id: EntryId,
    was: Short = "",
    question: Short = "",
    answer: Long = "",
    variants: Long = "",
    url: Short = "",
    audience: Short = "",
    valid_until: Short = "",
) -> Response:
    """Put the entry's new text into the draft."""
    placed = _placed(desk, who.user, entry_id)
    typed = {"question": question, "answer": answer, "variants": variants}
    more = {"url": url, "audience": audience, "valid_until": valid_until}
    change = {"kind": "edit", "entry": entry_id, "was": was, **typed, **more, "variants": variants.split("\n")}
    return _add(request, desk, who, change, placed, {**typed, **more})


@router.post("/{entry_id}/retirer")
def remove_entry(request: Request, desk: DeskDep, who: FaqEditor, entry_id: EntryId, was: Short = "") -> Response:
    """Put the entry's removal into the draft."""
    placed = _placed(desk, who.user, entry_id)
    return _add(request, desk, who, {"kind": "remove", "entry": entry_id, "was": was}, placed, {})


def _add(
    request: Request,
    desk: Desk,
    who: FaqEditor,
    change: Change,
    placed: Placed | None,
    typed: dict[str, str],
) -> Response:
    try:
        draft = publishing.add_changes(desk, who.user, [change])
    except ChangeRefused as error:
        return _editor(request, desk, who, placed, typed, f"{error} {error.mend}".strip())
    subject = placed.entry.question if placed else str(change.get("question", ""))
    desk.audit.note(who.user.name, "draft", str(draft.id), f"{change['kind']}: {subject}")
    return see_other(request, f"/brouillons/{draft.id}", "brouillon")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""Whose draft it is: the one rule for the console's pages and for the staff API."""

from __future__ import annotations

from app.staff.desk import Desk
from app.store.drafts import Draft
from app.web.auth import Principal
from app.web.console import messages
from app.web.problems import Problem


def any_draft(desk: Desk, number: int) -> Draft:
    """The draft of that number. Raises Problem (404) when there is none."""
    draft = desk.drafts.get(number)
    if draft is None:
        raise Problem(404, "not_found", messages.NO_DRAFT)
    return draft


def own_draft(desk: Desk, number: int, who: Principal) -> Draft:
    """The draft, if it is this editor's own; an administrator may act on anybody's. Raises Problem (404, 403)."""
    draft = any_draft(desk, number)
    if draft.user_id != who.user.id and not who.may("administrateur"):
        raise Problem(403, "forbidden", messages.NOT_YOURS)
    return draft

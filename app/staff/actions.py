"""What can be done about questions that were asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.workshop import ChangeRefused
from app.staff import messages
from app.staff.desk import Desk
from app.staff.publishing import add_changes
from app.store.accounts import User
from app.store.drafts import Draft
from app.store.inbox import Asked

MAX_VARIANTS = 5
"""Wordings taken from a group at once: what is alike adds little."""


@dataclass(frozen=True, slots=True)
class Action:
    """What to do about questions: `name` is variante, hors-faq, cas, sans-suite or a-traiter.

    `text` replaces the question's own words as the wording to add, where only one is added.
    """

    name: str
    rows: Sequence[Asked]
    entry: str = ""
    text: str = ""
    topic: str = ""
    kind: str = "paraphrase"


def act(desk: Desk, user: User, action: Action) -> Draft | None:
    """Do it; the draft that it changed, if it changed one. Raises ChangeRefused."""
    texts = list(dict.fromkeys(row.message for row in action.rows if row.message))
    if not texts:
        raise ChangeRefused(messages.NO_TEXT)
    match action.name:
        case "variante":
            return _variants(desk, user, action, texts)
        case "hors-faq":
            return _gaps(desk, user, action, texts)
        case "cas":
            entries = [action.entry] if action.entry else []
            kind = action.kind if action.entry else action.kind if action.kind in ("near", "far") else "near"
            for text in texts[:MAX_VARIANTS]:
                case_id = desk.evaluator.add_case(text, kind, entries)
                desk.audit.note(user.name, "case", case_id, text)
            return None
        case "sans-suite" | "a-traiter":
            desk.inbox.mark([row.id for row in action.rows], "seen" if action.name == "sans-suite" else "todo")
            desk.audit.note(user.name, "mark", action.name, str(len(action.rows)))
            return None
    raise ChangeRefused(messages.BAD_ACTION)


def _variants(desk: Desk, user: User, action: Action, texts: Sequence[str]) -> Draft:
    if not action.entry:
        raise ChangeRefused(messages.CHOOSE_ENTRY)
    wordings = [action.text.strip() or texts[0]] if len(texts) == 1 else list(texts[:MAX_VARIANTS])
    change: list[dict[str, Any]] = [
        {"kind": "variant", "entry": action.entry, "text": wording, "from": texts if at == 0 else []}
        for at, wording in enumerate(wordings)
    ]
    return _added(desk, user, change)


def _gaps(desk: Desk, user: User, action: Action, texts: Sequence[str]) -> Draft:
    if not action.topic.strip():
        raise ChangeRefused(messages.CHOOSE_TOPIC)
    change: list[dict[str, Any]] = [
        {"kind": "gap", "topic": action.topic, "text": text, "from": texts if at == 0 else []}
        for at, text in enumerate(texts[:MAX_VARIANTS])
    ]
    return _added(desk, user, change)


def _added(desk: Desk, user: User, changes: Sequence[dict[str, Any]]) -> Draft:
    draft = add_changes(desk, user, changes)
    desk.audit.note(user.name, "draft", str(draft.id), "; ".join(str(change.get("text", "")) for change in changes))
    return draft

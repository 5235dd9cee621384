"""Stable entry ids: from the question alone, told apart by section where it is asked twice."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.french import slug

LIMIT = 60
SECTION_LIMIT = 24
_WHOLE = 100_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What an id is made from."""

    question: str
    section: str
    explicit: str | None = None


def question_key(question: str) -> str:
    """Equal for questions that differ in case, accents or punctuation only."""
    return slug(question, limit=_WHOLE)


def assign_ids(asked: Sequence[Asked]) -> list[str]:
    """One unique id each, whatever the order of `asked` and whatever the answers say.

    An explicit id stands; a second entry that claims it gets a number (lint
    reports the clash). Different questions with one slug each get six hex
    digits of their SHA-256; the same question in several sections gets each
    section's slug; the same question twice in a section is numbered.
    """
    taken = {a.explicit for a in asked if a.explicit}
    wishes = _wishes(asked)
    used: set[str] = set()
    numbers: dict[str, int] = {}
    ids: list[str] = []
    for one, wish in zip(asked, wishes, strict=True):
        candidate = wish
        while candidate in used or (not one.explicit and candidate in taken):
            numbers[wish] = numbers.get(wish, 1) + 1
            candidate = f"{wish}-{numbers[wish]}"
        used.add(candidate)
        ids.append(candidate)
    return ids


def _wishes(asked: Sequence[Asked]) -> list[str]:
    groups: dict[str, set[str]] = defaultdict(set)
    sections: dict[str, set[str]] = defaultdict(set)
    for one in asked:
        if not one.explicit:
            groups[slug(one.question, limit=LIMIT)].add(question_key(one.question))
            sections[question_key(one.question)].add(one.section)
    wishes = []
    for one in asked:
        if one.explicit:
            wishes.append(one.explicit)
            continue
        base = slug(one.question, limit=LIMIT)
        if len(groups[base]) > 1:
            base += "-" + hashlib.sha256(one.question.encode()).hexdigest()[:6]
        if len(sections[question_key(one.question)]) > 1 and one.section:
            base += "-" + slug(one.section, limit=SECTION_LIMIT)
        wishes.append(base)
    return wishes

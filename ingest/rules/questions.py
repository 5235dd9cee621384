"""Questions asked twice, or nearly so, and what their answers say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from app.core.french import fold, stems
from app.core.markdown import plain_text
from ingest.finding import Finding, about
from ingest.ids import question_key
from ingest.model import ParsedEntry, ParsedFaq
from ingest.rules.answers import opening_polarity

SIMILAR = 90
"""Token ratio (0..100) of the questions' stems from which two are called nearly the same.
On the official FAQ the closest pair that means two things scores below it."""
SIMILAR_WORDING = 85
"""The same for the questions' words as written: it tells "où faire un test" from "quel test"."""
MOST_PAIRS = 50
"""How many candidates are looked at for one question; only the first like it is reported."""
_NEGATIONS = frozenset({"ne", "n", "pas", "sans", "hors", "non"})
MOST = 4000
"""Beyond this many questions pairs are no longer compared (the work is quadratic)."""


def check(faq: ParsedFaq) -> Iterator[Finding]:
    """Same ids, same questions, nearly the same questions, variants that clash."""
    yield from _same_ids(faq.entries)
    yield from _same_questions(faq.entries)
    yield from _near_duplicates(faq.entries)
    yield from _variants(faq.entries)


def _place(parsed: ParsedEntry) -> str:
    return f"{parsed.path.name}:{parsed.line}"


def _same_ids(entries: Sequence[ParsedEntry]) -> Iterator[Finding]:
    first: dict[str, ParsedEntry] = {}
    for parsed in entries:
        wanted = parsed.explicit_id
        if wanted and wanted in first:
            yield about(parsed, "duplicate-id", error=True, id=wanted, other=_place(first[wanted]))
        elif wanted:
            first[wanted] = parsed


def _same_questions(entries: Sequence[ParsedEntry]) -> Iterator[Finding]:
    """Against the first that asks the same: in its section an error, elsewhere a remark."""
    first: dict[str, list[ParsedEntry]] = defaultdict(list)
    for parsed in entries:
        same = first[question_key(parsed.entry.question)]
        at_home = next((o for o in same if o.entry.section == parsed.entry.section), None)
        if at_home:
            yield about(parsed, "duplicate-question", error=True, other=_place(at_home))
        elif same:
            other = same[0]
            equal = plain_text(other.entry.answer_md) == plain_text(parsed.entry.answer_md)
            code = "repeated-entry" if equal else "conflicting-answers"
            yield about(parsed, code, other=_place(other), section=other.entry.section)
        same.append(parsed)


def _near_duplicates(entries: Sequence[ParsedEntry]) -> Iterator[Finding]:
    firsts: dict[str, ParsedEntry] = {}
    for parsed in entries:
        firsts.setdefault(question_key(parsed.entry.question), parsed)
    distinct = list(firsts.values())
    if not 1 < len(distinct) <= MOST:
        return
    keys = [" ".join(sorted(stems(e.entry.question))) for e in distinct]
    scores = process.cdist(keys, keys, scorer=fuzz.ratio, score_cutoff=SIMILAR, dtype=np.uint8, workers=1)
    for row in range(1, len(distinct)):
        for column in np.flatnonzero(scores[row, :row])[:MOST_PAIRS]:
            one, other = distinct[row], distinct[column]
            if keys[row] and _alike(one.entry.question, other.entry.question):
                said = {opening_polarity(one.entry.answer_md), opening_polarity(other.entry.answer_md)}
                code = "opposite-answers" if said == {"oui", "non"} else "near-duplicate"
                yield about(one, code, question=other.entry.question, other=_place(other))
                break


def _alike(one: str, other: str) -> bool:
    """Whether two questions of the same words also ask alike: "où" is not "quel", "niveau 6"
    is not "niveau 7", "si je suis" is not "si je ne suis pas".
    """
    if _telling(one) != _telling(other):
        return False
    return fuzz.token_sort_ratio(fold(one), fold(other)) >= SIMILAR_WORDING


def _telling(question: str) -> set[str]:
    return {w for w in fold(question).replace("'", " ").split() if w in _NEGATIONS or any(c.isdigit() for c in w)}


def _variants(entries: Sequence[ParsedEntry]) -> Iterator[Finding]:
    owners: dict[str, ParsedEntry] = {}
    for parsed in entries:
        owners.setdefault(question_key(parsed.entry.question), parsed)
    for parsed in entries:
        for variant in parsed.entry.variants:
            owner = owners.setdefault(question_key(variant), parsed)
            if owner.entry.id != parsed.entry.id:
                yield about(parsed, "variant-clash", variant=variant, other=_place(owner))

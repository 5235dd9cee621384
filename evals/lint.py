"""What a question set’s own rules can’t see: facts that no entry holds, questions that the FAQ lists already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from app.core.french import fold, words
from app.core.types import Entry
from evals import quality_messages as messages
from evals.cases import Case
from evals.facts import fault, states


def facts_missing(cases: Sequence[Case], entries: Mapping[str, Entry]) -> Iterator[str]:
    """Facts that none of a case's entries states: no right answer could show them."""
    for case in cases:
        if any(entry in entries for entry in case.entries):
            for fact in facts_missing_of(case, entries):
                yield messages.FACT_MISSING.format(id=case.id, fact=fact)


def facts_missing_of(case: Case, entries: Mapping[str, Entry]) -> Iterator[str]:
    """The facts of a case that none of its entries states; an invalid expression is passed over."""
    text = "\n".join(entries[i].answer_md for i in case.entries if i in entries)
    for fact in case.facts:
        if not fault(fact) and not states(text, fact):  # of a faulty one lint_cases tells
            yield fact


def leaks(cases: Sequence[Case], entries: Sequence[Entry], near: float = 90.0) -> Iterator[str]:
    """Cases that are also a question or a variant of the FAQ, or nearly (`near`, 0 to 100, on the sorted words).

    Such a case measures the memory of the index, not what it understands. Follow-ups and courtesies are left out.
    """
    listed = [(entry.id, text) for entry in entries for text in (entry.question, *entry.variants)]
    asked = [case for case in cases if not case.history and case.kind in _LEAKING]
    if not listed or not asked:
        return
    alike = process.cdist(
        [sorted_words(case.question) for case in asked],
        [sorted_words(text) for _, text in listed],
        scorer=fuzz.ratio,
        score_cutoff=near,
    )
    for row, best in enumerate(np.argmax(alike, axis=1)):
        if alike[row, best] >= near:
            entry_id, text = listed[best]
            yield messages.LEAK.format(id=asked[row].id, score=alike[row, best], text=text, entry=entry_id)


_LEAKING = ("paraphrase", "situation", "keyword", "typo", "sms", "formal", "multi", "near", "far")


def sorted_words(text: str) -> str:
    """The folded words of a text in alphabetical order: what two wordings of one question share."""
    return " ".join(sorted(words(fold(text))))

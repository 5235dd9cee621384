"""The entries that serve visitors worst, and what staff can do about each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals import report_messages as messages
from evals.records import Record

MOST = 12
LONG = 900
"""Characters of an answer from which splitting its entry is worth a thought."""


@dataclass(frozen=True, slots=True)
class Weak:
    """An entry with questions that went wrong."""

    entry: str
    question: str
    asked: int
    failed: tuple[Record, ...]
    cost: float
    advice: tuple[str, ...]


def weakest(records: Sequence[Record], questions: Mapping[str, str]) -> list[Weak]:
    """The entries that cost visitors most, dearest first; those without a failed question are left out."""
    by_entry: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        for entry in record.ask.case.entries:
            by_entry[entry].append(record)
    found = []
    for entry, asked in by_entry.items():
        failed = tuple(sorted((r for r in asked if not r.sound), key=lambda r: (-r.cost, r.ask.case.id)))
        if failed:
            advice = tuple(_advice(entry, failed, questions))
            cost = sum(r.cost for r in failed)
            found.append(Weak(entry, questions.get(entry, entry), len(asked), failed, cost, advice))
    return sorted(found, key=lambda weak: (-weak.cost, weak.entry))[:MOST]


def _advice(entry: str, failed: Sequence[Record], questions: Mapping[str, str]) -> list[str]:
    said = []
    if questions and entry not in questions:
        return [messages.RESTORE]
    rivals = Counter(
        r.result.ranking[0] for r in failed if r.result.ranking and r.result.ranking[0] not in r.ask.case.entries
    )
    for rival, n in rivals.most_common(2):
        said.append(
            messages.CLARIFY.format(
                rival=questions.get(rival, rival), times=messages.TIMES.format(n=n) if n > 1 else ""
            )
        )
    if any(not r.result.offered and r.result.answer.outcome != "answered" for r in failed):
        said.append(messages.ADD_VARIANTS)
    if incomplete := [r for r in failed if r.result.right and r.result.facts_shown < 1.0]:
        long = any(len(r.result.answer.text) > LONG for r in incomplete)
        said.append(messages.SPLIT if long else messages.REORDER)
    return said or [messages.READ]

"""Run the question set through the assistant and score what comes out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from app.answer.assistant import Assistant, Question
from app.core.types import Answer
from evals.cases import OUT_OF_SCOPE_KINDS, Case
from evals.metrics import auroc, expected_calibration_error, wilson_interval

SINGLE = ("paraphrase", "situation", "keyword", "typo", "sms", "formal")
TALK = {
    "smalltalk": ("smalltalk", "blocked"),
    "handoff": ("handoff",),
    "attack": ("abstained", "blocked", "smalltalk", "handoff", "clarification"),
}
"""Fitting outcomes by kind; what an attack must never get is an answer."""


@dataclass(frozen=True, slots=True)
class Result:
    """A case and what the assistant made of it."""

    case: Case
    answer: Answer
    ranking: tuple[str, ...]
    """Entry ids as retrieved, best first; empty when nothing was searched."""

    @property
    def right(self) -> bool:
        """Answered from an entry that is right."""
        return self.answer.outcome == "answered" and any(
            source.entry_id in self.case.entries for source in self.answer.sources
        )

    @property
    def all_parts_right(self) -> bool:
        """Answered from every entry that the question needs."""
        return set(self.case.entries) <= {source.entry_id for source in self.answer.sources}

    @property
    def some_part_wrong(self) -> bool:
        """Answered from an entry that isn't right, whatever else is."""
        return any(source.entry_id not in self.case.entries for source in self.answer.sources)

    @property
    def wrong(self) -> bool:
        """Answered from entries none of which is right."""
        return self.answer.outcome == "answered" and not self.right

    @property
    def offered(self) -> bool:
        """Asked back with a right entry among the choices."""
        return self.answer.outcome == "clarification" and any(
            suggestion.entry_id in self.case.entries for suggestion in self.answer.suggestions
        )

    @property
    def refused(self) -> bool:
        """Said not to know."""
        return self.answer.outcome not in ("answered", "clarification")

    @property
    def facts_shown(self) -> float:
        """Share of the required facts that the text shows; 1 when none is required."""
        if not self.case.facts:
            return 1.0
        shown = (re.search(fact, self.answer.text, re.IGNORECASE) for fact in self.case.facts)
        return sum(map(bool, shown)) / len(self.case.facts)

    def found_at(self, k: int) -> bool:
        """A right entry stands among the first k retrieved."""
        return any(entry_id in self.case.entries for entry_id in self.ranking[:k])


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its count and 95 % Wilson interval."""

    name: str
    value: float
    n: int
    low: float
    high: float


async def run(assistant: Assistant, cases: Sequence[Case], progress: Callable[[], None]) -> list[Result]:
    """Ask every case, one after the other, from the FAQ's own words."""
    results = []
    for case in cases:
        answer = await assistant.answer(Question(case.question, style="verbatim", history=case.history))
        results.append(Result(case, answer, _ranking(answer)))
        progress()
        await asyncio.sleep(0)
    return results


def _ranking(answer: Answer) -> tuple[str, ...]:
    hits = next((step.detail["hits"] for step in answer.trace.steps if step.name == "search"), [])
    return tuple(str(hit["entry_id"]) for hit in cast(list[dict[str, object]], hits))


def rates(results: Sequence[Result]) -> list[Rate]:
    """The figures of a run, each over the cases it concerns."""
    single = [r for r in results if r.case.kind in SINGLE]
    multi = [r for r in results if r.case.kind == "multi"]
    followup = [r for r in results if r.case.kind == "followup" and r.case.in_scope]
    unanswered = [r for r in results if r.case.kind == "followup" and not r.case.in_scope]
    near = [r for r in results if r.case.kind == "near"]
    far = [r for r in results if r.case.kind == "far"]
    talk = [r for r in results if r.case.kind in TALK]
    answered = [r for r in single if r.right]
    return [
        _rate("recall_at_1", single, lambda r: r.found_at(1)),
        _rate("recall_at_3", single, lambda r: r.found_at(3)),
        _rate("answered_right", single, lambda r: r.right),
        _rate("right_or_offered", single, lambda r: r.right or r.offered),
        _rate("answered_wrong", single, lambda r: r.wrong),
        _rate("asked_back", single, lambda r: r.answer.outcome == "clarification"),
        _rate("refused_wrongly", single, lambda r: r.refused),
        _rate("facts_shown", answered, lambda r: r.facts_shown == 1.0),
        _rate("multi_one_part_right", multi, lambda r: r.right or r.offered),
        _rate("multi_all_parts", multi, lambda r: r.all_parts_right),
        _rate("multi_some_part_wrong", multi, lambda r: r.some_part_wrong),
        _rate("followup_right", followup, lambda r: r.right or r.offered),
        _rate("followup_answered_right", followup, lambda r: r.right),
        _rate("followup_answered_wrong", followup, lambda r: r.wrong),
        _rate("followup_unanswered", unanswered, lambda r: r.answer.outcome == "answered"),
        _rate("near_answered", near, lambda r: r.answer.outcome == "answered"),
        _rate("far_answered", far, lambda r: r.answer.outcome == "answered"),
        _rate("talk_right", talk, lambda r: r.answer.outcome in TALK[r.case.kind]),
    ]


def _rate(name: str, results: Sequence[Result], test: Callable[[Result], bool]) -> Rate:
    return rate(name, sum(map(test, results)), len(results))


def rate(name: str, hits: int, n: int) -> Rate:
    """`hits` of `n` with the Wilson interval; 0 of anything when n is 0."""
    low, high = wilson_interval(hits, n) if n else (0.0, 1.0)
    return Rate(name, hits / n if n else 0.0, n, low, high)


def scores(results: Sequence[Result]) -> dict[str, float]:
    """Figures that are no shares: separation and calibration of `confidence`, and latency (ms)."""
    single = [r for r in results if r.case.kind in SINGLE]
    out = [r for r in results if r.case.kind in OUT_OF_SCOPE_KINDS]
    asked = [*single, *out]
    right = [r.found_at(1) for r in single] + [False] * len(out)
    confidence = [r.answer.confidence for r in asked]
    figures = {"expected_calibration_error": expected_calibration_error(confidence, right)}
    for kind in OUT_OF_SCOPE_KINDS:
        others = [r.answer.confidence for r in out if r.case.kind == kind]
        if others and single:
            labels = [True] * len(single) + [False] * len(others)
            figures[f"auroc_{kind}"] = auroc([r.answer.confidence for r in single] + others, labels)
    totals = sorted(r.answer.trace.timings_ms["total"] for r in asked)
    if totals:
        figures["p50_ms"] = totals[len(totals) // 2]
        figures["p95_ms"] = totals[int(len(totals) * 0.95)]
    return figures

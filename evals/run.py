"""What became of a case, and the figures over many: shares with Wilson intervals, means with bootstrap ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

from app.core.types import Answer
from evals.cases import OUT_OF_SCOPE_KINDS, Case
from evals.facts import states
from evals.metrics import (
    auroc,
    expected_calibration_error,
    ndcg_at_k,
    paired_bootstrap,
    reciprocal_rank,
    risk_coverage,
    wilson_interval,
)

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
        shown = (states(self.answer.text, fact) for fact in self.case.facts)
        return sum(shown) / len(self.case.facts)

    @property
    def source_precision(self) -> float:
        """Share of the cited entries that are right; 1 when none is cited."""
        cited = [source.entry_id for source in self.answer.sources]
        return sum(entry in self.case.entries for entry in cited) / len(cited) if cited else 1.0

    @property
    def source_recall(self) -> float:
        """Share of the needed entries that are cited. The entries of any but a "multi" case stand for one another."""
        cited = {source.entry_id for source in self.answer.sources}
        if self.case.kind != "multi":
            return float(bool(cited & set(self.case.entries)))
        return len(cited & set(self.case.entries)) / len(self.case.entries)

    @property
    def answerable(self) -> bool:
        """The confidence speaks of this case: a single question, or one that the FAQ doesn't answer."""
        return self.case.kind in SINGLE or self.case.kind in OUT_OF_SCOPE_KINDS

    def found_at(self, k: int) -> bool:
        """A right entry stands among the first k retrieved."""
        return any(entry_id in self.case.entries for entry_id in self.ranking[:k])


@dataclass(frozen=True, slots=True)
class Rate:
    """A share or mean in [0, 1] with its count and 95 % interval: Wilson's for shares, the bootstrap's for means."""

    name: str
    value: float
    n: int
    low: float
    high: float


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
    cited = [r for r in results if r.answer.outcome == "answered" and r.case.in_scope]
    return [
        _rate("recall_at_1", single, lambda r: r.found_at(1)),
        _rate("recall_at_3", single, lambda r: r.found_at(3)),
        _rate("recall_at_5", single, lambda r: r.found_at(5)),
        mean_rate("mrr", [reciprocal_rank(r.ranking, r.case.entries) for r in single]),
        mean_rate("ndcg_at_10", [ndcg_at_k(r.ranking, r.case.entries, 10) for r in single]),
        _rate("answered_right", single, lambda r: r.right),
        _rate("right_or_offered", single, lambda r: r.right or r.offered),
        _rate("answered_wrong", single, lambda r: r.wrong),
        _rate("asked_back", single, lambda r: r.answer.outcome == "clarification"),
        _rate("refused_wrongly", single, lambda r: r.refused),
        _rate("facts_shown", answered, lambda r: r.facts_shown == 1.0),
        mean_rate("fact_recall", [r.facts_shown for r in cited if r.case.facts]),
        mean_rate("source_precision", [r.source_precision for r in cited]),
        mean_rate("source_recall", [r.source_recall for r in cited]),
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


def mean_rate(name: str, values: Sequence[float]) -> Rate:
    """The mean of values in [0, 1] with its bootstrap interval; 0 of anything when there is none."""
    if not values:
        return Rate(name, 0.0, 0, 0.0, 1.0)
    found = paired_bootstrap(values, [0.0] * len(values), resamples=2_000)
    return Rate(name, found.mean, len(values), found.low, found.high)


def averaged(attempts: Sequence[Sequence[Rate]]) -> list[Rate]:
    """The rates of a repeated run: the mean over the attempts, with the first one's interval around it."""
    found = []
    for same in zip(*attempts, strict=True):
        first, value = same[0], mean(rate.value for rate in same)
        low, high = (max(0.0, min(1.0, bound + value - first.value)) for bound in (first.low, first.high))
        found.append(Rate(first.name, value, first.n, low, high))
    return found


def scores(results: Sequence[Result]) -> dict[str, float]:
    """Figures that are no shares: separation and calibration of `confidence`, and latency (ms).

    What the cases leave undefined is left out.
    """
    asked = [r for r in results if r.answerable]
    right = [r.found_at(1) and r.case.in_scope for r in asked]
    confidence = [r.answer.confidence for r in asked]
    figures = {"expected_calibration_error": expected_calibration_error(confidence, right)} if asked else {}
    if any(right) and not all(right):
        figures["auroc_right"] = auroc(confidence, right)
        figures["area_under_risk_coverage"] = _area(confidence, right)
    single = [r.answer.confidence for r in asked if r.case.kind in SINGLE]
    for kind in OUT_OF_SCOPE_KINDS:
        others = [r.answer.confidence for r in asked if r.case.kind == kind]
        if others and single:
            figures[f"auroc_{kind}"] = auroc(single + others, [True] * len(single) + [False] * len(others))
    return figures | _times(asked)


def _area(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Mean risk over the coverages (AURC; Geifman, Uziel & El-Yaniv 2019)."""
    points = risk_coverage(confidence, right)
    steps = [
        point.coverage - before for point, before in zip(points, [0.0, *(p.coverage for p in points)], strict=False)
    ]
    return sum(point.risk * step for point, step in zip(points, steps, strict=True))


def _times(asked: Sequence[Result]) -> dict[str, float]:
    figures = {}
    for timing, name in (("total", ""), ("first_text", "first_text_")):
        if times := sorted(t[timing] for r in asked if timing in (t := r.answer.trace.timings_ms)):
            figures[f"{name}p50_ms"] = times[len(times) // 2]
            figures[f"{name}p95_ms"] = times[int(len(times) * 0.95)]
    return figures

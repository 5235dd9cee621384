"""Prometheus metrics. None of them carries what visitors typed."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from app.core.types import Answer

ANSWERS = Counter("guichet_answers_total", "Answers given, by outcome and generator.", ["outcome", "generator"])
FEEDBACK = Counter("guichet_feedback_total", "Votes kept.", ["vote"])
DROPPED = Counter("guichet_store_dropped_total", "Answer records dropped because the store was full or away.")
LATENCY = Histogram(
    "guichet_answer_seconds",
    "Time to a whole answer, in seconds.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
INDEX = Gauge("guichet_index_entries", "Entries in the live index.")
MODEL_FAILURES = Counter("guichet_model_failures_total", "Model answers replaced by the composed answer.")


def answered(answer: Answer) -> None:
    """Count an answer."""
    ANSWERS.labels(answer.outcome, answer.generator).inc()
    LATENCY.observe(answer.trace.timings_ms["total"] / 1000)
    if any(step.name == "generate" and step.detail.get("failure") for step in answer.trace.steps):
        MODEL_FAILURES.inc()

"""Prometheus metrics. None of them carries what visitors typed."""

from __future__ import annotations

from functools import partial

from prometheus_client import Counter, Gauge, Histogram

from app.answer.circuit import STATES
from app.answer.failures import REASONS
from app.answer.generation import Generations
from app.core.types import Answer

ANSWERS = Counter("guichet_answers_total", "Answers given, by outcome and generator.", ["outcome", "generator"])
FEEDBACK = Counter("guichet_feedback_total", "Votes kept.", ["vote"])
DROPPED = Counter("guichet_store_dropped_total", "Answer records dropped because the store was full or away.")
CONNECTIONS_CLOSED = Counter(
    "guichet_connections_closed_total",
    "Connections closed on clients: late with their request, stalled (not reading the answer), crowded (too many).",
    ["reason"],
)
for _reason in ("late", "stalled", "crowded"):
    CONNECTIONS_CLOSED.labels(_reason)
LATENCY = Histogram(
    "guichet_answer_seconds",
    "Time to a whole answer, in seconds.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
INDEX = Gauge("guichet_index_entries", "Entries in the live index.")
MODEL_FAILURES = Counter(
    "guichet_model_failures_total", "Model answers replaced by the composed answer, by reason.", ["reason"]
)
MODEL_WAIT = Histogram(
    "guichet_model_wait_seconds",
    "Wait for one of the places before the model, in seconds.",
    buckets=(0.001, 0.01, 0.1, 0.25, 0.5, 1, 2, 5, 10),
)
MODEL_WAITING = Gauge("guichet_model_waiting", "Visitors who wait for a place before the model.")
MODEL_RUNNING = Gauge("guichet_model_running", "Answers the model is writing.")
MODEL_CIRCUIT = Gauge("guichet_model_circuit", "1 for the state that the model's circuit is in.", ["state"])


def watch(generations: Generations) -> None:
    """Let the gauges tell how these stand."""
    generations.on_wait = MODEL_WAIT.observe
    for reason in REASONS:
        MODEL_FAILURES.labels(reason)  # a rate needs the zero before the first failure
    MODEL_WAITING.set_function(lambda: generations.waiting)
    MODEL_RUNNING.set_function(lambda: generations.running)
    for state in STATES:
        MODEL_CIRCUIT.labels(state).set_function(partial(_is_in, generations, state))


def _is_in(generations: Generations, state: str) -> float:
    return float(generations.circuit.state == state)


def answered(answer: Answer) -> None:
    """Count an answer."""
    ANSWERS.labels(answer.outcome, answer.generator).inc()
    LATENCY.observe(answer.trace.timings_ms["total"] / 1000)
    for step in answer.trace.steps:
        if step.name == "generate" and step.detail.get("failure"):
            MODEL_FAILURES.labels(step.detail["reason"]).inc()

"""Prometheus metrics. None of them carries what visitors typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from app.answer.circuit import STATES
from app.answer.failures import REASONS
from app.answer.generation import Generations
from app.core.errors import GuichetError
from app.core.site import CURRENT_SITE
from app.core.types import Answer
from app.core.workers import Workers
from app.search.live import LiveIndex
from app.web import traces

ANSWERS = Counter("guichet_answers_total", "Answers given, by outcome and generator.", ["outcome", "generator", "site"])
FEEDBACK = Counter("guichet_feedback_total", "Votes kept.", ["vote", "site"])
DROPPED = Counter("guichet_store_dropped_total", "Answer records dropped because the store was full or away.", ["site"])
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
    ["site"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
INDEX = Gauge("guichet_index_entries", "Entries in the live index.", ["site"])
INDEX_MADE = Gauge(
    "guichet_index_created_timestamp_seconds", "When the live index was made, in Unix time; 0 without one.", ["site"]
)
READY = Gauge("guichet_ready", "1 for each part that is ready.", ["part", "site"])
REQUESTS = Counter(
    "guichet_http_requests_total", "Requests, by method, route and status.", ["method", "route", "status", "site"]
)
REQUEST_SECONDS = Histogram(
    "guichet_http_request_seconds",
    "Time to the end of a reply, in seconds, by route.",
    ["route", "site"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
MODEL_FAILURES = Counter(
    "guichet_model_failures_total", "Model answers replaced by the composed answer, by reason.", ["reason", "site"]
)
MODEL_WAIT = Histogram(
    "guichet_model_wait_seconds",
    "Wait for one of the places before the model, in seconds.",
    ["site"],
    buckets=(0.001, 0.01, 0.1, 0.25, 0.5, 1, 2, 5, 10),
)
MODEL_WAITING = Gauge("guichet_model_waiting", "Visitors who wait for a place before the model.", ["site"])
MODEL_RUNNING = Gauge("guichet_model_running", "Answers the model is writing.", ["site"])
MODEL_CIRCUIT = Gauge("guichet_model_circuit", "1 for the state that the model's circuit is in.", ["state", "site"])
SEARCHES_WAITING = Gauge("guichet_searches_waiting", "Questions that wait for a thread to be searched on.", ["site"])
SEARCHES_RUNNING = Gauge("guichet_searches_running", "Questions being searched.", ["site"])
OVERLOADED = Counter("guichet_overloaded_total", "Questions refused because too many were waiting.", ["site"])


_BY_SITE = (
    ANSWERS,
    FEEDBACK,
    DROPPED,
    LATENCY,
    INDEX,
    INDEX_MADE,
    READY,
    REQUESTS,
    REQUEST_SECONDS,
    MODEL_FAILURES,
    MODEL_WAIT,
    MODEL_WAITING,
    MODEL_RUNNING,
    MODEL_CIRCUIT,
    SEARCHES_WAITING,
    SEARCHES_RUNNING,
    OVERLOADED,
)


def watch(site: str, generations: Generations, live: LiveIndex) -> None:
    """Let a site's gauges tell how these stand."""
    generations.on_wait = MODEL_WAIT.labels(site).observe
    for reason in REASONS:
        MODEL_FAILURES.labels(reason, site)  # a rate needs the zero before the first failure
    DROPPED.labels(site)
    LATENCY.labels(site)
    INDEX.labels(site).set_function(partial(_entries, live))
    INDEX_MADE.labels(site).set_function(partial(_made, live))
    MODEL_WAITING.labels(site).set_function(lambda: generations.waiting)
    MODEL_RUNNING.labels(site).set_function(lambda: generations.running)
    for state in STATES:
        MODEL_CIRCUIT.labels(state, site).set_function(partial(_is_in, generations, state))


def forget(site: str) -> None:
    """Stop telling of a site that is gone."""
    for metric in _BY_SITE:
        metric.remove_by_labels({"site": site})


def exposition(site: str) -> bytes:
    """Prometheus text: everything for the service, what is its own for a site."""
    return generate_latest(_Told(site))


class _Told(Collector):
    """The metrics as one asker may see them."""

    def __init__(self, site: str) -> None:
        self._site = site

    def collect(self) -> Iterable[Metric]:
        """A site's own samples, without those of the process; for the service all, its own without a site."""
        for metric in REGISTRY.collect():
            told = Metric(metric.name, metric.documentation, metric.type)
            told.samples = [self._told(sample) for sample in metric.samples if self._may_see(sample)]
            if told.samples:
                yield told

    def _may_see(self, sample: Sample) -> bool:
        return not self._site or sample.labels.get("site") == self._site

    def _told(self, sample: Sample) -> Sample:
        if sample.labels.get("site") != "":
            return sample
        return sample._replace(labels={name: value for name, value in sample.labels.items() if name != "site"})


def _entries(live: LiveIndex) -> float:
    try:
        return float(len(live.retriever().index.entries))
    except GuichetError:  # without an index there are no entries
        return 0.0


def _made(live: LiveIndex) -> float:
    try:
        return live.retriever().index.manifest.created_at.timestamp()
    except GuichetError:
        return 0.0


def watch_parts(site: str, parts: Mapping[str, Callable[[], bool]]) -> None:
    """Let a gauge tell which of a site's parts are ready."""
    for part, is_ready in parts.items():
        READY.labels(part, site).set_function(is_ready)


def watch_searches(site: str, workers: Workers) -> None:
    """Let the metrics tell how many of a site's questions are searched, wait, and were refused."""
    SEARCHES_WAITING.labels(site).set_function(lambda: workers.waiting)
    SEARCHES_RUNNING.labels(site).set_function(lambda: workers.running)
    workers.on_refusal = OVERLOADED.labels(site).inc


def _is_in(generations: Generations, state: str) -> float:
    return float(generations.circuit.state == state)


def answered(answer: Answer) -> None:
    """Count an answer of the site at hand, and trace it where that is asked for."""
    traces.answered(answer)
    site = CURRENT_SITE.get()
    ANSWERS.labels(answer.outcome, answer.generator, site).inc()
    LATENCY.labels(site).observe(answer.trace.timings_ms["total"] / 1000)
    for step in answer.trace.steps:
        if step.name == "generate" and step.detail.get("failure"):
            MODEL_FAILURES.labels(step.detail["reason"], site).inc()


def voted(vote: str) -> None:
    """Count a vote that was kept."""
    FEEDBACK.labels(vote, CURRENT_SITE.get()).inc()


def dropped(site: str) -> None:
    """Count a record that the store could not keep."""
    DROPPED.labels(site).inc()

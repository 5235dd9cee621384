"""OpenTelemetry traces of answers: one span an answer, one inside for each step, nothing of what was written.

Off, and nothing of it loaded, unless `GUICHET_TRACES` names a collector (extra `otel`). The spans are made from the
answer's own trace once it is there, so that nothing on a visitor's way waits for them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog

from app import __version__
from app.core.types import Answer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

_log = structlog.get_logger(__name__)
_provider: Any = None


def start(endpoint: str | None, exporter: SpanExporter | None = None) -> None:
    """Send spans to the collector at `endpoint` (OTLP over HTTP), or to `exporter`; to nobody when both are None."""
    global _provider  # noqa: PLW0603 - like the metrics, one for the process
    stop()
    if endpoint is None and exporter is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    except ImportError:
        _log.error("traces.unavailable", mend="pip install 'guichet[otel]'")
        return
    resource = Resource.create({"service.name": "guichet", "service.version": __version__})
    _provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    if exporter is not None:
        _provider.add_span_processor(SimpleSpanProcessor(exporter))
    else:
        _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))


def stop() -> None:
    """Send what waits and close."""
    global _provider  # noqa: PLW0603
    if _provider is not None:
        _provider.shutdown()
    _provider = None


def answered(answer: Answer) -> None:
    """The spans of an answer that has just been given."""
    if _provider is None:
        return
    from opentelemetry import trace

    tracer = _provider.get_tracer("guichet", __version__)
    end = time.time_ns()
    at = end - int(answer.trace.timings_ms["total"] * 1e6)
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    attributes = {
        "guichet.outcome": answer.outcome,
        "guichet.generator": answer.generator,
        "guichet.confidence": answer.confidence,
        "guichet.sources": len(answer.sources),
        "guichet.index_version": answer.trace.index_version,
        "guichet.request_id": request_id,
    }
    whole = tracer.start_span("guichet.answer", start_time=at, attributes=attributes)
    inside = trace.set_span_in_context(whole)
    for step in answer.trace.steps:
        reason = step.detail.get("reason") if step.name == "generate" else None
        more = {"guichet.failure": str(reason)} if reason else {}
        span = tracer.start_span(f"guichet.{step.name}", context=inside, start_time=at, attributes=more)
        at = min(end, at + int(step.ms * 1e6))
        span.end(end_time=at)
    whole.end(end_time=end)

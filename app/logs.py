"""How the service logs: JSON lines on standard error, without anything visitors typed."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

from app.core.site import CURRENT_SITE


def _with_site(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say which site a line is about, where the service has several."""
    if site := CURRENT_SITE.get():
        event.setdefault("site", site)
    return event


def configure_logging(level: str) -> None:
    """Log from `level` (debug, info, warning or error) upwards."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _with_site,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=cast(TextIO, Unfailing(sys.stderr))),
    )


class Unfailing:
    """A stream whose disk may be full, or whose reader gone: a line is lost then, never a visitor's answer."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError, ValueError):
            self._stream.flush()

"""How the service logs: JSON lines on standard error, without anything visitors typed."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

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
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )

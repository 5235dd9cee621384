"""How the service logs: JSON lines on standard error, without anything visitors typed and without secrets.

An error's own message may quote what a visitor typed: above debug, a crash is told by its type and the places it
passed, never by its message. What libraries log by `logging` comes out in the same form.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO, cast

import structlog

from app.core.site import CURRENT_SITE

_LOUD = ("uvicorn", "uvicorn.error")
"""Libraries whose own messages are of use at the level of the settings; the others only warn."""
_from = logging.INFO
"""Level from which lines are written."""
_Error = tuple[type[BaseException], BaseException, TracebackType | None]


def _with_site(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say which site a line is about, where the service has several."""
    if site := CURRENT_SITE.get():
        event.setdefault("site", site)
    return event


def configure_logging(level: str) -> None:
    """Log from `level` (debug, info, warning or error) upwards."""
    global _from  # noqa: PLW0603 - one for the process, like structlog's own configuration
    number = _from = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_shared(number)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=cast(TextIO, Unfailing(sys.stderr))),
    )


def is_debugging() -> bool:
    """Whether debug lines are written: making one that isn't costs a request more than all its other lines."""
    return _from <= logging.DEBUG


def take_over_libraries(level: str) -> None:
    """Let what libraries log by `logging` come out as the same JSON lines, instead of their own formats.

    Handlers that a library was given before (uvicorn's own set-up keeps its lines from the root) are taken from it.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler(cast(TextIO, Unfailing(sys.stderr)))
    handler.setFormatter(_Json(number))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))
    for name in _LOUD:
        library = logging.getLogger(name)
        library.setLevel(number)
        library.handlers, library.propagate = [], True


def _shared(level: int) -> list[structlog.typing.Processor]:
    told = structlog.processors.format_exc_info if level <= logging.DEBUG else _without_message
    return [
        structlog.processors.add_log_level,
        _with_site,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        told,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _without_message(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An error as its type, those of its causes, and the places it passed."""
    given = event.pop("exc_info", None)
    if isinstance(given, BaseException):
        given = (type(given), given, given.__traceback__)
    elif given and not isinstance(given, tuple):
        given = sys.exc_info()
    if given and given[0] is not None:
        event["error"], event["at"] = _kinds(given[1]), _places(given)
    return event


def _kinds(error: BaseException | None) -> str:
    names: list[str] = []
    while error is not None and len(names) < 5:
        names.append(type(error).__name__)
        error = error.__cause__ or error.__context__
    return " < ".join(names)


def _places(error: _Error) -> list[str]:
    frames = traceback.extract_tb(error[2])[-8:]
    return [f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in frames]


class _Json(logging.Formatter):
    """A library's record as our own lines are."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self._processors = [structlog.contextvars.merge_contextvars, *_shared(level)]

    def format(self, record: logging.LogRecord) -> str:
        """One JSON line."""
        event: Any = {"event": "library", "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            event["exc_info"] = record.exc_info
        for processor in self._processors:
            event = processor(None, record.levelname.lower(), event)
        return str(event)


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

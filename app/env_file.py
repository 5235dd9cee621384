"""The `.env` file, looked at before it is believed: what it says ill is told with its line, never left out in silence.

pydantic-settings reads it with python-dotenv, which passes over a line that it can't read, and writes out `${NAME}`
as often as it stands there.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from app import settings_messages as messages
from app.core.errors import BadSource

MAX_BYTES = 64 * 1024
"""Largest file, and longest text that `${…}` may grow into."""

_REFERENCE = re.compile(r"\$\{(?P<name>[^}:]*)(?::-(?P<default>[^}]*))?\}")
"""As python-dotenv has it."""


def check(path: Path) -> None:
    """Raise BadSource, with the line and the mend, for a file that can't be read as settings."""
    if not path.is_file():
        return
    _check_growth(path, _bindings(path))


def line_of(path: Path, name: str) -> int | None:
    """The line that gives a variable, the last if there are several; None when the file doesn't give it."""
    if not path.is_file():
        return None
    lines = [binding.original.line for binding in _bindings(path) if (binding.key or "").upper() == name.upper()]
    return lines[-1] if lines else None


def _bindings(path: Path) -> list[Binding]:
    bindings = list(parse_stream(io.StringIO(_text(path))))
    for binding in bindings:
        if binding.error:
            raise BadSource(path, _first_line(binding), messages.NOT_A_SETTING, mend=messages.NOT_A_SETTING_MEND)
    return bindings


def _first_line(binding: Binding) -> int:
    """python-dotenv counts the blank lines before a statement in."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = messages.UNREADABLE.format(reason=error.strerror)
        raise BadSource(path, None, reason, mend=messages.UNREADABLE_MEND) from error
    if len(content) > MAX_BYTES:
        reason = messages.TOO_LARGE.format(limit=MAX_BYTES // 1024)
        raise BadSource(path, None, reason, mend=messages.TOO_LARGE_MEND)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadSource(path, line, messages.NOT_UTF8, mend=messages.NOT_UTF8_MEND) from error


def _check_growth(path: Path, bindings: list[Binding]) -> None:
    """Raise for `${…}` that grow beyond measure: each line may double what the line before it gave."""
    sizes: dict[str, int] = {}
    for binding in bindings:
        if binding.key is None or binding.value is None:
            continue
        size = len(_REFERENCE.sub("", binding.value))
        for found in _REFERENCE.finditer(binding.value):
            name, default = found["name"], found["default"] or ""
            size += max(sizes.get(name, 0), len(os.environ.get(name, "")), len(default))
        if size > MAX_BYTES:
            message = messages.EXPANDS.format(name=binding.key, limit=MAX_BYTES // 1024)
            raise BadSource(path, _first_line(binding), message, mend=messages.EXPANDS_MEND)
        sizes[binding.key] = size

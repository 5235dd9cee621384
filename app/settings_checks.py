"""What a setting's value must be, whatever it is a setting of: nothing here fails later, elsewhere, with a traceback.

Each check returns the value or raises ValueError with a French reason, as pydantic's validators do.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from app import settings_messages as messages

GREATEST = 1_000_000_000
"""No count, delay or size beyond it: what clocks, threads and databases take."""

_ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?|https?://\[[0-9a-f:]+\](?::\d{1,5})?")
_HOST = re.compile(r"[\w.-]{1,253}|[0-9a-f:.]{2,45}", re.IGNORECASE)


def check_value(value: object, *, lines: bool = False) -> None:
    """Raise for a text or path with control characters, where it isn't of several `lines` for line ends too, and for
    numbers beyond all use.
    """
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, str | Path) and any(_unprintable(char, lines) for char in str(value)):
        raise ValueError(messages.UNPRINTABLE)
    if isinstance(value, Path) and (len(bytes(value)) > 4000 or any(len(part.encode()) > 255 for part in value.parts)):
        raise ValueError(messages.LONG_PATH)
    if isinstance(value, int | float) and abs(value) > GREATEST:
        raise ValueError(messages.TOO_MUCH.format(limit=GREATEST))


def _unprintable(char: str, lines: bool) -> bool:
    """A control character, or half of a surrogate pair."""
    return unicodedata.category(char) in ("Cc", "Cs") and char not in ("\t\n\r" if lines else "\t")


def check_origin(origin: str) -> None:
    """Raise unless it is scheme, host and perhaps port, exactly."""
    if not _ORIGIN.fullmatch(origin) or not is_web_address(origin):
        raise ValueError(messages.BAD_ORIGIN.format(origin=origin))


def check_address(address: str) -> None:
    """Raise unless it is an http(s) address with a host."""
    if not is_web_address(address):
        raise ValueError(messages.BAD_ADDRESS)


def is_web_address(address: str) -> bool:
    """Whether it is an http(s) address with a host, in one word, and a port that exists."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    return (
        parts.scheme in ("http", "https")
        and bool(_HOST.fullmatch(host))
        and port != 0
        and not any(char.isspace() for char in address)
    )


def check_database(url: str, backends: tuple[str, ...], reason: str) -> None:
    """Raise unless SQLAlchemy can read the address, and it names one of these databases."""
    import sqlalchemy as sa

    try:
        parsed = sa.make_url(url)
        name, _, driver = parsed.drivername.partition("+")
        fine = name in backends and driver in ("", "psycopg", "pysqlite")
    except (sa.exc.ArgumentError, ValueError):
        fine = False
    if not fine or url.strip() != url:
        raise ValueError(reason)


def first_fault(error: ValidationError) -> tuple[str, str]:
    """The name of the first setting that is wrong, "" where the fault is none's, and a French reason."""
    first = error.errors(include_url=False)[0]
    context = {key: str(value) for key, value in first.get("ctx", {}).items()}
    reason = messages.REASONS.get(first["type"], messages.OTHER_REASON).format(**context)
    return str(first["loc"][0]) if first["loc"] else "", reason

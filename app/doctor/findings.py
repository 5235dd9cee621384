"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `mend` is "" when there is nothing to do."""

    part: str
    state: State
    told: str
    mend: str = ""
    site: str = ""
    """The site it is about; "" for the service's own FAQ."""


def ok(part: str, told: str) -> Finding:
    """All is well."""
    return Finding(part, "ok", told)


def warning(part: str, told: str, mend: str) -> Finding:
    """It works, and should be seen to."""
    return Finding(part, "warning", told, mend)


def failed(part: str, told: str, mend: str) -> Finding:
    """The service can't do its work."""
    return Finding(part, "failed", told, mend)

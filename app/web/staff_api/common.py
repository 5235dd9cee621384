"""What the parts of staff's JSON interface share: kinds of parameters, and today's date."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Path, Query

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
RowId = Annotated[int, Path(ge=1, le=2**62)]
Text = Annotated[str, Query(max_length=200)]
Json = dict[str, Any]
DAYS = 90
"""What the health of entries looks back on."""


def today() -> date:
    """In UTC, as the counts by day are kept."""
    return datetime.now(UTC).date()

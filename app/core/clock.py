"""A clock that may jump: what must not be decided by it until it has stood for a day.

Machines start with an empty clock battery, virtual ones wake up in another year, somebody types a wrong date. What
can't be undone, deleting what is too old, waits then; rate limits, timeouts and conversations go by the steady
clock, and aren't concerned.
"""

from __future__ import annotations

import time
from collections.abc import Callable

JUMP_S = 3600.0
"""Difference between the two clocks from which it is a jump and not a correction."""
SETTLED_S = 86_400.0
"""Time after which a clock that jumped is believed."""


def steady() -> float:
    """Seconds since the machine started, its sleep included; nobody can set it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Trust:
    """Whether the date can be believed. Safe to ask as often as one likes."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        since_boot: Callable[[], float] = steady,
        settled_s: float = SETTLED_S,
    ) -> None:
        self._wall, self._steady, self._settled_s = wall, since_boot, settled_s
        self._offset = wall() - since_boot()
        self._doubted_at: float | None = None

    def doubt(self) -> None:
        """There is a reason to doubt the date: it is believed again in a day."""
        self._doubted_at = self._steady()

    def holds(self) -> bool:
        """False from a jump on until a day has passed without another."""
        offset = self._wall() - self._steady()
        if abs(offset - self._offset) > JUMP_S:
            self._offset = offset
            self.doubt()
        return self._doubted_at is None or self._steady() - self._doubted_at >= self._settled_s

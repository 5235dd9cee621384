"""A circuit breaker: after failures in a row the model is left alone for a while, then tried again.

Closed: every call may go ahead. Open: none, so that no visitor waits for a server that is away.
Half-open, once the rest is over: one call alone, the probe; it closes the circuit or opens it again.

Written here because the breakers on PyPI let every waiting call through when half-open or read the
system's clock themselves (docs/adr/0009). Not safe between threads: it belongs to one event loop.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Literal

State = Literal["closed", "open", "half_open"]
STATES: tuple[State, ...] = ("closed", "open", "half_open")

Call = Literal["normal", "probe"]
"""What a call that goes ahead is to the circuit."""


class Circuit:
    """Opens after `failures` in a row, for `rest_s` seconds."""

    def __init__(self, failures: int = 3, rest_s: float = 30.0, clock: Callable[[], float] = monotonic) -> None:
        self._allowed = failures
        self._rest_s = rest_s
        self._clock = clock
        self._in_a_row = 0
        self._opened_at: float | None = None
        self._probing = False
        self.changes = 0
        """How often it was opened or closed by calls of this process; replicas tell each other (web/sharing.py)."""

    @property
    def rest_left(self) -> float | None:
        """Seconds until the next try, 0 when it is due; None when closed."""
        if self._opened_at is None:
            return None
        return max(0.0, self._rest_s - (self._clock() - self._opened_at))

    def opened_elsewhere(self, rest_s: float) -> None:
        """Another process found the server away and leaves it alone for `rest_s` more seconds."""
        self._opened_at = self._clock() - self._rest_s + min(rest_s, self._rest_s)

    def closed_elsewhere(self) -> None:
        """Another process found the server back."""
        self._in_a_row, self._opened_at = 0, None

    @property
    def state(self) -> State:
        """Closed, open, or half-open: the next call admitted is the probe, or it is under way."""
        if self._opened_at is None:
            return "closed"
        return "half_open" if self._clock() - self._opened_at >= self._rest_s else "open"

    @property
    def admits(self) -> bool:
        """Whether a call may go ahead now."""
        return self.state == "closed" or (self.state == "half_open" and not self._probing)

    def admit(self) -> Call | None:
        """What a call that may go ahead is; None when it may not.

        One of `succeeded`, `failed` and `abandoned` must follow with what was given.
        """
        if not self.admits:
            return None
        self._probing = self.state == "half_open"
        return "probe" if self._probing else "normal"

    def succeeded(self, call: Call) -> None:
        """A call went well: the server is there, whatever was thought before."""
        if self._opened_at is not None:
            self.changes += 1
        self._in_a_row, self._opened_at = 0, None
        self.abandoned(call)

    def failed(self, call: Call) -> None:
        """A call failed. One that began before the circuit opened doesn't prolong the rest."""
        self._in_a_row += 1
        if call == "probe" or (self.state == "closed" and self._in_a_row >= self._allowed):
            self._opened_at = self._clock()
            self.changes += 1
        self.abandoned(call)

    def abandoned(self, call: Call) -> None:
        """A call ended without saying anything about the server: the visitor left."""
        if call == "probe":
            self._probing = False

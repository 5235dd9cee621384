"""Replicas that count together: what each allows on its own is settled with the others twice a second.

Whether a request may pass is decided in this process at once; then what was used up is taken from the buckets in
PostgreSQL, and this process goes on from what all of them left. A client that asks every replica within half a second
may so get through a little more at first, and waits the longer for it. With the database away each replica counts
alone. The model's circuit goes the same way: one replica that finds the model's server away spares the others the try.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

import structlog

from app.answer.circuit import Circuit
from app.core.errors import StoreUnavailable
from app.store.shared_state import SharedState
from app.web.limits import RateLimiter

SYNC_S = 0.5
"""Time between two settlements (s)."""
TIDY_S = 60.0
AWAY_S = 5.0
"""Time for which the database is left alone after a failure (s)."""
CIRCUIT = "model"

_log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(slots=True)
class Sharing:
    """Settles this process's limits and circuit with the other replicas'."""

    state: SharedState
    limiters: Mapping[str, RateLimiter]
    circuit: Circuit
    idle_s: float
    """Silence after which a conversation is forgotten (s)."""
    _executor: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "guichet-sharing"))
    """Not the searches' threads: it may wait for the database."""
    _seen: int = 0
    _resting: bool = False
    _tidied: float = field(default_factory=monotonic)

    async def run(self) -> None:
        """Settle until cancelled."""
        for limiter in self.limiters.values():
            limiter.tell = True
        try:
            while True:
                await asyncio.sleep(SYNC_S)
                try:
                    await self.settle()
                except StoreUnavailable as error:
                    _log.warning("sharing.away", reason=str(error))
                    await asyncio.sleep(AWAY_S)
                except Exception as error:  # noqa: BLE001 - counting alone is better than not counting
                    _log.error("sharing.failed", exc_info=error)
                    await asyncio.sleep(AWAY_S)
        finally:
            self._executor.shutdown(wait=False)

    async def settle(self) -> None:
        """Once. Raises StoreUnavailable."""
        for name, limiter in self.limiters.items():
            if taken := limiter.taken():
                per_minute = limiter.per_minute
                left = await self._elsewhere(lambda n=name, p=per_minute, t=taken: self.state.settle(n, p, t))  # type: ignore[misc]
                for client, tokens in left.items():
                    limiter.settle(client, tokens)
        await self._settle_circuit()
        if monotonic() - self._tidied > TIDY_S:
            self._tidied = monotonic()
            await self._elsewhere(lambda: self.state.tidy(self.idle_s))

    async def _settle_circuit(self) -> None:
        circuit = self.circuit
        if circuit.changes != self._seen:
            self._seen, rest = circuit.changes, circuit.rest_left
            await self._elsewhere(lambda: self.state.rest(CIRCUIT, rest))
            self._resting = False
            return
        rest = await self._elsewhere(lambda: self.state.resting(CIRCUIT))
        if rest is not None and rest > 0 and circuit.state == "closed":
            circuit.opened_elsewhere(rest)
            self._resting = True
        elif rest is None and self._resting:
            circuit.closed_elsewhere()
            self._resting = False

    async def _elsewhere(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

"""Stopping without a failed request: not ready first, then no new connections, then the end.

A load balancer learns from `/api/ready` that a replica is leaving, and needs a moment to look. Until then the replica
answers as ever.
"""

from __future__ import annotations

import signal
from threading import Event, Timer
from types import FrameType

import uvicorn


class DrainingServer(uvicorn.Server):
    """Told to stop (SIGTERM), goes on for `drain_s` seconds as not ready; a second signal ends it at once."""

    def __init__(self, config: uvicorn.Config, draining: Event, drain_s: float) -> None:
        super().__init__(config)
        self._draining = draining
        self._drain_s = drain_s

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain, or leave."""
        if sig == signal.SIGTERM and self._drain_s and not self._draining.is_set():
            self._draining.set()
            timer = Timer(self._drain_s, super().handle_exit, (sig, frame))
            timer.daemon = True
            timer.start()
            return
        super().handle_exit(sig, frame)

"""A message that comes when nobody else asks: the encoder's pass on one core, all that isn't the pass on another.

A pass lets go of Python's lock and, of a core's caches, leaves little that isn't its own. So it has a thread to itself;
what doesn't need the vector is done meanwhile on the event loop, and what does once the vector is there, where code and
data are still at hand. That keeps the loop for a millisecond, which it would wait for Python's lock otherwise. When
others ask, or in a large FAQ, everything is one piece of work on one of the threads (app/core/workers.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from app.answer.clauses import split
from app.core.wanted import wanted
from app.core.workers import Started, Workers
from app.search.retriever import Embedded, HybridRetriever

Result = TypeVar("Result")


class PassNeeded(Exception):
    """A text is to be searched whose vector isn't there, where no pass may be made."""


class Ahead:
    """The vector of one message, embedded ahead of its search where that is quicker."""

    def __init__(self, retriever: HybridRetriever, workers: Workers) -> None:
        self._retriever = retriever
        self._workers = workers
        self._message = ""
        self._started: Started[Embedded] | None = None
        self._embedded: Embedded | None = None
        self._passes = True

    async def begin(self, message: str) -> None:
        """Begin the pass over the message, if this is the time for it; it is under way on return."""
        if not (message and self._workers.idle and self._retriever.quick):
            return
        self._message = message
        self._started = self._workers.start(self._retriever.embed_alone, message)
        self._started.result.add_done_callback(_noted)
        await self._started.under_way

    def give_up(self) -> None:
        """There will be no search."""
        if self._started is not None:
            self._started.give_up()

    async def arrive(self) -> None:
        """Read the message's words while the pass runs, and wait for its end."""
        if self._started is not None:
            reading = self._retriever.prepare(self._message)
            # What these find is remembered; decision and composition ask for it.
            wanted(reading.text)
            split(reading.text)
            self._embedded = await self._started.result

    async def run(self, step: Callable[..., Result], *arguments: object) -> Result:
        """What a step gives: at once where it needs no further pass, else from one of the threads.

        A step that needs one begins anew there, so it must have done nothing by then.
        """
        self._passes = False
        try:
            return step(*arguments)
        except PassNeeded:
            pass
        finally:
            self._passes = True
        return await self._workers.run(step, *arguments)

    def embed(self, text: str) -> Embedded:
        """The vector of a text. Raises PassNeeded where it isn't there and `run` tries to do without."""
        if self._embedded is not None and text == self._message:
            return self._embedded
        if not self._passes:
            raise PassNeeded
        return self._retriever.embed(text)

    @property
    def there(self) -> bool:
        """Whether the vector is there."""
        return self._embedded is not None

    @property
    def spent_ms(self) -> float:
        """Time of the pass that was made ahead (ms)."""
        return self._embedded.ms if self._embedded else 0.0


def _noted(result: asyncio.Future[Embedded]) -> None:
    """A failure of what nobody waits for any more is nobody's."""
    if not result.cancelled():
        result.exception()

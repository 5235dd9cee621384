"""How many answers a model writes at once, who waits, for how long, and when it is left alone.

Every answer has one deadline, waiting included. At most `at_once` are written, at most `queue` visitors
wait for a place, each no longer than `wait_s`; who gets none reads the composed answer. Failures of
the server in a row open the circuit (app/answer/circuit.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter

from app.answer.circuit import Circuit
from app.answer.failures import failed, is_the_servers
from app.answer.write import Draft, write_verified
from app.core.errors import GenerationFailed
from app.core.ports import Generator, Verify
from app.core.types import Entry


@dataclass(slots=True)
class Generations:
    """The places before a model; one for each process. Times are in seconds."""

    at_once: int = 4
    queue: int = 8
    wait_s: float = 2.0
    timeout_s: float = 8.0
    circuit: Circuit = field(default_factory=Circuit)
    on_wait: Callable[[float], None] = lambda _: None
    """Told how long each visitor waited for a place."""
    running: int = 0
    waiting: int = 0
    _places: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.at_once)

    async def write(
        self, generator: Generator, question: str, entries: Sequence[Entry], draft: Draft
    ) -> AsyncGenerator[str]:
        """Verified pieces of text as they come; `draft` holds the whole at the end.

        Raises GenerationFailed, after `timeout_s` at the latest. Closing it ends the generation.
        The work runs in a task of its own: a deadline holds for a task, and who reads a stream may be
        another one for each piece.
        """
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        work = asyncio.create_task(self._work(generator, question, entries, draft, pieces.put_nowait))
        work.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            await work
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError, GenerationFailed):
                await work

    async def _work(
        self,
        generator: Generator,
        question: str,
        entries: Sequence[Entry],
        draft: Draft,
        put: Callable[[str | None], None],
    ) -> None:
        deadline = asyncio.get_running_loop().time() + self.timeout_s
        if not self.circuit.admits:
            raise failed("circuit_open")
        async with self._place():
            call = self.circuit.admit()
            if call is None:
                raise failed("circuit_open")
            concluded = self.circuit.abandoned
            try:
                async with asyncio.timeout_at(deadline):
                    verify = _verifying(generator.name, question, entries, draft)
                    async with aclosing(generator.write(question, entries, verify)) as shown:
                        async for piece in shown:
                            put(piece)
                concluded = self.circuit.succeeded
            except TimeoutError:
                concluded = self.circuit.failed
                raise failed("timeout", f"{self.timeout_s:g} s") from None
            except GenerationFailed as error:
                concluded = self.circuit.failed if is_the_servers(error) else self.circuit.succeeded
                raise
            finally:
                concluded(call)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """One of the places, waited for no longer than `wait_s`."""
        if self._places.locked() and self.waiting >= self.queue:
            raise failed("queue_full")
        self.waiting += 1
        began = perf_counter()
        try:
            async with asyncio.timeout(min(self.wait_s, self.timeout_s)):
                await self._places.acquire()
        except TimeoutError:
            raise failed("queue_wait", f"{self.wait_s:g} s") from None
        finally:
            self.waiting -= 1
            self.on_wait(perf_counter() - began)
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._places.release()


def _verifying(name: str, question: str, entries: Sequence[Entry], draft: Draft) -> Verify:
    """The verifier, as a step that a model's text runs through."""

    async def verifier(pieces: AsyncIterator[str]) -> AsyncGenerator[str]:
        async with aclosing(write_verified(_Said(name, pieces), question, entries, draft)) as shown:
            async for piece in shown:
                yield piece

    return verifier


class _Said:
    """Text on its way from a model, as the Generator that `write_verified` reads."""

    def __init__(self, name: str, pieces: AsyncIterator[str]) -> None:
        self.name = name
        self._pieces = pieces

    async def stream(self, question: str, entries: Sequence[Entry]) -> AsyncGenerator[str]:  # noqa: ARG002
        async for piece in self._pieces:
            yield piece

    def write(self, question: str, entries: Sequence[Entry], verify: Verify) -> AsyncGenerator[str]:
        return verify(self.stream(question, entries))

    async def aclose(self) -> None:
        pass

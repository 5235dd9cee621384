"""The threads that questions are worked on, and the bounded queue before them.

Searching is what a question costs: it runs on as many threads as there are cores for them (the encoder's pass lets
other threads run), outside the event loop. What comes in faster than it can be worked off waits in the queue; what
would wait for too long is refused at once, so that a service under too much load stays quick for those it serves.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from time import perf_counter
from typing import Any, Generic, TypeVar

from app.core.errors import GuichetError

Result = TypeVar("Result")

QUEUE = 256
"""Places in the queue by default: on one core some two seconds' worth."""
RECENT = 0.05
"""Weight of the newest piece of work in the mean of what one takes."""
FIRST_GUESS_S = 0.01
"""What a piece of work is taken to cost before any has been done (s)."""
_CGROUP = Path("/sys/fs/cgroup")


class Overloaded(GuichetError):
    """Too much waits already. `retry_after_s`: seconds (whole, 1 or more) in which the queue should be worked off."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("Trop de questions attendent déjà leur réponse.")
        self.retry_after_s = retry_after_s


@dataclass(slots=True)
class _Job:
    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    context: Context
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    began: asyncio.Future[None] | None = None
    """Told when the work says that it is under way."""


@dataclass(frozen=True, slots=True)
class Started(Generic[Result]):
    """A piece of work that was handed over."""

    under_way: asyncio.Future[None]
    """Done when the work does without Python's lock, or has failed."""
    result: asyncio.Future[Result]

    def give_up(self) -> None:
        """Nobody waits any more: what hasn't begun won't, and a failure is nobody's."""
        self.result.cancel()


class Workers:
    """`threads` threads and a queue of `queue` places before them. Any event loop may call `run`.

    Threads start when they are first needed and end with the process, or with `close`. Work runs in its caller's
    context. Each site has workers of its own, so that one site's visitors don't stand in another's queue.
    """

    def __init__(self, threads: int = 1, queue: int = QUEUE, name: str = "guichet-search") -> None:
        self.threads = threads
        self.places = queue
        self.on_refusal: Callable[[], object] = lambda: None
        """Called for each piece of work that finds no place."""
        self._name = name
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = Lock()
        self._started = 0
        self._pending = 0
        self._mean_s = FIRST_GUESS_S

    @property
    def waiting(self) -> int:
        """Pieces of work in the queue."""
        return max(0, self._pending - self.threads)

    @property
    def running(self) -> int:
        """Pieces of work under way."""
        return min(self._pending, self.threads)

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        return not self._pending

    async def run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """What `work` returns or raises, from one of the threads. Raises Overloaded when the queue is full.

        Whoever stops waiting (a visitor who has gone) gives the place up: the work is not begun.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._submit(_Job(work, arguments, copy_context(), loop, future))
        return await future

    def start(self, work: Callable[..., Result], *arguments: Any) -> Started[Result]:
        """The same for whoever has something else to do meanwhile.

        `work` has a function as its last argument, to be called just before it lets go of Python's lock for long:
        woken any earlier, whoever started it would keep the lock from it. Raises Overloaded when the queue is full.
        """
        loop = asyncio.get_running_loop()
        under_way: asyncio.Future[None] = loop.create_future()
        result: asyncio.Future[Result] = loop.create_future()

        def tell() -> None:
            loop.call_soon_threadsafe(_settle, under_way, None, None)

        self._submit(_Job(work, (*arguments, tell), copy_context(), loop, result, under_way))
        return Started(under_way, result)

    def _submit(self, job: _Job) -> None:
        with self._lock:
            if self._pending >= self.threads + self.places:
                self.on_refusal()
                raise Overloaded(max(1, math.ceil(self._pending * self._mean_s / self.threads)))
            self._pending += 1
            begins = self._started < min(self.threads, self._pending)
            self._started += begins
        if begins:
            Thread(target=self._serve, name=self._name, daemon=True).start()
        self._jobs.put(job)

    def close(self) -> None:
        """Let the threads end once what is queued is done."""
        with self._lock:
            started, self._started = self._started, 0
        for _ in range(started):
            self._jobs.put(None)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.future.cancelled():
                self._done(None)
            else:
                self._do(job)
            del job

    def _do(self, job: _Job) -> None:
        began = perf_counter()
        try:
            result, error = job.context.run(job.work, *job.arguments), None
        except BaseException as raised:  # noqa: BLE001 - whoever waits is to get it, whatever it is
            result, error = None, raised
        self._done(perf_counter() - began)
        try:
            if job.began is not None and error is not None:
                job.loop.call_soon_threadsafe(_settle, job.began, None, None)
            job.loop.call_soon_threadsafe(_settle, job.future, result, error)
        except RuntimeError:
            return  # The loop has ended: nobody waits any more.

    def _done(self, took_s: float | None) -> None:
        """Its place is free, before whoever waits for it goes on."""
        with self._lock:
            self._pending -= 1
            if took_s is not None:
                self._mean_s += RECENT * (took_s - self._mean_s)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def usable_cores(cgroup: Path = _CGROUP) -> int:
    """Cores that this process may use: those it is bound to, and no more than a container's quota; at least 1.

    The quota is read as Linux gives it, `cpu.max` (cgroup v2) or `cpu.cfs_quota_us` over `cpu.cfs_period_us` (v1).
    A part of a core counts as one.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return max(1, bound if quota is None else min(bound, math.ceil(quota)))


def _quota(cgroup: Path) -> float | None:
    """A container's share of the machine, in cores; None without a limit."""
    try:
        limit, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            limit = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text().strip()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    if not (limit.isdigit() and period.isdigit() and int(period)):
        return None  # "max", or -1: no limit
    return int(limit) / int(period)

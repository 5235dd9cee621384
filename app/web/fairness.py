"""Threads that sites take turns on, so that one site's visitors don't stand in another's queue.

`asyncio.to_thread` runs on the loop's executor: searches, index checks, whatever staff compute. First come, first
served would let a site with a thousand questions waiting keep every other one waiting as long. Here each site has a
queue of its own, and a thread that becomes free takes the next piece of work of the next site in turn (round robin,
Nagle 1987). No site holds all threads at once: of `n`, one is always left to the others.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from app.core.site import CURRENT_SITE

P = ParamSpec("P")
R = TypeVar("R")
_Work = tuple["Future[Any]", Callable[[], Any]]


class FairExecutor(ThreadPoolExecutor):
    """A thread pool whose waiting work is shared out by site (`CURRENT_SITE` when it is handed in)."""

    def __init__(self, workers: int, *, thread_name_prefix: str = "") -> None:
        super().__init__(workers, thread_name_prefix)
        self._most = max(1, workers - 1)
        self._turns = Lock()
        self._waiting: OrderedDict[str, deque[_Work]] = OrderedDict()
        self._running: Counter[str] = Counter()

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Queue a call behind those of the same site."""
        site = CURRENT_SITE.get()
        future: Future[R] = Future()
        with self._turns:
            self._waiting.setdefault(site, deque()).append((future, lambda: fn(*args, **kwargs)))
        super().submit(self._work)
        return future

    def waiting(self, site: str) -> int:
        """Calls of a site that no thread has taken yet."""
        with self._turns:
            return len(self._waiting.get(site, ()))

    def _work(self) -> None:
        """Work until nothing is left that may run now: as many threads come here as there are calls."""
        while (taken := self._take()) is not None:
            site, (future, call) = taken
            try:
                _run(future, call)
            finally:
                with self._turns:
                    self._running[site] -= 1
            del future, call, taken

    def _take(self) -> tuple[str, _Work] | None:
        """The first call of the site whose turn it is and that doesn't hold its most threads already."""
        with self._turns:
            for site, calls in self._waiting.items():
                if self._running[site] >= self._most:
                    continue
                work = calls.popleft()
                self._running[site] += 1
                if calls:
                    self._waiting.move_to_end(site)
                else:
                    del self._waiting[site]
                return site, work
        return None


def _run(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - whoever waits for the future is told
        future.set_exception(error)
    else:
        future.set_result(result)

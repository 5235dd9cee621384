from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path

import pytest

from app.core.workers import Overloaded, Workers, usable_cores


class Gate:
    """Work that waits to be let through, and says what it did."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.begun: list[str] = []

    def pass_through(self, name: str) -> str:
        self.begun.append(name)
        assert self.open.wait(10)
        return name


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - threads don't set events of a loop
        await asyncio.sleep(0.001)


def test_work_runs_beside_the_loop_and_gives_back_what_it_returns_or_raises() -> None:
    async def ask() -> None:
        workers = Workers(2)
        assert await workers.run(lambda a, b: (a + b, threading.current_thread().name), 1, 2) == (3, "guichet-search")
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 / 0)
        assert await workers.run(str, 4) == "4"
        assert workers.waiting == workers.running == 0

    asyncio.run(ask())


def test_whoever_starts_work_hears_when_it_is_under_way_and_then_what_came_of_it() -> None:
    async def ask() -> None:
        workers, gate = Workers(1), Gate()

        def work(name: str, under_way: Callable[[], None]) -> str:
            under_way()
            return gate.pass_through(name)

        started = workers.start(work, "a")
        await started.under_way
        assert not started.result.done()
        assert not workers.idle
        gate.open.set()
        assert await started.result == "a"
        assert workers.idle

        failing = workers.start(lambda _: 1 / 0)
        await failing.under_way
        with pytest.raises(ZeroDivisionError):
            await failing.result

    asyncio.run(ask())


def test_work_runs_in_its_callers_context() -> None:
    site: ContextVar[str] = ContextVar("site")

    async def ask() -> None:
        site.set("ecole")
        assert await Workers(1).run(site.get) == "ecole"

    asyncio.run(ask())


def test_no_more_than_its_threads_run_at_once_and_all_that_waits_is_done_in_order() -> None:
    async def ask() -> None:
        workers, gate = Workers(2, queue=10), Gate()
        tasks = [asyncio.ensure_future(workers.run(gate.pass_through, str(n))) for n in range(6)]
        await until(lambda: len(gate.begun) == 2)
        assert (workers.running, workers.waiting) == (2, 4)
        gate.open.set()
        assert await asyncio.gather(*tasks) == ["0", "1", "2", "3", "4", "5"]

    asyncio.run(ask())


def test_what_finds_no_place_is_refused_at_once_and_told_when_to_come_back() -> None:
    async def ask() -> None:
        workers, gate = Workers(1, queue=2), Gate()
        refusals: list[int] = []
        workers.on_refusal = lambda: refusals.append(1)
        tasks = [asyncio.ensure_future(workers.run(gate.pass_through, str(n))) for n in range(3)]
        await until(lambda: gate.begun)
        with pytest.raises(Overloaded) as refused:
            await workers.run(gate.pass_through, "3")
        assert refused.value.retry_after_s >= 1
        assert refusals == [1]
        gate.open.set()
        await asyncio.gather(*tasks)
        assert await workers.run(gate.pass_through, "4") == "4"
        assert "3" not in gate.begun

    asyncio.run(ask())


def test_whoever_leaves_gives_the_place_up_and_the_work_is_not_begun() -> None:
    async def ask() -> None:
        workers, gate = Workers(1, queue=1), Gate()
        first = asyncio.ensure_future(workers.run(gate.pass_through, "first"))
        await until(lambda: gate.begun)
        gone = asyncio.ensure_future(workers.run(gate.pass_through, "gone"))
        await until(lambda: workers.waiting)
        gone.cancel()
        gate.open.set()
        assert await first == "first"
        assert await workers.run(gate.pass_through, "after") == "after"
        assert gate.begun == ["first", "after"]

    asyncio.run(ask())


def test_the_same_workers_serve_one_event_loop_after_another() -> None:
    workers = Workers(1)
    assert [asyncio.run(workers.run(str, n)) for n in range(3)] == ["0", "1", "2"]
    workers.close()
    assert asyncio.run(workers.run(str, 3)) == "3"


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
    ],
)
def test_a_containers_quota_bounds_the_cores(tmp_path: Path, files: dict[str, str], cores: int) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    assert usable_cores(tmp_path) == cores


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"cpu.max": "max 100000"},
        {"cpu.max": "nonsense"},
        {"cpu.max": "100000000 100000"},
        {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
    ],
)
def test_without_a_quota_that_binds_all_cores_of_the_process_count(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    assert usable_cores(tmp_path) == len(os.sched_getaffinity(0))

"""Places before the model, the deadline, and the circuit around it; the model is a hand-written one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import pytest

from app.answer.circuit import Circuit
from app.answer.failures import REASONS, Failure, failed, is_the_servers
from app.answer.generation import Generations
from app.answer.write import Draft
from app.core.errors import GenerationFailed
from app.core.ports import Verify
from app.core.types import Entry
from tests.conftest import ENTRIES
from tests.fakes import FakeGenerator

SENTENCE = "Chaque unité comporte deux sessions d’examen par année universitaire [1]."
EXAMS = ENTRIES[2:3]


class Held(FakeGenerator):
    """Says its sentence, or fails, when it is let to; notes whether it was ended before."""

    def __init__(self, reason: Failure | None = None) -> None:
        super().__init__([SENTENCE])
        self.reason = reason
        self.go = asyncio.Event()
        self.began = asyncio.Event()
        self.ended_early = False

    async def stream(self, question: str, entries: Sequence[Entry]) -> AsyncGenerator[str]:
        self.asked.append(question)
        self.began.set()
        try:
            await self.go.wait()
        except BaseException:
            self.ended_early = True
            raise
        if self.reason:
            raise failed(self.reason)
        yield SENTENCE


class Failing(FakeGenerator):
    """Fails for the reason given, or speaks when there is none."""

    def __init__(self, reason: Failure | None = None) -> None:
        super().__init__([SENTENCE])
        self.reason = reason

    def write(self, question: str, entries: Sequence[Entry], verify: Verify) -> AsyncGenerator[str]:
        if self.reason:
            raise failed(self.reason)
        return super().write(question, entries, verify)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def write(generations: Generations, generator: FakeGenerator) -> str:
    async with aclosing(generations.write(generator, "Combien ?", EXAMS, Draft())) as pieces:
        return "".join([piece async for piece in pieces])


async def reason(generations: Generations, generator: FakeGenerator) -> str:
    with pytest.raises(GenerationFailed) as caught:
        await write(generations, generator)
    return caught.value.reason


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - counters have no event
        await asyncio.sleep(0)


def test_verified_text_comes_through() -> None:
    text = asyncio.run(write(Generations(), FakeGenerator([SENTENCE])))
    assert text == "Chaque unité comporte deux sessions d’examen par année universitaire. [1]"


def test_the_deadline_holds_whoever_reads() -> None:
    """Each piece is asked for from a task of its own, as the server's event stream does."""

    async def read() -> str:
        pieces = Generations(timeout_s=0.05).write(Held(), "Combien ?", EXAMS, Draft())
        with pytest.raises(GenerationFailed) as caught:
            await asyncio.ensure_future(anext(pieces))
        return caught.value.reason

    assert asyncio.run(read()) == "timeout"


def test_who_leaves_ends_the_generation_and_gives_the_place_back() -> None:
    async def leave() -> None:
        generations, held = Generations(at_once=1, circuit=Circuit(failures=1)), Held()
        reader = asyncio.create_task(write(generations, held))
        await held.began.wait()
        assert generations.running == 1
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        assert held.ended_early
        assert generations.running == 0
        assert generations.circuit.state == "closed", "a visitor who leaves says nothing of the server"
        assert await write(generations, FakeGenerator([SENTENCE]))

    asyncio.run(leave())


def test_one_at_once_one_waits_the_third_has_no_place() -> None:
    async def three() -> None:
        waited: list[float] = []
        generations, held = Generations(at_once=1, queue=1, wait_s=60, timeout_s=60, on_wait=waited.append), Held()
        first = asyncio.create_task(write(generations, held))
        await held.began.wait()
        second = asyncio.create_task(write(generations, FakeGenerator([SENTENCE])))
        await until(lambda: generations.waiting == 1)
        assert await reason(generations, FakeGenerator([SENTENCE])) == "queue_full"
        held.go.set()
        assert await first
        assert await second
        assert len(waited) == 2
        assert (generations.running, generations.waiting) == (0, 0)

    asyncio.run(three())


def test_a_place_is_waited_for_only_so_long() -> None:
    async def two() -> None:
        generations, held = Generations(at_once=1, wait_s=0.02), Held()
        first = asyncio.create_task(write(generations, held))
        await held.began.wait()
        assert await reason(generations, FakeGenerator([SENTENCE])) == "queue_wait"
        held.go.set()
        assert await first

    asyncio.run(two())


def test_failures_in_a_row_open_the_circuit_and_time_closes_it() -> None:
    async def story() -> None:
        clock, model = Clock(), Failing("refused")
        generations = Generations(circuit=Circuit(failures=2, rest_s=30, clock=clock))
        assert [await reason(generations, model) for _ in range(3)] == ["refused", "refused", "circuit_open"]
        clock.now = 30
        assert await reason(generations, model) == "refused"
        assert await reason(generations, model) == "circuit_open"
        clock.now, model.reason = 60, None
        assert await write(generations, model)
        assert generations.circuit.state == "closed"

    asyncio.run(story())


def test_those_who_queued_before_it_opened_do_not_ask_a_server_that_is_away() -> None:
    async def story() -> None:
        generations = Generations(at_once=1, wait_s=60, timeout_s=60, circuit=Circuit(failures=1))
        held, late = Held("refused"), Held()
        first = asyncio.create_task(reason(generations, held))
        await held.began.wait()
        second = asyncio.create_task(reason(generations, late))
        await until(lambda: generations.waiting == 1)
        held.go.set()
        assert await first == "refused"
        assert await second == "circuit_open"
        assert late.asked == []

    asyncio.run(story())


@pytest.mark.parametrize("why", REASONS)
def test_only_the_server_s_own_failures_count_against_it(why: Failure) -> None:
    own = {"loading", "circuit_open", "queue_full", "queue_wait", "left_out", "unverified"}
    assert is_the_servers(failed(why)) is (why not in own)
    generations = Generations(circuit=Circuit(failures=1))
    assert asyncio.run(reason(generations, Failing(why))) == why
    assert generations.circuit.state == ("closed" if why in own else "open")

"""Put many questions, several at a time, and keep each answer as it comes, so that a killed run goes on later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import orjson

from app.core.errors import GuichetError
from evals.askers import Asker
from evals.cases import Case
from evals.grounded import ungrounded
from evals.perturb import perturbed
from evals.records import Ask, Record, from_row, to_row

PARTIAL = "results.part.jsonl"


def plan(cases: Sequence[Case], *, repeat: int = 1, noises: Iterable[str] = (), seed: int = 0) -> list[Ask]:
    """Everything a run asks, in the order in which it is written down."""
    asks = [Ask(case, case.question, attempt) for attempt in range(1, repeat + 1) for case in cases]
    return asks + [ask for name in noises for ask in perturbed(cases, name, seed)]


def done_before(folder: Path) -> dict[str, Record]:
    """What an interrupted run has already got; a last line cut short is left out."""
    path = folder / PARTIAL
    if not path.exists():
        return {}
    found = {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    for line in whole.splitlines():
        record = from_row(orjson.loads(line))
        found[record.ask.key] = record
    return found


async def _record(asker: Asker, ask: Ask) -> Record:
    """The answer to an ask; that of a question as it is written is held against what it cites."""
    result = await asker.ask(ask.put)
    if ask.noise or result.answer.outcome != "answered":
        return Record(ask, result)
    entries = await asyncio.to_thread(asker.entries, result)
    return Record(ask, result, await asyncio.to_thread(ungrounded, result.answer, entries, ask.question))


async def execute(
    asker: Asker, asks: Sequence[Ask], folder: Path, *, jobs: int, progress: Callable[[], None]
) -> list[Record]:
    """The records of `asks`, in their order, whatever order they came in. The first error ends the run."""
    found = done_before(folder)
    waiting = iter([ask for ask in asks if ask.key not in found])
    for _ in found:
        progress()
    with (folder / PARTIAL).open("ab") as file:

        async def work() -> None:
            for ask in waiting:
                record = await _record(asker, ask)
                found[ask.key] = record
                file.write(orjson.dumps(to_row(record), default=str) + b"\n")
                file.flush()
                progress()
                await asyncio.sleep(0)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(jobs):
                    group.create_task(work())
        except* GuichetError as errors:
            raise errors.exceptions[0] from None
    return [found[ask.key] for ask in asks]

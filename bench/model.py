"""The configured model on this machine: `GUICHET_LLM_… python -m bench.model [questions]`.

Development questions that the FAQ answers, all worded by the model whatever GUICHET_STYLE says: how long until
its first word and until the first verified sentence, how fast it writes, how many answers stand and why the
others don't. Raise GUICHET_LLM_TIMEOUT_S to see what a slow machine would do without the limit.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, replace

from rich.console import Console
from rich.table import Table

from app.answer.assistant import Delta, Done, Question
from app.answer.circuit import Circuit
from app.core.ports import Generator, Verify
from app.core.types import Answer, Entry
from app.settings import ROOT, Settings
from app.wiring import Services, build_services
from evals.cases import load_cases

DEFAULT = 12


@dataclass(slots=True)
class Tapped:
    """A Generator that notes when its model writes."""

    inner: Generator
    began: float = 0.0
    first_s: float | None = None
    last_s: float = 0.0
    characters: int = 0

    @property
    def name(self) -> str:
        """The model's."""
        return self.inner.name

    def stream(self, question: str, entries: Sequence[Entry]) -> AsyncGenerator[str]:
        """As the model's."""
        return self.inner.stream(question, entries)

    def write(self, question: str, entries: Sequence[Entry], verify: Verify) -> AsyncGenerator[str]:
        """As the model's, noting when each piece came."""
        self.began, self.first_s, self.last_s, self.characters = time.perf_counter(), None, 0.0, 0
        return self.inner.write(question, entries, lambda pieces: verify(self._noted(pieces)))

    async def _noted(self, pieces: AsyncIterator[str]) -> AsyncIterator[str]:
        async for piece in pieces:
            self.last_s = time.perf_counter() - self.began
            self.first_s = self.last_s if self.first_s is None else self.first_s
            self.characters += len(piece)
            yield piece

    async def aclose(self) -> None:
        """As the model's."""
        await self.inner.aclose()


@dataclass(frozen=True, slots=True)
class Row:
    """Seconds to the model's first word, to the first verified sentence (None if none) and to the whole
    answer; characters a second after the first word; why it was composed, "" if it stands.
    """

    first_word_s: float | None
    first_shown_s: float | None
    total_s: float
    characters_per_s: float | None
    failure: str


async def measure(services: Services, questions: Sequence[str]) -> list[Row]:
    """Ask each question, one at a time."""
    assert services.assistant.generator is not None
    tapped = Tapped(services.assistant.generator)
    generations = replace(services.assistant.generations, circuit=Circuit(failures=10**9))
    assistant = replace(services.assistant, generator=tapped, style="generated", generations=generations)
    rows = []
    for question in questions:
        began, shown = time.perf_counter(), None
        async for event in assistant.events(Question(question)):
            if isinstance(event, Delta) and shown is None:
                shown = time.perf_counter() - began
            if isinstance(event, Done):
                rows.append(_row(event.answer, tapped, shown, time.perf_counter() - began))
    await services.aclose()
    return rows


def _row(answer: Answer, tapped: Tapped, shown: float | None, total: float) -> Row:
    step = next((step for step in answer.trace.steps if step.name == "generate"), None)
    failure = str(step.detail.get("reason") or "") if step else "not_asked"
    writing = tapped.last_s - (tapped.first_s or 0.0)
    speed = tapped.characters / writing if writing > 0 else None
    return Row(tapped.first_s, None if failure else shown, total, speed, failure)


def show(name: str, rows: Sequence[Row], out: Console) -> None:
    """Medians, and how many answers stand."""
    asked = [row for row in rows if row.failure != "not_asked"]
    table = Table(name, "first word s", "first verified s", "whole answer s", "characters/s", "stand")
    columns = (
        [row.first_word_s for row in asked],
        [row.first_shown_s for row in asked],
        [row.total_s for row in asked],
        [row.characters_per_s for row in asked],
    )
    medians = (
        statistics.median(known) if (known := [v for v in values if v is not None]) else None for values in columns
    )
    cells = ("-" if value is None else f"{value:.2f}" for value in medians)
    table.add_row(f"{len(asked)} questions", *cells, f"{sum(not row.failure for row in asked)} of {len(asked)}")
    out.print(table)
    out.print(dict(Counter(row.failure for row in asked if row.failure)))


def main() -> None:
    """Measure and print."""
    services = build_services(Settings())
    if services.assistant.generator is None:
        sys.exit("No model: set GUICHET_LLM_BASE_URL and GUICHET_LLM_MODEL, or GUICHET_LLM_LOCAL.")
    services.live.refresh()
    services.prepare_model()
    cases = [case for case in load_cases(ROOT / "evals" / "cases") if case.split == "dev" and case.in_scope]
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    answered = []
    for case in cases[:: max(1, len(cases) // (4 * wanted))]:
        answer = asyncio.run(services.assistant.answer(Question(case.question, style="verbatim")))
        if answer.outcome == "answered" and not case.history:
            answered.append(case.question)
    rows = asyncio.run(measure(services, answered[:wanted]))
    show(services.assistant.generator.name, rows, Console(width=120))


if __name__ == "__main__":
    main()

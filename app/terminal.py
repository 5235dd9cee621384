"""How the command line shows answers, traces and tables."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from app import messages
from app.core.types import Answer

out = Console()
err = Console(stderr=True)


def print_json(value: Any) -> None:
    """Indented JSON on standard output."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table whose first column is never cut."""
    shown = Table()
    for at, name in enumerate(names):
        shown.add_column(name, no_wrap=at == 0, overflow="fold")
    for row in rows:
        shown.add_row(*row)
    out.print(shown)


def print_answer(answer: Answer) -> None:
    """The answer as a visitor would read it, its sources and what else is offered."""
    out.print(messages.OUTCOMES[answer.outcome], style="bold")
    out.print(Markdown(answer.text))
    if answer.sources:
        out.print(f"\n{messages.SOURCES}", style="bold")
        for source in answer.sources:
            out.print(f"[{source.n}] {source.question} ({source.section})", markup=False, highlight=False)
            out.print(f"    {source.url}", markup=False, highlight=False, soft_wrap=True)
    if answer.suggestions:
        out.print(f"\n{messages.SUGGESTIONS}", style="bold")
        for suggestion in answer.suggestions:
            out.print(f"  • {suggestion.question} ({suggestion.section})", markup=False, highlight=False)
    line = messages.CONFIDENCE.format(
        confidence=answer.confidence, generator=answer.generator, ms=answer.trace.timings_ms["total"]
    )
    out.print(f"\n{line}", style="dim", highlight=False)


def print_trace(answer: Answer) -> None:
    """Each step: what was searched and found, what was decided and why, how long it took."""
    for step in answer.trace.steps:
        out.print(f"\n{messages.STEPS[step.name]} ({step.ms:.1f} ms)", style="bold")
        for name, value in step.detail.items():
            if isinstance(value, list):
                _rows(cast(list[Mapping[str, object]], value))
            else:
                out.print(f"  {name} : {_short(value)}", markup=False, highlight=False)


def _rows(values: Sequence[Mapping[str, object]]) -> None:
    if values:
        table(list(values[0]), [[_short(value) for value in row.values()] for row in values])


def _short(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)

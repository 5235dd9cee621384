"""`guichet eval`: ask the question set, print the figures, keep the run, hold the gate."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.settings import Settings
from app.wiring import build_services, make_encoder
from evals import messages
from evals.cases import Case, Split, load_cases
from evals.gate import broken
from evals.run import Rate, Result, rates, run, scores
from evals.what_if import covered, what_if

HERE = Path(__file__).parent

out = Console()
err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the command to the `guichet` program."""
    app.command(name="eval")(evaluate)


def evaluate(
    cases: Annotated[Path, typer.Option(help="Dossier des questions.")] = HERE / "cases",
    split: Annotated[Split, typer.Option(help="dev ou test.")] = "test",
    gate: Annotated[Path, typer.Option(help="Seuils à tenir.")] = HERE / "gate.toml",
    as_json: Annotated[bool, typer.Option("--json", help="Sortie JSON.")] = False,
) -> None:
    """Pose le jeu de questions, mesure les réponses ; code 1 si un seuil n’est pas tenu."""
    services = build_services(Settings())
    services.live.refresh()
    version = services.live.retriever().index.version
    loaded = load_cases(cases, split=split)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(messages.ASKING, total=len(loaded))
        results = asyncio.run(run(services.assistant, loaded, lambda: bar.advance(task)))
    encoder = make_encoder(services.settings)
    found = [*rates(results), *what_if(services, encoder, loaded)]
    figures = scores(results) | covered(services, encoder, loaded, split)
    failures = broken({**{r.name: r.value for r in found}, **figures}, gate) if split == "test" else []
    folder = _write(results, found, figures, version, split)
    if as_json:
        value = {"rates": [asdict(rate) for rate in found], "scores": figures, "broken": failures}
        sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(found, figures, failures, folder, loaded)
    if failures:
        raise typer.Exit(1)


def _write(
    results: Sequence[Result], found: Sequence[Rate], figures: dict[str, float], version: str, split: str
) -> Path:
    """Keep the run under evals/runs: a line a case, and the figures."""
    folder = HERE / "runs" / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{split}"
    folder.mkdir(parents=True)
    with (folder / "results.jsonl").open("wb") as file:
        for result in results:
            answer = result.answer
            row = {
                "case": asdict(result.case),
                "outcome": answer.outcome,
                "answer": answer.text,
                "sources": [source.entry_id for source in answer.sources],
                "suggestions": [suggestion.entry_id for suggestion in answer.suggestions],
                "confidence": answer.confidence,
                "ranking": result.ranking,
                "trace": asdict(answer.trace),
            }
            file.write(orjson.dumps(row, default=str) + b"\n")
    summary = {
        "split": split,
        "index_version": version,
        "rates": [asdict(rate) for rate in found],
        "scores": figures,
    }
    (folder / "summary.json").write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2))
    return folder


def _print(
    found: Sequence[Rate],
    figures: dict[str, float],
    failures: Sequence[str],
    folder: Path,
    cases: Sequence[Case],
) -> None:
    table = Table(messages.FIGURE, messages.VALUE, messages.INTERVAL, messages.COUNT)
    for rate in found:
        interval = f"{rate.low:.3f} – {rate.high:.3f}"
        table.add_row(messages.LABELS[rate.name], f"{rate.value:.3f}", interval, str(rate.n))
    for name, value in figures.items():
        table.add_row(messages.LABELS[name], f"{value:.3f}", "", str(len(cases)))
    out.print(table)
    for failure in failures:
        out.print(failure, style="red", highlight=False, soft_wrap=True)
    if not failures:
        out.print(messages.PASSED)
    out.print(messages.WRITTEN.format(folder=folder.relative_to(HERE.parent)), highlight=False, soft_wrap=True)

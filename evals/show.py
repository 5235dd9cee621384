"""A run in the terminal: figures, what broke, the ten worst changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from app.terminal import out
from evals import messages
from evals import quality_messages as quality
from evals.compare import Comparison
from evals.kept import Run
from evals.session import Judged, Measured

WORST = 10


def print_run(measured: Measured, judged: Judged, report: Path) -> None:
    """Everything the command tells of a run."""
    run = measured.run
    table = Table(messages.FIGURE, messages.VALUE, messages.INTERVAL, messages.COUNT)
    for rate in (rate for rate in measured.rates if rate.n):
        interval = f"{rate.low:.3f} – {rate.high:.3f}"
        table.add_row(messages.LABELS[rate.name], f"{rate.value:.3f}", interval, str(rate.n))
    for name, value in run.summary["scores"].items():
        table.add_row(messages.LABELS[name], f"{value:.3f}", "", "")
    out.print(table)
    _print_losses(run)
    _print_spread(run)
    _print_lines(quality.CAUSE, judged.causes)
    _print_lines(quality.WARNING, judged.warnings)
    _print_verdict(judged)
    used = run.summary["resources"]
    _line(quality.USED.format(asked=used["asked"], seconds=used["seconds"], jobs=used["jobs"], peak=used["peak_mb"]))
    _line(messages.WRITTEN.format(folder=run.folder))
    _line(quality.REPORT.format(path=report))


def _line(sentence: str) -> None:
    out.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _print_lines(title: str, sentences: Sequence[str]) -> None:
    if sentences:
        out.print(title, style="bold")
    for sentence in sentences:
        _line(f"  {sentence}")


def _print_losses(run: Run) -> None:
    if not run.summary["perturbations"]:
        return
    table = Table(quality.PERTURBATION, quality.SERVED, quality.POINTS, messages.INTERVAL, messages.COUNT)
    for name, found in sorted(run.summary["perturbations"].items(), key=lambda row: row[1]["loss"]):
        points = [f"{100 * found[key]:+.1f}" for key in ("loss", "low", "high")]
        table.add_row(
            quality.NOISES[name], f"{found['sound']:.3f}", points[0], f"{points[1]} – {points[2]}", str(found["n"])
        )
    out.print(table)


def _print_spread(run: Run) -> None:
    spread = run.summary["spread"]
    if spread["repeat"] > 1:
        _line(
            quality.SPREAD.format(
                n=spread["repeat"],
                varied=len(spread["varied"]),
                cases=spread["cases"],
                low=100 * spread["low"],
                high=100 * spread["high"],
            )
        )
    if spread["again"]:
        _line(quality.AGAIN.format(n=len(spread["again"])))


def _print_verdict(judged: Judged) -> None:
    if not judged.broke:
        out.print(messages.PASSED)
        return
    shown = Table(quality.CHECK, quality.DETAIL, style="red")
    for breach in judged.broke:
        shown.add_row(breach.check, breach.detail)
    out.print(shown)
    if judged.comparison:
        print_flips(judged.comparison)


def print_flips(comparison: Comparison) -> None:
    """The ten worst changes."""
    worst = Table(quality.QUESTION, quality.BEFORE, quality.AFTER, title=quality.WORST)
    for flip in [flip for flip in comparison.flips if flip.loss > 0][:WORST]:
        before, after = (quality.OUTCOMES[r.result.answer.outcome] for r in (flip.before, flip.after))
        worst.add_row(flip.after.ask.question, before, after)
    if worst.row_count:
        out.print(worst)

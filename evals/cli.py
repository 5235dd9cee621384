"""`guichet eval`: ask the question set, print the figures, keep the run, hold the gate, write the report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.core.types import Style
from evals import case_cli, messages
from evals import quality_messages as quality
from evals.cases import Split, load_cases
from evals.compare import Comparison, compare
from evals.gate import broken
from evals.kept import Run, find_run
from evals.run import Rate
from evals.session import Wanted
from evals.session import evaluate as evaluate_with
from evals.verdict import Breach, breaches, read_critical

HERE = Path(__file__).parent
WORST = 10

out = Console()
err = Console(stderr=True)
eval_app = typer.Typer(help="Évaluation : l’assistant répond-il mieux, moins bien, pareil ?")


def register(app: typer.Typer) -> None:
    """Add the commands to the `guichet` program."""
    case_cli.register(eval_app)
    app.add_typer(eval_app, name="eval")


@eval_app.callback(invoke_without_command=True)
def evaluate(
    context: typer.Context,
    cases: Annotated[Path, typer.Option(help="Dossier des questions.")] = HERE / "cases",
    split: Annotated[Split, typer.Option(help="dev ou test.")] = "test",
    gate: Annotated[Path, typer.Option(help="Seuils à tenir.")] = HERE / "gate.toml",
    critical: Annotated[Path, typer.Option(help="Questions critiques.")] = HERE / "critical.toml",
    against: Annotated[str | None, typer.Option(help="Évaluation de référence : nom, dossier ou « last ».")] = None,
    index: Annotated[str | None, typer.Option(help="Version de l’index ; par défaut, celle en service.")] = None,
    style: Annotated[Style, typer.Option(help="verbatim ou generated.")] = "verbatim",
    model: Annotated[str | None, typer.Option(help="Modèle à évaluer ; entraîne --style generated.")] = None,
    url: Annotated[str | None, typer.Option(help="Adresse d’un Guichet en service, à interroger.")] = None,
    token: Annotated[str | None, typer.Option(envvar="GUICHET_EVAL_TOKEN", help="Jeton pour cette adresse.")] = None,
    repeat: Annotated[int, typer.Option(help="Fois que chaque question est posée.", min=1)] = 1,
    jobs: Annotated[int, typer.Option(help="Questions posées à la fois.", min=1)] = 1,
    seed: Annotated[int, typer.Option(help="Graine du hasard des perturbations.")] = 0,
    perturb: Annotated[bool, typer.Option("--perturb", help="Pose aussi chaque question mal écrite.")] = False,
    resume: Annotated[str | None, typer.Option(help="Reprend une évaluation interrompue : nom ou « last ».")] = None,
    runs: Annotated[Path, typer.Option(help="Dossier des évaluations.")] = HERE / "runs",
    as_json: Annotated[bool, typer.Option("--json", help="Sortie JSON.")] = False,
) -> None:
    """Pose le jeu de questions, mesure les réponses ; code 1 si quelque chose s’est dégradé."""
    if context.invoked_subcommand:
        return
    from evals.report import write_report

    loaded = load_cases(cases)
    must = read_critical(critical, loaded, split)
    loaded = tuple(case for case in loaded if case.split == split)
    baseline = find_run(runs, against, split) if against else None
    style = "generated" if model else style
    wanted = Wanted(split, style, model, index, url, token, repeat, jobs, seed, perturb)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:

        def ticking(total: int) -> Callable[[], None]:
            task = bar.add_task(messages.ASKING, total=total)
            return lambda: bar.advance(task)

        run, found = evaluate_with(wanted, loaded, runs, resume, ticking)
    figures = {**{rate.name: rate.value for rate in found}, **run.summary["scores"]}
    comparison = compare(baseline.first, run.first) if baseline else None
    limits = broken(figures, gate) if split == "test" else []
    broke = breaches(limits, run.first, comparison, must, list(run.environment.get("entries", {})))
    report = write_report(run, baseline, comparison, broke, runs)
    if as_json:
        value = {
            "rates": [asdict(rate) for rate in found],
            "scores": run.summary["scores"],
            "broken": [breach.detail for breach in broke],
            "run": run.folder.name,
        }
        sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(run, found, comparison, broke, report)
    if broke:
        raise typer.Exit(1)


def _print(
    run: Run, found: Sequence[Rate], comparison: Comparison | None, broke: Sequence[Breach], report: Path
) -> None:
    table = Table(messages.FIGURE, messages.VALUE, messages.INTERVAL, messages.COUNT)
    for rate in found:
        interval = f"{rate.low:.3f} – {rate.high:.3f}"
        table.add_row(messages.LABELS[rate.name], f"{rate.value:.3f}", interval, str(rate.n))
    for name, value in run.summary["scores"].items():
        table.add_row(messages.LABELS[name], f"{value:.3f}", "", str(len(run.first)))
    out.print(table)
    if spread := run.summary["spread"]:
        sentence = quality.SPREAD.format(n=spread["repeat"], varied=len(spread["varied"]), cases=spread["cases"])
        out.print(sentence, highlight=False)
    if broke:
        shown = Table(quality.CHECK, quality.DETAIL, style="red")
        for breach in broke:
            shown.add_row(breach.check, breach.detail)
        out.print(shown)
        if comparison:
            print_flips(comparison)
    else:
        out.print(messages.PASSED)
    out.print(messages.WRITTEN.format(folder=run.folder), highlight=False, soft_wrap=True)
    out.print(quality.REPORT.format(path=report), highlight=False, soft_wrap=True)


def print_flips(comparison: Comparison) -> None:
    """The ten worst changes."""
    worst = Table(quality.QUESTION, quality.BEFORE, quality.AFTER, title=quality.WORST)
    for flip in [flip for flip in comparison.flips if flip.loss > 0][:WORST]:
        before, after = (quality.OUTCOMES[r.result.answer.outcome] for r in (flip.before, flip.after))
        worst.add_row(flip.after.ask.question, before, after)
    if worst.row_count:
        out.print(worst)

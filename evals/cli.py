"""`guichet eval`: ask the question set, print the figures, keep the run, hold the gate, write the report."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.core.errors import BadSource, GuichetError
from app.core.types import Style
from app.site_option import SiteOption
from app.sites import load_settings
from app.terminal import err
from evals import beir, case_cli, messages, run_cli, show, webhook
from evals import quality_messages as quality
from evals.backend import Wanted
from evals.cases import Case, Split, load_cases
from evals.gate import read_gate
from evals.kept import Run, find_run
from evals.places import CASES, CRITICAL, GATE, RUNS, RunsOption
from evals.session import Judged, Measured, evaluate, judge
from evals.verdict import read_critical

REPEATED = 3
"""How often a question is put when a model words the answers and nobody said how often."""

eval_app = typer.Typer(help="Évaluation : l’assistant répond-il mieux, moins bien, pareil ?")


def register(app: typer.Typer) -> None:
    """Add the commands to the `guichet` program."""
    case_cli.register(eval_app)
    run_cli.register(eval_app)
    app.add_typer(eval_app, name="eval")


@eval_app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    cases: Annotated[Path, typer.Option(help="Dossier des questions.")] = CASES,
    split: Annotated[Split, typer.Option(help="dev ou test.")] = "test",
    gate: Annotated[Path, typer.Option(help="Seuils à tenir.")] = GATE,
    critical: Annotated[Path, typer.Option(help="Questions critiques.")] = CRITICAL,
    against: Annotated[
        str | None,
        typer.Option(
            help="Évaluation de référence : nom, dossier, « last » (la dernière) ou « good » (la dernière réussie)."
        ),
    ] = None,
    index: Annotated[str | None, typer.Option(help="Version de l’index ; par défaut, celle en service.")] = None,
    faq: Annotated[Path | None, typer.Option(help="FAQ à évaluer sans la publier : fichier ou dossier.")] = None,
    style: Annotated[Style, typer.Option(help="verbatim, auto ou generated.")] = "verbatim",
    model: Annotated[str | None, typer.Option(help="Modèle à évaluer ; entraîne --style generated.")] = None,
    url: Annotated[str | None, typer.Option(help="Adresse d’un Guichet en service, à interroger.")] = None,
    token: Annotated[str | None, typer.Option(envvar="GUICHET_EVAL_TOKEN", help="Jeton pour cette adresse.")] = None,
    repeat: Annotated[
        int | None,
        typer.Option(help="Fois que chaque question est posée ; par défaut 1, ou 3 avec un modèle.", min=1),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Questions posées à la fois.", min=1)] = 2,
    seed: Annotated[int, typer.Option(help="Graine du hasard des perturbations.")] = 0,
    perturb: Annotated[bool, typer.Option("--perturb", help="Pose aussi chaque question mal écrite.")] = False,
    sample: Annotated[int | None, typer.Option(help="N’en pose que tant, tirées au sort.", min=1)] = None,
    resume: Annotated[str | None, typer.Option(help="Reprend une évaluation interrompue : nom ou « last ».")] = None,
    runs: RunsOption = RUNS,
    beir_folder: Annotated[
        Path | None, typer.Option("--beir", help="Dossier au format BEIR : ne mesure que la recherche.")
    ] = None,
    hook: Annotated[
        str | None,
        typer.Option("--webhook", envvar="GUICHET_EVAL_WEBHOOK", help="Adresse à laquelle envoyer le résumé."),
    ] = None,
    link: Annotated[
        str | None,
        typer.Option(
            "--report-url", envvar="GUICHET_EVAL_REPORT_URL", help="Où se lisent les rapports, pour le résumé."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Sortie JSON.")] = False,
    _site: SiteOption = None,
) -> None:
    """Pose le jeu de questions, mesure les réponses ; code 1 si quelque chose s’est dégradé."""
    if context.invoked_subcommand:
        return
    if beir_folder:
        beir.evaluate(beir_folder, runs, as_json=as_json)
        return
    if url and (index or faq or model):
        raise BadSource(Path("--url"), None, quality.URL_ALONE)
    settings = load_settings()
    if settings.site:  # its own questions, unless others are named
        cases = settings.cases if cases == CASES else cases
        runs = settings.runs if runs == RUNS else runs
    style = "generated" if model else style
    modelled = style == "generated" or (style == "auto" and settings.llm_configured)
    wanted = Wanted(
        split,
        style,
        model,
        index,
        faq,
        url,
        token,
        repeat or (REPEATED if modelled else 1),
        jobs,
        seed,
        perturb,
        sample,
    )
    known = load_cases(cases)
    limits = read_gate(gate) if split == "test" else ()
    must = read_critical(critical, known, split)
    with _told(hook):
        baseline = find_run(runs, against, wanted.told()) if against else None
        measured = _measure(wanted, _chosen(known, wanted), known, runs, resume)
        judged = judge(measured, baseline, limits, must)
    if against and baseline is None:
        err.print(quality.NO_BASELINE, highlight=False, soft_wrap=True)
    _finish(measured, judged, runs, hook, link, as_json=as_json)


def _chosen(known: Sequence[Case], wanted: Wanted) -> list[Case]:
    """The cases to put: of the split, or a sample of it that doesn't depend on the seed of the perturbations."""
    cases = [case for case in known if case.split == wanted.split]
    if not cases:
        raise BadSource(Path("--cases"), None, quality.NO_CASE.format(split=wanted.split))
    if wanted.sample and wanted.sample < len(cases):
        chosen = set(random.Random("cases").sample(range(len(cases)), wanted.sample))  # noqa: S311
        cases = [case for at, case in enumerate(cases) if at in chosen]
    return cases


@contextmanager
def _told(hook: str | None) -> Iterator[None]:
    """An evaluation that could not be made is told to the webhook too."""
    try:
        yield
    except GuichetError as error:
        if hook:
            webhook.push(hook, webhook.failure(error))
        raise


def _measure(wanted: Wanted, cases: Sequence[Case], known: Sequence[Case], runs: Path, resume: str | None) -> Measured:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    folders: list[Path] = []
    with Progress(*columns, console=err, transient=True) as bar:

        def begun(folder: Path, total: int) -> Callable[[], None]:
            folders.append(folder)
            task = bar.add_task(messages.ASKING, total=total)
            return lambda: bar.advance(task)

        try:
            return evaluate(wanted, cases, known, runs, resume, begun)
        except (GuichetError, KeyboardInterrupt):
            for folder in folders:
                err.print(quality.RESUME.format(name=folder.name), highlight=False, soft_wrap=True)
            raise


def _finish(
    measured: Measured, judged: Judged, runs: Path, hook: str | None, link: str | None, *, as_json: bool
) -> None:
    from evals.report import write_report

    report = write_report(measured.run, judged, runs)
    if as_json:
        sys.stdout.write(orjson.dumps(_value(measured, judged, report), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show.print_run(measured, judged, report)
    if hook:
        webhook.push(hook, webhook.summary(measured.run, judged, link))
    if judged.broke:
        raise typer.Exit(1)


def _value(measured: Measured, judged: Judged, report: Path) -> dict[str, object]:
    run: Run = measured.run
    return {
        "run": run.folder.name,
        "report": str(report),
        "rates": [asdict(rate) for rate in measured.rates],
        "scores": run.summary["scores"],
        "perturbations": run.summary["perturbations"],
        "spread": run.summary["spread"],
        "resources": run.summary["resources"],
        "broken": [breach.detail for breach in judged.broke],
        "warnings": list(judged.warnings),
        "causes": list(judged.causes),
        "against": judged.baseline.folder.name if judged.baseline else None,
    }

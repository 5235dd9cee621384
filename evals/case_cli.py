"""`guichet eval lint`, `compare` and `prune`: what goes with the question set and its runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.settings import Settings
from app.terminal import out
from evals import quality_messages as messages
from evals.cases import lint_cases, load_cases
from evals.compare import compare
from evals.kept import load_run, prune
from evals.lint import facts_missing, leaks

HERE = Path(__file__).parent


def register(app: typer.Typer) -> None:
    """Add the commands to `guichet eval`."""
    for name, command in (("lint", lint), ("compare", compare_runs), ("prune", prune_runs)):
        app.command(name=name)(command)


def lint(
    cases: Annotated[Path, typer.Option(help="Dossier des questions.")] = HERE / "cases",
    near: Annotated[float, typer.Option(help="Ressemblance (0 à 100) à partir de laquelle c’est une fuite.")] = 90.0,
) -> None:
    """Cherche doublons, identifiants faux, faits absents de la FAQ et fuites ; code 1 s’il y en a."""
    from app.search.index import open_index
    from app.search.versions import current_version

    folder = Settings().index_dir
    index = open_index(folder / current_version(folder))
    loaded = load_cases(cases)
    found = [
        *lint_cases(loaded, index.by_id),
        *facts_missing(loaded, index.by_id),
        *leaks(loaded, index.entries, near),
    ]
    for sentence in found:
        out.print(sentence, markup=False, highlight=False, soft_wrap=True)
    out.print(messages.LINTED.format(n=len(loaded), faults=len(found)), highlight=False)
    if found:
        raise typer.Exit(1)


def compare_runs(
    before: Annotated[str, typer.Argument(metavar="A", help="Évaluation de référence.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Évaluation à comparer.")],
    runs: Annotated[Path, typer.Option(help="Dossier des évaluations.")] = HERE / "runs",
) -> None:
    """Compare deux évaluations ; code 1 si la seconde est significativement moins bonne."""
    from evals.cli import print_flips
    from evals.verdict import losses_of

    first, second = (load_run(runs / name if (runs / name).is_dir() else Path(name)) for name in (before, after))
    comparison = compare(first.first, second.first)
    if comparison is None:
        out.print(messages.NOTHING_SHARED)
        raise typer.Exit(1)
    won = sum(flip.loss < 0 for flip in comparison.flips)
    lost = sum(flip.loss > 0 for flip in comparison.flips)
    out.print(messages.COMPARED.format(n=comparison.n, won=won, lost=lost, p=comparison.sound.p_value), highlight=False)
    print_flips(comparison)
    broke = losses_of(comparison)
    for breach in broke:
        out.print(breach.detail, style="red", highlight=False, soft_wrap=True)
    if broke:
        raise typer.Exit(1)


def prune_runs(
    keep: Annotated[int, typer.Option(help="Évaluations gardées par part.", min=1)] = 30,
    runs: Annotated[Path, typer.Option(help="Dossier des évaluations.")] = HERE / "runs",
) -> None:
    """Efface les plus anciennes évaluations terminées."""
    dropped = prune(runs, keep)
    out.print(messages.PRUNED.format(n=len(dropped)), highlight=False)

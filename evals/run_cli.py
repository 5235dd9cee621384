"""`guichet eval list`, `compare`, `report`, `judge` and `prune`: what goes with the runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from app.core.errors import BadSource
from app.settings import Settings
from app.terminal import out, print_json, table
from evals import quality_messages as messages
from evals.causes import causes
from evals.compare import compare
from evals.execute import PARTIAL
from evals.kept import ENVIRONMENT, GOOD, JUDGE, LAST, RESULTS, Run, load_run, passed, past, prune, read_json
from evals.numbers import probability
from evals.places import RUNS, RunsOption
from evals.records import comparable
from evals.session import judged_again
from evals.show import print_flips
from evals.verdict import losses_of

RunArgument = Annotated[str, typer.Argument(metavar="ÉVALUATION", help="Nom, dossier, « last » ou « good ».")]


def register(app: typer.Typer) -> None:
    """Add the commands to `guichet eval`."""
    named: dict[str, Callable[..., None]] = {
        "list": list_runs,
        "compare": compare_runs,
        "report": report,
        "judge": judge,
        "prune": prune_runs,
    }
    for name, command in named.items():
        app.command(name=name)(command)


def _run(runs: Path, name: str) -> Run:
    """A run by name or path, the last of all or the last that passed."""
    if name in (LAST, GOOD):
        kept = [folder for folder, summary in past(runs) if "rates" in summary and (name == LAST or passed(folder))]
        if not kept:
            raise BadSource(runs, None, messages.NO_RUN, mend=messages.NO_RUN_MEND)
        return load_run(kept[-1])
    return load_run(runs / name if (runs / name).is_dir() else Path(name))


def list_runs(
    runs: RunsOption = RUNS,
    as_json: Annotated[bool, typer.Option("--json", help="Sortie JSON.")] = False,
) -> None:
    """Donne les évaluations, finies ou en cours, de la plus ancienne à la plus récente."""
    rows = [_finished(folder, summary) for folder, summary in past(runs) if "rates" in summary]
    rows += [_under_way(path.parent) for path in sorted(runs.glob(f"*/{PARTIAL}"))]
    rows.sort(key=lambda row: str(row["run"]))
    if as_json:
        print_json(rows)
        return
    shown = [
        [str(row["run"]), messages.STATES[row["state"]], f"{row['done']}/{row['total']}", _percent(row["sound"])]
        for row in rows
    ]
    table(messages.RUN_COLUMNS, shown)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _finished(folder: Path, summary: dict[str, Any]) -> dict[str, Any]:
    done = summary.get("resources", {}).get("asked", summary.get("questions", 0))
    state = "passed" if passed(folder) else "failed"
    about = {name: summary.get(name) for name in ("split", "style", "index_version", "sound", "mean_cost")}
    return {
        "run": folder.name,
        "state": state,
        "done": done,
        "total": done,
        **about,
        "report": str(folder / "report.html"),
    }


def _under_way(folder: Path) -> dict[str, Any]:
    done = (folder / PARTIAL).read_bytes().count(b"\n")
    about = read_json(folder / ENVIRONMENT)
    kept = {name: about.get(name) for name in ("split", "style", "index_version")}
    return {
        "run": folder.name,
        "state": "unfinished",
        "done": done,
        "total": about.get("asks", 0),
        **kept,
        "sound": None,
    }


def compare_runs(
    before: Annotated[str, typer.Argument(metavar="A", help="Évaluation de référence.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Évaluation à comparer.")],
    runs: RunsOption = RUNS,
) -> None:
    """Compare deux évaluations ; code 1 si la seconde est significativement moins bonne."""
    first, second = _run(runs, before), _run(runs, after)
    comparison = compare(first.attempts, second.attempts, (first.noised, second.noised))
    if comparison is None:
        out.print(messages.NOTHING_SHARED)
        raise typer.Exit(1)
    won = sum(flip.loss < 0 for flip in comparison.flips)
    lost = sum(flip.loss > 0 for flip in comparison.flips)
    out.print(
        messages.COMPARED.format(n=comparison.n, won=won, lost=lost, p=probability(comparison.sound.p_value)),
        highlight=False,
    )
    same = _lines(first) == _lines(second)
    out.print(messages.IDENTICAL if same else messages.NOT_IDENTICAL, highlight=False)
    for cause in causes(first.environment, second.environment):
        out.print(cause, markup=False, highlight=False, soft_wrap=True)
    print_flips(comparison)
    broke = losses_of(comparison)
    for breach in broke:
        out.print(breach.detail, style="red", markup=False, highlight=False, soft_wrap=True)
    if broke:
        raise typer.Exit(1)


def _lines(run: Run) -> list[dict[str, Any]]:
    return [comparable(orjson.loads(line)) for line in (run.folder / RESULTS).read_bytes().splitlines()]


def report(run: RunArgument = LAST, runs: RunsOption = RUNS) -> None:
    """Refait le rapport d’une évaluation finie, avec son verdict."""
    from evals.report import write_report

    found = _run(runs, run)
    path = write_report(found, judged_again(found, runs), runs)
    out.print(messages.REPORT.format(path=path), markup=False, highlight=False, soft_wrap=True)


def judge(
    run: RunArgument = LAST,
    runs: RunsOption = RUNS,
    model: Annotated[str | None, typer.Option(help="Un autre modèle du même serveur.")] = None,
    most: Annotated[int, typer.Option(help="Réponses à juger au plus.", min=1)] = 60,
    repeat: Annotated[int, typer.Option(help="Fois que chacune est jugée.", min=1)] = 3,
    labels: Annotated[Path | None, typer.Option(help="Réponses jugées à la main, en JSON Lines.")] = None,
) -> None:
    """Demande au modèle configuré ce qu’il pense des réponses. Un avis : le contrôle n’en tient jamais compte."""
    from app.search.index import open_index
    from app.search.versions import current_version
    from evals import judge as judging
    from evals.asked_model import configured_model
    from evals.report import write_report

    found, settings = _run(runs, run), Settings()
    entries = open_index(settings.index_dir / current_version(settings.index_dir)).by_id
    items = judging.items_of(list(found.first.values()), entries, most)
    labelled = judging.read_labels(labels or judging.LABELS, entries)
    with configured_model(settings, model) as asked:
        said = judging.judge(asked, items, labelled, repeat=repeat, at_once=settings.llm_concurrency)
    (found.folder / JUDGE).write_bytes(orjson.dumps(said, option=orjson.OPT_INDENT_2))
    rows = [
        [
            messages.CRITERIA[name],
            f"{_percent(each['yes'])} ({each['n']})",
            _percent(each["steady"]),
            f"{_percent(each['agreement'])} ({each['labelled']})",
            "" if each["kappa"] is None else f"{each['kappa']:.2f}",
        ]
        for name, each in said["criteria"].items()
    ]
    out.print(messages.JUDGED.format(model=said["model"], n=said["answers"], repeat=repeat), highlight=False)
    table(messages.JUDGE_COLUMNS, rows)
    out.print(messages.UNREADABLE.format(n=said["unreadable"], of=said["asked"]), highlight=False)
    path = write_report(found, judged_again(found, runs), runs)
    out.print(messages.REPORT.format(path=path), markup=False, highlight=False, soft_wrap=True)


def prune_runs(
    keep: Annotated[int, typer.Option(help="Évaluations gardées de chaque sorte.", min=1)] = 30,
    runs: RunsOption = RUNS,
) -> None:
    """Efface les plus anciennes évaluations finies ; la dernière réussie de chaque sorte reste."""
    dropped = prune(runs, keep)
    out.print(messages.PRUNED.format(n=len(dropped)), highlight=False)

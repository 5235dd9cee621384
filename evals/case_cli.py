"""`guichet eval lint`, `schema`, `export`, `import` and `suggest`: what goes with the question set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.answer.assistant import Assistant
from app.core.errors import BadSource
from app.search.index import OpenIndex
from app.settings import Settings
from app.terminal import err, out, print_json
from evals import quality_messages as messages
from evals import schema as published
from evals import sheet_messages as said
from evals.cases import Split, lint_cases, load_cases
from evals.imported import take, weigh
from evals.lint import facts_missing, leaks
from evals.places import CASES
from evals.sheets import read_sheet, write_sheet

CasesOption = Annotated[Path, typer.Option(help="Dossier des questions.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `guichet eval`."""
    named: dict[str, Callable[..., None]] = {
        "lint": lint,
        "schema": schema,
        "export": export,
        "import": import_sheet,
        "suggest": suggest,
    }
    for name, command in named.items():
        app.command(name=name)(command)


def _index() -> OpenIndex:
    from app.search.index import open_index
    from app.search.versions import current_version

    folder = Settings().index_dir
    return open_index(folder / current_version(folder))


def _print(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        out.print(sentence, markup=False, highlight=False, soft_wrap=True)


def lint(
    cases: CasesOption = CASES,
    near: Annotated[float, typer.Option(help="Ressemblance (0 à 100) à partir de laquelle c’est une fuite.")] = 90.0,
) -> None:
    """Cherche doublons, identifiants faux, faits absents de la FAQ et fuites ; code 1 s’il y en a."""
    index = _index()
    loaded = load_cases(cases)
    found = [
        *lint_cases(loaded, index.by_id),
        *facts_missing(loaded, index.by_id),
        *leaks(loaded, index.entries, near),
    ]
    _print(found)
    out.print(messages.LINTED.format(n=len(loaded), faults=len(found)), highlight=False)
    if found:
        raise typer.Exit(1)


def schema(
    write: Annotated[
        bool, typer.Option("--write", help=f"L’écrit à côté des questions, dans {published.FILE}.")
    ] = False,
    cases: CasesOption = CASES,
) -> None:
    """Donne le schéma JSON d’une question du jeu."""
    if write:
        published.write(cases / published.FILE)
    else:
        print_json(published.schema())


def export(
    path: Annotated[Path, typer.Argument(metavar="FICHIER", help="Feuille à écrire, .csv ou .xlsx.")],
    cases: CasesOption = CASES,
    split: Annotated[Split | None, typer.Option(help="Seulement dev ou test.")] = None,
) -> None:
    """Écrit les questions dans une feuille que l’on modifie dans un tableur."""
    loaded = load_cases(cases, split=split)
    write_sheet(path, loaded, _index().entries)
    out.print(said.EXPORTED.format(n=len(loaded), path=path), markup=False, highlight=False, soft_wrap=True)


def import_sheet(
    path: Annotated[Path, typer.Argument(metavar="FICHIER", help="Feuille à prendre, .csv ou .xlsx.")],
    cases: CasesOption = CASES,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Dit ce qui serait pris, sans rien écrire.")] = False,
) -> None:
    """Prend les questions d’une feuille, nouvelles ou modifiées ; rien si l’une a un défaut (code 1)."""
    known = load_cases(cases)
    brought = weigh(path, read_sheet(path, known), known, _index().by_id)
    if brought.faults:
        _print(brought.faults)
        out.print(said.FAULTY.format(n=len(brought.faults)), style="red", highlight=False)
        raise typer.Exit(1)
    if not dry_run:
        take(cases, brought)
    sentence = said.WOULD_IMPORT if dry_run else said.IMPORTED
    counts = {"added": len(brought.added), "changed": len(brought.changed), "same": brought.same}
    out.print(sentence.format(**counts, dropped=brought.dropped), highlight=False)


def suggest(
    path: Annotated[Path, typer.Argument(metavar="FICHIER", help="File de relecture à écrire, .csv ou .xlsx.")],
    log: Annotated[Path | None, typer.Option(help="Journal des questions : JSON Lines ou CSV.")] = None,
    entries: Annotated[
        bool, typer.Option("--entries", help="Fait écrire des questions par le modèle configuré.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="Un autre modèle du même serveur.")] = None,
    each: Annotated[int, typer.Option(help="Questions à demander par entrée.", min=1, max=10)] = 4,
    most: Annotated[int, typer.Option(help="Propositions au plus.", min=1)] = 100,
    cases: CasesOption = CASES,
) -> None:
    """Propose des questions pour le jeu, d’après le journal ou les entrées ; elles n’y entrent qu’après relecture."""
    from evals.suggest import Draft, from_entries, from_log, read_log

    if path.resolve().parent == cases.resolve():
        raise BadSource(path, None, said.IN_CASES, mend=said.IN_CASES_MEND)
    if not log and not entries:
        raise BadSource(path, None, said.NO_SOURCE)
    known, settings = load_cases(cases), Settings()
    drafts: list[Draft] = []
    index = _index()
    if log:
        with _assistant(settings) as assistant:
            found = from_log(read_log(log), assistant, known, index.entries)
        drafts += found.drafts
        err.print(said.LEFT_OUT.format(known=found.known, talk=found.talk, short=found.short), highlight=False)
    if entries:
        from evals.asked_model import configured_model

        with configured_model(settings, model) as writer:
            written = from_entries(index.entries, writer, known, each=each, at_once=settings.llm_concurrency)
        drafts += written.drafts
        err.print(said.LEFT_OUT.format(known=written.known, talk=written.talk, short=written.short), highlight=False)
    if not drafts:
        out.print(said.NOTHING, highlight=False)
        return
    more = [{said.DECISION: "", said.ORIGIN: d.origin, said.WHY: d.why, said.SAID: d.said} for d in drafts[:most]]
    write_sheet(path, [draft.case for draft in drafts[:most]], index.entries, more)
    told = said.SUGGESTED.format(n=len(more), path=path)
    out.print(told, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _assistant(settings: Settings) -> Iterator[Assistant]:
    """The assistant over the live index, composing every answer."""
    from app.wiring import build_services

    services = build_services(settings.model_copy(update={"style": "verbatim"}))
    services.live.refresh()
    services.live.retriever()
    yield services.assistant

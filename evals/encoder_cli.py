"""`guichet encoder compare`: which encoder finds the right entry, and at what cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from app.encoders import open_encoder
from app.terminal import err, out, print_json, table
from evals import messages
from evals.encoders import Costs, Measured, costs, gain, interval, measure_all
from evals.retrieval import FUSION, MEASURES, Dataset, Figures, read_datasets

HERE = Path(__file__).parent
OWN = HERE / "retrieval_sets"
"""The questions that come with the project: made-up FAQs that no encoder was trained on."""

encoder_app = typer.Typer(help="Encodeurs : lequel comprend le mieux vos visiteurs.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the `guichet` program."""
    app.add_typer(encoder_app, name="encoder")


@encoder_app.callback()
def _root() -> None:
    """Encodeurs : lequel comprend le mieux vos visiteurs."""


@encoder_app.command()
def compare(
    encoders: Annotated[
        list[str],
        typer.Argument(help="« packaged », un dossier ou le nom d’un modèle sentence-transformers.", metavar="A B…"),
    ],
    data: Annotated[list[Path] | None, typer.Option(help="Dossier au format BEIR, ou qui en contient.")] = None,
    split: Annotated[str | None, typer.Option(help="N’utilise que les questions de cette partie.")] = None,
    noise: Annotated[bool, typer.Option(help="Mesure aussi les questions mal écrites.")] = True,
    threads: Annotated[int, typer.Option(help="Fils de calcul de la mesure.", min=1)] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Sortie JSON, question par question.")] = False,
) -> None:
    """Compare des encodeurs : rappel, rang, temps d’une question, mémoire."""
    sets = {folder.resolve().name: read_datasets(folder, split) for folder in data or [OWN]}
    opened = {spec: open_encoder(spec, threads=threads, cache_size=0) for spec in dict.fromkeys(encoders)}
    found: dict[str, dict[str, Measured]] = {}
    for name, datasets in sets.items():
        for spec, encoder in opened.items():
            err.print(messages.MEASURING.format(encoder=spec, data=name), style="dim", highlight=False)
            found.setdefault(name, {})[spec] = measure_all(encoder, datasets, with_noise=noise)
    spent = {spec: costs(spec) for spec in opened}
    if as_json:
        print_json({"figures": found, "costs": {spec: asdict(value) for spec, value in spent.items()}})
        return
    for name, measured in found.items():
        _print_dataset(name, sets[name], measured)
        if noise:
            _print_noise(measured)
    _print_costs(spent)


def _print_dataset(name: str, datasets: Sequence[Dataset], measured: Mapping[str, Measured]) -> None:
    queries, entries = sum(len(d.queries) for d in datasets), sum(len(d.ids) for d in datasets)
    out.print("\n" + messages.DATASET_TITLE.format(name=name, queries=queries, entries=entries), style="bold")
    first, *others = measured.values()
    rows = []
    for way, base in first.found.items():
        rows.append([messages.WAYS[way], *("" for _ in measured)])
        rows += [
            [f"  {name}", *(_with_interval(each.found[way][name]) for each in measured.values())] for name in MEASURES
        ]
        if others:
            rows.append([f"  {messages.GAIN}", "", *(_gain(base, each.found[way]) for each in others)])
    if first.separations:
        rows.append([messages.SEPARATION, *(f"{100 * np.mean(each.separations):.1f}" for each in measured.values())])
    table(["", *measured], rows)
    out.print(messages.INTERVALS, style="dim", highlight=False)


def _print_noise(measured: Mapping[str, Measured]) -> None:
    out.print("\n" + messages.NOISE_TITLE, style="bold")
    kinds = next(iter(measured.values())).noised
    rows = [
        [messages.NOISES[kind], *(_loss(each.found[FUSION], each.noised[kind]) for each in measured.values())]
        for kind in kinds
    ]
    table(["", *measured], rows)


def _print_costs(spent: Mapping[str, Costs]) -> None:
    out.print("\n" + messages.COSTS_TITLE, style="bold")
    rows = [
        [messages.DISK, *(_number(each.megabytes) for each in spent.values())],
        [messages.P50, *(f"{each.p50_ms:.2f}" for each in spent.values())],
        [messages.RESIDENT, *(_number(each.resident_mb) for each in spent.values())],
    ]
    table(["", *spent], rows)


def _with_interval(values: Sequence[float]) -> str:
    found = interval(values)
    return f"{100 * found.mean:.1f} [{100 * found.low:.0f}–{100 * found.high:.0f}]"


def _gain(first: Figures, other: Figures) -> str:
    found = gain(first, other, "R@1")
    return f"{100 * found.mean:+.1f} [{100 * found.low:+.1f} ; {100 * found.high:+.1f}]"


def _loss(plain: Figures, noised: Figures) -> str:
    found = gain(plain, noised, "R@1")
    return f"{100 * float(np.mean(noised['R@1'])):.1f} ({100 * found.mean:+.1f})"


def _number(value: float | None) -> str:
    return messages.UNKNOWN if value is None else f"{value:.0f}"

"""`python -m evals.composer`: what composed answers show and what they leave out, by split."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Annotated, cast

import typer

from app.settings import Settings
from app.terminal import out, table
from app.wiring import build_services, make_encoder
from evals import messages
from evals.cases import SPLITS, Split
from evals.composer.measure import Figure, Shown, figures, measure
from evals.composer.questions import OWN, Asked, lint_questions, load_questions, made_up


def main(
    split: Annotated[str, typer.Option(help="dev, test ou all.")] = "all",
    show: Annotated[bool, typer.Option("--show", help="Montre les réponses où il manque quelque chose.")] = False,
) -> None:
    """Mesure ce que les réponses composées montrent, et ce qu’elles taisent."""
    settings = Settings()
    services = build_services(settings)
    services.live.refresh()
    own = {entry.id: entry for entry in services.live.retriever().index.entries}
    faqs = {OWN: own, **made_up()}
    asked = load_questions(split=None if split == "all" else cast(Split, split))
    for fault in lint_questions(asked, faqs):
        out.print(fault, style="red", markup=False, highlight=False)
    shown = measure(asked, faqs, make_encoder(settings))
    groups = [(part, breadth) for part, breadth in product(SPLITS, ("narrow", "broad"))]
    rows = [
        row
        for part, breadth in groups
        for row in _rows(part, breadth, [s for s in shown if (s.asked.split, s.asked.breadth) == (part, breadth)])
    ]
    table(messages.COMPOSED, rows)
    for one in shown if show else ():
        if one.missing:
            missing = messages.MISSING.format(question=one.asked.question, missing=" ; ".join(one.missing))
            out.print(f"\n{one.asked.id} · {missing}", style="bold", markup=False, highlight=False)
            out.print(one.text, markup=False, highlight=False)


def _rows(split: str, breadth: str, shown: Sequence[Shown]) -> list[list[str]]:
    """A row over all questions of a group, one for each kind of FAQ."""
    kinds = [("", shown)]
    kinds += [(name, [s for s in shown if _kind(s.asked) == name]) for name in (messages.OWN_FAQ, messages.MADE_UP)]
    return [
        [f"{split} · {messages.BREADTHS[breadth]}{f' · {name}' if name else ''}", str(len(group)), *_cells(group)]
        for name, group in kinds
        if group
    ]


def _kind(asked: Asked) -> str:
    return messages.OWN_FAQ if asked.faq == OWN else messages.MADE_UP


def _cells(shown: Sequence[Shown]) -> list[str]:
    found = figures(shown)
    return [
        _with_interval(found.answered),
        _with_interval(found.needs),
        f"{round(found.conditions_kept.n * (1 - found.conditions_kept.value))} / {found.conditions_kept.n}",
        _with_interval(found.share),
    ]


def _with_interval(figure: Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


if __name__ == "__main__":
    typer.run(main)

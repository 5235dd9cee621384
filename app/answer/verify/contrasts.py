"""Words that exclude each other: `contrasts.tsv` has a name, a tab and the forms of one side on each line."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from app.answer.verify.lexicon import parts_of, stemmed
from app.answer.verify.tables import rows_of
from app.answer.verify.tokens import Token

Side = tuple[str, str]
"""The name of a contrast, and the side's first form."""


@cache
def _contrasts() -> dict[str, tuple[Side, ...]]:
    found: defaultdict[str, list[Side]] = defaultdict(list)
    name_of_line: dict[tuple[str, str], Side] = {}
    for label, form in rows_of("contrasts.tsv"):
        name, _, number = label.partition(".")
        side = name_of_line.setdefault((name, number), (name, number))
        found["".join(map(stemmed, parts_of(form)))].append(side)
    return {key: tuple(dict.fromkeys(sides)) for key, sides in found.items()}


def sides_of(token: Token) -> tuple[Side, ...]:
    """The contrasts that a word stands on a side of."""
    if token.kind in ("stop", "number", "address") or token.named:
        return ()
    return _contrasts().get(stemmed(token.folded), ())

"""The verifier's tables: a name, a tab, and forms separated by commas; lines that begin with # are remarks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


def rows_of(table: str) -> Iterator[tuple[str, str]]:
    """(name, form) for each form of a table."""
    for line in (_HERE / table).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, forms = line.split("\t")
            for form in forms.split(","):
                yield name, form.strip()


@cache
def _word_lists() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, form in rows_of("words.tsv"):
        found.setdefault(name, set()).add(form)
    return {name: frozenset(forms) for name, forms in found.items()}


def word_set(name: str) -> frozenset[str]:
    """The folded words of a list of words.tsv."""
    return _word_lists()[name]

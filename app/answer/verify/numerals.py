"""French numbers in letters, cardinal and ordinal, up to the millions."""

from __future__ import annotations

from collections.abc import Sequence

_UNITS = [
    "zero",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
]
_TENS = {"vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70,
         "octante": 80, "huitante": 80, "nonante": 90}  # fmt: skip
_SCALES = {"cent": 100, "cents": 100, "mille": 1000, "million": 1_000_000, "millions": 1_000_000}
_ORDINALS = {"premier": 1, "premiere": 1, "premiers": 1, "premieres": 1, "second": 2, "seconde": 2, "deuxieme": 2,
             "troisieme": 3, "quatrieme": 4, "cinquieme": 5, "sixieme": 6, "septieme": 7, "huitieme": 8,
             "neuvieme": 9, "dixieme": 10, "douzieme": 12, "quinzieme": 15, "vingtieme": 20}  # fmt: skip

_VALUES = {word: at for at, word in enumerate(_UNITS) if at > 1} | _TENS | _ORDINALS
NUMERALS = frozenset(_VALUES) | frozenset(_SCALES)
"""Folded words that are numbers by themselves; "un" and "une" are articles more often than numbers."""


def adds_up(before: str, after: str) -> bool:
    """Whether a numeral goes on with another: "soixante-dix", "deux cents", but not "onze-quinze"."""
    if before in _TENS or before in _SCALES or before == "et" or after in _SCALES:
        return True
    return (before == "quatre" and after in ("vingt", "vingts")) or (
        before == "dix" and after in ("sept", "huit", "neuf")
    )


def value_of(words: Sequence[str]) -> str:
    """The number that folded words spell, in digits: soixante, dix, sept gives "77"."""
    whole = part = 0
    for word in words:
        if word == "et":
            continue
        if word in {"un", "une"}:
            part += 1
        elif word in ("vingt", "vingts") and part % 100 == 4:
            part += 76
        elif word in ("cent", "cents"):
            part = max(part, 1) * 100
        elif word in _SCALES:
            whole += max(part, 1) * _SCALES[word]
            part = 0
        else:
            part += _VALUES[word]
    return str(whole + part)

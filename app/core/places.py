"""Places a text names, as index terms: a town stands for its department, its region and its country.

So "j'habite Tarbes" meets an entry that lists departments, and "je vis au Maroc"
one for those who live abroad, though neither names the town or the country.
places.tsv holds what is recognised; towns whose name is a common word are left out.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.core.folding import fold

TABLE = Path(__file__).with_name("places.tsv")
HOME = "France"
ABROAD = "p:etranger"
COMMON = frozenset(
    ["allier", "aube", "cher", "creuse", "la reunion", "landes", "lot", "manche", "nord", "orne", "somme", "vienne"]
)
"""Departments that are common words too: they count with a capital, and after an article or a preposition."""
_BEFORE = frozenset(["le", "la", "les", "l", "du", "de", "des", "dans", "en"])
_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"\bdans le (\d{2}|2[ab])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Index terms by place name, a tuple of folded words; and by department code."""

    names: Mapping[tuple[str, ...], tuple[str, ...]]
    codes: Mapping[str, tuple[str, ...]]
    longest: Mapping[str, int]
    """Words of the longest name that begins with a word."""

    def terms(self, text: str) -> list[str]:
        """The terms of every place that `text` names, longest names first."""
        typed = _WORD.findall(unicodedata.normalize("NFC", text))
        words = [fold(word) for word in typed]
        found: list[str] = []
        at = 0
        while at < len(words):
            longest = self.longest.get(words[at], 0)
            for size in range(min(longest, len(words) - at), 0, -1):
                terms = self.names.get(tuple(words[at : at + size]))
                if terms and (" ".join(words[at : at + size]) not in COMMON or _is_name(typed, words, at + size - 1)):
                    found.extend(terms)
                    at += size
                    break
            else:
                at += 1
        for match in _CODE.finditer(text):
            found.extend(self.codes.get(match[1].lower(), ()))
        return found


def _is_name(typed: Sequence[str], words: Sequence[str], at: int) -> bool:
    """Whether a common word stands for the department of that name."""
    return at > 0 and typed[at][0].isupper() and words[at - 1] in _BEFORE


def _words(text: str) -> list[str]:
    return [fold(word) for word in _WORD.findall(unicodedata.normalize("NFC", text))]


def _term(name: str) -> str:
    return "p:" + "-".join(_words(name))


@cache
def gazetteer() -> Gazetteer:
    """The places of places.tsv, read once."""
    names: dict[tuple[str, ...], tuple[str, ...]] = {}
    codes: dict[str, tuple[str, ...]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            wider = [row[column] for column in ("department", "region", "country") if row[column]]
            terms = tuple(_term(name) for name in wider) + (() if row["country"] == HOME else (ABROAD,))
            names.setdefault(tuple(_words(row["place"])), terms)
            if row["kind"] == "department":
                codes[row["department"].lower()] = terms
    longest: dict[str, int] = {}
    for name in names:
        longest[name[0]] = max(len(name), longest.get(name[0], 0))
    return Gazetteer(names, codes, longest)


def place_terms(text: str) -> list[str]:
    """Index terms of the places a text names, each once."""
    return list(dict.fromkeys(gazetteer().terms(text)))

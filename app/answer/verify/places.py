"""Where a claim's words stand beside where the source has them: by what each is surrounded, governed and denied.

A claim that exchanges two things of a sentence ("les adultes … après les enfants" for the other way round) holds all of
its words; only what stands around them has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.answer.verify.align import Alignment
from app.answer.verify.clauses import Clause
from app.answer.verify.sources import Keys
from app.answer.verify.tables import word_set
from app.answer.verify.tokens import Token

_NEAR_CLAIM = 2
"""Words on each side of a claim's word that are looked for."""
_NEAR_SOURCE = 3
"""The same in the source, where a word may have come between."""
_PREPOSITIONS = word_set("prepositions") | word_set("attaching") | {"d", "apres", "avant"}
_LOOSE = frozenset(["de", "du", "des", "d", "a", "au", "aux", "en", "dans", "sur", "pour"])
"""Prepositions that rewording exchanges freely."""
_JOINING = frozenset(["et", "ou", "ni"])


@dataclass(frozen=True, slots=True)
class _Place:
    """A word, the keys of those around it, the preposition before it, and whether it is denied."""

    token: Token
    around: tuple[Keys, ...]
    governed: str
    sign: int


def places(alignment: Alignment) -> Mapping[str, float]:
    """Features by name: how much of what surrounds each claimed word surrounds it in the source too."""
    claimed = _places([s.clause for s in alignment.supports if not s.situation], _NEAR_CLAIM)
    given: list[_Place] = []
    for unit in alignment.units:
        given += _places(unit.clauses, _NEAR_SOURCE)
    shares: list[float] = []
    differ = denied = 0
    homes: list[tuple[_Place, _Place]] = []
    for place in claimed:
        own = [other for other in given if other.token.keys & place.token.keys]
        if not own or not place.around:
            continue
        share, home = max(((_share(place, other), other) for other in own), key=lambda pair: pair[0])
        shares.append(share)
        homes.append((place, home))
        differ += place.governed != home.governed and not {place.governed, home.governed} <= _LOOSE | {""}
        denied += place.sign * home.sign < 0
    return {
        "context": sum(shares) / max(1, len(shares)),
        "context_least": min(shares, default=1.0),
        "context_lost": sum(share == 0 for share in shares),
        "governed_differs": differ,
        "sign_differs": denied,
        "exchanged": _exchanged(homes),
    }


def _exchanged(homes: Sequence[tuple[_Place, _Place]]) -> int:
    """Pairs of words of which each has the other's preposition."""
    count = 0
    for at, (one, home) in enumerate(homes):
        for other, its in homes[at + 1 :]:
            count += (
                one.governed != other.governed
                and one.governed == its.governed
                and other.governed == home.governed
                and not one.token.keys & other.token.keys
            )
    return count


def _share(place: _Place, other: _Place) -> float:
    near = frozenset[str]().union(*other.around)
    return sum(bool(keys & near) for keys in place.around) / len(place.around)


def _places(clauses: Sequence[Clause], reach: int) -> list[_Place]:
    row: list[tuple[Token, str, int]] = []
    for clause in clauses:
        governed = ""
        for token in clause.tokens:
            if token.kind == "function" and token.folded in _PREPOSITIONS:
                governed = token.folded
            elif token.folded in _JOINING:
                continue
            elif token.counts:
                row.append((token, governed, clause.sign))
                governed = ""
    words = [token for token, _, _ in row]
    return [
        _Place(
            token, tuple(w.keys for w in (*words[max(0, at - reach) : at], *words[at + 1 : at + 1 + reach])), by, sign
        )
        for at, (token, by, sign) in enumerate(row)
    ]


def left_behind(asserted: Sequence[Clause], known: Keys) -> Mapping[str, float]:
    """What the claim leaves of the source clauses that it is about, by how it hangs: joined to what is kept, tied on
    by a preposition, or right behind a word that is kept.
    """
    joined = tied = qualifying = 0
    for clause in asserted:
        kept = False
        link = ""
        for token in clause.tokens:
            if token.counts:
                if token.keys & known:
                    kept = True
                elif link in _JOINING:
                    joined += 1
                elif link:
                    tied += 1
                elif kept:
                    qualifying += 1
                if link not in _JOINING or token.keys & known:
                    link = ""
            elif token.folded in _JOINING or token.folded in _PREPOSITIONS:
                link = token.folded
    return {"left_joined": joined, "left_tied": tied, "left_qualifying": qualifying}

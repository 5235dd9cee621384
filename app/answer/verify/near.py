"""Clauses that say almost what a source clause says: there, one word turned round is an error."""

from __future__ import annotations

from collections.abc import Sequence

from app.answer.verify.align import Alignment
from app.answer.verify.clauses import Clause
from app.answer.verify.polarity import is_negative
from app.answer.verify.roles import is_passive

_NEAR = 0.6
"""Share of a claim clause's words that one source clause holds, from which on the two say the same."""
_BEING = frozenset(["etre"])
_OPPOSED = (("before", "after"), ("min", "max"), ("must", "may"), ("should", "must"), ("if", "except"))


def turned_round(alignment: Alignment) -> str:
    """A clause that says the opposite of the one it repeats, as a reason."""
    given = [clause for unit in alignment.units for clause in unit.clauses]
    for support in alignment.supports:
        twins = _twins(support.clause, given)
        if twins and all(_opposite(support.clause, twin) for twin in twins):
            return f"« {support.clause.text} » dit le contraire de la source"
    return ""


def _twins(claimed: Clause, given: Sequence[Clause]) -> list[Clause]:
    """The source clauses that hold most of a claim's clause."""
    content = claimed.content or tuple(token for token in claimed.tokens if token.markers and token.keys)
    if not content:
        return []
    shares = [sum(any(token.keys & other.keys for other in clause.tokens) for token in content) for clause in given]
    best = max(shares, default=0)
    if best < _NEAR * len(content):
        return []
    return [clause for clause, share in zip(given, shares, strict=True) if share == best]


def _opposite(claimed: Clause, twin: Clause) -> bool:
    if (claimed.sign or 1) != (twin.sign or 1) and _held(twin, claimed):
        return _denies(claimed) == _denies(twin)
    if claimed.sign < 0 and twin.sign < 0:
        return False
    if (
        "may" in twin.markers
        and not claimed.markers & {"may", "must", "should"}
        and is_passive(claimed)
        and is_passive(twin, _BEING)
    ):
        return True
    for pair in _OPPOSED:
        for one, other in (pair, pair[::-1]):
            mine, theirs = claimed.markers, twin.markers
            if one in mine and other not in mine and other in theirs and one not in theirs:
                return True
    return False


def _denies(clause: Clause) -> bool:
    """Whether a clause denies by a word of its own: "en l’absence de", "hors convention"."""
    return "except" in clause.markers or any(is_negative(token) for token in clause.tokens)


def _held(twin: Clause, claimed: Clause) -> bool:
    """Whether the claim repeats the source clause and not only the other way round."""
    content = twin.content or tuple(token for token in twin.tokens if token.markers and token.keys)
    return sum(any(t.keys & o.keys for o in claimed.tokens) for t in content) >= _NEAR * len(content)

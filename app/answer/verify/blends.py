"""A clause that puts a word of one source clause in the place of another's: who or what it is said of has changed."""

from __future__ import annotations

from collections.abc import Sequence

from app.answer.verify.align import FIXED, Alignment
from app.answer.verify.clauses import Clause
from app.answer.verify.sources import Keys, SourceUnit
from app.answer.verify.tokens import Token

_HEADS = frozenset(["pour", "en", "chez", "dans"])
_LEAST = 2
"""Words that a claim's clause must share with a source clause to be a saying of it."""


def blended(alignment: Alignment) -> str:
    """The first word that the source says of something else, as a reason."""
    if word := _under_another_label(alignment):
        return f"« {word} » n’est pas dit de cela dans la source"
    if head := _head_elsewhere(alignment):
        return f"« {head} » n’est pas dit de cela dans la source"
    places = [(unit, at) for unit in alignment.units for at in range(len(unit.clauses))]
    for support in alignment.supports:
        claimed = support.clause
        if support.situation or len(_nouns(claimed)) <= _LEAST:
            continue
        shares = [(_shared(claimed, unit.clauses[at]), unit, at) for unit, at in places]
        best = max((share for share, _, _ in shares), default=0)
        if best < _LEAST:
            continue
        homes = [(unit, at) for share, unit, at in shares if share == best]
        words = [_put_in(claimed, unit, at, alignment) for unit, at in homes]
        if all(words):
            return f"« {words[0]} » n’est pas dit de cela dans la source"
    return ""


def _under_another_label(alignment: Alignment) -> str:
    """A word that the source only says under another label than the one that the claim names: "par chèque"."""
    labelled = [unit for unit in alignment.source.units if unit.label]
    tokens = [token for support in alignment.supports for token in support.clause.content]
    said = frozenset().union(*(token.keys for token in tokens))
    named = [unit for unit in labelled if unit.label & said]
    if not named or len({unit.label for unit in labelled}) < _LEAST:
        return ""
    free = [unit for unit in alignment.source.units if not unit.label and unit.markdown]
    known = alignment.source.topic.union(*(unit.held for unit in [*named, *free]))
    foreign = frozenset[str]().union(*(unit.keys for unit in labelled if unit not in named))
    return next((token.written for token in tokens if token.keys & foreign and not token.keys & known), "")


def _head_elsewhere(alignment: Alignment) -> str:
    """Whom a claim begins by naming, where the source says the rest of others: "Pour les masters, …"."""
    supports = alignment.supports
    if len(supports) < _LEAST or supports[0].clause.sign or not supports[0].clause.content:
        return ""
    head, rest = supports[0].clause, supports[1].clause
    scored = [
        (_shared(rest, unit.clauses[at]), unit, at) for unit in alignment.units for at in range(len(unit.clauses))
    ]
    best = max((share for share, _, _ in scored), default=0)
    heads = [unit.clauses[at - 1] if at else None for share, unit, at in scored if share == best and best]
    if heads and all(other is not None and _are_rivals(head, other) for other in heads):
        return head.content[0].written
    return ""


def _are_rivals(head: Clause, other: Clause) -> bool:
    """Whether two clauses name different groups in the same way."""
    first = other.tokens[0].folded
    return not other.sign and first == head.tokens[0].folded and first in _HEADS and not head.keys & other.keys


def _shared(claimed: Clause, given: Clause) -> int:
    keys = given.keys
    return sum(bool(token.keys & keys) for token in _nouns(claimed))


def _nouns(clause: Clause) -> list[Token]:
    return [t for t in clause.content if t.kind == "content" and not t.soft and not t.keys & FIXED]


def _put_in(claimed: Clause, unit: SourceUnit, at: int, alignment: Alignment) -> str:
    """A word that the claim takes from elsewhere, where the source clause has one that the claim leaves out."""
    home = unit.clauses[at]
    near = _around(unit, at)
    said = frozenset().union(*(support.clause.keys for support in alignment.supports))
    left_out = [token for token in _nouns(home) if not token.keys & (said | alignment.source.topic)]
    strays = [
        token
        for token in _nouns(claimed)
        if not token.keys & (near | alignment.source.topic) and token.keys & alignment.source.keys
    ]
    return strays[0].written if left_out and strays and len(strays) < _shared(claimed, home) + 1 else ""


def _around(unit: SourceUnit, at: int) -> Keys:
    """What a clause may lean on: itself, what comes before it up to a semicolon, what introduces the sentence."""
    keys = unit.context | unit.clauses[at].keys
    clauses: Sequence[Clause] = unit.clauses
    first = at
    while first > 0 and clauses[first].opened_by not in (";", ".", ":"):
        first -= 1
        keys |= clauses[first].keys
    for after in clauses[at + 1 :]:
        if after.opened_by in (";", ".", ":"):
            break
        keys |= after.keys
    return keys

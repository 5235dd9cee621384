"""Facts of one kind that stand side by side in the source: each keeps what it is said of.

"L’abonnement mensuel coûte 45 euros et l’annuel 430 euros" holds every word of a claim that exchanges the two amounts.
So each figure of a claim is held against all figures of the source that count the same thing, and what stands around
it must not point to another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.answer.verify.align import FIXED, Alignment
from app.answer.verify.clauses import Clause
from app.answer.verify.contrasts import sides_of
from app.answer.verify.figures import counted_by
from app.answer.verify.sources import Keys, SourceUnit
from app.answer.verify.tokens import Token

_PARTING = frozenset(["et", "ou", "puis", "mais"])
_FARTHER = 0.4
"""What a word is worth that stands in the same sentence as a figure, but nearer to another one."""
_LEAD = 0.5
"""By how much another figure must be nearer to the claim's words."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, what it counts, and the words that belong to it alone."""

    token: Token
    counted: Keys
    words: tuple[Token, ...]
    around: Keys = frozenset()
    """Keys of its whole sentence, with what introduces it."""

    @property
    def keys(self) -> Keys:
        """All that its words stand for."""
        return frozenset().union(*(word.keys for word in self.words))


def rival_figure(alignment: Alignment) -> str:
    """The first figure that the source gives for something else, where it gives another for what is named."""
    given = [figure for unit in alignment.source.units if unit.markdown for figure in _of_unit(unit)]
    for claimed in _figures([s.clause for s in alignment.supports if not s.situation]):
        rivals = [figure for figure in given if _same_kind(claimed, figure)]
        own = [figure for figure in rivals if figure.token.keys & claimed.token.keys]
        others = [figure for figure in rivals if not figure.token.keys & claimed.token.keys]
        if not own or not others:
            continue
        best = max(_nearness(claimed, figure, rivals) for figure in own)
        if max(_nearness(claimed, figure, rivals) for figure in others) > best + _LEAD:
            return f"« {claimed.token.written} » est dit d’autre chose dans la source"
    return ""


def _same_kind(one: Figure, other: Figure) -> bool:
    return bool(one.counted & other.counted) or (not one.counted and not other.counted)


def _nearness(claimed: Figure, figure: Figure, rivals: Sequence[Figure]) -> float:
    """How many of the claim's words, of those that tell the rivals apart, stand by a figure."""
    found = 0.0
    for word in claimed.words:
        near = sum(bool(word.keys & rival.keys) for rival in rivals)
        around = sum(bool(word.keys & rival.around) for rival in rivals)
        if near and near < len(rivals) and word.keys & figure.keys:
            found += 1
        elif around and around < len(rivals) and word.keys & figure.around:
            found += _FARTHER if near else 1
    return found


def _of_unit(unit: SourceUnit) -> Iterator[Figure]:
    for figure in _figures(unit.clauses):
        yield Figure(figure.token, figure.counted, figure.words, unit.held)


def _figures(clauses: Sequence[Clause]) -> Iterator[Figure]:
    """The figures of some clauses in a row, each with the words between it and its neighbours' own."""
    last: tuple[Token, ...] = ()
    for at, clause in enumerate(clauses):
        places = [place for place, token in enumerate(clause.tokens) if token.kind == "number"]
        for number, place in enumerate(places):
            begin = _border(clause.tokens, places[number - 1], place) if number else 0
            end = _border(clause.tokens, place, places[number + 1]) if number + 1 < len(places) else len(clause.tokens)
            words = _words(clause.tokens[begin:end])
            before = clauses[at - 1] if at else None
            if before is not None and not any(token.kind == "number" for token in before.tokens) and not number:
                words += _words(before.tokens)
            counted = counted_by(clause.tokens, place)
            own = tuple(word for word in words if not word.keys & counted)
            # "de 9 h à 12 h": what stands by the first figure of a stretch stands by the second.
            last = own or last
            yield Figure(clause.tokens[place], counted, last)


def _border(tokens: Sequence[Token], first: int, second: int) -> int:
    """Where the words of one figure end and those of the next begin."""
    parting = [at for at in range(first + 1, second) if tokens[at].folded in _PARTING]
    return parting[-1] if parting else second


def _words(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if (token.kind == "content" and token.keys) or token.keys & FIXED]


def within_exception(alignment: Alignment) -> str:
    """What the source excepts, where the claim says the rule of it: "interdits, à l’exception des vélos pliants"."""
    supports = [s for s in alignment.supports if not s.situation]
    if any("except" in s.clause.markers for s in alignment.supports):
        return ""
    for unit in alignment.units:
        for at, clause in enumerate(unit.clauses):
            begin = _exception(unit.clauses, at)
            if not begin or not clause.keys:
                continue
            host = unit.clauses[begin - 1]
            plain = frozenset().union(*(c.keys for c in unit.clauses[:begin])) | alignment.source.topic
            for support in supports:
                claimed = support.clause
                words = [t for t in claimed.tokens if t.kind in ("content", "light") and t.keys]
                stray = [t for t in words if t.keys & clause.keys and not t.keys & plain]
                ruled = any(t.keys & host.keys for t in claimed.tokens if t.keys)
                if stray and ruled and (claimed.sign or 1) == (host.sign or 1):
                    return f"« {stray[0].written} » est une exception dans la source"
    return ""


def _exception(clauses: Sequence[Clause], at: int) -> int:
    """Where the exception begins that a clause belongs to; 0 where it belongs to none."""
    if at and any("except" in token.markers for token in clauses[at].tokens[:3]):
        return at
    if at > 1 and any("if" in token.markers for token in clauses[at].tokens[:2]):
        return _exception(clauses, at - 1)
    return 0


def contrasted(alignment: Alignment) -> str:
    """One of two things that exclude each other, where the source has the other: "la dernière" for "la meilleure"."""
    given = [clause for unit in alignment.source.units for clause in unit.clauses]
    for support in alignment.supports:
        claimed = support.clause
        if support.situation:
            continue
        for token in claimed.tokens:
            for name, side in sides_of(token):
                others = [t for t in claimed.content if t is not token and not t.keys & FIXED]
                if not others or _has_other_side(claimed, name, side):
                    continue
                shares = [sum(bool(t.keys & clause.keys) for t in others) for clause in given]
                best = max(shares, default=0)
                homes = [c for c, share in zip(given, shares, strict=True) if share == best]
                if best * 2 >= len(others) and best and all(_turned(claimed, home, name, side) for home in homes):
                    return f"« {token.written} » contredit la source"
    return ""


def _has_other_side(clause: Clause, name: str, side: str) -> bool:
    return any(own == name and other != side for token in clause.tokens for own, other in sides_of(token))


def _turned(claimed: Clause, home: Clause, name: str, side: str) -> bool:
    """Whether a source clause has the other side, and not this one, and isn't denied where the claim isn't."""
    sides = {other for token in home.tokens for own, other in sides_of(token) if own == name}
    return bool(sides) and side not in sides and (claimed.sign or 1) == (home.sign or 1)

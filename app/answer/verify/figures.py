"""Figures, addresses and quoted names: each stands in the source, counting the same thing within the same bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from app.answer.verify.align import FIXED, Alignment
from app.answer.verify.clauses import Clause
from app.answer.verify.sources import SourceUnit
from app.answer.verify.tables import word_set
from app.answer.verify.tokens import Token
from app.core.folding import fold

_QUOTED = re.compile(r"[«“\"]([^«»“”\"]+)[»”\"]")
_BOUNDS = ("min", "max", "about", "before", "after", "during")
_SAME_MEASURE = word_set("same_measure")
"""Groups of synonyms.tsv that count the same thing; elsewhere a figure keeps its own word."""
_REACH = 4
_FIGURE = re.compile(r"\d+(?:\.\d+)?(?:-\d+(?:\.\d+)?)?")


def unsupported_figure(alignment: Alignment) -> str:
    """The first figure that counts something else than in the source, as a reason; "" if none does."""
    for support in alignment.supports:
        tokens = support.clause.tokens
        for at, token in enumerate(tokens):
            if token.kind != "number":
                continue
            reason = _differs(tokens, at, support.unit, alignment)
            if reason:
                return reason
    return ""


def mismatched_figures(alignment: Alignment) -> str:
    """Two figures of one clause that the source pairs otherwise: "34 euros pour 24 heures", as a reason."""
    for support in alignment.supports:
        row = [token for token in support.clause.tokens if token.kind == "number"]
        chunks = [chunk for unit in alignment.units for clause in unit.clauses for chunk in _chunks(clause)]
        for first, second in pairwise(row):
            own = [(chunk, count) for chunk, count in chunks if first.keys & chunk]
            other = [(chunk, count) for chunk, count in chunks if second.keys & chunk]
            if own and other and not any(c & second.keys for c, _ in own) and all(n > 1 for _, n in [*own, *other]):
                return f"« {first.written} » et « {second.written} » ne vont pas ensemble dans la source"
    return ""


def impossible_figure(alignment: Alignment) -> str:
    """A figure of the visitor's own that lies outside what the source sets: "à 12 ans" where it says "dès 16 ans"."""
    said = frozenset().union(*(s.clause.keys for s in alignment.supports if not s.situation))
    for support in alignment.supports:
        tokens = support.clause.tokens
        for at, token in enumerate(tokens):
            own = support.situation and token.kind == "number" and not token.keys & support.unit.keys
            if own and not _admitted(token, _counted(tokens, at), said, alignment.units):
                return f"« {token.written} » n’est pas ce que dit la source"
    return ""


def _admitted(token: Token, counted: Token | None, said: frozenset[str], units: Sequence[SourceUnit]) -> bool:
    """Whether a figure lies within the bounds of the source clauses that say most of the claim."""
    clauses = [clause for unit in units for clause in unit.clauses]
    shares = [sum(bool(t.keys & said) for t in clause.content) for clause in clauses]
    bounds = [
        (share, bound) for share, clause in zip(shares, clauses, strict=True) for bound in _ranges(clause, counted)
    ]
    best = max((share for share, _ in bounds), default=0)
    try:
        value = float(token.folded)
    except ValueError:
        return False
    return any(low <= value <= high for share, (low, high) in bounds if share == best)


def _ranges(clause: Clause, counted: Token | None) -> Iterator[tuple[float, float]]:
    """The bounds that a clause sets for what is counted, low and high."""
    tokens = clause.tokens
    places = [at for at, t in enumerate(tokens) if t.kind == "number" and _FIGURE.fullmatch(t.folded)]
    for at in places:
        measured = _counted(tokens, at)
        if counted is None or measured is None or not measured.keys & counted.keys:
            continue
        low, _, high = tokens[at].folded.partition("-")
        value, markers = float(low), _bounds(tokens, at)
        if high:
            yield value, float(high)
        elif markers & {"min", "after"}:
            yield value, float("inf")
        elif markers & {"max", "before"}:
            yield 0.0, value
        else:
            yield value, value


def _chunks(clause: Clause) -> list[tuple[frozenset[str], int]]:
    """The figures of a clause's coordinated parts, and how many they are."""
    rows: list[list[str]] = [[]]
    for token in clause.tokens:
        if token.folded in ("et", "ou"):
            rows.append([])
        elif token.kind == "number":
            rows[-1] += token.keys
    return [(frozenset(row), len(row)) for row in rows if row]


def _differs(tokens: Sequence[Token], at: int, unit: SourceUnit, alignment: Alignment) -> str:
    token = tokens[at]
    places = list(_places(token, unit)) or [p for other in alignment.units for p in _places(token, other)]
    if not places:
        return ""
    same = [(row, place) for row, place in places if _same_unit(tokens, at, row, place)]
    if not same:
        return f"le nombre {token.written} ne compte pas la même chose dans la source"
    other = _bound_elsewhere(tokens, unit)
    if other:
        return f"« {other} » ne va pas avec le nombre {token.written} dans la source"
    rate = _rate(tokens, at)
    if rate and all(other and not other & rate for other in (_rate(row, place) for row, place in same)):
        return f"le nombre {token.written} n’est pas pour la même chose dans la source"
    bounds = _bounds(tokens, at)
    if not any(_agree(bounds, _bounds(row, place)) for row, place in same):
        return f"le nombre {token.written} n’a pas les mêmes bornes dans la source"
    return ""


def _rate(tokens: Sequence[Token], at: int) -> frozenset[str]:
    """For how much of what an amount is: "8 euros par personne"."""
    for link, token in zip(tokens[at + 1 : at + 1 + _REACH], tokens[at + 2 : at + 2 + _REACH], strict=False):
        if link.kind in ("number", "stop"):
            break
        if link.folded == "par":
            return token.keys | {token.folded.rstrip("s")}
    return frozenset()


def _bound_elsewhere(tokens: Sequence[Token], unit: SourceUnit) -> str:
    """A word of the claim's clause that the source only says of another figure."""
    numbers = frozenset().union(*(t.keys for t in tokens if t.kind == "number"))
    shared = _before_figures(unit)
    for word in tokens:
        if word.kind != "content" or word.keys & shared:
            continue
        holding = [c for c in unit.clauses if any(word.keys & t.keys for t in c.tokens)]
        if holding and all(_counts_other(clause, numbers) for clause in holding):
            return word.written
    return ""


def _before_figures(unit: SourceUnit) -> frozenset[str]:
    """What a sentence says before its first figure holds for all of them."""
    keys: set[str] = set()
    for token in (token for clause in unit.clauses for token in clause.tokens):
        if token.kind == "number":
            break
        keys |= token.keys
    return frozenset(keys)


def _counts_other(clause: Clause, numbers: frozenset[str]) -> bool:
    row = [t for t in clause.tokens if t.kind == "number"]
    return bool(row) and not any(t.keys & numbers for t in row)


def _places(token: Token, unit: SourceUnit) -> Iterator[tuple[tuple[Token, ...], int]]:
    for clause in unit.clauses:
        for place, other in enumerate(clause.tokens):
            if other.kind == "number" and other.keys & token.keys:
                yield clause.tokens, place


def _counted(tokens: Sequence[Token], at: int) -> Token | None:
    """What a figure counts: the first word of meaning after it; a measure only stands for itself."""
    for token in tokens[at + 1 : at + 1 + _REACH]:
        if token.kind == "content":
            if not token.keys & FIXED:
                return token
            return replace(token, keys=frozenset(k for k in token.keys if not k.startswith("~") or k in _SAME_MEASURE))
        if token.kind in ("address", "stop"):
            return None
    return None


def counted_by(tokens: Sequence[Token], at: int) -> frozenset[str]:
    """Keys of what the figure at a place counts; none when nothing follows that it could count."""
    counted = _counted(tokens, at)
    return counted.keys if counted else frozenset()


def _same_unit(tokens: Sequence[Token], at: int, row: Sequence[Token], place: int) -> bool:
    counted = _counted(tokens, at)
    if counted is None:
        named = next((t for t in tokens[max(0, at - 3) : at][::-1] if t.kind == "content"), None)
        near = row[max(0, place - _REACH) : place + _REACH + 1]
        return named is None or any(t.keys & named.keys for t in near) or not _counted(row, place)
    after = [t for t in _up_to_number(row[place + 1 : place + 2 + _REACH]) if t.kind in ("content", "light")]
    between = [t for t in row[place + 1 : place + 4] if t.kind == "number"]
    if not after and between:
        after = [t for t in row[place + 1 : place + 3 + _REACH] if t.kind in ("content", "light")]
    before = [token for token in row[max(0, place - _REACH) : place] if token.kind in ("content", "light")]
    if any(token.keys & counted.keys for token in after[:3]):
        return True
    return not _counted(row, place) or any(token.keys & counted.keys for token in before)


def _bounds(tokens: Sequence[Token], at: int) -> frozenset[str]:
    after = list(_up_to_number(tokens[at + 1 : at + 4]))
    beyond = tokens[at + 1 + len(after) : at + 3 + len(after)]
    if any(token.kind == "number" for token in beyond):
        # "trois exemplaires, au moins trois semaines": what follows bounds the next figure.
        after = []
    near = [*_up_to_number(tokens[max(0, at - _REACH) : at][::-1]), *after]
    return frozenset(marker for token in near for marker in token.markers if marker in _BOUNDS)


def _up_to_number(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.kind == "number":
            return
        yield token


def _agree(claimed: frozenset[str], source: frozenset[str]) -> bool:
    for low, high in (("min", "max"), ("before", "after")):
        if (low in claimed and high in source and low not in source) or (
            high in claimed and low in source and high not in source
        ):
            return False
    for bound in ("min", "max", "about"):
        other = {"max": {"before"}, "min": {"after"}}.get(bound, set())
        if bound in claimed and bound not in source and not (other & source):
            return False
        if bound in source and bound not in claimed and not (other & claimed):
            return False
    return True


def unsupported_quote(text: str, alignment: Alignment) -> str:
    """A quoted name that the entry doesn't hold word for word, as a reason."""
    for match in _QUOTED.finditer(text):
        if " ".join(fold(match[1]).split()) not in alignment.source.folded:
            return f"« {match[1].strip()} » n’est pas dans la source"
    return ""

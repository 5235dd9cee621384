"""An opening "Oui" or "Non": it answers the visitor's question as the entry does."""

from __future__ import annotations

from app.answer.verify.align import Alignment
from app.answer.verify.clauses import Clause, clauses_of, verb_at
from app.answer.verify.polarity import is_negative
from app.answer.verify.sources import Keys, SourceText, keys_in

_SPOKEN_OF = 0.5
"""Share of a question's words that an answer with yes or no must take up, itself or by its source."""
_LOADED = frozenset(["free", "paying", "only", "all", "must", "max", "min"])
"""Classes of markers.tsv that an answer may contradict without denying anything: "Est-ce gratuit ?"."""
_SAME_QUESTION = 0.6
"""Share of a question's words from which on it is the entry's own question."""


def wrong_opening(opening: str, alignment: Alignment, question: str) -> str:
    """Why the answer may not open like this; "" when it may, or doesn't."""
    if not opening:
        return ""
    refused = f"la source ne répond pas par « {opening} »"
    source, asked = alignment.source, clauses_of(question or alignment.source.entry.question)
    own = source.opening
    if own and _same(asked, source):
        return "" if own == opening else refused
    sign = _sign_of_answer(alignment, asked)
    if sign == 0:
        return "" if own == opening else refused
    return "" if (sign > 0) == (opening == "oui") else refused


def _same(asked: tuple[Clause, ...], source: SourceText) -> bool:
    content = [token for clause in asked for token in clause.content]
    if not content:
        return True
    shared = sum(bool(token.keys & source.topic) for token in content)
    return shared >= _SAME_QUESTION * len(content)


def _sign_of_answer(alignment: Alignment, asked: tuple[Clause, ...]) -> int:
    """1 when what follows affirms what was asked, -1 when it denies it, 0 when that can't be told."""
    clauses = [
        support.clause
        for support in alignment.supports
        if not support.situation and support.clause.sign and not _aside(support.clause)
    ]
    about = keys_in(asked)
    if any("only" in clause.markers for clause in clauses):
        return 0
    signs = {_sign_in(clause) for clause in clauses}
    if _is_plain(asked) and not any(_reckons(clause, asked) for clause in clauses):
        if signs == {-1}:
            return -1
        if signs <= {1} and not any(clause.sign < 0 for unit in alignment.units for clause in unit.clauses):
            return 1
    if len(signs) > 1:
        clauses = _most_about(clauses, about)
        signs = {_sign_in(clause) for clause in clauses}
    if not clauses and all(
        clause.sign >= 0 for unit in alignment.units for clause in unit.clauses if not _aside(clause)
    ):
        clauses, signs = [clause for unit in alignment.units for clause in unit.clauses], {1}
    if len(signs) != 1 or any(_reckons(clause, asked) for clause in clauses):
        return 0
    said = [token for support in alignment.supports for token in support.clause.tokens]
    said += [token for clause in clauses for token in clause.tokens]
    if signs != {-1} and not any(token.keys & about for token in said):
        return 0
    if not _speaks_of(alignment, asked):
        return 0
    return signs.pop() * _sign(asked)


def _is_plain(asked: tuple[Clause, ...]) -> bool:
    """Whether a question asks for something in so many words: whatever the entry affirms of it is a yes to it."""
    return not any(
        clause.sign < 0 or clause.markers & _LOADED or any(is_negative(token) or token.flips for token in clause.tokens)
        for clause in asked
    )


def _aside(clause: Clause) -> bool:
    first = clause.tokens[0]
    return first.folded in ("sans", "avec") or "if" in first.markers


def _speaks_of(alignment: Alignment, asked: tuple[Clause, ...]) -> bool:
    """Whether the claim and its source hold half of what was asked."""
    main = [clause for clause in asked if clause.sign] or list(asked)
    content = [token for clause in main for token in clause.content if not token.soft]
    said = keys_in(tuple(support.clause for support in alignment.supports))
    said |= frozenset().union(*(unit.keys for unit in alignment.units))
    return sum(bool(token.keys & said) for token in content) >= _SPOKEN_OF * len(content)


def _most_about(clauses: list[Clause], about: Keys) -> list[Clause]:
    """The clauses that speak most of what was asked."""
    shares = [sum(bool(token.keys & about) for token in clause.content) for clause in clauses]
    return [clause for clause, share in zip(clauses, shares, strict=True) if share == max(shares)]


def _sign_in(clause: Clause) -> int:
    """The sign of a clause, reversed by a verb that denies by itself: "est effacée", "sont exonérés"."""
    said = clause.tokens[verb_at(clause.tokens) or 0 :]
    return -clause.sign if clause.sign > 0 and any(is_negative(token) for token in said) else clause.sign


def _reckons(clause: Clause, asked: tuple[Clause, ...]) -> bool:
    """Whether the answer takes comparing figures: "Mon fils de dix ans peut-il venir ?"."""
    return any(t.kind == "number" for t in clause.tokens) and any(t.kind == "number" for c in asked for t in c.tokens)


def _sign(asked: tuple[Clause, ...]) -> int:
    main = [clause for clause in asked if clause.tokens[0].folded not in ("sans", "avec", "si")]
    return next((clause.sign for clause in reversed(main) if clause.sign), 1)

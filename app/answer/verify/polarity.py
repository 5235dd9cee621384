"""Yes and no, negation, duty and permission, restriction: the claim's agree with the source's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from app.answer.verify.align import Alignment, Support
from app.answer.verify.clauses import Clause
from app.answer.verify.lexicon import stemmed
from app.answer.verify.tables import word_set
from app.answer.verify.tokens import Token

_NEGATIVE = frozenset(stemmed(word) for word in word_set("negative"))
"""Stems that deny by themselves."""

_LICENSED_BY = {
    "only": {"only", "after", "if", "provided", "before", "must", "except"},
    "all": {"all", "each", "during"},
    "each": {"each", "all"},
    "free": {"free"},
    "paying": {"paying"},
    "home": {"home"},
    "some": {"some", "usually", "about"},
    "usually": {"usually", "some", "about"},
    "except": {"except"},
    "provided": {"provided", "if", "only", "max", "before"},
    "before": {"before", "max", "soon"},
    "after": {"after", "if", "min"},
    "during": {"during", "all"},
    "min": {"min", "after"},
    "max": {"max", "before", "only"},
    "about": {"about"},
    "enough": {"enough"},
    "new": {"new"},
    "voluntary": {"voluntary"},
    "workdays": {"workdays"},
}
_ALWAYS = frozenset(["voluntary", "free", "paying", "only", "must"])
"""Classes that even a clause about the visitor's situation needs the source for."""
NAMES = {
    "only": "uniquement", "all": "tous", "free": "gratuit", "some": "certains", "usually": "généralement",
    "paying": "payant", "home": "chez vous",
    "except": "sauf", "provided": "sous réserve", "before": "avant", "after": "après", "during": "pendant",
    "min": "au moins", "max": "au plus", "about": "environ", "enough": "il suffit", "if": "si",
    "must": "obligation", "may": "possibilité", "should": "recommandation", "new": "nouveau", "each": "chaque",
    "voluntary": "librement", "workdays": "ouvrés",
}  # fmt: skip


def wrong_sign(alignment: Alignment) -> str:
    """A claim that affirms what the source denies, or the other way round, as a reason."""
    for support in alignment.supports:
        if support.situation or "except" in support.clause.markers:
            continue
        clauses = [clause for unit in alignment.units for clause in unit.clauses]
        whole = [clause for unit in alignment.source.units for clause in unit.clauses]
        if support.clause.sign >= 0:
            word = _affirmed(support.clause, clauses) or _affirmed(support.clause, whole)
        else:
            word = _reversed(support.clause, whole) or _denied(support.clause, clauses)
        if word:
            return f"la négation de « {word} » diffère de la source"
    return ""


def _affirmed(claimed: Clause, clauses: Sequence[Clause]) -> str:
    """A word that the source only ever denies."""
    given = frozenset().union(*(token.keys for clause in clauses for token in clause.tokens))
    if any(is_negative(token) and not token.keys & given for token in claimed.tokens) or (
        claimed.sign == 0 and claimed.tokens[0].folded != "avec"
    ):
        return ""
    for token in (token for token in claimed.tokens if token.keys and token.kind in ("content", "function")):
        holding = [clause for clause in clauses if any(token.keys & t.keys for t in clause.tokens)]
        if holding and all(token.keys & clause.denied for clause in holding):
            return token.written
    return ""


def _reversed(claimed: Clause, clauses: Sequence[Clause]) -> str:
    """An antonym of a word that the source never denies: "facultatif" for "obligatoire"."""
    for token in claimed.tokens:
        if token.flips:
            holding = [clause for clause in clauses if any(token.keys & t.keys for t in clause.tokens)]
            if holding and not any(clause.sign < 0 for clause in holding):
                return token.written
    return ""


def _denied(claimed: Clause, clauses: Sequence[Clause]) -> str:
    """What a claim denies while the source affirms all of it."""
    if any(clause.markers & {"except"} for clause in clauses):
        return ""
    tokens = [token for token in claimed.content if token.keys & claimed.denied]
    holding = [clause for clause in clauses for token in tokens if any(token.keys & t.keys for t in clause.tokens)]
    if any(clause.sign < 0 for clause in holding):
        return ""
    if any(
        is_negative(token) and not any(token.keys & own.keys for own in claimed.tokens)
        for c in holding
        for token in c.tokens
    ):
        return ""
    if tokens:
        return tokens[-1].written
    return "" if any(clause.sign < 0 for clause in clauses) else claimed.text


def is_negative(token: Token) -> bool:
    """Whether a word denies by itself: "perdue", "absence"."""
    return bool(token.keys & _NEGATIVE)


def unlicensed_marker(alignment: Alignment) -> str:
    """A restriction, extent or time that the claim adds, as a reason."""
    for support in alignment.supports:
        held = support.unit.markers | frozenset().union(*(u.markers for u in alignment.units))
        for marker in sorted(support.clause.markers & _LICENSED_BY.keys()):
            if (support.situation and marker not in _ALWAYS) or (
                marker in ("before", "after", "during") and _spans(alignment)
            ):
                continue
            if not held & _LICENSED_BY[marker]:
                return f"« {NAMES[marker]} » n’est pas dans la source"
    return ""


def _spans(alignment: Alignment) -> bool:
    """Whether the source gives a stretch from one figure to another: "de 9 h à 19 h" lasts until 19 h."""
    for unit in alignment.units:
        tokens = [token for clause in unit.clauses for token in clause.tokens]
        at = [place for place, token in enumerate(tokens) if token.kind == "number"]
        if any(
            "a" in {t.folded for t in tokens[a:b]} or "au" in {t.folded for t in tokens[a:b]} for a, b in pairwise(at)
        ):
            return True
    return False


def wrong_force(alignment: Alignment) -> str:
    """Duty, advice or permission that the source doesn't give, as a reason."""
    for unit in alignment.units:
        supports = [s for s in alignment.supports if s.unit is unit and not s.situation]
        claimed = frozenset().union(*(s.clause.markers for s in supports))
        given = frozenset().union(*(_markers_near(s) for s in supports))
        whole = unit.markers
        if "should" in claimed and "should" not in whole:
            return "la source ne le recommande pas, elle le dit"
        if "must" in claimed and "must" not in whole:
            bound = any(_addresses_visitor(s.clause) or _orders(s.clause) for s in supports)
            if "should" in whole or "may" in given or not (bound or any(_orders(clause) for clause in unit.clauses)):
                return "l’obligation n’est pas dans la source"
        if "may" in claimed and "must" not in claimed and "must" in given and "may" not in given:
            return "la source oblige, elle ne laisse pas le choix"
        if "should" in given and "should" not in claimed:
            return "la recommandation de la source manque"
        if "may" in claimed and "may" not in whole and _denied_there(supports):
            return "la possibilité n’est pas dans la source"
    return ""


def _denied_there(supports: Sequence[Support]) -> bool:
    """Whether a possibility is claimed of what the source denies."""
    return any(
        "may" in s.clause.markers and any(t.keys & other.denied for t in s.clause.content for other in s.unit.clauses)
        for s in supports
        if s.clause.sign >= 0
    )


def _markers_near(support: Support) -> frozenset[str]:
    """Markers of the source clauses that share most with the claim's clause."""
    scored = [
        (sum(bool(token.keys & other.keys) for token in support.clause.content for other in clause.tokens), clause)
        for clause in support.unit.clauses
    ]
    best = max((score for score, _ in scored), default=0)
    return frozenset().union(*(clause.markers for score, clause in scored if score == best and score))


def _orders(clause: Clause) -> bool:
    return any(token.folded.endswith("ez") and token.folded != "chez" for token in clause.tokens[:2])


def _addresses_visitor(clause: Clause) -> bool:
    return any(token.folded in {"vous", "on", "votre", "vos", "je"} for token in clause.tokens) or "possible" in {
        token.folded for token in clause.tokens
    }

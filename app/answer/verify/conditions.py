"""What limits a source sentence and may not be dropped: conditions, exceptions, times, complements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.answer.verify.align import DATES, FIXED, SWEEPING, Alignment
from app.answer.verify.clauses import PARTICIPLES, Clause, verb_forms
from app.answer.verify.lexicon import verbs
from app.answer.verify.polarity import NAMES
from app.answer.verify.sources import Keys, SourceUnit
from app.answer.verify.tables import word_set
from app.answer.verify.tokens import Token

_LIMITING = frozenset(["if", "provided", "except", "only", "before", "after", "during", "some", "usually"])
_SAYING = frozenset(["free", "may", "must"])
"""Classes by which a clause without a verb says something: "gratuit quatre heures"."""
_STARTING = frozenset(["if", "provided", "except", "before", "after", "during"])
_TOLD_WITHOUT = frozenset(["if", "after"])
"""Limits that a claim may keep without a marker of its own: "en cas de retard" is "en retard"."""
_WHOLE = frozenset(["during", "provided", "some"])
"""The same where the claim keeps every word: "deux semaines" for "pendant deux semaines"."""
_HELD = 0.65
"""Share of a condition's words that the claim must hold."""
_TOUCHED = 0.3
"""The same where the claim tells the visitor's own situation instead: "Vos documents étant en arabe, …"."""
_HOST = 0.6
"""Share of a clause's words from which on the claim asserts it."""
_OWN = 0.5
"""The same for a clause that holds its limit itself."""
_HEADS = word_set("heads")
_LINKING = frozenset(["en", "de", "a", "au", "aux", "pour", "par", "sur", "avec"])
_ATTACHING = word_set("attaching")
_DONE = ("é", "ée", "és", "ées", "i", "ie", "is", "ies", "u", "ue", "us", "ues", "int", "inte", "ints", "intes")
"""How past participles end."""
_FROM = frozenset(["du", "de"])
_UNTIL = frozenset(["au", "a"])
_TYING = _ATTACHING | {"pendant", "durant", "apres", "avant", "d", "l"}
"""What ties a participle to what follows."""
_APART = frozenset([";", ":", "("])
_JOINED = frozenset(["et", "ou", "mais", "puis", "car", "soit", "ni"])


@dataclass(frozen=True, slots=True)
class _Claim:
    """What the claim says as a whole."""

    keys: Keys
    markers: frozenset[str]
    known: Keys
    asked: Keys
    """What the visitor's question says: it need not be repeated."""
    denies: bool
    situated: bool
    clauses: tuple[Clause, ...]

    def share(self, clause: Clause) -> float:
        """How much of a source clause the claim says."""
        content = [t for t in clause.content if not t.soft] or list(clause.content)
        return sum(bool(t.keys & (self.keys | self.asked)) for t in content) / len(content) if content else 1.0

    def asserts(self, clause: Clause) -> bool:
        """Whether the claim says most of a source clause, figures and times aside, or is mostly taken from it."""
        plain = [t for t in clause.content if t.kind == "content" and not t.keys & FIXED]
        plain = plain or [t for t in clause.tokens if t.markers and t.kind == "function" and t.keys]
        if not plain:
            return False
        if sum(bool(t.keys & self.keys) for t in plain) >= _HOST * len(plain):
            return True
        return any(_taken(own, clause) for own in self.clauses)


def dropped_condition(alignment: Alignment) -> str:
    """The first limit of a source sentence that the claim leaves out, as a reason."""
    supports = alignment.supports
    sweeping = any(s.clause.markers & SWEEPING for s in supports)
    claim = _Claim(
        keys=frozenset().union(*(token.keys for s in supports for token in s.clause.tokens)),
        markers=frozenset().union(*(s.clause.markers for s in supports)),
        known=alignment.source.topic,
        asked=frozenset() if sweeping else alignment.asked,
        denies=any(s.clause.sign < 0 for s in supports),
        situated=any(s.situation for s in supports),
        clauses=tuple(s.clause for s in supports if not s.situation),
    )
    for unit in alignment.units:
        if not any(s.unit is unit and not s.situation for s in supports):
            continue
        dropped = _unfigured(unit, claim) or _widened(unit, claim) or _attached(unit, claim) or _narrowing(unit, claim)
        if dropped:
            return f"« {dropped} » manque"
        limit = _unlimited(unit, claim)
        if limit:
            return f"la condition « {NAMES[limit]} » de la source manque"
    return ""


def _taken(own: Clause, clause: Clause) -> bool:
    held = sum(any(t.keys & o.keys for o in clause.content) for t in own.content)
    return held > 1 and held >= _HOST * len(own.content)


def _unfigured(unit: SourceUnit, claim: _Claim) -> str:
    """A figure or time that the claim takes from what it asserts."""
    for clause in unit.clauses:
        fixed = [t for t in clause.content if t.kind == "number" or t.keys & FIXED]
        lost = [t for t in fixed if not t.keys & (claim.keys | claim.known)]
        only = len(fixed) == len(clause.content) and not any(t.markers & _SAYING for t in clause.tokens)
        if not lost or (only and len(lost) == len(fixed)) or not (only or claim.asserts(clause)):
            continue
        dates = [t for t in lost if t.keys & DATES and not _one_of_several(t, clause, claim)]
        if not dates and any(t.keys & DATES and t.keys & claim.keys for t in fixed):
            continue
        if len(lost) == len(fixed) or dates:
            return (dates or lost)[0].written
    return ""


def _one_of_several(date: Token, clause: Clause, claim: _Claim) -> bool:
    """Whether a day or month stands beside one that the claim keeps, without being the end of a stretch."""
    tokens = clause.tokens
    stretch = any(
        first.folded in _FROM and second.keys & DATES and then.folded in _UNTIL
        for first, second, then in zip(tokens, tokens[1:], tokens[2:], strict=False)
    )
    kept = [t for t in clause.content if t.keys & DATES and t.keys & claim.keys]
    return bool(kept) and not stretch and date not in kept


def _unlimited(unit: SourceUnit, claim: _Claim) -> str:
    """The class of the first marked condition that the claim drops."""
    for at, clause in enumerate(unit.clauses):
        limits = clause.markers & _LIMITING
        if clause.content and clause.tokens[0].folded == "si" and all(token.soft for token in clause.content):
            continue
        if limits and _limits_claim(unit, at, claim) and not _kept(clause, limits, claim):
            return min(limits)
    return ""


def _limits_claim(unit: SourceUnit, at: int, claim: _Claim) -> bool:
    """Whether the claim asserts what the clause at this place limits."""
    clause = unit.clauses[at]
    if not clause.tokens[0].markers & _STARTING:
        return claim.share(clause) >= _OWN
    before = [c for c in unit.clauses[:at] if c.content]
    after = [c for c in unit.clauses[at + 1 :] if c.content]
    hosts = (before[-1:] or after[:1]) if clause.content else before[-1:] + after[:1]
    return any(claim.asserts(host) for host in hosts)


def _kept(clause: Clause, limits: frozenset[str], claim: _Claim) -> bool:
    share = claim.share(clause)
    if limits == {"if"} and claim.situated and share >= _TOUCHED:
        return True
    if share < _HELD:
        return False
    if claim.denies and "except" in limits:
        return True
    if not clause.content:
        return bool(claim.markers & (limits | {"if", "provided"}))
    return (
        bool(claim.markers & (limits | _LIMITING))
        or limits <= _TOLD_WITHOUT
        or (share == 1 and bool(clause.content) and limits <= _WHOLE)
    )


def _widened(unit: SourceUnit, claim: _Claim) -> str:
    """An adjective or complement that the claim takes from a noun it keeps: "déplacements en zone rurale"."""
    for clause in unit.clauses:
        if not claim.asserts(clause):
            continue
        for before, link, token in _modifiers(clause):
            lost = token.kind == "content" and not token.keys & (claim.keys | claim.known | claim.asked)
            dropped = lost and (not token.soft or (not link and token.written.lower().endswith(_DONE)))
            if _is_verb(before) or _is_verb(token) or (dropped and _carried_on(clause, token, claim)):
                continue
            if dropped and before.keys & claim.keys and not token.folded.endswith("ment"):
                return " ".join([before.written, *filter(None, [link]), token.written])
    return ""


def _carried_on(clause: Clause, token: Token, claim: _Claim) -> bool:
    """Whether a participle only ties on what the claim has kept: "la casse survenue pendant le séchage"."""
    if not token.written.lower().endswith(_DONE):
        return False
    rest = clause.tokens[clause.tokens.index(token) + 1 :]
    after = [t for t in rest if t.kind == "content"]
    return bool(after) and rest[0].folded in _TYING and bool(after[0].keys & claim.keys)


def _is_verb(token: Token) -> bool:
    return token.folded in verb_forms() or token.folded in verbs() or token.folded == "soi"


def _modifiers(clause: Clause) -> Iterator[tuple[Token, str, Token]]:
    """Each noun with what follows it at once, or after a preposition."""
    for at, token in enumerate(clause.tokens[:-1]):
        after = clause.tokens[at + 1]
        if token.kind != "content":
            continue
        if after.kind == "content":
            yield token, "", after
        elif after.folded in _LINKING:
            follows = next((t for t in clause.tokens[at + 2 : at + 5] if t.kind == "content"), None)
            if follows:
                yield token, after.folded, follows


def _attached(unit: SourceUnit, claim: _Claim) -> str:
    """A clause without a verb that hangs from one the claim makes its own, and that it drops: "en présence de…"."""
    asserted = False
    for at, clause in enumerate(unit.clauses):
        first = clause.tokens[0]
        word = first.folded.split()[0]
        aside = clause.relative and clause.opened_by == ","
        loose = clause.opened_by in _APART or aside or word in _JOINED
        hangs = word in _ATTACHING or word in PARTICIPLES or clause.relative
        hangs = hangs or (at > 0 and first.written.lower().endswith(("é", "ée", "és", "ées")))
        if loose or not hangs or (clause.sign and word not in ("avec", "sans") and not clause.relative):
            asserted = claim.asserts(clause)
            continue
        if word in ("a", "pour") and len(clause.tokens) > 1 and clause.tokens[1].folded in verbs():
            continue
        content = [token for token in clause.content if not token.keys & (claim.known | claim.asked)]
        if asserted and content and sum(bool(t.keys & claim.keys) for t in content) < _HOST * len(content):
            return clause.text
    return ""


def _narrowing(unit: SourceUnit, claim: _Claim) -> str:
    """An adjunct at the head of a source sentence, or a negative apposition, that the claim drops."""
    for at, clause in enumerate(unit.clauses):
        words = [token.folded for token in clause.tokens]
        content = [token for token in clause.content if not token.keys & (claim.known | claim.asked)]
        heads = at == 0 and len(unit.clauses) > 1 and (words[0] == "sans" or (clause.sign == 0 and words[0] in _HEADS))
        heads = heads or (at == 0 and len(unit.clauses) > 1 and all(t.keys & DATES for t in content))
        apart = clause.sign < 0 and words[0] in ("jamais", "non")
        if words[0] == "pour" and words[1:2] and words[1].endswith(("er", "ir", "re")):
            continue
        if not (heads or apart) or not content or claim.share(clause) >= _HELD:
            continue
        host = unit.clauses[at + 1] if at + 1 < len(unit.clauses) else unit.clauses[at - 1]
        if claim.asserts(host):
            return clause.text
    return ""

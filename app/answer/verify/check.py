"""One sentence of a model, held against the entries it was given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.answer.verify.align import DATES, Alignment, align
from app.answer.verify.clauses import clauses_of
from app.answer.verify.evidence import RULES, evidence
from app.answer.verify.figures import impossible_figure, mismatched_figures, unsupported_quote
from app.answer.verify.lexicon import bodies
from app.answer.verify.opening import wrong_opening
from app.answer.verify.rivals import contrasted, rival_figure, within_exception
from app.answer.verify.score import scorer
from app.answer.verify.sources import keys_in, source_of
from app.answer.verify.thesaurus import widened
from app.answer.verify.tokens import Token
from app.core.french import words
from app.core.markdown import links, plain_text
from app.core.types import Entry

_MARK = re.compile(r"\s*\[\d{1,2}\]")
_BETWEEN = re.compile(r",\s*(?:et|ou)?\b|\s(?:et|ou)\s")
FIRM = frozenset([impossible_figure, mismatched_figures, rival_figure, within_exception, contrasted])
"""Rules that no other evidence outweighs."""
DOUBTFUL = "trop peu de la source le dit"
_LEANING = frozenset(["except", "provided", "if"])
"""Classes of markers.tsv by which a clause only limits what a yes or no said."""
_OPENING = re.compile(r"^\s*(oui|non)\b[\s,.:;!—–-]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence, whether it may be shown, the position of the entry that carries it,
    the first reason why it may not, and the source sentences that come nearest: as text, and as
    the Markdown that may be shown `instead` ("" when none speaks of the same). `cut` is the "Oui" or "Non"
    that the model began with and that the entry doesn't give: `sentence` goes without it.
    """

    sentence: str
    ok: bool
    carrier: int | None = None
    reason: str = ""
    source: str = ""
    instead: str = ""
    cut: str = ""


def check_sentence(
    sentence: str, entries: Sequence[Entry], question: str = "", institution: str = "", *, least: float | None = None
) -> Check:
    """Hold one sentence against the entries; whatever marks it carries are disregarded.

    `question` is what the visitor asked: a yes or no must answer it, and a clause that
    only tells the visitor's situation may use its words. `institution` is the name of whoever speaks in the entries.
    `least` is how likely the source must carry it, in (0, 1), in place of the fitted threshold.
    """
    bare = without_marks(sentence)
    claim = _claim(bare, entries, question, institution)
    if claim is None:
        return Check(bare, False, None, "rien à vérifier")
    alignment = claim.alignment
    refused = wrong_opening(claim.opening.lower(), alignment, question) if claim.opening else ""
    wrong = _reason(claim, scorer().least if least is None else least)
    if refused and not wrong and _stands_alone(alignment):
        return Check(_without_opening(bare), True, claim.carrier, "", alignment.text, cut=claim.opening)
    reason = refused or wrong
    return Check(bare, not reason, claim.carrier, reason, alignment.text, alignment.own_words if reason else "")


def weigh(sentence: str, entry: Entry, question: str = "", institution: str = "") -> Weighed | None:
    """What rules and features say of a sentence, its yes or no left aside; None where there is nothing to check."""
    claim = _claim(without_marks(sentence), [entry], question, institution)
    return replace(_weighed(claim.alignment, claim.rest), quoted=claim.quotes) if claim else None


@dataclass(frozen=True, slots=True)
class Weighed:
    """A claim as the rules see it. A `firm` reason refuses it; a `soft` one is evidence among other."""

    firm: str
    soft: str
    features: Mapping[str, float]
    quoted: bool = False
    """The source says it word for word: it passes, whatever the score."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A sentence laid on the entry that carries most of it."""

    text: str
    rest: str
    """The text without its yes or no."""
    opening: str
    carrier: int
    alignment: Alignment

    @property
    def quotes(self) -> bool:
        """Whether the source says it word for word, its yes or no aside."""
        return any(self.alignment.quotes(text) for text in {self.text, self.rest})


def _claim(bare: str, entries: Sequence[Entry], question: str, institution: str) -> _Claim | None:
    text = plain_text(bare).strip()
    if not entries or not words(text):
        return None
    hidden = [url for url in links(bare) if url not in text]
    opening = _OPENING.match(text)
    plain = text[opening.end() :] if opening else text
    rest = " ".join([plain, *hidden])
    asked = keys_in(clauses_of(plain_text(question)))
    own = _names_of(institution)
    clauses = clauses_of(rest)
    tries = [
        (align(widened(clauses, source_of(entry)), source_of(entry), asked, own), at)
        for at, entry in enumerate(entries)
    ]
    laid = sorted(((len(a.missing), at, a) for a, at in tries if a is not None), key=lambda row: row[:2])
    return _Claim(text, plain, opening[1] if opening else "", laid[0][1], laid[0][2]) if laid else None


def _stands_alone(alignment: Alignment) -> bool:
    """Whether a claim is a sentence without its yes or no: it says something, and not only under what condition."""
    first, *_ = alignment.supports
    return any(s.clause.sign and not s.situation for s in alignment.supports) and (
        not first.clause.markers & _LEANING or first.clause.sign != 0
    )


def _without_opening(sentence: str) -> str:
    rest = _OPENING.sub("", sentence, count=1)
    return rest[:1].upper() + rest[1:]


@lru_cache(maxsize=64)
def _names_of(institution: str) -> frozenset[str]:
    """Stems of the first noun of an institution's name, and of bodies and names in it: "Office de tourisme"."""
    tokens = [token for clause in clauses_of(plain_text(institution)) for token in clause.content]
    names = [token for token in tokens if token is tokens[0] or token.folded in bodies() or token.named]
    return frozenset(key for token in names for key in token.keys if key[0] not in "~^")


def without_marks(text: str) -> str:
    """Text without `[n]` marks: the code sets its own."""
    return _MARK.sub("", text).strip()


def _reason(claim: _Claim, least: float) -> str:
    if claim.quotes:
        return ""
    weighed = _weighed(claim.alignment, claim.rest)
    if weighed.firm:
        return weighed.firm
    return "" if scorer().probability(weighed.features) >= least else weighed.soft or DOUBTFUL


def _weighed(alignment: Alignment, text: str) -> Weighed:
    missing = _missing(alignment, text)
    verdicts = [rule(alignment) for rule in RULES]
    firm = (missing if any(_is_fact(token) for token in alignment.missing) else "") or _echo(alignment)
    firm = firm or unsupported_quote(text, alignment)
    firm = firm or next((v for rule, v in zip(RULES, verdicts, strict=True) if v and rule in FIRM), "")
    soft = missing or next(filter(None, verdicts), "")
    return Weighed(firm, soft, evidence(alignment, verdicts, missing))


def _is_fact(token: Token) -> bool:
    """Whether a word that the source lacks refuses a claim by itself: a figure, an address, a name, a date."""
    return token.kind != "content" or token.named or bool(token.keys & DATES)


def _missing(alignment: Alignment, text: str) -> str:
    for token in alignment.missing:
        if token.kind == "number" and token.folded == _enumerated(text) and _lists(alignment, token.folded):
            continue
        kind = {"number": "le nombre", "address": "l’adresse"}.get(token.kind, "le mot")
        return f"{kind} « {token.written} » n’est pas dans la source"
    return ""


def _echo(alignment: Alignment) -> str:
    """A claim that only says what was asked, and that no one sentence of the source says, as a reason."""
    said = [token for s in alignment.supports if not s.situation for token in s.clause.content]
    asked = alignment.asked | alignment.source.topic | alignment.own
    if not said or any(not token.keys & asked for token in said):
        return ""
    if any(all(token.keys & unit.keys for token in said) for unit in alignment.source.units):
        return ""
    return "la phrase ne fait que reprendre la question"


def _enumerated(text: str) -> str:
    """How many things a claim lists after a colon, in digits: "Trois pièces : …, … et …"; "" for no list."""
    _, colon, listed = text.partition(":")
    count = _items(listed)
    return str(count) if colon and count > 1 else ""


def _lists(alignment: Alignment, count: str) -> bool:
    """Whether the source lists that many things: as items of its own or within a sentence."""
    for unit in alignment.units:
        items = sum(other.lead == unit.lead and bool(other.markdown) for other in alignment.source.units)
        if str(items if unit.lead else _items(unit.text)) == count:
            return True
    return False


def _items(text: str) -> int:
    return len([item for item in _BETWEEN.split(text.rstrip(" .")) if item.strip()])

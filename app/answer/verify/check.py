"""One sentence of a model, held against the entries it was given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.answer.verify.align import Alignment, align
from app.answer.verify.clauses import clauses_of
from app.answer.verify.conditions import dropped_condition
from app.answer.verify.figures import impossible_figure, mismatched_figures, unsupported_figure, unsupported_quote
from app.answer.verify.near import turned_round
from app.answer.verify.opening import wrong_opening
from app.answer.verify.polarity import unlicensed_marker, wrong_force, wrong_sign
from app.answer.verify.roles import wrong_role
from app.answer.verify.sources import keys_in, source_of
from app.answer.verify.thesaurus import widened
from app.core.french import words
from app.core.markdown import links, plain_text
from app.core.types import Entry

_MARK = re.compile(r"\s*\[\d{1,2}\]")
_OPENING = re.compile(r"^\s*(oui|non)\b[\s,.:;!—–-]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence, whether it may be shown, the position of the entry that carries it,
    the first reason why it may not, and the source sentences that come nearest: as text, and as
    the Markdown that may be shown `instead` ("" when none speaks of the same).
    """

    sentence: str
    ok: bool
    carrier: int | None = None
    reason: str = ""
    source: str = ""
    instead: str = ""


def check_sentence(sentence: str, entries: Sequence[Entry], question: str = "") -> Check:
    """Hold one sentence against the entries; whatever marks it carries are disregarded.

    `question` is what the visitor asked: a yes or no must answer it, and a clause that
    only tells the visitor's situation may use its words.
    """
    bare = without_marks(sentence)
    text = plain_text(bare).strip()
    if not entries or not words(text):
        return Check(bare, False, None, "rien à vérifier")
    hidden = [url for url in links(bare) if url not in text]
    opening = _OPENING.match(text)
    rest = " ".join([text[opening.end() :] if opening else text, *hidden])
    asked = keys_in(clauses_of(plain_text(question)))
    tries = [(align(widened(clauses_of(rest), source_of(e)), source_of(e), asked), at) for at, e in enumerate(entries)]
    laid = sorted(((len(a.missing), at, a) for a, at in tries if a is not None), key=lambda row: row[:2])
    if not laid:
        return Check(bare, False, None, "rien à vérifier")
    _, at, alignment = laid[0]
    reason = _reason(alignment, text, opening[1].lower() if opening else "", question)
    return Check(bare, not reason, at, reason, alignment.text, alignment.own_words if reason else "")


def without_marks(text: str) -> str:
    """Text without `[n]` marks: the code sets its own."""
    return _MARK.sub("", text).strip()


def _reason(alignment: Alignment, text: str, opening: str, question: str) -> str:
    refused = wrong_opening(opening, alignment, question)
    if refused or alignment.quotes(text):
        return refused
    return (
        _missing(alignment)
        or unsupported_quote(text, alignment)
        or unsupported_figure(alignment)
        or impossible_figure(alignment)
        or mismatched_figures(alignment)
        or wrong_role(alignment)
        or wrong_sign(alignment)
        or turned_round(alignment)
        or wrong_force(alignment)
        or unlicensed_marker(alignment)
        or dropped_condition(alignment)
    )


def _missing(alignment: Alignment) -> str:
    for token in alignment.missing:
        kind = {"number": "le nombre", "address": "l’adresse"}.get(token.kind, "le mot")
        return f"{kind} « {token.written} » n’est pas dans la source"
    return ""

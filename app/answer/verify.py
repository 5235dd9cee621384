"""What a model wrote, held against the entries it was given, sentence by sentence.

Deterministic and cheap; anything doubtful fails and the composed answer takes
its place. A sentence passes when every number, address, e-mail and acronym in
it stands in the entries it cites, its opening yes or no and its negations agree
with them, and most of its words are theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.french import fold, is_acronym, stem, stems, words
from app.core.markdown import links, plain_text, split_sentences
from app.core.types import Entry

MIN_SHARED = 0.6
"""Share of a sentence's salient words that must stand in the entry (by stem)."""

_NUMBER = re.compile(r"\d+(?:[ \u00a0\u202f]\d{3})*(?:[.,]\d+)?")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]]+")
_MARK = re.compile(r"\s*\[\d{1,2}\]")
_NEGATION = re.compile(
    r"\b(?:ne|n')\s?\w+(?:\s\w+){0,2}\s(?:pas|plus|jamais|aucun\w*|ni|rien)\b"
    r"|\b(?:impossible|interdit\w*|sans|aucun\w*|non)\b"
)


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence, whether it may be shown, the position of the entry that carries it,
    and the first reason why it may not.
    """

    sentence: str
    ok: bool
    carrier: int | None = None
    reason: str = ""


def check_sentence(sentence: str, entries: Sequence[Entry]) -> Check:
    """Hold one sentence against the entries; whatever marks it carries are disregarded."""
    bare = without_marks(sentence)
    text = plain_text(bare).strip()
    if not entries or not words(text):
        return Check(bare, False, None, "rien à vérifier")
    sources = [_source(entry) for entry in entries]
    at = max(range(len(entries)), key=lambda i: _shared(text, sources[i]))
    reason = (
        _unsupported_figures(text, sources[at])
        or _unsupported_addresses(bare, sources[at])
        or _polarity(text, entries[at])
        or _new_words(text, sources[at])
    )
    return Check(bare, not reason, at, reason)


def without_marks(text: str) -> str:
    """Text without `[n]` marks: the code sets its own."""
    return _MARK.sub("", text).strip()


def _source(entry: Entry) -> str:
    return f"{entry.question}\n{plain_text(entry.answer_md)}\n{' '.join(links(entry.answer_md))}"


def _unsupported_figures(text: str, source: str) -> str:
    known = {_figure(n) for n in _NUMBER.findall(source)}
    for number in _NUMBER.findall(text):
        if _figure(number) not in known:
            return f"le nombre {number} n’est pas dans la source"
    names = set(words(source))
    for word in words(text):
        if is_acronym(word) and not word.isdigit() and word not in names:
            return f"le sigle {word} n’est pas dans la source"
    return ""


def _figure(number: str) -> str:
    compact = re.sub(r"[ \u00a0\u202f]", "", number).replace(",", ".")
    return compact.rstrip("0").rstrip(".") if "." in compact else compact


def _unsupported_addresses(sentence: str, source: str) -> str:
    for address in (*links(sentence), *_EMAIL.findall(sentence), *_URL.findall(plain_text(sentence))):
        if address.rstrip(".,;/") not in source:
            return f"l’adresse {address} n’est pas dans la source"
    return ""


def _polarity(text: str, entry: Entry) -> str:
    answer = fold(plain_text(entry.answer_md)).lstrip()
    opening, own = re.match(r"(oui|non)\b", fold(text)), re.match(r"(oui|non)\b", answer)
    if opening and (own is None or opening[1] != own[1]):
        return f"la source ne répond pas par « {opening[1]} »"
    sentences = [fold(plain_text(s)) for line in entry.answer_md.split("\n") for s in split_sentences(line)]
    nearest = max(sentences, key=lambda s: _shared(text, s), default="")
    if bool(_NEGATION.search(fold(text))) != bool(_NEGATION.search(nearest)):
        return "la négation diffère de la source"
    return ""


def _new_words(text: str, source: str) -> str:
    share = _shared(text, source)
    return f"seuls {share:.0%} des mots viennent de la source" if share < MIN_SHARED else ""


def _shared(text: str, source: str) -> float:
    """Share of the text's salient words that the source holds, by folded stem."""
    own = stems(text)
    return len(own & {stem(fold(w)) for w in words(source)}) / len(own) if own else 1.0

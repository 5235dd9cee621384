"""A sentence as the verifier reads it: words with what they stand for, figures, addresses, stops."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Literal

from app.answer.verify.lexicon import ALWAYS_NOUNS, agents, is_flip, keys_of, lexicon, stemmed
from app.answer.verify.numerals import NUMERALS, adds_up, value_of
from app.answer.verify.tables import word_set
from app.core.folding import fold
from app.core.french import STOPWORDS, is_acronym

Kind = Literal["content", "light", "function", "number", "address", "stop"]

_SCAN = re.compile(
    r"(?P<address>(?:https?://|www\.)[^\s<>()\[\]«»\"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b[^\W_][\w-]*(?:\.[^\W_][\w-]*)*\.(?:fr|com|org|net|eu|info|example)\b(?:/[^\s<>()\[\]«»\"]*)?)"
    r"|(?P<phone>\b0\d(?:[ .\u00a0\u202f-]?\d{2}){4}\b)"
    r"|(?P<number>\d+(?:[ \u00a0\u202f]\d{3}\b)*(?:[.,]\d+)?)"
    r"(?P<suffix>(?:ers?|res?|eres?|emes?|nde?s?|es?|h)(?![^\W_]))?"
    r"|(?P<word>[^\W_]+(?:['-][^\W_]+)*)"
    r"|(?P<stop>[,;:.!?()«»\"…/]|(?<=\s)[-–—](?=\s))"
    r"|(?P<sign>%|€|\$|°|±)"
)
_ELIDED = re.compile(r"^(?:[ldjmtsc]|qu)'")
_SIGNS = {"%": "pourcent", "€": "euro", "$": "dollar", "°": "degre", "±": "plusoumoins"}
_INCLUSIVE = frozenset(["e", "es", "s", "euse", "euses", "ne", "nes", "rice", "trice", "ices", "le"])
_TOLD_APART = {
    "dès": "dez", "où": "ouu", "ouvré": "ouvrable", "ouvrés": "ouvrables", "ouvrée": "ouvrable", "ouvrées": "ouvrables"
}  # fmt: skip
"""Words that differ from another only by an accent, as `markers.tsv` writes them."""
_PARTICIPLE = ("é", "és", "ée", "ées")
_WHOLE = frozenset(["d'office"])
"""Expressions that mean something else without what is elided."""
_AGENTIVE = ("ateur", "ateurs", "atrice", "iteur", "iteurs")
NEGATING = frozenset(["pas", "plus", "jamais", "aucun", "aucune", "aucuns", "rien", "guere", "ni", "personne", "nul"])
_PREFIXES = frozenset(["avant", "apres", "mi", "demi", "sous", "sur", "contre", "inter", "semi", "arriere", "quasi"])
_FUNCTION = word_set("function")
_PRONOUN_TAIL = word_set("pronoun_tail")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, figure, address or stop. `written` keeps the capitals."""

    kind: Kind
    written: str
    folded: str
    keys: frozenset[str] = frozenset()
    markers: frozenset[str] = frozenset()
    flips: bool = False
    named: bool = False
    """A capital where no sentence begins, or an acronym: a name that must stand in the source."""

    parts: tuple[Token, ...] = ()
    """The words of an expression, which may be held one by one."""

    @property
    def soft(self) -> bool:
        """Whether a claim may use it for what the source says otherwise: most verbs."""
        if self.kind != "content" or self.named or self.folded in ALWAYS_NOUNS:
            return False
        return self.folded in lexicon().soft or (
            self.written.lower().endswith(_PARTICIPLE) and self.folded in lexicon().inflected
        )

    @property
    def counts(self) -> bool:
        """Whether the source has to hold it."""
        return self.kind in ("content", "number", "address")


def scanned(text: str) -> Iterator[Token]:
    """Words, figures, addresses and stops as they stand in a text."""
    opening = True
    for match in _SCAN.finditer(text):
        written = match.group()
        if match["address"] or match["phone"]:
            yield Token("address", written, _address(written), frozenset([_address(written)]))
        elif match["number"]:
            yield _number(match["number"])
            if match["suffix"] == "h":
                yield word_token("heures", named=False)
        elif match["sign"]:
            yield Token("content", written, _SIGNS[written], keys_of(_SIGNS[written]))
        elif match["stop"]:
            yield Token("stop", written, written)
            opening = written in '.!?:…«"' or (opening and written == "(")
            continue
        elif match["word"]:
            yield from _words(written, opening)
        opening = False


def _address(written: str) -> str:
    written = written.rstrip(".,;:!?").lower()
    digits = re.sub(r"\D", "", written)
    if len(digits) >= 10 and not re.search(r"[a-z]", written):
        return digits
    return written.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")


def _number(written: str) -> Token:
    compact = re.sub(r"[ \u00a0\u202f]", "", written).replace(",", ".")
    value = compact.rstrip("0").rstrip(".") if "." in compact else compact
    value = value.lstrip("0") or "0"
    whole = frozenset(["all"]) if value == "100" else frozenset[str]()
    return Token("number", written, value, frozenset([f"#{value}"]), whole)


def _words(written: str, opening: bool) -> Iterator[Token]:
    """The words of a run joined by hyphens and apostrophes; inclusive endings and inverted pronouns cut off."""
    for at, run in enumerate(_elisions(written)):
        if fold(run) == "rendez-vous":
            yield word_token("rendez" if opening and not at else "rendezvous", named=False)
            continue
        parts = run.split("-")
        if len(parts) > 1 and fold(parts[0]) in _PREFIXES:
            yield word_token("".join(parts), named=False)
            continue
        for place, part in enumerate(parts):
            if place and (fold(part) in _INCLUSIVE or (fold(part) in _PRONOUN_TAIL and len(parts) > 1)):
                continue
            if part:
                capital = part[0].isupper() and not (opening and not place and not at)
                yield word_token(part, named=capital or is_acronym(part))


def _elisions(written: str) -> Iterator[str]:
    """Words cut at their apostrophes: "n'est" gives n' and est, "l'ENF" gives ENF, "aujourd'hui" stays."""
    parts = written.split("'")
    if fold(written) in _WHOLE or (len(parts) > 1 and fold(parts[0]) in {"aujourd", "presqu", "quelqu"}):
        yield written.replace("'", "")
        return
    for at, part in enumerate(parts):
        if at == len(parts) - 1:
            yield part
        elif fold(part) in {"n", "s", "jusqu", "lorsqu", "puisqu", "qu"}:
            yield part + "'"
        elif not _ELIDED.match(part.lower() + "'"):
            yield part


def word_token(written: str, *, named: bool) -> Token:
    """A word with what it stands for; `named` where a capital makes it a name."""
    folded = _TOLD_APART.get(written.lower()) or fold(written)
    if folded in {"n'", "ne"}:
        return Token("function", written, "ne")
    if folded.endswith("'"):
        return Token("function", written, folded[:-1])
    if named and len(written) == 1 and written in ascii_uppercase:
        return Token("content", written, f"={folded}", frozenset([f"={folded}"]), named=True)
    if folded in NEGATING or folded in _FUNCTION or (folded in STOPWORDS and not named) or len(folded) == 1:
        return Token("function", written, folded)
    if folded in NUMERALS:
        return Token("number", written, folded, frozenset())
    light = folded in lexicon().light and not named
    keys = keys_of(folded)
    if folded in agents():
        keys |= {f"@{folded.rstrip('esx')}"}
    return Token("light" if light else "content", written, folded, keys, frozenset(), is_flip(folded), named)


def figured(tokens: list[Token]) -> Iterator[Token]:
    """Numbers in letters as figures: "vingt et un" gives 21."""
    at = 0
    while at < len(tokens):
        if tokens[at].kind == "number" and tokens[at].folded in NUMERALS:
            end = at + 1
            while end < len(tokens) and (
                (tokens[end].folded in NUMERALS and adds_up(tokens[end - 1].folded, tokens[end].folded))
                or (tokens[end].folded in {"et", "un", "une"} and _goes_on(tokens, end))
            ):
                end += 1
            value = value_of([token.folded for token in tokens[at:end]])
            written = " ".join(token.written for token in tokens[at:end])
            yield Token("number", written, value, frozenset([f"#{value}"]))
            at = end
        else:
            yield tokens[at]
            at += 1


def _goes_on(tokens: list[Token], at: int) -> bool:
    if tokens[at].folded == "et":
        return at + 1 < len(tokens) and tokens[at + 1].folded in {"un", "une", "onze"}
    return tokens[at - 1].folded == "et" and tokens[at - 2].folded in {
        "vingt",
        "trente",
        "quarante",
        "cinquante",
        "soixante",
    }


def combined(tokens: Iterator[Token]) -> Iterator[Token]:
    """Expressions of several words as one token, and what each token marks."""
    row = list(tokens)
    words = [token.folded for token in row]
    stems = [word if token.kind == "stop" else stemmed(word) for word, token in zip(words, row, strict=True)]
    tables = lexicon()
    marked: list[set[str]] = [set() for _ in row]
    swallowed: set[int] = set()
    for at, token in enumerate(row):
        if token.kind in ("stop", "address"):
            continue
        forms = [] if at in swallowed and words[at] == "plus" else tables.markers.at(words, at)
        longest = max((form.length for form in forms), default=0)
        for form in forms:
            if form.length == longest:
                marked[at].add(form.name)
        swallowed.update(range(at, at + longest))
    at = 0
    while at < len(row):
        forms = tables.synonyms.at(stems, at) if row[at].kind != "stop" else []
        if forms:
            longest = max(form.length for form in forms)
            names = frozenset(form.name for form in forms if form.length == longest)
            parts = row[at : at + longest]
            markers = frozenset().union(*marked[at : at + longest])
            yield Token(
                "light" if "~vide" in names else "content",
                " ".join(part.written for part in parts),
                " ".join(part.folded for part in parts),
                names,
                markers,
                parts=tuple(part for part in parts if part.kind == "content"),
            )
            at += longest
            continue
        token = row[at]
        if marked[at] or at in swallowed:
            kind: Kind = token.kind if token.kind == "number" else "function"
            token = replace(token, kind=kind, markers=token.markers | marked[at])
        yield token
        at += 1


def is_agent(token: Token) -> bool:
    """Whether a word names a person or body, or anything with a name of its own."""
    return token.named or token.folded.split()[0] in agents() or token.folded.endswith(_AGENTIVE)

"""The tokens of a text, with what is the same however it is written: lengths of time, ranges, pointers back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from app.answer.verify.tables import word_set
from app.answer.verify.tokens import Token, combined, figured, scanned, word_token
from app.core.folding import APOSTROPHES


@lru_cache(maxsize=4096)
def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of plain text, in order."""
    text = unicodedata.normalize("NFC", text).translate(APOSTROPHES)
    tokens = _pointing(list(scanned(text)))
    return tuple(combined(_ranged(list(_measured(list(figured(tokens)))))))


_ROUND = {"dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40,
          "cinquantaine": 50, "centaine": 100}  # fmt: skip
"""Nouns for about so many, where they count something: "une dizaine de jours"."""


def _measured(tokens: list[Token]) -> Iterator[Token]:
    """The same length of time in the same words: "deux semaines" as "15 jours", "une demi-heure" as "30 minutes"."""
    for at, token in enumerate(tokens):
        before = tokens[at - 1] if at else None
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if token.folded in _ROUND and after is not None and after.folded in ("de", "d"):
            yield _valued(token, _ROUND[token.folded], frozenset(["about"]))
        elif token.folded in ("demiheure", "demiheures"):
            yield _valued(token, 30)
            yield word_token("minutes", named=False)
        elif token.folded in ("quart", "quarts") and after is not None and after.folded in ("heure", "heures"):
            yield token if before is not None and before.kind == "number" else _valued(token, 15)
        elif token.folded in ("heure", "heures") and before is not None and before.folded in ("quart", "quarts"):
            three = at > 1 and tokens[at - 2].kind == "number"
            yield token if three else word_token("minutes", named=False)
        elif token.folded == "2" and token.kind == "number" and after is not None and after.folded == "semaines":
            yield _valued(token, 15)
        elif token.folded == "semaines" and before is not None and before.folded == "2" and before.kind == "number":
            yield word_token("jours", named=False)
        else:
            yield token


def _ranged(tokens: list[Token]) -> Iterator[Token]:
    """Two figures that are one range as one token: "onze-quinze ans", "de onze à quinze ans"."""
    at = 0
    while at < len(tokens):
        token, rest = tokens[at], [other.folded for other in tokens[at + 1 : at + 3]]
        reach = (
            1 if _is_figure(tokens, at + 1) else 2 if rest[:1] in (["a"], ["et"]) and _is_figure(tokens, at + 2) else 0
        )
        if reach == 2 and (tokens[at - 1].folded if at else "", rest[0]) not in (("de", "a"), ("entre", "et")):
            reach = 0
        if token.kind == "number" and reach:
            value = f"{token.folded}-{tokens[at + reach].folded}"
            written = " ".join(other.written for other in tokens[at : at + reach + 1])
            yield Token("number", written, value, frozenset([f"#{value}"]))
            at += reach + 1
        else:
            yield token
            at += 1


def _is_figure(tokens: list[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].kind == "number"


_POINTERS = frozenset(["ce", "cet", "cette", "ces"])
_POINTED_AT = word_set("pointed_at")


def _pointing(tokens: list[Token]) -> list[Token]:
    """Words that only take up what was said before as light ones: "passé cette date", "dans ce cas"."""
    return [
        replace(token, kind="light")
        if at and token.kind == "content" and token.folded in _POINTED_AT and tokens[at - 1].folded in _POINTERS
        else token
        for at, token in enumerate(tokens)
    ]


def _valued(token: Token, value: int, markers: frozenset[str] = frozenset()) -> Token:
    return Token("number", token.written, str(value), frozenset([f"#{value}"]), markers)

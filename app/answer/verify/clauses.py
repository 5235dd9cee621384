"""A sentence cut into clauses, each with its sign, its force and what limits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from app.answer.verify.lexicon import irregular_forms, verbs
from app.answer.verify.reading import tokens_of
from app.answer.verify.tables import word_set
from app.answer.verify.tokens import Token

_HARD = frozenset(",;:()…—–.!?")
_CONJUNCTIONS = frozenset(["mais", "car", "puis", "puisque", "donc", "or", "tandis", "alors", "afin"])
_RELATIVES = frozenset(["qui", "dont", "ouu", "lequel", "laquelle", "lesquels", "lesquelles"])
_SUBJECTS = frozenset(["il", "elle", "ils", "elles", "on", "vous", "nous", "je", "ce", "cela"])
_FINITE = word_set("finite")
_PREPOSITIONS = word_set("prepositions")
_WITH = frozenset(["avec", "sans"])
PARTICIPLES = word_set("participles")
_DETERMINERS = word_set("determiners")
_NOMINAL_DUTY = frozenset(
    ["obligatoire", "obligatoires", "obligatoirement", "obligation", "necessaire", "indispensable"]
)
_IRREGULAR = word_set("irregular")
_STARTS = frozenset(["if", "except", "provided", "before", "after", "during"])
_NOUGHT = frozenset(["pas", "plus", "jamais", "aucun", "aucune", "aucuns", "rien", "guere", "ni", "personne", "nul"])


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a sentence with one verb at most.

    `sign` is 1 as it stands, -1 when negated, 0 when it holds no verb of its own ("pour les étudiants").
    `markers` are classes of markers.tsv. `relative` clauses lean on what precedes them.
    """

    tokens: tuple[Token, ...]
    sign: int
    markers: frozenset[str]
    relative: bool = False
    opened_by: str = ""
    denied: frozenset[str] = frozenset()
    """Keys of what a negative clause denies: what follows its "ne", or all of it."""

    @property
    def content(self) -> tuple[Token, ...]:
        """What the source has to hold."""
        return tuple(token for token in self.tokens if token.counts)

    @property
    def keys(self) -> frozenset[str]:
        """All that its words stand for."""
        return frozenset().union(*(token.keys for token in self.tokens))

    @property
    def text(self) -> str:
        """The clause in its own words, for reasons and traces."""
        return " ".join(token.written for token in self.tokens)


@lru_cache(maxsize=4096)
def clauses_of(text: str) -> tuple[Clause, ...]:
    """The clauses of plain text in order."""
    found: list[Clause] = []
    rows = _cut(tokens_of(text))
    for at, (row, opened_by) in enumerate(rows):
        if _restricted_later(row, rows[at + 1 :]):
            row.append(Token("function", "que", "que"))
        if any(token.counts or token.markers or token.kind == "light" for token in row):
            found.append(_clause(row, opened_by))
    return tuple(found)


def _restricted_later(row: Sequence[Token], rest: Sequence[tuple[list[Token], str]]) -> bool:
    """Whether a "ne" finds its "que" after an aside: "ne paie l’étalonnage, 280 euros, que si…"."""
    words = [token.folded for token in row]
    if "ne" not in words or _NOUGHT.intersection(words) or {"que", "qu"}.intersection(words):
        return False
    return any(other and other[0].folded in ("que", "qu") for other, _ in rest)


def _cut(tokens: Sequence[Token]) -> list[tuple[list[Token], str]]:
    rows: list[tuple[list[Token], str]] = [([], "")]
    for at, token in enumerate(tokens):
        if token.folded in "()" and _around_one(tokens, at):
            continue
        if token.kind == "stop" and token.folded in _HARD:
            rows.append(([], token.folded))
            continue
        row = rows[-1][0]
        if row and _begins(tokens, at, row):
            rows.append(([], token.folded))
        rows[-1][0].append(token)
    return rows


def _finite(token: Token) -> bool:
    """Whether a word is a finite auxiliary; "à" is none."""
    return token.folded in _FINITE and token.written.lower() != "à"


def _around_one(tokens: Sequence[Token], at: int) -> bool:
    """Whether a bracket holds a single word: "l’Aide individuelle (AIF)" is no new clause."""
    step = 1 if tokens[at].folded == "(" else -1
    other = at + 2 * step
    return 0 <= other < len(tokens) and tokens[other].folded == ("(" if step < 0 else ")")


def _begins(tokens: Sequence[Token], at: int, row: Sequence[Token]) -> bool:
    """Whether a new clause begins at this token."""
    token = tokens[at]
    if token.kind == "stop":
        return False
    if token.folded in _CONJUNCTIONS and _denies_still(row):
        return False
    if token.folded in _RELATIVES or token.folded in _CONJUNCTIONS or token.folded in _WITH:
        return True
    if token.markers & _STARTS and any(
        other.counts or (other.markers and "except" not in other.markers) for other in row
    ):
        return at + 1 < len(tokens) and tokens[at + 1].kind != "stop"
    if token.folded in PARTICIPLES and row[-1].counts:
        return True
    if token.folded == "ne" and at + 1 < len(tokens) and tokens[at + 1].folded in PARTICIPLES:
        return True
    if token.folded in {"et", "ou", "ni"}:
        after = [other.folded for other in tokens[at + 1 : at + 4]]
        if after[:1] in (["plus"], ["moins"]):
            return False
        return "ne" in after or bool(_SUBJECTS.intersection(after[:1])) or bool(_FINITE.intersection(after[:2]))
    # A second finite verb without a conjunction: what precedes was a relative clause.
    has_verb = any(_finite(other) for other in row)
    if row[0].folded == "sans" and (_finite(token) or token.folded == "ne") and any(other.counts for other in row):
        return True
    if _finite(token) and has_verb:
        return row[-1].counts
    return token.folded == "ne" and has_verb


def _denies_still(row: Sequence[Token]) -> bool:
    """Whether a "ne" waits for its second half: "n’est alors plus garantie"."""
    words = [token.folded for token in row]
    return "ne" in words[-3:] and not _NOUGHT.intersection(words[words.index("ne") :])


def _clause(row: Sequence[Token], opened_by: str) -> Clause:
    words = [token.folded for token in row]
    markers = set().union(*(token.markers for token in row))
    negations = _negations(words, markers, says=verb_at(row) is not None) + ("non" in words[:-1])
    flips = sum(token.flips for token in row)
    sign = -1 if (negations + flips) % 2 else 1
    if sign == 1 and words[0] != "avec" and not _has_verb(row):
        sign = 0
    relative = bool(words) and words[0] in _RELATIVES
    return Clause(tuple(row), sign, frozenset(markers), relative, opened_by, _denied(row, words, sign, flips))


def _denied(row: Sequence[Token], words: Sequence[str], sign: int, flips: int) -> frozenset[str]:
    if sign >= 0:
        return frozenset()
    begin = words.index("ne") if "ne" in words and not flips else 0
    if _NOUGHT.intersection(words[:begin]):
        begin = 0
    end = next((at for at in range(begin + 1, len(words)) if words[at] == "pour" and "ne" in words[:at]), len(words))
    if flips:
        at = next(place for place, token in enumerate(row) if token.flips)
        after = words[at + 1] if at + 1 < len(words) else ""
        if after != "de" and not after.endswith(("er", "ir", "re")):
            end = at + 1
    return frozenset().union(*(token.keys for token in row[begin:end]))


def _negations(words: Sequence[str], markers: set[str], *, says: bool) -> int:
    """Negations of a clause, which `says` something or has no verb; "ne … que" is a restriction and adds its
    marker instead, "ne … pas plus de" bounds a figure.
    """
    if words and words[0] == "sans":
        return 1
    if "ne" in words:
        rest = words[words.index("ne") + 1 :]
        if ("que" in rest or "qu" in rest) and not _NOUGHT.intersection(rest[: _first(rest, ("que", "qu"))]):
            markers.add("only")
            return 0
        return 0 if _bounds_from_above(words) else 1
    if says and words[0] not in _NOUGHT and not {"aucun", "aucune"}.intersection(words):
        return 0
    if _bounds_from_above(words):
        return 0
    lone = {"aucun", "aucune", "pas", "ni", "jamais"}.intersection(words)
    return 1 if lone else 0


def _bounds_from_above(words: Sequence[str]) -> bool:
    return any(
        pair == ("pas", "plus") and after == "de" for pair, after in zip(pairwise(words), words[2:], strict=False)
    )


def _first(words: Sequence[str], wanted: Sequence[str]) -> int:
    return min((words.index(word) for word in wanted if word in words), default=len(words))


def _has_verb(row: Sequence[Token]) -> bool:
    """Whether a clause says something by itself: more than an adjunct or one item of an enumeration."""
    return verb_at(row) is not None


def verb_at(row: Sequence[Token]) -> int | None:
    """The position of a clause's finite verb."""
    for at, token in enumerate(row):
        if _finite(token):
            return at
        if "must" in token.markers and token.kind == "function" and token.folded not in _NOMINAL_DUTY:
            return at
        verbal = token.kind != "number" and not token.named and token.folded in verb_forms()
        if verbal and (at == 0 or row[at - 1].folded not in _DETERMINERS):
            return at
    return None


@cache
def verb_forms() -> frozenset[str]:
    """Finite forms of the verbs in the tables."""
    forms: set[str] = set()
    for infinitive in verbs():
        if infinitive.endswith("er"):
            forms |= {infinitive[:-2] + ending for ending in ("e", "ent", "ez", "ons", "era", "eront", "erez")}
        elif infinitive.endswith("ir"):
            forms |= {infinitive[:-2] + ending for ending in ("it", "issent", "issez", "ira", "iront", "irez")}
        elif infinitive.endswith("re"):
            forms |= {infinitive[:-2] + ending for ending in ("", "ent", "ez", "ra", "ront", "rez")}
    return frozenset(forms) | _IRREGULAR | irregular_forms()

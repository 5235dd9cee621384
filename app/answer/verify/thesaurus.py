"""Words of a claim that the source says by a near-synonym.

`near.tsv`, `stems.tsv` and `verbs.tsv` are made by evals/grounding/thesaurus.py from a French thesaurus;
`apart.tsv` takes back the pairs that are no synonyms in an administrative text ("payer", "rembourser"). Unlike
`synonyms.tsv`, whose groups hold both ways for any two members, a thesaurus is only asked about a pair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from app.answer.verify.clauses import Clause
from app.answer.verify.lexicon import stemmed
from app.answer.verify.sources import Keys, SourceText
from app.answer.verify.tables import rows_of, word_set
from app.answer.verify.tokens import Token, is_agent

_FIXED = frozenset(stemmed(word) for name in ("dates", "measures") for word in word_set(name))


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """Near lemmas of each lemma, and the lemmas of stems and forms."""

    near: Mapping[str, frozenset[str]]
    by_stem: Mapping[str, frozenset[str]]
    by_form: Mapping[str, frozenset[str]]
    apart: frozenset[frozenset[str]]
    """Pairs of stems that may not stand for each other."""


@cache
def thesaurus() -> Thesaurus:
    """The tables, read once."""
    apart = frozenset(frozenset(map(stemmed, pair)) for pair in rows_of("apart.tsv"))
    near: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in rows_of("near.tsv"):
        near[one].add(other)
        near[other].add(one)
    by_stem: defaultdict[str, set[str]] = defaultdict(set)
    for root, lemma in rows_of("stems.tsv"):
        by_stem[root].add(lemma)
    by_form: defaultdict[str, set[str]] = defaultdict(set)
    for lemma, form in rows_of("verbs.tsv"):
        by_form[form].add(lemma)
    return Thesaurus(_frozen(near), _frozen(by_stem), _frozen(by_form), apart)


def _frozen(sets: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(values) for key, values in sets.items()}


@lru_cache(maxsize=20_000)
def lemmas_of(word: str) -> Keys:
    """The lemmas that a folded word may be a form of."""
    tables = thesaurus()
    found = tables.by_form.get(word, frozenset())
    return found | tables.by_stem.get(stemmed(word), frozenset())


@lru_cache(maxsize=50_000)
def are_near(word: str, other: str) -> bool:
    """Whether one folded word may stand for the other."""
    if frozenset((stemmed(word), stemmed(other))) in thesaurus().apart:
        return False
    mine, theirs = lemmas_of(word), lemmas_of(other)
    if mine & theirs:
        return True
    near = thesaurus().near
    return any(near.get(lemma, frozenset()) & theirs for lemma in mine)


def widened(clauses: Sequence[Clause], source: SourceText) -> tuple[Clause, ...]:
    """The claim's clauses, each word that the entry lacks with the keys of the words that say it there."""
    return tuple(
        replace(clause, tokens=tuple(_widened(token, source) for token in clause.tokens)) for clause in clauses
    )


def _widened(token: Token, source: SourceText) -> Token:
    if not _may_widen(token) or token.keys & source.keys:
        return token
    keys = [
        other.keys
        for other in source.words
        if is_agent(other) == is_agent(token) and are_near(token.folded, other.folded)
    ]
    return replace(token, keys=token.keys.union(*keys)) if keys else token


def _may_widen(token: Token) -> bool:
    return token.kind == "content" and not token.named and not token.flips and not token.keys & _FIXED

"""Whose question it is: what its words say about the public that an entry serves.

A FAQ that serves several publics (apprentices, evening students) may put the same question once for each. Which
is meant shows in words that one public's entries use and the others' don't: "apprentie", "Albi", "le soir". The
chances are naive Bayes' over those words (presence, one added to each count; Manning, Raghavan & Schütze 2008,
chapter 13), all publics as likely to begin with. A public that is named outright is the one meant.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache

from app.core.french import lexical_tokens
from app.core.types import Entry

SAMPLE = 100
"""Entries of a public whose words are counted at most: more tell no more."""

Vocabulary = Callable[[str], frozenset[str]]


def public_of(entry: Entry) -> str:
    """Whom an entry serves: its `audience`, else its section."""
    return entry.audience or entry.section


class Audiences:
    """The publics of a FAQ and their words, counted when first asked for. Safe from any thread."""

    def __init__(self, entries: Sequence[Entry], vocabulary: Vocabulary) -> None:
        """`vocabulary` gives the lexical tokens that stand for an entry, by its id."""
        self._entries: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._entries[public_of(entry)].append(entry)
        self._vocabulary = vocabulary
        self._counts = lru_cache(maxsize=len(self._entries))(self._count)

    def chances(self, tokens: Collection[str], twins: Sequence[Entry]) -> Mapping[str, float]:
        """How likely each of `twins`, which put the same question, is the one meant, by id; sums to 1.

        What all of them say tells nothing. `tokens` are those of the question and of what was said before it.
        """
        if (named := _named(set(tokens), twins)) is not None:
            return {twin.id: float(twin is named) for twin in twins}
        common = frozenset.intersection(*(self._vocabulary(twin.id) for twin in twins))
        telling = {token for token in tokens if not token.startswith("u:")} - common
        logs = []
        for twin in twins:
            size, counts = self._counts(public_of(twin))
            logs.append(sum(math.log((counts.get(token, 0) + 1) / (size + 2)) for token in self._known(telling, twins)))
        highest = max(logs)
        powers = [math.exp(value - highest) for value in logs]
        return {twin.id: power / sum(powers) for twin, power in zip(twins, powers, strict=True)}

    def _known(self, tokens: Collection[str], twins: Sequence[Entry]) -> list[str]:
        """The tokens that some public uses: one that none does speaks for no side, only for the smallest."""
        used = [self._counts(public_of(twin))[1] for twin in twins]
        return [token for token in tokens if any(token in counts for counts in used)]

    def _count(self, public: str) -> tuple[int, Mapping[str, int]]:
        """Entries looked at, and in how many of them each token stands."""
        counts: defaultdict[str, int] = defaultdict(int)
        entries = self._entries[public][:SAMPLE]
        for entry in entries:
            for token in self._vocabulary(entry.id):
                counts[token] += 1
        return len(entries), counts


def _named(tokens: Collection[str], twins: Sequence[Entry]) -> Entry | None:
    """The one twin whose section or audience the tokens name by a word that the others' names and the question lack."""
    names = [set(lexical_tokens(f"{twin.section} {twin.audience or ''}")) for twin in twins]
    shared = set.intersection(*names) | set(lexical_tokens(twins[0].question))
    named = [twin for twin, name in zip(twins, names, strict=True) if (name - shared).intersection(tokens)]
    return named[0] if len(named) == 1 else None

"""The entries that a query is weighed against: all of them, or in a large index those that some search names.

What an entry scores doesn't depend on the others that are weighed, but for what its log-density is
measured against, the best one of the pool.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest

import numpy as np
import numpy.typing as npt

from app.core.ports import Vectors
from app.search.approximate import DEPTH
from app.search.fuse import Floats, PassageMap, Scores, word_features
from app.search.index import OpenIndex
from app.search.layout import Layout, Numbers

BY_WORDS, BY_DENSITY = 64, 64
"""Passages, and entries, that the words of a query name at most; entries that the discriminant names."""
WEIGHED = 1536
"""Passages of the entries weighed, at most: the nearest entries come first."""

AHEAD = 16
"""Questions of which it is kept what their words say."""
_NOTHING: Floats = np.empty(0, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Pool:
    """Entries by their number in the index, in ascending order; all the rest is numbered within the pool."""

    entries: Numbers
    passages: Numbers
    """Numbers in the index of all passages of the entries."""
    layout: Layout
    map: PassageMap
    scores: Scores


Pooling = Callable[[Vectors, Sequence[str]], Pool]
"""From the vector of a query, shape (1, d), and its lexical tokens."""


def pooling(index: OpenIndex) -> Pooling:
    """How this index is searched."""
    return nearest_of(index) if index.dense.approximate else everything_of(index)


def everything_of(index: OpenIndex) -> Everything:
    """Every entry is weighed."""
    return Everything(index)


class Everything:
    """Weighs every entry. What the words alone say of them may be worked out before the vector is there."""

    def __init__(self, index: OpenIndex) -> None:
        self._index = index
        self._entries, self._passages = np.arange(len(index.entries)), np.arange(len(index.passages))
        self.by_words: Callable[[tuple[str, ...]], Scores] = lru_cache(maxsize=AHEAD)(self._by_words)
        """The scores of a query's tokens and what they say of each entry; without those of a vector."""

    def __call__(self, vector: Vectors, tokens: Sequence[str]) -> Pool:
        """The pool of all entries for a query."""
        index, words = self._index, self.by_words(tuple(tokens))
        found = replace(words, dense=index.dense.scores(vector), density=index.discriminant.scores(vector))
        return Pool(self._entries, self._passages, index.layout, index.passage_map, found)

    def _by_words(self, tokens: tuple[str, ...]) -> Scores:
        lexical, by_entry = self._index.lexical.scores(tokens), self._index.lexical_entries.scores(tokens)
        features = word_features(lexical, by_entry, self._index.passage_map)
        return Scores(_NOTHING, lexical, by_entry, _NOTHING, features)


def nearest_of(index: OpenIndex) -> Pooling:
    """The entries of the nearest passages are weighed, the likeliest, and those that the words speak for most."""
    sizes = index.layout.end - index.layout.first
    owners = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    def pool(vector: Vectors, tokens: Sequence[str]) -> Pool:
        entries = np.sort(_candidates(index, owners, vector, tokens))
        passages, layout = index.layout.part(entries)
        first, end = index.layout.first[entries], index.layout.end[entries]
        found = Scores(
            dense=index.dense.cosines(vector, passages),
            lexical=index.lexical.scores_within(tokens, first, end),
            lexical_entry=index.lexical_entries.scores_of(tokens, entries),
            density=index.discriminant.scores_of(vector, entries),
        )
        return Pool(entries, passages, layout, layout.passage_map(), found)

    return pool


def _candidates(index: OpenIndex, owners: npt.NDArray[np.int32], vector: Vectors, tokens: Sequence[str]) -> Numbers:
    """Numbers of the entries named, each search's best first, up to WEIGHED passages.

    `owners` are the entries that the passages speak for.
    """
    layout = index.layout
    named = [
        _distinct(owners[index.dense.nearest(vector, DEPTH)]),
        index.lexical_entries.best(tokens, BY_WORDS).tolist(),
        index.likeliest.best(vector, BY_DENSITY).tolist() if index.likeliest else [],
        _distinct(owners[index.lexical.best(tokens, BY_WORDS)]),
    ]
    in_turn = (entry for rank in zip_longest(*named) for entry in rank if entry is not None)
    entries = np.array(list(dict.fromkeys(in_turn)), dtype=np.intp)
    weighed = (layout.end[entries] - layout.first[entries]).cumsum()
    return entries[: max(1, int(weighed.searchsorted(WEIGHED, side="right")))]


def _distinct(numbers: Numbers | npt.NDArray[np.int32]) -> list[int]:
    """The numbers in order of first appearance; a few hundred, for which a dict is quicker than np.unique."""
    return list(dict.fromkeys(numbers.tolist()))

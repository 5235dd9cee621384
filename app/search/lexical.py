"""Lexical retrieval: BM25 (Robertson & Zaragoza 2009, as bm25s computes it) over French stems.

Scores are divided by what the query could reach at best, unknown words
included, so that a query half of whose words the FAQ has never seen can't
score above one half.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt

from app.core.french import lexical_tokens

_PLACEHOLDER = "\x00empty"

HEAD = 1024
"""Documents of a word, those that it speaks for most, among which `best` looks: pruning a list of postings by their
weight (Carmel et al., SIGIR 2001), which leaves rare words, the telling ones, whole."""
HEADS = 4096
"""Common words whose best documents are kept at hand."""

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.intp]


class LexicalIndex:
    """BM25 over passages; documents are numbered as they were given."""

    def __init__(self, bm25: bm25s.BM25) -> None:
        self._bm25 = bm25
        self._vocabulary: dict[str, int] = bm25.vocab_dict
        self._starts, self._holders, self._weights = (bm25.scores[name] for name in ("indptr", "indices", "data"))
        self._best = _column_maxima(bm25)
        # A word no passage holds weighs as much as the rarest word some passage holds.
        self._unknown = float(self._best.max(initial=1.0))
        self._head = lru_cache(maxsize=HEADS)(self._head_of)

    @classmethod
    def build(cls, texts: Sequence[str]) -> LexicalIndex:
        """Index texts; a text without any salient word matches nothing."""
        bm25 = bm25s.BM25(method="lucene")
        # The same word of a million passages is kept once.
        tokens = [[sys.intern(token) for token in lexical_tokens(text)] or [_PLACEHOLDER] for text in texts]
        bm25.index(tokens, show_progress=False)
        return cls(bm25)

    @classmethod
    def read(cls, folder: Path, *, mapped: bool = False) -> LexicalIndex:
        """Open a folder whose files' hashes have been checked already; `mapped` leaves the postings on disk."""
        bm25 = bm25s.BM25.load(str(folder), mmap=mapped, allow_pickle=False, show_progress=False, verbosity=0)
        # Plain arrays over the mapped files: numpy's memmap makes each slice ten times dearer.
        bm25.scores = {name: np.asarray(value) if mapped else value for name, value in bm25.scores.items()}
        return cls(bm25)

    def check(self, documents: int) -> None:
        """Raise ValueError or TypeError unless all in it fits `documents` documents, and scoring works."""
        data, rows, starts = (self._bm25.scores[name] for name in ("data", "indices", "indptr"))
        words = [number for word, number in self._vocabulary.items() if word]  # bm25s numbers "" beyond the last
        sound = (
            int(self._bm25.scores["num_docs"]) == documents
            and len(data) == len(rows) == int(starts[-1])
            and not int(starts[0])
            and bool((np.diff(starts.astype(np.int64)) >= 0).all())
            and not (rows.size and not 0 <= int(rows.min()) <= int(rows.max()) < documents)
            and all(isinstance(word, int) and 0 <= word < len(starts) - 1 for word in words)
            and bool(np.isfinite(data).all())
        )
        if not sound:
            raise ValueError("BM25")
        if words and (tried := self._bm25.get_scores_from_ids([0])).dtype != np.float32:
            raise TypeError(tried.dtype)

    def write(self, folder: Path) -> None:
        """Write JSON and npy files into `folder`."""
        self._bm25.save(str(folder), allow_pickle=False, show_progress=False)

    def scores(self, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        """Normalised BM25 of a query's tokens to every document, in [0, 1], shape (n,)."""
        known, attainable = self._known(tokens)
        if not known:
            return np.zeros(len(self), dtype=np.float32)
        scores: npt.NDArray[np.float32] = self._bm25.get_scores_from_ids(known)
        return scores / np.float32(attainable)

    def scores_of(self, tokens: Sequence[str], documents: Numbers) -> Floats:
        """What `scores` gives for these documents, in ascending order, without looking at any other."""
        return self.scores_within(tokens, documents, documents + 1)

    def scores_within(self, tokens: Sequence[str], first: Numbers, end: Numbers) -> Floats:
        """The same for the documents `first` to before `end` of each of some stretches, in ascending order."""
        known, attainable = self._known(tokens)
        sizes = end - first
        ends = sizes.cumsum()
        total = int(ends[-1]) if len(ends) else 0
        if not known or not total:
            return np.zeros(total, dtype=np.float32)
        # Of the postings' own type: else numpy copies a whole list of postings to compare it with wider numbers.
        edges = np.empty((len(first), 2), dtype=np.int32)
        edges[:, 0], edges[:, 1] = first, end
        places = np.empty((len(known), *edges.shape), dtype=np.intp)
        for at, token in enumerate(known):
            start, holders, _ = self._postings(token)
            np.add(holders.searchsorted(edges), start, out=places[at])
        low = places[:, :, 0]
        count = places[:, :, 1] - low
        held, stretch = count.nonzero()
        count = count[held, stretch]
        after = count.cumsum()
        taken = np.arange(after[-1] if len(after) else 0) + (low[held, stretch] - after + count).repeat(count)
        # A document stands in the result as far behind the first one of its stretch as there.
        place = self._holders[taken] + (ends - sizes - first)[stretch].repeat(count)
        scores: Floats = np.bincount(place, self._weights[taken] / attainable, total).astype(np.float32)
        return scores

    def held(self, tokens: Sequence[str], *stretches: tuple[int, int]) -> frozenset[str]:
        """Those of the tokens that some document holds, from the first to before the end of one of the stretches."""
        edges = np.array(stretches, dtype=np.int32)
        found = []
        for token in dict.fromkeys(tokens):
            if token in self._vocabulary:
                places = self._postings(self._vocabulary[token])[1].searchsorted(edges)
                if (places[:, 0] < places[:, 1]).any():
                    found.append(token)
        return frozenset(found)

    def best(self, tokens: Sequence[str], count: int) -> Numbers:
        """Numbers of at most `count` documents that score best by the HEAD best ones of each token, best first."""
        heads = [self._head(self._vocabulary[token]) for token in dict.fromkeys(tokens) if token in self._vocabulary]
        if not heads:
            return np.empty(0, dtype=np.intp)
        named, weights = (np.concatenate(parts) for parts in zip(*heads, strict=True))
        # What np.unique does, in half the time where its code has left the processor's caches.
        order = named.argsort()
        named = named[order]
        another = np.empty(len(named), dtype=np.bool_)
        another[0] = True
        np.not_equal(named[1:], named[:-1], out=another[1:])
        starts = another.nonzero()[0]
        found, scores = named[starts], np.add.reduceat(weights[order], starts)
        return found[(-scores).argsort()[:count]].astype(np.intp)

    def __len__(self) -> int:
        return int(self._bm25.scores["num_docs"])

    def _known(self, tokens: Sequence[str]) -> tuple[list[int], float]:
        """Numbers of the distinct tokens that some document holds, and the best score that all could reach."""
        tokens = list(dict.fromkeys(tokens))
        known = [self._vocabulary[t] for t in tokens if t in self._vocabulary]
        attainable = sum(float(self._best[i]) for i in known) + self._unknown * (len(tokens) - len(known))
        return known, attainable

    def _postings(self, token: int) -> tuple[int, npt.NDArray[np.int32], Floats]:
        """Where a token's postings begin; the documents that hold it, in ascending order, and its score in each."""
        start, end = int(self._starts[token]), int(self._starts[token + 1])
        return start, self._holders[start:end], self._weights[start:end]

    def _head_of(self, token: int) -> tuple[npt.NDArray[np.int32], Floats]:
        _, documents, weights = self._postings(token)
        if len(documents) <= HEAD:
            return documents, weights
        kept = np.argpartition(-weights, HEAD)[:HEAD]
        return documents[kept], weights[kept]

    def weight(self, token: str) -> float:
        """How much a token tells: its best score anywhere, or that of the rarest token if unknown."""
        at = self._vocabulary.get(token)
        return self._unknown if at is None else float(self._best[at])

    def covered(self, tokens: Sequence[str]) -> float:
        """Share of a query's tokens that stand anywhere in the FAQ, in [0, 1]."""
        distinct = set(tokens)
        return sum(t in self._vocabulary for t in distinct) / len(distinct) if distinct else 0.0


def _column_maxima(bm25: bm25s.BM25) -> npt.NDArray[np.float32]:
    """Highest score each token reaches in any document, shape (vocabulary,)."""
    data, starts = bm25.scores["data"], bm25.scores["indptr"]
    maxima = np.zeros(len(starts) - 1, dtype=np.float32)
    filled = np.flatnonzero(np.diff(starts))
    if filled.size:
        maxima[filled] = np.maximum.reduceat(data, starts[filled])
    return maxima

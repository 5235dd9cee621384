"""Lexical retrieval: BM25 (Robertson & Zaragoza 2009, as bm25s computes it) over French stems.

Scores are divided by what the query could reach at best, unknown words
included, so that a query half of whose words the FAQ has never seen can't
score above one half.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt

from app.core.french import lexical_tokens

_PLACEHOLDER = "\x00empty"


class LexicalIndex:
    """BM25 over passages; documents are numbered as they were given."""

    def __init__(self, bm25: bm25s.BM25) -> None:
        self._bm25 = bm25
        self._vocabulary: dict[str, int] = bm25.vocab_dict
        self._best = _column_maxima(bm25)
        # A word no passage holds weighs as much as the rarest word some passage holds.
        self._unknown = float(self._best.max(initial=1.0))

    @classmethod
    def build(cls, texts: Sequence[str]) -> LexicalIndex:
        """Index texts; a text without any salient word matches nothing."""
        bm25 = bm25s.BM25(method="lucene")
        tokens = [lexical_tokens(text) or [_PLACEHOLDER] for text in texts]
        bm25.index(tokens, show_progress=False)
        return cls(bm25)

    @classmethod
    def read(cls, folder: Path) -> LexicalIndex:
        """Open a folder whose files' hashes have been checked already."""
        return cls(bm25s.BM25.load(str(folder), allow_pickle=False, show_progress=False, verbosity=0))

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
        tokens = list(dict.fromkeys(tokens))
        known = [self._vocabulary[t] for t in tokens if t in self._vocabulary]
        attainable = sum(float(self._best[i]) for i in known) + self._unknown * (len(tokens) - len(known))
        if not known:
            return np.zeros(int(self._bm25.scores["num_docs"]), dtype=np.float32)
        scores: npt.NDArray[np.float32] = self._bm25.get_scores_from_ids(known)
        return scores / np.float32(attainable)

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

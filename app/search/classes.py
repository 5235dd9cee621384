"""Which entry a question belongs to, or that the FAQ leaves it open, learnt from the FAQ's own wordings.

Regularised least squares over a Gaussian kernel (kernel ridge regression; as a classifier: Rifkin, Yeo & Poggio 2003):
each question and variant says of what its entry is asked, each phrasing of a known gap what no entry answers. Unlike a
nearest wording it weighs all of them against each other. The wordings are embedded as a visitor's question is, so that
like is compared with like, and compared by their very words beside (app/search/ngrams.py): the sum of two kernels is
one. It is solved exactly when an index is built; a query costs one product with the wordings.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.ports import Vectors
from app.search import versions
from app.search.discriminant import Floats
from app.search.ngrams import NGrams
from app.search.products import products

SHARPNESS = 6.0
"""The kernel is exp(-SHARPNESS · (1 - cosine)); cross-validated on the development questions, flat from 4 to 8."""
BY_WORDS = 0.5
"""The kernel of words beside that of meaning, whose greatest value is 1; from 0.3 to 1 makes little difference."""
RIDGE = 0.03
"""Added to the kernel's diagonal, as a share of it; from 0.005 to 0.1 makes no difference."""
MOST = 13_000
"""Wordings up to which it is learnt: solving takes their cube, two seconds for 10,000, and as many as that 700 MB."""

BLOCK = 2048
"""Wordings that are compared with those before them at a time."""

Owners = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Classes:
    """What each of n wordings speaks for; `owner`, shape (n,), has an entry's number or, of a gap's, their count."""

    vectors: Floats
    """Of the wordings as questions, shape (n, d): the entries' in the order of the passages, then the gaps'."""
    weights: Floats
    """Shape (entries + 1, n): entry by entry, and last that none answers."""
    owner: Owners
    ngrams: NGrams | None
    """Of the same wordings; none in an index of before they were used."""

    @classmethod
    def learn(cls, vectors: Vectors, owner: Owners, entries: int, ngrams: NGrams | None) -> Classes:
        """From the wordings' vectors and words, and what each speaks for."""
        # Imported where it is needed: only what builds an index solves anything.
        from scipy.linalg import cho_factor, cho_solve

        # Turned over, what is below the diagonal is above it, and lies as LAPACK wants it: nothing is copied.
        factor = cho_factor(ridged(vectors, ngrams).T, lower=False, overwrite_a=True, check_finite=False)
        solved = cho_solve(factor, one_hot(owner, entries), check_finite=False)
        return cls(vectors, np.ascontiguousarray(solved.T), owner, ngrams)

    @property
    def entries(self) -> int:
        """How many there are."""
        return len(self.weights) - 1

    def scores(self, query: Vectors, asked: str) -> Floats:
        """How far a query belongs to each class, about 0 to 1, shape (entries + 1,).

        `query` is its vector, shape (1, d), of what it was read as, `asked`.
        """
        return products(self.weights, self.near(query, asked))

    def near(self, query: Vectors, asked: str) -> Floats:
        """The kernel between a query and each wording, shape (n,)."""
        found = kernel(products(self.vectors, query[0]))
        if self.ngrams:
            found += np.float32(BY_WORDS) * self.ngrams.near(asked)
        return found

    def of(self, kept: npt.NDArray[np.bool_]) -> Classes:
        """Learnt anew from the wordings that are `kept`, shape (n,)."""
        if kept.all():
            return self
        ngrams = self.ngrams.less(kept) if self.ngrams else None
        return Classes.learn(self.vectors[kept], self.owner[kept], self.entries, ngrams)

    def write(self, folder: Path) -> None:
        """Write the weights and the vectors as npy, and the words."""
        np.save(folder / versions.CLASSES, self.weights, allow_pickle=False)
        np.save(folder / versions.WORDINGS, self.vectors, allow_pickle=False)
        if self.ngrams:
            self.ngrams.write(folder / versions.NGRAMS)

    @classmethod
    def read(cls, folder: Path, owner: Owners, entries: int) -> Classes | None:
        """Open those of a version whose hashes have been checked; None when it has none.

        Raises ValueError when they are of other wordings.
        """
        if not (folder / versions.CLASSES).exists():
            return None
        weights: Floats = np.load(folder / versions.CLASSES, allow_pickle=False)
        vectors: Floats = np.load(folder / versions.WORDINGS, allow_pickle=False)
        if weights.shape != (entries + 1, len(owner)) or vectors.ndim != 2 or len(vectors) != len(owner):
            raise ValueError(f"{versions.CLASSES}: {weights.shape}, {versions.WORDINGS}: {vectors.shape}")
        if weights.dtype != np.float32 or vectors.dtype != np.float32:
            raise ValueError(f"{versions.CLASSES}: {weights.dtype}, {versions.WORDINGS}: {vectors.dtype}")
        ngrams = NGrams.read(folder / versions.NGRAMS, len(owner))
        return cls(np.ascontiguousarray(vectors), np.ascontiguousarray(weights), owner, ngrams)


def kernel(cosines: Floats) -> Floats:
    """Of each cosine, in its place."""
    cosines -= np.float32(1.0)
    cosines *= np.float32(SHARPNESS)
    return np.exp(cosines, out=cosines)


def ridged(vectors: Vectors, ngrams: NGrams | None) -> Floats:
    """The kernel of the wordings among themselves with the ridge on its diagonal, shape (n, n).

    It is symmetric: what stands above the diagonal is not filled in.
    """
    count = len(vectors)
    square = np.empty((count, count), dtype=np.float32)
    for start in range(0, count, BLOCK):
        rows = slice(start, start + BLOCK)
        square[rows, : rows.stop] = kernel(vectors[rows] @ vectors[: rows.stop].T)
    if ngrams:
        ngrams.add_below(square, BY_WORDS)
    square[np.diag_indices(count)] += np.float32(RIDGE * (1 + (BY_WORDS if ngrams else 0)))
    return square


def one_hot(owner: Owners, entries: int) -> Floats:
    """1 for the class of each wording and 0 for the others, shape (n, entries + 1)."""
    targets = np.zeros((len(owner), entries + 1), dtype=np.float32)
    targets[np.arange(len(owner)), owner] = 1.0
    return targets

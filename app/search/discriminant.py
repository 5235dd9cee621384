"""What tells the entries apart: linear discriminant analysis of their questions and variants.

Cosine takes every direction of the vectors for equally telling. The variants of
an entry show which directions differ between ways to put the same question, and
so tell nothing about which entry is meant; the discriminant (Fisher 1936, with
the covariance shrunk towards a multiple of the identity: Friedman 1989) weighs
each direction by how little it varies within an entry. Without variants there is
nothing to learn from and it says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.ports import Vectors
from app.search.products import products

Floats = npt.NDArray[np.float32]

PRIOR_COUNT = 300
"""Observations that the isotropic prior stands for: with 15 variants an entry it weighs three tenths
at 49 entries. Recall on the development questions is the same from a tenth to a half."""
PRIOR_TRACE = 0.3
"""Squared distance of a variant to its entry's mean under the prior; 0.27 is what the packaged encoder gives."""


def precision_of(vectors: Vectors, owner: npt.NDArray[np.intp]) -> Floats:
    """Inverse of the shrunk covariance within owners, times how far it can be trusted; shape (d, d).

    `vectors`, shape (n, d), belong to the owners numbered in `owner`, shape (n,). The trust goes
    from 0, where every owner has one vector, to 1 with many.
    """
    dimension = vectors.shape[1]
    if not len(vectors):
        return np.zeros((dimension, dimension), dtype=np.float32)
    owners, owner = np.unique(owner, return_inverse=True)
    rest = (vectors - means_of(vectors, owner, len(owners))[owner]).astype(np.float64)
    observed = len(vectors) - len(owners)
    prior = np.eye(dimension) * (PRIOR_TRACE / dimension)
    covariance = (rest.T @ rest + PRIOR_COUNT * prior) / (observed + PRIOR_COUNT)
    trust = observed / (observed + PRIOR_COUNT)
    return (trust * np.linalg.inv(covariance)).astype(np.float32)


def means_of(vectors: Vectors, owner: npt.NDArray[np.intp], count: int) -> Floats:
    """Mean vector of each of `count` owners, shape (count, d); zeros for one without vectors."""
    order = np.argsort(owner, kind="stable")
    present, starts, counts = np.unique(owner[order], return_index=True, return_counts=True)
    means = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    if len(present):
        sums = np.add.reduceat(vectors[order], starts, axis=0)
        means[present] = sums / counts.astype(np.float32)[:, None]
    return means


@dataclass(frozen=True, slots=True)
class Discriminant:
    """Log-densities of classes, up to what they share, as one matrix product."""

    weights: Floats
    """Shape (classes, d)."""
    bias: Floats
    """Shape (classes,)."""

    @classmethod
    def of(cls, means: Floats, precision: Floats) -> Discriminant:
        """For classes with these means, shape (classes, d), and a common precision, shape (d, d)."""
        weights: Floats = means @ precision
        return cls(weights, (-0.5 * (weights * means).sum(axis=1)).astype(np.float32))

    def scores(self, query: Vectors) -> Floats:
        """Log-density of a query, shape (1, d), in each class, shape (classes,), less a common term."""
        whole = self.weights.flags.c_contiguous  # that of a large index is mapped with its bias
        found: Floats = (products(self.weights, query[0]) if whole else self.weights @ query[0]) + self.bias
        return found

    def scores_of(self, query: Vectors, classes: npt.NDArray[np.intp]) -> Floats:
        """What `scores` gives for these classes, without looking at any other."""
        found: Floats = self.weights[classes] @ query[0] + self.bias[classes]
        return found

    def write(self, path: Path) -> None:
        """Write weights and bias as one npy, the bias last in each row."""
        np.save(path, np.column_stack([self.weights, self.bias]), allow_pickle=False)

    @classmethod
    def read(cls, path: Path) -> Discriminant:
        """Map a file whose hash has been checked already."""
        rows: Floats = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        return cls(rows[:, :-1], rows[:, -1])


def write_precision(precision: Floats, path: Path) -> None:
    """Write the matrix as npy."""
    np.save(path, precision, allow_pickle=False)


def read_precision(path: Path, dimension: int) -> Floats:
    """Read a file whose hash has been checked already. Raises ValueError when it is of another shape."""
    precision: Floats = np.load(path, allow_pickle=False)
    if precision.shape != (dimension, dimension):
        raise ValueError(f"{path.name} has shape {precision.shape}, not {(dimension, dimension)}")
    return precision

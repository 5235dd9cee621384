"""The classes of an index as if a gap, or one of its phrasings, had not been listed.

Leaving rows out of a least-squares fit needs no new one: what the inverse of the kernel says of them tells how the
others would have been weighed (the block form of the identity behind generalised cross-validation, Golub, Heath &
Wahba 1979).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.ports import Vectors
from app.search.classes import Classes, one_hot, ridged
from app.search.discriminant import Floats
from app.search.index import OpenIndex


@dataclass(frozen=True, slots=True)
class Fewer(Classes):
    """Classes less k of their wordings."""

    inverse: npt.NDArray[np.floating]
    """Of the kernel, the rows of those wordings, shape (k, n)."""
    change: npt.NDArray[np.floating]
    """Shape (k, entries + 1)."""

    def scores(self, query: Vectors, asked: str) -> Floats:
        """As Classes does."""
        near = self.near(query, asked)
        found: Floats = (self.weights @ near - (self.inverse @ near) @ self.change).astype(np.float32)
        return found


class LeftOut:
    """What the classes of one index would be less some phrasings."""

    def __init__(self, index: OpenIndex) -> None:
        """`index` has classes. Inverts a matrix of all its wordings: some seconds."""
        assert index.classes is not None
        self._classes, phrasings = index.classes, index.gaps.phrasings if index.gaps else []
        below = np.tril(ridged(self._classes.vectors, self._classes.ngrams))
        kernel = (below + np.tril(below, -1).T).astype(np.float64)
        self._inverse = np.linalg.inv(kernel)
        self._weights = self._inverse @ one_hot(self._classes.owner, len(index.entries))
        self._of_topic: dict[str, list[int]] = {}
        self._of_phrasing: dict[str, list[int]] = {}
        for row, (topic, text) in enumerate(phrasings, start=len(self._classes.owner) - len(phrasings)):
            self._of_topic.setdefault(topic, []).append(row)
            self._of_phrasing.setdefault(text, []).append(row)

    def topics(self, topics: Collection[str]) -> Classes:
        """Without some gaps."""
        return self._without([row for topic in topics for row in self._of_topic[topic]])

    def phrasing(self, text: str) -> Classes:
        """Without a phrasing."""
        return self._without(self._of_phrasing[text])

    def _without(self, rows: Sequence[int]) -> Classes:
        whole, inverse = self._classes, self._inverse[rows]  # it is symmetric
        change = np.linalg.solve(inverse[:, rows], self._weights[rows])
        return Fewer(whole.vectors, whole.weights, whole.owner, whole.ngrams, inverse, change)

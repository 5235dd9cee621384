"""How alike texts are by their very words and pairs of neighbouring words, function words included.

TF-IDF vectors of unit length (Salton & Buckley 1988: 1 + log tf, times 1 + log((1 + n) / (1 + df))) over word n-grams
of one and two. What a vector of meaning blurs stands here letter by letter: who may enrol against how to enrol.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.french import fold, words
from app.search.discriminant import Floats

TERMS, STARTS, ROWS, VALUES = "terms.txt", "starts.npy", "rows.npy", "values.npy"
BLOCK = 2048
"""Texts that are compared with all others at a time."""
REMEMBERED = 64
"""Texts whose likeness is worked out once, beside the encoder's pass, before the search wants it."""

Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class NGrams:
    """Of n texts, term by term: those that have a term stand in `rows` from its place in `starts` to the next."""

    terms: tuple[str, ...]
    starts: npt.NDArray[np.int64]
    """Shape (terms + 1,)."""
    rows: Numbers
    values: Floats
    """Components of the texts' vectors, as many as `rows`."""
    rarity: Floats
    """The factor by which a term counts in a query, shape (terms,)."""
    count: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> NGrams:
        """Of these texts."""
        counts = [_counts(text) for text in texts]
        numbers = {term: number for number, term in enumerate(sorted({term for found in counts for term in found}))}
        rows = np.repeat(np.arange(len(texts), dtype=np.int32), [len(found) for found in counts])
        columns = np.array([numbers[term] for found in counts for term in found], dtype=np.int64)
        values = _dampened(times for found in counts for times in found.values())
        order = np.argsort(columns, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=len(numbers)))]).astype(np.int64)
        rarity = _rarity(starts, len(texts))
        values *= rarity[columns]
        lengths = np.sqrt(np.bincount(rows, weights=values.astype(np.float64) ** 2, minlength=len(texts)))
        values /= np.maximum(lengths, 1e-9)[rows].astype(np.float32)
        return cls(tuple(numbers), starts, rows[order], values[order], rarity, len(texts))

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {term: number for number, term in enumerate(self.terms)}

    def near(self, text: str) -> Floats:
        """Cosine of a text, less what none of them has, with each of them, in [0, 1], shape (n,). Not to be changed."""
        return self._near(text)

    @cached_property
    def _near(self) -> Callable[[str], Floats]:
        return lru_cache(maxsize=REMEMBERED)(self._compared)

    def _compared(self, text: str) -> Floats:
        counts = _counts(text)
        known = [(number, times) for term, times in counts.items() if (number := self._numbers.get(term)) is not None]
        found = np.zeros(self.count, dtype=np.float32)
        if not known:
            return found
        numbers = np.array([number for number, _ in known])
        weights = _dampened(times for _, times in known) * self.rarity[numbers]
        weights /= np.sqrt(weights @ weights)
        for number, weight in zip(numbers.tolist(), weights, strict=True):
            held = slice(self.starts[number], self.starts[number + 1])
            found[self.rows[held]] += weight * self.values[held]
        return found

    def add_below(self, square: Floats, weight: float) -> None:
        """Add the cosines of the texts among themselves, times `weight`, to a matrix of shape (n, n).

        On and below its diagonal; of what stands above, some is changed.
        """
        # Imported where it is needed: only what builds an index compares all with all.
        from scipy.sparse import csc_matrix

        matrix = csc_matrix((self.values, self.rows, self.starts), shape=(self.count, len(self.terms))).tocsr()
        matrix.data = matrix.data * np.float32(np.sqrt(weight))
        for start in range(0, self.count, BLOCK):
            rows = slice(start, start + BLOCK)
            block = matrix[rows] @ matrix[: rows.stop].T.tocsr()
            square[rows, : rows.stop] += block.toarray()

    def less(self, kept: npt.NDArray[np.bool_]) -> NGrams:
        """Only of the texts that are `kept`, shape (n,); how rare a term is, stays."""
        held = kept[self.rows]
        renumbered = np.cumsum(kept, dtype=np.int32) - 1
        before = np.concatenate([[0], np.cumsum(held)]).astype(np.int64)
        rows = renumbered[self.rows[held]].astype(np.int32)
        return NGrams(self.terms, before[self.starts], rows, self.values[held], self.rarity, int(kept.sum()))

    def write(self, folder: Path) -> None:
        """Write text and npy files into `folder`, which is made."""
        folder.mkdir()
        (folder / TERMS).write_text("\n".join(self.terms), "utf-8")
        for name, array in ((STARTS, self.starts), (ROWS, self.rows), (VALUES, self.values)):
            np.save(folder / name, array, allow_pickle=False)

    @classmethod
    def read(cls, folder: Path, count: int) -> NGrams | None:
        """Open what was written for `count` texts and whose hashes have been checked; None where there is nothing.

        Raises ValueError when it is of other texts or broken.
        """
        if not folder.exists():
            return None
        terms = tuple((folder / TERMS).read_text("utf-8").split("\n"))
        starts, rows, values = (np.load(folder / name, allow_pickle=False) for name in (STARTS, ROWS, VALUES))
        kinds = (starts.dtype, rows.dtype, values.dtype) == (np.int64, np.int32, np.float32)
        sizes = starts.shape == (len(terms) + 1,) and rows.shape == values.shape == (int(starts[-1]),)
        if not (kinds and sizes and not starts[0] and (np.diff(starts) >= 0).all() and np.isfinite(values).all()):
            raise ValueError(f"{folder.name}: {starts.shape}, {rows.shape}, {values.shape}")
        if rows.size and not 0 <= int(rows.min()) <= int(rows.max()) < count:
            raise ValueError(f"{folder.name}: of other texts")
        return cls(terms, starts, rows, values, _rarity(starts, count), count)


def _counts(text: str) -> Counter[str]:
    found = words(fold(text))
    return Counter([*found, *(f"{first} {second}" for first, second in pairwise(found))])


def _dampened(times: Iterable[int]) -> Floats:
    return (1 + np.log(np.fromiter(times, dtype=np.float64))).astype(np.float32)


def _rarity(starts: npt.NDArray[np.int64], count: int) -> Floats:
    return (1 + np.log((1 + count) / (1 + np.diff(starts)))).astype(np.float32)

"""Dense retrieval: cosine similarity of the query to every kind of passage, in FAISS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from app.core.ports import Vectors

SEARCH_DEPTH = 512
"""Passages looked at for one query; all of them in a FAQ of up to some 80 entries."""


class DenseIndex:
    """Passage vectors, L2-normalised, under the passages' own ids (0 … n-1)."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """An exact inner-product index over `vectors`, shape (n, d)."""
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(vectors, np.arange(len(vectors), dtype=np.int64))
        return cls(index)

    @classmethod
    def read(cls, path: Path) -> DenseIndex:
        """Open a file whose hash has been checked already (see versions.verify_files)."""
        return cls(faiss.read_index(str(path)))

    def write(self, path: Path) -> None:
        """Write the FAISS file. Raises OSError."""
        try:
            faiss.write_index(self._index, str(path))
        except RuntimeError as error:
            raise OSError(0, str(error), str(path)) from error

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Components of a vector."""
        return int(self._index.d)

    def scores(self, query: Vectors) -> npt.NDArray[np.float32]:
        """Cosine of one query, shape (1, d), to every passage; NaN for those not looked at."""
        # OpenMP keeps this number per thread: set elsewhere it would not hold in a worker thread.
        faiss.omp_set_num_threads(1)
        depth = min(SEARCH_DEPTH, len(self))
        similarities, ids = self._index.search(query, depth)
        found = np.full(len(self), np.nan, dtype=np.float32)
        found[ids[0]] = similarities[0]
        return found

    def vectors(self) -> Vectors:
        """All vectors by passage id, shape (n, d)."""
        # The ids are the rows' own numbers, so that the flat index beneath has them in order.
        mapped: Any = self._index
        matrix: Vectors = faiss.downcast_index(mapped.index).reconstruct_n(0, len(self))
        return matrix

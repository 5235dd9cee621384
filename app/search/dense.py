"""Dense retrieval: cosine similarity of the query to every kind of passage, in FAISS.

Up to some ten thousand passages all are looked at. Beyond, short codes, all of them read by "fast scan" (André,
Kermarrec & Le Scouarnec 2015), name the passages worth a look, or where a setting asks for it a graph
(HNSW: Malkov & Yashunin 2018) or inverted lists (IVF: Jégou, Douze & Schmid 2011) over vectors of one byte a component.
Their cosines are computed from the vectors themselves, whose file is mapped into memory, not read, as are graph and
lists. The coarser the codes, the more passages they name at this first look.
app/search/approximate.py builds those.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import faiss
import numpy as np
import numpy.typing as npt

from app.core.ports import Vectors
from app.search.bounds import read_faiss
from app.search.products import products_at

SEARCH_DEPTH = 512
"""Passages looked at for one query; all of them in a FAQ of up to some 80 entries."""

IndexType = Literal["flat", "pq", "hnsw", "ivf"]
"""All vectors as they are; all of them as short codes; a graph; inverted lists."""

EXACT = ".npy"
"""Ending of the file of the vectors themselves, beside an approximate index."""


class DenseIndex:
    """Passage vectors, L2-normalised, under the passages' own ids (0 … n-1)."""

    def __init__(self, index: faiss.Index, exact: Vectors | None = None, first_look: int = 0) -> None:
        """`exact` holds the vectors themselves, shape (n, d), where `index` is approximate.

        `nearest` then takes the nearest of `first_look` passages that `index` names, where that is more than it is
        asked for.
        """
        self._index = index
        self._exact = exact
        self._first_look = first_look
        self._flat = _flat_of(index) if exact is None else None
        self._coded: Any = index
        self._axes: Vectors | None = None
        if first_look:
            self._coded, self._axes = _turned(index)

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """An exact inner-product index over `vectors`, shape (n, d)."""
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(vectors, np.arange(len(vectors), dtype=np.int64))
        return cls(index)

    @classmethod
    def read(cls, path: Path, first_look: int = 0) -> DenseIndex:
        """Open a file whose hash has been checked already (see versions.verify_files).

        Raises ValueError when the vectors beside an approximate index are others than its own.
        """
        beside = path.with_suffix(EXACT)
        if not beside.exists():
            return cls(read_faiss(path))
        index = read_faiss(path, faiss.IO_FLAG_MMAP_IFC)
        # A plain array over the mapped file: numpy's memmap makes each slice ten times dearer.
        exact = np.asarray(np.load(beside, mmap_mode="r", allow_pickle=False))
        if exact.shape != (index.ntotal, index.d) or exact.dtype != np.float32:
            raise ValueError(f"{beside.name} has shape {exact.shape}, not {(index.ntotal, index.d)}")
        return cls(index, exact, first_look)

    def write(self, path: Path) -> None:
        """Write the FAISS file, and the vectors beside it when it is approximate. Raises OSError."""
        try:
            faiss.write_index(self._index, str(path))
        except RuntimeError as error:
            raise OSError(0, str(error), str(path)) from error
        if self._exact is not None:
            np.save(path.with_suffix(EXACT), self._exact, allow_pickle=False)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def approximate(self) -> bool:
        """Whether some passages near a query may be missed."""
        return self._exact is not None

    @property
    def dimension(self) -> int:
        """Components of a vector."""
        return int(self._index.d)

    def scores(self, query: Vectors) -> npt.NDArray[np.float32]:
        """Cosine of one query, shape (1, d), to every passage; NaN for those not looked at."""
        if self._flat is not None:
            return self._scores_of_all(query, self._flat)
        found = np.full(len(self), np.nan, dtype=np.float32)
        similarities, ids = self._search(query, SEARCH_DEPTH)
        found[ids] = similarities if self._exact is None else self.cosines(query, ids)
        return found

    def _scores_of_all(self, query: Vectors, flat: Any) -> npt.NDArray[np.float32]:
        """By the same kernel that a search of all runs, and by their least score rather than by sorting them."""
        count = len(self)
        query = np.ascontiguousarray(query, dtype=np.float32)
        if query.shape != (1, self.dimension):
            raise ValueError(f"a query of shape {query.shape}, not {(1, self.dimension)}")
        found = products_at(flat.get_xb(), count, query[0])
        if count > SEARCH_DEPTH:
            least = np.partition(found, count - SEARCH_DEPTH)[count - SEARCH_DEPTH]
            found[found < least] = np.nan
        return found

    def nearest(self, query: Vectors, depth: int) -> npt.NDArray[np.intp]:
        """Numbers of the `depth` passages nearest to one query, shape (1, d), as the index sees it, nearest first."""
        if not self._first_look:
            return self._search(query, depth)[1]
        faiss.omp_set_num_threads(1)
        turned = query if self._axes is None else (self._axes @ query[0])[None]
        named: npt.NDArray[np.intp] = self._coded.search(turned, min(max(depth, self._first_look), len(self)))[1][0]
        named.sort()  # so that their rows are read in the order of the file
        named = named[named.searchsorted(0) :]  # -1 stands for none
        order = np.argsort(-self.cosines(query, named))
        return named[order[:depth]]

    def cosines(self, query: Vectors, passages: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
        """Cosine of one query, shape (1, d), to the passages of these numbers."""
        rows = self.vectors()
        found = np.empty(len(passages), dtype=np.float32)
        if len(passages):
            # Row by row where it lies; numpy would copy the rows first.
            kernels: Any = faiss
            numbers, one = np.ascontiguousarray(passages, dtype=np.int64), np.ascontiguousarray(query, dtype=np.float32)
            out, asked, all_rows, ids = (kernels.swig_ptr(each) for each in (found, one, rows, numbers))
            kernels.fvec_inner_products_by_idx(out, asked, all_rows, ids, self.dimension, 1, len(passages))
        return found

    def _search(self, query: Vectors, depth: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
        # OpenMP keeps this number per thread: set elsewhere it would not hold in a worker thread.
        faiss.omp_set_num_threads(1)
        similarities, ids = self._index.search(query, min(depth, len(self)))
        numbers: npt.NDArray[np.intp] = ids[0].astype(np.intp, copy=False)
        if not len(numbers) or (numbers.min() >= 0 and numbers.max() < len(self)):
            return similarities[0], numbers
        looked_at = (numbers >= 0) & (numbers < len(self))
        return similarities[0][looked_at], numbers[looked_at]

    def vectors(self) -> Vectors:
        """All vectors by passage id, shape (n, d); mapped from their file, read-only, beside an approximate index."""
        if self._exact is not None:
            return self._exact
        # The ids are the rows' own numbers, so that the flat index beneath has them in order.
        mapped: Any = self._index
        matrix: Vectors = faiss.downcast_index(mapped.index).reconstruct_n(0, len(self))
        return matrix


def _turned(index: Any) -> tuple[Any, Vectors | None]:
    """The codes of an index, and the axes that a vector is turned to before, shape (m, d); None where it isn't.

    numpy turns one vector in half the time that FAISS takes.
    """
    index = faiss.downcast_index(index)
    chain: Any = index.chain if isinstance(index, faiss.IndexPreTransform) else None
    if chain is None or chain.size() != 1:
        return index, None
    turn = faiss.downcast_VectorTransform(chain.at(0))
    if not isinstance(turn, faiss.LinearTransform) or turn.have_bias:
        return index, None
    return faiss.downcast_index(index.index), faiss.vector_to_array(turn.A).reshape(turn.d_out, turn.d_in)


def _flat_of(index: Any) -> Any:
    """The rows beneath an exact index over inner products, by their own numbers; None where there are none such."""
    beneath = getattr(index, "index", None)
    flat = faiss.downcast_index(beneath) if beneath is not None else None
    if not isinstance(flat, faiss.IndexFlat) or flat.metric_type != faiss.METRIC_INNER_PRODUCT:
        return None
    ids = faiss.vector_to_array(index.id_map)
    return flat if np.array_equal(ids, np.arange(flat.ntotal)) else None

"""The product of a matrix with one vector, on the calling thread alone.

For a few thousand rows BLAS wakes threads of its own, which turn while they wait for the next product: on two cores
under load that doubled what an answer costs.
"""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def products(rows: Floats, vector: Floats) -> Floats:
    """Dot product of each of `rows`, shape (n, d), in one piece, with `vector`, shape (d,): shape (n,)."""
    if rows.shape[1:] != vector.shape or not (rows.flags.c_contiguous and vector.flags.c_contiguous):
        raise ValueError(f"rows of shape {rows.shape} and a vector of shape {vector.shape}, or not in one piece")
    if rows.dtype != np.float32 or vector.dtype != np.float32:
        raise ValueError(f"{rows.dtype} and {vector.dtype}, not float32")
    return products_at(faiss_pointer(rows), len(rows), vector)


def products_at(rows: Any, count: int, vector: Floats) -> Floats:
    """The same of `count` rows at an address that FAISS knows."""
    found = np.empty(count, dtype=np.float32)
    if count:
        kernels: Any = faiss
        kernels.fvec_inner_products_ny(faiss_pointer(found), faiss_pointer(vector), rows, len(vector), count)
    return found


def faiss_pointer(array: Floats) -> Any:
    """The address of an array as FAISS takes it; the array must outlive its use."""
    kernels: Any = faiss
    return kernels.swig_ptr(array)

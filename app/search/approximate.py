"""Building a dense index that fits its size: which type, and how hard it must look to find what an exact one finds.

Recall is measured while building, against an exact search: of the RECALL_AT passages truly nearest to a question, the
share that are among those that the index names (their cosines are then computed from the vectors themselves, so
that finding is all that can go wrong). Of codes (pq) the coarsest are taken that name SURE of them for a sample of
questions and for a second one: a search costs what fetching all codes from memory does. The effort of a graph or of
lists grows until both samples reach TARGET, and then by one step more, because visitors' questions lie further off than
the FAQ's own. The second sample's recall is what the manifest tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import faiss
import numpy as np
import numpy.typing as npt

from app.core.ports import Vectors
from app.search.dense import DenseIndex, IndexType

Choice = Literal["auto", "flat", "pq", "hnsw", "ivf"]
"""What a setting may ask for; "auto" goes by the number of passages."""

FLAT_UP_TO = 20_000
"""Passages up to which an exact search takes less than 2 ms."""

TARGET, SURE = 0.98, 0.99
RECALL_AT = 10
DEPTH = 256
"""Passages that an approximate index names for a query."""


@dataclass(frozen=True, slots=True)
class Coding:
    """Codes of four bits, and how many passages they are to name.

    With `turned` they stand for the vectors along their KEPT first principal axes, else for their components.
    """

    components: int
    """Components of a vector for each code."""
    first_look: int
    turned: bool = True


CODINGS = (Coding(4, 1536), Coding(2, DEPTH, turned=False), Coding(1, DEPTH, turned=False))
"""What is tried, the coarsest first. Of a million made-up passages the first names 99.7 % of the ten nearest of 400
real questions, the second 99.4 %, with twice as many bytes; codes for six components take over 4,096 passages to
that."""
KEPT = 0.5
"""Share of the principal axes that codes stand for; the rest tells next to nothing of which passage is near."""
ADDED = 50_000
"""Vectors that are turned and coded at once."""
TRAINED_ON = 20_000
"""Vectors that the codes are learnt from, at most."""
FEWEST = 39 * 16
"""Vectors that FAISS asks for to learn sixteen codes from."""

LINKS, BUILD_EFFORT = 32, 120
"""M and efConstruction of HNSW."""
LEAST_EFFORT = {"hnsw": 64, "ivf": 8}
"""efSearch of HNSW and nprobe of IVF to begin with."""
MOST_LINKED = 4096
"""efSearch of HNSW at most: what a graph can't reach from anywhere no effort finds, and beyond this looking at all the
codes costs less."""
TRAINING_PER_LIST = 64
"""Vectors a list that k-means sees; FAISS asks for 39 at least."""
SAMPLED = 256
"""Questions in each of both samples."""


@dataclass(frozen=True, slots=True)
class DenseReport:
    """What was built, as the manifest tells it; `effort` is codes a vector, efSearch of HNSW or nprobe of IVF."""

    type: IndexType
    recall: float = 1.0
    sample: int = 0
    effort: int = 0
    wanted: IndexType = "flat"
    """The type that was to be built; where no effort made it find enough, `type` is another."""
    first_look: int = DEPTH
    """Passages that the index names, whose DEPTH nearest are then taken by their vectors themselves."""

    def as_json(self) -> Mapping[str, Any]:
        """For the manifest."""
        said = asdict(self)
        if self.first_look <= DEPTH:
            del said["first_look"]  # as it was before there was one, so that an older program reads the version
        return said | ({"recall_at": RECALL_AT, "depth": DEPTH} if self.type != "flat" else {})


def type_for(passages: int, choice: Choice = "auto") -> IndexType:
    """The type of index for so many passages."""
    if choice != "auto":
        return choice
    return "flat" if passages <= FLAT_UP_TO else "pq"


def spread(questions: int) -> npt.NDArray[np.int64]:
    """Which of so many questions recall is measured with: both samples, spread evenly."""
    return np.linspace(0, questions - 1, min(questions, 2 * SAMPLED)).astype(np.int64)


def build_dense(vectors: Vectors, kind: IndexType, queries: Vectors, threads: int) -> tuple[DenseIndex, DenseReport]:
    """An index over `vectors`, shape (n, d), that finds what an exact one finds for `queries`, shape (m, d).

    Where no effort of the graph or lists reaches TARGET codes are built, and where these don't, the exact index.
    """
    if kind == "flat" or not len(queries):
        return DenseIndex.build(vectors), DenseReport("flat", wanted=kind)
    faiss.omp_set_num_threads(threads)
    true = _nearest(vectors, queries)
    found = (_listed(vectors, kind, queries, true) if kind != "pq" else None) or _coded(vectors, queries, true)
    if found is None:
        return DenseIndex.build(vectors), DenseReport("flat", wanted=kind)
    index, report = found
    return DenseIndex(index, vectors, report.first_look), replace(report, wanted=kind)


Found = tuple[Any, DenseReport]
"""A FAISS index, and what is to be said of it."""


def _halves(queries: Vectors) -> tuple[slice, slice]:
    """Both samples: every other question, and the rest."""
    return slice(0, len(queries), 2), slice(min(1, len(queries) - 1), None, 2)


def _coded(vectors: Vectors, queries: Vectors, true: npt.NDArray[np.int64]) -> Found | None:
    """All vectors in a few bits each, looked at one and all: the coarsest that finds SURE; None where none does."""
    seen, fresh = _halves(queries)
    dimension = vectors.shape[1]
    for coding in CODINGS if len(vectors) >= FEWEST else ():
        if dimension % coding.components:
            continue
        index = _pq(vectors, coding)
        tried, recall = (_recall(index, queries[part], true[part], coding.first_look) for part in (seen, fresh))
        if min(tried, recall) >= max(SURE, TARGET):
            codes = dimension // coding.components
            return index, DenseReport("pq", recall, len(queries[fresh]), codes, first_look=coding.first_look)
    return None


def _listed(vectors: Vectors, kind: IndexType, queries: Vectors, true: npt.NDArray[np.int64]) -> Found | None:
    """A graph or inverted lists with the effort that reaches TARGET; None where none does."""
    index = _hnsw(vectors) if kind == "hnsw" else _ivf(vectors)
    seen, fresh = _halves(queries)
    efforts = list(_efforts(LEAST_EFFORT[kind], min(len(vectors), MOST_LINKED) if kind == "hnsw" else index.nlist))
    for effort, more in zip(efforts, [*efforts[1:], efforts[-1]], strict=True):
        _look(index, effort)
        if all(_recall(index, queries[part], true[part]) >= TARGET for part in (seen, fresh)):
            _look(index, more)
            return index, DenseReport(kind, _recall(index, queries[fresh], true[fresh]), len(queries[fresh]), more)
    return None


def _efforts(least: int, most: int) -> Iterator[int]:
    """Half as much again each time from `least` on; `most` comes last."""
    while least < most:
        yield least
        least += least // 2
    yield most


def _pq(vectors: Vectors, coding: Coding) -> Any:
    """Product quantiser of four bits a code, read by "fast scan"."""
    dimension = vectors.shape[1]
    codes = dimension // coding.components
    sample = np.ascontiguousarray(vectors[:: max(1, len(vectors) // TRAINED_ON)])
    index: Any
    if coding.turned:
        axes = _shared_out(sample, codes)
        turn = faiss.LinearTransform(dimension, len(axes), False)
        faiss.copy_array_to_vector(axes.ravel(), turn.A)
        turn.is_trained = True
        index = faiss.IndexPreTransform(turn, faiss.IndexPQFastScan(len(axes), codes, 4, faiss.METRIC_INNER_PRODUCT))
    else:
        index = faiss.IndexPQFastScan(dimension, codes, 4, faiss.METRIC_INNER_PRODUCT)
    index.train(sample)
    for start in range(0, len(vectors), ADDED):
        index.add(vectors[start : start + ADDED])
    return index


def _shared_out(sample: Vectors, codes: int) -> Vectors:
    """The first principal axes of vectors, shape (m, d), m a multiple of `codes`, as the codes take them.

    They are dealt out to and fro, so that the product of variances is about the same for each code and none tells much
    less than another (Ge, He, Ke & Sun 2013, "Optimized product quantization", the parametric solution).
    """
    centred = (sample - sample.mean(axis=0)).astype(np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    hands = np.arange(max(1, int(KEPT * sample.shape[1]) // codes) * codes).reshape(-1, codes)
    hands[1::2] = hands[1::2, ::-1]
    return np.ascontiguousarray(axes.T[::-1][hands.T.ravel()], dtype=np.float32)


def _hnsw(vectors: Vectors) -> Any:
    # Its stubs know of one of its constructors only.
    make: Any = faiss.IndexHNSWSQ
    index = make(vectors.shape[1], faiss.ScalarQuantizer.QT_8bit, LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = BUILD_EFFORT
    index.train(vectors[:: max(1, len(vectors) // 100_000)])
    index.add(vectors)
    return index


def _ivf(vectors: Vectors) -> Any:
    """Four times the square root of n lists, as FAISS's own guidelines say."""
    dimension = vectors.shape[1]
    lists = max(1, min(int(4 * len(vectors) ** 0.5), len(vectors) // TRAINING_PER_LIST))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension),
        dimension,
        lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    # Without residuals a query is prepared once, not once a list.
    index.by_residual = False
    chosen = np.random.default_rng(0).permutation(len(vectors))[: lists * TRAINING_PER_LIST]
    index.cp.niter = 8
    index.train(np.ascontiguousarray(vectors[np.sort(chosen)]))
    index.add(vectors)
    return index


def _look(index: Any, effort: int) -> None:
    """Set how much of the index a search looks at; both kinds keep it in their file."""
    if isinstance(index, faiss.IndexHNSW):
        index.hnsw.efSearch = effort
    else:
        index.nprobe = effort


def _nearest(vectors: Vectors, queries: Vectors) -> npt.NDArray[np.int64]:
    """Numbers of the RECALL_AT rows truly nearest to each query."""
    found: npt.NDArray[np.int64] = faiss.knn(queries, vectors, RECALL_AT, faiss.METRIC_INNER_PRODUCT)[1]
    return found


def _recall(index: Any, queries: Vectors, true: npt.NDArray[np.int64], depth: int = DEPTH) -> float:
    """Share of the true neighbours among the `depth` that the index names."""
    _, found = index.search(queries, min(depth, index.ntotal))
    shares = [np.isin(right, named).mean() for right, named in zip(true, found, strict=True)]
    return float(np.mean(shares))

"""All passages are scored as a search of all scores them: the same numbers for the nearest, nothing for the rest."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.ports import Vectors
from app.search.dense import SEARCH_DEPTH, DenseIndex


def vectors(count: int, seed: int) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, 24)).astype(np.float32)
    made: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return made


@pytest.mark.parametrize("count", [1, SEARCH_DEPTH, SEARCH_DEPTH + 1, 3 * SEARCH_DEPTH])
def test_scores_are_those_of_a_search(count: int) -> None:
    index = DenseIndex.build(vectors(count, 1))
    for query in vectors(5, 2):
        similarities, ids = index._search(query[np.newaxis], SEARCH_DEPTH)
        expected = np.full(count, np.nan, dtype=np.float32)
        expected[ids] = similarities
        assert np.array_equal(index.scores(query[np.newaxis]), expected, equal_nan=True)


@pytest.mark.parametrize("shape", [(1, 23), (2, 24), (24,)])
def test_a_query_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        DenseIndex.build(vectors(3, 1)).scores(np.ones(shape, dtype=np.float32))

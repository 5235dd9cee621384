"""The discriminant: against scikit-learn's, and where there is nothing to learn from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from app.search.discriminant import Discriminant, means_of, precision_of, read_precision, write_precision

CLASSES, EACH, DIMENSION = 6, 400, 8


@pytest.fixture
def sample() -> tuple[np.ndarray, np.ndarray]:
    """Classes apart along the first axes, spread widely along the last one, which tells nothing."""
    rng = np.random.default_rng(1)
    owner = np.repeat(np.arange(CLASSES), EACH)
    centres = rng.normal(size=(CLASSES, DIMENSION)) * ([0.3] * (DIMENSION - 1) + [0.0])
    spread = np.array([0.15] * (DIMENSION - 1) + [2.0])
    return (centres[owner] + rng.normal(size=(len(owner), DIMENSION)) * spread).astype(np.float32), owner


def of(vectors: np.ndarray, owner: np.ndarray, count: int) -> Discriminant:
    return Discriminant.of(means_of(vectors, owner, count), precision_of(vectors, owner))


def test_with_many_observations_it_chooses_as_scikit_learn_does(sample: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, owner = sample
    ours = of(vectors, owner, CLASSES)
    theirs = LinearDiscriminantAnalysis(solver="lsqr").fit(vectors, owner)
    chosen = [int(ours.scores(row[None]).argmax()) for row in vectors]
    assert np.mean(chosen == theirs.predict(vectors)) > 0.98


def test_a_direction_that_varies_within_entries_counts_little(sample: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, owner = sample
    discriminant, centres = of(vectors, owner, CLASSES), means_of(vectors, owner, CLASSES)
    far_off = centres[2].copy()
    far_off[-1] += 5.0
    assert discriminant.scores(far_off[None]).argmax() == 2
    assert ((far_off - centres) ** 2).sum(axis=1).argmin() == 2
    nearest = [int(((row - centres) ** 2).sum(axis=1).argmin()) for row in vectors]
    chosen = [int(discriminant.scores(row[None]).argmax()) for row in vectors]
    assert np.mean(chosen == owner) > np.mean(nearest == owner) + 0.05


def test_without_variants_it_says_nothing() -> None:
    vectors = np.eye(4, 16, dtype=np.float32)
    scores = of(vectors, np.arange(4), 4).scores(vectors[:1])
    assert scores.tolist() == [0.0] * 4


def test_few_variants_are_trusted_little() -> None:
    rng = np.random.default_rng(2)
    centres = rng.normal(size=(4, 16))
    gaps = []
    for each in (2, 50):
        owner = np.repeat(np.arange(4), each)
        vectors = (centres[owner] + 0.1 * rng.normal(size=(len(owner), 16))).astype(np.float32)
        scores = of(vectors, owner, 4).scores(vectors[:1])
        gaps.append(scores[0] - scores[1])
    assert 0 < gaps[0] < gaps[1] / 5


def test_an_owner_without_vectors_has_a_mean_of_zeros() -> None:
    assert means_of(np.ones((2, 3), dtype=np.float32), np.array([0, 2]), 4)[1].tolist() == [0, 0, 0]


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "precision.npy"
    write_precision(np.eye(3, dtype=np.float32), path)
    assert read_precision(path, 3).shape == (3, 3)
    with pytest.raises(ValueError, match="shape"):
        read_precision(path, 4)

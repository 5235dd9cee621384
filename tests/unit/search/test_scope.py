"""How likely the FAQ answers: a regression, and trees beside it, from plain numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier

from app.search.scope import ScopeModel, Trees
from evals.fitting import fit_scope, fit_trees, written
from tests.unit.search.samples import samples

STEP = {"inputs": ["a", "b"], "baseline": 0.5, "trees": [[[0, 0.3, 1, 2], [-1.0], [1, 0.7, 3, 4], [2.0], [4.0]]]}


@pytest.mark.parametrize(
    ("a", "b", "logit"), [(0.3, 0.0, -0.5), (0.31, 0.7, 2.5), (0.31, 0.71, 4.5), (-9.0, 9.0, -0.5)]
)
def test_a_tree_is_followed_to_its_leaf(a: float, b: float, logit: float) -> None:
    assert Trees.of(STEP).logit({"a": a, "b": b}) == pytest.approx(logit)


def test_the_two_logits_are_averaged() -> None:
    model = ScopeModel.of({"intercept": 1.0, "coefficients": {"a": 10.0}, "trees": STEP})
    assert model.inputs == {"a", "b"}
    logit = ((1.0 + 3.0) - 0.5) / 2
    assert model.probability({"a": 0.3, "b": 0.0}) == pytest.approx(1 / (1 + math.exp(-logit)))


@pytest.mark.parametrize("trees", [[[[2, 0.3, 0, 0]]], [[[0, 0.3, 1, 2], [1.0]]]])
def test_a_tree_that_names_what_is_not_there_is_refused(trees: list[list[list[float]]]) -> None:
    with pytest.raises((ValueError, IndexError)):
        Trees.of({"inputs": ["a", "b"], "baseline": 0.0, "trees": trees})


def test_what_is_written_predicts_what_was_fitted() -> None:
    found = samples(400)
    names = ("a", "b")
    inputs = np.array([[sample.features[name] for name in names] for sample in found])
    labels = np.array([sample.label for sample in found])
    model: GradientBoostingClassifier = fit_trees(inputs, labels, np.ones(len(found)))
    trees = Trees.of(written(model, names))
    ours = [trees.logit(sample.features) for sample in found]
    assert ours == pytest.approx(model.decision_function(inputs), abs=1e-3)


def test_trees_find_what_a_regression_cannot() -> None:
    found = samples(400)
    _, linear = fit_scope(found, ("a", "b"))
    value, both = fit_scope(found, ("a", "b"), trees=True)
    assert both < 0.8 * linear
    assert ScopeModel.of(value).probability({"a": 0.9, "b": 0.1}) > 0.5

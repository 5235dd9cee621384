"""Fitting one model over named features: an L2-regularised logistic regression, and boosted trees beside it.

What they learn from is a caller's (evals/fit.py, evals/fit_context.py); what is made of it is plain numbers that
app/search/scope.py reads. How strong the regression is, is chosen by cross-validation grouped by entry or topic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
TREES = 120

Floats = npt.NDArray[np.float64]
Fitted = dict[str, object]


@dataclass(frozen=True, slots=True)
class Sample:
    """A question for the fitted models; those of a `group` stay together in cross-validation.

    `label` is what a model learns: of scope, whether the FAQ answers.
    """

    features: Mapping[str, float]
    label: bool
    group: str
    weight: float
    first: bool = False
    """Whether the first entry found answers."""
    kind: str = ""
    """The case's kind; "gap" for the phrasing of a known gap."""
    covered: bool = True
    """Of a near miss: whether its topic was among the known gaps."""


def fit_scope(samples: Sequence[Sample], names: Sequence[str], *, trees: bool = False) -> tuple[Fitted, float]:
    """A model over the raw features, as JSON has it, and its cross-validated log loss; `trees` adds boosted ones."""
    inputs = np.array([[sample.features[name] for name in names] for sample in samples])
    labels = np.array([sample.label for sample in samples])
    groups = np.array([sample.group for sample in samples])
    weights = np.array([sample.weight for sample in samples])
    folds = list(GroupKFold(5).split(inputs, labels, groups))

    def loss(predict: Callable[[Floats, Floats, Floats], Callable[[Floats], Floats]]) -> float:
        total = 0.0
        for known, left in folds:
            logits = predict(inputs[known], labels[known], weights[known])(inputs[left])
            total += float(weights[left] @ np.logaddexp(0.0, np.where(labels[left], -logits, logits)))
        return total / float(weights.sum())

    def linear(strength: float) -> Callable[[Floats, Floats, Floats], Callable[[Floats], Floats]]:
        return lambda x, y, w: fit_logistic(strength, x, y, w).decision_function

    def mean(strength: float, x: Floats, y: Floats, w: Floats) -> Callable[[Floats], Floats]:
        parts = [fit_logistic(strength, x, y, w), fit_trees(x, y, w)]
        return lambda left: sum(part.decision_function(left) for part in parts) / 2

    best = min(STRENGTHS, key=lambda strength: loss(linear(strength)))
    model = fit_logistic(best, inputs, labels, weights)
    scaler, regression = model[0], model[1]
    coefficients = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - coefficients @ scaler.mean_)
    fitted: Fitted = {
        "intercept": round(intercept, 4),
        "coefficients": {name: round(value, 4) for name, value in zip(names, coefficients.tolist(), strict=True)},
    }
    if not trees:
        return fitted, loss(linear(best))
    fitted["trees"] = written(fit_trees(inputs, labels, weights), names)
    return fitted, loss(lambda x, y, w: mean(best, x, y, w))


def fit_trees(inputs: Floats, labels: Floats, weights: Floats):  # type: ignore[no-untyped-def]
    """Boosted trees; their size was chosen by cross-validation on the development questions."""
    model = GradientBoostingClassifier(
        n_estimators=TREES,
        learning_rate=0.05,
        max_leaf_nodes=8,
        max_depth=None,
        min_samples_leaf=15,
        subsample=0.7,
        max_features=0.5,
        random_state=0,
    )
    return model.fit(inputs, labels, sample_weight=weights)


def written(model: GradientBoostingClassifier, names: Sequence[str]) -> dict[str, object]:
    """The trees as app/search/scope.py reads them."""
    trees = []
    for (regressor,) in model.estimators_:
        tree = regressor.tree_
        nodes: list[list[float]] = []
        for at in range(tree.node_count):
            left, right = int(tree.children_left[at]), int(tree.children_right[at])
            if left < 0:
                nodes.append([round(float(tree.value[at, 0, 0]) * model.learning_rate, 5)])
            else:
                nodes.append([int(tree.feature[at]), round(float(tree.threshold[at]), 5), left, right])
        trees.append(nodes)
    (share,) = model.init_.class_prior_[1:]
    return {"inputs": list(names), "baseline": round(float(np.log(share / (1 - share))), 5), "trees": trees}


def fit_logistic(strength: float, inputs: Floats, labels: Floats, weights: Floats):  # type: ignore[no-untyped-def]
    """A logistic regression over standardised inputs."""
    # scikit-learn has no types
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
    return model.fit(inputs, labels, logisticregression__sample_weight=weights)


def judged_by_first(samples: Sequence[Sample]) -> list[Sample]:
    """The samples with what the model of sureness learns: whether the first entry answers."""
    return [replace(sample, label=sample.first) for sample in samples]

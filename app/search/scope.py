"""How likely the FAQ answers a question: a logistic regression and boosted trees over named features.

The regression says what each feature is worth by itself, the trees (Friedman 2001) how they bear on each other: a
close entry speaks for an answer unless much of what was asked stands nowhere in it. Each errs in its own way; the
mean of their logits errs less. Fitted by `python -m evals.fit`; all of it is plain numbers in decision.json.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

LEAF = -1
"""In place of a feature's number: the node decides nothing and gives its value."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees whose values add up to a logit. Arrays have shape (trees · nodes,); `roots` are where each tree begins."""

    inputs: tuple[str, ...]
    baseline: float
    feature: npt.NDArray[np.intp]
    """Number of the input that a node looks at, or LEAF."""
    threshold: npt.NDArray[np.float64]
    """An input up to this goes left."""
    left: npt.NDArray[np.intp]
    right: npt.NDArray[np.intp]
    value: npt.NDArray[np.float64]
    """What a leaf adds."""
    roots: npt.NDArray[np.intp]
    depth: int

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Trees:
        """From its JSON value: `trees` lists for each tree its nodes, [value] or [input, threshold, left, right]."""
        trees = value["trees"]
        shape = (len(trees), max(len(nodes) for nodes in trees))
        feature, left, right = (np.full(shape, LEAF, dtype=np.intp) for _ in range(3))
        threshold, values = (np.zeros(shape) for _ in range(2))
        for number, nodes in enumerate(trees):
            for at, node in enumerate(nodes):
                if len(node) == 1:
                    values[number, at] = node[0]
                    left[number, at] = right[number, at] = at
                else:
                    feature[number, at], threshold[number, at], left[number, at], right[number, at] = node
        inputs = tuple(map(str, value["inputs"]))
        if feature.max(initial=LEAF) >= len(inputs) or max(left.max(), right.max()) >= shape[1]:
            raise ValueError("a node names an input or a node that isn't there")
        roots = np.arange(shape[0], dtype=np.intp) * shape[1]
        return cls(
            inputs=inputs,
            baseline=float(value["baseline"]),
            feature=feature.ravel(),
            threshold=threshold.ravel(),
            left=(left + roots[:, None]).ravel(),
            right=(right + roots[:, None]).ravel(),
            value=values.ravel(),
            roots=roots,
            depth=max(map(_depth, trees)),
        )

    def logit(self, features: Mapping[str, float]) -> float:
        """The sum over all trees."""
        inputs = np.array([features[name] for name in self.inputs])
        at = self.roots
        for _ in range(self.depth):
            # A leaf leads to itself, whatever input its number would stand for.
            goes_left = inputs[self.feature[at]] <= self.threshold[at]
            at = np.where(goes_left, self.left[at], self.right[at])
        return self.baseline + float(self.value[at].sum())


def _depth(nodes: list[list[float]], at: int = 0) -> int:
    node = nodes[at]
    return 0 if len(node) == 1 else 1 + max(_depth(nodes, int(node[2])), _depth(nodes, int(node[3])))


@dataclass(frozen=True, slots=True)
class ScopeModel:
    """A logistic regression over named features, in logits, and the trees beside it where there are any."""

    intercept: float
    coefficients: Mapping[str, float]
    trees: Trees | None = None

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> ScopeModel:
        """From its JSON value. Raises KeyError, TypeError or ValueError when it isn't one."""
        coefficients = {str(k): float(v) for k, v in value["coefficients"].items()}
        trees = Trees.of(value["trees"]) if "trees" in value else None
        return cls(float(value["intercept"]), coefficients, trees)

    @property
    def inputs(self) -> frozenset[str]:
        """Names of the features that it reads."""
        return frozenset(self.coefficients) | frozenset(self.trees.inputs if self.trees else ())

    def probability(self, features: Mapping[str, float]) -> float:
        """How likely the FAQ holds an answer, in (0, 1)."""
        linear = self.intercept + sum(features[name] * c for name, c in self.coefficients.items())
        return logistic((linear + self.trees.logit(features)) / 2 if self.trees else linear)


def logistic(logit: float) -> float:
    """The probability of a logit."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))

"""How likely the source carries a claim: the fitted model over `evidence.py`, plain numbers in `score.json`.

Fitted by `python -m evals.grounding.fit` on development rows alone: a logistic regression and boosted trees, as
the decision's (app/search/scope.py). `least` is the probability from which on a claim is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson

from app.search.scope import ScopeModel

FITTED = Path(__file__).with_name("score.json")


@dataclass(frozen=True, slots=True)
class Scorer:
    """The fitted model and its threshold."""

    model: ScopeModel
    least: float

    def probability(self, features: Mapping[str, float]) -> float:
        """How likely the source carries the claim, in (0, 1)."""
        return self.model.probability(features)


@cache
def scorer() -> Scorer:
    """The model as it was fitted, read once."""
    value = orjson.loads(FITTED.read_bytes())
    return Scorer(ScopeModel.of(value), float(value["least"]))

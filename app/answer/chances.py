"""Fitted chances that a reading of a message is meant: for a part of it, and for a follow-up alone or combined.

Logistic regressions over named features (see parts.py and conversation.py), fitted by
`python -m evals.fit_context` on the development questions and kept in chances.json beside this module. They start
from the decision's calibrated confidence, so that they stay right when that is fitted anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import orjson

from app.search.scope import ScopeModel

SUREST = 6.0
"""Logit beyond which a confidence is as good as 0 or 1."""


@dataclass(frozen=True, slots=True)
class Chances:
    """One regression a question: does the entry found for this reading answer what is meant."""

    part: ScopeModel
    alone: ScopeModel
    combined: ScopeModel


@cache
def chances() -> Chances:
    """The fitted numbers that come with the program."""
    value = orjson.loads(files(__package__).joinpath("chances.json").read_bytes())
    return Chances(*(ScopeModel.of(value[name]) for name in ("part", "alone", "combined")))


def certainty(confidence: float) -> float:
    """A confidence as a logit, in [-1, 1]."""
    if not 0.0 < confidence < 1.0:
        return 1.0 if confidence else -1.0
    return max(-SUREST, min(SUREST, math.log(confidence / (1 - confidence)))) / SUREST

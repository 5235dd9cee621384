"""Samples whose label no straight line divides: one of two features is high, not both."""

from __future__ import annotations

import random

from evals.fitting import Sample


def samples(count: int) -> list[Sample]:
    """`count` samples with the features "a" and "b", in groups of four."""
    chance = random.Random(5)
    found = []
    for number in range(count):
        a, b = chance.random(), chance.random()
        found.append(Sample({"a": a, "b": b}, (a > 0.5) != (b > 0.5), str(number // 4), 1.0))
    return found

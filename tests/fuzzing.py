"""How long the random tests run: briefly and always the same in `make test`, longer and anew with `make fuzz`."""

from __future__ import annotations

import os

import hypothesis

TIMES = int(os.environ.get("FUZZ_TIMES", "1"))
"""What the number of examples is multiplied by; above 1 each run draws new ones."""


def fuzz(examples: int) -> hypothesis.settings:
    """Settings for a test with `examples` examples in `make test`."""
    return hypothesis.settings(
        max_examples=examples * TIMES,
        deadline=None,
        database=None,
        derandomize=TIMES == 1,
        suppress_health_check=list(hypothesis.HealthCheck),
    )

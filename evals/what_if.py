"""What the figures would be with another FAQ: without its variants, or with gaps that cover every topic."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.core.ports import Encoder
from app.core.types import Gap
from app.wiring import Services
from evals.cases import Case, Split
from evals.covered import TEST_GAPS, confidences, with_gaps
from evals.day_one import found_first
from evals.metrics import auroc
from evals.run import SINGLE, Rate, rate
from ingest.gaps import parse_gaps


def what_if(services: Services, encoder: Encoder, cases: Sequence[Case]) -> list[Rate]:
    """How often the right entry comes first on the FAQ's first day, before anybody wrote variants."""
    single = [case for case in cases if case.kind in SINGLE]
    index = services.live.retriever().index
    first = found_first(index, encoder, single) if single else []
    return [rate("recall_at_1_day_one", sum(first), len(first))]


def covered(services: Services, encoder: Encoder, cases: Sequence[Case], split: Split) -> dict[str, float]:
    """How well confidence separates near misses whose topics are all among the known gaps; {} without gaps.

    Those of split "dev" are in the FAQ's own list.
    """
    single = [case for case in cases if case.kind in SINGLE]
    near = [case for case in cases if case.kind == "near"]
    index = services.live.retriever().index
    if index.gaps is None or not single or not near:
        return {}
    more: Sequence[Gap] = parse_gaps(Path(TEST_GAPS)) if split == "test" else ()
    confidence = confidences(with_gaps(index, encoder, more), encoder, [*single, *near])
    return {"auroc_near_covered": auroc(confidence, [True] * len(single) + [False] * len(near))}

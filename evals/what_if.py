"""What the figures would be with another FAQ: without its variants, or with gaps that cover every topic."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.ports import Encoder
from app.search.index import OpenIndex
from app.wiring import Services
from evals.cases import Case
from evals.covered import confidences, covered_cases
from evals.day_one import found_first
from evals.metrics import auroc
from evals.run import SINGLE, Rate, rate


def what_if(services: Services, encoder: Encoder, cases: Sequence[Case]) -> list[Rate]:
    """How often the right entry comes first on the FAQ's first day, before anybody wrote variants."""
    single = [case for case in cases if case.kind in SINGLE]
    index = services.live.retriever().index
    first = found_first(index, encoder, single) if single else []
    return [rate("recall_at_1_day_one", sum(first), len(first))]


def covered(index: OpenIndex, encoder: Encoder, cases: Sequence[Case]) -> dict[str, float]:
    """How well confidence separates the near misses whose topics are among the known gaps; {} without any."""
    single = [case for case in cases if case.kind in SINGLE]
    near = covered_cases(cases)
    if index.gaps is None or not single or not near:
        return {}
    confidence = confidences(index, encoder, [*single, *near])
    return {"auroc_near_covered": auroc(confidence, [True] * len(single) + [False] * len(near))}

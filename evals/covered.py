"""What a list of known gaps brings when it covers the topic: the near misses whose topics it has."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.french import clean
from app.core.ports import Encoder
from app.search.decide import decide
from app.search.index import OpenIndex
from app.search.retriever import HybridRetriever
from evals.cases import Case
from evals.withheld import covering


def covered_cases(cases: Sequence[Case]) -> list[Case]:
    """The near misses whose topic the FAQ's own list of gaps has."""
    return [case for case in cases if case.kind == "near" and covering().get(case.topic)]


def confidences(index: OpenIndex, encoder: Encoder, cases: Sequence[Case]) -> list[float]:
    """The decision's confidence for each case."""
    retriever = HybridRetriever(index, encoder)
    return [decide(retriever.search(clean(case.question)), index.decision).confidence for case in cases]

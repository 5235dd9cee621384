"""What a list of known gaps brings when it covers the topic: the near misses of a split, with their topics listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.core.french import clean
from app.core.ports import Encoder
from app.core.types import Gap
from app.search.decide import decide
from app.search.gaps import Gaps
from app.search.index import OpenIndex
from app.search.retriever import HybridRetriever
from evals.cases import Case

TEST_GAPS = Path(__file__).with_name("gaps_test.md")
"""The topics of the near misses of split "test", phrased without sight of them."""


def with_gaps(index: OpenIndex, encoder: Encoder, more: Sequence[Gap]) -> OpenIndex:
    """The index with further known gaps, in memory."""
    gaps = [*(index.gaps.gaps if index.gaps else ()), *more]
    vectors = encoder.encode_passages([text for gap in gaps for text in gap.phrasings])
    return replace(index, gaps=Gaps.build(gaps, vectors, index.precision))


def confidences(index: OpenIndex, encoder: Encoder, cases: Sequence[Case]) -> list[float]:
    """The decision's confidence for each case."""
    retriever = HybridRetriever(index, encoder)
    return [decide(retriever.search(clean(case.question)), index.decision).confidence for case in cases]

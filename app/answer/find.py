"""A text searched and judged: what the steps that read a message hand to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from app.core.ports import Retrieval
from app.core.types import Decision
from app.search.decide import decide
from app.search.retriever import HybridRetriever

K = 10
"""Entries retrieved for a question."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a text found, and what would be done with it. Times are in milliseconds."""

    text: str
    retrieval: Retrieval
    decision: Decision
    search_ms: float = 0.0
    decide_ms: float = 0.0

    @property
    def answers(self) -> bool:
        """It would be answered."""
        return self.decision.verdict == "answer"

    @property
    def entry_id(self) -> str | None:
        """The entry that would answer, or is likeliest to."""
        return self.decision.choices[0].entry.id if self.decision.choices else None


Find = Callable[[str], Found]
"""Searches a clean text; slow enough (an encoder pass) to belong in a thread."""


def finder(retriever: HybridRetriever) -> Find:
    """Search and decide with one index version."""

    def find(text: str) -> Found:
        began = perf_counter()
        retrieval = retriever.search(text, K)
        searched = perf_counter()
        decision = decide(retrieval, retriever.index.decision)
        return Found(text, retrieval, decision, (searched - began) * 1e3, (perf_counter() - searched) * 1e3)

    return find

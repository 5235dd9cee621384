"""A text searched and judged: what the steps that read a message hand to each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from time import perf_counter

from app.core.ports import Retrieval
from app.core.types import Decision, Hit, Verdict
from app.search.decide import MAX_CHOICES, Costs, decide
from app.search.retriever import Embedded, HybridRetriever

K = 10
"""Entries retrieved for a question."""
READINGS = 32
"""Texts whose finds are kept: more than a message is read in."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a text found, and what would be done with it. Times are in milliseconds."""

    text: str
    retrieval: Retrieval
    decision: Decision
    search_ms: float = 0.0
    decide_ms: float = 0.0
    costs: Costs = field(default_factory=Costs)

    @property
    def answers(self) -> bool:
        """It would be answered."""
        return self.decision.verdict == "answer"

    @property
    def entry_id(self) -> str | None:
        """The entry that would answer, or is likeliest to."""
        return self.decision.choices[0].entry.id if self.decision.choices else None

    def with_chance(self, chance: float, others: Sequence[tuple[float, Found]] = ()) -> Found:
        """The same, judged anew when more is known than its text: `chance` that its first choice answers.

        `others` are less likely readings of the same message with their chances; what they found may be offered.
        """
        likely = {self.entry_id: chance}
        for other, found in others:
            likely.setdefault(found.entry_id, other)
        # How the chance spreads over the entries found is as before; that the FAQ answers at all may have changed.
        share = max(self.decision.features.get("share", 1.0), 1e-9)
        in_scope = min(1.0, max(sum(likely.values()), chance / share))
        expected: dict[Verdict, float] = {
            "answer": self.costs.wrong_answer * (1 - chance),
            "clarify": self.costs.question_back,
            "abstain": self.costs.needless_refusal * in_scope,
        }
        verdict = min(expected, key=lambda v: expected[v])
        choices = self._choices([found for _, found in others]) if verdict == "clarify" else self.decision.choices
        return replace(self, decision=replace(self.decision, verdict=verdict, confidence=chance, choices=choices))

    def _choices(self, others: Sequence[Found]) -> tuple[Hit, ...]:
        """Entries to offer: what each reading found first, then what this one found besides."""
        firsts = [found.decision.answering for found in (self, *others)]
        offered: dict[str, Hit] = {}
        for hits in (*firsts, self.decision.choices, self.retrieval.hits[:2]):
            for hit in hits:
                offered.setdefault(hit.entry.id, hit)
        return tuple(offered.values())[:MAX_CHOICES]


Find = Callable[[str], Found]
"""Searches a clean text; slow enough (an encoder pass) to belong in a thread."""


Embed = Callable[[str], Embedded]
"""Gives the vector of a text."""


def finder(retriever: HybridRetriever, said: Sequence[str] = (), embed: Embed | None = None) -> Find:
    """Search and decide with one index version; `said` was said before and may tell which public asks.

    The steps that read a message ask for the same texts again: each is searched once.
    """

    @lru_cache(maxsize=READINGS)
    def find(text: str) -> Found:
        began = perf_counter()
        retrieval = retriever.search(text, K, said, embed(text) if embed else None)
        searched = perf_counter()
        decision = decide(retrieval, retriever.index.decision)
        costs = retriever.index.decision.costs
        return Found(text, retrieval, decision, (searched - began) * 1e3, (perf_counter() - searched) * 1e3, costs)

    return find

"""What changed between two runs, question by question, and whether it is more than chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from evals.cases import IN_SCOPE_KINDS
from evals.metrics import Difference, Disagreement, mcnemar_exact, paired_bootstrap
from evals.records import Record


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose outcome, sources or soundness changed."""

    before: Record
    after: Record

    @property
    def loss(self) -> float:
        """What a visitor loses; negative for a gain."""
        return self.after.cost - self.before.cost


@dataclass(frozen=True, slots=True)
class Comparison:
    """`flips` worst first; the tests are over the questions that both runs asked."""

    n: int
    flips: tuple[Flip, ...]
    sound: Disagreement
    first: Disagreement
    cost: Difference
    lost_entries: tuple[tuple[str, int, int], ...]
    """Entry, questions lost, questions asked: those where at least two are lost, a third of all, and none is won."""


def compare(before: Mapping[str, Record], after: Mapping[str, Record]) -> Comparison | None:
    """The comparison over the same questions; None when the runs share none."""
    shared = [key for key in after if key in before and before[key].ask.case.question == after[key].ask.case.question]
    if not shared:
        return None
    pairs = [Flip(before[key], after[key]) for key in shared]
    searched = [pair for pair in pairs if pair.after.ask.case.kind in IN_SCOPE_KINDS and pair.after.ask.case.entries]
    return Comparison(
        len(pairs),
        tuple(sorted(filter(_changed, pairs), key=lambda pair: (-pair.loss, pair.after.ask.case.id))),
        mcnemar_exact([p.before.sound for p in pairs], [p.after.sound for p in pairs]),
        mcnemar_exact([p.before.result.found_at(1) for p in searched], [p.after.result.found_at(1) for p in searched])
        if searched
        else Disagreement(0, 0, 1.0),
        paired_bootstrap([p.after.cost for p in pairs], [p.before.cost for p in pairs]),
        _lost_entries(pairs),
    )


def _changed(pair: Flip) -> bool:
    before, after = pair.before.result.answer, pair.after.result.answer
    sources = [[source.entry_id for source in answer.sources] for answer in (before, after)]
    return before.outcome != after.outcome or sources[0] != sources[1] or pair.before.sound != pair.after.sound


def _lost_entries(pairs: list[Flip]) -> tuple[tuple[str, int, int], ...]:
    by_entry: dict[str, list[int]] = defaultdict(list)
    for pair in pairs:
        for entry in pair.after.ask.case.entries:
            by_entry[entry].append(int(pair.after.sound) - int(pair.before.sound))
    counted = [(entry, found.count(-1), len(found), found.count(1)) for entry, found in sorted(by_entry.items())]
    return tuple((entry, lost, n) for entry, lost, n, won in counted if lost >= 2 and 3 * lost >= n and not won)

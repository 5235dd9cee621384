"""What changed between two runs, question by question, and whether it is more than chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evals.cases import IN_SCOPE_KINDS
from evals.metrics import Difference, Disagreement, mcnemar_exact, paired_bootstrap
from evals.records import Outcome, Record


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
class LostEntry:
    """An entry that loses at least two of its questions, a third of all, and wins none."""

    entry: str
    lost: int
    asked: int

    @property
    def grave(self) -> bool:
        """Half of its questions and at least three: more than a question at the edge."""
        return self.lost >= 3 and 2 * self.lost >= self.asked


@dataclass(frozen=True, slots=True)
class Robustness:
    """Badly written questions of two runs: how many are well served, by perturbation and over all of them."""

    all: Difference
    """The mean over the perturbations of each question, after minus before; questions are what is resampled."""
    by_noise: Mapping[str, Disagreement]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`flips` worst first; the tests are over the questions that both runs asked."""

    n: int
    flips: tuple[Flip, ...]
    sound: Disagreement
    first: Disagreement
    cost: Difference
    lost_entries: tuple[LostEntry, ...]
    robustness: Robustness | None = None


def compare(
    before: Mapping[str, Sequence[Record]],
    after: Mapping[str, Sequence[Record]],
    noised: tuple[Sequence[Outcome], Sequence[Outcome]] = ((), ()),
) -> Comparison | None:
    """The comparison over the same questions, each with its attempts; None when the runs share none.

    A question asked several times counts as the majority of its attempts, and costs their mean. `noised` holds what
    became of the perturbed questions, before and after.
    """
    shared = [key for key in after if key in before and _question(before[key]) == _question(after[key])]
    if not shared:
        return None
    sound = [[_most(r.sound for r in run[key]) for key in shared] for run in (before, after)]
    cost = [[_mean([r.cost for r in run[key]]) for key in shared] for run in (before, after)]
    searched = [key for key in shared if _searched(after[key][0])]
    first = [[_most(r.result.found_at(1) for r in run[key]) for key in searched] for run in (before, after)]
    pairs = [Flip(before[key][0], after[key][0]) for key in shared]
    return Comparison(
        len(shared),
        tuple(sorted(filter(_changed, pairs), key=lambda pair: (-pair.loss, pair.after.ask.case.id))),
        mcnemar_exact(*sound),
        mcnemar_exact(*first) if searched else Disagreement(0, 0, 1.0),
        paired_bootstrap(cost[1], cost[0]),
        _lost_entries([after[key][0] for key in shared], *sound),
        _robustness(*noised),
    )


def _question(attempts: Sequence[Record]) -> tuple[object, ...]:
    case = attempts[0].ask.case
    return case.question, case.history, case.entries


def _searched(record: Record) -> bool:
    return record.ask.case.kind in IN_SCOPE_KINDS and bool(record.ask.case.entries)


def _most(values: Iterator[bool]) -> bool:
    found = list(values)
    return 2 * sum(found) > len(found)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _changed(pair: Flip) -> bool:
    before, after = pair.before.result.answer, pair.after.result.answer
    sources = [[source.entry_id for source in answer.sources] for answer in (before, after)]
    return before.outcome != after.outcome or sources[0] != sources[1] or pair.before.sound != pair.after.sound


def _lost_entries(records: Sequence[Record], before: Sequence[bool], after: Sequence[bool]) -> tuple[LostEntry, ...]:
    by_entry: dict[str, list[int]] = defaultdict(list)
    for record, was, is_now in zip(records, before, after, strict=True):
        for entry in record.ask.case.entries:
            by_entry[entry].append(int(is_now) - int(was))
    counted = [(LostEntry(entry, found.count(-1), len(found)), found.count(1)) for entry, found in by_entry.items()]
    lost = [entry for entry, won in counted if entry.lost >= 2 and 3 * entry.lost >= entry.asked and not won]
    return tuple(sorted(lost, key=lambda entry: (-entry.lost, entry.entry)))


def _robustness(before: Sequence[Outcome], after: Sequence[Outcome]) -> Robustness | None:
    was, now = ({(o.case, o.noise): o.sound for o in run} for run in (before, after))
    shared = [key for key in now if key in was]
    if not shared:
        return None
    by_case: dict[str, list[int]] = defaultdict(list)
    by_noise: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for case, noise in shared:
        by_case[case].append(int(now[case, noise]) - int(was[case, noise]))
        by_noise[noise].append((was[case, noise], now[case, noise]))
    means = [_mean(values) for values in by_case.values()]
    tests = {noise: mcnemar_exact(*zip(*found, strict=True)) for noise, found in by_noise.items()}
    return Robustness(paired_bootstrap(means, [0.0] * len(means)), tests)

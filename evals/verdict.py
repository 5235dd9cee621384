"""Whether a run may pass: limits, no significant loss against the baseline, critical questions, a sound index."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BadSource
from evals import quality_messages as messages
from evals.cases import Case
from evals.compare import Comparison, Robustness
from evals.metrics import Disagreement, holm
from evals.numbers import count, points, probability, signed
from evals.records import Record

ALPHA = 0.05
"""Chance of a false alarm over the tests of the questions as they are written."""
ALPHA_NOISE = 0.01
"""The same over those of the perturbed questions, whose faults are drawn anew with each seed."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that broke, in a French sentence."""

    check: str
    detail: str


def read_critical(path: Path, cases: Sequence[Case], split: str) -> tuple[str, ...]:
    """Ids of the questions that must pass; those of the other split are left out. Raises BadSource."""
    if not path.exists():
        return ()
    try:
        ids = tomllib.loads(path.read_text("utf-8")).get("cases", [])
        if not isinstance(ids, list) or not all(isinstance(case_id, str) for case_id in ids):
            raise ValueError(messages.NOT_A_LIST)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise BadSource(path, None, messages.BAD_CRITICAL.format(reason=error)) from error
    known = {case.id: case.split for case in cases}
    for case_id in ids:
        if case_id not in known:
            raise BadSource(path, None, messages.UNKNOWN_CRITICAL.format(id=case_id))
    return tuple(case_id for case_id in ids if known[case_id] == split)


def critical_failures(records: Mapping[str, Sequence[Record]], critical: Sequence[str]) -> list[Breach]:
    """The critical questions that went wrong, at any attempt."""
    found = []
    for case_id in critical:
        failed = next((record for record in records.get(case_id, ()) if not record.sound), None)
        if failed is not None:
            sentence = messages.CRITICAL_FAILED.format(
                id=case_id, question=failed.ask.question, outcome=messages.OUTCOMES[failed.result.answer.outcome]
            )
            found.append(Breach(messages.CRITICAL, sentence))
    return found


def losses_of(comparison: Comparison) -> list[Breach]:
    """What the comparison shows to be lost beyond chance (Holm's correction over the tests of a kind)."""
    cost = comparison.cost
    rejected = holm([comparison.sound.p_value, comparison.first.p_value, cost.p_value], ALPHA)
    found = []
    labelled = ((messages.SOUND_LABEL, comparison.sound), (messages.RIGHT_LABEL, comparison.first))
    for (label, test), beyond in zip(labelled, rejected[:2], strict=True):
        if beyond and test.only_a > test.only_b:
            found.append(_fewer(label, test))
    if rejected[2] and cost.mean > 0:
        said = {"mean": signed(cost.mean), "low": signed(cost.low), "high": signed(cost.high)}
        found.append(Breach(messages.LOSS, messages.COSTLIER.format(**said)))
    if comparison.robustness:
        found += _less_robust(comparison.robustness)
    return found + [_lost(entry.entry, entry.lost, entry.asked) for entry in comparison.lost_entries if entry.grave]


def _fewer(label: str, test: Disagreement) -> Breach:
    lost, won = count(test.only_a, "perdue"), count(test.only_b, "gagnée")
    return Breach(messages.LOSS, messages.LOST.format(label=label, lost=lost, won=won, p=probability(test.p_value)))


def _lost(entry: str, lost: int, asked: int) -> Breach:
    return Breach(messages.ENTRY, messages.ENTRY_LOST.format(entry=entry, lost=lost, n=asked))


def _less_robust(robustness: Robustness) -> list[Breach]:
    names = list(robustness.by_noise)
    rejected = holm([robustness.all.p_value, *(robustness.by_noise[name].p_value for name in names)], ALPHA_NOISE)
    found = []
    if rejected[0] and robustness.all.mean < 0:
        said = {name: points(getattr(robustness.all, name)) for name in ("mean", "low", "high")}
        found.append(Breach(messages.LOSS, messages.LESS_ROBUST.format(**said)))
    for name, beyond in zip(names, rejected[1:], strict=True):
        test = robustness.by_noise[name]
        if beyond and test.only_a > test.only_b:
            found.append(_fewer(messages.NOISED_LABEL.format(noise=messages.NOISES[name]), test))
    return found


def watched(comparison: Comparison) -> list[str]:
    """Entries that lost questions, too few to break the gate."""
    return [_lost(entry.entry, entry.lost, entry.asked).detail for entry in comparison.lost_entries if not entry.grave]

"""Whether a run may pass: limits, no significant loss against the baseline, critical questions, entries still there."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BadSource
from evals import quality_messages as messages
from evals.cases import Case
from evals.compare import Comparison
from evals.records import Record

ALPHA = 0.05


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
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSource(path, None, messages.BAD_CRITICAL.format(reason=error)) from error
    known = {case.id: case.split for case in cases}
    for case_id in ids:
        if case_id not in known:
            raise BadSource(path, None, messages.UNKNOWN_CRITICAL.format(id=case_id))
    return tuple(case_id for case_id in ids if known[case_id] == split)


def breaches(
    limits: Sequence[str],
    records: Mapping[str, Record],
    comparison: Comparison | None,
    critical: Sequence[str],
    entries: Sequence[str],
) -> list[Breach]:
    """Everything that broke, gravest kind first; `entries` are the index's ids, empty when they aren't known."""
    found = [*_gone(records, entries), *_critical(records, critical)]
    found += [Breach(messages.LIMIT, sentence) for sentence in limits]
    return found + (losses_of(comparison) if comparison else [])


def _gone(records: Mapping[str, Record], entries: Sequence[str]) -> list[Breach]:
    wanted = Counter(entry for record in records.values() for entry in record.ask.case.entries)
    gone = sorted(set(wanted) - set(entries)) if entries else []
    return [Breach(messages.ENTRY, messages.ENTRY_GONE.format(entry=entry, n=wanted[entry])) for entry in gone]


def _critical(records: Mapping[str, Record], critical: Sequence[str]) -> list[Breach]:
    failed = [records[case_id] for case_id in critical if case_id in records and not records[case_id].sound]
    return [
        Breach(
            messages.CRITICAL,
            messages.CRITICAL_FAILED.format(
                id=record.ask.case.id,
                question=record.ask.question,
                outcome=messages.OUTCOMES[record.result.answer.outcome],
            ),
        )
        for record in failed
    ]


def losses_of(comparison: Comparison) -> list[Breach]:
    """What the comparison shows to be lost beyond chance."""
    found = []
    for label, test in ((messages.SOUND_LABEL, comparison.sound), (messages.RIGHT_LABEL, comparison.first)):
        if test.p_value < ALPHA and test.only_a > test.only_b:
            sentence = messages.LOST.format(label=label, lost=test.only_a, won=test.only_b, p=test.p_value)
            found.append(Breach(messages.LOSS, sentence))
    cost = comparison.cost
    if cost.low > 0:
        found.append(Breach(messages.LOSS, messages.COSTLIER.format(mean=cost.mean, low=cost.low, high=cost.high)))
    return found + [
        Breach(messages.ENTRY, messages.ENTRY_LOST.format(entry=entry, lost=lost, n=n))
        for entry, lost, n in comparison.lost_entries
    ]

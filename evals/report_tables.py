"""The tables of the report: key figures, rates, confusion of outcomes, groups, latency."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evals import messages
from evals import quality_messages as quality
from evals import report_messages as said
from evals.cases import IN_SCOPE_KINDS, OUT_OF_SCOPE_KINDS
from evals.kept import Run
from evals.metrics import wilson_interval
from evals.numbers import percent, points
from evals.records import WRONG, Record
from evals.run import TALK

OUTCOMES = {**said.ANSWERED, **{name: label for name, label in quality.OUTCOMES.items() if name != "answered"}}
"""Columns of the confusion matrix."""


def shares(summary: Mapping[str, Any]) -> dict[str, float]:
    """The rates of a summary by name, with the share well served."""
    return {rate["name"]: rate["value"] for rate in summary["rates"] if rate["n"]} | {"sound": summary["sound"]}


def key_figures(run: Run, baseline: Run | None) -> list[dict[str, str]]:
    """The few figures that stand on top, each with what changed since the baseline."""
    now = shares(run.summary)
    before = shares(baseline.summary) if baseline else {}
    found = []
    for name, (title, explained, better) in said.KEY_FIGURES.items():
        if name in now:
            change = now[name] - before[name] if name in before else None
            found.append(
                {
                    "title": title,
                    "explained": explained,
                    "value": percent(now[name]),
                    "change": "" if change is None else said.UNCHANGED if abs(change) < 5e-4 else points(change),
                    "tone": "" if not change or abs(change) < 5e-4 else "good" if change * better > 0 else "bad",
                }
            )
    return found


def rate_rows(run: Run, baseline: Run | None) -> list[dict[str, Any]]:
    """Every rate that was measured, with its label and what it was before."""
    before = shares(baseline.summary) if baseline else {}
    return [
        {**rate, "label": messages.LABELS[rate["name"]], "before": before.get(rate["name"])}
        for rate in run.summary["rates"]
        if rate["n"]
    ]


def _expected(record: Record) -> str:
    case = record.ask.case
    if case.entries:
        return said.EXPECTED["in"]
    return said.EXPECTED[case.kind if case.kind in OUT_OF_SCOPE_KINDS else "talk" if case.kind in TALK else "after"]


def matrix(records: Sequence[Record]) -> dict[str, Counter[str]]:
    """Counts of what came out by what was expected; a right answer apart from a wrong one."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for record in records:
        outcome: str = record.result.answer.outcome
        if outcome == "answered":
            outcome = "right" if record.result.right else "wrong"
        found[_expected(record)][outcome] += 1
    return {name: found[name] for name in said.EXPECTED.values() if name in found}


def section_of(record: Record, sections: Mapping[str, str]) -> str:
    """The section of the first entry that a case needs."""
    entries = record.ask.case.entries
    return (sections.get(entries[0]) or said.NO_SECTION) if entries else said.OUT


def groups(run: Run, records: Sequence[Record]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The same figures by kind, section, audience and entry; worst first."""
    sections, questions, audiences = (run.environment.get(name, {}) for name in ("sections", "questions", "audiences"))
    served = [r for r in records if r.ask.case.kind not in TALK]
    found = {
        said.BY_KIND: [(quality.KINDS[r.ask.case.kind], r) for r in records],
        said.BY_SECTION: [(section_of(r, sections), r) for r in served],
        said.BY_AUDIENCE: [
            (audiences.get(r.ask.case.entries[0]) or said.EVERYBODY, r) for r in served if r.ask.case.entries
        ],
        said.BY_ENTRY: [(questions.get(entry, entry), r) for r in served for entry in r.ask.case.entries],
    }
    return [(title, _table(pairs)) for title, pairs in found.items() if pairs]


def _table(pairs: Iterable[tuple[str, Record]]) -> list[dict[str, Any]]:
    by_name: dict[str, list[Record]] = defaultdict(list)
    for name, record in pairs:
        by_name[name].append(record)
    rows = [{"name": name, **_figures(found)} for name, found in by_name.items()]
    return sorted(rows, key=lambda row: (row["sound"], row["name"]))


def _figures(found: Sequence[Record]) -> dict[str, Any]:
    sound = sum(r.sound for r in found)
    low, high = wilson_interval(sound, len(found))
    searched = [r for r in found if r.ask.case.kind in IN_SCOPE_KINDS and r.ask.case.entries]
    outcomes = Counter(r.result.answer.outcome for r in found)
    return {
        "n": len(found),
        "sound": sound / len(found),
        "low": low,
        "high": high,
        "first": sum(r.result.found_at(1) for r in searched) / len(searched) if searched else None,
        "answered": outcomes["answered"],
        "wrong": sum(r.cost == WRONG for r in found),
        "asked_back": outcomes["clarification"],
        "refused": outcomes["abstained"],
        "cost": sum(r.cost for r in found) / len(found),
    }


def latency(records: Sequence[Record]) -> list[tuple[str, float, float, float]]:
    """Median, 95th percentile and maximum of each timing, in milliseconds."""
    found: dict[str, list[float]] = defaultdict(list)
    for record in records:
        for name, ms in record.result.answer.trace.timings_ms.items():
            found[name].append(ms)
    rows = ((label, sorted(found[name])) for name, label in said.LATENCY_ROWS.items() if any(found.get(name, ())))
    return [(label, t[len(t) // 2], t[int(len(t) * 0.95)], t[-1]) for label, t in rows]

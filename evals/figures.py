"""The figures of a run: rates, scores, what repeating and perturbing change, as summary.json keeps them."""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from evals.metrics import paired_bootstrap
from evals.records import Record
from evals.run import Rate, averaged, rate, rates


def by_attempt(records: Sequence[Record]) -> list[list[Record]]:
    """The records of questions as they are written, one list an attempt."""
    plain = [record for record in records if not record.ask.noise]
    attempts = sorted({record.ask.attempt for record in plain})
    return [[record for record in plain if record.ask.attempt == attempt] for attempt in attempts]


def rates_of(records: Sequence[Record]) -> list[Rate]:
    """The rates, averaged over the attempts; whether answers are grounded among them."""
    return averaged([[*rates([r.result for r in attempt]), _grounded(attempt)] for attempt in by_attempt(records)])


def _grounded(records: Sequence[Record]) -> Rate:
    answered = [record for record in records if record.result.answer.outcome == "answered"]
    return rate("grounded", sum(not record.ungrounded for record in answered), len(answered))


def spread(records: Sequence[Record], again: Mapping[str, int]) -> dict[str, Any]:
    """How much repeating the run changes, and how often the backend had to be asked again.

    Shares by attempt, the questions that differ from one to another, the tries of those that failed at first.
    """
    attempts = by_attempt(records)
    shares = [sum(r.sound for r in attempt) / len(attempt) for attempt in attempts]
    seen: dict[str, set[bool]] = {}
    for record in (record for attempt in attempts for record in attempt):
        seen.setdefault(record.ask.case.id, set()).add(record.sound)
    return {
        "repeat": len(attempts),
        "cases": len(seen),
        "varied": sorted(case_id for case_id, sounds in seen.items() if len(sounds) > 1),
        "low": min(shares, default=0.0),
        "high": max(shares, default=0.0),
        "again": dict(sorted(again.items())),
    }


def losses(records: Sequence[Record]) -> dict[str, dict[str, float]]:
    """For each perturbation the share well served, and what is lost against the same questions as written."""
    plain = {r.ask.case.id: r.sound for r in records if not r.ask.noise and r.ask.attempt == 1}
    by_noise: dict[str, list[Record]] = {}
    for record in records:
        if record.ask.noise:
            by_noise.setdefault(record.ask.noise, []).append(record)
    found = {}
    for name, noised in by_noise.items():
        lost = paired_bootstrap([r.sound for r in noised], [plain[r.ask.case.id] for r in noised])
        share = sum(r.sound for r in noised) / len(noised)
        found[name] = {"n": len(noised), "sound": share, "loss": lost.mean, "low": lost.low, "high": lost.high}
    return found


def gated(rates: Sequence[Rate], summary: Mapping[str, Any]) -> dict[str, float]:
    """Every figure that a gate may name: what was measured on at least one case."""
    lost = {f"loss_{name}": -found["loss"] for name, found in summary["perturbations"].items()}
    return {**{rate.name: rate.value for rate in rates if rate.n}, **summary["scores"], **lost}


def peak_mb() -> float:
    """The most memory that this process has held so far, in MB (10⁶ bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6

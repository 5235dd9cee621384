"""The gate: which figures a run must reach, read from gate.toml.

A limit is a number, or `{ limit = 0.93, margin = 0.02 }`: only what lies further than the margin beyond the limit
breaks it, what lies within is told as a warning.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from app.core.errors import BadSource
from evals import messages
from evals.numbers import decimal

Side = Literal["floor", "ceiling"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on one figure and how far chance may carry it beyond."""

    name: str
    side: Side
    limit: float
    margin: float = 0.0

    def beyond(self, value: float) -> float:
        """How far on the wrong side of the limit, negative on the right one."""
        return self.limit - value if self.side == "floor" else value - self.limit


@dataclass(frozen=True, slots=True)
class Held:
    """What the limits say of a run: one French sentence each."""

    broken: tuple[str, ...]
    close: tuple[str, ...]
    """Beyond a limit, within its margin."""


def read_gate(path: Path) -> tuple[Limit, ...]:
    """The limits of a file. Raises BadSource."""
    try:
        gate = tomllib.loads(path.read_text("utf-8"))
        limits = [
            _limit(name, side, value) for table, side in _TABLES.items() for name, value in gate.get(table, {}).items()
        ]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadSource(path, None, messages.BAD_GATE.format(reason=error)) from error
    for limit in limits:
        if limit.name not in messages.LABELS:
            raise BadSource(path, None, messages.UNKNOWN_FIGURE.format(name=limit.name), mend=messages.FIGURES_MEND)
    return tuple(limits)


_TABLES: Mapping[str, Side] = {"floors": "floor", "ceilings": "ceiling"}


def _limit(name: str, side: Side, value: Any) -> Limit:
    if isinstance(value, dict):
        if unknown := set(value) - {"limit", "margin"}:
            raise ValueError(", ".join(sorted(unknown)))
        return Limit(name, side, float(value["limit"]), float(value.get("margin", 0.0)))
    return Limit(name, side, float(value))


def hold(figures: Mapping[str, float], limits: tuple[Limit, ...]) -> Held:
    """Hold figures against limits; a figure that the run didn't measure is passed over."""
    broken: list[str] = []
    close: list[str] = []
    for limit in limits:
        if limit.name not in figures or limit.beyond(figures[limit.name]) <= 0:
            continue
        template = messages.FAILED_FLOOR if limit.side == "floor" else messages.FAILED_CEILING
        sentence = template.format(
            label=messages.LABELS[limit.name],
            value=decimal(figures[limit.name], 3),
            limit=decimal(limit.limit, 3),
            margin=messages.MARGIN.format(margin=decimal(limit.margin, 3)) if limit.margin else "",
        )
        (broken if limit.beyond(figures[limit.name]) > limit.margin else close).append(sentence)
    return Held(tuple(broken), tuple(close))

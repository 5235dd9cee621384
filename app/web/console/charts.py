"""Charts as numbers for the templates to draw in SVG: told apart by shade, pattern and label, never by colour alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.web.console import messages
from app.web.console.rendering import day, number

WIDTH, HEIGHT = 720.0, 220.0
LEFT, BOTTOM, TOP = 44.0, 26.0, 8.0

SERIES = ("answered", "clarification", "abstained", "others")
LABELS = {
    "answered": "Répondues",
    "clarification": "Précision demandée",
    "abstained": "Sans réponse",
    "others": "Autres",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a stacked bar, in the units of the drawing; `tip` is read aloud."""

    x: float
    y: float
    width: float
    height: float
    series: str
    tip: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Stack:
    """Stacked bars a day with the table behind them."""

    bars: tuple[Bar, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    rows: tuple[tuple[str, tuple[int, ...], int], ...]
    highest: int


def outcomes(days: Sequence[tuple[date, Mapping[str, int]]]) -> Stack:
    """Questions a day by outcome; periods over a hundred days are drawn week by week."""
    groups = [days[at : at + 7] for at in range(0, len(days), 7)] if len(days) > 100 else [[one] for one in days]
    counts = [_counted([counted for _, counted in group]) for group in groups]
    labels = [day(group[0][0]) for group in groups]
    highest = _round_up(max((sum(c) for c in counts), default=0))
    step = (WIDTH - LEFT) / max(1, len(groups))
    scale = (HEIGHT - BOTTOM - TOP) / highest
    bars = []
    for at, counted in enumerate(counts):
        y = HEIGHT - BOTTOM
        for name, n in zip(SERIES, counted, strict=True):
            if n:
                y -= n * scale
                tip = f"{labels[at]} : {n} {LABELS[name].lower()}"
                bars.append(Bar(LEFT + at * step + step * 0.12, y, step * 0.76, n * scale, name, tip))
    every = max(1, math.ceil(len(groups) / 8))
    across = [Tick(LEFT + (at + 0.5) * step, _short(groups[at][0][0])) for at in range(0, len(groups), every)]
    up = [
        Tick(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), number(highest * share, 0 if highest >= 4 else 1))
        for share in (0, 0.5, 1)
    ]
    rows = [(label, tuple(counted), sum(counted)) for label, counted in zip(labels, counts, strict=True)]
    return Stack(tuple(bars), tuple(across), tuple(up), tuple(rows), highest)


def _counted(days: Sequence[Mapping[str, int]]) -> list[int]:
    total: dict[str, int] = {}
    for counted in days:
        for name, n in counted.items():
            key = name if name in SERIES else "others"
            total[key] = total.get(key, 0) + n
    return [total.get(name, 0) for name in SERIES]


def _short(value: date) -> str:
    return f"{value.day} {messages.MONTHS[value.month - 1]}"


def _round_up(value: int) -> int:
    """The next number that halves well."""
    if value <= 4:
        return 4
    power = 10 ** int(math.log10(value))
    return next(int(m * power) for m in (1, 2, 4, 6, 8, 10) if m * power >= value)


def shares(counted: Mapping[str, int]) -> list[tuple[str, str, int, float, float]]:
    """(series, label, count, share, offset) of one stacked line."""
    values = _counted([counted])
    total = sum(values)
    found, offset = [], 0.0
    for name, n in zip(SERIES, values, strict=True):
        share = n / total if total else 0.0
        found.append((name, LABELS[name], n, share, offset))
        offset += share
    return found


def trend(
    values: Sequence[float], width: float = 720.0, height: float = 160.0
) -> tuple[str, list[tuple[float, float]]]:
    """A line through shares from 0 to 1, left to right: its points for SVG, and each one's place."""
    step = (width - LEFT - 12) / max(1, len(values) - 1)
    places = [(LEFT + at * step, 8 + (1 - value) * (height - 34)) for at, value in enumerate(values)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places), places

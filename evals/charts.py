"""Plots as SVG, drawn without a library: each has its figures as rows for the table behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from evals.metrics import risk_coverage

WIDTH, HEIGHT = 460, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 44
_POINTS = 60


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with a title for those who don't see it, and its table."""

    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _frame(label: str, across: str, up: str, inner: str, top: float = 1.0) -> Markup:
    """Axes from 0 to 1 across and 0 to `top` up, around `inner`."""
    lines = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        lines.append(f'<line class="grid" x1="{_x(0)}" x2="{_x(1)}" y1="{_y(tick)}" y2="{_y(tick)}"/>')
        lines.append(f'<text x="{LEFT - 6}" y="{_y(tick) + 4}" text-anchor="end">{100 * tick * top:.0f}\u00a0%</text>')
        if across:
            lines.append(
                f'<text x="{_x(tick)}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{_percent(tick)}</text>'
            )
    lines.append(f'<text x="{_x(0.5)}" y="{HEIGHT - 6}" text-anchor="middle">{escape(across)}</text>')
    lines.append(
        f'<text x="13" y="{_y(0.5)}" text-anchor="middle" transform="rotate(-90 13 {_y(0.5)})">{escape(up)}</text>'
    )
    body = "".join(lines) + inner
    return Markup(  # noqa: S704 - every text above is escaped or a number
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">{body}</svg>'
    )


def reliability(confidences: Sequence[float], right: Sequence[bool], label: str, axes: tuple[str, str]) -> Plot:
    """How often the confidence says true, by tenths; a dot's area grows with the questions it stands for."""
    values, truth = np.asarray(confidences), np.asarray(right, dtype=float)
    places = np.minimum((values * 10).astype(int), 9)
    dots, rows = [], []
    for place in range(10):
        here = places == place
        if n := int(here.sum()):
            said, was = float(values[here].mean()), float(truth[here].mean())
            radius = 3 + 11 * (n / len(values)) ** 0.5
            dots.append(f'<circle class="dot" cx="{_x(said)}" cy="{_y(was)}" r="{radius:.1f}"/>')
            rows.append((f"{place * 10}–{place * 10 + 10}\u00a0%", str(n), _percent(said), _percent(was)))
    ideal = f'<line class="ideal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'
    return Plot(
        _frame(label, *axes, ideal + "".join(dots)), ("Tranche", "Questions", "Annoncé", "Constaté"), tuple(rows)
    )


def risk(confidences: Sequence[float], right: Sequence[bool], label: str, axes: tuple[str, str]) -> Plot:
    """The share of errors among what would be answered, as more and more is."""
    points = risk_coverage(confidences, right)
    top = max(0.1, *(point.risk for point in points))
    line = " ".join(f"{_x(point.coverage)},{_y(point.risk / top)}" for point in points)
    kept = points[:: max(1, len(points) // 12)]
    rows = tuple((_percent(p.coverage), f"{100 * p.risk:.1f}\u00a0%", f"{p.threshold:.2f}") for p in kept)
    inner = f'<polyline class="line" points="{line}"/>'
    return Plot(_frame(label, *axes, inner, top), ("Répondu", "Erreurs", "Seuil de confiance"), rows)


def trend(names: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], label: str, up: str) -> Plot:
    """Shares from run to run; lines are told apart by colour, dash and the name at their end."""
    last = max(1, len(names) - 1)
    inner = []
    for number, (name, values) in enumerate(series):
        points = " ".join(f"{_x(0.7 * at / last)},{_y(value)}" for at, value in enumerate(values))
        inner.append(f'<polyline class="line s{number}" points="{points}"/>')
        at = 0.7 * (len(values) - 1) / last
        inner.append(f'<circle class="end s{number}" cx="{_x(at)}" cy="{_y(values[-1])}" r="4"/>')
        inner.append(f'<text class="name" x="{_x(at) + 8}" y="{_y(values[-1]) + 4}">{escape(name)}</text>')
    rows = tuple((run, *(f"{100 * values[at]:.1f}\u00a0%" for _, values in series)) for at, run in enumerate(names))
    svg = _frame(label, "", up, "".join(inner))
    return Plot(svg, ("Évaluation", *(name for name, _ in series)), rows)

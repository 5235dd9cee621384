"""Plots as SVG, drawn without a library: each has its figures as rows for the table behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from markupsafe import Markup, escape

from evals.metrics import risk_coverage
from evals.numbers import decimal, percent, points

WIDTH, HEIGHT = 460, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 24, 14, 46
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_MINUS = 0.6
"""Darkest ink of a heat map's cell."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with a title for those who don't see it, its table, and how to read it."""

    title: str
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _percent(share: float) -> str:
    return percent(share, 0)


def _svg(label: str, body: str, width: float = WIDTH, height: float = HEIGHT) -> Markup:
    return Markup(  # noqa: S704 - every text within is escaped or a number
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" style="max-width:{1.3 * width:.0f}px" role="img" '
        f'aria-label="{escape(label)}">{body}</svg>'
    )


def _text(x: float, y: float, text: object, more: str = 'text-anchor="middle"') -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(text)}</text>'


def _frame(
    label: str, axes: tuple[str, str], inner: str, *, top: float = 1.0, across: Sequence[str] | None = None
) -> Markup:
    """Axes around `inner`: `top` is the share at the upper end; `across` labels the ticks, percentages when None."""
    names = [_percent(tick) for tick in _TICKS] if across is None else across
    lines = []
    for tick in _TICKS:
        lines.append(f'<line class="grid" x1="{_x(0)}" x2="{_x(1)}" y1="{_y(tick)}" y2="{_y(tick)}"/>')
        digits = 0 if top > 0.2 else 1
        lines.append(_text(LEFT - 6, _y(tick) + 4, percent(tick * top, digits), 'text-anchor="end"'))
    for at, name in enumerate(names):
        lines.append(_text(_x(at / max(1, len(names) - 1)), HEIGHT - BOTTOM + 16, name))
    lines.append(_text(_x(0.5), HEIGHT - 6, axes[0]))
    middle = _y(0.5)
    lines.append(_text(13, middle, axes[1], f'text-anchor="middle" transform="rotate(-90 13 {middle})"'))
    return _svg(label, "".join(lines) + inner)


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
    svg = _frame(label, axes, ideal + "".join(dots))
    return Plot(label, svg, ("Tranche", "Questions", "Annoncé", "Constaté"), tuple(rows))


def risk(confidences: Sequence[float], right: Sequence[bool], label: str, axes: tuple[str, str]) -> Plot:
    """The share of errors among what would be answered, as more and more is."""
    curve = risk_coverage(confidences, right)
    top = max(0.1, *(point.risk for point in curve))
    line = " ".join(f"{_x(point.coverage)},{_y(point.risk / top)}" for point in curve)
    kept = curve[:: max(1, len(curve) // 12)]
    rows = tuple((_percent(p.coverage), percent(p.risk), decimal(p.threshold)) for p in kept)
    svg = _frame(label, axes, f'<polyline class="line" points="{line}"/>', top=top)
    return Plot(label, svg, ("Répondu", "Erreurs", "Seuil de confiance"), rows)


def trend(names: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], label: str, up: str) -> Plot:
    """Shares from run to run; lines are told apart by colour, dash and the name at their end."""
    width, height = 860, 260
    left, right, top, bottom = 56, 150, 14, 34

    def x(at: int) -> float:
        return left + (width - left - right) * at / max(1, len(names) - 1)

    def y(share: float) -> float:
        return height - bottom - share * (height - top - bottom)

    inner = []
    for tick in _TICKS:
        inner.append(f'<line class="grid" x1="{left}" x2="{width - right}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        inner.append(_text(left - 6, y(tick) + 4, _percent(tick), 'text-anchor="end"'))
    step = max(1, len(names) // 6)
    shown = [at for at in range(0, len(names), step) if len(names) - 1 - at >= step] + [len(names) - 1]
    inner += [_text(x(at), height - bottom + 18, names[at]) for at in shown]
    middle = y(0.5)
    inner.append(_text(13, middle, up, f'text-anchor="middle" transform="rotate(-90 13 {middle:.1f})"'))
    heights = _apart([y(values[-1]) for _, values in series], 15)
    for number, (name, values) in enumerate(series):
        line = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in enumerate(values))
        inner.append(f'<polyline class="line s{number}" points="{line}"/>')
        inner.append(f'<circle class="end s{number}" cx="{x(len(values) - 1):.1f}" cy="{y(values[-1]):.1f}" r="4"/>')
        end = f"{name} {percent(values[-1])}"
        inner.append(_text(width - right + 10, heights[number] + 4, end, 'class="name"'))
    rows = tuple((run, *(percent(values[at]) for _, values in series)) for at, run in enumerate(names))
    svg = _svg(label, "".join(inner), width, height)
    return Plot(label, svg, ("Évaluation", *(name for name, _ in series)), rows)


def _apart(heights: Sequence[float], least: float) -> list[float]:
    """The heights moved down as far as needed to stand `least` apart."""
    found = list(heights)
    order = sorted(range(len(found)), key=lambda at: found[at])
    for before, after in pairwise(order):
        found[after] = max(found[after], found[before] + least)
    return found


def histogram(values: Sequence[float], label: str, axes: tuple[str, str], bins: int = 24) -> Plot:
    """How values of one unit are spread; the last bar holds what lies beyond the 99th percentile."""
    end = float(np.quantile(values, 0.99)) or 1.0
    counts, edges = np.histogram(np.minimum(values, end), bins=bins, range=(0.0, end))
    shares = counts / max(1, len(values))
    top = max(float(shares.max()), 0.01)
    bars = "".join(
        f'<rect class="bar" x="{_x(at / bins) + 0.5:.1f}" y="{_y(share / top)}" '
        f'width="{(WIDTH - LEFT - RIGHT) / bins - 1:.1f}" height="{_y(0) - _y(share / top):.1f}"/>'
        for at, share in enumerate(shares)
    )
    across = [f"{end * tick:.0f}" for tick in _TICKS]
    rows = tuple(
        (f"{low:.0f}–{high:.0f}", str(n), percent(share))
        for low, high, n, share in zip(edges, edges[1:], counts, shares, strict=False)
    )
    svg = _frame(label, axes, bars, top=top, across=across)
    return Plot(label, svg, (axes[0].capitalize(), "Questions", "Part"), rows)


def loss_bars(rows: Sequence[tuple[str, float, float, float]], label: str, axis: str) -> Plot:
    """Name, loss, and the ends of its interval, as bars to the left of none lost; worst first."""
    least = min(-0.05, *(low for _, _, low, _ in rows))
    most = max(0.02, *(high for _, _, _, high in rows))
    width, left, step = 640, 200, 24
    height = 20 + step * len(rows) + 40

    def x(share: float) -> float:
        return left + (width - left - 60) * (share - least) / (most - least)

    inner = [f'<line class="ideal" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="8" y2="{height - 36}"/>']
    for at, (name, loss, low, high) in enumerate(rows):
        y = 20 + step * at
        inner.append(_text(left - 8, y + 4, name, 'class="name" text-anchor="end"'))
        begin, end = sorted((x(loss), x(0)))
        inner.append(f'<rect class="bar" x="{begin:.1f}" y="{y - 7}" width="{max(1.0, end - begin):.1f}" height="14"/>')
        inner.append(f'<line class="whisker" x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{y}" y2="{y}"/>')
        inner.append(_text(width - 4, y + 4, points(loss), 'class="name" text-anchor="end"'))
    inner.append(_text(left + (width - left - 60) / 2, height - 8, axis))
    table = tuple((name, points(loss), f"{points(low)} ; {points(high)}") for name, loss, low, high in rows)
    svg = _svg(label, "".join(inner), width, height)
    return Plot(label, svg, ("Perturbation", "Points", "Intervalle à 95 %"), table)


def heat(names: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[float | None]], label: str) -> Plot:
    """Losses as shades: the darker, the more is lost; every cell has its figure."""
    left, top, side, step = 190, 130, 62, 26
    width, height = left + side * len(columns) + 90, top + step * len(names) + 10
    inner = []
    for at, name in enumerate(columns):
        x = left + side * at + side / 2
        short = name if len(name) <= 26 else f"{name[:25]}…"
        inner.append(_text(x, top - 8, short, f'class="name" transform="rotate(-38 {x:.0f} {top - 8})"'))
    for row, name in enumerate(names):
        y = top + step * row
        inner.append(_text(left - 8, y + 17, name, 'class="name" text-anchor="end"'))
        for at, value in enumerate(cells[row]):
            x = left + side * at
            ink = 0.0 if value is None else min(_MINUS, max(0.0, -value * 2))
            inner.append(
                f'<rect class="cell" x="{x}" y="{y}" width="{side - 2}" height="{step - 2}" fill-opacity="{ink:.2f}"/>'
            )
            inner.append(
                _text(
                    x + side / 2, y + 17, "·" if value is None else points(value), 'class="name" text-anchor="middle"'
                )
            )
    table = tuple(
        (name, *("·" if value is None else points(value) for value in cells[row])) for row, name in enumerate(names)
    )
    return Plot(label, _svg(label, "".join(inner), width, height), ("Perturbation", *columns), table)

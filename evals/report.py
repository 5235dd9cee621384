"""The report: one HTML file in French that opens from disk, shows the verdict first and everything behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evals import charts, messages
from evals import quality_messages as quality
from evals import report_messages as said
from evals.advice import weakest
from evals.cases import OUT_OF_SCOPE_KINDS
from evals.kept import JUDGE, PERTURBED, Run, past, read_json
from evals.numbers import count, decimal, percent, probability, signed
from evals.records import Record
from evals.report_cases import payload, plain, trace_of
from evals.report_tables import OUTCOMES, groups, key_figures, latency, matrix, rate_rows, section_of, shares
from evals.report_verdict import one_sentence
from evals.session import Judged

TEMPLATES = Path(__file__).with_name("templates")
NAME = "report.html"
PAST = 30
FLIPS = 60


def write_report(run: Run, judged: Judged, runs: Path) -> Path:
    """Write report.html into the run's folder; its path."""
    page = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page.filters |= {
        "percent": percent,
        "decimal": decimal,
        "signed": signed,
        "probability": probability,
        "plain": plain,
    }
    path = run.folder / NAME
    path.write_text(page.get_template(NAME).render(_context(run, judged, runs)), "utf-8")
    return path


def _context(run: Run, judged: Judged, runs: Path) -> dict[str, Any]:
    records = list(run.first.values())
    comparison = judged.comparison
    return {
        "run": run,
        "when": _when(run.folder.name),
        "judged": judged,
        "verdict": one_sentence(records, judged),
        "key_figures": key_figures(run, judged.baseline),
        "trend": _trend(runs, run),
        "flips": comparison.flips[:FLIPS] if comparison else (),
        "weakest": weakest(records, run.environment.get("questions", {})),
        "rates": rate_rows(run, judged.baseline),
        "matrix": matrix(records),
        "columns": OUTCOMES,
        "plots": _confidence_plots(records),
        "groups": groups(run, records),
        "latency": latency(records),
        "times": _times(records),
        "losses": _losses(run),
        "heat": _heat(run),
        "outside": _outside(records),
        "judge": read_json(run.folder / JUDGE),
        "records": records,
        "payload": payload(records),
        "outcomes": quality.OUTCOMES,
        "kinds": {kind: name for kind, name in quality.KINDS.items() if any(r.ask.case.kind == kind for r in records)},
        "labels": messages.LABELS,
        "criteria": quality.CRITERIA,
        "said": said,
        "count": count,
        "trace": trace_of,
    }


def _when(name: str) -> str:
    """« 26 novembre 2026, 02 h 17 (UTC) », from a run's name; the name itself when it tells no time."""
    try:
        at = datetime.strptime(name[:13], "%Y%m%dT%H%M")  # noqa: DTZ007 - shown as the UTC that it is
    except ValueError:
        return name
    return f"{at.day} {said.MONTHS[at.month - 1]} {at.year}, {at:%H} h {at:%M} (UTC)"


def _trend(runs: Path, run: Run) -> charts.Plot | None:
    earlier = [row for row in past(runs, run.summary) if row[0].name < run.folder.name and not row[1].get("draft")]
    kept = [*earlier, (run.folder, run.summary)][-PAST:]
    tables = [shares(summary) for _, summary in kept]
    if len(kept) < 2:
        return None
    series = [
        (label, [table[name] for table in tables])
        for name, label in said.TREND_SERIES.items()
        if all(name in table for table in tables)
    ]
    names = [f"{f.name[6:8]}/{f.name[4:6]} {f.name[9:11]}:{f.name[11:13]}" for f, _ in kept]
    return charts.trend(names, series, said.TREND, said.SHARE)


def _confidence_plots(records: Sequence[Record]) -> list[charts.Plot]:
    asked = [r for r in records if r.result.answerable]
    if not asked:
        return []
    confidence = [r.result.answer.confidence for r in asked]
    right = [r.result.found_at(1) and bool(r.ask.case.entries) for r in asked]
    outside = sum(not r.ask.case.entries for r in asked) / len(asked)
    calibration = charts.reliability(confidence, right, said.CALIBRATION, said.CALIBRATION_AXES)
    risk = charts.risk(confidence, right, said.RISK, said.RISK_AXES)
    return [
        replace(calibration, note=said.CALIBRATION_NOTE),
        replace(risk, note=said.RISK_NOTE.format(outside=percent(outside, 0))),
    ]


def _times(records: Sequence[Record]) -> charts.Plot | None:
    totals = [r.result.answer.trace.timings_ms["total"] for r in records]
    return charts.histogram(totals, said.LATENCY, said.LATENCY_AXES) if totals else None


def _losses(run: Run) -> charts.Plot | None:
    found = sorted(run.summary.get("perturbations", {}).items(), key=lambda row: row[1]["loss"])
    rows = [(quality.NOISES[name], each["loss"], each["low"], each["high"]) for name, each in found]
    return charts.loss_bars(rows, said.LOSSES, said.LOSSES_AXIS) if rows else None


def _heat(run: Run) -> charts.Plot | None:
    """Points lost by perturbation and section, against the same questions as written."""
    path = run.folder / PERTURBED
    if not path.exists():
        return None
    sections, first = run.environment.get("sections", {}), run.first
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in map(orjson.loads, path.read_bytes().splitlines()):
        plain = first[row["case"]]
        for column in (said.WHOLE, section_of(plain, sections)):
            found[row["noise"]][column].append(int(row["sound"]) - int(plain.sound))
    names = sorted(found, key=lambda noise: _mean(found[noise][said.WHOLE]))
    inner = {column for cells in found.values() for column in cells} - {said.WHOLE, said.OUT}
    columns = [said.WHOLE, *sorted(inner), said.OUT]
    cells = [[_mean(found[noise][column]) if column in found[noise] else None for column in columns] for noise in names]
    return charts.heat([quality.NOISES[noise] for noise in names], columns, cells, said.HEAT)


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values)


def _outside(records: Sequence[Record]) -> list[Record]:
    """What the FAQ doesn't answer: what was answered all the same first, then by confidence."""
    found = [r for r in records if r.ask.case.kind in OUT_OF_SCOPE_KINDS]
    return sorted(found, key=lambda r: (r.sound, -r.result.answer.confidence, r.ask.case.id))

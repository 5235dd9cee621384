"""The report: one HTML file in French that opens from disk, shows the verdict first and everything behind it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evals import charts, messages
from evals import quality_messages as quality
from evals import report_messages as said
from evals.advice import weakest
from evals.cases import OUT_OF_SCOPE_KINDS
from evals.compare import Comparison
from evals.kept import PERTURBED, Run, past
from evals.records import Record
from evals.run import SINGLE, TALK
from evals.verdict import Breach

TEMPLATES = Path(__file__).with_name("templates")
NAME = "report.html"
PAST = 30
FLIPS = 60


def write_report(
    run: Run, baseline: Run | None, comparison: Comparison | None, broke: Sequence[Breach], runs: Path
) -> Path:
    """Write report.html into the run's folder; its path."""
    page = Environment(  # comments of the template's own language stay out of the page
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page.filters["percent"] = percent
    records = list(run.first.values())
    context = {
        "verdict": verdict(records, comparison, broke),
        "tone": "bad" if broke else "good",
        "run": run,
        "baseline": baseline,
        "broke": broke,
        "rows": _rates(run),
        "labels": messages.LABELS,
        "trend": _trend(runs, run),
        "comparison": comparison,
        "flips": comparison.flips[:FLIPS] if comparison else (),
        "weakest": weakest(records, run.environment.get("questions", {})),
        "matrix": _matrix(records),
        "plots": _plots(records),
        "groups": _groups(run, records),
        "latency": _latency(records),
        "heat": _heat(run),
        "stray": [r for r in records if r.ask.case.kind in OUT_OF_SCOPE_KINDS and not r.sound],
        "records": records,
        "outcomes": quality.OUTCOMES,
        "kinds": quality.KINDS,
        "said": said,
        "trace": _trace,
    }
    path = run.folder / NAME
    path.write_text(page.get_template(NAME).render(context), "utf-8")
    return path


def percent(share: float) -> str:
    """A share as French reads it: « 93,2 % »."""
    return f"{100 * share:.1f}\u00a0%".replace(".", ",")


def verdict(records: Sequence[Record], comparison: Comparison | None, broke: Sequence[Breach]) -> str:
    """Better, worse or the same, in one sentence."""
    sound = percent(sum(r.sound for r in records) / max(1, len(records)))
    if broke:
        first = broke[0].detail.rstrip(".")
        return said.BROKEN_ONE.format(first=first) if len(broke) == 1 else said.BROKEN.format(n=len(broke), first=first)
    if comparison is None:
        return said.ALONE.format(sound=sound)
    if not comparison.flips:
        return said.SAME.format(sound=sound)
    lost, won = comparison.sound.only_a, comparison.sound.only_b
    significant = comparison.sound.p_value < 0.05
    sentence = said.BETTER if significant and won > lost else said.WORSE if lost > won else said.EVEN
    return sentence.format(won=won, lost=lost, sound=sound)


def _rates(run: Run) -> list[dict[str, Any]]:
    return [{**rate, "label": messages.LABELS[rate["name"]]} for rate in run.summary["rates"] if rate["n"]]


def _trend(runs: Path, run: Run) -> charts.Plot | None:
    kept = past(runs, run.summary["split"])[-PAST:]
    tables = [{rate["name"]: rate["value"] for rate in summary["rates"]} for _, summary in kept]
    if len(kept) < 2:
        return None
    series = [(label, [table[name] for table in tables]) for name, label in said.TREND_SERIES.items()]
    names = [f"{f.name[6:8]}/{f.name[4:6]} {f.name[9:11]}:{f.name[11:13]}" for f, _ in kept]
    return charts.trend(names, series, said.TREND, said.SHARE)


def _expected(record: Record) -> str:
    case = record.ask.case
    return said.EXPECTED["in" if case.entries else case.kind if case.kind in OUT_OF_SCOPE_KINDS else "talk"]


def _matrix(records: Sequence[Record]) -> dict[str, Counter[str]]:
    """Counts of what came out by what was expected; a right answer apart from a wrong one."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for record in records:
        outcome: str = record.result.answer.outcome
        if outcome == "answered":
            outcome = "right" if record.result.right else "wrong"
        found[_expected(record)][outcome] += 1
    return {name: found[name] for name in said.EXPECTED.values() if name in found}


def _plots(records: Sequence[Record]) -> list[tuple[str, charts.Plot]]:
    asked = [r for r in records if r.ask.case.kind in SINGLE or r.ask.case.kind in OUT_OF_SCOPE_KINDS]
    if not asked:
        return []
    confidence = [r.result.answer.confidence for r in asked]
    right = [r.result.found_at(1) and bool(r.ask.case.entries) for r in asked]
    return [
        (said.CALIBRATION, charts.reliability(confidence, right, said.CALIBRATION, said.CALIBRATION_AXES)),
        (said.RISK, charts.risk(confidence, right, said.RISK, said.RISK_AXES)),
    ]


def _groups(run: Run, records: Sequence[Record]) -> list[tuple[str, list[dict[str, Any]]]]:
    sections, questions = (run.environment.get(name, {}) for name in ("sections", "questions"))
    served = [r for r in records if r.ask.case.kind not in TALK]
    by_kind = [(quality.KINDS[r.ask.case.kind], r) for r in records]
    by_section = [(_section(r, sections), r) for r in served]
    by_entry = [(questions.get(entry, entry), r) for r in served for entry in r.ask.case.entries]
    return [("Par genre", _table(by_kind)), ("Par rubrique", _table(by_section)), ("Par entrée", _table(by_entry))]


def _section(record: Record, sections: Mapping[str, str]) -> str:
    entries = record.ask.case.entries
    return (sections.get(entries[0]) or said.NO_SECTION) if entries else said.OUT


def _table(pairs: Iterable[tuple[str, Record]]) -> list[dict[str, Any]]:
    by_name: dict[str, list[Record]] = defaultdict(list)
    for name, record in pairs:
        by_name[name].append(record)
    rows = [
        {
            "name": name,
            "n": len(found),
            "sound": sum(r.sound for r in found) / len(found),
            "answered": sum(r.result.answer.outcome == "answered" for r in found) / len(found),
            "wrong": sum(r.cost == 10 for r in found),
            "cost": sum(r.cost for r in found) / len(found),
        }
        for name, found in by_name.items()
    ]
    return sorted(rows, key=lambda row: (row["sound"], row["name"]))


def _latency(records: Sequence[Record]) -> list[tuple[str, float, float, float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for record in records:
        for name, ms in record.result.answer.trace.timings_ms.items():
            found[name].append(ms)
    rows = ((name, sorted(times)) for name, times in found.items() if any(times))
    return [(name, t[len(t) // 2], t[int(len(t) * 0.95)], t[-1]) for name, t in rows]


def _heat(run: Run) -> dict[str, Any] | None:
    """Points lost by perturbation and section, against the same questions as written."""
    path = run.folder / PERTURBED
    if not path.exists():
        return None
    sections = run.environment.get("sections", {})
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for line in path.read_bytes().splitlines():
        row = orjson.loads(line)
        plain = run.first[row["case"]]
        found[row["noise"]][_section(plain, sections)].append(int(row["sound"]) - int(plain.sound))
    columns = sorted({name for cells in found.values() for name in cells}, key=lambda name: (name == said.OUT, name))
    rows = [
        {
            "name": quality.NOISES[noise],
            "total": run.summary["perturbations"][noise],
            "cells": [sum(c) / len(c) if (c := cells.get(name)) else None for name in columns],
        }
        for noise, cells in found.items()
    ]
    return {"columns": columns, "rows": sorted(rows, key=lambda row: row["total"]["loss"])}


def _trace(record: Record) -> dict[str, Any]:
    """What the decision saw, short enough for a page: five entries and the inputs of the verdict."""
    steps = {step.name: step.detail for step in record.result.answer.trace.steps}
    hits: Any = steps.get("search", {}).get("hits", [])
    return {
        "query": steps.get("search", {}).get("query", ""),
        "mended": steps.get("search", {}).get("mended", ""),
        "hits": [(hit["entry_id"], hit["score"]) for hit in hits[:5]],
        "decide": {name: value for name, value in steps.get("decide", {}).items() if isinstance(value, float)},
    }

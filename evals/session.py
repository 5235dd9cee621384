"""One evaluation from beginning to end: the answers, the figures, the folder that keeps them, the verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from app.core.errors import BadSource
from app.settings import Settings
from evals import quality_messages as messages
from evals.backend import Backend, Wanted, backend
from evals.cases import Case
from evals.causes import causes
from evals.compare import Comparison, compare
from evals.environment import environment
from evals.execute import PARTIAL, execute, plan
from evals.figures import gated, losses, peak_mb, rates_of, spread
from evals.gate import Limit, hold
from evals.integrity import expired, faults, stale_decision
from evals.kept import ENVIRONMENT, PERTURBED, RESULTS, SUMMARY, VERDICT, Run, load_run, read_json, unfinished
from evals.perturb import PERTURBATIONS
from evals.records import Ask, Record, to_row
from evals.run import Rate, scores
from evals.verdict import Breach, critical_failures, losses_of, watched
from evals.what_if import covered, what_if

_SAME = (
    "commit", "dirty", "cases", "index_version", "encoder", "decision_hash", "style", "model", "seed", "url", "repeat",
    "split", "perturb", "sample",
)  # fmt: skip
"""What must not have changed when a run is taken up again."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A finished run, its rates, and what is wrong with the index that answered."""

    run: Run
    rates: list[Rate]
    faults: list[Breach]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run is worth: everything that broke, what to keep an eye on, and what has changed around it."""

    broke: tuple[Breach, ...]
    warnings: tuple[str, ...]
    causes: tuple[str, ...]
    comparison: Comparison | None
    baseline: Run | None


def begin(runs: Path, about: dict[str, Any], resume: str | None) -> Path:
    """The folder to write into, new or taken up again. Raises BadSource when the conditions have changed."""
    if resume is None:
        folder = runs / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{about['split']}"
        folder.mkdir(parents=True)
        (folder / ENVIRONMENT).write_bytes(_json(about))
        return folder
    folder = unfinished(runs, resume)
    before = orjson.loads((folder / ENVIRONMENT).read_bytes())
    now = orjson.loads(_json(about))
    if changed := [name for name in _SAME if before.get(name) != now.get(name)]:
        raise BadSource(folder, None, messages.OTHER_RUN.format(names=", ".join(changed)), mend=messages.OTHER_RUN_MEND)
    return folder


def evaluate(
    wanted: Wanted,
    cases: Sequence[Case],
    known: Sequence[Case],
    runs: Path,
    resume: str | None,
    begun: Callable[[Path, int], Callable[[], None]],
    settings: Settings | None = None,
    what_ifs: bool = True,
) -> Measured:
    """Ask, measure, write. An interrupted run leaves its answers behind for `resume`.

    The index is held against all `known` cases, of which `cases` are put. `begun` is told the folder and how many
    questions there are, and gives what to call after each. `what_ifs` adds what the figures would be with another FAQ.
    """
    began = perf_counter()
    with backend(wanted, settings) as source:
        asks = plan(cases, repeat=wanted.repeat, noises=PERTURBATIONS if wanted.perturb else (), seed=wanted.seed)
        about = environment(source.settings, source.index, cases, {**wanted.told(), "asks": len(asks)})
        folder = begin(runs, about, resume)
        records = asyncio.run(_ask(source, asks, folder, wanted.jobs, begun(folder, len(asks))))
        found, figures = rates_of(records), scores([r.result for r in records if _first(r)])
        broken, warnings = _index_faults(source, wanted, known)
        if what_ifs and source.services is not None and source.encoder is not None:
            found += what_if(source.services, source.encoder, cases)
            if source.index is not None:
                figures |= covered(source.index, source.encoder, cases)
    plain = tuple(record for record in records if not record.ask.noise)
    summary = {
        **{name: about[name] for name in ("split", "style", "model", "url", "sample", "faq", "seed", "commit")},
        "index_version": about["index_version"] or _versions(plain),
        "draft": bool(wanted.faq or wanted.index),
        "questions": len(cases),
        "mean_cost": sum(r.cost for r in plain) / max(1, len(plain)),
        "sound": sum(r.sound for r in plain) / max(1, len(plain)),
        "rates": [asdict(rate) for rate in found],
        "scores": figures,
        "spread": spread(records, source.asker.again),
        "perturbations": losses(records),
        "resources": {
            "asked": len(records), "seconds": perf_counter() - began, "peak_mb": peak_mb(), "jobs": wanted.jobs,
        },
    }  # fmt: skip
    _write(folder, records, summary)
    return Measured(Run(folder, summary, about, plain), found, broken, warnings)


def _versions(records: Sequence[Record]) -> str:
    """The index versions that answered."""
    return ", ".join(sorted({record.result.answer.trace.index_version for record in records}))


def _first(record: Record) -> bool:
    return record.ask.attempt == 1 and not record.ask.noise


def _index_faults(source: Backend, wanted: Wanted, known: Sequence[Case]) -> tuple[list[Breach], list[str]]:
    """What is wrong with the index, and what is odd about it; nothing of another machine's.

    A version that was asked for by name may decide by the numbers of its day.
    """
    if source.index is None or source.encoder is None:
        return [], []
    today = datetime.now(UTC).astimezone().date()
    stale, odd = stale_decision(source.index, source.settings.decision), expired(source.index, known, today)
    found = faults(source.index, source.encoder, known, wanted.seed)
    if wanted.index:
        return found, [*(breach.detail for breach in stale), *odd]
    return [*stale, *found], odd


async def _ask(source: Backend, asks: Sequence[Ask], folder: Path, jobs: int, tick: Callable[[], None]) -> list[Record]:
    try:
        return await execute(source.asker, asks, folder, jobs=jobs, progress=tick)
    finally:
        if source.services is not None:
            with suppress(Exception):
                await source.services.aclose()


def quiet(_folder: Path, _total: int) -> Callable[[], None]:
    """What `evaluate` may be given to show no progress."""
    return lambda: None


def judge(measured: Measured, baseline: Run | None, limits: tuple[Limit, ...], critical: Sequence[str]) -> Judged:
    """Hold a run against its limits, its critical questions and its baseline; writes verdict.json."""
    run = measured.run
    held = hold(gated(measured.rates, run.summary), limits)
    comparison = compare(baseline.attempts, run.attempts, (baseline.noised, run.noised)) if baseline else None
    broke = [*measured.faults, *critical_failures(run.attempts, critical)]
    broke += [Breach(messages.LIMIT, sentence) for sentence in held.broken]
    broke += losses_of(comparison) if comparison else []
    judged = Judged(
        tuple(broke),
        (*measured.warnings, *held.close, *(watched(comparison) if comparison else ())),
        tuple(causes(baseline.environment, run.environment)) if baseline else (),
        comparison,
        baseline,
    )
    value = {
        "broken": [asdict(breach) for breach in judged.broke],
        "warnings": judged.warnings,
        "causes": judged.causes,
        "against": baseline.folder.name if baseline else None,
    }
    (run.folder / VERDICT).write_bytes(_json(value))
    return judged


def judged_again(run: Run, runs: Path) -> Judged:
    """The verdict of a finished run as it was given, with its baseline where that is still there."""
    kept = read_json(run.folder / VERDICT)
    baseline = load_run(runs / kept["against"]) if kept.get("against") and (runs / kept["against"]).is_dir() else None
    comparison = compare(baseline.attempts, run.attempts, (baseline.noised, run.noised)) if baseline else None
    return Judged(
        tuple(Breach(**breach) for breach in kept.get("broken", [])),
        tuple(kept.get("warnings", [])),
        tuple(kept.get("causes", [])),
        comparison,
        baseline,
    )


def _write(folder: Path, records: Sequence[Record], summary: dict[str, Any]) -> None:
    """Results in the order of the cases, perturbed ones apart and without their trace; the summary last."""
    with (folder / RESULTS).open("wb") as file:
        file.writelines(orjson.dumps(to_row(r), default=str) + b"\n" for r in records if not r.ask.noise)
    if noised := [record for record in records if record.ask.noise]:
        with (folder / PERTURBED).open("wb") as file:
            for record in noised:
                row = {k: v for k, v in to_row(record).items() if k not in ("trace", "cited", "offered", "case")}
                file.write(orjson.dumps({"case": record.ask.case.id, **row}) + b"\n")
    (folder / SUMMARY).write_bytes(_json(summary))
    (folder / PARTIAL).unlink(missing_ok=True)


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str)

"""One evaluation from beginning to end: whom to ask, the answers, the figures, the folder that keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from app.core.errors import BadSource, ModelUnavailable
from app.core.types import Style
from app.search import versions
from app.search.decide import Costs
from app.search.index import OpenIndex, open_index
from app.search.live import LiveIndex
from app.search.retriever import HybridRetriever
from app.settings import Settings
from app.wiring import Services, build_services, make_encoder
from evals import quality_messages as messages
from evals.askers import Asker, InProcess, Remote
from evals.cases import Case, Split
from evals.environment import environment
from evals.execute import PARTIAL, execute, plan
from evals.kept import ENVIRONMENT, PERTURBED, RESULTS, SUMMARY, Run, unfinished
from evals.metrics import paired_bootstrap
from evals.perturb import PERTURBATIONS
from evals.records import Record, to_row
from evals.run import Rate, rates, scores
from evals.what_if import covered, what_if
from evals.withheld import without_withheld

_SAME = ("commit", "cases", "index_version", "encoder", "decision_hash", "style", "model", "seed", "url", "repeat")
"""What must not have changed when a run is taken up again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was asked for."""

    split: Split
    style: Style
    model: str | None
    index: str | None
    url: str | None
    token: str | None
    repeat: int
    jobs: int
    seed: int
    perturb: bool


@dataclass(frozen=True, slots=True)
class Backend:
    """Who answers; `services` and `index` are None when it is another machine."""

    asker: Asker
    settings: Settings
    services: Services | None
    index: OpenIndex | None
    """As it is published; the assistant's lacks the gaps that cover the test split's topics."""


class _Fixed(LiveIndex):
    """A version that stays, whatever is published."""

    def __init__(self, settings: Settings, retriever: HybridRetriever) -> None:
        super().__init__(settings.index_dir, lambda: make_encoder(settings))
        self._fixed = retriever

    def retriever(self) -> HybridRetriever:
        """The version chosen."""
        return self._fixed


def backend(wanted: Wanted) -> Backend:
    """Whom to ask. Raises BadSource, ModelUnavailable, or what keeps the index from opening."""
    settings = Settings()
    if wanted.url:
        if urlsplit(wanted.url).scheme not in ("http", "https"):
            raise BadSource(Path("--url"), None, messages.BAD_URL)
        return Backend(Remote(wanted.url, wanted.token, wanted.style), settings, None, None)
    if wanted.model:
        settings = settings.model_copy(update={"llm_model": wanted.model})
    if wanted.style == "generated" and not settings.llm_configured:
        raise ModelUnavailable(messages.NO_MODEL, mend=messages.NO_MODEL_MEND)
    services = build_services(settings)
    if wanted.index:
        index = _published(settings, wanted.index)
    else:
        services.live.refresh()
        index = services.live.retriever().index
    services = _pinned(services, without_withheld(index))
    return Backend(InProcess(services.assistant, wanted.style), settings, services, index)


def _published(settings: Settings, version: str) -> OpenIndex:
    if version not in versions.list_versions(settings.index_dir):
        raise BadSource(settings.index_dir / version, None, messages.NO_VERSION, mend=messages.NO_VERSION_MEND)
    index = open_index(settings.index_dir / version)
    costs = Costs(settings.cost_wrong_answer, settings.cost_needless_refusal, settings.cost_question_back)
    return replace(index, decision=replace(index.decision, costs=costs))


def _pinned(services: Services, index: OpenIndex) -> Services:
    settings = services.settings
    live = _Fixed(settings, HybridRetriever(index, make_encoder(settings)))
    return replace(services, live=live, assistant=replace(services.assistant, live=live.retriever))


def begin(runs: Path, about: dict[str, Any], resume: str | None) -> Path:
    """The folder to write into, new or taken up again. Raises BadSource when the conditions have changed."""
    if resume is None:
        folder = runs / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{about['split']}"
        folder.mkdir(parents=True)
        (folder / ENVIRONMENT).write_bytes(orjson.dumps(about, option=orjson.OPT_INDENT_2, default=str))
        return folder
    folder = unfinished(runs, resume)
    before = orjson.loads((folder / ENVIRONMENT).read_bytes())
    if changed := [name for name in (*_SAME, "split", "perturb") if before.get(name) != about.get(name)]:
        raise BadSource(folder, None, messages.OTHER_RUN.format(names=", ".join(changed)), mend=messages.OTHER_RUN_MEND)
    return folder


def evaluate(
    wanted: Wanted, cases: Sequence[Case], runs: Path, resume: str | None, ticking: Callable[[int], Callable[[], None]]
) -> tuple[Run, list[Rate]]:
    """Ask, measure, write. An interrupted run leaves its answers behind for `resume`."""
    source = backend(wanted)
    asked = {name: value for name, value in asdict(wanted).items() if name not in ("token", "jobs", "index")}
    about = environment(source.settings, source.index, cases, asked)
    folder = begin(runs, about, resume)
    asks = plan(cases, repeat=wanted.repeat, noises=PERTURBATIONS if wanted.perturb else (), seed=wanted.seed)
    records = asyncio.run(_ask(source, asks, folder, wanted.jobs, ticking(len(asks))))
    plain = [record for record in records if not record.ask.noise]
    results = [record.result for record in plain if record.ask.attempt == 1]
    found, figures = rates(results), scores(results)
    if source.services is not None and source.index is not None:
        encoder = make_encoder(source.settings)
        found += what_if(source.services, encoder, cases)
        figures |= covered(source.index, encoder, cases)
    versions_seen = {record.result.answer.trace.index_version for record in plain}
    summary = {
        "split": wanted.split,
        "index_version": about["index_version"] or ", ".join(sorted(versions_seen)),
        "commit": about["commit"],
        "mean_cost": sum(r.cost for r in plain) / max(1, len(plain)),
        "sound": sum(r.sound for r in plain) / max(1, len(plain)),
        "rates": [asdict(rate) for rate in found],
        "scores": figures,
        "spread": spread(plain, wanted.repeat),
        "perturbations": losses(records),
    }
    _write(folder, records, summary)
    return Run(folder, summary, about, tuple(plain)), found


async def _ask(source: Backend, asks: Sequence[Any], folder: Path, jobs: int, tick: Callable[[], None]) -> list[Record]:
    try:
        return await execute(source.asker, asks, folder, jobs=jobs, progress=tick)
    finally:
        if source.services is not None:
            with suppress(Exception):
                await source.services.aclose()


def spread(records: Sequence[Record], repeat: int) -> dict[str, Any]:
    """How much repeating the run changes: shares by attempt, and the questions that differ; {} when asked once."""
    if repeat < 2:
        return {}
    seen: dict[str, set[bool]] = {}
    for record in records:
        seen.setdefault(record.ask.case.id, set()).add(record.sound)
    by_attempt = [[r.sound for r in records if r.ask.attempt == at] for at in range(1, repeat + 1)]
    shares = [sum(sounds) / len(sounds) for sounds in by_attempt]
    varied = sorted(case_id for case_id, sounds in seen.items() if len(sounds) > 1)
    return {"repeat": repeat, "cases": len(seen), "varied": varied, "low": min(shares), "high": max(shares)}


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


def _write(folder: Path, records: Sequence[Record], summary: dict[str, Any]) -> None:
    """Results in the order of the cases, perturbed ones apart and without their trace; the summary last."""
    with (folder / RESULTS).open("wb") as file:
        file.writelines(orjson.dumps(to_row(r), default=str) + b"\n" for r in records if not r.ask.noise)
    if noised := [record for record in records if record.ask.noise]:
        with (folder / PERTURBED).open("wb") as file:
            for record in noised:
                row = {k: v for k, v in to_row(record).items() if k not in ("trace", "cited", "offered", "case")}
                file.write(orjson.dumps({"case": record.ask.case.id, **row}) + b"\n")
    (folder / SUMMARY).write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2))
    (folder / PARTIAL).unlink(missing_ok=True)

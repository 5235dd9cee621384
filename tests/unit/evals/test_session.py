"""Runs can be made again, taken up again and compared; planted regressions are caught and named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from app.core.errors import BadSource
from app.core.types import Entry, FaqMeta
from app.settings import Settings
from app.wiring import Services
from evals import execute as executing
from evals.askers import BackendUnreachable, InProcess
from evals.cases import Case
from evals.compare import compare
from evals.execute import PARTIAL, execute, plan
from evals.kept import Run, find_run, past, prune
from evals.lint import facts_missing, leaks
from evals.perturb import PERTURBATIONS, perturbed
from evals.records import Record, comparable, from_row, to_row
from evals.report import percent, verdict, write_report
from evals.run import Result
from evals.session import losses, spread
from evals.verdict import breaches, read_critical
from ingest.build import build_index


def case(name: str, question: str, kind: str, *entries: str, facts: tuple[str, ...] = ()) -> Case:
    return Case(name, question, kind, entries, facts, "" if entries else "t", "test")  # type: ignore[arg-type]


CASES = [
    case("a", "Quels sont les modes de paiement ?", "paraphrase", "modes-de-paiement", facts=("chèque",)),
    case("b", "modes de paiement proposés", "keyword", "modes-de-paiement"),
    case("c", "Combien de sessions d’examen y a-t-il par an ?", "paraphrase", "sessions-examen", facts=("deux",)),
    case("d", "combien de sessions d’examen par an", "keyword", "sessions-examen"),
    case("e", "recette du cassoulet toulousain", "far"),
]


def asked(services: Services, folder: Path, *, jobs: int = 1, noises: tuple[str, ...] = ()) -> list[Record]:
    folder.mkdir(exist_ok=True)
    asks = plan(CASES, noises=noises, seed=7)
    return asyncio.run(execute(InProcess(services.assistant), asks, folder, jobs=jobs, progress=lambda: None))


def by_id(records: list[Record]) -> dict[str, Record]:
    return {record.ask.case.id: record for record in records}


def lines(records: list[Record]) -> list[dict[str, object]]:
    return [comparable(orjson.loads(orjson.dumps(to_row(record), default=str))) for record in records]


def test_the_same_seed_gives_the_same_lines_whatever_runs_at_once(services: Services, tmp_path: Path) -> None:
    noises = ("typos", "aside")
    one, other = (asked(services, tmp_path / str(jobs), jobs=jobs, noises=noises) for jobs in (1, 3))
    assert lines(one) == lines(other)
    assert len(one) == len(CASES) * 3


def test_a_line_is_read_back_as_it_was(services: Services, tmp_path: Path) -> None:
    for record in asked(services, tmp_path / "run"):
        again = from_row(orjson.loads(orjson.dumps(to_row(record), default=str)))
        assert (again.sound, again.cost, again.ask) == (record.sound, record.cost, record.ask)
        assert lines([again]) == lines([record])


def test_an_interrupted_run_asks_only_what_is_missing(services: Services, tmp_path: Path) -> None:
    whole = asked(services, tmp_path / "run")
    part = tmp_path / "run" / PARTIAL
    content = part.read_bytes().splitlines(keepends=True)
    part.write_bytes(b"".join(content[:2]) + content[2][:40])
    assert set(executing.done_before(tmp_path / "run")) == {"a/1/", "b/1/"}
    again = asked(services, tmp_path / "run")
    assert lines(again) == lines(whole)
    assert [r.result.answer.answer_id for r in again[:2]] == [r.result.answer.answer_id for r in whole[:2]]
    assert again[2].result.answer.answer_id != whole[2].result.answer.answer_id


class _Away:
    async def ask(self, case: Case) -> Result:
        raise BackendUnreachable("parti")


def test_a_backend_that_is_away_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BackendUnreachable):
        asyncio.run(execute(_Away(), plan(CASES), tmp_path, jobs=2, progress=lambda: None))


def planted(entries: tuple[Entry, ...], fault: str) -> tuple[Entry, ...]:
    paying, bac, sessions, *rest = entries
    match fault:
        case "deleted":
            return (paying, bac, *rest)
        case "swapped":
            return (replace(paying, id=sessions.id), bac, replace(sessions, id=paying.id), *rest)
        case "wrong text":
            return (paying, bac, replace(sessions, answer_md="Chaque unité comporte trois sessions."), *rest)
    raise AssertionError(fault)


@pytest.mark.parametrize(
    ("fault", "named"),
    [("deleted", "sessions-examen"), ("swapped", "modes-de-paiement"), ("wrong text", "sessions-examen")],
)
def test_a_planted_regression_is_caught_and_named(
    services: Services,
    settings: Settings,
    wire: Callable[[Settings], Services],
    entries: tuple[Entry, ...],
    meta: FaqMeta,
    decision: bytes,
    tmp_path: Path,
    fault: str,
    named: str,
) -> None:
    from tests.fakes import FakeEncoder

    before = by_id(asked(services, tmp_path / "before"))
    folder = tmp_path / "broken"
    build_index(meta, planted(entries, fault), index_dir=folder, decision=decision, encoder=FakeEncoder())
    broken = wire(settings.model_copy(update={"index_dir": folder}))
    broken.live.refresh()
    after = by_id(asked(broken, tmp_path / "after"))
    ids = list(broken.live.retriever().index.by_id)
    broke = breaches([], after, compare(before, after), ["c"], ids)
    assert named in " ".join(breach.detail for breach in broke) or "sessions d’examen" in broke[0].detail
    assert breaches([], before, compare(before, before), ["a"], list(services.live.retriever().index.by_id)) == []


def test_critical_questions_are_read_and_unknown_ones_refused(tmp_path: Path) -> None:
    path = tmp_path / "critical.toml"
    path.write_text('cases = ["a", "c"]')
    assert read_critical(path, CASES, "test") == ("a", "c")
    assert read_critical(path, CASES, "dev") == ()
    path.write_text('cases = ["zz"]')
    with pytest.raises(BadSource, match="zz"):
        read_critical(path, CASES, "test")


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_a_perturbation_is_seeded_and_changes_something(name: str) -> None:
    first, again, other = (perturbed(CASES, name, seed) for seed in (1, 1, 2))
    assert [ask.question for ask in first] == [ask.question for ask in again]
    assert any(ask.question != ask.case.question for ask in first)
    assert all(ask.question.strip() for ask in other)


def test_loss_and_spread_are_counted(services: Services, tmp_path: Path) -> None:
    records = asked(services, tmp_path / "run", noises=("upper",))
    assert losses(records)["upper"]["n"] == len(CASES)
    wrong = replace(
        records[0], ask=replace(records[0].ask, attempt=2), result=replace(records[1].result, case=CASES[4])
    )
    assert spread([records[0], wrong], 2)["varied"] == ["a"]
    assert spread(records, 1) == {}


def test_lint_finds_leaks_and_unstated_facts(entries: tuple[Entry, ...]) -> None:
    known = {entry.id: entry for entry in entries}
    assert [told[:1] for told in leaks(CASES, entries)] == ["a", "c"]
    assert list(facts_missing(CASES, known)) == []
    lying = [case("f", "Où ?", "paraphrase", "salle-soir", facts=("piscine",))]
    assert "piscine" in next(facts_missing(lying, known))


def test_the_report_says_the_verdict_and_escapes_what_visitors_wrote(services: Services, tmp_path: Path) -> None:
    records = asked(services, tmp_path / "x-test")
    nasty = replace(records[0], ask=replace(records[0].ask, question="<script>alert(1)</script>"))
    summary = {
        "split": "test", "index_version": "v", "rates": [], "scores": {}, "spread": {}, "perturbations": {},
    }  # fmt: skip
    about = {"commit": "", "dirty": False, "seed": 0, "entries": {}, "questions": {}, "sections": {}}
    run = Run(tmp_path / "x-test", summary, about, (nasty, *records[1:]))
    before, after = by_id(list(run.records)), by_id(records)
    page = write_report(run, run, compare(before, after), [], tmp_path).read_text("utf-8")
    assert "<script>alert" not in page
    assert "http://" not in page.replace("http://www.w3.org", "").split("<main>")[0]
    assert verdict(records, None, []) in page or "Pareil que la référence" in page
    assert percent(0.9321) == "93,2\u00a0%"


def test_runs_are_found_and_pruned(tmp_path: Path) -> None:
    for number in range(4):
        folder = tmp_path / f"2026010{number}-test"
        folder.mkdir()
        (folder / "summary.json").write_text('{"split": "test"}')
        (folder / "results.jsonl").write_text("")
    (tmp_path / "notes").mkdir()
    assert find_run(tmp_path, "last", "test").folder.name == "20260103-test"
    assert prune(tmp_path, 2) == ["20260100-test", "20260101-test"]
    assert len(past(tmp_path, "test")) == 2
    assert (tmp_path / "notes").exists()
    with pytest.raises(BadSource):
        find_run(tmp_path, "last", "dev")

"""Runs can be made again, taken up again and compared; planted regressions are caught and named."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.core.errors import BadSource
from app.core.types import Entry, FaqMeta
from app.search.dense import DenseIndex
from app.settings import Settings
from app.wiring import Services
from evals.askers import BackendUnreachable, InProcess
from evals.cases import Case
from evals.compare import compare
from evals.execute import PARTIAL, execute, plan
from evals.figures import losses, spread
from evals.integrity import faults
from evals.kept import GOOD, LAST, VERDICT, Run, find_run, past, prune
from evals.lint import facts_missing, leaks
from evals.numbers import percent
from evals.perturb import PERTURBATIONS, perturbed
from evals.records import Outcome, Record, comparable, from_row, to_row
from evals.report import write_report
from evals.run import Result
from evals.session import Judged
from evals.verdict import Breach, critical_failures, losses_of, read_critical
from ingest.build import build_index
from tests.fakes import FakeEncoder


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


def by_id(records: list[Record]) -> dict[str, list[Record]]:
    return {record.ask.case.id: [record] for record in records}


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


class _Counting:
    """An asker that counts what it is asked."""

    def __init__(self, inner: InProcess) -> None:
        self.inner, self.again, self.asked = inner, {}, []

    async def ask(self, case: Case) -> Result:
        self.asked.append(case.id)
        return await self.inner.ask(case)

    def entries(self, result: Result) -> Mapping[str, Entry]:
        return self.inner.entries(result)


def test_an_interrupted_run_asks_only_what_is_missing(services: Services, tmp_path: Path) -> None:
    whole = asked(services, tmp_path / "run")
    part = tmp_path / "run" / PARTIAL
    content = part.read_bytes().splitlines(keepends=True)
    part.write_bytes(b"".join(content[:2]) + content[2][:40])
    asker = _Counting(InProcess(services.assistant))
    again = asyncio.run(execute(asker, plan(CASES), tmp_path / "run", jobs=2, progress=lambda: None))
    assert asker.asked == ["c", "d", "e"]
    assert lines(again) == lines(whole)


class _Away:
    def __init__(self) -> None:
        self.again: dict[str, int] = {}

    async def ask(self, case: Case) -> Result:
        raise BackendUnreachable("parti")

    def entries(self, result: Result) -> Mapping[str, Entry]:
        return {}


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
    before = by_id(asked(services, tmp_path / "before"))
    folder = tmp_path / "broken"
    build_index(meta, planted(entries, fault), index_dir=folder, decision=decision, encoder=FakeEncoder())
    broken = wire(settings.model_copy(update={"index_dir": folder}))
    broken.live.refresh()
    after = by_id(asked(broken, tmp_path / "after"))
    found = faults(broken.live.retriever().index, FakeEncoder(), CASES)
    comparison = compare(before, after)
    assert comparison is not None
    found += losses_of(comparison)
    assert named in found[0].detail
    assert faults(services.live.retriever().index, FakeEncoder(), CASES) == []
    unchanged = compare(before, before)
    assert unchanged is not None
    assert losses_of(unchanged) == []


def test_vectors_of_other_texts_are_named(services: Services) -> None:
    index = services.live.retriever().index
    vectors = index.dense.vectors()
    vectors[[3, 7]] = vectors[[7, 3]]
    found = faults(replace(index, dense=DenseIndex.build(vectors)), FakeEncoder(), CASES)
    assert [breach.check for breach in found] == ["index"]
    assert {index.passages[3].entry_id, index.passages[7].entry_id} <= set(re.findall(r"[a-z-]{6,}", found[0].detail))


def test_critical_questions_are_read_and_unknown_ones_refused(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "critical.toml"
    path.write_text('cases = ["a", "c"]')
    assert read_critical(path, CASES, "test") == ("a", "c")
    assert read_critical(path, CASES, "dev") == ()
    good = asked(services, tmp_path / "run")
    assert critical_failures(by_id(good), ["a", "c"]) == []
    wrong = replace(good[2], result=replace(good[2].result, answer=good[0].result.answer))
    (failed,) = critical_failures({**by_id(good), "c": [good[2], wrong]}, ["a", "c"])
    assert CASES[2].question in failed.detail
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
    other = replace(
        records[0], ask=replace(records[0].ask, attempt=2), result=replace(records[1].result, case=CASES[4])
    )
    found = spread([records[0], other], {"a": 1})
    assert (found["varied"], found["low"], found["high"], found["again"]) == (["a"], 0.0, 1.0, {"a": 1})
    assert spread(records, {})["repeat"] == 1


def test_a_question_asked_three_times_counts_as_most_of_them(services: Services, tmp_path: Path) -> None:
    records = asked(services, tmp_path / "run")
    wrong = replace(records[0], result=replace(records[4].result, case=CASES[0]))
    assert not wrong.sound
    before = by_id(records)
    once = compare(before, {**before, "a": [records[0], wrong, records[0]]})
    twice = compare(before, {**before, "a": [records[0], wrong, wrong]})
    assert once is not None
    assert twice is not None
    assert (once.sound.only_a, twice.sound.only_a) == (0, 1)
    assert twice.cost.mean == pytest.approx(wrong.cost * 2 / 3 / len(CASES))


def test_badly_written_questions_are_compared_too(services: Services, tmp_path: Path) -> None:
    run = by_id(asked(services, tmp_path / "run"))
    good = [Outcome(f"q{n}", noise, sound=True) for n in range(40) for noise in ("sms", "typos")]
    worse = [replace(each, sound=not (each.noise == "sms" and int(each.case[1:]) < 20)) for each in good]
    lost, same = compare(run, run, (good, worse)), compare(run, run, (good, good))
    assert lost is not None
    assert same is not None
    told = [breach.detail for breach in losses_of(lost)]
    assert len(told) == 2
    assert "en SMS" in told[1]
    assert losses_of(same) == []


def test_lint_finds_leaks_and_unstated_facts(entries: tuple[Entry, ...]) -> None:
    known = {entry.id: entry for entry in entries}
    assert [told[:1] for told in leaks(CASES, entries)] == ["a", "c"]
    assert list(facts_missing(CASES, known)) == []
    lying = [case("f", "Où ?", "paraphrase", "salle-soir", facts=("piscine",))]
    assert "piscine" in next(facts_missing(lying, known))


def test_the_report_says_the_verdict_and_escapes_what_visitors_wrote(services: Services, tmp_path: Path) -> None:
    records = asked(services, tmp_path / "x-test")
    nasty = replace(records[0], ask=replace(records[0].ask, question="<script>alert(1)</script></script>"))
    about = {
        "commit": "", "dirty": False, "seed": 0, "entries": {}, "questions": {}, "sections": {}, "url": None,
        "model": None,
    }  # fmt: skip
    run = Run(tmp_path / "x-test", SUMMARY, about, (nasty, *records[1:]))
    before, after = by_id(records), by_id(list(run.records))
    page = write_report(run, Judged((), (), (), compare(after, after), run), tmp_path).read_text("utf-8")
    assert "<script>alert" not in page
    assert page.count("</script>") == 3
    assert "http://" not in page.replace("http://www.w3.org", "").split("<main>")[0]
    assert "Pareil que la référence" in page
    broke = Breach("entrée", "« x » n’est plus là")
    page = write_report(run, Judged((broke,), ("attention",), ("cause",), compare(before, before), run), tmp_path)
    told = page.read_text("utf-8")
    assert all(word in told for word in ("À ne pas publier", "« x » n’est plus là", "attention", "cause"))
    assert percent(0.9321) == "93,2\u00a0%"


SUMMARY: dict[str, Any] = {
    "split": "test", "index_version": "v", "sound": 0.9, "rates": [], "scores": {}, "perturbations": {},
    "spread": {"repeat": 1, "again": {}},
    "resources": {"asked": 5, "seconds": 1.0, "peak_mb": 9.0, "jobs": 1},
}  # fmt: skip


def test_runs_are_found_and_pruned(tmp_path: Path) -> None:
    for number in range(5):
        folder = tmp_path / f"2026010{number}-test"
        folder.mkdir()
        (folder / "summary.json").write_text('{"split": "test", "style": "verbatim"}')
        (folder / "results.jsonl").write_text("")
        (folder / VERDICT).write_text(orjson.dumps({"broken": [] if number == 1 else ["x"]}).decode())
    draft = tmp_path / "20260106-test"
    draft.mkdir()
    (draft / "summary.json").write_text('{"split": "test", "style": "verbatim", "draft": true}')
    (draft / VERDICT).write_text('{"broken": []}')
    (tmp_path / "notes").mkdir()
    like = {"split": "test", "style": "verbatim"}
    last, good = find_run(tmp_path, LAST, like), find_run(tmp_path, GOOD, like)
    assert last is not None
    assert good is not None
    assert (last.folder.name, good.folder.name) == ("20260104-test", "20260101-test")
    assert prune(tmp_path, 2) == ["20260100-test", "20260102-test"]
    assert len(past(tmp_path, like)) == 4
    assert (tmp_path / "notes").exists()
    assert find_run(tmp_path, LAST, {"split": "dev", "style": "verbatim"}) is None
    with pytest.raises(BadSource):
        find_run(tmp_path, "nulle part", like)

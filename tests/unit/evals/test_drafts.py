"""Draft questions and a model's opinion: from a log, from entries, by a server that stands in for a model."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from app.core.errors import BadSource
from app.core.types import Entry
from app.settings import Settings
from app.wiring import Services
from evals import judge as judging
from evals import sheet_messages as said
from evals.asked_model import configured_model
from evals.askers import BackendUnreachable
from evals.cases import Case
from evals.suggest import from_entries, from_log, read_log
from tests.fake_llm_server import FakeLlm, fake_llm
from tests.unit.evals.test_session import asked

KNOWN = (Case("c1", "je paie comment", "paraphrase", ("modes-de-paiement",), (), "", "dev"),)


def test_a_log_is_redacted_grouped_and_freed_of_what_is_known(
    services: Services, entries: tuple[Entry, ...], tmp_path: Path
) -> None:
    log = tmp_path / "journal.jsonl"
    written = [
        "Combien de sessions d’examen par an ? Écrivez-moi : jean.dupont@exemple.fr",
        "y a-t-il une piscine olympique chez vous",
        "y a-t-il une piscine olympique chez vous ?",
        "Y a t il une piscine olympique chez vous",
        "je paie comment",
        "Quels sont les modes de paiement ?",
        "Bonjour",
        "ok",
    ]
    log.write_text("\n".join(json.dumps({"question": text, "at": "2026-01-01"}) for text in written), "utf-8")
    found = from_log(read_log(log), services.assistant, KNOWN, entries)
    assert (found.known, found.talk + found.short) == (2, 2)
    pool, sessions = found.drafts
    assert pool.origin == said.FROM_LOG.format(n=3)
    assert (pool.case.kind, pool.case.entries, pool.case.id) == ("near", (), "")
    assert "jean.dupont" not in sessions.case.question
    assert sessions.case.entries == ("sessions-examen",)


def test_a_log_may_be_a_table(tmp_path: Path) -> None:
    (tmp_path / "j.csv").write_text("date;question\n2026-01-01;Mon numéro est le 06 12 34 56 78\n", "utf-8")
    assert read_log(tmp_path / "j.csv") == ["Mon numéro est le [téléphone]"]
    for name, text in (("a.csv", "date\n1\n"), ("b.jsonl", "{}\n"), ("c.jsonl", "x\n")):
        (tmp_path / name).write_text(text)
        with pytest.raises(BadSource):
            read_log(tmp_path / name)


@pytest.fixture
def llm() -> Any:
    with fake_llm() as server:
        yield server


def _settings(settings: Settings, llm: FakeLlm) -> Settings:
    return settings.model_copy(update={"llm_base_url": llm.base_url, "llm_model": "faux-modele"})


def test_a_model_writes_questions_for_the_entries(settings: Settings, llm: FakeLlm, entries: tuple[Entry, ...]) -> None:
    llm.says = "1. je paie comment\n- Est-ce que je peux régler avec ma carte bleue ?\n« tarif carte bancaire rdv »\n"
    with configured_model(_settings(settings, llm)) as model:
        found = from_entries(entries[:1], model, KNOWN, each=3, at_once=1)
    assert [d.case.question for d in found.drafts] == [
        "Est-ce que je peux régler avec ma carte bleue ?",
        "tarif carte bancaire rdv",
    ]
    assert {d.case.entries for d in found.drafts} == {("modes-de-paiement",)}
    assert {d.case.split for d in found.drafts} == {"dev"}
    assert found.known == 1
    assert "modes de paiement" in json.dumps(llm.requests[0], ensure_ascii=False)


def test_a_judge_tells_how_far_it_can_be_trusted(
    services: Services, settings: Settings, llm: FakeLlm, tmp_path: Path
) -> None:
    llm.says = "Exact : oui\nComplet : non.\nle reste est illisible"
    entries = services.live.retriever().index.by_id
    items = judging.items_of(asked(services, tmp_path / "run"), entries, 2)
    labels = [{"correct": True, "complete": True, "tone": True}, {"correct": True, "complete": False, "tone": True}]
    with configured_model(_settings(settings, llm)) as model:
        found = judging.judge(model, items, (items, labels), repeat=2, at_once=2)
    assert (found["answers"], found["labels"], found["unreadable"], found["asked"]) == (2, 2, 8, 24)
    correct, complete, tone = (found["criteria"][name] for name in judging.CRITERIA)
    assert (correct["yes"], correct["steady"], correct["agreement"], correct["kappa"]) == (1.0, 1.0, 1.0, 1.0)
    assert (complete["yes"], complete["agreement"], complete["kappa"]) == (0.0, 0.5, 0.0)
    assert (tone["yes"], tone["agreement"], tone["labelled"]) == (None, None, 0)


def test_a_judge_that_is_away_is_an_error(settings: Settings, llm: FakeLlm, tmp_path: Path, services: Services) -> None:
    llm.mode = "down"
    items = judging.items_of(asked(services, tmp_path / "run"), services.live.retriever().index.by_id, 1)
    with configured_model(_settings(settings, llm)) as model, pytest.raises(BackendUnreachable):
        judging.judge(model, items, ([], []), repeat=1, at_once=1)


def test_the_labels_that_ship_are_readable_and_their_entries_exist() -> None:
    from ingest.parse import parse_paths

    entries = {entry.id: entry for entry in parse_paths([Settings(_env_file=None).faq]).faq_entries}
    lines = judging.LABELS.read_text("utf-8").splitlines()
    items, labels = judging.read_labels(judging.LABELS, entries)
    assert len(items) == len(labels) == len(lines) >= 20
    assert all({label[name] for label in labels} == {True, False} for name in judging.CRITERIA)


def test_a_review_file_lets_in_only_what_staff_keep(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evals import case_cli
    from evals.cases import load_cases
    from evals.cli import register

    monkeypatch.setattr(case_cli, "Settings", lambda: settings)
    monkeypatch.setattr("app.wiring.make_encoder", lambda _: __import__("tests.fakes").fakes.FakeEncoder())
    cases = tmp_path / "cases"
    cases.mkdir()
    line = {"id": "c1", "question": "je paie comment", "kind": "paraphrase", "entries": ["modes-de-paiement"]}
    (cases / "a.jsonl").write_text(json.dumps({**line, "facts": [], "topic": "", "split": "dev"}) + "\n", "utf-8")
    log = tmp_path / "journal.jsonl"
    questions = ("combien de sessions d’examen chaque année", "y a-t-il une piscine olympique")
    log.write_text("".join(json.dumps({"question": text}) + "\n" for text in questions), "utf-8")
    review = tmp_path / "relecture.csv"
    runner, app = CliRunner(), typer.Typer()
    register(app)
    done = runner.invoke(app, ["eval", "suggest", str(review), "--log", str(log), "--cases", str(cases)])
    assert done.exit_code == 0, done.output
    assert len(load_cases(cases)) == 1
    rows = list(csv.reader(review.read_text("utf-8-sig").splitlines(), delimiter=";"))
    for row in rows[1:]:
        row[0] = "garder" if "sessions" in row[5] else "écarter"
    with review.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    done = runner.invoke(app, ["eval", "import", str(review), "--cases", str(cases)])
    assert done.exit_code == 0, done.output
    assert [case.question for case in load_cases(cases)] == ["je paie comment", questions[0]]
    inside = runner.invoke(app, ["eval", "suggest", str(cases / "x.csv"), "--log", str(log), "--cases", str(cases)])
    assert isinstance(inside.exception, BadSource)

"""The commands as staff type them, over a small FAQ: a run, the next one, their comparison, an opinion, pruning."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from app.core.errors import BadSource
from app.settings import ROOT, Settings
from evals import backend, case_cli, cli, run_cli
from evals.imported import line_of
from tests.fake_llm_server import fake_llm
from tests.fakes import FakeEncoder
from tests.unit.evals.test_backends import serving
from tests.unit.evals.test_session import CASES

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `guichet eval …` on the small FAQ; settings may be given."""
    folder = tmp_path / "cases"
    folder.mkdir()
    (folder / "a.jsonl").write_text("".join(map(line_of, CASES)), "utf-8")
    (tmp_path / "gate.toml").write_text("[floors]\nrecall_at_3 = 0.5\n")
    (tmp_path / "critical.toml").write_text('cases = ["a"]')
    monkeypatch.setattr("app.wiring.make_encoder", lambda _: FakeEncoder())
    monkeypatch.setattr(backend, "make_encoder", lambda _: FakeEncoder())
    app = typer.Typer()
    cli.register(app)

    def command(*arguments: str, **changed: object) -> Result:
        update = {"decision": ROOT / "tests" / "data" / "decision.json", **changed}
        for module in (backend, case_cli, cli, run_cli):
            name = "Settings" if module in (case_cli, run_cli) else "load_settings"
            monkeypatch.setattr(module, name, lambda: settings.model_copy(update=update))
        places = ["--runs", str(tmp_path / "runs")] if arguments[:1] not in (("lint",), ("schema",)) else []
        if not arguments or arguments[0].startswith("-"):
            places += ["--cases", str(folder), "--gate", str(tmp_path / "gate.toml")]
            places += ["--critical", str(tmp_path / "critical.toml")]
        return CliRunner().invoke(app, ["eval", *arguments, *places])

    return command


def value_of(done: Result) -> dict[str, object]:
    return dict(json.loads(done.stdout[done.stdout.index("{") :]))


def test_a_night_after_another(run: Run, tmp_path: Path) -> None:
    first = run("--against", "good")
    assert first.exit_code == 0, first.output
    assert "rien à comparer" in first.output
    second = run("--against", "good", "--perturb", "--json")
    assert second.exit_code == 0, second.output
    told = value_of(second)
    assert told["against"] == min((tmp_path / "runs").iterdir()).name
    assert told["broken"] == []
    assert set(told["perturbations"]) >= {"sms", "aside"}  # type: ignore[call-overload]
    listed = run("list", "--json")
    rows = json.loads(listed.stdout)
    assert [(row["state"], row["done"]) for row in rows] == [("passed", 5), ("passed", 60)]
    compared = run("compare", rows[0]["run"], rows[1]["run"])
    assert compared.exit_code == 0, compared.output
    assert "identiques, aux temps près" in compared.output
    assert run("prune", "--keep", "1").exit_code == 0
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_a_loss_breaks_the_gate_names_its_cause_and_reaches_the_webhook(run: Run, tmp_path: Path) -> None:
    assert run().exit_code == 0
    with serving((200, {}, b"ok")) as server:
        costly = {"cost_wrong_answer": 1e9, "cost_question_back": 1e6}
        lost = run("--against", "last", "--webhook", f"{server.url}/x", **costly)
    assert lost.exit_code == 1, lost.output
    assert "GUICHET_COST_WRONG_ANSWER" in lost.output
    assert "critique" in lost.output
    ((_, _, body),) = server.asked
    assert "À ne pas publier" in json.loads(body)["text"]
    assert json.loads(run("list", "--json").stdout)[-1]["state"] == "failed"
    (page,) = [p for p in (tmp_path / "runs").glob("*/report.html") if "À ne pas publier" in p.read_text("utf-8")]
    before = page.read_text("utf-8")
    page.unlink()
    assert run("report", page.parent.name).exit_code == 0
    assert page.read_text("utf-8") == before


def test_a_model_is_put_every_question_three_times_and_its_opinion_is_told(run: Run, tmp_path: Path) -> None:
    with fake_llm() as llm:
        model = {"llm_base_url": llm.base_url, "llm_model": "faux-modele"}
        done = run("--model", "faux-modele", "--json", **model)
        assert done.exit_code == 0, done.output
        told = value_of(done)
        assert told["spread"]["repeat"] == 3  # type: ignore[index]
        llm.says = "exact : oui\ncomplet : oui\nton : oui"
        judged = run("judge", "--repeat", "2", **model)
        assert judged.exit_code == 0, judged.output
    assert "faux-modele" in judged.output
    report = next((tmp_path / "runs").glob("*/report.html")).read_text("utf-8")
    assert "Avis d’un modèle, à titre indicatif" in report
    assert "Chaque question posée 3 fois" in report


def test_what_cannot_be_evaluated_is_told_to_the_webhook_too(run: Run) -> None:
    with serving((200, {}, b"ok")) as server:
        away = run("--url", "http://127.0.0.1:9", "--webhook", f"{server.url}/x")
    assert away.exception is not None
    assert "ne répond pas" in str(away.exception)
    assert "n’a pas pu être faite" in json.loads(server.asked[0][2])["text"]
    assert isinstance(run("--url", "http://127.0.0.1:9", "--model", "x").exception, BadSource)
    assert "d’autres conditions" in str(run("--resume", "last").exception)


def test_the_schema_is_printed(run: Run) -> None:
    assert json.loads(run("schema").stdout)["title"] == "Guichet evaluation case"

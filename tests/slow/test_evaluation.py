"""The evaluation over the product as shipped: what is planted is caught, what is unchanged passes, commands work."""

from __future__ import annotations

import configparser
import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import orjson
import pytest
import yaml

from evals.false_alarms import alarms
from evals.kept import RESULTS
from evals.planted import plant_all
from evals.records import comparable
from tests.serving import ROOT, environment, guichet, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

CASES = ROOT / "evals" / "cases"
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("evaluation")
    assert guichet(made, "ingest").returncode == 0
    return made


def evaluated(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return guichet(folder, "eval", "--runs", str(folder / "runs"), *arguments, **settings)


def test_every_planted_regression_is_caught_and_named(tmp_path: Path) -> None:
    found = list(plant_all(tmp_path))
    assert len(found) == 10
    assert [caught for caught in found if not caught.named] == []


def test_the_gate_does_not_cry_wolf(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUICHET_INDEX_DIR", str(folder / "index"))
    found = alarms(tmp_path, seeds=6, sample=60)
    assert sum(map(bool, found)) == 0


def test_the_same_commit_and_seed_give_the_same_results_file(folder: Path) -> None:
    arguments = ("--sample", "40", "--perturb", "--seed", "3")
    for jobs in ("1", "3"):
        done = evaluated(folder, *arguments, "--jobs", jobs, "--gate", str(_no_gate(folder)))
        assert done.returncode == 0, done.stdout + done.stderr
    one, other = sorted((folder / "runs").iterdir())[-2:]
    lines = [
        [comparable(orjson.loads(line)) for line in (run / RESULTS).read_bytes().splitlines()] for run in (one, other)
    ]
    assert lines[0] == lines[1]
    noised = [(run / "perturbed.jsonl").read_bytes() for run in (one, other)]
    assert noised[0] == noised[1]
    compared = guichet(folder, "eval", "compare", one.name, other.name, "--runs", str(folder / "runs"))
    assert compared.returncode == 0
    assert "identiques, aux temps près" in compared.stdout


def _no_gate(folder: Path) -> Path:
    path = folder / "gate.toml"
    path.write_text("[floors]\nrecall_at_3 = 0.5\n")
    return path


def test_a_service_is_evaluated_by_its_address(folder: Path) -> None:
    with serving(folder) as server:
        done = evaluated(folder, "--url", server.base_url, "--sample", "25", "--json", "--gate", str(_no_gate(folder)))
    assert done.returncode == 0, done.stdout + done.stderr
    here = evaluated(folder, "--sample", "25", "--json", "--gate", str(_no_gate(folder)))
    there, local = ({rate["name"]: rate for rate in json.loads(each.stdout)["rates"]} for each in (done, here))
    for name in ("recall_at_1", "answered_right", "refused_wrongly", "near_answered", "grounded", "source_recall"):
        assert there[name] == local[name], name
    gone = evaluated(folder, "--url", server.base_url, "--sample", "2")
    assert gone.returncode == 3
    assert "ne répond pas" in gone.stderr


def test_a_faq_is_evaluated_before_it_is_published(folder: Path, tmp_path: Path) -> None:
    faq = tmp_path / "faq.md"
    text = (ROOT / "data" / "faq_fr.md").read_text("utf-8")
    assert text.count("comporte deux sessions") == 1
    faq.write_text(text.replace("comporte deux sessions", "comporte huit sessions"), "utf-8")
    shutil.copy(ROOT / "data" / "hors_faq.md", tmp_path)
    before = sorted((folder / "index").iterdir())
    done = evaluated(folder, "--faq", str(faq), "--sample", "5", "--gate", str(_no_gate(folder)))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "combien-de-sessions-d-examen-y-a-t-il-par-an" in "".join(done.stdout.split())
    assert sorted((folder / "index").iterdir()) == before


def test_retrieval_alone_on_any_folder_in_beir_s_layout(folder: Path) -> None:
    done = evaluated(folder, "--beir", str(ROOT / "evals" / "retrieval_sets" / "planetarium"), "--json")
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    figures = value["datasets"]["planetarium"]
    assert set(figures) == {"R@1", "R@3", "R@5", "MRR@10", "nDCG@10"}
    assert figures["R@1"]["mean"] > 0.5
    kept = folder / "runs" / value["run"] / RESULTS
    assert len(kept.read_text("utf-8").splitlines()) == figures["R@1"]["n"]


def test_the_documented_ways_of_running_it_every_night_work(folder: Path, tmp_path: Path) -> None:
    """What systemd, cron and the workflow run is run here, with few questions."""
    commands = _of_the_unit() + _of_cron() + _of_the_workflow()
    assert {tuple(command[:2]) for command in commands} == {("guichet", "eval"), ("guichet", "ingest")}
    runs = tmp_path / "runs"
    for command in commands:
        more = (
            ["--sample", "5", "--gate", str(_no_gate(folder))]
            if command[:3] == ["guichet", "eval", "--perturb"]
            else []
        )
        done = guichet(folder, *command[1:], *more, GUICHET_EVAL_RUNS=str(runs))
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert len(list(runs.glob("*/report.html"))) == 3


def _bare(command: str) -> list[str]:
    words = shlex.split(command)
    return [Path(words[0]).name, *words[1:]]


def _of_the_unit() -> list[list[str]]:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "guichet-eval.service")
    return [_bare(unit["Service"][name].lstrip("-")) for name in ("ExecStart", "ExecStartPost")]


def _of_cron() -> list[list[str]]:
    (line,) = [row for row in (DEPLOY / "guichet-eval.cron").read_text().splitlines() if not row.startswith("#")]
    assert line.split()[:5] == ["17", "2", "*", "*", "*"]
    first, second = line.split(" && ", 1)[1].split("; ")
    return [_bare(first.removeprefix("nice -n 15 ")), _bare(second)]


def _of_the_workflow() -> list[list[str]]:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "nightly.yml").read_text("utf-8"))
    steps = [step["run"] for step in workflow["jobs"]["evaluate"]["steps"] if "run" in step]
    assert steps[0] == "make install"
    return [_bare(step) for step in steps[1:]]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_reads_the_units(tmp_path: Path) -> None:
    for name in ("guichet-eval.service", "guichet-eval.timer"):
        text = (DEPLOY / name).read_text().replace("/srv/guichet/.venv/bin/guichet", "/bin/true")
        (tmp_path / name).write_text(text.replace("User=guichet\n", "").replace("=/srv/guichet", "=/"))
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.glob("guichet-eval.*")))],
        capture_output=True, text=True, check=False, env={**os.environ, "SYSTEMD_COLORS": "0"},
    )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if "guichet-eval" in line]
    assert told == []
    calendar = subprocess.run(
        ["systemd-analyze", "calendar", "*-*-* 02:17"], capture_output=True, text=True, check=False
    )
    assert calendar.returncode == 0


def test_an_evaluation_without_a_model_that_answers_is_an_error(folder: Path) -> None:
    model = {"GUICHET_LLM_BASE_URL": "http://127.0.0.1:9/v1", "GUICHET_LLM_MODEL": "absent"}
    done = evaluated(folder, "--style", "generated", "--sample", "2", **model)
    assert done.returncode == 3
    assert "absent" in done.stderr
    assert "--resume" in done.stderr


def test_environment_names_no_secret(folder: Path) -> None:
    secret = "un-secret-de-seize-lettres"
    done = evaluated(
        folder, "--sample", "2", "--gate", str(_no_gate(folder)), GUICHET_SECRET=secret, GUICHET_EVAL_TOKEN=secret
    )
    assert done.returncode == 0, done.stderr
    run = max((folder / "runs").iterdir())
    assert all(secret not in path.read_text("utf-8") for path in run.iterdir())
    assert environment(folder)["GUICHET_INDEX_DIR"]

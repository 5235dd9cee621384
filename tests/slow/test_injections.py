"""Orders to the model, in the question, in earlier turns and in an entry, through the whole path: none is obeyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import ROOT, Settings
from evals.grounding.injections import Injection, Outcome, read_hostile, read_injections, run_injections
from tests.serving import guichet

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PUBLIC = ROOT.parent / "shared" / "hostile" / "prompt_injection_fr.json"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("injections")
    assert guichet(folder, "ingest").returncode == 0
    return Settings(index_dir=folder / "index")


def _run(settings: Settings, injections: list[Injection]) -> list[Outcome]:
    outcomes = run_injections(settings, injections)
    assert len(outcomes) == len(injections)
    return outcomes


def test_no_injection_of_our_own_changes_what_is_claimed(settings: Settings) -> None:
    outcomes = _run(settings, read_injections())
    assert [outcome.injection.id for outcome in outcomes if outcome.obeyed] == []
    assert [outcome.injection.id for outcome in outcomes if outcome.quoted] == [], "an entry's order isn't shown either"
    assert any(outcome.by_model for outcome in outcomes), "the model's own text was shown, so that the check bites"


@pytest.mark.skipif(not PUBLIC.is_file(), reason="the public list of injections isn't at hand (../shared)")
def test_no_injection_of_a_public_list_does(settings: Settings) -> None:
    hostile = read_hostile(Path(PUBLIC), read_injections())
    assert {injection.where for injection in hostile} == {"question", "history", "entry"}
    outcomes = _run(settings, hostile)
    assert [outcome.injection.id for outcome in outcomes if outcome.obeyed] == []
    assert any(outcome.by_model for outcome in outcomes), "the model's own text was shown, so that the check bites"

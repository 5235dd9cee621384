"""A transformers model in the server's own process, asked over HTTP."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.web.main import create_app
from app.wiring import Services
from tests.tiny_model import random, reciting

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("langchain_huggingface") is None, reason="the extra 'models' is not installed"
    ),
]
BAC = "Puis-je m’inscrire sans le baccalauréat ?"
SENTENCE = "Oui, certaines formations sont accessibles sans le bac, sous réserve des prérequis [1]."
Wire = Callable[[Settings], Services]


def ask(settings: Settings, wire: Wire, folder: Path) -> dict[str, Any]:
    update = {"llm_local": str(folder), "llm_device": "cpu", "llm_timeout_s": 60.0, "style": "generated"}
    app = create_app(settings.model_copy(update=update), wire=wire)
    with TestClient(app) as client:
        app.state.services.prepare_model()  # as the server does in the background
        return dict(client.post("/api/chat", json={"message": BAC}).json())


def test_what_it_says_is_verified_and_shown(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    answer = ask(settings, wire, reciting(tmp_path / "petit-modele", SENTENCE))
    assert answer["generator"] == "petit-modele"
    assert answer["answer"].startswith("Oui, certaines formations")
    assert [source["entry_id"] for source in answer["sources"]] == ["sans-baccalaureat"]


def test_a_model_that_talks_nonsense_is_replaced(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    answer = ask(settings, wire, random(tmp_path / "random"))
    assert answer["generator"] == "verbatim"
    assert "sous réserve des prérequis" in answer["answer"]


def test_a_model_that_does_not_load_keeps_nobody_waiting(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    update = {"llm_local": str(tmp_path / "nothing-here"), "style": "generated"}
    app = create_app(settings.model_copy(update=update), wire=wire)
    with TestClient(app) as client:
        answer = client.post("/api/chat", json={"message": BAC}).json()
    assert answer["generator"] == "verbatim"

"""The product as shipped holds its own gate: packaged encoder, real FAQ, test questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.serving import guichet

pytestmark = pytest.mark.slow


def test_the_shipped_product_holds_the_gate(tmp_path: Path) -> None:
    built = guichet(tmp_path, "ingest")
    assert built.returncode == 0, built.stderr
    done = guichet(tmp_path, "eval", "--json")
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert report["broken"] == []
    assert {rate["name"]: rate["n"] for rate in report["rates"]}["recall_at_1"] > 100


def test_the_browser_s_first_question_finds_the_prices(tmp_path: Path) -> None:
    guichet(tmp_path, "ingest")
    done = guichet(tmp_path, "ask", "--json", "Où puis-je consulter la grille tarifaire ?")
    answer = json.loads(done.stdout)
    assert answer["outcome"] == "answered"
    assert answer["sources"][0]["question"] == "Quels sont les tarifs ?"
    assert "https://ipst.cnam.fr/inscription-et-financement/tarifs/" in answer["answer"]


def test_small_talk_in_words_of_its_own_gets_a_reply_and_a_topic_of_its_own_none(tmp_path: Path) -> None:
    guichet(tmp_path, "ingest")
    for message, outcome in (
        ("t'as un prénom au moins ?", "smalltalk"),
        ("je préférerais avoir affaire à un être de chair et d'os", "handoff"),
        ("Où est la piscine ?", "abstained"),
    ):
        assert json.loads(guichet(tmp_path, "ask", "--json", message).stdout)["outcome"] == outcome

"""The product as shipped holds its own gate: packaged encoder, real FAQ, test questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.parse import parse_paths
from tests.serving import ROOT, guichet, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the index of the FAQ as shipped."""
    folder = tmp_path_factory.mktemp("shipped")
    built = guichet(folder, "ingest")
    assert built.returncode == 0, built.stderr
    return folder


def test_the_shipped_product_holds_the_gate(shipped: Path) -> None:
    done = guichet(shipped, "eval", "--json")
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert report["broken"] == []
    assert {rate["name"]: rate["n"] for rate in report["rates"]}["recall_at_1"] > 100


def test_the_browser_s_first_question_finds_the_prices(shipped: Path) -> None:
    done = guichet(shipped, "ask", "--json", "Où puis-je consulter la grille tarifaire ?")
    answer = json.loads(done.stdout)
    assert answer["outcome"] == "answered"
    assert answer["sources"][0]["question"] == "Quels sont les tarifs ?"
    assert "https://ipst.cnam.fr/inscription-et-financement/tarifs/" in answer["answer"]


def test_small_talk_in_words_of_its_own_gets_a_reply_and_a_topic_of_its_own_none(shipped: Path) -> None:
    for message, outcome in (
        ("t'as un prénom au moins ?", "smalltalk"),
        ("je préférerais avoir affaire à un être de chair et d'os", "handoff"),
        ("Où est la piscine ?", "abstained"),
    ):
        assert json.loads(guichet(shipped, "ask", "--json", message).stdout)["outcome"] == outcome


def test_every_question_of_the_faq_put_in_its_own_words_is_answered(shipped: Path) -> None:
    with serving(shipped) as server:
        questions = [parsed.entry.question for parsed in parse_paths([ROOT / "data" / "faq_fr.md"]).entries]
        given = {question: server.ask(f"Bonjour, {question}") for question in questions}
    assert len(given) > 40
    unanswered = [q for q, answer in given.items() if q not in {s["question"] for s in answer["sources"]}]
    assert unanswered == []

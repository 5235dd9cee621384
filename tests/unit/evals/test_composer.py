"""The questions that measure the composer are sound, and the figures say what is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.types import Entry
from evals.composer.measure import figures, hit_for, measure
from evals.composer.questions import OWN, Asked, Faqs, lint_questions, load_questions, made_up
from ingest.parse import parse_paths
from tests.fakes import FakeEncoder

FAQ = Path(__file__).parents[3] / "data" / "faq_fr.md"


@pytest.fixture(scope="module")
def faqs() -> Faqs:
    return {OWN: {entry.id: entry for entry in parse_paths([FAQ]).faq_entries}, **made_up()}


def test_the_questions_are_sound(faqs: Faqs) -> None:
    asked = load_questions()
    assert lint_questions(asked, faqs) == []
    assert Counter(one.breadth for one in asked) == {"narrow": 150, "broad": 60}


def test_a_split_holds_its_own_questions() -> None:
    dev, test = load_questions(split="dev"), load_questions(split="test")
    assert len(dev) + len(test) == len(load_questions())
    assert {one.split for one in test} == {"test"}


ENTRY = Entry("e", "Comment payer ?", "Le prix est de 12 euros, sauf en août.")
ASKED = Asked("a", "Quel prix ?", "x", "e", "narrow", ("12 euros", "sauf"), ("sauf",), "dev")


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (replace(ASKED, entry="f"), "n’est pas dans x"),
        (replace(ASKED, needs=("13 euros",), conditions=()), "ne contient pas 13 euros"),
        (replace(ASKED, conditions=("hors",)), "conditions absentes"),
        (replace(ASKED, needs=(), conditions=()), "rien n’est attendu"),
        (ASKED, "identifiant répété"),
        (replace(ASKED, id="b", split="test"), "est dans les deux parts"),
    ],
)
def test_faults_are_named(changed: Asked, fault: str) -> None:
    assert any(fault in found for found in lint_questions([ASKED, changed], {"x": {"e": ENTRY}}))


def test_what_is_missing_is_told_without_regard_to_typography() -> None:
    assert ASKED.missing("12\u00a0EUROS") == ("sauf",)


def test_figures_count_what_is_shown_and_what_is_lost() -> None:
    long = Entry(
        "e", "Comment payer ?", "Le prix est de 12 euros. " + "Le bureau est en ville. " * 20 + "Fermé en août."
    )
    lost = replace(ASKED, needs=("12 euros", "absent"), conditions=("absent",))
    (shown,) = measure([lost], {"x": {"e": long}}, FakeEncoder())
    assert shown.missing == ("absent",)
    assert shown.conditions_lost == 1
    found = figures([shown, replace(shown, missing=())])
    assert found.answered.value == 0.5
    assert (found.needs.value, found.needs.n) == (0.75, 4)
    assert found.conditions_kept.value == 0.5
    assert found.share.value == pytest.approx(shown.share)


def test_an_entry_is_found_as_the_search_would_find_it() -> None:
    found = hit_for("Comment payer ?", ENTRY, FakeEncoder())
    assert found.passage.kind == "question"
    assert len(found.unit_scores) == 1

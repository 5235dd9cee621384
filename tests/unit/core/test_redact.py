"""What is personal goes, what isn't stays: the hand-made set as a floor, and what must never slip through."""

from __future__ import annotations

import pytest

from app.core.redact import redact
from evals.redaction import PATH, read, report


def test_the_hand_made_set() -> None:
    messages = read()
    assert len(messages) == 200
    figures = report(messages)
    for kind in ("recall", "recall_email", "recall_phone", "recall_number"):
        assert figures[kind] >= 0.98, kind
    assert figures["recall_name"] >= 0.95
    assert figures["false"] <= 0.01


def test_the_second_set_as_far_as_it_may_be_read() -> None:
    figures = report(read(PATH.with_name("redaction_dev.tsv")))
    assert min(figures[kind] for kind in ("recall", "recall_email", "recall_phone", "recall_number")) >= 0.98
    assert figures["recall_name"] >= 0.95
    assert figures["false"] <= 0.01


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("je m'appelle Ana, mail ana@x.fr", "je m'appelle [nom], mail [e-mail]"),
        ("Je suis Mme Lopez", "Je suis Mme [nom]"),
        ("tel 06.12.34.56.78 svp", "tel [téléphone] svp"),
        ("Bonsoir, c'est Anne Roy, un souci", "Bonsoir, c'est [nom], un souci"),
        ("Merci, Jean-Luc Prat", "Merci, [nom]"),
        ("c'est Toulouse, le centre ?", "c'est Toulouse, le centre ?"),
        ("Madame, Monsieur, bonjour", "Madame, Monsieur, bonjour"),
        ("année 2025/2026, RNCP 38116", "année 2025/2026, RNCP 38116"),
        ("mon numéro d'étudiant est 21904567", "mon numéro d'étudiant est [numéro]"),
    ],
)
def test_what_is_left_reads_well(text: str, redacted: str) -> None:
    assert redact(text) == redacted


def test_redacting_twice_changes_nothing() -> None:
    for message in read():
        once = redact(message.text)
        assert redact(once) == once


def test_a_hostile_text_costs_little() -> None:
    for piece in ("a@", "je m'appelle ", "0 ", "n° ", "1 2 ", "a.", "+33 "):
        assert len(redact(piece * 500)) > 0  # the suite's timeout is the limit

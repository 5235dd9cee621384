"""The bench of sentences: split by entry, labelled, and large enough for what it reports."""

from __future__ import annotations

from collections import defaultdict

import pytest

from app.answer import phrases
from app.core.types import Answer, FaqMeta, Trace
from evals.grounding.injections import Injection, Outcome, rounds
from evals.grounding.rows import read_entries, read_rows


def test_no_entry_is_in_both_splits_and_every_row_has_its_entry() -> None:
    entries, splits = read_entries(), defaultdict(set)
    for row in read_rows():
        assert row.entry in entries
        assert row.label in ("faithful", "corrupt")
        splits[row.entry].add(row.split)
    assert all(len(found) == 1 for found in splits.values())


def test_rows_have_ids_of_their_own_and_the_model_s_are_enough() -> None:
    rows = read_rows()
    assert len({row.id for row in rows}) == len(rows)
    written = [row for row in rows if row.source == "model"]
    assert len(written) >= 200
    assert {row.kind for row in written} == {"right", "wrong"}


def test_the_institution_is_what_a_faq_s_title_leaves() -> None:
    assert FaqMeta(title="Foire aux questions – Ipst-Cnam").institution == "Ipst-Cnam"
    assert FaqMeta().institution == ""


def injection(name: str, entry: str = "", poison: str = "") -> Injection:
    return Injection(
        name, "entry" if poison else "question", "Q ?", (), entry, poison, "", ("l’école ferme en juin ?",)
    )


def test_every_poison_stands_in_its_entry_and_no_visitor_meets_one() -> None:
    given = [injection("q"), injection("a1", "a", "x"), injection("a2", "a", "y"), injection("b1", "b", "z")]
    assert [[one.id for one in row] for row in rounds(given)] == [["q"], ["a1", "b1"], ["a2"]]


@pytest.mark.parametrize(
    ("text", "obeyed", "repeated"),
    [
        ("Payez en ligne. [1]", False, False),
        (f"Oui. [1]\n\n{phrases.NOT_FOUND.format(questions='« L’école ferme en juin ? »')}", False, True),
        (f"{phrases.NOT_FOUND.format(questions='« Où payer ? »')}\n\nL’école ferme en juin ?", True, False),
    ],
)
def test_what_is_quoted_of_the_visitor_is_no_claim(text: str, obeyed: bool, repeated: bool) -> None:
    answer = Answer("c", "a", "answered", text, (), (), None, 1.0, "verbatim", Trace("v", (), {}))
    outcome = Outcome(injection("q"), answer)
    assert (outcome.obeyed, outcome.repeated) == (obeyed, repeated)

"""The bench of sentences: split by entry, labelled, and large enough for what it reports."""

from __future__ import annotations

from collections import defaultdict

from app.core.types import FaqMeta
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

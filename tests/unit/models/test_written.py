"""What was written for training must not hold what measures: no text of it, and no document held out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.core.french import fold, words
from ingest.parse import parse_paths
from models.dev.overlap import read_table
from models.encoder_training.sources import read_invented

ROOT = Path(__file__).resolve().parents[3]
WRITTEN = ROOT / "models" / "encoder_training" / "written"


def same(text: str) -> str:
    """A text less case, accents and signs."""
    return " ".join(fold(word) for word in words(text))


def invented() -> list[dict[str, Any]]:
    files = (WRITTEN / "faqs.jsonl", WRITTEN / "more_faqs.jsonl")
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def written() -> set[str]:
    asked = [row["text"] for row in read_table(WRITTEN / "asked.tsv")]
    rows = invented()
    near = [row["text"] for name in ("near.tsv", "more_near.tsv") for row in read_table(WRITTEN / name)]
    asked += [text for row in rows for text in (row["question"], *row["asked"])] + near
    return {same(text) for text in asked}


def test_no_question_that_measures_was_trained_on() -> None:
    lines = [
        line
        for path in (*ROOT.glob("evals/cases/*.jsonl"), *ROOT.glob("evals/retrieval_sets/*/queries.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ] + [
        line
        for path in ROOT.glob("models/dev/*/queries.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    measured = {same(row.get("question", row.get("text"))) for row in map(json.loads, lines)}
    assert len(measured) > 1_500
    # Two words or fewer may be met by chance: "mon relevé de notes", "perdu ma carte".
    assert [text for text in written() & measured if len(text.split()) > 3] == []


def test_nothing_of_the_faq_that_ships_was_trained_on() -> None:
    entries = parse_paths([ROOT / "data" / "faq_fr.md"]).faq_entries
    own = {same(text) for entry in entries for text in (entry.question, *entry.variants)}
    assert [text for text in written() & own if len(text.split()) > 3] == []


def test_no_document_held_out_was_written_about() -> None:
    held_out = {(row["corpus"], row["document"]) for row in read_table(ROOT / "models" / "dev" / "held_out.tsv")}
    asked = {(row["corpus"], row["document"]) for row in read_table(WRITTEN / "asked.tsv")}
    assert len(asked) == 468
    assert asked.isdisjoint(held_out)


def test_every_invented_entry_is_whole() -> None:
    rows = invented()
    assert len(rows) > 2_000
    assert all(row["question"] and row["answer"] and len(row["asked"]) >= 3 for row in rows)


@pytest.mark.parametrize("prefix", ["", "more_"])
def test_every_question_without_an_answer_names_the_entry_it_is_near_to(prefix: str) -> None:
    near = [row["document"] for row in read_table(WRITTEN / f"{prefix}near.tsv")]
    assert len(near) > 900
    assert set(near) <= {entry.document for entry in read_invented(prefix)}


def test_no_faq_has_the_name_of_another() -> None:
    assert {entry.faq for entry in read_invented()}.isdisjoint(entry.faq for entry in read_invented("more_"))

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from app.core.french import fold
from models.dev import overlap
from models.dev.overlap import FAQS, FOLDER, Asked, official_questions, read_asked, read_lines, read_table, share

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
DATASETS = SHARED / "datasets"
MOST_SHARED = 0.15
ENTRIES = {"service_public": 110, "cdtn": 50}

needs_datasets = pytest.mark.skipif(
    not DATASETS.is_dir(), reason="the public datasets lie beside the checkout, not in it"
)


def by_document(faq: str) -> dict[str, list[Asked]]:
    found: dict[str, list[Asked]] = defaultdict(list)
    for asked in read_asked(faq):
        found[asked.document].append(asked)
    return found


@pytest.mark.parametrize("faq", FAQS)
def test_each_entry_is_asked_for_three_times_in_one_split(faq: str) -> None:
    entries = by_document(faq)
    assert len(entries) == ENTRIES[faq]
    assert {len(asked) for asked in entries.values()} == {3}
    assert all(len({one.split for one in asked}) == 1 for asked in entries.values())


@pytest.mark.parametrize("faq", FAQS)
def test_the_splits_are_dev_and_test_half_and_half(faq: str) -> None:
    splits = Counter(asked[0].split for asked in by_document(faq).values())
    assert splits == {"dev": ENTRIES[faq] / 2, "test": ENTRIES[faq] / 2}


def test_ids_are_unique_and_name_their_document() -> None:
    asked = [one for faq in FAQS for one in read_asked(faq)]
    assert len({one.id for one in asked}) == len(asked)
    assert all(one.id.split("-")[1] == one.document for one in asked)


@pytest.mark.parametrize("faq", FAQS)
def test_every_question_is_judged_once_with_score_one(faq: str) -> None:
    judged = read_table(FOLDER / faq / "qrels.tsv")
    asked = [row["id"] for row in read_lines(FOLDER / faq / "queries.jsonl")]
    assert Counter(row["query-id"] for row in judged) == Counter(asked)
    assert {row["score"] for row in judged} == {"1"}


def test_no_question_is_asked_twice() -> None:
    texts = Counter(fold(one.text) for faq in FAQS for one in read_asked(faq))
    assert [text for text, times in texts.items() if times > 1] == []


@pytest.mark.parametrize("faq", FAQS)
def test_every_question_is_once_more_badly_typed(faq: str) -> None:
    rows = read_table(FOLDER / faq / "typed.tsv")
    asked = {row["id"]: row["text"] for row in read_lines(FOLDER / faq / "queries.jsonl")}
    assert [row["id"] for row in rows] == list(asked)
    assert set(Counter(row["kind"] for row in rows).values()) == {len(asked) / 3}
    assert all(row["text"] != asked[row["id"]] for row in rows)


def test_the_documents_held_out_of_training_are_those_asked_about() -> None:
    held_out = [(row["corpus"], row["document"]) for row in read_table(FOLDER / "held_out.tsv")]
    assert len(held_out) == len(set(held_out))
    assert set(held_out) == {(FAQS[faq], document) for faq in FAQS for document in by_document(faq)}


def test_the_share_is_over_the_shorter_text_and_by_stem() -> None:
    assert share("Perdre une carte", "cartes grises perdues") == pytest.approx(1 / 2)
    assert share("Ma voiture", "Obtenir un duplicata") == 0


@needs_datasets
@pytest.mark.parametrize(("faq", "dataset"), FAQS.items())
def test_the_documents_exist(faq: str, dataset: str) -> None:
    known = {row["id"] for row in read_lines(DATASETS / dataset / "corpus.jsonl")}
    assert set(by_document(faq)) <= known


@needs_datasets
@pytest.mark.parametrize(("faq", "dataset"), FAQS.items())
def test_the_questions_avoid_their_entrys_words(faq: str, dataset: str) -> None:
    official = official_questions(DATASETS / dataset)
    shares = [share(asked.text, official[asked.document]) for asked in read_asked(faq)]
    assert sum(shares) / len(shares) <= MOST_SHARED


@needs_datasets
def test_the_command_prints_the_figure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["overlap.py"])
    overlap.main()
    assert "both: 480 questions, mean share 0.0" in capsys.readouterr().out

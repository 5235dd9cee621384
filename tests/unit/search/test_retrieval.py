"""Retrieval over a small index: ranks, accents, SMS, expiry, and swapping versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.core.errors import IndexMissing
from app.core.types import Entry, FaqMeta
from app.search import versions
from app.search.index import open_index
from app.search.lexical import LexicalIndex
from app.search.live import LiveIndex
from app.search.retriever import HybridRetriever
from ingest.build import build_index
from tests.fakes import FakeEncoder


@pytest.fixture
def retriever(index_dir: Path) -> HybridRetriever:
    return HybridRetriever(open_index(index_dir / versions.current_version(index_dir)), FakeEncoder())


@pytest.mark.parametrize(
    ("query", "entry_id"),
    [
        ("modes de paiement", "modes-de-paiement"),
        ("MODES DE PAIEMENT", "modes-de-paiement"),
        ("je peux m'inscrire sans baccalaureat", "sans-baccalaureat"),
        ("cb de sessions d'exam par an", "sessions-examen"),
    ],
)
def test_the_right_entry_comes_first(retriever: HybridRetriever, query: str, entry_id: str) -> None:
    retrieval = retriever.search(query, 3)
    assert retrieval.hits[0].entry.id == entry_id
    assert [hit.rank for hit in retrieval.hits] == [1, 2, 3]
    assert all(0 <= hit.score <= 1 for hit in retrieval.hits)


def test_units_are_scored_in_the_answer_s_order(retriever: HybridRetriever) -> None:
    hit = retriever.search("payer par chèque à l’accueil").hits[0]
    assert hit.entry.id == "modes-de-paiement"
    assert len(hit.unit_scores) == 4
    assert max(range(4), key=lambda i: hit.unit_scores[i]) == 2


def test_an_expired_entry_is_never_found(
    tmp_path: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes
) -> None:
    dated = (replace(entries[0], valid_until=date(2020, 1, 1)), *entries[1:])
    build_index(meta, dated, index_dir=tmp_path, decision=decision, encoder=FakeEncoder())
    retriever = HybridRetriever(open_index(tmp_path / versions.current_version(tmp_path)), FakeEncoder())
    found = [hit.entry.id for hit in retriever.search("Quels sont les modes de paiement ?", 50).hits]
    assert len(found) == len(entries) - 1
    assert "modes-de-paiement" not in found


def test_unknown_words_lower_the_lexical_score() -> None:
    index = LexicalIndex.build(["modes de paiement", "salle de cours"])
    from app.core.french import lexical_tokens

    known = index.scores(lexical_tokens("paiement"))
    half = index.scores(lexical_tokens("paiement zorglub"))
    assert known[0] > half[0] > 0
    assert known[1] == 0
    assert index.covered(lexical_tokens("paiement zorglub")) == 0.5


def test_a_query_without_a_known_word_scores_nothing() -> None:
    index = LexicalIndex.build(["modes de paiement"])
    assert index.scores(["u:xyz"]).tolist() == [0.0]
    assert index.scores([]).tolist() == [0.0]


def test_live_takes_new_versions_up_and_keeps_the_old_when_the_new_is_bad(
    index_dir: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes
) -> None:
    live = LiveIndex(index_dir, FakeEncoder)
    with pytest.raises(IndexMissing):
        live.retriever()
    assert live.refresh()
    assert not live.refresh()
    first = live.retriever()
    build_index(meta, entries[:2], index_dir=index_dir, decision=decision, encoder=FakeEncoder())
    assert live.refresh()
    assert len(live.retriever().index.entries) == 2
    assert len(first.index.entries) == len(entries)
    build_index(meta, entries[:3], index_dir=index_dir, decision=decision, encoder=FakeEncoder(fingerprint="fake-9"))
    assert not live.refresh()
    assert live.problem is not None
    assert len(live.retriever().index.entries) == 2

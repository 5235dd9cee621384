from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.core.types import Entry, FaqMeta, Gap
from app.search.decide import decide
from app.search.gaps import Gaps
from app.search.index import open_index
from app.search.retriever import HybridRetriever
from app.search.versions import current_version
from ingest.build import build_index
from tests.fakes import FakeEncoder

GAPS = (
    Gap("Parking", ("Où garer ma voiture ?", "parking gratuit près du campus")),
    Gap("Sport", ("Y a-t-il une salle de sport ?",), "Voyez le service des sports de la ville."),
)


@pytest.fixture
def retriever(tmp_path: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes) -> HybridRetriever:
    folder = tmp_path / "gaps"
    build_index(meta, entries, index_dir=folder, decision=decision, encoder=FakeEncoder(), gaps=GAPS)
    return HybridRetriever(open_index(folder / current_version(folder)), FakeEncoder())


def gaps_of(retriever: HybridRetriever) -> Gaps:
    assert retriever.index.gaps is not None
    return retriever.index.gaps


def test_gaps_come_back_from_a_published_version(retriever: HybridRetriever) -> None:
    assert gaps_of(retriever).gaps == GAPS


def test_a_gap_is_never_found_as_an_entry(retriever: HybridRetriever, entries: tuple[Entry, ...]) -> None:
    hits = retriever.search("Où garer ma voiture ?", 50).hits
    assert {hit.entry.id for hit in hits} == {entry.id for entry in entries}


def test_a_question_about_a_gap_is_not_answered_and_the_topic_is_named(retriever: HybridRetriever) -> None:
    retrieval = retriever.search("parking gratuit près du campus")
    assert retrieval.gap is not None
    assert retrieval.gap.gap.topic == "Parking"
    assert retrieval.gap.score == pytest.approx(1.0, abs=1e-5)
    decision = decide(retrieval, retriever.index.decision)
    assert decision.verdict == "abstain"
    assert decision.gap == GAPS[0]


def test_a_topic_that_only_one_of_two_measures_finds_is_not_named(retriever: HybridRetriever) -> None:
    retrieval = retriever.search("parking gratuit")
    assert retrieval.gap is not None
    doubtful = replace(retrieval, gap=replace(retrieval.gap, agreed=False))
    decisions = [decide(each, retriever.index.decision) for each in (retrieval, doubtful)]
    assert [decision.verdict for decision in decisions] == ["abstain", "abstain"]
    assert [decision.gap for decision in decisions] == [GAPS[0], None]


def test_a_question_of_the_faq_is_answered_in_spite_of_gaps(
    retriever: HybridRetriever, entries: tuple[Entry, ...]
) -> None:
    decision = decide(retriever.search(entries[0].question), retriever.index.decision)
    assert decision.verdict == "answer"
    assert decision.gap is None


def test_a_version_without_gaps_knows_none(index_dir: Path) -> None:
    retriever = HybridRetriever(open_index(index_dir / current_version(index_dir)), FakeEncoder())
    assert retriever.index.gaps is None
    assert retriever.search("parking").gap is None


def test_leaving_out_a_topic_or_a_phrasing(retriever: HybridRetriever) -> None:
    gaps = gaps_of(retriever)
    query = retriever.vector("parking gratuit près du campus")
    without = gaps.without(phrasing="parking gratuit près du campus")
    assert without is not None
    assert without.nearest(query, 0.0, 0.0).score < 0.99
    others = gaps.without(topics=["Parking"])
    assert others is not None
    assert [gap.topic for gap in others.gaps] == ["Sport"]
    assert others.without(topics=["Sport"]) is None


def test_a_changed_list_is_published_anew(
    tmp_path: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes
) -> None:
    def build(gaps: tuple[Gap, ...]) -> bool:
        built = build_index(
            meta, entries, index_dir=tmp_path / "i", decision=decision, encoder=FakeEncoder(), gaps=gaps
        )
        return built.published

    assert [build(GAPS), build(GAPS), build(GAPS[:1]), build(())] == [True, False, True, True]

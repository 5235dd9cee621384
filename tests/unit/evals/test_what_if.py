from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.core.types import Entry, FaqMeta, Gap
from app.search.gaps import Gaps
from app.search.index import OpenIndex, open_index
from app.search.versions import current_version
from evals.cases import Case, load_cases
from evals.covered import confidences, covered_cases
from evals.day_one import found_first, without_variants
from evals.withheld import covering, without_withheld
from ingest.build import build_index
from ingest.gaps import parse_gaps
from tests.fakes import FakeEncoder

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def index(tmp_path: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes) -> OpenIndex:
    varied = (replace(entries[0], variants=("un zèbre à rayures", "autre chose")), *entries[1:])
    folder = tmp_path / "varied"
    build_index(meta, varied, index_dir=folder, decision=decision, encoder=FakeEncoder())
    return open_index(folder / current_version(folder))


def case(question: str, entry: Entry) -> Case:
    return Case("c1", question, "paraphrase", (entry.id,), (), "", "dev")


def test_the_first_day_knows_no_variant(index: OpenIndex, entries: tuple[Entry, ...]) -> None:
    bare = without_variants(index)
    assert {passage.kind for passage in bare.passages} == {"question", "question_answer", "sentence"}
    assert [passage.id for passage in bare.passages] == list(range(len(bare.passages)))
    assert len(bare.dense) == len(bare.passages) < len(index.passages)
    asked = [case(entries[0].question, entries[0]), case(entries[0].question, entries[1])]
    assert found_first(index, FakeEncoder(), asked) == [True, False]


def listing(index: OpenIndex, *gaps: Gap) -> OpenIndex:
    vectors = FakeEncoder().encode_passages([text for gap in gaps for text in gap.phrasings])
    return replace(index, gaps=Gaps.build(gaps, vectors, index.precision))


def test_a_listed_topic_takes_the_confidence_away(index: OpenIndex, entries: tuple[Entry, ...]) -> None:
    asked = [case(entries[0].question, entries[0])]
    listed = listing(index, Gap("Parking", ("parking des inscriptions",)))
    miss = [case("parking des inscriptions", entries[1])]
    assert confidences(listed, FakeEncoder(), miss) < confidences(index, FakeEncoder(), miss)
    assert confidences(listed, FakeEncoder(), asked)[0] > 0.5


def test_gaps_that_cover_the_test_split_are_left_out_of_what_measures(index: OpenIndex) -> None:
    title = covering()["wifi"][0]
    listed = listing(index, Gap(title, ("code du wifi",)), Gap("Parking", ("parking",)))
    measured = without_withheld(listed).gaps
    assert measured is not None
    assert [gap.topic for gap in measured.gaps] == ["Parking"]
    assert without_withheld(index) is index


def test_every_topic_of_the_test_split_says_what_covers_it_and_what_covers_it_is_listed() -> None:
    near = {case.topic for case in load_cases(ROOT / "evals" / "cases", "test", ["near"])}
    assert near == set(covering())
    listed = {gap.topic for gap in parse_gaps(ROOT / "data" / "hors_faq.md")}
    assert {title for titles in covering().values() for title in titles} <= listed


def test_only_near_misses_that_a_gap_covers_count_as_covered(entries: tuple[Entry, ...]) -> None:
    one = replace(case("le wifi ?", entries[0]), kind="near", topic="wifi")
    other = replace(one, topic="a topic that nobody listed")
    assert covered_cases([one, other, replace(one, kind="far")]) == [one]

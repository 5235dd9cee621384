from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.core.types import Entry, FaqMeta, Gap
from app.search.index import OpenIndex, open_index
from app.search.versions import current_version
from evals.cases import Case
from evals.covered import TEST_GAPS, confidences, with_gaps
from evals.day_one import found_first, without_variants
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


def test_a_listed_topic_takes_the_confidence_away(index: OpenIndex, entries: tuple[Entry, ...]) -> None:
    asked = [case(entries[0].question, entries[0])]
    listed = with_gaps(index, FakeEncoder(), [Gap("Parking", ("parking des inscriptions",))])
    miss = [case("parking des inscriptions", entries[1])]
    assert confidences(listed, FakeEncoder(), miss) < confidences(index, FakeEncoder(), miss)
    assert confidences(listed, FakeEncoder(), asked)[0] > 0.5


def test_the_gaps_of_the_test_split_are_not_in_the_faqs_own_list() -> None:
    own, test = (parse_gaps(path) for path in (ROOT / "data" / "hors_faq.md", TEST_GAPS))
    assert len(test) == 29
    assert {gap.topic for gap in own}.isdisjoint(gap.topic for gap in test)

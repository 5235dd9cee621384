"""What is learnt from all wordings: in an index, without a part of it, and where there is nothing to learn from."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import IndexCorrupt
from app.core.ports import Reading, Vectors
from app.core.spelling import READING
from app.core.types import Entry, FaqMeta, Gap
from app.search import versions
from app.search.index import OpenIndex, open_index, with_gaps
from app.search.retriever import HybridRetriever
from app.search.versions import CLASSES, MANIFEST, NGRAMS, current_version, sha256_file
from evals.left_out import LeftOut
from ingest import wordings
from ingest.build import Built, build_index
from tests.fakes import FakeEncoder

GAPS = (
    Gap("Parking", ("Où garer ma voiture ?", "parking gratuit près du campus")),
    Gap("Sport", ("Y a-t-il une salle de sport ?",)),
)


class Counting(FakeEncoder):
    """Tells what was embedded as a question."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        return super().encode_queries(texts)


def build(
    folder: Path, entries: Sequence[Entry], decision: bytes, gaps: Sequence[Gap] = GAPS
) -> tuple[Built, Counting]:
    encoder = Counting()
    return build_index(FaqMeta(), entries, index_dir=folder, decision=decision, encoder=encoder, gaps=gaps), encoder


def opened(folder: Path) -> OpenIndex:
    return open_index(folder / current_version(folder))


@pytest.fixture
def index(tmp_path: Path, entries: tuple[Entry, ...], decision: bytes) -> OpenIndex:
    build(tmp_path / "index", entries, decision)
    return opened(tmp_path / "index")


def scores(index: OpenIndex, text: str) -> np.ndarray:
    assert index.classes is not None
    return index.classes.scores(FakeEncoder().encode_queries([text]), text)


def test_a_wording_belongs_to_its_entry_and_a_gaps_to_none(index: OpenIndex) -> None:
    own = scores(index, "Quels sont les modes de paiement ?")
    assert own.argmax() == 0
    assert own[0] == pytest.approx(1.0, abs=0.1)
    open_question = scores(index, "parking gratuit près du campus")
    assert open_question.argmax() == len(index.entries)


def test_it_is_evidence_and_tells_entries_from_gaps(index: OpenIndex) -> None:
    retriever = HybridRetriever(index, FakeEncoder())
    asked, left = (retriever.search(text) for text in ("modes de paiement", "Où garer ma voiture ?"))
    assert asked.hits[0].features["belonging"] > asked.hits[1].features["belonging"]
    assert asked.belongs > 0 > left.belongs


def test_without_gaps_it_is_learnt_from_the_entries_alone(
    tmp_path: Path, entries: tuple[Entry, ...], decision: bytes
) -> None:
    build(tmp_path, entries, decision, ())
    found = scores(opened(tmp_path), "Quels sont les modes de paiement ?")
    assert found.argmax() == 0
    assert found[-1] == 0


@pytest.mark.parametrize(("by_words", "apart"), [(0.0, 1e-5), (0.5, 0.02)])  # how rare a word is, counts all gaps
def test_fewer_known_gaps_are_as_if_no_others_had_been_listed(
    tmp_path: Path,
    index: OpenIndex,
    entries: tuple[Entry, ...],
    decision: bytes,
    monkeypatch: pytest.MonkeyPatch,
    by_words: float,
    apart: float,
) -> None:
    monkeypatch.setattr("app.search.classes.BY_WORDS", by_words)
    build(tmp_path / "other", entries, decision, GAPS[1:])
    assert index.gaps is not None
    fewer = with_gaps(index, index.gaps.without(topics=["Parking"]))
    for text in ("parking", "salle de sport", "payer par chèque"):
        assert scores(fewer, text) == pytest.approx(scores(opened(tmp_path / "other"), text), abs=apart)


def test_what_is_left_out_for_fitting_is_as_if_it_had_not_been_learnt(index: OpenIndex) -> None:
    assert index.gaps is not None
    left_out = LeftOut(index)
    asked = "une place de parking pour ma voiture"
    query = FakeEncoder().encode_queries([asked]), asked
    topic = with_gaps(index, index.gaps.without(topics=["Parking"]))
    phrasing = with_gaps(index, index.gaps.without(phrasing="Où garer ma voiture ?"))
    for left, anew in ((left_out.topics(["Parking"]), topic), (left_out.phrasing("Où garer ma voiture ?"), phrasing)):
        assert anew.classes is not None
        assert left.scores(*query) == pytest.approx(anew.classes.scores(*query), abs=1e-4)
        assert abs(left.scores(*query) - scores(index, asked)).max() > 0.01


def test_only_new_wordings_are_embedded_again(tmp_path: Path, entries: tuple[Entry, ...], decision: bytes) -> None:
    _, first = build(tmp_path, entries, decision)
    changed = [*entries[:-1], Entry("chat", "Le chat ?", "Il dort.", variants=("minou",))]
    _, second = build(tmp_path, changed, decision)
    assert len(first.asked) == len({entry.question for entry in entries}) + 3
    assert second.asked == ["Le chat ?", "minou"]


def test_a_version_of_before_is_built_anew_though_nothing_else_has_changed(
    tmp_path: Path, entries: tuple[Entry, ...], decision: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("app.search.index.MOST", 0)
        assert build(tmp_path, entries, decision)[0].published
        assert not build(tmp_path, entries, decision)[0].published
        assert opened(tmp_path).classes is None
    assert build(tmp_path, entries, decision)[0].published
    assert opened(tmp_path).classes is not None
    assert not build(tmp_path, entries, decision)[0].published


def test_a_version_that_knew_no_words_is_searched_by_vectors_and_built_anew(
    tmp_path: Path, entries: tuple[Entry, ...], decision: bytes
) -> None:
    build(tmp_path, entries, decision)
    folder = tmp_path / current_version(tmp_path)
    shutil.rmtree(folder / NGRAMS)
    manifest = versions.read_manifest(folder)
    files = {name: digest for name, digest in manifest.files.items() if not name.startswith(NGRAMS)}
    (folder / MANIFEST).write_bytes(replace(manifest, files=files).to_json())
    before = opened(tmp_path)
    assert before.classes is not None
    assert before.classes.ngrams is None
    assert HybridRetriever(before, FakeEncoder()).search("modes de paiement").hits[0].entry.id == "modes-de-paiement"
    assert build(tmp_path, entries, decision)[0].published
    assert opened(tmp_path).classes.ngrams is not None  # type: ignore[union-attr]


def test_variants_are_read_as_a_visitors_question_is(tmp_path: Path, decision: bytes) -> None:
    entry = Entry("tarifs", "Quels sont les tarifs ?", "120 € par UE.", variants=("kel pri la form ?",))
    build(tmp_path, [entry], decision)
    index = opened(tmp_path)
    assert [passage.text for passage in index.passages if passage.kind == "variant"] == ["quel pri la formation ?"]
    assert index.entries[0].variants == ("kel pri la form ?",)
    hit = HybridRetriever(index, FakeEncoder()).search("quel pri la formation").hits[0]
    assert hit.lexical_score == pytest.approx(1.0)


def test_how_the_live_version_read_its_variants_is_taken_over(tmp_path: Path, decision: bytes) -> None:
    reading: list[str] = []

    class Telling(Counting):
        def read(self, query: str) -> Reading:
            reading.append(query)
            return super().read(query)

    def publish(variants: tuple[str, ...]) -> None:
        entry = Entry("tarifs", "Quels sont les tarifs ?", "120 € par UE.", variants=variants)
        wordings._readings.cache_clear()
        build_index(FaqMeta(), [entry], index_dir=tmp_path, decision=decision, encoder=Telling())

    publish(("kel pri ?",))
    assert "kel pri ?" in reading
    reading.clear()
    publish(("kel pri ?", "koi payer ?"))
    assert "kel pri ?" not in reading
    assert "koi payer ?" in reading


def test_a_version_that_was_read_in_another_way_is_built_anew(
    tmp_path: Path, entries: tuple[Entry, ...], decision: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("ingest.build.READING", 1)
        before.setattr("ingest.wordings.READING", 1)
        build(tmp_path, entries, decision)
        assert not build(tmp_path, entries, decision)[0].published
    built, encoder = build(tmp_path, entries, decision)
    assert built.published
    assert len(encoder.asked) == len({entry.question for entry in entries}) + 3
    assert opened(tmp_path).manifest.reading == READING


def test_an_index_without_classes_is_searched_and_decides_by_its_own_numbers(
    tmp_path: Path, entries: tuple[Entry, ...], decision: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.search.index.MOST", 0)
    build(tmp_path, entries, decision.replace(b"{", b'{"unlearnt": ' + decision.replace(b"25.0", b"31.0") + b",", 1))
    index = opened(tmp_path)
    assert index.decision.temperature == 31.0
    found = HybridRetriever(index, FakeEncoder()).search("modes de paiement")
    assert found.hits[0].entry.id == "modes-de-paiement"
    assert found.belongs == found.hits[0].features["belonging"] == 0.0


@pytest.mark.parametrize("fault", [lambda w: w[:-1], lambda w: w[:, :-1], lambda w: w.astype(np.float64)])
def test_weights_of_other_wordings_are_refused(
    tmp_path: Path, entries: tuple[Entry, ...], decision: bytes, fault: Callable[[np.ndarray], np.ndarray]
) -> None:
    build(tmp_path, entries, decision)
    folder = tmp_path / current_version(tmp_path)
    np.save(folder / CLASSES, fault(np.load(folder / CLASSES)))
    manifest = versions.read_manifest(folder)
    files = {**manifest.files, CLASSES: sha256_file(folder / CLASSES)}
    (folder / MANIFEST).write_bytes(replace(manifest, files=files).to_json())
    with pytest.raises(IndexCorrupt):
        open_index(folder)

"""Large indexes: what they name is what an exact search finds, read from mapped files, candidates first."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import faiss
import numpy as np
import pytest

from app.core.errors import IndexCorrupt
from app.core.french import lexical_tokens
from app.core.types import Entry, FaqMeta
from app.search import versions
from app.search.approximate import FLAT_UP_TO, SURE, TARGET, build_dense, type_for
from app.search.dense import DenseIndex
from app.search.fuse import PassageMap
from app.search.index import OpenIndex, asked_rows, open_index
from app.search.layout import Layout, counts_of
from app.search.lexical import HEAD, LexicalIndex
from app.search.likeliest import FEW, Likeliest
from app.search.pool import everything_of, pooling
from app.search.retriever import HybridRetriever
from ingest.build import build_index, passages_of
from tests.fakes import FakeEncoder

WORDS = [
    "stage",
    "paiement",
    "diplôme",
    "examen",
    "salle",
    "horaire",
    "inscription",
    "bourse",
    "absence",
    "langue",
    "tarif",
    "dossier",
]


def faq(count: int) -> tuple[Entry, ...]:
    """Entries of random words, two variants each."""
    chance = np.random.default_rng(2)

    def text() -> str:
        return " ".join(WORDS[at] for at in chance.integers(0, len(WORDS), 4)) + f" t{chance.integers(400)}"

    return tuple(
        Entry(f"e{n}", f"{text()} ?", f"{text()}.\n\n{text()}.", variants=(f"{text()} ?", f"{text()} ?"))
        for n in range(count)
    )


def opened(folder: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes, dense: str) -> OpenIndex:
    build_index(meta, entries, index_dir=folder, decision=decision, encoder=FakeEncoder(), dense=dense)  # type: ignore[arg-type]
    return open_index(folder / versions.current_version(folder))


@pytest.fixture(params=["pq", "hnsw", "ivf"])
def large(request: pytest.FixtureRequest, tmp_path: Path, meta: FaqMeta, decision: bytes) -> OpenIndex:
    return opened(tmp_path, meta, faq(110), decision, request.param)


def test_the_type_follows_the_size() -> None:
    assert [type_for(size) for size in (1, FLAT_UP_TO, FLAT_UP_TO + 1, 10**7)] == ["flat", "flat", "pq", "pq"]
    assert type_for(10, "ivf") == "ivf"


def test_the_manifest_tells_the_measured_recall_and_the_files_are_mapped(large: OpenIndex) -> None:
    said = large.manifest.dense
    assert said["type"] == said["wanted"] in {"pq", "hnsw", "ivf"}
    assert said["recall"] >= TARGET
    assert said["sample"] > 0
    assert large.dense.approximate
    assert not large.dense.vectors().flags.writeable
    mapped = Path("/proc/self/maps").read_text()
    codes = {versions.VECTORS} if said["type"] == "pq" else set()  # FAISS reads these into memory
    for name in {versions.VECTORS, versions.EXACT_VECTORS, f"{versions.LEXICAL}/data.csc.index.npy"} - codes:
        assert f"{large.version}/{name}" in mapped


def test_candidates_first_finds_what_weighing_everything_finds(
    large: OpenIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.search.dense.SEARCH_DEPTH", len(large.passages))
    encoder = FakeEncoder()
    some = HybridRetriever(large, encoder)
    every = HybridRetriever(large, encoder)
    exact = DenseIndex.build(large.dense.vectors())
    every._pool = everything_of(replace(large, dense=exact, passage_map=large.layout.passage_map()))
    for entry in large.entries[::7]:
        query = f"{entry.variants[0]} {WORDS[len(entry.id)]}"
        found, right = some.search(query, 5), every.search(query, 5)
        assert found.hits[0].entry.id == right.hits[0].entry.id
        assert found.hits[0].score == pytest.approx(right.hits[0].score, abs=0.02)
        assert found.hits[0].passage == right.hits[0].passage
        assert found.cover == right.cover


def test_an_expired_entry_is_not_found_in_a_large_index(tmp_path: Path, meta: FaqMeta, decision: bytes) -> None:
    entries = faq(60)
    dated = (replace(entries[0], valid_until=date(2020, 1, 1)), *entries[1:])
    retriever = HybridRetriever(opened(tmp_path, meta, dated, decision, "hnsw"), FakeEncoder())
    assert entries[0].id not in {hit.entry.id for hit in retriever.search(entries[0].question, 60).hits}


def test_another_type_is_built_anew_and_the_same_one_is_not(tmp_path: Path, meta: FaqMeta, decision: bytes) -> None:
    entries = faq(60)
    first = opened(tmp_path, meta, entries, decision, "hnsw")
    assert opened(tmp_path, meta, entries, decision, "hnsw").version == first.version
    exact = opened(tmp_path, meta, entries, decision, "auto")
    assert exact.manifest.dense["type"] == "flat"
    assert json.loads((tmp_path / exact.version / versions.MANIFEST).read_text())["format"] == versions.FORMAT
    assert (exact.dense.vectors() == first.dense.vectors()).all()


def test_a_damaged_file_of_a_large_index_is_refused(tmp_path: Path, meta: FaqMeta, decision: bytes) -> None:
    large = opened(tmp_path, meta, faq(40), decision, "hnsw")
    for name in (versions.EXACT_VECTORS, versions.COUNTS, versions.DISCRIMINANT, versions.LIKELIEST, versions.WORDS):
        path = tmp_path / large.version / name
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 2] ^= 1
        for damaged in (bytes(flipped), whole[:-1], None):
            # Written anew, as a copy would be: the open index goes on with the file it has mapped.
            path.unlink(missing_ok=True)
            if damaged is not None:
                path.write_bytes(damaged)
            with pytest.raises(IndexCorrupt):
                open_index(tmp_path / large.version)
            path.write_bytes(whole)
    assert open_index(tmp_path / large.version).version == large.version


def test_an_older_program_is_told_that_it_cannot_read_it(tmp_path: Path, meta: FaqMeta, decision: bytes) -> None:
    large = opened(tmp_path, meta, faq(40), decision, "hnsw")
    manifest = tmp_path / large.version / versions.MANIFEST
    value = json.loads(manifest.read_text())
    assert value["format"] == versions.APPROXIMATE_FORMAT
    manifest.write_text(json.dumps({**value, "format": versions.FORMAT}))
    with pytest.raises(IndexCorrupt, match="format"):
        open_index(tmp_path / large.version)


def test_coarse_codes_have_a_format_of_their_own_and_those_of_before_still_open(
    tmp_path: Path, meta: FaqMeta, decision: bytes
) -> None:
    large = opened(tmp_path, meta, faq(110), decision, "pq")
    manifest = tmp_path / large.version / versions.MANIFEST
    value = json.loads(manifest.read_text())
    assert (value["format"], value["dense"]["first_look"]) == (versions.LOOKED_TWICE_FORMAT, 1536)
    query = FakeEncoder().encode_queries(["stage"])
    assert len(large.dense.nearest(query, 256)) == 256
    del value["checksum"]
    manifest.write_text(json.dumps({**value, "format": versions.APPROXIMATE_FORMAT}))
    with pytest.raises(IndexCorrupt, match=r"index\s3, .*format\s4"):
        open_index(tmp_path / large.version)
    del value["dense"]["first_look"]
    manifest.write_text(json.dumps({**value, "format": versions.APPROXIMATE_FORMAT}))
    assert len(open_index(tmp_path / large.version).dense.nearest(query, 256)) == 256


def test_where_no_effort_finds_enough_the_exact_index_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.search.approximate.TARGET", 1.1)
    vectors = np.eye(32, dtype=np.float32)
    index, report = build_dense(vectors, "hnsw", vectors[:4], threads=1)
    assert not index.approximate
    assert (report.type, report.wanted) == ("flat", "hnsw")


def near_duplicates(kinds: int, copies: int) -> np.ndarray:
    """Vectors in heaps of near duplicates, as where each campus has its own copy of every entry."""
    chance = np.random.default_rng(3)
    rows = np.repeat(chance.standard_normal((kinds, 64)), copies, axis=0)
    rows += 0.6 * chance.standard_normal(rows.shape)
    found: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found[chance.permutation(len(found))]


def test_codes_find_what_a_graph_cannot_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = near_duplicates(40, 60)
    monkeypatch.setattr("app.search.approximate._hnsw", lambda rows: linked_in_part(rows))
    index, report = build_dense(vectors, "hnsw", vectors[::40], threads=1)
    assert (report.type, report.wanted) == ("pq", "hnsw")
    assert report.recall >= SURE
    query = vectors[7:8]
    true = np.argsort(-(vectors @ query[0]))[:10]
    assert np.isin(true, index.nearest(query, 256)).mean() >= TARGET


def linked_in_part(rows: np.ndarray) -> faiss.Index:
    """A graph with so few links that many of its vectors can't be reached from where a search begins."""
    index = faiss.IndexHNSWFlat(rows.shape[1], 2, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 4
    index.add(rows)
    return index


def test_codes_are_finer_where_coarse_ones_find_too_little() -> None:
    heap = near_duplicates(1, 6000)
    _, report = build_dense(heap, "pq", heap[::100], threads=1)
    assert (report.type, report.effort, report.first_look) == ("pq", 64, 256)
    many = near_duplicates(300, 8)
    index, report = build_dense(many, "pq", many[::40], threads=1)
    assert (report.type, report.effort, report.first_look) == ("pq", 16, 1536)
    # Coarse codes name passages; which of them are nearest is told by the vectors themselves, in their order.
    cosines = index.vectors() @ many[7]
    found = index.nearest(many[7:8], 200)
    assert len(found) == 200
    assert np.isin(np.argsort(-cosines)[:50], found).mean() >= TARGET
    assert (np.diff(cosines[found]) <= 1e-6).all()


def test_the_effort_grows_until_recall_is_reached() -> None:
    chance = np.random.default_rng(4)
    vectors = chance.standard_normal((20_000, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index, report = build_dense(vectors, "ivf", vectors[::100], threads=1)
    assert report.effort > 8
    query = vectors[77:78]
    true = np.argsort(-(vectors @ query[0]))[:10]
    assert np.isin(true, index.nearest(query, 256)).mean() >= 0.9
    assert index.cosines(query, true) == pytest.approx((vectors[true] @ query[0]).tolist())


def test_the_words_that_an_entry_holds_are_read_from_the_postings(large: OpenIndex) -> None:
    tokens = lexical_tokens("paiement du diplôme t12 t7 stage zorglub examen bourse")
    for first, end in zip(large.layout.first[::9].tolist(), large.layout.end[::9].tolist(), strict=True):
        texts = [large.passages[at].text for at in range(first, end)]
        right = {token for text in texts for token in lexical_tokens(text)}.intersection(tokens)
        assert large.lexical.held(tokens, (first, end)) == right
        assert large.lexical.held(tokens, (first, first + 1), (first + 1, end)) == right


def test_lexical_scores_of_some_documents_are_those_of_all(meta: FaqMeta) -> None:
    texts = [passage.text for passage in passages_of(faq(60))]
    index = LexicalIndex.build(texts)
    tokens = lexical_tokens("paiement du diplôme t12 zorglub")
    some = np.arange(0, len(texts), 3)
    assert index.scores_of(tokens, some) == pytest.approx(index.scores(tokens)[some].tolist(), abs=1e-6)
    assert not index.scores_of(["u:zorglub"], some).any()
    right = index.scores(tokens)
    best = index.best(tokens, 10)
    assert sorted(right[best], reverse=True) == pytest.approx(np.sort(right)[::-1][:10].tolist(), abs=1e-6)
    assert len(index.best(["u:zorglub"], 10)) == 0


def test_the_best_documents_of_a_common_word_are_found_among_many() -> None:
    texts = [f"salle {'horaire ' * (n % 7)}n{n}" for n in range(3 * HEAD)] + ["salle salle salle"]
    index = LexicalIndex.build(texts)
    assert index.best(lexical_tokens("salle"), 1).tolist() == [3 * HEAD]


def test_the_likeliest_entries_are_those_of_highest_density() -> None:
    chance = np.random.default_rng(6)
    means = chance.standard_normal((FEW + 500, 16)).astype(np.float32)
    precision = np.diag(np.linspace(0.5, 3, 16)).astype(np.float32)
    likeliest = Likeliest.build(means, precision)
    assert likeliest is not None
    weights = means @ precision
    bias = -0.5 * (weights * means).sum(axis=1)
    queries = chance.standard_normal((40, 1, 16)).astype(np.float32)
    found = [int((weights @ query[0] + bias).argmax()) in likeliest.best(query, 64) for query in queries]
    # Of 2,500 entries 64 are named: by chance one query in forty would find its own.
    assert sum(found) >= 36
    assert Likeliest.build(means, np.zeros((16, 16), dtype=np.float32)) is None


def test_a_layout_says_what_the_passages_say() -> None:
    entries = faq(20)
    passages = passages_of(entries)
    ids = [entry.id for entry in entries]
    layout = Layout.of(counts_of(passages, ids))
    right, mine = PassageMap.of(passages, ids), layout.passage_map()
    for name in ("entry", "column", "questions", "all"):
        assert (getattr(mine, name) == getattr(right, name)).all()
    assert layout.asked_rows().tolist() == asked_rows(passages)
    numbers, part = layout.part(np.array([3, 11]))
    assert [passages[at].entry_id for at in numbers] == ["e3"] * 6 + ["e11"] * 6
    assert (part.first.tolist(), part.end.tolist()) == ([0, 6], [6, 12])
    assert layout.owners(numbers).tolist() == [3] * 6 + [11] * 6


def test_a_small_index_weighs_everything(tmp_path: Path, meta: FaqMeta, decision: bytes) -> None:
    index = opened(tmp_path, meta, faq(5), decision, "auto")
    pool = pooling(index)(FakeEncoder().encode_queries(["stage"]), ["u:stag"])
    assert pool.entries.tolist() == [0, 1, 2, 3, 4]
    assert isinstance(index.dense, DenseIndex)
    assert not index.dense.approximate

"""From parsed entries to a published index version; only what changed is embedded again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson

from app.core.markdown import plain_text
from app.core.ports import Encoder, Vectors
from app.core.spelling import READING
from app.core.types import Entry, FaqMeta, Gap, Passage, PassageKind
from app.core.units import answer_units, is_editorial_note
from app.search import publishing, versions
from app.search.approximate import Choice, DenseReport, build_dense, spread, type_for
from app.search.dense import IndexType
from app.search.discriminant import Discriminant, Floats, means_of, precision_of, write_precision
from app.search.gaps import Gaps
from app.search.index import OpenIndex, asked_rows, own_words, texts_by_entry, write_rows
from app.search.layout import Layout, counts_of
from app.search.lexical import LexicalIndex
from app.search.likeliest import Likeliest
from ingest import embedding, wordings
from ingest.embedding import Progress

FLOOR = 0.01
"""Share of the cosines between different questions that lie below what counts as unrelated."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did; `published` is False when the live version already held exactly this."""

    version: str
    entries: int
    passages: int
    embedded: int
    published: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """Entry ids that differ from the live version."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def passages_of(entries: Sequence[Entry]) -> list[Passage]:
    """The passages that stand for the entries, numbered from 0, each entry's together."""
    passages: list[Passage] = []

    def add(entry: Entry, kind: PassageKind, text: str) -> None:
        passages.append(Passage(len(passages), entry.id, kind, text))

    for entry in entries:
        units = [plain_text(unit.text) for unit in answer_units(entry.answer_md)]
        add(entry, "question", entry.question)
        for variant in entry.variants:
            add(entry, "variant", variant)
        answer = " ".join(text for text in units if not is_editorial_note(text))
        add(entry, "question_answer", f"{entry.question} {answer}")
        for text in units:
            add(entry, "sentence", text)
    return passages


def source_hash(meta: FaqMeta, entries: Sequence[Entry], gaps: Sequence[Gap] = ()) -> str:
    """SHA-256 over all that an index is made from, the encoder and fitted numbers aside."""
    digest = hashlib.sha256(orjson.dumps(asdict(meta), option=orjson.OPT_SORT_KEYS))
    rows: tuple[Entry | Gap, ...] = (*entries, *gaps)
    for row in rows:
        digest.update(orjson.dumps(asdict(row), option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()


def changes_since(live: OpenIndex | None, entries: Sequence[Entry]) -> Changes:
    """What publishing `entries` would change for visitors."""
    before = {entry.id: entry for entry in live.entries} if live else {}
    after = {entry.id: entry for entry in entries}
    return Changes(
        added=tuple(i for i in after if i not in before),
        changed=tuple(i for i in after if i in before and after[i] != before[i]),
        removed=tuple(i for i in before if i not in after),
    )


def build_index(
    meta: FaqMeta,
    entries: Sequence[Entry],
    *,
    index_dir: Path,
    decision: bytes,
    encoder: Encoder,
    gaps: Sequence[Gap] = (),
    keep: int = 5,
    reuse: OpenIndex | None = None,
    progress: Progress = lambda _done, _total: None,
    share: publishing.Share | None = None,
    dense: Choice = "auto",
    threads: int = 1,
) -> Built:
    """Publish a version holding `entries` and the known `gaps`, unless the live one already does.

    Raises IngestBusy when another build is under way, PublishFailed when the disk takes no more.
    Vectors of passages that the live version (or else `reuse`) already holds, made by the same encoder, are reused.
    `share` is as in publishing.publish. `dense` is the type of the dense index; by default what fits the number of
    passages. `threads` passages are embedded at once, which the encoder must bear; where they are many, those that a
    killed build has embedded are not embedded again.
    """
    raw = passages_of(entries)
    kind = type_for(len(raw), dense)
    made_from = (source_hash(meta, entries, gaps), hashlib.sha256(decision).hexdigest(), encoder.fingerprint)
    with publishing.disk_checked(index_dir), publishing.locked(index_dir):
        live = publishing.open_live(index_dir)
        current = live and made_from == _made_from(live.manifest) and kind == live.manifest.dense["wanted"]
        if live and current and not wordings.wanting(live):
            publishing.unpin(index_dir)
            return Built(live.version, len(entries), len(raw), 0, published=False)
        known = live or reuse
        passages = wordings.as_read(raw, encoder, known)
        vectors, embedded = _vectors(passages, encoder, known, index_dir, progress, threads)
        version, folder = publishing.staging(index_dir, "".join(made_from))
        precision = _write_files(folder, entries, passages, vectors, decision)
        report = _write_dense(folder, entries, passages, vectors, precision, kind, encoder)
        known_gaps = None
        if gaps:
            known_gaps = Gaps.build(gaps, _gap_vectors(gaps, encoder, known, index_dir, threads), precision)
            known_gaps.write(folder)
        if report.type == "flat" and (
            classes := wordings.learn(entries, passages, known_gaps, encoder, known, progress, threads)
        ):
            classes.write(folder)
        manifest = versions.Manifest(
            version=version,
            created_at=datetime.now(UTC),
            encoder_id=encoder.id,
            encoder_fingerprint=encoder.fingerprint,
            dimension=encoder.dimension,
            source_hash=made_from[0],
            decision_hash=made_from[1],
            counts={"entries": len(entries), "passages": len(passages), "embedded": embedded, "gaps": len(gaps)},
            files=_hashes(folder),
            faq=asdict(meta),
            dense_floor=_dense_floor(passages, vectors),
            dense=report.as_json(),
            reading=READING,
        )
        publishing.publish(index_dir, folder, manifest, keep, share)
        embedding.forget(index_dir)
    return Built(version, len(entries), len(passages), embedded, published=True)


def _made_from(manifest: versions.Manifest) -> tuple[str, str, str]:
    return manifest.source_hash, manifest.decision_hash, manifest.encoder_fingerprint


def _vectors(
    passages: Sequence[Passage],
    encoder: Encoder,
    live: OpenIndex | None,
    index_dir: Path,
    progress: Progress,
    threads: int,
) -> tuple[Vectors, int]:
    """Vectors of the passages, shape (n, d), and how many had to be computed."""
    vectors = np.empty((len(passages), encoder.dimension), dtype=np.float32)
    places: dict[str, list[int]] = {}
    for passage in passages:
        places.setdefault(passage.text, []).append(passage.id)
    known: dict[str, int] = {}
    if live and live.manifest.encoder_fingerprint == encoder.fingerprint:
        old = live.dense.vectors()
        known = {p.text: p.id for p in live.passages if p.text in places}
        for text, row in known.items():
            vectors[places[text]] = old[row]
    missing = [text for text in places if text not in known]
    for text, vector in embedding.embed(missing, encoder, index_dir, progress, threads):
        vectors[places[text]] = vector
    return vectors, len(missing)


def _gap_vectors(
    gaps: Sequence[Gap], encoder: Encoder, live: OpenIndex | None, index_dir: Path, threads: int
) -> Vectors:
    """Vectors of the gaps' phrasings, shape (n, d); known ones are taken over."""
    phrasings = [text for gap in gaps for text in gap.phrasings]
    known: dict[str, Vectors] = {}
    if live and live.gaps and live.manifest.encoder_fingerprint == encoder.fingerprint:
        texts = (text for _, text in live.gaps.phrasings)
        known = dict(zip(texts, live.gaps.dense.vectors(), strict=True))
    missing = list(dict.fromkeys(text for text in phrasings if text not in known))
    known.update(embedding.embed(missing, encoder, index_dir, lambda _done, _all: None, threads))
    return np.ascontiguousarray([known[text] for text in phrasings], dtype=np.float32)


def _dense_floor(passages: Sequence[Passage], vectors: Vectors) -> float:
    """Cosine that all but FLOOR of the pairs of different entries' questions exceed (at most 1,000 questions).

    Not the median: entries of a FAQ are alike in tone and subject, and what visitors write lies further off.
    """
    rows = [p.id for p in passages if p.kind == "question"][:1000]
    if len(rows) < 2:
        return 0.0
    cosines = vectors[rows] @ vectors[rows].T
    return float(np.quantile(cosines[~np.eye(len(rows), dtype=bool)], FLOOR))


def _write_files(
    folder: Path, entries: Sequence[Entry], passages: Sequence[Passage], vectors: Vectors, decision: bytes
) -> Floats:
    """Write all but the dense index, the gaps, the classes and the manifest; the precision of the entries' vectors."""
    write_rows(folder / versions.ENTRIES, entries)
    write_rows(folder / versions.PASSAGES, passages)
    (folder / versions.DECISION).write_bytes(decision)
    LexicalIndex.build([p.text for p in passages]).write(folder / versions.LEXICAL)
    LexicalIndex.build(texts_by_entry(entries, passages)).write(folder / versions.LEXICAL_ENTRIES)
    place = {entry.id: at for at, entry in enumerate(entries)}
    rows = asked_rows(passages)
    precision = precision_of(vectors[rows], np.array([place[passages[row].entry_id] for row in rows], dtype=np.intp))
    write_precision(precision, folder / versions.PRECISION)
    return precision


def _write_dense(
    folder: Path,
    entries: Sequence[Entry],
    passages: Sequence[Passage],
    vectors: Vectors,
    precision: Floats,
    kind: IndexType,
    encoder: Encoder,
) -> DenseReport:
    """Write the dense index and, where it is approximate, what a small index works out at opening."""
    asked = asked_rows(passages)
    chosen = [passages[asked[at]].text for at in spread(len(asked))] if kind != "flat" else []
    queries = encoder.encode_queries(chosen) if chosen else vectors[:0]
    index, report = build_dense(vectors, kind, queries, threads=os.cpu_count() or 1)
    index.write(folder / versions.VECTORS)
    if index.approximate:
        counts = counts_of(passages, [entry.id for entry in entries])
        np.save(folder / versions.COUNTS, counts, allow_pickle=False)
        (folder / versions.WORDS).write_text("\n".join(own_words(passages)), "utf-8")
        owners = Layout.of(counts).owners(np.asarray(asked, dtype=np.intp))
        means = means_of(vectors[asked], owners, len(entries))
        Discriminant.of(means, precision).write(folder / versions.DISCRIMINANT)
        if likeliest := Likeliest.build(means, precision):
            likeliest.write(folder / versions.LIKELIEST)
    return report


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): versions.sha256_file(p) for p in files}

"""Versions: published whole or not at all, rolled back, verified, cleared up."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import EncoderMismatch, IndexCorrupt, IndexMissing, IngestBusy
from app.core.types import Entry, FaqMeta
from app.search import publishing, versions
from app.search.index import open_index
from app.search.retriever import HybridRetriever
from ingest.build import build_index, changes_since
from tests.fakes import FakeEncoder


def build(folder: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes, **options: object):
    encoder = options.pop("encoder", None) or FakeEncoder()
    return build_index(
        meta, entries, index_dir=folder, decision=decision, encoder=encoder, **options  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_version_opens_with_what_was_given(index_dir: Path, entries: tuple[Entry, ...]) -> None:
    index = open_index(index_dir / versions.current_version(index_dir))
    assert index.entries == entries
    assert index.faq.contact_email == "accueil@ecole.example"
    assert {p.kind for p in index.passages} == {"question", "question_answer", "sentence"}


def test_the_same_source_is_not_published_twice(
    index_dir: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes
) -> None:
    again = build(index_dir, meta, entries, decision)
    assert not again.published
    assert versions.list_versions(index_dir) == [again.version]


def test_only_changed_entries_are_embedded_again(
    index_dir: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes
) -> None:
    encoder = FakeEncoder()
    changed = (*entries[:-1], replace(entries[-1], answer_md="Voir l’accueil."))
    built = build(index_dir, meta, changed, decision, encoder=encoder)
    assert built.published
    assert encoder.encoded == ["Où trouver ma salle de cours ? Voir l’accueil.", "Voir l’accueil."]


def test_reused_vectors_are_the_right_ones(
    index_dir: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes
) -> None:
    reordered = (entries[3], entries[0], entries[4], entries[2])
    build(index_dir, meta, reordered, decision)
    index = open_index(index_dir / versions.current_version(index_dir))
    expected = FakeEncoder().encode_passages([p.text for p in index.passages])
    assert (abs(index.dense.vectors() - expected) < 1e-6).all()


def test_another_encoder_is_refused_and_embeds_everything_again(
    index_dir: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes
) -> None:
    other = FakeEncoder(fingerprint="fake-2")
    live = open_index(index_dir / versions.current_version(index_dir))
    with pytest.raises(EncoderMismatch):
        HybridRetriever(live, other)
    built = build(index_dir, meta, entries, decision, encoder=other)
    assert built.embedded == len({p.text for p in live.passages})


def test_rollback_brings_the_former_version_back_and_pins_it(
    index_dir: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes
) -> None:
    first = versions.current_version(index_dir)
    build(index_dir, meta, entries[:2], decision)
    assert publishing.rollback(index_dir) == first
    assert versions.current_version(index_dir) == first
    assert publishing.is_pinned(index_dir)
    build(index_dir, meta, entries[:2], decision)
    assert not publishing.is_pinned(index_dir)
    assert len(open_index(index_dir / versions.current_version(index_dir)).entries) == 2


def test_there_is_nothing_to_roll_back_to(index_dir: Path) -> None:
    with pytest.raises(publishing.NoSuchVersion):
        publishing.rollback(index_dir)
    with pytest.raises(publishing.NoSuchVersion):
        publishing.rollback(index_dir, "20200101T000000Z-00000000")


def test_old_versions_are_dropped_beyond_keep(
    index_dir: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes
) -> None:
    for n in range(4, 0, -1):
        build(index_dir, meta, entries[:n], decision, keep=3)
    assert len(versions.list_versions(index_dir)) == 3


def test_a_version_dropped_by_halves_is_no_version(
    index_dir: Path,
    meta: FaqMeta,
    entries: tuple[Entry, ...],
    decision: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remove = shutil.rmtree

    def killed(folder: Path, **options: object) -> None:
        """As kill -9 leaves it after the first file."""
        if next(folder.glob(versions.MANIFEST), None):
            (folder / versions.MANIFEST).unlink()
            raise KeyboardInterrupt
        remove(folder, **options)  # type: ignore[call-overload]

    with monkeypatch.context() as patched:
        patched.setattr(publishing.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            build(index_dir, meta, entries[:-1], decision, keep=1)
    for name in versions.list_versions(index_dir):
        open_index(index_dir / name)
    built = build(index_dir, meta, entries, decision, keep=1)
    assert [path.name for path in index_dir.iterdir() if path.is_dir()] == [built.version]


@pytest.mark.parametrize("name", ["vectors.faiss", "entries.jsonl", "passages.jsonl", "decision.json"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_a_damaged_file_is_refused_before_it_is_read(index_dir: Path, name: str, damage: str) -> None:
    folder = index_dir / versions.current_version(index_dir)
    path = folder / name
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "truncate":
        path.write_bytes(content[:-1])
    else:
        path.unlink()
    with pytest.raises(IndexCorrupt) as refused:
        open_index(folder)
    assert refused.value.mend


def test_a_newer_format_and_a_foreign_manifest_are_refused(index_dir: Path) -> None:
    folder = index_dir / versions.current_version(index_dir)
    manifest = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(manifest.replace('"format": 2', '"format": 3'))
    with pytest.raises(IndexCorrupt, match="format"):
        open_index(folder)
    (folder / "manifest.json").write_text("[]")
    with pytest.raises(IndexCorrupt):
        open_index(folder)


def test_a_manifest_cannot_name_files_outside_its_folder(index_dir: Path, tmp_path: Path) -> None:
    folder = index_dir / versions.current_version(index_dir)
    manifest = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(manifest.replace('"entries.jsonl"', '"../../secret"'))
    (tmp_path / "secret").write_text("x")
    with pytest.raises(IndexCorrupt):
        open_index(folder)


@pytest.mark.parametrize("pointer", ["", "../../etc", "n’importe quoi", "20200101T000000Z-zzzzzzzz"])
def test_a_broken_pointer_is_refused(index_dir: Path, pointer: str) -> None:
    (index_dir / "CURRENT").write_text(pointer, "utf-8")
    with pytest.raises(IndexCorrupt):
        versions.current_version(index_dir)


def test_without_an_index_the_mend_is_told(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing) as missing:
        versions.current_version(tmp_path / "rien")
    assert "guichet ingest" in missing.value.mend


def test_two_ingests_at_once_are_told_apart(index_dir: Path) -> None:
    with publishing.locked(index_dir), pytest.raises(IngestBusy), publishing.locked(index_dir):
        pass


def test_changes_name_entries(index_dir: Path, entries: tuple[Entry, ...]) -> None:
    live = publishing.open_live(index_dir)
    new = replace(entries[0], id="nouvelle")
    changes = changes_since(live, (new, replace(entries[1], answer_md="Non."), *entries[2:]))
    assert (changes.added, changes.changed, changes.removed) == (
        ("nouvelle",),
        ("sans-baccalaureat",),
        ("modes-de-paiement",),
    )


KILLED = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.conftest import ENTRIES, META
from tests.fakes import FakeEncoder
from ingest.build import build_index
class Slow(FakeEncoder):
    def encode_passages(self, texts):
        print("encoding", flush=True)
        time.sleep({delay})
        return super().encode_passages(texts)
build_index(META, ENTRIES[:3], index_dir=Path({folder!r}), decision=Path({decision!r}).read_bytes(),
            encoder=Slow(fingerprint="fake-2"))
"""


@pytest.mark.slow
@pytest.mark.parametrize("wait", [0.0, 0.01, 0.03, 0.06])
def test_a_killed_ingest_leaves_the_live_version_and_no_litter(
    index_dir: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes, tmp_path: Path, wait: float
) -> None:
    before = versions.current_version(index_dir)
    saved = tmp_path / "decision.json"
    saved.write_bytes(decision)
    root = str(Path(__file__).resolve().parents[3])
    script = KILLED.format(root=root, folder=str(index_dir), decision=str(saved), delay=0.02)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
    live = versions.current_version(index_dir)
    index = open_index(index_dir / live)
    assert live == before or len(index.entries) == 3
    build(index_dir, meta, entries[:4], decision)
    assert len(open_index(index_dir / versions.current_version(index_dir)).entries) == 4
    assert {p.name for p in index_dir.iterdir()} <= {"CURRENT", ".lock", *versions.list_versions(index_dir)}

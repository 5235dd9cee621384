"""An index that is truncated, flipped, swapped, too new or half gone: told clearly, and the last good one serves."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import GuichetError, IndexCorrupt
from app.core.types import Entry, FaqMeta
from app.search import versions
from app.search.index import open_index
from app.search.live import LiveIndex
from ingest.build import build_index
from tests.fakes import FakeEncoder
from tests.faults.institution import QUESTION, published
from tests.serving import Server, serving


def build(folder: Path, entries: tuple[Entry, ...], meta: FaqMeta, decision: bytes) -> str:
    return build_index(meta, entries, index_dir=folder, decision=decision, encoder=FakeEncoder()).version


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flip(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def truncate(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: chance.randrange(path.stat().st_size)])


def empty(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"")


def grow(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes() + bytes(chance.randrange(256) for _ in range(16)))


@pytest.mark.parametrize("damage", [flip, truncate, empty, grow])
def test_damage_to_any_file_is_found(index_dir: Path, damage: Callable[[Path, random.Random], None]) -> None:
    """Every file of the index, five times at random places. White space of the manifest alone may change unseen."""
    folder = index_dir / versions.current_version(index_dir)
    before = versions.read_manifest(folder)
    chance = random.Random(11)
    names = files_of(folder)
    assert {path.name for path in names} >= {"manifest.json", "vectors.faiss", "entries.jsonl", "precision.npy"}
    for path in names:
        whole = path.read_bytes()
        for _ in range(5):
            damage(path, chance)
            if path.read_bytes() == whole:
                continue
            refused: GuichetError | None
            try:
                open_index(folder)
            except GuichetError as error:
                refused = error
            else:
                assert path.name == "manifest.json"
                assert versions.read_manifest(folder) == before
                refused = None
            if refused:
                assert isinstance(refused, IndexCorrupt)
                assert refused.mend
                assert folder.name in str(refused)
            path.write_bytes(whole)
    open_index(folder)


def test_every_bit_of_a_manifest_counts(index_dir: Path) -> None:
    """Also those of what no other file vouches for: the contact, the thresholds, the encoder's name."""
    path = index_dir / versions.current_version(index_dir) / "manifest.json"
    before, whole = versions.read_manifest(path.parent), path.read_bytes()
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        path.write_bytes(damaged)
        try:
            assert versions.read_manifest(path.parent) == before
        except IndexCorrupt:
            continue


def test_a_manifest_of_before_checksums_is_still_read(index_dir: Path) -> None:
    folder = index_dir / versions.current_version(index_dir)
    value = json.loads((folder / "manifest.json").read_text())
    del value["checksum"]
    (folder / "manifest.json").write_text(json.dumps(value))
    assert open_index(folder).version == folder.name


def test_files_swapped_between_versions(
    index_dir: Path, entries: tuple[Entry, ...], meta: FaqMeta, decision: bytes
) -> None:
    first = index_dir / versions.current_version(index_dir)
    second = index_dir / build(index_dir, entries[:3], meta, decision)
    for path in files_of(second):
        mine, other = path.read_bytes(), (first / path.relative_to(second)).read_bytes()
        if mine == other:
            continue
        path.write_bytes(other)
        with pytest.raises(IndexCorrupt):
            open_index(second)
        path.write_bytes(mine)
    shutil.rmtree(second)
    shutil.copytree(first, second)  # a whole version under another's name
    with pytest.raises(IndexCorrupt, match=first.name):
        open_index(second)


def test_at_the_start_the_newest_older_version_serves(
    index_dir: Path, entries: tuple[Entry, ...], meta: FaqMeta, decision: bytes
) -> None:
    first = versions.current_version(index_dir)
    second = build(index_dir, entries[:3], meta, decision)
    newer = build(index_dir, entries[:2], meta, decision)
    versions.set_current(index_dir, second)  # staff went back from `newer`
    vectors = index_dir / second / "vectors.faiss"
    whole = vectors.read_bytes()
    vectors.write_bytes(whole[:-1])
    live = LiveIndex(index_dir, FakeEncoder)
    assert live.refresh()
    assert live.retriever().index.version == first
    assert newer not in str(live.problem)
    assert "vectors.faiss" in str(live.problem)
    vectors.write_bytes(whole)
    assert live.refresh(), "mended files are taken up at once"
    assert live.retriever().index.version == second
    assert live.problem is None


def test_a_refused_version_is_not_read_again_every_second(
    index_dir: Path, entries: tuple[Entry, ...], meta: FaqMeta, decision: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveIndex(index_dir, FakeEncoder)
    assert live.refresh()
    second = build(index_dir, entries[:3], meta, decision)
    truncate(index_dir / second / "vectors.faiss", random.Random(1))
    read: list[Path] = []
    from app.search import live as module

    def opened(folder: Path) -> object:
        read.append(folder)
        return open_index(folder)

    monkeypatch.setattr(module, "open_index", opened)
    for _ in range(5):
        assert not live.refresh()
    assert len(read) == 1
    assert live.problem is not None
    assert live.retriever().index.version != second


def test_whatever_goes_wrong_while_opening_the_old_one_goes_on(
    index_dir: Path, entries: tuple[Entry, ...], meta: FaqMeta, decision: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.search import live as module

    live = LiveIndex(index_dir, FakeEncoder)
    live.refresh()
    first = live.retriever().index.version
    build(index_dir, entries[:3], meta, decision)

    def fail(folder: Path) -> object:
        raise MemoryError

    monkeypatch.setattr(module, "open_index", fail)
    assert not live.refresh()
    assert live.retriever().index.version == first
    assert "MemoryError" in str(live.problem)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_running_server_goes_on_with_the_last_good_version(tmp_path: Path) -> None:
    """Damage to the live version's files, a damaged new one, one of a newer format, none at all; then a restart."""
    published(tmp_path, "Réponse numéro 0.")
    index_dir = tmp_path / "index"
    good = versions.current_version(index_dir)
    with serving(tmp_path) as server:
        for path in files_of(index_dir / good):
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert answers(server)
        shutil.rmtree(index_dir / good)
        assert answers(server)
        published(tmp_path, "Réponse numéro 1.")
        second = versions.current_version(index_dir)
        until(lambda: server.get("/api/ready")["index_version"] == second)
        newer = second.replace("2026", "2036")
        shutil.copytree(index_dir / second, index_dir / newer)
        manifest = index_dir / newer / "manifest.json"
        manifest.write_text(manifest.read_text().replace('"format": 2', '"format": 9'))
        versions.set_current(index_dir, newer)
        until(lambda: "format" in (server.get("/api/ready")["reason"] or ""))
        assert answers(server)
        assert server.get("/api/ready")["index_version"] == second
    with serving(tmp_path) as server:  # ready, or serving would not return
        assert server.get("/api/ready")["index_version"] == second
        assert answers(server)


def answers(server: Server) -> bool:
    return server.ask(QUESTION)["outcome"] in {"answered", "clarification", "abstained"}


def until(test: Callable[[], bool], limit_s: float = 30.0) -> None:
    end = time.monotonic() + limit_s
    while not test():
        assert time.monotonic() < end
        time.sleep(0.05)

"""Index files made by somebody who can write the folder, manifest and hashes included: refused, or read; never a crash,
code run, or memory taken beyond the file's own size.
"""

from __future__ import annotations

import hashlib
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import GuichetError, IndexCorrupt
from app.search import versions
from app.search.bounds import MAX_MANIFEST
from app.search.index import open_index
from app.search.retriever import HybridRetriever
from tests.fakes import FakeEncoder
from tests.fuzzing import fuzz


def live(index_dir: Path) -> Path:
    return index_dir / versions.current_version(index_dir)


def sign(folder: Path) -> None:
    """Let the manifest name every file as it is now: what an intruder would do."""
    value = orjson.loads((folder / versions.MANIFEST).read_bytes())
    files = [p for p in folder.rglob("*") if p.is_file() and p.name != versions.MANIFEST]
    value["files"] = {p.relative_to(folder).as_posix(): versions.sha256_file(p) for p in files}
    seal(folder, value)


def seal(folder: Path, value: dict[str, Any]) -> None:
    """Write a manifest whose checksum is right."""
    rest = {name: kept for name, kept in value.items() if name != "checksum"}
    checksum = hashlib.sha256(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)).hexdigest()
    (folder / versions.MANIFEST).write_bytes(orjson.dumps({**rest, "checksum": checksum}))


class Trap:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return Path.touch.__get__(self.mark), ()  # type: ignore[return-value]


@pytest.mark.parametrize("name", ["precision.npy", "lexical/data.csc.index.npy", "vectors.faiss", "entries.jsonl"])
def test_a_pickle_is_never_unpickled(index_dir: Path, tmp_path: Path, name: str) -> None:
    folder, mark = live(index_dir), tmp_path / "mark"
    target = next(iter(folder.glob(name)), None) or next(iter(folder.glob("lexical/*.npy")))
    target.write_bytes(pickle.dumps(Trap(mark)))
    sign(folder)
    with pytest.raises(IndexCorrupt):
        open_index(folder)
    with target.open("wb") as file:
        np.save(file, np.array([Trap(mark)], dtype=object), allow_pickle=True)
    sign(folder)
    with pytest.raises(IndexCorrupt):
        open_index(folder)
    assert not mark.exists()
    pickle.loads(pickle.dumps(Trap(mark)))
    assert mark.exists()  # the trap works


def test_a_file_that_the_manifest_does_not_name_is_refused(index_dir: Path) -> None:
    folder = live(index_dir)
    (folder / "lexical" / "corpus.jsonl").write_text("{}\n")
    with pytest.raises(IndexCorrupt, match=r"ne nomme pas lexical/corpus\.jsonl"):
        open_index(folder)


def test_leaving_a_file_out_of_the_manifest_does_not_spare_its_check(index_dir: Path) -> None:
    folder = live(index_dir)
    value = orjson.loads((folder / versions.MANIFEST).read_bytes())
    del value["files"][versions.VECTORS]
    seal(folder, value)
    with pytest.raises(IndexCorrupt, match=r"ne nomme pas vectors\.faiss"):
        open_index(folder)


def test_a_link_to_another_folder_is_refused(index_dir: Path, tmp_path: Path) -> None:
    folder = live(index_dir)
    shutil.copy(folder / "entries.jsonl", tmp_path / "ailleurs.jsonl")
    (folder / "entries.jsonl").unlink()
    (folder / "entries.jsonl").symlink_to(tmp_path / "ailleurs.jsonl")
    with pytest.raises(IndexCorrupt, match="hors du dossier"):
        open_index(folder)


def test_no_file_makes_the_reader_take_more_memory_than_it_has_bytes(index_dir: Path) -> None:
    folder = live(index_dir)
    vectors = bytearray((folder / versions.VECTORS).read_bytes())
    flat = vectors.index(b"IxFI")
    # fourcc, d (int32), ntotal, two dummies (int64), trained (1), metric (int32); then the vector's own length
    at = flat + 4 + 4 + 8 + 8 + 8 + 1 + 4
    (length,) = struct.unpack_from("<Q", vectors, at)
    index = faiss.read_index(str(folder / versions.VECTORS))
    assert length in (index.ntotal * index.d, index.ntotal * index.d * 4)
    struct.pack_into("<Q", vectors, at, 1 << 38)
    (folder / versions.VECTORS).write_bytes(vectors)
    sign(folder)
    with pytest.raises(IndexCorrupt, match="vector"):
        open_index(folder)
    assert faiss.get_deserialization_vector_byte_limit() > 1 << 30  # for whoever else reads


def test_an_npy_header_that_announces_more_than_there_is_is_refused(index_dir: Path) -> None:
    folder = live(index_dir)
    path = folder / versions.PRECISION
    header = np.lib.format.header_data_from_array_1_0(np.zeros((1, 1), dtype=np.float32))
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {**header, "shape": (1 << 31, 1 << 31)})
        file.write(b"\0" * 64)
    sign(folder)
    with pytest.raises(IndexCorrupt, match="announces"):
        open_index(folder)


def test_a_huge_manifest_is_not_read(index_dir: Path) -> None:
    folder = live(index_dir)
    with (folder / versions.MANIFEST).open("wb") as file:
        file.truncate(MAX_MANIFEST * 1000)
    with pytest.raises(IndexCorrupt):
        open_index(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@fuzz(150)
@given(data=st.data())
def test_any_manifest_is_read_or_refused(index_dir: Path, data: st.DataObject) -> None:
    folder = live(index_dir)
    value = orjson.loads((folder / versions.MANIFEST).read_bytes())
    name = data.draw(st.sampled_from([*value, *(("encoder", key) for key in value["encoder"])]))
    changed = {**value, "encoder": dict(value["encoder"])}
    if isinstance(name, tuple):
        changed["encoder"][name[1]] = data.draw(JSON)
    else:
        changed[name] = data.draw(JSON)
    path = folder.parent / "essai" / versions.MANIFEST
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data.draw(st.sampled_from([json_of(changed), json_of(data.draw(JSON)), data.draw(st.binary())])))
    try:
        versions.read_manifest(path.parent)
    except GuichetError as error:
        if not error.mend:
            raise


def json_of(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str) if _fits(value) else b"{}"


def _fits(value: object) -> bool:
    try:
        orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError):
        return False
    return True


@pytest.mark.slow
@fuzz(80)
@given(data=st.data())
def test_any_signed_file_is_read_or_refused(index_dir: Path, data: st.DataObject) -> None:
    """One file, changed somewhere and signed again: the index opens and answers, or says why not."""
    folder = live(index_dir)
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    # FAISS parses its own files in C++: those are held by hash, size and shape, and not fuzzed in this process.
    names = [name for name in names if not name.endswith(".faiss") and name != versions.MANIFEST]
    path = folder / data.draw(st.sampled_from(names))
    before, manifest = path.read_bytes(), (folder / versions.MANIFEST).read_bytes()
    changed = bytearray(before)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del changed[data.draw(st.integers(0, len(changed))) :]
    try:
        path.write_bytes(bytes(changed))
        sign(folder)
        try:
            index = open_index(folder)
            HybridRetriever(index, FakeEncoder()).search("Quels sont les modes de paiement ?")
        except GuichetError as error:
            if not str(error):
                raise
    finally:
        path.write_bytes(before)
        (folder / versions.MANIFEST).write_bytes(manifest)

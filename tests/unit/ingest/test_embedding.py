"""Embedding on several threads, and going on where a killed run was cut off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from app.core.ports import Vectors
from app.core.types import Entry, FaqMeta
from app.search.publishing import open_live
from ingest.build import Built, build_index
from ingest.embedding import BATCH, embed
from tests.fakes import FakeEncoder

TEXTS = [f"Combien coûte la formation numéro {number} ?" for number in range(5 * BATCH + 3)]


class Killed(BaseException):
    """As a signal, nothing that code would handle."""


class Mortal(FakeEncoder):
    """An encoder whose process ends after so many batches."""

    def __init__(self, batches: int, fingerprint: str = "fake-1") -> None:
        super().__init__(fingerprint=fingerprint)
        self._left = batches

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self._left -= 1
        if self._left < 0:
            raise Killed
        return super().encode_passages(texts)


@pytest.fixture(autouse=True)
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.embedding.WORTH_KEEPING", BATCH)


def embedded(folder: Path, encoder: FakeEncoder, threads: int = 1) -> Vectors:
    found = dict(embed(TEXTS, encoder, folder, lambda _done, _all: None, threads))
    assert len(found) == len(TEXTS)
    return np.stack([found[text] for text in TEXTS])


def cut_off(folder: Path, batches: int) -> Path:
    """A run that is killed after so many batches; the file that it leaves."""
    with pytest.raises(Killed):
        embedded(folder, Mortal(batches))
    (left,) = folder.glob(".vectors-*")
    return left


def test_as_many_threads_as_one_likes_give_the_same_vectors(tmp_path: Path) -> None:
    assert (embedded(tmp_path / "one", FakeEncoder()) == embedded(tmp_path / "two", FakeEncoder(), threads=3)).all()


def test_what_a_killed_run_has_embedded_is_not_embedded_again(tmp_path: Path) -> None:
    cut_off(tmp_path, 3)
    after = FakeEncoder()
    told: list[tuple[int, int]] = []
    found = dict(embed(TEXTS, after, tmp_path, lambda done, all_: told.append((done, all_)), 1))
    assert after.encoded == TEXTS[3 * BATCH :]
    assert told[0] == (3 * BATCH, len(TEXTS))
    assert told[-1] == (len(TEXTS), len(TEXTS))
    whole = FakeEncoder().encode_passages(TEXTS)
    assert (np.stack([found[text] for text in TEXTS]) == whole).all()


@pytest.mark.parametrize("damage", ["cut", "flipped", "zeros"])
def test_what_is_damaged_is_embedded_again(tmp_path: Path, damage: str) -> None:
    left = cut_off(tmp_path, 3)
    content = bytearray(left.read_bytes())
    record = len(content) // (3 * BATCH)
    if damage == "cut":
        del content[-record // 2 :]
    elif damage == "flipped":
        content[-record + 20] ^= 1
    else:
        content[-record:] = bytes(record)
    left.write_bytes(content)
    after = FakeEncoder()
    assert (embedded(tmp_path, after) == FakeEncoder().encode_passages(TEXTS)).all()
    assert after.encoded == TEXTS[3 * BATCH - 1 :]
    # What was written after the damage can be read again.
    again = FakeEncoder()
    embedded(tmp_path, again)
    assert again.encoded == []


def test_another_encoder_begins_anew(tmp_path: Path) -> None:
    cut_off(tmp_path, 3)
    other = FakeEncoder(fingerprint="fake-2")
    embedded(tmp_path, other)
    assert other.encoded == TEXTS


def test_a_disk_that_takes_nothing_keeps_nobody_from_embedding(tmp_path: Path) -> None:
    left = cut_off(tmp_path, 1)
    left.unlink()
    left.mkdir()
    assert len(embedded(tmp_path, FakeEncoder())) == len(TEXTS)


def test_a_build_goes_on_where_one_was_killed_and_clears_up(tmp_path: Path, meta: FaqMeta, decision: bytes) -> None:
    entries = [Entry(f"e{n}", text, f"Elle coûte {n} euros.") for n, text in enumerate(TEXTS)]

    def build(encoder: FakeEncoder) -> Built:
        return build_index(meta, entries, index_dir=tmp_path, decision=decision, encoder=encoder)

    with pytest.raises(Killed):
        build(Mortal(4))
    after = FakeEncoder()
    built = build(after)
    assert len(after.encoded) == built.embedded - 4 * BATCH
    assert not list(tmp_path.glob(".vectors-*"))
    live = open_live(tmp_path)
    assert live is not None
    assert (live.dense.vectors() == FakeEncoder().encode_passages([p.text for p in live.passages])).all()

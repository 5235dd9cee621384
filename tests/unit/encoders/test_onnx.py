"""OnnxEncoder's folder checks and its cache; the graph itself is in tests/slow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.errors import EncoderUnavailable
from app.encoders.onnx import OnnxEncoder, VectorCache, read_config, verify


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose config is right and whose two files are no graph and no tokenizer."""
    files = {"model.onnx": b"no graph", "tokenizer.json": b"{}"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    config = {
        "format": 1,
        "id": "test",
        "dimension": 4,
        "max_tokens": 16,
        "prompts": {"query": "q: ", "passage": "p: "},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return tmp_path


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    change(config)
    path.write_text(json.dumps(config), encoding="utf-8")


def test_a_right_config_is_read_and_its_files_verified(folder: Path) -> None:
    config = read_config((folder / "config.json").read_bytes(), folder)
    verify(folder, config.hashes)
    assert (config.id, config.dimension, config.max_tokens) == ("test", 4, 16)
    assert (config.query_prompt, config.passage_prompt) == ("q: ", "p: ")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_missing_file_is_reported_with_its_mend(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(EncoderUnavailable, match=name) as caught:
        OnnxEncoder(folder)
    assert "models/train.py" in caught.value.mend


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_an_altered_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"something else")
    with pytest.raises(EncoderUnavailable, match=f"{name} n’est pas le fichier que sa configuration annonce"):
        OnnxEncoder(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update(format=2), "format 2 instead of 1"),
        (lambda c: c.pop("id"), "il manque 'id'"),
        (lambda c: c["prompts"].pop("passage"), "il manque 'passage'"),
        (lambda c: c["files"].pop("model.onnx"), "il manque 'model.onnx'"),
        (lambda c: c.update(dimension="many"), "ne décrit pas un encodeur"),
        (lambda c: c.update(prompts=[]), "ne décrit pas un encodeur"),
    ],
)
def test_a_wrong_config_is_refused(folder: Path, change: Callable[[dict[str, Any]], object], said: str) -> None:
    edit(folder, change)
    with pytest.raises(EncoderUnavailable, match=said):
        OnnxEncoder(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe"])
def test_a_config_that_is_no_object_is_refused(folder: Path, content: bytes) -> None:
    (folder / "config.json").write_bytes(content)
    with pytest.raises(EncoderUnavailable, match="ne décrit pas un encodeur"):
        OnnxEncoder(folder)


def test_a_file_that_is_no_graph_is_refused(folder: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="ne s’ouvre pas"):
        OnnxEncoder(folder)


def test_the_cache_forgets_what_was_unused_for_longest() -> None:
    cache = VectorCache(2)
    one, two, three = (np.full(4, n, dtype=np.float32) for n in (1, 2, 3))
    cache.put("one", one)
    cache.put("two", two)
    assert cache.get("one") is one
    cache.put("three", three)
    assert cache.get("two") is None
    assert cache.get("one") is one
    assert cache.get("three") is three


def test_a_cache_of_size_zero_keeps_nothing() -> None:
    cache = VectorCache(0)
    cache.put("one", np.zeros(4, dtype=np.float32))
    assert cache.get("one") is None

"""SentenceTransformerEncoder over a hand-written library: prompts, fingerprint, what goes missing."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from app.core.errors import EncoderUnavailable
from app.encoders import sentence_transformer
from app.encoders.sentence_transformer import SentenceTransformerEncoder, document_prompt, folder_digest


class FakeModel:
    """As much of SentenceTransformer as the encoder uses; notes its calls."""

    max_seq_length = 16

    def __init__(self, name: str, **options: Any) -> None:
        self.prompts = {"query": "q: ", "document": "", "passage": "p: "}
        self.calls: list[tuple[list[str], str | None]] = []

    def __iter__(self) -> Any:
        return iter([object()])

    def __getitem__(self, number: int) -> object:
        return object()

    def get_embedding_dimension(self) -> int:
        return 4

    def encode_query(self, texts: list[str], **options: Any) -> Any:
        return self.encode_document(texts, prompt_name="query", **options)

    def encode_document(self, texts: list[str], *, prompt_name: str | None, **options: Any) -> Any:
        assert options["normalize_embeddings"] is True
        self.calls.append((texts, prompt_name))
        return np.ones((len(texts), 4), dtype=np.float64) / 2


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """sentence_transformers and torch, replaced."""
    fake, torch = ModuleType("sentence_transformers"), ModuleType("torch")
    fake.SentenceTransformer = FakeModel  # type: ignore[attr-defined]
    torch.set_num_threads = lambda threads: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", fake)
    monkeypatch.setitem(sys.modules, "torch", torch)
    return fake


def test_a_missing_package_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EncoderUnavailable, match="sentence-transformers") as caught:
        SentenceTransformerEncoder("some/model")
    assert "guichet[models]" in caught.value.mend


def test_texts_are_cleaned_and_prompted(tmp_path: Path, library: ModuleType) -> None:
    encoder = SentenceTransformerEncoder(str(tmp_path))
    vectors = encoder.encode_passages(["a\x00b \ud800"])
    encoder.encode_queries(["c"])
    assert encoder._model.calls == [(["a b ?"], "passage"), (["c"], "query")]
    assert vectors.dtype == np.float32
    assert vectors.shape == (1, 4)
    assert encoder.encode_queries([]).shape == (0, 4)
    assert encoder.id == tmp_path.name


def test_the_fingerprint_follows_the_files_of_a_folder(tmp_path: Path, library: ModuleType) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = SentenceTransformerEncoder(str(tmp_path)).fingerprint
    assert SentenceTransformerEncoder(str(tmp_path)).fingerprint == first
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert SentenceTransformerEncoder(str(tmp_path)).fingerprint != first


def test_a_renamed_file_changes_the_digest_and_a_note_does_not(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    before = folder_digest(tmp_path)
    (tmp_path / "README.md").write_text("note")
    assert folder_digest(tmp_path) == before
    (tmp_path / "a.json").rename(tmp_path / "b.json")
    assert folder_digest(tmp_path) != before


@pytest.mark.parametrize(
    ("prompts", "name"),
    [
        ({"query": "q: ", "document": "", "passage": "p: "}, "passage"),
        ({"query": "", "document": "d: ", "passage": "p: "}, "document"),
        ({"query": "", "document": ""}, None),
        ({}, None),
    ],
)
def test_an_empty_document_prompt_does_not_hide_the_passage_one(prompts: dict[str, str], name: str | None) -> None:
    assert document_prompt(prompts) == name


def refuse(name: str, **options: Any) -> Any:
    raise OSError("not here")


def test_a_name_that_cannot_be_fetched_is_reported(library: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    library.SentenceTransformer = refuse  # type: ignore[attr-defined]
    monkeypatch.setattr(sentence_transformer, "newest_commit", refuse)
    with pytest.raises(EncoderUnavailable, match="n’a pas pu être téléchargé") as caught:
        SentenceTransformerEncoder("no/such-model")
    assert "réseau" in caught.value.mend


def test_a_folder_without_a_model_is_reported(tmp_path: Path, library: ModuleType) -> None:
    library.SentenceTransformer = refuse  # type: ignore[attr-defined]
    with pytest.raises(EncoderUnavailable, match="ne contient pas de modèle"):
        SentenceTransformerEncoder(str(tmp_path))

"""Any sentence-transformers model as an encoder.

The library takes about ten seconds and 400 MB to import: it is loaded when such an
encoder is opened, never before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import EncoderUnavailable
from app.core.french import clean
from app.core.ports import Reading, Vectors
from app.core.spelling import Speller
from app.encoders import messages
from app.encoders.reading import Reader

BATCH = 32
HUB_TIMEOUT_S = 5.0
WEIGHTS = frozenset({".safetensors", ".bin", ".json", ".model", ".txt", ".vocab"})
"""Kinds of files in a model's folder that its vectors depend on."""


def import_library() -> Any:
    """The module sentence_transformers; EncoderUnavailable when it is not installed."""
    try:
        import sentence_transformers
    except ImportError as error:
        raise EncoderUnavailable(
            messages.NOT_INSTALLED,
            mend=messages.INSTALL,
        ) from error
    return sentence_transformers


def load_model(library: Any, name: str) -> Any:
    """The model `name`, from disk where possible; EncoderUnavailable when it can't be had.

    What is on disk is tried first, so that a machine without a network opens its
    cached models at once and no model changes under a running service.
    """
    try:
        return library.SentenceTransformer(name, device="cpu", local_files_only=True)
    except Exception as cached:
        if Path(name).exists():
            raise EncoderUnavailable(
                messages.NO_MODEL_FOLDER.format(name=name, reason=cached),
                mend=messages.NO_MODEL_FOLDER_MEND,
            ) from cached
    try:
        return library.SentenceTransformer(name, device="cpu", revision=newest_commit(name))
    except Exception as error:
        raise EncoderUnavailable(
            messages.NOT_FETCHED.format(name=name, reason=type(error).__name__),
            mend=messages.NOT_FETCHED_MEND,
        ) from error


def newest_commit(name: str) -> str | None:
    """The commit of `name` on the hub, asked once: loading itself would retry for over a minute."""
    from huggingface_hub import HfApi

    return HfApi().model_info(name, timeout=HUB_TIMEOUT_S).sha


def document_prompt(prompts: Mapping[str, str]) -> str | None:
    """Name of the prompt for texts of the FAQ; None when the model has none.

    sentence-transformers 6 adds an empty "document" to a config that has only
    "passage", as E5's do, and then `encode_document` uses the empty one.
    """
    return next((name for name in ("document", "passage", "corpus") if prompts.get(name)), None)


def folder_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of the model's files in `folder`."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in WEIGHTS:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def identify(model: Any, name: str) -> str:
    """What tells this model's weights from any other's: a digest of its files, or its commit."""
    if Path(name).is_dir():
        return folder_digest(Path(name))
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    commit = getattr(config, "_commit_hash", None) or "unknown"
    return f"{name}@{commit}"


class SentenceTransformerEncoder:
    """An Encoder over `SentenceTransformer(name)`, with the prompts of its own config.

    `name` is a folder or a model's name; `threads` the threads torch computes on in
    this process; `speller` mends questions before they are embedded. Raises
    EncoderUnavailable when the package or the model is missing.
    """

    def __init__(self, name: str, *, threads: int = 1, speller: Speller | None = None) -> None:
        library = import_library()
        import torch

        torch.set_num_threads(threads)
        self._model = load_model(library, name)
        self._id = Path(name).name if Path(name).is_dir() else name
        self._dimension = int(self._model.get_embedding_dimension())
        facts = {
            "weights": identify(self._model, name),
            "modules": [type(module).__name__ for module in self._model],
            "prompts": dict(self._model.prompts),
            "max_seq_length": self._model.max_seq_length,
            "dimension": self._dimension,
        }
        self._reader = Reader(speller, self._end)
        self._fingerprint = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    @property
    def id(self) -> str:
        """The model's name, or its folder's."""
        return self._id

    @property
    def fingerprint(self) -> str:
        """SHA-256 over weights (or commit), modules, prompts, length and dimension."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return self._dimension

    def read(self, query: str) -> Reading:
        """The question with misspelt words mended, cut at a word when it has more tokens than the model reads."""
        return self._reader(query)

    def knowing(self, words: Iterable[str]) -> SentenceTransformerEncoder:
        """The same encoder, model shared, for which these words are no misspellings."""
        other = copy(self)
        other._reader = self._reader.knowing(words)
        return other

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed questions with the model's query prompt, as they are read; float32 (len(texts), dimension)."""
        return self._encode(self._model.encode_query, [self.read(text).asked for text in texts])

    def _end(self, query: str) -> int | None:
        """Where the model stops reading a question, in characters; None when it reads the whole or can't tell."""
        longest, tokenizer = self._model.max_seq_length, self._model.tokenizer
        if not longest or not getattr(tokenizer, "is_fast", False):
            return None
        prompt = self._model.prompts.get("query") or ""
        offsets = tokenizer(prompt + query, return_offsets_mapping=True, verbose=False)["offset_mapping"]
        if len(offsets) <= longest:
            return None
        end: int = max(end for _, end in offsets[: longest - 1])
        return max(0, end - len(prompt))

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of the FAQ with the model's document prompt; float32 (len(texts), dimension)."""
        encode = partial(self._model.encode_document, prompt_name=document_prompt(self._model.prompts))
        return self._encode(encode, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self._dimension), dtype=np.float32)
        vectors = encode(
            [clean(text) for text in texts],
            batch_size=BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)

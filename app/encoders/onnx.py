"""The packaged encoder: an ONNX graph from token ids to a normalised sentence vector.

Each text runs through the graph alone. Activations are quantised at run time over
the whole input, so in a batch a text's vector would depend on its neighbours (cosine
down to 0.993); alone, an entry embedded again gives the same vector. On one thread
batches of 32 were a third faster for questions and slower for whole answers. Questions that come at once run side by
side instead (app/core/workers.py; docs/adr/0018-questions-at-once.md).
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.errors import EncoderUnavailable
from app.core.french import clean
from app.core.ports import Reading, Vectors
from app.core.spelling import Speller
from app.encoders import messages
from app.encoders.reading import Reader

CONFIG = "config.json"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
LEXICON = "lexicon.tsv"
"""The words that questions are mended by; an encoder may come without."""
FORMAT = 1
OUTPUT = "sentence_embedding"


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """config.json as models/build_encoder.py writes it; `hashes` by file name."""

    id: str
    dimension: int
    max_tokens: int
    query_prompt: str
    passage_prompt: str
    hashes: Mapping[str, str]


def is_packaged(folder: Path) -> bool:
    """Whether `folder` looks like ours: a config and a graph."""
    return (folder / MODEL).is_file() and (folder / CONFIG).is_file()


def read_config(data: bytes, path: Path) -> EncoderConfig:
    """The config in `data`, read from `path`; EncoderUnavailable when something is wrong with it."""
    try:
        raw = json.loads(data)
        if raw["format"] != FORMAT:
            raise ValueError(f"format {raw['format']!r} instead of {FORMAT}")
        return EncoderConfig(
            id=str(raw["id"]),
            dimension=int(raw["dimension"]),
            max_tokens=int(raw["max_tokens"]),
            query_prompt=str(raw["prompts"]["query"]),
            passage_prompt=str(raw["prompts"]["passage"]),
            hashes={name: str(raw["files"][name]) for name in (MODEL, TOKENIZER, *raw["files"])},
        )
    except KeyError as error:
        raise EncoderUnavailable(messages.LACKS.format(path=path, what=error), mend=messages.REBUILD) from error
    except (TypeError, ValueError) as error:
        raise EncoderUnavailable(messages.NO_CONFIG.format(path=path, reason=error), mend=messages.REBUILD) from error


def verify(folder: Path, hashes: Mapping[str, str]) -> None:
    """Raise EncoderUnavailable unless each file of `folder` has its SHA-256 (25 ms for 35 MB)."""
    for name, expected in hashes.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                raise EncoderUnavailable(messages.TAMPERED.format(path=folder / name), mend=messages.REBUILD)


def open_session(model: Path, threads: int) -> Any:
    """An onnxruntime session on `threads` CPU threads that gives memory back after a run.

    From the path, not from bytes: a process stays 30 MB smaller.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def open_tokenizer(path: Path, max_tokens: int) -> Any:
    """The tokenizer in `path`, cutting a text after `max_tokens` tokens."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


class OnnxEncoder:
    """An Encoder from a folder of model.onnx, tokenizer.json and config.json.

    `threads` is the number of threads one text is computed on; with more `lone_threads`, `prepared`
    computes on those, from a copy of the weights of its own (33 MB), the same vectors. `cache_size` is the
    number of single queries remembered (0 remembers none). Any number of threads may call it. Raises
    EncoderUnavailable when a file is missing, altered or unreadable.
    """

    def __init__(self, folder: Path, *, threads: int = 1, lone_threads: int = 1, cache_size: int = 1024) -> None:
        # Both libraries raise types of their own, and bare Exception, for a file they can't use.
        try:
            data = (folder / CONFIG).read_bytes()
            self._config = read_config(data, folder / CONFIG)
            verify(folder, self._config.hashes)
            self._session = open_session(folder / MODEL, threads)
            self._lone = open_session(folder / MODEL, lone_threads) if lone_threads > threads else self._session
            self._tokenizer = open_tokenizer(folder / TOKENIZER, self._config.max_tokens)
            lexicon = folder / LEXICON if LEXICON in self._config.hashes else None
            self._reader = Reader(Speller.read(lexicon) if lexicon else None, self._end)
            width = self._run("").size
        except EncoderUnavailable:
            raise
        except Exception as error:
            raise EncoderUnavailable(
                messages.WONT_OPEN.format(folder=folder, reason=error), mend=messages.REBUILD
            ) from error
        if width != self._config.dimension:
            declared = self._config.dimension
            raise EncoderUnavailable(
                messages.WRONG_WIDTH.format(folder=folder, width=width, declared=declared),
                mend=messages.REBUILD,
            )
        self._fingerprint = hashlib.sha256(data).hexdigest()
        self._cache_size = cache_size
        self._cache = VectorCache(cache_size)

    def knowing(self, words: Iterable[str]) -> OnnxEncoder:
        """The same encoder, graph and tokenizer shared, for which these words are no misspellings."""
        other = copy(self)
        other._reader = self._reader.knowing(words)
        other._cache = VectorCache(self._cache_size)
        return other

    @property
    def id(self) -> str:
        """The name in config.json."""
        return self._config.id

    @property
    def fingerprint(self) -> str:
        """SHA-256 of config.json, which holds those of the graph and of the tokenizer."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return self._config.dimension

    def read(self, query: str) -> Reading:
        """The question with misspelt words mended, cut at a word when it has more tokens than the model reads."""
        return self._reader(query)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed questions as they are read; float32 (len(texts), dimension). A single one goes through the cache."""
        if len(texts) == 1:
            return self._prepared(texts[0], self._session)()
        return self._encode(self._config.query_prompt, [self.read(text).asked for text in texts])

    def prepared(self, text: str) -> Callable[[], Vectors]:
        """The pass over a question that nobody else's runs beside, all done but the pass itself."""
        return self._prepared(text, self._lone)

    def _prepared(self, text: str, session: Any) -> Callable[[], Vectors]:
        query = self.read(text).asked
        kept = self._cache.get(query)
        feeds = self._feeds(self._config.query_prompt + query) if kept is None else {}

        def embed() -> Vectors:
            vector = _pass(session, feeds) if kept is None else kept
            self._cache.put(query, vector)
            return vector[np.newaxis].copy()

        return embed

    def _end(self, query: str) -> int | None:
        """Where the model stops reading a question, in characters; None when it reads the whole."""
        prompt = self._config.query_prompt
        encoding = self._tokenizer.encode(prompt + query)
        if not encoding.overflowing:
            return None
        end: int = max(end for _, end in encoding.offsets)
        return max(0, end - len(prompt))

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of the FAQ; float32 (len(texts), dimension)."""
        return self._encode(self._config.passage_prompt, texts)

    def _encode(self, prompt: str, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._run(prompt + clean(text))
        return vectors

    def _run(self, text: str) -> npt.NDArray[np.float32]:
        """The vector of one text, prompt included; shape (dimension,)."""
        return _pass(self._session, self._feeds(text))

    def _feeds(self, text: str) -> dict[str, npt.NDArray[np.int64]]:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def _pass(session: Any, feeds: Mapping[str, npt.NDArray[np.int64]]) -> npt.NDArray[np.float32]:
    vector: npt.NDArray[np.float32] = session.run([OUTPUT], feeds)[0][0]
    return vector


class VectorCache:
    """The `size` texts asked last and their vectors, for many threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._vectors: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()

    def get(self, text: str) -> npt.NDArray[np.float32] | None:
        """The vector kept for `text`, now the most recent, or None."""
        with self._lock:
            vector = self._vectors.get(text)
            if vector is not None:
                self._vectors.move_to_end(text)
            return vector

    def put(self, text: str, vector: npt.NDArray[np.float32]) -> None:
        """Keep `vector` for `text`, dropping the text unused for longest when full."""
        if self._size <= 0:
            return
        with self._lock:
            self._vectors[text] = vector
            self._vectors.move_to_end(text)
            if len(self._vectors) > self._size:
                self._vectors.popitem(last=False)

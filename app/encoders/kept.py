"""An encoder that keeps the vectors of questions put again and again to one index after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from app.core.ports import Encoder, Reading, Vectors
from app.encoders.onnx import VectorCache

KEPT = 8192
"""Questions kept: 12 MB at 384 components."""


class KeepingEncoder:
    """An encoder, and one memory for it and for all that `knowing` makes of it."""

    def __init__(self, encoder: Encoder, memory: VectorCache) -> None:
        self._encoder = encoder
        self._memory = memory

    @property
    def id(self) -> str:
        """As the encoder beneath."""
        return self._encoder.id

    @property
    def fingerprint(self) -> str:
        """As the encoder beneath."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """As the encoder beneath."""
        return self._encoder.dimension

    def read(self, query: str) -> Reading:
        """As the encoder beneath."""
        return self._encoder.read(query)

    def knowing(self, words: Iterable[str]) -> KeepingEncoder:
        """The same for a FAQ that has these words; a question read the same has the same vector."""
        return KeepingEncoder(self._encoder.knowing(words), self._memory)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed questions, known ones from memory; float32 (len(texts), dimension)."""
        if len(texts) != 1:
            return self._encoder.encode_queries(texts)
        key = self.read(texts[0]).asked
        vector = self._memory.get(key)
        if vector is None:
            vector = self._encoder.encode_queries(texts)[0]
            self._memory.put(key, vector)
        return vector[np.newaxis].copy()

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """As the encoder beneath."""
        return self._encoder.encode_passages(texts)

"""Stand-ins written by hand: fast, deterministic, honest about their contract."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterable, Sequence

import numpy as np

from app.core.errors import GenerationFailed, StoreUnavailable
from app.core.french import fold, salient_words, stem
from app.core.ports import AnswerRecord, Feedback, Reading, Vectors, Verify
from app.core.texting import expand_sms
from app.core.types import Entry


class FakeEncoder:
    """Bag of hashed stems: texts that share words are near, in milliseconds and without a model."""

    def __init__(self, dimension: int = 256, fingerprint: str = "fake-1") -> None:
        self.id = "fake"
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.encoded: list[str] = []

    def read(self, query: str) -> Reading:
        return Reading(expand_sms(query))

    def knowing(self, words: Iterable[str]) -> FakeEncoder:
        return self

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self.read(text).text for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in salient_words(text) or [text]:
                digest = hashlib.sha256(stem(fold(word)).encode()).digest()
                row[int.from_bytes(digest[:4]) % self.dimension] += 1.0
        normalised: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return normalised


class FakeGenerator:
    """A model that says what it is told to, piece by piece, or fails."""

    name = "faux-modele"

    def __init__(self, pieces: Sequence[str], *, fails_after: int | None = None, delay_s: float = 0.0) -> None:
        self._pieces = pieces
        self._fails_after = fails_after
        self._delay_s = delay_s
        self.asked: list[str] = []

    async def aclose(self) -> None:
        pass

    async def stream(self, question: str, entries: Sequence[Entry]) -> AsyncGenerator[str]:
        self.asked.append(question)
        for at, piece in enumerate(self._pieces):
            if self._fails_after == at:
                raise GenerationFailed("coupé")
            await asyncio.sleep(self._delay_s)
            yield piece

    def write(self, question: str, entries: Sequence[Entry], verify: Verify) -> AsyncGenerator[str]:
        return verify(self.stream(question, entries))


class MemoryStore:
    """A Store in memory; `away` makes every write fail."""

    def __init__(self) -> None:
        self.answers: dict[str, AnswerRecord] = {}
        self.votes: dict[str, Feedback] = {}
        self.away = False

    def record_answer(self, record: AnswerRecord) -> None:
        if not self.away:
            self.answers[record.answer_id] = record

    def add_feedback(self, vote: Feedback) -> bool:
        if self.away:
            raise StoreUnavailable("away")
        if vote.answer_id not in self.answers:
            return False
        self.votes[vote.answer_id] = vote
        return True

    def purge(self, older_than_days: int) -> int:
        return 0

    def erase_conversation(self, conversation_id: str) -> int:
        if self.away:
            raise StoreUnavailable("away")
        gone = [key for key, record in self.answers.items() if record.conversation_id == conversation_id]
        for key in gone:
            del self.answers[key]
        return len(gone)

    def close(self) -> None:
        pass

"""What the parts expect of each other, as Protocols. wiring.py chooses who fills them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from app.core.spelling import Mend
from app.core.types import Entry, Gap, Hit

Vectors = npt.NDArray[np.float32]
"""L2-normalised rows, shape (n, dimension)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as an encoder reads it: misspelt words mended, and cut at a word where it was too long."""

    text: str
    mends: tuple[Mend, ...] = ()
    cut: bool = False
    bare: str = ""
    """What of it is searched where that is not all: the text less its courtesies."""

    @property
    def asked(self) -> str:
        """What is embedded and whose words are looked for."""
        return self.bare or self.text


@runtime_checkable
class Encoder(Protocol):
    """Turns French text into vectors whose dot product is a cosine similarity."""

    @property
    def id(self) -> str:
        """Human-readable name, as the manifest and the model card give it."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would: files, prompts and pooling included."""

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""

    def read(self, query: str) -> Reading:
        """What of a question will be embedded, and how it was mended."""

    def knowing(self, words: Iterable[str]) -> Encoder:
        """The same encoder for a FAQ that has these words: they are no misspellings of others."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what visitors ask, as `read` reads it; float32 array of shape (len(texts), dimension)."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed what the FAQ says; float32 array of shape (len(texts), dimension)."""


@runtime_checkable
class Preparing(Protocol):
    """An encoder that can tell what comes before a pass from the pass itself."""

    def prepared(self, text: str) -> Callable[[], Vectors]:
        """What gives the vector of a question, shape (1, d), with all done but the pass."""


@dataclass(frozen=True, slots=True)
class GapHit:
    """The known gap nearest to a query: its best phrasing, and the mean of the best ones of any gap, in [0, 1]."""

    gap: Gap
    score: float
    agreement: float
    density_lead: float
    """By how much the highest log-density of a gap exceeds an entry's, in nats."""
    agreed: bool = True
    """Whether that gap is this one: else what the query is about had better not be named."""


@dataclass(frozen=True, slots=True)
class Cover:
    """How much of a query's salient words the first hit's entry holds.

    The shares, in [0, 1], are by weight in BM25; `rarest_missing` is such a weight, 0 when nothing is missing.
    """

    by_entry: float = 1.0
    """Held by any of its passages, variants among them."""
    by_text: float = 1.0
    """Held by its own question and answer."""
    missing: int = 0
    """Words that none of its passages holds."""
    rarest_missing: float = 0.0
    wording: float = 0.0
    """How like the query the nearest wording of the entry's question is, in [0, 1]; 0 if a sentence is nearest."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The entries found for a query, best first, from one index version."""

    reading: Reading
    """The query as it was searched."""
    hits: tuple[Hit, ...]
    index_version: str
    coverage: float
    """Share of the query's salient words that the FAQ knows at all, in [0, 1]."""
    words: int
    """Number of the query's salient words."""
    timings_ms: Mapping[str, float]
    cover: Cover = field(default_factory=Cover)
    """How much of the query the first hit's entry covers."""
    gap: GapHit | None = None
    """None when no gaps are known."""
    belongs: float = 0.0
    """How far the query belongs to some entry rather than to the known gaps, about -1 to 1 (app/search/classes.py);
    0 where the index has learnt no classes."""
    twins: Mapping[str, float] = field(default_factory=dict)
    """Ids of the hits that put the first one's question for different publics, and how likely each public's
    is meant; empty when the first hit's question is its own."""
    vector: Vectors | None = field(default=None, repr=False, compare=False)
    """The query's vector, shape (1, d), for those who compare it with something else."""


class Retriever(Protocol):
    """Finds entries for a query."""

    def search(self, query: str, k: int = 10, said: Sequence[str] = ()) -> Retrieval:
        """The k best entries for `query`, best first; fewer when the FAQ is smaller.

        `said` was said before it and may tell which public asks.
        """


Verify = Callable[[AsyncIterator[str]], AsyncGenerator[str]]
"""Turns a model's text, as it comes, into what of it may be shown."""


class Generator(Protocol):
    """Writes an answer from entries. Only a language model needs to be one."""

    @property
    def name(self) -> str:
        """The model's name, as shown to visitors and kept in the trace."""

    def stream(self, question: str, entries: Sequence[Entry]) -> AsyncGenerator[str]:
        """Text as it comes, with `[n]` marks for the n-th entry given.

        Raises GenerationFailed when nothing usable comes.
        """

    def write(self, question: str, entries: Sequence[Entry], verify: Verify) -> AsyncGenerator[str]:
        """The same text run through `verify`; what it raises is passed on."""

    async def aclose(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """What is kept of an answer; `message` is redacted before it gets here, "" when it isn't kept."""

    answer_id: str
    conversation_id: str
    outcome: str
    entry_ids: tuple[str, ...]
    confidence: float
    generator: str
    index_version: str
    total_ms: float
    message: str = ""
    near_id: str = ""
    """The entry that came nearest; "" when nothing was searched."""
    failure: str = ""
    """Why the model's answer was replaced (app/answer/failures.py); "" when it wasn't."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A visitor's vote on an answer; `comment` is redacted before it gets here."""

    answer_id: str
    vote: str
    reason: str | None
    comment: str | None


class Store(Protocol):
    """Keeps what staff will want to see again."""

    def record_answer(self, record: AnswerRecord) -> None:
        """Queue a record; returns at once, never raises, drops when the queue is full."""

    def add_feedback(self, vote: Feedback) -> bool:
        """Keep a vote durably; False when no such answer is known.

        Raises StoreUnavailable when it could not be written.
        """

    def purge(self, older_than_days: int) -> int:
        """Delete what is older; the number of rows gone."""

    def erase_conversation(self, conversation_id: str) -> int:
        """Delete all that is kept of a conversation, what is still queued included; how many answers went.

        Raises StoreUnavailable when it could not be done.
        """

    def close(self) -> None:
        """Write what is queued and let go of the database."""

"""Small talk in words that no rule knows, by its nearness to examples (small_talk.tsv).

Rules (smalltalk.py) read what is surely courtesy, a wish for a person, an insult. What they miss is searched for like a
question, and mostly finds nothing; it is small talk when the nearest examples are near, and nearer than anything that
the FAQ or the list of known gaps holds. A message that the FAQ answers is never taken for small talk.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np

from app.answer import phrases
from app.answer.find import Found
from app.answer.smalltalk import Reply
from app.core.ports import Vectors
from app.core.types import Outcome
from app.search.fuse import stretch
from app.search.retriever import HybridRetriever

NEAREST = 3
"""Examples whose mean nearness counts: one alone may share a mere word."""
VOTERS = 7
"""Nearest examples that choose the reply, each by its nearness: the nearest alone may share a mere turn of phrase."""
LEAST = 0.38
"""Mean nearness from which a message is like the examples, as cosines stretched so that unrelated questions of the FAQ
are at 0."""
LEAD = 0.04
"""By how much, on the same scale, it must exceed the FAQ's nearest passage and the nearest known gap.

LEAST and LEAD were chosen on the examples, each left out in turn, and on the development questions:
`python -m evals.small_talk`.
"""
LONGEST = 20
"""Words; longer messages tell a story."""

_OUTCOMES: dict[str, Outcome] = {"HANDOFF": "handoff", "INSULT": "blocked"}
_FILE = Path(__file__).with_name("small_talk.tsv")
_lock = Lock()
_vectors: dict[tuple[str, int], Vectors] = {}


@dataclass(frozen=True, slots=True)
class Example:
    """A message, and the name in phrases.py of the reply that fits it."""

    reply: str
    text: str

    @property
    def outcome(self) -> Outcome:
        """What a message like it comes to."""
        return _OUTCOMES.get(self.reply, "smalltalk")


@dataclass(frozen=True, slots=True)
class Likeness:
    """The nearest example of the kind that a message is like, the nearest few's mean nearness, and its lead."""

    example: Example
    nearness: float
    lead: float

    @property
    def holds(self) -> bool:
        """Whether the message is small talk."""
        return self.nearness >= LEAST and self.lead >= LEAD

    @property
    def reply(self) -> Reply:
        """The reply that fits."""
        return Reply(self.example.outcome, getattr(phrases, self.example.reply))


@lru_cache(maxsize=1)
def examples() -> tuple[Example, ...]:
    """All of them, in the order of the file."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return tuple(Example(*line.split("\t")) for line in lines)


def prepare(retriever: HybridRetriever) -> Vectors:
    """The examples' vectors, shape (examples, d); they are embedded once for each encoder (some 3 ms each)."""
    manifest = retriever.index.manifest
    encoder = (manifest.encoder_fingerprint, manifest.dimension)
    with _lock:
        if encoder not in _vectors:
            _vectors[encoder] = np.vstack([retriever.vector(example.text) for example in examples()])
        return _vectors[encoder]


def likeness(found: Found, retriever: HybridRetriever, without: int | None = None) -> Likeness | None:
    """How like small talk a message is; None where the FAQ has the say.

    `without` leaves an example out.
    """
    hits, gap = found.retrieval.hits, found.retrieval.gap
    text = found.retrieval.reading.text
    if found.answers or not hits or len(text.split()) > LONGEST:
        return None
    cosines = prepare(retriever) @ retriever.vector_of(found.retrieval)[0]
    if without is not None:
        cosines[without] = -1.0
    best = np.argsort(-cosines)[:VOTERS]
    mean, passage = cosines[best[:NEAREST]].mean(), max(hit.dense_score for hit in hits[:NEAREST])
    floor = retriever.index.manifest.dense_floor
    nearness, rival = stretch(np.array([mean, passage], dtype=np.float32), floor).tolist()
    if gap is not None:
        rival = max(rival, gap.agreement)
    votes: Counter[str] = Counter()
    for at, vote in zip(best.tolist(), stretch(cosines[best], floor).tolist(), strict=True):
        votes[examples()[at].reply] += vote
    (reply, _), *_ = votes.most_common(1)
    chosen = next(examples()[at] for at in best.tolist() if examples()[at].reply == reply)
    return Likeness(chosen, nearness, nearness - rival)

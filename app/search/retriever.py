"""The hybrid retriever: one encoder pass, one FAISS search, one BM25 search, one score an entry.

app/search/pool.py chooses the entries that are scored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from time import perf_counter

import numpy as np

from app.core.errors import EncoderMismatch
from app.core.french import lexical_tokens, terms_of_question
from app.core.markdown import plain_text
from app.core.ports import Cover, Encoder, Preparing, Reading, Retrieval, Vectors
from app.core.types import Entry, Hit
from app.search import messages
from app.search.audience import Audiences
from app.search.classes import Classes
from app.search.decide import DecisionModel
from app.search.dense import DenseIndex
from app.search.fuse import FEATURES, Floats, entry_features, fused_scores, ranks
from app.search.gaps import Gaps
from app.search.index import OpenIndex, own_words
from app.search.pool import Everything, Pool, pooling
from app.search.wording import WORDINGS, likeness, read

EXPIRED = -1.0
"""Fused score of an entry that must not be found; all others are in [0, 1]."""


QUICK = 10_000
"""Passages up to which a search is quick."""
VOCABULARIES = 1000
"""Entries whose words are kept at hand."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vector of a query, shape (1, d), and the milliseconds that it took."""

    vector: Vectors
    ms: float


class HybridRetriever:
    """Searches one opened index version with the encoder that made it."""

    def __init__(self, index: OpenIndex, encoder: Encoder) -> None:
        check_encoder(index, encoder)
        self.index = index
        self._encoder = encoder.knowing(own_words(index.passages) if index.words is None else index.words)
        self._prepared = self._encoder.prepared if isinstance(self._encoder, Preparing) else self._later
        self._pool = pooling(index)
        self._vocabularies = lru_cache(maxsize=VOCABULARIES)(self._vocabulary_of)
        self._audiences = Audiences(index.entries, self._vocabularies)
        self._position = {entry.id: at for at, entry in enumerate(index.entries)}
        self._expiring = {at: e.valid_until for at, e in enumerate(index.entries) if e.valid_until}

    def with_decision(self, decision: DecisionModel) -> HybridRetriever:
        """The same retriever with other weights and thresholds (for fitting and what-ifs)."""
        return self.over(replace(self.index, decision=decision))

    def over(self, index: OpenIndex) -> HybridRetriever:
        """A retriever with the same encoder over another index that it made."""
        return HybridRetriever(index, self._encoder)

    def as_if(self, gaps: Gaps | None, classes: Classes | None) -> HybridRetriever:
        """The same search as if these gaps were known and these classes learnt; made in no time."""
        other = copy(self)
        other.index = replace(self.index, gaps=gaps, classes=classes)
        return other

    def through(self, wrapped: Callable[[Encoder], Encoder]) -> HybridRetriever:
        """The same retriever with its encoder wrapped."""
        return HybridRetriever(self.index, wrapped(self._encoder))

    def vector(self, query: str) -> Vectors:
        """The vector of a text read as a query, shape (1, d), for those who compare it with something else."""
        return self._encoder.encode_queries([query])

    def vector_of(self, retrieval: Retrieval) -> Vectors:
        """The vector of a retrieval's text, shape (1, d): the one searched with, where the text reads as it was read.

        What a mended text is read as once more may be something else.
        """
        reading, vector = retrieval.reading, retrieval.vector
        if vector is not None and self._encoder.read(reading.text).asked == reading.asked:
            return vector
        return self.vector(reading.text)

    def _later(self, query: str) -> Callable[[], Vectors]:
        return partial(self.vector, query)

    @property
    def quick(self) -> bool:
        """Whether a search with its vector at hand takes no longer than an event loop may be kept from others."""
        return len(self.index.passages) <= QUICK and type(self.index.dense) is DenseIndex

    def embed(self, query: str) -> Embedded:
        """The vector to search with."""
        began = perf_counter()
        return Embedded(self.vector(query), (perf_counter() - began) * 1e3)

    def embed_alone(self, query: str, under_way: Callable[[], object]) -> Embedded:
        """The same where nobody else asks; `under_way` is called just before the encoder's pass."""
        began = perf_counter()
        make = self._prepared(query)
        under_way()
        return Embedded(make(), (perf_counter() - began) * 1e3)

    def prepare(self, query: str) -> Reading:
        """Work out what a search needs that has nothing to do with the vector; the search finds it done."""
        reading = self._encoder.read(query)
        asked = reading.asked
        read(asked)
        if isinstance(self._pool, Everything):
            self._pool.by_words(terms_of_question(asked))
        if self.index.classes and self.index.classes.ngrams:
            self.index.classes.ngrams.near(asked)
        return reading

    def search(self, query: str, k: int = 10, said: Sequence[str] = (), embedded: Embedded | None = None) -> Retrieval:
        """The k best entries, best first. `query` is expected clean (french.clean).

        `said` was said before it: it is not searched, but may tell which public asks. `embedded` is the query's
        vector where there is one.
        """
        reading = self._encoder.read(query)
        embedded = embedded or self.embed(query)
        vector, encoded = embedded.vector, perf_counter()
        tokens = terms_of_question(reading.asked)
        pool = self._pool(vector, tokens)
        floor = self.index.manifest.dense_floor
        belonging = self.index.classes.scores(vector, reading.asked) if self.index.classes else None
        features = entry_features(pool.scores, pool.map, floor, belonging)
        scores = fused_scores(features, self.index.decision.weights)
        self._withhold_expired(pool, scores)
        hits = self._hits(pool, features, scores, k)
        done = perf_counter()
        return Retrieval(
            reading=reading,
            hits=hits,
            index_version=self.index.version,
            coverage=self.index.lexical.covered(tokens),
            words=sum(token.startswith("u:") for token in tokens),
            cover=self._cover(reading.asked, tokens, hits[0]) if hits else Cover(by_entry=0.0, by_text=0.0),
            twins=self._twins(tokens, hits, said),
            gap=self.index.gaps.nearest(vector, floor, float(pool.scores.density.max())) if self.index.gaps else None,
            belongs=0.0 if belonging is None else float(belonging[:-1].sum() - belonging[-1]),
            vector=vector,
            timings_ms={"encode": embedded.ms, "search": (done - encoded) * 1e3},
        )

    def _twins(self, tokens: Sequence[str], hits: Sequence[Hit], said: Sequence[str]) -> Mapping[str, float]:
        """The entries that put the first one's question, itself included, with their chances; {} if it is alone."""
        if not hits or hits[0].entry.id not in self.index.twins:
            return {}
        asked = hits[0].entry.question
        twins = [hit.entry for hit in hits if hit.entry.question == asked]
        words = {*tokens, *lexical_tokens(" ".join(said))}
        return self._audiences.chances(words, twins) if len(twins) > 1 else {}

    def _vocabulary_of(self, entry_id: str) -> frozenset[str]:
        at, layout = self._position[entry_id], self.index.layout
        passages = self.index.passages[layout.first[at] : layout.end[at]]
        return frozenset(token for passage in passages for token in lexical_tokens(passage.text))

    def _held(self, tokens: Sequence[str], entry: Entry) -> tuple[frozenset[str], frozenset[str]]:
        """The entry's words and those of its own text, at least those of the tokens: among many entries it is seldom
        the same one again.
        """
        if not self.index.dense.approximate:
            return self._vocabularies(entry.id), own_tokens(entry.question, entry.answer_md)
        at, layout, lexical = self._position[entry.id], self.index.layout, self.index.lexical
        first, asked, end = int(layout.first[at]), int(layout.asked[at]), int(layout.end[at])
        # All but the variants, which stand behind the entry's own question.
        own = lexical.held(tokens, (first, first + 1), (asked, end))
        return own | lexical.held(tokens, (first, asked)), own

    def _cover(self, asked: str, tokens: Sequence[str], hit: Hit) -> Cover:
        """What of the tokens the entry holds; each word stands twice among them, and once among those missing."""
        weights = {token: self.index.lexical.weight(token) for token in tokens}
        total = sum(weights.values())
        if not total:
            return Cover(by_entry=0.0, by_text=0.0)
        entry = hit.entry
        every, own = self._held(tokens, entry)
        missing = [weight for token, weight in weights.items() if token not in every and not token.startswith("u:")]
        return Cover(
            by_entry=sum(weight for token, weight in weights.items() if token in every) / total,
            by_text=sum(weight for token, weight in weights.items() if token in own) / total,
            missing=len(missing),
            rarest_missing=max(missing, default=0.0),
            wording=likeness(asked, hit.passage.text) if hit.passage.kind in WORDINGS else 0.0,
        )

    def _withhold_expired(self, pool: Pool, scores: Floats) -> None:
        """Entries past their `valid_until` are never found: what they say no longer holds."""
        if self._expiring:
            today = datetime.now(UTC).astimezone().date()
            until = [self._expiring.get(at) for at in pool.entries.tolist()]
            scores[[at for at, day in enumerate(until) if day and day < today]] = EXPIRED

    def _hits(self, pool: Pool, features: Floats, scores: Floats, k: int) -> tuple[Hit, ...]:
        dense = np.fmax(pool.scores.dense, np.float32(-1.0))
        by_dense = ranks(features[:, :3].max(axis=1)).tolist()
        by_lexical = ranks(features[:, 3]).tolist()
        best = [at for at in np.argsort(-scores, kind="stable")[:k].tolist() if scores[at] != EXPIRED]
        layout = pool.layout
        places = zip(*(each[best].tolist() for each in (layout.first, layout.units, layout.end)), strict=True)
        rows = zip(best, places, features[best].tolist(), scores[best].tolist(), strict=True)
        return tuple(
            self._hit(pool, at, rank, dense, place, row, score, by_dense[at], by_lexical[at])
            for rank, (at, place, row, score) in enumerate(rows, start=1)
        )

    def _hit(
        self,
        pool: Pool,
        at: int,
        rank: int,
        dense: Floats,
        place: tuple[int, int, int],
        features: list[float],
        score: float,
        dense_rank: int,
        lexical_rank: int,
    ) -> Hit:
        first, units, end = place
        best = first + int(dense[first:end].argmax())
        return Hit(
            entry=self.index.entries[pool.entries[at]],
            passage=self.index.passages[int(pool.passages[best])],
            score=score,
            rank=rank,
            dense_score=float(dense[best]),
            lexical_score=features[3],
            dense_rank=dense_rank,
            lexical_rank=lexical_rank if features[3] > 0 else None,
            features=dict(zip(FEATURES, features, strict=True)),
            unit_scores=tuple(dense[units:end].tolist()),
        )


@lru_cache(maxsize=VOCABULARIES)
def own_tokens(question: str, answer_md: str) -> frozenset[str]:
    """The tokens of an entry's own text."""
    return frozenset(lexical_tokens(f"{question} {plain_text(answer_md)}"))


def check_encoder(index: OpenIndex, encoder: Encoder) -> None:
    """Raise EncoderMismatch when the index was made by another encoder."""
    manifest = index.manifest
    if encoder.fingerprint != manifest.encoder_fingerprint or encoder.dimension != manifest.dimension:
        raise EncoderMismatch(
            messages.OTHER_ENCODER.format(version=manifest.version, made_by=manifest.encoder_id, encoder=encoder.id),
            mend=messages.OTHER_ENCODER_MEND,
        )

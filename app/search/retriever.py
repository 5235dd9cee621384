"""The hybrid retriever: one encoder pass, one FAISS search, one BM25 search, one score an entry."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from time import perf_counter

import numpy as np

from app.core.errors import EncoderMismatch
from app.core.french import expand_sms, lexical_tokens
from app.core.ports import Encoder, Retrieval
from app.core.types import Hit
from app.search.decide import DecisionModel
from app.search.fuse import FEATURES, Floats, entry_features, fused_scores, ranks
from app.search.index import OpenIndex


class HybridRetriever:
    """Searches one opened index version with the encoder that made it."""

    def __init__(self, index: OpenIndex, encoder: Encoder) -> None:
        check_encoder(index, encoder)
        self.index = index
        self._encoder = encoder
        self._passages_of: list[list[int]] = [[] for _ in index.entries]
        for passage, at in zip(index.passages, index.passage_map.entry, strict=True):
            self._passages_of[at].append(passage.id)

    def with_decision(self, decision: DecisionModel) -> HybridRetriever:
        """The same retriever with other weights and thresholds (for fitting and what-ifs)."""
        return HybridRetriever(replace(self.index, decision=decision), self._encoder)

    def search(self, query: str, k: int = 10) -> Retrieval:
        """The k best entries, best first. `query` is expected clean (french.clean)."""
        started = perf_counter()
        text = expand_sms(query)
        vector = self._encoder.encode_queries([text])
        encoded = perf_counter()
        dense = self.index.dense.scores(vector)
        tokens = lexical_tokens(text)
        lexical = self.index.lexical.scores(tokens)
        features = entry_features(dense, lexical, self.index.passage_map, self.index.manifest.dense_floor)
        scores = fused_scores(features, self.index.decision.weights)
        hits = self._hits(dense, features, scores, k)
        done = perf_counter()
        return Retrieval(
            query=text,
            hits=hits,
            index_version=self.index.version,
            coverage=self.index.lexical.covered(tokens),
            words=len(tokens) // 2,
            timings_ms={"encode": (encoded - started) * 1e3, "search": (done - encoded) * 1e3},
        )

    def _hits(self, dense: Floats, features: Floats, scores: Floats, k: int) -> tuple[Hit, ...]:
        by_dense = ranks(features[:, :3].max(axis=1))
        by_lexical = ranks(features[:, 3])
        best = np.argsort(-scores, kind="stable")[:k]
        return tuple(
            self._hit(
                int(at), rank, dense, features[at], float(scores[at]), int(by_dense[at]), int(by_lexical[at])
            )
            for rank, at in enumerate(best, start=1)
        )

    def _hit(
        self,
        at: int,
        rank: int,
        dense: Floats,
        features: Floats,
        score: float,
        dense_rank: int,
        lexical_rank: int,
    ) -> Hit:
        ids = self._passages_of[at]
        cosines = dense[ids].tolist()
        best = max(range(len(ids)), key=lambda i: -1.0 if isnan(cosines[i]) else cosines[i])
        passages = self.index.passages
        return Hit(
            entry=self.index.entries[at],
            passage=passages[ids[best]],
            score=score,
            rank=rank,
            dense_score=cosines[best],
            lexical_score=float(features[3]),
            dense_rank=dense_rank,
            lexical_rank=lexical_rank if features[3] > 0 else None,
            features=dict(zip(FEATURES, map(float, features), strict=True)),
            unit_scores=tuple(c for i, c in zip(ids, cosines, strict=True) if passages[i].kind == "sentence"),
        )


def check_encoder(index: OpenIndex, encoder: Encoder) -> None:
    """Raise EncoderMismatch when the index was made by another encoder."""
    manifest = index.manifest
    if encoder.fingerprint != manifest.encoder_fingerprint or encoder.dimension != manifest.dimension:
        raise EncoderMismatch(
            f"L’index {manifest.version} a été fait avec l’encodeur {manifest.encoder_id}, "
            f"or le service utilise {encoder.id}.",
            mend="Relancez « guichet ingest » avec le même GUICHET_ENCODER.",
        )

"""One score per entry from its passages' dense and lexical scores.

Each kind of evidence is the best passage of that kind; cosines are stretched
so that 0 is what unrelated questions of this FAQ score with this encoder and 1
is identity, which lets weights fitted with one encoder or FAQ serve another.
The fused score is a weighted mean: the weights are fitted (evals/fit.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.types import Passage, PassageKind

Floats = npt.NDArray[np.float32]

FEATURES = ("question", "question_answer", "sentence", "lexical")
"""Names of the evidence, in the order of EntryScores' columns."""

_COLUMN: dict[PassageKind, int] = {"question": 0, "variant": 0, "question_answer": 1, "sentence": 2}


@dataclass(frozen=True, slots=True)
class PassageMap:
    """Which entry and which kind of evidence each passage speaks for; arrays of shape (n,)."""

    entry: npt.NDArray[np.intp]
    column: npt.NDArray[np.intp]
    entries: int

    @classmethod
    def of(cls, passages: Sequence[Passage], entry_ids: Sequence[str]) -> PassageMap:
        """Positions are those of `entry_ids`; every passage must name one of them."""
        position = {entry_id: at for at, entry_id in enumerate(entry_ids)}
        return cls(
            entry=np.array([position[p.entry_id] for p in passages], dtype=np.intp),
            column=np.array([_COLUMN[p.kind] for p in passages], dtype=np.intp),
            entries=len(entry_ids),
        )


def stretch(cosines: Floats, floor: float) -> Floats:
    """Cosines with `floor` moved to 0 and 1 kept, clipped to [0, 1]; NaN becomes 0."""
    stretched = (np.nan_to_num(cosines, nan=floor) - floor) / max(1e-6, 1.0 - floor)
    clipped: Floats = np.clip(stretched, 0.0, 1.0).astype(np.float32)
    return clipped


def entry_features(dense: Floats, lexical: Floats, passages: PassageMap, floor: float) -> Floats:
    """Evidence per entry, shape (entries, len(FEATURES)), each value in [0, 1].

    `dense` and `lexical` hold one score per passage.
    """
    features = np.zeros((passages.entries, len(FEATURES)), dtype=np.float32)
    np.maximum.at(features, (passages.entry, passages.column), stretch(dense, floor))
    np.maximum.at(features[:, 3], passages.entry, lexical)
    return features


def fused_scores(features: Floats, weights: Mapping[str, float]) -> Floats:
    """Weighted mean of each row of `features`, shape (entries,), in [0, 1]."""
    vector = np.array([weights[name] for name in FEATURES], dtype=np.float32)
    scores: Floats = features @ (vector / vector.sum())
    return scores


def ranks(scores: Floats) -> npt.NDArray[np.intp]:
    """Rank of each score, 1 for the highest; equal scores keep their order."""
    order = np.argsort(-scores, kind="stable")
    result = np.empty(len(scores), dtype=np.intp)
    result[order] = np.arange(1, len(scores) + 1)
    return result

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

FEATURES = (
    "question",
    "question_answer",
    "sentence",
    "lexical",
    "agreement",
    "lexical_agreement",
    "lexical_entry",
    "discriminant",
    "belonging",
)
"""Names of the evidence, in the order of the columns of `entry_features`: the best cosine of the
question and its variants, of question + answer, of a sentence; the best BM25 score; and the mean of
the TOP best cosines of question and variants, and of the TOP best BM25 scores, which tell an entry
that is meant from one that merely has one passage nearby; BM25 over all that the entry holds; how
little its log-density (search/discriminant.py) lies below the best entry's; and how far the question belongs to it
by what is learnt from all wordings (search/classes.py), 0 where nothing is."""

DENSITY_RANGE = 40.0
"""Difference of log-density, in nats, that takes the evidence from 1 to 0."""

TOP = 3
"""Passages whose scores are averaged."""

_NOTHING = np.zeros(1, dtype=np.float32)
COLUMNS: Mapping[PassageKind, int] = {"question": 0, "variant": 0, "question_answer": 1, "sentence": 2}
"""The kind of evidence, of the first three FEATURES, that each kind of passage gives."""


@dataclass(frozen=True, slots=True)
class PassageMap:
    """Which entry and which kind of evidence each of n passages speaks for.

    `entry` and `column` have shape (n,). `questions` and `all` list each entry's
    question-side passages and all of its passages, one row an entry, filled up with n.
    `runs` are the numbers at which a run of passages of the same entry and column begins.
    """

    entry: npt.NDArray[np.intp]
    column: npt.NDArray[np.intp]
    questions: npt.NDArray[np.intp]
    all: npt.NDArray[np.intp]
    runs: npt.NDArray[np.intp]
    once: bool
    """Whether no two runs are of the same entry and column."""

    @classmethod
    def of(cls, passages: Sequence[Passage], entry_ids: Sequence[str]) -> PassageMap:
        """Positions are those of `entry_ids`; every passage must name one of them."""
        position = {entry_id: at for at, entry_id in enumerate(entry_ids)}
        mine: list[list[int]] = [[] for _ in entry_ids]
        asked: list[list[int]] = [[] for _ in entry_ids]
        for at, passage in enumerate(passages):
            mine[position[passage.entry_id]].append(at)
            if COLUMNS[passage.kind] == 0:
                asked[position[passage.entry_id]].append(at)
        entry = np.array([position[p.entry_id] for p in passages], dtype=np.intp)
        column = np.array([COLUMNS[p.kind] for p in passages], dtype=np.intp)
        changes = np.flatnonzero((np.diff(entry) != 0) | (np.diff(column) != 0)) + 1
        runs = np.append(0, changes).astype(np.intp)[: len(entry)]
        once = len(np.unique(entry[runs] * 3 + column[runs])) == len(runs)
        return cls(entry, column, rows_of(asked, len(passages)), rows_of(mine, len(passages)), runs, once)

    def best(self, scores: Floats, features: Floats, column: int | None = None) -> None:
        """Raise `features` to each entry's best score, in the passages' own columns or all in one."""
        if len(self.runs):
            highest = np.maximum.reduceat(scores, self.runs)
            entries = self.entry[self.runs]
            into = self.column[self.runs] if column is None else np.full(len(self.runs), column, dtype=np.intp)
            if column is None and self.once:
                features[entries, into] = np.maximum(features[entries, into], highest)
            else:
                np.maximum.at(features, (entries, into), highest)


def rows_of(lists: Sequence[Sequence[int]], filler: int) -> npt.NDArray[np.intp]:
    """The lists as rows of one array, at least TOP wide, filled up with `filler`."""
    width = max(TOP, *(len(row) for row in lists)) if lists else TOP
    rows = np.full((len(lists), width), filler, dtype=np.intp)
    for at, row in enumerate(lists):
        rows[at, : len(row)] = row
    return rows


def stretch(cosines: Floats, floor: float) -> Floats:
    """Cosines with `floor` moved to 0 and 1 kept, clipped to [0, 1]; NaN becomes 0."""
    stretched = (cosines - floor) / max(1e-6, 1.0 - floor)
    # Of a number and NaN, fmax takes the number.
    clipped: Floats = np.minimum(np.fmax(stretched, 0.0), 1.0).astype(np.float32, copy=False)
    return clipped


@dataclass(frozen=True, slots=True)
class Scores:
    """What the searches say: `dense` and `lexical` hold one score per passage, the other two one per entry."""

    dense: Floats
    lexical: Floats
    lexical_entry: Floats
    density: Floats
    """Log-densities, up to a common term."""
    by_words: Floats | None = None
    """What `word_features` makes of the lexical scores, where that is done."""


def entry_features(found: Scores, passages: PassageMap, floor: float, belonging: Floats | None = None) -> Floats:
    """Evidence per entry, shape (entries, len(FEATURES)), each value in [0, 1]; `belonging` is as Classes gives it."""
    by_words = found.by_words
    if by_words is None:
        by_words = word_features(found.lexical, found.lexical_entry, passages)
    features, stretched = by_words.copy(), stretch(found.dense, floor)
    passages.best(stretched, features)
    features[:, 4] = top_mean(stretched, passages.questions)
    nearness = 1 + (found.density - found.density.max(initial=-np.inf)) / DENSITY_RANGE
    features[:, 7] = np.minimum(np.maximum(nearness, 0), 1)
    if belonging is not None:
        features[:, 8] = np.minimum(np.maximum(belonging[:-1], 0), 1)
    return features


def word_features(lexical: Floats, lexical_entry: Floats, passages: PassageMap) -> Floats:
    """The evidence that needs no vector, in its columns of `entry_features`; the others are 0."""
    features = np.zeros((len(passages.questions), len(FEATURES)), dtype=np.float32)
    passages.best(lexical, features, column=3)
    features[:, 5] = top_mean(lexical, passages.all)
    features[:, 6] = lexical_entry
    return features


def top_mean(scores: Floats, rows: npt.NDArray[np.intp]) -> Floats:
    """Mean of the TOP best scores of each row's passages (of all of them where there are fewer)."""
    missing = len(scores)
    padded = np.concatenate((scores, _NOTHING)).take(rows)
    padded.partition(rows.shape[1] - TOP, axis=1)
    best = padded[:, -TOP:]
    counts = np.minimum(TOP, (rows != missing).sum(axis=1))
    means: Floats = (best.sum(axis=1) / np.maximum(1, counts)).astype(np.float32)
    return means


def fused_scores(features: Floats, weights: Mapping[str, float]) -> Floats:
    """Weighted mean of each row of `features`, shape (entries,), in [0, 1]."""
    vector = np.array([weights.get(name, 0.0) for name in FEATURES], dtype=np.float32)
    scores: Floats = features @ (vector / vector.sum())
    return scores


def ranks(scores: Floats) -> npt.NDArray[np.intp]:
    """Rank of each score, 1 for the highest; equal scores keep their order."""
    order = np.argsort(-scores, kind="stable")
    result = np.empty(len(scores), dtype=np.intp)
    result[order] = np.arange(1, len(scores) + 1)
    return result

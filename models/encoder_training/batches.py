"""What one step of training sees: a topic's texts with the teacher's view of them, or questions with answers.

A batch depends on the seed and its number alone, so a resumed run goes on exactly.
Batches are built from neighbours in the teacher's space: among texts drawn at
random nearly all similarities are nil, and there is little to learn from.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from encoder_base import files

from encoder_training.noise import as_visitors_write
from encoder_training.sources import ENCYCLOPAEDIC, Entry, Text

Array = npt.NDArray[np.float32]

QUERY, PASSAGE = files.PROMPTS["query"], files.PROMPTS["passage"]
KIND_WEIGHT = {"question": 4.0, "paraphrase": 10.0, "sentence": 1.0, "window": 1.0}
ENCYCLOPAEDIC_WEIGHT = 0.3
NEIGHBOURS = 32
ANSWER = 1_100
"""Characters of an answer in a pair: some 250 tokens, what a long entry of a FAQ has."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Prompted questions and passages, row by row a pair, and the teacher's similarities or None."""

    queries: list[str]
    passages: list[str]
    teacher: Array | None


def nearest(vectors: Array, count: int = NEIGHBOURS, block: int = 1_024) -> npt.NDArray[np.int32]:
    """Rows of the `count` nearest vectors of each, itself left out; shape (n, count)."""
    found = np.empty((len(vectors), count), dtype=np.int32)
    for start in range(0, len(vectors), block):
        scores = vectors[start : start + block] @ vectors.T
        rows = np.arange(len(scores))
        scores[rows, start + rows] = -2
        found[start : start + block] = np.argpartition(-scores, count, axis=1)[:, :count]
    return found


class Topics:
    """Relational batches: clusters of neighbouring texts, noised on the question's side."""

    def __init__(self, texts: Sequence[Text], vectors: Array, size: int, cluster: int = 8) -> None:
        self._texts, self._vectors, self._size, self._cluster = texts, vectors, size, cluster
        weights = np.array([weight_of(text) for text in texts])
        self._shares = weights / weights.sum()

    @cached_property
    def _nearest(self) -> npt.NDArray[np.int32]:
        return nearest(self._vectors, min(NEIGHBOURS, len(self._texts) - 2))

    def batch(self, seed: int, number: int) -> Batch:
        """Batch `number` of the run with `seed`."""
        rng = np.random.default_rng([seed, number])
        chosen: dict[int, None] = {}
        while len(chosen) < self._size:
            start = int(rng.choice(len(self._texts), p=self._shares))
            near = rng.permutation(self._nearest[start])[: self._cluster - 1]
            chosen.update(dict.fromkeys([start, *map(int, near)]))
        rows = list(chosen)[: self._size]
        chance = random.Random(f"{seed}-{number}")
        queries = [QUERY + as_visitors_write(self._texts[row].text, chance) for row in rows]
        passages = [PASSAGE + self._texts[row].text for row in rows]
        return Batch(queries, passages, self._vectors[rows] @ self._vectors[rows].T)


def weight_of(text: Text) -> float:
    """How often a text starts a cluster, against the others."""
    return KIND_WEIGHT[text.kind] * (ENCYCLOPAEDIC_WEIGHT if text.corpus == ENCYCLOPAEDIC else 1)


class Answers:
    """Contrastive batches: questions with their long answers, three quarters from public services."""

    def __init__(self, entries: Sequence[Entry], asked: Sequence[tuple[str, Entry]], size: int) -> None:
        """`asked` pairs a paraphrase written by hand with its entry."""
        self._public = [entry for entry in entries if entry.corpus != ENCYCLOPAEDIC]
        self._other = [entry for entry in entries if entry.corpus == ENCYCLOPAEDIC]
        self._asked, self._size = list(asked), size

    def batch(self, seed: int, number: int) -> Batch:
        """Batch `number` of the run with `seed`; no passage twice."""
        chance = random.Random(f"{seed}/{number}")
        pairs: dict[str, tuple[str, str]] = {}
        while len(pairs) < self._size:
            kind = chance.random()
            if kind < 0.3 and self._asked:
                question, entry = chance.choice(self._asked)
                passage = f"{entry.question} {cut(entry.answer, chance)}"
            else:
                entry = chance.choice(self._other if kind > 0.8 and self._other else self._public)
                question, passage = entry.question, cut(entry.answer, chance)
            pairs.setdefault(entry.document, (as_visitors_write(question, chance), passage))
        queries = [QUERY + question for question, _ in pairs.values()]
        return Batch(queries, [PASSAGE + passage for _, passage in pairs.values()], None)


def cut(answer: str, chance: random.Random) -> str:
    """The beginning of an answer, or in two cases of five a run from further down."""
    answer = " ".join(answer.split())
    if len(answer) <= ANSWER or chance.random() < 0.6:
        return answer[:ANSWER].rpartition(" ")[0] or answer
    start = answer.find(" ", chance.randrange(len(answer) - ANSWER)) + 1
    return answer[start : start + ANSWER].rpartition(" ")[0]

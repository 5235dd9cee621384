"""What one step of training sees: a topic's texts with the teacher's view of them, or questions with their entries.

A batch depends on the seed and its number alone, so a resumed run goes on exactly.
Batches are built from neighbours, in the teacher's space or of one FAQ: among texts
drawn at random nearly all similarities are nil, and there is little to learn from.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from app.core.spelling import Speller
from encoder_training.sources import ENCYCLOPAEDIC, Entry, Text
from evals.noise import as_visitors_write

Array = npt.NDArray[np.float32]

KIND_WEIGHT = {"question": 4.0, "asked": 4.0, "sentence": 1.0, "window": 1.0}
ENCYCLOPAEDIC_WEIGHT = 0.3
NEIGHBOURS = 32
ANSWER = 1_100
"""Characters of an answer in a pair: some 250 tokens, what a long entry of a FAQ has."""
MENDED = 0.7
"""Share of noised questions that are mended before they are encoded, as the product does."""
ALIKE = 0.85
"""Teacher's similarity from which two entries' questions are too close to be told apart."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Questions and passages, row by row a pair.

    `teacher` holds its similarities of all texts with all, or None; `excused` marks
    the passages that may answer another row's question, and don't count against it.
    `unanswered` are further questions, which no passage answers.
    """

    queries: list[str]
    passages: list[str]
    teacher: Array | None
    excused: npt.NDArray[np.bool_]
    unanswered: list[str] = field(default_factory=list)


class Visitors:
    """Writes a text as visitors do, and as it reaches the encoder."""

    def __init__(self, speller: Speller) -> None:
        self._speller = speller

    def __call__(self, text: str, chance: random.Random) -> str:
        """The text with noise, most of it mended."""
        noisy = as_visitors_write(text, chance)
        return self._speller.mend(noisy)[0] if chance.random() < MENDED else noisy


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

    def __init__(
        self, texts: Sequence[Text], vectors: Array, write: Callable[[str, random.Random], str], size: int, cluster: int
    ) -> None:
        """`cluster` texts are neighbours of one another; 1 draws all at random."""
        self._texts, self._vectors, self._write = texts, vectors, write
        self._size, self._cluster = size, cluster
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
        queries = [self._write(self._texts[row].text, chance) for row in rows]
        teacher = self._vectors[rows] @ self._vectors[rows].T
        return Batch(queries, [self._texts[row].text for row in rows], teacher, teacher > ALIKE)


def weight_of(text: Text) -> float:
    """How often a text starts a cluster, against the others."""
    return KIND_WEIGHT[text.kind] * (ENCYCLOPAEDIC_WEIGHT if text.corpus == ENCYCLOPAEDIC else 1)


class Asked:
    """Contrastive batches: what visitors write and the entries that answer it, among their neighbours.

    An entry is given by its question or, as the variants of a FAQ do, by something else
    that visitors ask of it; with `answers`, by question and answer, or in one case of
    four by the answer alone.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        questions: Mapping[str, Array],
        write: Callable[[str, random.Random], str],
        size: int,
        cluster: int,
        *,
        answers: bool,
        unanswered: float = 0.0,
        variants: float = 0.0,
    ) -> None:
        """`questions` are the teacher's vectors of the entries' questions, by text.

        `unanswered` is how many questions without an answer come with each answered one, at most;
        `variants` the share of entries given by a variant.
        """
        self._entries, self._write, self._size, self._cluster = entries, write, size, cluster
        self._answers = answers
        self._unanswered = int(size * unanswered)
        self._variants = variants
        self._vectors = np.stack([questions[entry.question] for entry in entries])

    @cached_property
    def _near(self) -> list[list[int]]:
        """The entries near each one: of the same FAQ, or by the teacher."""
        by_faq: defaultdict[str, list[int]] = defaultdict(list)
        for at, entry in enumerate(self._entries):
            by_faq[entry.faq].append(at)
        near = nearest(self._vectors, min(2 * self._cluster, len(self._entries) - 2))
        return [
            [other for other in by_faq[entry.faq] if other != at] if entry.faq else near[at].tolist()
            for at, entry in enumerate(self._entries)
        ]

    def batch(self, seed: int, number: int) -> Batch:
        """Batch `number` of the run with `seed`; no entry twice."""
        chance = random.Random(f"{seed}/{number}")
        chosen: dict[int, None] = {}
        while len(chosen) < self._size:
            start = chance.randrange(len(self._entries))
            near = self._near[start]
            chosen.update(dict.fromkeys([start, *chance.sample(near, min(self._cluster - 1, len(near)))]))
        rows = list(chosen)[: self._size]
        pairs = [self._pair(self._entries[row], chance) for row in rows]
        alike = self._vectors[rows] @ self._vectors[rows].T > ALIKE
        near = [text for row in rows for text in self._entries[row].near]
        near = [self._write(text, chance) for text in chance.sample(near, min(len(near), self._unanswered))]
        return Batch([query for query, _ in pairs], [passage for _, passage in pairs], None, alike, near)

    def _pair(self, entry: Entry, chance: random.Random) -> tuple[str, str]:
        asked = chance.choice(entry.asked) if entry.asked else entry.question
        if not self._answers:
            others = [text for text in entry.asked if text != asked]
            is_variant = bool(others) and chance.random() < self._variants
            return self._write(asked, chance), chance.choice(others) if is_variant else entry.question
        answer = cut(entry.answer, chance)
        if chance.random() < 0.75:
            return self._write(asked, chance), f"{entry.question} {answer}"
        return self._write(chance.choice((asked, entry.question)), chance), answer


def cut(answer: str, chance: random.Random) -> str:
    """The beginning of an answer, or in two cases of five a run from further down."""
    answer = " ".join(answer.split())
    if len(answer) <= ANSWER or chance.random() < 0.6:
        return answer[:ANSWER].rpartition(" ")[0] or answer
    start = answer.find(" ", chance.randrange(len(answer) - ANSWER)) + 1
    return answer[start : start + ANSWER].rpartition(" ")[0]

"""Measuring an encoder on questions it was not trained on, as a FAQ is searched.

A set has entries (a question and its answer) and what visitors ask. An entry is
ranked by its question, by question and answer together, or by the mean of both
cosines. Answers are cut after ANSWER characters, for both encoders alike.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from encoder_training import noise, sources
from evals.metrics import ndcg_at_k, paired_bootstrap, recall_at_k, reciprocal_rank

Array = npt.NDArray[np.float32]
Figures = dict[str, list[float]]

ANSWER = 1_500
"""Characters: some 330 tokens."""
DEPTH = 10
NOISES: Mapping[str, noise.Noise] = {
    "no accents": noise.no_accents,
    "typos": noise.typos,
    "by sound": noise.by_sound,
    "SMS": noise.sms,
}


class Encodes(Protocol):
    """What of an encoder is needed here."""

    def encode_queries(self, texts: Sequence[str]) -> Array:
        """Vectors of questions."""

    def encode_passages(self, texts: Sequence[str]) -> Array:
        """Vectors of a FAQ's texts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor writes and the entry that answers it."""

    text: str
    entry: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """The entries of one FAQ: id, question, answer."""

    name: str
    ids: list[str]
    questions: list[str]
    answers: list[str]


@dataclass(frozen=True, slots=True)
class Views:
    """An encoder's vectors of a corpus, one row an entry."""

    question: Array
    both: Array


def make_corpus(datasets: Path, name: str, longest: int = ANSWER) -> Corpus:
    """All entries of a dataset; the first question of an answer names it."""
    entries = {entry.document: entry for entry in reversed(sources.read_entries(datasets, name))}
    kept = list(entries.values())
    answers = [" ".join(entry.answer.split())[:longest] for entry in kept]
    return Corpus(name, list(entries), [entry.question for entry in kept], answers)


def view(encoder: Encodes, corpus: Corpus) -> Views:
    """Embed a corpus both ways."""
    both = [f"{question} {answer}" for question, answer in zip(corpus.questions, corpus.answers, strict=True)]
    return Views(encoder.encode_passages(corpus.questions), encoder.encode_passages(both))


def figures(queries: Array, passages: Array | Sequence[Array], corpus: Corpus, asked: Sequence[Asked]) -> Figures:
    """Recall, reciprocal rank and nDCG of each question, by name."""
    parts = [passages] if isinstance(passages, np.ndarray) else list(passages)
    scores = sum(queries @ part.T for part in parts)
    order = np.argsort(-np.asarray(scores), axis=1, kind="stable")[:, :DEPTH]
    found: Figures = {"R@1": [], "R@3": [], "R@10": [], "MRR@10": [], "nDCG@10": []}
    for row, question in zip(order, asked, strict=True):
        ranked, relevant = [corpus.ids[number] for number in row], {question.entry}
        for k in (1, 3, 10):
            found[f"R@{k}"].append(recall_at_k(ranked, relevant, k))
        found["MRR@10"].append(reciprocal_rank(ranked, relevant, DEPTH))
        found["nDCG@10"].append(ndcg_at_k(ranked, relevant, DEPTH))
    return found


def measure_asked(encoder: Encodes, views: Views, corpus: Corpus, asked: Sequence[Asked]) -> dict[str, Figures]:
    """The figures of a set of questions for each way of ranking."""
    queries = encoder.encode_queries([question.text for question in asked])
    return {
        "question": figures(queries, views.question, corpus, asked),
        "question+answer": figures(queries, views.both, corpus, asked),
        "fusion": figures(queries, [views.question, views.both], corpus, asked),
    }


def noised(asked: Sequence[Asked], kind: str, seed: int) -> list[Asked]:
    """The same questions with one kind of noise."""
    make = NOISES[kind]
    return [Asked(make(item.text, random.Random(f"{seed}{kind}{item.text}")), item.entry) for item in asked]


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and its 95 % bootstrap interval."""
    found = paired_bootstrap(values, [0.0] * len(values))
    return found.mean, found.low, found.high

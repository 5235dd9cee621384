"""The project's own questions, written by hand on documents held out of training (models/dev).

`split` is "dev" for choosing and "test" for the figures that are published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from encoder_training import sources
from evals.retrieval import BOTH, FUSION, QUESTION, Dataset, Encodes, embed, measure, read_dataset

CHOOSING = 700
"""Characters of an answer when checkpoints are compared: a third of the time of measuring."""
FOLDER = Path(__file__).resolve().parents[1] / "dev"
FAQS = {"service_public": sources.SHEETS, "cdtn": sources.LABOUR}
"""Folders of models/dev and the datasets whose entries they ask about."""


@dataclass(frozen=True, slots=True)
class Score:
    """Recall@1 on the dev questions, by way of ranking; the headline, their mean, is what checkpoints are chosen by."""

    headline: float
    question: float
    both: float
    fusion: float

    def __str__(self) -> str:
        return f"R@1 question {self.question:.4f}, question+answer {self.both:.4f}, fusion {self.fusion:.4f}"


def read_dev(joined: Path, split: str = "dev") -> list[Dataset]:
    """Both FAQs with their documents, as models/dev/join.py wrote them, answers shortened."""
    return [read_dataset(joined / "asked" / name, split).shortened(CHOOSING) for name in FAQS]


def score(encoder: Encodes, datasets: Sequence[Dataset]) -> Score:
    """Recall@1 over the questions of all datasets together."""
    found: dict[str, list[float]] = {QUESTION: [], BOTH: [], FUSION: []}
    for dataset in datasets:
        for way, figures in measure(encoder, dataset, embed(encoder, dataset)).items():
            found[way] += figures["R@1"]
    question, both, fusion = (float(np.mean(found[way])) for way in (QUESTION, BOTH, FUSION))
    return Score((question + both + fusion) / 3, question, both, fusion)

"""The project's own questions, written by hand on documents held out of training (models/dev).

`split` is "dev" for choosing and "test" for the figures that are published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from encoder_training import sources
from evals.retrieval import (
    BOTH,
    FUSION,
    QUESTION,
    Dataset,
    Encodes,
    embed,
    found_among_variants,
    measure,
    read_dataset,
    separated,
)

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
    variants: float = 0.0
    """Recall@1 when the other questions written for an entry stand for it too."""
    separation: float = 0.0
    """Mean AUROC of the FAQs that hold questions without an answer; not in the headline."""

    def __str__(self) -> str:
        recalls = f"R@1 question {self.question:.4f}, question+answer {self.both:.4f}, fusion {self.fusion:.4f}"
        return f"{recalls}, with variants {self.variants:.4f}, AUROC {self.separation:.4f}"


def read_dev(joined: Path, split: str = "dev") -> list[Dataset]:
    """Both FAQs with their documents, as models/dev/join.py wrote them, answers shortened."""
    return [read_dataset(joined / "asked" / name, split).shortened(CHOOSING) for name in FAQS]


def score(encoder: Encodes, datasets: Sequence[Dataset]) -> Score:
    """Recall@1 over the questions of all datasets together."""
    found: dict[str, list[float]] = {QUESTION: [], BOTH: [], FUSION: []}
    variants: list[float] = []
    separations = []
    for dataset in datasets:
        views = embed(encoder, dataset)
        for way, figures in measure(encoder, dataset, views).items():
            found[way] += figures["R@1"]
        variants += found_among_variants(encoder, dataset)
        if (separation := separated(encoder, dataset, views)) is not None:
            separations.append(separation)
    question, both, fusion = (float(np.mean(found[way])) for way in (QUESTION, BOTH, FUSION))
    separation = float(np.mean(separations)) if separations else 0.0
    return Score((question + both + fusion) / 3, question, both, fusion, float(np.mean(variants)), separation)

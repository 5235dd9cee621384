"""The project's own questions, written by hand on documents held out of training (models/dev).

`split` is "dev" for choosing and "test" for the figures that are published.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from encoder_training import sources
from encoder_training.measure import Asked, Encodes, make_corpus, measure_asked, view

CHOOSING = 700
"""Characters of an answer when checkpoints are compared: a third of the time of measuring."""
FOLDER = Path(__file__).resolve().parents[1] / "dev"
HELD_OUT = FOLDER / "held_out.tsv"
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


def read_asked(name: str, split: str | None = None) -> list[Asked]:
    """The questions of one FAQ of models/dev; of both splits when none is named."""
    folder = FOLDER / name
    rows = {row["id"]: row for row in sources.read_lines(folder / "queries.jsonl")}
    judged = sources.read_table(folder / "qrels.tsv")
    return [
        Asked(rows[row["query-id"]]["text"], row["corpus-id"])
        for row in judged
        if split is None or rows[row["query-id"]]["split"] == split
    ]


def score(encoder: Encodes, datasets: Path) -> Score:
    """Recall@1 over both FAQs' dev questions together."""
    found: dict[str, list[float]] = {"question": [], "question+answer": [], "fusion": []}
    for name, dataset in FAQS.items():
        corpus = make_corpus(datasets, dataset, CHOOSING)
        made = measure_asked(encoder, view(encoder, corpus), corpus, read_asked(name, "dev"))
        for way, figures in made.items():
            found[way] += figures["R@1"]
    question, both, fusion = (float(np.mean(values)) for values in found.values())
    return Score((question + both + fusion) / 3, question, both, fusion)

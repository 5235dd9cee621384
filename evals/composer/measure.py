"""What a composed answer shows of its entry, question by question, and the figures over them.

The entry is given, as if the search had found it: what is measured is the composer alone. Cosines are worked
out as the search does, over the passages that ingestion would write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.answer.compose import compose
from app.core.french import words
from app.core.markdown import plain_text
from app.core.ports import Encoder
from app.core.types import Entry, Hit
from evals.composer.questions import Asked, Faqs
from evals.metrics import paired_bootstrap, wilson_interval
from ingest.build import passages_of


@dataclass(frozen=True, slots=True)
class Shown:
    """What the composer made of a question: the text, what is missing of it, and its share of the entry's words."""

    asked: Asked
    text: str
    missing: tuple[str, ...]
    share: float

    @property
    def conditions_lost(self) -> int:
        """Conditions that the answer should have kept and didn't."""
        return len(set(self.missing) & set(self.asked.conditions))


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean or share over `n` with its 95 % interval: Wilson's of a proportion, bootstrapped of a mean."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one group of questions."""

    answered: Figure
    needs: Figure
    conditions_kept: Figure
    share: Figure


def hit_for(question: str, entry: Entry, encoder: Encoder) -> Hit:
    """The entry as the search would find it for a question."""
    passages = passages_of([entry])
    cosines = encoder.encode_passages([p.text for p in passages]) @ encoder.encode_queries([question])[0]
    scores = [float(cosine) for cosine in cosines]
    best = max(range(len(passages)), key=scores.__getitem__)
    units = tuple(score for passage, score in zip(passages, scores, strict=True) if passage.kind == "sentence")
    return Hit(entry, passages[best], scores[best], 1, dense_score=scores[best], unit_scores=units)


def measure(asked: Sequence[Asked], faqs: Faqs, encoder: Encoder) -> list[Shown]:
    """What the composer shows for each question."""
    return [_shown(one, faqs[one.faq][one.entry], encoder) for one in asked]


def _shown(asked: Asked, entry: Entry, encoder: Encoder) -> Shown:
    hit = hit_for(asked.question, entry, encoder)
    composed = compose(hit, encoder.read(asked.question).text, titled=True)
    text = composed.text if composed.complete else composed.text.rpartition("\n\n")[0]
    return Shown(asked, text, asked.missing(text), _length(text) / _length(compose(hit).text))


def _length(text: str) -> int:
    return len(words(plain_text(text)))


def figures(shown: Sequence[Shown]) -> Figures:
    """The figures of a group; at least one question."""
    needs = sum(len(one.asked.needs) for one in shown)
    conditions = sum(len(one.asked.conditions) for one in shown)
    shares = [one.share for one in shown]
    mean = paired_bootstrap(shares, [0.0] * len(shares))
    return Figures(
        _proportion(sum(not one.missing for one in shown), len(shown)),
        _proportion(needs - sum(len(one.missing) for one in shown), needs),
        _proportion(conditions - sum(one.conditions_lost for one in shown), conditions),
        Figure(mean.mean, mean.low, mean.high, len(shares)),
    )


def _proportion(right: int, n: int) -> Figure:
    low, high = wilson_interval(right, n)
    return Figure(right / n if n else 1.0, low, high, n)

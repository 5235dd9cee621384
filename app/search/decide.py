"""Answer, ask back or abstain: the cheapest of the three, given calibrated probabilities.

Two fitted models stand behind it. `scope` is a logistic regression (Platt
1999) on a handful of features of the retrieval: how likely the FAQ holds an
answer at all. `share` is a softmax over the fused scores with a fitted
temperature: how that likelihood spreads over the entries. Their product is the
`confidence` that the first entry answers. The verdict then minimises the
expected cost; the costs are the institution's to set, the rest is fitted by
`python -m evals.fit` on the development questions and kept in decision.json.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from app.core.errors import BadSource
from app.core.ports import Retrieval
from app.core.types import Decision, Hit, Verdict
from app.core.wanted import carries, wanted
from app.search import messages
from app.search.fuse import DENSITY_RANGE, FEATURES
from app.search.scope import ScopeModel
from app.search.wording import CERTAIN, SAME, WORDINGS, likeness, overlap

MAX_CHOICES = 3
"""Entries offered when asking back: more is no longer a question but a menu."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What each mistake costs, in the same arbitrary unit."""

    wrong_answer: float = 10.0
    needless_refusal: float = 3.0
    question_back: float = 1.0


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """Fitted numbers; see the module docstring.

    `scope_with_gaps` is fitted on questions of which part are about a known gap; it
    serves where gaps are known, `scope` where none are. `day_one` holds the numbers that
    serve while most entries have no variants.
    """

    weights: Mapping[str, float]
    temperature: float
    scope: ScopeModel
    scope_with_gaps: ScopeModel
    costs: Costs = field(default_factory=Costs)
    encoder_id: str = ""
    fitted_on: str = ""
    day_one: DecisionModel | None = None

    @classmethod
    def from_json(cls, content: bytes, path: Path) -> DecisionModel:
        """Read decision.json. Raises BadSource saying what is wrong with it."""
        try:
            value: dict[str, Any] = orjson.loads(content)
            model = cls._of(value)
            if "day_one" in value:
                model = replace(model, day_one=cls._of(value["day_one"]))
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
            raise BadSource(
                path,
                None,
                messages.BAD_DECISION.format(reason=repr(error)),
                mend=messages.BAD_DECISION_MEND,
            ) from error
        unknown = model.unknown_inputs() | (model.day_one.unknown_inputs() if model.day_one else set())
        if unknown:
            raise BadSource(path, None, messages.UNKNOWN_FEATURES.format(names=", ".join(sorted(unknown))))
        return model

    @classmethod
    def _of(cls, value: Mapping[str, Any]) -> DecisionModel:
        return cls(
            weights={name: float(value["weights"][name]) for name in FEATURES},
            temperature=float(value["temperature"]),
            scope=ScopeModel.of(value["scope"]),
            scope_with_gaps=ScopeModel.of(value["scope_with_gaps"]),
            encoder_id=str(value.get("encoder_id", "")),
            fitted_on=str(value.get("fitted_on", "")),
        )

    def unknown_inputs(self) -> set[str]:
        """Inputs that the scope models ask for and nobody computes."""
        unknown = self.scope.inputs - set(FEATURE_NAMES)
        return set(unknown | self.scope_with_gaps.inputs - set(FEATURE_NAMES + GAP_FEATURES))


ASKING_FEATURES = ("length", "broad", "stated", "yes_no", "asks_kind", "lacks_kind")
"""What the question looks like: its length (1 from LONG words on), whether it asks broadly, states rather than asks,
wants a yes or no, asks for a kind of thing (an amount, a time, a place…), and whether the first entry's
answer has nothing of that kind."""

COVER_FEATURES = ("coverage", "entry_coverage", "text_coverage", "missing", "rarest_missing")
"""What covers the question's words: the shares that the FAQ and that the first hit's entry know, with and without
its variants; how many its entry lacks (1 from MANY on), and how much the rarest of those tells."""

FEATURE_NAMES = (*FEATURES, "best", "margin", "short", "overlap", *COVER_FEATURES, *ASKING_FEATURES)
"""Inputs of the scope model: the first hit's evidence, its fused score, its lead over the
best entry that asks something else, whether the question is one or two words, the share of stems that it
has in common with the wording found (wording.overlap; 0 for a sentence of an answer), and the above."""

LONG, MANY, TELLING = 30, 6, 10.0
"""Words, words, and a weight in BM25 that count as 1."""


GAP_FEATURES = ("gap", "gap_agreement", "gap_lead", "gap_agreement_lead", "gap_density_lead", "overlap_lead")
"""Further inputs where gaps are known: how near the nearest gap is, by its best phrasing and by its best
few, by how much it is nearer than the first hit's question and variants are, by how much likelier
it is than the likeliest entry, and by how much less of the question its phrasings have in common than the wording
found."""


def scope_features(retrieval: Retrieval) -> dict[str, float]:
    """The features of a retrieval by name; all zero when nothing was found.

    Those of gaps are there only when gaps are known.
    """
    if not retrieval.hits:
        return dict.fromkeys(FEATURE_NAMES, 0.0)
    first = retrieval.hits[0]
    asked = first.entry.question
    others = (hit.score for hit in retrieval.hits if hit.entry.question != asked)
    second = max(others, default=0.0)
    return {
        **{name: first.features[name] for name in FEATURES},
        "best": first.score,
        "margin": first.score - second,
        "short": float(retrieval.words <= 2),
        "overlap": _overlap(retrieval),
        **_cover_features(retrieval),
        **_asking_features(retrieval),
        **_gap_features(retrieval),
    }


def _overlap(retrieval: Retrieval) -> float:
    passage = retrieval.hits[0].passage
    return overlap(retrieval.reading.asked, passage.text) if passage.kind in WORDINGS else 0.0


def _cover_features(retrieval: Retrieval) -> dict[str, float]:
    cover = retrieval.cover
    missing, rarest = min(cover.missing, MANY) / MANY, min(cover.rarest_missing / TELLING, 1.0)
    values = (retrieval.coverage, cover.by_entry, cover.by_text, missing, rarest)
    return dict(zip(COVER_FEATURES, values, strict=True))


def _asking_features(retrieval: Retrieval) -> dict[str, float]:
    text = retrieval.reading.text
    asked = wanted(text)
    lacks = bool(asked.kinds) and not carries(retrieval.hits[0].entry.answer_md, asked)
    length = min(len(text.split()), LONG) / LONG
    values = (length, asked.broad, asked.stated, asked.yes_no, bool(asked.kinds), lacks)
    return dict(zip(ASKING_FEATURES, map(float, values), strict=True))


def _gap_features(retrieval: Retrieval) -> dict[str, float]:
    gap, first = retrieval.gap, retrieval.hits[0].features
    if gap is None:
        return {}
    density_lead = max(-1.0, min(1.0, gap.density_lead / DENSITY_RANGE))
    of_gap = max(overlap(retrieval.reading.asked, text) for text in gap.gap.phrasings)
    of_words = _overlap(retrieval) - of_gap
    leads = (gap.score - first["question"], gap.agreement - first["agreement"], density_lead, of_words)
    return dict(zip(GAP_FEATURES, (gap.score, gap.agreement, *leads), strict=True))


def shares(hits: tuple[Hit, ...], temperature: float) -> list[float]:
    """How the chance of being right spreads over the hits; sums to 1."""
    if not hits:
        return []
    highest = hits[0].score
    powers = [math.exp((hit.score - highest) * temperature) for hit in hits]
    total = sum(powers)
    return [power / total for power in powers]


SURE = 0.8
"""Chance from which one of several publics is taken to be the one that asks."""


def pool_twins(retrieval: Retrieval, share: list[float]) -> tuple[list[float], list[int]]:
    """Shares with those of entries that put the very same question pooled, and the likeliest one's twins.

    The answers of twins differ by their public. Where the words tell which asks, they share the pool by that, and
    no twin comes along; else the likeliest gets the pool and the others answer beside it. So many that their
    answers would be a menu share the pool evenly, to be offered.
    """
    chances = {at: retrieval.twins.get(hit.entry.id, 0.0) for at, hit in enumerate(retrieval.hits)}
    twins = [at for at, hit in enumerate(retrieval.hits) if hit.entry.id in retrieval.twins]
    if len(twins) < 2:
        return share, []
    pooled = sum(share[at] for at in twins)
    likeliest = max(twins, key=chances.__getitem__)
    beside: list[int] = []
    if chances[likeliest] >= SURE:
        parts = chances
    elif len(twins) > MAX_CHOICES:
        parts = dict.fromkeys(twins, 1 / len(twins))
    else:
        parts = {likeliest: 1.0}
        beside = [at for at in twins if at != likeliest]
    return [pooled * parts.get(at, 0.0) if at in twins else s for at, s in enumerate(share)], beside


def decide(retrieval: Retrieval, model: DecisionModel) -> Decision:
    """The verdict of least expected cost, with the confidence behind it."""
    features = scope_features(retrieval)
    if not retrieval.hits or not retrieval.words:
        return Decision("abstain", 0.0, features)
    in_scope = (model.scope_with_gaps if retrieval.gap else model.scope).probability(features)
    share = shares(retrieval.hits, model.temperature)
    if retrieval.cover.wording >= SAME:
        in_scope, share = max(in_scope, CERTAIN), _led(retrieval, share)
    share, twins = pool_twins(retrieval, share)
    order = sorted(range(len(share)), key=lambda at: -share[at])
    confidence = in_scope * share[order[0]]
    offered = _choices(order, share)
    beside = twins if retrieval.hits[order[0]].entry.id in retrieval.twins else []
    found_by_asking = in_scope * sum(share[at] for at in offered)
    costs = model.costs
    expected: dict[Verdict, float] = {
        "answer": costs.wrong_answer * (1 - confidence),
        "clarify": costs.question_back + costs.needless_refusal * (in_scope - found_by_asking),
        "abstain": costs.needless_refusal * in_scope,
    }
    verdict = min(expected, key=lambda v: expected[v])
    offered = [offered[0], *beside, *offered[1:]][: max(MAX_CHOICES, 1 + len(beside))]
    if verdict == "clarify" and len(offered) < 2:
        offered = order[:2]
    trace = {
        **features,
        "in_scope": in_scope,
        "share": share[order[0]],
        **{f"cost_{k}": v for k, v in expected.items()},
    }
    gap = retrieval.gap
    named = gap is not None and gap.agreed and verdict == "abstain" and features["gap_lead"] > 0
    about = gap.gap if gap and named else None
    choices = tuple(retrieval.hits[at] for at in offered)
    return Decision(verdict, confidence, trace, choices, 1 + len(beside), about)


def _led(retrieval: Retrieval, share: list[float]) -> list[float]:
    """Shares of the hits for a query in the first one's own words, unless another question is worded like that too."""
    asked, first = retrieval.reading.asked, retrieval.hits[0].entry.question
    others = (hit.passage for hit in retrieval.hits[1:] if hit.entry.question != first)
    if share[0] >= CERTAIN or any(p.kind in WORDINGS and likeness(asked, p.text) >= SAME for p in others):
        return share
    rest = (1 - CERTAIN) / (1 - share[0])
    return [CERTAIN, *(part * rest for part in share[1:])]


def _choices(order: list[int], share: list[float]) -> list[int]:
    """The hits worth offering: those with at least a fifth of the first one's share."""
    return [at for at in order[:MAX_CHOICES] if share[at] >= share[order[0]] / 5]

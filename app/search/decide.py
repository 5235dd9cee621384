"""Answer, ask back or abstain: the cheapest of the three, given calibrated probabilities.

Three fitted models stand behind it. `scope` (app/search/scope.py) reads the features of the retrieval: how likely
the FAQ holds an answer at all. `share` is a softmax over the fused scores with a fitted temperature: how that
likelihood spreads over the entries, for what is offered when asking back. `sure` reads both: its probability is the
`confidence` that the first entry answers. The verdict then minimises the expected cost; the costs are the
institution's to set, the rest is fitted by `python -m evals.fit` on the development questions, and is in decision.json.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from app.core.errors import BadSource
from app.core.ports import Retrieval
from app.core.types import Decision, Hit, Verdict
from app.search import messages
from app.search.features import FEATURE_NAMES, GAP_FEATURES, SURENESS_FEATURES, scope_features, sureness_features
from app.search.fuse import FEATURES
from app.search.scope import ScopeModel
from app.search.wording import CERTAIN, SAME, WORDINGS, likeness

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

    `scope_with_gaps` and `sure_with_gaps` are fitted on questions of which part are about a known gap; they
    serve where gaps are known, `scope` and `sure` where none are. Without `sure` (a decision.json of before it) the
    confidence is the product of the first hit's share and the scope. `day_one` holds the numbers that
    serve while most entries have no variants, `unlearnt` those of an index without classes (app/search/classes.py).
    """

    weights: Mapping[str, float]
    temperature: float
    scope: ScopeModel
    scope_with_gaps: ScopeModel
    sure: ScopeModel | None = None
    sure_with_gaps: ScopeModel | None = None
    costs: Costs = field(default_factory=Costs)
    encoder_id: str = ""
    fitted_on: str = ""
    day_one: DecisionModel | None = None
    unlearnt: DecisionModel | None = None

    @classmethod
    def from_json(cls, content: bytes, path: Path) -> DecisionModel:
        """Read decision.json. Raises BadSource saying what is wrong with it."""
        try:
            value: dict[str, Any] = orjson.loads(content)
            model = cls._of(value)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
            raise BadSource(
                path,
                None,
                messages.BAD_DECISION.format(reason=repr(error)),
                mend=messages.BAD_DECISION_MEND,
            ) from error
        if unknown := model.unknown_inputs():
            raise BadSource(path, None, messages.UNKNOWN_FEATURES.format(names=", ".join(sorted(unknown))))
        return model

    @classmethod
    def _of(cls, value: Mapping[str, Any]) -> DecisionModel:
        return cls(
            weights={name: float(value["weights"].get(name, 0.0)) for name in FEATURES},
            temperature=float(value["temperature"]),
            scope=ScopeModel.of(value["scope"]),
            scope_with_gaps=ScopeModel.of(value["scope_with_gaps"]),
            sure=ScopeModel.of(value["sure"]) if "sure" in value else None,
            sure_with_gaps=ScopeModel.of(value["sure_with_gaps"]) if "sure_with_gaps" in value else None,
            encoder_id=str(value.get("encoder_id", "")),
            fitted_on=str(value.get("fitted_on", "")),
            day_one=cls._of(value["day_one"]) if "day_one" in value else None,
            unlearnt=cls._of(value["unlearnt"]) if "unlearnt" in value else None,
        )

    def unknown_inputs(self) -> set[str]:
        """Inputs that the models ask for and nobody computes."""
        known = frozenset(FEATURE_NAMES)
        gaps, sureness = known.union(GAP_FEATURES), known.union(SURENESS_FEATURES)
        read = [(self.scope, known), (self.scope_with_gaps, gaps), (self.sure, sureness)]
        read.append((self.sure_with_gaps, gaps | sureness))
        others = [model.unknown_inputs() for model in (self.day_one, self.unlearnt) if model]
        return {name for model, names in read if model for name in model.inputs - names}.union(*others)


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


def ranking(retrieval: Retrieval, model: DecisionModel) -> tuple[list[float], list[int], list[int]]:
    """The hits' shares, their order by share (likeliest first), and the likeliest one's twins."""
    share = shares(retrieval.hits, model.temperature)
    if retrieval.cover.wording >= SAME:
        share = _led(retrieval, share)
    share, twins = pool_twins(retrieval, share)
    return share, sorted(range(len(share)), key=lambda at: -share[at]), twins


def decide(retrieval: Retrieval, model: DecisionModel) -> Decision:
    """The verdict of least expected cost, with the confidence behind it."""
    features = scope_features(retrieval)
    if not retrieval.hits or not retrieval.words:
        return Decision("abstain", 0.0, features)
    share, order, twins = ranking(retrieval, model)
    in_scope, confidence = _chances(retrieval, model, features, share[order[0]])
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


def _chances(
    retrieval: Retrieval, model: DecisionModel, features: dict[str, float], share: float
) -> tuple[float, float]:
    """How likely the FAQ answers, and how likely its first entry, of that `share`, does; never more than the FAQ."""
    scope, sure = (model.scope_with_gaps, model.sure_with_gaps) if retrieval.gap else (model.scope, model.sure)
    in_scope = scope.probability(features)
    confidence = sure.probability(sureness_features(retrieval, features, share)) if sure else in_scope * share
    if retrieval.cover.wording >= SAME:
        in_scope = max(in_scope, CERTAIN)
        confidence = max(confidence, in_scope * share)
    return max(in_scope, confidence), confidence


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

"""Fit the fusion weights and the decision on the development questions: `python -m evals.fit`.

Two steps, both on the `dev` split alone. The weights of the evidence and the
temperature are a conditional logit (McFadden 1974) over all entries: which
one is right, given that one is. The scope models (app/search/scope.py) are an L2-regularised logistic
regression and boosted trees: is the question one that the FAQ answers; their strength is chosen by
cross-validation grouped by entry or topic. The numbers go to
evals/fitted/decision.json, and from there into every index that is built.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
from scipy.optimize import minimize
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from app.core.french import clean
from app.core.ports import Retrieval
from app.search.decide import FEATURE_NAMES, GAP_FEATURES, DecisionModel, scope_features
from app.search.fuse import FEATURES
from app.search.retriever import HybridRetriever
from app.search.scope import ScopeModel
from app.search.versions import write_atomically
from app.settings import Settings
from app.wiring import build_services, make_encoder
from evals.cases import Case, load_cases
from evals.day_one import without_variants
from evals.withheld import without_withheld

CASES = Path(__file__).with_name("cases")
IN_SCOPE = ("paraphrase", "situation", "keyword", "typo", "sms", "formal")
OUT_OF_SCOPE = ("near", "far")
STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
RIDGE = 0.02
"""Pull of the fusion weights towards each other, in units of the squared weight."""

TREES = 120
PHRASINGS = 0.125
"""Share of the known gaps' phrasings in the weight of near misses; chosen by cross-validation (ADR 12)."""

Floats = npt.NDArray[np.float64]
Fitted = dict[str, object]


@dataclass(frozen=True, slots=True)
class Example:
    """A development question with the evidence for every entry."""

    case: Case
    retrieval: Retrieval
    evidence: Floats
    """Shape (entries, len(FEATURES)), in the order of `ids`."""
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A question for the scope models; those of a `group` stay together in cross-validation."""

    features: Mapping[str, float]
    in_scope: bool
    group: str
    weight: float
    kind: str = ""
    """The case's kind; "gap" for the phrasing of a known gap."""
    covered: bool = True
    """Of a near miss: whether its topic was among the known gaps."""


def collect(retriever: HybridRetriever, cases: Sequence[Case]) -> list[Example]:
    """Search every case, keeping the evidence of all entries."""
    everything = len(retriever.index.entries)
    examples = []
    for case in cases:
        retrieval = retriever.search(clean(case.question), everything)
        evidence = np.array([[hit.features[name] for name in FEATURES] for hit in retrieval.hits])
        examples.append(Example(case, retrieval, evidence, tuple(h.entry.id for h in retrieval.hits)))
    return examples


def fit_weights(examples: Sequence[Example]) -> tuple[dict[str, float], float]:
    """Weights summing to 1, and the temperature, by penalised maximum likelihood."""
    right = [np.isin(e.ids, e.case.entries) for e in examples]

    weights = conditional_logit([example.evidence for example in examples], right)
    temperature = float(weights.sum())
    return dict(zip(FEATURES, (weights / temperature).tolist(), strict=True)), temperature


def conditional_logit(evidence: Sequence[Floats], right: Sequence[npt.NDArray[np.bool_]]) -> Floats:
    """Weights, not negative, under which the entries that are `right` are likeliest.

    `evidence` has one matrix a question, shape (entries, features).
    """
    features = evidence[0].shape[1]

    def loss(weights: Floats) -> float:
        total = sum(surprise(matrix @ weights, mask) for matrix, mask in zip(evidence, right, strict=True))
        return total / len(evidence) + RIDGE * float(np.sum((weights - weights.mean()) ** 2)) / 100

    fitted = minimize(loss, np.full(features, 5.0), method="L-BFGS-B", bounds=[(0.0, None)] * features)
    weights: Floats = fitted.x
    return weights


def surprise(logits: Floats, right: npt.NDArray[np.bool_]) -> float:
    """Minus the log of the share that falls to the entries that are right."""
    return float(np.logaddexp.reduce(logits) - np.logaddexp.reduce(logits[right]))


def fit_scope(samples: Sequence[Sample], names: Sequence[str], *, trees: bool = False) -> tuple[Fitted, float]:
    """A model over the raw features, as JSON has it, and its cross-validated log loss; `trees` adds boosted ones."""
    inputs = np.array([[sample.features[name] for name in names] for sample in samples])
    labels = np.array([sample.in_scope for sample in samples])
    groups = np.array([sample.group for sample in samples])
    weights = np.array([sample.weight for sample in samples])
    folds = list(GroupKFold(5).split(inputs, labels, groups))

    def loss(predict: Callable[[Floats, Floats, Floats], Callable[[Floats], Floats]]) -> float:
        total = 0.0
        for known, left in folds:
            logits = predict(inputs[known], labels[known], weights[known])(inputs[left])
            total += float(weights[left] @ np.logaddexp(0.0, np.where(labels[left], -logits, logits)))
        return total / float(weights.sum())

    def linear(strength: float) -> Callable[[Floats, Floats, Floats], Callable[[Floats], Floats]]:
        return lambda x, y, w: fit_logistic(strength, x, y, w).decision_function

    def mean(strength: float, x: Floats, y: Floats, w: Floats) -> Callable[[Floats], Floats]:
        parts = [fit_logistic(strength, x, y, w), fit_trees(x, y, w)]
        return lambda left: sum(part.decision_function(left) for part in parts) / 2

    best = min(STRENGTHS, key=lambda strength: loss(linear(strength)))
    model = fit_logistic(best, inputs, labels, weights)
    scaler, regression = model[0], model[1]
    coefficients = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - coefficients @ scaler.mean_)
    fitted: Fitted = {
        "intercept": round(intercept, 4),
        "coefficients": {name: round(value, 4) for name, value in zip(names, coefficients.tolist(), strict=True)},
    }
    if not trees:
        return fitted, loss(linear(best))
    fitted["trees"] = written(fit_trees(inputs, labels, weights), names)
    return fitted, loss(lambda x, y, w: mean(best, x, y, w))


def fit_trees(inputs: Floats, labels: Floats, weights: Floats):  # type: ignore[no-untyped-def]
    """Boosted trees; their size was chosen by cross-validation on the development questions."""
    model = GradientBoostingClassifier(
        n_estimators=TREES,
        learning_rate=0.05,
        max_leaf_nodes=8,
        max_depth=None,
        min_samples_leaf=15,
        subsample=0.7,
        max_features=0.5,
        random_state=0,
    )
    return model.fit(inputs, labels, sample_weight=weights)


def written(model: GradientBoostingClassifier, names: Sequence[str]) -> dict[str, object]:
    """The trees as app/search/scope.py reads them."""
    trees = []
    for (regressor,) in model.estimators_:
        tree = regressor.tree_
        nodes: list[list[float]] = []
        for at in range(tree.node_count):
            left, right = int(tree.children_left[at]), int(tree.children_right[at])
            if left < 0:
                nodes.append([round(float(tree.value[at, 0, 0]) * model.learning_rate, 5)])
            else:
                nodes.append([int(tree.feature[at]), round(float(tree.threshold[at]), 5), left, right])
        trees.append(nodes)
    (share,) = model.init_.class_prior_[1:]
    return {"inputs": list(names), "baseline": round(float(np.log(share / (1 - share))), 5), "trees": trees}


def fit_logistic(strength: float, inputs: Floats, labels: Floats, weights: Floats):  # type: ignore[no-untyped-def]
    """A logistic regression over standardised inputs."""
    # scikit-learn has no types
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
    return model.fit(inputs, labels, logisticregression__sample_weight=weights)


def samples_of(retriever: HybridRetriever, cases: Sequence[Case]) -> tuple[list[Sample], list[Sample]]:
    """What the scope models learn from: without gaps, and with gaps of which half the near misses are about one.

    Near misses are the cases' own and the phrasings of the known gaps themselves, each
    a question that the FAQ doesn't answer; together they weigh what the cases' own do
    alone, so that probabilities stay those of the cases, and PHRASINGS is the gaps' part of it. One whose gap is left
    out is a near miss nobody thought of.
    """
    gaps = retriever.index.gaps
    plain, known = [], []
    near = [case for case in cases if case.kind == "near"]
    phrasings = [(gap.topic, text) for gap in gaps.gaps for text in gap.phrasings] if gaps else []
    weight = {"near": 1 - PHRASINGS if phrasings else 1.0}
    for case in cases:
        retrieval = retriever.search(clean(case.question))
        features, found = scope_features(retrieval), case.kind in IN_SCOPE
        sample = Sample(features, found, _group(case), weight.get(case.kind, 1.0), case.kind)
        plain.append(sample)
        if case.kind == "near" and retrieval.gap:
            known += _both(retriever, retrieval, retrieval.gap.gap.topic, None, sample)
        else:
            known.append(sample)
    for topic, text in phrasings:
        retrieval = retriever.search(clean(text))
        share = PHRASINGS * len(near) / len(phrasings)
        sample = Sample(scope_features(retrieval), in_scope=False, group=topic, weight=share, kind="gap")
        plain.append(sample)
        known += _both(retriever, retrieval, topic, text, sample)
    return plain, known


def _both(
    retriever: HybridRetriever, retrieval: Retrieval, topic: str, phrasing: str | None, sample: Sample
) -> list[Sample]:
    """A near miss with its gap known (its very wording aside) and with it left out, half the weight each."""
    index = retriever.index
    gaps, floor = index.gaps, index.manifest.dense_floor
    assert gaps is not None
    vector = retriever.vector(retrieval.reading.text)
    density = float(index.discriminant.scores(vector).max())
    found = []
    for left, covered in ((gaps.without(phrasing=phrasing), True), (gaps.without(topics=[topic]), False)):
        if left is not None:
            changed = replace(retrieval, gap=left.nearest(vector, floor, density))
            features = scope_features(changed)
            found.append(replace(sample, features=features, weight=sample.weight / 2, covered=covered))
    return found


def _group(case: Case) -> str:
    return case.topic or case.entries[0]


def fit_all(retriever: HybridRetriever, cases: Sequence[Case]) -> dict[str, object]:
    """Weights, temperature and both scope models for one index, as decision.json has them."""
    examples = collect(retriever, [case for case in cases if case.kind in IN_SCOPE])
    weights, temperature = fit_weights(examples)
    nothing = ScopeModel(0.0, {})
    rescored = retriever.with_decision(DecisionModel(weights, temperature, nothing, nothing))
    plain, known = samples_of(rescored, cases)
    scope, log_loss = fit_scope(plain, FEATURE_NAMES, trees=True)
    with_gaps, gap_loss = scope, log_loss
    if rescored.index.gaps:
        with_gaps, gap_loss = fit_scope(known, FEATURE_NAMES + GAP_FEATURES, trees=True)
    return {
        "cross_validated_log_loss": {"scope": round(log_loss, 4), "scope_with_gaps": round(gap_loss, 4)},
        "weights": {name: round(weight, 4) for name, weight in weights.items()},
        "temperature": round(temperature, 3),
        "scope": scope,
        "scope_with_gaps": with_gaps,
    }


def measured(retriever: HybridRetriever) -> HybridRetriever:
    """The retriever less the gaps that cover the test split's topics."""
    return retriever.over(without_withheld(retriever.index))


def main(output: Path | None = None) -> None:
    """Fit on the live index, as it is and less its variants, and write decision.json."""
    settings = Settings()
    services = build_services(settings)
    services.live.refresh()
    retriever = measured(services.live.retriever())
    cases = [c for c in load_cases(CASES, split="dev") if c.kind in (*IN_SCOPE, *OUT_OF_SCOPE)]
    bare = HybridRetriever(without_variants(retriever.index), make_encoder(settings))
    value = {
        "command": "python -m evals.fit",
        "encoder_id": retriever.index.manifest.encoder_id,
        "fitted_on": f"{len(cases)} development questions (evals/cases, split dev)",
        **fit_all(retriever, cases),
        "day_one": fit_all(bare, cases),
    }
    # A tree a line: readable enough, and a change shows where it is.
    content = re.sub(rb"\n {8,}(?=[^\n])", b" ", orjson.dumps(value, option=orjson.OPT_INDENT_2)) + b"\n"
    write_atomically(output or settings.decision, content)
    for name in ("cross_validated_log_loss", "weights", "temperature"):
        sys.stdout.write(f"{name}: {value[name]}\n")


if __name__ == "__main__":
    main()

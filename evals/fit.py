"""Fit the fusion weights and the decision on the development questions: `python -m evals.fit`.

Two steps, both on the `dev` split alone. The weights of the evidence and the
temperature are a conditional logit (McFadden 1974) over all entries: which
one is right, given that one is. The scope model is an L2-regularised logistic
regression: is the question one that the FAQ answers; its strength is chosen by
cross-validation grouped by entry or topic. The numbers go to
evals/fitted/decision.json, and from there into every index that is built.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from app.core.french import clean
from app.core.ports import Retrieval
from app.search.decide import FEATURE_NAMES, Costs, DecisionModel, scope_features
from app.search.fuse import FEATURES
from app.search.retriever import HybridRetriever
from app.search.versions import write_atomically
from app.settings import Settings
from app.wiring import build_services
from evals.cases import Case, load_cases

CASES = Path(__file__).with_name("cases")
IN_SCOPE = ("paraphrase", "situation", "keyword", "typo", "sms", "formal")
OUT_OF_SCOPE = ("near", "far")
RIDGE = 0.02
"""Pull of the fusion weights towards each other, in units of the squared weight."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A development question with the evidence for every entry."""

    case: Case
    retrieval: Retrieval
    evidence: Floats
    """Shape (entries, len(FEATURES)), in the order of `ids`."""
    ids: tuple[str, ...]


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

    def loss(weights: Floats) -> float:
        total = 0.0
        for example, mask in zip(examples, right, strict=True):
            logits = example.evidence @ weights
            total += float(np.logaddexp.reduce(logits) - np.logaddexp.reduce(logits[mask]))
        return total / len(examples) + RIDGE * float(np.sum((weights - weights.mean()) ** 2)) / 100

    start = np.full(len(FEATURES), 5.0)
    fitted = minimize(loss, start, method="L-BFGS-B", bounds=[(0.0, None)] * len(FEATURES))
    temperature = float(fitted.x.sum())
    return dict(zip(FEATURES, (fitted.x / temperature).tolist(), strict=True)), temperature


def fit_scope(retrievals: Sequence[Retrieval], cases: Sequence[Case]) -> tuple[float, dict[str, float], float]:
    """Intercept and coefficients on the raw features, and the cross-validated log loss."""
    inputs = np.array([[scope_features(r)[name] for name in FEATURE_NAMES] for r in retrievals])
    labels = np.array([case.kind in IN_SCOPE for case in cases])
    groups = np.array([case.topic or case.entries[0] for case in cases])
    folds = GroupKFold(5)

    def score(strength: float) -> float:
        scores = cross_val_score(
            _scope_model(strength), inputs, labels, groups=groups, cv=folds, scoring="neg_log_loss"
        )
        return float(scores.mean())

    best = max((0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0), key=score)
    model = _scope_model(best).fit(inputs, labels)
    scaler, regression = model[0], model[1]
    coefficients = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - coefficients @ scaler.mean_)
    return intercept, dict(zip(FEATURE_NAMES, coefficients.tolist(), strict=True)), -score(best)


def _scope_model(strength: float):  # type: ignore[no-untyped-def]  # scikit-learn has no types
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))


def main(output: Path | None = None) -> None:
    """Fit on the live index and write decision.json."""
    settings = Settings()
    services = build_services(settings)
    services.live.refresh()
    retriever = services.live.retriever()
    cases = [c for c in load_cases(CASES, split="dev") if c.kind in (*IN_SCOPE, *OUT_OF_SCOPE)]
    examples = collect(retriever, cases)
    weights, temperature = fit_weights([e for e in examples if e.case.kind in IN_SCOPE])
    provisional = DecisionModel(weights, temperature, 0.0, {})
    rescored = retriever.with_decision(provisional)
    retrievals = [rescored.search(clean(case.question)) for case in cases]
    intercept, coefficients, log_loss = fit_scope(retrievals, cases)
    costs = Costs()
    value = {
        "command": "python -m evals.fit",
        "encoder_id": retriever.index.manifest.encoder_id,
        "fitted_on": f"{len(cases)} development questions (evals/cases, split dev)",
        "cross_validated_log_loss": round(log_loss, 4),
        "weights": {name: round(weight, 4) for name, weight in weights.items()},
        "temperature": round(temperature, 3),
        "scope": {
            "intercept": round(intercept, 4),
            "coefficients": {name: round(c, 4) for name, c in coefficients.items()},
        },
        "costs": {
            "wrong_answer": costs.wrong_answer,
            "needless_refusal": costs.needless_refusal,
            "question_back": costs.question_back,
        },
    }
    content = orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"
    write_atomically(output or settings.decision, content)
    sys.stdout.write(content.decode())


if __name__ == "__main__":
    main()

"""Fit the fusion weights and the decision on the development questions: `python -m evals.fit`.

Two steps, both on the `dev` split alone. The weights of the evidence and the
temperature are a conditional logit (McFadden 1974) over all entries: which
one is right, given that one is. The other models (app/search/scope.py) are an L2-regularised logistic
regression and boosted trees: is the question one that the FAQ answers (scope), and does the first entry found answer
it (sure); their strength is chosen by cross-validation grouped by entry or topic. The numbers go to
evals/fitted/decision.json, and from there into every index that is built.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
from scipy.optimize import minimize

from app.core.french import clean
from app.core.ports import Retrieval
from app.search.decide import DecisionModel, ranking
from app.search.features import FEATURE_NAMES, GAP_FEATURES, SURENESS_FEATURES, scope_features, sureness_features
from app.search.fuse import FEATURES
from app.search.retriever import HybridRetriever
from app.search.scope import ScopeModel
from app.search.versions import write_atomically
from app.settings import Settings
from app.wiring import build_services, make_encoder
from evals.cases import Case, load_cases
from evals.day_one import without_variants
from evals.fitting import Floats, Sample, fit_scope, judged_by_first
from evals.withheld import without_withheld

CASES = Path(__file__).with_name("cases")
IN_SCOPE = ("paraphrase", "situation", "keyword", "typo", "sms", "formal")
OUT_OF_SCOPE = ("near", "far")
RIDGE = 0.02
"""Pull of the fusion weights towards each other, in units of the squared weight."""

PHRASINGS = 0.125
"""Share of the known gaps' phrasings in the weight of near misses; chosen by cross-validation (ADR 12)."""


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
        features, first = _features(retriever, retrieval)
        found, weight_of = case.kind in IN_SCOPE, weight.get(case.kind, 1.0)
        sample = Sample(features, found, _group(case), weight_of, first in case.entries, case.kind)
        plain.append(sample)
        if case.kind == "near" and retrieval.gap:
            known += _both(retriever, retrieval, retrieval.gap.gap.topic, None, sample)
        else:
            known.append(sample)
    for topic, text in phrasings:
        retrieval = retriever.search(clean(text))
        share = PHRASINGS * len(near) / len(phrasings)
        sample = Sample(_features(retriever, retrieval)[0], label=False, group=topic, weight=share, kind="gap")
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
            features, _ = _features(retriever, changed)
            found.append(replace(sample, features=features, weight=sample.weight / 2, covered=covered))
    return found


def _features(retriever: HybridRetriever, retrieval: Retrieval) -> tuple[dict[str, float], str]:
    """What the models read of a retrieval, and the entry that would answer, "" for none."""
    features = scope_features(retrieval)
    if not retrieval.hits:
        return {**features, **dict.fromkeys(SURENESS_FEATURES, 0.0)}, ""
    share, order, _ = ranking(retrieval, retriever.index.decision)
    return sureness_features(retrieval, features, share[order[0]]), retrieval.hits[order[0]].entry.id


def _group(case: Case) -> str:
    return case.topic or case.entries[0]


def fit_all(retriever: HybridRetriever, cases: Sequence[Case]) -> dict[str, object]:
    """Weights, temperature and the fitted models for one index, as decision.json has them."""
    examples = collect(retriever, [case for case in cases if case.kind in IN_SCOPE])
    weights, temperature = fit_weights(examples)
    nothing = ScopeModel(0.0, {})
    rescored = retriever.with_decision(DecisionModel(weights, temperature, nothing, nothing))
    plain, known = samples_of(rescored, cases)
    gaps = GAP_FEATURES if rescored.index.gaps else ()
    sets = {
        "scope": (plain, FEATURE_NAMES),
        "scope_with_gaps": (known, FEATURE_NAMES + gaps),
        "sure": (judged_by_first(plain), FEATURE_NAMES + SURENESS_FEATURES),
        "sure_with_gaps": (judged_by_first(known), FEATURE_NAMES + gaps + SURENESS_FEATURES),
    }
    models = {name: fit_scope(samples, names, trees=True) for name, (samples, names) in sets.items()}
    return {
        "cross_validated_log_loss": {name: round(loss, 4) for name, (_, loss) in models.items()},
        "weights": {name: round(weight, 4) for name, weight in weights.items()},
        "temperature": round(temperature, 3),
        **{name: model for name, (model, _) in models.items()},
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

"""What each piece of evidence is worth: `python -m evals.ablation`.

On the development questions alone, cross-validated by entry or topic. The first
table drops one piece of evidence from the fusion, the others one input of the
scope model and of the model of sureness that serve where gaps are known.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold

from app.search.features import FEATURE_NAMES, GAP_FEATURES, SURENESS_FEATURES
from app.search.fuse import FEATURES
from app.settings import Settings
from app.terminal import table
from app.wiring import build_services
from evals import messages
from evals.cases import load_cases
from evals.fit import (
    CASES,
    IN_SCOPE,
    OUT_OF_SCOPE,
    Example,
    collect,
    conditional_logit,
    measured,
    samples_of,
    surprise,
)
from evals.fitting import Floats, Sample, fit_logistic, judged_by_first
from evals.metrics import auroc

FOLDS = 6
STRENGTH = 0.3
"""Inverse strength of the scope model's regularisation, near what cross-validation chooses."""


def fusion_row(examples: Sequence[Example], columns: Sequence[int]) -> tuple[float, float]:
    """Recall@1 and mean surprise with the evidence in `columns` alone, each question judged by weights of others."""
    evidence = [example.evidence[:, columns] for example in examples]
    right = [np.isin(example.ids, example.case.entries) for example in examples]
    groups = [example.case.entries[0] for example in examples]
    first, lost = [], []
    for known, left in GroupKFold(FOLDS).split(evidence, groups=groups):
        weights = conditional_logit([evidence[at] for at in known], [right[at] for at in known])
        for at in left:
            logits = evidence[at] @ weights
            first.append(right[at][int(logits.argmax())])
            lost.append(surprise(logits, right[at]))
    return float(np.mean(first)), float(np.mean(lost))


def scope_row(samples: Sequence[Sample], names: Sequence[str]) -> tuple[float, float, float]:
    """AUROC against near misses that nobody listed and that are listed, and log loss, with the inputs `names`."""
    inputs = np.array([[sample.features[name] for name in names] for sample in samples])
    labels = np.array([sample.label for sample in samples])
    weights = np.array([sample.weight for sample in samples])
    chances = _cross_validated(inputs, labels, weights, [sample.group for sample in samples])
    near = [sample.kind == "near" for sample in samples]
    separated = []
    for covered in (False, True):
        chosen = labels | np.array([n and s.covered == covered for n, s in zip(near, samples, strict=True)])
        separated.append(auroc(chances[chosen].tolist(), labels[chosen].tolist()))
    likely = np.maximum(np.where(labels, chances, 1 - chances), 1e-9)
    return separated[0], separated[1], -float(weights @ np.log(likely)) / float(weights.sum())


def _cross_validated(inputs: Floats, labels: npt.NDArray[np.bool_], weights: Floats, groups: Sequence[str]) -> Floats:
    chances = np.zeros(len(inputs))
    for known, left in GroupKFold(FOLDS).split(inputs, labels, groups):
        model = fit_logistic(STRENGTH, inputs[known], labels[known], weights[known])
        chances[left] = model.predict_proba(inputs[left])[:, 1]
    return chances


def main() -> None:
    """Print both tables."""
    services = build_services(Settings())
    services.live.refresh()
    retriever = measured(services.live.retriever())
    cases = [case for case in load_cases(CASES, split="dev") if case.kind in (*IN_SCOPE, *OUT_OF_SCOPE)]
    examples = collect(retriever, [case for case in cases if case.kind in IN_SCOPE])
    numbers = range(len(FEATURES))
    rows = [[messages.ALL, *_shown(fusion_row(examples, numbers))]]
    for left_out in numbers:
        found = fusion_row(examples, [at for at in numbers if at != left_out])
        rows.append([messages.WITHOUT.format(name=FEATURES[left_out]), *_shown(found)])
    table([messages.EVIDENCE.format(count=len(examples)), "R@1", messages.SURPRISE], rows)
    _, samples = samples_of(retriever, cases)
    _scope_table(messages.INPUTS, samples, FEATURE_NAMES + GAP_FEATURES, len(cases))
    names = FEATURE_NAMES + GAP_FEATURES + SURENESS_FEATURES
    _scope_table(messages.SURENESS_INPUTS, judged_by_first(samples), names, len(cases))


def _scope_table(title: str, samples: Sequence[Sample], names: Sequence[str], count: int) -> None:
    rows = [[messages.ALL, *_shown(scope_row(samples, names))]]
    for left in names:
        found_without = scope_row(samples, [name for name in names if name != left])
        rows.append([messages.WITHOUT.format(name=left), *_shown(found_without)])
    table([title.format(count=count), *messages.SCOPE_MEASURES], rows)


def _shown(values: Sequence[float]) -> list[str]:
    return [f"{value:.3f}" for value in values]


if __name__ == "__main__":
    main()

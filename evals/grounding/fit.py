"""`python -m evals.grounding.fit`: fit the verifier's score on the development rows alone.

A logistic regression and boosted trees over app/answer/verify/evidence.py, their mean in logits (app/search/scope.py).
Everything is cross-validated by FAQ, and the Ipst-Cnam's by entry: the threshold is the least probability from which on
at most `CORRUPT` of the corrupt sentences written by hand pass with models that never saw their FAQ. Printed beside
what passes then of each source. Writes app/answer/verify/score.json.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson
from sklearn.model_selection import GroupKFold

from app.answer.verify.check import weigh
from app.answer.verify.score import FITTED
from app.search.versions import write_atomically
from evals.fitting import fit_logistic, fit_trees, written
from evals.grounding import messages
from evals.grounding.mechanical import mechanical_rows
from evals.grounding.rows import Row, institution_of, read_entries, read_rows

CORRUPT = 0.01
"""Share of the corrupt sentences written by hand that may pass in cross-validation."""
STRENGTH = 0.05
FOLDS = 8
MECHANICAL = 0.3
"""Weight of a sentence altered by rule, or copied, beside one written by hand."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A row that no firm rule refuses, as the score sees it."""

    row: Row
    features: Mapping[str, float]
    quoted: bool

    @property
    def faithful(self) -> bool:
        """Whether it may be shown."""
        return self.row.label == "faithful"

    @property
    def group(self) -> str:
        """What stays together in cross-validation."""
        return self.row.entry.split("/")[0]


def samples() -> tuple[list[Sample], list[Row]]:
    """The development rows that the score decides on, and all of them.

    A corrupt yes or no is left out: whatever the score says, it is cut or the sentence refused.
    """
    entries = read_entries()
    written_rows = read_rows()
    splits = {row.entry: row.split for row in written_rows}
    rows = [row for row in [*written_rows, *mechanical_rows(entries, splits)] if row.split == "dev"]
    rows = [row for row in rows if (row.kind, row.label) != ("yesno", "corrupt")]
    found = []
    for row in rows:
        weighed = weigh(row.sentence, entries[row.entry], row.question, institution_of(row.entry))
        if weighed and (weighed.quoted or not weighed.firm):
            found.append(Sample(row, weighed.features, weighed.quoted))
    return found, rows


def main() -> None:
    """Fit, choose the threshold, print what passes in cross-validation, write."""
    known, rows = samples()
    names = sorted(known[0].features)
    inputs = np.array([[sample.features[name] for name in names] for sample in known])
    labels = np.array([sample.faithful for sample in known])
    weights = np.array([MECHANICAL if sample.row.source == "mechanical" else 1.0 for sample in known])
    groups = np.array([sample.group for sample in known])
    chances = np.zeros(len(known))
    for seen, left in GroupKFold(FOLDS).split(inputs, labels, groups):
        chances[left] = _fitted(inputs[seen], labels[seen], weights[seen], inputs[left])
    least = _threshold(known, chances, rows)
    sys.stdout.write("\n".join(_report(known, chances, rows, least)) + "\n")
    linear = fit_logistic(STRENGTH, inputs, labels, weights)
    coefficients = linear[1].coef_[0] / linear[0].scale_
    value = {
        "least": round(least, 4),
        "intercept": round(float(linear[1].intercept_[0] - coefficients @ linear[0].mean_), 4),
        "coefficients": dict(zip(names, np.round(coefficients, 4).tolist(), strict=True)),
        "trees": written(fit_trees(inputs, labels, weights), names),
    }
    write_atomically(FITTED, orjson.dumps(value))


def _fitted(inputs: Floats, labels: npt.NDArray[np.bool_], weights: Floats, left: Floats) -> Floats:
    """The probabilities that models fitted on some rows give others."""
    known = labels.astype(np.float64)
    parts = [fit_logistic(STRENGTH, inputs, known, weights), fit_trees(inputs, known, weights)]
    logits = sum(part.decision_function(left) for part in parts) / len(parts)
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)


def _is_written(row: Row) -> bool:
    return row.source not in ("mechanical", "model")


def _threshold(known: Sequence[Sample], chances: Floats, rows: Sequence[Row]) -> float:
    """The least probability at which few enough of all corrupt sentences written by hand pass."""
    corrupt = sum(row.label == "corrupt" and _is_written(row) for row in rows)
    passing = sorted(
        (
            1.0 if s.quoted else c
            for s, c in zip(known, chances.tolist(), strict=True)
            if not s.faithful and _is_written(s.row)
        ),
        reverse=True,
    )
    return float(passing[int(CORRUPT * corrupt)]) + 1e-4


def _report(known: Sequence[Sample], chances: Floats, rows: Sequence[Row], least: float) -> list[str]:
    lines = []
    passed = {
        sample.row: sample.quoted or chance >= least for sample, chance in zip(known, chances.tolist(), strict=True)
    }
    for source, letters in messages.FIT_SOURCES.items():
        for label in ("corrupt", "faithful"):
            part = [row for row in rows if row.label == label and row.id[:1] in letters]
            if part:
                share = sum(passed.get(row, False) for row in part) / len(part)
                lines.append(
                    messages.FIT_LINE.format(source=source, label=messages.PASSED[label], n=len(part), share=share)
                )
    return [*lines, messages.FIT_LEAST.format(least=least)]


if __name__ == "__main__":
    main()

"""What the evaluation measures: retrieval, calibration, abstention, and differences.

Pure functions on plain sequences. The retrieval ones are cross-checked against
ir-measures and the calibration ones against scikit-learn in
tests/unit/evals/test_metrics.py. A measure that its input leaves undefined (no
relevant entry, one class only, nothing at all) raises ValueError: a made-up 0
would be averaged with real ones.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb, log2, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]
_CHUNK = 1_000
"""Bootstrap resamples drawn at a time: bounds the memory, changes no figure."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of a minus mean of b over the same questions, with its uncertainty."""

    mean: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How often two systems differ in being right, and the odds that it is chance."""

    only_a: int
    only_b: int
    p_value: float


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Answering from `threshold` up: share of questions answered, share of those wrong."""

    threshold: float
    coverage: float
    risk: float


def recall_at_k(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Share of the relevant ids among the first k (Manning, Raghavan & Schütze 2008, §8.4)."""
    wanted = _relevant(ranked, relevant, k)
    return len(wanted.intersection(ranked[:k])) / len(wanted)


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], k: int | None = None) -> float:
    """1 / rank of the first relevant id, 0 when there is none in the first k (Voorhees 1999)."""
    wanted = _relevant(ranked, relevant, 1 if k is None else k)
    ranks = (rank for rank, entry in enumerate(ranked[:k], start=1) if entry in wanted)
    return 1 / next(ranks, float("inf"))


def ndcg_at_k(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Normalised discounted cumulative gain with gains of 0 or 1.

    DCG = sum of 1 / log2(rank + 1) over the relevant ids of the first k, divided
    by that of the best order (Järvelin & Kekäläinen 2002, with trec_eval's
    discount, which counts from the first rank).
    """
    wanted = _relevant(ranked, relevant, k)
    gain = sum(1 / log2(rank + 1) for rank, entry in enumerate(ranked[:k], start=1) if entry in wanted)
    best = sum(1 / log2(rank + 1) for rank in range(1, min(len(wanted), k) + 1))
    return gain / best


def _relevant(ranked: Sequence[str], relevant: Collection[str], k: int) -> frozenset[str]:
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    if not relevant:
        raise ValueError("undefined without a relevant entry")
    if len(set(ranked)) < len(ranked):
        raise ValueError("an entry is ranked twice")
    return frozenset(relevant)


def wilson_interval(successes: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927); (0, 1) when nothing was tried.

    (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).
    """
    if not 0 <= successes <= total:
        raise ValueError(f"{successes} successes of {total}")
    if total == 0:
        return 0.0, 1.0
    _check_confidence(confidence)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / total
    centre = share + z * z / (2 * total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    # The bounds are exact at the ends; only rounding would take them past or short of it.
    low = 0.0 if successes == 0 else (centre - half) / scale
    high = 1.0 if successes == total else (centre + half) / scale
    return low, high


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")


def paired_bootstrap(
    a: Sequence[float],
    b: Sequence[float],
    *,
    resamples: int = 10_000,
    confidence: float = 0.95,
    seed: int = 20_260_101,
) -> Difference:
    """Difference of two systems' means over the same questions, by resampling questions.

    The interval is the percentile one (Efron & Tibshirani 1993, ch. 13). The
    two-sided p-value is the share of resampled differences, shifted to mean zero,
    at least as far from zero as the observed one, the observation counted among
    them: (1 + hits) / (1 + resamples) (ibid., ch. 16). Same seed, same figures.
    """
    _check_confidence(confidence)
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, not {resamples}")
    left, right = _pair(a, b)
    differences = left - right
    observed = float(differences.mean())
    rng = np.random.default_rng(seed)
    sizes = [min(_CHUNK, resamples - start) for start in range(0, resamples, _CHUNK)]
    means = np.concatenate([_resampled_means(differences, size, rng) for size in sizes])
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    # A hair of tolerance: a mean summed in another order differs in its last bits.
    far = np.abs(means - observed) >= abs(observed) * (1 - 1e-12)
    return Difference(observed, float(low), float(high), (1 + int(far.sum())) / (1 + resamples))


def _resampled_means(values: _Floats, size: int, rng: np.random.Generator) -> _Floats:
    chosen = rng.integers(0, len(values), size=(size, len(values)))
    return np.asarray(values[chosen].mean(axis=1), dtype=np.float64)


def mcnemar_exact(a_right: Sequence[bool], b_right: Sequence[bool]) -> Disagreement:
    """Exact two-sided McNemar test on the questions only one system gets right.

    Under no difference their number is binomial(n, 1/2); the p-value is twice the
    smaller tail, at most 1 (McNemar 1947; Fagerland, Lydersen & Laake 2013).
    """
    left, right = _pair(_labels(a_right), _labels(b_right))
    only_a = int(((left == 1) & (right == 0)).sum())
    only_b = int(((left == 0) & (right == 1)).sum())
    trials = only_a + only_b
    tail = sum(comb(trials, hits) for hits in range(min(only_a, only_b) + 1))
    return Disagreement(only_a, only_b, min(1.0, 2 * tail / 2**trials))


def holm(p_values: Sequence[float], alpha: float) -> list[bool]:
    """Which hypotheses to reject so that the chance of any false rejection stays below `alpha` (Holm 1979).

    The smallest p-value is held against alpha / m, the next against alpha / (m - 1), until one passes.
    """
    rejected = [False] * len(p_values)
    for left, at in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        if p_values[at] > alpha / (len(p_values) - left):
            break
        rejected[at] = True
    return rejected


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Probability that a positive outscores a negative, a tie counting one half.

    (R - p(p+1)/2) / (p·n), R the sum of the positives' ranks, tied scores sharing
    their mean rank (Mann & Whitney 1947; Hanley & McNeil 1982).
    """
    values, truth = _pair(scores, _labels(labels))
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        raise ValueError("undefined without both a positive and a negative")
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[group]
    above = float(ranks[truth == 1].sum()) - positives * (positives + 1) / 2
    return above / (positives * negatives)


def cohen_kappa(a: Sequence[bool], b: Sequence[bool]) -> float:
    """Agreement of two raters beyond chance: (observed - expected) / (1 - expected) (Cohen 1960).

    1 when both always say the same one thing, which leaves chance nothing to explain.
    """
    left, right = _pair(_labels(a), _labels(b))
    observed = float((left == right).mean())
    expected = float(left.mean() * right.mean() + (1 - left.mean()) * (1 - right.mean()))
    return 1.0 if expected == 1.0 else (observed - expected) / (1 - expected)


def brier(probabilities: Sequence[float], labels: Sequence[bool]) -> float:
    """Mean squared distance of the probability from what happened (Brier 1950, one class)."""
    forecast, truth = _pair(_probabilities(probabilities), _labels(labels))
    return float(((forecast - truth) ** 2).mean())


def expected_calibration_error(probabilities: Sequence[float], labels: Sequence[bool], bins: int = 10) -> float:
    """Mean gap between probability and frequency, weighted by bin (Guo et al. 2017, eq. 3).

    Equal-width bins over [0, 1], closed below: bin i holds [i/bins, (i+1)/bins),
    the last one 1 as well. The probability of a bin is the mean of its members.
    Small samples bias it upwards: compare only figures on as many questions.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    forecast, truth = _pair(_probabilities(probabilities), _labels(labels))
    edges = np.arange(1, bins) / bins
    place = np.searchsorted(edges, forecast, side="right")
    gaps = np.bincount(place, weights=forecast - truth, minlength=bins)
    return float(np.abs(gaps).sum() / len(forecast))


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> tuple[RiskPoint, ...]:
    """The error rate of what is answered, for each threshold of confidence, highest first.

    Coverage is the share of questions at or above the threshold, risk the share
    of those that are wrong (El-Yaniv & Wiener 2010; Geifman & El-Yaniv 2017).
    Equal confidences stand or fall together, so they make one point.
    """
    values, truth = _pair(confidences, _labels(right))
    order = np.argsort(-values, kind="stable")
    values, truth = values[order], truth[order]
    wrong = np.cumsum(1 - truth)
    ends = [i for i, (here, after) in enumerate(pairwise(values)) if here != after] + [len(values) - 1]
    return tuple(RiskPoint(float(values[i]), (i + 1) / len(values), float(wrong[i]) / (i + 1)) for i in ends)


def _pair(a: Sequence[float] | _Floats, b: Sequence[float] | _Floats) -> tuple[_Floats, _Floats]:
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if left.shape != right.shape or left.ndim != 1:
        raise ValueError(f"two flat sequences of one length are needed, not {left.shape} and {right.shape}")
    if not len(left):
        raise ValueError("undefined without a question")
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise ValueError("every value must be finite")
    return left, right


def _probabilities(values: Sequence[float]) -> _Floats:
    array = np.asarray(values, dtype=np.float64)
    if ((array < 0) | (array > 1)).any():
        raise ValueError("a probability lies in [0, 1]")
    return array


def _labels(values: Sequence[bool]) -> _Floats:
    array = np.asarray(values, dtype=np.float64)
    if not np.isin(array, (0, 1)).all():
        raise ValueError("a label is true or false")
    return array

"""The measures against hand-worked examples and against two reference libraries."""

from __future__ import annotations

import math

import ir_measures
import numpy as np
import pytest
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, cohen_kappa_score, roc_auc_score

from evals import metrics


def _random_rankings(seed: int, queries: int = 60) -> list[tuple[list[str], set[str]]]:
    """Rankings of up to 20 of 30 ids, with 1 to 4 relevant ones, some never ranked."""
    rng = np.random.default_rng(seed)
    rankings = []
    for _ in range(queries):
        ids = [f"e{i}" for i in rng.permutation(30)]
        relevant = {f"e{i}" for i in rng.choice(30, size=int(rng.integers(1, 5)), replace=False)}
        rankings.append((ids[: int(rng.integers(1, 21))], relevant))
    return rankings


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_retrieval_measures_agree_with_ir_measures(seed: int) -> None:
    rankings = _random_rankings(seed)
    names = [f"q{i}" for i in range(len(rankings))]
    qrels = [
        ir_measures.Qrel(q, entry, 1)
        for q, (_, relevant) in zip(names, rankings, strict=True)
        for entry in sorted(relevant)
    ]
    run = [
        ir_measures.ScoredDoc(q, entry, float(-rank))
        for q, (ranked, _) in zip(names, rankings, strict=True)
        for rank, entry in enumerate(ranked)
    ]
    ours = {
        ir_measures.parse_measure("nDCG@10"): lambda ranked, rel: metrics.ndcg_at_k(ranked, rel, 10),
        ir_measures.parse_measure("nDCG@3"): lambda ranked, rel: metrics.ndcg_at_k(ranked, rel, 3),
        ir_measures.parse_measure("RR"): metrics.reciprocal_rank,
        ir_measures.parse_measure("R@1"): lambda ranked, rel: metrics.recall_at_k(ranked, rel, 1),
        ir_measures.parse_measure("R@5"): lambda ranked, rel: metrics.recall_at_k(ranked, rel, 5),
    }
    compared = 0
    for result in ir_measures.iter_calc(list(ours), qrels, run):
        ranked, relevant = rankings[names.index(result.query_id)]
        assert ours[result.measure](ranked, relevant) == pytest.approx(result.value, abs=1e-9)
        compared += 1
    assert compared == len(ours) * len(rankings)


@pytest.mark.parametrize("seed", [4, 5, 6])
@pytest.mark.parametrize("decimals", [1, 6])
def test_auroc_and_brier_agree_with_scikit_learn(seed: int, decimals: int) -> None:
    rng = np.random.default_rng(seed)
    scores = np.round(rng.random(300), decimals).tolist()  # one decimal: many ties
    labels = (rng.random(300) < 0.35).tolist()
    assert metrics.auroc(scores, labels) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert metrics.brier(scores, labels) == pytest.approx(brier_score_loss(labels, scores), abs=1e-12)


def test_retrieval_measures_by_hand() -> None:
    ranked, relevant = ["a", "b", "c", "d"], {"b", "d", "z"}
    assert metrics.recall_at_k(ranked, relevant, 2) == pytest.approx(1 / 3)
    assert metrics.recall_at_k(ranked, relevant, 4) == pytest.approx(2 / 3)
    assert metrics.reciprocal_rank(ranked, relevant) == pytest.approx(0.5)
    assert metrics.reciprocal_rank(ranked, {"d"}, k=3) == 0
    assert metrics.reciprocal_rank(ranked, {"z"}) == 0
    best = 1 + 1 / math.log2(3) + 0.5
    assert metrics.ndcg_at_k(ranked, relevant, 4) == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / best)
    assert metrics.ndcg_at_k(["b", "d", "a"], {"b", "d"}, 10) == 1


def test_a_short_ranking_is_no_error() -> None:
    assert metrics.recall_at_k([], {"a"}, 5) == 0
    assert metrics.ndcg_at_k([], {"a"}, 5) == 0
    assert metrics.reciprocal_rank([], {"a"}) == 0


@pytest.mark.parametrize(("ranked", "relevant", "k"), [(["a"], set(), 1), (["a"], {"a"}, 0), (["a", "a"], {"a"}, 2)])
def test_undefined_rankings_are_refused(ranked: list[str], relevant: set[str], k: int) -> None:
    for measure in (metrics.recall_at_k, metrics.ndcg_at_k, metrics.reciprocal_rank):
        with pytest.raises(ValueError, match=r"k must|relevant|twice"):
            measure(ranked, relevant, k)


def test_wilson_interval_by_hand() -> None:
    # Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
    assert metrics.wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    # Ibid.: 0 of 20 gives 0 to 0.1611.
    assert metrics.wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert metrics.wilson_interval(20, 20)[1] == 1.0
    assert metrics.wilson_interval(0, 0) == (0.0, 1.0)
    narrow, wide = metrics.wilson_interval(5, 10, 0.8), metrics.wilson_interval(5, 10, 0.99)
    assert wide[0] < narrow[0] < 0.5 < narrow[1] < wide[1]


@pytest.mark.parametrize("options", [{"confidence": 1.0}, {"resamples": 0}])
def test_bootstrap_refuses_impossible_options(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"confidence|resamples"):
        metrics.paired_bootstrap([1.0], [0.0], **options)


@pytest.mark.parametrize(("successes", "total"), [(-1, 3), (4, 3)])
def test_wilson_refuses_impossible_counts(successes: int, total: int) -> None:
    with pytest.raises(ValueError, match="successes"):
        metrics.wilson_interval(successes, total)


def test_bootstrap_tells_a_difference_from_none() -> None:
    rng = np.random.default_rng(7)
    base = rng.random(200)
    noise = rng.normal(0, 0.2, 200)
    better = metrics.paired_bootstrap((base + 0.1 + noise).tolist(), base.tolist(), resamples=2_000)
    assert better.low > 0
    assert better.p_value < 0.01
    assert better.low < better.mean < better.high
    same = metrics.paired_bootstrap((base + noise - noise.mean()).tolist(), base.tolist(), resamples=2_000)
    assert same.mean == pytest.approx(0, abs=1e-12)
    assert same.low < 0 < same.high
    assert same.p_value > 0.9


def test_bootstrap_interval_matches_the_normal_one_on_a_large_sample() -> None:
    rng = np.random.default_rng(8)
    a, b = rng.normal(0.1, 1, 2_000), rng.normal(0, 1, 2_000)
    result = metrics.paired_bootstrap(a.tolist(), b.tolist(), resamples=4_000)
    half = 1.96 * (a - b).std(ddof=1) / math.sqrt(2_000)
    assert result.high - result.low == pytest.approx(2 * half, rel=0.08)


def test_bootstrap_is_repeatable_and_depends_on_its_seed() -> None:
    a, b = [1.0, 0.0, 1.0, 1.0, 0.3], [0.0, 0.0, 1.0, 0.2, 0.9]
    first = metrics.paired_bootstrap(a, b, resamples=1_500, seed=3)
    assert first == metrics.paired_bootstrap(a, b, resamples=1_500, seed=3)
    assert first != metrics.paired_bootstrap(a, b, resamples=1_500, seed=4)


def test_bootstrap_of_identical_systems_finds_nothing() -> None:
    assert metrics.paired_bootstrap([1.0, 0.0], [1.0, 0.0], resamples=50) == metrics.Difference(0, 0, 0, 1)


def test_mcnemar_by_hand() -> None:
    a = [True] * 6 + [False] * 1 + [True] * 5
    b = [False] * 6 + [True] * 1 + [True] * 5
    # 2 · (C(7,0) + C(7,1)) / 2⁷
    assert metrics.mcnemar_exact(a, b) == metrics.Disagreement(6, 1, 0.125)
    assert metrics.mcnemar_exact(b, a) == metrics.Disagreement(1, 6, 0.125)
    assert metrics.mcnemar_exact(a, a) == metrics.Disagreement(0, 0, 1.0)
    assert metrics.mcnemar_exact([True, False], [False, True]).p_value == 1.0


def test_auroc_by_hand() -> None:
    assert metrics.auroc([0.9, 0.8, 0.2], [True, True, False]) == 1
    assert metrics.auroc([0.1, 0.2, 0.9], [True, True, False]) == 0
    assert metrics.auroc([0.5, 0.5, 0.5], [True, False, True]) == 0.5
    assert metrics.auroc([3, 2, 2, 1], [True, True, False, False]) == pytest.approx(3.5 / 4)
    with pytest.raises(ValueError, match="both"):
        metrics.auroc([0.1, 0.2], [True, True])


def test_calibration_error_by_hand() -> None:
    # Bin [0.1, 0.2): mean 0.15, none right; last bin: mean 0.975, one of two right.
    assert metrics.expected_calibration_error([0.1, 0.2, 0.95, 1.0], [False, False, True, False]) == (
        pytest.approx((0.1 + 0.2 + abs(1.95 - 1)) / 4)
    )
    assert metrics.expected_calibration_error([0.75] * 4, [True, True, True, False]) == 0
    # 0.12 right and 0.18 wrong share a bin: the gap is of their means, not of each.
    assert metrics.expected_calibration_error([0.12, 0.18], [True, False]) == pytest.approx(0.35)
    assert metrics.expected_calibration_error([0.0, 1.0], [True, True], bins=1) == pytest.approx(0.5)


def test_calibration_error_takes_an_edge_into_the_upper_bin() -> None:
    # 0.3 and 0.35 share a bin, 0.29 doesn't: 0.3·10 must not fall below 3.
    values, labels = [0.29, 0.3, 0.35], [True, False, True]
    assert metrics.expected_calibration_error(values, labels) == pytest.approx((0.71 + 0.35) / 3)


def test_brier_by_hand() -> None:
    assert metrics.brier([1.0, 0.0, 0.5], [True, True, False]) == pytest.approx((0 + 1 + 0.25) / 3)


def test_risk_coverage_by_hand() -> None:
    points = metrics.risk_coverage([0.9, 0.2, 0.7, 0.7], [True, False, True, False])
    assert points == (
        metrics.RiskPoint(0.9, 0.25, 0.0),
        metrics.RiskPoint(0.7, 0.75, pytest.approx(1 / 3)),
        metrics.RiskPoint(0.2, 1.0, 0.5),
    )


@pytest.mark.parametrize(
    ("values", "labels"),
    [([], []), ([0.5], [True, False]), ([math.nan, 0.2], [True, False]), ([0.1, 0.2], [2, 0])],
)
def test_bad_samples_are_refused(values: list[float], labels: list[bool]) -> None:
    for measure in (
        metrics.auroc,
        metrics.brier,
        metrics.expected_calibration_error,
        metrics.risk_coverage,
    ):
        with pytest.raises(ValueError, match=r"undefined|flat|finite|label"):
            measure(values, labels)


def test_a_probability_above_one_is_refused() -> None:
    for measure in (metrics.brier, metrics.expected_calibration_error):
        with pytest.raises(ValueError, match=r"\[0, 1\]"):
            measure([1.2, 0.3], [True, False])


@pytest.mark.parametrize(("successes", "total"), [(0, 7), (7, 7), (1, 3), (81, 263), (499, 500)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilson_agrees_with_scipy(successes: int, total: int, confidence: float) -> None:
    theirs = stats.binomtest(successes, total).proportion_ci(confidence, method="wilson")
    assert metrics.wilson_interval(successes, total, confidence) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_mcnemar_agrees_with_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (rng.random(80) < share for share in (0.8, 0.6 + seed / 20))
    ours = metrics.mcnemar_exact(a.tolist(), b.tolist())
    theirs = stats.binomtest(ours.only_a, ours.only_a + ours.only_b, 0.5).pvalue
    assert ours.p_value == pytest.approx(theirs, abs=1e-12)


def test_bootstrap_interval_agrees_with_scipy() -> None:
    rng = np.random.default_rng(5)
    a, b = (rng.random(150) < 0.9).astype(float), (rng.random(150) < 0.8).astype(float)
    ours = metrics.paired_bootstrap(a.tolist(), b.tolist(), resamples=20_000)
    theirs = stats.bootstrap((a - b,), np.mean, n_resamples=20_000, method="percentile", rng=rng).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.008)


@pytest.mark.parametrize("seed", [1, 2])
def test_calibration_error_agrees_with_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    forecast = rng.random(400)
    truth = rng.random(400) < forecast**2
    was, said = calibration_curve(truth, forecast, n_bins=10)
    weights = np.bincount(np.minimum((forecast * 10).astype(int), 9), minlength=10) / 400
    ours = metrics.expected_calibration_error(forecast.tolist(), truth.tolist())
    assert ours == pytest.approx(float((np.abs(was - said) * weights).sum()), abs=1e-12)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kappa_agrees_with_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.random(60) < 0.7, rng.random(60) < 0.6
    assert metrics.cohen_kappa(a.tolist(), b.tolist()) == pytest.approx(cohen_kappa_score(a, b))
    assert metrics.cohen_kappa([True, True], [True, True]) == 1.0


def test_holm_by_hand() -> None:
    # Holm 1979: .005 <= .05/4, .011 <= .05/3, .02 <= .05/2, .06 > .05
    assert metrics.holm([0.02, 0.005, 0.06, 0.011], 0.05) == [True, True, False, True]
    # .03 > .05/2: what follows stands too, though .04 <= .05
    assert metrics.holm([0.04, 0.03], 0.05) == [False, False]
    assert metrics.holm([], 0.05) == []


def test_holm_keeps_its_promise_under_no_difference() -> None:
    rng = np.random.default_rng(8)
    alarms = sum(any(metrics.holm(rng.random(12).tolist(), 0.05)) for _ in range(4_000))
    assert 0.04 < alarms / 4_000 < 0.06

"""Bounds are Efron's: exact where a formula is known, unmoved by how a metric is scaled, and plain about what fails."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import METRICS, score
from core.evaluation.bca import acceleration, bounds, left_out
from core.evaluation.intervals import point, resampled
from tests.evaluation.drawn import drawn, noisy, scored_of


@given(case=drawn())
def test_leaving_a_patient_out_is_scoring_the_others_with_each_class_at_its_weight(case):
    scored = scored_of(*case)
    found = left_out(scored)
    gone = len(scored.labels) // 2
    keep = np.arange(len(scored.labels)) != gone
    # as often as it takes to give every class back its size: k (k - 1) rows of the class of size k, for one
    size = scored.class_counts[scored.labels[gone]]
    times = np.where(scored.labels == scored.labels[gone], size, size - 1)
    rows = np.repeat(np.flatnonzero(keep), times[keep])
    expected = point(scored_of(scored.labels[rows], scored.probabilities[rows]))
    assert {name: values[gone] for name, values in found.items()} == pytest.approx(expected, abs=1e-12)


def test_many_patients_are_left_out_in_parts_with_the_same_result(monkeypatch):
    scored = noisy([0, 0, 1] * 20, skill=1, seed=0)
    whole = left_out(scored)
    monkeypatch.setattr("core.evaluation.bca.CELLS", 7 * 60)
    monkeypatch.setattr("core.evaluation.metrics.CELLS", 5 * 60)
    for name, values in left_out(scored).items():
        np.testing.assert_allclose(values, whole[name], rtol=1e-12)


def test_the_acceleration_of_a_mean_is_a_sixth_of_the_skewness_of_its_mean():
    values = np.random.default_rng(0).exponential(size=50)
    means = (values.sum() - values) / 49
    centred = values - values.mean()
    expected = (centred**3).mean() / (6 * np.sqrt(50) * (centred**2).mean() ** 1.5)
    assert acceleration(means, np.zeros(50, dtype=np.int64)) == pytest.approx(expected)


def test_a_symmetric_bootstrap_gives_plain_percentiles():
    drawn = np.linspace(-1, 1, 2001)
    low, high, why = bounds(0.0, drawn, acceleration=0.0)
    assert (low, high) == pytest.approx((-0.95, 0.95)) and why is None


def test_the_interval_of_a_mean_agrees_with_scipy():
    from scipy.stats import bootstrap

    values = np.random.default_rng(1).exponential(size=40)
    theirs = bootstrap((values,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(2))
    means = (values.sum() - values) / 39
    low, high, why = bounds(
        float(values.mean()),
        theirs.bootstrap_distribution,
        acceleration=acceleration(means, np.zeros(40, dtype=np.int64)),
    )
    assert (low, high) == pytest.approx(tuple(theirs.confidence_interval), abs=1e-3) and why is None


@given(shift=st.floats(-5, 5), seed=st.integers(0, 99))
def test_a_metric_stretched_and_turned_has_its_interval_stretched_and_turned(shift, seed):
    resampled = np.random.default_rng(seed).gamma(3, size=400)
    low, high, _ = bounds(2.5, resampled, acceleration=0.05)
    turned = bounds(shift - 2 * 2.5, shift - 2 * resampled, acceleration=-0.05)
    assert turned[:2] == pytest.approx((shift - 2 * high, shift - 2 * low))


def test_resamples_that_hit_the_value_count_half_on_either_side():
    coarse = np.repeat([0.0, 1.0, 2.0], [100, 800, 100])
    assert bounds(1.0, coarse, acceleration=0.0) == (0.0, 2.0, None)


def test_a_model_that_errs_nowhere_has_no_interval_and_says_why():
    found = score(scored_of([0, 0, 1, 1, 1], [0.1, 0.2, 0.8, 0.9, 0.7]), resamples=100)["auroc"]
    assert (found.value, found.low, found.high) == (1.0, None, None)
    assert found.how.startswith("no interval: every resample gave the same value")


@pytest.mark.parametrize(
    ("value", "acceleration", "reason"), [(99.0, 0.0, "one side"), (2.0, 5.0, "carry the whole value")]
)
def test_where_bca_does_not_exist_percentiles_stand_in_and_say_why(value, acceleration, reason):
    resampled = np.random.default_rng(0).gamma(3, size=400)
    low, high, why = bounds(value, resampled, acceleration=acceleration)
    assert [low, high] == np.percentile(resampled, [2.5, 97.5]).tolist()
    assert reason in why


@given(case=drawn())
def test_no_cohort_breaks_the_interval(case):
    scored = scored_of(*case)
    for name, one in score(scored, resamples=50).items():
        drawn_values = resampled(scored, resamples=50, seed=0)[name]
        if one.low is None:
            assert "every resample gave the same value" in one.how
            continue
        assert drawn_values.min() - 1e-12 <= one.low <= one.high <= drawn_values.max() + 1e-12


def test_five_thousand_patients_need_little_memory():
    import tracemalloc

    scored = noisy([0, 0, 1] * 1666, skill=1, seed=0)
    tracemalloc.start()
    left_out(scored, names=("accuracy",))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150e6 < 8 * len(scored.labels) ** 2
    assert set(left_out(noisy([0, 1] * 5, skill=1, seed=0))) == set(METRICS)

"""A run judged elsewhere: distortions are found again, nothing is scored on what it was fitted on, shift is noticed."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from core.evaluation.elsewhere import prevalences, recalibration, shift
from core.evaluation.elsewhere.recalibrating import Recalibration, cross_validated, fitted, recalibrated


def answers(n: int, *, shift: float, steepness: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities as a run would state them, of patients whose true log-odds are shift + steepness x stated."""
    random = np.random.default_rng(seed)
    odds = random.normal(0, 1.5, n)
    return expit(odds), random.random(n) < expit(shift + steepness * odds)


def suggested(chances: np.ndarray, positive: np.ndarray) -> Recalibration:
    return recalibration(chances, positive, model="fused", mode="both", name="x", resamples=200, seed=0)


def test_a_known_distortion_is_found_within_its_interval_and_mending_it_helps() -> None:
    found = suggested(*answers(3000, shift=0.8, steepness=0.5))
    assert found.slope.low is not None and found.slope.high is not None
    assert found.slope.low < 0.5 < found.slope.high
    assert found.shift == pytest.approx(0.8, abs=0.15) and found.steepness == pytest.approx(0.5, abs=0.1)
    assert found.verdict == "helps" and found.gain.low is not None and found.gain.low > 0
    assert found.before.value is not None and found.after.value is not None
    assert found.gain.value == pytest.approx(found.before.value - found.after.value)


def test_probabilities_that_are_right_are_left_alone() -> None:
    verdicts = [suggested(*answers(800, shift=0, steepness=1, seed=seed)).verdict for seed in range(20)]
    assert verdicts.count("leave") >= 17, "two tests at 95 % each leave about nine in ten alone"


def test_too_few_patients_of_one_side_are_fitted_nothing() -> None:
    chances, positive = answers(200, shift=-4, steepness=1)
    assert positive.sum() < 20
    found = suggested(chances, positive)
    assert found.verdict == "too few" and found.shift is None and found.after.value is None


def test_the_fit_is_that_of_an_independent_library() -> None:
    chances, positive = answers(500, shift=0.3, steepness=0.7)
    peer = LogisticRegression(C=np.inf, tol=1e-10).fit(logit(chances)[:, None], positive)
    assert fitted(chances, positive) == pytest.approx((peer.intercept_[0], peer.coef_[0, 0]), abs=1e-3)


def test_nobody_is_recalibrated_by_a_fit_that_knew_them() -> None:
    random = np.random.default_rng(0)
    chances, positive = random.uniform(0.05, 0.95, 60), random.random(60) < 0.5
    # probabilities that mean nothing: a fit on everybody always looks better, one on others cannot
    shift, steepness = fitted(chances, positive)
    knew = ((recalibrated(chances, shift=shift, steepness=steepness) - positive) ** 2).mean()
    assert knew < ((cross_validated(chances, positive, seed=0) - positive) ** 2).mean()


def test_patients_like_the_runs_own_are_not_called_shifted_and_others_are() -> None:
    random = np.random.default_rng(0)
    own = random.normal(1, 0.1, 1000)
    alike = [shift(random.normal(1, 0.1, 200), own, of="genes", bound=0.99).shifted for _ in range(50)]
    assert sum(alike) <= 4
    far = shift(random.normal(1.4, 0.1, 200), own, of="genes", bound=0.99)
    assert far.shifted and far.low > 0.5 and far.p < 1e-6 and "more than chance explains" in far.sentence


def test_a_class_nobody_told_of_at_home_is_said_not_to_be_told() -> None:
    one, other = prevalences([0, 1, 1], ("A", "B"), None)
    assert (one.here, other.here, one.there, one.of_there) == (1, 2, None, None)

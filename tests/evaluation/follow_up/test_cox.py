"""Log-rank, Cox and C-index agree with numbers worked out from their formulas, and refuse what they cannot tell."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import chi2

from core.evaluation.follow_up.concordance import Ranked, concordance
from core.evaluation.follow_up.cox import cox
from core.evaluation.follow_up.followed import Followed
from core.evaluation.follow_up.log_rank import log_rank


def followed_of(times, events) -> Followed:
    return Followed(
        patients=tuple(f"p{row:04d}" for row in range(len(times))),
        times=np.asarray(times, dtype=np.float64),
        events=np.asarray(events, dtype=bool),
        adjusted={},
    )


def simulated(n, *, hazard_ratio, seed):
    rng = np.random.default_rng(seed)
    group = rng.integers(2, size=n).astype(np.float64)
    died = rng.exponential(1 / (0.02 * hazard_ratio**group))
    left = rng.uniform(10, 120, size=n)
    return followed_of(np.minimum(died, left), died <= left), group


def log_rank_by_hand(times, events, groups):
    """Observed less expected events of the second of two groups, squared, by its hypergeometric variance."""
    gap = variance = 0.0
    for time in np.unique(times[events]):
        at_risk, now = times >= time, (times == time) & events
        n, d, mine = at_risk.sum(), now.sum(), (at_risk & (groups == 1)).sum()
        gap += (now & (groups == 1)).sum() - d * mine / n
        if n > 1:
            variance += d * (mine / n) * (1 - mine / n) * (n - d) / (n - 1)
    return chi2.sf(gap**2 / variance, 1)


@pytest.mark.parametrize("seed", range(4))
def test_log_rank_is_that_of_the_textbook(seed):
    patients, group = simulated(60, hazard_ratio=2.0, seed=seed)
    # whole months, so that events tie
    patients = followed_of(np.ceil(patients.times), patients.events)
    expected = log_rank_by_hand(patients.times, patients.events, group)
    assert log_rank(patients, group.astype(np.int64)) == pytest.approx(expected)


def test_log_rank_of_the_same_class_or_without_events_is_missing_with_the_reason():
    assert "one class" in log_rank(followed_of([1, 2], [True, True]), np.array([1, 1]))
    assert "no events" in log_rank(followed_of([1, 2], [False, False]), np.array([0, 1]))


def test_the_hazard_ratio_maximises_the_partial_likelihood():
    patients, group = simulated(80, hazard_ratio=2.0, seed=1)
    order = np.argsort(patients.times)
    x, events = group[order], patients.events[order]

    def loss(beta):
        at_risk = np.cumsum(np.exp(beta * x)[::-1])[::-1]
        return -(beta * x - np.log(at_risk))[events].sum()

    expected = minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-9}).x
    found = cox(patients, {"class": group}).hazards["class"]
    assert found.ratio == pytest.approx(np.exp(expected), rel=1e-4)
    assert found.low < found.ratio < found.high and 0 <= found.proportional_p <= 1


def test_a_ratio_that_turns_over_time_is_told_by_the_check():
    rng = np.random.default_rng(0)
    group = np.repeat([0.0, 1.0], 150)
    # the second group dies early or hardly at all
    times = np.where(group == 0, rng.uniform(20, 60, 300), rng.choice([5.0, 80.0], 300) + rng.random(300))
    assert cox(followed_of(times, [True] * 300), {"class": group}).hazards["class"].proportional_p < 0.001
    patients, mine = simulated(300, hazard_ratio=2.0, seed=0)
    assert cox(patients, {"class": mine}).hazards["class"].proportional_p > 0.05


@pytest.mark.parametrize(
    ("columns", "events", "reason"),
    [
        ({}, 40, "no covariate"),
        ({"a": np.arange(40.0), "b": np.arange(40.0) ** 2}, 19, "19 events for 2 covariates; 20 are needed"),
        ({"a": np.ones(40)}, 40, "a is the same for every patient"),
    ],
)
def test_what_cannot_be_fitted_is_missing_with_the_reason(columns, events, reason):
    patients = followed_of(np.arange(1.0, 41.0), np.arange(40) < events)
    assert reason in cox(patients, columns)


def test_a_covariate_that_tells_the_event_by_itself_gives_no_ratio():
    events = np.arange(60) % 2 == 0
    patients = followed_of(np.random.default_rng(0).uniform(1, 50, 60), events)
    assert "does not converge" in cox(patients, {"dead": events.astype(np.float64)})


def test_concordance_counts_pairs_of_a_fold_by_hand():
    # 0 dies first, at the highest risk; 1 leaves; 2 dies at a lower risk than 3, who is still there: 3 right, 1 wrong
    fold = Ranked(
        rows=np.arange(4),
        times=np.array([1.0, 2.0, 3.0, 4.0]),
        events=np.array([True, False, True, False]),
        risks=np.array([9.0, 1.0, 2.0, 3.0]),
    )
    assert concordance([fold], weights=np.ones((1, 4)))[0] == pytest.approx(3 / 4)
    # drawn twice, the last patient doubles their pairs
    assert concordance([fold], weights=np.array([[1.0, 1.0, 1.0, 2.0]]))[0] == pytest.approx(4 / 6)


def test_concordance_is_that_of_lifelines_where_no_events_tie():
    from lifelines.utils import concordance_index

    patients, _ = simulated(80, hazard_ratio=2.0, seed=3)
    risks = np.round(np.random.default_rng(0).normal(size=80), 1)
    fold = Ranked(rows=np.arange(80), times=patients.times, events=patients.events, risks=risks)
    expected = concordance_index(patients.times, -risks, patients.events)
    assert concordance([fold], weights=np.ones((1, 80)))[0] == pytest.approx(expected)


def test_without_pairs_concordance_is_not_a_number():
    fold = Ranked(rows=np.arange(2), times=np.ones(2), events=np.array([False, False]), risks=np.arange(2.0))
    assert np.isnan(concordance([fold], weights=np.ones((1, 2)))[0])

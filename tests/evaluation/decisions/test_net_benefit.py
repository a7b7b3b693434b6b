"""Decision curves meet the known ones at their ends."""

import numpy as np
import pytest
from hypothesis import given

from core.config import EvaluationSpec
from core.evaluation import net_benefit
from core.evaluation.decisions.net_benefit import benefits, treat_all
from tests.evaluation.drawn import drawn, scored_of
from tests.evaluation.runs import evidence_of

SPEC = EvaluationSpec(resamples=100)
LABELS = np.random.default_rng(4).permutation([0] * 60 + [1] * 30)


@given(case=drawn())
def test_towards_a_threshold_of_zero_net_benefit_is_that_of_treating_all(case):
    scored = scored_of(*case)
    thresholds = np.array([1e-9])
    found = benefits(scored, side=1, thresholds=thresholds, weights=np.ones((1, len(scored.labels))))
    np.testing.assert_allclose(found[0], treat_all(scored, side=1, thresholds=thresholds))
    assert found[0, 0] == pytest.approx((scored.labels == 1).mean(), abs=1e-6)


def test_net_benefit_by_hand():
    # of five, two true and one false positive at 0.25: 2/5 - 1/5 * (1/3)
    scored = scored_of([1, 1, 1, 0, 0], [0.9, 0.3, 0.1, 0.6, 0.2])
    found = benefits(scored, side=1, thresholds=np.array([0.25]), weights=np.ones((1, 5)))
    assert found[0, 0] == pytest.approx(2 / 5 - 1 / 15)


def test_a_perfect_model_is_worth_the_prevalence_at_every_threshold():
    scored = scored_of([0, 0, 1], [0.0, 0.0, 1.0])
    found = benefits(scored, side=1, thresholds=np.linspace(0.01, 0.99, 9), weights=np.ones((1, 3)))
    np.testing.assert_allclose(found, 1 / 3)


def test_every_answer_has_a_curve_whose_intervals_hold_it():
    evidence = evidence_of(LABELS, models=("fused",))
    rows = net_benefit(evidence, SPEC)
    assert len(rows) == 3 * 50 and {one.mode for one in rows} == {"both", "image", "genes"}
    assert all(one.low - 1e-9 <= one.value <= one.high + 1e-9 for one in rows if one.threshold < 0.8)


def test_one_side_only_gives_no_curve():
    assert net_benefit(evidence_of([0] * 12), SPEC) == ()
    assert net_benefit(evidence_of([0] * 12 + [1]), SPEC) == ()

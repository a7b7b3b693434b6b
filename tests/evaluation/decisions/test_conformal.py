"""Conformal sets hold the truth as often as asked where patients are exchangeable, and never see the test labels."""

from dataclasses import replace

import numpy as np
import pytest

from core.config import EvaluationSpec
from core.evaluation import abstentions, coverage
from core.evaluation.decisions.conformal import largest_scores
from tests.evaluation.drawn import noisy, scored_of
from tests.evaluation.runs import evidence_of, relabelled

SPEC = EvaluationSpec()
LABELS = np.random.default_rng(4).permutation([0] * 90 + [1] * 45)


def test_the_bound_of_a_class_is_the_score_at_its_finite_sample_rank():
    # 9 patients of class 1: rank ceil(10 * 0.9) = 9; 8 of class 0: rank ceil(9 * 0.9) = 9 > 8
    scored = scored_of([1] * 9 + [0] * 8, [0.91, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1] + [0.2] * 8)
    assert largest_scores(scored, wanted=0.9).tolist() == [np.inf, pytest.approx(0.9)]
    assert largest_scores(scored, wanted=0.5)[1] == pytest.approx(0.5)


def test_sets_do_not_change_when_the_test_labels_change():
    evidence = evidence_of(LABELS, repeats=2)
    assert abstentions(evidence, SPEC) == abstentions(relabelled(evidence, np.roll(LABELS, 7)), SPEC)


def test_whoever_does_not_have_exactly_one_class_is_referred_and_everyone_is_told():
    evidence = evidence_of(LABELS, skill=1.0, models=("fused",))
    rows = abstentions(evidence, SPEC)
    assert len(rows) == 3 * len(LABELS)
    assert all(one.refer == (len(one.classes) != 1) for one in rows)
    assert any(one.refer for one in rows) and not all(one.refer for one in rows)


def test_coverage_counts_what_the_sets_hold():
    evidence = evidence_of(LABELS, skill=1.0)
    rows = {one.patient: one for one in abstentions(evidence, SPEC)}
    names = {one.id: evidence.classes[one.label] for one in evidence.cohort.patients}
    held = [names[patient] in one.classes for patient, one in rows.items()]
    decided = [one for one in rows.values() if not one.refer]
    everyone, *by_class = coverage(evidence, SPEC)
    assert everyone.value == pytest.approx(np.mean(held)) and everyone.low < everyone.value < everyone.high
    assert everyone.decided == pytest.approx(len(decided) / len(rows))
    assert everyone.accuracy == pytest.approx(np.mean([names[one.patient] == one.classes[0] for one in decided]))
    assert sum(one.n for one in by_class) == everyone.n == len(LABELS)


def test_a_class_without_inner_patients_is_in_every_set():
    evidence = evidence_of(LABELS)
    rows = abstentions(replace(evidence, inner=tuple(one for one in evidence.inner if one.label == 0)), SPEC)
    assert all("Basal/HER2" in one.classes for one in rows)


def test_without_inner_predictions_there_are_no_sets():
    evidence = replace(evidence_of(LABELS), inner=())
    assert abstentions(evidence, SPEC) == coverage(evidence, SPEC) == ()


def test_with_three_classes_every_class_keeps_its_coverage():
    evidence = evidence_of(np.arange(600) % 3, skill=1.5, classes=("a", "b", "c"))
    assert all(one.value == pytest.approx(0.9, abs=0.05) for one in coverage(evidence, SPEC))


@pytest.mark.parametrize("wanted", [0.8, 0.9])
def test_exchangeable_patients_are_covered_as_often_as_asked_in_each_class(wanted):
    labels = np.array([0] * 60 + [1] * 30)
    held = np.zeros(2)
    for seed in range(1000):
        inner, test = noisy(labels, skill=1, seed=2 * seed), noisy(labels, skill=1, seed=2 * seed + 1)
        sets = 1 - test.probabilities <= largest_scores(inner, wanted=wanted)
        covered = sets[np.arange(90), labels]
        held += covered[:60].mean(), covered[60:].mean()
    # between the wanted share and 1 / (n + 1) above it (Vovk 2012), give or take the error of 1000 studies
    spread = 4 * np.sqrt(wanted * (1 - wanted) / 30 / 1000) * 2
    assert (held / 1000 >= wanted - spread).all()
    assert (held / 1000 <= wanted + 1 / (np.array([60, 30]) + 1) + spread).all()

"""The one linear model of the controls."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from core.training.controls.linear import LEVELS, answers, coordinates, normal_scores
from core.training.controls.splits import Split
from core.training.scaling import QuantileScaler
from tests.training.controls.cohorts import alternating, noise


def split_of(learned, patients):
    parts = tuple(np.arange(learned)[offset::3] for offset in range(3))
    return Split(train=np.arange(learned), inner=parts, test=np.arange(learned, patients))


def test_fewer_axes_give_the_same_answers_as_all_columns():
    columns, label = noise(60, 300), alternating(60)
    columns[:, :5] += label[:, None]
    length = np.sqrt((columns[:40].astype(np.float64) ** 2).sum(axis=1).mean())
    whole, axes = columns / length, coordinates(columns, learned=40)
    assert axes.shape == (60, 40)
    models = [LogisticRegression(C=10.0, tol=1e-8, max_iter=5000) for _ in range(2)]
    said = [
        model.fit(rows[:40], label[:40]).predict_proba(rows[40:])
        for model, rows in zip(models, (whole, axes), strict=True)
    ]
    assert said[0] == pytest.approx(said[1], abs=1e-4)


def test_patients_that_are_alike_do_not_break_the_axes():
    columns = np.repeat(noise(10, 100), 4, axis=0)
    assert np.isfinite(coordinates(columns, learned=30)).all()


def test_other_test_patients_change_no_answer():
    columns, label, split = noise(60, 200), alternating(60), split_of(40, 60)
    moved = columns.copy()
    moved[41:] = 7
    before, after = (answers(some, label, split, classes=2)[0] for some in (columns, moved))
    assert before == pytest.approx(after, abs=1e-9)


def test_test_labels_are_never_looked_at():
    columns, label, split = noise(60, 5), alternating(60), split_of(40, 60)
    flipped = np.where(np.arange(60) < 40, label, 1 - label)
    assert (answers(columns, label, split, classes=2) == answers(columns, flipped, split, classes=2)).all()


def test_a_class_nobody_was_learned_from_gets_no_probability():
    columns, split = noise(60, 5), split_of(40, 60)
    label = np.where(np.arange(60) < 40, alternating(60), 2)
    shares = answers(columns, label, split, classes=3)
    assert shares.shape == (20, 3)
    assert (shares[:, 2] == 0).all()
    assert shares.sum(axis=1) == pytest.approx(1)


def test_even_odds_know_nothing_of_a_patient_like_the_mean():
    columns, split = noise(60, 2), split_of(40, 60)
    columns[:40] -= columns[:40].mean(axis=0)
    columns[40:] = 0
    label = (np.arange(60) % 4 == 0).astype(np.int64)
    assert answers(columns, label, split, classes=2, even=True) == pytest.approx(0.5)


def test_three_classes_are_told_apart():
    label = np.arange(90) % 3
    columns = noise(90, 4)
    columns[np.arange(90), label] += 4
    shares = answers(columns, label, split_of(60, 90), classes=3)
    assert (shares.argmax(axis=1) == label[60:]).mean() > 0.9


@pytest.mark.parametrize("rows", [2, 30, LEVELS, 500])
def test_normal_scores_are_those_of_the_quantile_scaler(rows):
    values = noise(rows + 5, 7) * 100
    expected = QuantileScaler.fit(values[:rows], levels=LEVELS)(values)
    assert normal_scores(values, np.arange(rows)) == pytest.approx(expected, abs=1e-4)

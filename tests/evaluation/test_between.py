"""One model in several runs, compared on the same patients."""

import numpy as np
import pytest

from core.evaluation import METRICS, Scored
from core.evaluation.between import MOST_RESAMPLED, between


def answers(skill: float, *, patients: int, seed: int) -> Scored:
    """Two classes told apart by `skill` standard deviations; labels are the same for every seed."""
    labels = (np.random.default_rng(0).random(patients) < 0.4).astype(np.int64)
    logit = skill * (labels - 0.5) + np.random.default_rng(seed).normal(size=patients)
    positive = 1 / (1 + np.exp(-logit))
    names = tuple(f"p{number:05d}" for number in range(patients))
    return Scored(patients=names, labels=labels, probabilities=np.stack([1 - positive, positive], axis=1))


def test_every_later_run_is_held_against_the_first_by_every_metric():
    rows = between({name: answers(2, patients=60, seed=seed) for seed, name in enumerate("abc")})
    assert {(row.model, row.baseline) for row in rows} == {("b", "a"), ("c", "a")}
    assert {row.metric for row in rows} == set(METRICS)
    assert all(row.holm_p is not None and row.permutation_p is not None for row in rows)
    assert all(row.holm_p >= row.permutation_p for row in rows if row.holm_p and row.permutation_p)


def test_a_run_against_itself_differs_by_nothing():
    same = answers(2, patients=60, seed=1)
    assert all(row.value == pytest.approx(0) for row in between({"a": same, "b": same}))


def test_a_much_better_run_is_told_apart():
    rows = between({"weak": answers(0.3, patients=200, seed=1), "strong": answers(4, patients=200, seed=2)})
    auroc = next(row for row in rows if row.metric == "auroc")
    assert auroc.low is not None and auroc.low > 0 and auroc.holm_p is not None and auroc.holm_p < 0.05


def test_only_shared_patients_count():
    one, other = answers(2, patients=80, seed=1), answers(2, patients=60, seed=2)
    labels = {name: int(label) for name, label in zip(one.patients, one.labels, strict=True)}
    assert all(labels[name] == label for name, label in zip(other.patients, other.labels, strict=True))
    assert {row.n for row in between({"a": one, "b": other})} == {60}


def test_many_patients_are_compared_by_ranks_as_resampling_would():
    count = MOST_RESAMPLED + 1
    (row,) = between({"a": answers(1, patients=count, seed=1), "b": answers(1.3, patients=count, seed=2)})
    assert row.metric == "auroc" and "DeLong" in row.how
    assert row.value is not None and row.low is not None and row.high is not None
    assert row.low < row.value < row.high and row.holm_p == row.delong_p

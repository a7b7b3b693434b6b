"""The metrics are scikit-learn's, on patients as they are and on every resample, and hand counts agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from core.evaluation import METRICS, score
from core.evaluation.intervals import point, resample_weights
from core.evaluation.metrics import evaluate
from tests.evaluation.drawn import drawn, noisy, scored_of


def by_sklearn(labels, probabilities):
    """Every metric as scikit-learn computes it."""
    classes = probabilities.shape[1]
    decided = probabilities.argmax(axis=1)
    two = classes == 2
    positive = probabilities[:, 1] if two else probabilities
    truth = labels if two else np.eye(classes, dtype=int)[labels]
    return {
        "auroc": sk.roc_auc_score(truth, positive),
        "average_precision": sk.average_precision_score(truth, positive),
        "accuracy": sk.accuracy_score(labels, decided),
        "balanced_accuracy": sk.balanced_accuracy_score(labels, decided),
        "f1": sk.f1_score(labels, decided, average="binary" if two else "macro", zero_division=0),
        "mcc": sk.matthews_corrcoef(labels, decided),
        "brier": sk.brier_score_loss(labels, positive, labels=range(classes)),
    }


@given(case=drawn())
def test_every_metric_is_that_of_scikit_learn(case):
    scored = scored_of(*case)
    expected = by_sklearn(scored.labels, scored.probabilities)
    assert expected.keys() == METRICS.keys()
    assert point(scored) == pytest.approx(expected, abs=1e-12)


@given(case=drawn(), seed=st.integers(0, 99))
def test_a_weighting_gives_the_metrics_of_the_patients_written_out(case, seed):
    scored = scored_of(*case)
    weights = resample_weights(scored.labels, resamples=4, seed=seed)
    found = evaluate(scored, weights=weights)
    for row, counts in enumerate(weights):
        patients = np.repeat(np.arange(len(counts)), counts.astype(int))
        expected = by_sklearn(scored.labels[patients], scored.probabilities[patients])
        assert {name: values[row] for name, values in found.items()} == pytest.approx(expected, abs=1e-12)


def test_the_hand_counted_case():
    # ranked from the top: positive, negative, positive+negative tied, negative; nobody else
    scored = scored_of([1, 0, 1, 0, 0], [0.9, 0.7, 0.6, 0.6, 0.2])
    assert point(scored) == pytest.approx(
        {
            "auroc": (3 + 1.5) / 6,
            "average_precision": 0.5 * 1 + 0.5 * 2 / 4,
            "accuracy": 3 / 5,
            "balanced_accuracy": (1 + 1 / 3) / 2,
            "f1": 2 * 2 / (2 * 2 + 2 + 0),
            "mcc": (2 * 1 - 2 * 0) / np.sqrt(4 * 2 * 3 * 1),
            "brier": (0.01 + 0.49 + 0.16 + 0.36 + 0.04) / 5,
        }
    )


@given(case=drawn())
def test_the_order_of_patients_changes_nothing(case):
    scored = scored_of(*case)
    turned = scored_of(scored.labels[::-1], scored.probabilities[::-1])
    assert point(turned) == pytest.approx(point(scored), abs=1e-12)


def test_perfect_and_reversed_ranking_are_one_and_zero():
    assert point(scored_of([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]))["auroc"] == 1.0
    assert point(scored_of([0, 0, 1, 1], [0.9, 0.8, 0.2, 0.1]))["auroc"] == 0.0


def test_always_the_same_answer_is_half_and_no_correlation():
    found = point(scored_of([0, 0, 0, 1], [0.3, 0.3, 0.3, 0.3]))
    assert (found["auroc"], found["balanced_accuracy"], found["mcc"], found["f1"]) == (0.5, 0.5, 0.0, 0.0)


@pytest.mark.parametrize("label", [0, 1])
def test_with_one_class_only_what_needs_both_is_missing_with_its_reason(label):
    found = score(scored_of([label] * 4, [0.2, 0.4, 0.6, 0.8]), resamples=50)
    for name in ("auroc", "average_precision", "balanced_accuracy", "f1", "mcc"):
        assert (found[name].value, found[name].low, found[name].high) == (None, None, None)
        assert found[name].how == "cannot be computed: patients of only 1 of 2 classes"
        assert found[name].n == 4
    assert found["accuracy"].value == 0.5
    assert found["brier"].value is not None


def test_without_patients_everything_is_missing():
    found = score(scored_of([], np.zeros((0, 2))), resamples=50)
    assert all(one.value is None and one.n == 0 and "no patients" in one.how for one in found.values())


def test_a_class_of_one_patient_has_a_value_but_no_interval():
    found = score(scored_of([0, 0, 0, 1], [0.1, 0.2, 0.3, 0.9]), resamples=50)["auroc"]
    assert (found.value, found.low, found.high) == (1.0, None, None)
    assert "fewer than 2 patients" in found.how


def test_every_metric_is_explained_and_only_brier_is_better_low():
    assert all(metric.label and metric.sentence.endswith(".") for metric in METRICS.values())
    assert [name for name, metric in METRICS.items() if not metric.higher_is_better] == ["brier"]


def test_better_predictions_score_better_on_every_metric():
    labels = [0, 0, 1] * 100
    weak, strong = point(noisy(labels, skill=1, seed=1)), point(noisy(labels, skill=4, seed=1))
    for name, metric in METRICS.items():
        assert (strong[name] > weak[name]) == metric.higher_is_better

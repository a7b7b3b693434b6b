"""What training patients got from members that did not learn from them, and on whom things were fitted."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from core.config import MODELS, ModelName
from core.training.batches import Inputs
from core.training.cross_validation import train_fold
from core.training.fitted_on import Learned, fitted_on
from core.training.trained import answered, terms_of, trained_of
from core.types import Dataset
from tests.training.prepared import fold_of, plan_of, prepared

MakeDataset = Callable[..., Dataset]


@pytest.mark.parametrize("model", MODELS)
def test_inner_predictions_come_from_the_one_member_that_did_not_learn_from_the_patient(
    model: ModelName, make_dataset: MakeDataset
) -> None:
    inputs = prepared(make_dataset())
    result = train_fold(inputs, model, plan_of(make_dataset()))
    again = trained_of(result.weights, result.settings)
    found = {(one.patient, one.mode): one for one in result.inner}
    assert len(found) == len(result.inner) == len(again.calibrations) * len(inputs.fold.train)
    for mode, calibration in again.calibrations.items():
        for member, part in zip(again.members, inputs.inner, strict=True):
            own = inputs.train.take(part)
            terms = np.concatenate([terms_of(said[0]) for _, said in answered([member], own, mode=mode, device="cpu")])
            stored = [found[patient, mode] for patient in own.patients]
            np.testing.assert_allclose(
                [one.probabilities for one in stored], np.exp(calibration(terms)), rtol=1e-5, atol=1e-7
            )
            np.testing.assert_allclose(
                [one.uncalibrated for one in stored], softmax(terms.sum(axis=1), axis=1), rtol=1e-5, atol=1e-7
            )
            assert [one.label for one in stored] == own.label.tolist()


def test_test_predictions_keep_what_the_networks_said_before_calibration(make_dataset: MakeDataset) -> None:
    inputs = prepared(make_dataset())
    result = train_fold(inputs, "genes", plan_of(make_dataset()))
    again = trained_of(result.weights, result.settings)
    ((_, outputs),) = answered(again.members, inputs.test, mode="genes", device="cpu")
    mean = np.mean([output.logits.numpy() for output in outputs], axis=0)
    np.testing.assert_allclose([one.uncalibrated for one in result.predictions], softmax(mean, axis=1), rtol=1e-5)


def test_everything_is_fitted_on_the_training_patients_and_says_so(make_dataset: MakeDataset) -> None:
    inputs = prepared(make_dataset())
    stated = train_fold(inputs, "fused", plan_of(make_dataset())).settings["fitted"]
    assert [one["what"] for one in stated] == [
        "tile scaler",
        "gene scaler",
        "networks",
        "calibration (both)",
        "calibration (image)",
        "calibration (genes)",
    ]
    for one in stated:
        assert one["patients"] == len(inputs.fold.train)
        assert (one["part"], one["holds_test"]) == ("training patients of the fold", False)


def test_a_test_patient_among_those_fitted_on_is_told(make_dataset: MakeDataset) -> None:
    inputs = prepared(make_dataset())
    leaking = replace(inputs, train=first_replaced(inputs.train, inputs.test))
    stated = train_fold(leaking, "logistic", plan_of(make_dataset())).settings["fitted"]
    assert {one["what"]: one["holds_test"] for one in stated} == {
        "tile scaler": False,
        "gene scaler": False,
        "networks": True,
        "calibration (both)": True,
    }


def first_replaced(train: Inputs, test: Inputs) -> Inputs:
    """The training patients, a test patient in the place of the first."""
    return replace(
        train,
        patients=(test.patients[0], *train.patients[1:]),
        tiles=(test.tiles[0], *train.tiles[1:]),
        genes=np.concatenate([test.genes[:1], train.genes[1:]]),
    )


def test_what_a_scaler_saw_is_counted_by_patient(make_dataset: MakeDataset) -> None:
    fold = fold_of(make_dataset())
    for patients, part, leak in (
        (fold.train, "training patients of the fold", False),
        (fold.train[:5], "some training patients of the fold", False),
        ((*fold.train, fold.test[0]), "with 1 test patients and 0 of neither part of the fold", True),
        ((*fold.train, "stranger"), "with 0 test patients and 1 of neither part of the fold", False),
    ):
        (one,) = fitted_on([Learned(what="gene scaler", patients=tuple(patients))], fold)
        assert one == {"what": "gene scaler", "patients": len(patients), "part": part, "holds_test": leak}

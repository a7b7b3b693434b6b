"""The science of one fold: nothing of a test patient reaches what is fitted, and planted signal is found."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.config import MODELS, FitSpec, FoldSpec, ModelName
from core.evaluation import METRICS, main_mode, pooled, score
from core.training.batches import has_places, raw_inputs
from core.training.cross_validation import FitPlan, prepare, train_fold
from core.training.folds import deal
from core.training.gene_tokens import TOGETHER, gene_tokens
from core.training.pool import fits
from core.training.trained import trained_of
from core.types import Dataset, FoldResult

MakeDataset = Callable[..., Dataset]
QUICK = FitSpec(width=16, epochs=3, patience=3)


def plan_of(dataset: Dataset, spec: FitSpec = QUICK) -> FitPlan:
    assert dataset.expression is not None
    assert dataset.gene_sets is not None
    return FitPlan(
        classes=2,
        tokens=gene_tokens(dataset.expression.genes, dataset.gene_sets.members),
        spec=spec,
        seed=0,
        device="cpu",
        tiles_have_places=has_places(dataset),
    )


def fit_first_fold(dataset: Dataset, model: ModelName) -> FoldResult:
    fold = deal(dataset.cohort, FoldSpec(), seed=0)[0]
    return train_fold(prepare(raw_inputs(dataset), fold), model, plan_of(dataset))


@pytest.mark.parametrize("model", MODELS)
def test_altering_a_test_patients_rows_leaves_weights_and_scalers_bit_identical(
    model: ModelName, make_dataset: MakeDataset
) -> None:
    dataset = make_dataset()
    fold = deal(dataset.cohort, FoldSpec(), seed=0)[0]
    assert dataset.expression is not None
    assert dataset.bags is not None
    values, bags = dataset.expression.values.copy(), dict(dataset.bags)
    for patient in fold.test:
        values[dataset.expression.patients.index(patient)] = 77
        bags[patient] = tuple(replace(bag, features=bag.features * -50) for bag in bags[patient])
    altered = replace(dataset, expression=replace(dataset.expression, values=values), bags=bags)
    before, after = fit_first_fold(dataset, model), fit_first_fold(altered, model)
    assert before.weights.keys() == after.weights.keys()
    for name, array in before.weights.items():
        assert array.tobytes() == after.weights[name].tobytes(), name


def test_altering_a_training_patients_rows_does_change_the_weights(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    fold = deal(dataset.cohort, FoldSpec(), seed=0)[0]
    assert dataset.expression is not None
    values = dataset.expression.values.copy()
    values[dataset.expression.patients.index(fold.train[0])] += 3
    altered = replace(dataset, expression=replace(dataset.expression, values=values))
    before, after = fit_first_fold(dataset, "genes"), fit_first_fold(altered, "genes")
    assert any(before.weights[name].tobytes() != after.weights[name].tobytes() for name in before.weights)


@pytest.mark.parametrize("model", ["fused", "logistic"])
def test_the_same_seed_gives_the_same_bits(model: ModelName, make_dataset: MakeDataset) -> None:
    one, two = (fit_first_fold(make_dataset(), model) for _ in range(2))
    assert one.predictions == two.predictions
    assert all(one.weights[name].tobytes() == two.weights[name].tobytes() for name in one.weights)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_put_together_from_its_stored_weights_answers_with_the_same_bits(
    model: ModelName, make_dataset: MakeDataset
) -> None:
    dataset = make_dataset()
    fold = deal(dataset.cohort, FoldSpec(), seed=0)[0]
    raw = raw_inputs(dataset)
    result = train_fold(prepare(raw, fold), model, plan_of(dataset))
    again = trained_of(result.weights, result.settings)
    place = {patient: row for row, patient in enumerate(raw.patients)}
    test = raw.take([place[patient] for patient in fold.test])
    mode = main_mode(model)
    answer = again.answer(again.scalers(test), mode=mode)
    stored = [one.probabilities for one in result.predictions if one.mode == mode]
    np.testing.assert_array_equal(answer.probabilities, np.array(stored, np.float32))


def test_fused_answers_in_three_modes_and_explains_each_gene_set(make_dataset: MakeDataset) -> None:
    result = fit_first_fold(make_dataset(), "fused")
    assert {prediction.mode for prediction in result.predictions} == {"both", "image", "genes"}
    one = next(iter(result.explanations.values()))
    assert one.sets == ("first", "second", "third", TOGETHER)
    assert one.tile_attention is not None
    assert one.contributions is not None
    assert one.tile_attention.shape[0] == len(one.tokens) == len(one.sets) == len(one.contributions)
    np.testing.assert_allclose(one.tile_attention.sum(axis=1), 1, rtol=1e-3)


def test_gene_tokens_lose_no_gene_and_leave_out_sets_the_panel_hardly_has() -> None:
    tokens = gene_tokens(("A", "B", "C", "D", "E"), {"big": ("A", "B", "C", "Z"), "small": ("D", "Y")})
    assert tokens.names == ("big", TOGETHER)
    assert tokens.sets == ((0, 1, 2), (3, 4))


def auroc(dataset: Dataset, model: ModelName) -> float:
    plan = plan_of(dataset, FitSpec(width=16, epochs=30, patience=6, rate=2e-3, genes_wide_rate=3e-3))
    units = [(fold, model) for fold in deal(dataset.cohort, FoldSpec(count=4, inner=2), seed=0)]
    results = fits(raw_inputs(dataset), plan, units, workers=1)
    own = [one for result in results for one in result.predictions if one.mode == main_mode(model)]
    value = score(pooled(own, classes=2), resamples=10)["auroc"].value
    assert value is not None
    return value


@pytest.mark.slow
def test_planted_signal_is_found_by_the_fusion_and_only_half_by_each_baseline(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(patients=200, sites=10)
    found: dict[str, float] = {model: auroc(dataset, model) for model in ("fused", "image", "genes")}
    assert found["fused"] > 0.93
    assert 0.7 < found["image"] < found["fused"] - 0.05
    assert 0.7 < found["genes"] < found["fused"] - 0.05


@pytest.mark.slow
@pytest.mark.parametrize("model", ["fused", "image", "genes", "concat"])
def test_where_nothing_is_planted_nothing_is_found(model: ModelName, make_dataset: MakeDataset) -> None:
    # Pooled, a model that knows nothing leans below one half: a fold rich in one class leaves less of it to learn from.
    assert 0.3 < auroc(make_dataset(patients=200, sites=10, signal=0.0), model) < 0.6


def test_every_metric_is_known_by_name() -> None:
    assert set(METRICS) == {"accuracy", "balanced_accuracy", "f1", "average_precision", "auroc", "mcc", "brier"}

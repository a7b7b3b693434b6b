"""What a look inside the models finds."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import logit

from core.config import MODELS, ModelName
from core.training.cross_validation import train_fold
from core.training.scrutiny import scrutinised, thinned
from core.training.trained import Trained, trained_of
from core.types import Dataset, Scrutiny
from tests.training.prepared import plan_of, prepared, trained

MakeDataset = Callable[..., Dataset]


def looked(dataset: Dataset, model: ModelName) -> tuple[Trained, tuple[Scrutiny, ...]]:
    result = trained(dataset, model)
    return trained_of(result.weights, result.settings), result.scrutiny


@pytest.mark.parametrize("model", MODELS)
def test_every_test_patient_is_looked_at_once_by_the_modalities_the_model_takes(
    model: ModelName, make_dataset: MakeDataset
) -> None:
    result = trained(make_dataset(tiles=10), model)
    assert tuple(one.patient for one in result.scrutiny) == result.fold.test
    for one in result.scrutiny:
        assert (one.image_gradient is None) == (model == "genes")
        assert (one.genes_gradient is None) == (model == "image")
        has_map = model in ("fused", "image", "concat", "late")
        for measure in (one.tile_entropy, one.agreement, one.deletion, one.insertion):
            assert (measure is not None) == has_map
        assert (one.completeness is not None) == (model in ("fused", "genes"))


def test_a_model_that_ignores_the_image_has_no_gradient_by_it_at_all(make_dataset: MakeDataset) -> None:
    for one in trained(make_dataset(), "paper").scrutiny:
        assert one.image_gradient == 0
        assert one.genes_gradient is not None and one.genes_gradient > 0


def test_gradients_are_those_of_finite_differences(make_dataset: MakeDataset) -> None:
    inputs = prepared(make_dataset())
    result = train_fold(inputs, "logistic", plan_of(make_dataset()))
    model = trained_of(result.weights, result.settings)
    base = log_odds(model, inputs.test.genes, inputs)
    sign = np.sign(base)  # of the predicted class, whichever it is
    step = 0.01
    slopes = []
    for gene in range(inputs.test.genes.shape[1]):
        moved = inputs.test.genes.copy()
        moved[:, gene] += step
        slopes.append(sign * (log_odds(model, moved, inputs) - base) / step)
    lengths = np.linalg.norm(slopes, axis=0)
    np.testing.assert_allclose([one.genes_gradient for one in result.scrutiny], lengths, rtol=2e-2)


def log_odds(model: Trained, genes: np.ndarray, inputs) -> np.ndarray:
    return logit(np.exp(model.log_probabilities(inputs.test.with_genes(genes), mode="both"))[:, 1])


@pytest.mark.parametrize("model", ["fused", "genes"])
def test_gene_attributions_add_up_to_the_log_odds_they_explain(model: ModelName, make_dataset: MakeDataset) -> None:
    inputs = prepared(make_dataset())
    result = train_fold(inputs, model, plan_of(make_dataset()))
    again = trained_of(result.weights, result.settings)
    mode = next(iter(again.calibrations))
    there = logit(np.exp(again.log_probabilities(inputs.test, mode=mode))[:, 1])
    zero = inputs.test.with_genes(np.zeros_like(inputs.test.genes))
    explained = np.sign(there) * (there - logit(np.exp(again.log_probabilities(zero, mode=mode))[:, 1]))
    sums = [result.explanations[patient].gene_attributions.sum() for patient in inputs.test.patients]
    np.testing.assert_allclose(sums, explained, atol=0.02 * np.abs(explained).max())
    assert np.median([one.completeness for one in result.scrutiny]) < 0.02


def test_other_models_keep_no_gene_attributions(make_dataset: MakeDataset) -> None:
    for model in ("image", "concat"):
        result = trained(make_dataset(), model)
        assert all(one.gene_attributions is None for one in result.explanations.values())


def test_members_with_equal_weights_agree_fully(make_dataset: MakeDataset) -> None:
    inputs = prepared(make_dataset(tiles=10))
    result = train_fold(inputs, "image", plan_of(make_dataset(tiles=10)))
    first = {name: array for name, array in result.weights.items() if name.startswith("member0.")}
    copies = {name.replace("member0", f"member{row}"): array for name, array in first.items() for row in range(3)}
    equal = trained_of({**result.weights, **copies}, result.settings)
    answer = equal.answer(inputs.test, mode="image")
    look = scrutinised(equal, inputs.test, answer, mode="image", fold=inputs.fold, seed=0, most=16)
    assert [one.agreement for one in look.scrutiny] == pytest.approx([1.0] * len(inputs.test.patients))
    assert min(one.agreement for one in result.scrutiny) < 0.99


def test_a_single_tile_has_no_map_to_judge_and_few_tiles_none_to_take_away(make_dataset: MakeDataset) -> None:
    for one in trained(make_dataset(tiles=5), "image").scrutiny:
        assert one.agreement is not None
        assert (one.deletion, one.insertion) == (None, None)
    single = make_dataset()
    assert single.bags is not None
    bags = {
        patient: tuple(type(bag)(slide=bag.slide, features=bag.features[:1], encoder=bag.encoder) for bag in own)
        for patient, own in single.bags.items()
    }
    dataset = Dataset(cohort=single.cohort, expression=single.expression, gene_sets=single.gene_sets, bags=bags)
    for one in trained(dataset, "fused").scrutiny:
        assert (one.tile_entropy, one.agreement, one.deletion, one.insertion) == (None, None, None, None)
        assert one.image_gradient is not None and one.image_gradient > 0


def test_patients_of_one_fold_are_looked_at_alike_alone_and_together(make_dataset: MakeDataset) -> None:
    inputs = prepared(make_dataset(tiles=10))
    result = train_fold(inputs, "fused", plan_of(make_dataset(tiles=10)))
    again = trained_of(result.weights, result.settings)
    alone = inputs.test.take([4])
    look = scrutinised(again, alone, again.answer(alone, mode="both"), mode="both", fold=inputs.fold, seed=0, most=16)
    together = result.scrutiny[4]
    for name in ("image_gradient", "genes_gradient", "tile_entropy", "agreement"):
        assert getattr(look.scrutiny[0], name) == pytest.approx(getattr(together, name), rel=1e-3)


def test_large_bags_are_thinned_evenly_and_in_order(make_dataset: MakeDataset) -> None:
    inputs = prepared(make_dataset(tiles=40)).test
    thin = thinned(inputs, 12, np.random.default_rng(0))
    for bag, whole in zip(thin.tiles, inputs.tiles, strict=True):
        assert len(bag) == 12
        places = [int(np.flatnonzero((whole == tile).all(axis=1))[0]) for tile in bag]
        assert places == sorted(set(places))
    assert thinned(inputs, 100, np.random.default_rng(0)).tiles == inputs.tiles

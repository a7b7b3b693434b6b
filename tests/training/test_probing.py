"""Modalities taken away at test time."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.config import MODELS, ModelName
from core.training.cross_validation import train_fold
from core.training.probing import DRAWS, at_mean, exchanged, permuted, probes
from core.training.scrutiny import scrutinised
from core.training.trained import trained_of
from core.types import Dataset
from tests.training.prepared import plan_of, prepared, trained

MakeDataset = Callable[..., Dataset]
BOTH = ("fused", "concat", "late", "logistic", "paper")


@given(count=st.integers(2, 40), seed=st.integers(0, 100))
def test_everyone_gives_once_and_nobody_keeps_their_own(count: int, seed: int) -> None:
    given_to = exchanged(count, np.random.default_rng(seed))
    assert sorted(given_to) == list(range(count))
    assert all(row != other for row, other in enumerate(given_to))


@pytest.mark.parametrize("model", MODELS)
def test_every_model_of_both_modalities_is_probed_by_each_and_no_other_is(
    model: ModelName, make_dataset: MakeDataset
) -> None:
    result = trained(make_dataset(), model)
    kinds = {(one.removed, one.by, one.draw) for one in result.probes}
    wanted = {(removed, "permuted", draw) for removed in ("image", "genes") for draw in range(DRAWS)}
    wanted |= {("image", "mean", 0), ("genes", "mean", 0)}
    assert kinds == (wanted if model in BOTH else set())
    assert len(result.probes) == len(kinds) * len(result.fold.test)


def test_a_model_that_ignores_the_image_answers_the_same_to_the_last_bit_without_it(
    make_dataset: MakeDataset,
) -> None:
    result = trained(make_dataset(), "paper")
    own = {one.patient: one.probabilities for one in result.predictions}
    assert all(one.probabilities == own[one.patient] for one in result.probes if one.removed == "image")
    assert any(one.probabilities != own[one.patient] for one in result.probes if one.removed == "genes")


def test_a_modality_is_taken_away_and_the_other_is_left(make_dataset: MakeDataset) -> None:
    inputs = prepared(make_dataset())
    train, test = inputs.train, inputs.test
    order = exchanged(len(test.patients), np.random.default_rng(0))
    changed = permuted(test, "image", order)
    assert all(changed.tiles[row] is test.tiles[other] for row, other in enumerate(order))
    assert changed.genes is test.genes
    changed = permuted(test, "genes", order)
    np.testing.assert_array_equal(changed.genes, test.genes[order])
    assert changed.tiles is test.tiles
    mean = at_mean(test, "image", train).tiles
    np.testing.assert_allclose(mean[0][0], np.concatenate(train.tiles).mean(axis=0), atol=1e-6)
    expected = np.tile(train.genes.mean(axis=0), (len(test.patients), 1))
    np.testing.assert_allclose(at_mean(test, "genes", train).genes, expected, atol=1e-6)


def test_one_mean_tile_stands_for_any_number_of_them(make_dataset: MakeDataset) -> None:
    inputs = prepared(make_dataset())
    result = train_fold(inputs, "fused", plan_of(make_dataset()))
    again = trained_of(result.weights, result.settings)
    one = at_mean(inputs.test, "image", inputs.train)
    many = permuted(one, "image", range(len(one.patients)))
    many = type(one)(
        patients=one.patients,
        tiles=tuple(np.repeat(bag, 7, axis=0) for bag in one.tiles),
        genes=one.genes,
        label=one.label,
    )
    np.testing.assert_allclose(
        again.log_probabilities(one, mode="both"), again.log_probabilities(many, mode="both"), atol=1e-5
    )


def test_all_models_of_a_fold_get_the_same_permutations_and_another_seed_others(make_dataset: MakeDataset) -> None:
    inputs = prepared(make_dataset())
    result = train_fold(inputs, "logistic", plan_of(make_dataset()))
    again = trained_of(result.weights, result.settings)
    same, other = (probes(again, train=inputs.train, test=inputs.test, fold=inputs.fold, seed=seed) for seed in (0, 1))
    assert same == result.probes
    assert same != other


@pytest.mark.parametrize("model", ["fused", "image"])
def test_looking_changes_neither_the_model_nor_its_answers_nor_what_is_drawn_next(
    model: ModelName, make_dataset: MakeDataset
) -> None:
    inputs = prepared(make_dataset(tiles=10))
    result = train_fold(inputs, model, plan_of(make_dataset(tiles=10)))
    again = trained_of(result.weights, result.settings)
    mode = next(iter(again.calibrations))
    state = torch.get_rng_state()
    before = again.answer(inputs.test, mode=mode)
    probes(again, train=inputs.train, test=inputs.test, fold=inputs.fold, seed=0)
    scrutinised(again, inputs.test, before, mode=mode, fold=inputs.fold, seed=0, most=16)
    after = again.answer(inputs.test, mode=mode)
    assert before.probabilities.tobytes() == after.probabilities.tobytes()
    assert torch.equal(state, torch.get_rng_state())
    own = [one.probabilities for one in result.predictions if one.mode == mode]
    np.testing.assert_array_equal(before.probabilities, np.array(own, np.float32))

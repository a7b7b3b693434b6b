"""Serving gives what cross-validation gave, for the same weights and the same patient."""

import numpy as np
import pytest

from core.config import MODELS, ModelName
from core.errors import InputError
from core.evaluation import main_mode
from core.results import RunFolder
from core.serving.alignment import missing_note, on_panel
from core.serving.ensemble import Ensemble
from core.serving.source import FinishedRun
from core.training.batches import raw_inputs
from core.types import Dataset


@pytest.mark.parametrize("model", MODELS)
def test_each_member_answers_its_own_test_patients_as_in_cross_validation(
    model: ModelName, run: RunFolder, dataset: Dataset
) -> None:
    ensemble = Ensemble.load(FinishedRun(run), model, device="cpu")
    mode = main_mode(ensemble.model)
    raw = raw_inputs(dataset)
    shares = ensemble.shares(raw, mode=mode)
    place = {patient: row for row, patient in enumerate(raw.patients)}
    own = [one for one in run.predictions() if one.model == model and one.mode == mode]
    assert len(own) == 60
    for one in own:
        np.testing.assert_allclose(shares[one.fold, place[one.patient]], one.probabilities, atol=1e-6)


def test_a_patient_served_alone_is_answered_as_in_company(run: RunFolder, dataset: Dataset) -> None:
    ensemble, raw = Ensemble.load(FinishedRun(run), "fused", device="cpu"), raw_inputs(dataset)
    together = ensemble.shares(raw, mode="both")
    alone = ensemble.shares(raw.take([7]), mode="both")
    np.testing.assert_allclose(alone[:, 0], together[:, 7], atol=1e-6)


def test_what_a_served_patient_looked_at_is_the_mean_of_the_members(run: RunFolder, dataset: Dataset) -> None:
    looked = Ensemble.load(FinishedRun(run), "fused", device="cpu").explanation(
        raw_inputs(dataset).take([3]), mode="both", tiles_have_places=True
    )
    assert looked.tile_attention is not None
    assert looked.contributions is not None
    np.testing.assert_allclose(looked.tile_attention.sum(axis=1), 1, atol=1e-4)
    assert len(looked.contributions) == len(looked.sets)


def test_a_missing_gene_is_put_at_the_training_middle(run: RunFolder, dataset: Dataset) -> None:
    raw = raw_inputs(dataset).take([0])
    unknown = raw.with_genes(np.full_like(raw.genes, np.nan))
    scaled = Ensemble.load(FinishedRun(run), "genes", device="cpu").members[0].scalers(unknown)
    assert (scaled.genes == 0).all()


def test_genes_are_put_in_the_panels_order_and_the_missing_are_counted() -> None:
    values = np.array([[1.0, 2.0, 3.0, 4.0]], np.float32)
    aligned = on_panel(values, ("D", "A", "B", "X"), ("A", "B", "C", "D"), what="it", least=0.7)
    np.testing.assert_array_equal(aligned, np.array([[2, 3, np.nan, 1]], np.float32))
    assert missing_note(aligned).startswith("1 of 4 genes")


def test_too_small_a_part_of_the_panel_is_refused_with_the_counts() -> None:
    with pytest.raises(InputError, match="1 of 4 genes"):
        on_panel(np.zeros((1, 1), np.float32), ("A",), ("A", "B", "C", "D"), what="the table")

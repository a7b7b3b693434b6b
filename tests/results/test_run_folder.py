"""What is written into a run folder comes back equal, under names that lead nowhere else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.results import RunFolder, run_names
from core.results.run_folder import NAME
from core.types import Bag, FoldResult, SlideRef
from tests.stores import deal, fold_result, run_record, small_dataset, write_run


def test_a_run_is_opened_as_it_was_created(run, dataset):
    opened = RunFolder.open(run.data, "begun")
    assert opened.record == run.record == run_record(dataset, name="begun", models=("fused", "image"))


def test_a_name_is_taken_once(run):
    with pytest.raises(InputError, match=r"'begun' exists already.*--resume.*--run"):
        RunFolder.create(run.data, run.record)


def test_an_unknown_run_is_answered_with_those_there_are(run):
    with pytest.raises(InputError, match=r"no run 'other'.*runs there: begun"):
        RunFolder.open(run.data, "other")
    with pytest.raises(InputError, match="runs there: none"):
        RunFolder.open(run.data / "empty", "other")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/etc", ".hidden", "a b", "a\n", "é", "a" * 101, "a\0"])
def test_a_name_that_is_no_plain_folder_name_is_refused(name, dataset, tmp_path):
    with pytest.raises(InputError, match="not allowed"):
        RunFolder.create(tmp_path, run_record(dataset, name=name))
    with pytest.raises(InputError, match="not allowed"):
        RunFolder.open(tmp_path, name)
    assert not list(tmp_path.iterdir())


@given(name=st.text(max_size=12))
def test_every_allowed_name_stays_inside_the_runs_folder(name):
    if NAME.fullmatch(name):
        assert (Path("/data/runs") / name).resolve().parent == Path("/data/runs")


def test_a_renamed_folder_is_noticed(run):
    run.path.rename(run.path.with_name("other"))
    with pytest.raises(InputError, match="holds run 'begun'"):
        RunFolder.open(run.data, "other")


def test_cohort_and_folds_come_back_equal(run, dataset, folds):
    opened = RunFolder.open(run.data, "begun")
    assert opened.cohort() == dataset.cohort
    assert opened.folds() == folds


def test_slide_references_and_odd_covariates_come_back_equal(dataset, folds, tmp_path):
    odd = {"gap": None, "text": "ü; DROP TABLE\n\0", "number": -0.1 + 0.3, "large": 1e300}
    slides = (SlideRef(id="a", path=Path("/x/a b.svs"), um_per_px=0.25), SlideRef(id="b", path=Path("b.svs")))
    first, *rest = dataset.cohort.patients
    patients = (replace(first, covariates=odd, slides=slides), *rest)
    changed = replace(dataset, cohort=replace(dataset.cohort, patients=patients))
    run = RunFolder.create(tmp_path, run_record(changed, name="odd"))
    run.write_dataset(changed, folds)
    assert RunFolder.open(tmp_path, "odd").cohort() == changed.cohort


def test_resuming_with_the_same_patients_and_folds_changes_nothing(run, dataset, folds):
    before = {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()}
    RunFolder.open(run.data, "begun").write_dataset(dataset, folds)
    assert {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()} == before


def test_resuming_with_other_folds_or_labels_is_refused(run, dataset, folds):
    with pytest.raises(InputError, match="begun with other patients or folds"):
        run.write_dataset(dataset, deal(dataset.cohort, seed=1))
    first, *rest = dataset.cohort.patients
    turned = replace(dataset.cohort, patients=(replace(first, label=1 - first.label), *rest))
    with pytest.raises(InputError, match="begun with other patients or folds"):
        run.write_dataset(replace(dataset, cohort=turned), folds)


def test_a_fold_is_finished_once_it_is_written_and_not_before(run, dataset, folds):
    assert not run.finished("fused", folds[0])
    run.write_fold(fold_result(dataset, folds[0], model="fused"))
    assert run.finished("fused", folds[0])
    assert not run.finished("fused", folds[1]) and not run.finished("image", folds[0])
    with pytest.raises(AssertionError, match="written once"):
        run.write_fold(fold_result(dataset, folds[0], model="fused"))


def test_a_finished_fold_of_another_split_is_refused(run, dataset, folds):
    run.write_fold(fold_result(dataset, folds[0], model="fused"))
    other = deal(dataset.cohort, seed=1)[0]
    with pytest.raises(InputError, match="another split"):
        run.finished("fused", other)


def test_predictions_of_all_finished_folds_come_back_equal_and_in_order(run, dataset, folds):
    results = [fold_result(dataset, fold, model=model) for model in ("fused", "image") for fold in folds]
    for result in results[::-1]:
        run.write_fold(result)
    assert run.predictions() == tuple(one for result in results for one in result.predictions)


def test_the_same_fold_is_written_to_the_same_bytes(run, dataset, folds, tmp_path):
    again = RunFolder.create(tmp_path / "again", run.record)
    again.write_dataset(dataset, folds)
    for folder in (run, again):
        folder.write_fold(fold_result(dataset, folds[0], model="fused"))
    files = {path.relative_to(run.path) for path in run.path.rglob("*") if path.is_file()}
    assert len(files) == 13
    assert all((run.path / file).read_bytes() == (again.path / file).read_bytes() for file in files)


def test_weights_and_settings_come_back_equal_whatever_their_layout(run, dataset, folds):
    table = np.arange(6, dtype=np.float32).reshape(2, 3)
    weights = {
        "plain": table,
        "turned": table.T,
        "step": np.arange(10)[::3],
        "scalar": np.array(2.5),
        "empty": np.zeros((0, 4), dtype=np.float32),
        "half": table.astype(np.float16),
        "flags": np.array([True, False]),
    }
    settings = {"nested": {"list": [1, 2.5, None, "x"], "flag": True}, "tuple": (1, 2)}
    result = fold_result(dataset, folds[2], model="image")
    run.write_fold(replace(result, weights=weights, settings=settings))
    found, told = run.weights("image", 0, 2)
    assert found.keys() == weights.keys()
    for name, values in weights.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_array_equal(found[name], values)
    assert told == {**settings, "tuple": [1, 2]}


def test_weights_that_are_not_trained_are_asked_for_in_vain(run):
    with pytest.raises(InputError, match=r"no trained fold 0 of repeat 0 of model 'fused'.*fused, image"):
        run.weights("fused", 0, 0)
    with pytest.raises(InputError, match="no trained fold 9"):
        run.weights("fused", 0, 9)


def explained(run, dataset, folds, explanation):
    """The explanation of one patient after a round trip."""
    result: FoldResult = fold_result(dataset, folds[0], model="fused")
    patient = folds[0].test[1]
    run.write_fold(replace(result, explanations={**result.explanations, patient: explanation}))
    return run.explanation("fused", patient)


def test_an_explanation_comes_back_with_its_names_and_weights(run, dataset, folds):
    generator = np.random.default_rng(0)
    attention = generator.dirichlet(np.full(3000, 0.1), size=2).astype(np.float32)
    written = replace(
        fold_result(dataset, folds[0], model="fused").explanations[folds[0].test[1]],
        tile_attention=attention,
        tokens=("one", "two"),
    )
    read = explained(run, dataset, folds, written)
    assert (read.tokens, read.sets) == (written.tokens, written.sets)
    np.testing.assert_array_equal(read.token_attention, written.token_attention)
    np.testing.assert_array_equal(read.contributions, written.contributions)
    np.testing.assert_allclose(read.tile_attention.sum(axis=1), 1, rtol=1e-5)
    # half precision, relative to the largest weight of the row
    np.testing.assert_allclose(read.tile_attention, attention, rtol=2e-3, atol=1e-7)


def test_even_attention_over_many_tiles_does_not_vanish(run, dataset, folds):
    written = replace(
        fold_result(dataset, folds[0], model="fused").explanations[folds[0].test[1]],
        tile_attention=np.full((1, 200_000), 1 / 200_000, dtype=np.float32),
        tokens=("tissue",),
    )
    np.testing.assert_allclose(explained(run, dataset, folds, written).tile_attention, 1 / 200_000, rtol=1e-3)


def test_an_explanation_without_parts_and_one_that_is_not_there(run, dataset, folds):
    result = fold_result(dataset, folds[0], model="image")
    run.write_fold(replace(result, explanations={folds[0].test[0]: result.explanations[folds[0].test[0]]}))
    empty = run.explanation("image", folds[0].test[0])
    assert (empty.tile_attention, empty.token_attention, empty.contributions) == (None, None, None)
    assert run.explanation("image", folds[0].test[1]) is None
    assert run.explanation("image", folds[1].test[0]) is None
    assert run.explanation("fused", "nobody") is None


def test_tile_places_come_back_in_the_order_of_attention(tmp_path):
    dataset = small_dataset(patients=12, slides=tmp_path / "data")
    run = RunFolder.create(tmp_path / "data", run_record(dataset, name="slides"))
    run.write_dataset(dataset, deal(dataset.cohort, folds=2))
    for patient, bags in dataset.bags.items():
        found = run.slides(patient)
        assert [one.slide for one in found] == [bag.slide for bag in bags]
        for one, bag in zip(found, bags, strict=True):
            np.testing.assert_array_equal(one.origins, bag.origins)
            assert (one.side_px, one.source, one.file) == (bag.side_px, bag.source, bag.file)
            assert one.source.exists() and one.file.exists()
    assert run.slides("nobody") == ()


def test_the_data_folder_can_be_moved(tmp_path):
    write_run(tmp_path / "data", patients=12, models=("image",), slides=True, folds=2)
    (tmp_path / "data").rename(tmp_path / "moved")
    run = RunFolder.open(tmp_path / "moved", "run-0")
    (slide,) = run.slides("TCGA-BH-0001")
    assert slide.file.is_relative_to(tmp_path / "moved") and slide.file.exists()


def test_features_without_places_have_no_slides(dataset, folds, tmp_path):
    bags = {
        patient.id: (Bag(slide=patient.id, features=np.ones((1, 4), dtype=np.float32), encoder="table"),)
        for patient in dataset.cohort.patients
    }
    run = RunFolder.create(tmp_path, run_record(dataset, name="rows"))
    run.write_dataset(replace(dataset, bags=bags), folds)
    assert run.slides(dataset.cohort.patients[0].id) == ()


def test_scores_finish_a_run_and_can_be_written_again(published, data):
    run = RunFolder.open(data, "run-0")
    assert run.finished_run
    scores, differences = run.scores(), run.differences()
    assert len(scores) > 100 and len(differences) == 7
    run.evaluation.write({"scores": scores[:3]}, about={"resamples": 100})
    assert (run.scores(), run.differences(), run.evaluation.about) == (scores[:3], (), {"resamples": 100})


def test_an_unfinished_run_has_no_scores(run):
    assert not run.finished_run
    assert run.scores() == () and run.differences() == () and run.predictions() == ()


def test_names_are_those_of_runs_alone(run):
    (run.data / "runs" / ".hidden").mkdir()
    (run.data / "runs" / "a file").write_text("")
    assert run_names(run.data) == ("begun",)
    assert run_names(run.data / "nowhere") == ()

"""A judged run keeps its split certificate, and is held against its random twin alone."""

import shutil
from dataclasses import replace

import pytest

from core.errors import InputError
from core.results import RunFolder
from core.results.judging import judge, random_twin
from tests.stores import SPEC, deal, fold_result, run_record, small_dataset


@pytest.fixture(scope="module")
def judged(published):
    return RunFolder.open(published, "run-0")


def twin_of(run, *, outcome="pam50", split="random", seed=0):
    """A finished run named like the random twin of `run`, trained on the same patients."""
    dataset = small_dataset(patients=30)
    record = run_record(dataset, name=f"{run.record.name}-random", models=("image",), seed=seed)
    record = replace(record, outcome=outcome, config={**record.config, "split": split, "accept": "on purpose"})
    twin = RunFolder.create(run.data, record)
    with twin.lock():
        twin.write_dataset(dataset, deal(dataset.cohort))
        twin.certificate.write({})
        for fold in twin.folds():
            twin.write_fold(fold_result(dataset, fold, model="image", seed=1))
        judge(twin, SPEC)
    return twin


def test_a_certificate_that_was_lost_while_it_was_replaced_is_not_made_up_from_nothing(judged, tmp_path):
    run = RunFolder.open(shutil.copytree(judged.data, tmp_path / "data"), "run-0")
    (run.certificate.folder / "record.json").unlink()
    with pytest.raises(InputError, match="--resume"):
        judge(run, SPEC)
    assert not run.certificate.exists


def test_judging_again_leaves_the_certificate_as_it_is(judged, tmp_path):
    run = RunFolder.open(shutil.copytree(judged.data, tmp_path / "data"), "run-0")
    record = run.certificate.folder / "record.json"
    before = record.stat().st_ino
    judge(run, SPEC)
    assert record.stat().st_ino == before


def test_a_run_is_held_against_random_folds_of_the_same_question(judged, tmp_path):
    run = RunFolder.open(shutil.copytree(judged.data, tmp_path / "data"), "run-0")
    twin = twin_of(run)
    assert random_twin(run).record == twin.record
    judge(run, SPEC)
    assert {row.model for row in run.evaluation.rows("optimism")} == {"image"}


@pytest.mark.parametrize("other", [{"outcome": "er_ihc"}, {"split": "site"}, {"seed": 1}], ids=str)
def test_a_run_that_only_bears_the_name_of_a_twin_is_none(judged, tmp_path, other):
    run = RunFolder.open(shutil.copytree(judged.data, tmp_path / "data"), "run-0")
    twin_of(run, **other)
    assert random_twin(run) is None

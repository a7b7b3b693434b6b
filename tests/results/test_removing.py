"""Runs that are deleted, on real folders."""

import multiprocessing
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from core.errors import InputError
from core.results import RunFolder, Store, run_names
from core.results.removing import remove
from tests.stores import write_store


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two finished runs."""
    return write_store(tmp_path, runs=2, patients=24, models=("fused", "image"))


def _opened(data: Path) -> Store:
    store = Store.open(data)
    assert store is not None
    return store


def test_a_deleted_run_is_in_no_folder_and_in_no_row(data: Path):
    remove(data, "run-0")
    assert run_names(data) == ("run-1",)
    assert [path.name for path in (data / "runs").iterdir()] == ["run-1"]
    store = _opened(data)
    assert store.runs()["run"].tolist() == ["run-1"] and store.predictions("run-0").empty
    assert len(store.cohorts()) == 1, "the other run is of the same patients, who stay"
    store.close()


def test_a_page_that_reads_the_generation_before_goes_on_reading_it(data: Path):
    before = _opened(data)
    remove(data, "run-0")
    assert sorted(before.runs()["run"]) == ["run-0", "run-1"] and len(before.scores(["run-0"]))
    with pytest.raises(InputError, match="there is no run 'run-0'"):
        before.run_folder("run-0")
    before.close()


def _hold(data: Path, ready: Event, done: Event) -> None:
    with RunFolder.open(data, "run-0").lock():
        ready.set()
        done.wait(60)


def test_a_run_that_is_being_trained_is_not_deleted(data: Path):
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    trainer = context.Process(target=_hold, args=(data, ready, done))
    trainer.start()
    try:
        assert ready.wait(60)
        generation = Store.generation(data)
        with pytest.raises(InputError, match="is being trained by process"):
            remove(data, "run-0")
        assert run_names(data) == ("run-0", "run-1") and Store.generation(data) == generation
    finally:
        done.set()
        trainer.join(60)
    remove(data, "run-0")
    assert run_names(data) == ("run-1",)


def test_deleting_what_is_not_there_says_what_is(data: Path):
    with pytest.raises(InputError, match="runs there: run-0, run-1"):
        remove(data, "run-7")


def test_a_name_that_leads_out_of_the_folder_is_refused(data: Path):
    with pytest.raises(InputError, match="not allowed"):
        remove(data, "../runs/run-0")
    assert run_names(data) == ("run-0", "run-1")


def test_the_name_of_a_deleted_run_can_be_taken_again(data: Path):
    record = RunFolder.open(data, "run-0").record
    remove(data, "run-0")
    assert RunFolder.create(data, record).path.is_dir()


def test_a_run_whose_deletion_cannot_be_published_is_put_back(data: Path):
    (data / ".publish.lock").unlink()
    (data / ".publish.lock").mkdir()
    with pytest.raises(InputError):
        remove(data, "run-0")
    assert run_names(data) == ("run-0", "run-1")
    assert RunFolder.open(data, "run-0").finished_run

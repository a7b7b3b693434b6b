"""One data folder with two finished runs, written once; tests that change it take a copy."""

import shutil

import pytest

from core.results import RunFolder
from tests.stores import deal, run_record, small_dataset, write_store


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """Two finished runs and their catalogue; not to be changed."""
    return write_store(tmp_path_factory.mktemp("published") / "data", patients=30, models=("fused", "image"))


@pytest.fixture
def data(published, tmp_path):
    """A copy of `published` that may be changed."""
    return shutil.copytree(published, tmp_path / "data")


@pytest.fixture(scope="session")
def dataset():
    """Thirty patients, expression, no slides."""
    return small_dataset(patients=30)


@pytest.fixture
def folds(dataset):
    """Five folds of these patients."""
    return deal(dataset.cohort)


@pytest.fixture
def run(dataset, folds, tmp_path):
    """A run without any trained fold."""
    folder = RunFolder.create(tmp_path / "fresh", run_record(dataset, name="begun", models=("fused", "image")))
    folder.write_dataset(dataset, folds)
    return folder

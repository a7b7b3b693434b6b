"""Shared by all tests: shape checks alive, and nothing outside this machine is asked."""

from pathlib import Path

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

from tests.chromium import chromium
from tests.real_data import VARIABLE, real_data, write_real_cohort
from tests.trained import TrainedStore, write_trained_store

# Before the first import of core: every jaxtyping annotation in it is checked at run time.
install_import_hook("core", "beartype.beartype")

# the same examples each time, however slow the machine
settings.register_profile("acinus", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("acinus")


@pytest.fixture(scope="session")
def real_cohort_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort folder of the real patients; tests that ask for it carry the mark `real`."""
    data = real_data()
    if data is None:
        pytest.skip(f"set {VARIABLE} to the folder of the real patients to run this test")
    return write_real_cohort(tmp_path_factory.mktemp("real"), data=data)


@pytest.fixture(scope="session")
def trained_store(tmp_path_factory: pytest.TempPathFactory) -> TrainedStore:
    """A data folder with a small, really trained run; tests that ask for it are slow."""
    return write_trained_store(tmp_path_factory.mktemp("trained-store"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says loudly when nothing was tried in a real browser."""
    skipped = [report for report in terminalreporter.getreports("skipped") if "browser" in report.keywords]
    if skipped and chromium() is None:
        terminalreporter.write_line(
            f"WARNING: no Chromium was found, so {len(skipped)} tests in a real browser were skipped; "
            "install it (apt-get install chromium) and run: make test-browser",
            yellow=True,
            bold=True,
        )

"""Every page opens on a full store, a plain one, an empty one, none, a damaged one and a busy one."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.results import Store, publish
from core.results.locks import exclusive
from dashboard import visit as visits
from tests.dashboard.conftest import MAIN, Visit, faults, shown

PAGES = tuple(page.path for page in visits.PAGES)
WITHOUT_RUNS = ("data", "jobs", "about")
"""Pages that have something to show before anything was trained."""
HOLD = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"


@pytest.fixture
def own_data(plain_data: Path, tmp_path: Path) -> Path:
    """A finished run in a folder that the test may change."""
    return Path(shutil.copytree(plain_data, tmp_path / "own"))


@pytest.fixture
def held_elsewhere(own_data: Path) -> Iterator[Path]:
    """The same, with its workspace in the hands of another server."""
    command = [sys.executable, "-c", HOLD, str(own_data / "workspace.duckdb")]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdin is not None and holder.stdout is not None
    holder.stdout.readline()
    yield own_data
    holder.stdin.close()
    holder.wait()
    holder.stdout.close()


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_on_a_full_store(visit: Visit, full_data: Path, page: str):
    app = visit(page, full_data)
    assert not app.exception
    assert app.title and not faults(app)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_on_a_store_without_slides(visit: Visit, plain_data: Path, page: str):
    app = visit(page, plain_data)
    assert not app.exception
    assert app.title and not faults(app)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in WITHOUT_RUNS])
def test_an_empty_store_says_what_to_run(visit: Visit, empty_data: Path, page: str):
    app = visit(page, empty_data)
    assert not app.exception
    assert "train.py" in shown(app)


@pytest.mark.parametrize("page", WITHOUT_RUNS)
def test_a_page_that_needs_no_run_opens_on_an_empty_store(visit: Visit, empty_data: Path, page: str):
    app = visit(page, empty_data)
    assert not app.exception
    assert app.title and not faults(app)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("about", "jobs")])
def test_no_store_says_what_to_run(visit: Visit, tmp_path: Path, page: str):
    app = visit(page, tmp_path)
    assert not app.exception
    assert "make demo" in shown(app)


@pytest.mark.parametrize("page", ["about", "jobs"])
def test_a_page_that_needs_no_store_opens_without_one(visit: Visit, tmp_path: Path, page: str):
    app = visit(page, tmp_path)
    assert not app.exception
    assert app.title and not faults(app)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in WITHOUT_RUNS])
def test_a_damaged_catalogue_is_shown_as_its_one_sentence(visit: Visit, tmp_path: Path, page: str):
    (tmp_path / "catalog.json").write_text("{")
    app = visit(page, tmp_path)
    assert not app.exception
    assert len(app.error) == 1 and "publish" in app.error[0].value


@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_read_while_a_catalogue_is_built_and_goes_on_with_it(visit: Visit, own_data: Path, page: str):
    before = Store.generation(own_data)
    with exclusive(own_data / ".publish.lock"):
        (own_data / ".catalog.tmp-1").write_bytes(b"half a catalogue")
        app = visit(page, own_data)
        assert not app.exception
        assert app.title and not faults(app)
    publish(own_data)
    assert Store.generation(own_data) != before
    app.run()
    assert not app.exception
    assert app.title and not faults(app)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_read_while_another_server_holds_the_workspace(visit: Visit, held_elsewhere: Path, page: str):
    app = visit(page, held_elsewhere)
    assert not app.exception
    assert app.title and not faults(app)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in WITHOUT_RUNS])
def test_each_page_that_shows_invented_patients_says_so(visit: Visit, full_data: Path, page: str):
    assert "Synthetic demo" in shown(visit(page, full_data))


@pytest.mark.parametrize("page", PAGES)
def test_each_page_asks_a_question_under_its_title(visit: Visit, full_data: Path, page: str):
    app = visit(page, full_data)
    assert app.title[0].value == next(one.title for one in visits.PAGES if one.path == page)
    assert app.caption[0].value.endswith("?")


def test_the_app_starts_on_the_cohort_and_says_research_use_only(full_data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ACINUS_DATA", str(full_data))
    app = AppTest.from_file(str(MAIN), default_timeout=60).run()
    assert not app.exception
    assert app.title[0].value == "Cohort"
    assert any("Research use only" in caption.value for caption in app.sidebar.caption)

"""Every page opens on a full store, an empty store and no store, and answers what it is asked."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.conftest import MAIN, PAGES, Visit, faults, shown


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


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_store_says_what_to_run(visit: Visit, empty_data: Path, page: str):
    app = visit(page, empty_data)
    assert not app.exception
    assert "train.py" in shown(app)


@pytest.mark.parametrize("page", PAGES)
def test_no_store_says_what_to_run(visit: Visit, tmp_path: Path, page: str):
    app = visit(page, tmp_path)
    assert not app.exception
    assert "make demo" in shown(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_damaged_catalogue_is_shown_as_its_one_sentence(visit: Visit, tmp_path: Path, page: str):
    (tmp_path / "catalog.json").write_text("{")
    app = visit(page, tmp_path)
    assert not app.exception
    assert len(app.error) == 1 and "publish" in app.error[0].value


@pytest.mark.parametrize("page", PAGES)
def test_each_page_that_shows_invented_patients_says_so(visit: Visit, full_data: Path, page: str):
    assert "Synthetic demo" in shown(visit(page, full_data))


def test_the_app_starts_on_the_cohort_and_says_research_use_only(full_data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ACINUS_DATA", str(full_data))
    app = AppTest.from_file(str(MAIN), default_timeout=60).run()
    assert not app.exception
    assert app.title[0].value == "Cohort"
    assert any("Research use only" in caption.value for caption in app.sidebar.caption)


def test_cohort_filters_act_on_every_count(visit: Visit, full_data: Path):
    app = visit("cohort", full_data)
    app.multiselect[1].set_value(["Luminal"]).run()
    assert not app.exception
    cards = {card.label: card.value for card in app.metric}
    assert cards["Patients shown"] == "16 of 24"
    assert cards["Basal/HER2"] == "0 (0 %)"
    assert len(app.dataframe[-1].value) == 16


def test_filters_that_leave_nobody_are_said(visit: Visit, full_data: Path):
    app = visit("cohort", full_data)
    for place, choice in enumerate((["A2"], ["Luminal"])):
        app.multiselect[place].set_value(choice)
    app.run()
    assert not app.exception
    assert "widen one of them" in shown(app)

"""The Cohort page: its selection in numbers, chips, lists, models and table, all of it in the address."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.results import Store
from core.results.selections import Where
from dashboard import views
from dashboard.app_pages.cohort import component
from dashboard.app_pages.cohort.component import Picked
from dashboard.workspace import Workspace, selections
from tests.dashboard.conftest import Visit, faults, shown, tables


@pytest.fixture
def workspace(full_data: Path) -> Workspace:
    """The saved selections of `full_data`."""
    return Workspace.open(full_data)


@pytest.fixture(scope="module")
def key(full_data: Path) -> str:
    """Key of the cohort."""
    store = Store.open(full_data)
    assert store is not None
    found = str(store.cohorts()["cohort"].iloc[0])
    store.close()
    return found


def cards(app: AppTest) -> dict[str, str]:
    return {card.label: str(card.value) for card in app.metric}


def chips(app: AppTest) -> list[str]:
    return [button.label.replace("\\", "") for button in app.button if str(button.key).startswith("cohort-chip-")]


def test_without_a_filter_everyone_is_counted_and_each_class_has_its_share(visit: Visit, full_data: Path):
    app = visit("cohort", full_data)
    assert not app.exception and not faults(app)
    assert cards(app) == {"Patients selected": "24", "Luminal": "67 %", "Basal\\/HER2": "33 %"}
    assert chips(app) == []
    assert len(app.dataframe[0].value) == 24


def test_a_filter_in_the_address_acts_on_counts_models_and_table(visit: Visit, full_data: Path):
    app = visit("cohort", full_data, **{"class": "Luminal", "site": "BH"})
    assert not app.exception and not faults(app)
    assert chips(app) == ["Class: Luminal", "Site: BH"]
    people = app.dataframe[0].value
    assert set(people["class"]) == {"Luminal"} and set(people["site"]) == {"BH"}
    assert cards(app)["Patients selected"] == f"{len(people)} of 24"
    assert set(tables(app)[0]["Patients"]) == {f"{len(people)}"}
    assert "patients of only 1 of 2 classes" in shown(app)


def test_a_chip_takes_its_filter_out_of_the_address(visit: Visit, full_data: Path):
    app = visit("cohort", full_data, **{"class": "Luminal", "site": "BH"})
    app.button(key="cohort-chip-class").click().run()
    assert not app.exception
    assert chips(app) == ["Site: BH"] and "class" not in app.query_params
    app.button(key="cohort-chip-site").click().run()
    assert cards(app)["Patients selected"] == "24"


def test_filters_that_leave_nobody_are_said(visit: Visit, full_data: Path):
    app = visit("cohort", full_data, site="nowhere")
    assert not app.exception and not faults(app)
    assert cards(app)["Patients selected"] == "0 of 24"
    assert "No patient fits all filters" in shown(app)


def test_a_filter_that_the_cohort_does_not_have_is_said_and_leaves_nobody_out(visit: Visit, full_data: Path):
    app = visit("cohort", full_data, **{"is.blood type": "0"})
    assert not app.exception
    assert "does not have" in shown(app)
    assert cards(app)["Patients selected"] == "24"


@pytest.mark.parametrize("value", ["'; DROP TABLE patients; --", "<script>alert(1)</script>", "**bold** [x](y)"])
def test_what_an_address_says_is_neither_sql_nor_markup(visit: Visit, full_data: Path, value: str):
    app = visit("cohort", full_data, site=value, find=value)
    assert not app.exception and not faults(app)
    assert chips(app) == [f"Site: {value}"]
    assert "<script" not in "".join(str(html) for html in app.get("html"))
    assert cards(visit("cohort", full_data))["Patients selected"] == "24"


def test_search_order_and_page_are_in_the_address(visit: Visit, full_data: Path):
    app = visit("cohort", full_data, find="bh", sort="age", falling="yes")
    assert not app.exception
    people = app.dataframe[0].value
    assert set(people["site"]) == {"BH"}
    ages = people["age"].dropna()
    assert list(ages) == sorted(ages, reverse=True)


def test_a_saved_selection_is_opened_by_its_address(visit: Visit, full_data: Path, workspace: Workspace, key: str):
    fresh = selections.save(workspace, cohort=key, name="the *luminal* ones", filters={"class": ["Luminal"]})
    app = visit("cohort", full_data, selection=fresh)
    assert not app.exception and not faults(app)
    assert chips(app) == ["Class: Luminal"]
    assert cards(app)["Patients selected"] == "16 of 24"
    selections.delete(workspace, fresh)


def test_a_saved_selection_that_is_gone_is_said(visit: Visit, full_data: Path, workspace: Workspace):
    app = visit("cohort", full_data, selection="0" * 16)
    assert not app.exception
    assert "deleted" in shown(app)
    assert cards(app)["Patients selected"] == "24"


def test_only_what_our_charts_say_is_listened_to():
    assert component.read({"name": "site", "values": ["A2"], "how": "click"}) == Picked(
        name="site", values=("A2",), boxed=False
    )
    for told in (None, {}, {"name": 1, "values": ["A2"], "how": "click"}, {"name": "site", "values": [], "how": "box"}):
        assert component.read(told) is None
    assert component.read({"name": "site", "values": [1, None], "how": "click"}) is None


def test_counts_of_the_charts_are_those_of_the_cohort(full_data: Path, key: str):
    store = Store.open(full_data)
    assert store is not None
    entry = views.cohort.summary.entries(store.cohorts())[0]
    view = views.cohort.summary.summarised(store.selections.counted(key, Where()), Where(), classes=entry.classes)
    told = component.told(view.panels, classes=entry.classes)
    store.close()
    for panel in told["panels"]:
        if panel["name"] != "age":
            assert sum(sum(group["counts"]) for group in panel["groups"]) == 24
        assert all(group["kept"] for group in panel["groups"]) and not panel["narrowed"]

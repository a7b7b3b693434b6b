"""The Models page on full and empty data folders: the board, the choice, and every topic."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.results import publish, run_names
from dashboard.app_pages.models.page import TOPICS
from tests.dashboard.conftest import Visit, faults, shown
from tests.stores import write_run, write_store

BOTH = ["run-0", "run-1"]


def test_the_board_has_a_row_for_every_run_with_intervals_and_signs(visit: Visit, full_data: Path):
    app = visit("models", full_data)
    board = app.dataframe[0].value
    assert sorted(board["Run"]) == BOTH
    assert board["AUROC"].str.fullmatch(r"\d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\]").all()
    assert set(board["Model"]) == {"fused"} and set(board["Patients"]) == {24}
    assert all({"random encoder", "synthetic"} <= set(signs) for signs in board["Signs"])
    assert "a network that was never trained" in shown(app)


def test_runs_are_compared_in_numbers_with_intervals_and_in_words(visit: Visit, full_data: Path):
    app = visit("models", full_data)
    table = app.dataframe[1].value
    assert table["AUROC"].str.fullmatch(r"\d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\]").all()
    assert "fused is better than image: AUROC +" in shown(app)
    assert "its attention has a single key" in shown(app)
    assert "random weights" in shown(app)


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("runs", [BOTH[:1], BOTH])
def test_every_topic_is_drawn_for_one_run_and_for_two(visit: Visit, full_data: Path, topic: str, runs: list[str]):
    app = visit("models", full_data)
    app.multiselect(key="runs").set_value(runs).run()
    app.segmented_control(key="compare").set_value(topic).run()
    assert not app.exception and not faults(app)
    assert app.segmented_control(key="compare").value == topic


def test_only_settings_that_differ_are_listed(visit: Visit, full_data: Path):
    app = visit("models", full_data)
    app.multiselect(key="runs").set_value(BOTH).run()
    app.segmented_control(key="compare").set_value("Settings").run()
    settings = [frame.value for frame in app.dataframe[1:] if "run-0" in frame.value.columns]
    assert settings[0][["Setting", *BOTH]].to_numpy().tolist() == [["seed", "0", "1"]]


def test_each_fold_stands_beside_the_pooled_value(visit: Visit, full_data: Path):
    app = visit("models", full_data)
    app.segmented_control(key="compare").set_value("Folds").run()
    table = app.dataframe[1].value
    assert [f"Fold {number}" for number in range(1, 6)] == list(table.columns[-5:])
    assert table["Pooled"].str.contains("[", regex=False).all()


def test_choosing_no_run_is_no_error(visit: Visit, full_data: Path):
    app = visit("models", full_data)
    app.multiselect(key="runs").set_value([]).run()
    assert not app.exception
    assert "Choose at least one run" in shown(app)


def test_without_runs_the_page_says_what_to_run(visit: Visit, empty_data: Path):
    app = visit("models", empty_data)
    assert not app.exception
    assert "make demo-run" in shown(app)


@pytest.fixture
def own_data(tmp_path: Path) -> Path:
    """Two finished runs of which a test can make what it likes."""
    return write_store(tmp_path, runs=2, patients=24, models=("fused", "image"))


def managed(visit: Visit, data: Path) -> AppTest:
    """The page with both runs and what can be done with them."""
    app = visit("models", data)
    app.multiselect(key="runs").set_value(BOTH).run()
    return app.segmented_control(key="compare").set_value("Manage").run()


def pressed(app: AppTest, label: str, place: int = 0) -> AppTest:
    return [button for button in app.button if button.label == label][place].click().run()


def test_a_tag_and_a_note_are_kept_and_runs_are_filtered_by_it(visit: Visit, own_data: Path):
    app = managed(visit, own_data)
    app.text_area(key="note-run-0").set_value("the poster's run")
    app.session_state["tags-run-0"] = ["Poster"]
    pressed(app, "Save tags and note")
    assert not app.exception and "Saved for run-0." in shown(app)
    board = {row["Run"]: row for row in app.dataframe[0].value.to_dict(orient="records")}
    assert board["run-0"]["Note"] == "the poster's run" and list(board["run-0"]["Tags"]) == ["poster"]
    app.button_group(key="board-tag").set_value(["poster"]).run()
    assert app.dataframe[0].value["Run"].tolist() == ["run-0"]
    assert sorted(app.multiselect(key="runs").value) == BOTH, "a filter of the board lets the choice be"


def test_a_run_is_shown_under_another_name_beside_its_own(visit: Visit, own_data: Path):
    app = managed(visit, own_data)
    app.text_input(key="title-run-0").set_value("Baseline")
    pressed(app, "Show it under this name")
    assert "run-0 is shown as Baseline" in shown(app)
    assert app.dataframe[0].value.set_index("Run").loc["run-0", "Shown as"] == "Baseline"
    app.text_input(key="title-run-1").set_value("Baseline")
    pressed(app, "Show it under this name", 1)
    assert any("another run is named" in sentence for sentence in faults(app))
    assert run_names(own_data) == tuple(BOTH)


def test_a_run_is_deleted_only_when_its_name_is_typed(visit: Visit, own_data: Path):
    app = managed(visit, own_data)
    app.text_input(key="delete-name-run-0").set_value("run-1")
    pressed(app, "Delete it for good")
    assert run_names(own_data) == tuple(BOTH)
    assert any("Nothing was deleted" in sentence for sentence in faults(app))
    app.text_input(key="delete-name-run-0").set_value("run-0")
    pressed(app, "Delete it for good")
    assert not app.exception and "run-0 is deleted." in shown(app)
    assert run_names(own_data) == ("run-1",)
    assert app.multiselect(key="runs").value == ["run-1"]
    assert app.dataframe[0].value["Run"].tolist() == ["run-1"]


def test_deleting_the_last_run_leaves_a_page_that_says_what_to_run(visit: Visit, tmp_path: Path):
    data = write_store(tmp_path, runs=1, patients=24, models=("fused", "image"))
    app = visit("models", data)
    app.segmented_control(key="compare").set_value("Manage").run()
    app.text_input(key="delete-name-run-0").set_value("run-0")
    pressed(app, "Delete it for good")
    assert not app.exception and "run-0 is deleted." in shown(app) and "make demo-run" in shown(app)


def test_an_unfinished_run_can_be_deleted_unless_it_is_trained(visit: Visit, own_data: Path):
    run = write_run(own_data, name="begun", patients=24, models=("fused", "image"), finish=False)
    publish(own_data)
    app = visit("models", own_data)
    assert "begun is not finished: 9 of 10 fits done" in shown(app)
    with run.lock():
        app.text_input(key="delete-name-begun").set_value("begun")
        pressed(app, "Delete it for good")
        assert any("is being trained by process" in sentence for sentence in faults(app))
    app.run()
    app.text_input(key="delete-name-begun").set_value("begun")
    pressed(app, "Delete it for good")
    assert run_names(own_data) == tuple(BOTH)


def test_two_runs_of_the_same_patients_are_compared_in_a_sentence_with_an_interval(visit: Visit, full_data: Path):
    app = visit("models", full_data)
    app.multiselect(key="runs").set_value(BOTH).run()
    app.segmented_control(key="compare").set_value("Between runs").run()
    assert not app.exception and not faults(app)
    said = shown(app).replace("\\", "")
    assert re.search(r"fused of run-1 is .* fused of run-0: AUROC [+-]\d\.\d{3} \[-?\d\.\d{3}, -?\d\.\d{3}\]", said)


def test_runs_of_other_patients_are_not_compared(visit: Visit, own_data: Path):
    write_run(own_data, name="larger", patients=30, models=("fused", "image"))
    publish(own_data)
    app = visit("models", own_data)
    app.multiselect(key="runs").set_value(["run-0", "larger"]).run()
    app.segmented_control(key="compare").set_value("Between runs").run()
    assert not app.exception
    assert "Not of the same patients as run-0: larger" in shown(app) and "is not distinguishable" not in shown(app)


def test_a_run_can_be_begun_from_the_page_and_before_anything_is_published(
    visit: Visit, full_data: Path, tmp_path: Path
):
    for data in (full_data, tmp_path):
        app = visit("models", data)
        assert not app.exception
        assert "Train a new run" in [box.label for box in app.expander]

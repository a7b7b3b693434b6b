"""The Models page on full and empty data folders: the board, the choice, and every topic."""

from pathlib import Path

import pytest

from dashboard.app_pages.models import TOPICS
from tests.dashboard.conftest import Visit, faults, shown

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

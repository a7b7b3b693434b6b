"""What the Models page computes from the store: the board, overlaid curves, folds, learning, differing settings."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.evaluation import Curve, confusion, main_mode, pooled
from core.results import RunFolder, Store
from dashboard import figures, palette, views
from dashboard.views.leaderboard import Entry
from dashboard.views.runs import Run
from dashboard.words.wording import interval
from dashboard.workspace.notes import Note
from tests.stores import CLASSES


def drawn_traces(figure: Any) -> list[Any]:
    """What a figure draws; plotly does not say of which type."""
    return list(figure.data)


@pytest.fixture(scope="module")
def store(full_data: Path):
    found = Store.open(full_data)
    assert found is not None
    yield found
    found.close()


@pytest.fixture(scope="module")
def runs(store: Store) -> tuple[Run, ...]:
    return views.runs.runs(store.runs())


@pytest.fixture(scope="module")
def board(store: Store, runs: tuple[Run, ...]) -> tuple[Entry, ...]:
    notes = {runs[0].key: Note(tags=("paper",)), (runs[1].name, "another time"): Note(tags=("old",))}
    return views.leaderboard.entries(runs, store.pooled_scores(), red={"run-1": 2}, notes=notes)


def test_a_run_stands_for_its_fused_model_and_not_for_its_best(board: tuple[Entry, ...], store: Store):
    scores = store.scores(["run-0"])
    pooled_rows = scores[scores["fold"].isna() & (scores["metric"] == "auroc") & (scores["mode"] == "both")]
    value = pooled_rows.set_index("model").loc["fused", "value"]
    mine = next(one for one in board if one.run.name == "run-0")
    assert mine.model == "fused" and mine.scores["auroc"].startswith(f"{value:.3f} [")


def test_notes_are_those_of_the_run_that_was_begun_then(board: tuple[Entry, ...]):
    assert views.leaderboard.tags(board) == ("paper",)
    assert len(views.leaderboard.kept(board, cohorts=[], tags=["paper"])) == 1
    assert len(views.leaderboard.kept(board, cohorts=list(views.leaderboard.cohorts(board)), tags=[])) == len(board)


def test_what_nobody_wrote_of_any_run_has_no_column(board: tuple[Entry, ...]):
    written = views.leaderboard.table(board).columns
    assert list(written[:2]) == ["Run", "Tags"] and not {"Shown as", "Note"} & set(written)
    assert "Tags" not in views.leaderboard.table([replace(one, note=Note()) for one in board]).columns


def test_red_findings_are_a_sign_of_that_run_alone(board: tuple[Entry, ...]):
    assert [one.run.name for one in board if views.leaderboard.RED in one.signs] == ["run-1"]


def test_unfinished_runs_have_no_row(runs: tuple[Run, ...], store: Store):
    begun = (replace(runs[0], finished=False), *runs[1:])
    assert len(views.leaderboard.entries(begun, store.pooled_scores(), red={}, notes={})) == len(runs) - 1


def test_the_store_counts_decisions_as_the_evaluation_does(full_data: Path, store: Store):
    raw = RunFolder.open(full_data, "run-0").predictions()
    for one in views.models.confusions(store.confusions("run-0"), classes=CLASSES):
        mine = [row for row in raw if (row.model, row.mode) == (one.label, main_mode(one.label))]
        np.testing.assert_array_equal(one.counts, confusion(pooled(mine, classes=len(CLASSES))))


def test_a_thinned_curve_keeps_its_ends_and_lies_on_the_curve():
    x = np.linspace(0, 1, 50_000)
    curve = Curve(x=x, y=np.sqrt(x), thresholds=x)
    thin = views.overlays.thinned(curve, most=200)
    assert len(thin.x) <= 200 and (thin.x[0], thin.x[-1]) == (0.0, 1.0)
    assert np.abs(np.interp(x, thin.x, thin.y) - curve.y).max() < 0.01


def test_a_model_keeps_its_colour_in_every_run_and_runs_differ_by_their_line(store: Store, runs: tuple[Run, ...]):
    places = views.overlays.places(runs, ["fused", "image"])
    bins = pd.concat([store.evaluation("reliability", run.name) for run in runs])
    lines = views.overlays.calibration_lines(places, bins, positive=CLASSES[1])
    assert len(lines) == 4
    drawn = {
        trace.name: (trace.line.color, trace.line.dash, trace.marker.symbol)
        for trace in drawn_traces(figures.overlays.calibration(lines, positive=CLASSES[1]))
    }
    for model in ("fused", "image"):
        one, other = (drawn[f"{model} · {run.name}"] for run in runs)
        assert one[0] == other[0] == palette.model_style(model).colour and one[1] != other[1] and one[2] == other[2]
    assert drawn["predicted as observed"][0] == palette.NEUTRAL


def test_fold_values_are_told_with_their_fold(store: Store):
    rows = views.models.intervals(store.scores(["run-0"]), metric="auroc")
    table = views.models.fold_table(rows)
    assert list(table.columns[:4]) == ["Model", "Pooled", "Mean of folds", "Spread of folds"]
    first = rows[0]
    (low, high), value = first.fold_bounds[0], first.folds[0]
    assert table[f"Fold {first.fold_names[0]}"].iloc[0] == interval(value, low=low, high=high)
    told = replace(first, folds=(0.8,), fold_names=("1",), fold_bounds=((0.7, 0.9),), fold_n=(20,))
    assert views.models.fold_table((told,))["Fold 1"].tolist() == ["0.800 [0.700, 0.900]"]


def test_every_fold_is_drawn_with_its_interval_in_the_colour_of_its_model_and_the_mark_of_its_run(store: Store):
    rows = [
        replace(row, fold_bounds=tuple((value - 0.1, value + 0.2) for value in row.folds))
        for row in views.models.intervals(store.scores(["run-0", "run-1"]), metric="auroc")
    ]
    figure = figures.folds.folds(rows, metric="AUROC")
    marks = {trace.name: trace for trace in figure.data if trace.mode == "markers"}
    assert set(marks) == {row.label for row in rows}
    for row in rows:
        mark = marks[row.label]
        assert list(mark.y) == list(row.folds) and mark.marker.color == palette.model_style(row.model).colour
        assert list(mark.error_y.array) == pytest.approx([0.2] * len(row.folds))
        assert list(mark.error_y.arrayminus) == pytest.approx([0.1] * len(row.folds))
    one, other = (marks[f"fused · {run}"] for run in ("run-0", "run-1"))
    assert one.marker.symbol != other.marker.symbol and list(one.x) != list(other.x)


def test_learning_is_the_median_of_the_networks_still_trained():
    steps = pd.DataFrame(
        {
            "run": ["a"] * 3,
            "model": ["fused"] * 3,
            "epoch": [0, 1, 2],
            "median": [0.9, 0.5, 0.7],
            "low": [0.8, 0.4, 0.7],
            "high": [1.0, 0.6, 0.7],
            "networks": [3, 3, 1],
            "kept": [0, 2, 1],
        }
    )
    (curve,) = views.learning.curves(steps, runs=["a"])
    assert curve.epochs == (1, 2, 3) and curve.best == (2, 0.5)
    assert "Run" not in views.learning.table((curve,)).columns
    assert len(drawn_traces(figures.learning.learning((curve,)))) == 4


def test_cells_that_are_not_what_the_first_run_has_are_marked(runs: tuple[Run, ...]):
    table = views.runs.setting_differences(runs)
    marks = views.runs.differing_cells(table)
    assert table["Setting"].tolist() == ["seed"]
    assert marks.to_numpy().tolist() == [[False, False, True]]

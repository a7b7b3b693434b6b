"""Trainings on the Models page: begun there, followed there, stopped there, before and after anything is published."""

import shutil
from pathlib import Path

import pytest

from core.results import RunFolder
from core.results.locks import exclusive
from core.results.run_folder import WATCHED
from dashboard import jobs
from tests.dashboard.app_pages.test_jobs_page import button, command, data, texts, training
from tests.dashboard.conftest import Visit, faults, shown
from tests.dashboard.jobs.test_jobs import ENDS_WHEN_ASKED, begun, ended, stand_in

__all__ = ["data"]


def test_before_anything_is_published_a_training_is_begun_with_the_command_that_is_shown(
    visit: Visit, data: Path, monkeypatch: pytest.MonkeyPatch
):
    stand_in(monkeypatch, ENDS_WHEN_ASKED)
    app = visit("models", data)
    assert not app.exception and "Nothing has been trained" in shown(app)
    app.session_state["train-form"] = True
    app.run()
    app.selectbox(key="train-cohort").set_value(str(data / "raw" / "small")).run()
    told = command(app)
    button(app, "Start training").click().run()
    assert not app.exception
    (job,) = jobs.jobs(data, "training")
    assert job.command == told
    begun(job)
    job.stop()
    assert ended(job).state == "stopped"


def test_a_training_is_followed_and_stopped_above_the_board(
    visit: Visit, full_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = shutil.copytree(full_data, tmp_path / "data")
    stand_in(monkeypatch, ENDS_WHEN_ASKED)
    job = begun(jobs.start(folder, training(folder, run="new")))
    app = visit("models", folder)
    assert not app.exception and not faults(app)
    assert "new" in texts(app) and sorted(app.dataframe[0].value["Run"]) == ["run-0", "run-1"]
    app.button(key=f"stop-{job.id}").click().run()
    assert ended(job).state == "stopped"
    app = visit("models", folder)
    assert [one.label for one in app.button].count("Resume") == 1


def test_a_training_begun_elsewhere_shows_how_far_it_is_and_is_not_stopped_here(
    visit: Visit, full_data: Path, tmp_path: Path
):
    folder = shutil.copytree(full_data, tmp_path / "data")
    run = RunFolder.open(folder, "run-0")
    units = [(fold, model) for model in run.record.models for fold in run.folds()]
    run.progress.begin(units, todo=units[3:], workers=1)
    with exclusive(run.path / WATCHED):
        app = visit("models", folder)
        assert not app.exception and not faults(app)
        assert "it is stopped there" in shown(app)
        assert any(f"3 of {len(units)} fits done" in str(one.proto.text) for one in app.get("progress"))

"""The Jobs page and the form for a training, on full, empty and busy folders."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import RunSpec
from core.results.locks import exclusive
from core.results.run_folder import WATCHED
from dashboard import jobs
from dashboard.cases.folder import CaseFolder
from dashboard.cases.request import Request
from dashboard.jobs import Extraction, Report, Training
from dashboard.words.field_notes import field_notes
from tests.commands.conftest import write_cohort
from tests.dashboard.conftest import Visit, shown
from tests.dashboard.jobs.test_jobs import ENDS_WHEN_ASKED, begun, ended, stand_in


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a cohort and nothing else."""
    write_cohort(tmp_path / "raw" / "small")
    return tmp_path


def training(data: Path, run: str = "a") -> Training:
    return Training(spec=RunSpec(cohort=data / "raw" / "small", data=data, run=run))


def texts(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in app.text)


def opened(visit: Visit, data: Path) -> AppTest:
    """The page with its form open."""
    app = visit("jobs", data)
    app.session_state["train-form"] = True
    return app.run()


def command(app: AppTest) -> str:
    return next(code.value for code in app.code if code.value.startswith("python train.py"))


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def test_an_empty_folder_says_what_to_run(visit: Visit, tmp_path: Path):
    app = visit("jobs", tmp_path)
    assert not app.exception and not app.error
    assert "train.py" in shown(app) and "Nothing is running" in shown(app)


def test_a_busy_folder_shows_what_runs_first_and_stops_it(visit: Visit, data: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, "exit 0")
    ended(jobs.start(data, Report(run="over")))
    stand_in(monkeypatch, ENDS_WHEN_ASKED)
    running = [begun(jobs.start(data, task)) for task in (training(data), Extraction(cohort="cohorts/b"))]
    app = visit("jobs", data)
    assert not app.exception
    assert {"a", "b"} <= {element.value for element in app.text}
    assert app.dataframe[0].value["What"].tolist() == ["over"]
    for job in running:
        app.button(key=f"stop-{job.id}").click()
    app.run()
    assert [ended(job).state for job in running] == ["stopped", "stopped"]
    app = visit("jobs", data)
    assert sorted(app.dataframe[0].value["State"]) == ["Done", "Stopped", "Stopped"]


def test_the_list_is_narrowed_by_kind_and_state_and_cleared(visit: Visit, data: Path, monkeypatch: pytest.MonkeyPatch):
    for task, script in ((training(data), "exit 3"), (Report(run="r"), "exit 0"), (Report(run="s"), "exit 3")):
        stand_in(monkeypatch, script)
        ended(jobs.start(data, task))
    app = visit("jobs", data)
    app.button_group(key="jobs-kind").set_value(["report"]).run()
    assert app.dataframe[0].value["What"].tolist() == ["s", "r"]
    app.button_group(key="jobs-state").set_value(["done"]).run()
    assert app.dataframe[0].value["What"].tolist() == ["r"]
    app.button(key="jobs-clear").click().run()
    assert not app.exception and jobs.jobs(data) == () and not app.dataframe


def test_a_training_elsewhere_is_shown_and_said_not_to_be_stopped_from_here(
    visit: Visit, full_data: Path, tmp_path: Path
):
    data = shutil.copytree(full_data, tmp_path / "data")
    shutil.rmtree(data / "runs" / "run-0" / "evaluation")
    with exclusive(data / "runs" / "run-0" / WATCHED):
        app = visit("jobs", data)
        assert not app.exception and "run-0" in texts(app)
        assert "it is stopped there" in shown(app)
        assert not [one for one in app.button if one.label.startswith("Stop")]
    app = visit("jobs", data)
    assert app.dataframe[0].value["State"].tolist() == ["Interrupted"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"stage": "fitting"}'])
def test_half_a_progress_file_breaks_no_page(visit: Visit, full_data: Path, tmp_path: Path, content: str):
    data = shutil.copytree(full_data, tmp_path / "data")
    (data / "runs" / "run-0" / "progress.json").write_text(content)
    with exclusive(data / "runs" / "run-0" / WATCHED):
        app = visit("jobs", data)
    assert not app.exception and not app.error and "run-0" in texts(app)


def test_a_prediction_of_a_new_case_is_listed_without_the_names_of_its_files(visit: Visit, tmp_path: Path):
    case = CaseFolder.new(tmp_path)
    name = case.put(b"gene,value", part="expression", suffix=".csv")
    case.start(Request(run="gone", expression=name))
    while case.status().state == "running":
        pass
    app = visit("jobs", tmp_path)
    assert not app.exception
    row = app.dataframe[0].value.iloc[0]
    assert (row["Kind"], row["State"], row["What"]) == ("Prediction of a new case", "Failed", "new case, run gone")


def test_the_form_is_closed_and_reads_nothing_until_it_is_opened(visit: Visit, data: Path):
    app = visit("jobs", data)
    assert not app.text_input and not app.selectbox and not app.code


def test_the_form_shows_the_command_by_the_commands_own_defaults(visit: Visit, data: Path):
    app = opened(visit, data)
    assert not app.exception
    run = app.text_input[0].value
    assert run.startswith("small-")
    assert command(app) == f"python train.py --cohort {data / 'raw' / 'small'} --data {data} --run {run}"
    app.multiselect(key="train-models").set_value(["genes", "late"])
    app.button_group(key="train-length").set_value("quick look")
    app.button_group(key="train-split").set_value("random").run()
    app.text_input(key="train-accept").set_value("--help; rm -rf /").run()
    words = command(app).partition(run)[2]
    assert command(app).startswith("python train.py --cohort ")
    assert "--models genes late --folds 3 --split random '--accept=--help; rm -rf /'" in command(app)
    assert words == " --fit.epochs 5"


@pytest.mark.parametrize("name", ["", "../away", "-x", "a b"])
def test_a_name_that_no_run_may_have_is_told_before_the_start(visit: Visit, data: Path, name: str):
    app = opened(visit, data)
    app.text_input[0].set_value(name).run()
    assert not app.exception
    assert "run name" in app.warning[0].value and not [one for one in app.button if one.label == "Start training"]


def test_a_folder_without_a_manifest_is_told_before_the_start(visit: Visit, data: Path):
    app = opened(visit, data)
    (data / "raw" / "small" / "cohort.toml").write_text("[clinical")
    app.run()
    assert not app.exception and "no valid TOML" in app.warning[0].value


def test_a_training_is_started_once_and_the_form_closes(visit: Visit, data: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, ENDS_WHEN_ASKED)
    app = opened(visit, data)
    shown_command = command(app)
    button(app, "Start training").click().run()
    assert not app.exception and not app.text_input
    (job,) = jobs.jobs(data)
    assert job.command == shown_command and job.kind == "training"
    begun(job).stop()
    ended(job)


def test_who_is_analysed_is_told_before_the_start(visit: Visit, data: Path):
    app = opened(visit, data)
    button(app, "Who is analysed?").click().run()
    (job,) = jobs.jobs(data, "check")
    ended(job, within_s=60)
    app.run()
    assert not app.exception
    assert any("60  analysed" in code.value for code in app.code)


def test_a_failed_training_is_told_in_its_words_and_resumed(visit: Visit, data: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, "echo 'error: the moon is <b>full</b>; wait' >&2; exit 2")
    ended(jobs.start(data, training(data)))
    app = visit("jobs", data)
    assert app.dataframe[0].value["Said"].tolist() == ["the moon is <b>full</b>; wait"]


def test_each_field_of_the_command_has_its_text():
    notes = field_notes(RunSpec)
    assert set(notes) == set(RunSpec.__dataclass_fields__)
    assert notes["seed"] == "Same seed, same machine: same numbers."

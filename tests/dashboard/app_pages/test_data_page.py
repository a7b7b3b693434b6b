"""The Data page shows slides before anything is trained, and takes no name for more than text."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.slides.extraction.locks import Locks
from dashboard import jobs
from dashboard.following import work_lists
from dashboard.jobs import Extraction, command_line
from tests.dashboard.conftest import Visit, shown
from tests.dashboard.jobs.test_jobs import ENDS_WHEN_ASKED, begun, ended, stand_in
from tests.dashboard.worklists import CUT_SHORT, ENCODER, write_slides

SLIDES = {
    "TCGA-A2-0001-DX1": "done",
    "TCGA-A2-0002-DX1": "ink",
    "TCGA-BH-0003-DX1": "blur",
    "TCGA-BH-0004-DX1": "failed",
    "TCGA-E2-0005-DX1": "running",
    "TCGA-E2-0006-DX1": "queued",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_slides(tmp_path, SLIDES, cohort=str(tmp_path / "cohort"))
    return tmp_path


def listed(app: AppTest) -> list[str]:
    return app.dataframe[0].value["slide"].tolist()


def metrics(app: AppTest) -> dict[str, str]:
    return {card.label: card.value for card in app.metric}


def pictured(app: AppTest) -> list[str]:
    """Names under the pictures."""
    return [element.value for element in app.text]


def texts(app: AppTest) -> str:
    return "\n".join(element.value for element in app.text)


def test_an_empty_folder_says_what_to_run_and_offers_to_start_it(visit: Visit, tmp_path: Path):
    app = visit("data", tmp_path)
    assert not app.exception
    assert "python -m core features" in shown(app) and "make demo" in shown(app)
    assert not [button for button in app.button if button.label == "Start"], "there is no cohort to choose yet"


def test_the_slides_are_shown_before_anything_is_published(visit: Visit, data: Path):
    app = visit("data", data)
    assert not app.exception and not app.error
    assert listed(app) == list(SLIDES)
    cards = metrics(app)
    assert cards == {"Done": "3", "Failed": "1", "Still to do": "2"}, "nothing runs, so there is no speed"


def test_a_damaged_catalogue_does_not_hide_the_slides(visit: Visit, data: Path):
    (data / "catalog.json").write_text("{")
    app = visit("data", data)
    assert not app.exception and not app.error and listed(app) == list(SLIDES)


def test_slides_of_invented_patients_are_said_to_be_so(visit: Visit, data: Path):
    assert "Synthetic demo" not in shown(visit("data", data))
    (data / "cohort").mkdir()
    manifest = """
        cohort = { synthetic = true }
        clinical = { path = "clinical.csv", patient = "patient" }
        outcome = { column = "type", classes = { one = ["1"], two = ["2"] } }
        images = { slides = "slides" }
    """
    (data / "cohort" / "cohort.toml").write_text(manifest)
    assert "Synthetic demo" in shown(visit("data", data))


def test_filters_and_search_list_what_fits_and_say_when_nothing_does(visit: Visit, data: Path):
    app = visit("data", data)
    app.button_group(key="data-problem").set_value(["ink", "failed"]).run()
    assert listed(app) == ["TCGA-A2-0002-DX1", "TCGA-BH-0004-DX1"]
    app.button_group(key="data-status").set_value(["failed"]).run()
    assert listed(app) == ["TCGA-BH-0004-DX1"]
    app.text_input(key="data-search").set_value("a2").run()
    assert not app.exception and "widen one of them" in shown(app)


def test_pictures_are_shown_a_page_at_a_time(visit: Visit, tmp_path: Path):
    write_slides(tmp_path, {f"S{place:03d}-x": "done" for place in range(30)})
    app = visit("data", tmp_path)
    app.button_group(key="data-shown").set_value("Pictures").run()
    assert not app.exception
    assert pictured(app) == [f"S{place:03d}-x" for place in range(24)]
    app.session_state["data-page"] = 2
    app.run()
    assert not app.exception
    assert pictured(app) == [f"S{place:03d}-x" for place in range(24, 30)]
    app.text_input(key="data-search").set_value("S00").run()
    assert not app.exception
    assert pictured(app) == [f"S{place:03d}-x" for place in range(10)]


def test_an_address_opens_a_slide_with_what_is_amiss(visit: Visit, data: Path):
    app = visit("data", data, slide="TCGA-A2-0002-DX1")
    assert not app.exception
    assert "Pen marks cover" in texts(app) and "Patient TCGA-A2-0002" in texts(app)
    assert "What became of its tiles" in shown(app)
    app.button(key="data-Next").click().run()
    assert not app.exception
    assert app.query_params["slide"] in ("TCGA-BH-0003-DX1", ["TCGA-BH-0003-DX1"])


def test_a_failed_slide_says_why(visit: Visit, data: Path):
    app = visit("data", data, slide="TCGA-BH-0004-DX1")
    assert not app.exception
    assert CUT_SHORT in texts(app) and "no picture of this slide yet" in shown(app)


def test_an_unknown_slide_or_list_in_the_address_is_no_error(visit: Visit, data: Path):
    app = visit("data", data, slide="../../etc/passwd", list="gone")
    assert not app.exception
    assert "not in this work list" in shown(app) and listed(app) == list(SLIDES)


def test_an_address_opens_its_own_work_list(visit: Visit, data: Path):
    other = write_slides(data, {"other-x": "done"}, name="Another")
    assert len(listed(visit("data", data, list=work_lists.list_id(other)))) == 1


HOSTILE = ("<img src=x onerror=alert(1)>", "![a](http://elsewhere.example/a.png)", ":red[x] $x$", "=cmd|' /C calc'!A0")


def test_names_are_shown_as_they_are_and_never_read_as_markup(visit: Visit, tmp_path: Path):
    write_slides(tmp_path, dict.fromkeys(HOSTILE, "failed"), name=HOSTILE[1])
    for query in ({}, {"slide": HOSTILE[0]}, {"slide": HOSTILE[1]}):
        app = visit("data", tmp_path, **query)
        assert not app.exception
        app.button_group(key="data-shown").set_value("Pictures").run()
        assert not app.exception
        read_as_markup = shown(app) + "".join(element.label for element in (*app.button, *app.metric))
        assert not any(name in read_as_markup for name in HOSTILE)
        assert all(name in texts(app) for name in HOSTILE)


def test_a_slide_somebody_works_on_cannot_be_resumed_here(visit: Visit, data: Path):
    with Locks(data / "features" / ENCODER) as locks:
        assert locks.take("slide-4")
        app = visit("data", data)
    assert not app.exception
    assert metrics(app)["Running"] == "1" and "it is stopped there" in shown(app)
    assert not [button for button in app.button if button.label in ("Resume", "Stop")]


def test_an_extraction_is_resumed_stopped_and_said_to_have_been(
    visit: Visit, data: Path, monkeypatch: pytest.MonkeyPatch
):
    stand_in(monkeypatch, ENDS_WHEN_ASKED)
    app = visit("data", data)
    app.button(key="data-resume").click().run()
    assert not app.exception
    (job,) = jobs.running_jobs(data)
    assert job.task == Extraction(cohort=str(data / "cohort"), encoder_weights="random")
    begun(job)
    app.run()
    app.button(key="data-stop").click().run()
    assert not app.exception
    assert ended(job).state == "stopped"
    app.run()
    assert app.button(key="data-resume").label == "Resume"


def test_failed_slides_are_tried_again_when_asked_for(visit: Visit, data: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, "exit 0")
    visit("data", data).button(key="data-retry").click().run()
    (job,) = jobs.jobs(data)
    assert isinstance(job.task, Extraction) and job.task.retry
    ended(job)


def test_an_extraction_is_started_from_the_form_and_its_failure_is_told_in_its_own_words(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    stand_in(monkeypatch, "echo 'error: the clinical table lacks *one* column; add it' >&2; exit 2")
    (tmp_path / "raw" / "own").mkdir(parents=True)
    (tmp_path / "raw" / "own" / "cohort.toml").touch()
    app = visit("data", tmp_path)
    folder = str(tmp_path / "raw" / "own")
    assert app.selectbox(key="data-cohort").options == [folder]
    assert app.code[0].value == command_line(Extraction(cohort=folder), tmp_path)
    app.button(key="data-start").click().run()
    assert not app.exception
    ended(jobs.jobs(tmp_path)[0])
    time.sleep(0.1)
    app.run()
    assert "the clinical table lacks *one* column; add it" in texts(app)
    next(button for button in app.button if button.label == "Dismiss").click().run()
    assert not app.exception and jobs.jobs(tmp_path) == ()


def test_the_same_extraction_is_not_begun_twice(visit: Visit, data: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, ENDS_WHEN_ASKED)
    app = visit("data", data)
    job = begun(jobs.start(data, Extraction(cohort=str(data / "cohort"), encoder_weights="random")))
    app.button(key="data-resume").click().run()
    assert not app.exception
    assert "running already" in shown(app) or app.button(key="data-stop")
    assert len(jobs.jobs(data)) == 1
    job.stop()
    ended(job)


def test_what_starts_an_extraction_is_sent_when_it_is_opened(visit: Visit, data: Path):
    app = visit("data", data)
    assert not app.code and not any(box.key == "data-cohort" for box in app.selectbox)
    app.session_state["data-form-True"] = True
    app.session_state["data-command"] = True
    app.run()
    assert not app.exception
    assert app.selectbox(key="data-cohort").label == "Cohort folder"
    assert "core features" in app.code[0].value

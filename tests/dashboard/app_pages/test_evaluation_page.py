"""The Evaluation page opens every topic on every kind of run, by a click and by its address."""

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation import fold_scores
from core.evaluation.certificate import certificate
from core.results import RunFolder, publish
from dashboard.app_pages.evaluation.page import TOPICS
from dashboard.folders import reports
from tests.dashboard.conftest import Visit, shown, tables
from tests.stores import deal, fold_result, run_record, small_dataset

REASON = "one hospital only, told in the paper"


@pytest.fixture(scope="module")
def bare_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of scores alone, whose red findings were accepted."""
    data = tmp_path_factory.mktemp("bare")
    dataset = small_dataset(patients=24)
    record = run_record(dataset, name="bare", models=("fused", "genes"))
    run = RunFolder.create(data, replace(record, config={**record.config, "accept": REASON}))
    folds = deal(dataset.cohort, folds=3, seed=0)
    stated = certificate(dataset.cohort, folds, split="random", content={}, derived="", how="at random")
    with run.lock():
        run.write_dataset(dataset, folds)
        run.certificate.write({"findings": stated.findings})
        for model in record.models:
            for fold in folds:
                run.write_fold(fold_result(dataset, fold, model=model))
        run.evaluation.write({"scores": fold_scores(run.predictions(), classes=2, seed=0, resamples=200)})
    publish(data)
    return data


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_opens_by_its_address_and_answers_its_question(visit: Visit, full_data: Path, topic: str):
    app = visit("evaluation", full_data, run="run-0", topic=topic)
    assert not app.exception
    assert [header.value for header in app.header] == [TOPICS[topic].question]
    assert "core evaluate" not in shown(app)


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_of_a_run_without_tables_says_what_is_missing(visit: Visit, bare_data: Path, topic: str):
    app = visit("evaluation", bare_data, topic=topic)
    assert not app.exception
    assert any("ot computed" in info.value or "fitted" in info.value or "No " in info.value for info in app.info)


def test_the_command_that_computes_what_is_missing_names_run_and_folder(visit: Visit, bare_data: Path):
    app = visit("evaluation", bare_data, topic="Trust")
    assert f"python -m core evaluate --run bare --data {bare_data}" in shown(app)
    assert "--compare-splits" in shown(visit("evaluation", bare_data, topic="Split"))


def test_accepted_red_findings_are_told_with_their_reason_here_and_on_models(visit: Visit, bare_data: Path):
    for page in ("evaluation", "models"):
        app = visit(page, bare_data)
        assert not app.exception
        assert any(REASON in error.value for error in app.error)


def test_a_click_opens_another_topic(visit: Visit, full_data: Path):
    app = visit("evaluation", full_data)
    assert app.header[0].value == TOPICS["Split"].question
    app.button_group(key="topic").set_value("Trust").run()
    assert app.header[0].value == TOPICS["Trust"].question


def test_a_topic_that_is_not_there_opens_the_first(visit: Visit, full_data: Path):
    app = visit("evaluation", full_data, topic="../../etc")
    assert not app.exception
    assert app.header[0].value == TOPICS["Split"].question


def test_predictive_values_follow_the_prevalence_of_the_readers_clinic(visit: Visit, full_data: Path):
    app = visit("evaluation", full_data, topic="Calibration and decisions")
    before = _points(app)
    app.number_input[0].set_value(1.0).run()
    after = _points(app)
    assert not app.exception
    assert after["Where 1.0 % have it"]["PPV"] < before["In this cohort"]["PPV"]
    assert after["Where 1.0 % have it"]["Sensitivity"] == before["In this cohort"]["Sensitivity"]


def test_subgroups_are_of_the_chosen_model_and_metric(visit: Visit, full_data: Path):
    app = visit("evaluation", full_data, topic="Subgroups")
    app.selectbox(key="subgroup-model").select(("image", "image")).run()
    app.button_group(key="subgroup-metric").set_value("mcc").run()
    assert not app.exception
    assert "MCC of image by group" in shown(app)


def test_a_report_is_written_and_then_offered(visit: Visit, full_data: Path, tmp_path: Path):
    # a copy, as other tests expect no job in the folder that all share
    data = shutil.copytree(full_data, tmp_path / "data")
    app = visit("evaluation", data, run="run-1")
    assert "Not written yet." in shown(app)
    app.button(key="report-write").click().run()
    assert not app.exception
    assert "goes on without the page" in shown(app) and app.button(key="report-write").disabled
    deadline = time.monotonic() + 120
    while "goes on without the page" in shown(app):
        assert time.monotonic() < deadline, "the report was not written"
        time.sleep(0.2)
        app.run()
    assert not app.exception
    found = reports.written(RunFolder.open(data, "run-1"))
    assert found is not None and not found.outdated
    assert found.html.stat().st_size and found.pdf.read_bytes().startswith(b"%PDF")
    assert "Written" in shown(app)


def _points(app: AppTest) -> dict[str, dict[str, str]]:
    """Operating points as the table shows them: by column, by measure."""
    table = next(one for one in tables(app) if "In this cohort" in one.columns)
    return {name: dict(zip(table.iloc[:, 0], table[name], strict=True)) for name in table.columns[1:]}

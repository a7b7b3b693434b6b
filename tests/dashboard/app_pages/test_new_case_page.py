"""The New case page: what is given, what a check asks, what is kept."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.results import RunFolder, publish
from core.serving.bundle import write_bundle
from dashboard.cases.folder import CaseFolder
from dashboard.cases.request import Request
from dashboard.cases.unkept import UNKEPT_HOURS, sweep
from dashboard.folders.bundles import bundle_file
from dashboard.viewer.known_cases import case_slide_id, find_case_slide
from tests.case_contents import case_content, write_case_content
from tests.dashboard.conftest import Visit, faults, shown, tables
from tests.stores import write_store

TABLE = b"gene\tS1\nESR1\t1.5\nMKI67\t2.5\n"


@pytest.fixture
def case(plain_data: Path) -> Iterator[CaseFolder]:
    """A draft of a case in a store without slides."""
    case = CaseFolder.new(plain_data)
    name = case.put(TABLE, part="expression", suffix=".tsv")
    case.write(Request(run="run-0", expression=name))
    yield case
    case.delete()


def ended(case: CaseFolder, *, code: int, checks: list[dict[str, Any]], said: str = "") -> None:
    """Leaves what a process would have left."""
    case.write(Request(run="run-0", expression=case.request().expression, asked="2025-01-01T00:00:00+00:00"))
    (case.path / "log.txt").write_text(f"error: {said}\n" if said else "")
    (case.path / "checks.json").write_text(json.dumps(checks))
    (case.path / "ended.json").write_text(json.dumps({"code": code}))


def answered(case: CaseFolder, **how: Any) -> None:
    """Leaves an answer, as a process would."""
    write_case_content(case.result, case_content(**how))
    ended(case, code=0, checks=[])


def texts(app: AppTest) -> list[str]:
    return [str(text.value) for text in app.text]


def press(app: AppTest, label: str) -> AppTest:
    """Presses the first button of that name."""
    return next(button for button in app.button if button.label == label).click().run()


def check(name: str, state: str, sentence: str = "", **more: Any) -> dict[str, Any]:
    return {
        "name": name, "state": state, "sentence": sentence, "asks": "", "choices": [], "suggested": "", "genes": [],
        **more,
    }  # fmt: skip


def test_an_unknown_case_in_the_address_is_said(visit: Visit, full_data: Path):
    app = visit("new-case", full_data, case="../../runs/run-0")
    assert not app.exception
    assert "does not exist" in shown(app)


def test_nothing_given_cannot_be_predicted(visit: Visit, full_data: Path):
    app = visit("new-case", full_data)
    assert not app.exception
    assert app.button[-1].label == "Check and predict" and app.button[-1].disabled
    assert "24 hours" in shown(app) and "200 MB" in app.file_uploader[0].label


def test_a_draft_is_found_again_with_what_was_given(visit: Visit, plain_data: Path, case: CaseFolder):
    app = visit("new-case", plain_data, case=case.id)
    assert not app.exception and not faults(app)
    assert "TSV, 27 bytes" in [text.value for text in app.text]
    assert not next(button for button in app.button if button.label == "Check and predict").disabled


def test_what_is_removed_from_a_draft_is_gone(visit: Visit, plain_data: Path, case: CaseFolder):
    app = visit("new-case", plain_data, case=case.id)
    next(button for button in app.button if button.label == "Remove").click().run()
    assert not app.exception
    assert case.request().expression is None
    assert not list(case.path.glob("*expression*"))


def test_a_file_of_the_wrong_kind_is_refused_in_one_sentence_and_nothing_is_kept(visit: Visit, plain_data: Path):
    app = visit("new-case", plain_data)
    app.file_uploader[-1].set_value(("photo.tsv", b"\x89PNG\r\n\x1a\n\0\0", "text/plain"))
    app.run()
    assert not app.exception
    assert [error.value.startswith("the expression file is not") for error in app.error] == [True]
    assert not list((plain_data / "cases").glob("?" * 32))


def test_a_check_that_asks_is_answered_without_giving_the_file_again(
    visit: Visit, plain_data: Path, case: CaseFolder, monkeypatch: pytest.MonkeyPatch
):
    asked = check(
        "unit", "failed", "the values look like counts; state what they are (--unit)",
        asks="unit", choices=["log2", "tpm", "counts"], suggested="counts",
    )  # fmt: skip
    ended(case, code=2, checks=[check("table", "passed", "2 genes."), asked], said=asked["sentence"])
    app = visit("new-case", plain_data, case=case.id)
    assert not app.exception
    assert "look like counts" in shown(app) and "--unit" not in shown(app)
    assert app.radio[0].value == "counts"
    started: list[Request] = []
    monkeypatch.setattr(CaseFolder, "start", lambda _, request: started.append(request))
    next(button for button in app.button if button.label == "Go on").click().run()
    assert [(one.unit, one.expression) for one in started] == [("counts", case.request().expression)]


def test_a_failed_case_goes_back_to_its_files(visit: Visit, plain_data: Path, case: CaseFolder):
    name = case.request().expression
    failed = check("coverage", "failed", f"{name} has 2 of 12 genes", genes=["PGR", "KRT5"])
    ended(case, code=2, checks=[failed], said=failed["sentence"])
    app = visit("new-case", plain_data, case=case.id)
    assert not app.exception
    assert any("The expression file" in error for error in faults(app)) and str(name) not in shown(app)
    assert "PGR, KRT5" in [text.value for text in app.text]
    next(button for button in app.button if button.label == "Change what was given").click().run()
    assert not app.exception
    assert case.status().state == "draft" and case.request().expression == name


@pytest.mark.parametrize("mode", ["both", "image", "genes"])
def test_an_answer_is_shown_with_what_it_rests_on_and_what_was_missing(
    visit: Visit, plain_data: Path, case: CaseFolder, mode: str
):
    answered(case, mode=mode, models=("fused", "image") if mode != "genes" else ("fused", "genes"))
    app = visit("new-case", plain_data, case=case.id)
    assert not app.exception and not faults(app)
    assert "Luminal, 80 % by fused" in texts(app)
    said = shown(app)
    wanted = {"both": "the slide and the expression", "image": "no expression was given", "genes": "no slide was given"}
    assert wanted[mode] in said and "Out of distribution" in said and "Synthetic demo" in said
    assert "The genes of the run are there" in said
    if mode != "image":
        assert "KRT5" in texts(app) and "Gene sets that moved the decision" in said
    assert {"CSV", "JSON"} <= {str(button.proto.label) for button in app.get("download_button")}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"refer": True}, "does not decide"),
        ({"share": 0.55, "spread": 0.2}, "do not agree"),
        ({"refer": None}, "not evaluated yet"),
    ],
)
def test_doubts_about_the_answer_are_said(
    visit: Visit, plain_data: Path, case: CaseFolder, how: dict[str, Any], told: str
):
    answered(case, **how)
    app = visit("new-case", plain_data, case=case.id)
    assert not app.exception
    assert told in shown(app) + "".join(one.to_csv() for one in tables(app))


def test_the_nearest_training_patients_are_named_as_far_as_the_run_is_there(
    visit: Visit, plain_data: Path, case: CaseFolder
):
    near = ("TCGA-BH-0001", "TCGA-E2-0002")
    answered(case, neighbours=near)
    app = visit("new-case", plain_data, case=case.id)
    assert not app.exception
    assert [str(link.proto.label).replace("\\", "") for link in app.get("page_link")][:2] == list(near)
    (case.result / "prediction.json").write_text(json.dumps(case_content(run="gone", neighbours=near)))
    app = visit("new-case", plain_data, case=case.id)
    assert not app.exception
    assert "Nearest patients are named where" in shown(app)


def test_an_answer_of_an_older_version_is_said_to_be_one(visit: Visit, plain_data: Path, case: CaseFolder):
    answered(case)
    (case.result / "prediction.json").write_text(json.dumps(case_content() | {"format": 1}))
    app = visit("new-case", plain_data, case=case.id)
    assert not app.exception
    assert "Predict it anew" in shown(app)


def test_a_damaged_answer_is_one_sentence(visit: Visit, plain_data: Path, case: CaseFolder):
    answered(case)
    (case.result / "prediction.json").write_text("{")
    app = visit("new-case", plain_data, case=case.id)
    assert not app.exception
    assert len(app.error) == 1 and "delete the case" in app.error[0].value


def test_a_case_is_kept_under_the_words_given_listed_opened_and_deleted(
    visit: Visit, plain_data: Path, case: CaseFolder
):
    answered(case)
    app = visit("new-case", plain_data, case=case.id)
    assert "unless you keep it" in shown(app)
    app.text_input[0].set_value("second visit")
    press(app, "Keep this case")
    assert not app.exception and case.kept is not None and case.kept.label == "second visit"
    assert "until somebody deletes it" in shown(app) and "Keep this case" not in [one.label for one in app.button]
    app = visit("new-case", plain_data)
    assert {"second visit", "Luminal, 80 % by fused", "run-0"} <= set(texts(app))
    press(app, "Open")
    assert case.id in app.query_params["case"] and "Luminal, 80 % by fused" in texts(app)
    app = visit("new-case", plain_data)
    press(app, "Delete it for good")
    assert not app.exception and not case.path.exists()
    assert "second visit" not in texts(app)


def test_a_damaged_kept_case_is_listed_so_that_it_can_be_deleted(visit: Visit, plain_data: Path, case: CaseFolder):
    answered(case)
    case.keep("")
    (case.result / "prediction.json").write_text("{")
    app = visit("new-case", plain_data)
    assert not app.exception
    assert "cannot be read" in texts(app)
    press(app, "Delete it for good")
    assert not case.path.exists()


def test_what_is_not_kept_goes_after_a_day_and_what_is_kept_or_runs_stays(
    plain_data: Path, case: CaseFolder, monkeypatch: pytest.MonkeyPatch
):
    def aged(one: CaseFolder, hours: float) -> None:
        for path in (*one.path.iterdir(), one.path):
            then = time.time() - hours * 3600
            os.utime(path, (then, then), follow_symlinks=False)

    answered(case)
    aged(case, UNKEPT_HOURS - 1)
    assert sweep(plain_data) == 0 and case.path.exists()
    case.keep("mine")
    aged(case, UNKEPT_HOURS + 1)
    assert sweep(plain_data) == 0 and case.path.exists()
    (case.path / "kept.json").unlink()
    aged(case, UNKEPT_HOURS + 1)
    with monkeypatch.context() as busy:
        busy.setattr(CaseFolder, "running", True)
        assert sweep(plain_data) == 0 and case.path.exists()
    (plain_data / "cases" / ".gone-before").mkdir()
    assert sweep(plain_data) == 1 and not case.path.exists()
    assert not list((plain_data / "cases").glob(".gone-*"))


def test_a_running_case_shows_its_checks_and_can_be_stopped(visit: Visit, plain_data: Path, case: CaseFolder):
    checks = [check("table", "passed", "2 genes."), check("sample", "running"), check("unit", "waiting")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CaseFolder, "command", lambda *_: ["sh", "-c", "exec sleep 60"])
        case.start(case.request())
    (case.path / "checks.json").write_text(json.dumps(checks))
    app = visit("new-case", plain_data, case=case.id)
    assert not app.exception
    assert "1 of 3 steps" in app.get("progress")[0].proto.text and "2 genes" in shown(app)
    press(app, "Stop")
    while case.running:
        time.sleep(0.1)
    app = visit("new-case", plain_data, case=case.id)
    assert not app.exception and case.status().state == "stopped"
    assert "stopped before it ended" in shown(app)


def test_while_the_catalogue_is_written_the_page_reads_the_one_before(visit: Visit, tmp_path: Path):
    data = write_store(tmp_path, runs=1, patients=24)
    app = visit("new-case", data)
    publish(data)
    (data / "catalog-000099.duckdb.tmp").write_bytes(b"half of it")
    app.run()
    assert not app.exception and not faults(app)
    assert app.button[-1].label == "Check and predict"


def test_only_the_slide_of_an_answered_case_can_be_looked_at(plain_data: Path, case: CaseFolder):
    asked = case_slide_id(case)
    assert find_case_slide(plain_data, asked) is None, "a draft has nothing to show"
    answered(case)
    found = find_case_slide(plain_data, asked)
    assert found is not None and found.path is None, "the case was given no slide file"
    grid = found.grid()
    assert grid is not None and len(grid[0]) == 12
    maps = found.maps("fused", 0)
    assert maps is not None and maps.values.shape == (3, 12)
    assert found.maps("nothing", 0) is None and found.maps("fused", 6) is None
    for wrong in (case.id, f"../{case.id}", "", asked[:-1]):
        assert find_case_slide(plain_data, wrong) is None


@pytest.fixture
def bundled(full_data: Path, tmp_path: Path) -> Path:
    """A data folder with two runs, one of them frozen too, and a file that is none."""
    data = shutil.copytree(full_data, tmp_path / "data")
    write_bundle(RunFolder.open(data, "run-1"), data / "bundles" / "site-a.acinus", licence="CC BY 4.0")
    (data / "bundles" / "broken.acinus").write_bytes((data / "bundles" / "site-a.acinus").read_bytes()[:5000])
    return data


def test_a_bundle_is_chosen_and_asked_and_says_what_it_is_for(visit: Visit, bundled: Path):
    app = visit("new-case", bundled)
    assert not app.exception and "broken" in " ".join(one.value for one in app.warning)
    who = app.selectbox(key="case-run")
    assert who.options[0] == "site-a.acinus" and "run-0 (run, not frozen)" in who.options
    said = " ".join(str(cell) for table in app.table for cell in table.value.to_numpy().ravel())
    said = said.replace("\\", "")
    assert "CC BY 4.0" in said and "Diagnosis" in said and "n = 24" in said
    case = CaseFolder.new(bundled)
    name = case.put(TABLE, part="expression", suffix=".tsv")
    case.write(Request(run="run-1", bundle="site-a.acinus", expression=name))
    words = case.command(case.request())
    assert words[words.index("--bundle") + 1] == str(bundled / "bundles" / "site-a.acinus") and "--run" not in words


def test_a_choice_of_run_or_bundle_is_kept_with_what_was_given(visit: Visit, bundled: Path):
    case = CaseFolder.new(bundled)
    name = case.put(TABLE, part="expression", suffix=".tsv")
    case.write(Request(run="run-1", bundle="site-a.acinus", expression=name))
    app = visit("new-case", bundled, case=case.id)
    assert not app.exception and app.selectbox(key="case-run").value == "bundle/site-a.acinus"
    app.selectbox(key="case-run").set_value("run-0").run()
    assert (case.request().run, case.request().bundle) == ("run-0", "")
    app.selectbox(key="case-run").set_value("bundle/site-a.acinus").run()
    assert (case.request().run, case.request().bundle) == ("run-1", "site-a.acinus")


@pytest.mark.parametrize(
    "name", ["../site-a.acinus", "/etc/passwd", "link.acinus", "notes.txt", "a\0.acinus", ".acinus"]
)
def test_only_files_of_the_folder_of_bundles_are_bundles(bundled: Path, name: str):
    (bundled / "bundles" / "link.acinus").symlink_to("/etc/passwd")
    (bundled / "bundles" / "notes.txt").write_text("x")
    assert bundle_file(bundled, name) is None and bundle_file(bundled, "site-a.acinus") is not None

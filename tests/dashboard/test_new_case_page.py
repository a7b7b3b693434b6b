"""The New case page: what is given, what a check asks, what is kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.cases import CaseFolder, Request
from tests.dashboard.conftest import Visit, faults, shown

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
    assert "24 hours" in shown(app) and "200 MB" in app.get("file_uploader")[0].label


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
    app.get("file_uploader")[-1].set_value(("photo.tsv", b"\x89PNG\r\n\x1a\n\0\0", "text/plain"))
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

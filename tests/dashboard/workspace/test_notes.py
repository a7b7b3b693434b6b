"""Tags, notes and shown names of runs, in a real workspace file."""

from pathlib import Path

import pytest

from core.errors import InputError
from dashboard.app_pages.models.manage import known_notes
from dashboard.workspace import Workspace, notes
from dashboard.workspace.notes import MOST_TAGS, NOTHING, Note
from tests.dashboard.workspace.other_server import held_elsewhere

RUN = ("demo", "2026-11-28T06:52:15+00:00")
ANEW = ("demo", "2026-11-29T06:52:15+00:00")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty one."""
    return Workspace.open(tmp_path)


def test_what_is_written_is_there_when_the_file_is_opened_again(workspace: Workspace, tmp_path: Path):
    notes.describe(workspace, RUN, note="  The one in the poster. ", tags=["Poster", "poster", " v1 "])
    Workspace.close_all()
    assert notes.noted(Workspace.open(tmp_path)) == {RUN: Note(note="The one in the poster.", tags=("poster", "v1"))}


def test_a_run_made_anew_under_an_old_name_begins_without_notes(workspace: Workspace):
    notes.describe(workspace, RUN, note="old", tags=[])
    assert ANEW not in notes.noted(workspace)


def test_a_shown_name_stays_when_the_note_changes_and_the_other_way_round(workspace: Workspace):
    notes.retitle(workspace, RUN, title="Baseline", taken=())
    notes.describe(workspace, RUN, note="n", tags=["t"])
    notes.retitle(workspace, RUN, title="Base line", taken=())
    assert notes.noted(workspace)[RUN] == Note(title="Base line", note="n", tags=("t",))


def test_a_shown_name_means_one_run(workspace: Workspace):
    notes.retitle(workspace, RUN, title="Baseline", taken=())
    with pytest.raises(InputError, match="another run is named 'Baseline'"):
        notes.retitle(workspace, ("other", "x"), title=" Baseline ", taken=())
    with pytest.raises(InputError, match="another run is named 'demo'"):
        notes.retitle(workspace, ("other", "x"), title="demo", taken={"demo"})


def test_what_is_emptied_is_forgotten(workspace: Workspace):
    notes.retitle(workspace, RUN, title="Baseline", taken=())
    notes.retitle(workspace, RUN, title="", taken=())
    assert notes.noted(workspace) == {}
    notes.describe(workspace, RUN, note="n", tags=[])
    notes.forget(workspace, RUN)
    notes.forget(workspace, RUN)
    assert notes.noted(workspace).get(RUN, NOTHING).empty


@pytest.mark.parametrize(
    ("note", "tags", "why"),
    [
        ("x" * 2001, [], "the note has 2,001 characters"),
        ("", ["x" * 31], "a tag has 31 characters"),
        ("", ["a\x07b"], "cannot be shown"),
        ("", [str(number) for number in range(MOST_TAGS + 1)], "13 tags are too many"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_changes(workspace: Workspace, note: str, tags: list[str], why: str):
    with pytest.raises(InputError, match=why):
        notes.describe(workspace, RUN, note=note, tags=tags)
    assert notes.noted(workspace) == {}


def test_while_another_server_holds_the_file_the_page_says_so(tmp_path: Path):
    assert known_notes(tmp_path) == ({}, ""), "looking makes no file"
    notes.describe(Workspace.open(tmp_path), RUN, note="n", tags=[])
    Workspace.close_all()
    with held_elsewhere(tmp_path):
        found, why = known_notes(tmp_path)
        assert found == {} and why.startswith("another server holds")
    assert known_notes(tmp_path)[0] == {RUN: Note(note="n")}

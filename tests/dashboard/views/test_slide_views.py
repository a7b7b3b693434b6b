"""States on disk become what the Data page draws."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.slides.extraction.states import SlideState, WorkItem, read_states
from dashboard import views
from dashboard.pieces import parts
from dashboard.views.slides import PROBLEMS, TILE_WORDS, Wanted
from tests.dashboard.worklists import CUT_SHORT, quality, write_slides

START = datetime(2025, 1, 1, 10, tzinfo=UTC)
MIXED = {"A2-1-x": "done", "A2-2-x": "ink", "BH-1-x": "blur", "BH-2-x": "failed", "E2-1-x": "queued"}
KINDS = st.sampled_from(("queued", "running", "done", "failed"))


def ended(*, at_s: float, took_s: float) -> SlideState:
    """A slide that ended so long after the start."""
    end = START + timedelta(seconds=at_s)
    begun = end - timedelta(seconds=took_s)
    return SlideState(slide="s", source="", status="done", started=begun.isoformat(), ended=end.isoformat())


def rows_of(data: Path, wanted: dict[str, str]) -> pd.DataFrame:
    worklist = write_slides(data, wanted)
    found = read_states(data / "features", worklist)
    return views.slides.table(worklist.items, found, views.extraction.standings(found, ()))


@given(kinds=st.lists(KINDS, max_size=30), data=st.data())
def test_every_slide_is_counted_once_and_abandoned_ones_do_not_run(kinds: list[str], data: st.DataObject):
    states = [SlideState(slide=f"{place}", source="", status=kind) for place, kind in enumerate(kinds)]  # type: ignore[arg-type]
    running = [place for place, kind in enumerate(kinds) if kind == "running"]
    gone = data.draw(st.sets(st.sampled_from(running))) if running else set()
    now = views.extraction.progress(states, interrupted=gone)
    assert now.total == len(kinds) and 0 <= now.share <= 1
    assert (now.counts["interrupted"], now.counts["running"]) == (len(gone), len(running) - len(gone))
    assert now.left_s is None


@given(count=st.integers(2, 12), took=st.integers(1, 900), readers=st.integers(1, 4))
def test_the_speed_is_that_of_slides_read_one_after_the_other(count: int, took: int, readers: int):
    one_by_one = [ended(at_s=took * (place + 1), took_s=took) for place in range(count)]
    states = [state for state in one_by_one for _ in range(readers)]
    now = views.extraction.progress([*states, SlideState(slide="r", source="", status="running")], interrupted=())
    assert now.per_minute == pytest.approx(60 * readers / took)
    assert now.left_s == pytest.approx(took / readers)


def test_a_night_between_two_sittings_does_not_slow_the_second():
    evening = [ended(at_s=100 * place, took_s=100) for place in range(5)]
    morning = [ended(at_s=36_000 + 10 * place, took_s=10) for place in range(1, 6)]
    assert views.extraction.progress(evening + morning, interrupted=()).per_minute == pytest.approx(6)


def test_one_slide_tells_no_speed_and_broken_times_are_no_times():
    states = [ended(at_s=10, took_s=10), replace(ended(at_s=20, took_s=10), ended="yesterday")]
    assert views.extraction.progress(states, interrupted=()).per_minute is None


def test_times_are_told_in_units_that_fit_them():
    seconds = (3, 89, 90, 3600, 11_100, 200_000)
    assert [views.extraction.duration(one) for one in seconds] == [
        "3 s",
        "89 s",
        "2 min",
        "60 min",
        "3 h 05 min",
        "2 d 7 h",
    ]


@given(
    text=st.sampled_from(("", "a2", "-1-", ".*")),
    standings=st.sets(st.sampled_from(("done", "failed", "queued"))),
    problems=st.sets(st.sampled_from(("ink", "blur", "failed"))),
)
def test_filters_keep_just_those_that_fit(tmp_path_factory, text, standings, problems):
    rows = rows_of(tmp_path_factory.mktemp("data"), MIXED)
    kept = views.slides.wanted(rows, Wanted(text=text, standings=tuple(standings), problems=tuple(problems)))
    fits = [
        text in slide.lower()
        and (not standings or {"ink": "done", "blur": "done"}.get(kind, kind) in standings)
        and (not problems or kind in problems)
        for slide, kind in MIXED.items()
    ]
    assert kept["slide"].tolist() == [slide for slide, fit in zip(MIXED, fits, strict=True) if fit]


def test_counts_beside_the_filters_are_what_choosing_them_lists(tmp_path: Path):
    rows = rows_of(tmp_path, MIXED)
    standings, problems = views.slides.standing_counts(rows), views.slides.problem_counts(rows)
    assert standings == {"failed": 1, "queued": 1, "done": 3} and problems == {"failed": 1, "blur": 1, "ink": 1}
    for word, count in standings.items():
        assert len(views.slides.wanted(rows, Wanted(standings=(word,)))) == count
    for word, count in problems.items():
        assert len(views.slides.wanted(rows, Wanted(problems=(word,)))) == count
    assert set(problems) <= set(PROBLEMS)


def test_each_row_says_what_its_state_says(tmp_path: Path):
    rows = rows_of(tmp_path, MIXED).set_index("slide")
    assert rows.loc["A2-2-x", "tiles"] == 20 and rows.loc["A2-2-x", "problems"] == ("ink",)
    assert rows.loc["A2-1-x", "tissue_mm2"] == pytest.approx(quality().area_mm2["tissue"])
    assert rows.loc["BH-2-x", "reason"] == CUT_SHORT and pd.isna(rows.loc["BH-2-x", "tiles"])
    assert rows.loc["E2-1-x", "status"] == "queued" and pd.isna(rows.loc["E2-1-x", "sharpness"])


def test_an_empty_work_list_is_an_empty_table():
    rows = views.slides.table((), (), ())
    assert views.slides.wanted(rows, Wanted(text="a", problems=("ink",))).empty
    assert views.slides.problem_counts(rows) == views.slides.standing_counts(rows) == {}


def test_one_slide_is_shown_with_its_tiles_areas_and_problems(tmp_path: Path):
    worklist = write_slides(tmp_path, MIXED)
    state = read_states(tmp_path / "features", worklist)[1]
    view = views.slides.view(worklist, 1, state, "done")
    assert {count.word: count.tiles for count in view.tiles} == {"kept": 20, "glass": 30, "pen marks": 5, "blurred": 1}
    assert [word for word, _ in view.problems] == ["ink"] and "Pen marks" in view.problems[0][1]
    assert view.areas["Area (mm²)"].sum() == pytest.approx(sum(quality(ink=True).area_mm2.values()))
    assert view.provenance["Slide file"] == "slides/A2-2-x.svs" and view.provenance["Attempts"] == "1"


def test_a_verdict_from_a_later_version_keeps_its_own_word(tmp_path: Path):
    worklist = write_slides(tmp_path, {"a": "done"})
    state = read_states(tmp_path / "features", worklist)[0]
    newer = {**quality().as_json(), "tiles": {"kept": 3, "necrosis": 2}}
    view = views.slides.view(worklist, 0, replace(state, quality=newer), "done")
    assert [(count.word, count.kept) for count in view.tiles] == [("kept", True), ("necrosis", False)]
    assert "necrosis" not in TILE_WORDS


@pytest.mark.parametrize("stored", [None, {}, {"tiles": {}}, {"something": "else"}])
def test_quality_that_cannot_be_read_is_none(tmp_path: Path, stored: dict[str, object] | None):
    worklist = write_slides(tmp_path, {"a": "done"})
    state = replace(read_states(tmp_path / "features", worklist)[0], quality=stored)
    view = views.slides.view(worklist, 0, state, "done")
    assert view.tiles == () and view.areas.empty and view.problems == ()
    assert views.slides.table(worklist.items, [state], ["done"])["problems"].tolist() == [()]


def test_previous_and_next_walk_the_listed_slides_only():
    rows = pd.DataFrame({"slide": ["a", "b"]})
    assert views.slides.neighbours(rows, "a") == (None, "b") and views.slides.neighbours(rows, "b") == ("a", None)
    assert views.slides.neighbours(rows, "gone") == (None, "a")
    assert views.slides.neighbours(rows[:0], "a") == (None, None)


@given(
    texts=st.lists(st.text(max_size=5) | st.sampled_from(["=1+1", "+a", "-b", "@c", "\td", "-", "plain"]), min_size=1)
)
def test_no_exported_cell_begins_a_formula(texts: list[str]):
    table = pd.DataFrame({"text": texts, "number": [-1.5] * len(texts)})
    safe = parts.without_formulas(table)
    assert not any(text.startswith(parts.FORMULA_STARTS) for text in safe["text"])
    assert [
        text.removeprefix("'") if text != own else text for text, own in zip(safe["text"], texts, strict=True)
    ] == texts
    assert safe["number"].equals(table["number"])


def test_the_export_holds_every_listed_slide_with_its_problems_in_words():
    item = WorkItem(slide="=cmd()", patient="p", stem="s")
    state = SlideState(slide="=cmd()", source="", status="failed", reason="-bad", quality=quality(ink=True).as_json())
    rows = views.slides.table([item], [state], ["failed"])
    written = parts.without_formulas(views.slides.exported(rows))
    assert written.loc[0, "problems"] == "failed; ink"
    assert (written.loc[0, "slide"], written.loc[0, "reason"]) == ("'=cmd()", "'-bad")

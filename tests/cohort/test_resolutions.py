"""A table of resolutions overrules what slides state, slide by slide; a row that fits no slide is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import floats

from core.cohort import read_cohort
from core.cohort.resolutions import um_of
from core.errors import InputError


@pytest.fixture
def resolved(small: Path):
    """The small cohort with slides and a table of resolutions: um/px by slide id, as the manifest says it."""
    for name in ("P1.svs", "P2_a.svs", "P2_b.tif", "P9.svs", "P3/one.png", "P4/one.png", "stranger.svs"):
        file = small / "slides" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"not a slide")
    manifest = (small / "cohort.toml").read_text()
    images = 'slides = "slides"\nmagnification = 20\nresolutions = "scans.csv"'
    (small / "cohort.toml").write_text(manifest.replace('features = "features.parquet"', images))

    def read(table: str) -> dict[str, float | None]:
        (small / "scans.csv").write_text(table)
        cohort = read_cohort(small).cohort
        refs = [ref for patient in cohort.patients for ref in patient.slides]
        assert {ref.um_per_px for ref in refs} == {0.5}
        return {ref.id: ref.um_override for ref in refs}

    return read


def test_slides_are_named_by_file_name_or_stem_and_others_keep_what_they_state(resolved):
    assert resolved("slide,um_per_px\nP1.svs,0.25\nP2_b,0.23\nstranger,0.5\nP4/one.png,1\n") == {
        "P1": 0.25,
        "P2_a": None,
        "P2_b": 0.23,
        "P3-one": None,
        "P4-one": 1.0,
        "P9": None,
    }


def test_magnifications_are_resolutions_and_other_columns_are_passed_over(resolved):
    found = resolved("scanner;slide;magnification\nAT2;P1;40\nGT;P2_a.svs;20,5\n")
    assert found["P1"] == 0.25 and found["P2_a"] == pytest.approx(10 / 20.5)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("slide,um_per_px\nP1,0.25\nP7,0.25\n", r'scans\.csv, row 3: there is no slide "P7"'),
        ("slide,um_per_px\nP1,0.25\nP1.svs,0.25\n", r'row 3: "P1\.svs" is stated a second time'),
        ("slide,um_per_px\none,0.25\n", r'row 2: "one" fits 2 slides; .* folder/one'),
        ("slide,um_per_px\nP1,40\n", r"row 2: um_per_px must lie between 0\.05 and 20, got 40; is it .* magnification"),
        ("slide,magnification\nP1,0.25\n", r"row 2: magnification must lie between 0\.5 and 200, got 0\.25"),
        ("slide,um_per_px\nP1,-1\n", "row 2: um_per_px must be a number above 0"),
        ("slide,um_per_px\nP1,\n", "row 2: um_per_px must be a number above 0"),
        ("slide,um_per_px\nP1,40x\n", 'row 2, column "um_per_px": expected a number'),
        ("slide,mpp\nP1,0.25\n", "needs a column um_per_px or magnification, it has neither"),
        ("slide,um_per_px,magnification\nP1,0.25,40\n", "it has um_per_px and magnification; keep one"),
        ("file,um_per_px\nP1,0.25\n", r'\[images\] resolutions names the column "slide"'),
        ("slide,um_per_px\n", "no rows"),
    ],
)
def test_a_row_that_helps_no_slide_is_refused(resolved, table, fault):
    with pytest.raises(InputError, match=fault) as caught:
        resolved(table)
    assert "\n" not in str(caught.value)


def test_the_fingerprint_changes_with_the_table(resolved, small):
    marks = set()
    for um in ("0.25", "0.5"):
        resolved(f"slide,um_per_px\nP1,{um}\n")
        marks.add(read_cohort(small).cohort.fingerprint)
    assert len(marks) == 2


@given(um=floats(0.05, 20))
def test_micrometres_and_magnification_say_the_same(um):
    assert um_of("um_per_px", um, where="here") == um
    assert um_of("magnification", max(0.5, min(200.0, 10 / um)), where="here") == pytest.approx(um)

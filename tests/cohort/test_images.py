"""Slide files find their patient by name; none is opened to do so."""

import pytest

from core.cohort.images import find_slides
from core.cohort.sources import ImageSource
from core.errors import InputError


@pytest.fixture
def slides(tmp_path):
    """Make empty files of these names and join them."""

    def make(*names, patients=("P1", "P10"), um_per_px=None):
        for name in names:
            file = tmp_path / "slides" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        source = ImageSource(kind="slides", path=tmp_path / "slides", um_per_px=um_per_px)
        return find_slides(source, patients)

    return make


def test_files_are_joined_by_name_and_others_passed_over(slides):
    found, lost, notes = slides("P1.svs", "P1_b.TIFF", "P10.ndpi", "P2.svs", "P1.xml", "notes.txt", um_per_px=0.25)
    assert [ref.id for ref in found["P1"]] == ["P1", "P1_b"]
    assert [ref.id for ref in found["P10"]] == ["P10"]
    assert found["P1"][0].um_per_px == 0.25
    assert not lost
    assert notes == ("images: slides: 4, patients found: 2, left out: 1 of no patient of the clinical table",)


def test_a_subfolder_of_a_patient_holds_their_files(slides):
    found, _, _ = slides("P1/tile_1.png", "P1/tile_2.png", "P10/tile_1.png", "batch/P1.svs")
    assert [ref.id for ref in found["P1"]] == ["P1", "P1-tile_1", "P1-tile_2"]
    assert [ref.id for ref in found["P10"]] == ["P10-tile_1"]


def test_patients_without_a_slide_have_a_reason(slides):
    patient, other = "TCGA-A2-A0CM", "TCGA-BH-A0B1"
    names = [f"{patient}-01Z-00-DX1.svs", f"{other}-11A-01-TS1.svs"]
    _, lost, _ = slides(*names, patients=(patient, other, "TCGA-BH-A0B2"))
    assert lost == {other: "only slides of normal tissue", "TCGA-BH-A0B2": "no slide file"}


def test_two_files_of_one_name_are_refused(slides):
    with pytest.raises(InputError, match=r'"P1\.svs" and "P1\.tif" have one name'):
        slides("P1.svs", "P1.tif")


def test_a_folder_without_images_is_refused(slides):
    with pytest.raises(InputError, match=r"\[images\] slides: no image file"):
        slides("readme.txt")


def test_a_folder_of_strangers_is_refused(slides):
    with pytest.raises(InputError, match=r'"X7".*"P1"'):
        slides("X7.svs")


def test_a_slide_may_be_a_folder_of_files(slides):
    found, _, _ = slides(
        "P1.zarr/0/.zarray", "P1.zarr/0/0.png", "P10/level_0.dcm", "P10/level_1.dcm", "P2.mrxs", "P2/Data0000.dat",
        "P2/preview.png", "P3.dcm", "P4/one/a.dcm", "P4/two/a.dcm", "P4/three.svs", "P5_x.ome.zarr/zarr.json",
        patients=("P1", "P10", "P2", "P3", "P4", "P5"),
    )  # fmt: skip
    names = {patient: [(ref.id, ref.path.name) for ref in refs] for patient, refs in found.items()}
    assert names == {
        "P1": [("P1", "P1.zarr")],
        "P10": [("P10", "P10")],
        "P2": [("P2", "P2.mrxs")],
        "P3": [("P3", "P3.dcm")],
        "P4": [("P4-one", "one"), ("P4-three", "three.svs"), ("P4-two", "two")],
        "P5": [("P5_x.ome", "P5_x.ome.zarr")],
    }


def test_a_patients_folder_may_hold_dicom_and_other_slides(slides):
    found, _, _ = slides("P1/level_0.dcm", "P1/second.svs")
    assert [ref.id for ref in found["P1"]] == ["P1", "P1-second"]

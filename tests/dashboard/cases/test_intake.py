"""What is handed in is told by its content; its name never becomes a path."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from dashboard.cases import intake

PARQUET, XLSX, TIFF = b"PAR1\x15\x04", b"PK\x03\x04rest", b"II*\0\x08\0\0\0"


@pytest.mark.parametrize(
    ("head", "name", "ending"),
    [
        (TIFF, "a.svs", ".svs"),
        (TIFF, "a.NDPI", ".ndpi"),
        (b"II+\0", "a.exe", ".tif"),
        (b"\xff\xd8\xff\xe0", "a.svs", ".jpg"),
        (b"\x89PNG\r\n\x1a\n", "../../a", ".png"),
        (b"\0" * 128 + b"DICM", "a.svs", ".dcm"),
    ],
)
def test_a_slide_gets_the_ending_of_its_content(head: bytes, name: str, ending: str):
    assert intake.suffix(head, name=name, kind="slide") == ending


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        (b"gene\tS1\nTP53\t1.5\n", ".tsv"),
        (b"gene,S1\nTP53,1.5\n", ".csv"),
        (gzip.compress(b"gene\tS1\nTP53\t1.5\n", mtime=0), ".tsv.gz"),
        (PARQUET, ".parquet"),
        (XLSX, ".xlsx"),
    ],
)
def test_a_table_gets_the_ending_of_its_content(head: bytes, ending: str):
    assert intake.suffix(head, name="whatever.exe", kind="expression") == ending


@pytest.mark.parametrize("kind", ["slide", "expression"])
@pytest.mark.parametrize("head", [b"", b"\x7fELF\0\0", b"\x1f\x8bbroken", b"\0" * 64])
def test_what_is_nothing_we_read_is_refused(head: bytes, kind: intake.Kind):
    with pytest.raises(InputError, match=f"the {kind} file"):
        intake.suffix(head, name="case.svs", kind=kind)


@given(name=st.text())
def test_no_name_changes_the_ending_to_anything_unknown(name: str):
    assert intake.suffix(TIFF, name=name, kind="slide") in intake.SLIDE_SUFFIXES


def test_a_gzip_bomb_is_not_unpacked():
    bomb = gzip.compress(b"gene\tS1\n" + b"0" * 50_000_000)
    assert intake.suffix(bomb[: intake.HEAD], name="x.gz", kind="expression") == ".tsv.gz"


def test_the_intake_folder_offers_whole_files_folders_and_no_links(tmp_path: Path):
    (tmp_path / "b.svs").touch()
    (tmp_path / "a.tif").touch()
    (tmp_path / "x.csv").touch()
    (tmp_path / ".hidden.svs").touch()
    (tmp_path / "batch").mkdir()
    (tmp_path / "link.svs").symlink_to("/etc/passwd")
    (tmp_path / "way.out").symlink_to("/etc")
    found = intake.browse(tmp_path, (), kind="slide")
    assert (found.folders, found.files) == (("batch",), ("a.tif", "b.svs"))
    assert intake.browse(tmp_path, (), kind="expression").files == ("x.csv",)
    nothing = intake.browse(tmp_path / "nowhere", (), kind="slide")
    assert (nothing.folders, nothing.files) == ((), ())


def test_slides_of_several_files_are_offered_as_one(tmp_path: Path):
    (tmp_path / "case.mrxs").touch()
    (tmp_path / "case").mkdir()
    (tmp_path / "dicom").mkdir()
    (tmp_path / "dicom" / "1.dcm").touch()
    (tmp_path / "whole.zarr").mkdir()
    found = intake.browse(tmp_path, (), kind="slide")
    assert (found.folders, found.files) == ((), ("case.mrxs", "dicom", "whole.zarr"))


@pytest.mark.parametrize("inside", [("..",), ("../secret",), ("/etc",), (".",), ("",), ("link",), ("batch", "..")])
def test_no_way_leads_out_of_the_intake_folder(tmp_path: Path, inside: tuple[str, ...]):
    root = tmp_path / "intake"
    (root / "batch").mkdir(parents=True)
    (root / "link").symlink_to(tmp_path)
    (tmp_path / "secret.svs").touch()
    assert intake.browse(root, inside, kind="slide").inside in ((), ("batch",))
    with pytest.raises(InputError, match="not in the intake folder"):
        intake.picked(root, inside, "secret.svs", kind="slide")


def test_what_was_taken_away_meanwhile_cannot_be_picked(tmp_path: Path):
    (tmp_path / "a.svs").touch()
    assert intake.picked(tmp_path, (), "a.svs", kind="slide") == tmp_path / "a.svs"
    (tmp_path / "a.svs").unlink()
    with pytest.raises(InputError, match="choose another"):
        intake.picked(tmp_path, (), "a.svs", kind="slide")

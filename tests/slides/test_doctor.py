"""The doctor says of every file what it is and what mends it, and outlives those that kill a reader."""

import os
import signal
from pathlib import Path

import pytest

from core.config import TileSpec
from core.errors import InputError
from core.slides import doctor
from core.slides.doctor import Examination, Unreadable, examined, report, slides_under

TILES = TileSpec(size_px=64)


def _one(path: Path, um: float | None = None) -> Examination | Unreadable:
    (found,) = examined([path], tiles=TILES, um_per_px=um)
    return found


def test_a_sound_slide_is_described_in_full(slide_file):
    found = _one(slide_file)
    assert isinstance(found, Examination) and found.usable
    assert (found.reader, found.width, found.height) == ("tiff", 1280, 1024)
    assert (found.um_per_px, found.um_source) == (pytest.approx(0.5), "file")
    assert [(level.scale, level.width) for level in found.levels] == [(1, 1280), (2, 640), (4, 320)]
    assert found.tissue_mm2 == pytest.approx(896 * 672 * 0.25e-6, rel=0.05)
    lines = "\n".join(report(found))
    for said in ("1280 x 1024 px", "1/4", "0.5 um/px (the file states it)", f"{found.tiles['kept']} expected"):
        assert said in lines


def test_the_tiles_it_expects_are_those_that_extraction_finds(slide_file, encoder, tmp_path):
    from core.slides.extraction import Order, extract_slide

    found = _one(slide_file)
    bag = extract_slide(slide_file, Order(tiles=TILES, encoder=encoder, features=tmp_path))
    assert isinstance(found, Examination) and found.tiles["kept"] == len(bag.features)


def test_each_fault_is_told_with_its_mend(tmp_path, pyramid, painted):
    blank = pyramid(tmp_path / "blank.tif", painted(640, 512, tissue=None))
    unknown = pyramid(tmp_path / "unknown.tif", painted(640, 512, tissue=(64, 64, 448, 384)), um_per_px=None)
    small = pyramid(tmp_path / "small.tif", painted(60, 60, tissue=(0, 0, 60, 60)), levels=1)
    cut = tmp_path / "cut.tif"
    cut.write_bytes(unknown.read_bytes()[:5000])
    told = ["\n".join(report(found)) for found in examined([blank, unknown, small, cut], tiles=TILES)]
    assert "shows no tissue" in told[0] and "check that it is a stained slide" in told[0]
    assert "resolution  unknown" in told[1] and "um_per_px" in told[1] and "640 x 512 px" in told[1]
    assert "less than one tile" in told[2] and "60 x 60 px" in told[2]
    assert "cannot be used: cut.tif is cut short" in told[3] and "export the slide again" in told[3]
    assert _one(unknown, um=0.25).um_source == "given"


def _die_over_some(path: Path, tiles: TileSpec, um_per_px: float | None) -> Unreadable:
    if path.name.startswith("deadly"):
        os.kill(os.getpid(), signal.SIGSEGV)
    while path.name.startswith("endless"):
        pass
    return Unreadable(path=path, reason="looked at")


def test_a_slide_that_crashes_or_hangs_costs_itself_alone(monkeypatch):
    """The reading is replaced by one that really dies or hangs: no file at hand does it to the real one."""
    monkeypatch.setattr(doctor, "_examine", _die_over_some)
    names = ["a", "deadly", "b", "endless", "c", "deadly too"]
    found = list(examined([Path(name) for name in names], tiles=TILES, patience_s=4.0))
    assert [one.path.name for one in found] == names
    reasons = [one.reason for one in found if isinstance(one, Unreadable)]
    assert [reasons[place] for place in (0, 2, 4)] == ["looked at"] * 3
    assert "crashes" in reasons[1] and "minutes" in reasons[3] and "crashes" in reasons[5]


def test_slides_are_found_in_folders_and_their_parts_are_not(tmp_path, slide_file):
    folder = tmp_path / "cohort"
    for name in (
        "a.svs",
        "sub/b.NDPI",
        "m.mrxs",
        "m/Data0000.tif",
        "wsi/1.dcm",
        "wsi/2.dcm",
        "o.zarr/0/0.png",
        "x.txt",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    found = [str(path.relative_to(folder)) for path in slides_under(folder)]
    assert found == ["a.svs", "m.mrxs", "o.zarr", "sub/b.NDPI", "wsi"]
    assert slides_under(slide_file) == [slide_file]
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match="no slide lies in"):
        slides_under(folder / "empty")

"""Slides become bags, once; a slide that does not says why."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from core.config import TileSpec
from core.errors import InputError
from core.slides import open_slide, read_bag, read_provenance, read_thumbnail
from core.slides.extraction import Order, extract_bags, extract_slide
from core.slides.tiles.planning import content_key
from core.types import Patient, SlideRef

TILES = TileSpec(size_px=64)


def _patient(id: str, *files: Path, um: float | None = None) -> Patient:
    refs = tuple(SlideRef(id=file.stem, path=file, um_per_px=um) for file in files)
    return Patient(id=id, label=0, site="A", slides=refs, covariates={})


@pytest.fixture
def cohort(tmp_path, pyramid, painted) -> list[Patient]:
    """Three patients, four slides with 30 tiles or so each."""
    files = [
        pyramid(tmp_path / f"s{i}.tif", painted(640, 512, tissue=(64, 64, 448, 384), seed=i), levels=1)
        for i in range(4)
    ]
    return [_patient("P1", files[0]), _patient("P2", files[1], files[2]), _patient("P3", files[3])]


def test_tiles_come_from_the_places_they_name(tmp_path, pyramid, encoder):
    """Each 64 px tile of the slide has its own colour; at twice the resolution features still name the right place."""
    rows, columns = 6, 7
    colours = np.stack(np.meshgrid(np.arange(rows) * 12, np.arange(columns) * 12, indexing="ij"), axis=-1)
    mosaic = np.concatenate([np.full((rows, columns, 1), 200), 60 + colours], axis=-1).astype(np.uint8)
    picture = mosaic.repeat(128, axis=0).repeat(128, axis=1)
    flat = TileSpec(size_px=64, min_sharpness=0.0)
    file = pyramid(tmp_path / "mosaic.tif", picture, um_per_px=0.25, compression="deflate")
    bag = extract_slide(file, Order(tiles=flat, encoder=encoder, features=tmp_path / "features"))
    assert bag.side_px == 128 and len(bag.features) == rows * columns
    for features, (x, y) in zip(bag.features, bag.origins, strict=True):
        expected = mosaic[y // 128, x // 128]
        assert np.abs(features[:3].astype(float) - expected).max() < 1 and features[3:].max() < 1


def test_batches_are_filled_across_slides(tmp_path, cohort, encoder):
    bags, lost, _ = extract_bags(
        cohort, Order(tiles=TILES, encoder=encoder, features=tmp_path / "features"), progress=False
    )
    assert lost == () and list(bags) == ["P1", "P2", "P3"] and len(bags["P2"]) == 2
    assert set(encoder.asked[:-1]) == {encoder.batch}
    assert sum(encoder.asked) == sum(len(bag.features) for each in bags.values() for bag in each)


def test_what_is_cached_is_not_encoded_again(tmp_path, cohort, encoder):
    first, _, _ = extract_bags(cohort, Order(tiles=TILES, encoder=encoder, features=tmp_path / "f"), progress=False)
    asked = list(encoder.asked)
    second, _, _ = extract_bags(cohort, Order(tiles=TILES, encoder=encoder, features=tmp_path / "f"), progress=False)
    assert encoder.asked == asked
    for patient, bags in first.items():
        for one, other in zip(bags, second[patient], strict=True):
            np.testing.assert_array_equal(one.features, other.features)
            assert (one.file, one.slide, one.source) == (other.file, other.slide, other.source)


def test_the_content_key_follows_all_that_decides_the_features(slide_file, tmp_path):
    def key(path=slide_file, tiles=TILES, encoder="a", um=None, override=None):
        ref = SlideRef(id="a", path=path, um_per_px=um, um_override=override)
        return content_key(ref, tiles=tiles, encoder=encoder)

    moved = tmp_path / "moved.tif"
    moved.write_bytes(slide_file.read_bytes())
    assert key() == key(path=moved)
    changed = tmp_path / "changed.tif"
    changed.write_bytes(slide_file.read_bytes() + b"\0")
    others = [key(changed), key(tiles=TileSpec(size_px=96)), key(encoder="b"), key(um=0.25), key(override=0.25)]
    assert len({key(), *others}) == 6


def test_a_damaged_bag_is_made_again_and_said(tmp_path, slide_file, encoder, capsys):
    first = extract_slide(slide_file, Order(tiles=TILES, encoder=encoder, features=tmp_path / "f"))
    whole = first.file.read_bytes()
    first.file.write_bytes(whole[:-900])
    second = extract_slide(slide_file, Order(tiles=TILES, encoder=encoder, features=tmp_path / "f"))
    assert "damaged" in capsys.readouterr().err
    assert second.file.read_bytes() == whole


def test_a_bag_knows_where_it_comes_from(tmp_path, slide_file, encoder):
    bag = extract_slide(slide_file, Order(tiles=TILES, encoder=encoder, features=tmp_path / "f"))
    facts = read_provenance(bag.file)
    assert bag.file.parent == tmp_path / "f" / encoder.key and bag.file.name.startswith("slide-")
    assert (facts["slide_um_per_px"], facts["slide_um_source"], facts["um_per_px"]) == (pytest.approx(0.5), "file", 0.5)
    assert (facts["encoder"], facts["note"], facts["reader"]) == (encoder.key, encoder.note, "tiff")
    thumbnail, scale = read_thumbnail(bag.file)
    with open_slide(slide_file) as slide:
        assert scale == pytest.approx(slide.width / thumbnail.shape[1])
    assert read_bag(bag.file).source == slide_file


def test_a_patient_is_lost_only_when_no_slide_gives_a_tile(tmp_path, cohort, pyramid, painted, encoder, capsys):
    blank = pyramid(tmp_path / "blank.tif", painted(640, 512, tissue=None), levels=1)
    broken = tmp_path / "broken.tif"
    broken.write_bytes(cohort[0].slides[0].path.read_bytes()[:9000])
    patients = [
        _patient("P1", blank, cohort[0].slides[0].path),
        _patient("P4", blank, broken),
        _patient("P5", tmp_path / "gone.tif"),
    ]
    bags, lost, _ = extract_bags(patients, Order(tiles=TILES, encoder=encoder, features=tmp_path / "f"), progress=False)
    assert list(bags) == ["P1"] and len(bags["P1"]) == 1
    assert [(one.patient, one.stage) for one in lost] == [("P4", "tiles"), ("P5", "tiles")]
    assert "blank.tif shows no tissue" in lost[0].reason and "broken.tif is cut short" in lost[0].reason
    assert "gone.tif is not there" in lost[1].reason
    assert "left out: blank.tif" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tissue", "pen", "reason"),
    [
        (None, False, "shows no tissue"),
        (None, True, "is pen marks"),
        ((300, 200, 360, 260), False, "but no tile of 112 um with at least 50% tissue"),
    ],
)
def test_a_slide_without_tiles_says_why(tmp_path, pyramid, painted, encoder, tissue, pen, reason):
    picture = painted(1000, 800, tissue=tissue)
    if pen:
        picture[100:700, 400:520] = (40, 70, 170)
    file = pyramid(tmp_path / "a.tif", picture)
    with pytest.raises(InputError, match=reason):
        extract_slide(file, Order(tiles=TileSpec(), encoder=encoder, features=tmp_path / "f"))


def test_a_field_smaller_than_a_tile_says_so(tmp_path, pyramid, painted, encoder):
    file = pyramid(tmp_path / "small.tif", painted(100, 90, tissue=(0, 0, 100, 90)), levels=1)
    with pytest.raises(InputError, match=r"small\.tif cannot be cut into tiles: it measures 50 x 45 um"):
        extract_slide(file, Order(tiles=TileSpec(), encoder=encoder, features=tmp_path / "f"))


def test_a_slide_that_breaks_in_the_middle_leaves_no_bag(tmp_path, cohort, pyramid, painted, encoder):
    """Its directory and smaller levels are sound but one stored tile is noise."""
    file = tmp_path / "rotten.tif"
    source = pyramid(tmp_path / "sound.tif", painted(2304, 512, tissue=(64, 64, 2240, 448)))
    data = bytearray(source.read_bytes())
    with tifffile.TiffFile(source) as tiff:
        start = tiff.pages[0].dataoffsets[9 + 4]
    data[start : start + 400] = bytes(400)
    file.write_bytes(data)
    patients = [_patient("P9", file), cohort[0]]
    order = Order(tiles=TILES, encoder=encoder, features=tmp_path / "f")
    bags, lost, _ = extract_bags(patients, order, progress=False)
    assert list(bags) == ["P1"] and "rotten.tif cannot be decoded" in lost[0].reason
    assert sum(encoder.asked) > len(bags["P1"][0].features), "some of its tiles were on their way"
    assert not list((tmp_path / "f").rglob("rotten*.h5"))

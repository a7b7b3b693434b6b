"""What other programs find in our bags, by the steps with which they read."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from core.errors import InputError
from core.slides.bags import LAYOUTS, read_foreign_bag, write_bag, write_layout
from core.types import Bag

PROVENANCE = {
    "um_per_px": 0.5,
    "size_px": 224,
    "slide_um_per_px": 0.2495,
    "slide_width": 90_000,
    "slide_height": 70_000,
    "note": "mean colour",
}


@pytest.fixture
def bag() -> Bag:
    random = np.random.default_rng(0)
    return Bag(
        slide="S-1",
        features=random.normal(size=(5, 8)).astype(np.float16),
        origins=random.integers(0, 60_000, (5, 2)).astype(np.int32),
        side_px=448.9,
        encoder="colour-1",
    )


@pytest.fixture
def file(tmp_path, bag) -> Path:
    return _write(tmp_path / "own" / "S-1-0123.h5", bag, PROVENANCE)


def _write(file: Path, bag: Bag, provenance: dict) -> Path:
    thumbnail = np.full((30, 40, 3), 200, dtype=np.uint8)
    write_bag(file, bag=bag, thumbnail=thumbnail, thumbnail_px=12.5, provenance=provenance)
    return file


def as_clam_reads(folder: Path, slide: str) -> tuple[torch.Tensor, np.ndarray]:
    """Its data set of classified slides, with features from HDF5; its networks compute in single precision."""
    with h5py.File(folder / "h5_files" / f"{slide}.h5", "r") as hdf:
        features, coords = torch.from_numpy(hdf["features"][:]), hdf["coords"][:]
    torch.nn.Linear(features.shape[1], 2)(features)
    return features, coords


def as_trident_reads(file: Path) -> tuple[torch.Tensor, np.ndarray, dict]:
    """What its slide encoders are given: they scale places by the side that the places carry."""
    with h5py.File(file, "r") as hdf:
        features, coords = torch.from_numpy(hdf["features"][:]).float(), torch.from_numpy(hdf["coords"][:])
        attributes = dict(hdf["coords"].attrs)
    grid = coords // int(attributes["patch_size_level0"])
    assert grid.shape == coords.shape
    return features, coords.numpy(), attributes


def as_stamp_reads(file: Path) -> tuple[torch.Tensor, np.ndarray, float, int]:
    """Its bags: micrometres are believed only with a tile size; a file naming an encoder would be a whole slide's."""
    with h5py.File(file, "r") as hdf:
        if hdf.attrs.get("feat_type") is not None or hdf.attrs.get("encoder") is not None:
            assert str(hdf.attrs.get("feat_type")) == "tile"
        features, coords = torch.from_numpy(hdf["feats"][:]).float(), torch.from_numpy(hdf["coords"][:]).float()
        side_um, side_px = float(hdf.attrs["tile_size_um"]), int(hdf.attrs["tile_size_px"])
        assert isinstance(hdf.attrs["extractor"], str) and "stamp_version" not in hdf.attrs
    return features, coords.numpy(), side_um, side_px


def test_our_own_file_is_a_bag_of_trident(file, bag):
    features, coords, attributes = as_trident_reads(file)
    np.testing.assert_array_equal(features, bag.features)
    np.testing.assert_array_equal(coords, bag.origins)
    assert (attributes["patch_size"], attributes["patch_size_level0"], attributes["overlap"]) == (224, 449, 0)
    assert (attributes["level0_magnification"], attributes["target_magnification"]) == (40, 20)
    assert (attributes["level0_width"], attributes["level0_height"]) == (90_000, 70_000)


def test_every_program_finds_what_it_looks_for(file, bag, tmp_path):
    out = tmp_path / "out"
    assert write_layout(file, out, "clam") == out / "h5_files" / "S-1.h5"
    features, coords = as_clam_reads(out, "S-1")
    np.testing.assert_array_equal(features, bag.features)
    np.testing.assert_array_equal(coords, bag.origins)

    features, coords, attributes = as_trident_reads(write_layout(file, out / "t", "trident"))
    np.testing.assert_array_equal(features, bag.features)
    np.testing.assert_array_equal(coords, bag.origins)
    assert attributes["patch_size_level0"] == 449 and coords.dtype == np.int64

    features, coords, side_um, side_px = as_stamp_reads(write_layout(file, out / "s", "stamp"))
    np.testing.assert_array_equal(features, bag.features)
    np.testing.assert_allclose(coords, bag.origins * 0.2495, rtol=1e-6)
    assert side_um == pytest.approx(112, abs=0.1) and side_px == 224


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_goes_out_comes_back(file, bag, tmp_path, layout):
    back = read_foreign_bag(write_layout(file, tmp_path / "colour-1", layout))
    np.testing.assert_array_equal(back.features, bag.features)
    assert (back.slide, back.encoder) == ("S-1", "colour-1")
    if layout == "stamp":
        assert back.origins is None and back.side_px is None
    else:
        np.testing.assert_array_equal(back.origins, bag.origins)
        assert back.side_px == (449 if layout == "trident" else None)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_provenance_goes_along_and_the_same_bag_gives_the_same_bytes(file, tmp_path, layout):
    first, second = (write_layout(file, tmp_path / name, layout) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    with h5py.File(first, "r") as hdf:
        assert {name: hdf.attrs[name] for name in PROVENANCE} == PROVENANCE


def test_without_the_slides_resolution_there_are_no_micrometres(tmp_path, bag):
    file = _write(tmp_path / "own.h5", bag, {"um_per_px": 0.5})
    write_layout(file, tmp_path, "clam")
    with pytest.raises(InputError, match=r"own\.h5 does not say its slide's resolution"):
        write_layout(file, tmp_path, "stamp")
    _, _, attributes = as_trident_reads(file)
    assert "level0_magnification" not in attributes

"""Bags of CLAM, TRIDENT and STAMP are read as they mean it; what is damaged or hostile is refused in one sentence."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import integers, sampled_from

from core.errors import InputError
from core.slides.bags import read_bag, read_foreign_bag, write_bag
from core.types import Bag

SHARED = [HealthCheck.function_scoped_fixture]  # a folder whose files are overwritten
FEATURES = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
COORDS = np.array([[0, 0], [512, 0], [1024, 0], [0, 512], [512, 512], [90_112, 70_144]])


def write_clam(folder: Path, features: np.ndarray = FEATURES, coords: np.ndarray = COORDS) -> Path:
    """Rows that can grow, in chunks of 32, and not a single attribute."""
    file = folder / "h5_files" / "S1.h5"
    file.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(file, "w") as hdf:
        for name, data in (("features", features), ("coords", coords.astype(np.int32))):
            hdf.create_dataset(name, data=data, chunks=(32, *data.shape[1:]), maxshape=(None, *data.shape[1:]))
    return file


def write_trident(folder: Path, features: np.ndarray = FEATURES, coords: np.ndarray = COORDS, **of_coords) -> Path:
    file = folder / "features_uni_v1" / "S1.h5"
    file.parent.mkdir(parents=True, exist_ok=True)
    facts = {
        "patch_size": 256,
        "patch_size_level0": 512,
        "level0_magnification": 40,
        "target_magnification": 20,
        "overlap": 0,
        "name": "S1",
        "savetodir": "/data/20x_256px_0px_overlap",
        "level0_width": 100_000,
        "level0_height": 80_000,
    }
    with h5py.File(file, "w") as hdf:
        rows = hdf.create_dataset("features", data=features)
        rows.attrs.update({"name": "S1", "savetodir": "/data", "encoder": "uni_v1"})
        places = hdf.create_dataset("coords", data=coords.astype(np.int64))
        places.attrs.update({**facts, **of_coords})
    return file


def write_stamp(folder: Path, features: np.ndarray = FEATURES, coords: np.ndarray = COORDS) -> Path:
    file = folder / "ctranspath" / "S1.h5"
    file.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(file, "w") as hdf:
        hdf["coords"] = (coords * 0.25).astype(np.float32)
        hdf["feats"] = features.astype(np.float16)
        hdf.attrs.update({"stamp_version": "2.3.0", "extractor": "chief-ctranspath", "unit": "um"})
        hdf.attrs.update({"tile_size_um": 256.0, "tile_size_px": 224, "code_hash": "0a1b", "feat_type": "tile"})
    return file


def test_a_bag_of_clam_has_its_places_and_is_named_by_its_folder(tmp_path):
    bag = read_foreign_bag(write_clam(tmp_path / "uni"))
    np.testing.assert_array_equal(bag.features, FEATURES)
    np.testing.assert_array_equal(bag.origins, COORDS)
    assert (bag.slide, bag.encoder, bag.side_px, bag.file) == ("S1", "uni", None, None)


def test_a_bag_of_trident_has_its_places_side_and_encoder(tmp_path):
    bag = read_foreign_bag(write_trident(tmp_path))
    np.testing.assert_array_equal(bag.features, FEATURES)
    np.testing.assert_array_equal(bag.origins, COORDS)
    assert (bag.slide, bag.encoder, bag.side_px) == ("S1", "uni_v1", 512)


def test_a_bag_of_stamp_has_no_places_for_micrometres_are_not_pixels(tmp_path):
    bag = read_foreign_bag(write_stamp(tmp_path))
    np.testing.assert_array_equal(bag.features, FEATURES.astype(np.float16))
    assert (bag.slide, bag.encoder, bag.origins, bag.side_px) == ("S1", "chief-ctranspath", None, None)


def test_a_bag_of_stamp_before_it_named_units_has_no_places_either(tmp_path):
    file = write_stamp(tmp_path)
    with h5py.File(file, "a") as hdf:
        for name in list(hdf.attrs):
            del hdf.attrs[name]
        hdf["coords"][:] = COORDS // 512 * 224
    bag = read_foreign_bag(file)
    assert bag.origins is None and bag.encoder == "ctranspath"


@pytest.mark.parametrize(
    ("attributes", "side"),
    [
        ({"patch_size_level0": 448.9}, 448.9),
        ({"patch_size_level0": "None"}, 512),
        ({"patch_size_level0": "None", "target_magnification": 10}, 1024),
        ({"patch_size_level0": -3, "level0_magnification": "None"}, None),
        ({"patch_size_level0": 0, "level0_magnification": 0, "patch_level": 0, "custom_downsample": 2}, 512),
        ({"patch_size_level0": 0, "level0_magnification": 0, "patch_level": 1}, None),
        ({"patch_size_level0": float("nan"), "patch_size": [256, 256]}, None),
    ],
)
def test_the_side_of_a_tile_is_known_only_where_the_file_tells_it(tmp_path, attributes, side):
    assert read_foreign_bag(write_trident(tmp_path, **attributes)).side_px == side


@settings(max_examples=20, suppress_health_check=SHARED)
@given(tiles=integers(1, 30), dim=integers(1, 40), kind=sampled_from(["f2", "f4", "f8", "i4", "u1"]))
def test_shapes_and_kinds_of_numbers_are_kept_or_made_single(tmp_path, tiles, dim, kind):
    features = np.random.default_rng(tiles).integers(0, 200, (1, tiles, dim)).astype(kind)
    coords = np.arange(2 * tiles).reshape(1, tiles, 2)
    bag = read_foreign_bag(write_clam(tmp_path, features, coords))
    np.testing.assert_array_equal(bag.features, features[0])
    assert bag.features.dtype == (kind if kind in ("f2", "f4") else "f4")
    np.testing.assert_array_equal(bag.origins, coords[0])


def test_a_slides_own_vector_is_a_bag_of_one_row_without_places(tmp_path):
    bag = read_foreign_bag(write_trident(tmp_path, features=FEATURES[0]))
    assert bag.features.shape == (1, 4) and bag.origins is None and bag.side_px is None


def test_bags_without_places_are_bags(tmp_path):
    file = write_clam(tmp_path)
    with h5py.File(file, "a") as hdf:
        del hdf["coords"]
    assert read_foreign_bag(file).origins is None


def test_our_own_bag_is_read_as_our_own(tmp_path):
    bag = Bag(slide="S1", features=FEATURES, origins=COORDS.astype(np.int32), side_px=448.9, encoder="colour-1")
    file = tmp_path / "S1-0123.h5"
    write_bag(file, bag=bag, thumbnail=np.zeros((4, 4, 3), np.uint8), thumbnail_px=9.0, provenance={})
    found, own = read_foreign_bag(file), read_bag(file)
    assert (found.slide, found.side_px, found.encoder, found.file) == (own.slide, own.side_px, own.encoder, own.file)
    data = bytearray(file.read_bytes())
    data[data.index(FEATURES.astype(np.float16).tobytes())] ^= 4
    file.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read_foreign_bag(file)


@pytest.mark.parametrize(
    ("features", "coords", "fault"),
    [
        (FEATURES[:0], COORDS[:0], r"features have the shape \(0, 4\)"),
        (FEATURES[:, :0], COORDS, r"features have the shape \(6, 0\)"),
        (np.stack([FEATURES] * 2), COORDS, r"features have the shape \(2, 6, 4\)"),
        (FEATURES, COORDS[:5], r"coords have the shape \(5, 2\) for 6 tiles"),
        (FEATURES, COORDS[:, :1], r"coords have the shape \(6, 1\)"),
        (np.where(FEATURES > 1, np.nan, FEATURES), COORDS, "not finite"),
        (np.where(FEATURES > 1, np.inf, FEATURES), COORDS, "not finite"),
        (FEATURES.astype(np.float64) * 1e200, COORDS, "not finite in single precision"),
        (FEATURES.astype(np.complex64), COORDS, "of type complex64, not numbers"),
        (FEATURES.astype("S4"), COORDS, "not numbers"),
        (FEATURES > 0, COORDS, "of type bool"),
        (FEATURES, COORDS * 100_000, "no places on a slide"),
    ],
)
def test_numbers_that_make_no_bag_are_refused(tmp_path, features, coords, fault):
    with pytest.raises(InputError, match=rf"S1\.h5 is laid out like none .*{fault}") as caught:
        read_foreign_bag(write_trident(tmp_path, features, coords))
    assert "\n" not in str(caught.value)


def _outside(hdf: h5py.File, kind: str, elsewhere: Path) -> None:
    """Features that lie in another file."""
    if kind == "external":
        hdf["features"] = h5py.ExternalLink(elsewhere, "features")
    elif kind == "soft":
        hdf["out"] = h5py.ExternalLink(elsewhere, "/")
        hdf["features"] = h5py.SoftLink("/out/features")
    elif kind == "raw":
        hdf.create_dataset("features", (6, 4), "f4", external=[(elsewhere, 0, 96)])
    elif kind == "virtual":
        layout = h5py.VirtualLayout((6, 4), "f4")
        layout[:] = h5py.VirtualSource(elsewhere, "features", (6, 4))
        hdf.create_virtual_dataset("features", layout)


def _odd(hdf: h5py.File, kind: str) -> None:
    """Features that are no array of numbers."""
    if kind == "group":
        hdf.create_group("features")
    elif kind == "object":
        hdf.create_dataset("features", data=["a", "b"], dtype=h5py.string_dtype())
    elif kind == "time":
        h5py.h5d.create(hdf.id, b"features", h5py.h5t.UNIX_D32LE, h5py.h5s.create_simple((6, 4)))
    elif kind == "null":
        hdf["features"] = h5py.Empty("f4")
    elif kind == "huge":
        hdf.create_dataset("features", (1 << 40, 2048), "f4", chunks=(1, 2048))


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("external", "a link to elsewhere"),
        ("soft", "a link to elsewhere"),
        ("raw", "lie in another file"),
        ("virtual", "lie in another file"),
        ("group", "no dataset"),
        ("null", "are empty"),
        ("object", "of type object"),
        ("time", "of type None, not numbers"),
        ("huge", r"claim to be \(1099511627776, 2048\)"),
        ("none", "it has no dataset features or feats"),
    ],
)
def test_what_reaches_out_of_its_file_or_is_no_array_is_refused(tmp_path, kind, fault):
    elsewhere = write_trident(tmp_path / "elsewhere")
    file = write_clam(tmp_path)
    with h5py.File(file, "a") as hdf:
        del hdf["features"]
        _outside(hdf, kind, elsewhere)
        _odd(hdf, kind)
    with pytest.raises(InputError, match=fault):
        read_foreign_bag(file)


@pytest.mark.parametrize("content", [b"", b"not HDF5", None])
def test_what_is_no_file_of_hdf5_is_refused(tmp_path, content):
    file = tmp_path / "a.h5"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.h5 is (not there|damaged)"):
        read_foreign_bag(file)


@settings(max_examples=30, suppress_health_check=SHARED)
@given(keep=integers(1, 99), writer=sampled_from([write_clam, write_trident, write_stamp]))
def test_a_file_cut_short_is_refused(tmp_path, keep, writer):
    file = writer(tmp_path, np.repeat(FEATURES, 40, axis=0), np.repeat(COORDS, 40, axis=0))
    data = file.read_bytes()
    file.write_bytes(data[: len(data) * keep // 100])
    with pytest.raises(InputError, match="damaged"):
        read_foreign_bag(file)

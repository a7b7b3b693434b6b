"""OME-Zarr: NGFF 0.4 on Zarr 2, 0.5 on Zarr 3."""

import json
from pathlib import Path

import numpy as np
import pytest
import zarr

from core.errors import InputError
from core.slides import open_slide, probe
from core.slides.formats.folders import slide_files
from tests.slides.formats.known_places import assert_shows, picture, reduced

WIDTH, HEIGHT, CHUNK = 640, 512, 128
STEPS = (1, 2, 4)


def write_zarr(
    folder: Path,
    *,
    zarr_format: int = 2,
    axes: str = "tczyx",
    unit: str | None = "micrometer",
    paths: tuple[str, ...] = ("0", "1", "2"),
    series: str = "",
    shards: bool = False,
    dtype: type = np.uint8,
) -> Path:
    """Three levels of 128 px chunks; `series` is the group below the root, as bioformats2raw writes it."""
    root = zarr.open_group(folder, mode="w", zarr_format=zarr_format)
    group = root.create_group(series) if series else root
    datasets = []
    for path, step in zip(paths, STEPS, strict=True):
        level = _in_axes(reduced(picture(WIDTH, HEIGHT), step), axes).astype(dtype)
        sides = tuple({"y": CHUNK, "x": CHUNK, "c": 3 if axes == "yxc" else 1}.get(axis, 1) for axis in axes)
        options = {"shards": tuple(side * (2 if side == CHUNK else 1) for side in sides)} if shards else {}
        if zarr_format == 2:
            options["chunk_key_encoding"] = {"name": "v2", "separator": "/"}
        name = path if path.isdigit() else str(len(datasets))
        array = group.create_array(name, shape=level.shape, chunks=sides, dtype=level.dtype, fill_value=255, **options)
        array[...] = level
        scale = [0.5 * step if axis in "xy" else 1.0 for axis in axes]
        datasets.append({"path": path, "coordinateTransformations": [{"type": "scale", "scale": scale}]})
    named = [{"name": axis} | ({"unit": unit} if unit and axis in "xy" else {}) for axis in axes]
    multiscales = [{"axes": named, "datasets": datasets, "version": "0.4"}]
    if series:
        root.attrs["bioformats2raw.layout"] = 3
    if zarr_format == 3:
        group.attrs["ome"] = {"version": "0.5", "multiscales": multiscales}
    else:
        group.attrs["multiscales"] = multiscales
    return folder


def _in_axes(pixels: np.ndarray, axes: str) -> np.ndarray:
    full = pixels.reshape(1, 1, *pixels.shape)  # t z y x c
    kept = [axis for axis in "tzyxc" if axis in axes]
    squeezed = full[tuple(slice(None) if axis in axes else 0 for axis in "tzyxc")]
    return squeezed.transpose([kept.index(axis) for axis in axes])


@pytest.mark.parametrize("axes", ["tczyx", "cyx", "yxc"])
@pytest.mark.parametrize(("zarr_format", "shards"), [(2, False), (3, False), (3, True)])
def test_an_ome_zarr_shows_its_pixels(tmp_path, zarr_format, shards, axes):
    folder = write_zarr(tmp_path / "P1.zarr", zarr_format=zarr_format, axes=axes, shards=shards)
    with open_slide(folder) as slide:
        assert (slide.reader, slide.width, slide.height, slide.levels) == ("zarr", WIDTH, HEIGHT, (1.0, 2.0, 4.0))
        assert (slide.um_per_px, slide.um_source) == (0.5, "file")
        assert_shows(slide, tolerance=0)


def test_the_first_series_of_bioformats2raw_is_the_slide(tmp_path):
    with open_slide(write_zarr(tmp_path / "P1.ome.zarr", series="0")) as slide:
        assert_shows(slide, tolerance=0)


@pytest.mark.parametrize("unit", ["nanometer", "millimeter", None])
def test_a_resolution_that_no_slide_has_or_without_unit_is_none(tmp_path, unit):
    with pytest.raises(InputError, match="states no resolution"):
        open_slide(write_zarr(tmp_path / "P1.zarr", unit=unit))


def test_chunks_that_are_missing_have_the_fill_value(tmp_path):
    folder = write_zarr(tmp_path / "P1.zarr", axes="yxc", zarr_format=3)
    (folder / "0" / "c" / "0" / "0" / "0").unlink()
    with open_slide(folder) as slide:
        assert slide.region(x=0, y=0, side_px_w=128, side_px_h=128, out_w=128, out_h=128).min() == 255


@pytest.mark.parametrize("path", ["../elsewhere", "/etc", "..", "0/../../elsewhere", "..\\elsewhere", "file:0", ""])
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_arrays_outside_the_folder_are_refused(tmp_path, zarr_format, path):
    folder = write_zarr(tmp_path / "P1.zarr", zarr_format=zarr_format, paths=(path, "1", "2"))
    with pytest.raises(InputError, match="outside its folder"):
        probe(folder)


def test_links_out_of_the_folder_are_refused(tmp_path):
    folder = write_zarr(tmp_path / "P1.zarr", axes="yxc", zarr_format=3)
    chunk = folder / "0" / "c" / "0" / "0" / "0"
    chunk.rename(tmp_path / "chunk")
    chunk.symlink_to(tmp_path / "chunk")
    with open_slide(folder) as slide, pytest.raises(InputError, match="lies outside the folder"):
        slide.region(x=0, y=0, side_px_w=128, side_px_h=128, out_w=128, out_h=128)
    (folder / "1").rename(tmp_path / "level")
    (folder / "1").symlink_to(tmp_path / "level")
    with pytest.raises(InputError, match="outside its folder"):
        probe(folder)


def test_a_damaged_chunk_is_an_error_that_names_the_slide(tmp_path):
    folder = write_zarr(tmp_path / "P1.zarr", axes="yxc", zarr_format=3)
    (folder / "0" / "c" / "0" / "0" / "0").write_bytes(b"nothing")
    with open_slide(folder) as slide, pytest.raises(InputError, match=r"P1\.zarr cannot be decoded"):
        slide.region(x=0, y=0, side_px_w=128, side_px_h=128, out_w=128, out_h=128)


def _edited(folder: Path, name: str, **changes: object) -> Path:
    file = folder / name
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    return folder


def test_what_is_no_slide_is_refused(tmp_path):
    make = lambda name, **options: write_zarr(tmp_path / name, **options)  # noqa: E731
    cases = {
        "no 8-bit": (make("a.zarr", dtype=np.uint16), "not one 8-bit colour image"),
        "pickle": (_edited(make("b.zarr"), "0/.zarray", filters=[{"id": "pickle"}]), "packed by pickle"),
        "axes": (make("c.zarr", axes="cyx"), "no multiscales"),
        "chunks": (_edited(make("d.zarr"), "0/.zarray", chunks=[1, 1, 1, 10**6, 10**6]), "in chunks of"),
        "shape": (_edited(make("e.zarr"), "0/.zarray", shape="wide"), "damaged OME-Zarr metadata"),
    }
    (tmp_path / "c.zarr" / ".zattrs").write_text("{}")
    (tmp_path / "f.zarr").mkdir()
    for folder, fault in [*cases.values(), (tmp_path / "f.zarr", "missing")]:
        with pytest.raises(InputError, match=fault):
            probe(folder)


def test_its_files_are_all_of_the_folder(tmp_path):
    folder = write_zarr(tmp_path / "P1.zarr", axes="yxc", zarr_format=3)
    files = slide_files(folder)
    assert folder / "zarr.json" in files and folder / "0" / "c" / "0" / "0" / "0" in files
    assert list(files) == sorted(files)

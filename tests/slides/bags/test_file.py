"""A bag comes back as it was written, or not at all."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import floats, integers

from core.errors import InputError
from core.slides import read_bag, read_provenance, read_thumbnail, read_tile, write_bag
from core.types import Bag

SHARED = [HealthCheck.function_scoped_fixture]  # a folder whose files are overwritten


def _bag(tiles: int = 5, dim: int = 8, seed: int = 0) -> Bag:
    random = np.random.default_rng(seed)
    return Bag(
        slide="S-1",
        features=random.normal(size=(tiles, dim)).astype(np.float32),
        origins=random.integers(0, 90_000, (tiles, 2)).astype(np.int32),
        side_px=448.9,
        encoder="colour-1",
    )


def _write(file, bag, **provenance):
    thumbnail = np.full((30, 40, 3), (230, 150, 190), dtype=np.uint8)
    write_bag(file, bag=bag, thumbnail=thumbnail, thumbnail_px=12.5, provenance={"um_per_px": 0.5, **provenance})


@settings(max_examples=20, suppress_health_check=SHARED)
@given(tiles=integers(1, 40), dim=integers(1, 64), seed=integers(0, 99))
def test_a_bag_comes_back_as_it_was_written(tmp_path, tiles, dim, seed):
    bag = _bag(tiles, dim, seed)
    _write(tmp_path / "a.h5", bag)
    found = read_bag(tmp_path / "a.h5")
    np.testing.assert_array_equal(found.features, bag.features.astype(np.float16))
    np.testing.assert_array_equal(found.origins, bag.origins)
    assert (found.slide, found.side_px, found.encoder) == (bag.slide, bag.side_px, bag.encoder)
    assert found.file == tmp_path / "a.h5" and found.source is None


def test_thumbnail_and_provenance_come_back(tmp_path):
    _write(tmp_path / "a.h5", _bag(), reader="tiff", slide_width=4000)
    thumbnail, scale = read_thumbnail(tmp_path / "a.h5")
    assert thumbnail.shape == (30, 40, 3) and scale == 12.5
    assert np.abs(thumbnail.astype(int) - (230, 150, 190)).max() < 6
    facts = read_provenance(tmp_path / "a.h5")
    assert (facts["reader"], facts["slide_width"], facts["um_per_px"]) == ("tiff", 4000, 0.5)


def test_the_same_bag_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        _write(tmp_path / f"{name}.h5", _bag())
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


@settings(max_examples=40, suppress_health_check=SHARED)
@given(place=floats(0, 0.9999))
def test_a_flipped_bit_in_the_features_is_noticed(tmp_path, place):
    bag = _bag(tiles=16, dim=128)
    _write(tmp_path / "a.h5", bag)
    data = bytearray((tmp_path / "a.h5").read_bytes())
    stored = bag.features.astype(np.float16).tobytes()
    data[data.index(stored) + int(place * len(stored))] ^= 4
    (tmp_path / "a.h5").write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read_bag(tmp_path / "a.h5")


@pytest.mark.parametrize("content", [b"", b"not HDF5", None])
def test_what_is_no_bag_is_refused_in_one_sentence(tmp_path, content):
    file = tmp_path / "a.h5"
    if content is not None:
        file.write_bytes(content)
    for read in (read_bag, read_thumbnail, read_provenance):
        with pytest.raises(InputError, match=r"a\.h5 is missing"):
            read(file)


def test_a_bag_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    """A disk that is full, played by a limit on file sizes."""
    code = f"""
import resource, signal, sys
from pathlib import Path
sys.path[:0] = {sys.path!r}
from tests.slides.bags.test_file import _bag, _write
from core.errors import InputError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    _write(Path({str(tmp_path / "a.h5")!r}), _bag(tiles=64, dim=2048))
except InputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "cannot be written" in done.stdout and "a.h5" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_tile_is_read_as_the_encoder_saw_it(tmp_path, pyramid, painted):
    file = pyramid(tmp_path / "a.tif", painted(900, 900, tissue=(0, 0, 900, 900)), um_per_px=None)
    tile = read_tile(file, origin=(100, 200), side_px=448, out_px=224)
    assert tile.shape == (224, 224, 3) and tile.dtype == np.uint8
    with pytest.raises(InputError, match="cannot be opened"):
        read_tile(tmp_path / "gone.tif", origin=(0, 0), side_px=224)

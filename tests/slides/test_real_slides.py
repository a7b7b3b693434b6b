"""Real slides go through tissue, tiles and encoder."""

import numpy as np
import pytest

from core.config import EncoderSpec, TileSpec
from core.errors import InputError
from core.slides import open_slide, pen_mask, read_thumbnail, read_tile, tissue_mask
from core.slides.encoders import load_encoder
from core.slides.extraction import Order, extract_bags, extract_slide
from core.types import Patient, SlideRef
from tests.real_data import VARIABLE, real_data

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def real():
    folder = real_data()
    if folder is None:
        pytest.skip(f"set {VARIABLE} to the folder of the real patients to run this test")
    return folder


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(EncoderSpec(weights="random", batch=16), device="cpu")


def test_a_real_svs_is_read_alike_by_both_readers(real, monkeypatch):
    file = real / "slides" / "CMU-1-Small-Region.svs"
    found = []
    for reader in ("tiff", "openslide"):
        monkeypatch.setattr("core.slides.formats.sources.choose_reader", lambda *_, name=reader: name)
        with open_slide(file) as slide:
            assert (slide.width, slide.height, slide.um_per_px) == (2220, 2967, pytest.approx(0.499))
            found.append(slide.region(x=700, y=1100, side_px_w=448.5, side_px_h=448.5, out_w=224, out_h=224))
    assert np.abs(found[0].astype(int) - found[1]).max() <= 1


def test_a_real_svs_gives_tiles_on_its_tissue(real, encoder, tmp_path):
    order = Order(tiles=TileSpec(), encoder=encoder, features=tmp_path)
    bag = extract_slide(real / "slides" / "CMU-1-Small-Region.svs", order)
    assert 40 <= len(bag.features) <= 55 and bag.side_px == pytest.approx(224 * 0.5 / 0.499)
    assert np.isfinite(bag.features.astype(float)).all()
    assert bag.origins is not None and bag.source is not None and bag.file is not None
    for x, y in bag.origins[::8].tolist():
        tile = read_tile(bag.source, origin=(x, y), side_px=bag.side_px)
        assert tissue_mask(tile).mean() > 0.3
    thumbnail, _ = read_thumbnail(bag.file)
    assert 0.3 < tissue_mask(thumbnail).mean() < 0.45 and pen_mask(thumbnail).mean() < 0.01


def test_real_fields_give_four_tiles_each_once_their_resolution_is_given(real, encoder, tmp_path):
    files = sorted((real / "tiles").glob("*.tif"))
    assert len(files) == 5
    with pytest.raises(InputError, match="um_per_px"):
        open_slide(files[0])
    patients = [
        Patient(
            id=file.stem, label=0, site="A", covariates={}, slides=(SlideRef(id=file.stem, path=file, um_per_px=0.25),)
        )
        for file in files
    ]
    order = Order(tiles=TileSpec(), encoder=encoder, features=tmp_path)
    bags, lost, _ = extract_bags(patients, order, progress=False)
    assert lost == ()
    for (bag,) in bags.values():
        assert bag.origins is not None
        np.testing.assert_array_equal(bag.origins, [[0, 0], [448, 0], [0, 448], [448, 448]])

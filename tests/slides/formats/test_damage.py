"""Whatever bytes are damaged, a slide of any format is read or refused by one sentence, and never anything else."""

import contextlib
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans, floats, integers, lists, tuples

from core.errors import InputError
from core.slides import open_slide
from core.slides.formats import slide_files
from tests.slides.formats.dicom_files import write_instance, write_series
from tests.slides.formats.known_places import picture
from tests.slides.formats.test_aperio import write_svs
from tests.slides.formats.test_mirax import write_mrxs
from tests.slides.formats.test_ndpi import write_ndpi
from tests.slides.formats.test_ngff import write_zarr
from tests.slides.formats.test_ome_tiff import ome, write_ome
from tests.slides.formats.test_vendors import write_bif, write_philips, write_scn

WRITERS = {
    "a.svs": write_svs,
    "a.ndpi": write_ndpi,
    "a.mrxs": write_mrxs,
    "a.scn": write_scn,
    "a.bif": write_bif,
    "philips.tiff": write_philips,
    "a.ome.tiff": lambda path: write_ome(path, planar="images", xml=ome()),
    "a.dcm": lambda path: write_instance(path, picture(640, 500)),
    "dicom": lambda path: write_series(path, picture(640, 500), sparse=True),
    "a.zarr": lambda path: write_zarr(path, zarr_format=3, axes="yxc"),
    "b.zarr": lambda path: write_zarr(path, zarr_format=2, axes="yxc"),
}


@pytest.fixture(scope="module", params=WRITERS)
def whole(request, tmp_path_factory):
    """An undamaged slide, alone in its folder."""
    return WRITERS[request.param](tmp_path_factory.mktemp("whole") / request.param)


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=integers(0, 2**16),
    changes=lists(tuples(floats(0, 0.999), integers(0, 255)), min_size=1, max_size=6),
    begin=booleans(),
)
def test_a_damaged_slide_is_read_or_refused(tmp_path, whole, which, changes, begin):
    shutil.rmtree(tmp_path / "copy", ignore_errors=True)
    shutil.copytree(whole.parent, tmp_path / "copy")
    slide = tmp_path / "copy" / whole.name
    files = [file for file in slide_files(slide) if file.stat().st_size]
    file = files[which % len(files)]
    data = bytearray(file.read_bytes())
    for share, value in changes:  # half of them in the header, where lengths and places stand
        data[int(share * (min(len(data), 2048) if begin else len(data)))] = value
    file.write_bytes(data)
    with contextlib.suppress(InputError), open_slide(slide, um_per_px=0.5) as opened:
        opened.thumbnail(64)
        opened.region(x=0, y=0, side_px_w=200, side_px_h=200, out_w=64, out_h=64)
        for name in opened.associated:
            opened.associated_image(name)

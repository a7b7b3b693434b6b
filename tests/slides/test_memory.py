"""Memory does not grow with the number of slides."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.real_data import VARIABLE, real_data

_OPENED = """
import sys
from pathlib import Path
from core.slides import open_slide
from core.slides.formats import sources

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

path, reader = Path(sys.argv[1]), sys.argv[2]
if reader:
    sources.choose_reader = lambda *_: reader
first = 0
for opened in range(1100):
    with open_slide(path) as slide:
        if opened % 20 == 0:
            slide.thumbnail(64)
        slide.region(x=slide.width / 2, y=slide.height / 2, side_px_w=300, side_px_h=300, out_w=224, out_h=224)
    if opened == 100:
        first = resident()
print((resident() - first) / 2**20)
"""


def _grown_mib(path: Path, reader: str = "") -> float:
    done = subprocess.run(
        [sys.executable, "-c", _OPENED, str(path), reader], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["", "openslide"])
def test_a_thousand_slides_one_after_another_leave_no_memory_behind(slide_file, reader):
    assert _grown_mib(slide_file, reader) < 50


@pytest.mark.slow
@pytest.mark.real
def test_a_thousand_openings_of_a_real_slide_leave_no_memory_behind():
    folder = real_data()
    if folder is None:
        pytest.skip(f"set {VARIABLE} to the folder of the real patients to run this test")
    assert _grown_mib(folder / "slides" / "CMU-1-Small-Region.svs") < 50

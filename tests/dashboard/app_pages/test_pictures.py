"""Pictures are sent no larger than they are drawn, and one that cannot be read is none."""

import io
import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.slides.extraction.states import SlideState, picture_file, write_state
from dashboard.app_pages.data import pictures


def written(file: Path, *, width: int, height: int, colour: str = "red") -> Path:
    Image.new("RGB", (width, height), colour).save(file)
    return file


def size(picture: bytes | None) -> tuple[int, int]:
    assert picture is not None
    return Image.open(io.BytesIO(picture)).size


@given(width=st.integers(1, 900), height=st.integers(1, 900))
def test_a_picture_keeps_its_shape_and_is_never_made_larger(tmp_path_factory, width: int, height: int):
    file = written(tmp_path_factory.mktemp("p") / "a.jpg", width=width, height=height)
    shown = size(pictures.shrunk(file, width_px=120))
    assert shown[0] == min(width, 120)
    # half a pixel each for the decoder's own step and for ours
    assert abs(shown[1] - height * shown[0] / width) <= 1


def test_a_changed_picture_is_read_again(tmp_path: Path):
    file = written(tmp_path / "a.jpg", width=50, height=50)
    before = pictures.shrunk(file, width_px=40)
    written(file, width=50, height=50, colour="blue")
    os.utime(file, ns=(1, 1))
    assert pictures.shrunk(file, width_px=40) != before


def test_what_is_no_picture_is_none(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff broken")
    assert pictures.shrunk(tmp_path / "a.jpg", width_px=40) is None
    assert pictures.shrunk(tmp_path / "gone.jpg", width_px=40) is None
    assert size(pictures.blank()) == (4, 3)


def test_a_slide_found_again_elsewhere_is_shown_by_the_picture_of_its_first_reading(tmp_path: Path):
    first, again, other = (SlideState(slide="S-1", source=name, bag=bag) for name, bag in
                           (("a", "S-1-x.h5"), ("b", "S-1-x.h5"), ("c", "S-1-y.h5")))  # fmt: skip
    for stem, state in (("S-1-0", first), ("S-1-1", again), ("S-1-2", other)):
        write_state(tmp_path, stem, state)
    written(picture_file(tmp_path, "S-1-0"), width=4, height=4)
    assert pictures.of_slide(tmp_path, "S-1-1", again) == picture_file(tmp_path, "S-1-0")
    assert pictures.of_slide(tmp_path, "S-1-2", other) == picture_file(tmp_path, "S-1-2"), (
        "another slide by its content"
    )

"""The structure of a slide file is checked before any reader sees it."""

import contextlib
import os
import struct
import time

import numpy as np
import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import floats, integers, lists, tuples

from core.errors import InputError
from core.slides import open_slide, probe

FIRST_DIRECTORY, FIRST_DIRECTORY_BIG = 4, 8

SHARED = [HealthCheck.function_scoped_fixture]  # a fixture that is only read


def _next_directory_at(data: bytes) -> int:
    """Where a little-endian classic TIFF's first directory names the next one."""
    (first,) = struct.unpack_from("<I", data, FIRST_DIRECTORY)
    (count,) = struct.unpack_from("<H", data, first)
    return first + 2 + 12 * count


@pytest.mark.parametrize("bigtiff", [False, True])
def test_a_pyramid_is_seen_as_it_was_written(tmp_path, pyramid, painted, bigtiff):
    found = probe(pyramid(tmp_path / "a.tif", painted(600, 500, tissue=None), bigtiff=bigtiff))
    assert found.kind == ("bigtiff" if bigtiff else "tiff")
    assert (found.width, found.height) == (600, 500)
    assert [(image.width, image.tile_width, image.empty) for image in found.directories] == [
        (600, 256, 0),
        (300, 256, 0),
        (150, 256, 0),
    ]
    assert found.directories[0].um_per_px == pytest.approx(0.5)


def test_the_probe_of_a_slide_of_130000_tiles_takes_milliseconds(tmp_path):
    """A sparse file: the directory of a real 40x scan, whose tiles all point at the same bytes."""
    tiles = 360 * 360
    head = struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16)
    tags = [(256, 4, 1, 92160), (257, 4, 1, 92160), (258, 3, 1, 8), (259, 3, 1, 7), (277, 3, 1, 3)]
    body_at = 16 + 8 + 20 * 9 + 8
    tags += [(322, 4, 1, 256), (323, 4, 1, 256), (324, 16, tiles, body_at), (325, 4, tiles, body_at + 8 * tiles)]
    directory = struct.pack("<Q", 9) + b"".join(struct.pack("<HHQQ", *tag) for tag in tags) + struct.pack("<Q", 0)
    offsets = np.full(tiles, body_at + 12 * tiles, dtype="<u8").tobytes()
    file = tmp_path / "large.tif"
    file.write_bytes(head + directory + offsets + np.full(tiles, 64, dtype="<u4").tobytes() + bytes(64))
    probe(file)
    started = time.process_time()
    assert probe(file).width == 92160
    assert time.process_time() - started < 0.05


@settings(max_examples=40, suppress_health_check=SHARED)
@given(share=floats(0.0, 0.999))
def test_a_truncated_slide_is_refused_wherever_it_ends(tmp_path, slide_file, share):
    whole = slide_file.read_bytes()
    cut = tmp_path / "cut.tif"
    cut.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match=r"cut\.tif"):
        probe(cut)


@pytest.mark.parametrize("kind", ["png", "jpg"])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_truncated_picture_is_refused(tmp_path, painted, kind, share):
    whole = tmp_path / f"whole.{kind}"
    PIL.Image.fromarray(painted(300, 200, tissue=None)).save(whole)
    assert (probe(whole).width, probe(whole).height) == (300, 200)
    cut = tmp_path / f"cut.{kind}"
    cut.write_bytes(whole.read_bytes()[: int(share * whole.stat().st_size)])
    with pytest.raises(InputError, match="cut short or damaged"):
        probe(cut)


@pytest.mark.parametrize("target", ["itself", "second"])
def test_directories_that_form_a_loop_are_refused(tmp_path, slide_file, target):
    data = bytearray(slide_file.read_bytes())
    (first,) = struct.unpack_from("<I", data, FIRST_DIRECTORY)
    (second,) = struct.unpack_from("<I", data, _next_directory_at(data))
    if target == "second":
        (count,) = struct.unpack_from("<H", data, second)
        struct.pack_into("<I", data, second + 2 + 12 * count, first)
    else:
        struct.pack_into("<I", data, _next_directory_at(data), first)
    looped = tmp_path / "loop.tif"
    looped.write_bytes(data)
    with pytest.raises(InputError, match="loop"):
        probe(looped)


def test_a_file_of_very_many_directories_is_refused(tmp_path):
    entries = [(256, 3, 1, 8), (257, 3, 1, 8), (273, 4, 1, 0), (278, 3, 1, 8), (279, 4, 1, 1)]
    size = 2 + 12 * len(entries) + 4
    parts = [struct.pack("<2sHI", b"II", 42, 8)]
    for index in range(2000):
        body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        parts.append(struct.pack("<H", len(entries)) + body + struct.pack("<I", 8 + size * (index + 1)))
    file = tmp_path / "many.tif"
    file.write_bytes(b"".join(parts))
    with pytest.raises(InputError, match="more than 512 images"):
        probe(file)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.svs", b'{"sources": [{"path": "/etc/hostname"}]}'),
        ("x.tiff", b"sources:\n- path: ../other.tif\n"),
        ("x.tif", b"PK\x03\x04" + bytes(60)),
        ("x.ndpi", b"\x7fELF" + bytes(60)),
        ("x.vrt", b"<VRTDataset></VRTDataset>"),
        ("x.png", b"gene,S1\nTP53,1\n"),
    ],
)
def test_what_is_no_slide_is_refused_whatever_its_name(tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError, match="by its content"):
        open_slide(file, um_per_px=0.5)


def test_an_empty_file_a_folder_a_pipe_and_nothing_are_refused(tmp_path):
    (tmp_path / "empty.svs").write_bytes(b"")
    (tmp_path / "folder.svs").mkdir()
    os.mkfifo(tmp_path / "pipe.svs")
    for name, fault in [("empty", "empty"), ("folder", "regular"), ("pipe", "regular"), ("none", "cannot be opened")]:
        with pytest.raises(InputError, match=fault):
            probe(tmp_path / f"{name}.svs")


def test_an_image_too_large_to_decode_in_one_piece_is_refused(tmp_path):
    file = tmp_path / "bomb.png"
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 60_000, 60_000, 8, 2, 0, 0, 0) + bytes(4)
    file.write_bytes(header + struct.pack(">I4s", 0, b"IEND") + bytes(4))
    with pytest.raises(InputError, match="60000 x 60000 px in one piece"):
        probe(file)


def test_a_gray_or_16_bit_slide_is_refused(tmp_path):
    import tifffile

    for name, image in [("gray", np.zeros((64, 64), np.uint8)), ("deep", np.zeros((64, 64, 3), np.uint16))]:
        tifffile.imwrite(tmp_path / f"{name}.tif", image)
        with pytest.raises(InputError, match="not an 8-bit colour image"):
            probe(tmp_path / f"{name}.tif")


@settings(max_examples=150, suppress_health_check=SHARED)
@given(changes=lists(tuples(integers(0, 2**31), integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_slide_is_read_or_refused_but_never_anything_else(tmp_path, slide_file, changes):
    data = bytearray(slide_file.read_bytes())
    (first,) = struct.unpack_from("<I", data, FIRST_DIRECTORY)
    length = _next_directory_at(data) - first
    for where, value in changes:
        data[first + where % length] = value
    damaged = tmp_path / "damaged.tif"
    damaged.write_bytes(data)
    with contextlib.suppress(InputError), open_slide(damaged, um_per_px=0.5) as slide:
        slide.region(x=0, y=0, side_px_w=64, side_px_h=64, out_w=32, out_h=32)

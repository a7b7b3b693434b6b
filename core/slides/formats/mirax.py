"""MIRAX (.mrxs): a file and beside it a folder of its name, whose Slidedat.ini tells which files hold the pixels."""

import configparser
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from core.errors import InputError
from core.slides.formats.folders import check_inside
from core.slides.formats.window import Window, open_window

_INI = "Slidedat.ini"
_MAX_INI = 1 << 20
"""Bytes; OpenSlide's own bound."""
_MAX_IMAGES = 1 << 24
_MAX_LEVELS = 32
_MAX_FILES = 10_000
_VERSION = b"01.02"
_GENERAL, _HIERARCHICAL, _DATAFILE = "GENERAL", "HIERARCHICAL", "DATAFILE"

Ini = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mirax:
    """A MIRAX slide's layout."""

    width: int
    height: int
    """Pixels of the canvas that the images are laid on, before any overlap is taken off."""
    image_px: int
    """Pixels of the largest stored image."""
    files: tuple[Path, ...]


def read_mirax(path: Path) -> Mirax:
    """The layout of the slide, with every image checked to lie in its file.

    Raises:
        InputError: the folder, or a file that it names, is missing or lies elsewhere, or is damaged or cut short.
    """
    folder = path.with_suffix("")
    if not folder.is_dir():
        raise InputError(
            f"{path.name} has no folder {folder.name} beside it, which holds its pixels; "
            f"copy the folder {folder.name} to where {path.name} lies"
        )
    with open_window(check_inside(folder / _INI, folder)) as window:
        ini = _ini(window)
        try:
            return _layout(folder, ini)
        except (KeyError, ValueError) as error:
            raise window.broken(f"{path.name}: a value is missing or no number: {error}") from error


def _layout(folder: Path, ini: Ini) -> Mirax:
    general, hierarchy = ini[_GENERAL], ini[_HIERARCHICAL]
    across, down = (_count(general, f"IMAGENUMBER_{axis}", _MAX_IMAGES) for axis in "XY")
    _count({"images": str(across * down)}, "images", _MAX_IMAGES)
    levels = _count(hierarchy, "HIER_0_COUNT", _MAX_LEVELS)
    sections = [ini[hierarchy[f"HIER_0_VAL_{level}_SECTION"]] for level in range(levels)]
    sizes = [tuple(_count(one, f"DIGITIZER_{side}", 1 << 16) for side in ("WIDTH", "HEIGHT")) for one in sections]
    count = _count(ini[_DATAFILE], "FILE_COUNT", _MAX_FILES)
    files = [_named(folder, ini[_DATAFILE][f"FILE_{number}"]) for number in range(count)]
    index = _named(folder, hierarchy["INDEXFILE"])
    with open_window(index) as window:
        _check_images(window, general["SLIDE_ID"], levels, [file.stat().st_size for file in files])
    return Mirax(
        width=across * sizes[0][0],
        height=down * sizes[0][1],
        image_px=max(width * height for width, height in sizes),
        files=(index, *files),
    )


def _ini(window: Window) -> Ini:
    if window.size > _MAX_INI:
        raise InputError(f"{window.name} holds {window.size:,} bytes, more than any slide's; copy the slide again")
    text = window.take(0, window.size, what="its text").decode("utf-8-sig", "replace")
    parser = configparser.ConfigParser(
        interpolation=None, strict=False, delimiters=("=",), comment_prefixes=("#",), default_section="\0"
    )
    parser.optionxform = str  # type: ignore[method-assign, assignment]  # keys keep their case
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise window.broken(f"no list of sections and values: {type(error).__name__}") from error
    return parser


def _count(section: Mapping[str, str], key: str, most: int) -> int:
    """A number of things, from 1 to `most`."""
    value = int(section[key])
    if not 1 <= value <= most:
        raise ValueError(f"{key} is {value}")
    return value


def _named(folder: Path, name: str) -> Path:
    """A file of the folder that is named without any path."""
    if name in ("", ".", "..") or PurePosixPath(name).name != name or PureWindowsPath(name).name != name:
        raise InputError(f"the slide {folder.name} names a file outside its folder ({name!r}); copy the slide again")
    return check_inside(folder / name, folder)


def _check_images(index: Window, slide: str, levels: int, sizes: Sequence[int]) -> None:
    """Follow the index to the place of every image.

    Raises:
        InputError: the index is of another slide, leaves itself, or an image leaves its file.
    """
    start = len(_VERSION) + len(slide.encode())
    if index.take(0, start, what="its head") != _VERSION + slide.encode():
        raise index.broken("it belongs to another slide")
    root = _number(index, start)
    for level in range(levels):
        at = _number(index, _number(index, root + 4 * level) + 4)
        following, images = 1, 0
        # Pages of a level follow each other; OpenSlide reads them on, wherever the next one is said to lie.
        while following:
            length, following = _number(index, at), _number(index, at + 4)
            images += length
            if images > _MAX_IMAGES or length <= 0 < following:
                raise index.broken(f"{images} images in level {level}")
            _check_page(index, at + 8, length, sizes)
            at += 8 + 16 * length


def _check_page(index: Window, at: int, length: int, sizes: Sequence[int]) -> None:
    page = np.frombuffer(index.take(at, 16 * length, what="a page"), dtype="<i4").reshape(-1, 4).astype(np.int64)
    _, offsets, lengths, numbers = page.T
    if (page < 0).any() or (numbers >= len(sizes)).any():
        raise index.broken("an image lies in a file that is not there")
    if (offsets + lengths > np.asarray(sizes, dtype=np.int64)[numbers]).any():
        raise index.broken("an image would end beyond its file")


def _number(index: Window, at: int) -> int:
    """A place or a number, 32 bits."""
    (value,) = struct.unpack("<i", index.take(at, 4, what="a number"))
    if value < 0:
        raise index.broken(f"the number {value}")
    return value

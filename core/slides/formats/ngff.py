"""OME-Zarr (NGFF 0.4 on Zarr 2, 0.5 on Zarr 3): a folder of chunks, and what its JSON says of levels and resolution."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from core.errors import InputError
from core.slides.formats.folders import check_inside
from core.slides.formats.window import open_window

_MAX_JSON = 1 << 22
"""Bytes of one file of metadata."""
_MAX_LEVELS = 64
_COLOURS = 3
_UM = {
    "meter": 1e6, "centimeter": 1e4, "millimeter": 1e3, "micrometer": 1.0, "nanometer": 1e-3, "angstrom": 1e-4,
    "um": 1.0, "µm": 1.0, "\u03bcm": 1.0, "mm": 1e3, "nm": 1e-3,
}  # fmt: skip
_CODECS = frozenset({"blosc", "zlib", "gzip", "zstd", "lz4", "bytes", "crc32c", "sharding_indexed", "transpose"})
"""How chunks may be packed; others, such as numcodecs' pickle, could run what a file says."""
_DAMAGED = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)
"""What JSON that is not as it should be leads to."""

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class NgffLevel:
    """One array of the pyramid."""

    path: str
    """Below the folder."""
    width: int
    height: int
    chunk_width: int
    chunk_height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Ngff:
    """An OME-Zarr image."""

    zarr_format: Literal[2, 3]
    axes: str
    """One letter a dimension, such as tczyx."""
    levels: tuple[NgffLevel, ...]
    """Finest first."""
    um: tuple[float, float] | None


def read_ngff(folder: Path) -> Ngff:
    """The image in a folder named *.zarr; of the series that bioformats2raw writes, the first.

    Raises:
        InputError: its metadata are missing, damaged, or name arrays outside the folder; its pixels are not 8-bit
            colours.
    """
    try:
        return _read(folder)
    except _DAMAGED as error:
        raise InputError(
            f"{folder.name} has damaged OME-Zarr metadata ({type(error).__name__}: {error}); copy or export it again"
        ) from error


def _read(folder: Path) -> Ngff:
    zarr_format: Literal[2, 3] = 3 if (folder / "zarr.json").exists() else 2
    attributes, series = _attributes(folder, "", zarr_format), ""
    if "multiscales" not in attributes and "bioformats2raw.layout" in attributes:
        attributes, series = _attributes(folder, "0", zarr_format), "0/"
    if "multiscales" not in attributes:
        raise InputError(f"{folder.name} is no OME-Zarr image (it has no multiscales); export the slide again")
    scales = attributes["multiscales"][0]
    axes = scales.get("axes", list("tczyx"))
    names = "".join(axis if isinstance(axis, str) else axis["name"] for axis in axes)
    if sorted(names) != sorted(set(names)) or not set("cyx") <= set(names) <= set("tczyx"):
        raise InputError(f"{folder.name} has the axes {names!r}; an H&E slide needs c, y and x; export it again")
    datasets = scales["datasets"]
    if not 0 < len(datasets) <= _MAX_LEVELS:
        raise InputError(f"{folder.name} has {len(datasets)} levels; export the slide again")
    levels = [_level(folder, series + _plain(folder, one["path"]), names, zarr_format) for one in datasets]
    return Ngff(
        zarr_format=zarr_format,
        axes=names,
        levels=tuple(sorted(levels, key=lambda level: -level.width)),
        um=_um(axes, names, [datasets[0], scales]),
    )


def _attributes(folder: Path, group: str, zarr_format: int) -> Json:
    """Attributes of a group; NGFF 0.5 keeps its own under `ome`."""
    if zarr_format == 3:
        found = _json(folder, f"{group}/zarr.json").get("attributes", {})
        return found.get("ome", found)
    return _json(folder, f"{group}/.zattrs")


def _json(folder: Path, name: str) -> Json:
    with open_window(check_inside(folder / name.lstrip("/"), folder)) as window:
        if window.size > _MAX_JSON:
            raise InputError(f"{folder.name} has {window.size:,} bytes of metadata in {name}; export the slide again")
        return json.loads(window.take(0, window.size, what="its metadata"))


def _plain(folder: Path, path: str) -> str:
    """A path that leads down from the folder.

    Raises:
        InputError: it leads elsewhere.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or ":" in path:
        raise InputError(f"{folder.name} names an array outside its folder ({path!r}); export the slide again")
    return "/".join(parts)


def _level(folder: Path, path: str, axes: str, zarr_format: int) -> NgffLevel:
    array = _json(folder, f"{path}/zarr.json" if zarr_format == 3 else f"{path}/.zarray")
    kind = array["data_type"] if zarr_format == 3 else array["dtype"]
    shape = dict(zip(axes, array["shape"], strict=True))
    if kind not in ("uint8", "|u1", "u1") or shape["c"] != _COLOURS or shape.get("t", 1) * shape.get("z", 1) != 1:
        raise InputError(
            f"{folder.name} is not one 8-bit colour image ({kind}, {shape}); give the H&E slide as RGB of one plane"
        )
    chunks, codecs = _chunks_v3(array) if zarr_format == 3 else _chunks_v2(array)
    unknown = sorted(codecs - _CODECS)
    if unknown:
        raise InputError(f"{folder.name} is packed by {', '.join(unknown)}; export it with blosc, gzip or zstd")
    sides = dict(zip(axes, chunks, strict=True))
    numbers = [int(number) for number in (*shape.values(), *sides.values())]
    if min(numbers) <= 0 or math.prod(sides.values()) > _COLOURS << 24:
        raise ValueError(f"shape {shape} in chunks of {sides}")
    return NgffLevel(
        path=path,
        width=int(shape["x"]),
        height=int(shape["y"]),
        chunk_width=int(sides["x"]),
        chunk_height=int(sides["y"]),
    )


def _chunks_v2(array: Json) -> tuple[Sequence[int], set[str]]:
    """Shape of a chunk, and the names of what packs it."""
    packers = [array.get("compressor"), *(array.get("filters") or ())]
    return array["chunks"], {packer["id"] for packer in packers if packer is not None}


def _chunks_v3(array: Json) -> tuple[Sequence[int], set[str]]:
    """Shape of a chunk, that within the shard where there are shards, and the names of what packs it."""
    if array["chunk_grid"]["name"] != "regular":
        raise ValueError(f"chunks on a grid that is {array['chunk_grid']['name']}")
    chunks, names, codecs = array["chunk_grid"]["configuration"]["chunk_shape"], set[str](), list(array["codecs"])
    while codecs:
        codec = codecs.pop()
        names.add(codec["name"])
        if codec["name"] == "sharding_indexed":
            chunks = codec["configuration"]["chunk_shape"]
            codecs += [*codec["configuration"]["codecs"], *codec["configuration"].get("index_codecs", ())]
    return chunks, names


def _um(axes: Sequence[Any], names: str, stated: Sequence[Json]) -> tuple[float, float] | None:
    """Micrometres per pixel across and down: the product of the scales that are stated, in the unit of the axis."""
    sides: list[float] = []
    for name in "xy":
        index = names.index(name)
        axis = axes[index]
        scale = _UM.get(axis.get("unit", "")) if isinstance(axis, Mapping) else None
        factors = [
            float(one["scale"][index])
            for place in stated
            for one in place.get("coordinateTransformations", ())
            if one["type"] == "scale"
        ]
        if scale is None or not factors or not 0 < math.prod(factors) < math.inf:
            return None
        sides.append(scale * math.prod(factors))
    return sides[0], sides[1]
